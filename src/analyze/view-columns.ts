/** The columns of a view: those that its definition wrote down, found by name among what its query gives now. */
import { canCast } from "../functions/casts.ts";
import type { Origin } from "../plan/expressions.ts";
import type { Attribute, NamedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { placeOf } from "../plan/place.ts";
import { sameTypeIgnoringNullability, typeToSql, type DataType } from "../types/data-type.ts";
import { castOf, changeAttribute, nameExpression, passThrough, projectTo } from "./build.ts";
import type { AnalyzerContext, ViewColumn, ViewDefinition } from "./context.ts";
import { fail, quoteParts, quoteSql } from "./errors.ts";
import type { SameName } from "./scope.ts";

/**
 * The rows of a view's query as the view shows them (Spark, CREATE VIEW ... WITH SCHEMA). BINDING and COMPENSATION keep the columns of
 * the definition and cast to their types, the first only where nothing can be lost; TYPE EVOLUTION takes new types, EVOLUTION all
 * columns as they are now. What is as it was stays untouched.
 * @throws AnalysisError INCOMPATIBLE_VIEW_SCHEMA_CHANGE, CANNOT_UP_CAST_DATATYPE
 */
export function viewColumns(plan: ResolvedRelation, view: ViewDefinition, context: AnalyzerContext, same: SameName, origin: Origin | undefined): ResolvedRelation {
  const { columns, mode, evolve } = view, { output } = plan;
  if (mode === "EVOLUTION") {
    const lower = output.map(({ name }) => name.toLowerCase()), twice = lower.find((name, i) => lower.indexOf(name) !== i);
    if (twice !== undefined) throw fail("COLUMN_ALREADY_EXISTS", "42711", `The column \`${twice}\` already exists. Choose another name or rename the existing column.`, { columnName: `\`${twice}\`` }, origin);
    if (!isAsBefore(columns, output)) evolve?.(output.map(({ name, type, comment, declared }) => ({ source: name, name, type, ...(comment !== undefined && { comment }), ...(declared && { declared }) })));
    return plan;
  }
  const counts = new Map<string, number>();
  const named = columns.map((column): NamedExpression => {
    const all = output.filter(attribute => same(attribute.name, column.source)), wanted = columns.filter(one => same(one.source, column.source)).length, nth = counts.get(column.source.toLowerCase()) ?? 0;
    if (all.length !== wanted) throw changed(view, column, wanted, all);
    counts.set(column.source.toLowerCase(), nth + 1);
    const attribute = all[nth]!;
    if (mode === "TYPE EVOLUTION" || sameTypeIgnoringNullability(attribute.type, column.type)) return plain(attribute, column);
    if (mode === "BINDING" && !canUpCast(attribute.type, column.type)) throw lossy(attribute, column.type, origin);
    const problem = canCast(attribute.type, column.type, "ansi");
    if (problem !== undefined) throw problem.error(attribute.name, placeOf(origin));
    return withCommentOf(nameExpression(castOf(attribute, column.type, "ansi", context.settings, mode === "BINDING", origin), column.name), column);
  });
  if (mode === "TYPE EVOLUTION" && named.some(({ attribute }, i) => !sameTypeIgnoringNullability(attribute.type, columns[i]!.type))) evolve?.(columns.map((column, i) => ({ ...column, type: named[i]!.attribute.type })));
  return named.length === output.length && named.every(({ attribute }, i) => attribute === output[i]) ? plan : projectTo(plan, named, origin);
}

const withCommentOf = ({ expression, attribute }: NamedExpression, { comment }: ViewColumn): NamedExpression => ({ expression, attribute: attribute.comment === comment ? attribute : changeAttribute(attribute, { comment }) });

/** A column as it is; under another name or with another comment it is a new one. */
function plain(attribute: Attribute, column: ViewColumn): NamedExpression {
  return attribute.name === column.name && attribute.comment === column.comment ? passThrough(attribute) : withCommentOf(nameExpression(attribute, column.name), column);
}

const isAsBefore = (columns: readonly ViewColumn[], output: readonly Attribute[]): boolean =>
  columns.length === output.length && columns.every((column, i) => column.name === output[i]!.name && column.comment === output[i]!.comment && sameTypeIgnoringNullability(column.type, output[i]!.type));

function changed({ name, isTemporary, sql }: ViewDefinition, { source }: ViewColumn, expectedNum: number, found: readonly Attribute[]): Error {
  const viewName = quoteParts(name), actualCols = `[${found.map(a => a.name).join(",")}]`;
  const suggestion = isTemporary ? "CREATE OR REPLACE TEMPORARY VIEW" : `CREATE OR REPLACE VIEW ${name.join(".")} AS ${sql}`;
  return fail("INCOMPATIBLE_VIEW_SCHEMA_CHANGE", "51024", `The SQL query of view ${viewName} has an incompatible schema change and column ${source} cannot be resolved. Expected ${expectedNum} columns named ${source} but got ${actualCols}.\nPlease try to re-create the view by running: ${suggestion}.`, { viewName, colName: source, expectedNum: String(expectedNum), actualCols, suggestion });
}

function lossy(attribute: Attribute, to: DataType, origin: Origin | undefined): Error {
  const expression = [...attribute.qualifier, attribute.name].join("."), sourceType = quoteSql(typeToSql(attribute.type)), targetType = quoteSql(typeToSql(to));
  return fail("CANNOT_UP_CAST_DATATYPE", "42846", `Cannot up cast ${expression} from ${sourceType} to ${targetType}.\nYou can either add an explicit cast to the input data or choose a higher precision type of the field in the target object`, { expression, sourceType, targetType, details: "You can either add an explicit cast to the input data or choose a higher precision type of the field in the target object" }, origin);
}

const WIDTHS: Readonly<Record<string, number>> = { tinyint: 1, smallint: 2, int: 3, bigint: 4, float: 5, double: 6 };
const DIGITS: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, int: 10, bigint: 20 };

/** Whether a type takes all values of another without loss (Spark, Cast.canUpCast). */
export function canUpCast(from: DataType, to: DataType): boolean {
  if (from.kind === "void" || sameTypeIgnoringNullability(from, to)) return true;
  if (to.kind === "decimal") {
    if (from.kind === "decimal") return from.precision - from.scale <= to.precision - to.scale && from.scale <= to.scale;
    return (DIGITS[from.kind] ?? Infinity) <= to.precision - to.scale;
  }
  if (to.kind === "string") return from.kind !== "array" && from.kind !== "map" && from.kind !== "struct" && from.kind !== "binary" && from.kind !== "variant";
  if (WIDTHS[from.kind] !== undefined && WIDTHS[to.kind] !== undefined) return WIDTHS[from.kind]! <= WIDTHS[to.kind]!;
  if (from.kind === "date" || from.kind === "timestamp" || from.kind === "timestamp_ntz") return from.kind === "date" ? to.kind === "timestamp" || to.kind === "timestamp_ntz" : from.kind !== to.kind && (to.kind === "timestamp" || to.kind === "timestamp_ntz");
  if (from.kind === "array" && to.kind === "array") return canUpCast(from.element, to.element);
  if (from.kind === "map" && to.kind === "map") return canUpCast(from.key, to.key) && canUpCast(from.value, to.value);
  if (from.kind === "struct" && to.kind === "struct") return from.fields.length === to.fields.length && from.fields.every((f, i) => canUpCast(f.type, to.fields[i]!.type));
  return from.kind === to.kind && (from.kind === "day_time_interval" || from.kind === "year_month_interval");
}

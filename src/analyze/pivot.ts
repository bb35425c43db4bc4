/** PIVOT and UNPIVOT, by the operators that they stand for. */
import { evaluateConstant } from "../eval/constant.ts";
import { sqlText } from "../functions/sql-text.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { Pivot, Unpivot } from "../plan/relations.ts";
import type { Attribute, ResolvedExpression } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { BOOLEAN, sameTypeIgnoringNullability, STRING, struct, typeToSql, type DataType } from "../types/data-type.ts";
import { canCast } from "../functions/casts.ts";
import { widerType } from "../functions/coercion.ts";
import { isComparable } from "../functions/operators/comparison.ts";
import { groups } from "./aggregate.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { castOf, coerce, filterBy, literalOf, makeAttribute, nameExpression } from "./build.ts";
import { callByName } from "./calls.ts";
import { fail, quoteIdentifiers, quoteParts, quoteSql, quoteType } from "./errors.ts";
import { hasAggregate } from "./expressions.ts";
import { displayName, outputName } from "./names.ts";
import { analysed, settle, type Analysed } from "./scope.ts";
import { exactReference } from "./stars.ts";
import { rewriteUnresolved } from "./unresolved.ts";

/** One column for each value and aggregate: the aggregate over the rows with that value. */
export function pivot(analyzer: Analyzer, relation: Pivot, env: Env): Analysed {
  const input = analyzer.relation(relation.input, env), { origin } = relation;
  const resolver = analyzer.resolver(input, env);
  if (input.plan.isStreaming) {
    const msg = "Pivot is not supported on streaming DataFrames/Datasets";
    throw fail("_LEGACY_ERROR_TEMP_3102", "0A000", msg, { msg }, origin, "write one aggregate a value: sum(v) FILTER (WHERE key = 'a')");
  }
  const columns = resolver.resolveAll(relation.columns), aggregates = relation.aggregates.map(e => resolver.resolve(e));
  aggregates.forEach((aggregate, i) => {
    if (hasAggregate(aggregate)) return;
    const sql = quoteSql(displayName(resolver, relation.aggregates[i]!));
    throw fail("_LEGACY_ERROR_TEMP_1006", "42000", `Aggregate expression required for pivot, but ${sql} did not appear in any aggregate function.`, { sql }, origin);
  });
  for (const column of columns) {
    if (isComparable(column.type)) continue;
    const columnName = quoteParts(column.kind === "attribute" ? [...column.qualifier, column.name] : [displayName(resolver, relation.columns[columns.indexOf(column)]!)]);
    throw fail("INCOMPARABLE_PIVOT_COLUMN", "42818", `Invalid pivot column ${columnName}. Pivot columns must be comparable.`, { columnName }, origin);
  }
  const used = new Set<number>();
  for (const e of [...columns, ...aggregates]) someExpression(e, x => { if (x.kind === "attribute") used.add(x.id); return false; });
  const keys = relation.grouping ?? input.visible.filter(a => !used.has(a.id)).map(a => exactReference(a, origin));
  const single = relation.aggregates.length === 1;
  const items: Expression[] = [...keys];
  for (const value of relation.values) {
    const written = value.kind === "alias" ? value.child : value;
    const parts = rowParts(written, columns.length);
    const resolved = parts.map(part => resolver.resolve(part));
    if (resolved.length !== columns.length) {
      const shown = displayName(resolver, written), valueType = typeToSql(resolved.length === 1 ? resolved[0]!.type : struct(resolved.map((e, i) => ({ name: `col${i + 1}`, type: e.type, nullable: e.nullable })))).toLowerCase();
      const pivotType = typeToSql(struct(columns.map((e, i) => ({ name: displayName(resolver, relation.columns[i]!), type: e.type, nullable: true })))).toLowerCase();
      throw fail("PIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09", `Invalid pivot value '${shown}': value data type ${valueType} does not match pivot column data type ${pivotType}.`, { value: shown, valueType, pivotType }, value.origin);
    }
    const cells = resolved.map((e, i) => {
      if (someExpression(e, x => x.kind === "attribute" || x.kind === "aggregate_call")) {
        const expression = quoteSql(displayName(resolver, written));
        throw fail("NON_LITERAL_PIVOT_VALUES", "42K08", `Literal expressions required for pivot values, found ${expression}.`, { expression }, value.origin);
      }
      const type = columns[i]!.type;
      if (canCast(e.type, type, "ansi") !== undefined) {
        throw fail("PIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09", `Invalid pivot value '${displayName(resolver, part(parts, i))}': value data type ${quoteType(e.type)} does not match pivot column data type ${quoteType(type)}.`,
          { value: displayName(resolver, part(parts, i)), valueType: quoteType(e.type), pivotType: quoteType(type) }, value.origin);
      }
      return castOf(e, type, "ansi", resolver.settings, true);
    });
    const name = value.kind === "alias" ? value.names[0]! : parts.length > 1 ? `{${resolved.map((_, i) => valueText(analyzer, cells[i]!)).join(", ")}}` : valueText(analyzer, cells[0]!);
    const matches = relation.columns.map((column, i): Expression => ({ kind: "unresolved_function", name: "<=>", args: [column, sameTypeIgnoringNullability(resolved[i]!.type, columns[i]!.type) ? parts[i]! : { kind: "cast", child: parts[i]!, to: columns[i]!.type, evalMode: "default" }], origin }));
    const condition = matches.reduce((left, right): Expression => ({ kind: "unresolved_function", name: "and", args: [left, right], origin }));
    relation.aggregates.forEach((aggregate, i) => {
      const child = aggregate.kind === "alias" ? aggregate.child : aggregate;
      const suffix = single ? "" : `_${aggregate.kind === "alias" ? aggregate.names[0]! : outputName(resolver, aggregate, aggregates[i]!)}`;
      items.push({ kind: "alias", child: whereAny(onlyWhere(analyzer, child, condition), condition), names: [`${name}${suffix}`], origin });
    });
  }
  return groups(analyzer, input, { groupType: "group_by", grouping: keys, aggregates: items }, env, origin);
}

const part = (parts: readonly Expression[], i: number): Expression => parts[i]!;

/** The aggregates of an expression restricted to the rows of one pivot value. */
function onlyWhere(analyzer: Analyzer, expression: Expression, condition: Expression): Expression {
  return rewriteUnresolved(expression, e => {
    if (e.kind !== "unresolved_function" || (e.entry ?? analyzer.context.lookupFunction(e.name))?.kind !== "aggregate") return e;
    return { ...e, filter: e.filter === undefined ? condition : { kind: "unresolved_function", name: "and", args: [e.filter, condition] } };
  });
}

/** Null where a group has no row with the value, also for counts. */
function whereAny(value: Expression, condition: Expression): Expression {
  const one: Expression = { kind: "literal", value: 1, type: { kind: "int" } }, zero: Expression = { kind: "literal", value: 0n, type: { kind: "bigint" } };
  const rows: Expression = { kind: "unresolved_function", name: "count", args: [one], filter: condition };
  return { kind: "case_when", branches: [{ when: { kind: "unresolved_function", name: ">", args: [rows, zero] }, then: value }] };
}

function rowParts(value: Expression, count: number): readonly Expression[] {
  if (count === 1) return [value];
  if (value.kind === "unresolved_function" && value.name === "named_struct") return value.args.filter((_, i) => i % 2 === 1);
  if (value.kind === "unresolved_function" && value.name === "struct") return value.args.map(arg => arg.kind === "alias" ? arg.child : arg);
  return [value];
}

function valueText(analyzer: Analyzer, value: ResolvedExpression): string {
  const text = castOf(value, STRING, "ansi", analyzer.context.settings, true);
  const cell = evaluateConstant(text, analyzer.context.settings);
  return cell === null ? "null" : String(cell);
}

/** A row for each of the columns: its name, and its values. */
export function unpivot(analyzer: Analyzer, relation: Unpivot, env: Env): Analysed {
  const input = analyzer.relation(relation.input, env), plan = settle(input), { origin } = relation;
  const resolver = analyzer.resolver(input, env);
  // Without values: all columns that aren't ids.
  const given = relation.values.length > 0 ? relation.values : besidesIds(input, resolver.resolveAll(relation.ids ?? []), origin);
  const sets = given.map(set => ({ columns: resolver.resolveAll(set.columns), alias: set.alias, written: set.columns }));
  const used = new Set<number>();
  for (const set of sets) for (const e of set.columns) someExpression(e, x => { if (x.kind === "attribute") used.add(x.id); return false; });
  const ids = relation.ids === undefined ? plan.output.filter(a => !used.has(a.id)) : resolver.resolveAll(relation.ids);
  const width = relation.valueNames.length;
  const wrong = sets.find(set => set.columns.length !== width);
  if (wrong !== undefined) {
    throw fail("UNPIVOT_VALUE_SIZE_MISMATCH", "428C4", `All unpivot value columns must have the same size as there are value column names (${relation.valueNames.join(", ")}).`, { names: relation.valueNames.join(", ") }, origin);
  }
  const types = relation.valueNames.map((_, c) => sets.reduce<DataType | undefined>((type, set) => type === undefined ? undefined : leastCommon(type, set.columns[c]!.type), { kind: "void" }));
  if (types.some(type => type === undefined)) {
    const byType = new Map<string, string[]>();
    for (const set of sets) set.columns.forEach((e, i) => { const key = quoteType(e.type); byType.set(key, [...(byType.get(key) ?? []), quoteIdentifiers([e.kind === "attribute" ? e.name : displayName(resolver, set.written[i]!)])]); });
    const list = [...byType].toSorted(([a], [b]) => a < b ? -1 : 1).map(([type, names]) => `${type} (${names.join(", ")})`).join(", ");
    throw fail("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", "42K09", `Unpivot value columns must share a least common type, some types do not: [${list}].`, { types: list }, origin);
  }
  const idItems = ids.map(e => e.kind === "attribute" ? { expression: e as ResolvedExpression, attribute: makeAttribute(e.name, e.type, e.nullable, [], e.watermarkDelayMicros) } : nameExpression(e, sqlText(e)));
  const variable = makeAttribute(relation.variableName, STRING, false);
  const values = relation.valueNames.map((name, c) => makeAttribute(name, types[c]!, sets.some(set => set.columns[c]!.nullable)));
  const projections = sets.map(set => [
    ...idItems.map(item => item.expression),
    literalOf(set.alias ?? set.columns.map(e => e.kind === "attribute" ? e.name : sqlText(e)).join("_"), STRING),
    ...set.columns.map((e, c) => coerce(e, types[c]!, resolver.settings)),
  ]);
  const output: readonly Attribute[] = [...idItems.map(item => item.attribute), variable, ...values];
  const expanded = analysed(Object.freeze({ kind: "expand", input: plan, projections, output, isStreaming: plan.isStreaming, origin }), input.frames);
  if (relation.includeNulls) return expanded;
  const isNotNull = values.map(value => callByName(resolver, "isnotnull", [value], origin)).reduce((left, right): ResolvedExpression => Object.freeze({ kind: "or", left, right, type: BOOLEAN, nullable: false, origin }));
  return { ...expanded, plan: filterBy(expanded.plan, isNotNull, origin) };
}

function besidesIds(input: Analysed, ids: readonly ResolvedExpression[], origin: Origin | undefined): Unpivot["values"] {
  const values = input.visible.filter(a => !ids.some(id => id.kind === "attribute" && id.id === a.id)).map(a => ({ columns: [exactReference(a, origin)] }));
  if (values.length > 0) return values;
  throw fail("UNPIVOT_REQUIRES_VALUE_COLUMNS", "42K0A", "At least one value column needs to be specified for UNPIVOT, all columns specified as ids.", {}, origin);
}

/** No string becomes a number here, nor the other way round. */
function leastCommon(a: DataType, b: DataType): DataType | undefined {
  const text = (type: DataType): boolean => type.kind === "string";
  if (a.kind !== "void" && b.kind !== "void" && text(a) !== text(b)) return undefined;
  return widerType(a, b);
}

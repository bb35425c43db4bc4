/** UNION, INTERSECT, EXCEPT: columns matched by position or name, types made one. */
import type { Origin } from "../plan/expressions.ts";
import type { SetOperation } from "../plan/relations.ts";
import type { Attribute, NamedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { sameTypeIgnoringNullability, type DataType } from "../types/data-type.ts";
import { comparisonType, widerType } from "../functions/coercion.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { changeAttribute, coerce, literalOf, makeAttribute, nameExpression, passThrough, projectTo } from "./build.ts";
import { fail, ordinal, quoteIdentifiers, quoteSql, quoteType } from "./errors.ts";
import { analysed, settle, type Analysed } from "./scope.ts";

export function setOperation(analyzer: Analyzer, relation: SetOperation, env: Env): Analysed {
  const { operation, origin } = relation, name = operation === "union" ? "UNION" : `${operation.toUpperCase()}${relation.isAll ? " ALL" : ""}`;
  // A chain of unions is one union: its branches get their types together.
  const written = operation === "union" && relation.isAll && !relation.byName ? flattened(relation) : [relation.left, relation.right];
  let branches = written.map(branch => settle(analyzer.relation(branch, env)));
  if (relation.byName) branches = byName(analyzer, branches[0]!, branches[1]!, relation.allowMissingColumns, origin);
  const first = branches[0]!;
  branches.forEach((branch, i) => {
    if (branch.output.length === first.output.length) return;
    const parameters = { operator: name, firstNumColumns: String(first.output.length), invalidOrdinalNum: ordinal(i + 1), invalidNumColumns: String(branch.output.length) };
    throw fail("NUM_COLUMNS_MISMATCH", "42826", `${name} can only be performed on inputs with the same number of columns, but the first input has ${parameters.firstNumColumns} columns and the ${parameters.invalidOrdinalNum} input has ${parameters.invalidNumColumns} columns.`, parameters, origin);
  });
  const types = first.output.map((column, c) => branches.reduce<DataType>((type, branch, b) => {
    const wider = b === 0 ? type : widerType(type, branch.output[c]!.type) ?? comparisonType(type, branch.output[c]!.type);
    if (wider !== undefined) return wider;
    const parameters = { operator: name, columnOrdinalNumber: ordinal(c + 1), tableOrdinalNumber: ordinal(b + 1), dataType1: quoteType(branch.output[c]!.type), dataType2: quoteType(first.output[c]!.type), hint: "" };
    throw fail("INCOMPATIBLE_COLUMN_TYPE", "42825", `${name} can only be performed on tables with compatible column types. The ${parameters.columnOrdinalNumber} column of the ${parameters.tableOrdinalNumber} table is ${parameters.dataType1} type which is not compatible with ${parameters.dataType2} at the same column of the first table.`, parameters, origin);
  }, column.type));
  if (operation !== "union" || !relation.isAll) {
    const map = types.findIndex(hasMap);
    if (map >= 0) {
      throw fail("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", "0A000", `The feature is not supported: Cannot have MAP type columns in DataFrame which calls set operations (INTERSECT, EXCEPT, etc.), but the type of column \`${first.output[map]!.name}\` is ${quoteType(types[map]!)}.`,
        { colName: `\`${first.output[map]!.name}\``, dataType: quoteType(types[map]!) }, origin);
    }
  }
  const typed = branches.map(branch => withTypes(branch, types, analyzer));
  const output = types.map((type, c): Attribute => {
    const column = typed[0]!.output[c]!;
    // The first branch's watermark decides for the column.
    const made = makeAttribute(column.name, type, operation === "except" ? column.nullable : operation === "intersect" ? typed.every(b => b.output[c]!.nullable) : typed.some(b => b.output[c]!.nullable), [], column.watermarkDelayMicros, column.comment);
    const { isAutoNamed, declared } = column;
    return isAutoNamed === true || declared !== undefined ? changeAttribute(made, { ...(isAutoNamed && { isAutoNamed }), ...(declared && { declared }) }) : made;
  });
  const isStreaming = typed.some(branch => branch.isStreaming);
  if (operation === "union") {
    const union: ResolvedRelation = Object.freeze({ kind: "union", inputs: typed, output, isStreaming, origin });
    return analysed(relation.isAll ? union : distinct(union, origin));
  }
  return analysed(Object.freeze({ kind: "set_operation", operation, isAll: relation.isAll, left: typed[0]!, right: typed[1]!, output, isStreaming, origin }));
}

export function distinct(input: ResolvedRelation, origin: Origin | undefined): ResolvedRelation {
  const map = input.output.find(a => hasMap(a.type));
  if (map !== undefined) {
    throw fail("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", "0A000", `The feature is not supported: Cannot have MAP type columns in DataFrame which calls set operations (INTERSECT, EXCEPT, etc.), but the type of column \`${map.name}\` is ${quoteType(map.type)}.`, { colName: `\`${map.name}\``, dataType: quoteType(map.type) }, origin);
  }
  // Grouping by all columns: over a stream it has an aggregation's state and output modes.
  return Object.freeze({ kind: "aggregate", input, keys: input.output.map(passThrough), aggregates: [], output: input.output, isStreaming: input.isStreaming, origin });
}

const hasMap = (type: DataType): boolean => type.kind === "map" || type.kind === "array" && hasMap(type.element) || type.kind === "struct" && type.fields.some(f => hasMap(f.type));

function flattened(relation: SetOperation): readonly SetOperation["left"][] {
  const parts = (side: SetOperation["left"]): readonly SetOperation["left"][] =>
    side.kind === "set_operation" && side.operation === "union" && side.isAll && !side.byName && side.planId === undefined ? flattened(side) : [side];
  return [...parts(relation.left), ...parts(relation.right)];
}

function withTypes(branch: ResolvedRelation, types: readonly DataType[], analyzer: Analyzer): ResolvedRelation {
  if (branch.output.every((column, c) => sameTypeIgnoringNullability(column.type, types[c]!))) return branch;
  return projectTo(branch, branch.output.map((column, c) => sameTypeIgnoringNullability(column.type, types[c]!) ? passThrough(column) : nameExpression(coerce(column, types[c]!, analyzer.context.settings), column.name)));
}

/** The right side's columns in the left side's order; columns of one side alone are null on the other when that is allowed. */
function byName(analyzer: Analyzer, left: ResolvedRelation, right: ResolvedRelation, allowMissing: boolean, origin: Origin | undefined): ResolvedRelation[] {
  const { same } = analyzer;
  const twice = [left, right].flatMap(side => side.output.filter((a, i) => side.output.findIndex(b => same(a.name, b.name)) !== i))[0];
  if (twice !== undefined) throw fail("COLUMN_ALREADY_EXISTS", "42711", `The column \`${twice.name}\` already exists. Choose another name or rename the existing column.`, { columnName: `\`${twice.name.toLowerCase()}\`` }, origin);
  const missing = (column: Attribute, side: ResolvedRelation): NamedExpression => {
    if (allowMissing) return nameExpression(literalOf(null, column.type), column.name);
    const proposal = quoteIdentifiers(side.output.map(a => a.name));
    throw fail("UNRESOLVED_COLUMN_AMONG_FIELD_NAMES", "42703", `Cannot resolve column name "${column.name}" among (${side.output.map(a => a.name).join(", ")}).`, { colName: quoteSql(column.name), fieldNames: proposal }, origin, "allowMissingColumns fills columns of one side with nulls");
  };
  const onlyRight = right.output.filter(column => !left.output.some(other => same(other.name, column.name)));
  const leftColumns = [...left.output.map(passThrough), ...(allowMissing ? onlyRight.map(column => missing(column, left)) : [])];
  const rightColumns = [...left.output.map(column => { const found = right.output.find(other => same(other.name, column.name)); return found === undefined ? missing(column, right) : passThrough(found); }), ...onlyRight.map(column => allowMissing ? passThrough(column) : missing(column, left))];
  return [projectTo(left, leftColumns), projectTo(right, rightColumns)];
}


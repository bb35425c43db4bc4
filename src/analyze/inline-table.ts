/** VALUES: rows of expressions without columns, each column brought to one type. */
import { MillraceError } from "../base/errors.ts";
import { BY_BATCH, BY_TASK, evaluateConstant, isConstant } from "../eval/constant.ts";
import { widerTypeWithoutStrings } from "../functions/coercion.ts";
import type { Expression } from "../plan/expressions.ts";
import type { InlineTable } from "../plan/relations.ts";
import type { Attribute, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import type { DataType } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { coerce, literalOf, makeAttribute } from "./build.ts";
import { fail, quoteSql } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import { displayName } from "./names.ts";
import { analysed, type Analysed } from "./scope.ts";
import { someUnresolved } from "./unresolved.ts";

export function inlineTable(analyzer: Analyzer, relation: InlineTable, env: Env): Analysed {
  const { rows, origin } = relation, width = relation.names?.length ?? rows[0]!.length;
  rows.forEach((row, i) => {
    if (row.length === width && row.length === rows[0]!.length) return;
    const parameters = { expectedNumCols: String(width), actualNumCols: String(row.length), rowIndex: String(i) };
    throw fail("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "42000", `Invalid inline table: expected ${width} columns but found ${row.length} columns in row ${i}.`, parameters, origin);
  });
  const resolver = analyzer.resolver({ visible: [], hidden: [], frames: new Map() }, env);
  const cells = rows.map(row => row.map((cell): ResolvedExpression => {
    if (someUnresolved(cell, e => e.kind === "subquery")) {
      throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.SCALAR_SUBQUERY_IN_VALUES", "0A000", "Unsupported subquery expression: Scalar subqueries in the VALUES clause.", {}, cell.origin);
    }
    const written = cell.kind === "alias" ? cell.child : cell;
    if (someUnresolved(written, e => e.kind === "unresolved_star")) throw notConstant(cell, resolver);
    const resolved = resolver.resolve(written);
    if (someExpression(resolved, e => e.kind === "attribute" || e.kind === "aggregate_call" || e.kind === "window_call" || e.kind === "generator_call" || e.kind === "lambda" || e.kind === "scalar_call" && BY_TASK.has(e.function.name))) throw notConstant(cell, resolver);
    return resolved;
  }));
  const names = relation.names ?? rows[0]!.map((_, i) => `col${i + 1}`);
  const types = names.map((name, c) => cells.reduce<DataType>((type, row) => {
    const common = widerTypeWithoutStrings(type, row[c]!.type);
    if (common !== undefined) return common;
    throw fail("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", "42000", `Invalid inline table: Found incompatible types in the column \`${name}\` for inline table.`, { colName: `\`${name}\`` }, origin, "cast the values to one type");
  }, { kind: "void" }));
  const typed = cells.map(row => row.map((cell, c) => coerce(cell, types[c]!, resolver.settings)));
  const output = names.map((name, c): Attribute => makeAttribute(name, types[c]!, typed.some(row => row[c]!.nullable)));
  const values = typed.map((row, r) => row.map((cell, c) => valueOf(cell, () => displayName(resolver, rows[r]![c]!), resolver)));
  return analysed(rowsOf(values, output, origin));
}

/** A cell's value, unless it depends on when the query runs. Spark works it out before the query, so what fails here is no error of a row. */
function valueOf(cell: ResolvedExpression, text: () => string, { settings }: Resolver): ResolvedExpression {
  if (cell.kind === "literal" || !isConstant(cell) || someExpression(cell, e => e.kind === "scalar_call" && (BY_BATCH.has(e.function.name) || e.args.length === 0))) return cell;
  try {
    return literalOf(evaluateConstant(cell, settings), cell.type, cell.origin);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.condition.startsWith("MILLRACE_")) throw error;
    const sqlExpr = quoteSql(text());
    throw fail("INVALID_INLINE_TABLE.FAILED_SQL_EXPRESSION_EVALUATION", "42000", `Invalid inline table. Failed to evaluate the SQL expression ${sqlExpr}. Please check your syntax and ensure all required tables and columns are available. ${error.text}`, { sqlExpr }, cell.origin, error.hint);
  }
}

/** Literal rows as they are; rows that are yet to be computed by an expand over one row. */
export function rowsOf(rows: readonly (readonly ResolvedExpression[])[], output: readonly Attribute[], origin: InlineTable["origin"]): ResolvedRelation {
  const literal = rows.every(row => row.every(cell => cell.kind === "literal"));
  if (literal) return Object.freeze({ kind: "local_rows", rows: rows.map(row => row.map(cell => cell.kind === "literal" ? cell.value : null)), output, isStreaming: false, origin });
  const one: ResolvedRelation = Object.freeze({ kind: "local_rows", rows: [[]], output: [], isStreaming: false, origin });
  return Object.freeze({ kind: "expand", input: one, projections: rows, output, isStreaming: false, origin });
}

function notConstant(cell: Expression, resolver: Parameters<typeof displayName>[0]): Error {
  const text = cell.kind === "unresolved_star" ? "*" : displayName(resolver, cell.kind === "alias" ? cell.child : cell);
  return fail("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", "42000", `Invalid inline table: Cannot evaluate the expression ${quoteSql(text)} in inline table definition.`, { expr: quoteSql(text) }, cell.origin);
}

/** Table arguments of table functions: the rows of a partition, in order, become one array, and the function makes rows of it. */
import { unsupported } from "../base/errors.ts";
import type { Expression } from "../plan/expressions.ts";
import type { PartitionedCall, Relation } from "../plan/relations.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { fail, quoteIdentifiers, quoteType, unresolvedColumn } from "./errors.ts";
import type { Analysed } from "./scope.ts";

const ROWS = "_rows_of_partition", MADE = "_made_of_partition";

/** @throws AnalysisError UNRESOLVABLE_TABLE_VALUED_FUNCTION, DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE, MILLRACE_UNSUPPORTED for a stream */
export function partitionedCall(analyzer: Analyzer, call: PartitionedCall, env: Env): Analysed {
  const { origin, at } = call, entry = call.entry ?? analyzer.context.lookupFunction(call.name.toLowerCase());
  const parameters = entry?.kind === "generator" ? entry.user?.parameters : undefined;
  if (parameters === undefined) {
    throw fail("UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883", `Could not resolve ${quoteIdentifiers([call.name])} to a table-valued function.`, { name: quoteIdentifiers([call.name]) }, origin, "tables are arguments of functions that udtf() made");
  }
  const type = parameters[at]?.type;
  if (type?.kind !== "array" || type.element.kind !== "struct") {
    const requiredType = type === undefined ? "no argument" : quoteType(type);
    throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve "${call.name}()" due to data type mismatch: The argument at place ${at + 1} requires the ${requiredType} type, however a table was given.`, { sqlExpr: `"${call.name}()"`, paramIndex: String(at + 1), requiredType, inputSql: "TABLE", inputType: "TABLE" }, origin, "the rows of a table are an ARRAY of STRUCTs: udtf({ args: [array(Row)], ... })");
  }
  const table = analyzer.relation(call.input, env), missing = type.element.fields.find(one => !table.visible.some(a => a.name.toLowerCase() === one.name.toLowerCase()));
  if (missing !== undefined) throw unresolvedColumn([missing.name], table.visible.map(a => [a.name]), origin);
  if (table.plan.isStreaming) throw unsupported("A stream as the table argument of a function", "transformWithState, or groupByKey(key).flatMapGroups(f) for each batch");
  // Columns are found by the names that the function declares, and cast.
  const fields = type.element.fields.flatMap((one): Expression[] => [{ kind: "literal", value: one.name, type: { kind: "string" } }, { kind: "cast", child: { kind: "unresolved_attribute", nameParts: [one.name], ...(origin && { origin }) }, to: one.type, evalMode: "ansi" }]);
  const collected: Expression = { kind: "unresolved_function", name: "collect_list", args: [{ kind: "unresolved_function", name: "named_struct", args: fields }] };
  const sorted: Relation = call.orderBy.length === 0 ? call.input : { kind: "sort", input: call.input, order: call.orderBy, isGlobal: true };
  const rows: Expression = { kind: "unresolved_attribute", nameParts: [ROWS] }, some: Expression = { kind: "unresolved_function", name: ">", args: [{ kind: "unresolved_function", name: "size", args: [rows] }, { kind: "literal", value: 0, type: { kind: "int" } }] };
  // A table without rows has no partition.
  const groups: Relation = { kind: "filter", input: { kind: "aggregate", input: sorted, groupType: "group_by", grouping: call.partitionBy, aggregates: [{ kind: "alias", child: collected, names: [ROWS] }] }, condition: some };
  const generator: Expression = { kind: "unresolved_function", name: call.name, args: call.args.toSpliced(at, 0, rows), ...(origin && { origin }), ...(call.entry && { entry: call.entry }) };
  return analyzer.relation({ kind: "project", input: { kind: "lateral_view", input: groups, generator, outer: false, tableAlias: MADE, columnNames: [] }, expressions: [{ kind: "unresolved_star", target: [MADE] }], ...(origin && { origin }) }, env);
}

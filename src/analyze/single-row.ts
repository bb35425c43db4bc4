/** A scalar subquery that was turned into a join: one row for each outer row, or an error. */
import { ExecutionError } from "../base/errors.ts";
import type { AggregateCall, Attribute, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { BIGINT, INT } from "../types/data-type.ts";
import type { Analyzer } from "./analyzer.ts";
import { internalFunction, literalOf, makeAttribute, passThrough, projectTo, scalarCall } from "./build.ts";
import { unresolvedRoutine } from "./errors.ts";

export interface SingleRow {
  readonly plan: ResolvedRelation;
  readonly value: Attribute;
  /** The value where there may have been no row to join. */
  whenMissing(joined: Attribute): ResolvedExpression;
}

/** `inner` with at most one row for each combination of `keys`, `column` its value. */
export function singleRow(analyzer: Analyzer, inner: ResolvedRelation, keys: readonly Attribute[], column: Attribute): SingleRow {
  if (isSingle(inner, keys)) return { plan: projectTo(inner, [...keys, column].map(passThrough)), value: column, whenMissing: joined => joined };
  const { settings } = analyzer.context;
  const call = (name: string, args: readonly ResolvedExpression[]): AggregateCall => {
    const entry = analyzer.context.lookupFunction(name);
    if (entry?.kind !== "aggregate") throw unresolvedRoutine([name], [], undefined);
    const binding = entry.bind(args, settings, undefined);
    return Object.freeze({ kind: "aggregate_call", function: entry, args, binding, distinct: false, filter: undefined, type: binding.type, nullable: binding.nullable });
  };
  const first = call("first", [column]), count = call("count", [literalOf(1, INT)]);
  const value = makeAttribute(column.name, column.type, true), rows = makeAttribute("rows", BIGINT, false);
  const grouped: ResolvedRelation = Object.freeze({
    kind: "aggregate", input: inner, keys: keys.map(passThrough), aggregates: [{ call: first, attribute: value }, { call: count, attribute: rows }],
    output: [...keys, value, rows], isStreaming: inner.isStreaming,
  });
  const checked = makeAttribute(column.name, column.type, true);
  const only = scalarCall(ONLY_ROW, [value, rows], { type: column.type, nullable: true, nullAware: true, canRaise: true, row: ([cell, n]) => {
    if ((n as bigint) <= 1n) return cell!;
    throw new ExecutionError({ condition: "SCALAR_SUBQUERY_TOO_MANY_ROWS", sqlState: "21000", message: "More than one row returned by a subquery used as an expression." });
  } }, settings);
  return { plan: projectTo(grouped, [...keys.map(passThrough), { expression: only, attribute: checked }]), value: checked, whenMissing: joined => joined };
}

/** Whether a plan has one row for each combination of the keys because it groups by nothing else. */
function isSingle(plan: ResolvedRelation, keys: readonly Attribute[]): boolean {
  switch (plan.kind) {
    case "project": {
      const below = keys.map(key => plan.expressions.find(e => e.attribute.id === key.id)?.expression);
      return below.every(e => e?.kind === "attribute") && isSingle(plan.input, below as Attribute[]);
    }
    case "filter": case "subquery_alias": case "sort": return isSingle(plan.input, keys);
    case "aggregate": return plan.keys.every(key => keys.some(k => k.id === key.attribute.id));
    // The domain beside groups of its values.
    case "join": return plan.joinType === "left" && plan.left.kind === "deduplicate" && plan.right.kind === "aggregate" && keys.every(k => plan.left.output.some(a => a.id === k.id));
    default: return false;
  }
}

const ONLY_ROW = internalFunction("only_row", "The value of a subquery, if it has one row.");


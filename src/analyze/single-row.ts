/** A scalar subquery that was turned into a join: one row for each outer row, or an error. */
import { ExecutionError } from "../base/errors.ts";
import type { AggregateCall, Attribute, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { BIGINT, BOOLEAN, INT } from "../types/data-type.ts";
import type { Analyzer } from "./analyzer.ts";
import { internalFunction, literalOf, makeAttribute, passThrough, projectTo, scalarCall } from "./build.ts";
import { callByName } from "./calls.ts";
import { unresolvedRoutine } from "./errors.ts";

export interface SingleRow {
  readonly plan: ResolvedRelation;
  readonly value: Attribute;
  /** The value where there may have been no row to join. */
  whenMissing(joined: Attribute): ResolvedExpression;
}

/** Exactly one row: the value of a subquery's only row, or null. */
export function onlyRow(analyzer: Analyzer, plan: ResolvedRelation): ResolvedRelation {
  const column = plan.output[0]!;
  return isOneGroup(plan) ? plan : checked(analyzer, plan, [], column).plan;
}

/** Exactly one row: whether a subquery has any. */
export function anyRow(analyzer: Analyzer, plan: ResolvedRelation): ResolvedRelation {
  const first: ResolvedRelation = Object.freeze({ kind: "limit", input: plan, limit: 1, offset: 0, output: plan.output, isStreaming: plan.isStreaming });
  const rows = makeAttribute("rows", BIGINT, false), call = aggregateCall(analyzer, "count", [literalOf(1, INT)]);
  const counted: ResolvedRelation = Object.freeze({ kind: "aggregate", input: first, keys: [], aggregates: [{ call, attribute: rows }], output: [rows], isStreaming: plan.isStreaming });
  const resolver = analyzer.resolver({ visible: [rows], hidden: [], frames: new Map() }, analyzer.rootEnv);
  return projectTo(counted, [{ expression: callByName(resolver, ">", [rows, literalOf(0n, BIGINT)], undefined), attribute: makeAttribute("exists", BOOLEAN, false) }]);
}

/** A global aggregate under a projection: one row, whatever comes in. */
const isOneGroup = (plan: ResolvedRelation): boolean => plan.kind === "project" || plan.kind === "subquery_alias" ? isOneGroup(plan.input) : plan.kind === "aggregate" && plan.keys.length === 0;

/** `inner` with at most one row for each combination of `keys`, `column` its value. */
export function singleRow(analyzer: Analyzer, inner: ResolvedRelation, keys: readonly Attribute[], column: Attribute): SingleRow {
  if (isSingle(inner, keys)) return { plan: projectTo(inner, [...keys, column].map(passThrough)), value: column, whenMissing: joined => joined };
  return checked(analyzer, inner, keys, column);
}

function aggregateCall(analyzer: Analyzer, name: string, args: readonly ResolvedExpression[]): AggregateCall {
  const entry = analyzer.context.lookupFunction(name);
  if (entry?.kind !== "aggregate") throw unresolvedRoutine([name], [], undefined);
  const binding = entry.bind(args, analyzer.context.settings, undefined);
  return Object.freeze({ kind: "aggregate_call", function: entry, args, binding, distinct: false, filter: undefined, type: binding.type, nullable: binding.nullable });
}

/** Groups by the keys; more than one row in a group is an error when its value is computed. */
function checked(analyzer: Analyzer, inner: ResolvedRelation, keys: readonly Attribute[], column: Attribute): SingleRow {
  const first = aggregateCall(analyzer, "first", [column]), count = aggregateCall(analyzer, "count", [literalOf(1, INT)]);
  const value = makeAttribute(column.name, column.type, true), rows = makeAttribute("rows", BIGINT, false);
  const grouped: ResolvedRelation = Object.freeze({
    kind: "aggregate", input: inner, keys: keys.map(passThrough), aggregates: [{ call: first, attribute: value }, { call: count, attribute: rows }],
    output: [...keys, value, rows], isStreaming: inner.isStreaming,
  });
  const one = makeAttribute(column.name, column.type, true);
  ONLY.add(grouped);
  const only = scalarCall(ONLY_ROW, [value, rows], { type: column.type, nullable: true, nullAware: true, canRaise: true, row: ([cell, n]) => {
    if ((n as bigint) <= 1n) return cell!;
    throw new ExecutionError({ condition: "SCALAR_SUBQUERY_TOO_MANY_ROWS", sqlState: "21000", message: "More than one row returned by a subquery used as an expression." });
  } }, analyzer.context.settings);
  return { plan: projectTo(grouped, [...keys.map(passThrough), { expression: only, attribute: one }]), value: one, whenMissing: joined => joined };
}

/** Aggregates that nobody wrote: they see to it that a subquery has one row. */
const ONLY = new WeakSet<object>();
export const isOnlyRow = (plan: ResolvedRelation): boolean => ONLY.has(plan);

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


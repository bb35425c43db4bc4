/**
 * Conditions move down towards the sources: through projections, unions, watermarks (those on other columns than the
 * event time), groupings (those on keys) and joins, and are offered to scans. A condition that can fail doesn't overtake
 * one that may guard it, nor go where more rows would reach it.
 */
import type { ResolvedExpression, ResolvedJoin, ResolvedRelation } from "../plan/resolved.ts";
import { sameNode } from "../plan/same.ts";
import { mapExpression, someExpression } from "../plan/walk.ts";
import { allOf, canRaise, conjuncts, isBound, isDeterministic, isOver, references, substitute } from "./expression-facts.ts";
import { keyFilters } from "./infer-filters.ts";
import { isReading } from "./narrow-calls.ts";
import { strengthen } from "./strengthen-joins.ts";

export function pushFilters(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind === "join") return plan.isCondition === true && plan.left.isStreaming ? pushCondition(plan) : pushJoinCondition(plan);
  if (plan.kind !== "filter") return plan;
  const conditions = conjuncts(plan.condition), { input } = plan;
  switch (input.kind) {
    case "project": {
      const computed = input.expressions;
      const [down, stay] = split(conditions, c => {
        const below = substitute(c, computed);
        return isDeterministic(below) && !isBound(below) && (below === c || !someExpression(below, e => e.kind === "user_call" || isReading(e))) && !someExpression(c, e => e.kind === "subquery");
      });
      if (down.length === 0) return plan;
      return above(plan, stay, Object.freeze({ ...input, input: filtered(input.input, down.map(c => substitute(c, computed))) }));
    }
    case "union": {
      const [down, stay] = split(conditions, c => isDeterministic(c));
      if (down.length === 0) return plan;
      const inputs = input.inputs.map(branch => {
        const by = new Map(input.output.map((a, i) => [a.id, branch.output[i]!] as const));
        return filtered(branch, down.map(c => mapExpression(c, e => e.kind === "attribute" ? by.get(e.id) ?? e : e)));
      });
      return above(plan, stay, Object.freeze({ ...input, inputs }));
    }
    case "event_time_watermark": {
      const [down, stay] = split(conditions, c => isDeterministic(c) && !references([c]).has(input.eventTime.id));
      if (down.length === 0) return plan;
      return above(plan, stay, Object.freeze({ ...input, input: filtered(input.input, down) }));
    }
    case "aggregate": {
      if (input.keys.length === 0) return plan;
      const keys = input.keys.map(key => key.attribute);
      const [down, stay] = split(conditions, c => isOver(c, keys) && references([c]).size > 0 && !canRaise(c) && isDeterministic(c) && !isBound(substitute(c, input.keys)));
      if (down.length === 0) return plan;
      return above(plan, stay, Object.freeze({ ...input, input: filtered(input.input, down.map(c => substitute(c, input.keys))) }));
    }
    case "window": {
      const partitions = input.windows.map(w => new Set(w.call.partitionBy.flatMap(e => e.kind === "attribute" ? [e.id] : [])));
      const [down, stay] = split(conditions, c => !canRaise(c) && isDeterministic(c) && references([c]).size > 0 && [...references([c])].every(id => partitions.every(ids => ids.has(id))));
      if (down.length === 0) return plan;
      return above(plan, stay, Object.freeze({ ...input, input: filtered(input.input, down) }));
    }
    case "generate": {
      const [down, stay] = split(conditions, c => !canRaise(c) && isDeterministic(c) && isOver(c, input.input.output));
      if (down.length === 0) return plan;
      return above(plan, stay, Object.freeze({ ...input, input: filtered(input.input, down) }));
    }
    case "sort": return Object.freeze({ ...input, input: filtered(input.input, conditions) });
    case "join": {
      const join = strengthen(input, conditions);
      return pushThroughJoin(join === input ? plan : Object.freeze({ ...plan, input: join }), join, conditions);
    }
    case "as_of_join": {
      // What a left row meets hangs on no other left row.
      const [down, stay] = split(conditions, c => movable(c) && references([c]).size > 0 && isOver(c, input.left.output));
      if (down.length === 0) return plan;
      return above(plan, stay, Object.freeze({ ...input, left: filtered(input.left, down) }));
    }
    case "scan": {
      const offered = conditions.filter(c => movable(c) && references([c]).size > 0 && !someExpression(c, e => e.kind === "subquery" || e.kind === "user_call"));
      if (offered.length === input.pushedFilters.length && offered.every((c, i) => c === input.pushedFilters[i])) return plan;
      return Object.freeze({ ...plan, input: Object.freeze({ ...input, pushedFilters: offered }) });
    }
    default: return plan;
  }
}

/** Those that may go down and those that stay. Behind one that stays, only what can't fail goes. */
function split(conditions: readonly ResolvedExpression[], mayGo: (c: ResolvedExpression) => boolean): readonly [down: ResolvedExpression[], stay: ResolvedExpression[]] {
  const down: ResolvedExpression[] = [], stay: ResolvedExpression[] = [];
  for (const c of conditions) (mayGo(c) && (stay.length === 0 || !canRaise(c)) ? down : stay).push(c);
  return [down, stay];
}

function filtered(input: ResolvedRelation, conditions: readonly ResolvedExpression[]): ResolvedRelation {
  const condition = allOf(conditions);
  if (condition === undefined) return input;
  return pushFilters(merged(Object.freeze({ kind: "filter", input, condition, output: input.output, isStreaming: input.isStreaming, origin: condition.origin })));
}

function merged(plan: Extract<ResolvedRelation, { kind: "filter" }>): ResolvedRelation {
  if (plan.input.kind !== "filter") return plan;
  return Object.freeze({ ...plan, input: plan.input.input, condition: allOf([...conjuncts(plan.input.condition), ...conjuncts(plan.condition)])! });
}

function above(plan: Extract<ResolvedRelation, { kind: "filter" }>, stay: readonly ResolvedExpression[], input: ResolvedRelation): ResolvedRelation {
  const condition = allOf(stay);
  return condition === undefined ? input : Object.freeze({ ...plan, input, condition });
}

const movable = (c: ResolvedExpression): boolean => !canRaise(c) && isDeterministic(c);

function pushThroughJoin(plan: Extract<ResolvedRelation, { kind: "filter" }>, join: ResolvedJoin, conditions: readonly ResolvedExpression[]): ResolvedRelation {
  const { left, right, joinType } = join;
  const inner = joinType === "inner" || joinType === "cross";
  const toLeft: ResolvedExpression[] = [], toRight: ResolvedExpression[] = [], toJoin: ResolvedExpression[] = [], stay: ResolvedExpression[] = [];
  for (const c of conditions) {
    if (!movable(c) || references([c]).size === 0) { if (inner && isDeterministic(c) && stay.length === 0 && !someExpression(c, e => e.kind === "subquery")) toJoin.push(c); else stay.push(c); }
    else if (isOver(c, left.output) && (inner || joinType === "left" || joinType === "left_semi" || joinType === "left_anti")) toLeft.push(c);
    else if (isOver(c, right.output) && (inner || joinType === "right")) toRight.push(c);
    else if (inner) toJoin.push(c);
    else stay.push(c);
  }
  if (stay.length === conditions.length) return plan;
  const condition = allOf([...(join.condition === undefined ? [] : conjuncts(join.condition)), ...toJoin]);
  const pushed = pushJoinCondition(Object.freeze({ ...join, joinType: joinType === "cross" && condition !== undefined ? "inner" : joinType, left: filtered(left, toLeft), right: filtered(right, toRight), condition }));
  return above(plan, stay, pushed);
}

/** IN and EXISTS over a stream go, like any condition, below a watermark on a column that they don't ask about: what they drop doesn't raise it. */
function pushCondition(join: ResolvedJoin): ResolvedRelation {
  const { left, condition } = join;
  const below = (input: ResolvedRelation, by = condition): ResolvedRelation => pushFilters(Object.freeze({ ...join, left: input, condition: by, output: input.output }));
  if (condition !== undefined && isDeterministic(condition) && !canRaise(condition) && isAboveWatermark(left)) {
    if (left.kind === "event_time_watermark" && !references([condition]).has(left.eventTime.id)) return Object.freeze({ ...left, input: below(left.input) });
    if (left.kind === "filter" && isDeterministic(left.condition)) {
      const input = below(left.input);
      if (input.kind !== "join") return pushFilters(Object.freeze({ ...left, input }));
    }
    if (left.kind === "project" && left.expressions.every(({ expression }) => expression.kind === "attribute")) {
      const input = below(left.input, substitute(condition, left.expressions));
      if (input.kind !== "join") return Object.freeze({ ...left, input });
    }
  }
  return pushJoinCondition(join);
}

function isAboveWatermark(plan: ResolvedRelation): boolean {
  return plan.kind === "event_time_watermark" || (plan.kind === "filter" || plan.kind === "project" || plan.kind === "join" && plan.isCondition === true) && isAboveWatermark(plan.kind === "join" ? plan.left : plan.input);
}

/** Conditions of a join that are about one side are filters of that side, where the join keeps no row that fails them. */
function pushJoinCondition(join: ResolvedJoin): ResolvedRelation {
  const { joinType } = join, all = join.condition === undefined ? [] : conjuncts(join.condition);
  const [filtersLeft, filtersRight] = filteredSides(joinType);
  const toLeft: ResolvedExpression[] = [], toRight: ResolvedExpression[] = [], rest: ResolvedExpression[] = [];
  for (const c of all) {
    if (!movable(c) || references([c]).size === 0) rest.push(c);
    else if (filtersLeft && isOver(c, join.left.output)) toLeft.push(c);
    else if (filtersRight && isOver(c, join.right.output)) toRight.push(c);
    else rest.push(c);
  }
  const implied = keyFilters(join, rest), [impliesLeft, impliesRight] = filteredSides(join.impliesAs ?? joinType);
  if (impliesLeft) toLeft.push(...implied.left.filter(c => !already(join.left, c)));
  if (impliesRight) toRight.push(...implied.right.filter(c => !already(join.right, c)));
  if (toLeft.length === 0 && toRight.length === 0) return join;
  return Object.freeze({ ...join, left: filtered(join.left, toLeft), right: filtered(join.right, toRight), condition: allOf(rest) });
}

/** The sides that lose their rows that fail the join's condition. */
const filteredSides = (joinType: ResolvedJoin["joinType"]): readonly [left: boolean, right: boolean] =>
  [joinType === "inner" || joinType === "cross" || joinType === "right" || joinType === "left_semi", joinType !== "right" && joinType !== "full"];

/** Whether a filter below already sees to it that a value isn't null. */
function already(plan: ResolvedRelation, condition: ResolvedExpression): boolean {
  const value = condition.kind === "scalar_call" ? condition.args[0] : undefined;
  return value !== undefined && isKnownNotNull(plan, value);
}

function isKnownNotNull(plan: ResolvedRelation, value: ResolvedExpression): boolean {
  const over = (side: ResolvedRelation): boolean => isOver(value, side.output);
  switch (plan.kind) {
    case "filter": return conjuncts(plan.condition).some(c => c.kind === "scalar_call" && c.function.name === "isnotnull" && sameNode(c.args[0], value)) || isKnownNotNull(plan.input, value);
    case "project": return isKnownNotNull(plan.input, substitute(value, plan.expressions));
    case "event_time_watermark": case "sort": case "generate": case "window": case "deduplicate": case "sample": return isKnownNotNull(plan.input, value);
    case "union": return plan.inputs.every(input => {
      const by = new Map(plan.output.map((a, i) => [a.id, input.output[i]!] as const));
      return isKnownNotNull(input, mapExpression(value, e => e.kind === "attribute" ? by.get(e.id) ?? e : e));
    });
    case "join":
      if (over(plan.left)) return plan.joinType !== "right" && plan.joinType !== "full" && isKnownNotNull(plan.left, value);
      return over(plan.right) && plan.joinType !== "left" && plan.joinType !== "full" && isKnownNotNull(plan.right, value);
    case "as_of_join": return over(plan.left) && isKnownNotNull(plan.left, value);
    case "aggregate": return plan.keys.some(key => value.kind === "attribute" && key.attribute.id === value.id) && isKnownNotNull(plan.input, substitute(value, plan.keys));
    default: return !value.nullable;
  }
}

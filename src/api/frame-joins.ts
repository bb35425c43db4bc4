/** Joins of frames: each side keeps an accessor of its own. */
import type { JoinType, Relation } from "../plan/relations.ts";
import { find, type KnownColumn, type Side } from "./accessor.ts";
import { badArgument } from "./api-errors.ts";
import { checkAsofOptions, toleranceOf, type AsofJoinOptions } from "./asof-options.ts";
import { callSite } from "./call-site.ts";
import { nodeOf } from "./column-node.ts";
import { FrameNode, frameNode, frameOver } from "./frame.ts";
import { freshPlanIds, nextPlanId, withPlanId } from "./plan-ids.ts";
import { TableCallNode } from "./user-functions.ts";

export function join(frame: FrameNode, other: unknown, on: unknown, how: string = "inner"): FrameNode {
  const right = frameNode(other, "join"), joinType = JOIN_TYPES[how.toLowerCase().replaceAll("_", "")], origin = callSite();
  if (joinType === undefined) throw badArgument(`Unsupported join type '${how}'.`, "inner, left, right, full, left_semi, left_anti", "UNSUPPORTED_JOIN_TYPE", "0A000");
  if (typeof on === "string" || (Array.isArray(on) && on.every(name => typeof name === "string"))) {
    const names = typeof on === "string" ? [on] : on as readonly string[];
    for (const name of names) { frame.checkName(name); right.checkName(name); }
    const relation: Relation = { kind: "join", left: frame.relation, right: right.relation, joinType, usingColumns: names, origin };
    return frame.derive(relation, usingColumns(frame.columns, right.columns, names, joinType));
  }
  const { left, leftSides, right: rightRelation, rightSide } = sidesWith(frame, right);
  const condition = new FrameNode(frame.session, left, [...leftSides, rightSide]).condition(on);
  const relation: Relation = { kind: "join", left, right: rightRelation, joinType, condition, origin };
  const isLeftOnly = joinType === "left_semi" || joinType === "left_anti";
  return new FrameNode(frame.session, relation, isLeftOnly ? leftSides : [...leftSides, rightSide]);
}

export function crossJoin(frame: FrameNode, other: unknown): FrameNode {
  const { left, leftSides, right, rightSide } = sidesWith(frame, frameNode(other, "crossJoin"));
  return new FrameNode(frame.session, { kind: "join", left, right, joinType: "cross", origin: callSite() }, [...leftSides, rightSide]);
}

export function asofJoin(frame: FrameNode, other: unknown, options: AsofJoinOptions): FrameNode {
  const right = frameNode(other, "asofJoin"), origin = callSite(), { leftTime, rightTime, by = [], how = "inner", direction = "backward", tolerance, allowExactMatches = true } = checkAsofOptions(options);
  const joinType = JOIN_TYPES[how.toLowerCase().replaceAll("_", "")], names = typeof by === "string" ? [by] : by;
  if (joinType !== "inner" && joinType !== "left") throw badArgument(`Unsupported as-of join type '${how}'.`, "inner, left", "UNSUPPORTED_JOIN_TYPE", "0A000");
  for (const name of names) { frame.checkName(name); right.checkName(name); }
  const times = { leftTime: frame.column(leftTime).expression, rightTime: right.column(rightTime).expression };
  const both = sidesWith(frame, right);
  const relation: Relation = { kind: "as_of_join", left: both.left, right: both.right, ...times, by: names, joinType, direction, ...(tolerance !== undefined && { tolerance: toleranceOf(tolerance) }), allowExactMatches, origin };
  return new FrameNode(frame.session, relation, [...both.leftSides, both.rightSide]);
}

const MOST_NEAREST = 100_000;

export function nearestByJoin(frame: FrameNode, other: unknown, ranking: unknown, numResults: number, mode: string, direction: string, how: string = "inner"): FrameNode {
  const joinType = JOIN_TYPES[how.toLowerCase().replaceAll("_", "")], origin = callSite();
  if (joinType !== "inner" && joinType !== "left") throw badArgument(`Invalid nearest-by join. Unsupported nearest-by join type ${how.toUpperCase()}. Supported types: 'INNER', 'LEFT OUTER'.`, "inner, left", "NEAREST_BY_JOIN.UNSUPPORTED_JOIN_TYPE", "42604");
  if (!Number.isInteger(numResults) || numResults < 1 || numResults > MOST_NEAREST) throw badArgument(`Invalid nearest-by join. The number of results ${numResults} must be between 1 and ${MOST_NEAREST}.`, "a whole number", "NEAREST_BY_JOIN.NUM_RESULTS_OUT_OF_RANGE", "42604");
  if (mode !== "exact" && mode !== "approx") throw badArgument(`nearestByJoin() has no mode '${mode}'.`, "exact, approx");
  if (direction !== "distance" && direction !== "similarity") throw badArgument(`nearestByJoin() has no direction '${direction}'.`, "distance: the least first; similarity: the greatest first");
  const { left, leftSides, right, rightSide } = sidesWith(frame, frameNode(other, "nearestByJoin")), sides = [...leftSides, rightSide];
  const rank = nodeOf(typeof ranking === "function" ? new FrameNode(frame.session, left, sides).call(ranking) : ranking);
  if (rank === undefined) throw badArgument("nearestByJoin() needs an expression that pairs of rows are ranked by.", "nearestByJoin(shops, (order, shop) => F.abs(order.x.minus(shop.x)), 3, \"exact\", \"distance\")");
  return new FrameNode(frame.session, { kind: "nearest_join", left, right, joinType, count: numResults, ranking: rank.expression, direction, origin }, sides);
}

/** Each row beside the rows that a query or a function makes of it. */
export function lateralJoin(frame: FrameNode, build: unknown, on?: unknown, how: string = "inner"): FrameNode {
  const joinType = JOIN_TYPES[how.toLowerCase().replaceAll("_", "")], origin = callSite();
  if (joinType !== "inner" && joinType !== "left" && joinType !== "cross") throw badArgument(`Unsupported lateral join type '${how}'.`, "inner, left", "UNSUPPORTED_JOIN_TYPE", "0A000");
  const isPlain = frame.sides.length === 1, leftId = nextPlanId(), leftSides = isPlain ? [{ columns: frame.columns, planId: leftId }] : frame.sides;
  const left = new FrameNode(frame.session, isPlain ? withPlanId(frame.relation, leftId) : frame.relation, leftSides), made = typeof build === "function" ? left.call(build) : build;
  const right = made instanceof TableCallNode ? frameOver(frame.session, made.relation, made.entry.user!.output.fields) : frameNode(made, "lateralJoin");
  const rightSide = { columns: right.columns, planId: nextPlanId() }, sides = [...leftSides, rightSide], inner = withPlanId(right.relation, rightSide.planId);
  const both: Relation = { kind: "join", left: left.relation, right: inner, joinType: on === undefined && joinType !== "left" ? "cross" : joinType, lateral: true, origin };
  return new FrameNode(frame.session, on === undefined ? both : { ...both, condition: new FrameNode(frame.session, both, sides).condition(on) }, sides);
}

/** Both inputs of a join with plan ids that tell their columns apart, also when both are the same frame. */
function sidesWith(frame: FrameNode, right: FrameNode): { left: Relation; leftSides: readonly Side[]; right: Relation; rightSide: Side } {
  const isPlain = frame.sides.length === 1, leftId = nextPlanId(), rightId = nextPlanId();
  return {
    left: isPlain ? withPlanId(frame.relation, leftId) : frame.relation,
    leftSides: isPlain ? [{ columns: frame.columns, planId: leftId }] : frame.sides,
    right: withPlanId(freshPlanIds(right.relation, frame.relation), rightId), rightSide: { columns: right.columns, planId: rightId },
  };
}

const JOIN_TYPES: Readonly<Record<string, JoinType>> = {
  inner: "inner", cross: "cross", left: "left", leftouter: "left", right: "right", rightouter: "right", full: "full", outer: "full",
  fullouter: "full", semi: "left_semi", leftsemi: "left_semi", anti: "left_anti", leftanti: "left_anti",
};

function usingColumns(left: readonly KnownColumn[] | undefined, right: readonly KnownColumn[] | undefined, names: readonly string[], joinType: JoinType): readonly KnownColumn[] | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (joinType === "left_semi" || joinType === "left_anti") return left;
  const lower = names.map(name => name.toLowerCase()), isKey = (column: KnownColumn): boolean => lower.includes(column.name.toLowerCase());
  return [...names.map(name => find(left, name)!), ...left.filter(c => !isKey(c)), ...right.filter(c => !isKey(c))];
}

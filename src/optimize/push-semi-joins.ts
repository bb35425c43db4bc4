/**
 * A semi or anti join above inner joins moves to the side whose columns it asks about, when it lets few rows through: then
 * the joins above it have less to do. One that lets most rows through stays above, where fewer rows may reach it.
 */
import type { ResolvedJoin, ResolvedRelation } from "../plan/resolved.ts";
import { mapRelation } from "../plan/walk-relations.ts";
import type { Estimates } from "./estimate.ts";
import { canRaise, isDeterministic, references } from "./expression-facts.ts";

/** The share of rows that it may let through to move. */
const FEW = 0.5;

export function pushSemiJoins(plan: ResolvedRelation, estimates: Estimates): ResolvedRelation {
  return mapRelation(plan, node => {
    if (node.kind !== "join" || node.joinType !== "left_semi" && node.joinType !== "left_anti" || node.isStreaming || node.condition === undefined) return node;
    if (canRaise(node.condition) || !isDeterministic(node.condition)) return node;
    const target = beneath(node, node.left);
    if (target === undefined) return node;
    const before = estimates.rows(target), after = estimates.rows(over(node, target));
    return before === undefined || after === undefined || after > FEW * before ? node : put(node, node.left, target);
  });
}

const over = (semi: ResolvedJoin, left: ResolvedRelation): ResolvedRelation => Object.freeze({ ...semi, left, output: left.output });

/** The lowest relation under inner joins that has all columns the condition asks about; undefined if that is the top. */
function beneath(semi: ResolvedJoin, top: ResolvedRelation): ResolvedRelation | undefined {
  const asked = [...references([semi.condition!])].filter(id => !semi.right.output.some(a => a.id === id));
  if (asked.length === 0) return undefined;
  let current = top;
  for (;;) {
    const next = step(current).find(input => asked.every(id => input.output.some(a => a.id === id)));
    if (next === undefined) return current === top ? undefined : current;
    current = next;
  }
}

/** Where rows can be left out earlier with the same result. */
function step(plan: ResolvedRelation): readonly ResolvedRelation[] {
  if (plan.kind === "join" && (plan.joinType === "inner" || plan.joinType === "cross") && !plan.isStreaming) return [plan.left, plan.right];
  if (plan.kind === "project" && plan.input.kind === "join" && plan.expressions.every(({ expression, attribute }) => expression.kind === "attribute" && expression.id === attribute.id)) return [plan.input];
  return [];
}

function put(semi: ResolvedJoin, at: ResolvedRelation, target: ResolvedRelation): ResolvedRelation {
  if (at === target) return over(semi, target);
  if (at.kind === "project") return Object.freeze({ ...at, input: put(semi, at.input, target) });
  if (at.kind !== "join") return at;
  return Object.freeze({ ...at, left: put(semi, at.left, target), right: put(semi, at.right, target) });
}

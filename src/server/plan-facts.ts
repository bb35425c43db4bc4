/** What the page shows of a plan. */
import type { ResolvedExpression, ResolvedRelation, TimeWindowCall } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";

/** The time window that a query groups by. */
export function findWindow(plan: ResolvedRelation): TimeWindowCall | undefined {
  let found: TimeWindowCall | undefined;
  const look = (expression: ResolvedExpression) => someExpression(expression, e => {
    if (e.kind === "time_window") found ??= e;
    return false;
  });
  const walk = (relation: ResolvedRelation): void => {
    if (relation.kind === "aggregate") relation.keys.forEach(key => look(key.expression));
    if (relation.kind === "project") relation.expressions.forEach(e => look(e.expression));
    if ("input" in relation) walk(relation.input);
    if ("inputs" in relation) relation.inputs.forEach(walk);
    if ("left" in relation) [relation.left, relation.right].forEach(walk);
  };
  walk(plan);
  return found;
}

/** What all branches of an OR ask for is asked once: (a AND b) OR (a AND c) is a AND (b OR c). So a join finds its keys. */
import type { ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { sameNode } from "../plan/same.ts";
import { BOOLEAN } from "../types/data-type.ts";
import { allOf, canRaise, conjuncts, isDeterministic } from "./expression-facts.ts";

export function factorDisjunctions(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind !== "filter" && plan.kind !== "join" || plan.condition === undefined) return plan;
  let changed = false;
  const conditions = conjuncts(plan.condition).flatMap(c => {
    const factors = factored(c);
    changed ||= factors !== undefined;
    return factors ?? [c];
  });
  return changed ? Object.freeze({ ...plan, condition: allOf(conditions)! }) : plan;
}

/** The branches of an OR, in order. */
export function disjuncts(condition: ResolvedExpression): readonly ResolvedExpression[] {
  const found: ResolvedExpression[] = [], left: ResolvedExpression[] = [condition];
  for (let e = left.pop(); e !== undefined; e = left.pop()) {
    if (e.kind === "or") left.push(e.right, e.left);
    else found.push(e);
  }
  return found;
}

/** Conditions joined by OR, evaluated in this order; undefined if there are none. */
export function anyOf(conditions: readonly ResolvedExpression[]): ResolvedExpression | undefined {
  return conditions.reduce<ResolvedExpression | undefined>((left, right) =>
    left === undefined ? right : Object.freeze({ kind: "or", left, right, type: BOOLEAN, nullable: left.nullable || right.nullable }), undefined);
}

/** Only what can't fail moves to the front: it may have stood behind its guard. */
function factored(condition: ResolvedExpression): readonly ResolvedExpression[] | undefined {
  if (condition.kind !== "or") return undefined;
  const branches = disjuncts(condition);
  let common = conjuncts(branches[0]!).filter(c => !canRaise(c) && isDeterministic(c));
  for (const branch of branches.slice(1)) {
    if (common.length === 0) return undefined;
    const own = conjuncts(branch);
    common = common.filter(c => own.some(other => sameNode(c, other)));
  }
  if (common.length === 0) return undefined;
  const rests = branches.map(branch => allOf(conjuncts(branch).filter(c => !common.some(other => sameNode(c, other)))));
  // A branch without more to ask holds whenever the common part does.
  const isSettled = rests.some((rest, i) => rest === undefined && rests.every((other, j) => i === j || other === undefined || !canRaise(other)));
  if (isSettled) return common;
  return rests.some(rest => rest === undefined) ? undefined : [...common, anyOf(rests as ResolvedExpression[])!];
}

/**
 * What an OR over both sides of a join means for one side: of (a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4) the side a
 * has rows only with x = 1 OR x = 3. The condition stays; the filter below it spares the join rows. To be asked once a
 * plan, as it would add the same again.
 */
import type { Attribute, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { allOf, canRaise, conjuncts, isDeterministic, isOver, references } from "./expression-facts.ts";
import { anyOf, disjuncts } from "./factor-disjunctions.ts";

export function implySideFilters(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind !== "join" || plan.condition === undefined || plan.isStreaming) return plan;
  const filtersLeft = plan.joinType === "inner" || plan.joinType === "right" || plan.joinType === "left_semi";
  const filtersRight = plan.joinType !== "right" && plan.joinType !== "full" && plan.joinType !== "cross";
  const choices = conjuncts(plan.condition).filter(c => c.kind === "or");
  const impliedOf = (output: readonly Attribute[]): readonly ResolvedExpression[] => choices.flatMap(c => isOver(c, output) ? [] : impliedBy(c, output) ?? []);
  const left = filtersLeft ? impliedOf(plan.left.output) : [], right = filtersRight ? impliedOf(plan.right.output) : [];
  if (left.length === 0 && right.length === 0) return plan;
  return Object.freeze({ ...plan, left: under(plan.left, left), right: under(plan.right, right) });
}

/** A condition over these columns that holds wherever the given one does. */
function impliedBy(condition: ResolvedExpression, output: readonly Attribute[]): ResolvedExpression | undefined {
  switch (condition.kind) {
    case "or": {
      const branches = disjuncts(condition).map(branch => impliedBy(branch, output));
      return branches.some(branch => branch === undefined) ? undefined : anyOf(branches as ResolvedExpression[]);
    }
    case "and": return allOf(conjuncts(condition).flatMap(c => impliedBy(c, output) ?? []));
    default: return isOver(condition, output) && references([condition]).size > 0 && !canRaise(condition) && isDeterministic(condition) ? condition : undefined;
  }
}

function under(input: ResolvedRelation, conditions: readonly ResolvedExpression[]): ResolvedRelation {
  const condition = allOf(conditions);
  return condition === undefined ? input : Object.freeze({ kind: "filter", input, condition, output: input.output, isStreaming: input.isStreaming });
}

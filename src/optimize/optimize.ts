/** Rewrites a resolved plan to one that gives the same and costs less: expressions first, then the operators, columns last. */
import type { SqlSettings } from "../plan/function.ts";
import type { ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { mapExpression } from "../plan/walk.ts";
import { mapExpressionsOf, mapRelation } from "../plan/walk-relations.ts";
import { chooseBuildSide } from "./choose-build-side.ts";
import { foldConstants } from "./fold-constants.ts";
import { mergeOperators } from "./merge-operators.ts";
import { pruneColumns } from "./prune-columns.ts";
import { pushFilters } from "./push-filters.ts";
import { pushLimits } from "./push-limits.ts";
import { removeAlias } from "./remove-aliases.ts";
import { replaceSetOperation } from "./replace-set-operations.ts";
import { simplifyBooleans } from "./simplify-booleans.ts";

/** Rounds until nothing changes any more; plans are small, so a few are enough. */
const MAX_ROUNDS = 8;

export function optimize(plan: ResolvedRelation, settings: SqlSettings): ResolvedRelation {
  const { output } = plan;
  let current = mapRelation(plan, node => mapExpressionsOf(replaceSetOperation(removeAlias(node), settings), e => simplifyExpression(e, settings)));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = mapRelation(current, node => pushLimits(pushFilters(mergeOperators(mapExpressionsOf(node, e => simplifyBooleans(foldConstants(e, settings)))))));
    if (next === current) break;
    current = next;
  }
  current = mapRelation(pruneColumns(current), node => chooseBuildSide(mergeOperators(node)));
  return current.output.every((a, i) => a.name === output[i]?.name) ? current : withNames(current, plan);
}

function simplifyExpression(expression: ResolvedExpression, settings: SqlSettings): ResolvedExpression {
  const withPlans = mapExpression(expression, e => e.kind === "subquery" ? Object.freeze({ ...e, plan: optimize(e.plan, settings) }) : e);
  return simplifyBooleans(foldConstants(withPlans, settings));
}

/** The result's columns keep the names that the query gave them. */
function withNames(current: ResolvedRelation, plan: ResolvedRelation): ResolvedRelation {
  const expressions = plan.output.map(attribute => ({ expression: current.output.find(a => a.id === attribute.id)!, attribute }));
  return Object.freeze({ kind: "project", input: current, expressions, output: plan.output, isStreaming: plan.isStreaming });
}

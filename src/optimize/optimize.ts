/** Rewrites a resolved plan to one that gives the same and costs less: expressions first, then the operators, columns last. */
import type { SqlSettings } from "../plan/function.ts";
import type { ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { NO_STATISTICS, type StatisticsOf } from "../plan/statistics.ts";
import { mapExpression } from "../plan/walk.ts";
import { mapExpressionsOf, mapRelation } from "../plan/walk-relations.ts";
import { chooseBuildSide } from "./choose-build-side.ts";
import { earlyGroups } from "./early-groups.ts";
import { Estimates } from "./estimate.ts";
import { factorDisjunctions } from "./factor-disjunctions.ts";
import { foldConstants } from "./fold-constants.ts";
import { implySideFilters } from "./imply-side-filters.ts";
import { limitGroups } from "./limit-groups.ts";
import { mergeOperators } from "./merge-operators.ts";
import { narrowCalls, shareCalls } from "./narrow-calls.ts";
import { orderJoins } from "./order-joins.ts";
import { pruneColumns } from "./prune-columns.ts";
import { pushFilters } from "./push-filters.ts";
import { pushLimits } from "./push-limits.ts";
import { pushSemiJoins } from "./push-semi-joins.ts";
import { removeAlias } from "./remove-aliases.ts";
import { replaceSetOperation } from "./replace-set-operations.ts";
import { shareExpressions } from "./share-expressions.ts";
import { sharePlans } from "./share-plans.ts";
import { simplifyBooleans } from "./simplify-booleans.ts";

/** Rounds until nothing changes any more; plans are small, so a few are enough. */
const MAX_ROUNDS = 8;

/** `statistics`: of the tables that know something of themselves. */
export function optimize(plan: ResolvedRelation, settings: SqlSettings, statistics: StatisticsOf = NO_STATISTICS): ResolvedRelation {
  const { output } = plan;
  let current = mapRelation(plan, node => shareCalls(mapExpressionsOf(replaceSetOperation(removeAlias(node), settings), e => simplifyExpression(e, settings, statistics, !isOverLiteralRows(node)))));
  current = settle(mapRelation(settle(current, settings), implySideFilters), settings);
  current = settle(orderJoins(pushSemiJoins(current, new Estimates(statistics)), new Estimates(statistics)), settings);
  const estimates = new Estimates(statistics);
  current = mapRelation(narrowCalls(pruneColumns(current), settings), node => earlyGroups(limitGroups(chooseBuildSide(mergeOperators(node), estimates))));
  current = pruneColumns(mapRelation(current, node => shareExpressions(node)));
  return sharePlans(current.output.every((a, i) => a.name === output[i]?.name) ? current : withNames(current, plan));
}

/** The rules that help one another, until none finds anything to do. */
function settle(plan: ResolvedRelation, settings: SqlSettings): ResolvedRelation {
  let current = plan;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = mapRelation(current, node => pushLimits(pushFilters(mergeOperators(factorDisjunctions(mapExpressionsOf(node, e => simplifyBooleans(foldConstants(e, settings, !isOverLiteralRows(node)))))))));
    if (next === current) break;
    current = next;
  }
  return current;
}

/** Spark computes projections and filters of VALUES before it simplifies what they ask: there an argument in front of a null may fail. */
function isOverLiteralRows(node: ResolvedRelation): boolean {
  let below = node;
  while (below.kind === "project" || below.kind === "filter" || below.kind === "subquery_alias" || below.kind === "limit") below = below.input;
  return below.kind === "local_rows" && below.output.length > 0;
}

function simplifyExpression(expression: ResolvedExpression, settings: SqlSettings, statistics: StatisticsOf, nullDecides: boolean): ResolvedExpression {
  const withPlans = mapExpression(expression, e => e.kind === "subquery" ? Object.freeze({ ...e, plan: optimize(e.plan, settings, statistics) }) : e);
  return simplifyBooleans(foldConstants(withPlans, settings, nullDecides));
}

/** The result's columns keep the names that the query gave them. */
function withNames(current: ResolvedRelation, plan: ResolvedRelation): ResolvedRelation {
  const expressions = plan.output.map(attribute => ({ expression: current.output.find(a => a.id === attribute.id)!, attribute }));
  return Object.freeze({ kind: "project", input: current, expressions, output: plan.output, isStreaming: plan.isStreaming });
}

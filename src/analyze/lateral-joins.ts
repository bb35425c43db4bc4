/** `FROM a, LATERAL (SELECT ... a.x ...)`: the right side sees the left side's row, and is computed for all rows at once (decorrelate.ts). */
import type { Join } from "../plan/relations.ts";
import type { ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { expressionsOf, inputsOf } from "../plan/walk-relations.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { callByName } from "./calls.ts";
import { dependentJoin } from "./decorrelate.ts";
import { fail, quoteSql } from "./errors.ts";
import { drawsByChance } from "./expressions.ts";
import { joined } from "./joins.ts";
import { lateralGenerate } from "./lateral-generate.ts";
import { displayName } from "./names.ts";
import type { OuterScope } from "./name-lookup.ts";
import { OuterPlaces } from "./outer-places.ts";
import { analysed, besides, settle, through, type Analysed } from "./scope.ts";
import { andOf, isSubquery, rewriteConditions } from "./subqueries.ts";

export function lateralJoin(analyzer: Analyzer, relation: Join, left: Analysed, env: Env): Analysed {
  const { origin, joinType } = relation, isLeft = joinType === "left";
  if (relation.natural === true) throw fail("INCOMPATIBLE_JOIN_TYPES", "42613", "The join types LATERAL and NATURAL are incompatible.", { joinType1: "LATERAL", joinType2: "NATURAL" }, origin);
  if (relation.usingColumns !== undefined) throw fail("UNSUPPORTED_FEATURE.LATERAL_JOIN_USING", "0A000", "The feature is not supported: JOIN USING with LATERAL correlation.", {}, origin, "write the condition with ON");
  if (joinType !== "inner" && joinType !== "cross" && !isLeft) {
    throw fail("UNSUPPORTED_JOIN_TYPE", "0A000", `Unsupported lateral join type '${joinType}'.`, { typ: joinType, supported: "'INNER', 'LEFT OUTER', 'CROSS'" }, origin);
  }
  const places = new OuterPlaces(), outer: OuterScope = { scope: left, used: new Map(), places, stars: true };
  const right = analyzer.relation(relation.right, { ...env, windows: undefined, outer });
  places.check();
  if (!isRepeatable(right.plan) && !isSingleRow(left.plan)) {
    throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.NON_DETERMINISTIC_LATERAL_SUBQUERIES", "0A000", "Unsupported subquery expression: Non-deterministic lateral subqueries are not supported when joining with outer relations that produce more than one row.", { treeNode: "LateralJoin" }, origin, "draw by chance in the left side, or in a select list above the join");
  }
  const made = lateralGenerate(left, right, isLeft);
  const condition = relation.condition === undefined ? undefined : resolvedCondition(analyzer, relation, made ?? besides(left, { ...right, hidden: [] }), env);
  if (made !== undefined && condition === undefined) return made;
  if (made !== undefined && !isLeft) return through(made, plan => rewriteConditions(analyzer, plan, condition!, origin));
  const plan = settle(right), used = [...outer.used.values()];
  if (used.length === 0) return joined(left, right, isLeft ? "left" : "inner", condition, origin);
  const { plan: inner, domain } = dependentJoin(analyzer, left.plan, plan, used);
  const resolver = analyzer.resolver(left, env);
  const same = domain.columns.map(({ outer: o, inner: i }) => callByName(resolver, "<=>", [o, i], undefined)).reduce<ResolvedExpression | undefined>((all, e) => all === undefined ? e : andOf(all, e), condition);
  return joined(left, { ...analysed(inner), visible: right.visible, frames: right.frames }, isLeft ? "left" : "inner", same, origin);
}

function resolvedCondition(analyzer: Analyzer, { condition, origin }: Join, scope: Parameters<Analyzer["resolver"]>[0], env: Env): ResolvedExpression {
  const resolver = analyzer.resolver(scope, env), resolved = resolver.resolve(condition!);
  if (!drawsByChance(resolved)) return resolved;
  const text = quoteSql(displayName(resolver, condition!));
  throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.LATERAL_JOIN_CONDITION_NON_DETERMINISTIC", "0A000", `Unsupported subquery expression: Lateral join condition cannot be non-deterministic: ${text}.`, { condition: text }, origin, "filter above the join");
}

/** Whether a plan gives the same rows however often it is run. */
function isRepeatable(plan: ResolvedRelation): boolean {
  const holds = (e: ResolvedExpression): boolean => !drawsByChance(e) && (!isSubquery(e) || isRepeatable(e.plan));
  return expressionsOf(plan).every(holds) && inputsOf(plan).every(isRepeatable);
}

/** Whether a plan has at most one row, whatever its tables hold. */
function isSingleRow(plan: ResolvedRelation): boolean {
  switch (plan.kind) {
    case "local_rows": return plan.rows.length <= 1;
    case "aggregate": return plan.keys.length === 0;
    case "limit": return plan.limit !== undefined && plan.limit <= 1 || isSingleRow(plan.input);
    case "project": case "filter": case "sort": case "subquery_alias": case "deduplicate": case "window": return isSingleRow(plan.input);
    case "join": return plan.joinType !== "full" && isSingleRow(plan.left) && (isSingleRow(plan.right) || plan.joinType === "left_semi" || plan.joinType === "left_anti");
    default: return false;
  }
}

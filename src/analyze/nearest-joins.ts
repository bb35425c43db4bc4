/**
 * NEAREST BY joins: all pairs, of which each left row keeps those that rank first. Pairs whose rank is null are none. Among equals the
 * right side's order decides.
 */
import { isOrderable } from "../functions/operators/comparison.ts";
import { alias, call, type Expression, type SortOrder } from "../plan/expressions.ts";
import type { NearestJoin } from "../plan/relations.ts";
import { INT } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { filterBy, nameExpression, passThrough, projectTo } from "./build.ts";
import { callByName } from "./calls.ts";
import { isOn } from "./context.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import { hasAggregate, hasGenerator, hasWindow } from "./expressions.ts";
import { joined } from "./joins.ts";
import { displayName } from "./names.ts";
import { besides, type Analysed } from "./scope.ts";
import { project } from "./select.ts";
import { exactReference } from "./stars.ts";

export function nearestJoin(analyzer: Analyzer, relation: NearestJoin, env: Env): Analysed {
  const { ranking, origin } = relation, left = analyzer.relation(relation.left, env), right = analyzer.relation(relation.right, env);
  if (!isOn(analyzer.context.settings, "spark.sql.crossJoin.enabled", true)) {
    throw fail("NEAREST_BY_JOIN.CROSS_JOIN_NOT_ENABLED", "42604", "Invalid nearest-by join. Nearest-by join is implemented as a bounded cross-product internally and is therefore rejected when `spark.sql.crossJoin.enabled = false`. Set `spark.sql.crossJoin.enabled = true` to permit it, or rewrite the query without nearest-by.", {}, origin);
  }
  if (left.plan.isStreaming || right.plan.isStreaming) throw fail("NEAREST_BY_JOIN.STREAMING_NOT_SUPPORTED", "42604", "Invalid nearest-by join. Nearest-by join is not supported with streaming DataFrames/Datasets.", {}, origin);
  const resolver = analyzer.resolver(besides(left, right), env), rank = resolver.resolve(ranking);
  if (hasAggregate(rank) || hasWindow(rank) || hasGenerator(rank)) {
    const invalidExprSqls = quoteSql(displayName(resolver, ranking));
    throw fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", `The query operator NearestByJoin contains one or more unsupported expressions.\nConsider to rewrite it to avoid window functions, aggregate functions, and generator functions in the NearestByJoin operator.\nInvalid expressions: [${invalidExprSqls}]`, { operator: "NearestByJoin", invalidExprSqls }, origin);
  }
  if (!isOrderable(rank.type)) {
    const shown = quoteSql(displayName(resolver, ranking));
    throw fail("NEAREST_BY_JOIN.NON_ORDERABLE_RANKING_EXPRESSION", "42604", `Invalid nearest-by join. The ranking expression ${shown} of type ${quoteType(rank.type)} is not orderable. Provide an expression that returns an orderable type, such as a numeric distance like abs(a.col - b.col) or a numeric similarity score.`, { expression: shown, type: quoteType(rank.type) }, ranking.origin);
  }
  const row = nameExpression(analyzer.resolver(left, env).resolve(call("monotonically_increasing_id", [])), "nearest_row");
  const numbered: Analysed = { ...left, plan: projectTo(left.plan, [...left.plan.output.map(passThrough), row], origin) };
  const pairs = joined(numbered, right, relation.joinType, callByName(resolver, "isnotnull", [rank], origin), origin);
  const order: SortOrder = { kind: "sort_order", child: ranking, direction: relation.direction === "distance" ? "asc" : "desc", nulls: "last" };
  const place: Expression = Object.freeze({ kind: "window", function: call("row_number", []), partitionBy: [exactReference(row.attribute)], orderBy: [order] });
  const all: Analysed = { ...pairs, hidden: [...pairs.hidden, row.attribute] };
  const ranked = project(analyzer, all, [...pairs.plan.output.map(a => exactReference(a)), alias(place, "nearest_place")], env, origin).plan, last = ranked.output.at(-1)!;
  const first = filterBy(ranked, callByName(resolver, "<=", [last, { kind: "literal", value: relation.count, type: INT, nullable: false }], origin), origin);
  return { ...pairs, plan: projectTo(first, pairs.plan.output.filter(a => a.id !== row.attribute.id).map(passThrough), origin) };
}

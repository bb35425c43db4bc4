/** observe(): aggregates over the rows that go by, in a plan of their own. */
import type { CollectMetrics } from "../plan/relations.ts";
import { Tap, type ResolvedRelation } from "../plan/resolved.ts";
import { groups } from "./aggregate.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { fail } from "./errors.ts";
import { settle, through, type Analysed } from "./scope.ts";

export function collectMetrics(analyzer: Analyzer, relation: CollectMetrics, env: Env): Analysed {
  const { name, origin, report } = relation, input = analyzer.relation(relation.input, env), plan = settle(input);
  if (relation.metrics.length === 0) throw fail("INVALID_OBSERVED_METRICS.MISSING_NAME", "42K0E", "The observed metrics should be named, and at least one is asked for.", { operator: "CollectMetrics" }, origin);
  const tap: ResolvedRelation = Object.freeze({ kind: "scan", table: new Tap(), description: "observed rows", pushedFilters: [], output: plan.output, isStreaming: false, origin });
  const metrics = settle(groups(analyzer, { ...input, plan: tap }, { groupType: "group_by", grouping: [], aggregates: relation.metrics }, env, origin));
  return through({ ...input, plan }, below => Object.freeze({ kind: "collect_metrics", input: below, name, metrics, report, output: below.output, isStreaming: below.isStreaming, origin }));
}

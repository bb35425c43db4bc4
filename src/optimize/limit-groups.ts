/**
 * A filter that asks for the first rows of each partition, `row_number() <= n`, lets the window below it leave the others out while they
 * come in, as Spark's InferWindowGroupLimit does. The filter stays. All else that the window computes must depend on rows in front of
 * a row only. Partition and order are computed twice then, so both must be the same each time.
 */
import type { GroupLimit, ResolvedExpression, ResolvedRelation, ResolvedWindow, WindowCall } from "../plan/resolved.ts";
import { conjuncts, isDeterministic } from "./expression-facts.ts";

/** The most rows of a partition for which it pays (spark.sql.optimizer.windowGroupLimitThreshold). */
const MOST = 1000;
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

export function limitGroups(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind !== "filter" || plan.input.kind !== "window" || plan.input.isStreaming) return plan;
  const { input } = plan;
  const { partitionBy, orderBy } = input.windows[0]!.call;
  if (![...partitionBy, ...orderBy.map(({ expression }) => expression)].every(isDeterministic)) return plan;
  if (!input.windows.every(({ call }) => rankOf(call) !== undefined || looksBackOnly(call))) return plan;
  const limits = conjuncts(plan.condition).flatMap(condition => limitIn(condition, input)).filter(({ limit }) => limit >= 1 && limit <= MOST);
  const [least] = limits.sort((a, b) => a.limit - b.limit);
  if (least === undefined || input.groupLimit !== undefined && input.groupLimit.limit <= least.limit) return plan;
  return Object.freeze({ ...plan, input: Object.freeze({ ...input, groupLimit: least }) });
}

function limitIn(condition: ResolvedExpression, { windows }: ResolvedWindow): readonly GroupLimit[] {
  if (condition.kind !== "scalar_call" || condition.args.length !== 2) return [];
  const [a, b] = condition.args as readonly [ResolvedExpression, ResolvedExpression], { name } = condition.function;
  const [number, bound, comparison] = b.kind === "attribute" ? [b, a, MIRRORED[name] ?? name] : [a, b, name];
  if (number.kind !== "attribute" || bound.kind !== "literal" || typeof bound.value !== "number" || !Number.isInteger(bound.value)) return [];
  const call = windows.find(({ attribute }) => attribute.id === number.id)?.call, rank = call === undefined ? undefined : rankOf(call);
  if (rank === undefined) return [];
  switch (comparison) {
    case "<=": case "=": case "==": case "<=>": return [{ rank, limit: bound.value }];
    case "<": return [{ rank, limit: bound.value - 1 }];
    default: return [];
  }
}

function rankOf({ function: { kind, ...fn } }: WindowCall): GroupLimit["rank"] | undefined {
  const name = kind === "aggregate_call" || !("name" in fn) ? undefined : fn.name;
  return name === "row_number" || name === "rank" || name === "dense_rank" ? name : undefined;
}

const looksBackOnly = ({ function: { kind }, frame }: WindowCall): boolean =>
  kind === "aggregate_call" && frame.unit === "rows" && frame.lower.at === "unbounded" && frame.upper.at === "current";

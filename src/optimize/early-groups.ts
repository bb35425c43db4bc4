/** Groups of which a limit wants a few, and nothing but their keys, are rows without repetitions: those come out as they are met, where a grouping waits for its last row. */
import { someExpression } from "../plan/walk.ts";
import type { ResolvedRelation } from "../plan/resolved.ts";

export function earlyGroups(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind !== "limit" || plan.limit === undefined || plan.isStreaming) return plan;
  const input = early(plan.input);
  return input === plan.input ? plan : Object.freeze({ ...plan, input });
}

function early(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind === "project") {
    const input = early(plan.input);
    return input === plan.input ? plan : Object.freeze({ ...plan, input });
  }
  if (plan.kind !== "aggregate" || plan.aggregates.length > 0 || plan.keys.length === 0 || plan.keys.some(({ expression }) => someExpression(expression, e => e.kind === "time_window" || e.kind === "session_window"))) return plan;
  const output = plan.keys.map(({ attribute }) => attribute);
  const keys: ResolvedRelation = Object.freeze({ kind: "project", input: plan.input, expressions: plan.keys, output, isStreaming: false });
  return Object.freeze({ kind: "deduplicate", input: keys, keys: output, withinWatermark: false, output: plan.output, isStreaming: false });
}

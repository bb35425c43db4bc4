/** A limit goes below a projection, towards the sort it belongs to, and two limits become one. */
import type { ResolvedRelation } from "../plan/resolved.ts";

export function pushLimits(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind !== "limit") return plan;
  const { input } = plan;
  if (input.kind === "project") {
    const below: ResolvedRelation = Object.freeze({ ...plan, input: input.input, output: input.input.output });
    return Object.freeze({ ...input, input: pushLimits(below) });
  }
  if (input.kind === "limit" && plan.offset === 0 && plan.limit !== undefined && !plan.isStreaming) {
    return Object.freeze({ ...input, limit: input.limit === undefined ? plan.limit : Math.min(plan.limit, input.limit) });
  }
  // Each branch of a union of tables needs no more rows than the limit asks for.
  if (input.kind === "union" && plan.limit !== undefined && !plan.isStreaming) {
    const most = plan.limit + plan.offset;
    if (input.inputs.every(branch => isLimited(branch, most))) return plan;
    const inputs = input.inputs.map((branch): ResolvedRelation => isLimited(branch, most) ? branch
      : pushLimits(Object.freeze({ kind: "limit", input: branch, limit: most, offset: 0, output: branch.output, isStreaming: branch.isStreaming })));
    return Object.freeze({ ...plan, input: Object.freeze({ ...input, inputs }) });
  }
  return plan;
}

function isLimited(plan: ResolvedRelation, most: number): boolean {
  if (plan.kind === "project") return isLimited(plan.input, most);
  return plan.kind === "limit" && plan.limit !== undefined && plan.limit <= most || plan.kind === "local_rows" && plan.rows.length <= most;
}

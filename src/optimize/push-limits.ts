/** A limit goes below a projection, towards the sort it belongs to, to the branches of a union and the sides of a join that keeps their rows; two limits become one. */
import type { ResolvedJoin, ResolvedRelation } from "../plan/resolved.ts";

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
  if (plan.limit === undefined || plan.isStreaming) return plan;
  const most = plan.limit + plan.offset, limited = (branch: ResolvedRelation): ResolvedRelation => isLimited(branch, most) ? branch
    : pushLimits(Object.freeze({ kind: "limit", input: branch, limit: most, offset: 0, output: branch.output, isStreaming: branch.isStreaming }));
  // Each branch of a union of tables needs no more rows than the limit asks for.
  if (input.kind === "union") {
    if (input.inputs.every(branch => isLimited(branch, most))) return plan;
    return Object.freeze({ ...plan, input: Object.freeze({ ...input, inputs: input.inputs.map(limited) }) });
  }
  if (input.kind === "join") {
    const { left, right } = sidesThatStay(input), ofLeft = left ? limited(input.left) : input.left, ofRight = right ? limited(input.right) : input.right;
    return ofLeft === input.left && ofRight === input.right ? plan : Object.freeze({ ...plan, input: Object.freeze({ ...input, left: ofLeft, right: ofRight }) });
  }
  return plan;
}

/** Sides of which every row comes out, once or more often, if the other one has rows or is made up with nulls. */
function sidesThatStay({ joinType, condition }: ResolvedJoin): { readonly left: boolean; readonly right: boolean } {
  const all = condition === undefined && (joinType === "inner" || joinType === "cross");
  return { left: all || joinType === "left", right: all || joinType === "right" };
}

function isLimited(plan: ResolvedRelation, most: number): boolean {
  if (plan.kind === "project") return isLimited(plan.input, most);
  return plan.kind === "limit" && plan.limit !== undefined && plan.limit <= most || plan.kind === "local_rows" && plan.rows.length <= most;
}

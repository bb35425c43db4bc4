/** Whether a join of two streams bounds its sides' event times against each other, so that rows can leave its state. */
import type { Attribute, ResolvedExpression, ResolvedJoin } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { conjunctsOf } from "./subqueries.ts";

/**
 * The side that can be missing (of a full join either, of a semi join the right one) must be one whose rows end: a
 * watermark on the other side's event time and a comparison between both.
 */
export function hasUsableRange(join: ResolvedJoin): boolean {
  if (join.condition === undefined) return false;
  const left = join.left.output, right = join.right.output;
  const lower = bounds(join.condition, left, right), upper = bounds(join.condition, right, left);
  switch (join.joinType) {
    case "left": case "left_semi": return lower;
    case "right": return upper;
    case "full": return lower || upper;
    default: return true;
  }
}

const COMPARISONS = new Set(["<", "<=", ">", ">="]);

/** A comparison by which rows of `kept` can't match any more once the watermark of `other` has passed them. */
function bounds(condition: ResolvedExpression, kept: readonly Attribute[], other: readonly Attribute[]): boolean {
  return conjunctsOf(condition).some(e => {
    if (e.kind !== "scalar_call" || !COMPARISONS.has(e.function.name)) return false;
    const [first, second] = e.args as readonly [ResolvedExpression, ResolvedExpression];
    const lessThan = e.function.name.startsWith("<");
    const small = lessThan ? first : second, large = lessThan ? second : first;
    // other < kept + d: kept rows leave when the other side's watermark is past kept + d.
    return refersTo(small, other, true) && refersTo(large, kept, false);
  });
}

function refersTo(e: ResolvedExpression, side: readonly Attribute[], needsWatermark: boolean): boolean {
  return someExpression(e, x => x.kind === "attribute" && side.some(a => a.id === x.id && (!needsWatermark || a.watermarkDelayMicros !== undefined)));
}

/** An outer join under a filter that no padded row passes is a smaller join: no state for unmatched rows, more to push. */
import type { Attribute, ResolvedExpression, ResolvedJoin } from "../plan/resolved.ts";

/**
 * The join that gives the same under these conditions. Its attributes keep their nullability. As in Spark, which infers
 * once, a join that is made smaller by what another implies goes on implying what it did.
 */
export function strengthen(join: ResolvedJoin, conditions: readonly ResolvedExpression[]): ResolvedJoin {
  const byWritten = strengthenBy(join, conditions.filter(c => c.kind !== "scalar_call" || c.isImplied !== true)), made = strengthenBy(byWritten, conditions);
  return made === byWritten || made.impliesAs !== undefined ? made : Object.freeze({ ...made, impliesAs: byWritten.joinType });
}

function strengthenBy(join: ResolvedJoin, conditions: readonly ResolvedExpression[]): ResolvedJoin {
  const rejects = (output: readonly Attribute[]): boolean => {
    const ids = new Set(output.map(a => a.id));
    return conditions.some(c => isNeverTrueOnNulls(c, ids));
  };
  const { joinType } = join;
  if (joinType === "left") return rejects(join.right.output) ? Object.freeze({ ...join, joinType: "inner" }) : join;
  if (joinType === "right") return rejects(join.left.output) ? Object.freeze({ ...join, joinType: "inner" }) : join;
  if (joinType !== "full") return join;
  const left = rejects(join.left.output), right = rejects(join.right.output);
  return left || right ? Object.freeze({ ...join, joinType: left && right ? "inner" : left ? "left" : "right" }) : join;
}

/** Whether a condition can't hold when all these attributes are null. */
function isNeverTrueOnNulls(e: ResolvedExpression, ids: ReadonlySet<number>): boolean {
  switch (e.kind) {
    case "and": return isNeverTrueOnNulls(e.left, ids) || isNeverTrueOnNulls(e.right, ids);
    case "or": return isNeverTrueOnNulls(e.left, ids) && isNeverTrueOnNulls(e.right, ids);
    case "scalar_call": return e.function.name === "isnotnull" ? isNullOnNulls(e.args[0]!, ids) : isNullOnNulls(e, ids);
    case "attribute": return ids.has(e.id);
    default: return false;
  }
}

/** Whether an expression is null when all these attributes are. */
function isNullOnNulls(e: ResolvedExpression, ids: ReadonlySet<number>): boolean {
  switch (e.kind) {
    case "attribute": return ids.has(e.id);
    case "cast": case "field_access": return isNullOnNulls(e.child, ids);
    case "scalar_call": return e.binding.nullAware !== true && e.args.some(arg => arg.kind !== "lambda" && isNullOnNulls(arg, ids));
    default: return false;
  }
}

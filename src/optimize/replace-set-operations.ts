/**
 * INTERSECT and EXCEPT by joins on all columns, null equal to null. With ALL the copies of a row are numbered on both
 * sides, so that the n-th copy on the left meets the n-th on the right.
 */
import { freshId } from "../analyze/build.ts";
import { specialFunction } from "../analyze/special-functions.ts";
import { lookupFunction } from "../functions/registry.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { Attribute, ResolvedExpression, ResolvedRelation, WindowCall } from "../plan/resolved.ts";
import { BOOLEAN, INT } from "../types/data-type.ts";
import { allOf } from "./expression-facts.ts";

export function replaceSetOperation(plan: ResolvedRelation, settings: SqlSettings): ResolvedRelation {
  if (plan.kind !== "set_operation") return plan;
  const equals = lookupFunction("<=>");
  if (equals?.kind !== "scalar") return plan;
  const same = (left: Attribute, right: Attribute): ResolvedExpression => {
    const args = [left, right];
    return Object.freeze({ kind: "scalar_call", function: equals, args, binding: equals.bind(args, settings, undefined), type: BOOLEAN, nullable: false });
  };
  const left = plan.isAll ? numbered(plan.left) : plan.left, right = plan.isAll ? numbered(plan.right) : plan.right;
  const condition = allOf(left.output.map((a, i) => same(a, right.output[i]!)));
  const isStreaming = plan.isStreaming;
  const joined: ResolvedRelation = Object.freeze({ kind: "join", left, right, joinType: plan.operation === "intersect" ? "left_semi" : "left_anti", condition, output: left.output, isStreaming, origin: plan.origin });
  const named: ResolvedRelation = Object.freeze({ kind: "project", input: joined, expressions: plan.output.map((attribute, i) => ({ expression: left.output[i]!, attribute })), output: plan.output, isStreaming, origin: plan.origin });
  if (plan.isAll) return named;
  return Object.freeze({ kind: "aggregate", input: named, keys: plan.output.map(attribute => ({ expression: attribute, attribute })), aggregates: [], output: plan.output, isStreaming, origin: plan.origin });
}

/** With the number of each copy behind the columns. */
function numbered(input: ResolvedRelation): ResolvedRelation {
  const columns = input.output;
  const call: WindowCall = Object.freeze<WindowCall>({
    kind: "window_call", function: specialFunction("row_number")!, args: [], partitionBy: columns, orderBy: columns.map(expression => ({ expression, direction: "asc" as const, nulls: "first" as const })),
    frame: { unit: "rows", lower: { at: "unbounded" }, upper: { at: "current" } }, ignoreNulls: false, type: INT, nullable: false,
  });
  const attribute: Attribute = Object.freeze({ kind: "attribute", id: freshId(), name: "copy", type: INT, nullable: false, qualifier: [] });
  return Object.freeze({ kind: "window", input, windows: [{ call, attribute }], output: [...columns, attribute], isStreaming: input.isStreaming });
}

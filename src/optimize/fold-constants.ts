/**
 * Calls over literals become literals. One that fails stays where it is, so that it fails when and if a row gets there;
 * what depends on the batch's time or on chance stays too.
 */
import { BY_BATCH, evaluateConstant } from "../eval/constant.ts";
import { isCastOfBatch } from "../functions/cast/special-moments.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { childrenOf, mapExpression, someExpression } from "../plan/walk.ts";

/** Functions that make much out of little: their values don't belong into a plan. */
const LARGE = new Set(["repeat", "sequence", "array_repeat", "lpad", "rpad", "space"]);

/** Whether an expression may have another value in another batch of a query, over the same row. */
export function dependsOnBatch(expression: ResolvedExpression): boolean {
  return someExpression(expression, e => e.kind === "user_call" || e.kind === "cast" && isCastOfBatch(e) || e.kind === "scalar_call" && (e.binding.deterministic === false || BY_BATCH.has(e.function.name) || e.args.length === 0));
}

/** `nullDecides`: a call with a null among its arguments is null, whatever the others may fail with. */
export function foldConstants(expression: ResolvedExpression, settings: SqlSettings, nullDecides = true): ResolvedExpression {
  return mapExpression(expression, e => fold(e, settings, nullDecides));
}

function fold(e: ResolvedExpression, settings: SqlSettings, nullDecides: boolean): ResolvedExpression {
  switch (e.kind) {
    case "scalar_call":
      if (e.binding.deterministic === false || BY_BATCH.has(e.function.name) || e.args.length === 0) return e;
      if (nullDecides && e.binding.nullAware !== true && e.args.some(arg => arg.kind === "literal" && arg.value === null)) return Object.freeze({ kind: "literal", value: null, type: e.type, nullable: true, origin: e.origin });
      if (LARGE.has(e.function.name)) return e;
      break;
    case "cast": if (isCastOfBatch(e)) return e;
      break;
    case "field_access": break;
    default: return e;
  }
  if (!childrenOf(e).every(child => child.kind === "literal")) return e;
  try {
    const value = evaluateConstant(e, settings);
    return Object.freeze({ kind: "literal", value, type: e.type, nullable: value === null, origin: e.origin });
  } catch {
    return e;   // it is said where a row reaches it
  }
}

/** Makes calls and casts with their types settled: for code that builds expressions without the analyser. */
import { unsupported } from "../base/errors.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { Origin } from "../plan/expressions.ts";
import type { ResolvedCast, ResolvedExpression, ScalarCall } from "../plan/resolved.ts";
import { sameTypeIgnoringNullability, type DataType } from "../types/data-type.ts";
import type { EvalMode } from "./casts.ts";
import { mayMakeNull } from "./coercion.ts";
import { lookupFunction, unresolvedRoutine } from "./registry.ts";

/** A cast, its nullability worked out: text, NaN and too long a DECIMAL may give null in the type system's eyes. */
export function makeCast(child: ResolvedExpression, type: DataType, evalMode: EvalMode, timeZone: string, implicit: boolean, origin?: Origin): ResolvedCast {
  return Object.freeze({ kind: "cast", child, type, nullable: child.nullable || evalMode === "try" || mayMakeNull(child.type, type), evalMode, timeZone, implicit, origin: origin ?? child.origin });
}

/** A call of a scalar function by name. @throws AnalysisError UNRESOLVED_ROUTINE, and what the function says about its arguments */
export function bindCall(name: string, args: readonly ResolvedExpression[], settings: SqlSettings, origin?: Origin): ScalarCall {
  const entry = lookupFunction(name);
  if (entry === undefined) throw unresolvedRoutine(name, origin);
  if (entry.kind !== "scalar") throw unsupported(`${name} as a scalar function`);
  const binding = entry.bind(args, settings, origin);
  const cast = args.map((arg, i): ResolvedExpression => {
    const type = binding.argTypes?.[i];
    return type === undefined || arg.kind === "lambda" || sameTypeIgnoringNullability(arg.type, type) ? arg
      : arg.kind === "literal" && arg.value === null ? { ...arg, type } : makeCast(arg, type, settings.ansi ? "ansi" : "legacy", settings.timeZone, true);
  });
  const nullable = binding.nullAware === true ? binding.nullable ?? false : (binding.nullable ?? false) || cast.some(arg => arg.kind !== "lambda" && arg.nullable);
  return Object.freeze({ kind: "scalar_call", function: entry, args: cast, binding, type: binding.type, nullable, origin });
}

/** Calls of a person's own functions: how many arguments they take, and which types those are cast to. */
import { exactly, implicitCast } from "../functions/coercion.ts";
import { unexpectedType } from "../functions/errors.ts";
import type { Origin } from "../plan/expressions.ts";
import type { ResolvedExpression, UserCall } from "../plan/resolved.ts";
import type { UserFunction, UserParameter } from "../plan/user-functions.ts";
import { sameTypeIgnoringNullability } from "../types/data-type.ts";
import { coerce } from "./build.ts";
import { wrongNumber } from "./calls.ts";
import { quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";

/** The arguments under the declared types. @throws AnalysisError for a wrong number, or a type that isn't cast silently */
export function userArguments(resolver: Resolver, name: string, parameters: readonly UserParameter[], args: readonly ResolvedExpression[], origin: Origin | undefined): readonly ResolvedExpression[] {
  if (args.length !== parameters.length) throw wrongNumber(name, args.length, String(parameters.length), origin);
  return args.map((arg, i) => {
    const { type } = parameters[i]!;
    if (sameTypeIgnoringNullability(arg.type, type) || implicitCast(arg.type, exactly(type)) !== undefined) return coerce(arg, type, resolver.settings);
    throw unexpectedType(name, args, i, quoteType(type), origin);
  });
}

/** A null where none is declared gives null, so the result may be null where such an argument may. */
export function userCall(resolver: Resolver, entry: UserFunction, given: readonly ResolvedExpression[], origin: Origin | undefined): UserCall {
  const args = userArguments(resolver, entry.name, entry.parameters, given, origin);
  const nullable = entry.nullable || entry.parameters.some((parameter, i) => !parameter.nullable && args[i]!.nullable);
  return Object.freeze({ kind: "user_call", function: entry, args, type: entry.type, nullable, origin });
}

/** Arguments given by name. */
import type { AnalysisError } from "../base/errors.ts";
import type { Expression, NamedArgument, UnresolvedFunction } from "../plan/expressions.ts";
import { STRING } from "../types/data-type.ts";
import { fail } from "./errors.ts";

const text = (value: string | null): Expression => ({ kind: "literal", value, type: STRING });

/** Stands where an argument that may be left out was, in front of one that was given by name. */
export const LEFT_OUT: Expression = Object.freeze(text(null));

/** Functions with named parameters, and their defaults. Those of window() are ours. */
const NAMED_PARAMETERS: Readonly<Record<string, readonly (readonly [string, Expression?])[]>> = {
  mask: [["str"], ["upperChar", text("X")], ["lowerChar", text("x")], ["digitChar", text("n")], ["otherChar", text(null)]],
  count_min_sketch: [["column"], ["epsilon"], ["confidence"], ["seed"]],
  window: [["timeColumn"], ["windowDuration"], ["slideDuration", LEFT_OUT], ["startTime", LEFT_OUT], ["timeZone", LEFT_OUT]],
};

export const hasNames = (call: UnresolvedFunction): boolean => call.args.some(arg => arg.kind === "named_argument");

/** @throws AnalysisError when arguments are given by name */
export function refuseNames(call: UnresolvedFunction): readonly Expression[] {
  if (hasNames(call)) throw namesRefused(call);
  return call.args;
}

const namesRefused = (call: UnresolvedFunction): AnalysisError => fail("NAMED_PARAMETERS_NOT_SUPPORTED", "4274K",
  `Named parameters are not supported for function \`${call.name}\`; please give the arguments by position.`, { functionName: `\`${call.name}\`` }, call.origin);

/** Arguments by name put in their places, when the function says what its parameters are called. */
export function argumentsOf(name: string, call: UnresolvedFunction): readonly Expression[] {
  const { args } = call;
  if (!hasNames(call)) return args;
  const parameters = Object.hasOwn(NAMED_PARAMETERS, name) ? NAMED_PARAMETERS[name] : undefined;
  if (parameters === undefined) throw namesRefused(call);
  const routineName = `\`${name}\``;
  const placed: (Expression | undefined)[] = [];
  let named = false;
  for (const arg of args) {
    if (arg.kind !== "named_argument") {
      if (named) {
        const parameterName = `\`${(args.find(a => a.kind === "named_argument") as NamedArgument).name}\``;
        throw fail("UNEXPECTED_POSITIONAL_ARGUMENT", "4274K", `Cannot invoke routine ${routineName}: a positional argument follows the named argument ${parameterName}.`, { routineName, parameterName }, arg.origin);
      }
      placed.push(arg);
      continue;
    }
    named = true;
    const i = parameters.findIndex(([name]) => name.toLowerCase() === arg.name.toLowerCase());
    if (i < 0) {
      throw fail("UNRECOGNIZED_PARAMETER_NAME", "4274K", `Cannot invoke routine ${routineName}: it has no parameter named \`${arg.name}\`.`,
        { routineName, argumentName: `\`${arg.name}\``, proposal: parameters.map(([name]) => `\`${name}\``).join(" ") }, arg.origin);
    }
    if (placed[i] !== undefined) {
      throw fail(`DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.${i < args.findIndex(a => a.kind === "named_argument") ? "BOTH_POSITIONAL_AND_NAMED" : "DOUBLE_NAMED_ARGUMENT_REFERENCE"}`, "4274K",
        `Call to routine ${routineName} is invalid because \`${parameters[i]![0]}\` is given twice.`, { routineName, parameterName: `\`${parameters[i]![0]}\`` }, arg.origin);
    }
    placed[i] = arg.value;
  }
  return parameters.slice(0, Math.max(placed.length, parameters.length)).map(([name, otherwise], i) => {
    const value = placed[i] ?? otherwise;
    if (value !== undefined) return value;
    throw fail("REQUIRED_PARAMETER_NOT_FOUND", "4274K", `Cannot invoke routine ${routineName}: the parameter \`${name}\` is required.`, { routineName, parameterName: `\`${name}\`` }, call.origin);
  });
}

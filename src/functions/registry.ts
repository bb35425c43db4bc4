/** All SQL functions by name. A family is a file with one array; a new family is one more line here. */
import { AnalysisError, nearest } from "../base/errors.ts";
import type { Origin } from "../plan/expressions.ts";
import type { FunctionEntry } from "../plan/function.ts";
import { contextOf } from "./errors.ts";
import { families } from "./families.ts";

let table: Map<string, FunctionEntry> | undefined;

function entries(): Map<string, FunctionEntry> {
  if (table === undefined) {
    table = new Map();
    for (const entry of families.flat()) for (const name of [entry.name, ...(entry.aliases ?? [])]) table.set(name, entry);
  }
  return table;
}

/** The function of a name, in any case. */
export function lookupFunction(name: string): FunctionEntry | undefined {
  return entries().get(name) ?? entries().get(name.toLowerCase());
}

export function allFunctionNames(): readonly string[] {
  return [...entries().keys()];
}

/** The error for a name that is no function, with the nearest names as hint. */
export function unresolvedRoutine(name: string, origin: Origin | undefined): AnalysisError {
  const near = nearest(name, allFunctionNames());
  return new AnalysisError({
    condition: "UNRESOLVED_ROUTINE", sqlState: "42883",
    message: `Cannot resolve routine \`${name}\` on search path [\`system\`.\`builtin\`, \`system\`.\`session\`, \`spark_catalog\`.\`default\`].`,
    messageParameters: { routineName: `\`${name}\``, searchPath: "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]" },
    queryContext: contextOf(origin), hint: near.length === 0 ? undefined : `did you mean ${near.join(", ")}?`,
  });
}

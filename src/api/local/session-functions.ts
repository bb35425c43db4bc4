/** Functions that a session knows beside the built-in ones. */
import { AnalysisError } from "../../base/errors.ts";
import { allFunctionNames, lookupFunction } from "../../functions/registry.ts";
import type { FunctionEntry } from "../../plan/function.ts";

export class SessionFunctions {
  readonly #entries = new Map<string, FunctionEntry>();

  /** @throws AnalysisError when a built-in function has the name */
  register(name: string, entry: FunctionEntry): void {
    if (lookupFunction(name) !== undefined) throw new AnalysisError({
      condition: "ROUTINE_ALREADY_EXISTS", sqlState: "42723", message: `Cannot create the routine \`${name}\` because a built-in routine of that name already exists. Choose a different name.`,
      messageParameters: { routineName: `\`${name}\``, newRoutineType: "routine", existingRoutineType: "built-in routine" },
    });
    this.#entries.set(name.toLowerCase(), entry);
  }

  lookup = (name: string): FunctionEntry | undefined => this.#entries.get(name.toLowerCase()) ?? lookupFunction(name);
  names = (): readonly string[] => [...this.#entries.keys(), ...allFunctionNames()];
  get own(): readonly FunctionEntry[] { return [...this.#entries.values()]; }
}

/** What the families of sketches share: arguments, how they are bound, and how bytes that are no sketch are refused. */
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { AggregateBinding } from "../../plan/function.ts";
import { BINARY, INT, type DataType } from "../../types/data-type.ts";
import { accept, checkCount } from "../define.ts";
import type { Family } from "../coercion.ts";
import { executionError, nonFoldable } from "../errors.ts";
import { literalNumber } from "../aggregates/percentiles.ts";
import type { ExecutionError } from "../../base/errors.ts";

export const invalidBuffer = (family: string, name: string): ExecutionError =>
  executionError(`${family}_INVALID_INPUT_SKETCH_BUFFER`, family === "HLL" ? "22546" : "22000", `Invalid call to \`${name}\`; only valid ${family} sketch buffers are supported as inputs.`, { function: `\`${name}\`` });

/** The value of a number that must be a constant. @throws AnalysisError DATATYPE_MISMATCH.NON_FOLDABLE_INPUT */
export function constantNumber(name: string, args: readonly ResolvedExpression[], index: number, parameter: string, origin: Origin | undefined): number {
  const value = literalNumber(args[index]!);
  if (value === undefined) throw nonFoldable(name, args, index, parameter, origin);
  return value;
}

/** Binds an aggregate whose result is a sketch: of one argument, and a constant that fits it, which may be left out. */
export function sketchBinding(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined, taken: Family, implementation: (type: DataType) => AggregateBinding["implementation"], option: DataType = INT): AggregateBinding {
  checkCount(name, args.length, 1, 2, origin);
  const type = accept(name, args, 0, taken, origin);
  return { type: BINARY, nullable: false, argTypes: [type, ...(args.length === 2 ? [option] : [])], implementation: implementation(type) };
}

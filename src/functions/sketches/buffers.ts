/** What the families of sketches share: arguments, how they are bound, and how bytes that are no sketch are refused. */
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { AggregateBinding } from "../../plan/function.ts";
import { BINARY, INT, type DataType } from "../../types/data-type.ts";
import { accept, checkCount } from "../define.ts";
import { constantCell } from "../constant-argument.ts";
import { AS, uncast, type Family } from "../coercion.ts";
import { contextOf, executionError, nonFoldable } from "../errors.ts";
import { literalNumber } from "../aggregates/percentiles.ts";
import { AnalysisError, type ExecutionError } from "../../base/errors.ts";

export const invalidBuffer = (family: string, name: string): ExecutionError =>
  executionError(`${family}_INVALID_INPUT_SKETCH_BUFFER`, family === "HLL" ? "22546" : "22000", `Invalid call to \`${name}\`; only valid ${family} sketch buffers are supported as inputs.`, { function: `\`${name}\`` });

/** An INT that must be a constant of that very type; NULL is 0. Undefined: it is none. @throws AnalysisError DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE */
export function constantInt(name: string, args: readonly ResolvedExpression[], index: number, origin: Origin | undefined): number | undefined {
  accept(name, args, index, uncast(AS.int), origin);
  const cell = constantCell(args[index]!);
  return cell === undefined ? undefined : Number(cell ?? 0);
}

/** A size of a sketch that changes from row to row. */
export const notConstant = (condition: string, name: string, option: string, origin: Origin | undefined): AnalysisError =>
  new AnalysisError({ condition, sqlState: "42K0E", message: `Invalid call to \`${name}\`; the \`${option}\` value must be a constant value, but got a non-constant expression.`, messageParameters: { function: `\`${name}\`` }, queryContext: contextOf(origin) });

/** The value of a number that must be a constant. @throws AnalysisError DATATYPE_MISMATCH.NON_FOLDABLE_INPUT */
export function constantNumber(name: string, args: readonly ResolvedExpression[], index: number, parameter: string, origin: Origin | undefined): number {
  const value = literalNumber(args[index]!);
  if (value === undefined) throw nonFoldable(name, args, index, parameter, origin);
  return value;
}

/** Binds an aggregate whose result is a sketch: of one argument, and a constant that fits it, which may be left out. */
export function sketchBinding(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined, taken: Family, implementation: (type: DataType) => AggregateBinding["implementation"]): AggregateBinding {
  checkCount(name, args.length, 1, 2, origin);
  const type = accept(name, args, 0, uncast(taken), origin);
  return { type: BINARY, nullable: false, argTypes: [type, ...(args.length === 2 ? [INT] : [])], implementation: implementation(type) };
}

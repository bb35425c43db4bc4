/** Text by a constant pattern of fixed width over columns; undefined where values must go one by one. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { EvalContext } from "../../plan/function.ts";
import { STRING, TIMESTAMP_NTZ } from "../../types/data-type.ts";
import type { FixedPattern } from "../../types/datetime-pattern.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";

function stored({ steps }: FixedPattern, { arena }: EvalContext): number {
  const pointer = arena.allocate(steps.length + 2);
  arena.memory.u8.set(steps, pointer);
  return pointer;
}

/** What clocks show, as text. */
export function formatted(local: Vector, pattern: FixedPattern, rows: Selection, length: number, context: EvalContext): Vector | undefined {
  const valid = combinedValidity([local], rows, length, context), out = emptyVector(STRING, length, valid, context);
  const failed = kernels().formatMoments(stored(pattern, context), pattern.steps.length / 2, pattern.width, local.data, maskOf(local), valid, rows.pointer, rows.count, out.data, context.arena.allocate(pattern.width * rows.count + 16));
  return failed < 0 ? out : undefined;
}

/** Text as what clocks show, TIMESTAMP_NTZ. Only by patterns that name the day. */
export function parsed(text: Vector, pattern: FixedPattern, rows: Selection, length: number, context: EvalContext): Vector | undefined {
  if (!/y/.test(pattern.letters) || !/M/.test(pattern.letters) || !/d/.test(pattern.letters)) return undefined;
  const valid = combinedValidity([text], rows, length, context), out = emptyVector(TIMESTAMP_NTZ, length, valid, context);
  const failed = kernels().parseMoments(stored(pattern, context), pattern.steps.length / 2, pattern.width, text.data, maskOf(text), valid, rows.pointer, rows.count, out.data);
  return failed < 0 ? out : undefined;
}

/** The kernel of window_time(): the last microsecond of each window. */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { combinedValidity, emptyVector, maskOf, rowAt } from "../functions/vectors.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { EvalContext } from "../plan/function.ts";

/** `end - 1` as two 32-bit words, without a BigInt a row. */
export function windowTimes(args: readonly Vector[], rows: Selection, length: number, context: EvalContext): Vector {
  const window = args[0]!, end = window.children[1]!;
  const out = emptyVector(end.type, length, combinedValidity([window, end], rows, length, context), context);
  const { u32 } = linearMemory(), from = end.data >>> 2, to = out.data >>> 2, mask = maskOf(window) & maskOf(end);
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i), source = from + (row & mask) * 2, target = to + row * 2;
    const low = u32[source]!, high = u32[source + 1]!;
    u32[target] = low - 1;
    u32[target + 1] = low === 0 ? high - 1 : high;
  }
  return out;
}

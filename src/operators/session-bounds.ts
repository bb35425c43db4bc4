/** Where sessions of a fixed gap end. */
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Evaluator } from "../plan/function.ts";

/** Times `micros` later than those of `start`. */
export function laterBy(start: Evaluator, micros: bigint): Evaluator {
  return {
    type: start.type,
    evaluate(batch, rows, context) {
      const times = start.evaluate(batch, rows, context), { isConstant } = times;
      const data = context.arena.allocate(8 * (isConstant ? 1 : batch.length));
      kernels().addToTimes(times.data, isConstant ? 0 : rows.pointer, isConstant ? 1 : rows.count, micros, data);
      return new Vector(start.type, data, times.valid, { isConstant });
    },
  };
}

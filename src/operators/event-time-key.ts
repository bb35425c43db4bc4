/** Which grouping key carries the event time, so that state can be closed by the watermark; and the filter of late rows. */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { NamedExpression } from "../plan/resolved.ts";
import type { ExecutionContext } from "./context.ts";

/** `field` 1: the end of a window; undefined: the column itself. */
export interface EventTimeKey { readonly key: number; readonly field: number | undefined }

/** The first key with a watermark, as Spark takes it: a window over event time, or the event time itself. */
export function eventTimeKeyOf(keys: readonly NamedExpression[]): EventTimeKey | undefined {
  const key = keys.findIndex(({ expression, attribute }) =>
    (expression.kind === "time_window" || expression.kind === "attribute" ? expression.watermarkDelayMicros : attribute.watermarkDelayMicros) !== undefined);
  if (key < 0) return undefined;
  return { key, field: keys[key]!.attribute.type.kind === "struct" ? 1 : undefined };
}

/** The rows of a selection that are not late: their time is null or greater than the watermark of the batch before. */
export function dropLate(time: Vector, rows: Selection, context: ExecutionContext): Selection {
  const bound = context.lateWatermarkMicros;
  if (bound === null || rows.count === 0) return rows;
  if (time.isConstant) {
    const memory = linearMemory();
    const late = (time.valid === 0 || memory.u8[time.valid] !== 0) && memory.i64[time.data / 8]! <= bound;
    return late ? { pointer: rows.pointer, count: 0 } : rows;
  }
  const out = context.arena.allocate(4 * rows.count + 4);
  const count = kernels().selectLater(time.data, time.valid, rows.pointer, rows.count, bound, out);
  return count === rows.count ? rows : { pointer: out, count };
}

/** Rows that a plan holds itself, as batches: local rows, and ranges of numbers. */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { batchesOf } from "../columns/row-batches.ts";
import { Vector } from "../columns/vector.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { schemaOf, type ResolvedRange } from "../plan/resolved.ts";
import type { Leaf } from "./planner.ts";

/** Each batch lies in the arena, which is reset when it was taken. */
export function* leafBatches(leaf: Leaf, arena: Arena): Generator<Batch> {
  if (leaf.kind === "local_rows") yield* batchesOf(schemaOf(leaf), leaf.rows, arena);
  else if (leaf.kind === "range") yield* rangeBatches(leaf, arena);
}

function* rangeBatches(range: ResolvedRange, arena: Arena): Generator<Batch> {
  const { start, end, step } = range, schema = schemaOf(range), reach = step > 0n ? end - start : start - end, by = step > 0n ? step : -step;
  // A range of all BIGINTs has more rows than numbers count exactly; nobody reads that far.
  const rows = reach <= 0n ? 0 : Number((reach + by - 1n) / by), { i32, i64 } = linearMemory();
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows - from), first = start + BigInt(from) * step, last = first + BigInt(count - 1) * step;
    if (schema.fields.length === 0) {
      yield new Batch(schema, [], count);
      continue;
    }
    const data = arena.allocate(8 * count);
    if (Number.isSafeInteger(Number(first)) && Number.isSafeInteger(Number(last))) {
      for (let i = 0, value = Number(first), at = data >>> 2; i < count; i++, value += Number(step), at += 2) {
        i32[at] = value | 0;
        i32[at + 1] = Math.floor(value / 4294967296);
      }
    } else for (let i = 0, value = first; i < count; i++, value += step) i64[data / 8 + i] = value;
    yield new Batch(schema, [new Vector(schema.fields[0]!.type, data, 0)], count);
  }
}

/** Rows of cells as batches: for local relations, memory streams and tests. */
import type { Arena } from "../memory/arena.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import { BATCH_ROWS, Batch } from "./batch.ts";
import { vectorOf } from "./cells.ts";

/** Batches of at most `batchRows` rows, with the columns named (all by default). Each is valid until the arena is reset; the generator resets nothing. */
export function* batchesOf(schema: StructType, rows: readonly (readonly Cell[])[], arena: Arena, options?: { columns?: readonly string[]; batchRows?: number }): Generator<Batch> {
  const size = options?.batchRows ?? BATCH_ROWS;
  // By name only where names are given: a schema may have one twice.
  const indexes = options?.columns?.map(name => schema.fields.findIndex(field => field.name === name)) ?? schema.fields.map((_, i) => i);
  const picked: StructType = { kind: "struct", fields: indexes.map(i => schema.fields[i]!) };
  for (let from = 0; from < rows.length; from += size) {
    const part = rows.slice(from, from + size);
    yield new Batch(picked, indexes.map(i => vectorOf(schema.fields[i]!.type, part.map(row => row[i]!), arena)), part.length);
  }
}

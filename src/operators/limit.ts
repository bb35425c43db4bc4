/** Skips `offset` rows and passes on at most `limit`, of each result: in complete mode every batch of the query has one. */
import { Batch } from "../columns/batch.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export class Limit implements Operator {
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #limit: number;
  readonly #offset: number;
  #skip: number;
  #left: number;

  constructor(limit: number | undefined, offset: number, context: ExecutionContext, next: Operator) {
    this.#limit = this.#left = limit ?? Number.POSITIVE_INFINITY;
    this.#offset = this.#skip = offset;
    this.#context = context;
    this.#next = next;
  }

  /** Rows that may still pass: the state of a limit over a stream. */
  get left(): number { return this.#left; }
  set left(rows: number) { this.#left = rows; }

  push(batch: Batch): boolean {
    const skipped = Math.min(this.#skip, batch.count);
    this.#skip -= skipped;
    const taken = Math.min(this.#left, batch.count - skipped);
    this.#left -= taken;
    if (taken > 0) this.#next.push(cutBatch(batch, skipped, taken, this.#context));
    return this.#left > 0;
  }

  finish(): void {
    this.#left = this.#limit;
    this.#skip = this.#offset;
    this.#next.finish();
  }
}

/** Some of a batch's rows, over the same columns; what it allocates is the arena's. */
export function cutBatch(batch: Batch, from: number, count: number, { arena }: ExecutionContext): Batch {
  const { pointer } = batch.selection;
  if (pointer !== 0) return new Batch(batch.schema, batch.columns, batch.length, { pointer: pointer + 4 * from, count });
  if (from === 0) return new Batch(batch.schema, batch.columns, batch.length, { pointer: 0, count });
  const rows = arena.allocate(4 * count), memory = linearMemory();
  for (let i = 0; i < count; i++) memory.u32[(rows >>> 2) + i] = from + i;
  return new Batch(batch.schema, batch.columns, batch.length, { pointer: rows, count });
}

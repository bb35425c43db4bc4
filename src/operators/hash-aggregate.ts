/** Groups all rows of its input by keys, and gives one row a group when the input ends. Without keys there is one group, also of no rows. */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { Arena } from "../memory/arena.ts";
import type { Evaluator } from "../plan/function.ts";
import type { StructType } from "../types/data-type.ts";
import { AggregateUpdater, type AggregateSpec } from "./aggregate-updater.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export interface HashAggregateParts {
  /** Keys, then aggregates. */
  readonly schema: StructType;
  readonly keys: readonly Evaluator[];
  readonly aggregates: readonly AggregateSpec[];
}

export class HashAggregate implements Operator {
  readonly #parts: HashAggregateParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  #updater: AggregateUpdater | undefined;

  constructor(parts: HashAggregateParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const updater = (this.#updater ??= this.#newUpdater());
    updater.table.beginBatch();
    updater.update(batch, batch.selection, this.#context);
    return true;
  }

  /** Groups come in the order of their first rows. */
  finish(): void {
    const updater = this.#updater ?? this.#newUpdater();
    this.#updater = undefined;
    const arena = new Arena();
    try {
      if (this.#parts.keys.length === 0) updater.table.upsert([], { pointer: 0, count: 1 }, 1);
      const { pointer, count } = updater.table.allAddresses();
      for (let from = 0; from < count; from += BATCH_ROWS) {
        const rows = Math.min(BATCH_ROWS, count - from);
        const more = this.#next.push(new Batch(this.#parts.schema, updater.results(pointer + 4 * from, rows, this.#context, arena), rows));
        arena.reset();
        if (!more) break;
      }
    } finally {
      arena.release();
      this.#context.drop(updater);
    }
    this.#next.finish();
  }

  #newUpdater(): AggregateUpdater { return this.#context.hold(new AggregateUpdater({ ...this.#parts, keepsGroups: true })); }
}

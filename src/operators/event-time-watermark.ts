/**
 * Watches the event times of a stream and says how far its watermark may rise: the greatest event time seen, less the
 * delay. The rule is Spark's EventTimeWatermarkExec; the runtime decides when a new watermark takes effect.
 */
import type { Batch } from "../columns/batch.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

/** Statistics of one batch of the query, in milliseconds; null counts as the epoch. */
export interface EventTimeStats { readonly minMillis: number; readonly maxMillis: number; readonly sumMillis: number; readonly rows: number }

export class EventTimeWatermark implements Operator {
  readonly #column: number;
  readonly #delayMillis: number;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #rows = 0;
  /** The greatest event time since the query was started, in milliseconds; null before the first row. */
  greatestMillis: number | null = null;

  constructor(column: number, delayMicros: number, context: ExecutionContext, next: Operator) {
    this.#column = column;
    this.#delayMillis = delayMicros / 1000;
    this.#context = context;
    this.#next = next;
  }

  get delayMicros(): number { return this.#delayMillis * 1000; }

  /** Where this operator would let the watermark be, in milliseconds; null before its first row. */
  get watermarkMillis(): number | null {
    return this.greatestMillis === null ? null : Math.floor(this.greatestMillis - this.#delayMillis);
  }

  /** Statistics since the last call; null without rows. */
  takeStats(): EventTimeStats | null {
    const stats = this.#rows === 0 ? null : { minMillis: this.#min, maxMillis: this.#max, sumMillis: this.#sum, rows: this.#rows };
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    this.#sum = this.#rows = 0;
    return stats;
  }

  push(batch: Batch): boolean {
    const vector = batch.columns[this.#column]!, { pointer, count } = batch.selection;
    if (count > 0) {
      const out = this.#context.arena.allocate(24), memory = linearMemory();
      kernels().eventTimeStats(vector.data, vector.valid, vector.isConstant ? 0 : pointer, vector.isConstant ? 1 : count, out);
      const rows = vector.isConstant ? count : 1;
      const least = Number(memory.i64[out / 8]!), greatest = Number(memory.i64[out / 8 + 1]!);
      if (least < this.#min) this.#min = least;
      if (greatest > this.#max) this.#max = greatest;
      this.#sum += Number(memory.i64[out / 8 + 2]!) * rows;
      this.#rows += count;
      if (this.greatestMillis === null || greatest > this.greatestMillis) this.greatestMillis = greatest;
    }
    return this.#next.push(batch);
  }

  finish(): void { this.#next.finish(); }
}

/**
 * Watches the event times of a stream and says how far its watermark may rise: the greatest event time seen, less the
 * delay. The rule is Spark's EventTimeWatermarkExec; the runtime decides when a new watermark takes effect. With options
 * the least over partitions counts, the silent ones left aside, and times too far ahead don't.
 */
import type { Batch } from "../columns/batch.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { WatermarkOptions } from "../plan/watermark-options.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import { WatermarkPartitions } from "./watermark-partitions.ts";

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
  /** Rows of this batch whose event time lies too far ahead to count. */
  futureRows = 0;
  readonly options: WatermarkOptions;
  readonly partitions: WatermarkPartitions;
  /** What it reads from. */
  tables: readonly object[] = [];
  /** The column's name, for people. */
  readonly name: string;

  constructor(column: number, delayMicros: number, context: ExecutionContext, next: Operator, options: WatermarkOptions = {}, name = "") {
    this.#column = column;
    this.#delayMillis = delayMicros / 1000;
    this.#context = context;
    this.#next = next;
    this.options = options;
    this.partitions = new WatermarkPartitions(options.idleMicros);
    this.name = name;
  }

  /** The greatest event time since the query was started, in milliseconds; null before the first row. */
  get greatestMillis(): number | null { return this.partitions.greatestMillis; }
  /** What it knows is part of the checkpoint; without options it begins anew at each start, as in Spark. */
  get isKept(): boolean { return this.options.perPartition === true || this.options.idleMicros !== undefined; }

  /** It follows Spark's rule alone. */
  get isPlain(): boolean { return !this.isKept && this.options.futureSkewMicros === undefined; }
  /** The greatest event time of this batch, in milliseconds; null before its first row. */
  get batchGreatestMillis(): number | null { return this.#rows === 0 ? null : this.#max; }

  get delayMicros(): number { return this.#delayMillis * 1000; }

  /** Where this operator would let the watermark be at a processing time, in milliseconds; null before the first row of each of its partitions. */
  reached(nowMicros: number): { readonly watermarkMillis: number | null; readonly isIdle: boolean } {
    const { greatestMillis, isIdle } = this.partitions.reached(nowMicros);
    return { watermarkMillis: this.less(greatestMillis), isIdle };
  }

  /** An event time less the delay. */
  less(millis: number | null): number | null { return millis === null ? null : Math.floor(millis - this.#delayMillis); }

  /** Lets go of partitions that no longer matter for a watermark that stands there. */
  forget(watermarkMillis: number, nowMicros: number): void { this.partitions.forget(watermarkMillis + this.#delayMillis, nowMicros); }

  /** Statistics since the last call; null without rows. */
  takeStats(): EventTimeStats | null {
    this.futureRows = 0;
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
      const selection = vector.isConstant ? 0 : pointer, length = vector.isConstant ? 1 : count;
      kernels().eventTimeStats(vector.data, vector.valid, selection, length, out);
      const rows = vector.isConstant ? count : 1;
      const least = Number(memory.i64[out / 8]!), greatest = Number(memory.i64[out / 8 + 1]!);
      if (least < this.#min) this.#min = least;
      if (greatest > this.#max) this.#max = greatest;
      this.#sum += Number(memory.i64[out / 8 + 2]!) * rows;
      this.#rows += count;
      const { futureSkewMicros, perPartition } = this.options, now = Number(this.#context.batchTimeMicros);
      let counts: number | null = greatest;
      if (futureSkewMicros !== undefined && greatest * 1000 > now + futureSkewMicros) {
        kernels().eventTimeUpTo(vector.data, vector.valid, selection, length, BigInt(Math.floor((now + futureSkewMicros) / 1000)), out);
        this.futureRows += Number(memory.i64[out / 8 + 1]!) * rows;
        counts = Number(memory.i64[out / 8 + 1]!) === length ? null : Number(memory.i64[out / 8]!);
      }
      this.partitions.saw(perPartition === true ? this.#context.partition : "", counts, now);
    }
    return this.#next.push(batch);
  }

  finish(): void { this.#next.finish(); }
}

/**
 * The watermark of a query: the least (or greatest) of what its watermark operators allow, taken over between batches,
 * never going back. Rule and names as in Spark's WatermarkTracker: an operator that has seen no row counts as the
 * epoch, so one silent source holds the policy `min` back; after a restart the reached watermark is kept, but the
 * operators begin anew.
 */
import type { EventTimeWatermark } from "../operators/event-time-watermark.ts";

export type WatermarkPolicy = "min" | "max";

/** What the record of a batch keeps of watermarks, milliseconds: what judged late rows, what closed groups, what the next batch runs with. */
export interface RecordedWatermarks { readonly lateMillis: number; readonly usedMillis: number; readonly nextMillis: number }

export class WatermarkTracker {
  readonly #operators: readonly EventTimeWatermark[];
  readonly #policy: WatermarkPolicy;
  /** Milliseconds since the epoch; 0 at first. */
  currentMillis: number;

  constructor(operators: readonly EventTimeWatermark[], policy: WatermarkPolicy, reachedMillis: number) {
    this.#operators = operators;
    this.#policy = policy;
    this.currentMillis = reachedMillis;
  }

  get exists(): boolean { return this.#operators.length > 0; }

  /** Takes over what the last batch saw; returns the watermark that the next batch runs with. */
  advance(): number {
    if (this.#operators.length === 0) return this.currentMillis;
    const allowed = this.#operators.map(operator => operator.watermarkMillis ?? 0);
    const chosen = this.#policy === "min" ? Math.min(...allowed) : Math.max(...allowed);
    if (chosen > this.currentMillis) this.currentMillis = chosen;
    return this.currentMillis;
  }

  /** Statistics of the event times of the batch that just ran; taken once a batch. As Spark: of the first operator that had rows. */
  takeStats(): { readonly min: number; readonly max: number; readonly avg: number } | null {
    const first = this.#operators.map(operator => operator.takeStats()).find(stats => stats !== null) ?? null;
    return first === null ? null : { min: first.minMillis, max: first.maxMillis, avg: Math.trunc(first.sumMillis / first.rows) };
  }
}

/**
 * The watermark of a query: the least (or greatest) of what its watermark operators allow, taken over between batches,
 * never going back. Rule and names as in Spark's WatermarkTracker: an operator that has seen no row counts as the
 * epoch, so one silent source holds the policy `min` back; after a restart the reached watermark is kept, but the
 * operators begin anew. Operators with the options of src/plan/watermark-options.ts go on with what they knew, and one
 * that is silent is left out of the least.
 */
import type { EventTimeWatermark } from "../operators/event-time-watermark.ts";
import type { RecordedPartition } from "../operators/watermark-partitions.ts";
import type { WatermarkProgress } from "./progress.ts";
import { formatMillis } from "./progress.ts";

export type WatermarkPolicy = "min" | "max";

/** What the record of a batch keeps of watermarks, milliseconds: what judged late rows, what closed groups, what the next batch runs with. */
export interface RecordedWatermarks {
  readonly lateMillis: number;
  readonly usedMillis: number;
  readonly nextMillis: number;
  /** Behind the batch, of each watermark operator in the order of the plan: its partitions; null for one that keeps nothing. */
  readonly operators?: readonly (readonly RecordedPartition[] | null)[];
  /** The greatest event time that each operator saw in the batch, of several; null without rows. */
  readonly seen?: readonly (number | null)[];
}

const MAX_SHOWN_PARTITIONS = 32;

export class WatermarkTracker {
  readonly #operators: readonly EventTimeWatermark[];
  readonly #policy: WatermarkPolicy;
  /** Milliseconds since the epoch; 0 at first. */
  currentMillis: number;

  /** `nowMicros`: processing time at the opening; the silence of partitions is counted from here on. */
  constructor(operators: readonly EventTimeWatermark[], policy: WatermarkPolicy, recorded: RecordedWatermarks | undefined, nowMicros: number) {
    this.#operators = operators;
    this.#policy = policy;
    this.currentMillis = recorded?.nextMillis ?? 0;
    operators.forEach((operator, i) => {
      if (!operator.isKept) return;
      operator.partitions.load(recorded?.operators?.[i] ?? []);
      operator.partitions.open(nowMicros);
    });
  }

  get exists(): boolean { return this.#operators.length > 0; }

  /** Sources name their partitions to the operators that tell them apart. */
  list(partitions: () => readonly { readonly table: object; readonly names: readonly string[] }[], nowMicros: number): void {
    const apart = this.#operators.filter(operator => operator.options.perPartition === true);
    if (apart.length === 0) return;
    const all = partitions();
    for (const operator of apart) operator.partitions.list(all.filter(({ table }) => operator.tables.includes(table)).flatMap(({ names }) => names), nowMicros);
  }

  /**
   * Takes over what the last batch saw, and who is silent at this processing time; returns the watermark that the next
   * batch runs with. Between two batches it may rise again as somebody falls silent.
   */
  advance(nowMicros: number): number {
    if (this.#operators.length === 0) return this.currentMillis;
    const reached = this.#operators.map(operator => operator.reached(nowMicros)), active = reached.filter(one => !one.isIdle);
    const millis = (all: typeof reached): number[] => all.map(one => one.watermarkMillis ?? 0);
    const chosen = this.#policy === "max" || active.length === 0 ? Math.max(...millis(reached)) : Math.min(...millis(active));
    if (chosen > this.currentMillis) this.currentMillis = chosen;
    for (const operator of this.#operators) operator.forget(this.currentMillis, nowMicros);
    return this.currentMillis;
  }

  /**
   * A batch that was recorded and had not reached the sink counts as if it had run here, as it does run again in Spark: its
   * operators begin with what they saw in it, and the least of several rises only if all of them saw rows.
   */
  redelivered({ seen, usedMillis }: RecordedWatermarks, nowMicros: number): void {
    if (seen === undefined) return;
    this.currentMillis = usedMillis;
    this.#operators.forEach((operator, i) => {
      const millis = seen[i] ?? null;
      if (millis !== null) operator.partitions.saw("", millis, nowMicros);
    });
  }

  /** When somebody falls silent next, as processing time in microseconds; infinite if nobody can. */
  nextIdleMicros(nowMicros: number): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#operators.map(operator => operator.partitions.nextIdleMicros(nowMicros)));
  }

  /** For the record of a batch, before its statistics are taken; empty for one operator that keeps nothing. */
  record(): Pick<RecordedWatermarks, "operators" | "seen"> {
    if (this.#operators.length > 1 && this.#operators.every(operator => operator.isPlain)) return { seen: this.#operators.map(operator => operator.batchGreatestMillis) };
    return this.#operators.some(operator => operator.isKept) ? { operators: this.#operators.map(operator => (operator.isKept ? operator.partitions.record() : null)) } : {};
  }

  /** What each operator says, for progress. */
  detail(nowMicros: number): readonly WatermarkProgress[] {
    const shown = (millis: number | null): string | null => (millis === null ? null : formatMillis(millis));
    return this.#operators.map(operator => {
      const { watermarkMillis, isIdle } = operator.reached(nowMicros), { options, partitions } = operator;
      return {
        column: operator.name, delayMs: operator.delayMicros / 1000, watermark: shown(watermarkMillis), isIdle,
        ...(options.futureSkewMicros !== undefined && { futureRows: operator.futureRows }),
        ...(options.perPartition === true && {
          numPartitions: partitions.count,
          partitions: partitions.detail(nowMicros, MAX_SHOWN_PARTITIONS).map(one => ({ partition: one.partition, watermark: shown(operator.less(one.greatestMillis)), isIdle: one.isIdle })),
        }),
      };
    });
  }

  /** Statistics of the event times of the batch that just ran; taken once a batch. As Spark: of the first operator that had rows. */
  takeStats(): { readonly min: number; readonly max: number; readonly avg: number } | null {
    const first = this.#operators.map(operator => operator.takeStats()).find(stats => stats !== null) ?? null;
    return first === null ? null : { min: first.minMillis, max: first.maxMillis, avg: Math.trunc(first.sumMillis / first.rows) };
  }
}

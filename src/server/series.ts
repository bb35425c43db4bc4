/**
 * History of fixed size: columns of numbers over equal steps, kept at three resolutions (1 s for 15 min, 10 s for 6 h,
 * 5 min for 3 d). NaN is "nothing known", which a chart draws as a gap.
 */

import { type SeriesColumn, seriesColumns } from "./series-columns.ts";

/** How values of one column join within a step. */
type Merge = "sum" | "max" | "min" | "last";

/** All columns that are kept. Sums are per step; the others are of the step. */
export const columns = {
  rowsRead: "sum", /** rows by the time in which they were read, for rates */ flowRows: "sum", /** rows that became available in the sources */ arrivedRows: "sum",
  batches: "sum", readMicros: "sum", planMicros: "sum", computeMicros: "sum", commitMicros: "sum", batchP99Micros: "max",
  newestEventBehindMicros: "last", watermarkBehindMicros: "last", stateRowsMin: "min", stateRowsMax: "max", stateBytesMin: "min", stateBytesMax: "max",
  outputRows: "sum", lateRows: "sum", deadLetters: "sum", filteredRows: "sum", keptRows: "sum", droppedRows: "sum", backlogRows: "last",
} as const satisfies Record<string, Merge>;
export type ColumnName = keyof typeof columns;
const names = Object.keys(columns) as ColumnName[];
const merges = names.map(name => columns[name]);
const indexOf = Object.fromEntries(names.map((name, index) => [name, index])) as Record<ColumnName, number>;

export const levels = [{ stepSeconds: 1, steps: 900 }, { stepSeconds: 10, steps: 2_160 }, { stepSeconds: 300, steps: 864 }] as const;

/** Percentiles of durations with a relative error of at most 4.5 %: a count per eighth of a power of two. */
export class DurationHistogram {
  readonly #counts = new Uint32Array(320);
  #total = 0;

  add(micros: number): void {
    this.#counts[Math.min(319, Math.max(0, Math.floor(Math.log2(Math.max(1, micros)) * 8)))]!++;
    this.#total++;
  }

  percentile(share: number): number {
    if (this.#total === 0) return NaN;
    let left = Math.ceil(this.#total * share);
    for (let i = 0; i < 320; i++) {
      left -= this.#counts[i]!;
      if (left <= 0) return 2 ** ((i + 0.5) / 8);
    }
    return NaN;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}

/** A ring of steps: one Float64Array a column, and which step each place holds now. */
export class Ring {
  readonly stepSeconds: number;
  readonly size: number;
  readonly #values: Float64Array[];
  readonly #held: Float64Array;
  readonly #durations = new DurationHistogram();
  #durationStep = -1;

  constructor(stepSeconds: number, size: number) {
    this.stepSeconds = stepSeconds;
    this.size = size;
    this.#values = names.map(() => new Float64Array(size).fill(NaN));
    this.#held = new Float64Array(size).fill(-1);
  }

  /** Number of the step that holds `micros`. */
  stepOf(micros: number): number {
    return Math.floor(micros / 1e6 / this.stepSeconds);
  }

  add(column: ColumnName, step: number, value: number): void {
    const place = this.#open(step);
    if (place < 0) return;
    const index = indexOf[column], values = this.#values[index]!, before = values[place]!;
    values[place] = Number.isNaN(before) ? value : join(merges[index]!, before, value);
  }

  /** The step's p99 is that of all durations in it. */
  addDuration(step: number, micros: number): void {
    const place = this.#open(step);
    if (place < 0) return;
    if (step !== this.#durationStep) {
      this.#durations.clear();
      this.#durationStep = step;
    }
    this.#durations.add(micros);
    this.#values[indexOf.batchP99Micros]![place] = this.#durations.percentile(0.99);
  }

  get(column: ColumnName, step: number): number {
    const place = step % this.size;
    return this.#held[place] === step ? this.#values[indexOf[column]]![place]! : NaN;
  }

  /** Values of `count` steps from `first` on as one, by the column's own rule; NaN if none is known. */
  merged(column: ColumnName, first: number, count: number): number {
    const merge = merges[indexOf[column]]!;
    let result = NaN;
    for (let step = first; step < first + count; step++) {
      const value = this.get(column, step);
      if (!Number.isNaN(value)) result = Number.isNaN(result) ? value : join(merge, result, value);
    }
    return result;
  }

  /** How many of the steps have a value. */
  known(column: ColumnName, first: number, count: number): number {
    let known = 0;
    for (let step = first; step < first + count; step++) if (!Number.isNaN(this.get(column, step))) known++;
    return known;
  }

  /** Seconds of those steps that have a value, as far as `untilMicros`. */
  knownSeconds(column: ColumnName, first: number, count: number, untilMicros: number): number {
    const until = untilMicros / 1e6;
    let seconds = 0;
    for (let step = first; step < first + count; step++) {
      if (!Number.isNaN(this.get(column, step))) seconds += Math.max(0, Math.min(this.stepSeconds, until - step * this.stepSeconds));
    }
    return seconds;
  }

  /** Place of a step, emptied when it is met first; -1 if the ring has gone past it. */
  #open(step: number): number {
    const place = step % this.size, held = this.#held[place]!;
    if (held === step) return place;
    if (held > step) return -1;
    this.#held[place] = step;
    for (const values of this.#values) values[place] = NaN;
    return place;
  }
}

function join(merge: Merge, before: number, value: number): number {
  return merge === "sum" ? before + value : merge === "max" ? Math.max(before, value) : merge === "min" ? Math.min(before, value) : value;
}

/** The three rings of one query. */
export class SeriesStore {
  readonly rings: readonly Ring[] = levels.map(level => new Ring(level.stepSeconds, level.steps));

  add(column: ColumnName, micros: number, value: number): void {
    for (const ring of this.rings) ring.add(column, ring.stepOf(micros), value);
  }

  /** Shares `value` out over the time from `fromMicros` to `toMicros` (at most the last 15 min of it). */
  spread(column: ColumnName, fromMicros: number, toMicros: number, value: number): void {
    const from = Math.max(fromMicros, toMicros - 900e6);
    if (!(toMicros - from > 1e6)) return this.add(column, toMicros, value);
    for (const ring of this.rings) {
      const step = ring.stepSeconds * 1e6;
      for (let at = from; at < toMicros;) {
        const next = Math.min(toMicros, (Math.floor(at / step) + 1) * step);
        ring.add(column, ring.stepOf(at), value * ((next - at) / (toMicros - from)));
        at = next;
      }
    }
  }

  duration(micros: number, durationMicros: number): void {
    for (const ring of this.rings) ring.addDuration(ring.stepOf(micros), durationMicros);
  }

  get seconds(): Ring { return this.rings[0]!; }
  get tens(): Ring { return this.rings[1]!; }

  /** The finest ring that reaches back to `fromMicros`. */
  ringFor(fromMicros: number, nowMicros: number): Ring {
    return this.rings.find(ring => nowMicros - fromMicros <= ring.size * ring.stepSeconds * 1e6) ?? this.rings.at(-1)!;
  }
}

export interface SeriesAnswer {
  readonly from: number;
  readonly step: number;
  readonly points: number;
  readonly columns: Readonly<Record<SeriesColumn, readonly (number | null)[]>>;
}

/**
 * Columns from `fromMicros` to `toMicros` in at most about `points` equal steps, each a whole number of kept steps and
 * beginning at a multiple of its length, so that steps of two answers are the same steps.
 */
export function series(store: SeriesStore, fromMicros: number, toMicros: number, points: number, nowMicros = toMicros, knownUntil = nowMicros): SeriesAnswer {
  toMicros = Math.min(toMicros, Math.floor(nowMicros / 1e6) * 1e6);
  const ring = store.ringFor(fromMicros, toMicros);
  const wanted = (toMicros - fromMicros) / 1e6 / Math.max(1, points);
  const group = Math.max(1, Math.ceil(wanted / ring.stepSeconds - 1e-9));
  const step = group * ring.stepSeconds;
  const first = Math.floor(fromMicros / 1e6 / step), last = Math.floor((toMicros - 1) / 1e6 / step);
  const answer = Object.fromEntries(seriesColumns.map(name => [name, [] as (number | null)[]])) as Record<SeriesColumn, (number | null)[]>;
  for (let i = first; i <= last; i++) {
    const at = point(ring, i * group, group, knownUntil);
    for (const name of seriesColumns) answer[name].push(at[name]);
  }
  return { from: first * step * 1e6, step, points: last - first + 1, columns: answer };
}

/**
 * One point of `/series`: `group` kept steps from `first` on. Rates are over the time of which the rows are known: up to now, or
 * while a batch is in work up to the end of the one before; null if that is less than half a step.
 */
export function point(ring: Ring, first: number, group: number, knownUntil = Infinity): Record<SeriesColumn, number | null> {
  const sum = (column: ColumnName) => ring.merged(column, first, group);
  const perSecond = (column: ColumnName) => meanRate(ring, column, first, group, knownUntil);
  const batches = sum("batches"), busy = sum("readMicros") + sum("planMicros") + sum("computeMicros") + sum("commitMicros");
  const perBatch = (column: ColumnName) => batches > 0 ? round(sum(column) / batches) : null;
  const plain = (column: ColumnName) => round(sum(column));
  return {
    inputRowsPerSecond: perSecond("arrivedRows"), readRowsPerSecond: perSecond("flowRows"),
    capacityRowsPerSecond: busy > 0 && sum("rowsRead") > 0 ? round(sum("rowsRead") / busy * 1e6) : null,
    readMicros: perBatch("readMicros"), planMicros: perBatch("planMicros"), computeMicros: perBatch("computeMicros"), commitMicros: perBatch("commitMicros"),
    batchP99Micros: plain("batchP99Micros"), newestEventBehindMicros: plain("newestEventBehindMicros"), watermarkBehindMicros: plain("watermarkBehindMicros"),
    stateRowsMin: plain("stateRowsMin"), stateRowsMax: plain("stateRowsMax"), stateBytesMin: plain("stateBytesMin"), stateBytesMax: plain("stateBytesMax"),
    outputRowsPerSecond: perSecond("outputRows"), lateRows: plain("lateRows"), deadLetters: plain("deadLetters"), backlogRows: plain("backlogRows"),
  };
}

/** Mean per second of a summed column over `group` steps from `first` on, as far as it is known. */
export function meanRate(ring: Ring, column: ColumnName, first: number, group: number, knownUntil: number): number | null {
  const seconds = ring.knownSeconds(column, first, group, knownUntil);
  return seconds < ring.stepSeconds / 2 ? null : round(ring.merged(column, first, group) / seconds);
}

function round(value: number): number | null {
  return Number.isNaN(value) ? null : Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 1_000) / 1_000;
}

/** The points of the charts: taken once from `/series`, then kept going with the tail of each event. Of fixed size. */
import type { QueryEventJson, SeriesJson } from "../src/server/api-types.ts";
import { fromIso } from "../src/server/format.ts";
import { type SeriesColumn, seriesColumns } from "../src/server/series-columns.ts";

export type Points = Record<SeriesColumn, (number | null)[]>;
const joins: Partial<Record<SeriesColumn, "max" | "min" | "last" | "sum">> = {
  batchP99Micros: "max", stateRowsMax: "max", stateBytesMax: "max", stateRowsMin: "min", stateBytesMin: "min", newestEventBehindMicros: "last", watermarkBehindMicros: "last",
  backlogRows: "last", lateRows: "sum", deadLetters: "sum",
};

export class ChartData {
  /** Start of each step, in seconds. */
  readonly times: number[];
  readonly columns: Points;
  readonly step: number;
  #seconds: number;
  #lastTail: number;

  constructor(series: SeriesJson, nowMicros: number) {
    const from = fromIso(series.from) / 1e6;
    this.step = series.step;
    this.times = Array.from({ length: series.points }, (_, i) => from + i * series.step);
    this.columns = Object.fromEntries(seriesColumns.map(name => [name, [...series.columns[name]]])) as Points;
    this.#lastTail = Math.floor(nowMicros / 1e6) - 1;
    this.#seconds = Math.max(1, Math.floor(nowMicros / 1e6) - (this.times.at(-1) ?? from));
  }

  /** Takes one whole second in; steps for which nothing came stay gaps. */
  add(tail: NonNullable<QueryEventJson["tail"]>): void {
    const at = Math.round(fromIso(tail.t) / 1e6), last = this.times.at(-1);
    if (last === undefined || at <= this.#lastTail) return;
    this.#lastTail = at;
    const step = Math.floor(at / this.step) * this.step;
    if (step < last) return;
    const behind = Math.round((step - last) / this.step);
    if (behind >= this.times.length) this.#clear(step);
    else for (let i = 1; i <= behind; i++) this.#shift(last + i * this.step);
    if (behind > 0) this.#seconds = 0;
    const end = this.times.length - 1;
    for (const name of seriesColumns) {
      const value = tail.columns[name], before = this.columns[name][end]!;
      if (value === null || value === undefined) continue;
      this.columns[name][end] = before === null || this.#seconds === 0 ? value : joined(joins[name], before, value, this.#seconds);
    }
    this.#seconds++;
  }

  #shift(time: number): void {
    this.times.shift();
    this.times.push(time);
    for (const name of seriesColumns) {
      this.columns[name].shift();
      this.columns[name].push(null);
    }
  }

  #clear(lastTime: number): void {
    for (let i = 0; i < this.times.length; i++) this.times[i] = lastTime - (this.times.length - 1 - i) * this.step;
    for (const name of seriesColumns) this.columns[name].fill(null);
  }
}

function joined(how: "max" | "min" | "last" | "sum" | undefined, before: number, value: number, seconds: number): number {
  switch (how) {
    case "max": return Math.max(before, value);
    case "min": return Math.min(before, value);
    case "last": return value;
    case "sum": return before + value;
    case undefined: return (before * seconds + value) / (seconds + 1);
  }
}

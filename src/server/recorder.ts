/**
 * Turns progress events into what the page shows: rates, history, batches worth a look, counts of the last hour. Memory a
 * query is fixed, whatever the number of batches.
 */
import { backlogOf, splitDurations, type BatchFacts } from "./batch-facts.ts";
import type { QueryView, StreamingQueryProgress } from "./engine-view.ts";
import { fromIso } from "./format.ts";
import { SeriesStore } from "./series.ts";

/** Totals over the last hour, or over this run. */
export interface Totals {
  rowsRead: number;
  filteredRows: number;
  lateRows: number;
  deadLetters: number;
  keptRows: number;
  outputRows: number;
  /** True while every batch said how many rows it kept. */
  keptKnown: boolean;
  expectations: Record<string, number>;
}

export interface Mark { readonly atMicros: number; readonly kind: "slowBatch" | "restart"; readonly text: string }

const newestKept = 100, slowestKept = 20, notableKept = 60, durationsKept = 512;
export const accountSeconds = 3_600;
/** Same steps as the account, so that it adds up. */
const expectationSteps = accountSeconds / 10, expectationStepMicros = 10e6, expectationsKept = 40;

export class QueryRecord {
  readonly query: QueryView;
  readonly series = new SeriesStore();
  readonly run: Totals = emptyTotals();
  batches = 0;
  lastEndMicros = NaN;
  lastStartMicros = NaN;
  lastRowMicros = NaN;
  lastOutputMicros = NaN;
  lastLateMicros = NaN;
  lastDeadLetterMicros = NaN;
  /** Rows read since the sink last got one. */
  rowsSinceOutput = 0;
  newestEventMicros = NaN;
  watermarkMicros = NaN;
  stateRows: number | null = null;
  stateBytes: number | null = null;
  backlogRows: number | null = null;
  lastRate = NaN;
  lastBatch: BatchFacts | null = null;
  /** A batch reached back over seconds that were already sent. */
  rewrote = false;
  /** Grows with each change that a reader may see. */
  version = 0;
  readonly marks: Mark[] = [];
  readonly newest: BatchFacts[] = [];
  readonly notable: BatchFacts[] = [];
  slowest: BatchFacts[] = [];
  readonly #durations = new Float64Array(durationsKept);
  readonly #watermarks: [atMicros: number, watermarkMicros: number][] = [];
  readonly #expectations = new Map<string, { steps: Float64Array; values: Float64Array }>();
  #keptMissingMicros = -Infinity;
  #previousDeclared = 0;
  #median = NaN;
  #worstMark: { batch: BatchFacts; mark: Mark } | null = null;

  constructor(query: QueryView) {
    this.query = query;
    this.lastRowMicros = NaN;
  }

  record(progress: StreamingQueryProgress, nowMicros: number): void {
    const durations = splitDurations(progress);
    const started = fromIso(progress.timestamp), previousEnd = this.lastEndMicros;
    const rows = progress.numInputRows, ours = progress.millrace ?? {};
    const out = progress.sink.numOutputRows < 0 ? null : progress.sink.numOutputRows;
    const watermark = fromIso(progress.eventTime?.["watermark"]);
    const batch: BatchFacts = {
      batchId: progress.batchId, startedAtMicros: started, rowsIn: rows, rowsOut: out, lateRows: ours.lateRows ?? 0, deadLetters: ours.deadLetters ?? 0,
      ...durations, watermarkMicros: watermark > 0 ? watermark : null, progress,
    };
    const intervalStart = Math.max(Number.isNaN(previousEnd) ? nowMicros - durations.totalMicros : previousEnd,
      nowMicros - durations.totalMicros - this.query.triggerIntervalMicros);
    const backlog = backlogOf(progress), arrived = backlog === null || this.backlogRows === null ? rows : Math.max(0, rows + backlog - this.backlogRows);
    const { series } = this;
    series.spread("flowRows", intervalStart, nowMicros, rows);
    series.spread("arrivedRows", intervalStart, nowMicros, arrived);
    this.rewrote ||= nowMicros - intervalStart > 1.5e6;
    series.add("rowsRead", nowMicros, rows);
    series.add("batches", nowMicros, 1);
    series.add("readMicros", nowMicros, durations.readMicros);
    series.add("planMicros", nowMicros, durations.planMicros);
    series.add("computeMicros", nowMicros, durations.computeMicros);
    series.add("commitMicros", nowMicros, durations.commitMicros);
    series.duration(nowMicros, durations.totalMicros);
    if (out !== null) series.add("outputRows", nowMicros, out);
    series.add("lateRows", nowMicros, batch.lateRows);
    series.add("deadLetters", nowMicros, batch.deadLetters);
    series.add("filteredRows", nowMicros, ours.filteredRows ?? 0);
    series.add("keptRows", nowMicros, ours.keptRows ?? 0);
    if (ours.keptRows === undefined) { this.#keptMissingMicros = nowMicros; this.run.keptKnown = false; }
    let dropped = 0;
    for (const [name, count] of Object.entries(ours.expectations ?? {})) {
      dropped += count;
      this.#expectation(name, count, nowMicros);
      this.run.expectations[name] = (this.run.expectations[name] ?? 0) + count;
    }
    series.add("droppedRows", nowMicros, dropped);
    if (backlog !== null) series.add("backlogRows", nowMicros, backlog);
    this.backlogRows = backlog ?? this.backlogRows;

    this.run.rowsRead += rows;
    this.run.filteredRows += ours.filteredRows ?? 0;
    this.run.lateRows += batch.lateRows;
    this.run.deadLetters += batch.deadLetters;
    this.run.keptRows += ours.keptRows ?? 0;
    this.run.outputRows += out ?? 0;
    if (rows > 0) { this.lastRowMicros = nowMicros; this.rowsSinceOutput += rows; }
    if ((out ?? 0) > 0) { this.lastOutputMicros = nowMicros; this.rowsSinceOutput = 0; }
    if (batch.lateRows > 0) this.lastLateMicros = nowMicros;
    if (batch.deadLetters > 0) this.lastDeadLetterMicros = nowMicros;
    const newest = fromIso(progress.eventTime?.["max"]);
    if (rows > 0 && newest > 0 && !(newest <= this.newestEventMicros)) this.newestEventMicros = newest;
    if (watermark > 0) this.#watermark(watermark, nowMicros);
    if (progress.stateOperators.length > 0) {
      this.stateRows = progress.stateOperators.reduce((sum, operator) => sum + operator.numRowsTotal, 0);
      this.stateBytes = progress.stateOperators.reduce((sum, operator) => sum + operator.memoryUsedBytes, 0);
      this.#sampleState(nowMicros);
    }
    const declared = progress.inputRowsPerSecond;
    if (declared !== undefined && declared > 0) this.#previousDeclared = declared;
    this.#durations[this.batches % durationsKept] = durations.totalMicros;
    this.batches++;
    this.lastStartMicros = started;
    this.lastEndMicros = nowMicros;
    this.lastBatch = batch;
    this.version++;
    this.#keep(batch, nowMicros);
  }

  /** Once a second: what has a value although no batch ended. `inWork`: a batch runs, so its rows are not known yet. */
  tick(nowMicros: number, active: boolean, inWork: boolean): void {
    if (this.batches % 16 === 0 || Number.isNaN(this.#median)) this.#median = this.batchPercentile(0.5);
    if (!active) return;
    const at = nowMicros - 1;
    if (!inWork) for (const column of ["flowRows", "arrivedRows", "rowsRead", "outputRows", "lateRows", "deadLetters"] as const) this.series.add(column, at, 0);
    if (this.backlogRows !== null) this.series.add("backlogRows", at, this.backlogRows);
    if (!Number.isNaN(this.newestEventMicros)) this.series.add("newestEventBehindMicros", at, nowMicros - this.newestEventMicros);
    if (!Number.isNaN(this.watermarkMicros)) this.series.add("watermarkBehindMicros", at, nowMicros - this.watermarkMicros);
    if (this.stateRows !== null) this.#sampleState(at);
    const rate = this.rate("arrivedRows", nowMicros);
    if (rate !== null && rate > 0) this.lastRate = rate;
  }

  /** Mean per second over the last 10 whole seconds, or those that are known. */
  rate(column: "flowRows" | "arrivedRows" | "outputRows" | "rowsRead" | "batches", nowMicros: number, seconds = 10): number | null {
    const ring = this.series.seconds, first = ring.stepOf(nowMicros) - seconds;
    const known = ring.known(column === "batches" ? "flowRows" : column, first, seconds);
    if (known === 0) return this.batches > 0 && this.batches < 3 && this.#previousDeclared > 0 && column !== "outputRows" && column !== "batches" ? this.#previousDeclared : null;
    const sum = ring.merged(column, first, seconds);
    return (Number.isNaN(sum) ? 0 : sum) / known;
  }

  /** Rows per second of busy time over the last minute; null before the first rows. */
  capacity(nowMicros: number): number | null {
    const ring = this.series.seconds, first = ring.stepOf(nowMicros) - 59;
    const rows = ring.merged("rowsRead", first, 60);
    const busy = (["readMicros", "planMicros", "computeMicros", "commitMicros"] as const).reduce((sum, column) => sum + ring.merged(column, first, 60), 0);
    return rows > 0 && busy > 0 ? rows / busy * 1e6 : null;
  }

  /** Up to when all rows that were read are recorded: while a batch is in work, the end of the one before. */
  knownUntil(nowMicros: number): number {
    return this.query.status().isTriggerActive && !Number.isNaN(this.lastEndMicros) ? this.lastEndMicros : nowMicros;
  }

  /** Of the last 512 batches. */
  batchPercentile(share: number): number {
    const count = Math.min(this.batches, durationsKept);
    if (count === 0) return NaN;
    const sorted = this.#durations.slice(0, count).sort();
    return sorted[Math.min(count - 1, Math.max(0, Math.ceil(count * share) - 1))]!;
  }

  /** Mean backlog of each of the last `count` 10 s steps, oldest first. */
  backlogMeans(nowMicros: number, count: number): (number | null)[] {
    const ring = this.series.seconds, end = ring.stepOf(nowMicros);
    return Array.from({ length: count }, (_, i) => {
      const first = end - (count - i) * 10;
      let sum = 0, known = 0;
      for (let step = first; step < first + 10; step++) {
        const value = ring.get("backlogRows", step);
        if (!Number.isNaN(value)) { sum += value; known++; }
      }
      return known === 0 ? null : sum / known;
    });
  }

  /** Event time that the watermark gained per second of clock over the last 30 s; null if it is not known. */
  watermarkSpeed(nowMicros: number): number | null {
    const first = this.#watermarks.find(([at]) => at >= nowMicros - 30e6), last = this.#watermarks.at(-1);
    if (first === undefined || last === undefined || nowMicros - first[0] < 2e6) return null;
    return (last[1] - first[1]) / (nowMicros - first[0]);
  }

  /** What a watermark is behind when all is well: the delay and the usual time on the way. */
  usualTimeOnTheWay(nowMicros: number): number | null {
    const ring = this.series.tens, end = ring.stepOf(nowMicros), values: number[] = [];
    for (let step = end - 90; step <= end; step++) {
      const value = ring.get("newestEventBehindMicros", step);
      if (!Number.isNaN(value)) values.push(value);
    }
    if (values.length === 0) return null;
    return Math.max(0, values.sort((a, b) => a - b)[values.length >> 2]!);
  }

  /** Exact totals of the last hour, in steps of 10 s. */
  lastHour(nowMicros: number): Totals {
    const ring = this.series.tens, steps = accountSeconds / 10, first = ring.stepOf(nowMicros) - steps + 1;
    const sum = (column: Parameters<typeof ring.merged>[0]) => {
      const value = ring.merged(column, first, steps);
      return Number.isNaN(value) ? 0 : value;
    };
    const expectations: Record<string, number> = {};
    for (const [name, { steps: held, values }] of this.#expectations) {
      const oldest = Math.floor(nowMicros / expectationStepMicros) - expectationSteps;
      expectations[name] = held.reduce((total, step, i) => step > oldest ? total + values[i]! : total, 0);
    }
    return {
      rowsRead: sum("rowsRead"), filteredRows: sum("filteredRows"), lateRows: sum("lateRows"), deadLetters: sum("deadLetters"), keptRows: sum("keptRows"),
      outputRows: sum("outputRows"), keptKnown: this.#keptMissingMicros < nowMicros - accountSeconds * 1e6, expectations,
    };
  }

  /** Batches for a reader: the newest, the slowest of the last hour, or those that tell something. */
  batchesBy(order: "notable" | "newest" | "slowest", limit: number, before = Infinity): BatchFacts[] {
    const byId = (list: readonly BatchFacts[]) => [...list].filter(batch => batch.batchId < before).sort((a, b) => b.batchId - a.batchId);
    if (order === "newest") return byId(this.newest).slice(0, limit);
    if (order === "slowest") return [...this.slowest].filter(batch => batch.batchId < before).sort((a, b) => b.totalMicros - a.totalMicros).slice(0, limit);
    const chosen = new Map<number, BatchFacts>();
    const choose = (batch: BatchFacts | undefined) => { if (batch !== undefined && chosen.size < limit) chosen.set(batch.batchId, batch); };
    const newest = byId(this.newest), notable = byId(this.notable);
    newest.slice(0, 2).forEach(choose);
    choose(notable.find(batch => (batch.rowsOut ?? 0) > 0));
    choose(notable.find(batch => batch.lateRows > 0 || batch.deadLetters > 0));
    choose(byId(this.slowest).sort((a, b) => b.totalMicros - a.totalMicros)[0]);
    notable.forEach(choose);
    newest.forEach(choose);
    return byId([...chosen.values()]);
  }

  #keep(batch: BatchFacts, nowMicros: number): void {
    push(this.newest, batch, newestKept);
    const lean: BatchFacts = { ...batch, progress: null };
    const slow = this.batches >= 64 && batch.totalMicros > 4 * this.#median;
    if ((batch.rowsOut ?? 0) > 0 || batch.lateRows > 0 || batch.deadLetters > 0 || slow) push(this.notable, lean, notableKept);
    const oldest = nowMicros - accountSeconds * 1e6;
    if (this.slowest.length < slowestKept || batch.totalMicros > this.slowest.at(-1)!.totalMicros || this.slowest.some(kept => kept.startedAtMicros < oldest)) {
      this.slowest = [...this.slowest.filter(kept => kept.startedAtMicros >= oldest), lean].sort((a, b) => b.totalMicros - a.totalMicros).slice(0, slowestKept);
    }
    if (slow) this.#markSlow(batch, nowMicros);
  }

  /** One mark a minute, moved to the worst batch of that minute. */
  #markSlow(batch: BatchFacts, nowMicros: number): void {
    const phase = ([["commitMicros", "commit"], ["computeMicros", "compute"], ["readMicros", "read"], ["planMicros", "plan"]] as const)
      .reduce((most, next) => batch[next[0]] > batch[most[0]] ? next : most)[1];
    const sink = this.query.lastProgress()?.sink.description.split("[")[0] ?? "sink";
    const text = phase === "commit" ? `${sink} slow` : `slow ${phase}`;
    const mark: Mark = { atMicros: nowMicros, kind: "slowBatch", text: `${text}, worst batch ${(batch.totalMicros / 1e3).toFixed(1)}\u00a0ms` };
    const worst = this.#worstMark;
    if (worst !== null && nowMicros - worst.batch.startedAtMicros < 60e6) {
      if (batch.totalMicros <= worst.batch.totalMicros) return;
      this.marks.splice(this.marks.indexOf(worst.mark), 1);
    }
    push(this.marks, mark, 50);
    this.#worstMark = { batch, mark };
  }

  #watermark(watermark: number, nowMicros: number): void {
    this.watermarkMicros = watermark;
    const last = this.#watermarks.at(-1);
    if (last !== undefined && nowMicros - last[0] < 500e3) last[1] = watermark;
    else this.#watermarks.push([nowMicros, watermark]);
    while (this.#watermarks.length > 80) this.#watermarks.shift();
  }

  #sampleState(micros: number): void {
    this.series.add("stateRowsMin", micros, this.stateRows!);
    this.series.add("stateRowsMax", micros, this.stateRows!);
    this.series.add("stateBytesMin", micros, this.stateBytes!);
    this.series.add("stateBytesMax", micros, this.stateBytes!);
  }

  #expectation(name: string, count: number, nowMicros: number): void {
    let kept = this.#expectations.get(name);
    if (kept === undefined) {
      if (this.#expectations.size >= expectationsKept && name !== "(others)") return this.#expectation("(others)", count, nowMicros);
      kept = { steps: new Float64Array(expectationSteps).fill(-1), values: new Float64Array(expectationSteps) };
      this.#expectations.set(name, kept);
    }
    const step = Math.floor(nowMicros / expectationStepMicros), place = step % expectationSteps;
    if (kept.steps[place] !== step) { kept.steps[place] = step; kept.values[place] = 0; }
    kept.values[place]! += count;
  }
}

/** All records of a process; feed it from each query's progress. */
export class Recorder {
  readonly #records = new Map<string, QueryRecord>();

  /** The record of this run, made when it is met first. */
  of(query: QueryView): QueryRecord {
    let record = this.#records.get(query.runId);
    if (record === undefined) {
      record = new QueryRecord(query);
      this.#records.set(query.runId, record);
    }
    return record;
  }

  record(query: QueryView, progress: StreamingQueryProgress, nowMicros: number): void {
    this.of(query).record(progress, nowMicros);
  }

  forget(runId: string): void { this.#records.delete(runId); }
  all(): QueryRecord[] { return [...this.#records.values()]; }
}

const emptyTotals = (): Totals => ({ rowsRead: 0, filteredRows: 0, lateRows: 0, deadLetters: 0, keptRows: 0, outputRows: 0, keptKnown: true, expectations: {} });

function push<T>(list: T[], item: T, most: number): void {
  list.push(item);
  if (list.length > most) list.shift();
}

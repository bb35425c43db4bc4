/** The engine in this process as the live page sees it. */
import { readFileSync } from "node:fs";
import { packageFile } from "../base/package-root.ts";
import type { LocalEngine } from "../api/local/local-engine.ts";
import type { StartedQuery } from "../api/local/stream-starter.ts";
import type { StreamExecution } from "../stream/stream-execution.ts";
import type { Cell } from "../types/cell.ts";
import { cellText } from "../types/cell-text.ts";
import { typeToSql, type DataType, type StructType } from "../types/data-type.ts";
import { findTimeZone } from "../types/time-zone.ts";
import type { AboutFacts, CheckpointFacts, DeadLetterFacts, EndFacts, EngineProcessFacts, EngineView, EventTimeFacts, LaneFacts, OperatorGraph, OutputRows, QueryEvent, QueryStatus, QueryView, SinkFacts, SourceFacts, StateRowsRequest, StreamingQueryProgress } from "./engine-view.ts";
import type { StateJson } from "./api-types.ts";
import { redactOptions } from "./redact.ts";
import { calendarWindows, type CalendarWindowSpec } from "../eval/calendar-cells.ts";
import type { TimeWindowCall } from "../plan/resolved.ts";
import { StreamAsofJoin } from "../operators/stream-asof-join.ts";
import { StreamJoin } from "../operators/stream-join.ts";
import { findWindow } from "./plan-facts.ts";

const UTC = findTimeZone("UTC")!;

export function localEngineView(engine: LocalEngine): EngineView {
  const views = new Map<StartedQuery, LocalQueryView>(), listeners = new Set<() => void>();
  const about: AboutFacts = { version: packageVersion(), startedAtMicros: Math.round(performance.timeOrigin * 1000), timeZone: engine.sqlSettings.timeZone };
  engine.streams.observe(query => {
    views.set(query, new LocalQueryView(query));
    for (const listener of listeners) listener();
  });
  return {
    about,
    process: (): EngineProcessFacts => ({ workers: 1 }),
    queries: () => engine.streams.queries.map(query => views.get(query)!).filter(view => view !== undefined),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

class LocalQueryView implements QueryView {
  readonly id: string;
  readonly name: string | null;
  readonly outputMode: QueryView["outputMode"];
  readonly trigger: string;
  readonly triggerIntervalMicros: number;
  readonly startedAtMicros: number;
  readonly restarts: number;
  readonly checkpointPath: string | null;
  readonly guarantee: QueryView["guarantee"];
  readonly options: Readonly<Record<string, string>>;
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  readonly sqlText = null;
  readonly #query: StartedQuery;
  readonly #execution: StreamExecution;
  readonly #window: TimeWindowCall | undefined;
  readonly #rates = new Map<number, { readonly atMicros: number; readonly rows: number }[]>();
  readonly #lastRowMicros = new Map<number, number>();
  /** Batches of the last hour that had late rows. */
  readonly #late: { readonly atMicros: number; readonly rows: number }[] = [];
  #endMicros: number | null = null;
  #lastBatchMicros = 0;
  #stats: { readonly min: number; readonly max: number } | undefined;
  #commits: number[] = [];
  /** Sums at each batch of the last ten seconds, oldest first. */
  readonly #samples: { readonly atMicros: number; readonly rows: readonly number[]; readonly millis: readonly number[]; readonly addBatchMillis: number; readonly commitMillis: number; readonly rowsOut: number }[] = [];
  #addBatchMillis = 0;
  #commitMillis = 0;
  #rowsOut = 0;

  constructor(query: StartedQuery) {
    const execution = query.execution, { trigger } = execution.options;
    this.#query = query;
    this.#execution = execution;
    this.id = execution.id;
    this.name = execution.options.name;
    this.outputMode = execution.options.outputMode;
    this.trigger = trigger.kind === "processingTime" ? `every ${trigger.intervalMicros / 1e6} s` : trigger.kind === "default" ? "when data arrives" : trigger.kind === "once" ? "once" : "over what is available";
    this.triggerIntervalMicros = trigger.kind === "processingTime" ? trigger.intervalMicros : 0;
    this.startedAtMicros = execution.startedMicros;
    this.restarts = Math.max(0, (execution.checkpoint?.epoch ?? 1) - 1);
    this.checkpointPath = execution.checkpoint?.path ?? null;
    this.guarantee = guaranteeOf(execution);
    this.options = redactOptions(query.start.options);
    this.schema = execution.schema.fields.map(field => ({ name: field.name, type: typeToSql(field.type) }));
    this.#window = findWindow(query.plan);
    query.observers.add({ progress: progress => this.#took(progress), terminated: () => { this.#endMicros = execution.options.clock.nowMicros(); } });
  }

  get runId(): string { return this.#execution.runId; }
  state(): ReturnType<QueryView["state"]> { return this.#execution.state; }
  status(): QueryStatus { return this.#execution.status; }
  lastProgress(): StreamingQueryProgress | null { return withBacklog(this.#execution.lastProgress); }
  recentProgress(): readonly StreamingQueryProgress[] { return this.#execution.recentProgress.map(progress => withBacklog(progress)!); }
  plan(): string { return this.#execution.physical?.description.join("\n") ?? ""; }

  end(): EndFacts | null {
    if (this.#execution.isActive) return null;
    const { error } = this.#execution;
    return {
      atMicros: this.#endMicros ?? this.#execution.options.clock.nowMicros(), batchId: this.#execution.batchId,
      exception: error === null ? null : { condition: error.condition, sqlState: error.sqlState, message: error.text, messageParameters: error.messageParameters, queryContext: error.queryContext, hint: error.hint },
    };
  }

  operators(): OperatorGraph | null {
    const { physical, sources, schema } = this.#execution;
    if (physical === undefined) return null;
    const from = this.#samples[0], seconds = from === undefined ? 0 : (this.#execution.options.clock.nowMicros() - from.atMicros) / 1e6;
    const since = (now: number, then: number | undefined) => (seconds <= 0 ? 0 : Math.max(0, now - (then ?? 0)) / seconds);
    const meters = physical.meters.map(({ meter, next }, i) => ({ ...meter.label, next, rows: since(meter.rows, from?.rows[i]), millis: since(meter.millis, from?.millis[i]) }));
    const sinkId = sources.length + meters.length;
    const stateful = physical.stateful.filter(operator => !(operator instanceof StreamJoin || operator instanceof StreamAsofJoin));
    const feeders = meters.map((_, i) => i).filter(i => !meters.some(meter => meter.next === i));
    const readMillis = since(this.#addBatchMillis, from?.addBatchMillis) - feeders.reduce((sum, i) => sum + meters[i]!.millis, 0);
    const operators = [
      ...sources.map(({ table, source }, i) => ({ id: i, kind: "scan", title: `Read ${shortName(table.name)}`, detail: source.replayable ? "can be read again" : "can't be read again", busy: share(readMillis / sources.length), waiting: 0, stateRows: null })),
      ...meters.map((meter, i) => ({
        id: sources.length + i, kind: meter.kind, title: meter.title, detail: meter.detail, waiting: 0,
        busy: share(meter.millis - (meters[meter.next]?.millis ?? 0)),
        stateRows: meter.kind === "aggregate" || meter.kind === "deduplicate" || meter.kind === "program" ? stateful.shift()?.metrics().rowsTotal ?? null : null,
      })),
      { id: sinkId, kind: "sink", title: `Write ${this.#query.sink.description.replace(/\[.*$/s, "")}`, detail: schema.fields.map(field => field.name).join(", "), busy: share(since(this.#commitMillis, from?.commitMillis)), waiting: 0, stateRows: null },
    ];
    const outRate = since(this.#rowsOut, from?.rowsOut);
    const edges = [
      ...sources.map((_, i) => ({ from: i, to: feeders.length === 0 ? sinkId : sources.length + feeders[Math.min(i, feeders.length - 1)]!, rowsPerSecond: this.#rate(i) })),
      ...meters.map((meter, i) => ({ from: sources.length + i, to: meter.next < 0 ? sinkId : sources.length + meter.next, rowsPerSecond: meter.next < 0 ? outRate : meters[meter.next]!.rows })),
    ];
    return { operators, edges };
  }

  eventTime(): EventTimeFacts | null {
    const { watermarks } = this.#execution;
    if (watermarks.length === 0) return null;
    const micros = (iso: string | undefined) => (iso === undefined ? null : Date.parse(iso) * 1000);
    const used = micros(this.#execution.lastProgress?.eventTime.watermark), next = this.#execution.watermarkMillis;
    const many = watermarks.length > 1;
    const lanes: LaneFacts[] = watermarks.map((operator, i) => ({
      source: Math.min(i, this.#execution.sources.length - 1), sourceName: shortName(this.#execution.sources[Math.min(i, this.#execution.sources.length - 1)]!.table.name), partition: null,
      newestMicros: operator.greatestMillis === null ? null : operator.greatestMillis * 1000,
      p5Micros: many || this.#stats === undefined ? null : this.#stats.min * 1000, p95Micros: many || this.#stats === undefined ? null : this.#stats.max * 1000,
      rowsPerSecond: this.#rate(i), lateRows: this.#late.reduce((sum, one) => sum + one.rows, 0), lastRowMicros: this.#lastRowMicros.get(i) ?? null,
    }));
    return {
      policy: this.#execution.watermarkPolicy, watermarkMicros: used, nextMicros: next === null || next * 1000 === used ? null : next * 1000,
      delayMicros: Math.max(...watermarks.map(operator => operator.delayMicros)), lanes,
      windowLengthMicros: this.#window?.sizeMicros ?? null, windowSlideMicros: this.#window?.slideMicros ?? null,
      windows: this.#windows(used, lanes[0]?.newestMicros ?? null), lateness: null,
    };
  }

  sources(): readonly SourceFacts[] {
    return this.#execution.sources.map(({ source, table, position }, i) => ({
      system: source.description.replace(/\[.*$/s, ""), name: shortName(table.name), detail: source.replayable ? "can be read again" : "can't be read again", partitions: 1,
      position: position === null || position === undefined ? "start" : short(JSON.stringify(position)), rowsPerSecond: this.#rate(i),
      backlogRows: backlog(this.#execution, i), oldestMicros: null, fetchP99Micros: null, guarantee: source.replayable ? "replays" : "at most once", lastRowMicros: this.#lastRowMicros.get(i) ?? null,
    }));
  }

  sinks(): readonly SinkFacts[] {
    const { sink } = this.#query, sorted = [...this.#commits].sort((a, b) => a - b);
    return [{
      system: sink.description.replace(/\[.*$/s, ""), name: /\[(.*)\]$/s.exec(sink.description)?.[1] ?? "", detail: sink.sinkClass, position: `batch ${this.#execution.batchId - 1}`,
      rowsPerSecond: null, commitP99Micros: sorted.length === 0 ? null : sorted[Math.floor(sorted.length * 0.99)]!, guarantee: sink.guarantee, options: this.options,
    }];
  }

  rows(limit: number): OutputRows | null {
    const { tap, schema } = this.#execution;
    if (tap.batchId < 0) return null;
    return {
      schema: this.schema, batchId: tap.batchId, atMicros: this.#lastBatchMicros, batchRows: tap.batchRows, seq: tap.seq,
      rows: tap.rows.slice(-limit).map(row => row.map((cell, i) => jsonCell(cell, schema.fields[i]!.type))),
    };
  }

  async stateRows(request: StateRowsRequest): Promise<StateJson> {
    const { key, value, rows, next, ...page } = await this.#execution.readState(request);
    const columns = (schema: StructType) => schema.fields.map(field => ({ name: field.name, type: typeToSql(field.type) }));
    const cells = (schema: StructType, row: readonly Cell[]) => row.map((cell, i) => jsonCell(cell, schema.fields[i]!.type));
    return {
      ...page, keySchema: columns(key), valueSchema: columns(value), next: next ?? null,
      rows: rows.map(row => ({ key: cells(key, row.key), value: cells(value, row.value), partition: row.partition })),
    };
  }

  checkpoint(): CheckpointFacts | null {
    const { checkpoint, batchId } = this.#execution;
    if (checkpoint?.path === undefined) return null;
    const status = checkpoint.status(), last = this.#execution.lastProgress;
    const durations = last?.millrace.durationMicros, end = this.#lastBatchMicros;
    const records = durations === undefined ? [] : [
      { name: "computed", atMicros: end - durations.walCommit - durations.sinkCommit - durations.commitOffsets }, { name: "durable", atMicros: end - durations.sinkCommit - durations.commitOffsets },
      { name: "delivered", atMicros: end - durations.commitOffsets },
    ];
    return {
      epoch: checkpoint.epoch, records, nextBatchId: batchId, resumeMicros: null, snapshotBytes: null, snapshotAtMicros: null, changesToApply: status.batchesSinceSnapshot,
      rowsToReadAgain: 0, diskBytes: null, batchesKept: batchId - Math.max(0, status.horizon), fsyncP99Micros: null,
    };
  }

  deadLetters(): DeadLetterFacts | null {
    const { deadLetters } = this.#execution.options, reasons = new Map<string, { count: number; lastMicros: number }>();
    for (const letter of deadLetters.newest) {
      const known = reasons.get(letter.reason) ?? { count: 0, lastMicros: 0 };
      reasons.set(letter.reason, { count: known.count + 1, lastMicros: Date.parse(letter.at) * 1000 });
    }
    return {
      reasons: [...reasons].map(([reason, facts]) => ({ reason, ...facts })), path: deadLetters.path ?? null,
      newest: deadLetters.newest.map(letter => ({ reason: "MALFORMED_RECORD", atMicros: Date.parse(letter.at) * 1000, place: `${letter.origin} @ ${letter.offset}`, raw: letter.raw.slice(0, 1000), message: letter.reason })),
    };
  }

  watch({ rows }: { readonly rows: boolean; readonly detail: boolean }): void { this.#execution.tap.isOn = rows; }

  subscribe(listener: (event: QueryEvent) => void): () => void {
    const observer = {
      progress: (progress: StreamExecution["recentProgress"][number]) => {
        listener({ kind: "progress", progress: withBacklog(progress)! });
        if (progress.sink.numOutputRows > 0) listener({ kind: "rows" });
      },
      terminated: () => {
        const state = this.#execution.state;
        listener({ kind: "lifecycle", what: state === "failed" || state === "finished" ? state : "stopped" });
      },
    };
    this.#query.observers.add(observer);
    return () => { this.#query.observers.delete(observer); };
  }

  async stop({ drain }: { readonly drain: boolean }): Promise<void> { await this.#query.handle.stop(drain); }

  #took(progress: StreamExecution["recentProgress"][number]): void {
    const now = this.#execution.options.clock.nowMicros();
    this.#lastBatchMicros = now;
    if (progress.millrace.lateRows > 0) this.#late.push({ atMicros: now, rows: progress.millrace.lateRows });
    while (this.#late.length > 0 && now - this.#late[0]!.atMicros > HOUR_MICROS) this.#late.shift();
    this.#addBatchMillis += progress.millrace.durationMicros.addBatch / 1000;
    this.#commitMillis += progress.millrace.durationMicros.sinkCommit / 1000;
    this.#rowsOut += progress.sink.numOutputRows;
    const meters = this.#execution.physical?.meters ?? [];
    this.#samples.push({ atMicros: now, rows: meters.map(({ meter }) => meter.rows), millis: meters.map(({ meter }) => meter.millis), addBatchMillis: this.#addBatchMillis, commitMillis: this.#commitMillis, rowsOut: this.#rowsOut });
    while (this.#samples.length > 1 && now - this.#samples[0]!.atMicros > RATE_MICROS) this.#samples.shift();
    this.#commits.push(progress.millrace.durationMicros.sinkCommit);
    if (this.#commits.length > 500) this.#commits.shift();
    if (progress.eventTime.min !== undefined && progress.eventTime.max !== undefined) this.#stats = { min: Date.parse(progress.eventTime.min), max: Date.parse(progress.eventTime.max) };
    progress.sources.forEach((source, i) => {
      const history = this.#rates.get(i) ?? [];
      history.push({ atMicros: now, rows: source.numInputRows });
      while (history.length > 0 && now - history[0]!.atMicros > RATE_MICROS) history.shift();
      this.#rates.set(i, history);
      if (source.numInputRows > 0) this.#lastRowMicros.set(i, now);
    });
  }

  #rate(source: number): number {
    const now = this.#execution.options.clock.nowMicros(), history = (this.#rates.get(source) ?? []).filter(one => now - one.atMicros <= RATE_MICROS);
    return history.reduce((sum, one) => sum + one.rows, 0) / (RATE_MICROS / 1e6);
  }

  /** The newest window that the watermark has closed, and those after it up to the newest event, with their groups in the state if it is small. */
  #windows(watermark: number | null, newest: number | null): EventTimeFacts["windows"] {
    const window = this.#window;
    if (window === undefined || watermark === null || newest === null || watermark <= 0) return [];
    const { sizeMicros: size, slideMicros: slide, startMicros: shift } = window;
    const aggregate = this.#execution.physical?.stateful.find(operator => operator.windowCounts !== undefined);
    const counts = new Map(aggregate !== undefined && aggregate.metrics().rowsTotal <= MAX_COUNTED_GROUPS ? aggregate.windowCounts!(64).map(one => [one.endMicros, one.groups]) : []);
    if (window.timeZone !== undefined) return daysOf({ ...window, timeZone: window.timeZone }, watermark, newest, counts);
    const first = Math.floor((watermark - shift - size) / slide) * slide + shift, windows: EventTimeFacts["windows"][number][] = [];
    for (let start = first; start <= newest && windows.length < 8; start += slide) {
      const end = start + size;
      windows.push({ startMicros: start, endMicros: end, rows: counts.get(end) ?? 0, state: end <= watermark ? "out" : windows.some(one => one.state === "next") ? "fills" : "next" });
    }
    return windows;
  }
}

/** As #windows, where windows are days of a zone. */
function daysOf(window: CalendarWindowSpec, watermark: number, newest: number, counts: ReadonlyMap<number, number>): EventTimeFacts["windows"] {
  const days = calendarWindows(window), found: EventTimeFacts["windows"][number][] = [];
  for (let number = days.at(BigInt(Math.floor(watermark - window.sizeMicros))).number; found.length < 8; number++) {
    const { from, to } = days.window(number), startMicros = Number(from), endMicros = Number(to);
    if (startMicros > newest) break;
    found.push({ startMicros, endMicros, rows: counts.get(endMicros) ?? 0, state: endMicros <= watermark ? "out" : found.some(one => one.state === "next") ? "fills" : "next" });
  }
  return found;
}

const RATE_MICROS = 10_000_000, HOUR_MICROS = 3_600_000_000;
/** Larger states are not walked through for the page. */
const MAX_COUNTED_GROUPS = 20_000;
const share = (millisPerSecond: number): number => Math.min(1, Math.max(0, millisPerSecond / 1000));

function withBacklog(progress: StreamExecution["recentProgress"][number] | null): StreamingQueryProgress | null {
  if (progress === null) return null;
  const { lagRows, ...millrace } = progress.millrace;
  return { ...progress, millrace: { ...millrace, durationMicros: { ...millrace.durationMicros }, ...(lagRows !== null && { backlogRows: lagRows }) } };
}

function backlog(execution: StreamExecution, source: number): number | null {
  void source;
  return execution.lastProgress?.millrace.lagRows ?? null;
}

function guaranteeOf(execution: StreamExecution): QueryView["guarantee"] {
  const lossy = execution.sources.find(({ source }) => !source.replayable);
  if (lossy !== undefined) return { kind: "at most once", reason: `${lossy.table.name} can't be read again: rows that were read when the process died are lost` };
  const kind = execution.guarantee;
  if (execution.checkpoint?.path === undefined) return { kind: "at most once", reason: "without a checkpoint nothing is remembered over a restart" };
  return { kind, reason: kind === "exactly once" ? "sources replay, and the sink knows what it has" : `the sink ${execution.options.sink.description} may get a batch again after a crash, with the same content and id` };
}

/** A value as section "JSON API" of docs/live-page.md writes it. */
function jsonCell(cell: Cell, type: DataType): unknown {
  if (cell === null) return null;
  switch (type.kind) {
    case "boolean": case "tinyint": case "smallint": case "int": return cell;
    case "float": case "double": return Number.isFinite(cell) ? cell : String(cell);
    case "binary": return Buffer.from(cell as Uint8Array).toString("base64");
    case "timestamp": return cellText(type, cell, UTC).replace(" ", "T") + "Z";
    case "struct": return (cell as readonly Cell[]).map((one, i) => jsonCell(one, type.fields[i]!.type));
    default: return cellText(type, cell, UTC);
  }
}

/** The last part of a path: what a person calls a source. */
const shortName = (name: string): string => /`(.*)`$/s.exec(name)?.[1]?.split("/").filter(part => part !== "").at(-1) ?? name;

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}

/**
 * An engine that follows a script: queries whose progress a test writes, batch by batch, on its own clock. It computes nothing
 * that the page shows but what a real runner would count.
 */
import type {
  CheckpointFacts, CurrentBatch, DeadLetterFacts, EndFacts, EngineProcessFacts, EngineView, ErrorFacts, EventTimeFacts, LifeState, OperatorGraph, OutputRows,
  QueryEvent, QueryStatus, QueryView, SinkFacts, SourceFacts, StreamingQueryProgress,
} from "../../../src/server/engine-view.ts";
import { iso } from "../../../src/server/format.ts";
import type { ManualClock } from "./manual-clock.ts";

export class ScriptedEngine implements EngineView {
  readonly clock: ManualClock;
  readonly about;
  readonly list: ScriptedQuery[] = [];
  facts: EngineProcessFacts = { workers: 4 };
  readonly #listeners = new Set<() => void>();

  constructor(clock: ManualClock, timeZone = "UTC") {
    this.clock = clock;
    this.about = { version: "0.1.0", startedAtMicros: clock.nowMicros(), timeZone };
  }

  process(): EngineProcessFacts { return this.facts; }
  queries(): readonly QueryView[] { return this.list; }
  get listeners(): number { return this.#listeners.size; }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(setup: QuerySetup): ScriptedQuery {
    const query = new ScriptedQuery(this.clock, setup);
    this.list.push(query);
    for (const listener of this.#listeners) listener();
    return query;
  }

  remove(query: ScriptedQuery): void {
    this.list.splice(this.list.indexOf(query), 1);
    for (const listener of this.#listeners) listener();
  }
}

export interface QuerySetup {
  readonly name: string | null;
  readonly id?: string;
  readonly source?: string;
  readonly sink?: string;
  readonly trigger?: string;
  readonly triggerIntervalMicros?: number;
  readonly startedAtMicros?: number;
  readonly restarts?: number;
  readonly lastRestartMicros?: number;
  readonly checkpointPath?: string | null;
  readonly options?: Readonly<Record<string, string>>;
  readonly stateLimitBytes?: number;
  readonly sqlText?: string;
  readonly planText?: string;
  readonly firstBatchId?: number;
  readonly guarantee?: QueryView["guarantee"];
}

/** What one batch did. */
export interface BatchScript {
  readonly rows: number;
  /** -1: the sink doesn't say. */
  readonly out?: number;
  readonly micros?: Readonly<Partial<Record<"latestOffset" | "getBatch" | "queryPlanning" | "addBatch" | "sinkCommit" | "walCommit" | "commitOffsets", number>>>;
  readonly late?: number;
  readonly dead?: number;
  readonly filtered?: number;
  readonly kept?: number;
  readonly expectations?: Readonly<Record<string, number>>;
  readonly backlog?: number;
  readonly state?: { readonly rows: number; readonly bytes: number };
  readonly newestMicros?: number;
  readonly oldestMicros?: number;
  readonly watermarkMicros?: number;
}

let made = 0;

export class ScriptedQuery implements QueryView {
  readonly id: string;
  readonly runId: string;
  readonly name;
  readonly outputMode = "append";
  readonly trigger;
  readonly triggerIntervalMicros;
  readonly startedAtMicros;
  readonly restarts;
  readonly lastRestartMicros;
  readonly checkpointPath;
  readonly guarantee;
  readonly options;
  readonly schema = [{ name: "machine_id", type: "STRING" }, { name: "n", type: "BIGINT" }];
  readonly stateLimitBytes;
  readonly sqlText;
  life: LifeState = "starting";
  ended: EndFacts | null = null;
  current: CurrentBatch | null = null;
  load: { stateBytes: number; leftMicros?: number } | null = null;
  graph: OperatorGraph | null = null;
  time: EventTimeFacts | null = null;
  inputs: SourceFacts[] | null = null;
  outputs: SinkFacts[] | null = null;
  output: OutputRows | null = null;
  facts: CheckpointFacts | null = null;
  letters: DeadLetterFacts | null = null;
  batchId: number;
  seenWatch: { rows: boolean; detail: boolean } | null = null;
  stops: { drain: boolean }[] = [];
  readonly setup: QuerySetup;
  readonly #clock: ManualClock;
  readonly #recent: StreamingQueryProgress[] = [];
  readonly #listeners = new Set<(event: QueryEvent) => void>();
  #lastEnd: number;

  constructor(clock: ManualClock, setup: QuerySetup) {
    const number = String(++made).padStart(12, "0");
    this.#clock = clock;
    this.setup = setup;
    this.id = setup.id ?? `5f0c6c1e-8a59-4b7e-9d3b-${number}`;
    this.runId = `7c1f09d2-3c7b-4f6d-8f0e-${number}`;
    this.name = setup.name;
    this.trigger = setup.trigger ?? "when data arrives";
    this.triggerIntervalMicros = setup.triggerIntervalMicros ?? 0;
    this.startedAtMicros = setup.startedAtMicros ?? clock.nowMicros();
    this.restarts = setup.restarts ?? 0;
    this.checkpointPath = setup.checkpointPath ?? null;
    this.guarantee = setup.guarantee ?? { kind: "exactly once" as const, reason: "the sink keeps the batch id in its transaction" };
    this.options = setup.options ?? {};
    this.sqlText = setup.sqlText ?? null;
    this.stateLimitBytes = setup.stateLimitBytes ?? 2_000_000_000;
    this.batchId = setup.firstBatchId ?? 0;
    this.#lastEnd = clock.nowMicros();
    this.lastRestartMicros = setup.lastRestartMicros ?? this.startedAtMicros;
  }

  get listeners(): number { return this.#listeners.size; }
  state(): LifeState { return this.life; }
  end(): EndFacts | null { return this.ended; }
  status(): QueryStatus {
    const active = this.ended === null;
    return { message: active ? "Processing new data" : "Stopped", isDataAvailable: active, isTriggerActive: this.current !== null };
  }
  lastProgress(): StreamingQueryProgress | null { return this.#recent.at(-1) ?? null; }
  recentProgress(): readonly StreamingQueryProgress[] { return this.#recent; }
  currentBatch(): CurrentBatch | null { return this.current; }
  loading(): { stateBytes: number; leftMicros?: number } | null { return this.load; }
  operators(): OperatorGraph | null { return this.graph; }
  eventTime(): EventTimeFacts | null { return this.time; }
  sources(): readonly SourceFacts[] { return this.inputs ?? []; }
  sinks(): readonly SinkFacts[] { return this.outputs ?? []; }
  rows(limit: number): OutputRows | null { return this.output === null ? null : { ...this.output, rows: this.output.rows.slice(-limit) }; }
  checkpoint(): CheckpointFacts | null { return this.facts; }
  deadLetters(): DeadLetterFacts | null { return this.letters; }
  plan(): string | null { return this.setup.planText ?? null; }
  watch(what: { rows: boolean; detail: boolean }): void { this.seenWatch = what; }
  async stop(options: { drain: boolean }): Promise<void> {
    this.stops.push(options);
    this.finish("stopped");
  }

  subscribe(listener: (event: QueryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A batch has just ended. */
  batch(script: BatchScript): StreamingQueryProgress {
    const now = this.#clock.nowMicros();
    const micros = { latestOffset: 40, getBatch: 300, queryPlanning: 90, addBatch: 2_150, sinkCommit: 630, walCommit: 410, commitOffsets: 110, ...script.micros };
    const trigger = micros.latestOffset + micros.getBatch + micros.queryPlanning + micros.addBatch + micros.walCommit + micros.commitOffsets;
    const start = now - trigger, interval = Math.max(1, now - this.#lastEnd);
    const durationMs = Object.fromEntries(Object.entries({ ...micros, triggerExecution: trigger }).filter(([name]) => name !== "sinkCommit").map(([name, value]) => [name, Math.round(value / 1e3)]));
    const perSecond = script.rows / interval * 1e6, processed = script.rows / trigger * 1e6;
    const progress: StreamingQueryProgress = {
      id: this.id, runId: this.runId, name: this.name, timestamp: iso(start), batchId: this.batchId, batchDuration: Math.round(trigger / 1e3), numInputRows: script.rows,
      inputRowsPerSecond: perSecond, processedRowsPerSecond: processed, durationMs,
      ...(script.watermarkMicros === undefined ? {} : { eventTime: {
        ...(script.rows > 0 && script.newestMicros !== undefined ? { avg: iso(script.newestMicros - 700_000), max: iso(script.newestMicros), min: iso(script.oldestMicros ?? script.newestMicros - 2e6) } : {}),
        watermark: iso(script.watermarkMicros),
      } }),
      stateOperators: script.state === undefined ? [] : [{ operatorName: "stateStoreSave", numRowsTotal: script.state.rows, numRowsUpdated: Math.min(script.rows, script.state.rows), memoryUsedBytes: script.state.bytes, numRowsDroppedByWatermark: 0 }],
      sources: [{ description: this.setup.source ?? "KafkaV2[Subscribe[telemetry]]", numInputRows: script.rows, inputRowsPerSecond: perSecond, processedRowsPerSecond: processed }],
      sink: { description: this.setup.sink ?? "PostgreSQL[machine_10s]", numOutputRows: script.out ?? 0 },
      millrace: {
        durationMicros: { ...micros, triggerExecution: trigger }, lateRows: script.late ?? 0, deadLetters: script.dead ?? 0, filteredRows: script.filtered ?? 0,
        keptRows: script.kept ?? script.rows - (script.late ?? 0) - (script.dead ?? 0) - (script.filtered ?? 0) - Object.values(script.expectations ?? {}).reduce((sum, count) => sum + count, 0),
        expectations: script.expectations ?? {}, ...(script.backlog === undefined ? {} : { backlogRows: script.backlog }), epoch: 14,
      },
    };
    this.batchId++;
    this.#lastEnd = now;
    this.#recent.push(progress);
    if (this.#recent.length > 100) this.#recent.shift();
    if (this.life === "starting") {
      this.life = "running";
      this.#emit({ kind: "lifecycle", what: "started" });
    }
    this.#emit({ kind: "progress", progress });
    return progress;
  }

  /** Rows reached the sink with the last batch. */
  emitRows(schema: OutputRows["schema"], rows: readonly (readonly unknown[])[], batchRows = rows.length): void {
    const before = this.output;
    this.output = {
      schema, batchId: this.batchId - 1, atMicros: this.#clock.nowMicros(), batchRows, seq: (before?.seq ?? 0) + batchRows, rows: [...(before?.rows ?? []), ...rows].slice(-200),
    };
    this.#emit({ kind: "rows" });
  }

  finish(life: "stopped" | "finished"): void {
    this.life = life;
    this.current = null;
    this.ended = { atMicros: this.#clock.nowMicros(), batchId: this.batchId, exception: null };
    this.#emit({ kind: "lifecycle", what: life });
  }

  fail(exception: ErrorFacts): void {
    this.life = "failed";
    this.current = null;
    this.ended = { atMicros: this.#clock.nowMicros(), batchId: this.batchId, exception };
    this.#emit({ kind: "lifecycle", what: "failed" });
  }

  #emit(event: QueryEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

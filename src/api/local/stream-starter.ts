/** Starts streaming queries: target, checkpoint and trigger become an execution, and the execution a handle of the API. */
import os from "node:os";
import type { Random } from "../../base/clock.ts";
import { AnalysisError, MillraceError, unsupported } from "../../base/errors.ts";
import type { Files } from "../../base/files.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { openTemporaryCheckpoint } from "../../checkpoint/temporary-checkpoint.ts";
import type { Checkpoint } from "../../checkpoint/types.ts";
import { callbackSink } from "../../connectors/callback/callback-sink.ts";
import { cleanPath } from "../../connectors/files/listing.ts";
import { MemorySink } from "../../connectors/memory/memory-sink.ts";
import { openSink } from "../../connectors/registry.ts";
import type { Sink } from "../../io/sink.ts";
import { optimize } from "../../optimize/optimize.ts";
import { schemaOf, type ResolvedRelation } from "../../plan/resolved.ts";
import { DeadLetters } from "../../stream/dead-letters.ts";
import { LateRows } from "../../stream/late-rows.ts";
import { StreamExecution } from "../../stream/stream-execution.ts";
import { formatMillis, type StreamingQueryProgress } from "../../stream/progress.ts";
import type { Trigger } from "../../stream/trigger.ts";
import type { StructType } from "../../types/data-type.ts";
import { durationMicros } from "../../types/duration.ts";
import type { Rows, StreamHandle, StreamObserver, StreamStart } from "../engine.ts";
import { optionsOf } from "../options.ts";
import type { LocalEngine } from "./local-engine.ts";
import { INFERRED_SCHEMAS, recordedSchemas, schemasToRecord, type RecordedSchemas } from "./recorded-schemas.ts";

/** A snapshot of the state is due after so many batches with changes. */
const SNAPSHOT_BATCHES = "spark.sql.streaming.stateStore.minDeltasForSnapshot";

/** A query of this engine with what the page and the command line show of it. */
export interface StartedQuery {
  readonly execution: StreamExecution;
  readonly handle: StreamHandle;
  readonly sink: Sink;
  readonly start: StreamStart;
  readonly plan: ResolvedRelation;
  readonly observers: Set<StreamObserver>;
}

export class StreamStarter {
  readonly #engine: LocalEngine;
  /** Running and ended, oldest first; ended ones are forgotten beyond a hundred. */
  readonly queries: StartedQuery[] = [];
  readonly #onStart = new Set<(query: StartedQuery) => void>();

  constructor(engine: LocalEngine) { this.#engine = engine; }

  /** Tells of each query that starts; those that run are told at once. */
  observe(started: (query: StartedQuery) => void): Disposable {
    this.queries.forEach(started);
    this.#onStart.add(started);
    return { [Symbol.dispose]: () => { this.#onStart.delete(started); } };
  }

  async start(start: StreamStart): Promise<StreamHandle> {
    const engine = this.#engine, settings = engine.sqlSettings, { world } = engine;
    const path = this.#checkpointPath(start), recorded = await this.recordedSchemas(path);
    if (start.restart !== undefined && path === undefined) throw new AnalysisError({
      condition: "MILLRACE_RESTART_NEEDS_CHECKPOINT", sqlState: "42KDE", message: "A query that is to be restarted needs a checkpoint: without one the next run would begin with the first row again.",
      hint: "start({ checkpointLocation: ... }), or checkpointRoot of the session and queryName()",
    });
    const resolved = await engine.resolveStream(start.plan, start.outputMode, recorded);
    const schema = schemaOf(resolved);
    const sink = await this.#sink(start, schema);
    if (!sink.outputModes.includes(start.outputMode)) throw new AnalysisError({
      condition: "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE", sqlState: "42KDE",
      message: `Invalid streaming output mode: ${start.outputMode}. This output mode is not supported in Data Source ${sink.description}.`,
      messageParameters: { outputMode: start.outputMode, className: sink.description }, hint: `it takes ${sink.outputModes.join(", ")}`,
    });
    const observers = new Set<StreamObserver>(), terminated = Promise.withResolvers<void>();
    const { clock, random, files } = world;
    const plan = optimize(resolved, settings);
    const execution = new StreamExecution({
      plan, outputMode: start.outputMode, sink, trigger: triggerOf(start), name: start.queryName, settings, clock, random,
      noDataBatches: engine.setting("spark.sql.streaming.noDataMicroBatches.enabled") !== "false",
      watermarkPolicy: engine.setting("spark.sql.streaming.multipleWatermarkPolicy") === "max" ? "max" : "min",
      shufflePartitions: Number(engine.setting("spark.sql.shuffle.partitions") ?? "1"),
      openCheckpoint: async (query, constants): Promise<Checkpoint> => path === undefined ? openTemporaryCheckpoint({ random, constants, ...steps(engine, start) }) : openCheckpoint({
        files, path, clock, random, query, constants: { ...constants, [INFERRED_SCHEMAS]: schemasToRecord(engine.openedTables(start.plan)) }, host: HOST, ...steps(engine, start),
        retentionBatches: Number(engine.setting("spark.sql.streaming.minBatchesToRetain") ?? "100"),
        ...(engine.setting(SNAPSHOT_BATCHES) !== undefined && { snapshotBatches: Number(engine.setting(SNAPSHOT_BATCHES)) }),
        ...(start.signal && { signal: start.signal }),
      }),
      deadLetters: new DeadLetters({ files, clock, random, path: start.options["deadLetterPath"] ?? (path === undefined ? undefined : `${path}/dead-letters`) }),
      lateRows: lateRowsOf(start, path, world, settings.timeZone), keyColumns: [], sinkFolder: path === undefined ? undefined : `${path}/sink`, restart: start.restart,
      ...(world.onStep && { onStep: (step, batchId) => world.onStep!(start.queryName, step, batchId) }),
      listeners: {
        started: () => {},
        progress: (progress: StreamingQueryProgress) => { for (const observer of observers) observer.progress?.(progress); },
        restarting: event => { for (const observer of observers) observer.restarting?.(event); },
        restarted: () => { for (const observer of observers) observer.restarted?.(execution.runId); },
        idle: () => { for (const observer of observers) observer.idle?.(formatMillis(clock.nowMicros() / 1000)); },
        terminated: error => {
          for (const observer of observers) observer.terminated?.(error);
          terminated.resolve();
        },
      },
    });
    await execution.start();
    const handle = handleOf(execution, engine, start, observers, terminated.promise);
    if (start.queryName !== null && sink instanceof MemorySink) this.#memoryTable(start.queryName, schema, sink);
    start.signal?.addEventListener("abort", () => void execution.stop(), { once: true });
    const query: StartedQuery = { execution, handle, sink, start, plan, observers };
    this.queries.push(query);
    const ended = this.queries.filter(one => !one.execution.isActive);
    if (ended.length > 100) this.queries.splice(this.queries.indexOf(ended[0]!), 1);
    for (const call of this.#onStart) call(query);
    return handle;
  }

  async stopAll(): Promise<void> { await Promise.all(this.queries.filter(query => query.execution.isActive).map(query => query.execution.stop())); }

  /** Schemas that a checkpoint keeps; undefined if it is new. */
  async recordedSchemas(checkpointPath: string | undefined): Promise<RecordedSchemas | undefined> {
    const { files, clock } = this.#engine.world;
    return checkpointPath === undefined ? undefined : recordedSchemas(files, cleanPath(checkpointPath), clock);
  }

  async #sink(start: StreamStart, schema: StructType): Promise<Sink> {
    const { target, options } = start;
    switch (target.kind) {
      case "format": {
        if (target.format === "memory") {
          if (start.queryName === null) throw new AnalysisError({ condition: "_LEGACY_ERROR_TEMP_1303", sqlState: "42601", message: "queryName must be specified for memory sink.", hint: "add .queryName(\"name\"): the rows are then in the table of that name" });
          return new MemorySink();
        }
        return openSink(target.format, { path: target.path ?? options["path"], options, partitionBy: start.partitionBy }, this.#engine.environment);
      }
      case "sink": {
        if (isSink(target.sink)) return target.sink;
        if (isSinkValue(target.sink)) {
          const { format, options: own } = target.sink;
          return openSink(format, { path: undefined, options: { ...options, ...optionsOf(own) }, partitionBy: start.partitionBy }, this.#engine.environment);
        }
        throw unsupported(`A sink of this kind`);
      }
      case "foreach_batch": return callbackSink("ForeachBatchSink", (batchId, rows) => target.call({ kind: "local_relation", schema, rows }, batchId));
      case "rows": return callbackSink("ForeachSink", (batchId, rows) => target.call(batchId, schema, once(rows)));
    }
  }

  /** The rows of a memory sink, under the query's name. */
  #memoryTable(name: string, schema: StructType, sink: MemorySink): void {
    this.#engine.catalog.create([name], { kind: "read_data_source", format: "memory", options: {}, paths: [], isStreaming: false, schema, source: {
      name, description: `MemoryTable[${name}]`, schema, isStreaming: false, replayable: true, fingerprint: null,
      batch: () => memoryBatchTable(schema, sink),
    } }, true);
  }

  #checkpointPath(start: StreamStart): string | undefined {
    if (start.checkpointLocation !== undefined) return cleanPath(start.checkpointLocation);
    const root = this.#engine.checkpointRoot;
    return root === undefined || start.queryName === null ? undefined : `${root.replace(/\/+$/, "")}/${start.queryName}`;
  }
}

function memoryBatchTable(schema: StructType, sink: MemorySink): import("../../io/source.ts").BatchTable {
  return {
    schema, description: "MemoryTable",
    planBatch: async () => [0],
    async read(_split, request, receiver) {
      const { Arena } = await import("../../memory/arena.ts"), { batchesOf } = await import("../../columns/row-batches.ts");
      const arena = new Arena();
      for (const batch of batchesOf(schema, sink.rows, arena, { columns: request.columns })) {
        if (!receiver.push(batch)) break;
        arena.reset();
      }
      arena.release();
    },
  };
}

async function* once(rows: Rows): AsyncGenerator<Rows> { yield rows; }

/** What a connector's function returns: `kafkaSink({ ... })`. */
function isSinkValue(value: object): value is { readonly format: string; readonly options: object } {
  return "format" in value && typeof value.format === "string" && "options" in value && typeof value.options === "object" && value.options !== null;
}

function isSink(value: object): value is Sink { return "sinkClass" in value && "open" in value; }

const HOST = { name: os.hostname(), processId: process.pid, isAlive: (processId: number) => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
} };

function steps(engine: LocalEngine, start: StreamStart): object {
  const { onStep } = engine.world;
  return onStep === undefined ? {} : { onStep: (step: Parameters<typeof onStep>[1], batchId: number) => onStep(start.queryName, step, batchId) };
}

/** The option `lateRowsPath`; empty: beside the checkpoint. */
function lateRowsOf({ options }: StreamStart, checkpoint: string | undefined, { files, random }: { readonly files: Files; readonly random: Random }, timeZone: string): LateRows | undefined {
  const given = options["lateRowsPath"];
  if (given === undefined) return undefined;
  if (given === "" && checkpoint === undefined) throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: "Late rows need a place: the query has no checkpoint to put them beside.", messageParameters: { option: "lateRowsPath" }, hint: "lateRows(folder)",
  });
  return new LateRows(files, random, given === "" ? `${checkpoint}/late-rows` : cleanPath(given), timeZone);
}

function triggerOf(start: StreamStart): Trigger {
  const { trigger } = start;
  if (trigger === undefined) return { kind: "default" };
  if ("availableNow" in trigger) return { kind: "availableNow" };
  if ("once" in trigger) return { kind: "once" };
  if ("processingTime" in trigger) return { kind: "processingTime", intervalMicros: Number(durationMicros(trigger.processingTime)) };
  throw unsupported("The real-time trigger", "leave the trigger out: batches then start as soon as there is data");
}

function handleOf(execution: StreamExecution, engine: LocalEngine, start: StreamStart, observers: Set<StreamObserver>, terminated: Promise<void>): StreamHandle {
  return {
    get id() { return execution.id; },
    get runId() { return execution.runId; },
    name: start.queryName,
    get isActive() { return execution.isActive; },
    get status() { return execution.status; },
    get lastProgress() { return execution.lastProgress; },
    get recentProgress() { return execution.recentProgress; },
    get exception(): MillraceError | null { return execution.error; },
    terminated,
    processAllAvailable: () => execution.processAllAvailable(),
    stop: drain => execution.stop({ drain }),
    explain: mode => engine.explain(start.plan, mode),
    state: request => execution.readState(request),
    observe(observer) {
      observers.add(observer);
      return { [Symbol.dispose]: () => { observers.delete(observer); } };
    },
  };
}

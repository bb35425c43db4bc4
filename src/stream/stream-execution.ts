/** A running query: opens, recovers what an earlier run left, runs batches until it is stopped or fails, and says how it ended. */
import { ExecutionError, MillraceError, StreamingQueryError } from "../base/errors.ts";
import type { Checkpoint } from "../checkpoint/types.ts";
import type { Guarantee } from "../io/sink.ts";
import type { EventTimeWatermark } from "../operators/event-time-watermark.ts";
import type { PhysicalPlan } from "../physical/planner.ts";
import { schemaOf } from "../plan/resolved.ts";
import type { StructType } from "../types/data-type.ts";
import { BatchRunner } from "./batch-runner.ts";
import type { RunningSource } from "./micro-batch.ts";
import { OpenQuery } from "./open-query.ts";
import type { QueryStatus, RunReport, StreamExecutionOptions } from "./options.ts";
import { ResultCollector } from "./output.ts";
import type { StreamingQueryProgress } from "./progress.ts";
import { readLiveState, type StatePage, type StateRequest } from "./state-read.ts";
import { Restarts } from "./restart-policy.ts";
import { TriggerLoop } from "./trigger-loop.ts";
import { Turns, busy } from "./turns.ts";
import type { WatermarkPolicy } from "./watermark-tracker.ts";

const MAX_RECENT_PROGRESS = 100;
const REOPEN_MICROS = 60_000_000;

export type QueryState = "starting" | "running" | "stopped" | "finished" | "failed";

export class StreamExecution implements RunReport {
  readonly schema: StructType;
  /** Of this run: a restart begins another. */
  runId: string;
  readonly startedMicros: number;
  readonly recentProgress: StreamingQueryProgress[] = [];
  /** Of the checkpoint: empty until it is open. */
  id = "";
  state: QueryState = "starting";
  status: QueryStatus = { message: "Initializing sources", isDataAvailable: false, isTriggerActive: false };
  error: StreamingQueryError | null = null;
  readonly options: StreamExecutionOptions;
  readonly #collector: ResultCollector;
  readonly #loop: TriggerLoop;
  readonly #turns: Turns;
  readonly #abort = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #query: OpenQuery | undefined;
  #reopenedMicros: number | undefined;
  readonly #restarts: Restarts | undefined;

  constructor(options: StreamExecutionOptions) {
    this.options = options;
    this.schema = schemaOf(options.plan);
    this.runId = options.random.uuid();
    this.startedMicros = options.clock.nowMicros();
    this.#collector = new ResultCollector(options.sink);
    this.#loop = new TriggerLoop(options, this);
    this.#restarts = options.restart && new Restarts(options.restart, options.clock, options.random);
    this.#turns = new Turns(options.clock);
  }

  get checkpoint(): Checkpoint | undefined { return this.#query?.checkpoint; }
  get physical(): PhysicalPlan | undefined { return this.#query?.physical; }
  get sources(): readonly RunningSource[] { return this.#query?.sources ?? []; }
  /** The newest rows that came out; nothing is kept unless it is turned on. */
  get tap(): ResultCollector["tap"] { return this.#collector.tap; }
  get watermarks(): readonly EventTimeWatermark[] { return this.physical?.watermarks ?? []; }
  get watermarkPolicy(): WatermarkPolicy { return this.options.watermarkPolicy; }
  /** Restarts in a row that its policy made. */
  get restarts(): number { return this.#restarts?.count ?? 0; }
  get lastProgress(): StreamingQueryProgress | null { return this.recentProgress.at(-1) ?? null; }
  get isActive(): boolean { return this.state === "starting" || this.state === "running"; }
  /** The next batch. */
  get batchId(): number { return this.#query?.batchId ?? 0; }
  /** The watermark of the next batch, milliseconds; null without one. */
  get watermarkMillis(): number | null {
    const tracker = this.#query?.tracker;
    return tracker?.exists === true ? tracker.currentMillis : null;
  }
  /** Positions of the sources after the last decided batch, for "where would it resume". */
  get positions(): readonly unknown[] { return this.sources.map(source => source.position); }

  /** What holds for results: the weaker of what sources and sink can do. */
  get guarantee(): Guarantee {
    if (this.sources.some(({ source }) => !source.replayable)) return "at most once";
    return this.options.sink.guarantee;
  }

  /** Plans, opens the checkpoint, recovers, and begins to run in the background. @throws MillraceError what makes a start impossible */
  async start(): Promise<void> {
    let runner: BatchRunner;
    try {
      runner = await this.#open();
    } catch (error) {
      try { await this.#letGo(); } catch { /* what came first says why */ }
      throw error instanceof MillraceError ? error : this.#errorOf(error);
    }
    this.state = "running";
    this.#restarts?.began();
    this.options.listeners.started();
    void this.#run(runner);
  }

  /** `drain`: first all that is in the sources now; what comes later isn't waited for. */
  async stop(options: { readonly drain?: boolean } = {}): Promise<void> {
    this.#loop.stop(options.drain === true);
    if (options.drain !== true) {
      for (const end of [...this.sources.map(({ source }) => source), this.options.sink]) end.stopping?.();
      // What is given up is read again by the next start, if it can be.
      if (this.sources.every(({ source }) => source.replayable)) for (const { settled } of this.#query?.physical.pipelines ?? []) for (const operator of settled) operator.stopping?.();
    }
    await this.#ended.promise;
  }

  /** Ends the run where it stands, as a kill would: nothing more is written. For tests. */
  async kill(): Promise<void> {
    this.#loop.stop(false);
    this.checkpoint?.abandon();
    this.#abort.abort();
    await this.#ended.promise;
  }

  async awaitTermination(timeoutMicros?: number): Promise<boolean> {
    const ended = this.#ended.promise.then(() => true);
    const result = timeoutMicros === undefined ? await ended : await Promise.race([ended, new Promise<boolean>(resolve => this.options.clock.after(timeoutMicros, () => resolve(false), { unref: true }))]);
    if (this.error !== null) throw this.error;
    return result;
  }

  /** Resolves when all that is there at the call has been processed and the query has nothing to do. */
  async processAllAvailable(): Promise<void> {
    if (this.isActive) {
      for (const { source } of this.sources) source.refresh?.();
      await Promise.race([this.#loop.processed(), this.#ended.promise]);
    }
    if (this.error !== null) throw this.error;
  }

  /** Rows of the state as it is between two batches. @throws MILLRACE_QUERY_ENDED, and what readLiveState throws */
  readState(request: StateRequest): Promise<StatePage> {
    return this.#turns.visit(() => {
      if (this.state !== "running") throw new ExecutionError({
        condition: "MILLRACE_QUERY_ENDED", sqlState: "55000", message: "The query has ended, and its state is no longer in memory.",
        hint: 'read.format("state") reads it from the checkpoint',
      });
      const { physical, batchId, isInBatch } = this.#query!;
      if (isInBatch) throw busy(`batch ${batchId} has failed`, "the query begins again, or ends");
      return readLiveState(physical.stateful, batchId - 1, request, this.#abort.signal);
    });
  }

  async #open(): Promise<BatchRunner> {
    const query = this.#query = new OpenQuery(this.options, this.#collector), runner = new BatchRunner(query, this.#collector, this, this.#abort.signal);
    const decision = await query.open().finally(() => { this.id = this.checkpoint?.queryId ?? this.id; });
    for (const { source } of query.sources) source.onData?.(() => this.#loop.wakeUp());
    await runner.recover(decision);
    return runner;
  }

  async #run(runner: BatchRunner): Promise<void> {
    let failure: unknown;
    try {
      for (let next: BatchRunner | undefined = runner; next !== undefined;) {
        try {
          await this.#loop.run(this.#query!, next, this.#turns);
          if (this.state === "running") this.state = this.#loop.isEnding ? "stopped" : "finished";
          if (!this.#abort.signal.aborted) await this.checkpoint!.close(this.state);
          break;
        } catch (error) {
          next = await (this.#mayReopen(error) ? this.#reopen().catch((again: unknown) => this.#restart(again)) : this.#restart(error));
        }
      }
    } catch (error) {
      if (!this.#abort.signal.aborted && !(this.#loop.isStopping && isAbort(error))) failure = error;
      this.checkpoint?.abandon();
    }
    if (failure !== undefined) this.#fail(failure);
    else if (this.isActive) this.state = "stopped";
    this.status = { message: this.state === "failed" ? "Terminated with exception: " + (this.error?.text ?? "") : "Stopped", isDataAvailable: false, isTriggerActive: false };
    try { await this.options.sink.stop(); } catch (error) { if (this.error === null) this.#fail(error); }
    // A person's program may have something to close, and fail.
    try { await this.#turns.take(async () => this.#query!.release()); } catch (error) { if (this.error === null) this.#fail(error); }
    this.options.listeners.terminated(this.error);
    this.#loop.letGo();
    this.#ended.resolve();
  }

  #reopen(): Promise<BatchRunner> {
    return this.#turns.take(async () => {
      await this.#letGo();
      return this.#open();
    });
  }

  /** Gives back what a run holds, before another is opened or none: the lease of its checkpoint would refuse the next start. */
  async #letGo(): Promise<void> {
    this.checkpoint?.abandon();
    try { await this.options.sink.stop(); } catch { /* it failed, or is opened anew */ }
    this.#query?.release();
  }

  /** Another run after an error that may pass, if the policy has one left; undefined if the query was stopped meanwhile. Throws the error that ends it. */
  async #restart(cause: unknown): Promise<BatchRunner | undefined> {
    const { random, listeners } = this.options;
    for (let error = cause;;) {
      const delayMicros = this.#abort.signal.aborted || (this.#loop.isEnding && !this.#loop.isStopping) ? undefined : this.#restarts?.pauseAfter(error);
      if (delayMicros === undefined) throw error;
      // It was told to end just before, not in the pause behind this: what has failed is tried again by the next start.
      if (this.#loop.isStopping) return void await this.#turns.take(() => this.#letGo());
      const failed = this.#errorOf(error), attempt = this.#restarts!.count, { maxRestarts } = this.#restarts!.policy;
      this.state = "starting";
      this.status = {
        message: `Waiting ${(delayMicros / 1e6).toFixed(1)} s to start again, ${attempt}${Number.isFinite(maxRestarts) ? ` of ${maxRestarts}` : ""}: ${failed.text}`,
        isDataAvailable: false, isTriggerActive: false,
      };
      await this.#turns.take(() => this.#letGo());
      listeners.restarting?.({ runId: this.runId, error: failed, attempt, delayMicros });
      if (!await this.#loop.pause(delayMicros)) return undefined;
      this.runId = random.uuid();
      this.#restarts!.began();
      listeners.restarted?.();
      this.status = { message: "Initializing sources", isDataAvailable: false, isTriggerActive: false };
      try {
        const runner = await this.#reopen();
        this.state = "running";
        return runner;
      } catch (next) {
        error = next;
      }
    }
  }

  /** A write or sync of the log failed: what is durable is only known by reading it again. A second time within a minute is the disk's last word. */
  #mayReopen(error: unknown): boolean {
    if (!(error instanceof MillraceError) || error.condition !== "MILLRACE_CHECKPOINT_IO" || this.#abort.signal.aborted) return false;
    const now = this.options.clock.nowMicros(), before = this.#reopenedMicros;
    this.#reopenedMicros = now;
    return before === undefined || now - before > REOPEN_MICROS;
  }

  progress(progress: StreamingQueryProgress): void {
    this.recentProgress.push(progress);
    if (this.recentProgress.length > MAX_RECENT_PROGRESS) this.recentProgress.shift();
    this.options.listeners.progress(progress);
  }

  #fail(error: unknown): void {
    this.error = this.#errorOf(error);
    this.state = "failed";
  }

  #errorOf(error: unknown): StreamingQueryError {
    const cause = error instanceof MillraceError ? error : undefined;
    return new StreamingQueryError({
      condition: cause?.condition ?? "STREAM_FAILED", sqlState: cause?.sqlState ?? "XXKST",
      message: cause?.text ?? `Query [id = ${this.id}, runId = ${this.runId}] terminated with exception: ${error instanceof Error ? error.message : String(error)}`,
      messageParameters: { id: this.id, runId: this.runId, ...cause?.messageParameters }, queryContext: cause?.queryContext ?? [], hint: cause?.hint,
      queryId: this.id, runId: this.runId, batchId: this.batchId, startOffset: JSON.stringify(this.positions), cause: error,
    });
  }
}

/** A source or the sink gave up waiting, as the query is to stop. */
const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";

/**
 * A running query: waits for its trigger, plans a batch, runs it, makes it durable and delivers it, in the order that
 * docs/protocol.md explains. Opening recovers what an earlier run left: a decided batch is delivered again, or run
 * again with the same plan.
 */
import { AnalysisError, MillraceError, StreamingQueryError } from "../base/errors.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { BatchPlan, BatchToWrite, Checkpoint, Json, QueryFingerprint, RecordedBatch, StateBytes } from "../checkpoint/types.ts";
import { decidePending, type PendingDecision } from "../checkpoint/pending.ts";
import type { Guarantee, OutputMode, Sink } from "../io/sink.ts";
import type { ReadLimit, Table } from "../io/source.ts";
import { ExecutionContext } from "../operators/context.ts";
import type { EventTimeWatermark } from "../operators/event-time-watermark.ts";
import { planQuery, type PhysicalPlan } from "../physical/planner.ts";
import type { SqlSettings } from "../plan/function.ts";
import { schemaOf, type ResolvedRelation } from "../plan/resolved.ts";
import type { StructType } from "../types/data-type.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { runPipelines, type BatchRange, type RunningSource } from "./micro-batch.ts";
import { ResultCollector, deliver } from "./output.ts";
import { ProgressBuilder } from "./progress-builder.ts";
import { formatMillis, type StreamingQueryProgress } from "./progress.ts";
import { nextStartMicros, type Trigger } from "./trigger.ts";
import { WatermarkTracker, type WatermarkPolicy } from "./watermark-tracker.ts";

/** State of sources stands in the checkpoint beside that of operators, under ids from here on. */
const SOURCE_STATE_ID = 1000;
const KEY_GROUPS = 256;
/** Sources that can't wake the query are asked this often. */
const POLL_MICROS = 10_000;
const IDLE_DONE_MICROS = 1_000_000;
const MAX_RECENT_PROGRESS = 100;
const REOPEN_MICROS = 60_000_000;

export type QueryState = "starting" | "running" | "stopped" | "finished" | "failed";

export interface StreamExecutionOptions {
  /** Optimised. */
  readonly plan: ResolvedRelation;
  readonly outputMode: OutputMode;
  readonly sink: Sink;
  readonly trigger: Trigger;
  readonly name: string | null;
  readonly settings: SqlSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly noDataBatches: boolean;
  readonly watermarkPolicy: WatermarkPolicy;
  readonly shufflePartitions: number;
  /** Opens the checkpoint, or one that keeps nothing. */
  readonly openCheckpoint: (query: QueryFingerprint, constants: Readonly<Record<string, Json>>) => Promise<Checkpoint>;
  readonly deadLetters: DeadLetters;
  readonly keyColumns: readonly number[];
  /** A step of the protocol was made; a test may throw here to end the run as a kill would. */
  readonly onStep?: (step: "compute" | "commit" | "acknowledge", batchId: number) => void;
  readonly listeners: { started(): void; progress(progress: StreamingQueryProgress): void; idle(): void; terminated(error: MillraceError | null): void };
}

export class StreamExecution {
  readonly schema: StructType;
  readonly runId: string;
  readonly startedMicros: number;
  readonly recentProgress: StreamingQueryProgress[] = [];
  id = "";
  state: QueryState = "starting";
  status = { message: "Initializing sources", isDataAvailable: false, isTriggerActive: false };
  error: StreamingQueryError | null = null;
  checkpoint: Checkpoint | undefined;
  physical: PhysicalPlan | undefined;
  readonly sources: RunningSource[] = [];
  readonly options: StreamExecutionOptions;
  readonly #context: ExecutionContext;
  readonly #collector: ResultCollector;
  readonly #progress: ProgressBuilder;
  readonly #abort = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #tracker!: WatermarkTracker;
  #batchId = 0;
  #stopping = false;
  #draining = false;
  /** There is a batch that may ask for one without rows once the watermark rose. */
  #lastRan = false;
  /** The watermark of the batch before: what is late is judged by it. */
  #lateMillis = 0;
  #wake = Promise.withResolvers<void>();
  #woken = true;
  #waiters: { readonly resolve: () => void; round: number }[] = [];
  #round = 0;
  #lastStartMicros: number | undefined;
  #idleSinceMicros = 0;
  #frozen = false;

  constructor(options: StreamExecutionOptions) {
    this.options = options;
    this.schema = schemaOf(options.plan);
    this.runId = options.random.uuid();
    this.startedMicros = options.clock.nowMicros();
    this.#context = new ExecutionContext(options.settings);
    this.#collector = new ResultCollector(options.sink);
    this.#progress = new ProgressBuilder(this);
  }

  /** The newest rows that came out; nothing is kept unless it is turned on. */
  get tap(): ResultCollector["tap"] { return this.#collector.tap; }
  get watermarks(): readonly EventTimeWatermark[] { return this.physical?.watermarks ?? []; }
  get watermarkPolicy(): WatermarkPolicy { return this.options.watermarkPolicy; }
  get lastProgress(): StreamingQueryProgress | null { return this.recentProgress.at(-1) ?? null; }
  get isActive(): boolean { return this.state === "starting" || this.state === "running"; }
  get batchId(): number { return this.#batchId; }
  /** The watermark of the next batch, milliseconds; null without one. */
  get watermarkMillis(): number | null { return this.#tracker?.exists === true ? this.#tracker.currentMillis : null; }

  /** What holds for results: the weaker of what sources and sink can do. */
  get guarantee(): Guarantee {
    if (this.sources.some(({ source }) => !source.replayable)) return "at most once";
    return this.options.sink.guarantee;
  }

  /** Plans, opens the checkpoint, recovers, and begins to run in the background. Throws what makes a start impossible. */
  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#release();
      throw error;
    }
    this.state = "running";
    this.options.listeners.started();
    void this.#run();
  }

  /** `drain`: first all that is in the sources now; what comes later isn't waited for. */
  async stop(options: { readonly drain?: boolean } = {}): Promise<void> {
    if (options.drain === true) this.#draining = true;
    else this.#stopping = true;
    this.#wakeUp();
    await this.#ended.promise;
  }

  /** Ends the run where it stands, as a kill would: nothing more is written. For tests. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.checkpoint?.abandon();
    this.#abort.abort();
    this.#wakeUp();
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
      const done = Promise.withResolvers<void>();
      this.#waiters.push({ resolve: done.resolve, round: this.#round + 1 });
      for (const { source } of this.sources) source.refresh?.();
      this.#wakeUp();
      await Promise.race([done.promise, this.#ended.promise]);
    }
    if (this.error !== null) throw this.error;
  }

  /** Positions of the sources after the last decided batch, for "where would it resume". */
  get positions(): readonly unknown[] { return this.sources.map(source => source.position); }

  // ---- opening

  async #open(): Promise<void> {
    const { options } = this;
    const physical = this.physical = planQuery(options.plan, this.#collector, this.#context, { kind: "stream", outputMode: options.outputMode });
    const tables = [...new Set(physical.pipelines.map(pipeline => pipeline.table).filter((table): table is Table => table?.isStreaming === true))];
    if (tables.length === 0) throw new AnalysisError({ condition: "WRITE_STREAM_NOT_ALLOWED", sqlState: "42601", message: "`writeStream` can be called only on streaming Dataset/DataFrame.", hint: "use write, or read with readStream" });
    const fingerprint: QueryFingerprint = {
      sources: tables.map(table => table.fingerprint as Json),
      operators: physical.stateful.map(operator => {
        const [key = "", ...value] = operator.fingerprint.split(" | ");
        const state = operator.stateView?.description as Json | undefined;
        return { operatorId: operator.operatorId, name: operator.metrics().operatorName, key, value: value.join(" | "), ...(state !== undefined && { state }) };
      }),
      settings: { sinkClass: options.sink.sinkClass },
    };
    const checkpoint = this.checkpoint = await options.openCheckpoint(fingerprint, {
      keyGroups: KEY_GROUPS, timeZone: options.settings.timeZone, shufflePartitions: options.shufflePartitions, watermarkPolicy: options.watermarkPolicy,
    });
    this.id = checkpoint.queryId;
    options.deadLetters.open(this.id);
    const { constants, last } = checkpoint.recovered;
    const watermarks = last?.plan.watermarks as RecordedWatermarks | undefined;
    this.#tracker = new WatermarkTracker(physical.watermarks, (constants["watermarkPolicy"] as WatermarkPolicy | undefined) ?? options.watermarkPolicy, watermarks?.nextMillis ?? 0);
    this.#progress.shufflePartitions = Number(constants["shufflePartitions"] ?? options.shufflePartitions);
    tables.forEach((table, sourceIndex) => this.sources.push({ table, source: table.stream!({ queryId: this.id, sourceIndex }), position: null, rowsRead: 0 }));
    await options.sink.open({ queryId: this.id, queryName: options.name, epoch: checkpoint.epoch, schema: this.schema, outputMode: options.outputMode, keyColumns: options.keyColumns, timeZone: options.settings.timeZone });
    checkpoint.check(); // the sink is fenced now: a newer runner's claim would have come before
    const decision = await this.#decide();
    const again = decision.kind === "rerun";
    await this.#loadState(again ? decision.batchId - 1 : checkpoint.recovered.lastBatchId);
    if (last !== undefined) {
      last.plan.sources.forEach((range, i) => { if (this.sources[i] !== undefined) this.sources[i].position = again ? range.from : range.to; });
      this.#batchId = last.batchId + 1;
      this.#lateMillis = watermarks?.usedMillis ?? 0;
      // As if the batch had run here: whether a batch without rows follows is judged against its watermark. A kill
      // between the two must not keep the windows that it closes back until more data comes.
      this.#lastRan = true;
      if (this.#tracker.exists && watermarks !== undefined) this.#context.watermarkMicros = BigInt(watermarks.usedMillis) * 1000n;
    }
    for (const { source } of this.sources) source.onData?.(() => this.#wakeUp());
    switch (decision.kind) {
      case "nothing": return;
      case "delivered": case "deliver": return await this.#deliverAgain(decision.batch, decision.kind === "delivered");
      case "rerun": return await this.#runAgain(decision.batchId, decision.plan);
    }
  }

  /** What becomes of a batch that an earlier run decided; asks the sink's ledger if it has one. */
  async #decide(): Promise<PendingDecision> {
    const { sink } = this.options, checkpoint = this.checkpoint!;
    try {
      return decidePending(sink.sinkClass, checkpoint.recovered, await sink.lastCommitted?.());
    } catch (error) {
      checkpoint.check(); // perhaps a newer runner is at work, and nothing is wrong
      throw error;
    }
  }

  async #loadState(batchId: number): Promise<void> {
    const checkpoint = this.checkpoint!;
    if (batchId < 0) return;
    const { snapshots, changes } = checkpoint.stateToLoad(batchId);
    for (const block of [...snapshots, ...changes]) {
      const bytes = await checkpoint.readState(block);
      if (block.operatorId >= SOURCE_STATE_ID) this.sources[block.operatorId - SOURCE_STATE_ID]?.source.state?.load(bytes);
      else this.physical!.stateful.find(operator => operator.operatorId === block.operatorId)?.load(bytes);
    }
    // The ranges of a batch that will be run again are part of its own changes.
    const pending = checkpoint.recovered.pending;
    if (pending !== undefined && batchId < pending.batchId) {
      for (const block of pending.state) if (block.operatorId >= SOURCE_STATE_ID) this.sources[block.operatorId - SOURCE_STATE_ID]?.source.state?.load(await checkpoint.readState(block));
    }
  }

  async #deliverAgain(pending: RecordedBatch, sinkHasIt: boolean): Promise<void> {
    const { sink } = this.options, checkpoint = this.checkpoint!;
    if (!sinkHasIt) await deliver(sink, pending.batchId, pending.output, pending.digest, this.schema);
    await this.options.deadLetters.publish(pending.sideOutputs["deadLetters"] ?? []);
    this.options.onStep?.("commit", pending.batchId);
    checkpoint.delivered(pending.batchId);
    this.#report(this.#progress.redelivered(pending));
  }

  async #runAgain(batchId: number, plan: BatchPlan): Promise<void> {
    const watermarks = plan.watermarks as RecordedWatermarks;
    this.#tracker.currentMillis = watermarks.usedMillis;
    this.#lateMillis = watermarks.lateMillis;
    this.#batchId = batchId;
    await this.#runBatch(plan.sources, plan);
  }

  // ---- the loop

  async #run(): Promise<void> {
    let failure: unknown;
    try {
      for (;;) {
        try {
          await this.#loop();
          break;
        } catch (error) {
          if (!this.#mayReopen(error)) throw error;
          await this.#reopen();
        }
      }
      if (this.state === "running") this.state = this.#stopping || this.#draining ? "stopped" : "finished";
      if (!this.#abort.signal.aborted) await this.checkpoint!.close(this.state);
    } catch (error) {
      if (!this.#abort.signal.aborted) failure = error;
      this.checkpoint?.abandon();
    }
    if (failure !== undefined) this.#fail(failure);
    else if (this.isActive) this.state = "stopped";
    this.status = { message: this.state === "failed" ? "Terminated with exception: " + (this.error?.text ?? "") : "Stopped", isDataAvailable: false, isTriggerActive: false };
    try { await this.options.sink.stop(); } catch (error) { if (this.error === null) this.#fail(error); }
    this.#release();
    this.options.listeners.terminated(this.error);
    for (const waiter of this.#waiters) waiter.resolve();
    this.#ended.resolve();
  }

  /** A write or sync of the log failed: what is durable is only known by reading it again. A second time within a minute is the disk's last word. */
  #mayReopen(error: unknown): boolean {
    if (!(error instanceof MillraceError) || error.condition !== "MILLRACE_CHECKPOINT_IO" || this.#abort.signal.aborted) return false;
    const now = this.options.clock.nowMicros(), before = this.#reopenedMicros;
    this.#reopenedMicros = now;
    return before === undefined || now - before > REOPEN_MICROS;
  }

  async #reopen(): Promise<void> {
    this.checkpoint!.abandon();
    this.#release();
    this.sources.length = 0;
    this.#positions.clear();
    this.#lastRan = false;
    await this.#open();
  }
  #reopenedMicros: number | undefined;

  async #loop(): Promise<void> {
    const { trigger, clock } = this.options;
    while (!this.#stopping) {
      if (!await this.#untilDue()) break;
      this.#lastStartMicros = clock.nowMicros();
      const waiting = ++this.#round;
      this.#woken = false;
      const ran = await this.#nextBatch();
      if (ran) {
        this.#idleSinceMicros = 0;
        if (trigger.kind === "once" || (this.#draining && this.#frozen && this.sources.some(({ source }) => source.freeze === undefined))) break;
        continue;
      }
      this.#waiters = this.#waiters.filter(waiter => {
        if (waiter.round > waiting) return true;
        waiter.resolve();
        return false;
      });
      if (trigger.kind === "once" || (this.#draining && this.#frozen)) break;
      if (trigger.kind === "availableNow" && this.sources.every(({ source }) => source.freeze !== undefined || source.ended !== false)) break;
      if (this.sources.every(({ source }) => source.ended === true)) break;
      await this.#idle();
    }
  }

  /** Waits for the trigger's next moment; false when the query is to stop. */
  async #untilDue(): Promise<boolean> {
    const { trigger, clock } = this.options;
    const next = nextStartMicros(trigger, this.#lastStartMicros, clock);
    // Someone waits for all to be processed: the pause that saves CPU is not for them.
    await this.#sleep(next, () => this.#draining || (trigger.kind !== "processingTime" && this.#waiters.length > 0));
    return !this.#stopping;
  }

  /** Nothing to do: wait for a source, or for the trigger. */
  async #idle(): Promise<void> {
    const { trigger, clock } = this.options;
    this.status = { message: "Waiting for data to arrive", isDataAvailable: false, isTriggerActive: false };
    if (this.#idleSinceMicros === 0) {
      this.#idleSinceMicros = clock.nowMicros();
      this.options.listeners.idle();
    } else if (clock.nowMicros() - this.#idleSinceMicros > IDLE_DONE_MICROS) await this.checkpoint!.idle();
    if (trigger.kind === "processingTime") return;
    const polled = this.sources.some(({ source }) => source.onData === undefined);
    await this.#sleep(clock.nowMicros() + (polled ? POLL_MICROS : IDLE_DONE_MICROS), () => this.#woken || this.#draining);
  }

  /** Until that moment, until `enough` holds after a wake-up, or until the query is to stop. */
  async #sleep(untilMicros: number, enough: () => boolean): Promise<void> {
    const { clock } = this.options;
    while (!this.#stopping && !enough()) {
      const left = untilMicros - clock.nowMicros();
      if (left <= 0) return;
      const timer = clock.after(left, () => this.#wake.resolve());
      await this.#wake.promise;
      timer.cancel();
      this.#wake = Promise.withResolvers<void>();
    }
  }

  #wakeUp(): void {
    this.#woken = true;
    this.#wake.resolve();
  }

  // ---- a batch

  /** Plans and runs the next batch; false when there is nothing to do. */
  async #nextBatch(): Promise<boolean> {
    const { clock, trigger, noDataBatches } = this.options;
    this.#progress.begin(clock);
    this.status = { message: "Getting offsets from sources", isDataAvailable: this.status.isDataAvailable, isTriggerActive: true };
    if ((trigger.kind === "availableNow" || this.#draining) && !this.#frozen) {
      for (const { source, position } of this.sources) await source.freeze?.(position);
      this.#frozen = true;
    }
    const ranges: BatchRange[] = [];
    for (const running of this.sources) {
      const limit: ReadLimit = trigger.kind === "once" ? {} : running.table.readLimit ?? {};
      ranges.push({ from: running.position, to: await running.source.latest(running.position, limit) });
    }
    this.#progress.took("latestOffset");
    const hasData = ranges.some(range => range.from !== range.to && JSON.stringify(range.from) !== JSON.stringify(range.to));
    const watermark = this.#tracker.currentMillis;
    const needsBatch = !hasData && noDataBatches && this.#lastRan && trigger.kind !== "once" && this.physical!.stateful.some(operator => operator.wantsBatch(watermark));
    this.status = { message: this.status.message, isDataAvailable: hasData, isTriggerActive: true };
    if (!hasData && !needsBatch) return false;
    if (this.physical!.redefinesWatermark && this.#batchId > 0) throw new AnalysisError({
      condition: "_LEGACY_ERROR_TEMP_3076", sqlState: "0A000", message: "Redefining watermark is disallowed. You can set the config 'spark.sql.streaming.statefulOperator.allowMultiple' to 'false' to restore the previous behavior. Note that multiple stateful operators will be disallowed.",
      hint: "call withWatermark once, where the stream is read",
    });
    await this.#runBatch(ranges);
    return true;
  }

  async #runBatch(ranges: readonly BatchRange[], recorded?: BatchPlan): Promise<void> {
    const { options, sources } = this, batchId = this.#batchId, context = this.#context, checkpoint = this.checkpoint!, physical = this.physical!;
    this.status = { message: "Processing new data", isDataAvailable: true, isTriggerActive: true };
    const usedMillis = this.#tracker.currentMillis, lateMillis = this.#lateMillis;
    const batchTimeMicros = recorded?.batchTimeMicros ?? Math.floor(options.clock.nowMicros() / 1000) * 1000;
    context.batchTimeMicros = BigInt(batchTimeMicros);
    context.seed = recorded?.seed ?? options.random.uint32();
    context.watermarkMicros = this.#tracker.exists ? BigInt(usedMillis) * 1000n : null;
    context.lateWatermarkMicros = this.#tracker.exists ? BigInt(lateMillis) * 1000n : null;
    this.#progress.startBatch(batchId, batchTimeMicros, ranges);
    const filtered = () => physical.filters.reduce((sum, filter) => sum + filter.filteredRows, 0) + physical.windows.reduce((sum, window) => sum + window.timelessRows, 0);
    const filteredBefore = filtered();
    try {
      this.#collector.begin(batchId);
      options.deadLetters.begin(batchId, checkpoint.epoch);
      await runPipelines(physical, sources, ranges, context, this.#abort.signal, (record, source) => options.deadLetters.add(record, source.table.name));
      this.#progress.filteredRows = filtered() - filteredBefore;
    } catch (error) {
      await this.#collector.abort();
      throw error;
    }
    options.onStep?.("compute", batchId);
    const output = await this.#collector.prepare();
    const letters = await options.deadLetters.prepare(), { digest } = this.#collector;
    this.#progress.took("addBatch");
    const nextMillis = this.#tracker.advance();
    const stats = this.#tracker.takeStats();
    const watermarks: RecordedWatermarks = { lateMillis, usedMillis, nextMillis };
    const state: StateBytes[] = [];
    for (const operator of physical.stateful) for (const bytes of operator.changes()) state.push({ operatorId: operator.operatorId, groupFrom: 0, groupTo: KEY_GROUPS, bytes });
    sources.forEach(({ source }, i) => {
      const range = ranges[i]!;
      if (source.state !== undefined && range.from !== range.to) state.push({ operatorId: SOURCE_STATE_ID + i, groupFrom: 0, groupTo: KEY_GROUPS, bytes: source.state.changes(range.from, range.to) });
    });
    const available = await Promise.all(sources.map(({ source }, i) => source.available?.() ?? ranges[i]!.to));
    const draft = this.#progress.draft(this.#collector.rows, available, this.#tracker.exists ? usedMillis : null, stats, options.deadLetters.count);
    const record: BatchToWrite = {
      batchId, plan: { sources: ranges, batchTimeMicros, seed: context.seed, watermarks }, state, output, digest,
      rowCounts: { input: draft.numInputRows, output: this.#collector.rows }, progress: draft as unknown as Json,
      ...(letters.length > 0 && { sideOutputs: { deadLetters: letters } }),
    };
    await checkpoint.writeBatch(record);
    this.#progress.took("walCommit");
    await this.#collector.commit(batchId, output, digest, this.schema);
    await options.deadLetters.publish(letters);
    this.#progress.took("sinkCommit");
    options.onStep?.("commit", batchId);
    checkpoint.delivered(batchId);
    ranges.forEach((range, i) => { sources[i]!.position = range.to; });
    this.#lateMillis = usedMillis;
    this.#lastRan = true;
    this.#batchId = batchId + 1;
    this.#report(this.#progress.finish(draft));
    options.onStep?.("acknowledge", batchId);
    this.#forget();
    if (checkpoint.snapshotDue) await this.#snapshot(batchId);
  }

  /** Sources may let go of what a durable record says was delivered: the batch before this one. */
  #forget(): void {
    const done = this.checkpoint!.durableDone;
    for (const running of this.sources) {
      const history = this.#positions.get(running) ?? [];
      history.push({ batchId: this.#batchId - 1, position: running.position });
      let last: unknown;
      while (history.length > 0 && history[0]!.batchId <= done) last = history.shift()!.position;
      if (last !== undefined && last !== null) void running.source.committed(last);
      this.#positions.set(running, history);
    }
  }
  readonly #positions = new Map<RunningSource, { readonly batchId: number; readonly position: unknown }[]>();

  async #snapshot(batchId: number): Promise<void> {
    const writer = this.checkpoint!.beginSnapshot(batchId);
    for (const operator of this.physical!.stateful) {
      for (let from = 0; from < KEY_GROUPS; from += 16) {
        const bytes = operator.snapshot(from, from + 16);
        if (bytes.length > 0) await writer.write({ operatorId: operator.operatorId, groupFrom: from, groupTo: from + 16, bytes });
      }
    }
    for (const [i, { source, position }] of this.sources.entries()) {
      if (source.state !== undefined) await writer.write({ operatorId: SOURCE_STATE_ID + i, groupFrom: 0, groupTo: KEY_GROUPS, bytes: source.state.snapshot(position) });
    }
    await writer.finish();
  }

  #report(progress: StreamingQueryProgress): void {
    this.recentProgress.push(progress);
    if (this.recentProgress.length > MAX_RECENT_PROGRESS) this.recentProgress.shift();
    this.options.listeners.progress(progress);
  }

  #fail(error: unknown): void {
    const cause = error instanceof MillraceError ? error : undefined;
    this.state = "failed";
    this.error = new StreamingQueryError({
      condition: cause?.condition ?? "STREAM_FAILED", sqlState: cause?.sqlState ?? "XXKST",
      message: cause?.text ?? `Query [id = ${this.id}, runId = ${this.runId}] terminated with exception: ${error instanceof Error ? error.message : String(error)}`,
      messageParameters: { id: this.id, runId: this.runId, ...cause?.messageParameters }, queryContext: cause?.queryContext ?? [], hint: cause?.hint,
      queryId: this.id, batchId: this.#batchId, cause: error,
    });
  }

  #release(): void {
    for (const { source } of this.sources) void source.stop();
    for (const operator of this.physical?.stateful ?? []) operator.release();
    this.#context.release();
  }
}

interface RecordedWatermarks { readonly lateMillis: number; readonly usedMillis: number; readonly nextMillis: number }

export { formatMillis };

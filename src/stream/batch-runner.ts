/**
 * Runs the batches of an open query, one at a time: plans it, runs it, makes it durable, delivers it, in the order that
 * docs/protocol.md explains. A decided batch is delivered again, or run again with the same plan.
 */
import { AnalysisError } from "../base/errors.ts";
import type { PendingDecision } from "../checkpoint/pending.ts";
import type { BatchPlan, BatchToWrite, Json, RecordedBatch, StateBytes } from "../checkpoint/types.ts";
import type { BatchMoment } from "../io/sink.ts";
import type { ReadLimit } from "../io/source.ts";
import { schemaOf } from "../plan/resolved.ts";
import type { StructType } from "../types/data-type.ts";
import { partitionsOf, runPipelines, type BatchRange, type RunningSource } from "./micro-batch.ts";
import { KEY_GROUPS, SOURCE_STATE_ID, type OpenQuery } from "./open-query.ts";
import type { RunReport } from "./options.ts";
import { deliver, type ResultCollector } from "./output.ts";
import { ProgressBuilder } from "./progress-builder.ts";
import type { RecordedWatermarks } from "./watermark-tracker.ts";

export class BatchRunner {
  readonly #query: OpenQuery;
  readonly #collector: ResultCollector;
  readonly #report: RunReport;
  readonly #signal: AbortSignal;
  readonly #progress: ProgressBuilder;
  readonly #schema: StructType;
  /** The sources were told to end where they are now. */
  #frozen = false;

  constructor(query: OpenQuery, collector: ResultCollector, report: RunReport, signal: AbortSignal) {
    this.#query = query;
    this.#collector = collector;
    this.#report = report;
    this.#signal = signal;
    this.#progress = new ProgressBuilder(query, report);
    this.#schema = schemaOf(query.options.plan);
  }

  get isFrozen(): boolean { return this.#frozen; }

  /** Ends what the sources give at what is there now. */
  async freeze(): Promise<void> {
    if (this.#frozen) return;
    for (const { source, position } of this.#query.sources) await source.freeze?.(position);
    this.#frozen = true;
  }

  /** Carries out what was found at the opening. */
  async recover(decision: PendingDecision): Promise<void> {
    switch (decision.kind) {
      case "nothing": return;
      case "delivered": case "deliver": return await this.#deliverAgain(decision.batch, decision.kind === "delivered");
      case "rerun": return await this.#runAgain(decision.batchId, decision.plan);
    }
  }

  async #deliverAgain(pending: RecordedBatch, sinkHasIt: boolean): Promise<void> {
    const { options, checkpoint } = this.#query;
    if (!sinkHasIt) await deliver(options.sink, pending.batchId, pending.output, pending.digest, this.#schema, this.#momentOf(pending.plan.batchTimeMicros, (pending.plan.watermarks as RecordedWatermarks).usedMillis));
    options.deadLetters.publish(pending.sideOutputs["deadLetters"] ?? []);
    options.lateRows?.publish(pending.sideOutputs["lateRows"] ?? []);
    options.onStep?.("commit", pending.batchId);
    checkpoint.delivered(pending.batchId);
    if (!sinkHasIt) this.#query.tracker.redelivered(pending.plan.watermarks as RecordedWatermarks, options.clock.nowMicros());
    this.#report.progress(this.#progress.redelivered(pending));
  }

  #momentOf(batchTimeMicros: number, usedMillis: number): BatchMoment {
    return { batchTimeMicros, watermarkMicros: this.#query.tracker.exists ? usedMillis * 1000 : null };
  }

  async #runAgain(batchId: number, plan: BatchPlan): Promise<void> {
    const watermarks = plan.watermarks as RecordedWatermarks, query = this.#query;
    query.tracker.currentMillis = watermarks.usedMillis;
    query.lateMillis = watermarks.lateMillis;
    query.batchId = batchId;
    await this.#runBatch(plan.sources, plan);
  }

  /** Plans and runs the next batch, if there is something to do. A tick: only because the trigger fired. */
  async next(): Promise<"batch" | "tick" | "nothing"> {
    const query = this.#query, report = this.#report, { options } = query, { clock, trigger, noDataBatches } = options;
    this.#progress.begin(clock);
    report.status = { message: "Getting offsets from sources", isDataAvailable: report.status.isDataAvailable, isTriggerActive: true };
    const ranges: BatchRange[] = [];
    for (const running of query.sources) {
      const limit: ReadLimit = trigger.kind === "once" ? {} : running.table.readLimit ?? {};
      ranges.push({ from: running.position, to: await running.source.latest(running.position, limit) });
    }
    this.#progress.took("latestOffset");
    const hasData = ranges.some(range => range.from !== range.to && JSON.stringify(range.from) !== JSON.stringify(range.to));
    const now = clock.nowMicros();
    query.tracker.list(() => partitionsOf(query.sources), now);
    const watermark = query.tracker.advance(now);
    const needsBatch = !hasData && noDataBatches && query.lastRan && trigger.kind !== "once" && (query.dueMicros <= now || (options.sink.dueWatermarkMicros?.() ?? Infinity) <= watermark * 1000 || query.physical.stateful.some(operator => operator.wantsBatch(watermark)));
    // A query that is to end doesn't wait for the clock.
    const isTick = !hasData && !needsBatch && noDataBatches && query.lastRan && query.runsAtEachTrigger && !this.isFrozen;
    report.status = { message: report.status.message, isDataAvailable: hasData, isTriggerActive: true };
    if (!hasData && !needsBatch && !isTick) return "nothing";
    if (query.physical.redefinesWatermark && query.batchId > 0) throw new AnalysisError({
      condition: "_LEGACY_ERROR_TEMP_3076", sqlState: "0A000", message: "Redefining watermark is disallowed. You can set the config 'spark.sql.streaming.statefulOperator.allowMultiple' to 'false' to restore the previous behavior. Note that multiple stateful operators will be disallowed.",
      hint: "call withWatermark once, where the stream is read",
    });
    await this.#runBatch(ranges);
    return isTick ? "tick" : "batch";
  }

  async #runBatch(ranges: readonly BatchRange[], recorded?: BatchPlan): Promise<void> {
    const query = this.#query, { options, sources, batchId, context, checkpoint, physical, tracker, lateMillis } = query;
    const collector = this.#collector, progress = this.#progress, { deadLetters, lateRows } = options;
    this.#report.status = { message: "Processing new data", isDataAvailable: true, isTriggerActive: true };
    const usedMillis = tracker.currentMillis;
    const batchTimeMicros = recorded?.batchTimeMicros ?? Math.floor(options.clock.nowMicros() / 1000) * 1000;
    context.setBatch(checkpoint.queryId, batchId);
    context.batchTimeMicros = BigInt(batchTimeMicros);
    context.seed = recorded?.seed ?? options.random.uint32();
    context.watermarkMicros = tracker.exists ? BigInt(usedMillis) * 1000n : null;
    context.lateWatermarkMicros = tracker.exists ? BigInt(lateMillis) * 1000n : null;
    query.isInBatch = true;
    progress.startBatch(batchId, batchTimeMicros, ranges);
    const filtered = () => physical.filters.reduce((sum, filter) => sum + filter.filteredRows, 0) + physical.windows.reduce((sum, window) => sum + window.timelessRows, 0);
    const filteredBefore = filtered();
    try {
      collector.begin(batchId);
      deadLetters.begin(batchId, checkpoint.epoch);
      lateRows?.begin(batchId, checkpoint.epoch);
      await runPipelines(physical, sources, ranges, context, this.#signal, (record, source) => deadLetters.add(record, source.table.name), () => collector.ready());
      progress.filteredRows = filtered() - filteredBefore;
    } catch (error) {
      await collector.abort();
      throw error;
    }
    options.onStep?.("compute", batchId);
    const output = await collector.prepare();
    const letters = await deadLetters.prepare(), late = await lateRows?.prepare() ?? [], { digest } = collector;
    progress.took("addBatch");
    const nextMillis = tracker.advance(batchTimeMicros);
    const watermarks: RecordedWatermarks = { lateMillis, usedMillis, nextMillis, ...tracker.record() }, detail = tracker.detail(batchTimeMicros);
    const stats = tracker.takeStats();
    const available = await Promise.all(sources.map(({ source }, i) => source.available?.() ?? ranges[i]!.to));
    const draft = progress.draft(collector.rows, available, tracker.exists ? usedMillis : null, stats, detail, deadLetters.count);
    const record: BatchToWrite = {
      batchId, plan: { sources: ranges, batchTimeMicros, seed: context.seed, watermarks }, state: this.#stateChanges(ranges), output, digest,
      rowCounts: { input: draft.numInputRows, output: collector.rows }, progress: draft as unknown as Json,
      ...((letters.length > 0 || late.length > 0) && { sideOutputs: { ...(letters.length > 0 && { deadLetters: letters }), ...(late.length > 0 && { lateRows: late }) } }),
    };
    await checkpoint.writeBatch(record);
    progress.took("walCommit");
    await collector.commit(batchId, output, digest, this.#schema, this.#momentOf(batchTimeMicros, usedMillis));
    deadLetters.publish(letters);
    lateRows?.publish(late);
    progress.took("sinkCommit");
    options.onStep?.("commit", batchId);
    checkpoint.delivered(batchId);
    ranges.forEach((range, i) => { sources[i]!.position = range.to; });
    query.lateMillis = usedMillis;
    query.lastRan = true;
    query.batchId = batchId + 1;
    query.isInBatch = false;
    this.#report.progress(progress.finish(draft));
    options.onStep?.("acknowledge", batchId);
    await this.#forget();
    if (checkpoint.snapshotDue) await this.#snapshot(batchId);
  }

  #stateChanges(ranges: readonly BatchRange[]): readonly StateBytes[] {
    const state: StateBytes[] = [], { physical, sources } = this.#query;
    for (const operator of physical.stateful) for (const bytes of operator.changes()) state.push({ operatorId: operator.operatorId, groupFrom: 0, groupTo: KEY_GROUPS, bytes });
    sources.forEach(({ source }, i) => {
      const range = ranges[i]!;
      if (source.state !== undefined && range.from !== range.to) state.push({ operatorId: SOURCE_STATE_ID + i, groupFrom: 0, groupTo: KEY_GROUPS, bytes: source.state.changes(range.from, range.to) });
    });
    return state;
  }

  /** Sources may let go of what a durable record says was delivered: the batch before this one. */
  async #forget(): Promise<void> {
    const { checkpoint: { durableDone: done }, sources, batchId } = this.#query;
    for (const running of sources) {
      const history = this.#positions.get(running) ?? [];
      history.push({ batchId: batchId - 1, position: running.position });
      let last: unknown;
      while (history.length > 0 && history[0]!.batchId <= done) last = history.shift()!.position;
      if (last !== undefined && last !== null) await running.source.committed(last);
      this.#positions.set(running, history);
    }
  }
  readonly #positions = new Map<RunningSource, { readonly batchId: number; readonly position: unknown }[]>();

  async #snapshot(batchId: number): Promise<void> {
    const { checkpoint, physical, sources } = this.#query, writer = checkpoint.beginSnapshot(batchId);
    for (const operator of physical.stateful) {
      for (let from = 0; from < KEY_GROUPS; from += 16) {
        const bytes = operator.snapshot(from, from + 16);
        if (bytes.length > 0) await writer.write({ operatorId: operator.operatorId, groupFrom: from, groupTo: from + 16, bytes });
      }
    }
    for (const [i, { source, position }] of sources.entries()) {
      if (source.state !== undefined) await writer.write({ operatorId: SOURCE_STATE_ID + i, groupFrom: 0, groupTo: KEY_GROUPS, bytes: source.state.snapshot(position) });
    }
    await writer.finish();
  }
}

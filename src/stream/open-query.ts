/**
 * A query between its opening and its end: operators, sources, checkpoint and where it stands in them. Opening loads what
 * an earlier run left and says what becomes of a batch that was decided and not known to be delivered.
 */
import { AnalysisError } from "../base/errors.ts";
import type { Checkpoint, Json, QueryFingerprint } from "../checkpoint/types.ts";
import { decidePending, type PendingDecision } from "../checkpoint/pending.ts";
import type { Table } from "../io/source.ts";
import { ExecutionContext } from "../operators/context.ts";
import { planQuery, type PhysicalPlan } from "../physical/planner.ts";
import { schemaOf } from "../plan/resolved.ts";
import type { RunningSource } from "./micro-batch.ts";
import type { StreamExecutionOptions } from "./options.ts";
import type { ResultCollector } from "./output.ts";
import { WatermarkTracker, type RecordedWatermarks, type WatermarkPolicy } from "./watermark-tracker.ts";

/** State of sources stands in the checkpoint beside that of operators, under ids from here on. */
export const SOURCE_STATE_ID = 1000;
export const KEY_GROUPS = 256;

export class OpenQuery {
  readonly options: StreamExecutionOptions;
  readonly context: ExecutionContext;
  readonly physical: PhysicalPlan;
  readonly sources: RunningSource[] = [];
  checkpoint!: Checkpoint;
  tracker!: WatermarkTracker;
  shufflePartitions = 1;
  /** The next batch. */
  batchId = 0;
  /** The watermark of the batch before: what is late is judged by it. */
  lateMillis = 0;
  /** A batch has begun and not come to its end: state holds a part of it. */
  isInBatch = false;
  /** There is a batch that may ask for one without rows once the watermark rose. */
  lastRan = false;
  #isReleased = false;

  /** Throws what can't be run, before anything is opened. */
  constructor(options: StreamExecutionOptions, collector: ResultCollector) {
    this.options = options;
    this.context = new ExecutionContext(options.settings);
    try {
      this.physical = planQuery(options.plan, collector, this.context, { kind: "stream", outputMode: options.outputMode });
    } catch (error) {
      this.context.release();
      throw error;
    }
  }

  /** From when on an operator that goes by the clock, or the sink, has something to do. */
  get dueMicros(): number { return Math.min(this.options.sink.dueMicros?.() ?? Number.POSITIVE_INFINITY, ...this.#byClock()); }

  /** With an interval such an operator gets a batch at each trigger, as in Spark. */
  get runsAtEachTrigger(): boolean {
    const { trigger } = this.options;
    return trigger.kind === "processingTime" && trigger.intervalMicros > 0 && this.#byClock().length > 0;
  }

  #byClock(): readonly number[] { return this.physical.stateful.flatMap(operator => operator.dueMicros?.() ?? []); }

  async open(): Promise<PendingDecision> {
    const { options, physical, context } = this;
    const tables = [...new Set(physical.pipelines.map(pipeline => pipeline.table).filter((table): table is Table => table?.isStreaming === true))];
    if (tables.length === 0) throw new AnalysisError({ condition: "WRITE_STREAM_NOT_ALLOWED", sqlState: "42601", message: "`writeStream` can be called only on streaming Dataset/DataFrame.", hint: "use write, or read with readStream" });
    const checkpoint = this.checkpoint = await options.openCheckpoint(this.#fingerprint(tables), {
      keyGroups: KEY_GROUPS, timeZone: options.settings.timeZone, shufflePartitions: options.shufflePartitions, watermarkPolicy: options.watermarkPolicy,
    });
    options.deadLetters.open(checkpoint.queryId);
    options.lateRows?.open(checkpoint.queryId);
    context.lateReceiver = options.lateRows?.take;
    const { constants, last } = checkpoint.recovered;
    const watermarks = last?.plan.watermarks as RecordedWatermarks | undefined;
    this.tracker = new WatermarkTracker(physical.watermarks, (constants["watermarkPolicy"] as WatermarkPolicy | undefined) ?? options.watermarkPolicy, watermarks, options.clock.nowMicros());
    this.shufflePartitions = Number(constants["shufflePartitions"] ?? options.shufflePartitions);
    tables.forEach((table, sourceIndex) => {
      const columns = [...new Set(physical.pipelines.flatMap(pipeline => (pipeline.table === table ? pipeline.columns : [])))];
      this.sources.push({ table, source: table.stream!({ queryId: checkpoint.queryId, sourceIndex, columns }), position: null, rowsRead: 0 });
    });
    await options.sink.open({ queryId: checkpoint.queryId, queryName: options.name, epoch: checkpoint.epoch, schema: schemaOf(options.plan), outputMode: options.outputMode, keyColumns: options.keyColumns, timeZone: options.settings.timeZone, hasWatermark: this.tracker.exists, folder: options.sinkFolder });
    checkpoint.check(); // the sink is fenced now: a newer runner's claim would have come before
    const decision = await this.#decide();
    const again = decision.kind === "rerun";
    await this.#loadState(again ? decision.batchId - 1 : checkpoint.recovered.lastBatchId);
    if (last !== undefined) {
      last.plan.sources.forEach((range, i) => { if (this.sources[i] !== undefined) this.sources[i].position = again ? range.from : range.to; });
      this.batchId = last.batchId + 1;
      this.lateMillis = watermarks?.usedMillis ?? 0;
      // As if the batch had run here: whether a batch without rows follows is judged against its watermark. A kill
      // between the two must not keep the windows that it closes back until more data comes.
      this.lastRan = true;
      if (this.tracker.exists && watermarks !== undefined) context.watermarkMicros = BigInt(watermarks.usedMillis) * 1000n;
    }
    return decision;
  }

  #fingerprint(tables: readonly Table[]): QueryFingerprint {
    return {
      sources: tables.map(table => table.fingerprint as Json),
      operators: this.physical.stateful.map(operator => {
        const [key = "", ...value] = operator.fingerprint.split(" | ");
        const state = operator.stateView?.description as Json | undefined;
        return { operatorId: operator.operatorId, name: operator.metrics().operatorName, key, value: value.join(" | "), ...(state !== undefined && { state }) };
      }),
      settings: { sinkClass: this.options.sink.sinkClass },
    };
  }

  /** What becomes of a batch that an earlier run decided; asks the sink's ledger if it has one. */
  async #decide(): Promise<PendingDecision> {
    const { sink } = this.options, { checkpoint } = this;
    try {
      return decidePending(sink.sinkClass, checkpoint.recovered, await sink.lastCommitted?.(checkpoint.recovered.last));
    } catch (error) {
      checkpoint.check(); // perhaps a newer runner is at work, and nothing is wrong
      throw error;
    }
  }

  async #loadState(batchId: number): Promise<void> {
    const { checkpoint } = this;
    const { snapshots, changes } = batchId < 0 ? { snapshots: [], changes: [] } : checkpoint.stateToLoad(batchId);
    for (const block of [...snapshots, ...changes]) {
      const bytes = await checkpoint.readState(block);
      if (block.operatorId >= SOURCE_STATE_ID) this.sources[block.operatorId - SOURCE_STATE_ID]?.source.state?.load(bytes);
      else this.physical.stateful.find(operator => operator.operatorId === block.operatorId)?.load(bytes);
    }
    // The ranges of a batch that will be run again are part of its own changes.
    const pending = checkpoint.recovered.pending;
    if (pending !== undefined && batchId < pending.batchId) {
      for (const block of pending.state) if (block.operatorId >= SOURCE_STATE_ID) this.sources[block.operatorId - SOURCE_STATE_ID]?.source.state?.load(await checkpoint.readState(block));
    }
  }

  /** Gives back all memory and stops the sources, once. The checkpoint is closed or abandoned by the caller. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const { source } of this.sources) void stopped(source);
    const failures: unknown[] = [];
    for (const operator of this.physical.stateful) try { operator.release(); } catch (error) { failures.push(error); }
    this.context.release();
    if (failures.length > 0) throw failures[0];
  }
}

async function stopped(source: RunningSource["source"]): Promise<void> {
  try { await source.stop(); } catch { /* nothing more is read from it */ }
}

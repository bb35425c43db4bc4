/** Measures a batch while it runs and makes its progress. */
import { stringify } from "../types/values.ts";
import type { Clock } from "../base/clock.ts";
import type { RecordedBatch } from "../checkpoint/types.ts";
import type { StateMetrics } from "../operators/stateful.ts";
import type { BatchRange } from "./micro-batch.ts";
import { durationsInMillis, formatMillis, stateProgress, type DurationMicros, type StreamingQueryProgress, type WatermarkProgress } from "./progress.ts";
import type { OpenQuery } from "./open-query.ts";
import type { RunReport } from "./options.ts";

/** What the log keeps: progress without durations and rates. */
export type ProgressDraft = Omit<StreamingQueryProgress, "durationMs" | "batchDuration" | "inputRowsPerSecond" | "processedRowsPerSecond">;

const NOTHING: DurationMicros = { latestOffset: 0, getBatch: 0, queryPlanning: 0, addBatch: 0, sinkCommit: 0, walCommit: 0, commitOffsets: 0, triggerExecution: 0 };

export class ProgressBuilder {
  readonly #query: OpenQuery;
  readonly #run: Pick<RunReport, "id" | "runId">;
  filteredRows = 0;
  #clock!: Clock;
  #startMicros = 0;
  #markMicros = 0;
  #lastTriggerMicros: number | undefined;
  #triggerMicros = 0;
  #durations: DurationMicros = { ...NOTHING };
  #batchId = 0;
  #batchTimeMicros = 0;
  #ranges: readonly BatchRange[] = [];

  constructor(query: OpenQuery, run: Pick<RunReport, "id" | "runId">) {
    this.#query = query;
    this.#run = run;
  }

  /** A trigger fired. */
  begin(clock: Clock): void {
    this.#clock = clock;
    this.#startMicros = this.#markMicros = clock.monotonicMicros();
    this.#triggerMicros = clock.nowMicros();
    this.#durations = { ...NOTHING };
  }

  /** What passed since the last mark was spent on this. */
  took(what: keyof DurationMicros): void {
    const now = this.#clock.monotonicMicros();
    this.#durations[what] += now - this.#markMicros;
    this.#markMicros = now;
  }

  startBatch(batchId: number, batchTimeMicros: number, ranges: readonly BatchRange[]): void {
    if (this.#clock === undefined) this.begin(this.#query.options.clock);
    this.#batchId = batchId;
    this.#batchTimeMicros = batchTimeMicros;
    this.#ranges = ranges;
    this.took("queryPlanning");
  }

  /** `available`: how far each source could be read now. `watermarkMillis`: the one the batch ran with, null without watermark. */
  draft(outputRows: number, available: readonly unknown[], watermarkMillis: number | null, stats: { min: number; max: number; avg: number } | null, watermarks: readonly WatermarkProgress[], deadLetters: number): ProgressDraft {
    const query = this.#query, { checkpoint } = query;
    const metrics = query.physical.stateful.map(operator => operator.metrics());
    const lag = query.sources.map(({ source }, i) => source.backlogRows?.(this.#ranges[i]!.to, available[i]));
    return {
      id: this.#run.id, runId: this.#run.runId, name: query.options.name, timestamp: formatMillis(Math.floor(this.#batchTimeMicros / 1000)), batchId: this.#batchId,
      numInputRows: query.sources.reduce((sum, source) => sum + source.rowsRead, 0),
      eventTime: watermarkMillis === null ? {} : {
        ...(stats !== null && { avg: formatMillis(stats.avg), max: formatMillis(stats.max), min: formatMillis(stats.min) }),
        watermark: formatMillis(watermarkMillis),
      },
      // As Spark: the last operator of the plan first.
      stateOperators: query.physical.statefulFromTop.map(operator => stateProgress(operator.metrics(), query.shufflePartitions)),
      sources: query.sources.map(({ source, rowsRead }, i) => ({
        description: source.description, startOffset: this.#ranges[i]!.from ?? null, endOffset: this.#ranges[i]!.to ?? null, latestOffset: available[i] ?? null,
        numInputRows: rowsRead, inputRowsPerSecond: 0, processedRowsPerSecond: 0, metrics: source.metrics?.() ?? {},
      })),
      sink: { description: query.options.sink.description, numOutputRows: outputRows }, ...observedIn(query.context.observed),
      millrace: {
        durationMicros: NOTHING, lateRows: metrics.reduce((sum, one) => sum + one.lateRows, 0), deadLetters, ...(watermarks.length > 0 && { watermarks }),
        filteredRows: this.filteredRows, ...keptRows(metrics, outputRows), lagRows: lag.some(rows => rows === undefined) ? null : lag.reduce<number>((sum, rows) => sum + rows!, 0),
        checkpointBytes: checkpoint.status().changeBytesSinceSnapshot, epoch: checkpoint.epoch, redelivered: false,
      },
    };
  }

  /** The batch is delivered: adds durations and rates. */
  finish(draft: ProgressDraft): StreamingQueryProgress {
    this.took("commitOffsets");
    const total = this.#clock.monotonicMicros() - this.#startMicros;
    this.#durations.triggerExecution = total;
    const sinceLast = this.#lastTriggerMicros === undefined ? undefined : this.#triggerMicros - this.#lastTriggerMicros;
    this.#lastTriggerMicros = this.#triggerMicros;
    return complete(draft, this.#durations, sinceLast, total);
  }

  /** A batch of an earlier run that was delivered again. */
  redelivered(batch: RecordedBatch): StreamingQueryProgress {
    const draft = batch.progress as unknown as ProgressDraft;
    const progress = complete({ ...draft, runId: this.#run.runId }, NOTHING, undefined, 0);
    return { ...progress, millrace: { ...progress.millrace, epoch: this.#query.checkpoint.epoch, redelivered: true } };
  }
}

/** Taken with the batch. */
function observedIn(observed: Map<string, Readonly<Record<string, unknown>>>): { readonly observedMetrics?: Readonly<Record<string, unknown>> } {
  if (observed.size === 0) return {};
  const metrics = JSON.parse(stringify(Object.fromEntries(observed))) as Record<string, unknown>;
  observed.clear();
  return { observedMetrics: metrics };
}

/** What the account of rows ends in: known where the first operator with state counts, or where there is none. */
function keptRows(metrics: readonly StateMetrics[], outputRows: number): { readonly keptRows?: number } {
  if (metrics.length === 0) return { keptRows: outputRows };
  const kept = metrics[0]!.keptRows;
  return metrics.length === 1 && kept !== undefined ? { keptRows: kept } : {};
}

function complete(draft: ProgressDraft, micros: Readonly<DurationMicros>, sinceLastMicros: number | undefined, totalMicros: number): StreamingQueryProgress {
  const perSecond = (rows: number, over: number | undefined) => (over === undefined || over <= 0 ? 0 : rows / (over / 1e6));
  const { id, runId, name, timestamp, batchId, numInputRows, ...rest } = draft;
  return {
    id, runId, name, timestamp, batchId, batchDuration: Math.floor(totalMicros / 1000), numInputRows,
    inputRowsPerSecond: perSecond(numInputRows, sinceLastMicros), processedRowsPerSecond: perSecond(numInputRows, totalMicros),
    durationMs: durationsInMillis(micros), eventTime: rest.eventTime, stateOperators: rest.stateOperators,
    sources: rest.sources.map(source => ({ ...source, inputRowsPerSecond: perSecond(source.numInputRows, sinceLastMicros), processedRowsPerSecond: perSecond(source.numInputRows, totalMicros) })),
    sink: rest.sink, ...(rest.observedMetrics !== undefined && { observedMetrics: rest.observedMetrics }), millrace: { ...rest.millrace, durationMicros: { ...micros } },
  };
}

/** Progress of a query as Spark's StreamingQueryProgress gives it: field names, order and formats are Spark's; what is ours stands under `millrace`. */
import type { StateMetrics } from "../operators/stateful.ts";

export interface StateOperatorProgress {
  readonly operatorName: string;
  readonly numRowsTotal: number;
  readonly numRowsUpdated: number;
  readonly allUpdatesTimeMs: number;
  readonly numRowsRemoved: number;
  readonly allRemovalsTimeMs: number;
  readonly commitTimeMs: number;
  readonly memoryUsedBytes: number;
  readonly numRowsDroppedByWatermark: number;
  readonly numShufflePartitions: number;
  readonly numStateStoreInstances: number;
  readonly customMetrics: Readonly<Record<string, number>>;
}

export interface SourceProgress {
  readonly description: string;
  readonly startOffset: unknown;
  readonly endOffset: unknown;
  readonly latestOffset: unknown;
  readonly numInputRows: number;
  readonly inputRowsPerSecond: number;
  readonly processedRowsPerSecond: number;
  readonly metrics: Readonly<Record<string, string>>;
}

export interface DurationMicros {
  latestOffset: number;
  getBatch: number;
  queryPlanning: number;
  addBatch: number;
  sinkCommit: number;
  walCommit: number;
  commitOffsets: number;
  triggerExecution: number;
}

/** What one withWatermark allows, at the end of the batch. */
export interface WatermarkProgress {
  readonly column: string;
  readonly delayMs: number;
  /** Null before its first row (of each partition): it then holds the policy `min` at the epoch. */
  readonly watermark: string | null;
  /** Silent for `idleTimeout`: it holds nothing back. */
  readonly isIdle: boolean;
  /** Rows of this batch too far ahead of the clock to count; with `maxFutureSkew`. */
  readonly futureRows?: number;
  /** With `perPartition`: how many, and up to 32 of them, the furthest behind first. */
  readonly numPartitions?: number;
  readonly partitions?: readonly { readonly partition: string; readonly watermark: string | null; readonly isIdle: boolean }[];
}

export interface MillraceProgress {
  readonly durationMicros: Readonly<DurationMicros>;
  /** Rows that were late, counted before any aggregation. */
  readonly lateRows: number;
  readonly deadLetters: number;
  /** Each watermark of the query by itself; left out without one. */
  readonly watermarks?: readonly WatermarkProgress[];
  /** Rows that no filter let pass. */
  readonly filteredRows: number;
  /** Rows that went into windows and other state, or, without state, to the sink; counted there. Left out where rows multiply. */
  readonly keptRows?: number;
  /** Rows that wait in the sources, if they know. */
  readonly lagRows: number | null;
  readonly checkpointBytes: number;
  readonly epoch: number;
  /** True for a batch that was decided before a crash and delivered again after it. */
  readonly redelivered: boolean;
}

export interface StreamingQueryProgress {
  readonly id: string;
  readonly runId: string;
  readonly name: string | null;
  readonly timestamp: string;
  readonly batchId: number;
  readonly batchDuration: number;
  readonly numInputRows: number;
  readonly inputRowsPerSecond: number;
  readonly processedRowsPerSecond: number;
  readonly durationMs: Readonly<Record<"addBatch" | "commitOffsets" | "getBatch" | "latestOffset" | "queryPlanning" | "triggerExecution" | "walCommit", number>>;
  readonly eventTime: Readonly<Partial<Record<"avg" | "max" | "min" | "watermark", string>>>;
  readonly stateOperators: readonly StateOperatorProgress[];
  readonly sources: readonly SourceProgress[];
  readonly sink: { readonly description: string; readonly numOutputRows: number };
  /** What observe() saw of the batch, by its names; values as JSON has them. */
  readonly observedMetrics?: Readonly<Record<string, unknown>>;
  readonly millrace: MillraceProgress;
}

/** `2026-03-01T00:00:00.000Z`. Years past 9999 keep their digits without a sign, as Spark prints them. */
export function formatMillis(millis: number): string {
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) return `${millis}`;
  const text = date.toISOString();
  return text.startsWith("+") ? text.slice(1).replace(/^0+(?=\d{5})/, "") : text;
}

export function stateProgress(metrics: StateMetrics, shufflePartitions: number): StateOperatorProgress {
  return {
    operatorName: metrics.operatorName, numRowsTotal: metrics.rowsTotal, numRowsUpdated: metrics.rowsUpdated, allUpdatesTimeMs: 0,
    numRowsRemoved: metrics.rowsRemoved, allRemovalsTimeMs: 0, commitTimeMs: 0, memoryUsedBytes: metrics.memoryBytes,
    numRowsDroppedByWatermark: metrics.rowsDroppedByWatermark, numShufflePartitions: shufflePartitions,
    numStateStoreInstances: shufflePartitions, customMetrics: {},
  };
}

/** Whole milliseconds, as Spark gives them. */
export function durationsInMillis(micros: Readonly<DurationMicros>): StreamingQueryProgress["durationMs"] {
  const ms = (value: number) => Math.floor(value / 1000);
  return {
    addBatch: ms(micros.addBatch), commitOffsets: ms(micros.commitOffsets), getBatch: ms(micros.getBatch), latestOffset: ms(micros.latestOffset),
    queryPlanning: ms(micros.queryPlanning), triggerExecution: ms(micros.triggerExecution), walCommit: ms(micros.walCommit),
  };
}

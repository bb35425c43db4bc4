/**
 * What the live page needs to know of the engine, as plain types. The server reads the engine only through these; the
 * stream runner implements them. Times are microseconds since 1970 UTC, durations microseconds, sizes bytes. What is
 * optional may be left out: the page then says that it is not reported, and the rest works.
 */
import type { QueryContext } from "../base/errors.ts";
import type { StateJson } from "./api-types.ts";

/** One process and its queries. */
export interface EngineView {
  readonly about: AboutFacts;
  /** Engine's share of the process: the server adds memory, CPU and event loop delay. Called only while someone looks. */
  process(): EngineProcessFacts;
  /** Queries of this process, running and ended, in any order. The same object for the same run. */
  queries(): readonly QueryView[];
  /** Calls when a query was added or removed. Returns the function that ends it. */
  onChange(listener: () => void): () => void;
}

export interface AboutFacts {
  readonly version: string;
  readonly startedAtMicros: number;
  /** Session time zone, IANA name. */
  readonly timeZone: string;
}

export interface EngineProcessFacts {
  readonly workers: number;
  readonly memoryLimitBytes?: number;
  readonly stateLimitBytes?: number;
}

export type LifeState = "starting" | "running" | "failed" | "stopped" | "finished";

export interface ErrorFacts {
  readonly condition: string;
  readonly sqlState: string;
  readonly message: string;
  readonly messageParameters?: Readonly<Record<string, string>>;
  readonly queryContext?: readonly QueryContext[];
  readonly hint?: string | undefined;
  /** Where the row was that broke it, as `invoices-2 @ 4,410,882, column amount`. */
  readonly place?: string;
}

/** Spark's `StreamingQueryStatus`. */
export interface QueryStatus {
  readonly message: string;
  readonly isDataAvailable: boolean;
  readonly isTriggerActive: boolean;
}

export interface SourceProgress {
  readonly description: string;
  readonly startOffset?: unknown;
  readonly endOffset?: unknown;
  readonly latestOffset?: unknown;
  readonly numInputRows: number;
  readonly inputRowsPerSecond?: number;
  readonly processedRowsPerSecond?: number;
  readonly metrics?: Readonly<Record<string, string>>;
}

export interface StateOperatorProgress {
  readonly operatorName: string;
  readonly numRowsTotal: number;
  readonly numRowsUpdated: number;
  readonly allUpdatesTimeMs?: number;
  readonly numRowsRemoved?: number;
  readonly allRemovalsTimeMs?: number;
  readonly commitTimeMs?: number;
  readonly memoryUsedBytes: number;
  readonly numRowsDroppedByWatermark?: number;
  readonly numShufflePartitions?: number;
  readonly numStateStoreInstances?: number;
  readonly customMetrics?: Readonly<Record<string, number>>;
}

/** Spark's progress of one micro-batch, field for field; what is ours stands under `millrace`. Times in it are ISO 8601 UTC. */
export interface StreamingQueryProgress {
  readonly id: string;
  readonly runId: string;
  readonly name: string | null;
  /** Start of the trigger. */
  readonly timestamp: string;
  readonly batchId: number;
  readonly batchDuration: number;
  readonly numInputRows: number;
  readonly inputRowsPerSecond?: number;
  readonly processedRowsPerSecond?: number;
  readonly durationMs: Readonly<Record<string, number>>;
  /** `avg`, `max`, `min` of this batch's event times, and the `watermark` it used. */
  readonly eventTime?: Readonly<Record<string, string>>;
  readonly stateOperators: readonly StateOperatorProgress[];
  readonly sources: readonly SourceProgress[];
  /** `numOutputRows` -1: the sink doesn't say. */
  readonly sink: { readonly description: string; readonly numOutputRows: number; readonly metrics?: Readonly<Record<string, string>> };
  readonly observedMetrics?: Readonly<Record<string, unknown>>;
  readonly millrace?: MillraceProgress;
}

export interface MillraceProgress {
  /** As Spark's `durationMs`, exact; also `sinkCommit`, which is a part of `addBatch`. */
  readonly durationMicros?: Readonly<Record<string, number>>;
  /** Rows of the sources that are not read yet, after this batch. */
  readonly backlogRows?: number;
  /** Rows dropped as late, before any aggregation. */
  readonly lateRows?: number;
  readonly deadLetters?: number;
  /** Rows that the query's own filters removed. */
  readonly filteredRows?: number;
  /** Rows that went into windows and other state, or were written: counted where they arrive, not computed from the others. */
  readonly keptRows?: number;
  /** Rows dropped by each expectation. */
  readonly expectations?: Readonly<Record<string, number>>;
  readonly checkpointBytes?: number;
  readonly epoch?: number;
  readonly operators?: readonly OperatorProgress[];
}

export interface OperatorProgress {
  readonly id: number;
  readonly lateRows?: number;
  readonly stateBytes?: number;
  readonly busy?: number;
  readonly waiting?: number;
}

export type QueryEvent =
  | { readonly kind: "progress"; readonly progress: StreamingQueryProgress }
  /** New rows can be had from `rows`. */
  | { readonly kind: "rows" }
  | { readonly kind: "lifecycle"; readonly what: "started" | "stopped" | "failed" | "finished" };

/** One run of one query. Getters are cheap; methods that collect something are called only while someone looks, at most four times a second. */
export interface QueryView {
  readonly id: string;
  readonly runId: string;
  readonly name: string | null;
  readonly outputMode: "append" | "update" | "complete";
  /** How it is triggered, in words that follow "runs": `when data arrives`, `every 10 s`, `once`. */
  readonly trigger: string;
  /** Of a processing-time trigger, else 0. */
  readonly triggerIntervalMicros: number;
  readonly startedAtMicros: number;
  readonly restarts?: number;
  readonly lastRestartMicros?: number;
  readonly checkpointPath?: string | null;
  readonly guarantee: { readonly kind: "exactly once" | "at least once" | "at most once"; readonly reason: string };
  readonly options?: Readonly<Record<string, string>>;
  readonly schema?: readonly { readonly name: string; readonly type: string }[];
  readonly sqlText?: string | null;
  readonly stateLimitBytes?: number;

  state(): LifeState;
  status(): QueryStatus;
  /** Null while it is active. */
  end(): EndFacts | null;
  lastProgress(): StreamingQueryProgress | null;
  /** Oldest first. */
  recentProgress(): readonly StreamingQueryProgress[];
  /** The batch that is in work; null between batches. */
  currentBatch?(): CurrentBatch | null;
  /** While it starts: what is being loaded. */
  loading?(): { readonly stateBytes: number; readonly leftMicros?: number } | null;
  operators?(): OperatorGraph | null;
  eventTime?(): EventTimeFacts | null;
  sources?(): readonly SourceFacts[];
  sinks?(): readonly SinkFacts[];
  /** The newest rows at the sink, at most `limit`. */
  rows?(limit: number): OutputRows | null;
  /** Rows of the state, between two batches. */
  stateRows?(request: StateRowsRequest): Promise<StateJson>;
  checkpoint?(): CheckpointFacts | null;
  deadLetters?(): DeadLetterFacts | null;
  plan?(): string | null;
  /** Tells what is looked at, so that nothing is collected for nobody. */
  watch?(what: { readonly rows: boolean; readonly detail: boolean }): void;
  subscribe(listener: (event: QueryEvent) => void): () => void;
  /** Only where the page may act. */
  stop?(options: { readonly drain: boolean }): Promise<void>;
}

export interface EndFacts {
  readonly atMicros: number;
  /** The batch that failed, or the next one that would run. */
  readonly batchId: number;
  readonly exception: ErrorFacts | null;
}

export interface CurrentBatch {
  readonly batchId: number;
  readonly startedAtMicros: number;
  readonly phase: "read" | "plan" | "compute" | "commit";
}

export interface OperatorFacts {
  readonly id: number;
  readonly kind: string;
  /** What it does, in the words of the user's query. */
  readonly title: string;
  readonly detail: string;
  /** Shares of its thread's time over the last seconds, 0 to 1. */
  readonly busy: number;
  /** Share of time it could not hand on its rows. */
  readonly waiting: number;
  /** Null: it has no state. */
  readonly stateRows: number | null;
}

export interface OperatorGraph {
  /** In order from sources to sink. */
  readonly operators: readonly OperatorFacts[];
  /** `note` follows the rate: `2.2 % filtered out`. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly rowsPerSecond: number; readonly note?: string }[];
}

export interface LaneFacts {
  /** Index of the source. */
  readonly source: number;
  readonly sourceName: string;
  /** Null: the source has no partitions. */
  readonly partition: string | null;
  /** Greatest event time ever; null before the first row. */
  readonly newestMicros: number | null;
  /** Of the last batch that had rows. */
  readonly p5Micros: number | null;
  readonly p95Micros: number | null;
  readonly rowsPerSecond: number;
  /** In the last hour. */
  readonly lateRows: number;
  /** Wall clock of the last row; null before the first. */
  readonly lastRowMicros: number | null;
}

export interface EventTimeFacts {
  readonly policy: "min" | "max";
  /** As the last batch used it; null before the first. */
  readonly watermarkMicros: number | null;
  /** What the next batch will use, if it is another. */
  readonly nextMicros: number | null;
  readonly delayMicros: number;
  readonly lanes: readonly LaneFacts[];
  /** Null: no windows. `slideMicros` equals `lengthMicros` for tumbling ones. */
  readonly windowLengthMicros: number | null;
  readonly windowSlideMicros: number | null;
  /** Newest window that is out, then the open ones, by end. */
  readonly windows: readonly { readonly startMicros: number; readonly endMicros: number; readonly rows: number; readonly state: "out" | "next" | "fills" }[];
  /** Rows of the last hour by how far they were behind the newest event when read. */
  readonly lateness: { readonly stepMicros: number; readonly counts: readonly number[]; readonly keepAllDelayMicros: number | null } | null;
}

export interface SourceFacts {
  /** `Kafka`, `Files`. */
  readonly system: string;
  /** Topic, path. */
  readonly name: string;
  /** What follows: `8 partitions`, `static`. */
  readonly detail: string;
  readonly partitions: number;
  /** Read as a table, not as a stream. */
  readonly isStatic?: boolean;
  readonly position: string;
  readonly rowsPerSecond: number | null;
  readonly backlogRows: number | null;
  readonly oldestMicros: number | null;
  readonly fetchP99Micros: number | null;
  readonly guarantee: string;
  /** Wall clock of the last row; null before the first. */
  readonly lastRowMicros: number | null;
  readonly options?: Readonly<Record<string, string>>;
}

export interface SinkFacts {
  readonly system: string;
  readonly name: string;
  readonly detail: string;
  readonly position: string;
  readonly rowsPerSecond: number | null;
  readonly commitP99Micros: number | null;
  readonly guarantee: string;
  readonly options?: Readonly<Record<string, string>>;
}

export interface OutputRows {
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  readonly batchId: number;
  /** When that batch was committed. */
  readonly atMicros: number;
  /** Rows of that batch. */
  readonly batchRows: number;
  /** Number of rows at the sink in this run, up to and with the last of `rows`. */
  readonly seq: number;
  /** Oldest first. BIGINT and DECIMAL as strings, TIMESTAMP as ISO with microseconds, BINARY as base64. */
  readonly rows: readonly (readonly unknown[])[];
}

/** Which rows of the state: by operator and store, key (a value, or fields by name), and from one time to before another. */
export interface StateRowsRequest {
  readonly operator: number;
  readonly store?: string | undefined;
  readonly key?: unknown;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly limit: number;
  readonly after?: string | undefined;
}

export interface CheckpointFacts {
  readonly epoch: number;
  /** Log records of the last batch, in order; `atMicros` wall clock. */
  readonly records: readonly { readonly name: string; readonly atMicros: number }[];
  readonly nextBatchId: number;
  readonly resumeMicros: number | null;
  readonly snapshotBytes: number | null;
  readonly snapshotAtMicros: number | null;
  readonly changesToApply: number | null;
  readonly rowsToReadAgain: number | null;
  readonly diskBytes: number | null;
  readonly batchesKept: number | null;
  readonly fsyncP99Micros: number | null;
}

export interface DeadLetterFacts {
  readonly reasons: readonly { readonly reason: string; readonly count: number; readonly lastMicros: number }[];
  /** Newest last. */
  readonly newest: readonly { readonly reason: string; readonly atMicros: number; readonly place: string; readonly raw: string; readonly message: string }[];
  readonly path: string | null;
}

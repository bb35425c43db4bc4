/**
 * What the JSON API and the events say, as types that server and page share. Times are ISO 8601 UTC, durations microseconds;
 * what is absent or null is not known. A field that goes or changes raises `apiVersion`; new ones may come at any time.
 */
import type { CurrentBatch, DeadLetterFacts, ErrorFacts, LifeState, QueryStatus, StreamingQueryProgress } from "./engine-view.ts";
import type { SeriesColumn } from "./series-columns.ts";
import type { Level, VerdictKind } from "./verdict.ts";

export const apiVersion = 1;

export interface About {
  readonly apiVersion: number;
  readonly version: string;
  readonly node: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly now: string;
  readonly timeZone: string;
  readonly canAct: boolean;
}

export interface ProcessSummary {
  readonly inputRowsPerSecond: number;
  readonly outputRowsPerSecond: number;
  readonly sources: number;
  readonly sinks: number;
  readonly stateRows: number;
  readonly stateBytes: number;
  readonly stateLimitBytes: number | null;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number | null;
  /** CPU seconds per second. */
  readonly cpuCores: number | null;
  readonly cpuAvailable: number;
  readonly workers: number;
  readonly eventLoopDelayP99Micros: number | null;
}

export interface VerdictJson {
  readonly kind: VerdictKind;
  readonly level: Level;
  readonly since: string;
  readonly lead: string;
  readonly text: string;
  /** Capacity over input; null if one is not known. */
  readonly headroom: number | null;
}

export interface NowNumbers {
  readonly inputRowsPerSecond: number | null;
  readonly readRowsPerSecond: number | null;
  readonly capacityRowsPerSecond: number | null;
  readonly outputRowsPerSecond: number | null;
  readonly batchMicros: { readonly p50: number; readonly p99: number } | null;
  readonly batchesPerSecond: number | null;
  readonly backlogRows: number | null;
  readonly newestEventBehindMicros: number | null;
  readonly watermarkBehindMicros: number | null;
  readonly watermarkExpectedMicros: number | null;
  readonly delayMicros: number | null;
  readonly nextWindowMicros: number | null;
  readonly state: { readonly rows: number; readonly bytes: number; readonly limitBytes: number | null } | null;
}

export interface Summary {
  readonly id: string;
  readonly runId: string;
  readonly name: string | null;
  readonly state: LifeState;
  readonly outputMode: string;
  readonly trigger: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly restarts: number;
  readonly lastRestartAt: string | null;
  readonly checkpoint: string | null;
  readonly guarantee: { readonly kind: string; readonly reason: string };
  readonly status: QueryStatus;
  readonly verdict: VerdictJson;
  readonly now: NowNumbers;
  readonly counts: {
    readonly windowSeconds: number; readonly rowsRead: number; readonly lateRows: number; readonly deadLetters: number;
    readonly lastLateAt: string | null; readonly lastDeadLetterAt: string | null; readonly lateFrom: string | null;
    /** Of this run. */
    readonly batches: number; readonly runRowsRead: number; readonly runRowsOut: number;
  };
  /** False: no dead-letter place is set up. */
  readonly deadLettersKept: boolean;
  readonly hasWatermark: boolean;
  readonly sources: { readonly count: number; readonly partitions: number; readonly silent: number };
  /** Of the whole in the last 15 min; `readRowsPerSecond` only while it is behind. */
  readonly sparkline: { readonly step: number; readonly inputRowsPerSecond: readonly (number | null)[]; readonly readRowsPerSecond?: readonly (number | null)[] };
  /** Before it ended. */
  readonly lastInputRowsPerSecond: number | null;
  readonly lastBatchId: number | null;
  readonly lastError: ErrorFacts | null;
  readonly currentBatch: (Omit<CurrentBatch, "startedAtMicros"> & { readonly startedAt: string }) | null;
  readonly lastProgress?: StreamingQueryProgress | null;
}

export interface QueryDetail extends Summary {
  readonly options: Readonly<Record<string, string>>;
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  readonly sql: string | null;
  readonly plan: string | null;
}

export interface SeriesJson {
  readonly from: string;
  /** Seconds. */
  readonly step: number;
  readonly points: number;
  readonly columns: Readonly<Record<SeriesColumn, readonly (number | null)[]>>;
  readonly marks: readonly { readonly at: string; readonly kind: string; readonly text: string }[];
}

export interface OperatorsJson {
  readonly operators: readonly {
    readonly id: number; readonly kind: string; readonly title: string; readonly detail: string;
    readonly busy: number; readonly waiting: number; readonly stateRows: number | null;
  }[];
  readonly edges: readonly { readonly from: number; readonly to: number; readonly rowsPerSecond: number; readonly note?: string }[];
  /** Id of the operator that holds up the others, or null. */
  readonly bottleneck: number | null;
  readonly busy: number;
  readonly text: string;
}

export interface LaneJson {
  readonly source: number;
  readonly sourceName: string;
  readonly partition: string | null;
  readonly newest: string | null;
  readonly p5: string | null;
  readonly p95: string | null;
  readonly rowsPerSecond: number;
  readonly lateRows: number;
  readonly silentMicros: number | null;
  readonly lastRowAt: string | null;
  readonly trouble: "slow" | "silent" | null;
}

export interface WindowJson { readonly start: string; readonly end: string; readonly rows: number; readonly etaMicros: number | null; readonly state: "out" | "next" | "fills" }

export interface EventTimeJson {
  readonly now: string;
  readonly policy: "min" | "max";
  readonly watermark: string | null;
  readonly next: string | null;
  readonly setBy: { readonly source: number; readonly partition: string | null } | null;
  readonly speed: number | null;
  readonly delayMicros: number | null;
  readonly windowLengthMicros: number | null;
  readonly windowSlideMicros: number | null;
  readonly lanes: readonly LaneJson[];
  /** How many lanes there are beside those listed. */
  readonly moreLanes: number;
  readonly windows: readonly WindowJson[];
  readonly lateness: { readonly stepMicros: number; readonly delayMicros: number; readonly counts: readonly number[]; readonly keepAllDelayMicros: number | null } | null;
  readonly lateRows: number;
  readonly rowsRead: number;
}

export interface RowsJson {
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  readonly batchId: number;
  readonly at: string;
  readonly batchRows: number;
  readonly seq: number;
  readonly rows: readonly (readonly unknown[])[];
  readonly skipped: number;
}

/** Rows of an operator's state between two batches; cells as in rows, structs as arrays. */
export interface StateJson {
  /** After which it is so; -1: none yet. */
  readonly batchId: number;
  readonly operator: number;
  readonly operatorName: string;
  readonly store: string;
  readonly keySchema: readonly { readonly name: string; readonly type: string }[];
  readonly valueSchema: readonly { readonly name: string; readonly type: string }[];
  /** Of the whole store. */
  readonly rowsTotal: number;
  readonly rows: readonly { readonly key: readonly unknown[]; readonly value: readonly unknown[]; readonly partition: number }[];
  /** For `after`; null: that was all. */
  readonly next: string | null;
}

export interface BatchJson {
  readonly batchId: number; readonly startedAt: string; readonly rowsIn: number; readonly rowsOut: number | null; readonly lateRows: number; readonly deadLetters: number;
  readonly readMicros: number; readonly planMicros: number; readonly computeMicros: number; readonly commitMicros: number; readonly totalMicros: number;
  readonly watermark: string | null;
}

export interface QualityJson {
  readonly windowSeconds: number;
  readonly rowsRead: number;
  readonly filteredRows: number;
  readonly lateRows: number;
  readonly deadLetters: number;
  readonly expectations: readonly { readonly name: string; readonly dropped: number }[];
  readonly keptRows: number;
  /** Where they went: into windows (or other state), or written. */
  readonly keptAs: "windows" | "written";
  /** Rows that no counter has; null if the engine doesn't count what it keeps. */
  readonly unaccounted: number | null;
  readonly deadLetterReasons: DeadLetterFacts["reasons"];
  readonly newestDeadLetter: (Omit<DeadLetterFacts["newest"][number], "atMicros"> & { readonly at: string }) | null;
}

export interface SourceJson {
  readonly system: string; readonly name: string; readonly detail: string; readonly partitions: number; readonly isStatic?: boolean; readonly position: string;
  readonly rowsPerSecond: number | null; readonly backlogRows: number | null; readonly oldestMicros: number | null; readonly fetchP99Micros: number | null;
  readonly guarantee: string; readonly lastRowAt: string | null; readonly options: Readonly<Record<string, string>>;
}

export interface SinkJson {
  readonly system: string; readonly name: string; readonly detail: string; readonly position: string; readonly rowsPerSecond: number | null;
  readonly commitP99Micros: number | null; readonly guarantee: string; readonly options: Readonly<Record<string, string>>;
}

export interface CheckpointJson {
  readonly epoch: number;
  readonly records: readonly { readonly name: string; readonly at: string }[];
  readonly nextBatchId: number;
  readonly resumeMicros: number | null;
  readonly snapshot: { readonly bytes: number | null; readonly at: string | null };
  readonly changesToApply: number | null;
  readonly rowsToReadAgain: number | null;
  readonly diskBytes: number | null;
  readonly batchesKept: number | null;
  readonly fsyncP99Micros: number | null;
}

/** Once a second in the event `query`, beside the summary. */
export interface QueryParts {
  /** The last whole second. */
  readonly tail: { readonly t: string; readonly columns: Readonly<Record<SeriesColumn, number | null>> };
  /** Earlier points changed too: take `/series` again. */
  readonly rewrote: boolean;
  readonly marks: SeriesJson["marks"];
  readonly eventTime: EventTimeJson | null;
  readonly operators: OperatorsJson | null;
  readonly quality: QualityJson;
  readonly checkpointState: CheckpointJson | null;
  readonly inputs: readonly SourceJson[];
  readonly outputs: readonly SinkJson[];
  /** The notable ones. */
  readonly batches: readonly BatchJson[];
}

/** Event `query`: the summary without its sparkline, and once a second the parts. */
export type QueryEventJson = Omit<Summary, "sparkline" | "lastProgress"> & Partial<QueryParts>;

export interface ErrorJson { readonly error: ErrorFacts }

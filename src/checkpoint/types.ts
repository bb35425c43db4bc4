/** What a checkpoint takes from the runner and gives back after a restart. docs/protocol.md explains why it is so. */
import type { Clock, Random } from "../base/clock.ts";
import type { Files } from "../base/files.ts";

/** What JSON can hold: no bigint, no undefined. Times in it are micros as integers up to 2^53, or strings. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The decision about one batch that a run after a crash must not change. */
export interface BatchPlan {
  /** A source each, in the order of the query: the range (from, to] as the source's own offsets. */
  readonly sources: readonly { readonly from: unknown; readonly to: unknown }[];
  readonly batchTimeMicros: number;
  /** Seed of rand() and its like. */
  readonly seed: number;
  /** What else the runner must find again: watermarks by source and by operator. */
  readonly watermarks: unknown;
}

/** A part of the state changes of one batch, or of a snapshot: the bytes of one operator for key groups [groupFrom, groupTo). */
export interface StateBytes {
  readonly operatorId: number;
  readonly groupFrom: number;
  readonly groupTo: number;
  readonly bytes: Uint8Array;
}

/** Where such bytes lie in the checkpoint. */
export interface StateBlock {
  /** Changes: of this batch. Snapshot: the state after this batch. */
  readonly batchId: number;
  readonly operatorId: number;
  readonly groupFrom: number;
  readonly groupTo: number;
  /** Relative to the checkpoint's folder. */
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly crc32c: number;
}

/** A file that a sink made durable before the batch was written. The same shape as a sink's staged file. */
export interface OutputFile { readonly path: string; readonly bytes: number; readonly rows: number; readonly crc32c: number }

/**
 * What the sink gets for a batch. "inline": the bytes themselves are in the log. "files": staged by the sink. "rerun":
 * too large to keep or decided by the sink's own ledger: the plan is run again. "none": the batch had no output.
 */
export type BatchOutput =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "files"; readonly files: readonly OutputFile[] }
  | { readonly kind: "rerun" }
  | { readonly kind: "none" };

export interface BatchToWrite {
  /** The one after the last, or the pending one when it was run again. */
  readonly batchId: number;
  readonly plan: BatchPlan;
  /** State changes. More than the inline limit goes to a file. */
  readonly state: readonly StateBytes[];
  /** State changes that workers wrote with `stageState` already. */
  readonly stagedState?: readonly StateBlock[];
  readonly output: BatchOutput;
  readonly rowCounts?: Json;
  /** Order-free sum of the rows' hashes, as text; compared with a ledger. */
  readonly digest: string;
  /** Staged files of dead letters, late rows and the like, by name of the output. */
  readonly sideOutputs?: Readonly<Record<string, readonly OutputFile[]>>;
  /** The batch's progress without durations, which a redelivery reports again. */
  readonly progress?: Json;
  /** True for a sink whose effects came before this record: the batch is delivered already. */
  readonly delivered?: boolean;
}

/** A batch as the log has it. */
export interface RecordedBatch {
  readonly batchId: number;
  /** The epoch under which it was first written; redeliveries carry it, not the epoch of the redelivery. */
  readonly epoch: number;
  readonly plan: BatchPlan;
  readonly output: BatchOutput;
  readonly rowCounts: Json;
  readonly digest: string;
  readonly sideOutputs: Readonly<Record<string, readonly OutputFile[]>>;
  readonly progress: Json;
  readonly state: readonly StateBlock[];
}

/** What was fixed when the checkpoint was made and stays so. */
export type CheckpointConstants = Readonly<Record<string, Json>>;

/** What identifies a query to its checkpoint. Compared as JSON. */
export interface QueryFingerprint {
  /** Sources in order, as each describes what must not change. */
  readonly sources: readonly Json[];
  /** Stateful operators: their state is found by the id again. */
  readonly operators: readonly OperatorFingerprint[];
  /** Other things that decide what the state means: output mode, watermark policy, sink class. */
  readonly settings: Readonly<Record<string, Json>>;
}
export interface OperatorFingerprint {
  readonly operatorId: number;
  readonly name: string;
  /** Schemas as DDL. */
  readonly key: string;
  readonly value: string;
  /** How readers of the state make its tables again (operators/state-view.ts). Not compared; missing in older checkpoints. */
  readonly state?: Json;
}

/** All blocks needed to rebuild the state after a batch. */
export interface StateToLoad {
  /** Load these first. */
  readonly snapshots: readonly StateBlock[];
  /** Then apply these, in this order. */
  readonly changes: readonly StateBlock[];
}

/** What opening found. */
export interface Recovered {
  /** Nothing was ever written: batch 0 comes next. */
  readonly isNew: boolean;
  /** -1: none. */
  readonly lastBatchId: number;
  /** Batches up to this one are delivered. -1: none. */
  readonly done: number;
  /** The record of `lastBatchId`. */
  readonly last: RecordedBatch | undefined;
  /** The same, when it is not known to be delivered: see `decidePending`. */
  readonly pending: RecordedBatch | undefined;
  /** A batch planned for a sink with early effects, with no record of its end. */
  readonly planned: { readonly batchId: number; readonly plan: BatchPlan } | undefined;
  readonly constants: CheckpointConstants;
  /** The file and offset of a record that was being written when the machine stopped; it was never acknowledged. */
  readonly tornTail: { readonly file: string; readonly offset: number } | undefined;
  /** Why the run before ended, if it ended in order. */
  readonly closedBecause: string | undefined;
  /** State that the changed query no longer has, in words. */
  readonly dropped: readonly string[];
}

export interface CheckpointStatus {
  readonly epoch: number;
  /** Waiting for room: the query stands still and goes on by itself when there is some. */
  readonly diskFull: boolean;
  /** Unlinks that failed and will be tried again. */
  readonly failedUnlinks: number;
  readonly segmentFile: string;
  readonly segmentUsedBytes: number;
  readonly changeBytesSinceSnapshot: number;
  readonly batchesSinceSnapshot: number;
  /** Forks are possible from this batch on. */
  readonly horizon: number;
}

/** Points in the life of a batch at which a test may end the process. `onStep` is called just after each. */
export type CheckpointStep = "stage" | "syncFiles" | "append" | "sync" | "check" | "release" | "appendDone";

/** One open checkpoint: the runner's end of the log. After any error only `abandon` may be called. */
export interface Checkpoint {
  readonly queryId: string;
  /** Grows with every opening; fences sinks. */
  readonly epoch: number;
  /** Absolute path of the folder; undefined when nothing is kept. */
  readonly path: string | undefined;
  readonly recovered: Recovered;
  /** Last batch written. -1: none. */
  readonly lastBatchId: number;
  /** Batches up to this one are delivered and a durable record says so: sources may forget them. -1: none. */
  readonly durableDone: number;

  /** The fence: throws MILLRACE_FENCED when a newer runner has this checkpoint. */
  check(): void;
  /** Makes the plan of a batch durable before any effect; only for sinks with early effects. */
  writePlan(batchId: number, plan: BatchPlan): Promise<void>;
  /** Makes a batch durable and checks the fence. When it returns the batch is decided and may be given to the sink. */
  writeBatch(batch: BatchToWrite): Promise<void>;
  /** The sink has the batch, durably. It is written down with the next record. */
  delivered(batchId: number): void;
  /** Writes down what is delivered, if a record does not say so yet. For a query that has been idle for a second. */
  idle(): Promise<void>;
  /** A file for state changes that a worker writes by itself; for `BatchToWrite.stagedState`. */
  stageState(batchId: number, blocks: readonly StateBytes[]): Promise<readonly StateBlock[]>;
  /** True when the changes since the last snapshot are many. */
  readonly snapshotDue: boolean;
  /** Begins a snapshot of the state after `batchId`, which must be the last batch. */
  beginSnapshot(batchId: number): SnapshotWriter;
  /** Blocks for the state after `batchId`: the last one, or the one before a pending one. */
  stateToLoad(batchId: number): StateToLoad;
  /** Reads and verifies one block. */
  readState(block: StateBlock): Promise<Uint8Array>;
  /** Unlinks what the last durable record gave up; also runs by itself in the background. */
  collect(): Promise<void>;
  status(): CheckpointStatus;
  /** A clean end. Writes what is delivered and `reason`. */
  close(reason: string): Promise<void>;
  /** Gives up without writing anything, after an error. The log stays as it is for the next opening. */
  abandon(): void;
}

export interface SnapshotWriter {
  /** Parts in any order and at any time; the bytes are written before the promise resolves. A part may be newer than `batchId`: changes after it are applied again. */
  write(part: StateBytes): Promise<void>;
  /** All parts are written: syncs, and lets the next batch's record name them. */
  finish(): Promise<void>;
  abort(): void;
}

export interface CheckpointHost {
  readonly name: string;
  readonly processId: number;
  /** Whether a process of this machine lives. */
  isAlive(processId: number): boolean;
}

export interface CheckpointOptions {
  readonly files: Files;
  /** The checkpoint's folder; made if it is not there. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: CheckpointHost;
  readonly query: QueryFingerprint;
  /** Used when the checkpoint is new; a checkpoint that exists keeps its own. */
  readonly constants: CheckpointConstants;
  /** Batches that can be forked from and inspected. Default 100. */
  readonly retentionBatches?: number;
  /** Default 16 MiB; at least 64 KiB. Used when the checkpoint is new. */
  readonly segmentBytes?: number;
  /** State changes of one batch up to this size stand in the log itself. Default 1 MiB. */
  readonly inlineBytes?: number;
  /** Snapshot after so many bytes of changes or batches. Default 64 MiB, 1000. */
  readonly snapshotBytes?: number;
  readonly snapshotBatches?: number;
  /** Open although another runner seems to live; that one is fenced off. */
  readonly takeOver?: boolean;
  /** Go on although operators with state are gone from the query. */
  readonly acceptDroppedState?: boolean;
  readonly onStep?: (step: CheckpointStep, batchId: number) => void;
  readonly signal?: AbortSignal;
}

/** What a streaming query is made of, and what it tells while it runs. */
import type { MillraceError } from "../base/errors.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Checkpoint, Json, QueryFingerprint } from "../checkpoint/types.ts";
import type { OutputMode, Sink } from "../io/sink.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { ResolvedRelation } from "../plan/resolved.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { LateRows } from "./late-rows.ts";
import type { StreamingQueryProgress } from "./progress.ts";
import type { RestartPolicy } from "./restart-policy.ts";
import type { Trigger } from "./trigger.ts";
import type { WatermarkPolicy } from "./watermark-tracker.ts";

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
  /** Where late rows go; undefined: they are only counted. */
  readonly lateRows: LateRows | undefined;
  readonly keyColumns: readonly number[];
  /** Beside the checkpoint's own files, for what the sink must remember. */
  readonly sinkFolder?: string | undefined;
  /** A step of the protocol was made; a test may throw here to end the run as a kill would. */
  readonly onStep?: (step: "compute" | "commit" | "acknowledge", batchId: number) => void;
  /** Begin again after an error that may pass. */
  readonly restart?: RestartPolicy | undefined;
  readonly listeners: { started(): void; progress(progress: StreamingQueryProgress): void; idle(): void; terminated(error: MillraceError | null): void; restarting?(event: RestartEvent): void; restarted?(): void };
}

/** A run failed, and another one is to come. */
export interface RestartEvent {
  /** Of the run that failed. */
  readonly runId: string;
  readonly error: MillraceError;
  /** Counted from 1, in a row. */
  readonly attempt: number;
  readonly delayMicros: number;
}

export interface QueryStatus { readonly message: string; readonly isDataAvailable: boolean; readonly isTriggerActive: boolean }

/** Where a run tells what it does. */
export interface RunReport {
  readonly id: string;
  readonly runId: string;
  status: QueryStatus;
  progress(progress: StreamingQueryProgress): void;
}

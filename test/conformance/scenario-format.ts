/** What a scenario file holds, and what a run of one gives. test/corpus/streaming/README.md explains each part. */
import type { StreamingQueryProgress } from "../../src/stream/progress.ts";

export type ScenarioRow = readonly unknown[];

export interface ScenarioStep {
  readonly add?: Readonly<Record<string, readonly ScenarioRow[]>>;
  readonly process?: boolean;
  readonly restart?: boolean;
  readonly conf?: Readonly<Record<string, string>>;
  readonly sql?: string;
  readonly loseLastCommit?: boolean;
  readonly advanceClock?: number;
}

/** A step that SQL can't say: `op`, or the key that names it, decides which. */
export interface ScenarioOp { readonly op?: string; readonly as: string; readonly [key: string]: unknown }

export interface Scenario {
  readonly name: string;
  readonly sources: Readonly<Record<string, { readonly schema: string; readonly watermark?: { readonly column: string; readonly delay: string } }>>;
  readonly static?: Readonly<Record<string, { readonly schema: string; readonly rows: readonly ScenarioRow[] }>>;
  readonly ops?: readonly ScenarioOp[];
  readonly query: { readonly sql: string };
  readonly outputMode: "append" | "update" | "complete";
  readonly ordered?: boolean;
  readonly conf?: Readonly<Record<string, string>>;
  readonly trigger?: { readonly processingTime: string; readonly clockStart: string };
  readonly steps: readonly ScenarioStep[];
  readonly resultSchema?: string;
  readonly expect?: readonly ExpectedBatch[];
  readonly error?: { readonly class: string | null; readonly when: "start" | "run" };
}

export interface ExpectedBatch {
  readonly batchId: number;
  readonly rows: readonly ScenarioRow[];
  readonly watermark: string | null;
  readonly numInputRows: number;
  readonly state?: readonly Readonly<Record<string, unknown>>[];
  readonly eventTime?: Readonly<Record<string, string>>;
  readonly timestamp?: string;
}

/** A batch as progress and sink told of it; rows in the encoding of the files. */
export interface ActualBatch { readonly progress: StreamingQueryProgress; readonly rows: readonly ScenarioRow[] }

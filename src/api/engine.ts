/**
 * What the API asks of the engine behind it. Plans go in, rows and handles come out; the API knows nothing else of how
 * a query runs, so that the same classes serve the engine in this process and a Spark server.
 */
import type { Clock } from "../base/clock.ts";
import type { MillraceError } from "../base/errors.ts";
import type { Command } from "../plan/commands.ts";
import type { Expression } from "../plan/expressions.ts";
import type { FunctionEntry } from "../plan/function.ts";
import type { Relation } from "../plan/relations.ts";
import type { StatePage, StateRequest } from "../stream/state-read.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import type { OutputMode, Trigger } from "./writer.ts";
import type { RestartEvent } from "../stream/options.ts";
import type { RestartPolicy } from "../stream/restart-policy.ts";
import type { StreamingQueryProgress } from "./streaming-query.ts";

/** `analyze`: runs the query and says what each operator did. */
export type ExplainMode = "simple" | "extended" | "cost" | "formatted" | "analyze";
export type Rows = readonly (readonly Cell[])[];

/** The result of a batch query: its schema, and its rows in order, some at a time. Leaving the loop early stops the query. */
export interface QueryResult {
  readonly schema: StructType;
  readonly batches: AsyncIterable<Rows>;
}

/** What `sql()` binds into a text. */
export interface SqlBindings {
  /** Values of `:name`. */
  readonly named: Readonly<Record<string, Expression>>;
  /** Values of `?`, in order. */
  readonly positional: readonly Expression[];
  /** Frames that the text may name, over views of the same name. */
  readonly views: readonly { readonly name: string; readonly plan: Relation }[];
}

/** Where the rows of a batch query are written. */
export interface BatchWrite {
  readonly plan: Relation;
  readonly format: string;
  readonly path?: string;
  readonly mode: "append" | "overwrite" | "ignore" | "error";
  readonly partitionBy: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** Folders of partitions (`p=1/q=x`) that lie elsewhere. */
  readonly locations?: Readonly<Record<string, string>>;
}

/** Where the rows of a streaming query go. */
export type StreamTarget =
  | { readonly kind: "format"; readonly format: string; readonly path?: string }
  | { readonly kind: "sink"; readonly sink: object }
  /** Called once a batch; the batch is done when the promise is. `batch` can be run any number of times until then. */
  | { readonly kind: "foreach_batch"; readonly call: (batch: Relation, batchId: number) => Promise<void> }
  /** Called once a batch with its rows; the batch is done when the promise is. */
  | { readonly kind: "rows"; readonly call: (batchId: number, schema: StructType, rows: AsyncIterable<Rows>) => Promise<void> };

export interface StreamStart {
  readonly plan: Relation;
  readonly target: StreamTarget;
  readonly outputMode: OutputMode;
  readonly trigger: Trigger | undefined;
  readonly queryName: string | null;
  readonly partitionBy: readonly string[];
  readonly checkpointLocation: string | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  /** Begin again after errors that may pass. */
  readonly restart?: RestartPolicy;
}

/** What a running query tells. */
export interface StreamObserver {
  progress?(progress: StreamingQueryProgress): void;
  idle?(timestamp: string): void;
  /** A run failed, and another one is to come. */
  restarting?(event: RestartEvent): void;
  /** That run has begun. */
  restarted?(runId: string): void;
  terminated?(exception: MillraceError | null): void;
}

/** A started streaming query. */
export interface StreamHandle {
  readonly id: string;
  readonly runId: string;
  readonly name: string | null;
  readonly isActive: boolean;
  readonly status: { readonly message: string; readonly isDataAvailable: boolean; readonly isTriggerActive: boolean };
  readonly lastProgress: StreamingQueryProgress | null;
  readonly recentProgress: readonly StreamingQueryProgress[];
  readonly exception: MillraceError | null;
  /** Settles when the query has ended, however it ended; never rejects. */
  readonly terminated: Promise<void>;
  processAllAvailable(): Promise<void>;
  /** `drain`: first all that is available now. */
  stop(drain: boolean): Promise<void>;
  explain(mode: ExplainMode): Promise<string>;
  /** Rows of the state, between two batches. */
  state(request: StateRequest): Promise<StatePage>;
  observe(observer: StreamObserver): Disposable;
}

/** Settings of a session as the engine reads them: always the present value. */
export interface Settings {
  get(key: string): string | undefined;
  /** SQL's SET. */
  set?(key: string, value: string): void;
  /** SQL's RESET, of one setting or of all. */
  reset?(key?: string): void;
  entries?(): Iterable<readonly [string, string]>;
  /** Who hears of settings that have no effect: of those that are set already, and of any later one. */
  tellTo?(tell: (text: string) => void): void;
}

/** A table of files of the session. */
export interface StoredTablePlace { readonly provider: string; readonly location: string; readonly partitionedBy: readonly string[]; readonly options: Readonly<Record<string, string>> }

export interface Engine {
  /** The clock of the engine's world. */
  readonly clock: Clock;
  /** A seed for what is random and was given none. */
  newSeed(): bigint;
  /** The plan's columns; throws what is wrong with the plan. */
  analyze(plan: Relation): Promise<StructType>;
  /** The plan's meaning as text: the same for plans that give the same rows by the same steps. */
  semantics(plan: Relation): Promise<string>;
  execute(plan: Relation, options: { readonly signal: AbortSignal | undefined }): Promise<QueryResult>;
  /** The result as a stream of Arrow: its schema, a piece a batch of rows, its end. */
  arrow(plan: Relation, options: { readonly signal: AbortSignal | undefined; readonly compression: "none" | "lz4" | "zstd" }): Promise<AsyncIterable<Uint8Array>>;
  explain(plan: Relation, mode: ExplainMode): Promise<string>;
  write(write: BatchWrite, options: { readonly signal: AbortSignal | undefined }): Promise<void>;
  start(start: StreamStart): Promise<StreamHandle>;
  /** A statement as a plan. A command (CREATE VIEW, SET) is carried out at once, and the plan is its result. */
  sql(text: string, bindings: SqlBindings): Relation;
  /** The same of a statement that was not written as text. */
  command(command: Command): Relation;
  /** Where a table of files lies, and how it is written. */
  storedTable(nameParts: readonly string[]): StoredTablePlace | undefined;
  /** Keeps the result of a plan from its next run on; `level`: what storageLevel() says. */
  cache(plan: Relation, level: string): void;
  /** Lets the result go; whether there was one. */
  uncache(plan: Relation): boolean;
  cacheLevel(plan: Relation): string | undefined;
  clearCache(): void;
  /** A person's function under a name for SQL. */
  registerFunction(name: string, entry: FunctionEntry): void;
  createView(nameParts: readonly string[], plan: Relation, replace: boolean): void;
  dropView(nameParts: readonly string[]): boolean;
  /** The plan of a temporary view. */
  view(nameParts: readonly string[]): Relation | undefined;
  /** Stops what is still running and lets go of all resources. */
  stop(): Promise<void>;
}

/** What an engine is made with. */
export interface EngineContext {
  readonly settings: Settings;
  readonly memoryBytes: number | undefined;
  readonly checkpointRoot: string | undefined;
}
export type EngineFactory = (context: EngineContext) => Engine;

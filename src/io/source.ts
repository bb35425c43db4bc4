/**
 * What a connector offers: sources that plan and read ranges of offsets. The engine owns time and scheduling; a source
 * only says what is there and reads what it is told to.
 */
import type { Batch } from "../columns/batch.ts";
import type { Narrowing } from "../formats/narrowing.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { TableStatistics } from "../plan/statistics.ts";
import type { StructField, StructType } from "../types/data-type.ts";

/** A position in a source, as JSON. Null: before everything. */
export type Offset = unknown;

/** A part of a batch that one worker reads in order. Must be JSON, since the log may keep it. */
export type Split = unknown;

/** How much one batch may take; the source rounds to what it can cut. */
export interface ReadLimit {
  readonly maxRows?: number;
  readonly maxBytes?: number;
  readonly maxFiles?: number;
}

/** A row that could not be read, with what is needed to find and mend it. */
export interface BadRecord {
  /** File, topic and partition, or another name of where it was. */
  readonly origin: string;
  /** Byte or record offset in the origin. */
  readonly offset: number;
  /** Bytes of the whole record; `raw` may be only its beginning. */
  readonly length: number;
  readonly column?: string;
  readonly reason: string;
  readonly raw: Uint8Array;
  /** Of a record that has one beside what is in `raw`. */
  readonly key?: Uint8Array;
}

/** Where a read delivers. `push` lends the batch until it returns; false means: no more rows are wanted. */
export interface BatchReceiver {
  push(batch: Batch): boolean;
  /** A record that can't become a row and goes to the dead letters. */
  badRecord(record: BadRecord): void;
  /** To be awaited between chunks: the receiver may have no room. */
  ready?(): Promise<void>;
}

export interface ReadRequest {
  /** The columns wanted, by name, in this order. */
  readonly columns: readonly string[];
  readonly signal: AbortSignal;
  /** For tables that say of all its columns that they `narrow` by them: only rows that meet it are given. */
  readonly narrowing?: Narrowing | undefined;
}

/** A bounded table: files read once, local rows. */
export interface BatchTable {
  readonly schema: StructType;
  readonly description: string;
  /** Splits in plan order. */
  planBatch(): Promise<readonly Split[]>;
  /** Splits say which version of the data they mean: as long as they are the same, so are the rows. */
  readonly splitsAreVersioned?: boolean;
  read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void>;
  /** Gives back what reading held. */
  close?(): void;
}

/** A table that never ends. One instance belongs to one running query. */
export interface StreamSource {
  readonly description: string;
  /** False: what was read once can't be read again (standard input, telemetry, a plain socket). The query is then at most once. */
  readonly replayable: boolean;
  /** The end of what is there now, at most `limit` beyond `from`; equal to `from` (deep) when nothing is new. */
  latest(from: Offset, limit: ReadLimit): Promise<Offset>;
  /** The end without any limit, for lag; cheap. */
  available?(): Promise<Offset>;
  /** Splits of the range after `from` up to and with `to`, in order. */
  plan(from: Offset, to: Offset): Promise<readonly Split[]>;
  read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void>;
  /** Which partition a split belongs to: rows of one come in the order of their times, more or less. Absent: there is only one. */
  partitionOf?(split: Split): string;
  /** Partitions that are known now, also those without a row yet. */
  partitions?(): readonly string[];
  /** All up to `to` is delivered and durable; it will not be asked for again. */
  committed(to: Offset): void | Promise<void>;
  /** Rows not read yet between two positions, if the source knows. */
  backlogRows?(from: Offset, to: Offset): number | undefined;
  /** What is there now is all there will be: for the trigger that reads what is available and stops. */
  freeze?(from: Offset): Promise<void>;
  /** What the source must remember beside its offset. */
  readonly state?: SourceState;
  /** Calls `wake` when there may be something new. Without it the engine asks at intervals. */
  onData?(wake: () => void): void;
  /** Someone waits for all that is there: the next `latest` must look, also if it looked a moment ago. */
  refresh?(): void;
  /** Nothing will ever come again after what is available now (a closed standard input, a finished replay). */
  readonly ended?: boolean;
  /** Figures for progress: strings as in Spark. */
  metrics?(): Readonly<Record<string, string>>;
  /** The query is to stop behind the batch that is under way. Who waits for a service that is away then waits no more, and throws an AbortError. */
  stopping?(): void;
  stop(): void | Promise<void>;
}

/** What a format, a table name or `from(...)` resolves to: schema known, nothing opened. */
export interface Table {
  readonly name: string;
  /** Spark's name in progress: `FileStreamSource[file:/...]`. */
  readonly description: string;
  readonly schema: StructType;
  /** Columns that only their names bring: `_metadata` of files. `*` leaves them out. */
  readonly hiddenColumns?: readonly StructField[];
  /** The schema was found by looking at data, and could be another tomorrow: a query's checkpoint keeps it. */
  readonly schemaIsInferred?: boolean;
  readonly isStreaming: boolean;
  /** At most once, if the source can't replay. */
  readonly replayable: boolean;
  /** For identity of a query: what must not change under a checkpoint. */
  readonly fingerprint: unknown;
  batch?(): BatchTable;
  /** The same table, read once, which may leave out rows for which one of the conditions is not true. All of them are evaluated behind it again. */
  filtered?(conditions: readonly ResolvedExpression[]): Table;
  /** Whether reads of it once decide conditions on a column themselves, if they are asked to. */
  narrows?(column: string): boolean;
  /** What it knows of its size without being read; undefined if that is nothing. */
  statistics?(): Promise<TableStatistics | undefined>;
  /** `readLimit`: from options such as maxFilesPerTrigger. */
  stream?(context: SourceContext): StreamSource;
  readonly readLimit?: ReadLimit;
  /** How often a stream that is joined with this table looks whether it changed; left out: for each batch. */
  readonly refresh?: TableRefresh;
}

/** `never`: what was read first stays. `interval`: so long, by the time of batches. */
export type TableRefresh = { readonly kind: "never" } | { readonly kind: "interval"; readonly micros: bigint };

/** Memory of a source (which files it has read) that lives in the query's checkpoint, as the state of an operator does. */
export interface SourceState {
  /** What the step from one offset to the next adds. */
  changes(from: Offset, to: Offset): Uint8Array;
  /** All that `load` needs to be as it is at `upTo`. */
  snapshot(upTo: Offset): Uint8Array;
  load(block: Uint8Array): void;
}

export interface SourceContext {
  /** The query that reads: the same over restarts from one checkpoint. */
  readonly queryId: string;
  readonly sourceIndex: number;
  /** All columns that reads will ask for. */
  readonly columns?: readonly string[];
}

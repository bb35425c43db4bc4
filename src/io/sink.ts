/** Where results go. A sink says which class of the commit protocol it is; docs/protocol.md gives the rules of each. */
import type { Batch } from "../columns/batch.ts";
import type { StructType } from "../types/data-type.ts";

export type { OutputMode } from "../plan/output-mode.ts";
import type { OutputMode } from "../plan/output-mode.ts";

/**
 * staged: files made durable under unique names before the batch is logged, published afterwards by a manifest entry.
 * ledger: commits the batch id in the same transaction as the data.
 * outbox: the same bytes under the same key are delivered again after a crash.
 * early: effects before the batch is decided.
 */
export type SinkClass = "staged" | "ledger" | "outbox" | "early";
/** What a query that ends does where something is there already. */
export type SaveMode = "append" | "overwrite" | "ignore" | "error";
export type Guarantee = "exactly once" | "at least once" | "at most once";

export interface SinkContext {
  readonly queryId: string;
  readonly queryName: string | null;
  readonly epoch: number;
  readonly schema: StructType;
  readonly outputMode: OutputMode;
  /** Key columns of an updating result, by position; empty when rows have no key. */
  readonly keyColumns: readonly number[];
  readonly timeZone: string;
  /** Rows have a time by which the query knows how far it is. */
  readonly hasWatermark: boolean;
  /** A folder of the checkpoint for what the sink must remember; undefined for a query that keeps nothing. */
  readonly folder?: string | undefined;
}

/** When a batch was planned, as its record has it: the same each time it is delivered. */
export interface BatchMoment {
  /** By the machine's clock, a whole number of milliseconds. */
  readonly batchTimeMicros: number;
  /** The watermark by which the batch closed groups; null without one. */
  readonly watermarkMicros: number | null;
}

/** A file that a staged sink wrote and synced, as the log and the manifest name it. */
export interface StagedFile { readonly path: string; readonly bytes: number; readonly rows: number; readonly crc32c: number }

/** What a ledger knows of a batch. */
export interface LedgerEntry { readonly batchId: number; readonly digest: string }

/** The output of one batch on its way to the sink. */
export interface SinkBatch {
  /** Takes rows; the batch is borrowed. May be called many times. */
  write(batch: Batch): void;
  /** Resolves when the sink has room for more; asked between the chunks of a source. */
  ready?(): Promise<void>;
  /** All rows are in. staged: files are durable now; the list is what `publish` gets, also after a crash. */
  prepare(): Promise<readonly StagedFile[]>;
  /** ledger: once it is prepared, what tells this content from another. Without it the engine adds up hashes of the rows. */
  readonly digest?: string;
  /** Give up: the batch failed before it was decided. */
  abort(): Promise<void>;
}

/** Where a query that ends writes, in place of `open` and the rest. */
export interface BatchTarget {
  readonly saveModes: readonly SaveMode[];
  /** Writes all rows. Where the system has transactions, none of them is seen unless all are. A batch is borrowed until the next one is asked for. */
  write(schema: StructType, batches: AsyncIterable<Batch>, mode: SaveMode): Promise<void>;
}

export interface Sink {
  readonly description: string;
  readonly sinkClass: SinkClass;
  readonly guarantee: Guarantee;
  /** Output modes it can take. */
  readonly outputModes: readonly OutputMode[];
  /** Called before the first batch of a run, with the fencing epoch; again, after `stop`, where a query begins again. */
  open(context: SinkContext): Promise<void>;
  /** staged and ledger; outbox only if nothing needs to be kept of its output: it writes the rows itself, and a batch that was not delivered runs again. */
  begin?(batchId: number): SinkBatch;
  /** staged: make the files of a decided batch visible. Called again after a crash with the same list: must be idempotent. */
  publish?(batchId: number, files: readonly StagedFile[]): Promise<void>;
  /** outbox: deliver a decided batch. Rows come as batches made from the logged bytes; called again after a crash with the same content. */
  deliver?(batchId: number, batches: readonly Batch[], moment: BatchMoment): Promise<void>;
  /** outbox: from when on the sink has something to do though no rows come, by the machine's clock; a batch without rows then runs. */
  dueMicros?(): number | undefined;
  /** The same by the watermark. */
  dueWatermarkMicros?(): number | undefined;
  /** ledger: commit the begun batch together with its id. */
  commit?(batchId: number, digest: string): Promise<void>;
  /** ledger: the last batch that the sink has, with its digest. `logged`: the last batch in the log, which it has or has not. */
  lastCommitted?(logged: LedgerEntry | undefined): Promise<LedgerEntry | null>;
  /** For the rows of a query that ends. Absent: the sink is for streams. */
  readonly batch?: BatchTarget;
  /** The query is to stop behind the batch that is under way. Who waits for a service that is away then waits no more, and throws an AbortError. */
  stopping?(): void;
  /** Gives back what `open` took. Also called when `open` failed or was never called, and perhaps twice. */
  stop(): Promise<void>;
}

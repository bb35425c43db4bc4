/** Writing: where the rows of a batch query or of a streaming query go. */
import type { KafkaWriteOptions } from "../connectors/kafka/public-options.ts";
import type { PostgresSinkOptions } from "../connectors/postgres/public-options.ts";
import type { Relation } from "../plan/relations.ts";
import { quoteIfNeeded } from "../types/data-type.ts";
import { rowReader } from "../types/edge-values.ts";
import type { Duration } from "../types/duration.ts";
import { badArgument, batchAction, streamingAction } from "./api-errors.ts";
import { iteratorOf, type BatchIterator } from "./batch-iterator.ts";
import type { DataFrame } from "./data-frame.ts";
import type { BatchWrite, StreamStart, StreamTarget } from "./engine.ts";
import { CatalogNode } from "./catalog.ts";
import { nameParts } from "./column-node.ts";
import { frameOver, type FrameNode } from "./frame.ts";
import { optionsOf, positiveMicros } from "./options.ts";
import { unsupported } from "../base/errors.ts";
import type { RestartPolicy } from "../stream/restart-policy.ts";
import { durationMicros } from "../types/duration.ts";
import type { AnyFormat, OptionsOf } from "./reader.ts";
import type { ActionOptions, StreamingQuery } from "./streaming-query.ts";
import { streamedTable } from "./table-writer.ts";

export type OutputMode = "append" | "update" | "complete";
export type Trigger = { processingTime: Duration } | { availableNow: true } | { once: true };
export type { SaveMode } from "../io/sink.ts";
import type { SaveMode } from "../io/sink.ts";

/** What all formats of files take. */
export interface FileWriteOptions {
  /** gzip, deflate, zstd or none; formats with a compression of their own have their own names. */
  compression?: string;
  /** Another file is begun where one has so many rows. */
  maxRecordsPerFile?: number;
  /** With partitionBy(): `overwrite` replaces all that is there, or only the partitions that get rows. */
  partitionOverwriteMode?: "static" | "dynamic";
}
export interface JsonWriteOptions extends FileWriteOptions { ignoreNullFields?: boolean; lineSep?: string; timeZone?: string }
export interface XmlWriteOptions extends FileWriteOptions {
  rowTag?: string;
  rootTag?: string;
  declaration?: string;
  attributePrefix?: string;
  valueTag?: string;
  arrayElementName?: string;
  nullValue?: string;
  indent?: string;
  validateName?: boolean;
  dateFormat?: string;
  timestampFormat?: string;
  timestampNTZFormat?: string;
  encoding?: string;
  timeZone?: string;
}
export interface CsvWriteOptions extends FileWriteOptions {
  header?: boolean;
  sep?: string;
  quote?: string;
  escape?: string;
  quoteAll?: boolean;
  nullValue?: string;
  emptyValue?: string;
  lineSep?: string;
  timeZone?: string;
  charToEscapeQuoteEscaping?: string;
  comment?: string;
  escapeQuotes?: boolean;
  ignoreLeadingWhiteSpace?: boolean;
  ignoreTrailingWhiteSpace?: boolean;
  dateFormat?: string;
  timestampFormat?: string;
  timestampNTZFormat?: string;
  encoding?: string;
}
export interface ParquetWriteOptions extends Omit<FileWriteOptions, "compression"> {
  compression?: "none" | "uncompressed" | "snappy" | "gzip" | "zstd" | "lz4" | "lz4_raw" | "brotli";
  /** Bytes of a row group, of a page before compression, of a dictionary; rows of a page. */
  "parquet.block.size"?: number;
  "parquet.page.size"?: number;
  "parquet.dictionary.page.size"?: number;
  "parquet.page.row.count.limit"?: number;
  "parquet.enable.dictionary"?: boolean;
}
export interface TextWriteOptions extends FileWriteOptions { lineSep?: string }
export interface AvroWriteOptions extends FileWriteOptions {
  compression?: "uncompressed" | "snappy" | "deflate" | "zstandard";
  /** The schema that files are written with, as JSON. */
  avroSchema?: string;
  recordName?: string;
  recordNamespace?: string;
  positionalFieldMatching?: boolean;
}
export interface ArrowWriteOptions extends FileWriteOptions {
  compression?: "none" | "uncompressed" | "lz4" | "zstd";
  /** A file has a footer; a stream can be read while it grows. */
  form?: "file" | "stream";
}
export interface ConsoleOptions { numRows?: number; truncate?: boolean | number }
/** Formats by name, with their options. A connector adds its own by declaration merging. */
export interface SinkFormats {
  json: { options: JsonWriteOptions };
  csv: { options: CsvWriteOptions };
  xml: { options: XmlWriteOptions };
  text: { options: TextWriteOptions };
  parquet: { options: ParquetWriteOptions };
  avro: { options: AvroWriteOptions };
  arrow: { options: ArrowWriteOptions };
  console: { options: ConsoleOptions };
  kafka: { options: KafkaWriteOptions };
  postgres: { options: PostgresSinkOptions };
  memory: { options: {} };
  noop: { options: {} };
}

/** A sink as a value: the rows it accepts, and its options. */
export interface Sink<in Row> { readonly format: string; readonly options: object; accepts?(row: Row): void }

export interface DataFrameWriter<out Row = unknown> {
  /** What to do when the target is there: append, overwrite, ignore the write, or fail (the default). */
  mode(mode: SaveMode | "errorifexists"): this;
  /** Columns that become folders, `year=2020/`, and are left out of the files. */
  partitionBy(...columns: string[]): this;
  format(name: string): this;
  option(key: string, value: string | number | boolean): this;
  options(options: Readonly<Record<string, string | number | boolean>>): this;
  json(path: string, options?: JsonWriteOptions & ActionOptions): Promise<void>;
  csv(path: string, options?: CsvWriteOptions & ActionOptions): Promise<void>;
  xml(path: string, options?: XmlWriteOptions & ActionOptions): Promise<void>;
  /** Lines: of one STRING column. */
  text(path: string, options?: TextWriteOptions & ActionOptions): Promise<void>;
  parquet(path: string, options?: ParquetWriteOptions & ActionOptions): Promise<void>;
  save(path?: string, options?: ActionOptions): Promise<void>;
  /** As a table of the session, Parquet unless format() says otherwise; rows are appended to one that is there by the names of its columns. */
  saveAsTable(name: string): Promise<void>;
  /** Into a table that is there, by the places of its columns. */
  insertInto(name: string, options?: { readonly overwrite?: boolean }): Promise<void>;
  /** Into a sink as a connector's function gives it, if it takes the rows of a query that ends: `write.to(kafkaSink({ ... }))`. */
  to(sink: Sink<Row>, options?: ActionOptions): Promise<void>;
}

export interface StartOptions extends ActionOptions { checkpointLocation?: string }

export interface DataStreamWriter<out Row, F = never> {
  outputMode(mode: OutputMode): DataStreamWriter<Row, F>;
  /** When batches start; without one, as soon as there is data. */
  trigger(trigger: Trigger): DataStreamWriter<Row, F>;
  queryName(name: string): DataStreamWriter<Row, F>;
  /** Columns that become folders of a sink of files, `year=2020/`, and are left out of the files. */
  partitionBy(...columns: string[]): DataStreamWriter<Row, F>;
  /** Keeps rows that come too late, as lines of JSON with their reason: in this folder, or beside the checkpoint. */
  lateRows(path?: string): DataStreamWriter<Row, F>;
  /** Begin again by itself after an error that may pass: of a file system, a network, a sink, or an unknown one. Needs a checkpoint. */
  restart(options?: RestartOptions): DataStreamWriter<Row, F>;
  format<const G extends AnyFormat<SinkFormats>>(name: G): DataStreamWriter<Row, G>;
  option<K extends keyof OptionsOf<SinkFormats, F> | "checkpointLocation" | "path" | "deadLetterPath" | "lateRowsPath">(key: K, value: K extends keyof OptionsOf<SinkFormats, F> ? OptionsOf<SinkFormats, F>[K] : string): DataStreamWriter<Row, F>;
  options(options: Partial<OptionsOf<SinkFormats, F>> & { readonly checkpointLocation?: string; readonly path?: string; readonly deadLetterPath?: string; readonly lateRowsPath?: string }): DataStreamWriter<Row, F>;
  /** Called with the rows of each batch, as a frame; the batch is done when the promise is. */
  foreachBatch(call: (batch: DataFrame<Row>, batchId: number) => void | Promise<void>): DataStreamWriter<Row, F>;
  /** Called with each row. */
  foreach(call: (row: Row) => void | Promise<void>): DataStreamWriter<Row, F>;
  to(sink: Sink<Row>): DataStreamWriter<Row, F>;
  start(options?: StartOptions | string): Promise<StreamingQuery>;
  /** Starts the query into a table of files, which is made, with partitionBy() and the format that is given (Parquet otherwise), if it isn't there. */
  toTable(name: string, options?: StartOptions): Promise<StreamingQuery>;
  /** Starts the query and hands its batches to a loop; the next turn of the loop commits the batch. */
  iterate(options?: StartOptions): BatchIterator<Row>;
}

export interface RestartOptions {
  /** In a row; `"always"` if left out. */
  maxRestarts?: number | "always";
  /** The pause before a restart: 1 second, doubled each time up to 1 minute, if left out; chance takes up to a half off it. */
  backoff?: { initial?: Duration; max?: Duration; factor?: number };
  /** A run that lasted so long makes the count begin anew: 10 minutes if left out. */
  resetAfter?: Duration;
}

interface BatchWriterState {
  readonly mode: SaveMode;
  readonly partitionBy?: readonly string[];
  readonly format: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

const quotedName = (name: string): string => nameParts(name).map(quoteIfNeeded).join(".");

export class BatchWriter {
  readonly #frame: FrameNode;
  readonly #state: BatchWriterState;

  constructor(frame: FrameNode, state: BatchWriterState = { mode: "error", format: undefined, options: {} }) {
    this.#frame = frame;
    this.#state = state;
    Object.freeze(this);
  }

  #with(change: Partial<BatchWriterState>): BatchWriter { return new BatchWriter(this.#frame, { ...this.#state, ...change }); }
  mode(mode: SaveMode | "errorifexists"): BatchWriter {
    if (mode === "errorifexists") return this.#with({ mode: "error" });
    if (!["append", "overwrite", "ignore", "error"].includes(mode)) throw badArgument(`The specified save mode "${mode}" is invalid. Valid save modes include "append", "overwrite", "ignore", "error".`, undefined, "INVALID_SAVE_MODE", "42000");
    return this.#with({ mode });
  }
  partitionBy(...columns: string[]): BatchWriter { return this.#with({ partitionBy: columns.flat() }); }
  format(name: string): BatchWriter { return this.#with({ format: name.toLowerCase() }); }
  option(key: string, value: unknown): BatchWriter { return this.options({ [key]: value }); }
  options(options: object): BatchWriter { return this.#with({ options: { ...this.#state.options, ...optionsOf(options) } }); }
  json(path: string, options: ActionOptions = {}): Promise<void> { return this.#write("json", path, options); }
  parquet(path: string, options: ActionOptions = {}): Promise<void> { return this.#write("parquet", path, options); }
  csv(path: string, options: ActionOptions = {}): Promise<void> { return this.#write("csv", path, options); }
  xml(path: string, options: ActionOptions = {}): Promise<void> { return this.#write("xml", path, options); }
  text(path: string, options: ActionOptions = {}): Promise<void> { return this.#write("text", path, options); }
  async save(path?: string, options: ActionOptions = {}): Promise<void> {
    if (this.#state.format === undefined) throw badArgument("save() needs a format.", 'write .format("json").save(path), or .json(path)');
    return await this.#write(this.#state.format, path, options);
  }

  /** As Spark: a table that is there is appended to by the names of its columns, and replaced as a whole. */
  async saveAsTable(name: string): Promise<void> {
    const { mode, partitionBy = [], format = "parquet", options } = this.#state, quoted = quotedName(name);
    const exists = mode !== "error" && await new CatalogNode(this.#frame.session).tableExists(name);
    if (exists && mode === "ignore") return;
    if (exists && mode === "append") return await this.#statement(`INSERT INTO ${quoted} BY NAME SELECT * FROM _frame`);
    // What is written may read what is replaced.
    if (exists) return await this.#statement(`INSERT OVERWRITE ${quoted} BY NAME SELECT * FROM _frame`);
    const text = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`, given = Object.entries(options).map(([key, value]) => `${text(key)} = ${text(value)}`);
    await this.#statement(`CREATE TABLE ${quoted} USING ${quoteIfNeeded(format)}${given.length === 0 ? "" : ` OPTIONS (${given.join(", ")})`}${partitionBy.length === 0 ? "" : ` PARTITIONED BY (${partitionBy.map(quoteIfNeeded).join(", ")})`} AS SELECT * FROM _frame`);
  }

  /** Into a table, by the places of its columns. */
  async insertInto(name: string, { overwrite = this.#state.mode === "overwrite" }: { readonly overwrite?: boolean } = {}): Promise<void> {
    await this.#statement(`INSERT ${overwrite ? "OVERWRITE" : "INTO"} ${quotedName(name)} SELECT * FROM _frame`);
  }

  async #statement(sql: string): Promise<void> {
    const frame = this.#frame, { engine } = frame.session;
    if (frame.isStreaming) throw streamingAction("write");
    for await (const _rows of (await engine.execute(engine.sql(sql, { named: {}, positional: [], views: [{ name: "_frame", plan: frame.relation }] }), { signal: undefined })).batches) { /* its result has no rows */ }
  }

  async to(sink: Sink<never>, options: ActionOptions = {}): Promise<void> {
    if (typeof sink !== "object" || sink === null || typeof sink.format !== "string") throw badArgument("to() takes a sink value, as a connector's function returns it.");
    await this.#write(sink.format, undefined, options, sink);
  }

  async #write(format: string, path: string | undefined, { signal, ...options }: ActionOptions, sink?: Sink<never>): Promise<void> {
    const frame = this.#frame;
    if (frame.isStreaming) throw streamingAction("write");
    const { mode } = this.#state;
    const write: BatchWrite = {
      plan: frame.relation, format, mode, partitionBy: this.#state.partitionBy ?? [], options: { ...this.#state.options, ...optionsOf(sink?.options ?? {}), ...optionsOf(options) },
      ...(path !== undefined && { path }),
    };
    await frame.session.engine.write(write, { signal });
  }
}

interface StreamWriterState {
  readonly outputMode: OutputMode;
  readonly trigger: Trigger | undefined;
  readonly queryName: string | null;
  readonly partitionBy?: readonly string[];
  readonly target: StreamTarget | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly restart?: RestartPolicy;
}
const AT_FIRST: StreamWriterState = { outputMode: "append", trigger: undefined, queryName: null, target: undefined, options: {} };

export class StreamWriter {
  readonly #frame: FrameNode;
  readonly #state: StreamWriterState;

  constructor(frame: FrameNode, state: StreamWriterState = AT_FIRST) {
    this.#frame = frame;
    this.#state = state;
    Object.freeze(this);
  }

  #with(change: Partial<StreamWriterState>): StreamWriter { return new StreamWriter(this.#frame, { ...this.#state, ...change }); }

  outputMode(mode: OutputMode): StreamWriter {
    const outputMode = mode.toLowerCase() as OutputMode;
    if (!["append", "update", "complete"].includes(outputMode)) throw badArgument(`Invalid streaming output mode: ${mode}.`, '"append", "update" or "complete"', "STREAMING_OUTPUT_MODE.INVALID", "42KDE");
    return this.#with({ outputMode });
  }
  trigger(trigger: Trigger): StreamWriter {
    if ("realTime" in trigger) throw unsupported("The real-time trigger", "leave the trigger out: batches then start as soon as there is data");
    if ("processingTime" in trigger) {
      if (durationMicros(trigger.processingTime) < 0n) throw badArgument(`The trigger interval '${trigger.processingTime}' can't be negative.`, undefined, "INTERNAL_ERROR", "XX000");
    } else if (!("availableNow" in trigger) && !("once" in trigger)) throw badArgument("An unknown trigger.", '{ processingTime: "1 second" }, { availableNow: true } or { once: true }');
    return this.#with({ trigger });
  }
  lateRows(path = ""): StreamWriter { return this.option("lateRowsPath", path); }
  restart({ maxRestarts = "always", backoff: { initial = "1 second", max = "1 minute", factor = 2 } = {}, resetAfter = "10 minutes" }: RestartOptions = {}): StreamWriter {
    const most = maxRestarts === "always" ? Number.POSITIVE_INFINITY : maxRestarts;
    if (!(most >= 0) || !(factor >= 1)) throw badArgument("restart() takes a number of restarts from 0 on, and a factor from 1 on.", 'restart({ maxRestarts: 5, backoff: { initial: "1 second", max: "1 minute", factor: 2 } })');
    return this.#with({ restart: { maxRestarts: most, initialMicros: positiveMicros(initial), maxMicros: positiveMicros(max), factor, resetAfterMicros: positiveMicros(resetAfter) } });
  }
  partitionBy(...columns: string[]): StreamWriter { return this.#with({ partitionBy: columns.flat() }); }
  queryName(queryName: string): StreamWriter { return this.#with({ queryName }); }
  format(name: string): StreamWriter { return this.#with({ target: { kind: "format", format: name.toLowerCase() } }); }
  option(key: string, value: unknown): StreamWriter { return this.options({ [key]: value }); }
  options(options: object): StreamWriter { return this.#with({ options: { ...this.#state.options, ...optionsOf(options) } }); }
  to(sink: object): StreamWriter { return this.#with({ target: { kind: "sink", sink } }); }

  foreachBatch(call: (batch: never, batchId: number) => void | Promise<void>): StreamWriter {
    const { session, columns } = this.#frame;
    return this.#with({ target: { kind: "foreach_batch", call: async (batch: Relation, batchId) => { await call(frameOver(session, batch, columns) as never, batchId); } } });
  }
  foreach(call: (row: never) => void | Promise<void>): StreamWriter {
    return this.#with({
      target: {
        kind: "rows",
        call: async (_batchId, schema, rows) => {
          const read = rowReader(schema);
          for await (const batch of rows) for (const cells of batch) await call(read(cells) as never);
        },
      },
    });
  }

  async start(options: StartOptions | string = {}): Promise<StreamingQuery> {
    const given = typeof options === "string" ? {} : options, path = typeof options === "string" ? options : undefined;
    const target = this.#state.target;
    if (target === undefined) throw badArgument("start() needs a place for the rows.", 'write .format("console"), .to(sink), .foreachBatch(f), or iterate()');
    return await this.#start(target.kind === "format" && path !== undefined ? { ...target, path } : target, given);
  }

  async toTable(name: string, options: StartOptions = {}): Promise<StreamingQuery> {
    const { target, partitionBy = [], options: { checkpointLocation, deadLetterPath, lateRowsPath, path, ...own } } = this.#state;
    if (target !== undefined && target.kind !== "format") throw badArgument("toTable() writes to a table, and another target was given.");
    if (!this.#frame.isStreaming) throw batchAction("writeStream");
    const table = await streamedTable(this.#frame, name, { provider: target?.format, partitionedBy: partitionBy, options: { ...own, ...(path !== undefined && { path }) } });
    const ofQuery = Object.fromEntries(Object.entries({ checkpointLocation, deadLetterPath, lateRowsPath }).filter(([, value]) => value !== undefined)) as Record<string, string>;
    return await this.#with({ options: { ...table.options, ...own, ...ofQuery }, partitionBy: table.partitionBy }).#start({ kind: "format", format: table.format, path: table.path }, options);
  }

  iterate(options: StartOptions = {}): unknown {
    return iteratorOf((call, signal) => this.#start({ kind: "rows", call }, { ...options, ...(signal && { signal }) }), options.signal);
  }

  async #start(target: StreamTarget, { checkpointLocation, signal }: StartOptions): Promise<StreamingQuery> {
    const frame = this.#frame;
    if (!frame.isStreaming) throw batchAction("writeStream");
    signal?.throwIfAborted();
    const { checkpointLocation: fromOption, path, ...options } = this.#state.options;
    const start: StreamStart = {
      plan: frame.relation, target: target.kind === "format" && target.path === undefined && path !== undefined ? { ...target, path } : target,
      outputMode: this.#state.outputMode, trigger: this.#state.trigger, queryName: this.#state.queryName, partitionBy: this.#state.partitionBy ?? [],
      checkpointLocation: checkpointLocation ?? fromOption, options, signal,
      ...(this.#state.restart !== undefined && { restart: this.#state.restart }),
    };
    return await frame.session.startQuery(start);
  }
}

export type { BatchIterator };

/** Reading: what is given to `read` and `readStream` becomes a plan; nothing is opened. */
import type { KafkaReadOptions, KafkaRow } from "../connectors/kafka/public-options.ts";
import type { PostgresCdcOptions, PostgresChange, PostgresReadOptions } from "../connectors/postgres/public-options.ts";
import { isIterable, type RowGiver } from "../connectors/given/row-iteration.ts";
import { rowStreamTable } from "../connectors/given/row-stream.ts";
import { FILE_FORMAT_NAMES } from "../formats/registry.ts";
import type { Relation } from "../plan/relations.ts";
import type { RowCheck } from "../plan/row-check.ts";
import type { StructType } from "../types/data-type.ts";
import type { Timestamp } from "../types/values.ts";
import { badArgument } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { nameParts } from "./column-node.ts";
import type { DataFrame } from "./data-frame.ts";
import { frameOver, type SessionCore } from "./frame.ts";
import { givenData, rowMaker, type RowsIn } from "./given-data.ts";
import { optionsOf } from "./options.ts";
import { structTypeOf, type Schema } from "./schema.ts";
import { rowCheckOf } from "./standard-schema.ts";

export type UntypedRow = { [name: string]: unknown };

export interface FileReadOptions {
  /** A stream takes at most so many new files, or bytes, a batch. */
  maxFilesPerTrigger?: number;
  maxBytesPerTrigger?: number;
  /** The newest files of a stream first. */
  latestFirst?: boolean;
  /** Only files whose names match: `*.ndjson`. */
  pathGlobFilter?: string;
  /** Only files written after, or before, a time: `2020-06-01T13:00:00`. */
  modifiedAfter?: string;
  modifiedBefore?: string;
  /** All files below a folder, whatever the folders between are called; then there are no partition columns. */
  recursiveFileLookup?: boolean;
  /** The folder above which names such as `year=2020` are no partitions. */
  basePath?: string;
  /** Values of partition columns are looked at to find their types; true unless said otherwise. */
  inferPartitionColumns?: boolean;
  /** Files that are gone, or damaged, when they are read are left out. */
  ignoreMissingFiles?: boolean;
  ignoreCorruptFiles?: boolean;
  /** The schema is that of all files together, where files know theirs (parquet, avro...). */
  mergeSchema?: boolean;
  /** What becomes of a stream's files when their batches are delivered; `archive` needs `sourceArchiveDir`. */
  cleanSource?: "off" | "delete" | "archive";
  sourceArchiveDir?: string;
  /** A stream leaves out files so much older than the newest one it read, and forgets them: `7 days`. */
  maxFileAge?: string;
  /** Of a table that is joined with a stream: whether each batch looks for a change (so it is unless said otherwise), or what was read first stays. */
  refresh?: "eachBatch" | "never";
  /** In place of `refresh`: how long what was read stays before the query looks for a change, `10 minutes`. By the time of batches. */
  refreshInterval?: string;
  /** A longer record is bad; 16 MiB unless said otherwise. */
  maxRecordBytes?: number;
}
export interface JsonReadOptions extends FileReadOptions {
  /** What a malformed record does: PERMISSIVE keeps its good fields, DROPMALFORMED drops it, FAILFAST fails the query. */
  mode?: "PERMISSIVE" | "DROPMALFORMED" | "FAILFAST";
  /** The STRING column that gets the text of malformed records, if the schema has it. */
  columnNameOfCorruptRecord?: string;
  /** The zone of times without one; the session's unless said otherwise. */
  timeZone?: string;
  /** A file is one document, over any number of lines. */
  multiLine?: boolean;
  /** What ends a record, in place of LF or CR. */
  lineSep?: string;
  /** The character set of the files: UTF-8 unless said otherwise. */
  encoding?: string;
  /** How columns are found where no schema is given. */
  primitivesAsString?: boolean;
  prefersDecimal?: boolean;
  inferTimestamp?: boolean;
  dropFieldIfAllNull?: boolean;
  samplingRatio?: number;
  /** The name of a column of VARIANT that each record becomes as a whole. */
  singleVariantColumn?: string;
  dateFormat?: string;
  timestampFormat?: string;
  timestampNTZFormat?: string;
  timeFormat?: string;
  enableDateTimeParsingFallback?: boolean;
  locale?: string;
  /** What is taken for JSON beyond the standard: docs/formats/json.md. */
  allowComments?: boolean;
  allowUnquotedFieldNames?: boolean;
  allowSingleQuotes?: boolean;
  allowNumericLeadingZeros?: boolean;
  allowBackslashEscapingAnyCharacter?: boolean;
  allowUnquotedControlChars?: boolean;
  allowNonNumericNumbers?: boolean;
}
export interface ParquetReadOptions extends FileReadOptions {
  /** The schema is that of all files together, not of the first. */
  mergeSchema?: boolean;
}
export interface TextReadOptions extends FileReadOptions {
  /** A row a file. */
  wholetext?: boolean;
  /** What ends a line, in place of LF, CR or both. */
  lineSep?: string;
  encoding?: string;
}
/** Options of Spark's CSV reader: docs/formats/csv.md. */
export interface CsvReadOptions extends FileReadOptions {
  sep?: string;
  header?: boolean;
  inferSchema?: boolean;
  samplingRatio?: number;
  enforceSchema?: boolean;
  preferDate?: boolean;
  quote?: string;
  escape?: string;
  charToEscapeQuoteEscaping?: string;
  unescapedQuoteHandling?: "STOP_AT_DELIMITER" | "STOP_AT_CLOSING_QUOTE" | "BACK_TO_DELIMITER" | "SKIP_VALUE" | "RAISE_ERROR";
  comment?: string;
  ignoreLeadingWhiteSpace?: boolean;
  ignoreTrailingWhiteSpace?: boolean;
  nullValue?: string;
  emptyValue?: string;
  nanValue?: string;
  positiveInf?: string;
  negativeInf?: string;
  dateFormat?: string;
  timestampFormat?: string;
  timestampNTZFormat?: string;
  enableDateTimeParsingFallback?: boolean;
  maxColumns?: number;
  maxCharsPerColumn?: number;
  mode?: "PERMISSIVE" | "DROPMALFORMED" | "FAILFAST";
  columnNameOfCorruptRecord?: string;
  multiLine?: boolean;
  lineSep?: string;
  encoding?: string;
  locale?: string;
  timeZone?: string;
}
/** Options of Spark's XML reader: docs/formats/xml.md. */
export interface XmlReadOptions extends FileReadOptions {
  /** The element that is a row. */
  rowTag?: string;
  attributePrefix?: string;
  valueTag?: string;
  excludeAttribute?: boolean;
  ignoreSurroundingSpaces?: boolean;
  ignoreNamespace?: boolean;
  inferSchema?: boolean;
  prefersDecimal?: boolean;
  preferDate?: boolean;
  samplingRatio?: number;
  singleVariantColumn?: string;
  nullValue?: string;
  dateFormat?: string;
  timestampFormat?: string;
  timestampNTZFormat?: string;
  mode?: "PERMISSIVE" | "DROPMALFORMED" | "FAILFAST";
  columnNameOfCorruptRecord?: string;
  multiLine?: boolean;
  encoding?: string;
  locale?: string;
  timeZone?: string;
}
/** Whole files as rows. */
export interface BinaryFileReadOptions extends FileReadOptions {}
export interface RateReadOptions { rowsPerSecond?: number }

export interface TelemetryReadOptions { samplesPerSecond?: number }
/** `arrivalColumn`: when a row becomes available; `speed`: how many seconds of the data pass in one of the clock. */
export interface ReplayReadOptions { path?: string; arrivalColumn?: string; speed?: number }

/** Rows that are sent by HTTP: docs/http.md. */
export interface HttpReadOptions {
  /** Where requests come; 127.0.0.1 unless said otherwise. Any but a loopback address needs `token` or `hmacSecret`. */
  host?: string;
  port?: number;
  /** The path of the requests; `/` unless said otherwise. */
  path?: string;
  /** The folder in which rows are kept until the query has delivered them. It belongs to this query alone. */
  spool?: string;
  /** What `Authorization: Bearer` must bring; `$NAME`: of the environment. */
  token?: string;
  /** The secret that bodies are signed with; `$NAME`: of the environment. */
  hmacSecret?: string;
  /** How far the time of a signature may be from now: `5 minutes` unless said otherwise. */
  signatureWindow?: string;
  /** How long an Idempotency-Key is remembered: `10 minutes` unless said otherwise. */
  idempotencyWindow?: string;
  /** Further names, separated by commas, under which a server on a loopback address is reached. */
  hostNames?: string;
  /** Of a body, also unpacked; 4 MiB unless said otherwise. */
  maxBodyBytes?: number;
  /** Bytes that may wait for the query, 256 MiB unless said otherwise; then senders are told to wait. */
  maxSpoolBytes?: number;
  maxRowsPerTrigger?: number;
  maxBytesPerTrigger?: number;
  /** What a row that does not fit does: its request is refused, or it goes to the dead letters. */
  badRow?: "reject" | "deadLetter";
  timeZone?: string;
}

export interface SocketReadOptions {
  host?: string;
  port?: number;
  /** A column `timestamp` with the time at which the line came. */
  includeTimestamp?: boolean;
  /** How long to wait before connecting again, doubled up to a minute: `1 second`. Without it a connection that ends is not made again. */
  reconnect?: string;
  /** A longer line is bad; 1 MiB unless said otherwise. */
  maxRecordBytes?: number;
}

/** Which state of a checkpoint is read, as in Spark's state data source. */
export interface StateReadOptions {
  path?: string;
  /** After which batch; the last one unless said otherwise. */
  batchId?: number;
  /** 0 unless said otherwise; the format `state-metadata` lists them. */
  operatorId?: number;
  storeName?: string;
  joinSide?: "left" | "right";
  /** What batches changed: rows (batch_id, change_type, key, value, partition_id). */
  readChangeFeed?: boolean;
  changeStartBatchId?: number;
  changeEndBatchId?: number;
  /** Of transformWithState: the variable. */
  stateVarName?: string;
  readRegisteredTimers?: boolean;
  flattenCollectionTypes?: boolean;
}

/** Options of `format("avro")`; docs/formats/avro.md says what they do. */
export interface AvroReadOptions extends FileReadOptions {
  /** The schema that files are read as, as JSON. */
  avroSchema?: string;
  positionalFieldMatching?: boolean;
  enableStableIdentifiersForUnionType?: boolean;
  stableIdentifierPrefixForUnionType?: string;
  recursiveFieldMaxDepth?: number;
}

/** Formats by name, with their options and the row they give. A connector adds its own by declaration merging. */
export interface SourceFormats {
  json: { options: JsonReadOptions; row: UntypedRow };
  parquet: { options: ParquetReadOptions; row: UntypedRow };
  avro: { options: AvroReadOptions; row: UntypedRow };
  arrow: { options: FileReadOptions; row: UntypedRow };
  text: { options: TextReadOptions; row: { value: string | null } };
  csv: { options: CsvReadOptions; row: UntypedRow };
  xml: { options: XmlReadOptions; row: UntypedRow };
  binaryFile: { options: BinaryFileReadOptions; row: { path: string; modificationTime: Timestamp; length: bigint; content: Uint8Array } };
  rate: { options: RateReadOptions; row: { timestamp: Timestamp; value: bigint } };
  /** Records of topics; with `includeHeaders` there is also `headers`; with `valueSchema`, `value` is a row of it. */
  kafka: { options: KafkaReadOptions; row: KafkaRow };
  /** A table or the result of a query: batch only. */
  postgres: { options: PostgresReadOptions; row: UntypedRow };
  /** The changes of a table. */
  "postgres-cdc": { options: PostgresCdcOptions; row: PostgresChange };
  /** This machine's CPU, memory, disk and network figures. */
  telemetry: { options: TelemetryReadOptions; row: { at: Timestamp; metric: string; device: string; value: number; unit: string } };
  /** A file as it once happened. */
  replay: { options: ReplayReadOptions; row: UntypedRow };
  /** Rows that are sent by HTTP. */
  http: { options: HttpReadOptions; row: UntypedRow };
  /** Lines from a TCP server; with `includeTimestamp` there is also `timestamp`. */
  socket: { options: SocketReadOptions; row: UntypedRow };
  /** The state in a query's checkpoint. */
  state: { options: StateReadOptions; row: UntypedRow };
  statestore: { options: StateReadOptions; row: UntypedRow };
  "state-metadata": { options: { path?: string; batchId?: number }; row: UntypedRow };
}
export type OptionsOf<R, F> = F extends keyof R ? R[F] extends { options: infer O } ? O : never : Record<string, string | number | boolean>;
/** The row of a reader that got an option. */
type RowWith<Row, F, K> = "kafka" extends F ? "valueSchema" extends K ? Omit<Row, "value"> & { value: UntypedRow | null } : Row : Row;
type RowOfFormat<F> = F extends keyof SourceFormats ? SourceFormats[F]["row"] : UntypedRow;
export type AnyFormat<R> = keyof R | (string & {});

declare const sourceRow: unique symbol;
/** A source as a value, with the row it gives and its options. */
export interface Source<out Row> { readonly format: string; readonly options: object; readonly [sourceRow]: Row }

export interface Reader<Row, F> {
  /** The columns; without them a batch reader looks at the data. */
  schema<R>(schema: Schema<R>): Reader<R, F>;
  schema(ddl: string): Reader<UntypedRow, F>;
  format<const G extends AnyFormat<SourceFormats>>(name: G): Reader<UntypedRow extends Row ? RowOfFormat<G> : Row, G>;
  option<K extends keyof OptionsOf<SourceFormats, F>>(key: K, value: OptionsOf<SourceFormats, F>[K]): Reader<RowWith<Row, F, K>, F>;
  options(this: Reader<Row, "kafka">, options: KafkaReadOptions & { valueSchema: string }): Reader<RowWith<Row, "kafka", "valueSchema">, F>;
  options(options: OptionsOf<SourceFormats, F>): Reader<Row, F>;
  load(path?: string | string[]): DataFrame<Row>;
  json(path: string | string[], options?: JsonReadOptions): DataFrame<Row>;
  parquet(path: string | string[], options?: ParquetReadOptions): DataFrame<Row>;
  csv(path: string | string[], options?: CsvReadOptions): DataFrame<Row>;
  xml(path: string | string[], options?: XmlReadOptions): DataFrame<Row>;
  text(path: string | string[], options?: TextReadOptions): DataFrame<{ value: string | null }>;
  table(name: string): DataFrame<Row>;
  from<R>(source: Source<R>): DataFrame<R>;
  /** Rows of the reader's schema that a program gives: what createDataFrame() takes, and over readStream a stream that is at most once (docs/sources-and-sinks.md). */
  from(rows: RowsIn<Row>, options?: RowsReadOptions): DataFrame<Row>;
}

/** How a stream reads rows that a program gives. */
export interface RowsReadOptions {
  /** Rows that are taken ahead of the query; 10,000 unless said otherwise. */
  readonly bufferRows?: number;
  readonly maxRowsPerTrigger?: number;
  /** What a row does that the schema doesn't fit: it ends the query, or goes to the dead letters. */
  readonly mode?: "FAILFAST" | "DROPMALFORMED";
  /** Of a function that is called with the number of rows that were delivered: it gives the same rows from there on, each time. */
  readonly replayable?: boolean;
}

interface ReaderState {
  readonly isStreaming: boolean;
  readonly schema?: StructType;
  /** Folders may bring columns that the text of a schema doesn't name. */
  readonly isDdl?: boolean;
  readonly check?: RowCheck | undefined;
  readonly format?: string;
  readonly options: Readonly<Record<string, string>>;
}

class FrameReader {
  readonly #session: SessionCore;
  readonly #state: ReaderState;

  constructor(session: SessionCore, state: ReaderState) {
    this.#session = session;
    this.#state = state;
    Object.freeze(this);
  }

  #with(change: Partial<ReaderState>): FrameReader { return new FrameReader(this.#session, { ...this.#state, ...change }); }

  schema(schema: Schema<unknown> | string): FrameReader {
    return typeof schema === "string" ? this.#with({ schema: this.#session.parseSchema(schema), isDdl: true }) : this.#with({ schema: structTypeOf(schema), isDdl: false, check: rowCheckOf(schema) });
  }
  format(name: string): FrameReader { return this.#with({ format: name.toLowerCase() }); }
  option(key: string, value: unknown): FrameReader { return this.options({ [key]: value }); }
  options(options: object): FrameReader { return this.#with({ options: { ...this.#state.options, ...optionsOf(options) } }); }

  load(path?: string | readonly string[]): unknown {
    if (this.#state.format === undefined) throw badArgument("load() needs a format.", 'write .format("json").load(path), or .json(path)');
    return this.#read(this.#state.format, path, {});
  }
  parquet(path: string | readonly string[], options: object = {}): unknown { return this.#read("parquet", path, options); }
  json(path: string | readonly string[], options: object = {}): unknown { return this.#read("json", path, options); }
  csv(path: string | readonly string[], options: object = {}): unknown { return this.#read("csv", path, options); }
  xml(path: string | readonly string[], options: object = {}): unknown { return this.#read("xml", path, options); }
  text(path: string | readonly string[], options: object = {}): unknown { return this.#read("text", path, options); }

  table(name: string): unknown {
    const { isStreaming, options } = this.#state;
    return frameOver(this.#session, { kind: "read_named_table", nameParts: nameParts(name), isStreaming, options, origin: callSite() });
  }

  from(source: Source<unknown> | RowsIn<unknown>, options: RowsReadOptions = {}): unknown {
    if (typeof source === "function" || (isIterable(source) && !("format" in source))) return this.#rows(source as RowGiver, options);
    if (typeof source !== "object" || source === null || typeof (source as Source<unknown>).format !== "string") throw badArgument("from() takes a source value, as a connector's function returns it, or rows.");
    return this.#source(source as Source<unknown>);
  }

  #rows(rows: RowGiver, { bufferRows = 10_000, maxRowsPerTrigger, mode = "FAILFAST", replayable = false }: RowsReadOptions): unknown {
    const { schema, isStreaming } = this.#state;
    if (schema === undefined) throw badArgument("Rows that a program gives need a schema.", "readStream.schema(Click).from(rows)");
    if (!isStreaming) {
      const { relation, fields } = givenData(rows, schema, this.#state.check);
      return frameOver(this.#session, relation, fields);
    }
    for (const [name, count] of Object.entries({ bufferRows, maxRowsPerTrigger })) if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) throw badArgument(`${name}: a whole number from 1 on is expected; this is ${String(count)}.`, undefined, "MILLRACE_INVALID_OPTION", "22023");
    if (mode !== "FAILFAST" && mode !== "DROPMALFORMED") throw badArgument(`mode: FAILFAST or DROPMALFORMED is expected; this is ${String(mode)}.`, undefined, "MILLRACE_INVALID_OPTION", "22023");
    if (replayable && typeof rows !== "function") throw badArgument("Only rows of a function can be read again.", "readStream.schema(Click).from(taken => rowsFrom(taken), { replayable: true })");
    const source = rowStreamTable(schema, rows, rowMaker(schema, this.#state.check), { bufferRows, maxRowsPerTrigger, mode, replayable });
    return frameOver(this.#session, { kind: "read_data_source", format: "rows", source, options: {}, paths: [], isStreaming: true, origin: callSite() }, schema.fields);
  }

  #source(source: Source<unknown>): unknown {
    const own = (source as { schema?: StructType }).schema, schema = own ?? this.#state.schema, check = own === undefined ? this.#state.check : undefined;
    const plan: Relation = { kind: "read_data_source", format: source.format, options: { ...this.#state.options, ...optionsOf(source.options) }, paths: [], isStreaming: this.#state.isStreaming, source, origin: callSite(), ...(schema && { schema: check?.input ?? schema }), ...(check && { check }) };
    return frameOver(this.#session, plan, schema?.fields);
  }

  #read(format: string, path: string | readonly string[] | undefined, options: object): unknown {
    const { isStreaming, schema, isDdl, check } = this.#state;
    const paths = path === undefined ? [] : typeof path === "string" ? [path] : [...path];
    const known = isDdl === true && FILE_FORMAT_NAMES.includes(format) ? undefined : schema?.fields ?? KNOWN_ROWS[format];
    const plan: Relation = { kind: "read_data_source", format, options: { ...this.#state.options, ...optionsOf(options) }, paths, isStreaming, origin: callSite(), ...(schema && { schema: check?.input ?? schema }), ...(check && { check }) };
    return frameOver(this.#session, plan, known);
  }
}

const KNOWN_ROWS: Readonly<Record<string, StructType["fields"]>> = {
  text: [{ name: "value", type: { kind: "string" }, nullable: true }],
  binaryfile: [{ name: "path", type: { kind: "string" }, nullable: true }, { name: "modificationTime", type: { kind: "timestamp" }, nullable: true }, { name: "length", type: { kind: "bigint" }, nullable: true }, { name: "content", type: { kind: "binary" }, nullable: true }],
  rate: [{ name: "timestamp", type: { kind: "timestamp" }, nullable: false }, { name: "value", type: { kind: "bigint" }, nullable: false }],
};

export const readerOf = (session: SessionCore, isStreaming: boolean): Reader<UntypedRow, never> =>
  new FrameReader(session, { isStreaming, options: {} }) as unknown as Reader<UntypedRow, never>;


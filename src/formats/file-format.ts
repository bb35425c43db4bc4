/**
 * What a file format offers to tables of files. A format is a folder beside this file and a line in registry.ts; it does no I/O of
 * its own and knows nothing of folders, partitions, streams or commits: those are the same for all formats, in src/connectors/files.
 *
 * Two kinds. A "stream of bytes" (json, csv, text) reads a file from its beginning to its end; compression, encodings of whole
 * files and cutting by lines happen around it. "random access" (parquet, orc, avro, arrow, binaryFile) goes to places of a file,
 * and knows its schema, its rows and its own compression.
 */
import type { Batch } from "../columns/batch.ts";
import type { TableStatistics } from "../plan/statistics.ts";
import type { StructType } from "../types/data-type.ts";
import { transcoderOf, type Transcoder } from "./encoding.ts";
import type { FileFilter } from "./file-filter.ts";
import type { FormatReader } from "./format-reader.ts";
import type { Narrowing } from "./narrowing.ts";
import type { FormatOptions } from "./options.ts";

/** What a format is told about the query around it. */
export interface FormatContext {
  /** As the user gave them: look up with `optionOf` (names in any case), refuse wrong values with `invalidOption`. */
  readonly options: FormatOptions;
  /** The session's zone; the option `timeZone` goes before it where the format has one. */
  readonly timeZone: string;
  /** Microseconds since the epoch, for text such as "12:30" that means today. */
  readonly nowMicros: () => bigint;
}

interface AnyFileFormat {
  /** As in `read.format(name)`, in lower case. */
  readonly name: string;
  /** Endings of files that are of this format, with the dot, in lower case; the first is that of files it writes. */
  readonly endings: readonly string[];
  /** The schema, where all files of the format have the same one. */
  readonly fixedSchema?: StructType;
  /**
   * Checks the schema of a table that the user gave, before anything is read.
   * @throws AnalysisError UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE
   */
  checkSchema?(schema: StructType, context: FormatContext): void;
  /**
   * Prepares writing rows of a schema. Left out: the format can't be written.
   * @throws AnalysisError for types that the format can't hold, options with wrong values, or compressions that it lacks
   */
  writing?(schema: StructType, context: FormatContext): FileWriting | Promise<FileWriting>;
}

/** A format that is read from the first byte to the last. */
export interface StreamFormat extends AnyFileFormat {
  readonly kind: "stream of bytes";
  /** Whether a reader may begin at the start of any line and end behind any line. Else it gets all bytes of a file. */
  isSplittable(options: FormatOptions): boolean;
  /** What turns a file into UTF-8, where the format finds that out itself; left out: as the option `encoding` says. */
  transcoder?(options: FormatOptions): (() => Transcoder) | undefined;
  /**
   * A reader of some columns of files; one reader reads many files, `reset` in between.
   * @param wanted what its batches have: these columns, in this order
   * @param full all columns of the data, where the place of a column or its NOT NULL matters; without partition columns
   * @throws AnalysisError for options with wrong values or that aren't built
   */
  reader(wanted: StructType, full: StructType, context: FormatContext): FormatReader;
  /** Begins to look at data for their schema. Left out where `fixedSchema` is given. @throws AnalysisError for options with wrong values */
  inference?(context: FormatContext): SchemaInference;
  /** Whether a last line without its newline is a whole record by itself; left out if that can't be told. */
  isWhole?(line: Uint8Array, options: FormatOptions): boolean;
}

export const transcoderFor = (format: StreamFormat, options: FormatOptions): (() => Transcoder) | undefined => (format.transcoder === undefined ? transcoderOf(options) : format.transcoder(options));

/** Finds the schema of data by looking at them. */
export interface SchemaInference {
  /** More of the data, in UTF-8 and decompressed: whole lines if the format is splittable, else a whole file. `startsFile`: a file begins here. */
  add(bytes: Uint8Array, startsFile: boolean): void;
  /** Nothing that may follow changes the schema. */
  readonly isDone: boolean;
  schema(): StructType;
}

/** A format that is read at places that its own metadata names. */
export interface RandomAccessFormat extends AnyFileFormat {
  readonly kind: "random access";
  /**
   * The schema of one file. Tables ask one file, or with `mergeSchema` all of them. Left out where `fixedSchema` is given.
   * @throws ExecutionError if the file is none of the format; which file it is about is added by the table
   */
  schemaOf?(file: FileBytes, context: FormatContext): Promise<StructType>;
  /** Files decide conditions while they are read. */
  readonly narrows?: boolean;
  /** What a file knows of its rows and columns, by its metadata alone. */
  statisticsOf?(file: FileBytes, context: FormatContext): Promise<TableStatistics>;
  /**
   * Opens a file to read some columns of it.
   * @param wanted what the batches have: these columns in this order, found in the file by name without regard to case. A column that
   * the file lacks is null in all rows; a type that the file's can be widened to is widened as Spark's reader does, any other is refused.
   * @param filters all hold for the rows that are wanted: parts of the file in which no row can meet them may be left out. Rows that
   * don't meet them may also be given, since the query evaluates its conditions again.
   */
  open(file: FileBytes, wanted: StructType, filters: readonly FileFilter[], context: FormatContext): Promise<OpenFile>;
}

export type FileFormat = StreamFormat | RandomAccessFormat;

/** A file as formats of random access see it. It doesn't change while it is read. */
export interface FileBytes {
  readonly path: string;
  readonly size: number;
  readonly modifiedMicros: number;
  /**
   * Bytes [offset, offset + length), in `target` if it is given, which has that length, and else in an array of their own. Each call is
   * one trip to the disk: ask for large pieces.
   * @throws RangeError for bytes outside the file, ExecutionError MILLRACE_FILE_CHANGED if the file became shorter
   */
  read(offset: number, length: number, target?: Uint8Array): Promise<Uint8Array>;
}

/** A file that is being read. */
export interface OpenFile {
  /** Rows in the file, where it says so; of all of it, whatever the filters are. */
  readonly rows: number | undefined;
  /** Parts that can be read one by one, such as row groups, in order; those that filters leave out are not among them. */
  readonly parts: readonly FilePart[];
  /**
   * The rows of one part, in order, at most BATCH_ROWS (4,096) a batch. A batch is lent: it and all it points to is valid until the next is asked
   * for. It has exactly the columns that `open` was told, even if these are none (then only its `count` matters).
   * @param narrowing of formats that `narrows`: only the rows that meet it are selected, and in others values may be anything
   */
  batches(part: FilePart, signal: AbortSignal, narrowing?: Narrowing): AsyncIterable<Batch>;
  /** Gives all memory back; also in the middle of a part. */
  release(): void;
}

export interface FilePart {
  /** Where its bytes lie, as far as that can be said; for progress and metrics. */
  readonly offset: number;
  readonly length: number;
  readonly rows: number | undefined;
}

/** Writing of one schema: options are read, types are checked. Makes any number of files, several at a time. */
export interface FileWriting {
  /** The ending of the files, with the dots: `.csv`, `.snappy.parquet`. Of streams of bytes without that of the compression around them. */
  readonly ending: string;
  open(): FileWriter;
}

/**
 * One file that is being written: `open` once, `write` for each batch, `finish` once. Each gives the bytes that are ready, perhaps none;
 * together they are the file. Arrays stay as they are until the next call.
 */
export interface FileWriter {
  /** What the file begins with. */
  open(): readonly Uint8Array[];
  /** The batch is borrowed; its columns are those of the schema by position. */
  write(batch: Batch): readonly Uint8Array[];
  finish(): readonly Uint8Array[];
  /** Bytes that are held until a later call. */
  readonly heldBytes: number;
  /** Gives memory back where the file is given up; not called after `finish`. */
  abort(): void;
}

/** The reader of a table's files: by its format's kind, and for streams of bytes by how a file lies on disk. */
import { ExecutionError } from "../../base/errors.ts";
import { fileErrorCode } from "../../base/files.ts";
import { transcoderFor, type FileFormat, type FormatContext } from "../../formats/file-format.ts";
import type { FileFilter } from "../../formats/file-filter.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import type { FileLayout } from "../../plan/relations.ts";
import { struct, type StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import type { Share } from "../shared-reads.ts";
import { isCompressed } from "./compression.ts";
import { FileColumns } from "./file-columns.ts";
import type { FileOptions } from "./file-options.ts";
import type { FileRange, FileReader } from "./file-reader.ts";
import type { Partitioning } from "./partitions.ts";
import { RandomAccessReader } from "./random-access-reader.ts";
import { RangeReader } from "./range-reader.ts";
import { WholeFileReader } from "./whole-file-reader.ts";

/** A table of files as its readers see it. */
export interface FileTableParts {
  readonly format: FileFormat;
  readonly context: FormatContext;
  /** All columns; those of the data alone. */
  readonly schema: StructType;
  readonly dataSchema: StructType;
  readonly partitioning: Partitioning;
  readonly options: FileOptions;
  readonly layout?: FileLayout;
}

/** Tells whether a file may be read in pieces of whole lines; else it is read as a whole, once. */
export function cutting({ format, context: { options } }: Pick<FileTableParts, "format" | "context">): (path: string) => boolean {
  const mayCut = format.kind === "stream of bytes" && format.isSplittable(options) && transcoderFor(format, options) === undefined;
  return path => mayCut && !isCompressed(path);
}

/** `join`: what other queries read of the same files is shared. */
export function openFileReader(table: FileTableParts, filters: readonly FileFilter[], environment: ConnectorEnvironment, join?: () => Share | undefined): FileReader & { readonly share: Share | undefined } {
  const { format, context, dataSchema, schema, partitioning, options } = table, { files } = environment;
  let inner: FileReader, share: Share | undefined;
  if (format.kind === "random access") inner = new RandomAccessReader(files, format, dataSchema, filters, context);
  else {
    const makeFormat = (columns: readonly string[]) => format.reader(struct(columns.map(name => dataSchema.fields.find(one => one.name === name)!)), dataSchema, context);
    const whole = new WholeFileReader(files, makeFormat, transcoderFor(format, context.options)), ranges = new RangeReader(files, makeFormat, share = join?.()), isCut = cutting(table);
    inner = {
      read: (range, request, receiver) => (isCut(range.path) ? ranges : whole).read(range, request, receiver),
      release() {
        ranges.release();
        whole.release();
      },
    };
  }
  const reader = new FileColumns(options.ignoreCorrupt || options.ignoreMissing ? new TolerantReader(inner, options, environment.warn) : inner, schema, partitioning, table.layout?.defaults);
  return Object.assign(reader, { share });
}

/** Leaves out files that are gone or damaged, where the options say so; rows that were read of a damaged file stay. */
class TolerantReader implements FileReader {
  readonly #inner: FileReader;
  readonly #options: FileOptions;
  readonly #warn: (text: string) => void;

  constructor(inner: FileReader, options: FileOptions, warn: (text: string) => void) {
    this.#inner = inner;
    this.#options = options;
    this.#warn = warn;
  }

  async read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    let fromReceiver: unknown;
    const guarded = <T>(call: () => T): T => {
      try { return call(); } catch (error) {
        fromReceiver = error;
        throw error;
      }
    };
    try {
      await this.#inner.read(range, request, {
        push: batch => guarded(() => receiver.push(batch)), badRecord: record => guarded(() => receiver.badRecord(record)),
        ...(receiver.ready !== undefined && { ready: () => receiver.ready!() }),
      });
    } catch (error) {
      if (error === fromReceiver || request.signal.aborted) throw error;
      const isMissing = error instanceof ExecutionError && error.condition === "FAILED_READ_FILE.FILE_NOT_EXIST";
      const isDamaged = error instanceof ExecutionError ? !error.condition.startsWith("MILLRACE_OUT_OF_MEMORY") : fileErrorCode(error) !== undefined || error instanceof RangeError;
      if (!(isMissing ? this.#options.ignoreMissing : this.#options.ignoreCorrupt && isDamaged)) throw error;
      this.#warn(`The file ${range.path} ${isMissing ? "is gone and was left out" : `is damaged, what follows in it was left out: ${error instanceof Error ? error.message : String(error)}`}.`);
    }
  }

  release(): void { this.#inner.release(); }
}

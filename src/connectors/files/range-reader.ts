/** How a range of a file becomes batches, for every format that is read from bytes. */
import type { FileHandle, Files } from "../../base/files.ts";
import { ExecutionError } from "../../base/errors.ts";
import { fileErrorCode } from "../../base/files.ts";
import type { FormatReader } from "../../formats/format-reader.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import { linearMemory } from "../../memory/linear-memory.ts";

/** Bytes [from, to) of a file; both at the start of a line or the end of the file. */
export interface FileRange { readonly path: string; readonly from: number; readonly to: number; readonly modifiedMicros: number }

/** Makes the reader of a format for some columns. */
export type FormatFactory = (columns: readonly string[]) => FormatReader;

/** Other work of the thread comes in between this often. */
const YIELD_MILLIS = 20;

export class RangeReader {
  readonly #files: Files;
  readonly #makeFormat: FormatFactory;
  /** The reader of the last request: kept, since making one costs more than reading a small file. */
  #format: FormatReader | undefined;
  #columns = "";

  constructor(files: Files, makeFormat: FormatFactory) {
    this.#files = files;
    this.#makeFormat = makeFormat;
  }

  async read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const format = this.#formatFor(request.columns), memory = linearMemory();
    format.reset(range.from);
    const handle = this.#open(range);
    let last = performance.now();
    try {
      let position = range.from;
      for (;;) {
        const { pointer, length } = format.space();
        const wanted = Math.min(length, range.to - position);
        const read = wanted === 0 ? 0 : handle.readAt(memory.u8, pointer, wanted, position);
        if (read < wanted) throw shorter(range, position + read);
        position += read;
        format.filled(read);
        if (position === range.to) format.end();
        for (let decoded = format.next(); decoded !== undefined; decoded = format.next()) {
          for (const bad of decoded.badRecords) {
            if (bad.outcome === "kept") continue;
            receiver.badRecord({ origin: range.path, offset: bad.offset, length: bad.length, reason: bad.reason, raw: bad.raw(), ...(bad.column !== undefined && { column: bad.column }) });
          }
          if (decoded.batch.count > 0 && !receiver.push(decoded.batch)) return;
        }
        if (position === range.to) return;
        if (receiver.ready !== undefined) await receiver.ready();
        if (performance.now() - last > YIELD_MILLIS) {
          await new Promise<void>(resolve => setImmediate(resolve));
          request.signal.throwIfAborted();
          last = performance.now();
        }
      }
    } catch (error) {
      throw error instanceof ExecutionError && error.condition.startsWith("MALFORMED_RECORD_IN_PARSING") ? inFile(error, range.path) : error;
    } finally {
      handle.close();
    }
  }

  release(): void {
    this.#format?.release();
    this.#format = undefined;
  }

  #formatFor(columns: readonly string[]): FormatReader {
    const key = JSON.stringify(columns);
    if (this.#format !== undefined && this.#columns === key) return this.#format;
    this.#format?.release();
    this.#columns = key;
    return (this.#format = this.#makeFormat(columns));
  }

  #open(range: FileRange): FileHandle {
    try { return this.#files.open(range.path, "read"); } catch (error) {
      if (fileErrorCode(error) !== "ENOENT") throw error;
      throw new ExecutionError({
        condition: "FAILED_READ_FILE.FILE_NOT_EXIST", sqlState: "KD001", message: `Encountered error while reading file ${range.path}. File does not exist. It is possible the underlying files have been updated.`,
        messageParameters: { path: range.path }, hint: "files that a stream has planned to read must stay until it has read them",
      });
    }
  }
}

function shorter(range: FileRange, at: number): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_FILE_CHANGED", sqlState: "KD001", message: `The file ${range.path} ends at byte ${at}; it had ${range.to} bytes when it was listed.`,
    messageParameters: { path: range.path, expected: String(range.to), actual: String(at) }, hint: "files must not be cut or overwritten while a query reads them; write a new file and move it in",
  });
}

/** The same error, saying which file it is about. */
function inFile(error: ExecutionError, path: string): ExecutionError {
  const { condition, sqlState, text, messageParameters, queryContext, hint } = error;
  return new ExecutionError({ condition, sqlState, message: text, messageParameters, queryContext, hint: hint === undefined ? `in ${path}` : `${path}: ${hint}`, cause: error });
}

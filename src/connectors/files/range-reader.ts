/** How a range of a file becomes batches, for every format that is read from bytes. */
import type { FileHandle, Files } from "../../base/files.ts";
import { ExecutionError } from "../../base/errors.ts";
import { fileErrorCode } from "../../base/files.ts";
import type { FormatReader } from "../../formats/format-reader.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { PieceReceiver, Share } from "../shared-reads.ts";

/** Bytes [from, to) of a file; both at the start of a line or the end of the file. */
export interface FileRange { readonly path: string; readonly from: number; readonly to: number; readonly modifiedMicros: number }

/** Makes the reader of a format for some columns. */
export type FormatFactory = (columns: readonly string[]) => FormatReader;

/** Other work of the thread comes in between this often. */
const YIELD_MILLIS = 20;
/** The query's own columns, and those that it reads for others too. */
const MAX_FORMATS = 2;

export class RangeReader {
  readonly #files: Files;
  readonly #makeFormat: FormatFactory;
  readonly #share: Share | undefined;
  /** Readers by their columns, the last used last: kept, since making one costs more than reading a small file. */
  readonly #formats = new Map<string, FormatReader>();
  #yieldedMillis = 0;

  /** `share`: other queries read the same files. */
  constructor(files: Files, makeFormat: FormatFactory, share?: Share) {
    this.#files = files;
    this.#makeFormat = makeFormat;
    this.#share = share;
  }

  async read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { columns } = request, { path, to, modifiedMicros: version } = range, handle = this.#open(range);
    this.#yieldedMillis = performance.now();
    try {
      for (let from = range.from; from < to;) {
        let end: number | undefined;
        if (this.#share === undefined) await this.#decode(handle, range, from, request, columns, receiver, at => { end = at; });
        else end = await this.#share.read({ origin: path, version, from, to }, columns, receiver, (wanted, ...how) => this.#decode(handle, range, from, request, wanted, ...how).catch((error: unknown) => {
          this.#forget(JSON.stringify(wanted)); // there may be no memory for two formats
          throw error;
        }));
        if (end === undefined) return;
        from = end;
        if (from < to) await this.#breathe(request, receiver);
      }
      this.#share?.passed(path, to);
    } catch (error) {
      throw error instanceof ExecutionError && error.condition.startsWith("MALFORMED_RECORD_IN_PARSING") ? inFile(error, path) : error;
    } finally {
      handle.close();
    }
  }

  release(): void {
    for (const format of this.#formats.values()) format.release();
    this.#formats.clear();
    this.#share?.leave();
  }

  /** Reads a chunk of whole lines, or more where lines are long. */
  async #decode(handle: FileHandle, range: FileRange, from: number, request: ReadRequest, columns: readonly string[], receiver: PieceReceiver, ended: (at: number) => void): Promise<void> {
    const format = this.#formatFor(columns), memory = linearMemory(), { path, to } = range;
    format.reset(from);
    for (let position = from;;) {
      const { pointer, length } = format.space(), wanted = Math.min(length, to - position);
      const read = wanted === 0 ? 0 : handle.readAt(memory.u8, pointer, wanted, position);
      if (read < wanted) throw shorter(range, position + read);
      position += read;
      format.filled(read);
      if (position === to) format.end();
      for (let decoded = format.next(); decoded !== undefined; decoded = format.next()) {
        if (decoded.badRecords.length > 0 && receiver.metBadRecord?.() === false) return;
        for (const bad of decoded.badRecords) {
          if (bad.outcome === "kept") continue;
          receiver.badRecord({ origin: path, offset: bad.offset, length: bad.length, reason: bad.reason, raw: bad.raw(), ...(bad.column !== undefined && { column: bad.column }) });
        }
        if (decoded.batch.count > 0 && !receiver.push(decoded.batch)) return;
      }
      const end = position === to ? to : format.boundary ?? from;
      if (end > from) return ended(end);
      await this.#breathe(request, receiver);
    }
  }

  /** Between chunks: waits for room, and lets others have their turn. */
  async #breathe({ signal }: ReadRequest, receiver: BatchReceiver): Promise<void> {
    if (receiver.ready !== undefined) await receiver.ready();
    if (performance.now() - this.#yieldedMillis <= YIELD_MILLIS) return;
    await new Promise<void>(resolve => setImmediate(resolve));
    signal.throwIfAborted();
    this.#yieldedMillis = performance.now();
  }

  #formatFor(columns: readonly string[]): FormatReader {
    const key = JSON.stringify(columns), format = this.#formats.get(key) ?? this.#makeFormat(columns);
    this.#formats.delete(key);
    this.#formats.set(key, format);
    if (this.#formats.size > MAX_FORMATS) this.#forget(this.#formats.keys().next().value!);
    return format;
  }

  /** Gives the memory of a format back. */
  #forget(columns: string): void {
    this.#formats.get(columns)?.release();
    this.#formats.delete(columns);
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

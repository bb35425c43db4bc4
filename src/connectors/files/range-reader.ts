/** How a range of a file becomes batches, for every format that is read from bytes. */
import { ExecutionError } from "../../base/errors.ts";
import type { FileHandle, Files } from "../../base/files.ts";
import type { FormatReader } from "../../formats/format-reader.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { PieceReceiver, Share } from "../shared-reads.ts";
import { Breath, fileChanged, inFile, openToRead, type FileRange, type FileReader } from "./file-reader.ts";

/** Makes the reader of a format for some columns. */
export type FormatFactory = (columns: readonly string[]) => FormatReader;

/** The query's own columns, and those that it reads for others too. */
const MAX_FORMATS = 2;

export class RangeReader implements FileReader {
  readonly #files: Files;
  readonly #makeFormat: FormatFactory;
  readonly share: Share | undefined;
  /** Readers by their columns, the last used last: kept, since making one costs more than reading a small file. */
  readonly #formats = new Map<string, FormatReader>();
  #breath = new Breath();

  /** `share`: other queries read the same files. */
  constructor(files: Files, makeFormat: FormatFactory, share?: Share) {
    this.#files = files;
    this.#makeFormat = makeFormat;
    this.share = share;
  }

  async read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { columns } = request, { path, to, modifiedMicros: version } = range, handle = openToRead(this.#files, range.path);
    this.#breath = new Breath();
    try {
      for (let from = range.from; from < to;) {
        let end: number | undefined;
        if (this.share === undefined) await this.#decode(handle, range, from, request, columns, receiver, at => { end = at; });
        else end = await this.share.read({ origin: path, version, from, to }, columns, receiver, (wanted, ...how) => this.#decode(handle, range, from, request, wanted, ...how).catch((error: unknown) => {
          this.#forget(JSON.stringify(wanted)); // there may be no memory for two formats
          throw error;
        }));
        if (end === undefined) return;
        from = end;
        if (from < to) await this.#breath.take(request, receiver);
      }
      this.share?.passed(path, to);
    } catch (error) {
      throw error instanceof ExecutionError && error.condition.startsWith("MALFORMED_RECORD_IN_PARSING") ? inFile(error, path) : error;
    } finally {
      handle.close();
    }
  }

  release(): void {
    for (const format of this.#formats.values()) format.release();
    this.#formats.clear();
    this.share?.leave();
  }

  /** Reads a chunk of whole lines, or more where lines are long. */
  async #decode(handle: FileHandle, range: FileRange, from: number, request: ReadRequest, columns: readonly string[], receiver: PieceReceiver, ended: (at: number) => void): Promise<void> {
    const format = this.#formatFor(columns), memory = linearMemory(), { path, to } = range;
    format.reset(from);
    for (let position = from;;) {
      const { pointer, length } = format.space(), wanted = Math.min(length, to - position);
      const read = wanted === 0 ? 0 : handle.readAt(memory.u8, pointer, wanted, position);
      if (read < wanted) throw fileChanged(path, to, position + read);
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
      await this.#breath.take(request, receiver);
    }
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
}

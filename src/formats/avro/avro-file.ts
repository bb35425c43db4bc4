/** An Avro file that is being read: its header, and its blocks one after the other (https://avro.apache.org/docs/1.12.0/specification/#object-container-files). */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import type { FileBytes, FilePart, OpenFile } from "../file-format.ts";
import { leastBytes } from "./avro-bytes.ts";
import { MalformedBlock, decompressBlock } from "./codecs.ts";
import { AvroDecoder } from "./decoder.ts";
import type { AvroSchema } from "./schema.ts";

export const AVRO_MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 1);
export const SYNC_BYTES = 16;
const WINDOW_BYTES = 1 << 20;
/** Blocks of one batch. */
const TOGETHER_BYTES = 8 << 20;
/** Bytes that a header may have. */
const MAX_HEADER_BYTES = 16 << 20;
/** Rows of one file that take no byte each. */
const MAX_EMPTY_ROWS = 2 ** 31;

export interface AvroHeader { readonly schemaText: string; readonly codec: string; readonly sync: Uint8Array; readonly end: number }

/** Bytes of a file in order, read in large pieces. */
class FileWindow {
  readonly #file: FileBytes;
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;
  /** Place in the file. */
  at: number;
  constructor(file: FileBytes, at: number) { this.#file = file; this.at = at; }

  get left(): number { return this.#file.size - this.at; }

  /** The next bytes; valid until the next call. @throws MalformedBlock if the file has less */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw new MalformedBlock("the file ends early");
    this.at += count;
    return bytes;
  }

  /** The same, and the place stays; fewer at the end of the file. */
  async peek(count: number): Promise<Uint8Array> {
    const wanted = Math.min(count, this.left);
    if (this.at < this.#base || this.at + wanted > this.#base + this.#bytes.length) {
      this.#base = this.at;
      this.#bytes = await this.#file.read(this.at, Math.min(this.left, Math.max(wanted, WINDOW_BYTES)));
    }
    return this.#bytes.subarray(this.at - this.#base, this.at - this.#base + wanted);
  }

  /** A long of Avro. */
  async long(): Promise<number> {
    const bytes = await this.peek(10);
    let value = 0;
    for (let i = 0; i < bytes.length; i++) {
      value += (bytes[i]! & 0x7f) * 2 ** (7 * i);
      if (bytes[i]! >= 0x80) continue;
      this.at += i + 1;
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw new MalformedBlock("a number has too many bytes");
  }

  async sized(limit: number): Promise<Uint8Array> {
    const length = await this.long();
    if (!(length >= 0) || length > limit) throw new MalformedBlock("a length is out of range");
    return this.take(length);
  }
}

/** @throws ExecutionError FAILED_READ_FILE.NO_HINT */
export async function readAvroHeader(file: FileBytes): Promise<AvroHeader> {
  try {
    const window = new FileWindow(file, 0), magic = await window.take(Math.min(4, file.size));
    if (Buffer.compare(magic, AVRO_MAGIC) !== 0) throw new MalformedBlock("it doesn't begin as an Avro file does");
    const entries = new Map<string, string>();
    for (;;) {
      let count = await window.long();
      if (count === 0) break;
      if (count < 0) {
        count = -count;
        await window.long();
      }
      for (; count > 0; count--) {
        const key = Buffer.from(await window.sized(MAX_HEADER_BYTES)).toString("utf8");
        entries.set(key, Buffer.from(await window.sized(MAX_HEADER_BYTES)).toString("utf8"));
        if (window.at > MAX_HEADER_BYTES) throw new MalformedBlock("its header is too long");
      }
    }
    const schemaText = entries.get("avro.schema");
    if (schemaText === undefined) throw new MalformedBlock("its header has no schema");
    const sync = (await window.take(SYNC_BYTES)).slice();
    return { schemaText, codec: entries.get("avro.codec") ?? "null", sync, end: window.at };
  } catch (error) {
    throw failed(file, error);
  }
}

function failed(file: FileBytes, error: unknown): unknown {
  if (!(error instanceof MalformedBlock)) return error;
  return new ExecutionError({ condition: "FAILED_READ_FILE.NO_HINT", sqlState: "KD001", message: `Encountered error while reading file ${file.path}.`, messageParameters: { path: file.path }, hint: error.message, cause: error });
}

export class AvroFile implements OpenFile {
  readonly rows = undefined;
  readonly parts: readonly FilePart[];
  readonly #file: FileBytes;
  readonly #header: AvroHeader;
  readonly #written: AvroSchema;
  readonly #wanted: StructType;
  readonly #decoder: AvroDecoder;
  readonly #leastBytes: number;
  readonly #arena = new Arena();
  readonly #blocks = [new Arena(), new Arena()] as const;

  /** @throws AnalysisError MILLRACE_AVRO_INCOMPATIBLE_SCHEMA */
  constructor(file: FileBytes, header: AvroHeader, written: AvroSchema, reader: AvroSchema | undefined, wanted: StructType, byPosition: boolean) {
    this.#file = file;
    this.#header = header;
    this.#written = written;
    this.#wanted = wanted;
    this.#decoder = new AvroDecoder(wanted, reader, { byPosition });
    this.#decoder.program(written);
    this.#leastBytes = leastBytes(written);
    this.parts = [{ offset: header.end, length: file.size - header.end, rows: undefined }];
  }

  async *batches(_part: FilePart, signal: AbortSignal): AsyncGenerator<Batch> {
    const { end, sync, codec } = this.#header, window = new FileWindow(this.#file, end), decoder = this.#decoder, program = decoder.program(this.#written), { cursor, column } = decoder;
    /** Rows of the block that are not read, and how much of what its arena holds is done with. */
    let left = 0, done = 0, use = 0;
    try {
      decoder.begin(this.#arena, BATCH_ROWS);
      for (;;) {
        while (left === 0 && window.left > 0) {
          signal.throwIfAborted();
          left = await window.long();
          const block = await window.sized(window.left), { from, length } = decompressBlock(codec, block, bytes => this.#blocks[use]!.allocate(bytes));
          if (!(left >= 0) || left > (this.#leastBytes > 0 ? length / this.#leastBytes : MAX_EMPTY_ROWS)) throw new MalformedBlock("a block has no good number of rows");
          cursor.over(from, length);
          done += length;
          if (Buffer.compare(await window.take(SYNC_BYTES), sync) !== 0) throw new MalformedBlock("a block doesn't end with the marker of the file");
        }
        const rows = Math.min(left, BATCH_ROWS - column.length);
        if (column.children.length === 0) for (let i = 0; i < rows; i++) column.close(); // counted, not read
        else for (let i = 0; i < rows; i++) if (!decoder.next(program)) throw new MalformedBlock(`a record is malformed: ${cursor.reason}`);
        left -= rows;
        if (column.length === 0 && left === 0) return;
        if (column.length < BATCH_ROWS && done < TOGETHER_BYTES && window.left > 0) continue;
        const { length } = column, vector = decoder.finish();
        yield new Batch(this.#wanted, vector.children, length);
        this.#arena.reset();
        // What text of the next rows lies in stays; it moves when more is done with than is left.
        if (left === 0) {
          this.#blocks[use]!.reset();
          done = 0;
        } else if (done - cursor.left > cursor.left) {
          const next = 1 - use, { at, left: bytes } = cursor, to = this.#blocks[next]!.allocate(bytes);
          linearMemory().u8.copyWithin(to, at, at + bytes);
          this.#blocks[use]!.reset();
          cursor.over(to, bytes);
          use = next;
          done = bytes;
        }
        decoder.begin(this.#arena, BATCH_ROWS);
      }
    } catch (error) {
      throw failed(this.#file, error);
    } finally {
      this.release();
    }
  }

  release(): void {
    this.#arena.release();
    for (const arena of this.#blocks) arena.release();
  }
}

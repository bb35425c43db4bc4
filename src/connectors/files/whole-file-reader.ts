/**
 * Streams of bytes that are read from the first to the last: compressed files, files in other character sets, and formats whose
 * records go over lines. Bytes pass through in pieces, whatever the size of the file.
 */
import { ExecutionError } from "../../base/errors.ts";
import type { FileHandle, Files } from "../../base/files.ts";
import type { Transcoder } from "../../formats/encoding.ts";
import type { FormatReader } from "../../formats/format-reader.ts";
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { decompressionOf, type Decompression } from "./compression.ts";
import { Breath, fileChanged, inFile, openToRead, type FileRange, type FileReader } from "./file-reader.ts";
import type { FormatFactory } from "./range-reader.ts";

const CHUNK_BYTES = 256 * 1024;

export class WholeFileReader implements FileReader {
  readonly #files: Files;
  readonly #makeFormat: FormatFactory;
  readonly #transcoder: (() => Transcoder) | undefined;
  #format: { readonly key: string; readonly reader: FormatReader } | undefined;

  constructor(files: Files, makeFormat: FormatFactory, transcoder: (() => Transcoder) | undefined) {
    this.#files = files;
    this.#makeFormat = makeFormat;
    this.#transcoder = transcoder;
  }

  async read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const reader = this.#readerFor(request.columns), { path } = range, breath = new Breath();
    let more = true;
    const drain = (): void => {
      for (let decoded = more ? reader.next() : undefined; decoded !== undefined; decoded = reader.next()) {
        for (const bad of decoded.badRecords) {
          if (bad.outcome !== "kept") receiver.badRecord({ origin: path, offset: bad.offset, length: bad.length, reason: bad.reason, raw: bad.raw(), ...(bad.column !== undefined && { column: bad.column }) });
        }
        if (decoded.batch.count > 0 && !receiver.push(decoded.batch)) { more = false; return; }
      }
    };
    reader.reset(0);
    try {
      for await (const bytes of fileBytes(this.#files, range, this.#transcoder?.())) {
        for (let at = 0; at < bytes.length && more;) {
          const { pointer, length } = reader.space(), part = bytes.subarray(at, at + length);
          linearMemory().u8.set(part, pointer);
          at += part.length;
          reader.filled(part.length);
          drain();
        }
        if (!more) return;
        await breath.take(request, receiver);
      }
      reader.end();
      drain();
    } catch (error) {
      throw error instanceof ExecutionError && /^MALFORMED_(?:RECORD_IN_PARSING|CSV_RECORD)/.test(error.condition) ? inFile(error, path) : error;
    }
  }

  release(): void {
    this.#format?.reader.release();
    this.#format = undefined;
  }

  #readerFor(columns: readonly string[]): FormatReader {
    const key = JSON.stringify(columns);
    if (this.#format?.key !== key) {
      this.release();
      this.#format = { key, reader: this.#makeFormat(columns) };
    }
    return this.#format!.reader;
  }
}

/** The bytes of a file as its format sees them. A piece is valid until the next is asked for. */
export async function* fileBytes(files: Files, range: FileRange, transcoder: Transcoder | undefined): AsyncGenerator<Uint8Array> {
  const open = decompressionOf(range.path), handle = openToRead(files, range.path);
  try {
    const plain = open === undefined ? chunks(handle, range) : decompressed(handle, range, open());
    for await (const bytes of plain) yield transcoder === undefined ? bytes : transcoder.write(bytes);
    const rest = transcoder?.finish();
    if (rest !== undefined && rest.length > 0) yield rest;
  } finally {
    handle.close();
  }
}

async function* chunks(handle: FileHandle, { path, to }: FileRange): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(1, to)));
  for (let at = 0; at < to;) {
    const wanted = Math.min(buffer.length, to - at), read = handle.readAt(buffer, 0, wanted, at);
    if (read < wanted) throw fileChanged(path, to, at + read);
    at += read;
    yield buffer.subarray(0, read);
  }
}

async function* decompressed(handle: FileHandle, range: FileRange, { stream, cut }: Decompression): AsyncGenerator<Uint8Array> {
  let failure: unknown;
  const feed = async (): Promise<void> => {
    try {
      for await (const bytes of chunks(handle, range)) {
        if (stream.destroyed) return;
        // The chunk's bytes are overwritten by the next.
        for (const piece of cut(Buffer.from(bytes))) if (!stream.write(piece)) await new Promise<void>(resolve => { stream.once("drain", resolve); stream.once("close", resolve); });
      }
      stream.end();
    } catch (error) {
      failure = error;
      stream.destroy();
    }
  };
  const fed = feed();
  try {
    for await (const bytes of stream) yield bytes as Buffer;
    if (failure !== undefined) throw failure;
  } catch (error) {
    throw failure ?? corrupt(range.path, error);
  } finally {
    stream.destroy();
    await fed;
  }
}

function corrupt(path: string, cause: unknown): ExecutionError {
  return new ExecutionError({
    condition: "FAILED_READ_FILE.NO_HINT", sqlState: "KD001", message: `Encountered error while reading file ${path}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    messageParameters: { path }, hint: "the file is damaged or cut; the option ignoreCorruptFiles leaves such files out", cause,
  });
}

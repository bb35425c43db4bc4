/** The JSON reader of files and pipes: chunks of bytes to batches. */
import { linearMemory } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import { MAX_RECORD_BYTES, type DecodedBatch } from "../format-reader.ts";
import { CHUNK_BYTES, LineFramer, type LineFrame, type LongLine } from "../line-framer.ts";
import { LineReader } from "../line-reader.ts";
import { NdjsonDecoder, type NdjsonDecoderOptions } from "./ndjson-decoder.ts";

export interface NdjsonReaderOptions extends NdjsonDecoderOptions {
  /** A longer record is bad; only its beginning, length and offset are kept. */
  readonly maxRecordBytes?: number;
  /** How much is asked for at a time. */
  readonly chunkBytes?: number;
  /** What ends lines, its bytes as characters; LF, CR or both if left out. */
  readonly separator?: string | undefined;
}

export class NdjsonReader extends LineReader {
  readonly #decoder: NdjsonDecoder;
  readonly #maxRecordBytes: number;
  readonly #separator: string | undefined;
  /** LF and CR end the lines of the frame. */
  #isPlain = true;

  constructor(schema: StructType, options: NdjsonReaderOptions) {
    const maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
    super(new LineFramer(maxRecordBytes, options.chunkBytes ?? CHUNK_BYTES, options.account, options.separator));
    this.#maxRecordBytes = maxRecordBytes;
    this.#decoder = new NdjsonDecoder(schema, options);
    this.#separator = options.separator;
  }

  override reset(offset = 0): void {
    super.reset(offset);
    this.#decoder.reset();
  }

  protected override begin(frame: LineFrame): void { this.#isPlain = this.#separator === undefined || endLines(frame, this.#separator); }

  protected override take({ from, to, offset }: LineFrame): DecodedBatch {
    const decoded = this.#decoder.decode(this.at, to, offset + this.at - from, this.#isPlain ? undefined : this.#separator);
    this.at += decoded.consumedBytes;
    return decoded;
  }

  protected override longLine(line: LongLine): DecodedBatch { return this.#decoder.longLine(line, this.#maxRecordBytes); }

  override release(): void {
    this.#decoder.release();
    super.release();
  }
}

/** Makes lines of records that something else ends, for the kernel knows LF and CR only. False, and nothing done, where records hold those. */
function endLines({ from, to }: LineFrame, separator: string): boolean {
  const { u8, bytes } = linearMemory();
  if (!/[\r\n]/.test(separator) && (bytes.subarray(from, to).includes(10) || bytes.subarray(from, to).includes(13))) return false;
  for (let at = from; at < to;) {
    const found = bytes.subarray(at, to).indexOf(separator, 0, "latin1"), end = found < 0 ? to : at + found;
    for (; at < end; at++) if (u8[at] === 10 || u8[at] === 13) u8[at] = 32;
    if (end === to) return true;
    u8.fill(32, end, end + separator.length);
    // behind the spaces, so that the record's place stays what it is
    u8[end + separator.length - 1] = 10;
    at = end + separator.length;
  }
  return true;
}

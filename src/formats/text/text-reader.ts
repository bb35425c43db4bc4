/** Lines as rows of one column. A line ends in LF, CR or both; the last needs no end. */
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { writeView } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { STRING, type StructType } from "../../types/data-type.ts";
import { MAX_RECORD_BYTES, RAW_BYTES, type DecodedBatch } from "../format-reader.ts";
import { LineFramer, type LineFrame, type LongLine } from "../line-framer.ts";
import { LineReader } from "../line-reader.ts";

const LF = 10, CR = 13;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `separator`: what ends lines, its bytes as characters; LF, CR or both if left out. */
export interface TextReaderOptions { readonly maxRecordBytes?: number; readonly chunkBytes?: number; readonly separator?: string | undefined }

/** `schema`: one STRING column, or none for counting. */
export class TextReader extends LineReader {
  readonly #schema: StructType;
  readonly #maxLineBytes: number;
  readonly #arena = new Arena();
  readonly #memory = linearMemory();
  readonly #views: number;
  readonly #separator: Buffer | undefined;
  /** The last line ended in CR: an LF that comes next belongs to it. */
  #afterCr = false;

  constructor(schema: StructType, options: TextReaderOptions = {}) {
    const maxLineBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
    super(new LineFramer(maxLineBytes, options.chunkBytes, undefined, options.separator));
    this.#schema = schema;
    this.#maxLineBytes = maxLineBytes;
    this.#separator = options.separator === undefined ? undefined : Buffer.from(options.separator, "latin1");
    this.#views = this.#memory.allocate(16 * BATCH_ROWS);
  }

  override get boundary(): number | undefined { return this.#afterCr ? undefined : super.boundary; }

  override reset(offset = 0): void {
    super.reset(offset);
    this.#afterCr = false;
  }

  override release(): void {
    super.release();
    this.#arena.release();
    this.#memory.free(this.#views, 16 * BATCH_ROWS);
  }

  override next(): DecodedBatch | undefined {
    this.#arena.reset();
    return super.next();
  }

  protected override begin({ offset }: LineFrame): void {
    if (offset === 0) this.#skipByteOrderMark();
  }

  protected override take({ to }: LineFrame): DecodedBatch {
    return { batch: this.#batch(this.#separator === undefined ? this.#lines(to) : this.#separated(to, this.#separator)), badRecords: [] };
  }

  #skipByteOrderMark(): void {
    const { u8 } = this.#memory;
    if (u8[this.at] === 0xef && u8[this.at + 1] === 0xbb && u8[this.at + 2] === 0xbf) this.at += 3;
  }

  #lines(to: number): number {
    const bytes = this.#memory.u8;
    let rows = 0, at = this.at;
    while (at < to && rows < BATCH_ROWS) {
      if (this.#afterCr && bytes[at] === LF) { at++; this.#afterCr = false; continue; }
      let end = at, isAscii = true;
      for (let c = bytes[end]!; c !== LF && c !== CR; c = bytes[++end]!) if (c >= 0x80) isAscii = false;
      this.#put(this.#views + 16 * rows++, at, end - at, isAscii);
      this.#afterCr = bytes[end] === CR;
      at = end + 1;
    }
    this.at = at;
    return rows;
  }

  #separated(to: number, separator: Buffer): number {
    const { bytes } = this.#memory;
    let rows = 0;
    while (this.at < to && rows < BATCH_ROWS) {
      const length = bytes.subarray(this.at, to).indexOf(separator);
      this.#put(this.#views + 16 * rows++, this.at, length, false);
      this.at += length + separator.length;
    }
    return rows;
  }

  /** Bytes that aren't UTF-8 become replacement characters: a STRING is always UTF-8. */
  #put(view: number, pointer: number, length: number, isAscii: boolean): void {
    if (!isAscii && !isUtf8(this.#memory.u8.subarray(pointer, pointer + length))) {
      const bytes = Buffer.from(this.#memory.bytes.toString("utf8", pointer, pointer + length)), copy = this.#arena.allocate(bytes.length);
      this.#memory.u8.set(bytes, copy);
      writeView(view, copy, bytes.length);
    } else writeView(view, pointer, length);
  }

  #batch(rows: number): Batch {
    return new Batch(this.#schema, this.#schema.fields.map(() => new Vector(STRING, this.#views, 0)), rows);
  }

  /** A line that is too long is left out and reported. */
  protected override longLine(line: LongLine): DecodedBatch {
    this.#afterCr = false;
    return {
      batch: this.#batch(0),
      badRecords: [{
        offset: line.offset, length: line.length, column: "value", outcome: "deadLetter",
        reason: `the line has ${line.length} bytes, more than maxRecordBytes (${this.#maxLineBytes})`,
        raw: () => this.#memory.u8.slice(line.from, Math.min(line.to, line.from + RAW_BYTES)),
      }],
    };
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    UTF8.decode(bytes);
    return true;
  } catch { return false; }
}

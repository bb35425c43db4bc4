/** The CSV reader of files: chunks of bytes to batches, by lines or, where values go over several, by records. */
import { linearMemory, type MemoryAccount } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import { ByteWindow } from "../byte-window.ts";
import { MAX_RECORD_BYTES, type DecodedBatch, type FormatReader } from "../format-reader.ts";
import { LineFramer, type LineFrame, type LongLine } from "../line-framer.ts";
import { LineReader } from "../line-reader.ts";
import { CsvDecoder } from "./csv-decoder.ts";
import { malformed } from "./csv-scan.ts";
import type { CsvOptions } from "./csv-options.ts";

export interface CsvReaderOptions { readonly maxRecordBytes?: number; readonly chunkBytes?: number; readonly maxRows?: number; readonly account?: MemoryAccount }

export function csvReader(wanted: StructType, full: StructType, csv: CsvOptions, options: CsvReaderOptions = {}): FormatReader {
  const decoder = new CsvDecoder(wanted, full, csv, options.maxRows, options.account);
  return csv.syntax.multiLine ? new CsvRecordReader(decoder, csv, options) : new CsvLineReader(decoder, csv, options);
}

/** A record a line. */
class CsvLineReader extends LineReader {
  readonly #decoder: CsvDecoder;
  readonly #csv: CsvOptions;
  readonly #maxRecordBytes: number;
  #atStart = true;
  #header: boolean;

  constructor(decoder: CsvDecoder, csv: CsvOptions, options: CsvReaderOptions) {
    const maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
    super(new LineFramer(maxRecordBytes, options.chunkBytes, options.account, csv.syntax.lineSeparator));
    this.#decoder = decoder;
    this.#csv = csv;
    this.#maxRecordBytes = maxRecordBytes;
    this.#header = csv.header;
  }

  override reset(offset = 0): void {
    super.reset(offset);
    this.#decoder.reset();
    this.#atStart = offset === 0;
    this.#header = offset === 0 && this.#csv.header;
  }

  protected override begin({ from, to }: LineFrame): void {
    if (this.#atStart) this.at += byteOrderMark(from, to);
    this.#atStart = false;
  }

  protected override take({ from, to, offset }: LineFrame): DecodedBatch {
    const { lineSeparator } = this.#csv.syntax;
    if (this.#header) {
      const behind = this.#decoder.skipHeader(this.at, to, false, lineSeparator)!;
      this.#header = behind === to && this.#isBlank(this.at, to);
      this.at = behind;
    }
    const decoded = this.#decoder.decode(this.at, to, offset + this.at - from, false, lineSeparator);
    this.at = decoded.consumed;
    return decoded;
  }

  protected override longLine({ from, to, length }: LongLine): never {
    throw malformed(linearMemory().bytes.toString("latin1", from, to), `the record has ${length} bytes, more than maxRecordBytes (${this.#maxRecordBytes})`);
  }

  /** Whether a frame that has no header has only blank lines and comments. */
  #isBlank(from: number, to: number): boolean {
    const { comment, lineSeparator } = this.#csv.syntax;
    return linearMemory().bytes.toString("latin1", from, to).split(lineSeparator ?? /[\r\n]/).every(line => /^[\x00-\x20]*$/.test(line) || comment !== undefined && line.startsWith(comment));
  }

  override release(): void {
    this.#decoder.release();
    super.release();
  }
}

/** Records whose quoted values may go over lines. Bytes are looked at as they come, a record at most twice. */
class CsvRecordReader implements FormatReader {
  readonly #decoder: CsvDecoder;
  readonly #window: ByteWindow;
  readonly #csv: CsvOptions;
  readonly #maxRecordBytes: number;
  #lineEnd: string | undefined;
  #begun = false;
  #header: boolean;
  #waits = true;
  readonly boundary = undefined;

  constructor(decoder: CsvDecoder, csv: CsvOptions, options: CsvReaderOptions) {
    this.#decoder = decoder;
    this.#csv = csv;
    this.#header = csv.header;
    this.#maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
    this.#window = new ByteWindow(options.chunkBytes, options.account);
  }

  space(): { pointer: number; length: number } { return this.#window.space(); }
  filled(bytes: number): void {
    this.#window.filled(bytes);
    this.#waits = false;
  }
  end(): void {
    this.#window.end();
    this.#waits = false;
  }

  reset(offset = 0): void {
    this.#window.reset(offset);
    this.#decoder.reset();
    this.#begun = false;
    this.#waits = true;
    this.#header = this.#csv.header;
  }

  next(): DecodedBatch | undefined {
    const window = this.#window;
    if (this.#waits || window.head === window.tail) return undefined;
    if (!this.#begun && !this.#begin()) return undefined;
    while (window.head < window.tail) {
      const to = this.#end();
      if (this.#header) {
        const behind = this.#decoder.skipHeader(window.head, to, window.ended, this.#lineEnd);
        if (behind === undefined) return this.#wait();
        this.#header = false;
        this.#use(behind);
        continue;
      }
      const decoded = this.#decoder.decode(window.head, to, window.offset, window.ended, this.#lineEnd);
      if (decoded.needsMore) return this.#wait();
      const used = decoded.consumed > window.head;
      this.#use(decoded.consumed);
      if (decoded.batch.length > 0) return decoded;
      if (!used) return this.#wait();
    }
    return undefined;
  }

  #use(at: number): void { this.#window.use(Math.min(at, this.#window.tail)); }

  /** At the end of the input a line end is put behind the last byte, where blocks have room to spare. */
  #end(): number {
    const { tail, ended } = this.#window, { u8 } = linearMemory();
    if (!ended || u8[tail - 1] === 10 || u8[tail - 1] === 13) return tail;
    const end = this.#lineEnd ?? "\n";
    for (let i = 0; i < end.length; i++) u8[tail + i] = end.charCodeAt(i);
    return tail;
  }

  #wait(): undefined {
    this.#waits = true;
    if (this.#window.tail - this.#window.head > this.#maxRecordBytes) throw malformed(linearMemory().bytes.toString("latin1", this.#window.head, this.#window.head + 1000), `the record has more than maxRecordBytes (${this.#maxRecordBytes}) bytes: is a quote open?`);
    return undefined;
  }

  /** What ends lines is told by the first that there is, as in Spark. False: not known yet. */
  #begin(): boolean {
    const { head, tail, ended } = this.#window, { u8 } = linearMemory();
    if (tail - head < 4096 && !ended) return false;
    let at = head;
    while (at < tail && u8[at] !== 10 && u8[at] !== 13) at++;
    this.#lineEnd = this.#csv.syntax.lineSeparator ?? (at >= tail || u8[at] === 10 ? "\n" : u8[at + 1] === 10 && at + 1 < tail ? "\r\n" : "\r");
    this.#window.use(head + byteOrderMark(head, tail));
    return (this.#begun = true);
  }

  release(): void {
    this.#decoder.release();
    this.#window.release();
  }
}

function byteOrderMark(from: number, to: number): number {
  const { u8 } = linearMemory();
  return to - from >= 3 && u8[from] === 0xef && u8[from + 1] === 0xbb && u8[from + 2] === 0xbf ? 3 : 0;
}

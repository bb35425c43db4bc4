/** Rows of text on their way into batches: lines of COPY, or values of logical replication. */
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import type { BatchReceiver } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { StructType } from "../../types/data-type.ts";
import { TextColumn } from "./text-column.ts";

const TAB = 9, LINE_FEED = 10, BACKSLASH = 0x5c;
const LETTERS: Readonly<Record<number, number>> = { 0x62: 8, 0x74: 9, 0x6e: 10, 0x76: 11, 0x66: 12, 0x72: 13 };

export class RowReader {
  readonly #schema: StructType;
  readonly #receiver: BatchReceiver;
  readonly #arena = new Arena();
  #columns: TextColumn[] = [];
  #rows = 0;
  #scratch = Buffer.allocUnsafeSlow(256);
  /** The receiver takes more. */
  wantsMore = true;
  /** Batches that were handed over. */
  batches = 0;

  constructor(schema: StructType, receiver: BatchReceiver) {
    this.#schema = schema;
    this.#receiver = receiver;
  }

  /** The columns of the row that is to be filled: each needs one value; then `endRow`. */
  get columns(): readonly TextColumn[] {
    if (this.#rows === 0 && this.#columns.length === 0) this.#columns = this.#schema.fields.map(({ name, type }) => new TextColumn(name, type, this.#arena, BATCH_ROWS));
    return this.#columns;
  }

  endRow(): void {
    this.#rows++;
    if (this.#rows === BATCH_ROWS) this.flush();
  }

  /** A line of COPY's text form, with its line feed. */
  line(bytes: Buffer): void {
    if (!this.wantsMore) return;
    const { columns } = this, end = bytes.length > 0 && bytes[bytes.length - 1] === LINE_FEED ? bytes.length - 1 : bytes.length;
    let from = 0;
    for (const column of columns) {
      let to = from, escapes = 0;
      for (let byte; to < end && (byte = bytes[to]!) !== TAB; to++) if (byte === BACKSLASH) { escapes++; to++; }
      if (escapes === 0) column.text(bytes, from, to);
      else if (to - from === 2 && bytes[from + 1] === 0x4e) column.null();
      else {
        const length = this.#unescape(bytes, from, to);
        column.text(this.#scratch, 0, length);
      }
      from = to + 1;
    }
    this.endRow();
  }

  /** Hands over the rows there are. */
  flush(): void {
    if (this.#rows === 0) return;
    const batch = new Batch(this.#schema, this.#columns.map(column => column.finish()), this.#rows);
    this.#rows = 0;
    this.#columns = [];
    this.batches++;
    this.wantsMore = this.#receiver.push(batch);
    this.#arena.reset();
  }

  release(): void { this.#arena.release(); }

  #unescape(bytes: Buffer, from: number, to: number): number {
    if (this.#scratch.length < to - from) this.#scratch = Buffer.allocUnsafeSlow(2 * (to - from));
    let length = 0;
    for (let at = from; at < to; at++) {
      let byte = bytes[at]!;
      if (byte === BACKSLASH) {
        byte = bytes[++at]!;
        byte = LETTERS[byte] ?? byte;
      }
      this.#scratch[length++] = byte;
    }
    return length;
  }
}

/** Rows of COPY's text form on their way into batches. */
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import type { BatchReceiver } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { StructType } from "../../types/data-type.ts";
import { badRowOf, GoodRows } from "./bad-rows.ts";
import { CopyLine, LINE_FEED } from "./copy-line.ts";
import { TextColumn } from "./text-column.ts";

export class RowReader {
  readonly #schema: StructType;
  readonly #receiver: BatchReceiver;
  /** Where rows come from that can't be read and go to the dead letters; undefined: they end the read. */
  readonly #badRowOrigin: string | undefined;
  readonly #arena = new Arena();
  #columns: TextColumn[] = [];
  #rows = 0;
  #lines = 0;
  readonly #good = new GoodRows(this.#arena);
  readonly #line = new CopyLine();
  /** The receiver takes more. */
  wantsMore = true;
  /** Batches that were handed over. */
  batches = 0;

  constructor(schema: StructType, receiver: BatchReceiver, badRowOrigin?: string) {
    this.#schema = schema;
    this.#receiver = receiver;
    this.#badRowOrigin = badRowOrigin;
  }

  /** A line of COPY's text form, with its line feed. @throws MILLRACE_POSTGRES.VALUE unless such rows go to the dead letters */
  line(bytes: Buffer): void {
    if (!this.wantsMore) return;
    if (this.#columns.length === 0) this.#columns = this.#schema.fields.map(({ name, type }) => new TextColumn(name, type, this.#arena, BATCH_ROWS));
    const end = bytes.length > 0 && bytes[bytes.length - 1] === LINE_FEED ? bytes.length - 1 : bytes.length;
    try {
      this.#line.read(this.#columns, bytes, 0, end);
    } catch (error) {
      if (this.#badRowOrigin === undefined) throw error;
      this.#receiver.badRecord(badRowOf(error, this.#badRowOrigin, this.#lines, bytes.subarray(0, end)));
      for (const column of this.#columns) column.padTo(this.#rows + 1);
      this.#good.leaveOut(this.#rows);
    }
    this.#lines++;
    if (++this.#rows === BATCH_ROWS) this.flush();
  }

  /** Hands over the rows there are. */
  flush(): void {
    if (this.#rows === 0) return;
    const batch = new Batch(this.#schema, this.#columns.map(column => column.finish()), this.#rows, this.#good.selection(this.#rows));
    this.#rows = 0;
    this.#columns = [];
    this.batches++;
    if (batch.count > 0) this.wantsMore = this.#receiver.push(batch);
    this.#arena.reset();
  }

  release(): void { this.#arena.release(); }
}

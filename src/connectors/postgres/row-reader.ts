/** Rows of COPY's text form on their way into batches. */
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import type { BatchReceiver } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { StructType } from "../../types/data-type.ts";
import { CopyLine, LINE_FEED } from "./copy-line.ts";
import { TextColumn } from "./text-column.ts";

export class RowReader {
  readonly #schema: StructType;
  readonly #receiver: BatchReceiver;
  readonly #arena = new Arena();
  #columns: TextColumn[] = [];
  #rows = 0;
  readonly #line = new CopyLine();
  /** The receiver takes more. */
  wantsMore = true;
  /** Batches that were handed over. */
  batches = 0;

  constructor(schema: StructType, receiver: BatchReceiver) {
    this.#schema = schema;
    this.#receiver = receiver;
  }

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
    this.#line.read(this.columns, bytes, 0, bytes.length > 0 && bytes[bytes.length - 1] === LINE_FEED ? bytes.length - 1 : bytes.length);
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
}

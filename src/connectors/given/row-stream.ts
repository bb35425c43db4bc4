/**
 * Rows of an iterable as a stream. They are taken ahead of the query, a bounded number; then the iterable is not asked, so what is behind
 * it waits. An iterable that a program hands over can't be asked again: what a process had taken and not delivered is gone with it. A function
 * that makes one is called with the number of rows that were delivered, and with `replayable` it is trusted to give the same rows from there.
 *
 * Offsets count rows. Beside the rows that no batch has, those of the last batches wait until it is durable that they were delivered.
 * `availableNow` reads to the end of the iterable.
 */
import { AnalysisError, MillraceError } from "../../base/errors.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, SourceContext, Split, StreamSource, Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { Cell } from "../../types/cell.ts";
import type { StructType } from "../../types/data-type.ts";
import { stringify } from "../../types/values.ts";
import { checkedRow, failedRows, iteratorOf, type RowGiver, type RowIterator } from "./row-iteration.ts";

export interface RowStreamOptions {
  /** Rows that wait for the query at most. */
  readonly bufferRows: number;
  readonly maxRowsPerTrigger: number | undefined;
  /** What a row does that the schema doesn't fit: ends the query, or goes to the dead letters. */
  readonly mode: "FAILFAST" | "DROPMALFORMED";
  readonly replayable: boolean;
}

interface BadRow { readonly raw: Uint8Array; readonly reason: string }
type Waiting = readonly Cell[] | BadRow;

/** `write` makes the cells of a row, or throws. */
export function rowStreamTable(schema: StructType, given: RowGiver, write: (row: object) => Cell[], options: RowStreamOptions): Table {
  const make = (): Feed => new Feed(given, write, options), isMade = typeof given === "function";
  // An iterable goes on from query to query; what a function makes is each query's own.
  const shared = isMade ? undefined : make();
  let reader: string | undefined;
  return {
    name: "rows", description: "Rows", schema, isStreaming: true, replayable: isMade && options.replayable, fingerprint: { rows: schema.fields.map(field => field.name) },
    ...(options.maxRowsPerTrigger !== undefined && { readLimit: { maxRows: options.maxRowsPerTrigger } }),
    stream({ queryId, sourceIndex }: SourceContext) {
      if (reader !== undefined) throw new AnalysisError({
        condition: "MILLRACE_READ_ONCE", sqlState: "55000", message: "The rows of an iterable are read by a query already, and come only once.", messageParameters: {}, hint: "give a function that makes the iterable",
      });
      if (shared === undefined) return new RowStream(schema, make(), isMade && options.replayable, feed => feed.close());
      reader = `${queryId}/${sourceIndex}`;
      shared.belongsTo(reader);
      return new RowStream(schema, shared, false, () => { reader = undefined; });
    },
  };
}

/** What is taken ahead of an iterable. */
class Feed {
  readonly #given: RowGiver;
  readonly #options: RowStreamOptions;
  readonly #write: (row: object) => Cell[];
  #rows: RowIterator | undefined;
  #owner: string | undefined;
  #taking = false;
  #done = false;
  #error: unknown;
  #waiting: Waiting[] = [];
  /** Up to where rows are taken ahead. */
  #upTo = 0;
  /** How many rows are before those that wait; undefined: not known yet. */
  #start: number | undefined;
  wake: () => void = () => {};

  constructor(given: RowGiver, write: (row: object) => Cell[], options: RowStreamOptions) {
    this.#given = given;
    this.#options = options;
    this.#write = write;
  }

  /** Another query counts from its own beginning. */
  belongsTo(reader: string): void {
    if (this.#owner !== undefined && this.#owner !== reader) {
      this.#start = undefined;
      this.#upTo = 0;
    }
    this.#owner = reader;
  }

  /** Opens the iterable, for a query that has had `taken` rows, and takes rows ahead of it. */
  open(taken: number): void {
    this.#start ??= taken;
    this.#rows ??= iteratorOf(this.#given, taken);
    this.need(taken + this.#options.bufferRows);
  }

  /** Takes rows up to that one. */
  need(to: number): void {
    this.#upTo = Math.max(this.#upTo, to);
    void this.#take();
  }

  get ahead(): number { return this.#options.bufferRows; }
  /** One row behind the last that is there. */
  get end(): number { return (this.#start ?? 0) + this.#waiting.length; }
  isOver(position: number): boolean { return this.#done && this.#error === undefined && position >= this.end; }

  /** The error that the iterable ended with, once a query has come to it. */
  failure(position: number): unknown { return position >= this.end ? this.#error : undefined; }

  rows(from: number, to: number): readonly Waiting[] { return this.#waiting.slice(Math.max(0, from - this.#start!), Math.max(0, to - this.#start!)); }

  letGo(to: number): void {
    const count = Math.min(to - (this.#start ?? to), this.#waiting.length);
    if (count <= 0) return;
    this.#waiting.splice(0, count);
    this.#start! += count;
  }

  close(): void {
    const rows = this.#rows;
    if (rows === undefined || this.#done) return;
    this.#done = true;
    void Promise.resolve(rows.return?.()).catch(() => undefined);
  }

  async #take(): Promise<void> {
    if (this.#taking) return;
    this.#taking = true;
    try {
      while (!this.#done && this.end < this.#upTo) {
        const found = this.#rows!.next(), next = found instanceof Promise ? await found.catch(error => { throw failedRows(error); }) : found as IteratorResult<object>;
        // Whoever closed it wants nothing more.
        if (this.#done) break;
        if (next.done === true) this.#done = true;
        else this.#waiting.push(this.#cells(next.value));
        this.wake();
      }
    } catch (error) {
      this.#done = true;
      this.#error = error instanceof MillraceError ? error : failedRows(error);
      this.wake();
    } finally {
      this.#taking = false;
    }
  }

  #cells(row: unknown): Waiting {
    try {
      return this.#write(checkedRow(row));
    } catch (error) {
      if (this.#options.mode === "FAILFAST") throw error;
      return { raw: Buffer.from(textOf(row)), reason: (error as Error).message };
    }
  }
}

const textOf = (row: unknown): string => {
  try { return stringify(row) ?? String(row); } catch { return String(row); }
};

class RowStream implements StreamSource {
  readonly description = "Rows";
  readonly replayable: boolean;
  readonly #schema: StructType;
  readonly #feed: Feed;
  readonly #release: (feed: Feed) => void;
  #position = 0;

  constructor(schema: StructType, feed: Feed, replayable: boolean, release: (feed: Feed) => void) {
    this.#schema = schema;
    this.#feed = feed;
    this.replayable = replayable;
    this.#release = release;
  }

  get ended(): boolean { return this.#feed.isOver(this.#position); }

  async latest(from: Offset, { maxRows = Number.POSITIVE_INFINITY }: ReadLimit): Promise<Offset> {
    const taken = numberOf(from);
    this.#feed.open(taken);
    const end = Math.min(this.#feed.end, taken + maxRows), error = end <= taken ? this.#feed.failure(taken) : undefined;
    if (error !== undefined) throw error;
    this.#position = Math.max(taken, end);
    this.#feed.need(this.#position + this.#feed.ahead);
    return end <= taken ? from : end;
  }

  async available(): Promise<Offset> { return this.#feed.end === 0 ? null : this.#feed.end; }
  async plan(from: Offset, to: Offset): Promise<readonly Split[]> { return [{ from: numberOf(from), to: numberOf(to) }]; }

  async read(split: Split, { columns }: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { from, to } = split as { from: number; to: number };
    // A batch that is run again after a restart: what an earlier process had taken is there only if it can be made again.
    this.#feed.open(this.replayable ? from : to);
    if (this.replayable) await this.#until(to);
    const rows: (readonly Cell[])[] = [], arena = new Arena();
    for (const [i, row] of this.#feed.rows(from, to).entries()) {
      if ("reason" in row) receiver.badRecord({ origin: "rows", offset: from + i, length: row.raw.length, reason: row.reason, raw: row.raw });
      else rows.push(row);
    }
    try {
      for (const batch of batchesOf(this.#schema, rows, arena, { columns })) {
        const more = receiver.push(batch);
        arena.reset();
        if (!more) return;
      }
    } finally {
      arena.release();
    }
  }

  async #until(to: number): Promise<void> {
    this.#feed.need(to);
    while (this.#feed.end < to && !this.#feed.isOver(this.#feed.end)) {
      const error = this.#feed.failure(this.#feed.end);
      if (error !== undefined) throw error;
      const { promise, resolve } = Promise.withResolvers<void>(), { wake } = this.#feed;
      this.#feed.wake = () => { wake(); resolve(); };
      await promise;
      this.#feed.wake = wake;
    }
  }

  committed(to: Offset): void { this.#feed.letGo(numberOf(to)); }
  backlogRows(from: Offset, to: Offset): number { return numberOf(to) - numberOf(from); }
  onData(wake: () => void): void { this.#feed.wake = wake; }

  stop(): void {
    this.#feed.wake = () => {};
    this.#release(this.#feed);
  }
}

const numberOf = (offset: Offset): number => (offset as number | null) ?? 0;

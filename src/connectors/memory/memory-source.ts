/**
 * A stream fed by the program itself, for tests and the testing kit. Offsets count chunks: each add() makes one, as
 * Spark's MemoryStream does. Chunks stay until every query that reads the stream has delivered them: also one that was
 * stopped, as it may go on.
 */
import { batchesOf } from "../../columns/row-batches.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, Split, SourceContext, StreamSource, Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { Cell } from "../../types/cell.ts";
import type { StructType } from "../../types/data-type.ts";

type Rows = readonly (readonly Cell[])[];
interface Chunk { readonly rows: Rows; readonly partition: string | undefined }

/** What outlives a query: the rows that were added and are not committed yet. */
export class MemoryTable implements Table {
  readonly name: string;
  readonly schema: StructType;
  readonly isStreaming = true;
  readonly replayable = true;
  readonly fingerprint: unknown;
  /** Chunks from `first` on. */
  readonly chunks: Chunk[] = [];
  first = 0;
  /** Rows a batch of columns; small values are for tests. */
  batchRows: number | undefined;
  readonly #wakes = new Set<() => void>();
  /** The last chunk that each reader has done with. */
  readonly #done = new Map<string, number>();
  /** Names of its partitions; none: it is one whole. */
  readonly partitions: readonly string[];

  constructor(name: string, schema: StructType, partitions: readonly string[] = []) {
    this.partitions = partitions;
    this.name = name;
    this.schema = schema;
    this.fingerprint = { memory: name };
  }

  get description(): string { return `MemoryStream[${this.schema.fields.map(field => field.name).join(",")}]`; }

  /** Makes rows visible as one chunk; also no rows make a chunk. */
  add(rows: Rows, partition?: string): void {
    this.chunks.push({ rows, partition });
    for (const wake of this.#wakes) wake();
  }

  stream({ queryId, sourceIndex }: SourceContext): StreamSource {
    const reader = `${queryId}/${sourceIndex}`;
    if (!this.#done.has(reader)) this.#done.set(reader, this.first - 1);
    return new MemorySource(this, this.#wakes, to => this.#committed(reader, to));
  }

  #committed(reader: string, to: number): void {
    this.#done.set(reader, Math.max(to, this.#done.get(reader)!));
    const last = Math.min(...this.#done.values());
    while (this.first <= last && this.chunks.length > 0) {
      this.chunks.shift();
      this.first++;
    }
  }
}

class MemorySource implements StreamSource {
  readonly replayable = true;
  readonly #table: MemoryTable;
  readonly #wakes: Set<() => void>;
  #wake: (() => void) | undefined;
  readonly #committed: (to: number) => void;
  #end = Number.POSITIVE_INFINITY;

  constructor(table: MemoryTable, wakes: Set<() => void>, committed: (to: number) => void) {
    this.#table = table;
    this.#wakes = wakes;
    this.#committed = committed;
  }

  get description(): string { return this.#table.description; }

  async latest(from: Offset, limit: ReadLimit): Promise<Offset> {
    const { first, chunks } = this.#table;
    let end = (from as number | null) ?? -1, rows = 0;
    const last = Math.min(first + chunks.length, this.#end) - 1;
    if (limit.maxRows === undefined) return last < 0 && end < 0 ? null : Math.max(end, last);
    while (end < last && (rows === 0 || rows + chunks[end + 1 - first]!.rows.length <= limit.maxRows)) rows += chunks[++end - first]!.rows.length;
    return end < 0 ? null : end;
  }

  async available(): Promise<Offset> {
    const { first, chunks } = this.#table;
    return first + chunks.length === 0 ? null : first + chunks.length - 1;
  }

  /** What is added later is for the next run. */
  async freeze(): Promise<void> { this.#end = this.#table.first + this.#table.chunks.length; }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> {
    const first = from === null ? this.#table.first : (from as number) + 1, last = to as number;
    if (this.#table.partitions.length === 0) return [{ from: first, to: last }];
    return Array.from({ length: last - first + 1 }, (_, i) => ({ from: first + i, to: first + i, partition: this.#table.chunks[first + i - this.#table.first]?.partition }));
  }

  partitionOf(split: Split): string { return (split as { partition?: string }).partition ?? ""; }
  partitions(): readonly string[] { return this.#table.partitions.length === 0 ? [""] : this.#table.partitions; }

  async read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { from, to } = split as { from: number; to: number }, arena = new Arena();
    try {
      for (let chunk = from; chunk <= to; chunk++) {
        const rows = this.#table.chunks[chunk - this.#table.first]?.rows;
        if (rows === undefined) throw new Error(`chunk ${chunk} of the memory stream is gone`);
        for (const batch of batchesOf(this.#table.schema, rows, arena, { columns: request.columns, ...(this.#table.batchRows && { batchRows: this.#table.batchRows }) })) {
          const more = receiver.push(batch);
          arena.reset();
          if (!more) return;
        }
      }
    } finally {
      arena.release();
    }
  }

  committed(to: Offset): void { this.#committed(to as number); }

  backlogRows(from: Offset, to: Offset): number {
    let rows = 0;
    for (let chunk = ((from as number | null) ?? -1) + 1; chunk <= (to as number); chunk++) rows += this.#table.chunks[chunk - this.#table.first]?.rows.length ?? 0;
    return rows;
  }

  onData(wake: () => void): void {
    this.#wake = wake;
    this.#wakes.add(wake);
  }

  stop(): void { if (this.#wake !== undefined) this.#wakes.delete(this.#wake); }
}

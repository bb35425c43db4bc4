/** Where the rows of one batch of the query are gathered on their way to the sink. */
import { Batch as ColumnBatch, type Batch } from "../columns/batch.ts";
import { rowsOf } from "../columns/cells.ts";
import { decodeBatch, encodeBatch } from "../columns/batch-codec.ts";
import { encodeCell } from "../columns/row-codec.ts";
import { crc32c } from "../storage/crc32c.ts";
import type { Operator } from "../operators/operator.ts";
import type { BatchMoment, Sink, SinkBatch, StagedFile } from "../io/sink.ts";
import { Arena } from "../memory/arena.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import type { BatchOutput } from "../checkpoint/types.ts";

/** Larger outputs are not kept in the log: after a crash the batch is run again. */
const INLINE_OUTPUT_BYTES = 1 << 20;

/** The end of the chain of operators. */
export class ResultCollector implements Operator {
  readonly #sink: Sink;
  #sinkBatch: SinkBatch | undefined;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  rows = 0;
  /** Of a ledger sink: a sum over the rows that doesn't depend on their order, to tell the same content from another. */
  #digest = 0;
  get digest(): string { return this.#sink.sinkClass === "ledger" ? this.#sinkBatch?.digest ?? this.#digest.toString(16) : ""; }
  /** The newest rows, as values, while someone looks. */
  readonly tap = new OutputTap();

  constructor(sink: Sink) { this.#sink = sink; }

  begin(batchId: number): void {
    this.rows = 0;
    this.#digest = 0;
    this.#parts = [];
    this.#partBytes = 0;
    this.tap.begin(batchId);
    this.#sinkBatch = this.#sink.begin?.(batchId);
  }

  push(batch: Batch): boolean {
    this.rows += batch.count;
    this.tap.take(batch);
    if (this.#sink.sinkClass === "ledger" && this.#sinkBatch?.digest === undefined) for (const row of rowsOf(batch)) this.#digest = (this.#digest + rowHash(batch.schema, row)) % Number.MAX_SAFE_INTEGER;
    if (this.#sinkBatch !== undefined) this.#sinkBatch.write(batch);
    else if (batch.count > 0) {
      const part = encodeBatch(batch);
      this.#parts.push(part);
      this.#partBytes += part.length;
    }
    return true;
  }

  /** Resolves when the sink has room for more rows. */
  async ready(): Promise<void> { await this.#sinkBatch?.ready?.(); }

  finish(): void { /* the runner asks when all pipelines have ended */ }

  /** What the log keeps of the output. */
  async prepare(): Promise<BatchOutput> {
    if (this.#sinkBatch !== undefined) {
      const files = await this.#sinkBatch.prepare();
      return this.#sink.sinkClass === "staged" ? { kind: "files", files } : { kind: "rerun" };
    }
    if (this.#partBytes > INLINE_OUTPUT_BYTES) return { kind: "rerun" };
    return { kind: "inline", bytes: joinParts(this.#parts) };
  }

  /** Gives a decided batch to the sink. */
  async commit(batchId: number, output: BatchOutput, digest: string, schema: StructType, moment: BatchMoment): Promise<void> {
    await deliver(this.#sink, batchId, output.kind === "rerun" && this.#sinkBatch === undefined ? { kind: "inline", bytes: joinParts(this.#parts) } : output, digest, schema, moment);
    this.#parts = [];
    this.#sinkBatch = undefined;
  }

  async abort(): Promise<void> {
    await this.#sinkBatch?.abort();
    this.#sinkBatch = undefined;
    this.#parts = [];
  }
}

/** Keeps a few of the rows that come out. */
export class OutputTap {
  isOn = false;
  readonly rows: (readonly Cell[])[] = [];
  batchId = -1;
  batchRows = 0;
  /** Rows that came out in this run. */
  seq = 0;
  #running = -1;

  begin(batchId: number): void { this.#running = batchId; }

  take(batch: Batch): void {
    if (batch.count === 0) return;
    if (this.#running !== this.batchId) {
      this.batchId = this.#running;
      this.batchRows = 0;
    }
    this.batchRows += batch.count;
    this.seq += batch.count;
    if (!this.isOn) return;
    const first = { pointer: batch.selection.pointer, count: Math.min(batch.count, MAX_TAPPED_ROWS) };
    this.rows.push(...rowsOf(new ColumnBatch(batch.schema, batch.columns, batch.length, first)));
    if (this.rows.length > MAX_TAPPED_ROWS) this.rows.splice(0, this.rows.length - MAX_TAPPED_ROWS);
  }
}
const MAX_TAPPED_ROWS = 200;

function rowHash(schema: StructType, row: readonly Cell[]): number {
  return row.reduce<number>((crc, cell, i) => crc32c(encodeCell(schema.fields[i]!.type, cell), 0, undefined, crc), 0);
}

/** Publishes, commits or delivers what a record holds; also what an earlier run decided and did not deliver. */
export async function deliver(sink: Sink, batchId: number, output: BatchOutput, digest: string, schema: StructType, moment: BatchMoment): Promise<void> {
  switch (sink.sinkClass) {
    case "staged": return sink.publish!(batchId, output.kind === "files" ? output.files as readonly StagedFile[] : []);
    case "ledger": return sink.commit!(batchId, digest);
    case "outbox": case "early": {
      const arena = new Arena();
      try {
        await sink.deliver!(batchId, output.kind === "inline" ? splitParts(output.bytes).map(part => decodeBatch(part, schema, arena)) : [], moment);
      } finally {
        arena.release();
      }
    }
  }
}

/** Parts, each behind its length. */
function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0)), view = new DataView(joined.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    joined.set(part, at + 4);
    at += 4 + part.length;
  }
  return joined;
}

function splitParts(joined: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [], view = new DataView(joined.buffer, joined.byteOffset, joined.byteLength);
  for (let at = 0; at < joined.length;) {
    const bytes = view.getUint32(at, true);
    parts.push(joined.subarray(at + 4, at + 4 + bytes));
    at += 4 + bytes;
  }
  return parts;
}

/** Keeps the output in the program, for tests and small results: append and update add rows, complete replaces them. */
import type { Batch } from "../../columns/batch.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { Sink, SinkContext } from "../../io/sink.ts";
import type { Cell } from "../../types/cell.ts";

export interface MemoryBatch { readonly batchId: number; readonly rows: readonly (readonly Cell[])[] }

export class MemorySink implements Sink {
  readonly description = "MemorySink";
  readonly sinkClass = "outbox";
  /** A batch that is delivered again under its id replaces itself, so within the life of the sink each row is there once. */
  readonly guarantee = "exactly once";
  readonly outputModes = ["append", "update", "complete"] as const;
  /** The output so far, a batch each; in complete mode only the newest. */
  readonly batches: MemoryBatch[] = [];
  #complete = false;

  async open(context: SinkContext): Promise<void> { this.#complete = context.outputMode === "complete"; }

  async deliver(batchId: number, batches: readonly Batch[]): Promise<void> {
    const rows = batches.flatMap(rowsOf), known = this.batches.findIndex(batch => batch.batchId === batchId);
    if (known >= 0) this.batches.splice(known);
    if (this.#complete) this.batches.length = 0;
    this.batches.push({ batchId, rows });
  }

  get rows(): readonly (readonly Cell[])[] { return this.batches.flatMap(batch => batch.rows); }

  async stop(): Promise<void> { /* the rows stay for those who look */ }
}

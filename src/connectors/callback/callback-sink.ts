/**
 * Output as a call of the user's code: foreachBatch, foreach, iterate. A batch that was decided but perhaps not
 * delivered before a crash is given again with the same content and id: at least once, exactly once for a receiver that
 * knows the ids it has.
 */
import type { Batch } from "../../columns/batch.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { Sink } from "../../io/sink.ts";
import type { Cell } from "../../types/cell.ts";

export type BatchCall = (batchId: number, rows: readonly (readonly Cell[])[]) => Promise<void>;

export function callbackSink(description: string, call: BatchCall): Sink {
  return {
    description, sinkClass: "outbox", guarantee: "at least once", outputModes: ["append", "update", "complete"],
    async open() { /* nothing to open */ },
    deliver: (batchId, batches: readonly Batch[]) => call(batchId, batches.flatMap(rowsOf)),
    async stop() { /* nothing is held */ },
  };
}

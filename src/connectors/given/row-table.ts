/** Rows of an iterable as a table that is read once, or anew each time where a function makes the iterable. */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS } from "../../columns/batch.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import type { Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { Cell } from "../../types/cell.ts";
import type { StructType } from "../../types/data-type.ts";
import { checkedRow, failedRows, iteratorOf, type RowGiver } from "./row-iteration.ts";

export function rowTable(schema: StructType, given: RowGiver, write: (row: object) => Cell[]): Table {
  let taken = false;
  return {
    name: "rows", description: "Rows", schema, isStreaming: false, replayable: true, fingerprint: null,
    batch: () => ({
      schema, description: "Rows", planBatch: async () => [0],
      async read(_split, { columns, signal }, receiver) {
        if (taken && typeof given !== "function") throw new ExecutionError({
          condition: "MILLRACE_READ_ONCE", sqlState: "55000", message: "The rows of an iterable were read before, and come only once.", messageParameters: {}, hint: "give a function that makes the iterable, createDataFrame(() => rows(), schema), or cache() the frame",
        });
        taken = true;
        const rows = iteratorOf(given, 0), arena = new Arena(), cells: Cell[][] = [];
        const flush = (): boolean => {
          for (const batch of batchesOf(schema, cells.splice(0), arena, { columns })) {
            const more = receiver.push(batch);
            arena.reset();
            if (!more) return false;
          }
          return true;
        };
        let done = false;
        try {
          for (;;) {
            signal.throwIfAborted();
            const found = rows.next(), next = found instanceof Promise ? await settled(found, signal) : found as IteratorResult<object>;
            done = next.done === true;
            if (done) break;
            cells.push(write(checkedRow(next.value)));
            if (cells.length < BATCH_ROWS) continue;
            if (!flush()) return;
            await receiver.ready?.();
          }
          flush();
        } finally {
          arena.release();
          // An iterable that is in the middle of a wait ends when that is over; nobody waits for it.
          if (!done) void Promise.resolve(rows.return?.()).catch(() => undefined);
        }
      },
    }),
  };
}

/** The next row of an asynchronous iterable, or the end of the query: who gives rows may never give one again. */
function settled(next: Promise<IteratorResult<object>>, signal: AbortSignal): Promise<IteratorResult<object>> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error), done = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    next.then(row => { done(); resolve(row); }, error => { done(); reject(failedRows(error)); });
  });
}

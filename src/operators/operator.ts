/**
 * The shape of an operator: batches are pushed through a chain. An operator sees only data; the runtime owns
 * scheduling, and decides when inputs end.
 */
import type { Batch } from "../columns/batch.ts";

export interface Operator {
  /** Takes a borrowed batch. False: no more rows are wanted (a limit is reached). */
  push(batch: Batch): boolean;
  /** The input of this batch of the query has ended: emit what was held back, then tell the next. */
  finish(): void;
}

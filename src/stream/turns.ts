/** One at a time, in the order of asking: batches, and reads of the state between them. */
import { ExecutionError } from "../base/errors.ts";

/** Reads that may wait, so that a batch is never behind many. */
const MAX_WAITING = 8;

export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Runs `work` when all that was asked for before is done. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => { /* told to who asked */ });
    return mine;
  }

  /** As take, for someone who looks on. @throws MILLRACE_STATE_BUSY when many wait already */
  async visit<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw new ExecutionError({
      condition: "MILLRACE_STATE_BUSY", sqlState: "53400", message: `${MAX_WAITING} reads of this query's state wait already.`, hint: "ask again when they are answered",
    });
    this.#waiting++;
    try { return await this.take(work); } finally { this.#waiting--; }
  }
}

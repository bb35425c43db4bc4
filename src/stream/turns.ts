/** One at a time, in the order of asking: batches, and reads of the state between them. */
import type { Clock } from "../base/clock.ts";
import { ExecutionError } from "../base/errors.ts";

/** Reads that may wait, so that a batch is never behind many. */
const MAX_WAITING = 8;
/** A batch that takes longer is not waited for: it may itself wait for whoever asks, as in foreachBatch. */
const PATIENCE_MICROS = 10_000_000;

export class Turns {
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(clock: Clock) { this.#clock = clock; }

  /** Runs `work` when all that was asked for before is done. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => { /* told to who asked */ });
    return mine;
  }

  /** As take, for someone who looks on. @throws MILLRACE_STATE_BUSY when many wait already, or a batch takes long */
  async visit<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) throw busy(`${MAX_WAITING} reads of it wait already`, "ask again when they are answered");
    this.#waiting++;
    const begun = Promise.withResolvers<"begun" | "late">(), timer = this.#clock.after(PATIENCE_MICROS, () => begun.resolve("late"), { unref: true });
    let isGone = false;
    const turn = this.take(async () => {
      begun.resolve("begun");
      return isGone ? undefined : await work();
    });
    try {
      if (await begun.promise === "begun") return (await turn)!;
      isGone = true;
      turn.catch(() => { /* nobody listens any more */ });
      throw busy("a batch has been at work for 10 seconds", "ask again; and never ask in foreachBatch or in a loop over iterate(): the batch waits for these");
    } finally {
      timer.cancel();
      this.#waiting--;
    }
  }
}

export function busy(reason: string, hint: string): ExecutionError {
  return new ExecutionError({ condition: "MILLRACE_STATE_BUSY", sqlState: "53400", message: `The state of this query can't be read now: ${reason}.`, messageParameters: { reason }, hint });
}

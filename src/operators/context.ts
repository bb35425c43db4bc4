/** What all operators of a running query share: memory for intermediate results, and what is fixed for one batch of the query. */
import { Arena } from "../memory/arena.ts";
import type { EvalContext, SqlSettings } from "../plan/function.ts";

interface Held { release(): void }

export class ExecutionContext implements EvalContext {
  /** Results of expressions; emptied by the runtime after each batch of columns that it pushed. */
  readonly arena = new Arena();
  readonly settings: SqlSettings;
  batchTimeMicros = 0n;
  seed = 0;
  /** Rows up to here are late: the watermark of the batch before. Null without a watermark. */
  lateWatermarkMicros: bigint | null = null;
  /** Groups up to here are closed: the watermark of this batch. */
  watermarkMicros: bigint | null = null;
  /** While overlapping windows are passed on: which window of a row, 0 for the latest. A late row is counted once, at 0. */
  windowIndex = 0;

  readonly #held = new Set<Held>();

  constructor(settings: SqlSettings) { this.settings = settings; }

  /** Memory that an operator keeps from one batch of columns to the next: it is given back when the query ends, however it ends. */
  hold<T extends Held>(memory: T): T {
    this.#held.add(memory);
    return memory;
  }

  /** Gives back, early, what was held. */
  drop(memory: Held | undefined): void {
    if (memory !== undefined && this.#held.delete(memory)) memory.release();
  }

  /** Gives all memory back. */
  release(): void {
    for (const memory of this.#held) memory.release();
    this.#held.clear();
    this.arena.release();
  }
}

/** What is made of the batches of a query, on its way to a reader that takes it at its own pace. */
import type { Batch } from "../../columns/batch.ts";
import type { Operator } from "../../operators/operator.ts";

/** Above this many rows that nobody took the query waits. */
const MAX_WAITING_ROWS = 64 * 1024;

export class ResultQueue<T> implements Operator {
  readonly #take: (batch: Batch) => T;
  #parts: T[] = [];
  #waiting = 0;
  #ended = false;
  #closed = false;
  #error: unknown;
  #changed = Promise.withResolvers<void>();

  /** `take` copies what it wants of a batch, which is borrowed. */
  constructor(take: (batch: Batch) => T) { this.#take = take; }

  push(batch: Batch): boolean {
    if (this.#closed) return false;
    if (batch.count > 0) {
      this.#parts.push(this.#take(batch));
      this.#waiting += batch.count;
      this.#signal();
    }
    return true;
  }

  finish(): void { /* the end of the query is told by end() */ }

  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#signal();
  }

  /** Resolves when the reader has room again. */
  async room(): Promise<void> {
    while (this.#waiting > MAX_WAITING_ROWS && !this.#closed) await this.#changed.promise;
  }

  async *read(stop: () => void): AsyncGenerator<T> {
    try {
      for (;;) {
        const parts = this.#parts;
        this.#parts = [];
        this.#waiting = 0;
        this.#signal();
        yield* parts;
        if (this.#parts.length > 0) continue;
        if (this.#ended) break;
        await this.#changed.promise;
      }
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.#closed = true;
      this.#signal();
      stop();
    }
  }

  #signal(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    changed.resolve();
  }
}

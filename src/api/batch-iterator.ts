/** A running query as a loop: each turn is one micro-batch, and the next turn commits it. */
import type { StructType } from "../types/data-type.ts";
import { rowReader, type EdgeRow } from "../types/edge-values.ts";
import type { Rows } from "./engine.ts";
import type { StreamingQuery } from "./streaming-query.ts";

export interface BatchIterator<out Row> extends AsyncIterable<{ readonly batchId: number; readonly rows: readonly Row[] }>, AsyncDisposable {
  /** The query; it starts with the first turn of the loop, or with the first look at this promise. */
  readonly query: Promise<StreamingQuery>;
  /** The rows of all batches, one after the other. */
  rows(): AsyncIterable<Row>;
}

type BatchCall = (batchId: number, schema: StructType, rows: AsyncIterable<Rows>) => Promise<void>;
interface Turn { readonly batchId: number; readonly rows: readonly EdgeRow[]; readonly done: () => void; readonly abandon: (reason: unknown) => void }

class QueryIterator {
  readonly #start: (call: BatchCall) => Promise<StreamingQuery>;
  readonly #signal: AbortSignal | undefined;
  #query: Promise<StreamingQuery> | undefined;
  #offered: Turn | undefined;
  /** The batch that is not committed yet: waiting, or in the loop's body. */
  #open: Turn | undefined;
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(start: (call: BatchCall) => Promise<StreamingQuery>, signal: AbortSignal | undefined) {
    this.#start = start;
    this.#signal = signal;
  }

  get query(): Promise<StreamingQuery> {
    return this.#query ??= this.#start((batchId, schema, rows) => this.#offer(batchId, schema, rows)).then(query => {
      void query.awaitTermination().catch(() => undefined).finally(() => { this.#isOver = true; this.#notify(); });
      return query;
    });
  }

  async #offer(batchId: number, schema: StructType, rows: AsyncIterable<Rows>): Promise<void> {
    const read = rowReader(schema), all: EdgeRow[] = [];
    for await (const batch of rows) for (const cells of batch) all.push(read(cells));
    await new Promise<void>((done, abandon) => {
      this.#open = this.#offered = { batchId, rows: all, done, abandon };
      this.#notify();
    });
  }

  #notify(): void { const call = this.#wake; this.#wake = undefined; call?.(); }

  async *[Symbol.asyncIterator](): AsyncGenerator<{ batchId: number; rows: readonly EdgeRow[] }> {
    const query = await this.query, notify = (): void => this.#notify();
    this.#signal?.addEventListener("abort", notify, { once: true });
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        const turn = this.#offered;
        if (turn !== undefined) {
          this.#offered = undefined;
          yield { batchId: turn.batchId, rows: turn.rows };
          this.#open = undefined;
          turn.done();
          continue;
        }
        if (this.#isOver) { await query.awaitTermination(); return; }
        await new Promise<void>(resolve => { this.#wake = resolve; });
      }
    } finally {
      this.#signal?.removeEventListener("abort", notify);
      await this.#stop(query);
    }
  }

  async *rows(): AsyncGenerator<EdgeRow> {
    for await (const { rows } of this) yield* rows;
  }

  /** A batch whose turn was left early isn't committed: it comes again after a restart. */
  async #stop(query: StreamingQuery): Promise<void> {
    const stopped = query.stop();
    this.#open?.abandon(new Error("The loop over the batches was left."));
    await stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> { if (this.#query !== undefined) await this.#stop(await this.#query); }
}

export const iteratorOf = (start: (call: BatchCall, signal: AbortSignal | undefined) => Promise<StreamingQuery>, signal: AbortSignal | undefined): object =>
  new QueryIterator(call => start(call, signal), signal);

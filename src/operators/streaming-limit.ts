/**
 * LIMIT over a stream in append mode: counts over the whole life of the query, so the count is state of one row. A batch
 * is read until it gave as many rows as the limit, however many came before: Spark's local limit.
 */
import type { Batch } from "../columns/batch.ts";
import type { ExecutionContext } from "./context.ts";
import { Limit } from "./limit.ts";
import { decodeCount, encodeCount, limitView } from "./limit-view.ts";
import type { Operator } from "./operator.ts";
import type { StateMetrics, StatefulOperator } from "./stateful.ts";
import type { StateView } from "./state-view.ts";

export class StreamingLimit implements StatefulOperator {
  readonly fingerprint = "limit";
  readonly #id: () => number;
  readonly #limit: number;
  readonly #inner: Limit;
  #before = 0;
  /** Rows of this batch that came so far. */
  #came = 0;

  constructor(operatorId: () => number, limit: number, context: ExecutionContext, next: Operator) {
    this.#id = operatorId;
    this.#limit = limit;
    this.#inner = new Limit(limit, 0, context, next);
  }

  get operatorId(): number { return this.#id(); }
  get stateView(): StateView { return limitView(() => this.#limit - this.#inner.left); }
  /** So many more rows of this batch are worth a look. */
  get rowsWanted(): number { return Math.max(0, this.#limit - this.#came); }
  beginBatch(): void {
    this.#before = this.#inner.left;
    this.#came = 0;
  }
  push(batch: Batch): boolean {
    this.#came += batch.count;
    return this.#inner.push(batch);
  }
  finish(): void {
    const { left } = this.#inner;
    this.#inner.finish();
    this.#inner.left = left;
  }
  changes(): readonly Uint8Array[] { return this.#inner.left === this.#before ? [] : [this.#encode()]; }
  snapshot(fromKeyGroup: number): Uint8Array { return fromKeyGroup === 0 ? this.#encode() : new Uint8Array(0); }
  load(block: Uint8Array): void { this.#inner.left = Math.max(0, this.#limit - decodeCount(block)); }
  metrics(): StateMetrics { return { operatorName: "globalLimit", rowsTotal: 1, rowsUpdated: this.#inner.left === this.#before ? 0 : 1, rowsRemoved: 0, rowsDroppedByWatermark: 0, memoryBytes: 0, lateRows: 0 }; }
  wantsBatch(): boolean { return false; }
  release(): void { /* one number */ }

  /** Rows that passed so far. */
  #encode(): Uint8Array { return encodeCount(this.#limit - this.#inner.left); }
}

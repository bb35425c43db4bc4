/** Aggregation of a bounded input over overlapping windows by slices: all windows come out when the input ends, by key and time. */
import type { Batch } from "../columns/batch.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import { SlicedAggregate, type SlicedAggregateParts } from "./sliced-aggregate.ts";

export class SlicedBatch implements Operator {
  readonly #parts: Omit<SlicedAggregateParts, "operatorId" | "outputMode" | "isWatermarked">;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  #aggregate: SlicedAggregate | undefined;

  constructor(parts: Omit<SlicedAggregateParts, "operatorId" | "outputMode" | "isWatermarked">, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    if (this.#aggregate === undefined) {
      this.#aggregate = this.#context.hold(new SlicedAggregate({ ...this.#parts, operatorId: () => -1, outputMode: "complete", isWatermarked: false, isBounded: true }, this.#context, this.#next));
      this.#aggregate.beginBatch();
    }
    return this.#aggregate.push(batch);
  }

  finish(): void {
    const aggregate = this.#aggregate;
    this.#aggregate = undefined;
    if (aggregate === undefined) return this.#next.finish();
    try {
      aggregate.finish();
    } finally {
      this.#context.drop(aggregate);
    }
  }
}

/** Passes every row on once for each projection: grouping sets, and windows that overlap. */
import { Batch } from "../columns/batch.ts";
import type { Evaluator } from "../plan/function.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export class Expand implements Operator {
  readonly #schema: StructType;
  readonly #projections: readonly (readonly Evaluator[])[];
  readonly #context: ExecutionContext;
  readonly #next: Operator;

  constructor(schema: StructType, projections: readonly (readonly Evaluator[])[], context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#projections = projections;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    let more = true;
    for (const evaluators of this.#projections) {
      const columns = evaluators.map(evaluator => evaluator.evaluate(batch, batch.selection, this.#context));
      more = this.#next.push(new Batch(this.#schema, columns, batch.length, batch.selection)) && more;
    }
    return more;
  }

  finish(): void { this.#next.finish(); }
}

/** Computes columns from columns. */
import { Batch } from "../columns/batch.ts";
import type { Evaluator } from "../plan/function.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export class Project implements Operator {
  readonly #schema: StructType;
  readonly #evaluators: readonly Evaluator[];
  readonly #context: ExecutionContext;
  readonly #next: Operator;

  constructor(schema: StructType, evaluators: readonly Evaluator[], context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#evaluators = evaluators;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const columns = this.#evaluators.map(evaluator => evaluator.evaluate(batch, batch.selection, this.#context));
    return this.#next.push(new Batch(this.#schema, columns, batch.length, batch.selection));
  }

  finish(): void { this.#next.finish(); }
}

/** Keeps the rows for which a condition is true. */
import { Batch, type Selection } from "../columns/batch.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export type Predicate = (batch: Batch, rows: Selection, context: ExecutionContext) => Selection;

export class Filter implements Operator {
  readonly #predicate: Predicate;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  /** Rows that did not pass, since the start. */
  filteredRows = 0;

  constructor(predicate: Predicate, context: ExecutionContext, next: Operator) {
    this.#predicate = predicate;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const kept = this.#predicate(batch, batch.selection, this.#context);
    this.filteredRows += batch.count - kept.count;
    return kept.count === 0 || this.#next.push(new Batch(batch.schema, batch.columns, batch.length, kept));
  }

  finish(): void { this.#next.finish(); }
}

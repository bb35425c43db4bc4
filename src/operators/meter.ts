/**
 * Stands in front of an operator and counts what goes into it: rows, and the time that it and all behind it take. Two
 * looks at the clock a batch of columns; nothing a row.
 */
import type { Batch } from "../columns/batch.ts";
import type { Operator } from "./operator.ts";

/** What an operator does, for people. `detail`: in the words of the query. */
export interface OperatorLabel { readonly kind: string; readonly title: string; readonly detail: string }

export class Meter implements Operator {
  readonly label: OperatorLabel;
  readonly #operator: Operator;
  rows = 0;
  /** Of this operator and those behind it. */
  millis = 0;

  constructor(label: OperatorLabel, operator: Operator) {
    this.label = label;
    this.#operator = operator;
  }

  push(batch: Batch): boolean {
    this.rows += batch.count;
    const from = performance.now(), more = this.#operator.push(batch);
    this.millis += performance.now() - from;
    return more;
  }

  finish(): void {
    const from = performance.now();
    this.#operator.finish();
    this.millis += performance.now() - from;
  }
}

/**
 * Stands in front of an operator and counts what goes into it: rows, and the time that it and all behind it take. Two
 * looks at the clock a batch of columns; nothing a row.
 */
import { ExecutionError } from "../base/errors.ts";
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
  /** Whether anything came, be it the end. */
  wasRun = false;
  /** Whether it said that it wants no more. */
  wasStopped = false;

  constructor(label: OperatorLabel, operator: Operator) {
    this.label = label;
    this.#operator = operator;
  }

  push(batch: Batch): boolean {
    this.rows += batch.count;
    this.wasRun = true;
    const from = performance.now();
    try {
      const more = this.#operator.push(batch);
      if (!more) this.wasStopped = true;
      return more;
    } catch (error) {
      throw this.#named(error);
    } finally {
      this.millis += performance.now() - from;
    }
  }

  finish(): void {
    this.wasRun = true;
    const from = performance.now();
    try {
      this.#operator.finish();
    } catch (error) {
      throw this.#named(error);
    } finally {
      this.millis += performance.now() - from;
    }
  }

  /** A lack of memory says which operator wanted it: the innermost that it comes through. */
  #named(error: unknown): unknown {
    if (!(error instanceof ExecutionError) || error.condition !== "MILLRACE_OUT_OF_MEMORY" || error.messageParameters["operator"] !== undefined) return error;
    const { title, detail } = this.label, operator = detail === "" ? title : `${title} ${detail.startsWith("(") ? detail : `(${detail})`}`;
    return new ExecutionError({
      condition: error.condition, sqlState: error.sqlState, message: `${operator}, at its row ${this.rows}: ${error.text}`,
      messageParameters: { ...error.messageParameters, operator, rows: String(this.rows) }, hint: error.hint, cause: error,
    });
  }
}

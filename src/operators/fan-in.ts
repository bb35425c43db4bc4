/** Several inputs into one operator, one after the other: it is finished when the last input is. */
import type { Batch } from "../columns/batch.ts";
import type { StructType } from "../types/data-type.ts";
import { Batch as ColumnBatch } from "../columns/batch.ts";
import type { Operator } from "./operator.ts";

export class FanIn implements Operator {
  readonly #schema: StructType;
  readonly #inputs: number;
  readonly #next: Operator;
  #finished = 0;

  constructor(inputs: number, schema: StructType, next: Operator) {
    this.#inputs = inputs;
    this.#schema = schema;
    this.#next = next;
  }

  push(batch: Batch): boolean { return this.#next.push(new ColumnBatch(this.#schema, batch.columns, batch.length, batch.selection)); }

  finish(): void {
    if (++this.#finished < this.#inputs) return;
    this.#finished = 0;
    this.#next.finish();
  }
}

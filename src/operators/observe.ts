/** Lets rows through, and shows them to the aggregates that observe them; what those come to is told at the end of a run. */
import { Batch } from "../columns/batch.ts";
import { rowsOf } from "../columns/cells.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import { rowReader } from "../types/edge-values.ts";
import type { Operator } from "./operator.ts";

export class Observe implements Operator {
  /** Where the aggregates take their rows. */
  readonly #tap: Operator;
  readonly #next: Operator;
  /** The input's columns as the aggregates know them. */
  readonly #columns: readonly number[];
  readonly #schema: StructType;

  constructor(tap: Operator, columns: readonly number[], schema: StructType, next: Operator) {
    this.#tap = tap;
    this.#columns = columns;
    this.#schema = schema;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    this.#tap.push(new Batch(this.#schema, this.#columns.map(i => batch.columns[i]!), batch.length, batch.selection));
    return this.#next.push(batch);
  }

  finish(): void {
    this.#tap.finish();
    this.#next.finish();
  }
}

/** Takes the one row of the aggregates. */
export class ObservedRow implements Operator {
  readonly #told: (row: Readonly<Record<string, unknown>>) => void;
  readonly #read: ReturnType<typeof rowReader>;
  #row: readonly Cell[] | undefined;

  constructor(schema: StructType, told: (row: Readonly<Record<string, unknown>>) => void) {
    this.#told = told;
    this.#read = rowReader(schema);
  }

  push(batch: Batch): boolean {
    this.#row = rowsOf(batch)[0] ?? this.#row;
    return true;
  }

  finish(): void {
    if (this.#row !== undefined) this.#told(this.#read(this.#row));
    this.#row = undefined;
  }
}

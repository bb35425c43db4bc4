/**
 * Sorts all rows of its input by some keys; stable. With a limit only the first rows are kept while they arrive (top-N),
 * so memory stays at a multiple of the limit. Works on rows as values: a columnar sort with spilling has its place here.
 */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { VectorBuilder, cellAt, selectedRows } from "../columns/cells.ts";
import { cellOrder, type CellOrder } from "../columns/compare-cells.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export interface SortKey { readonly evaluator: Evaluator; readonly direction: "asc" | "desc"; readonly nulls: "first" | "last" }
interface Row { readonly keys: readonly Cell[]; readonly cells: readonly Cell[] }

export class Sort implements Operator {
  readonly #schema: StructType;
  readonly #keys: readonly SortKey[];
  readonly #limit: number;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #compare: (a: Row, b: Row) => number;
  #rows: Row[] = [];

  constructor(schema: StructType, keys: readonly SortKey[], limit: number | undefined, context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#keys = keys;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#context = context;
    this.#next = next;
    this.#compare = rowOrder(keys);
  }

  push(batch: Batch): boolean {
    const keys = this.#keys.map(key => key.evaluator.evaluate(batch, batch.selection, this.#context));
    for (const row of selectedRows(batch)) {
      this.#rows.push({ keys: keys.map(vector => cellAt(vector, row)), cells: batch.columns.map(vector => cellAt(vector, row)) });
    }
    if (this.#rows.length > 2 * this.#limit + BATCH_ROWS) this.#trim();
    return true;
  }

  finish(): void {
    this.#trim();
    const rows = this.#rows;
    this.#rows = [];
    for (let from = 0; from < rows.length; from += BATCH_ROWS) {
      const part = rows.slice(from, from + BATCH_ROWS);
      const columns = this.#schema.fields.map((field, i) => {
        const builder = new VectorBuilder(field.type, this.#context.arena, part.length);
        for (const row of part) builder.append(row.cells[i]!);
        return builder.finish();
      });
      if (!this.#next.push(new Batch(this.#schema, columns, part.length))) break;
    }
    this.#next.finish();
  }

  #trim(): void {
    this.#rows.sort(this.#compare);
    if (this.#rows.length > this.#limit) this.#rows.length = this.#limit;
  }
}

/** The order of one key's values. */
export function orderOf({ evaluator, direction, nulls }: Pick<SortKey, "direction" | "nulls"> & { readonly evaluator: Pick<Evaluator, "type"> }): CellOrder {
  const order = cellOrder(evaluator.type), sign = direction === "asc" ? 1 : -1, nullSign = nulls === "first" ? -1 : 1;
  return (a, b) => (a === null ? (b === null ? 0 : nullSign) : b === null ? -nullSign : sign * order(a, b));
}

function rowOrder(keys: readonly SortKey[]): (a: Row, b: Row) => number {
  const orders = keys.map(orderOf);
  return (a, b) => {
    for (let i = 0; i < orders.length; i++) {
      const order = orders[i]!(a.keys[i]!, b.keys[i]!);
      if (order !== 0) return order;
    }
    return 0;
  };
}

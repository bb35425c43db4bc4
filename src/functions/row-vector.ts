/** Runs a row kernel over vectors: what a vector kernel falls back to where its shortcut doesn't hold. */
import { cellAt } from "../columns/cells.ts";
import { RowResults } from "../columns/row-results.ts";
import type { RowKernel, VectorKernel } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { rowAt } from "./vectors.ts";

/** As a vector kernel; unless `nullAware`, a null argument gives null. */
export function rowVector(type: DataType, kernel: RowKernel, nullAware = false): VectorKernel {
  return (vectors, rows, length, context) => {
    const results = new RowResults(type, length, context.arena);
    const constants = vectors.map(v => (v.isConstant ? cellAt(v, 0) : undefined));
    next: for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i), cells: Cell[] = new Array<Cell>(vectors.length);
      for (let a = 0; a < vectors.length; a++) {
        const cell = constants[a] === undefined ? cellAt(vectors[a]!, row) : constants[a]!;
        if (cell === null && !nullAware) {
          results.set(row, null);
          continue next;
        }
        cells[a] = cell;
      }
      results.set(row, kernel(cells, context));
    }
    return results.finish();
  };
}

/** Puts a result together from vectors that were each computed for some of the rows: CASE, coalesce. */
import type { Selection } from "../columns/batch.ts";
import { cellAt } from "../columns/cells.ts";
import { Vector, physicalOf, widthOf } from "../columns/vector.ts";
import { rowAt } from "../functions/vectors.ts";
import { kernels } from "../kernels/kernels.ts";
import type { EvalContext } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { RowResults } from "../columns/row-results.ts";

export class Blend {
  readonly #type: DataType;
  readonly #length: number;
  readonly #context: EvalContext;
  readonly #width: number;
  readonly #data: number;
  #valid = 0;
  /** Cells by row, for types that are not stored in place. */
  readonly #cells: Map<number, Cell> | undefined;

  constructor(type: DataType, length: number, context: EvalContext) {
    const physical = physicalOf(type);
    this.#type = type;
    this.#length = length;
    this.#context = context;
    this.#width = widthOf(physical);
    this.#cells = physical === "list" || physical === "struct" || physical === "object" ? new Map() : undefined;
    this.#data = this.#cells === undefined ? context.arena.allocateZeroed(length * this.#width) : 0;
  }

  /** The values of a vector for some rows. */
  put(vector: Vector, rows: Selection): void {
    if (this.#cells !== undefined) {
      for (let i = 0; i < rows.count; i++) { const row = rowAt(rows, i); this.#cells.set(row, cellAt(vector, row)); }
      return;
    }
    if (vector.type.kind === "void") return this.putNull(rows);
    const kernel = kernels(), mask = vector.isConstant ? 0 : -1;
    kernel.copyRows(vector.data, mask, this.#width, rows.pointer, rows.count, this.#data);
    if (vector.valid !== 0) kernel.copyRows(vector.valid, mask, 1, rows.pointer, rows.count, this.#validity());
  }

  putNull(rows: Selection): void {
    if (this.#cells !== undefined) for (let i = 0; i < rows.count; i++) this.#cells.set(rowAt(rows, i), null);
    else kernels().fillRows(0, rows.pointer, rows.count, this.#validity());
  }

  finish(): Vector {
    if (this.#cells === undefined) return new Vector(this.#type, this.#data, this.#valid);
    const results = new RowResults(this.#type, this.#length, this.#context.arena);
    for (const row of [...this.#cells.keys()].sort((a, b) => a - b)) results.set(row, this.#cells.get(row)!);
    return results.finish();
  }

  #validity(): number {
    if (this.#valid === 0) {
      this.#valid = this.#context.arena.allocate(this.#length);
      this.#context.arena.memory.u8.fill(1, this.#valid, this.#valid + this.#length);
    }
    return this.#valid;
  }
}

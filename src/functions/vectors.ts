/** What vector kernels share: validity of several arguments, the masks of constants, rows of a selection. */
import type { Selection } from "../columns/batch.ts";
import { Vector, widthOf } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { EvalContext } from "../plan/function.ts";
import type { DataType } from "../types/data-type.ts";

/** How a kernel indexes an argument: the row number AND this. A constant vector's one value is at row 0. */
export const maskOf = (vector: Vector): number => (vector.isConstant ? 0 : -1);

/** Whether a constant vector holds null. */
export const isNullConstant = (vector: Vector): boolean => vector.isConstant && (vector.type.kind === "void" || (vector.valid !== 0 && linearMemory().u8[vector.valid] === 0));

/** Validity of a result that is null where any argument is; 0 for no nulls. Only rows of `rows` are written. */
export function combinedValidity(args: readonly Vector[], rows: Selection, length: number, { arena }: EvalContext): number {
  let valid = 0, isOwn = false;
  for (const arg of args) {
    if (arg.valid === 0) continue;
    if (arg.isConstant) {
      if (!isNullConstant(arg)) continue;
      const none = arena.allocate(length);
      linearMemory().u8.fill(0, none, none + length);
      return none;
    }
    if (valid === 0) { valid = arg.valid; continue; }
    const out = isOwn ? valid : arena.allocate(length);
    kernels().validAnd(valid, arg.valid, rows.pointer, rows.count, out);
    valid = out;
    isOwn = true;
  }
  return valid;
}

/** An unset vector of a type stored in place, with room for `length` values. */
export function emptyVector(type: DataType, length: number, valid: number, { arena }: EvalContext): Vector {
  const unset = new Vector(type, 0, valid);
  return new Vector(type, arena.allocate(length * widthOf(unset.physical)), valid);
}

/** A constant as a value a row: for places that hold columns only, such as fields of structs. Values that aren't stored in place stay constant. */
export function materialized(vector: Vector, rows: Selection, length: number, { arena }: EvalContext): Vector {
  const width = widthOf(vector.physical);
  if (!vector.isConstant || width === 0 || vector.physical === "list") return vector;
  const data = arena.allocateZeroed(length * width), valid = vector.valid === 0 ? 0 : arena.allocate(length);
  kernels().copyRows(vector.data, 0, width, rows.pointer, rows.count, data);
  if (valid !== 0) kernels().copyRows(vector.valid, 0, 1, rows.pointer, rows.count, valid);
  return new Vector(vector.type, data, valid);
}

/** Numbers of the rows of a selection in a batch of any size. */
export function rowAt(rows: Selection, i: number): number {
  return rows.pointer === 0 ? i : linearMemory().u32[(rows.pointer >>> 2) + i]!;
}

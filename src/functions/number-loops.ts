/** Functions of numbers over columns of 32-bit integers and of doubles: loops over typed arrays, with no value made a row. */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { VectorKernel } from "../plan/function.ts";
import { DOUBLE, INT, type DataType } from "../types/data-type.ts";
import { combinedValidity, emptyVector, maskOf } from "./vectors.ts";

/** Changes each selected value of an INT or DATE column in place. */
export function eachInt(vector: Vector, { pointer, count }: Selection, f: (x: number) => number): void {
  const { i32, u32 } = linearMemory(), data = vector.data >>> 2, sel = pointer >>> 2;
  for (let i = 0; i < count; i++) {
    const at = data + (sel === 0 ? i : u32[sel + i]!);
    i32[at] = f(i32[at]!);
  }
}

/** Of two columns of i32, or of the first alone; results wrap around as Java's do. */
export const overInts = (f: (x: number, y: number) => number, type: DataType = INT): VectorKernel => (args, rows, length, context) => {
  const [a, b = a] = args as [Vector, Vector], used = f.length < 2 ? [a] : args, out = emptyVector(type, length, combinedValidity(used, rows, length, context), context);
  const { i32, u32 } = linearMemory(), x = a.data >>> 2, y = b.data >>> 2, z = out.data >>> 2, xm = maskOf(a), ym = maskOf(b), sel = rows.pointer >>> 2;
  for (let i = 0; i < rows.count; i++) {
    const row = sel === 0 ? i : u32[sel + i]!;
    i32[z + row] = f(i32[x + (row & xm)]!, i32[y + (row & ym)]!);
  }
  return out;
};

/** Of a column of doubles. */
export const overDoubles = (f: (x: number) => number): VectorKernel => (args, rows, length, context) => {
  const [a] = args as [Vector], out = emptyVector(DOUBLE, length, combinedValidity(args, rows, length, context), context);
  const { f64, u32 } = linearMemory(), x = a.data / 8, z = out.data / 8, xm = maskOf(a), sel = rows.pointer >>> 2;
  for (let i = 0; i < rows.count; i++) {
    const row = sel === 0 ? i : u32[sel + i]!;
    f64[z + row] = f(f64[x + (row & xm)]!);
  }
  return out;
};

/** Of a column of doubles, null where the value is not above a bound. */
export const overDoublesAbove = (bound: number, f: (x: number) => number): VectorKernel => (args, rows, length, context) => {
  const [a] = args as [Vector], before = combinedValidity(args, rows, length, context), out = emptyVector(DOUBLE, length, context.arena.allocate(length), context);
  const { f64, u32, u8 } = linearMemory(), x = a.data / 8, z = out.data / 8, xm = maskOf(a), sel = rows.pointer >>> 2;
  for (let i = 0; i < rows.count; i++) {
    const row = sel === 0 ? i : u32[sel + i]!, value = f64[x + (row & xm)]!;
    // What is no number is above every bound.
    const isGiven = !(value <= bound) && (before === 0 || u8[before + row] !== 0);
    u8[out.valid + row] = isGiven ? 1 : 0;
    f64[z + row] = isGiven ? f(value) : 0;
  }
  return out;
};

/** Of two columns of doubles. */
export const overDoublePairs = (f: (x: number, y: number) => number): VectorKernel => (args, rows, length, context) => {
  const [a, b] = args as [Vector, Vector], out = emptyVector(DOUBLE, length, combinedValidity(args, rows, length, context), context);
  const { f64, u32 } = linearMemory(), x = a.data / 8, y = b.data / 8, z = out.data / 8, xm = maskOf(a), ym = maskOf(b), sel = rows.pointer >>> 2;
  for (let i = 0; i < rows.count; i++) {
    const row = sel === 0 ? i : u32[sel + i]!;
    f64[z + row] = f(f64[x + (row & xm)]!, f64[y + (row & ym)]!);
  }
  return out;
};

/**
 * A column of a batch as a person's function sees it: rows 0 to `length` - 1, without gaps. It is lent for the call: what is
 * to stay must be copied (`toArray()`, `values.slice()`).
 */
import { linearMemory } from "../memory/linear-memory.ts";
import { valueReader } from "../types/edge-values.ts";
import type { DataType } from "../types/data-type.ts";
import { cellAt } from "./cells.ts";
import type { Physical, Vector } from "./vector.ts";

export type ColumnValues = Uint8Array | Int8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

export class ColumnView<T = unknown> implements Iterable<T> {
  readonly length: number;
  readonly type: DataType;
  readonly #vector: Vector;
  readonly #read: (row: number) => unknown;

  /** `vector`: its values stand at 0 to `length` - 1, or are one constant. */
  constructor(vector: Vector, length: number) {
    this.#vector = vector;
    this.length = length;
    this.type = vector.type;
    const read = valueReader(vector.type);
    this.#read = row => read(cellAt(vector, row));
  }

  /** The value of a row, as a row's function would see it. */
  get(row: number): T { return this.#read(row) as T; }

  isNull(row: number): boolean {
    const { valid, isConstant, type } = this.#vector;
    return type.kind === "void" || valid !== 0 && linearMemory().u8[valid + (isConstant ? 0 : row)] === 0;
  }

  /** One byte a row, 0 for null; null if there is no null. */
  get validity(): Uint8Array | null {
    const { valid, isConstant } = this.#vector;
    if (valid === 0) return null;
    return isConstant ? new Uint8Array(this.length).fill(linearMemory().u8[valid]!) : linearMemory().u8.subarray(valid, valid + this.length);
  }

  /**
   * The values as they lie in memory, anything where null: BOOLEAN 0 or 1, DATE days, times microseconds, DECIMAL up to 18
   * digits unscaled. Undefined for types without numbers (text, structs, lists, longer decimals).
   */
  get values(): ColumnValues | undefined {
    const { physical, data, isConstant } = this.#vector, make = ARRAYS[physical];
    if (make === undefined) return undefined;
    if (!isConstant) return make(data, this.length);
    const one = make(data, 1), all = one.constructor as new (length: number) => ColumnValues;
    return (new all(this.length) as Float64Array).fill(one[0] as number) as ColumnValues;
  }

  toArray(): T[] {
    const all = new Array<T>(this.length);
    for (let row = 0; row < this.length; row++) all[row] = this.#read(row) as T;
    return all;
  }

  *[Symbol.iterator](): Generator<T> { for (let row = 0; row < this.length; row++) yield this.#read(row) as T; }
}

const view = <A extends ColumnValues>(of: () => A, width: number) => (data: number, length: number): A => of().subarray(data / width, data / width + length) as A;
const ARRAYS: Partial<Record<Physical, (data: number, length: number) => ColumnValues>> = {
  u8: view(() => linearMemory().u8, 1), i8: view(() => linearMemory().i8, 1), i16: view(() => linearMemory().i16, 2), i32: view(() => linearMemory().i32, 4),
  i64: view(() => linearMemory().i64, 8), f32: view(() => linearMemory().f32, 4), f64: view(() => linearMemory().f64, 8),
};

/** The array that holds values of a physical type; undefined for those without. */
export function arrayTypeOf(physical: Physical): (new (length: number) => ColumnValues) | undefined {
  switch (physical) {
    case "u8": return Uint8Array;
    case "i8": return Int8Array;
    case "i16": return Int16Array;
    case "i32": return Int32Array;
    case "i64": return BigInt64Array;
    case "f32": return Float32Array;
    case "f64": return Float64Array;
    default: return undefined;
  }
}

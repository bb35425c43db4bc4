/** The least and the greatest value of a column chunk as Parquet writes them, for readers that leave out what they don't want. */
import { viewBytes } from "../../columns/cells.ts";
import { kernels } from "../../kernels/kernels.ts";
import { EXTREMES } from "../../kernels/parquet.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { WriteLeaf } from "./write-schema.ts";

/** Longer texts aren't worth their bytes in a footer. */
const MAX_BYTES = 256;

type Value = number | bigint | Uint8Array;

export class Extremes {
  readonly #leaf: WriteLeaf;
  #least: Value | undefined;
  #most: Value | undefined;
  /** NaN has no place in an order of numbers that all readers share. */
  #isUnknown = false;

  constructor(leaf: WriteLeaf) { this.#leaf = leaf; }

  add(values: number, count: number, arena: Arena): void {
    if (count === 0 || this.#isUnknown) return;
    const { extremes } = this.#leaf, rows = arena.allocate(8), { u32 } = linearMemory();
    if (kernels().parquetExtremes(extremes, values, count, rows) === 0) {
      this.#isUnknown = true;
      return;
    }
    const least = this.#value(values, u32[rows >>> 2]!), most = this.#value(values, u32[(rows >>> 2) + 1]!);
    if (this.#least === undefined || isLess(least, this.#least)) this.#least = least;
    if (this.#most === undefined || isLess(this.#most, most)) this.#most = most;
  }

  /** Undefined when there is nothing to say. */
  bytes(): { readonly min: Uint8Array; readonly max: Uint8Array } | undefined {
    if (this.#isUnknown || this.#least === undefined) return undefined;
    const min = this.#encoded(this.#least, true), max = this.#encoded(this.#most!, false);
    return min.length > MAX_BYTES || max.length > MAX_BYTES ? undefined : { min, max };
  }

  #value(values: number, row: number): Value {
    const { i32, i64, u64, f32, f64, u8 } = linearMemory();
    switch (this.#leaf.extremes) {
      case EXTREMES.i32: return i32[(values >>> 2) + row]!;
      case EXTREMES.i64: return i64[values / 8 + row]!;
      case EXTREMES.f32: return f32[(values >>> 2) + row]!;
      case EXTREMES.f64: return f64[values / 8 + row]!;
      case EXTREMES.i128: return (i64[values / 8 + 2 * row + 1]! << 64n) | u64[values / 8 + 2 * row]!;
      case EXTREMES.views: return viewBytes(values + 16 * row);
      default: return u8[values + row]!;
    }
  }

  /** A zero of either sign may stand for both. */
  #encoded(value: Value, isLeast: boolean): Uint8Array {
    if (value instanceof Uint8Array) return value;
    const bytes = Buffer.alloc(8);
    switch (this.#leaf.extremes) {
      case EXTREMES.i32: bytes.writeInt32LE(value as number); return bytes.subarray(0, 4);
      case EXTREMES.i64: bytes.writeBigInt64LE(value as bigint); return bytes;
      case EXTREMES.f32: bytes.writeFloatLE(value === 0 ? isLeast ? -0 : 0 : value as number); return bytes.subarray(0, 4);
      case EXTREMES.f64: bytes.writeDoubleLE(value === 0 ? isLeast ? -0 : 0 : value as number); return bytes;
      case EXTREMES.i128: return Buffer.from(BigInt.asUintN(8 * this.#leaf.length, value as bigint).toString(16).padStart(2 * this.#leaf.length, "0"), "hex");
      default: return Uint8Array.of(value as number);
    }
  }
}

function isLess(a: Value, b: Value): boolean {
  return a instanceof Uint8Array ? Buffer.compare(a, b as Uint8Array) < 0 : a < (b as number | bigint);
}

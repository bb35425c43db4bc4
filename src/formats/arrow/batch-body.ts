/** The buffers of a record batch that is written: vectors as Arrow has them, one behind the other, each at a multiple of eight. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { CalendarInterval } from "../../types/cell.ts";
import { compressBuffer, type BufferCodec } from "./compression.ts";

/** Rows of a vector: those of these numbers, or `count` from `from` on. */
export interface RowSet { readonly numbers: Uint32Array | undefined; readonly from: number; readonly count: number }

export const rowsOf = ({ pointer, count }: Selection): RowSet => ({ numbers: pointer === 0 ? undefined : linearMemory().u32.slice(pointer >>> 2, (pointer >>> 2) + count), from: 0, count });

/** Texts up to this length are copied byte by byte: a call for each would take longer. */
const SHORT = 24;

export class BatchBody {
  readonly nodes: (readonly number[])[] = [];
  readonly places: (readonly number[])[] = [];
  readonly chunks: Uint8Array[] = [];
  readonly #codec: BufferCodec;
  readonly #memory = linearMemory();
  bytes = 0;

  constructor(codec: BufferCodec) { this.#codec = codec; }

  #buffer(raw: Uint8Array): void {
    const bytes = compressBuffer(this.#codec, raw), pad = (8 - (bytes.length % 8)) % 8;
    this.places.push([this.bytes, bytes.length]);
    this.chunks.push(bytes);
    if (pad > 0) this.chunks.push(new Uint8Array(pad));
    this.bytes += bytes.length + pad;
  }

  add(vector: Vector, given: RowSet): void {
    const { u8, i32 } = this.#memory, { data, valid, type } = vector, { count } = given;
    if (type.kind === "void") {
      this.nodes.push([count, count]);
      return;
    }
    // One value stands for all rows.
    const rows: RowSet = vector.isConstant ? { numbers: new Uint32Array(count), from: 0, count } : given, { numbers, from } = rows;
    const nulls = this.#validity(valid, rows);
    switch (type.kind) {
      case "boolean": return this.#buffer(bitsAt(u8, data, rows));
      case "tinyint": return this.#fixed(data, 1, rows);
      case "smallint": return this.#fixed(data, 2, rows);
      case "int": case "date": case "float": case "year_month_interval": return this.#fixed(data, 4, rows);
      case "bigint": case "double": case "timestamp": case "timestamp_ntz": case "day_time_interval": case "time": return this.#fixed(data, 8, rows);
      case "decimal": {
        if (type.precision > 18) return this.#fixed(data, 16, rows);
        const out = new Int32Array(4 * count);
        for (let i = 0; i < count; i++) {
          const at = (data >>> 2) + 2 * (numbers === undefined ? from + i : numbers[i]!), high = i32[at + 1]!;
          out[4 * i] = i32[at]!;
          out[4 * i + 1] = high;
          out[4 * i + 2] = out[4 * i + 3] = high >> 31;
        }
        return this.#buffer(new Uint8Array(out.buffer));
      }
      case "string": case "char": case "varchar": case "binary": case "geometry": case "geography": return this.#texts(data, nulls === 0 ? 0 : valid, rows);
      case "struct":
        for (const child of vector.children) this.add(child, rows);
        return;
      case "array": case "map": {
        const inner = this.#lists(data, nulls === 0 ? 0 : valid, rows);
        if (type.kind === "map") {
          // Entries are structs that aren't null.
          this.nodes.push([inner.count, 0]);
          this.#buffer(new Uint8Array(0));
        }
        for (const child of vector.children) this.add(child, inner);
        return;
      }
      case "calendar_interval": {
        const out = Buffer.alloc(16 * count);
        for (let i = 0; i < count; i++) {
          const cell = vector.objects![numbers === undefined ? from + i : numbers[i]!] as CalendarInterval | null;
          if (cell === null) continue;
          out.writeInt32LE(cell.months, 16 * i);
          out.writeInt32LE(cell.days, 16 * i + 4);
          out.writeBigInt64LE(BigInt.asIntN(64, cell.micros * 1000n), 16 * i + 8);
        }
        return this.#buffer(out);
      }
      case "variant": throw new Error("VARIANT was refused before");
    }
  }

  /** Writes which rows are null; returns how many. */
  #validity(valid: number, rows: RowSet): number {
    const { count } = rows, bits = valid === 0 ? undefined : bitsAt(this.#memory.u8, valid, rows);
    let nulls = 0;
    if (bits !== undefined) {
      nulls = count;
      for (let i = 0; i < count; i++) nulls -= (bits[i >> 3]! >> (i & 7)) & 1;
    }
    this.nodes.push([count, nulls]);
    this.#buffer(nulls === 0 ? new Uint8Array(0) : bits!);
    return nulls;
  }

  #fixed(data: number, width: 1 | 2 | 4 | 8 | 16, { numbers, from, count }: RowSet): void {
    const { u8, i16, i32 } = this.#memory;
    if (numbers === undefined) return this.#buffer(u8.slice(data + width * from, data + width * (from + count)));
    if (width === 1) return this.#buffer(Uint8Array.from(numbers, row => u8[data + row]!));
    if (width === 2) return this.#buffer(new Uint8Array(Int16Array.from(numbers, row => i16[(data >>> 1) + row]!).buffer));
    const words = width >> 2, out = new Int32Array(words * count), at = data >>> 2;
    for (let i = 0; i < count; i++) for (let k = 0; k < words; k++) out[words * i + k] = i32[at + words * numbers[i]! + k]!;
    this.#buffer(new Uint8Array(out.buffer));
  }

  /** Offsets, and the bytes that views point to; null views have whatever length. */
  #texts(data: number, valid: number, { numbers, from, count }: RowSet): void {
    const { u8, u32, bytes } = this.#memory, offsets = new Int32Array(count + 1), row = (i: number): number => (numbers === undefined ? from + i : numbers[i]!);
    let total = 0;
    for (let i = 0; i < count; i++) offsets[i + 1] = total += valid !== 0 && u8[valid + row(i)] === 0 ? 0 : u32[(data + 16 * row(i)) >>> 2]!;
    const out = Buffer.allocUnsafe(total);
    for (let i = 0; i < count; i++) {
      const to = offsets[i]!, length = offsets[i + 1]! - to, view = data + 16 * row(i), start = length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!;
      if (length > SHORT) bytes.copy(out, to, start, start + length);
      else for (let k = 0; k < length; k++) out[to + k] = u8[start + k]!;
    }
    this.#buffer(new Uint8Array(offsets.buffer));
    this.#buffer(out);
  }

  /** Offsets of lists; the rows of their values. */
  #lists(data: number, valid: number, { numbers, from, count }: RowSet): RowSet {
    const { u8, i32 } = this.#memory, offsets = new Int32Array(count + 1), at = data >>> 2, row = (i: number): number => (numbers === undefined ? from + i : numbers[i]!);
    const isNull = (i: number): boolean => valid !== 0 && u8[valid + row(i)] === 0;
    let total = 0, isDense = numbers === undefined;
    for (let i = 0; i < count; i++) {
      const length = i32[at + row(i) + 1]! - i32[at + row(i)]!;
      if (!isNull(i)) total += length;
      else if (length > 0) isDense = false;
      offsets[i + 1] = total;
    }
    this.#buffer(new Uint8Array(offsets.buffer));
    if (isDense) return { numbers: undefined, from: count === 0 ? 0 : i32[at + from]!, count: total };
    const inner = new Uint32Array(total);
    for (let i = 0; i < count; i++) {
      let value = i32[at + row(i)]!;
      for (let k = offsets[i]!; k < offsets[i + 1]!; k++) inner[k] = value++;
    }
    return { numbers: inner, from: 0, count: total };
  }
}

/** Bytes as bits: those that aren't 0. */
function bitsAt(u8: Uint8Array, pointer: number, { numbers, from, count }: RowSet): Uint8Array {
  const bits = new Uint8Array((count + 7) >> 3);
  for (let i = 0; i < count; i++) if (u8[pointer + (numbers === undefined ? from + i : numbers[i]!)] !== 0) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

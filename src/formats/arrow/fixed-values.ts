/** Values of a fixed width as Arrow has them, as the engine has them: as they lie, where that is the same. */
import { writeView } from "../../columns/cells.ts";
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import type { ArrowType } from "./arrow-schema.ts";
import { MalformedArrow } from "./flatbuffer.ts";

/** A buffer in linear memory. */
export interface Piece { readonly from: number; readonly length: number }

const bad = (reason: string): never => { throw new MalformedArrow(reason); };

/** Bits as bytes. */
export function bytesOfBits(from: number, rows: number, arena: Arena): number {
  const { u8 } = linearMemory(), to = arena.allocate(rows);
  for (let i = 0; i < rows; i++) u8[to + i] = (u8[from + (i >> 3)]! >> (i & 7)) & 1;
  return to;
}

/** @throws MalformedArrow for a buffer that is too short, and values that their type can't hold */
export function fixedValues(type: ArrowType, sql: DataType, { from, length }: Piece, rows: number, valid: number, arena: Arena): Vector {
  const memory = linearMemory(), { u8, i32, u32, f32, view } = memory, width = widthOfArrow(type);
  if (length < (type.kind === "bool" ? Math.ceil(rows / 8) : width * rows)) bad("a buffer is too short");
  const to = (bytes: number): number => arena.allocate(Math.max(1, bytes * rows));
  const each = (bytes: number, write: (out: number, at: number, row: number) => void): Vector => {
    const out = to(bytes);
    for (let i = 0; i < rows; i++) write(out + bytes * i, from + width * i, i);
    return new Vector(sql, out, valid);
  };
  /** A long of 64 bits times or by a power of ten, as times are. */
  const scaled = (times: number, by: number): Vector => each(8, (out, at) => {
    const low = u32[at >>> 2]!, high = i32[(at >>> 2) + 1]!, value = high * 4294967296 + low, product = by === 1 ? value * times : Math.floor(value / by);
    if (Number.isSafeInteger(value) && Number.isSafeInteger(product)) {
      i32[out >>> 2] = product | 0;
      i32[(out >>> 2) + 1] = Math.floor(product / 4294967296);
    } else {
      const exact = memory.i64[at / 8]!, big = by === 1 ? exact * BigInt(times) : (exact - (((exact % BigInt(by)) + BigInt(by)) % BigInt(by))) / BigInt(by);
      memory.i64[out / 8] = BigInt.asIntN(64, big) === big ? big : 0n;
      if (BigInt.asIntN(64, big) !== big && (valid === 0 || u8[valid + (at - from) / width] !== 0)) bad("a time is out of range");
    }
  });
  switch (type.kind) {
    case "bool": return new Vector(sql, bytesOfBits(from, rows, arena), valid);
    case "int":
      if (type.signed) return new Vector(sql, from, valid);
      switch (type.bits) {
        case 8: return each(2, (out, at) => { memory.i16[out >>> 1] = u8[at]!; });
        case 16: return each(4, (out, at) => { i32[out >>> 2] = memory.u16[at >>> 1]!; });
        case 32: return each(8, (out, at) => { u32[out >>> 2] = u32[at >>> 2]!; u32[(out >>> 2) + 1] = 0; });
        default: return each(16, (out, at) => { u32[out >>> 2] = u32[at >>> 2]!; u32[(out >>> 2) + 1] = u32[(at >>> 2) + 1]!; u32[(out >>> 2) + 2] = u32[(out >>> 2) + 3] = 0; });
      }
    case "float16": return each(4, (out, at) => { f32[out >>> 2] = halfOf(memory.u16[at >>> 1]!); });
    case "float32": case "float64": case "date32": case "months": return new Vector(sql, from, valid);
    case "date64": return each(4, (out, at) => { i32[out >>> 2] = Math.floor((i32[(at >>> 2) + 1]! * 4294967296 + u32[at >>> 2]!) / 86_400_000); });
    case "timestamp": case "duration": return type.unit === 6 ? new Vector(sql, from, valid) : type.unit === 9 ? scaled(1, 1000) : scaled(10 ** (6 - type.unit), 1);
    case "time": {
      const times = 10 ** (9 - type.unit);
      if (type.bits === 64) return type.unit === 9 ? new Vector(sql, from, valid) : scaled(times, 1);
      return each(8, (out, at) => { const value = i32[at >>> 2]! * times; i32[out >>> 2] = value | 0; i32[(out >>> 2) + 1] = Math.floor(value / 4294967296); });
    }
    case "dayMillis": return each(8, (out, at) => { const value = (i32[at >>> 2]! * 86_400_000 + i32[(at >>> 2) + 1]!) * 1000; if (!Number.isSafeInteger(value)) bad("an interval is out of range"); i32[out >>> 2] = value | 0; i32[(out >>> 2) + 1] = Math.floor(value / 4294967296); });
    case "monthDayNanos": {
      const objects = Array.from({ length: rows }, (_, i): Cell => valid !== 0 && u8[valid + i] === 0 ? null : ({ months: i32[(from >>> 2) + 4 * i]!, days: i32[(from >>> 2) + 4 * i + 1]!, micros: view.getBigInt64(from + 16 * i + 8, true) / 1000n }));
      return new Vector(sql, 0, valid, { objects });
    }
    case "fixed": {
      const { size } = type, views = to(16);
      for (let i = 0; i < rows; i++) writeView(views + 16 * i, from + size * i, size);
      return new Vector(sql, views, valid);
    }
    case "decimal": {
      const wide = widthOf(physicalOf(sql)) === 16;
      if (type.bits === 128 && wide) return new Vector(sql, from, valid);
      if (type.bits === 256) for (let i = 0; i < rows; i++) {
        const at = (from >>> 2) + 8 * i, sign = i32[at + (wide ? 3 : 1)]! >> 31;
        for (let k = wide ? 4 : 2; k < 8; k++) if (i32[at + k] !== sign && (valid === 0 || u8[valid + i] !== 0)) bad("a decimal has more digits than its type");
      }
      return each(wide ? 16 : 8, (out, at) => {
        const low = i32[at >>> 2]!, high = type.bits === 32 ? low >> 31 : i32[(at >>> 2) + 1]!;
        i32[out >>> 2] = low;
        i32[(out >>> 2) + 1] = high;
        if (!wide) return;
        i32[(out >>> 2) + 2] = type.bits < 128 ? high >> 31 : i32[(at >>> 2) + 2]!;
        i32[(out >>> 2) + 3] = type.bits < 128 ? high >> 31 : i32[(at >>> 2) + 3]!;
      });
    }
    default: throw new Error(`a ${type.kind} has no fixed width`);
  }
}

function widthOfArrow(type: ArrowType): number {
  switch (type.kind) {
    case "int": case "decimal": case "time": return type.bits / 8;
    case "float16": return 2;
    case "float32": case "date32": case "months": return 4;
    case "monthDayNanos": return 16;
    case "fixed": return type.size;
    case "bool": return 0;
    default: return 8;
  }
}

function halfOf(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return exponent === 0 ? sign * fraction * 2 ** -24 : exponent === 31 ? (fraction === 0 ? sign * Infinity : NaN) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

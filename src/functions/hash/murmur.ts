/** The hashes of hash() and xxhash64(): Murmur3 (32 bits) and XXH64, as Spark feeds values to them. */
import type { CalendarInterval, Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";

const buffer = new DataView(new ArrayBuffer(8));
const encoder = new TextEncoder();
const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
export const mixK = (k: number): number => Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
const mixH = (h: number, k: number): number => (Math.imul(rotate(h ^ mixK(k), 13), 5) + 0xe6546b64) | 0;
function finish(h: number, length: number): number {
  h ^= length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

export const murmurInt = (value: number, seed: number): number => finish(mixH(seed, value), 4);
const murmurLong = (value: bigint, seed: number): number => finish(mixH(mixH(seed, Number(BigInt.asIntN(32, value))), Number(BigInt.asIntN(32, value >> 32n))), 8);
export function murmurBytes(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), aligned = bytes.length & ~3;
  let h = seed;
  for (let i = 0; i < aligned; i += 4) h = mixH(h, view.getInt32(i, true));
  // The rest goes in byte by byte, signed, each as a word of its own.
  for (let i = aligned; i < bytes.length; i++) h = mixH(h, view.getInt8(i));
  return finish(h, bytes.length);
}

/** Bytes of a BigInteger: two's complement, high byte first, as few as hold the sign. */
export function bigIntegerBytes(value: bigint): Uint8Array {
  let bits = 8;
  while (BigInt.asIntN(bits, value) !== value) bits += 8;
  const bytes = new Uint8Array(bits / 8);
  for (let i = bytes.length - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 255n);
  return bytes;
}

export const doubleBits = (value: number): bigint => { buffer.setFloat64(0, value === 0 ? 0 : value); return Number.isNaN(value) ? 0x7ff8000000000000n : buffer.getBigInt64(0); };
export const floatBits = (value: number): number => { buffer.setFloat32(0, value === 0 ? 0 : value); return Number.isNaN(value) ? 0x7fc00000 : buffer.getInt32(0); };

/** Hash functions over primitive values, chained by their seeds. */
interface Primitives<H> { int(value: number, seed: H): H; long(value: bigint, seed: H): H; bytes(value: Uint8Array, seed: H): H }

const MASK = (1n << 64n) - 1n, P1 = 0x9e3779b185ebca87n, P2 = 0xc2b2ae3d27d4eb4fn, P3 = 0x165667b19e3779f9n, P4 = 0x85ebca77c2b2ae63n, P5 = 0x27d4eb2f165667c5n;
const rotl = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & MASK;
const round = (acc: bigint, input: bigint): bigint => (rotl((acc + input * P2) & MASK, 31n) * P1) & MASK;
function avalanche(h: bigint): bigint {
  h = ((h ^ (h >> 33n)) * P2) & MASK;
  h = ((h ^ (h >> 29n)) * P3) & MASK;
  return h ^ (h >> 32n);
}
const xxTail8 = (h: bigint, k: bigint): bigint => (rotl(h ^ round(0n, k), 27n) * P1 + P4) & MASK;
const xxTail4 = (h: bigint, k: bigint): bigint => (rotl(h ^ ((k * P1) & MASK), 23n) * P2 + P3) & MASK;

const xxhash: Primitives<bigint> = {
  int: (value, seed) => avalanche(xxTail4((seed + P5 + 4n) & MASK, BigInt(value >>> 0))),
  long: (value, seed) => avalanche(xxTail8((seed + P5 + 8n) & MASK, BigInt.asUintN(64, value))),
  bytes: (bytes, seed) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length = bytes.length;
    let at = 0, h: bigint;
    if (length >= 32) {
      let v1 = (seed + P1 + P2) & MASK, v2 = (seed + P2) & MASK, v3 = seed & MASK, v4 = (seed - P1) & MASK;
      for (; at <= length - 32; at += 32) {
        v1 = round(v1, view.getBigUint64(at, true));
        v2 = round(v2, view.getBigUint64(at + 8, true));
        v3 = round(v3, view.getBigUint64(at + 16, true));
        v4 = round(v4, view.getBigUint64(at + 24, true));
      }
      h = (rotl(v1, 1n) + rotl(v2, 7n) + rotl(v3, 12n) + rotl(v4, 18n)) & MASK;
      for (const v of [v1, v2, v3, v4]) h = ((h ^ round(0n, v)) * P1 + P4) & MASK;
    } else h = (seed + P5) & MASK;
    h = (h + BigInt(length)) & MASK;
    for (; at <= length - 8; at += 8) h = xxTail8(h, view.getBigUint64(at, true));
    if (at <= length - 4) { h = xxTail4(h, BigInt(view.getUint32(at, true))); at += 4; }
    for (; at < length; at++) h = (rotl(h ^ ((BigInt(bytes[at]!) * P5) & MASK), 11n) * P1) & MASK;
    return avalanche(h);
  },
};
const murmur: Primitives<number> = { int: murmurInt, long: murmurLong, bytes: murmurBytes };

/** Nulls leave the hash as it was. */
function hashCell<H>(type: DataType, cell: Cell, seed: H, p: Primitives<H>): H {
  if (cell === null) return seed;
  switch (type.kind) {
    case "void": return seed;
    case "boolean": return p.int(cell === true ? 1 : 0, seed);
    case "tinyint": case "smallint": case "int": case "date": case "year_month_interval": return p.int(cell as number, seed);
    case "bigint": case "timestamp": case "timestamp_ntz": case "day_time_interval": case "time": return p.long(cell as bigint, seed);
    case "float": return p.int(floatBits(cell as number), seed);
    case "double": return p.long(doubleBits(cell as number), seed);
    case "decimal": return type.precision <= 18 ? p.long(cell as bigint, seed) : p.bytes(bigIntegerBytes(cell as bigint), seed);
    case "string": case "char": case "varchar": return p.bytes(encoder.encode(cell as string), seed);
    case "binary": case "geometry": case "geography": return p.bytes(cell as Uint8Array, seed);
    case "calendar_interval": {
      const { months, days, micros } = cell as CalendarInterval;
      return p.int(months, p.int(days, p.long(micros, seed)));
    }
    case "array": return (cell as readonly Cell[]).reduce<H>((h, item) => hashCell(type.element, item, h, p), seed);
    case "struct": return type.fields.reduce<H>((h, field, i) => hashCell(field.type, (cell as readonly Cell[])[i]!, h, p), seed);
    case "map": case "variant": return seed;
  }
}

/** Murmur3 of several values, from seed 42. */
export const murmurHash = (types: readonly DataType[], cells: readonly Cell[]): number => cells.reduce<number>((h, cell, i) => hashCell(types[i]!, cell, h, murmur), 42);
/** XXH64 of several values, from seed 42, signed. */
export const xxHash64 = (types: readonly DataType[], cells: readonly Cell[]): bigint => BigInt.asIntN(64, cells.reduce<bigint>((h, cell, i) => hashCell(types[i]!, cell, h, xxhash), 42n));

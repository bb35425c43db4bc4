/**
 * MurmurHash3 for 64-bit machines, 128 bits (Appleby), with the seed and the forms of values of the Apache DataSketches
 * library, so that sketches made elsewhere of the same values fit ours.
 */
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";

const C1 = 0x87c37b91114253d5n, C2 = 0x4cf5ad432745937fn, MASK = (1n << 64n) - 1n;
export const SEED = 9001n;

const rotl = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & MASK;
const mixFirst = (k: bigint): bigint => (rotl((k * C1) & MASK, 31n) * C2) & MASK;
const mixSecond = (k: bigint): bigint => (rotl((k * C2) & MASK, 33n) * C1) & MASK;
function finish(h: bigint): bigint {
  h = ((h ^ (h >> 33n)) * 0xff51afd7ed558ccdn) & MASK;
  h = ((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK;
  return h ^ (h >> 33n);
}

/** Both halves, unsigned. */
export function hash128(bytes: Uint8Array, seed: bigint = SEED): readonly [bigint, bigint] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), whole = bytes.length & ~15;
  let first = seed, second = seed;
  for (let at = 0; at < whole; at += 16) {
    first = ((rotl(first ^ mixFirst(view.getBigUint64(at, true)), 27n) + second) * 5n + 0x52dce729n) & MASK;
    second = ((rotl(second ^ mixSecond(view.getBigUint64(at + 8, true)), 31n) + first) * 5n + 0x38495ab5n) & MASK;
  }
  if (whole < bytes.length) {
    const rest = new Uint8Array(16), words = new DataView(rest.buffer);
    rest.set(bytes.subarray(whole));
    if (bytes.length - whole > 8) second ^= mixSecond(words.getBigUint64(8, true));
    first ^= mixFirst(words.getBigUint64(0, true));
  }
  const length = BigInt(bytes.length);
  first ^= length;
  second ^= length;
  first = (first + second) & MASK;
  second = (second + first) & MASK;
  first = finish(first);
  second = finish(second);
  first = (first + second) & MASK;
  return [first, (second + first) & MASK];
}

/** Sixteen bits that say with which seed a sketch was made. */
export const SEED_HASH: number = Number(hash128(seedBytes(), 0n)[0] & 0xffffn);
function seedBytes(): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, SEED, true);
  return bytes;
}

const word = new Uint8Array(8), wordView = new DataView(word.buffer), encoder = new TextEncoder();

/** The bytes of a value that are hashed; undefined for those that sketches pass over: nulls, and what is empty. */
export function bytesToHash(type: DataType, cell: Cell): Uint8Array | undefined {
  if (cell === null) return undefined;
  switch (type.kind) {
    case "string": return cell === "" ? undefined : encoder.encode(cell as string);
    case "binary": return (cell as Uint8Array).length === 0 ? undefined : cell as Uint8Array;
    case "float": case "double":
      wordView.setFloat64(0, cell === 0 ? 0 : cell as number, true);
      return word;
    case "array": return listBytes(type.element, cell as readonly Cell[]);
    default:
      wordView.setBigInt64(0, BigInt(cell as number | bigint), true);
      return word;
  }
}

/** Of integers, four bytes or eight each; a null is 0. */
function listBytes(element: DataType, items: readonly Cell[]): Uint8Array | undefined {
  if (items.length === 0) return undefined;
  const width = element.kind === "bigint" ? 8 : 4, bytes = new Uint8Array(width * items.length), view = new DataView(bytes.buffer);
  items.forEach((item, i) => { if (width === 8) view.setBigInt64(8 * i, BigInt((item ?? 0n) as bigint), true); else view.setInt32(4 * i, Number(item ?? 0), true); });
  return bytes;
}

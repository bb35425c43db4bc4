/** Split block Bloom filters: https://parquet.apache.org/docs/file-format/bloomfilter/ */
import type { FileBytes } from "../file-format.ts";
import { Malformed, ThriftReader } from "./thrift.ts";

const HEAD_BYTES = 256, MAX_BYTES = 128 << 20;
export const BLOCK_BYTES = 32;
export const SALTS = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

export class BloomFilter {
  readonly #words: DataView;

  constructor(bits: Uint8Array) { this.#words = new DataView(bits.buffer, bits.byteOffset, bits.length); }

  /** Undefined where there is none that can be asked: then everything may be there. */
  static async read(file: FileBytes, offset: number, bytes: number | undefined): Promise<BloomFilter | undefined> {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset >= file.size) return undefined;
    try {
      const start = await file.read(offset, Math.min(file.size - offset, Math.max(HEAD_BYTES, Math.min(bytes ?? 0, MAX_BYTES)))), reader = new ThriftReader(start), head = reader.struct();
      const size = head.size(1), isPlain = head.struct(2)?.has(1) === true && head.struct(3)?.has(1) === true && head.struct(4)?.has(1) === true;
      if (!isPlain || size < BLOCK_BYTES || size % BLOCK_BYTES !== 0 || size > MAX_BYTES || offset + reader.at + size > file.size) return undefined;
      return new BloomFilter(reader.at + size <= start.length ? start.subarray(reader.at, reader.at + size) : await file.read(offset + reader.at, size));
    } catch (error) {
      if (error instanceof Malformed) return undefined;
      throw error;
    }
  }

  /** Whether a value, by its bytes as pages have them, may be in the column. */
  mayHave(value: Uint8Array): boolean {
    const hash = xxHash64(value), block = Number((hash >> 32n) * BigInt(this.#words.byteLength / BLOCK_BYTES) >> 32n), key = Number(hash & 0xffffffffn);
    return SALTS.every((salt, i) => (this.#words.getUint32(BLOCK_BYTES * block + 4 * i, true) >>> (Math.imul(key, salt) >>> 27) & 1) === 1);
  }
}

const P1 = 0x9e3779b185ebca87n, P2 = 0xc2b2ae3d27d4eb4fn, P3 = 0x165667b19e3779f9n, P4 = 0x85ebca77c2b2ae63n, P5 = 0x27d4eb2f165667c5n, MASK = (1n << 64n) - 1n;
const rotate = (a: bigint, by: bigint): bigint => (a << by | a >> 64n - by) & MASK;
const times = (a: bigint, b: bigint): bigint => a * b & MASK;
const round = (sum: bigint, word: bigint): bigint => times(rotate(sum + times(word, P2) & MASK, 31n), P1);

/** XXH64 with seed 0: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), { length } = bytes;
  let at = 0, hash: bigint;
  if (length >= 32) {
    const sums = [P1 + P2 & MASK, P2, 0n, -P1 & MASK];
    for (; at + 32 <= length; at += 32) for (let i = 0; i < 4; i++) sums[i] = round(sums[i]!, view.getBigUint64(at + 8 * i, true));
    hash = rotate(sums[0]!, 1n) + rotate(sums[1]!, 7n) + rotate(sums[2]!, 12n) + rotate(sums[3]!, 18n) & MASK;
    for (const sum of sums) hash = times(hash ^ round(0n, sum), P1) + P4 & MASK;
  } else hash = P5;
  hash = hash + BigInt(length) & MASK;
  for (; at + 8 <= length; at += 8) hash = times(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n), P1) + P4 & MASK;
  if (at + 4 <= length) {
    hash = times(rotate(hash ^ times(BigInt(view.getUint32(at, true)), P1), 23n), P2) + P3 & MASK;
    at += 4;
  }
  for (; at < length; at++) hash = times(rotate(hash ^ times(BigInt(bytes[at]!), P5), 11n), P1);
  hash = times(hash ^ hash >> 33n, P2);
  hash = times(hash ^ hash >> 29n, P3);
  return hash ^ hash >> 32n;
}

/** The partition of a key as Java's producer chooses it: murmur2 (Austin Appleby), its sign bit off, modulo the partitions. */
const SEED = 0x9747b28c, M = 0x5bd1e995;

/** The hash of bytes[start, end), 32 bits with a sign, as org.apache.kafka.common.utils.Utils.murmur2 gives it. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const length = end - start;
  let h = SEED ^ length, at = start;
  for (; at + 4 <= end; at += 4) {
    let k = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const left = end - at;
  if (left >= 3) h ^= bytes[at + 2]! << 16;
  if (left >= 2) h ^= bytes[at + 1]! << 8;
  if (left >= 1) h = Math.imul(h ^ bytes[at]!, M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}

export const partitionOfKey = (bytes: Uint8Array, start: number, end: number, partitions: number): number => (murmur2(bytes, start, end) & 0x7fffffff) % partitions;

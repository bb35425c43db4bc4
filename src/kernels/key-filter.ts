/** Kernels of assembly/key-filter.ts: sets of whole numbers. Kinds of keys as in KIND; `mask`: 0 for a constant, else -1; `valid` may be 0. */
export interface KeyFilterKernels {
  /** Sets a bit for the key of each row, which is `base` or more. */
  keyBitsSet(kind: number, data: number, valid: number, count: number, base: bigint, bits: number): void;
  /** Rows whose key's bit is set, of `size` bits; `out` has room for `count` rows. Returns their number. */
  keyBitsSelect(kind: number, data: number, valid: number, mask: number, selection: number, count: number, base: bigint, size: number, bits: number, out: number): number;
  /** Adds keys to `last` + 1 words of 64 bits, a power of two of them. */
  keyBloomSet(kind: number, data: number, valid: number, count: number, last: number, words: number): void;
  /** Rows whose key may have been added. Returns their number. */
  keyBloomSelect(kind: number, data: number, valid: number, mask: number, selection: number, count: number, last: number, words: number, out: number): number;
}

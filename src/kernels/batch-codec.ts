/** Kernels of assembly/batch-codec.ts: columns as bytes without gaps and pointers. */
export interface BatchCodecKernels {
  /** Validity as bits, 1 = not null. */
  packValid(valid: number, selection: number, count: number, out: number): void;
  unpackValid(bits: number, count: number, out: number): void;
  packValues(width: number, data: number, selection: number, count: number, out: number): void;
  /** Lengths (u32, 0 for null); returns their sum. */
  viewLengths(data: number, valid: number, selection: number, count: number, out: number): number;
  packViews(data: number, selection: number, count: number, lengths: number, out: number): void;
  /** Returns 0 unless the strings fill `bytes` to `end`. */
  unpackViews(lengths: number, count: number, bytes: number, end: number, out: number): number;
  listLengths(offsets: number, valid: number, selection: number, count: number, out: number): number;
  listRows(offsets: number, selection: number, count: number, lengths: number, out: number): void;
  listOffsets(lengths: number, count: number, out: number): number;
  /** u64 words without their zero bytes; `out` has room for 8.5 bytes a word and 8 more. Returns the bytes. */
  packWords(words: number, count: number, out: number): number;
  /** Returns 0 unless `count` words fill `bytes` to `end`. */
  unpackWords(bytes: number, end: number, count: number, words: number): number;
}

/** Kernels of assembly/parquet-*.ts, snappy.ts and lz4.ts. Lengths of buffers are for the caller; what bytes say is checked in the kernel. */
export interface ParquetKernels {
  /** `state`: 28 bytes. */
  parquetHybridStart(state: number, at: number, end: number, width: number): void;
  /** The next values as u32. Returns the largest, or -1 when there are no so many or one passes 2^31 - 1. */
  parquetHybrid32(state: number, count: number, out: number): number;
  /** The next values as bytes. Returns how many are `wanted`, or -1 when there are no so many. */
  parquetHybrid8(state: number, count: number, wanted: number, out: number): number;
  /** Returns 0 when there are no so many. */
  parquetHybridSkip(state: number, count: number): number;
  /** Values of some rows to their rows' places; by `codes` (0: none), which begin with row `first` as `data` does without them. */
  parquetPickRows(width: number, data: number, codes: number, first: number, rows: number, count: number, out: number): void;
  /** Rows whose code has a 1 among the bytes at `wanted`; Returns their number. */
  parquetSelectCodes(wanted: number, codes: number, selection: number, count: number, out: number): number;
  /** Returns 0 when a value doesn't fit. */
  parquetConvert(kind: number, from: number, count: number, length: number, out: number): number;
  /** Returns where the next value begins, or 0 when the strings pass `end`. */
  parquetPlainViews(at: number, end: number, count: number, out: number): number;
  parquetIsAscii(at: number, end: number): number;
  parquetLengthViews(lengths: number, at: number, end: number, count: number, out: number): number;
  /** Bytes of the strings, or -1. */
  parquetPrefixBytes(prefixes: number, suffixes: number, count: number): number;
  parquetPrefixViews(prefixes: number, suffixes: number, at: number, end: number, count: number, heap: number, out: number): number;
  parquetBits(from: number, bit: number, count: number, out: number): void;
  parquetUnsplit(from: number, count: number, width: number, out: number): void;
  parquetSpread(width: number, values: number, valid: number, count: number, out: number): void;
  parquetScale(values: number, count: number, wide: number, low: bigint, high: bigint): void;
  /** Values that a run of deltas says it has, or -1. */
  parquetDeltaCount(from: number, end: number): number;
  /** Returns where the run ends, or 0 when it is none of `count` values. */
  parquetDelta(from: number, end: number, count: number, width: number, out: number): number;
  parquetValidity(reps: number, defs: number, count: number, depth: number, there: number, present: number, valid: number, valids: number): number;
  parquetLists(reps: number, defs: number, count: number, depth: number, there: number, present: number, element: number, valid: number, offsets: number, valids: number): number;
  parquetCountLevels(defs: number, count: number, wanted: number): number;
  parquetRowStart(reps: number, count: number, row: number): number;
  /** Returns the slots with a row. */
  parquetShredNulls(slots: number, defs: number, count: number, valid: number): number;
  parquetShredCount(slots: number, count: number, offsets: number): number;
  parquetShredLists(slots: number, reps: number, defs: number, count: number, offsets: number, level: number, outSlots: number, outReps: number, outDefs: number): void;
  parquetShredRows(slots: number, count: number, out: number): number;
  parquetNarrow(kind: number, from: number, count: number, out: number): void;
  parquetFixed(from: number, count: number, length: number, out: number): void;
  parquetPlainBytes(views: number, count: number): number;
  parquetPlainStrings(views: number, count: number, out: number): number;
  parquetPackBits(from: number, count: number, out: number, bit: number): void;
  /** Returns the end. */
  parquetPackHybrid(from: number, count: number, size: number, width: number, out: number): number;
  /** Returns 0 when there are no values or one is NaN. */
  parquetExtremes(kind: number, from: number, count: number, out: number): number;
  /** Returns how many values were done. */
  parquetIntern(kind: number, values: number, count: number, slots: number, mask: number, entries: number, most: number, heap: number, heapBytes: number, state: number, ids: number): number;
  parquetRehash(kind: number, entries: number, count: number, slots: number, mask: number): void;
  /** Returns 1 if the bytes were Snappy of exactly `size` bytes. */
  snappyDecompress(from: number, end: number, out: number, size: number): number;
  snappyTableBytes(): number;
  /** `out` has room for 32 + size + size / 6 bytes. Returns where the compressed bytes end. */
  snappyCompress(from: number, size: number, table: number, out: number): number;
  /** Returns the bytes of the block, or -1 when it is none or has more than `size`. */
  lz4Decompress(from: number, end: number, out: number, size: number): number;
  lz4TableBytes(): number;
  /** `out` has room for 16 + size + size / 255 bytes. Returns where the block ends. */
  lz4Compress(from: number, size: number, table: number, out: number): number;
}

/** Kinds of parquetConvert. */
export const CONVERT = Object.freeze({
  int32ToI8: 1, int32ToI16: 2, int32ToI64: 3, uint32ToI64: 4, int32ToF64: 5, floatToF64: 6, millisToMicros: 7, int96ToMicros: 8,
  microsToNanos: 9, daysToMicros: 10, int64ToI128: 11, uint64ToI128: 12, bytesToI64: 13, bytesToI128: 14, bytesToViews: 15,
  viewsToI64: 16, viewsToI128: 17, int64ToI32: 18,
});

/** Kinds of parquetNarrow. */
export const NARROW = Object.freeze({ i8ToInt32: 1, i16ToInt32: 2, i64ToInt32: 3, nanosToMicros: 4 });
/** Kinds of parquetExtremes. */
export const EXTREMES = Object.freeze({ i32: 0, i64: 1, f32: 2, f64: 3, i128: 4, views: 5, bytes: 6 });

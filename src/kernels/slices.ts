/** Kernels of assembly/slices.ts, slice-chains.ts and slice-plan.ts: overlapping windows by their slices. `header`: a block with the fields of SliceHeader. */
export interface SliceKernels {
  /** The number of the slice of each time (i64), row by row. `cut`: where in a slide its second slice begins, 0 if it has one. */
  assignSlices(data: number, selection: number, count: number, slide: bigint, origin: bigint, cut: bigint, out: number): void;
  /** 1 if some slice comes after one that is more than a window later. */
  sliceDisorder(header: number, rows: number, count: number): number;
  /** Slices that are in no chain yet; returns their number. */
  sliceUnlinked(header: number, rows: number, count: number, out: number): number;
  /** Puts slices into the chains of their keys' rows; returns how many windows of keys they bring. */
  sliceLink(header: number, rows: number, keys: number, count: number): number;
  /** Chains the slices of a batch by key. The keys go to `out`, their number to `outCount`; returns how many windows of keys were touched. */
  sliceTouch(header: number, rows: number, count: number, out: number, outCount: number): number;
  /** Keys with a window that is not behind the limit; returns their number. */
  sliceDue(header: number, keys: number, count: number, out: number): number;
  /**
   * Unchains slices that no window behind the limit holds, and lists them and keys without slices; returns how many windows of keys
   * ended.
   */
  sliceExpire(header: number): number;
  /** Plans results: a row each and pairs to be merged. Returns 0 when it must be called again after the merging. Unchains as sliceExpire does if there are lists for it. */
  slicePlan(header: number): number;
}

/** Byte offsets, as assembly/slice-layout.ts has them. */
export const SliceHeader = {
  index: 0, local: 4, state: 8, stateBytes: 12, keyState: 16, shift: 20, span: 24, closed: 32, limit: 40, epoch: 48, direct: 52, keys: 56, keyCount: 60,
  keyAt: 64, cover: 68, first: 72, touched: 76, window: 80, results: 88, addresses: 92, resultCapacity: 96, resultCount: 100, to: 104, from: 108,
  pairCapacity: 112, pairCount: 116, slide: 120, origin: 128, pairsAWindow: 136, keptBytes: 140, forget: 144,
  expired: 148, expiredCount: 152, emptied: 156, emptiedCount: 160, bytes: 168,
} as const;
/** Bytes that the chains need in a slice's local part, before its sums, and in a key's state. */
export const SLICE_LOCAL_BYTES = 16, SLICE_KEY_BYTES = 56;
/** Offset in a slice's local part of the row of its key. */
export const SLICE_KEY = 8;

/** Kernels of assembly/sort-rows.ts. */
export interface SortRowsKernels {
  /** An entry (u64 word, u64 row number) for each row of `rows` (u32; 0: rows 0 to count - 1). Words have the order of the values, turned round if `isDescending`. */
  sortEntries(kind: number, data: number, rows: number, count: number, isDescending: number, out: number): void;
  /** Sorts entries by word, stable; returns where they are: `entries` or `scratch`, of 16 bytes an entry each. */
  radixEntries(entries: number, count: number, scratch: number): number;
  /** Entries sorted by the first bytes of views get the order of all bytes. */
  orderLongViews(data: number, entries: number, count: number, isDescending: number, scratch: number): void;
  entryRows(entries: number, count: number, rows: number): void;
  /** Rows without a value go to one end, in their order. */
  partitionNulls(valid: number, rows: number, count: number, isNullsFirst: number, out: number): void;
  sortWord(kind: number, data: number, row: number, isDescending: number, out: number): void;
  /** Rows with words up to that at `limit`, and with `nulls` those without a value, to `out` (u32); returns their number. */
  selectUpToWord(kind: number, data: number, valid: number, rows: number, count: number, isDescending: number, limit: number, nulls: number, out: number): number;
  /** Sets a byte of `out` where a row's value differs from that of the row before it in `rows`. */
  markChanges(kind: number, data: number, valid: number, rows: number, count: number, out: number): void;
}

/** The kinds of values that sort by words, by how they are stored. */
export const SORT_KIND = { u8: 0, i8: 1, i16: 2, i32: 3, i64: 4, f32: 5, f64: 6, i128: 7, view: 8 } as const;
/** The lower half of an i128. */
export const LOW_HALF = 9;

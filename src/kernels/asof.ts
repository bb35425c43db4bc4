/** Kernels of assembly/asof.ts: rows of a key by time, and which of them a time meets. All arguments are pointers or counts unless said otherwise. */
export interface AsofKernels {
  /** Doubles as i64 of the same order, by row number. `step` 0: one for all rows. */
  asofDoubles(data: number, step: number, selection: number, count: number, out: number): void;
  /** Puts rows (0: their places in the lists) into entries of 16 bytes, side by side for each group. */
  asofPlace(groups: number, times: number, rows: number, count: number, offset: number, entries: number): void;
  /** Sorts the entries of each group by time; stable. */
  asofSort(entries: number, count: number, scratch: number): void;
  /** The row that each selected row meets (u32 by row number, `none` for none); returns how many meet one. `tolerance` -1: any. */
  asofFind(
    groups: number, times: number, step: number, selection: number, count: number, offset: number, entries: number, direction: number, isExact: number, tolerance: bigint,
    isDouble: number, none: number, out: number,
  ): number;
  /** The groups and the times of kept rows. */
  asofRead(rows: number, count: number, groups: number, times: number): void;
  /** The groups of kept rows, each once; returns their number. */
  asofGroups(rows: number, count: number, offset: number, out: number): number;
  asofClear(groups: number, count: number, offset: number): void;
  /** Keeps, in place, the pairs of rows that have a partner; returns their number. */
  asofMatched(rows: number, found: number, count: number, none: number): number;
  /** The listed rows that are not the latest of their group in the list; returns their number. */
  asofSuperseded(rows: number, count: number, offset: number, out: number): number;
}

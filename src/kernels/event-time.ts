/** Kernels of assembly/event-time.ts. */
export interface EventTimeKernels {
  /** Least, greatest and sum of the event times, in milliseconds, as three i64 at `out`; null counts as the epoch. */
  eventTimeStats(data: number, valid: number, selection: number, count: number, out: number): void;
  /** Greatest event time up to `bound` in milliseconds (the least i64 without one), and the number beyond it, as two i64 at `out`. */
  eventTimeUpTo(data: number, valid: number, selection: number, count: number, bound: bigint, out: number): void;
  /** Rows whose time is greater than `bound`, or null, to `out` (u32); returns their number. */
  selectLater(data: number, valid: number, selection: number, count: number, bound: bigint, out: number): number;
  /** Start and end (i64 columns) of the latest window of each time: `size` long, every `slide`, from the epoch plus `shift`. */
  assignWindows(data: number, selection: number, count: number, size: bigint, slide: bigint, shift: bigint, starts: number, ends: number): void;
  /** Moves windows back by a slide in place, for rows still inside; these go to `out` (u32), their number is returned. */
  previousWindows(data: number, selection: number, count: number, slide: bigint, starts: number, ends: number, out: number): number;
  /** Rows whose validity byte is 1 to `out` (u32); returns their number. */
  selectValid(valid: number, selection: number, count: number, out: number): number;
}

/** Kernels of assembly/deduplicate.ts. */
export interface DeduplicateKernels {
  /** Rows that are the first of a group whose word at `offset` is 0; the word becomes 1. To `out` (u32); returns their number. */
  selectUnseen(addresses: number, selection: number, count: number, offset: number, out: number): number;
  /** Stores time + `delay` as i64 at `offset` of groups, one a row of the selection; a null time counts as 0. */
  storeExpiry(addresses: number, selection: number, count: number, data: number, valid: number, delay: bigint, offset: number): void;
}

/** Kernel of assembly/sort.ts. */
export interface SortKernels {
  /** Sorts u32 addresses in place by the unsigned word at address + `offset`; `scratch`: 32 bytes an address. */
  sortByWord(addresses: number, count: number, offset: number, scratch: number): void;
}

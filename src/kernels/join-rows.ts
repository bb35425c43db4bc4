/** Kernels of assembly/join-rows.ts, join-meet.ts and join-blocks.ts: rows that a join of streams keeps. All arguments are pointers or counts unless said otherwise. */
export interface JoinRowsKernels {
  /** Keeps rows from `from` on, given as null bits and words; `data`, `valid`, `step`: their times (0: never), by the rows of `selection`. Returns the rows done, fewer than `count` when a page is needed. */
  joinKeep(rows: number, encoded: number, stride: number, groups: number, data: number, valid: number, step: number, selection: number, matched: number, from: number, count: number, out: number): number;
  /** As joinKeep, of flat rows that joinReadRows made whole. */
  joinLoad(rows: number, flat: number, stride: number, groups: number, from: number, count: number): number;
  joinAddPage(rows: number, page: number, pointer: number, bytes: number): void;
  /** The next pairs of selected rows and kept rows of their groups, at most `capacity`; returns their number. `cursor`: two u32, zero at first, and one to spare. */
  joinMeet(groups: number, selection: number, count: number, chain: number, cursor: number, mine: number, theirs: number, capacity: number): number;
  /** Marks rows as matched; those of earlier batches that were not go to `out`. */
  joinMatch(rows: number, addresses: number, count: number, out: number): number;
  /** Marks rows as taken; those that were not go to `out`. */
  joinTake(addresses: number, count: number, out: number): number;
  /** Row numbers whose byte of `marks` is 0, which becomes 1. */
  joinMarkFirst(numbers: number, count: number, marks: number, out: number): number;
  /** The rows of a page whose time is at most `limit`. */
  joinExpired(rows: number, page: number, limit: bigint, out: number): number;
  /** As joinExpired, of rows that may stay. */
  joinUpTo(rows: number, page: number, limit: bigint, out: number): number;
  joinUnmatched(addresses: number, count: number, out: number): number;
  /** Lets rows go; groups without any rows go to `emptied`. */
  joinRemove(rows: number, addresses: number, count: number, emptied: number): number;
  /** Drops addresses of rows that are gone, in place. */
  joinKept(addresses: number, count: number): number;
  joinEmptyGroups(groups: number, count: number, chains: number, out: number): number;
  /** All rows of one side of groups; `out` has room for one more. */
  joinRowsOfGroups(groups: number, count: number, chain: number, out: number): number;
  /** Moves the rows of a page elsewhere; returns the rows done, fewer than the page has when a page is needed. */
  joinMove(rows: number, page: number, from: number): number;
  /** Rows whose time is after `bound` or null; with `matched` (a byte a row), also those that are not. */
  joinStays(data: number, valid: number, step: number, selection: number, count: number, bound: bigint, matched: number, out: number): number;
  /** Flat rows without addresses; returns the bytes of their long strings. */
  joinWriteRows(rows: number, addresses: number, count: number, out: number): number;
  joinWriteStrings(rows: number, addresses: number, count: number, out: number): void;
  /** Makes flat rows whole; returns the bytes of strings, -1 when they pass `end`. */
  joinReadRows(rows: number, flat: number, stride: number, count: number, strings: number, end: number): number;
  joinWriteRefs(addresses: number, count: number, out: number, pointers: number): void;
  joinFlatRefs(pointers: number, count: number, out: number): void;
  /** Rows of references; returns their number, fewer than `count` when some are not there. */
  joinFindRefs(rows: number, table: number, refs: number, count: number, out: number): number;
  joinSetMatched(addresses: number, count: number): void;
}

/** Byte offsets of the header, as assembly/join-layout.ts has them. */
export const JoinHeader = {
  pages: 0, ring: 4, shift: 8, rowBytes: 12, words: 16, kinds: 20, hasViews: 24, chain: 28, chains: 32, count: 36, need: 40, needPlace: 44, needBytes: 48,
  newRemoved: 52, needBucket: 56, nextId: 64, firstId: 72, bytes: 88,
} as const;
/** Byte offsets of a page's record. */
export const JoinPage = { rows: 0, used: 4, live: 8, tail: 12, minTime: 16, bytes: 24 } as const;
/** Byte offsets of a row. `id` begins what a flat row has. */
export const JoinRow = { group: 0, next: 4, previous: 8, page: 12, id: 16, time: 24, nulls: 32, words: 40 } as const;
/** The ring of open pages: 256 by bits of the time, and one for rows that never leave; bucket i64, page number + 1 u32. */
export const JoinRing = { places: 257, placeBytes: 16, page: 8, bytes: 257 * 16 } as const;
/** The time of rows that never leave. */
export const NEVER = 2n ** 63n - 1n;

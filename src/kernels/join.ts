import type { KeyFilterKernels } from "./key-filter.ts";

/** Kernels of assembly/join.ts: chains of build rows, candidate pairs, and copies of strings that outlive their batch. */
export interface JoinKernels extends KeyFilterKernels {
  /** Appends build rows `first`, `first` + 1 ... to the chains at address + `offset` (u32 first row + 1, u32 last row + 1; 0: none). */
  joinLink(addresses: number, count: number, first: number, offset: number, next: number): void;
  /** The next pairs of one key, at most `capacity`; returns their number. `cursor`: two u32, zero at first. */
  joinPairs(addresses: number, selection: number, count: number, offset: number, next: number, cursor: number, probe: number, build: number, capacity: number): number;
  /** All pairs at once, where no key has several build rows. */
  joinPairsOnce(addresses: number, selection: number, count: number, offset: number, probe: number, build: number): number;
  /** The next pairs of every selected row with each of `rows` build rows. */
  crossPairs(selection: number, count: number, rows: number, cursor: number, probe: number, build: number, capacity: number): number;
  joinMarkFound(addresses: number, selection: number, count: number, marks: number): void;
  joinMarkRows(rows: number, count: number, marks: number): void;
  /** Copies views to `out` and the bytes of long ones to `heap`; returns the bytes taken there. */
  keepViews(data: number, valid: number, selection: number, count: number, out: number, heap: number): number;
  /** Least and greatest key (i64) of rows 0 to count - 1 that have one. Kinds of keys as in KIND. */
  denseRange(kind: number, data: number, valid: number, count: number, out: number): void;
  /** Chains rows 0 to count - 1 under their keys: `heads` (u32, zero) a key from `base` on, `next` u32 a row; both hold numbers + 1. Returns 1 where a key has several. */
  denseLink(kind: number, data: number, valid: number, count: number, base: bigint, heads: number, next: number): number;
  /** 1 where the keys of rows 0 to count - 1 are `base`, `base` + 1 and so on. */
  denseInSequence(kind: number, data: number, count: number, base: bigint): number;
  /** Where no key has several rows: selected rows that have a partner, and their partners; returns how many. `heads` 0: numbers of rows are keys, from `base` on. */
  densePairs(kind: number, data: number, mask: number, selection: number, count: number, base: bigint, size: number, heads: number, probe: number, build: number): number;
  /** Where the head of each selected row's key stands; 0 for none. `mask`: 0 for a constant, else -1. */
  denseFind(kind: number, data: number, mask: number, selection: number, count: number, base: bigint, size: number, heads: number, out: number): void;
  longViewBytes(data: number, valid: number, selection: number, count: number): number;
}

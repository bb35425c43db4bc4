/** Kernels of assembly/group-limit.ts: rows that may be among the first of their partition. Kinds of values are those of sorting. */
export interface GroupLimitKernels {
  /** Selected rows whose word is not above the bound of their group, to `out` (u32), with their groups; returns their number. `first` 1: the bound becomes the word. */
  limitSelect(kind: number, data: number, valid: number, rows: number, count: number, isDescending: number, nulls: bigint, addresses: number, offset: number, first: number, out: number, outAddresses: number): number;
  /** Sets the bytes of sorted rows that are among the first `limit`; `rank`: place in RANKS. */
  limitMark(rank: number, limit: number, rows: number, count: number, partitions: number, peers: number, marks: number): void;
  /** Stores the bound of each partition that has `limit` places taken. */
  limitBounds(rank: number, limit: number, rows: number, count: number, partitions: number, peers: number, kind: number, data: number, valid: number, isDescending: number, nulls: bigint, groups: number, offset: number): void;
}

/** The functions whose numbers a limit is about, as kernels number them. */
export const RANKS = ["row_number", "rank", "dense_rank"] as const;

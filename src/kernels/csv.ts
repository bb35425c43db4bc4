/** Kernels of assembly/csv.ts and the layout of their context. */
export interface CsvKernels {
  /** Cuts records of [from, end), which ends in a line end, into fields of the rows from `row` on; returns the row behind the last. */
  csvSplit(context: number, from: number, end: number, row: number): number;
  /** Reads a column of `kind` (CSV_KIND) from its fields; returns how many rows have 2 in `valid`: left to JavaScript. */
  csvColumn(context: number, kind: number, fields: number, out: number, valid: number, count: number, scale: number, limit: bigint): number;
  /** 1 if no byte of [from, end) is beyond ASCII. */
  csvIsAscii(from: number, end: number): number;
}

/** Byte offsets in a context. Fields are u32 but for the zone's, which are i64. */
export const CSV_CONTEXT = {
  separator: 0, quote: 4, escape: 8, comment: 12, flags: 16, lineEnd: 20, slots: 24, slotCount: 28, fields: 32, maxRows: 36, starts: 40, lengths: 44, counts: 48,
  nulls: 52, nullLength: 56, empty: 60, emptyLength: 64, consumed: 68, stop: 72, maxColumns: 76, powersOfFive: 80, zoneFrom: 88, zoneTo: 96, zoneOffset: 104, bytes: 112,
} as const;
export const CSV_FLAGS = { trimLeading: 1, trimTrailing: 2, multiLine: 4, isLast: 8 } as const;
/** Why a call ended before the input. hard: JavaScript cuts the next record; more: it goes on beyond what is known. */
export const CSV_STOP = { end: 0, rows: 1, hard: 2, more: 3 } as const;
/** Of a column that is not wanted. */
export const CSV_NO_SLOT = 0xffff_ffff;
/** How a column is read; `other` is left to JavaScript. */
export const CSV_KIND = { other: 0, boolean: 1, tinyint: 2, smallint: 3, int: 4, bigint: 5, float: 6, double: 7, string: 8, timestamp: 9, timestampNtz: 10, date: 11, decimal: 12 } as const;

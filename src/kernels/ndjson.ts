/** Kernels of assembly/ndjson.ts, the layout of their context, and the tables that JavaScript makes for them. */
import { linearMemory } from "../memory/linear-memory.ts";

export interface NdjsonKernels {
  /** Empties the key table of a context whose key-table fields are filled in. */
  ndjsonReset(context: number): void;
  /** Adds a column, or a field of the STRUCT with entry `parent`, under a key (bytes that stay where they are); returns its entry. `limit`: 10^precision of a DECIMAL. */
  ndjsonAddColumn(context: number, parent: number, key: number, length: number, kind: number, scale: number, limit: bigint): number;
  /** Decodes lines of [from, to), which ends in a line terminator, to at most `maxRows` rows; returns how many. */
  ndjsonDecode(context: number, from: number, to: number, maxRows: number): number;
  /**
   * Decodes a text a row, where it lies, into the same row of the columns. `left` (u32) gets the rows that it can't decide; returns
   * how many. Nothing counts when the context says `stop`. `kind`: NDJSON_TEXTS.
   */
  ndjsonDecodeTexts(context: number, views: number, valid: number, sel: number, count: number, kind: number, left: number): number;
  /** Index of the first zero of `count` bytes; `count` if there is none. */
  ndjsonFindZero(pointer: number, count: number): number;
  /** Empties the string views of rows that are null. */
  ndjsonClearNullViews(views: number, valid: number, count: number): void;
}

/** How a column's values are read; `raw` keeps the checked JSON text (u32 length, zero, u32 pointer) of anything but null. */
export const NDJSON_KIND = {
  skip: 0, boolean: 1, tinyint: 2, smallint: 3, int: 4, bigint: 5, float: 6, double: 7, string: 8, timestamp: 9, timestampNtz: 10,
  date: 11, decimal: 12, struct: 13, raw: 14,
} as const;

/** Byte offsets in a context. Fields are u32 but for the zone's, which are i64. */
export const NDJSON_CONTEXT = {
  entries: 0, entryCount: 4, entryCapacity: 8, hash: 12, hashMask: 16, learn: 20, learnEnd: 24,
  powersOfFive: 32, heap: 36, heapEnd: 40, errors: 44, errorCount: 48, fixes: 52, fixCapacity: 56, fixCount: 60, consumed: 64,
  stop: 68, columns: 72, columnCount: 76, rowStarts: 80, zoneFrom: 88, zoneTo: 96, zoneOffset: 104, bytes: 112,
} as const;

/** Byte offsets in an entry of the key table. */
export const NDJSON_ENTRY = { out: 48, valid: 52, bytes: 80 } as const;
/** Entries that the table needs beside its keys. */
export const NDJSON_SPECIAL_ENTRIES = 2;
/** Bytes of a fix: row, entry, pointer, length, heap pointer, 0 or 1 (a later value won) or 2 (a later value of the STRUCT around it won). */
export const NDJSON_FIX_BYTES = 24;
/** Bytes of an error: row, place, code. */
export const NDJSON_ERROR_BYTES = 12;
/** Why a call ended before the input. */
export const NDJSON_STOP = { end: 0, rows: 1, heap: 2, fixes: 3, array: 4 } as const;
/** What is wrong with a line, by error code. */
/** What `ndjsonDecodeTexts` is given: texts, bytes that are to be texts, or bytes of records, of which it leaves all that are bad. */
export const NDJSON_TEXTS = { text: 0, bytes: 1, records: 2 } as const;

export const NDJSON_ERRORS: readonly string[] = [
  "", "not valid JSON", "invalid UTF-8", "invalid escape in a string", "unescaped control character in a string",
  "nested deeper than 1000 levels", "a name is longer than 50000 characters",
  "a number has more than 1000 digits",
];

let powersOfFive = 0;

/** The top 128 bits of 5^q for q from -342 to 308, high word first, as the Eisel-Lemire algorithm wants them; made once a thread. */
export function powersOfFiveTable(): number {
  if (powersOfFive !== 0) return powersOfFive;
  const memory = linearMemory(), table = memory.allocate(651 * 16);
  const put = (q: number, bits: bigint): void => {
    const at = table / 8 + 2 * (q + 342);
    memory.u64[at] = bits >> 64n;
    memory.u64[at + 1] = BigInt.asUintN(64, bits);
  };
  for (let q = 0, power = 1n, length = 1; q <= 342; q++) { // `length`: the bits of `power`
    if (q <= 308) put(q, length <= 128 ? power << BigInt(128 - length) : power >> BigInt(length - 128));
    if (q > 0) {
      // the reciprocal, rounded up
      const bits = (1n << BigInt(length + 127)) / power + 1n;
      put(-q, bits >> 128n === 0n ? bits : bits >> 1n);
    }
    power *= 5n;
    length += power >> BigInt(length + 2) === 0n ? 2 : 3;
  }
  return (powersOfFive = table);
}

// Lines and texts of JSON objects to columns. A line that isn't JSON leaves a row of nulls and an error.
import { ERROR_SYNTAX, errorAt, errorCode, fail, findLineEnd, isLineEnd, skipSpace } from "./ndjson-state";
import { clearOddInRecord, oddInRecord } from "./ndjson-strings";
import { closeValues, openValues, readRecord, stop, undoRecord } from "./ndjson-values";
import { isUtf8 } from "./utf8";

// Of the context of a decoder, beside what ndjson-values.ts uses.
const C_ERRORS: usize = 44, C_ERROR_COUNT: usize = 48, C_CONSUMED: usize = 64, C_STOP: usize = 68, C_ROW_STARTS: usize = 80;
/** Why a call ended before the input did, beside a full heap and a full fix list. The line at `consumed` left no trace. */
const STOP_ROWS: u32 = 1, STOP_ARRAY: u32 = 4;
const ERROR_BYTES: usize = 12;   // row, place, code

/**
 * Decodes the lines of [p, end), whose last byte is a line terminator, into rows 0, 1, ... of the columns, whose
 * validity bytes are all zero. Gives the number of rows; the rest is in the context. Text after the object of a line is
 * ignored, as Spark does.
 */
export function ndjsonDecode(context: usize, p: usize, end: usize, maxRows: u32): u32 {
  const head = openValues(context);
  const rowStarts = <usize>load<u32>(context, C_ROW_STARTS), errors = <usize>load<u32>(context, C_ERRORS);
  let errorCount: usize = 0, row: usize = 0, why: u32 = 0;
  while (p < end) {
    const start = p;
    let c = load<u8>(p);
    if (c != 0x7b) {
      if (c == 0xef && (load<u32>(p) & 0xffffff) == 0xbfbbef) p += 3;
      p = skipSpace(p);
      c = load<u8>(p);
      if (isLineEnd(c)) { p++; continue; }
    }
    if (row == maxRows) { why = STOP_ROWS; p = start; break; }
    store<u32>(rowStarts + (row << 2), <u32>start);
    let q: usize = 0;
    if (c == 0x7b) q = readRecord(head, p, row);
    else if (c == 0x5b) { why = STOP_ARRAY; p = start; break; }
    else fail(ERROR_SYNTAX, p);
    if (q) {
      p = isLineEnd(load<u8>(q)) ? q + 1 : findLineEnd(q) + 1;
    } else {
      if (stop) { p = start; break; }
      const f = errors + errorCount * ERROR_BYTES;
      errorCount++;
      store<u32>(f, <u32>row);
      store<u32>(f, <u32>errorAt, 4);
      store<u32>(f, errorCode, 8);
      p = findLineEnd(start) + 1;
    }
    row++;
  }
  closeValues(context);
  store<u32>(context, <u32>errorCount, C_ERROR_COUNT);
  store<u32>(context, <u32>p, C_CONSUMED);
  if (why) store<u32>(context, why, C_STOP);
  return <u32>row;
}

function hasLineEnd(p: usize, end: usize): bool {
  for (; p < end; p++) if (isLineEnd(load<u8>(p))) return true;
  return false;
}

/**
 * Decodes a text a row, where it lies: the selected ones of `length` views that aren't null, into the same rows of the columns,
 * whose validity bytes are all zero. What isn't JSON leaves nulls. Rows that this can't decide go to `left` (u32): texts that
 * don't begin with an object, or have line ends where JSON has spaces, and by `kind`: 1, bytes that are to be texts, such as aren't
 * UTF-8; 2, records, all that is bad. Gives how many; when `stop` is set in the context, nothing counts.
 */
export function ndjsonDecodeTexts(context: usize, views: usize, valid: usize, sel: usize, count: u32, kind: u32, left: usize): u32 {
  const head = openValues(context);
  let leftCount: usize = 0;
  for (let i: usize = 0; i < <usize>count && !stop; i++) {
    const row = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
    if (valid != 0 && load<u8>(valid + row) == 0) continue;
    const view = views + (row << 4), length = <usize>load<u32>(view), from = length <= 12 ? view + 4 : <usize>load<u32>(view, 8), end = from + length;
    let isLeft = true;
    if (length > 0) {
      // The byte behind a text is lent to be the end of its line.
      const behind = load<u8>(end);
      store<u8>(end, 10);
      const p = skipSpace(from);
      if (load<u8>(p) == 0x7b) {
        clearOddInRecord();
        if (readRecord(head, p, row)) {
          isLeft = kind != 0 && oddInRecord;
          if (isLeft) undoRecord(row);
        } else isLeft = kind == 2 || hasLineEnd(p, end) || (kind == 1 && !isUtf8(from, end));
      }
      store<u8>(end, behind);
    }
    if (isLeft) store<u32>(left + (leftCount++ << 2), <u32>row);
  }
  closeValues(context);
  store<u32>(context, 0, C_ERROR_COUNT);
  return <u32>leftCount;
}

/** The first zero byte of [p, p + count), as an index; `count` if there is none. Finds nulls in validity bytes. */
export function ndjsonFindZero(p: usize, count: u32): u32 {
  let i: usize = 0;
  while (i + 16 <= count) {
    const m = i8x16.bitmask(i8x16.eq(v128.load(p + i), i8x16.splat(0)));
    if (m) return <u32>(i + ctz(m));
    i += 16;
  }
  while (i < count) { if (!load<u8>(p + i)) return <u32>i; i++; }
  return count;
}

/** Empties the views of null rows, which hold what was in the buffer before. */
export function ndjsonClearNullViews(views: usize, valid: usize, count: u32): void {
  for (let i: usize = 0; i < count; i++) if (!load<u8>(valid + i)) v128.store(views + (i << 4), i64x2.splat(0));
}

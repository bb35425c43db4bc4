// CSV to columns. First records are cut into fields, which are places in the input: of the columns that are wanted, a list each. A record
// with quotes that aren't plainly around a whole field is left to JavaScript. Then each column is read from its list.
// Follows the CSV reader of Spark 4.3, which takes univocity-parsers.
import { decimalValue, doubleValue, isFloatSafe, nonDigits, eightDigits, readDecimal, toDecimal, toDouble } from "./ndjson-numbers";
import { fillMasks, storeView } from "./ndjson-state";
import { ZONE_NONE, dateDays, readDate, readTimestamp, timeMicros, timeZoneKind } from "./ndjson-timestamps";

// The context, in linear memory; all fields are u32 but for the zone's.
const C_SEPARATOR: usize = 0, C_QUOTE: usize = 4, C_ESCAPE: usize = 8, C_COMMENT: usize = 12, C_FLAGS: usize = 16, C_LINE_END: usize = 20,
  C_SLOTS: usize = 24, C_SLOT_COUNT: usize = 28, C_FIELDS: usize = 32, C_MAX_ROWS: usize = 36, C_STARTS: usize = 40, C_LENGTHS: usize = 44, C_COUNTS: usize = 48,
  C_NULL: usize = 52, C_NULL_LENGTH: usize = 56, C_EMPTY: usize = 60, C_EMPTY_LENGTH: usize = 64, C_CONSUMED: usize = 68, C_STOP: usize = 72, C_MAX_COLUMNS: usize = 76,
  C_POWERS_OF_FIVE: usize = 80, C_ZONE_FROM: usize = 88, C_ZONE_TO: usize = 96, C_ZONE_OFFSET: usize = 104;
const TRIM_LEADING: u32 = 1, TRIM_TRAILING: u32 = 2, MULTI_LINE: u32 = 4, IS_LAST: u32 = 8;

/** Why a call ended before the input did; the record at `consumed` left no trace. */
const STOP_ROWS: u32 = 1, STOP_HARD: u32 = 2, STOP_MORE: u32 = 3;

const NO_SLOT: u32 = 0xffffffff;

let separator: u32 = 0;
let lineEnd: u32 = 0;          // 0: LF or CR

@inline function endsLine(c: u32): bool { return lineEnd ? c == lineEnd : c == 10 || c == 13; }

/** The first separator or line end at or after p; `end` or a place behind it where there is none before. */
@inline function fieldEnd(p: usize, end: usize): usize {
  const first = lineEnd ? lineEnd : 10, second = lineEnd ? lineEnd : 13;
  while (p < end) {
    const v = v128.load(p);
    const m = i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(<i8>separator)), v128.or(i8x16.eq(v, i8x16.splat(<i8>first)), i8x16.eq(v, i8x16.splat(<i8>second)))));
    if (m) return p + ctz(m);
    p += 16;
  }
  return end;
}

/** The end of the line that p is in; `end` where it has none before. */
@inline function recordEnd(p: usize, end: usize): usize {
  while (p < end && !endsLine(load<u8>(p))) p++;
  return p;
}

/** The first quote or escape at or after p, before `end`; a line end stops it too, or, where values go over lines, CR. */
function quoteEnd(p: usize, end: usize, quote: u32, escape: u32, stopsAtLine: bool): usize {
  const q = i8x16.splat(<i8>quote), e = i8x16.splat(<i8>escape), l = i8x16.splat(stopsAtLine ? (lineEnd ? <i8>lineEnd : 10) : 13), r = i8x16.splat(stopsAtLine && lineEnd ? <i8>lineEnd : 13);
  while (p < end) {
    const v = v128.load(p);
    const m = i8x16.bitmask(v128.or(v128.or(i8x16.eq(v, q), i8x16.eq(v, e)), v128.or(i8x16.eq(v, l), i8x16.eq(v, r))));
    if (m) { p += ctz(m); return p < end ? p : end; }
    p += 16;
  }
  return end;
}

/**
 * Cuts the records of [p, end), whose last byte is a line end, into fields of the rows from `row` on. Gives the row behind the last; the rest
 * is in the context. With MULTI_LINE a record may go on behind `end`, unless IS_LAST is set.
 */
export function csvSplit(context: usize, p: usize, end: usize, row: u32): u32 {
  separator = load<u32>(context, C_SEPARATOR);
  lineEnd = load<u32>(context, C_LINE_END);
  const quote = load<u32>(context, C_QUOTE), escape = load<u32>(context, C_ESCAPE), comment = load<u32>(context, C_COMMENT), flags = load<u32>(context, C_FLAGS);
  const slots = <usize>load<u32>(context, C_SLOTS), slotCount = load<u32>(context, C_SLOT_COUNT), fields = <usize>load<u32>(context, C_FIELDS), maxRows = load<u32>(context, C_MAX_ROWS);
  const starts = <usize>load<u32>(context, C_STARTS), lengths = <usize>load<u32>(context, C_LENGTHS), counts = <usize>load<u32>(context, C_COUNTS), maxColumns = load<u32>(context, C_MAX_COLUMNS);
  const nulls = load<u32>(context, C_NULL), nullLength = load<u32>(context, C_NULL_LENGTH), empty = load<u32>(context, C_EMPTY), emptyLength = load<u32>(context, C_EMPTY_LENGTH);
  const isMulti = (flags & MULTI_LINE) != 0, trimsLeading = (flags & TRIM_LEADING) != 0, trimsTrailing = (flags & TRIM_TRAILING) != 0;
  let stop: u32 = 0;
  while (p < end) {
    const start = p;
    let c = <u32>load<u8>(p);
    if (c <= 32 || endsLine(c)) {
      let q = p;
      if (!isMulti || trimsLeading) while (q < end && c <= 32 && !endsLine(c) && (!isMulti || c != separator)) c = load<u8>(++q);
      if (q >= end) { p = end; break; }
      if (endsLine(c)) { p = q + 1; continue; }
      c = load<u8>(p);
    }
    if (c == comment) {
      p = recordEnd(p, end);
      if (p >= end && isMulti && !(flags & IS_LAST)) { stop = STOP_MORE; p = start; break; }
      p++;
      continue;
    }
    if (row == maxRows) { stop = STOP_ROWS; p = start; break; }
    let column: u32 = 0, isHard = false, isOpen = false;
    while (true) {
      c = load<u8>(p);
      if (trimsLeading) {
        while (p < end && c <= 32 && c != separator && !endsLine(c) && c != quote) c = load<u8>(++p);
        if (p >= end) { isOpen = isMulti && !(flags & IS_LAST); isHard = true; break; }
      }
      let from: u32 = nulls, length: u32 = nullLength;
      if (c == separator || endsLine(c)) { /* nothing */ }
      else if (c == quote) {
        const q = quoteEnd(p + 1, end, quote, escape, !isMulti);
        if (q >= end) { isOpen = isMulti && !(flags & IS_LAST); isHard = true; break; }
        const after = <u32>load<u8>(q + 1);
        if (load<u8>(q) != quote) { isHard = true; break; }
        // what stands behind the last byte is not known yet
        if (q + 1 >= end) { isOpen = isMulti && !(flags & IS_LAST); isHard = true; break; }
        if (after != separator && !endsLine(after)) { isHard = true; break; }
        from = <u32>(p + 1);
        length = <u32>(q - p - 1);
        // with no escape at all, two quotes at the end of a line are one
        if (length == 0 && escape == 0 && endsLine(after)) { isHard = true; break; }
        if (length == 0) { from = empty; length = emptyLength; }
        p = q + 1;
      } else {
        const q = fieldEnd(p, end);
        if (q >= end) { isOpen = isMulti && !(flags & IS_LAST); isHard = true; break; }
        from = <u32>p;
        length = <u32>(q - p);
        if (trimsTrailing) {
          while (length > 0 && load<u8>(from + length - 1) <= 32) length--;
          if (length == 0) {
            const isEmpty = !isMulti && endsLine(load<u8>(q));
            from = isEmpty ? empty : nulls;
            length = isEmpty ? emptyLength : nullLength;
          }
        }
        p = q;
      }
      if (column < slotCount) {
        const slot = load<u32>(slots + (<usize>column << 2));
        if (slot != NO_SLOT) store<u64>(fields + ((<usize>slot * maxRows + row) << 3), <u64>from | (<u64>length << 32));
      }
      if (++column > maxColumns) { isHard = true; break; }
      if (endsLine(load<u8>(p))) break;
      p++;
      // in multi-line text a separator may be the last byte that is known
      if (p >= end) { isOpen = isMulti && !(flags & IS_LAST); isHard = true; break; }
    }
    if (isHard) { stop = isOpen ? STOP_MORE : STOP_HARD; p = start; break; }
    store<u32>(starts + (<usize>row << 2), <u32>start);
    store<u32>(lengths + (<usize>row << 2), <u32>(p - start));
    store<u32>(counts + (<usize>row << 2), column);
    for (let i = column; i < slotCount; i++) {
      const slot = load<u32>(slots + (<usize>i << 2));
      if (slot != NO_SLOT) store<u64>(fields + ((<usize>slot * maxRows + row) << 3), 0);
    }
    row++;
    p++;
  }
  store<u32>(context, <u32>p, C_CONSUMED);
  store<u32>(context, stop, C_STOP);
  return row;
}

const KIND_BOOLEAN: u32 = 1, KIND_TINYINT: u32 = 2, KIND_SMALLINT: u32 = 3, KIND_INT: u32 = 4, KIND_BIGINT: u32 = 5, KIND_FLOAT: u32 = 6, KIND_DOUBLE: u32 = 7,
  KIND_STRING: u32 = 8, KIND_TIMESTAMP: u32 = 9, KIND_TIMESTAMP_NTZ: u32 = 10, KIND_DATE: u32 = 11, KIND_DECIMAL: u32 = 12;

let whole: i64 = 0;

/** A whole number of up to 18 digits that fills [p, p + length). */
@inline function readWhole(p: usize, length: u32): bool {
  const sign = load<u8>(p), hasSign = sign == 0x2d || sign == 0x2b;
  if (hasSign) { p++; length--; }
  if (length - 1 > 17) return false;
  let value: u64 = 0;
  while (length >= 8) {
    const c = load<u64>(p);
    if (nonDigits(c)) return false;
    value = value * 100000000 + eightDigits(c);
    p += 8;
    length -= 8;
  }
  for (; length; length--) {
    const d = <u32>load<u8>(p++) - 48;
    if (d > 9) return false;
    value = value * 10 + d;
  }
  whole = sign == 0x2d ? -(<i64>value) : <i64>value;
  return true;
}

function sameBytes(a: usize, b: usize, length: u32): bool {
  for (let i: usize = 0; i < <usize>length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/**
 * Reads a column from its list of fields. `valid` gets 0 for null, 1 for a value, 2 where JavaScript is to decide; gives how many of these
 * there are. What equals the null value is null, and so is a field that its record lacks (place 0). `limit`: 10^precision of a DECIMAL.
 */
export function csvColumn(context: usize, kind: u32, fields: usize, out: usize, valid: usize, count: u32, scale: i32, limit: u64): u32 {
  const nulls = <usize>load<u32>(context, C_NULL), nullLength = load<u32>(context, C_NULL_LENGTH), powersOfFive = <usize>load<u32>(context, C_POWERS_OF_FIVE);
  const zoneFrom = load<i64>(context, C_ZONE_FROM), zoneTo = load<i64>(context, C_ZONE_TO), zoneOffset = load<i64>(context, C_ZONE_OFFSET);
  fillMasks();
  let open: u32 = 0;
  for (let row: usize = 0; row < <usize>count; row++) {
    const p = <usize>load<u32>(fields + (row << 3)), length = load<u32>(fields + (row << 3), 4);
    if (p == 0 || (length == nullLength && (p == nulls || sameBytes(p, nulls, length)))) {
      store<u8>(valid + row, 0);
      if (kind == KIND_STRING) { store<u64>(out + (row << 4), 0); store<u64>(out + (row << 4), 0, 8); }
      continue;
    }
    let good = false;
    switch (kind) {
      case KIND_STRING: storeView(out + (row << 4), p, length); good = true; break;
      case KIND_BIGINT: good = readWhole(p, length); if (good) store<i64>(out + (row << 3), whole); break;
      case KIND_INT: good = readWhole(p, length) && <i64><i32>whole == whole; if (good) store<i32>(out + (row << 2), <i32>whole); break;
      case KIND_SMALLINT: good = readWhole(p, length) && <i64><i16>whole == whole; if (good) store<i16>(out + (row << 1), <i16>whole); break;
      case KIND_TINYINT: good = readWhole(p, length) && <i64><i8>whole == whole; if (good) store<i8>(out + row, <i8>whole); break;
      case KIND_DOUBLE: good = readDecimal(p) == p + length && toDouble(powersOfFive) && !isNegativeZero(p, length); if (good) store<f64>(out + (row << 3), doubleValue); break;
      case KIND_FLOAT: good = readDecimal(p) == p + length && toDouble(powersOfFive) && isFloatSafe(doubleValue) && !isNegativeZero(p, length); if (good) store<f32>(out + (row << 2), <f32>doubleValue); break;
      case KIND_DECIMAL: good = readDecimal(p) == p + length && toDecimal(scale) && <u64>abs(decimalValue) < limit; if (good) store<i64>(out + (row << 3), decimalValue); break;
      case KIND_BOOLEAN: {
        const w = load<u32>(p);
        if (length == 4 && w == 0x65757274) { store<u8>(out + row, 1); good = true; }
        else if (length == 5 && w == 0x736c6166 && load<u8>(p + 4) == 0x65) { store<u8>(out + row, 0); good = true; }
        break;
      }
      case KIND_DATE: good = length == 10 && readDate(p); if (good) store<i32>(out + (row << 2), <i32>dateDays); break;
      case KIND_TIMESTAMP: {
        if (!readTimestamp(p, p + length)) break;
        let micros = timeMicros;
        if (timeZoneKind == ZONE_NONE) {
          if (micros < zoneFrom || micros >= zoneTo) break;
          micros -= zoneOffset;
        }
        store<i64>(out + (row << 3), micros);
        good = true;
        break;
      }
      case KIND_TIMESTAMP_NTZ: good = readTimestamp(p, p + length) && timeZoneKind == ZONE_NONE; if (good) store<i64>(out + (row << 3), timeMicros); break;
    }
    store<u8>(valid + row, good ? 1 : 2);
    if (!good) open++;
  }
  return open;
}

/** `-0`, which JSON reads as zero and Java as minus zero. */
@inline function isNegativeZero(p: usize, length: u32): bool { return load<u8>(p) == 0x2d && length == 2 && load<u8>(p + 1) == 48; }

/** 1 if none of the bytes is beyond ASCII, which is what most input is. */
export function csvIsAscii(p: usize, end: usize): u32 {
  while (p + 16 <= end) {
    if (v128.any_true(v128.and(v128.load(p), i8x16.splat(-128)))) return 0;
    p += 16;
  }
  for (; p < end; p++) if (load<u8>(p) & 0x80) return 0;
  return 1;
}

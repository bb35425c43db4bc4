// JSON objects to rows of columns: one pass over the text, the schema given at run time as a key table. Follows the JSON
// reader of Spark 4.3. A value that doesn't fit its column, or is written in a rare form, is put on the fix list and
// decided in JavaScript.
import {
  FIRST, KIND, LIMIT, NEXT, OUT, PARENT, PATTERN_LENGTH, SCALE, VALID, addEntry, addFields, clearScratchTooSmall, closeKeys, findKey, firstEntry,
  keyEnd, matches, openKeys, resetKeys, scratchTooSmall,
} from "./ndjson-keys";
import {
  decimalValue, doubleValue, integerValue, isFloatSafe, readDecimal, readInteger, toDecimal, toDouble,
} from "./ndjson-numbers";
import { isNull, setOuterDepth, skipValue } from "./ndjson-skip";
import { ERROR_SYNTAX, fail, fillMasks, skipSpace, storeView } from "./ndjson-state";
import { HAS_ESCAPES, IS_ODD, apostropheEnd, clearOdd, oddSeen, stringEnd, stringFlags, unescape } from "./ndjson-strings";
import { ZONE_NONE, dateDays, readDate, readTimestamp, timeMicros, timeZoneKind } from "./ndjson-timestamps";

const KIND_SKIP: u32 = 0, KIND_BOOLEAN: u32 = 1, KIND_TINYINT: u32 = 2, KIND_SMALLINT: u32 = 3, KIND_INT: u32 = 4, KIND_BIGINT: u32 = 5,
  KIND_FLOAT: u32 = 6, KIND_DOUBLE: u32 = 7, KIND_STRING: u32 = 8, KIND_TIMESTAMP: u32 = 9, KIND_TIMESTAMP_NTZ: u32 = 10,
  KIND_DATE: u32 = 11, KIND_DECIMAL: u32 = 12, KIND_STRUCT: u32 = 13, KIND_RAW: u32 = 14;

// The context of a decoder, in linear memory. The first 32 bytes are its key table.
const C_POWERS_OF_FIVE: usize = 32, C_HEAP: usize = 36, C_HEAP_END: usize = 40, C_FIXES: usize = 52, C_FIX_CAPACITY: usize = 56,
  C_FIX_COUNT: usize = 60, C_STOP: usize = 68, C_COLUMNS: usize = 72, C_COLUMN_COUNT: usize = 76, C_ZONE_FROM: usize = 88, C_ZONE_TO: usize = 96, C_ZONE_OFFSET: usize = 104;

/** Why a call ended before the input did. */
const STOP_HEAP: u32 = 2, STOP_FIXES: u32 = 3;

// A fix: row, entry, pointer and length of the value's text, heap space of that length (strings only), and what became
// of it: 0, SUPERSEDED: a later value of the same key was stored, so only look for an error; CLEARED: the same, as the
// whole STRUCT around it came again.
const SUPERSEDED: u32 = 1, CLEARED: u32 = 2;
const FIX_BYTES: usize = 24;

let fixes: usize = 0;
let fixCount: u32 = 0;
let fixCapacity: u32 = 0;
let rowFixes: u32 = 0;           // fixes of the rows before this one
let heap: usize = 0;
let heapEnd: usize = 0;
let columns: usize = 0;          // entries of all columns, also of fields of STRUCTs
let columnCount: u32 = 0;
let depth: i32 = 0;              // STRUCTs around what is read
let powersOfFive: usize = 0;
let zoneFrom: i64 = 0;
let zoneTo: i64 = 0;
let zoneOffset: i64 = 0;
let heapBefore: usize = 0;       // of the rows before this one
/** The heap or the fix list is full: the record that was read left no trace. */
export let stop: u32 = 0;

/** Prepares a context whose key table has its pointers and bounds filled in: no keys. */
export function ndjsonReset(context: usize): void {
  fillMasks();
  resetKeys(context);
}

/** Adds a column under a key that isn't there yet, or a field of the STRUCT whose entry is `parent`; gives its entry, in which the caller sets OUT and VALID. */
export function ndjsonAddColumn(context: usize, parent: usize, key: usize, length: u32, kind: u32, scale: u32, limit: u64): usize {
  openKeys(context, 0, 0);
  const e = addEntry(parent, key, length, kind);
  if (kind == KIND_STRUCT) addFields(e);
  store<u32>(e, scale, SCALE);
  store<u64>(e, limit, LIMIT);
  closeKeys(context);
  return e;
}

/** Puts the value at [p, q) on the fix list. Gives q, or 0 with `stop` set when the list or the heap is full. */
function fixLater(e: usize, p: usize, q: usize, row: usize, heapBytes: usize): usize {
  if (fixCount == fixCapacity) { stop = STOP_FIXES; return 0; }
  if (heap + heapBytes > heapEnd) { stop = STOP_HEAP; return 0; }
  const f = fixes + <usize>fixCount * FIX_BYTES;
  fixCount++;
  store<u32>(f, <u32>row);
  store<u32>(f, <u32>e, 4);
  store<u32>(f, <u32>p, 8);
  store<u32>(f, <u32>(q - p), 12);
  store<u32>(f, heapBytes ? <u32>heap : 0, 16);
  store<u32>(f, 0, 20);
  heap += heapBytes;
  return q;
}

/**
 * A value of e that ends at p was read. If it was stored, fixes of earlier values under the same key are only looked at
 * for errors; if it waits itself, the last one that is good counts.
 */
function supersede(e: usize, p: usize): void {
  const last = fixes + <usize>(fixCount - 1) * FIX_BYTES;
  if (<usize>load<u32>(last, 8) + load<u32>(last, 12) == p) return;
  for (let i = rowFixes; i < fixCount; i++) {
    const f = fixes + <usize>i * FIX_BYTES;
    if (<usize>load<u32>(f, 4) == e && load<u32>(f, 20) == 0) store<u32>(f, SUPERSEDED, 20);
  }
}

function isWithin(e: usize, ancestor: usize): bool {
  for (e = <usize>load<u32>(e, PARENT); e; e = <usize>load<u32>(e, PARENT)) if (e == ancestor) return true;
  return false;
}

/** A STRUCT that was read comes again: what was read of its fields counts no more, but errors in it do. False: the fix list is full. */
function clearFields(e: usize, row: usize): bool {
  for (let i: u32 = 0; i < columnCount; i++) {
    const child = <usize>load<u32>(columns + (<usize>i << 2)), valid = <usize>load<u32>(child, VALID) + row;
    if (!load<u8>(valid) || !isWithin(child, e)) continue;
    if (load<u32>(child, KIND) == KIND_RAW) {
      const view = <usize>load<u32>(child, OUT) + (row << 4), text = <usize>load<u32>(view, 8);
      if (!fixLater(child, text, text + load<u32>(view), row, 0)) return false;
    }
    store<u8>(valid, 0);
  }
  for (let i = rowFixes; i < fixCount; i++) {
    const f = fixes + <usize>i * FIX_BYTES;
    if (isWithin(<usize>load<u32>(f, 4), e)) store<u32>(f, CLEARED, 20);
  }
  return true;
}

/** Checks the value at p in full and leaves what it means to JavaScript. */
function unusual(e: usize, p: usize, row: usize): usize {
  const q = skipValue(p);
  return q ? fixLater(e, p, q, row, 0) : 0;
}

@inline function present(e: usize, row: usize): void { store<u8>(<usize>load<u32>(e, VALID) + row, 1); }

/** Reads the value at p into the column of e; gives the place after it, or 0. */
@inline function readValue(e: usize, p: usize, row: usize): usize {
  const kind = load<u32>(e, KIND);
  if (kind == KIND_SKIP) return skipValue(p);
  const out = <usize>load<u32>(e, OUT);
  let q: usize = 0;
  if (kind == KIND_STRING) {
    if (load<u8>(p) != 0x22) return readOther(e, p, row);
    q = stringEnd(p + 1);
    if (!q) return 0;
    if (stringFlags & (HAS_ESCAPES | IS_ODD)) return readHardString(e, p, q, row);
    storeView(out + (row << 4), p + 1, <u32>(q - p - 1));
    q++;
  } else if (kind == KIND_BIGINT) {
    q = readInteger(p);
    if (!q) return readOther(e, p, row);
    store<i64>(out + (row << 3), integerValue);
  } else if (kind == KIND_TIMESTAMP) {
    if (load<u8>(p) != 0x22) return readOther(e, p, row);
    q = stringEnd(p + 1);
    if (!q) return 0;
    if (stringFlags || !readTimestamp(p + 1, q)) return fixLater(e, p, q + 1, row, 0);
    let micros = timeMicros;
    if (timeZoneKind == ZONE_NONE) {
      if (micros < zoneFrom || micros >= zoneTo) return fixLater(e, p, q + 1, row, 0);
      micros -= zoneOffset;
    }
    store<i64>(out + (row << 3), micros);
    q++;
  } else if (kind == KIND_DOUBLE) {
    q = readDecimal(p);
    if (!q || !toDouble(powersOfFive)) return readOther(e, p, row);
    store<f64>(out + (row << 3), doubleValue);
  } else return readRarer(e, p, row, kind, out);
  present(e, row);
  return q;
}

function readRarer(e: usize, p: usize, row: usize, kind: u32, out: usize): usize {
  let q: usize = 0;
  switch (kind) {
    case KIND_INT: case KIND_SMALLINT: case KIND_TINYINT: {
      q = readInteger(p);
      if (!q) return readOther(e, p, row);
      const value = integerValue;
      if (kind == KIND_INT) {
        if (<i64><i32>value != value) return unusual(e, p, row);
        store<i32>(out + (row << 2), <i32>value);
      } else if (kind == KIND_SMALLINT) {
        if (<i64><i16>value != value) return unusual(e, p, row);
        store<i16>(out + (row << 1), <i16>value);
      } else {
        // as Jackson's getByteValue: up to 255, and then it wraps
        if (value < -128 || value > 255) return unusual(e, p, row);
        store<i8>(out + row, <i8>value);
      }
      break;
    }
    case KIND_BOOLEAN: {
      const w = load<u32>(p);
      if (w == 0x65757274) { store<u8>(out + row, 1); q = p + 4; }
      else if (w == 0x736c6166 && load<u8>(p + 4) == 0x65) { store<u8>(out + row, 0); q = p + 5; }
      else return readOther(e, p, row);
      break;
    }
    case KIND_FLOAT: {
      q = readDecimal(p);
      if (!q || !toDouble(powersOfFive) || !isFloatSafe(doubleValue)) return readOther(e, p, row);
      store<f32>(out + (row << 2), <f32>doubleValue);
      break;
    }
    case KIND_DECIMAL: {
      q = readDecimal(p);
      if (!q || !toDecimal(load<u32>(e, SCALE)) || <u64>abs(decimalValue) >= load<u64>(e, LIMIT)) return readOther(e, p, row);
      store<i64>(out + (row << 3), decimalValue);
      break;
    }
    case KIND_TIMESTAMP_NTZ: {
      if (load<u8>(p) != 0x22) return readOther(e, p, row);
      q = stringEnd(p + 1);
      if (!q) return 0;
      if (stringFlags || !readTimestamp(p + 1, q) || timeZoneKind != ZONE_NONE) return fixLater(e, p, q + 1, row, 0);
      store<i64>(out + (row << 3), timeMicros);
      q++;
      break;
    }
    case KIND_DATE: {
      if (load<u8>(p) != 0x22) return readOther(e, p, row);
      q = stringEnd(p + 1);
      if (!q) return 0;
      const after = load<u8>(p + 11);
      if (stringFlags || q - p < 11 || !readDate(p + 1) || (q != p + 11 && after != 0x20 && after != 0x54)) return fixLater(e, p, q + 1, row, 0);
      store<i32>(out + (row << 2), <i32>dateDays);
      q++;
      break;
    }
    case KIND_STRUCT: {
      if (load<u8>(p) != 0x7b) return readOther(e, p, row);
      if (load<u8>(<usize>load<u32>(e, VALID) + row) && !clearFields(e, row)) return 0;
      setOuterDepth(++depth);
      q = readObject(e, <usize>load<u32>(e, FIRST), p, row);
      setOuterDepth(--depth);
      if (!q) return 0;
      break;
    }
    default: {
      // RAW: u32 length, zero, u32 pointer
      q = skipValue(p);
      if (!q) return 0;
      const view = out + (row << 4), isNow = !isNull(p);
      if (load<u8>(<usize>load<u32>(e, VALID) + row)) {
        const before = <usize>load<u32>(view, 8);
        if (!fixLater(e, before, before + load<u32>(view), row, 0)) return 0;
      }
      store<u64>(view, <u64>(q - p));
      store<u64>(view, <u64>p, 8);
      store<u8>(<usize>load<u32>(e, VALID) + row, isNow ? 1 : 0);
      return q;
    }
  }
  present(e, row);
  return q;
}

/** Null, or a value that the fast path of its column didn't take. */
function readOther(e: usize, p: usize, row: usize): usize {
  if (isNull(p)) {
    const valid = <usize>load<u32>(e, VALID) + row;
    if (load<u32>(e, KIND) == KIND_STRUCT && load<u8>(valid) && !clearFields(e, row)) return 0;
    store<u8>(valid, 0);
    return p + 4;
  }
  if (load<u32>(e, KIND) != KIND_STRING) return unusual(e, p, row);
  if (load<u8>(p) == 0x27) {
    const end = apostropheEnd(p + 1);
    return end ? readHardString(e, p, end, row) : 0;
  }
  // Spark keeps the text of any other value
  clearOdd();
  const q = skipValue(p);
  if (!q) return 0;
  if (oddSeen) return fixLater(e, p, q, row, q - p);
  storeView(<usize>load<u32>(e, OUT) + (row << 4), p, <u32>(q - p));
  present(e, row);
  return q;
}

/** A string between the quotes at p and q that has escapes, or odd bytes, or is written as 'text'. */
function readHardString(e: usize, p: usize, q: usize, row: usize): usize {
  if (stringFlags & IS_ODD) return fixLater(e, p, q + 1, row, q + 1 - p);
  let from = p + 1, length = <u32>(q - from);
  if (stringFlags & HAS_ESCAPES) {
    if (heap + length > heapEnd) { stop = STOP_HEAP; return 0; }
    const at = heap;
    length = unescape(from, q, at);
    heap += length;
    from = at;
  }
  storeView(<usize>load<u32>(e, OUT) + (row << 4), from, length);
  present(e, row);
  return q + 1;
}

/** Reads the object whose opening brace is at p into the fields of `parent` (0: columns); gives the place after its closing brace, or 0. Recursion is as deep as the schema. */
function readObject(parent: usize, head: usize, p: usize, row: usize): usize {
  let e = head;
  while (true) {
    const guess = <usize>load<u32>(e, NEXT);
    if (matches(guess, p)) {
      p += load<u32>(guess, PATTERN_LENGTH);
      e = guess;
    } else {
      p = skipSpace(p + 1);
      if (load<u8>(p) == 0x7d && e == head) return p + 1;
      e = findKey(parent, e, p);
      if (!e) return 0;
      p = keyEnd;
    }
    if (load<u8>(p) <= 32) p = skipSpace(p);
    p = readValue(e, p, row);
    if (!p) return 0;
    if (fixCount != rowFixes) supersede(e, p);
    let c = load<u8>(p);
    if (c <= 32) { p = skipSpace(p); c = load<u8>(p); }
    if (c != 0x2c) return c == 0x7d ? p + 1 : fail(ERROR_SYNTAX, p);
  }
}

function clearRow(row: usize): void {
  for (let i: u32 = 0; i < columnCount; i++) store<u8>(<usize>load<u32>(<usize>load<u32>(columns + (<usize>i << 2)), VALID) + row, 0);
}

/** Before the records of a call: takes over what is in the context. Gives the entry before the first key. */
export function openValues(context: usize): usize {
  heap = <usize>load<u32>(context, C_HEAP);
  heapEnd = <usize>load<u32>(context, C_HEAP_END);
  openKeys(context, heapEnd - (heapEnd - heap) / 4, heapEnd);
  heapEnd -= (heapEnd - heap) / 4;
  clearScratchTooSmall();
  fixes = <usize>load<u32>(context, C_FIXES);
  fixCapacity = load<u32>(context, C_FIX_CAPACITY);
  fixCount = 0;
  powersOfFive = <usize>load<u32>(context, C_POWERS_OF_FIVE);
  zoneFrom = load<i64>(context, C_ZONE_FROM);
  zoneTo = load<i64>(context, C_ZONE_TO);
  zoneOffset = load<i64>(context, C_ZONE_OFFSET);
  stop = 0;
  columns = <usize>load<u32>(context, C_COLUMNS);
  columnCount = load<u32>(context, C_COLUMN_COUNT);
  depth = 0;
  setOuterDepth(0);
  return firstEntry();
}

export function closeValues(context: usize): void {
  closeKeys(context);
  store<u32>(context, fixCount, C_FIX_COUNT);
  store<u32>(context, stop, C_STOP);
}

/** Reads the record whose opening brace is at p into a row; gives the place after it, or 0: then the row is null, and `stop` or an error is set. */
export function readRecord(head: usize, p: usize, row: usize): usize {
  rowFixes = fixCount;
  heapBefore = heap;
  const q = readObject(0, head, p, row);
  if (!q) undoRecord(row);
  return q;
}

/** Makes the row that was read last one of nulls. */
export function undoRecord(row: usize): void {
  fixCount = rowFixes;
  heap = heapBefore;
  depth = 0;
  setOuterDepth(0);
  clearRow(row);
  if (scratchTooSmall) stop = STOP_HEAP;
}

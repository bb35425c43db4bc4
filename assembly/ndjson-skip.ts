// Values that are passed over: unknown keys, pruned columns, nested columns kept as text. The whole grammar is checked.
import { numberEnd } from "./ndjson-numbers";
import { ERROR_DEPTH, ERROR_NUMBER_LENGTH, ERROR_SYNTAX, fail, isDigit, skipSpace } from "./ndjson-state";
import { apostropheEnd, stringEnd } from "./ndjson-strings";

/** As Jackson's StreamReadConstraints; the record's own object is level 1. */
const MAX_DEPTH: i32 = 1000;
const MAX_NUMBER_LENGTH: usize = 1000;
/** STRUCT columns around the value. */
let outerDepth: i32 = 0;
export function setOuterDepth(depth: i32): void { outerDepth = depth; }
/** One byte a level: 1 for an object. */
const LEVELS: usize = memory.data(1024, 16);

/** A word of four bytes at p, as a number. */
@inline function word(p: usize): u32 { return load<u32>(p); }
const TRUE: u32 = 0x65757274, NULL: u32 = 0x6c6c756e, FALS: u32 = 0x736c6166;

@inline export function isNull(p: usize): bool { return word(p) == NULL; }

/** The place after the value at p, or 0 with the error set. */
export function skipValue(p: usize): usize {
  const c = load<u8>(p);
  if (c == 0x22) { const q = stringEnd(p + 1); return q ? q + 1 : 0; }
  if (c == 0x7b || c == 0x5b) return skipNested(p);
  return skipScalar(p, c);
}

/** Anything but a double-quoted string, object or array. */
function skipScalar(p: usize, c: u32): usize {
  if (isDigit(c) || (c == 0x2d && isDigit(load<u8>(p + 1)))) {
    const end = numberEnd(p);
    if (!end) return fail(ERROR_SYNTAX, p);
    return end - p > MAX_NUMBER_LENGTH && countDigits(p, end) > MAX_NUMBER_LENGTH ? fail(ERROR_NUMBER_LENGTH, p) : end;
  }
  if (c == 0x27) { const q = apostropheEnd(p + 1); return q ? q + 1 : 0; }
  const w = word(p);
  if (w == TRUE || w == NULL) return p + 4;
  if (w == FALS && load<u8>(p + 4) == 0x65) return p + 5;
  return nonNumericEnd(p, c);
}

function countDigits(p: usize, end: usize): usize {
  let count: usize = 0;
  for (; p < end; p++) if (isDigit(load<u8>(p))) count++;
  return count;
}

/** NaN, Infinity, -Infinity, +Infinity, -INF, +INF: Spark's JSON reader allows them as numbers (allowNonNumericNumbers). */
function nonNumericEnd(p: usize, c: u32): usize {
  if (c == 0x4e && (word(p) & 0xffffff) == 0x4e614e) return p + 3;
  const q = c == 0x2b || c == 0x2d ? p + 1 : p;
  if (load<u64>(q) == 0x7974696E69666E49) return q + 8;
  if (q != p && (word(q) & 0xffffff) == 0x464E49) return q + 3;
  return fail(ERROR_SYNTAX, p);
}

function skipNested(p: usize): usize {
  const limit = MAX_DEPTH - outerDepth;
  let depth = 1, isObject = load<u8>(p) == 0x7b;
  store<u8>(LEVELS, isObject ? 1 : 0);
  p = skipSpace(p + 1);
  if (load<u8>(p) == (isObject ? 0x7d : 0x5d)) return p + 1;
  while (true) {
    if (isObject) {
      const quote = load<u8>(p);
      if (quote != 0x22 && quote != 0x27) return fail(ERROR_SYNTAX, p);
      const q = quote == 0x22 ? stringEnd(p + 1) : apostropheEnd(p + 1);
      if (!q) return 0;
      p = q + 1;
      if (load<u8>(p) != 0x3a) { p = skipSpace(p); if (load<u8>(p) != 0x3a) return fail(ERROR_SYNTAX, p); }
      p++;
      if (load<u8>(p) <= 32) p = skipSpace(p);
    }
    const c = load<u8>(p);
    if (c == 0x22) {
      const q = stringEnd(p + 1);
      if (!q) return 0;
      p = q + 1;
    } else if (c == 0x7b || c == 0x5b) {
      if (++depth >= limit) return fail(ERROR_DEPTH, p);
      isObject = c == 0x7b;
      store<u8>(LEVELS + depth - 1, isObject ? 1 : 0);
      p = skipSpace(p + 1);
      if (load<u8>(p) != (isObject ? 0x7d : 0x5d)) continue;
    } else {
      p = skipScalar(p, c);
      if (!p) return 0;
    }
    // after a value: closing brackets, then a comma and the next value
    while (true) {
      let next = load<u8>(p);
      if (next <= 32) { p = skipSpace(p); next = load<u8>(p); }
      if (next == (isObject ? 0x7d : 0x5d)) {
        p++;
        if (--depth == 0) return p;
        isObject = load<u8>(LEVELS + depth - 1) != 0;
        continue;
      }
      if (next != 0x2c) return fail(ERROR_SYNTAX, p);
      break;
    }
    p++;
    if (load<u8>(p) <= 32) p = skipSpace(p);
  }
}

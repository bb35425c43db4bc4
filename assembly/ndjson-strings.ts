// Strings: finding the end with all that Jackson checks on the way (control characters, escapes, UTF-8), and unescaping.
import { ERROR_CONTROL, ERROR_ESCAPE, ERROR_UTF8, fail } from "./ndjson-state";

/** The string just scanned has a backslash. */
export const HAS_ESCAPES: u32 = 1;
const HAS_NON_ASCII: u32 = 2;
/** It has bytes that decode only leniently (overlong forms, surrogates, beyond U+10FFFF) or lone \u surrogates: JavaScript makes its text. */
export const IS_ODD: u32 = 4;
export let stringFlags: u32 = 0;

/** A string with IS_ODD was met since this was cleared. */
export let oddSeen: bool = false;
export function clearOdd(): void { oddSeen = false; }
/** The same of a record. */
export let oddInRecord: bool = false;
export function clearOddInRecord(): void { oddInRecord = false; }

const QUOTE: u8 = 0x22, APOSTROPHE: u8 = 0x27, BACKSLASH: u8 = 0x5c;

/** Bits of the bytes that are a quote, a backslash, a control character or not ASCII. */
@inline export function specialBytes(v: v128): i32 {
  return i8x16.bitmask(v128.or(
    v128.or(i8x16.eq(v, i8x16.splat(QUOTE)), i8x16.eq(v, i8x16.splat(BACKSLASH))), i8x16.lt_s(v, i8x16.splat(0x20)),
  ));
}

/** The closing quote of the string whose first byte is p, or 0. Sets stringFlags. */
@inline export function stringEnd(p: usize): usize {
  let q = p, special = specialBytes(v128.load(q));
  while (!special) { q += 16; special = specialBytes(v128.load(q)); }
  q += ctz(special);
  if (load<u8>(q) == QUOTE) { stringFlags = 0; return q; }
  return stringEndSlow(p, q, QUOTE);
}

/** The closing apostrophe of a string written as 'text'. */
export function apostropheEnd(p: usize): usize { return stringEndSlow(p, p, APOSTROPHE); }

function stringEndSlow(start: usize, q: usize, quote: u8): usize {
  let flags: u32 = 0;
  while (true) {
    const v = v128.load(q);
    const stops = i8x16.bitmask(v128.or(
      v128.or(i8x16.eq(v, i8x16.splat(quote)), i8x16.eq(v, i8x16.splat(BACKSLASH))), i8x16.lt_u(v, i8x16.splat(0x20)),
    ));
    const high = i8x16.bitmask(v);
    if (!stops) {
      if (high) flags |= HAS_NON_ASCII;
      q += 16;
      continue;
    }
    const at = ctz(stops);
    if (high & ((1 << at) - 1)) flags |= HAS_NON_ASCII;
    q += at;
    const c = load<u8>(q);
    if (c == quote) break;
    if (c != BACKSLASH) return fail(ERROR_CONTROL, q);
    flags |= HAS_ESCAPES;
    const escaped = load<u8>(q + 1);
    if (escaped == 0x75) {
      const unit = hex4(q + 2);
      if (unit < 0) return fail(ERROR_ESCAPE, q);
      if ((unit & 0xf800) == 0xd800) {
        // a pair is passed as one, so that its second half isn't met alone
        if (unit >= 0xdc00 || load<u16>(q + 6) != 0x755c || (hex4(q + 8) & ~0x3ff) != 0xdc00) flags |= IS_ODD;
        else q += 6;
      }
      q += 6;
      continue;
    }
    if (!isSimpleEscape(escaped)) return fail(ERROR_ESCAPE, q);
    q += 2;
  }
  if (flags & HAS_NON_ASCII) {
    const kind = checkUtf8(start, q);
    if (kind < 0) return 0;
    if (kind) flags |= IS_ODD;
  }
  if (flags & IS_ODD) oddSeen = oddInRecord = true;
  stringFlags = flags;
  return q;
}

/** The characters that may follow a backslash, u apart. The apostrophe is one of them because 'text' is allowed. */
@inline function isSimpleEscape(c: u8): bool {
  return c == QUOTE || c == BACKSLASH || c == 0x2f || c == 0x6e || c == 0x74 || c == 0x72 || c == 0x62 || c == 0x66 || c == APOSTROPHE;
}

@inline function isContinuation(p: usize): bool { return (load<u8>(p) & 0xc0) == 0x80; }

/**
 * 0: UTF-8. 1: only the lead and continuation bytes fit each other (what Jackson asks for). -1: not even that, and the
 * error is set. [p, end) is followed by a quote, so a sequence cut off by the end fails at it.
 */
function checkUtf8(p: usize, end: usize): i32 {
  let odd = 0;
  while (p < end) {
    if (p + 16 <= end && !i8x16.bitmask(v128.load(p))) { p += 16; continue; }
    const c = load<u8>(p);
    if (c < 0x80) { p++; continue; }
    if ((c & 0xe0) == 0xc0) {
      if (!isContinuation(p + 1)) { fail(ERROR_UTF8, p); return -1; }
      if (c < 0xc2) odd = 1;
      p += 2;
    } else if ((c & 0xf0) == 0xe0) {
      if (!isContinuation(p + 1) || !isContinuation(p + 2)) { fail(ERROR_UTF8, p); return -1; }
      const second = load<u8>(p + 1);
      if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f)) odd = 1;
      p += 3;
    } else if ((c & 0xf8) == 0xf0) {
      if (!isContinuation(p + 1) || !isContinuation(p + 2) || !isContinuation(p + 3)) { fail(ERROR_UTF8, p); return -1; }
      const second = load<u8>(p + 1);
      if ((c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f) || c > 0xf4) odd = 1;
      p += 4;
    } else { fail(ERROR_UTF8, p); return -1; }
  }
  return odd;
}

@inline function hexDigit(c: u32): i32 { return c - 48 < 10 ? <i32>(c - 48) : (c | 32) - 97 < 6 ? <i32>((c | 32) - 87) : -1; }

/** The value of four hexadecimal digits, or a negative number. Never reads past the first byte that is no digit's line. */
@inline function hex4(p: usize): i32 {
  const a = hexDigit(load<u8>(p)), b = hexDigit(load<u8>(p + 1)), c = hexDigit(load<u8>(p + 2)), d = hexDigit(load<u8>(p + 3));
  return (a | b | c | d) < 0 ? -1 : (a << 12) | (b << 8) | (c << 4) | d;
}

/** Unescapes the checked string [p, end), which has no lone surrogate, to `out`. Gives the length, at most end - p. */
export function unescape(p: usize, end: usize, out: usize): u32 {
  let d = out;
  while (p < end) {
    // copies 16 bytes at a time up to the next backslash; what lies behind it is overwritten
    const v = v128.load(p), stops = i8x16.bitmask(i8x16.eq(v, i8x16.splat(BACKSLASH)));
    const run = min(<usize>ctz(stops | 0x10000), end - p);
    if (run) {
      if (end - p >= 16) v128.store(d, v);
      else for (let i: usize = 0; i < run; i++) store<u8>(d + i, load<u8>(p + i));
      p += run;
      d += run;
      continue;
    }
    const c = load<u8>(p + 1);
    p += 2;
    if (c != 0x75) {
      store<u8>(d++, c == 0x6e ? 10 : c == 0x74 ? 9 : c == 0x72 ? 13 : c == 0x62 ? 8 : c == 0x66 ? 12 : c);
      continue;
    }
    let point = hex4(p);
    p += 4;
    if ((point & 0xfc00) == 0xd800) {
      point = 0x10000 + ((point - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
      p += 6;
    }
    if (point < 0x80) store<u8>(d++, <u8>point);
    else {
      if (point < 0x800) store<u8>(d++, <u8>(0xc0 | (point >> 6)));
      else {
        if (point < 0x10000) store<u8>(d++, <u8>(0xe0 | (point >> 12)));
        else {
          store<u8>(d++, <u8>(0xf0 | (point >> 18)));
          store<u8>(d++, <u8>(0x80 | ((point >> 12) & 63)));
        }
        store<u8>(d++, <u8>(0x80 | ((point >> 6) & 63)));
      }
      store<u8>(d++, <u8>(0x80 | (point & 63)));
    }
  }
  return <u32>(d - out);
}

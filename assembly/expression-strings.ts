// Kernels over string views: 16 bytes, u32 length, then up to 12 bytes inline, or 4 bytes of prefix and a pointer. Views of
// null rows are empty: kernels rely on it, and leave it so.
import { rowOf } from "./expression-select";

// @ts-ignore: decorator
@inline function bytesOf(view: usize): usize {
  return load<u32>(view) <= 12 ? view + 4 : <usize>load<u32>(view, 8);
}

/** Writes a view of bytes that stay where they are; short ones are copied in. */
export function writeView(view: usize, from: usize, length: u32): void {
  if (length <= 12) {
    let low: u64 = 0, high: u32 = 0;
    if (length >= 8) { low = load<u64>(from); for (let i: u32 = 8; i < length; i++) high |= <u32>load<u8>(from + i) << ((i - 8) << 3); }
    else for (let i: u32 = 0; i < length; i++) low |= <u64>load<u8>(from + i) << (i << 3);
    store<u32>(view, length);
    store<u64>(view, low, 4);
    store<u32>(view, high, 12);
  } else {
    store<u32>(view, length);
    store<u32>(view, load<u32>(from), 4);
    store<u64>(view, <u64>from, 8);
  }
}

/** Code points of each string (`inBytes` 0), or bytes, as i32. */
export function stringLength(inBytes: u32, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4), length = load<u32>(view);
    let n: i32 = length;
    if (inBytes == 0) {
      const from = bytesOf(view), end = from + length;
      let p = from;
      for (; p + 8 <= end; p += 8) {
        const w = load<u64>(p);
        n -= <i32>popcnt<u64>((w >> 7) & (~w >> 6) & 0x0101010101010101);
      }
      for (; p < end; p++) n -= <i32>((load<u8>(p) & 0xc0) == 0x80);
    }
    store<i32>(out + (r << 2), n);
  }
}

/** Bytes that strings too long for their view take together. */
export function longBytes(a: usize, am: u32, sel: usize, count: u32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = load<u32>(a + ((rowOf(sel, i) & <usize>am) << 4));
    if (length > 12) total += <f64>length;
  }
  return total;
}

/** Upper (`toLower` 0) or lower case of ASCII strings; returns the first row with other bytes, or -1. Long results go to `heap`. */
export function changeCase(toLower: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): i32 {
  const first: u32 = toLower == 0 ? 97 : 65;
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4);
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    const length = load<u32>(view), from = bytesOf(view);
    const to = length <= 12 ? out + (r << 4) + 4 : next;
    if (length <= 12) v128.store(out + (r << 4), v128.load(view));
    for (let j: usize = 0; j < <usize>length; j++) {
      const c = <u32>load<u8>(from + j);
      if (c > 127) return <i32>r;
      store<u8>(to + j, <u8>(c - first < 26 ? c ^ 32 : c));
    }
    if (length > 12) {
      writeView(out + (r << 4), next, length);
      next += length;
    }
  }
  return -1;
}

// @ts-ignore: decorator
@inline function skipPoints(p: usize, end: usize, n: i32): usize {
  while (n > 0 && p < end) {
    p++;
    while (p < end && (load<u8>(p) & 0xc0) == 0x80) p++;
    n--;
  }
  return p;
}

/** `length` code points from `position` (1 is the first, negative counts from the end, 0 is 1); results share the bytes of their strings. */
export function substringViews(a: usize, am: u32, position: i32, length: i32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4), bytes = load<u32>(view), from = bytesOf(view), end = from + bytes;
    let start: i64 = position > 0 ? <i64>position - 1 : 0;
    if (position < 0) {
      let points: i64 = bytes;
      for (let p = from; p < end; p++) points -= <i64>((load<u8>(p) & 0xc0) == 0x80);
      start = points + <i64>position;
    }
    const stop = start + <i64>length;
    if (start < 0) start = 0;
    if (stop <= start) { writeView(out + (r << 4), from, 0); continue; }
    const p = skipPoints(from, end, <i32>min<i64>(start, 0x7fffffff));
    const q = skipPoints(p, end, <i32>min<i64>(stop - start, 0x7fffffff));
    writeView(out + (r << 4), p, <u32>(q - p));
  }
}

/** Tests of strings: 0 starts with, 1 ends with, 2 contains. */
export function stringTest(op: u32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = a + ((r & <usize>am) << 4), y = b + ((r & <usize>bm) << 4);
    const m = <usize>load<u32>(x), n = <usize>load<u32>(y), from = bytesOf(x), other = bytesOf(y);
    let found = false;
    if (n <= m) {
      if (op == 0) found = memory.compare(from, other, n) == 0;
      else if (op == 1) found = memory.compare(from + m - n, other, n) == 0;
      else if (n == 0) found = true;
      else {
        const head = load<u8>(other);
        for (let p = from, last = from + m - n; p <= last; p++) {
          if (load<u8>(p) == head && memory.compare(p, other, n) == 0) { found = true; break; }
        }
      }
    }
    store<u8>(out + r, <u8>found);
  }
}

/** Bytes that joined strings take that are too long for a view. */
export function joinedBytes(a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), length = <u64>load<u32>(a + ((r & <usize>am) << 4)) + <u64>load<u32>(b + ((r & <usize>bm) << 4));
    if (length > 12) total += <f64>length;
  }
  return total;
}

/** Joins two strings a row. Long results go to `heap`. Null rows (`valid`) are left out. */
export function joinStrings(a: usize, am: u32, b: usize, bm: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): void {
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    const x = a + ((r & <usize>am) << 4), y = b + ((r & <usize>bm) << 4), m = load<u32>(x), n = load<u32>(y), view = out + (r << 4);
    if (m + n <= 12) {
      store<u32>(view, m + n);
      store<u64>(view, 0, 4);
      store<u32>(view, 0, 12);
      memory.copy(view + 4, x + 4, m);
      memory.copy(view + 4 + m, y + 4, n);
    } else {
      memory.copy(next, bytesOf(x), m);
      memory.copy(next + m, bytesOf(y), n);
      writeView(view, next, m + n);
      next += m + n;
    }
  }
}

/** Decimal digits of whole numbers (kinds 1 i8 to 4 i64) as views; those longer than 12 go to `heap` (24 bytes a row are enough). */
export function integersToViews(kind: u32, a: usize, am: u32, sel: usize, count: u32, out: usize, heap: usize): void {
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am;
    const x: i64 = kind == 4 ? load<i64>(a + (m << 3)) : kind == 3 ? <i64>load<i32>(a + (m << 2)) : kind == 2 ? <i64>load<i16>(a + (m << 1)) : <i64>load<i8>(a + m);
    let rest: u64 = x < 0 ? 0 - <u64>x : <u64>x, p = next + 24;
    do {
      const q = rest / 10;
      store<u8>(--p, <u8>(rest - q * 10 + 48));
      rest = q;
    } while (rest != 0);
    if (x < 0) store<u8>(--p, 45);
    const length = <u32>(next + 24 - p);
    writeView(out + (r << 4), p, length);
    if (length > 12) next += 24;
  }
}

/** Views of digits with an optional sign to whole numbers (kinds 1 to 4); returns the first row that is none or out of range, or -1. Blanks around are left to the slow path. */
export function viewsToIntegers(kind: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4);
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    const length = load<u32>(view);
    let p = bytesOf(view);
    const end = p + length, sign = length == 0 ? 0 : load<u8>(p);
    if (sign == 45 || sign == 43) p++;
    if (p == end || end - p > 18) return <i32>r;
    let x: i64 = 0;
    for (; p < end; p++) {
      const d = <u32>load<u8>(p) - 48;
      if (d > 9) return <i32>r;
      x = x * 10 + d;
    }
    if (sign == 45) x = -x;
    if (kind == 4) store<i64>(out + (r << 3), x);
    else if (kind == 3) { if (<i64><i32>x != x) return <i32>r; store<i32>(out + (r << 2), <i32>x); }
    else if (kind == 2) { if (<i64><i16>x != x) return <i32>r; store<i16>(out + (r << 1), <i16>x); }
    else { if (<i64><i8>x != x) return <i32>r; store<i8>(out + r, <i8>x); }
  }
  return -1;
}

// @ts-ignore: decorator
@inline function twoDigits(p: usize, n: u32): void {
  store<u16>(p, <u16>((n / 10 + 48) | ((n % 10 + 48) << 8)));
}

/** `yyyy-MM-dd` of a day of the years 0 to 9999 (after Hinnant, "chrono-compatible low-level date algorithms"). */
// @ts-ignore: decorator
@inline function writeDate(p: usize, epochDay: i64): bool {
  const z = epochDay + 719468;
  if (z < 306 || z >= 3652365) return false;
  const era = z / 146097, dayOfEra = z - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100), shifted = (5 * dayOfYear + 2) / 153;
  const month = <u32>(shifted < 10 ? shifted + 3 : shifted - 9), day = <u32>(dayOfYear - (153 * shifted + 2) / 5 + 1);
  const year = <u32>(yearOfEra + era * 400 + <i64>(month <= 2));
  if (year > 9999) return false;
  twoDigits(p, year / 100);
  twoDigits(p + 2, year % 100);
  store<u8>(p + 4, 45);
  twoDigits(p + 5, month);
  store<u8>(p + 7, 45);
  twoDigits(p + 8, day);
  return true;
}

/** `yyyy-MM-dd HH:mm:ss[.ffffff]` of microseconds on a clock, at `heap` (26 bytes a row); returns the first row of another year than 0 to 9999, or -1. */
export function timestampsToViews(a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): i32 {
  let p = heap, lastDay: i64 = i64.MIN_VALUE, lastText: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    const t = load<i64>(a + ((r & <usize>am) << 3));
    let day = t / 86400000000;
    if (day * 86400000000 > t) day--;
    const micros = t - day * 86400000000, second = <u32>(micros / 1000000);
    if (day == lastDay) memory.copy(p, lastText, 10);
    else if (!writeDate(p, day)) return <i32>r;
    lastDay = day;
    lastText = p;
    store<u8>(p + 10, 32);
    twoDigits(p + 11, second / 3600);
    store<u8>(p + 13, 58);
    twoDigits(p + 14, second / 60 % 60);
    store<u8>(p + 16, 58);
    twoDigits(p + 17, second % 60);
    let length: u32 = 19, fraction = <u32>(micros % 1000000);
    if (fraction != 0) {
      store<u8>(p + 19, 46);
      twoDigits(p + 20, fraction / 10000);
      twoDigits(p + 22, fraction / 100 % 100);
      twoDigits(p + 24, fraction % 100);
      length = 26;
      while (load<u8>(p + length - 1) == 48) length--;
    }
    writeView(out + (r << 4), p, length);
    p += length;
  }
  return -1;
}

/** `yyyy-MM-dd` of days, inline in the views; returns the first row of another year than 0 to 9999, or -1. */
export function datesToViews(a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = out + (r << 4);
    v128.store(view, i64x2.splat(0));
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    if (!writeDate(view + 4, <i64>load<i32>(a + ((r & <usize>am) << 2)))) return <i32>r;
    store<u32>(view, 10);
  }
  return -1;
}

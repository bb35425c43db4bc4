// Kernels over string views that cut, search, replace and fill. Views, rows and masks as in expression-strings. What they give
// shares the bytes of its string, or lies in `heap`, as many bytes as the kernel's twin `...Bytes` counted.
import { rowOf } from "./expression-select";
import { writeView } from "./expression-strings";

// @ts-ignore: decorator
@inline function bytesOf(view: usize): usize {
  return load<u32>(view) <= 12 ? view + 4 : <usize>load<u32>(view, 8);
}
// @ts-ignore: decorator
@inline function viewOf(data: usize, mask: u32, r: usize): usize { return data + ((r & <usize>mask) << 4); }

/** Where `n` bytes at `wanted` first stand in [p, end); 0 if nowhere. */
function find(p: usize, end: usize, wanted: usize, n: usize): usize {
  if (<usize>(end - p) < n || end < p) return 0;
  const last = end - n, head = load<u8>(wanted), heads = i8x16.splat(<i8>head);
  while (p <= last) {
    let m = <u32>i8x16.bitmask(i8x16.eq(v128.load(p), heads));
    if (m == 0) { p += 16; continue; }
    p += ctz(m);
    if (p > last) return 0;
    if (n == 1 || memory.compare(p, wanted, n) == 0) return p;
    p++;
  }
  return 0;
}
/** Where they last stand, beginning at or before p; 0 if nowhere. */
function findBack(from: usize, p: usize, wanted: usize, n: usize): usize {
  const head = load<u8>(wanted);
  for (; p >= from; p--) if (load<u8>(p) == head && memory.compare(p, wanted, n) == 0) return p;
  return 0;
}

function pointsIn(p: usize, end: usize): i32 {
  let n = <i32>(end - p);
  for (; p + 8 <= end; p += 8) {
    const w = load<u64>(p);
    n -= <i32>popcnt<u64>((w >> 7) & (~w >> 6) & 0x0101010101010101);
  }
  for (; p < end; p++) n -= <i32>((load<u8>(p) & 0xc0) == 0x80);
  return n;
}

/** Drops bytes of a set of ASCII characters (bit c of low, high) at the ends (`sides`: 1 front, 2 back). */
export function trimViews(sides: u32, low: u64, high: u64, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r);
    let from = bytesOf(view), end = from + load<u32>(view);
    if (sides & 1) for (; from < end; from++) { const c = <u32>load<u8>(from); if (c > 127 || (((c < 64 ? low : high) >> (c & 63)) & 1) == 0) break; }
    if (sides & 2) for (; end > from; end--) { const c = <u32>load<u8>(end - 1); if (c > 127 || (((c < 64 ? low : high) >> (c & 63)) & 1) == 0) break; }
    writeView(out + (r << 4), from, <u32>(end - from));
  }
}

/** The place, in code points from 1, where b first stands in a; 0 if nowhere, 1 of an empty b. */
export function positionViews(a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), wanted = viewOf(b, bm, r), from = bytesOf(view), n = <usize>load<u32>(wanted);
    const at = n == 0 ? from : find(from, from + load<u32>(view), bytesOf(wanted), n);
    store<i32>(out + (r << 2), at == 0 ? 0 : pointsIn(from, at) + 1);
  }
}

/** One part of a string cut at a delimiter that isn't empty: the `part`th from 1, from the end when negative; empty if there is none. */
export function partViews(part: i32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), delimiter = viewOf(b, bm, r), n = <usize>load<u32>(delimiter), d = bytesOf(delimiter);
    let from = bytesOf(view), wanted = part;
    const end = from + load<u32>(view);
    if (part < 0) {
      wanted = part + 2;
      for (let p = from; (p = find(p, end, d, n)) != 0; p += n) wanted++;
    }
    if (wanted <= 0) { writeView(out + (r << 4), from, 0); continue; }
    while (wanted > 1) {
      const at = find(from, end, d, n);
      if (at == 0) break;
      from = at + n;
      wanted--;
    }
    if (wanted > 1) { writeView(out + (r << 4), from, 0); continue; }
    const at = find(from, end, d, n);
    writeView(out + (r << 4), from, <u32>((at == 0 ? end : at) - from));
  }
}

/** What stands before the `wanted`th place of a delimiter that isn't empty, or behind it, from the end, when negative; places may overlap. */
export function indexViews(wanted: i32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), delimiter = viewOf(b, bm, r), n = <usize>load<u32>(delimiter), d = bytesOf(delimiter);
    let from = bytesOf(view), end = from + load<u32>(view), left = wanted;
    if (wanted > 0) {
      let at = from - 1;
      for (; left > 0; left--) if ((at = find(at + 1, end, d, n)) == 0) break;
      if (left == 0) end = at;
    } else if (wanted < 0) {
      let at = end - n + 1;
      for (; left < 0; left++) if (at <= from || (at = findBack(from, at - 1, d, n)) == 0) break;
      if (left == 0) from = at + n;
    } else end = from;
    writeView(out + (r << 4), from, <u32>(end - from));
  }
}

/** Bytes of all strings with each place of b, which isn't empty, replaced by c. */
export function replaceBytes(a: usize, am: u32, b: usize, bm: u32, c: usize, cm: u32, valid: usize, sel: usize, count: u32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), wanted = viewOf(b, bm, r), n = <usize>load<u32>(wanted), grow = <f64>load<u32>(viewOf(c, cm, r)) - <f64>n;
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    const end = bytesOf(view) + load<u32>(view);
    total += <f64>load<u32>(view);
    if (n != 0) for (let p = bytesOf(view); (p = find(p, end, bytesOf(wanted), n)) != 0; p += n) total += grow;
  }
  return total;
}

export function replaceViews(a: usize, am: u32, b: usize, bm: u32, c: usize, cm: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): void {
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), wanted = viewOf(b, bm, r), other = viewOf(c, cm, r), n = <usize>load<u32>(wanted), m = <usize>load<u32>(other);
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    let p = bytesOf(view);
    const end = p + load<u32>(view), start = next;
    let at = n == 0 ? 0 : find(p, end, bytesOf(wanted), n);
    if (at == 0) { writeView(out + (r << 4), p, load<u32>(view)); continue; }
    for (; at != 0; at = find(p, end, bytesOf(wanted), n)) {
      memory.copy(next, p, at - p);
      next += at - p;
      memory.copy(next, bytesOf(other), m);
      next += m;
      p = at + n;
    }
    memory.copy(next, p, end - p);
    next += end - p;
    writeView(out + (r << 4), start, <u32>(next - start));
  }
}

/** Bytes that strings filled up to a number of code points take. */
export function padBytes(points: i32, padBytesEach: f64, a: usize, am: u32, sel: usize, count: u32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const view = viewOf(a, am, rowOf(sel, i)), have = pointsIn(bytesOf(view), bytesOf(view) + load<u32>(view));
    total += <f64>load<u32>(view) + (have < points ? <f64>(points - have) * padBytesEach : 0);
  }
  return total;
}

/** Strings filled on the left (`side` 0) or right with `pad` (ASCII, not empty) up to a number of code points; longer ones are cut. */
export function padViews(side: u32, points: i32, pad: usize, a: usize, am: u32, sel: usize, count: u32, out: usize, heap: usize): void {
  const padding = bytesOf(pad), padLength = <i32>load<u32>(pad);
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), from = bytesOf(view), length = <usize>load<u32>(view), have = pointsIn(from, from + length);
    if (have >= points) {
      let p = from, left = points;
      for (; left > 0; left--) { p++; while (p < from + length && (load<u8>(p) & 0xc0) == 0x80) p++; }
      writeView(out + (r << 4), from, <u32>(p - from));
      continue;
    }
    const missing = points - have, start = next;
    if (side == 1) { memory.copy(next, from, length); next += length; }
    for (let j = 0, k = 0; j < missing; j++) {
      store<u8>(next++, load<u8>(padding + k));
      if (++k == padLength) k = 0;
    }
    if (side == 0) { memory.copy(next, from, length); next += length; }
    writeView(out + (r << 4), start, <u32>(next - start));
  }
}

/** Each string `times` times. */
export function repeatViews(times: i32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): void {
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), length = load<u32>(view), start = next;
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    for (let j = 0; j < times; j++) { memory.copy(next, bytesOf(view), length); next += length; }
    writeView(out + (r << 4), start, <u32>(next - start));
  }
}

/** ASCII strings by a table of 128 bytes, 255 for characters that go; others fail. Gives the first failing row, or -1. */
export function translateViews(table: usize, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): i32 {
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), from = bytesOf(view), length = <usize>load<u32>(view), start = next;
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    for (let j: usize = 0; j < length; j++) {
      const c = load<u8>(from + j);
      if (c > 127) return <i32>r;
      const t = load<u8>(table + c);
      store<u8>(next, t);
      next += <usize>(t != 255);
    }
    writeView(out + (r << 4), start, <u32>(next - start));
  }
  return -1;
}

/** ASCII strings from behind to front (`how` 0), or with the first letter of each word large and the others small (1). Gives the first failing row, or -1. */
export function rearrangeViews(how: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): i32 {
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), from = bytesOf(view), length = <usize>load<u32>(view), start = next;
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    let first: u32 = 97;
    for (let j: usize = 0; j < length; j++) {
      const c = <u32>load<u8>(how == 0 ? from + length - 1 - j : from + j);
      if (c > 127) return <i32>r;
      store<u8>(next++, <u8>(how == 1 && c - first < 26 ? c ^ 32 : c));
      first = c == 32 ? 97 : 65;
    }
    writeView(out + (r << 4), start, <u32>(next - start));
  }
  return -1;
}

/** The first code point of each string; 0 of an empty one. */
export function firstPoints(a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = viewOf(a, am, r), p = bytesOf(view), c = <u32>load<u8>(p);
    let point = c;
    if (c >= 0xf0) point = (c & 7) << 18 | (<u32>load<u8>(p + 1) & 63) << 12 | (<u32>load<u8>(p + 2) & 63) << 6 | (<u32>load<u8>(p + 3) & 63);
    else if (c >= 0xe0) point = (c & 15) << 12 | (<u32>load<u8>(p + 1) & 63) << 6 | (<u32>load<u8>(p + 2) & 63);
    else if (c >= 0xc0) point = (c & 31) << 6 | (<u32>load<u8>(p + 1) & 63);
    store<i32>(out + (r << 2), load<u32>(view) == 0 ? 0 : <i32>point);
  }
}

/** Bytes that `parts` columns take, joined by a separator. A part is (data, mask, validity), a u32 each; nulls are left out. */
export function joinAllBytes(parts: usize, partCount: u32, separator: usize, sel: usize, count: u32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    for (let j: usize = 0; j < <usize>partCount; j++) {
      const part = parts + j * 12, m = r & <usize>load<u32>(part, 4), valid = <usize>load<u32>(part, 8);
      if (valid == 0 || load<u8>(valid + m) != 0) total += <f64>load<u32>(<usize>load<u32>(part) + (m << 4)) + <f64>load<u32>(separator);
    }
  }
  return total;
}

export function joinAllViews(parts: usize, partCount: u32, separator: usize, sel: usize, count: u32, out: usize, heap: usize): void {
  const between = bytesOf(separator), n = <usize>load<u32>(separator);
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), start = next;
    let isFirst = true;
    for (let j: usize = 0; j < <usize>partCount; j++) {
      const part = parts + j * 12, m = r & <usize>load<u32>(part, 4), valid = <usize>load<u32>(part, 8), view = <usize>load<u32>(part) + (m << 4);
      if (valid != 0 && load<u8>(valid + m) == 0) continue;
      if (!isFirst) { memory.copy(next, between, n); next += n; }
      memory.copy(next, bytesOf(view), load<u32>(view));
      next += load<u32>(view);
      isFirst = false;
    }
    writeView(out + (r << 4), start, <u32>(next - start));
  }
}

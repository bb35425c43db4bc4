// LIKE over strings: a pattern in bytes, in which 0xff stands for % and 0xfe for _ (no text in UTF-8 has these bytes). Goes back only
// to the last %, as what stands before it is settled: never more than the product of both lengths.
import { rowOf } from "./expression-select";

const ANY: u8 = 0xff, ONE: u8 = 0xfe;

// @ts-ignore: decorator
@inline function nextPoint(p: usize, end: usize): usize {
  p++;
  while (p < end && (load<u8>(p) & 0xc0) == 0x80) p++;
  return p;
}

/** Where a byte is next, or the end. Up to 16 bytes behind the end are looked at, which are readable behind every buffer. */
function byteFrom(from: usize, end: usize, head: u8): usize {
  for (const h = i8x16.splat(head); from < end; from += 16) {
    const met = i8x16.bitmask(i8x16.eq(v128.load(from), h));
    if (met != 0) return min(from + <usize>ctz(met), end);
  }
  return end;
}
/** Where two bytes follow one another next, or the end; it may be the last byte, with the second one behind the end. */
function pairFrom(from: usize, end: usize, head: u8, second: u8): usize {
  const h = i8x16.splat(head), s = i8x16.splat(second);
  for (; from < end; from += 16) {
    const met = i8x16.bitmask(v128.and(i8x16.eq(v128.load(from), h), i8x16.eq(v128.load(from, 1), s)));
    if (met != 0) return min(from + <usize>ctz(met), end);
  }
  return end;
}

function isLike(text: usize, end: usize, pattern: usize, stop: usize): bool {
  let t = text, p = pattern, afterAny: usize = 0, from: usize = 0;
  while (t < end) {
    const c: u8 = p < stop ? load<u8>(p) : 0;
    if (p < stop && c == ANY) {
      afterAny = ++p;
      if (p == stop) return true;
      from = t;
      continue;
    }
    if (p < stop && c == ONE) {
      t = nextPoint(t, end);
      p++;
      continue;
    }
    if (p < stop && c == load<u8>(t)) {
      t++;
      p++;
      continue;
    }
    if (afterAny == 0) return false;
    p = afterAny;
    from = nextPoint(from, end);
    // On to where the text behind % can begin.
    const head = load<u8>(p), second: u8 = p + 1 < stop ? load<u8>(p, 1) : ANY;
    if (head < ONE) from = second < ONE ? pairFrom(from, end, head, second) : byteFrom(from, end, head);
    t = from;
  }
  while (p < stop && load<u8>(p) == ANY) p++;
  return p == stop;
}

/** Whether strings are like a pattern of `length` bytes; 1 or 0 a row to `out`. */
export function likeViews(a: usize, am: u32, pattern: usize, length: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4), bytes = load<u32>(view), from = bytes <= 12 ? view + 4 : <usize>load<u32>(view, 8);
    store<u8>(out + r, <u8>isLike(from, from + <usize>bytes, pattern, pattern + <usize>length));
  }
}

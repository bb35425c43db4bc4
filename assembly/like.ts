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
    const head = load<u8>(p);
    if (head < ONE) while (from < end && load<u8>(from) != head) from++;
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

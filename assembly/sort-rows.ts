// Sorting of row numbers by columns. A key is turned into a u64 whose unsigned order is that of the values, beside the row's
// number: an entry of 16 bytes. Entries are sorted by radix, least significant byte first, so rows that are equal keep their
// order, and several keys are sorted one after the other, the last one first. Bytes that all entries share cost nothing.
// Kinds: 0 u8, 1 i8, 2 i16, 3 i32, 4 i64, 5 f32, 6 f64, 7 i128 (its upper half), 8 string view (its first 8 bytes), 9 i128 (its lower half).
import { orderViews } from "./expression-compare";

const COUNTS: usize = memory.data(8 * 256 * 4, 8);

// @ts-ignore: decorator
@inline function prefixOf(view: usize): u64 {
  const length = load<u32>(view);
  if (length <= 12) return bswap<u64>(load<u64>(view, 4));
  return bswap<u64>(load<u64>(<usize>load<u32>(view, 8)));
}

// @ts-ignore: decorator
@inline export function wordOf(kind: u32, data: usize, row: usize): u64 {
  const SIGN: u64 = 0x8000000000000000;
  if (kind == 4) return <u64>load<i64>(data + (row << 3)) ^ SIGN;
  if (kind == 3) return <u64>(<i64>load<i32>(data + (row << 2))) ^ SIGN;
  if (kind == 8) return prefixOf(data + (row << 4));
  if (kind == 6 || kind == 5) {
    const x: f64 = kind == 6 ? load<f64>(data + (row << 3)) : <f64>load<f32>(data + (row << 2));
    if (x != x) return u64.MAX_VALUE;
    const bits = x == 0 ? <u64>0 : reinterpret<u64>(x);
    return bits >> 63 != 0 ? ~bits : bits | SIGN;
  }
  if (kind == 7) return <u64>load<i64>(data + (row << 4), 8) ^ SIGN;
  if (kind == 9) return load<u64>(data + (row << 4));
  if (kind == 2) return <u64>(<i64>load<i16>(data + (row << 1))) ^ SIGN;
  if (kind == 1) return <u64>(<i64>load<i8>(data + row)) ^ SIGN;
  return <u64>load<u8>(data + row);
}

/** An entry for each of `count` rows (u32 at `rows`; 0: rows 0 to count - 1). Rows without a value have any word. */
export function sortEntries(kind: u32, data: usize, rows: usize, count: u32, isDescending: bool, out: usize): void {
  const flip: u64 = isDescending ? u64.MAX_VALUE : 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: usize = rows == 0 ? i : <usize>load<u32>(rows + (i << 2));
    store<u64>(out + (i << 4), wordOf(kind, data, row) ^ flip);
    store<u64>(out + (i << 4), <u64>row, 8);
  }
}

/** Sorts entries by their words; `scratch`: as much again. Says where they are then: at `entries` or at `scratch`. */
export function radixEntries(entries: usize, count: u32, scratch: usize): usize {
  const n = <usize>count;
  if (n < 2) return entries;
  if (n < 64) {
    insertEntries(entries, n);
    return entries;
  }
  memory.fill(COUNTS, 0, 8 * 256 * 4);
  const first = load<u64>(entries);
  let varies: u64 = 0;
  for (let i: usize = 0; i < n; i++) varies |= load<u64>(entries + (i << 4)) ^ first;
  for (let i: usize = 0; i < n; i++) {
    const word = load<u64>(entries + (i << 4));
    for (let b: usize = 0; b < 8; b++) {
      if (((varies >> (<u64>b << 3)) & 255) == 0) continue;
      const c = COUNTS + (b << 10) + (<usize>((word >> (<u64>b << 3)) & 255) << 2);
      store<u32>(c, load<u32>(c) + 1);
    }
  }
  let from = entries, to = scratch;
  for (let b: usize = 0; b < 8; b++) {
    const shift = <u64>b << 3;
    if (((varies >> shift) & 255) == 0) continue;
    const counts = COUNTS + (b << 10);
    let sum: u32 = 0;
    for (let i: usize = 0; i < 256; i++) {
      const c = counts + (i << 2), some = load<u32>(c);
      store<u32>(c, sum);
      sum += some;
    }
    for (let i: usize = 0; i < n; i++) {
      const entry = from + (i << 4), word = load<u64>(entry), c = counts + (<usize>((word >> shift) & 255) << 2), at = <usize>load<u32>(c);
      store<u32>(c, <u32>at + 1);
      v128.store(to + (at << 4), v128.load(entry));
    }
    const t = from;
    from = to;
    to = t;
  }
  return from;
}

function insertEntries(entries: usize, n: usize): void {
  for (let i: usize = 1; i < n; i++) {
    const entry = v128.load(entries + (i << 4)), word = load<u64>(entries + (i << 4));
    let k = i;
    while (k > 0 && load<u64>(entries + ((k - 1) << 4)) > word) {
      v128.store(entries + (k << 4), v128.load(entries + ((k - 1) << 4)));
      k--;
    }
    v128.store(entries + (k << 4), entry);
  }
}

/** Entries that are sorted by the first bytes of strings: where these are the same, by all bytes. `scratch`: as much as the entries. */
export function orderLongViews(data: usize, entries: usize, count: u32, isDescending: bool, scratch: usize): void {
  const n = <usize>count;
  for (let from: usize = 0; from < n;) {
    const word = load<u64>(entries + (from << 4));
    let to = from + 1;
    while (to < n && load<u64>(entries + (to << 4)) == word) to++;
    if (to - from > 1) mergeViews(data, entries + (from << 4), to - from, isDescending, scratch);
    from = to;
  }
}

// @ts-ignore: decorator
@inline function isBehind(data: usize, a: usize, b: usize, isDescending: bool): bool {
  const order = orderViews(data + (<usize>load<u32>(a, 8) << 4), data + (<usize>load<u32>(b, 8) << 4));
  return isDescending ? order < 0 : order > 0;
}

/** Stable: by insertion up to 16 entries, then merged, twice as many each round. */
function mergeViews(data: usize, entries: usize, n: usize, isDescending: bool, scratch: usize): void {
  for (let block: usize = 0; block < n; block += 16) {
    const end = min(block + 16, n);
    for (let i = block + 1; i < end; i++) {
      const entry = v128.load(entries + (i << 4));
      v128.store(scratch, entry);
      let k = i;
      while (k > block && isBehind(data, entries + ((k - 1) << 4), scratch, isDescending)) {
        v128.store(entries + (k << 4), v128.load(entries + ((k - 1) << 4)));
        k--;
      }
      v128.store(entries + (k << 4), entry);
    }
  }
  let from = entries, to = scratch;
  for (let width: usize = 16; width < n; width <<= 1) {
    for (let start: usize = 0; start < n; start += width << 1) {
      const middle = min(start + width, n), end = min(middle + width, n);
      let a = start, b = middle;
      for (let out = start; out < end; out++) {
        const takesRight = a >= middle || (b < end && isBehind(data, from + (a << 4), from + (b << 4), isDescending));
        v128.store(to + (out << 4), v128.load(from + ((takesRight ? b++ : a++) << 4)));
      }
    }
    const t = from;
    from = to;
    to = t;
  }
  if (from != entries) memory.copy(entries, from, n << 4);
}

/** The row numbers of entries, as u32. */
export function entryRows(entries: usize, count: u32, rows: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u32>(rows + (i << 2), load<u32>(entries + (i << 4), 8));
}

/** Row numbers with those of rows without a value in front, or behind; else in the order they had. To `out`. */
export function partitionNulls(valid: usize, rows: usize, count: u32, isNullsFirst: bool, out: usize): void {
  const n = <usize>count;
  let present: usize = 0;
  for (let i: usize = 0; i < n; i++) present += <usize>load<u8>(valid + <usize>load<u32>(rows + (i << 2)));
  let nulls: usize = isNullsFirst ? 0 : present, values: usize = isNullsFirst ? n - present : 0;
  for (let i: usize = 0; i < n; i++) {
    const row = load<u32>(rows + (i << 2));
    if (load<u8>(valid + <usize>row) != 0) store<u32>(out + (values++ << 2), row);
    else store<u32>(out + (nulls++ << 2), row);
  }
}

/** The word of one row, to `out`. */
export function sortWord(kind: u32, data: usize, row: u32, isDescending: bool, out: usize): void {
  store<u64>(out, wordOf(kind, data, <usize>row) ^ (isDescending ? u64.MAX_VALUE : 0));
}

/**
 * Of rows (u32 at `rows`; 0: rows 0 to count - 1) those that may stand before or beside one whose word is at `limit`: those with a word up to it. `nulls`: whether rows without a
 * value are among them. To `out` (u32); returns their number.
 */
export function selectUpToWord(kind: u32, data: usize, valid: usize, rows: usize, count: u32, isDescending: bool, limit: usize, nulls: bool, out: usize): u32 {
  const flip: u64 = isDescending ? u64.MAX_VALUE : 0, bound = load<u64>(limit);
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: u32 = rows == 0 ? <u32>i : load<u32>(rows + (i << 2));
    store<u32>(out + (kept << 2), row);
    const isNull = valid != 0 && load<u8>(valid + <usize>row) == 0;
    kept += isNull ? <usize>nulls : <usize>((wordOf(kind, data, <usize>row) ^ flip) <= bound);
  }
  return <u32>kept;
}

/** Marks in `out` (a byte a row, which stay set) where the value of a sorted row differs from that of the row before; strings by all bytes. `rows`: u32. */
export function markChanges(kind: u32, data: usize, valid: usize, rows: usize, count: u32, out: usize): void {
  for (let i: usize = 1; i < <usize>count; i++) {
    const a = <usize>load<u32>(rows + ((i - 1) << 2)), b = <usize>load<u32>(rows + (i << 2));
    const noA = valid != 0 && load<u8>(valid + a) == 0, noB = valid != 0 && load<u8>(valid + b) == 0;
    let differs = noA != noB;
    if (!noA && !noB) {
      differs = wordOf(kind, data, a) != wordOf(kind, data, b);
      if (!differs && kind == 7) differs = wordOf(9, data, a) != wordOf(9, data, b);
      if (!differs && kind == 8) differs = orderViews(data + (a << 4), data + (b << 4)) != 0;
    }
    if (differs) store<u8>(out + i, 1);
  }
}

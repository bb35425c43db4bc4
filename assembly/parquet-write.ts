// Columns as what Parquet's pages hold: levels, packed numbers, dictionaries, bytes of strings.

/** Slots (u32 rows, or -1 for what is null further out) and their levels, one list or optional node further in. */

/** An optional node: where `valid` is 1 the level rises, elsewhere the slot has no row from here on. Returns the slots with a row. */
export function parquetShredNulls(slots: usize, defs: usize, count: u32, valid: usize): u32 {
  let met: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<i32>(slots + (i << 2));
    if (row < 0) continue;
    if (valid == 0 || load<u8>(valid + <usize>row) != 0) { store<u8>(defs + i, load<u8>(defs + i) + 1); met++; }
    else store<i32>(slots + (i << 2), -1);
  }
  return met;
}

/** How many slots the elements of lists make: one each, and one for a list that is empty or null. */
export function parquetShredCount(slots: usize, count: u32, offsets: usize): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<i32>(slots + (i << 2));
    const length = row < 0 ? 0 : load<i32>(offsets + (<usize>row << 2), 4) - load<i32>(offsets + (<usize>row << 2));
    sum += <f64>max(length, 1);
  }
  return sum;
}

/** The slots of the elements of lists; those behind a list's first repeat at `level`. `reps` 0: all are 0 so far. */
export function parquetShredLists(slots: usize, reps: usize, defs: usize, count: u32, offsets: usize, level: u32, outSlots: usize, outReps: usize, outDefs: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<i32>(slots + (i << 2)), rep = reps == 0 ? 0 : load<u8>(reps + i), def = load<u8>(defs + i);
    const from = row < 0 ? 0 : load<i32>(offsets + (<usize>row << 2)), to = row < 0 ? 0 : load<i32>(offsets + (<usize>row << 2), 4);
    if (from >= to) {
      store<i32>(outSlots, -1);
      store<u8>(outReps++, rep);
      store<u8>(outDefs++, def);
      outSlots += 4;
      continue;
    }
    for (let element = from; element < to; element++, outSlots += 4) {
      store<i32>(outSlots, element);
      store<u8>(outReps++, element == from ? rep : <u8>level);
      store<u8>(outDefs++, def + 1);
    }
  }
}

/** The rows of slots that have one. Returns their number. */
export function parquetShredRows(slots: usize, count: u32, out: usize): u32 {
  let n: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<i32>(slots + (i << 2));
    store<i32>(out + (<usize>n << 2), row);
    n += u32(row >= 0);
  }
  return n;
}

/** Numbers of parquet.ts in src/kernels. */
const I8_TO_INT32 = 1, I16_TO_INT32 = 2, I64_TO_INT32 = 3, NANOS_TO_MICROS = 4;

/** Values of a column in the width that pages have for them. */
export function parquetNarrow(kind: u32, from: usize, count: u32, out: usize): void {
  const n = <usize>count;
  switch (kind) {
    case I8_TO_INT32: for (let i: usize = 0; i < n; i++) store<i32>(out + (i << 2), load<i8>(from + i)); return;
    case I16_TO_INT32: for (let i: usize = 0; i < n; i++) store<i32>(out + (i << 2), load<i16>(from + (i << 1))); return;
    case I64_TO_INT32: for (let i: usize = 0; i < n; i++) store<i32>(out + (i << 2), <i32>load<i64>(from + (i << 3))); return;
    case NANOS_TO_MICROS: for (let i: usize = 0; i < n; i++) store<i64>(out + (i << 3), load<i64>(from + (i << 3)) / 1000); return;
  }
}

/** Whole numbers of 16 bytes as `length` bytes, the highest first. */
export function parquetFixed(from: usize, count: u32, length: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++, from += 16) {
    for (let b = <i32>length - 1; b >= 0; b--) store<u8>(out++, b < 16 ? load<u8>(from + <usize>b) : load<i8>(from, 15) < 0 ? 0xff : 0);
  }
}

/** Bytes that strings take, each behind its length. */
export function parquetPlainBytes(views: usize, count: u32): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) sum += 4 + <f64>load<u32>(views + (i << 4));
  return sum;
}

/** Strings, each behind its length. Returns where they end. */
export function parquetPlainStrings(views: usize, count: u32, out: usize): usize {
  for (let i: usize = 0; i < <usize>count; i++, views += 16) {
    const length = load<u32>(views);
    store<u32>(out, length);
    memory.copy(out + 4, length <= 12 ? views + 4 : <usize>load<u32>(views, 8), <usize>length);
    out += 4 + <usize>length;
  }
  return out;
}

/** Booleans of a byte as bits from the bit `bit` of `out` on; bits behind them are 0. */
export function parquetPackBits(from: usize, count: u32, out: usize, bit: u32): void {
  for (let i: usize = 0; i < <usize>count; i++, bit++) {
    const at = out + <usize>(bit >> 3);
    const before = (bit & 7) == 0 ? 0 : load<u8>(at);
    store<u8>(at, before | <u8>(load<u8>(from + i) != 0) << <u8>(bit & 7));
  }
}

/** Numbers of `size` 1 or 4 bytes as runs and packed bits of `width` each; `out` has room for 48 bytes and `width` / 8 + 1 bytes a number. Returns the end. */
export function parquetPackHybrid(from: usize, count: u32, size: u32, width: u32, out: usize): usize {
  let i: u32 = 0, head: usize = 0, groups: u32 = 0;
  while (i < count) {
    const value = number(from, i, size);
    let run: u32 = 1;
    while (i + run < count && number(from, i + run, size) == value) run++;
    if (run >= 8 || width == 0) {
      if (groups > 0) { store<u8>(head, <u8>(groups << 1 | 1)); groups = 0; }
      let left = run << 1;
      while (left > 127) { store<u8>(out++, <u8>(left | 0x80)); left >>= 7; }
      store<u8>(out++, <u8>left);
      for (let b: u32 = 0; b < width; b += 8) store<u8>(out++, <u8>(value >> b));
      i += run;
      continue;
    }
    if (groups == 0) head = out++;
    let word: u64 = 0, bits: u32 = 0;
    for (let k: u32 = 0; k < 8; k++) {
      word |= <u64>(i + k < count ? number(from, i + k, size) : 0) << bits;
      bits += width;
      while (bits >= 8) { store<u8>(out++, <u8>word); word >>= 8; bits -= 8; }
    }
    i += 8;
    if (++groups == 63) { store<u8>(head, 127); groups = 0; }
  }
  if (groups > 0) store<u8>(head, <u8>(groups << 1 | 1));
  return out;
}

// @ts-ignore: decorator
@inline function number(from: usize, i: u32, size: u32): u32 { return size == 1 ? <u32>load<u8>(from + i) : load<u32>(from + (<usize>i << 2)); }

/**
 * Rows (u32, two at `out`) of the least and the greatest of `count` values. Returns 0 when there are none or a number is NaN.
 * Kinds: 0 i32, 1 i64, 2 f32, 3 f64, 4 i128, 5 views by unsigned bytes, 6 bytes.
 */
export function parquetExtremes(kind: u32, from: usize, count: u32, out: usize): u32 {
  const n = <usize>count;
  let least: usize = 0, most: usize = 0;
  if (n == 0) return 0;
  switch (kind) {
    case 0: for (let i: usize = 1; i < n; i++) { const v = load<i32>(from + (i << 2)); if (v < load<i32>(from + (least << 2))) least = i; if (v > load<i32>(from + (most << 2))) most = i; } break;
    case 1: for (let i: usize = 1; i < n; i++) { const v = load<i64>(from + (i << 3)); if (v < load<i64>(from + (least << 3))) least = i; if (v > load<i64>(from + (most << 3))) most = i; } break;
    case 2: for (let i: usize = 0; i < n; i++) { const v = load<f32>(from + (i << 2)); if (v != v) return 0; if (v < load<f32>(from + (least << 2))) least = i; if (v > load<f32>(from + (most << 2))) most = i; } break;
    case 3: for (let i: usize = 0; i < n; i++) { const v = load<f64>(from + (i << 3)); if (v != v) return 0; if (v < load<f64>(from + (least << 3))) least = i; if (v > load<f64>(from + (most << 3))) most = i; } break;
    case 4: for (let i: usize = 1; i < n; i++) { if (wideLess(from + (i << 4), from + (least << 4))) least = i; if (wideLess(from + (most << 4), from + (i << 4))) most = i; } break;
    case 5: for (let i: usize = 1; i < n; i++) { if (viewLess(from + (i << 4), from + (least << 4))) least = i; if (viewLess(from + (most << 4), from + (i << 4))) most = i; } break;
    default: for (let i: usize = 1; i < n; i++) { const v = load<u8>(from + i); if (v < load<u8>(from + least)) least = i; if (v > load<u8>(from + most)) most = i; }
  }
  store<u32>(out, <u32>least);
  store<u32>(out, <u32>most, 4);
  return 1;
}

function wideLess(a: usize, b: usize): bool {
  const ah = load<i64>(a, 8), bh = load<i64>(b, 8);
  return ah != bh ? ah < bh : load<u64>(a) < load<u64>(b);
}

function viewLess(a: usize, b: usize): bool {
  const ap = bswap(load<u32>(a, 4)), bp = bswap(load<u32>(b, 4)), al = load<u32>(a), bl = load<u32>(b);
  if (al >= 4 && bl >= 4 && ap != bp) return ap < bp;
  const af = al <= 12 ? a + 4 : <usize>load<u32>(a, 8), bf = bl <= 12 ? b + 4 : <usize>load<u32>(b, 8), n = <usize>min(al, bl);
  let i: usize = 0;
  for (; i + 8 <= n; i += 8) {
    const x = load<u64>(af + i), y = load<u64>(bf + i);
    if (x != y) return bswap(x) < bswap(y);
  }
  for (; i < n; i++) {
    const x = load<u8>(af + i), y = load<u8>(bf + i);
    if (x != y) return x < y;
  }
  return al < bl;
}

/**
 * Looks values up in a dictionary and puts new ones there. `slots` (u32, a power of two of them, `mask` is one less) hold entry numbers
 * plus one; `entries` lie one behind the other. `kind`: 4, 8 or 16 bytes a value, or 0 for views, whose long strings are copied to `heap`.
 * `state`: u32 entries that there are, u32 bytes of heap in use; moved on. Stops before an entry would pass `most` or the heap `heapBytes`.
 * Writes the number of each value's entry to `ids` and returns how many were done.
 */
export function parquetIntern(kind: u32, values: usize, count: u32, slots: usize, mask: u32, entries: usize, most: u32, heap: usize, heapBytes: u32, state: usize, ids: usize): u32 {
  let n = load<u32>(state), used = load<u32>(state, 4), i: u32 = 0;
  for (; i < count; i++) {
    const value = values + <usize>i * (kind == 0 ? 16 : kind);
    const hash = kind == 4 ? mix(<u64>load<u32>(value)) : kind == 8 ? mix(load<u64>(value)) : kind == 16 ? mix(load<u64>(value) ^ mix(load<u64>(value, 8))) : viewHash(value);
    let slot = <u32>(hash >> 32) & mask, entry: u32;
    while ((entry = load<u32>(slots + (<usize>slot << 2))) != 0) {
      const at = entries + <usize>(entry - 1) * (kind == 0 ? 16 : kind);
      if (kind == 4 ? load<u32>(at) == load<u32>(value) : kind == 8 ? load<u64>(at) == load<u64>(value) : kind == 16 ? load<u64>(at) == load<u64>(value) && load<u64>(at, 8) == load<u64>(value, 8) : sameView(at, value)) break;
      slot = slot + 1 & mask;
    }
    if (entry == 0) {
      const length = kind == 0 ? load<u32>(value) : 0;
      if (n >= most || (length > 12 && length > heapBytes - used)) break;
      const at = entries + <usize>n * (kind == 0 ? 16 : kind);
      memory.copy(at, value, <usize>(kind == 0 ? 16 : kind));
      if (length > 12) {
        memory.copy(heap + used, <usize>load<u32>(value, 8), <usize>length);
        store<u64>(at, <u64>(heap + used), 8);
        used += length;
      }
      entry = ++n;
      store<u32>(slots + (<usize>slot << 2), entry);
    }
    store<u32>(ids + (<usize>i << 2), entry - 1);
  }
  store<u32>(state, n);
  store<u32>(state, used, 4);
  return i;
}

/** Puts all entries into slots that are empty. */
export function parquetRehash(kind: u32, entries: usize, count: u32, slots: usize, mask: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = entries + <usize>i * (kind == 0 ? 16 : kind);
    const hash = kind == 4 ? mix(<u64>load<u32>(value)) : kind == 8 ? mix(load<u64>(value)) : kind == 16 ? mix(load<u64>(value) ^ mix(load<u64>(value, 8))) : viewHash(value);
    let slot = <u32>(hash >> 32) & mask;
    while (load<u32>(slots + (<usize>slot << 2)) != 0) slot = slot + 1 & mask;
    store<u32>(slots + (<usize>slot << 2), i + 1);
  }
}

// @ts-ignore: decorator
@inline function mix(a: u64): u64 {
  a = (a ^ a >> 32) * 0x9e3779b97f4a7c15;
  return (a ^ a >> 29) * 0xbf58476d1ce4e5b9;
}

function viewHash(view: usize): u64 {
  const length = load<u32>(view);
  if (length <= 12) return mix(load<u64>(view) ^ mix(load<u64>(view, 8)));
  const from = <usize>load<u32>(view, 8), end = from + length;
  let hash = <u64>length, at = from;
  for (; at + 8 <= end; at += 8) hash = mix(hash ^ load<u64>(at));
  return mix(hash ^ load<u64>(end - 8));
}

function sameView(a: usize, b: usize): bool {
  if (load<u64>(a) != load<u64>(b)) return false;
  const length = load<u32>(a);
  if (length <= 12) return load<u64>(a, 8) == load<u64>(b, 8);
  const af = <usize>load<u32>(a, 8), bf = <usize>load<u32>(b, 8);
  let i: usize = 0;
  for (; i + 8 <= <usize>length; i += 8) if (load<u64>(af + i) != load<u64>(bf + i)) return false;
  for (; i < <usize>length; i++) if (load<u8>(af + i) != load<u8>(bf + i)) return false;
  return true;
}

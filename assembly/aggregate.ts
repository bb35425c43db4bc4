// Kernels of aggregates whose state is words of a group's row. `data`, `valid`: a column; `step` 0: one value for all
// rows. `addresses`: the row of the state table for each selected row; the state begins `offset` bytes behind.
// Merging adds the state of row `from` to that of row `to`, for `count` pairs, one after the other: a pair may use what
// one before it made.
import { isOneGroup, isValid, rowAt, stateAt } from "./aggregate-rows";

/** State: count i64. */
export function aggCountRows(addresses: usize, count: u32, offset: usize): void {
  if (isOneGroup(addresses, count)) {
    const s = stateAt(addresses, 0, offset);
    store<u64>(s, load<u64>(s) + <u64>count);
    return;
  }
  for (let i: usize = 0; i < <usize>count; i++) { const s = stateAt(addresses, i, offset); store<u64>(s, load<u64>(s) + 1); }
}
export function aggCountValid(valid: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  if (isOneGroup(addresses, count)) {
    const s = stateAt(addresses, 0, offset);
    let there: u64 = 0;
    for (let i: usize = 0; i < <usize>count; i++) there += <u64>load<u8>(valid + rowAt(sel, i));
    store<u64>(s, load<u64>(s) + there);
    return;
  }
  for (let i: usize = 0; i < <usize>count; i++) { const s = stateAt(addresses, i, offset); store<u64>(s, load<u64>(s) + <u64>load<u8>(valid + rowAt(sel, i))); }
}
export function aggMergeCount(to: usize, from: usize, count: u32, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) { const s = stateAt(to, i, offset); store<u64>(s, load<u64>(s) + load<u64>(stateAt(from, i, offset))); }
}
/** Rows where the BOOLEAN column is true. */
export function aggCountTrue(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step, s = stateAt(addresses, i, offset);
    store<u64>(s, load<u64>(s) + <u64>(isValid(valid, row) && load<u8>(data + row) != 0));
  }
}

// Least and greatest. State: value in one word (i64 or f64), 1 once there is a value.
// @ts-ignore: decorator
@inline function isBefore<T>(a: T, b: T): bool {
  if (isFloat<T>()) return a < b || (b != b && a == a); // NaN is greatest
  return a < b;
}
// @ts-ignore: decorator
@inline function extreme<T, S>(greatest: bool, data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  if (isOneGroup(addresses, count)) {
    const s = stateAt(addresses, 0, offset);
    let best = load<S>(s), seen = load<u64>(s, 8) != 0;
    for (let i: usize = 0; i < <usize>count; i++) {
      const row = rowAt(sel, i) * step;
      if (!isValid(valid, row)) continue;
      const x = <S>load<T>(data + row * sizeof<T>());
      if (!seen || (greatest ? isBefore<S>(best, x) : isBefore<S>(x, best))) { best = x; seen = true; }
    }
    if (seen) { store<S>(s, best); store<u64>(s, 1, 8); }
    return;
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step;
    if (!isValid(valid, row)) continue;
    const s = stateAt(addresses, i, offset), x = <S>load<T>(data + row * sizeof<T>()), old = load<S>(s);
    if (load<u64>(s, 8) == 0 || (greatest ? isBefore<S>(old, x) : isBefore<S>(x, old))) { store<S>(s, x); store<u64>(s, 1, 8); }
  }
}
export function aggMinI8(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i8, i64>(false, data, valid, step, sel, count, addresses, offset); }
export function aggMinI16(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i16, i64>(false, data, valid, step, sel, count, addresses, offset); }
export function aggMinI32(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i32, i64>(false, data, valid, step, sel, count, addresses, offset); }
export function aggMinI64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i64, i64>(false, data, valid, step, sel, count, addresses, offset); }
export function aggMinF32(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<f32, f64>(false, data, valid, step, sel, count, addresses, offset); }
export function aggMinF64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<f64, f64>(false, data, valid, step, sel, count, addresses, offset); }
export function aggMaxI8(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i8, i64>(true, data, valid, step, sel, count, addresses, offset); }
export function aggMaxI16(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i16, i64>(true, data, valid, step, sel, count, addresses, offset); }
export function aggMaxI32(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i32, i64>(true, data, valid, step, sel, count, addresses, offset); }
export function aggMaxI64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<i64, i64>(true, data, valid, step, sel, count, addresses, offset); }
export function aggMaxF32(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<f32, f64>(true, data, valid, step, sel, count, addresses, offset); }
export function aggMaxF64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { extreme<f64, f64>(true, data, valid, step, sel, count, addresses, offset); }
/** Of merged states: `isDouble` and `greatest` 0 or 1. */
export function aggMergeExtreme(to: usize, from: usize, count: u32, offset: usize, isDouble: u32, greatest: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const t = stateAt(to, i, offset), f = stateAt(from, i, offset);
    if (load<u64>(f, 8) == 0) continue;
    const take = load<u64>(t, 8) == 0
      || (isDouble != 0
        ? (greatest != 0 ? isBefore<f64>(load<f64>(t), load<f64>(f)) : isBefore<f64>(load<f64>(f), load<f64>(t)))
        : (greatest != 0 ? load<i64>(t) < load<i64>(f) : load<i64>(f) < load<i64>(t)));
    if (take) { store<u64>(t, load<u64>(f)); store<u64>(t, 1, 8); }
  }
}
// @ts-ignore: decorator
@inline function takeWide(s: usize, low: u64, high: i64, greatest: bool): void {
  const oldHigh = load<i64>(s, 8), oldLow = load<u64>(s);
  const less = high < oldHigh || (high == oldHigh && low < oldLow), more = high > oldHigh || (high == oldHigh && low > oldLow);
  if (load<u64>(s, 16) == 0 || (greatest ? more : less)) { store<u64>(s, low); store<i64>(s, high, 8); store<u64>(s, 1, 16); }
}
/** Wide decimals. State: 128-bit value, 1 once there is one. */
export function aggExtreme128(greatest: u32, data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step;
    if (isValid(valid, row)) takeWide(stateAt(addresses, i, offset), load<u64>(data + (row << 4)), load<i64>(data + (row << 4), 8), greatest != 0);
  }
}
export function aggMergeExtreme128(to: usize, from: usize, count: u32, offset: usize, greatest: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const f = stateAt(from, i, offset);
    if (load<u64>(f, 16) != 0) takeWide(stateAt(to, i, offset), load<u64>(f), load<i64>(f, 8), greatest != 0);
  }
}

// Bitwise aggregates. State: value i64, 1 once there is one.
// @ts-ignore: decorator
@inline function combine(kind: u32, a: i64, b: i64): i64 { return kind == 0 ? a & b : kind == 1 ? a | b : a ^ b; }
/** `kind` 0: and, 1: or, 2: xor; over a column of `width` bytes. */
export function aggBits(kind: u32, width: u32, data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step;
    if (!isValid(valid, row)) continue;
    const s = stateAt(addresses, i, offset);
    const x = width == 1 ? <i64>load<i8>(data + row) : width == 2 ? <i64>load<i16>(data + (row << 1)) : width == 4 ? <i64>load<i32>(data + (row << 2)) : load<i64>(data + (row << 3));
    store<i64>(s, load<u64>(s, 8) == 0 ? x : combine(kind, load<i64>(s), x));
    store<u64>(s, 1, 8);
  }
}
export function aggMergeBits(to: usize, from: usize, count: u32, offset: usize, kind: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const t = stateAt(to, i, offset), f = stateAt(from, i, offset);
    if (load<u64>(f, 8) == 0) continue;
    store<i64>(t, load<u64>(t, 8) == 0 ? load<i64>(f) : combine(kind, load<i64>(t), load<i64>(f)));
    store<u64>(t, 1, 8);
  }
}

/**
 * First or last value of `width` bytes (1, 2, 4, 8 or 16). State: value in 16 bytes, then 0 nothing seen, 1 null, 2 a value.
 */
export function aggTake(isLast: u32, ignoreNulls: u32, width: u32, data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step, s = stateAt(addresses, i, offset);
    if (isLast == 0 && load<u64>(s, 16) != 0) continue;
    if (!isValid(valid, row)) {
      if (ignoreNulls == 0) store<u64>(s, 1, 16);
      continue;
    }
    if (width == 16) v128.store(s, v128.load(data + (row << 4)));
    else store<u64>(s, width == 1 ? <u64>load<u8>(data + row) : width == 2 ? <u64>load<u16>(data + (row << 1)) : width == 4 ? <u64>load<u32>(data + (row << 2)) : load<u64>(data + (row << 3)));
    store<u64>(s, 2, 16);
  }
}
export function aggMergeTake(to: usize, from: usize, count: u32, offset: usize, isLast: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const t = stateAt(to, i, offset), f = stateAt(from, i, offset);
    if (load<u64>(f, 16) == 0 || (isLast == 0 && load<u64>(t, 16) != 0)) continue;
    memory.copy(t, f, 24);
  }
}

/**
 * Validity where the word at `offset` of a state is at least `least`; returns the number of nulls. With the top bit set
 * the word counts as null unless `flagged` is 1.
 */
export function aggSeen(addresses: usize, count: u32, offset: usize, least: u32, flagged: u32, out: usize): u32 {
  let nulls: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const word = load<u64>(stateAt(addresses, i, offset));
    const seen = <u32>(word >= <u64>least && (flagged != 0 || <i64>word >= 0));
    store<u8>(out + i, <u8>seen);
    nulls += 1 - seen;
  }
  return nulls;
}
/**
 * Sums of decimals as a column: 64 bits a value with `narrow`, else 128. `limit`: points to 10^precision (128 bits).
 * Returns the number of sums that have no place; they and empty ones are null. `nulls`: where their number is stored.
 */
export function aggDecimalSums(addresses: usize, count: u32, offset: usize, narrow: u32, limit: usize, out: usize, valid: usize, nulls: usize): u32 {
  const limitLow = load<u64>(limit), limitHigh = load<i64>(limit, 8);
  let missing: u32 = 0, bad: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const s = stateAt(addresses, i, offset), low = load<u64>(s), high = load<i64>(s, 8), n = load<u64>(s, 16);
    let l = low, h = high;
    if (h < 0) { l = ~l + 1; h = ~h + <i64>(l == 0); }
    const over = <i64>n < 0 || h > limitHigh || (h == limitHigh && l >= limitLow) || h < 0;
    const isNull = over || n == 0;
    bad += <u32>over;
    missing += <u32>isNull;
    store<u8>(valid + i, <u8>!isNull);
    if (narrow != 0) store<u64>(out + (i << 3), low);
    else { store<u64>(out + (i << 4), low); store<i64>(out + (i << 4), high, 8); }
  }
  store<u32>(nulls, missing);
  return bad;
}
/** sum / count of states as made by aggAdd. */
export function aggAverage(addresses: usize, count: u32, offset: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const s = stateAt(addresses, i, offset);
    store<f64>(out + (i << 3), load<f64>(s) / <f64>load<i64>(s, 8));
  }
}
/** f64 states as a FLOAT column. */
export function aggGatherF32(addresses: usize, count: u32, offset: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<f32>(out + (i << 2), <f32>load<f64>(stateAt(addresses, i, offset)));
}

/** Copies `bytes` of state from row to row, a multiple of 8, pair by pair. */
export function aggCopyStates(to: usize, from: usize, count: u32, offset: usize, bytes: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const t = stateAt(to, i, offset), f = stateAt(from, i, offset);
    for (let j: usize = 0; j < bytes; j += 8) store<u64>(t + j, load<u64>(f + j));
  }
}

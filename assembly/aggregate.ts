// Kernels of aggregates whose state is words of a group's row. `data`, `valid`: a column; `step` 0: one value for all
// rows. `addresses`: the row of the state table for each selected row; the state begins `offset` bytes behind.
// Merging adds the state of row `from` to that of row `to`, for `count` pairs, one after the other: a pair may use what
// one before it made.

// @ts-ignore: decorator
@inline function rowAt(sel: usize, i: usize): usize { return sel == 0 ? i : <usize>load<u32>(sel + (i << 2)); }
// @ts-ignore: decorator
@inline function stateAt(addresses: usize, i: usize, offset: usize): usize { return <usize>load<u32>(addresses + (i << 2)) + offset; }
// @ts-ignore: decorator
@inline function isValid(valid: usize, row: usize): bool { return valid == 0 || load<u8>(valid + row) != 0; }

/** Whether all rows are of one group, as without keys, or in runs: then its state stays in registers meanwhile. */
function isOneGroup(addresses: usize, count: u32): bool {
  const n = <usize>count;
  if (n < 8 || load<u32>(addresses) != load<u32>(addresses + ((n - 1) << 2))) return false;
  const first = v128.load32_splat(addresses);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) if (!i32x4.all_true(i32x4.eq(v128.load(addresses + (i << 2)), first))) return false;
  for (; i < n; i++) if (load<u32>(addresses + (i << 2)) != load<u32>(addresses)) return false;
  return true;
}

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

// Sum of whole numbers. State: sum i64, count of values i64 whose top bit says that the sum overflowed.
/** So many numbers of at most 50 bits, added to one of 62, come nowhere to the end of 64 bits. */
const MOST_ADDED: u32 = 4096, SMALL: i64 = 1 << 50, FAR_FROM_END: i64 = 1 << 62;

/** Adds rows 0 to count - 1 to a sum several at a time; false, and nothing is done, where a number has more than 50 bits. */
// @ts-ignore: decorator
@inline function addedAtOnce<T>(data: usize, count: u32, s: usize): bool {
  const step: usize = 16 / sizeof<T>(), last = <usize>count - <usize>count % step;
  let sums = i64x2.splat(0), sizes = i64x2.splat(0);
  for (let i: usize = 0; i < last; i += step) {
    const x = v128.load(data + i * sizeof<T>());
    if (sizeof<T>() == 4) sums = i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_s(x), i64x2.extend_high_i32x4_s(x)));
    else {
      sums = i64x2.add(sums, x);
      sizes = v128.or(sizes, v128.xor(x, i64x2.shr_s(x, 63)));
    }
  }
  let sum = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1), size = i64x2.extract_lane(sizes, 0) | i64x2.extract_lane(sizes, 1);
  for (let i = last; i < <usize>count; i++) {
    const x = <i64>load<T>(data + i * sizeof<T>());
    sum += x;
    size |= x ^ (x >> 63);
  }
  if (size >= SMALL) return false;
  store<i64>(s, load<i64>(s) + sum);
  store<u64>(s, load<u64>(s, 8) + <u64>count, 8);
  return true;
}

// @ts-ignore: decorator
@inline function sumInteger<T>(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): u32 {
  let bad: i64 = 0;
  if (isOneGroup(addresses, count)) {
    const s = stateAt(addresses, 0, offset);
    let a = load<i64>(s), values: u64 = 0;
    if (valid == 0 && sel == 0 && step == 1 && sizeof<T>() >= 4 && count <= MOST_ADDED && (a ^ (a >> 63)) < FAR_FROM_END && addedAtOnce<T>(data, count, s)) return 0;
    for (let i: usize = 0; i < <usize>count; i++) {
      const row = rowAt(sel, i) * step;
      if (!isValid(valid, row)) continue;
      const x = <i64>load<T>(data + row * sizeof<T>()), z = a + x;
      bad |= (a ^ z) & (x ^ z);
      a = z;
      values++;
    }
    store<i64>(s, a);
    store<u64>(s, (load<u64>(s, 8) + values) | (<u64>bad & 0x8000000000000000), 8);
    return <u32>(bad < 0);
  }
  if (valid == 0 && sel == 0 && step == 1) {
    for (let i: usize = 0; i < <usize>count; i++) {
      const s = stateAt(addresses, i, offset), a = load<i64>(s), x = <i64>load<T>(data + i * sizeof<T>()), z = a + x;
      const over = (a ^ z) & (x ^ z);
      bad |= over;
      store<i64>(s, z);
      store<u64>(s, (load<u64>(s, 8) + 1) | (<u64>over & 0x8000000000000000), 8);
    }
    return <u32>(bad < 0);
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step;
    if (!isValid(valid, row)) continue;
    const s = stateAt(addresses, i, offset), a = load<i64>(s), x = <i64>load<T>(data + row * sizeof<T>()), z = a + x;
    const over = (a ^ z) & (x ^ z);
    bad |= over;
    store<i64>(s, z);
    store<u64>(s, (load<u64>(s, 8) + 1) | (<u64>over & 0x8000000000000000), 8);
  }
  return <u32>(bad < 0);
}
/** Each returns 1 when a sum overflowed. */
export function aggSumI8(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): u32 { return sumInteger<i8>(data, valid, step, sel, count, addresses, offset); }
export function aggSumI16(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): u32 { return sumInteger<i16>(data, valid, step, sel, count, addresses, offset); }
export function aggSumI32(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): u32 { return sumInteger<i32>(data, valid, step, sel, count, addresses, offset); }
export function aggSumI64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): u32 { return sumInteger<i64>(data, valid, step, sel, count, addresses, offset); }
/** Returns 1 when a sum overflowed. */
export function aggMergeSumI64(to: usize, from: usize, count: u32, offset: usize): u32 {
  let bad: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const t = stateAt(to, i, offset), f = stateAt(from, i, offset);
    const a = load<i64>(t), x = load<i64>(f), z = a + x, over = (a ^ z) & (x ^ z);
    bad |= over;
    store<i64>(t, z);
    const flags = (load<u64>(t, 8) | load<u64>(f, 8) | <u64>over) & 0x8000000000000000;
    store<u64>(t, ((load<u64>(t, 8) + load<u64>(f, 8)) & 0x7fffffffffffffff) | flags, 8);
  }
  return <u32>(bad < 0);
}

// Sum as DOUBLE. State: sum f64, count of values i64.
// @ts-ignore: decorator
@inline function sumDouble<T>(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  if (isOneGroup(addresses, count)) {
    const s = stateAt(addresses, 0, offset);
    let sum = load<f64>(s), values: u64 = 0;
    for (let i: usize = 0; i < <usize>count; i++) {
      const row = rowAt(sel, i) * step;
      if (!isValid(valid, row)) continue;
      sum += <f64>load<T>(data + row * sizeof<T>());
      values++;
    }
    store<f64>(s, sum);
    store<u64>(s, load<u64>(s, 8) + values, 8);
    return;
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step;
    if (!isValid(valid, row)) continue;
    const s = stateAt(addresses, i, offset);
    store<f64>(s, load<f64>(s) + <f64>load<T>(data + row * sizeof<T>()));
    store<u64>(s, load<u64>(s, 8) + 1, 8);
  }
}
export function aggAddI8(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { sumDouble<i8>(data, valid, step, sel, count, addresses, offset); }
export function aggAddI16(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { sumDouble<i16>(data, valid, step, sel, count, addresses, offset); }
export function aggAddI32(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { sumDouble<i32>(data, valid, step, sel, count, addresses, offset); }
export function aggAddI64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { sumDouble<i64>(data, valid, step, sel, count, addresses, offset); }
export function aggAddF32(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { sumDouble<f32>(data, valid, step, sel, count, addresses, offset); }
export function aggAddF64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void { sumDouble<f64>(data, valid, step, sel, count, addresses, offset); }
export function aggMergeAdd(to: usize, from: usize, count: u32, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const t = stateAt(to, i, offset), f = stateAt(from, i, offset);
    store<f64>(t, load<f64>(t) + load<f64>(f));
    store<u64>(t, load<u64>(t, 8) + load<u64>(f, 8), 8);
  }
}

// Sum of decimals. State: 128-bit sum, count of values i64 whose top bit says that the sum passed 38 digits.
// 10^38 as two words.
const MAX_HIGH: i64 = 0x4B3B4CA85A86C47A;
const MAX_LOW: u64 = 0x098A224000000000;
// @ts-ignore: decorator
@inline function pastDigits(low: u64, high: i64): bool {
  if (high < 0) { low = ~low + 1; high = ~high + <i64>(low == 0); }
  return high > MAX_HIGH || (high == MAX_HIGH && low >= MAX_LOW) || high < 0;
}
// @ts-ignore: decorator
@inline function addWide(s: usize, low: u64, high: i64, count: u64): void {
  const a = load<u64>(s), z = a + low;
  const top = load<i64>(s, 8), up = top + high + <i64>(z < a);
  // Nearly all sums are far from 38 digits: then only the count is left to add.
  if (<u64>(up + MAX_HIGH - 1) < 2 * <u64>MAX_HIGH - 2) {
    store<u64>(s, z);
    store<i64>(s, up, 8);
    const before = load<u64>(s, 16);
    store<u64>(s, ((before + count) & 0x7fffffffffffffff) | ((before | count) & 0x8000000000000000), 16);
    return;
  }
  const over = ((top ^ up) & (high ^ up)) < 0 || pastDigits(z, up);
  store<u64>(s, z);
  store<i64>(s, up, 8);
  const flag = (load<u64>(s, 16) | count | (<u64>over << 63)) & 0x8000000000000000;
  store<u64>(s, ((load<u64>(s, 16) + count) & 0x7fffffffffffffff) | flag, 16);
}
export function aggSumDecimal64(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step;
    if (!isValid(valid, row)) continue;
    const x = load<i64>(data + (row << 3));
    addWide(stateAt(addresses, i, offset), <u64>x, x >> 63, 1);
  }
}
export function aggSumDecimal128(data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) * step;
    if (!isValid(valid, row)) continue;
    addWide(stateAt(addresses, i, offset), load<u64>(data + (row << 4)), load<i64>(data + (row << 4), 8), 1);
  }
}
export function aggMergeDecimal(to: usize, from: usize, count: u32, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const f = stateAt(from, i, offset);
    addWide(stateAt(to, i, offset), load<u64>(f), load<i64>(f, 8), load<u64>(f, 16));
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

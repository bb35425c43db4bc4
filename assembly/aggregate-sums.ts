// Sums; what their arguments are stands in aggregate.ts.
import { isOneGroup, isValid, rowAt, stateAt } from "./aggregate-rows";

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

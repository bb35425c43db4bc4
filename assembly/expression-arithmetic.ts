// Arithmetic with Spark's ANSI checks. Kinds: 1 i8, 2 i16, 3 i32, 4 i64, 5 f32, 6 f64. Kernels return the first row that
// fails (overflow, division by zero), or -1; null rows never fail. `valid` 0: no nulls.
import { rowOf } from "./expression-select";

// @ts-ignore: decorator
@inline function counts(valid: usize, r: usize): bool {
  return valid == 0 || load<u8>(valid + r) != 0;
}

// @ts-ignore: decorator
@inline function small<T>(op: u32, a: usize, am: u32, b: usize, bm: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    const x = <i64>load<T>(a + (r & <usize>am) * sizeof<T>()), y = <i64>load<T>(b + (r & <usize>bm) * sizeof<T>());
    let z: i64;
    if (op == 0) z = x + y;
    else if (op == 1) z = x - y;
    else if (op == 2) z = x * y;
    else {
      if (y == 0) {
        if (counts(valid, r)) return <i32>r;
        continue;
      }
      z = op == 3 ? x % y : x / y;
    }
    if (z != <i64><T>z && counts(valid, r)) return <i32>r;
    store<T>(out + r * sizeof<T>(), <T>z);
  }
  return -1;
}

// @ts-ignore: decorator
@inline function overflows(op: u32, x: i64, y: i64, z: i64): bool {
  if (op == 0) return ((x ^ z) & (y ^ z)) < 0;
  if (op == 1) return ((x ^ y) & (x ^ z)) < 0;
  // Both within 32 bits is safe; else divide back.
  if (((x + 0x80000000) | (y + 0x80000000)) >> 32 == 0) return false;
  if (x == 0 || y == 0) return false;
  return (x == -1 && y == i64.MIN_VALUE) || (y == -1 && x == i64.MIN_VALUE) || (y != -1 && z / y != x);
}

// @ts-ignore: decorator
@inline function wide(op: u32, a: usize, am: u32, b: usize, bm: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    const x = load<i64>(a + ((r & <usize>am) << 3)), y = load<i64>(b + ((r & <usize>bm) << 3));
    let z: i64;
    if (op <= 2) {
      z = op == 0 ? x + y : op == 1 ? x - y : x * y;
      if (overflows(op, x, y, z) && counts(valid, r)) return <i32>r;
    } else {
      if (y == 0) {
        if (counts(valid, r)) return <i32>r;
        continue;
      }
      if (y == -1) {
        if (op == 4 && x == i64.MIN_VALUE && counts(valid, r)) return <i32>r;
        z = op == 3 ? 0 : -x;
      } else z = op == 3 ? x % y : x / y;
    }
    store<i64>(out + (r << 3), z);
  }
  return -1;
}

// @ts-ignore: decorator
@inline function floating<T>(op: u32, a: usize, am: u32, b: usize, bm: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    const x = load<T>(a + (r & <usize>am) * sizeof<T>()), y = load<T>(b + (r & <usize>bm) * sizeof<T>());
    if (op == 4 && y == 0 && counts(valid, r)) return <i32>r;
    store<T>(out + r * sizeof<T>(), op == 0 ? x + y : op == 1 ? x - y : op == 2 ? x * y : x / y);
  }
  return -1;
}

/** Operators: 0 +, 1 -, 2 *, 3 remainder (whole numbers only), 4 division: of whole numbers without the rest. */
export function arithmetic(kind: u32, op: u32, a: usize, am: u32, b: usize, bm: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  switch (kind) {
    case 1: return small<i8>(op, a, am, b, bm, valid, sel, count, out);
    case 2: return small<i16>(op, a, am, b, bm, valid, sel, count, out);
    case 3: switch (op) {
      case 0: return small<i32>(0, a, am, b, bm, valid, sel, count, out);
      case 1: return small<i32>(1, a, am, b, bm, valid, sel, count, out);
      case 2: return small<i32>(2, a, am, b, bm, valid, sel, count, out);
      default: return small<i32>(op, a, am, b, bm, valid, sel, count, out);
    }
    case 4: switch (op) {
      case 0: return wide(0, a, am, b, bm, valid, sel, count, out);
      case 1: return wide(1, a, am, b, bm, valid, sel, count, out);
      case 2: return wide(2, a, am, b, bm, valid, sel, count, out);
      default: return wide(op, a, am, b, bm, valid, sel, count, out);
    }
    case 5: return floating<f32>(op, a, am, b, bm, valid, sel, count, out);
    default: switch (op) {
      case 0: return floating<f64>(0, a, am, b, bm, valid, sel, count, out);
      case 1: return floating<f64>(1, a, am, b, bm, valid, sel, count, out);
      case 2: return floating<f64>(2, a, am, b, bm, valid, sel, count, out);
      default: return floating<f64>(4, a, am, b, bm, valid, sel, count, out);
    }
  }
}

/** `a * fa + b * fb` of i64 columns whose result is known to fit: DECIMALs of up to 18 digits (subtraction: `fb` negative). */
export function decimalSum(a: usize, am: u32, fa: i64, b: usize, bm: u32, fb: i64, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<i64>(out + (r << 3), load<i64>(a + ((r & <usize>am) << 3)) * fa + load<i64>(b + ((r & <usize>bm) << 3)) * fb);
  }
}

/** `a * b` of i64 columns whose result is known to fit. */
export function decimalProduct(a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<i64>(out + (r << 3), load<i64>(a + ((r & <usize>am) << 3)) * load<i64>(b + ((r & <usize>bm) << 3)));
  }
}

/** Floor of i64 values divided by a positive number: TIMESTAMP to seconds. */
export function floorDivide(a: usize, am: u32, divisor: i64, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = load<i64>(a + ((r & <usize>am) << 3)), q = x / divisor;
    store<i64>(out + (r << 3), q * divisor > x ? q - 1 : q);
  }
}

// @ts-ignore: decorator
@inline function convertTo<F, T>(a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = load<F>(a + (r & <usize>am) * sizeof<F>());
    if (isFloat<F>() && !isFloat<T>()) {
      // Whole parts within the type; at 64 bits the upper bound is 2^63, which saturates.
      const d = <f64>x, high = sizeof<T>() == 8 ? 9223372036854775808.0 : <f64>((<i64>1 << (sizeof<T>() * 8 - 1)) - 1), low = sizeof<T>() == 8 ? -9223372036854775808.0 : -<f64>(<i64>1 << (sizeof<T>() * 8 - 1));
      if (Math.floor(d) <= high && Math.ceil(d) >= low) {
        store<T>(out + r * sizeof<T>(), sizeof<T>() == 8 && d >= high ? <T>i64.MAX_VALUE : <T><i64>d);
        continue;
      }
      if (counts(valid, r)) return <i32>r;
      continue;
    }
    if (!isFloat<F>() && !isFloat<T>() && sizeof<T>() < sizeof<F>()) {
      if (<F><T>x != x && counts(valid, r)) return <i32>r;
    }
    store<T>(out + r * sizeof<T>(), <T>x);
  }
  return -1;
}

// @ts-ignore: decorator
@inline function convertFrom<F>(to: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  switch (to) {
    case 1: return convertTo<F, i8>(a, am, valid, sel, count, out);
    case 2: return convertTo<F, i16>(a, am, valid, sel, count, out);
    case 3: return convertTo<F, i32>(a, am, valid, sel, count, out);
    case 4: return convertTo<F, i64>(a, am, valid, sel, count, out);
    case 5: return convertTo<F, f32>(a, am, valid, sel, count, out);
    default: return convertTo<F, f64>(a, am, valid, sel, count, out);
  }
}

/** Casts between numbers of different kinds. */
export function convert(from: u32, to: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  switch (from) {
    case 1: return convertFrom<i8>(to, a, am, valid, sel, count, out);
    case 2: return convertFrom<i16>(to, a, am, valid, sel, count, out);
    case 3: return convertFrom<i32>(to, a, am, valid, sel, count, out);
    case 4: return convertFrom<i64>(to, a, am, valid, sel, count, out);
    case 5: return convertFrom<f32>(to, a, am, valid, sel, count, out);
    default: return convertFrom<f64>(to, a, am, valid, sel, count, out);
  }
}

let high: i64 = 0;
/** Low half of the signed product of two 64-bit numbers; the high half goes to `high`. */
// @ts-ignore: decorator
@inline function multiplyWide(x: i64, y: i64): u64 {
  const xl = <u64>x & 0xffffffff, xh = x >> 32, yl = <u64>y & 0xffffffff, yh = y >> 32;
  const low = xl * yl, mid = xh * <i64>yl + <i64>(low >> 32), mid2 = <i64>xl * yh + (mid & 0xffffffff);
  high = xh * yh + (mid >> 32) + (mid2 >> 32);
  return (<u64>mid2 << 32) | (low & 0xffffffff);
}

/** `a * b` of i64 columns as 128 bits. */
export function decimalProductWide(a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), low = multiplyWide(load<i64>(a + ((r & <usize>am) << 3)), load<i64>(b + ((r & <usize>bm) << 3)));
    store<u64>(out + (r << 4), low);
    store<i64>(out + (r << 4), high, 8);
  }
}

/** `a * fa + b * fb` as 128 bits, of columns of 64 or (`aWide`, `bWide`) 128 bits; the result is known to fit. */
export function decimalSumWide(aWide: u32, a: usize, am: u32, fa: i64, bWide: u32, b: usize, bm: u32, fb: i64, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    scaled(aWide, a, r & <usize>am, fa);
    const lowA = scaledLow, highA = scaledHigh;
    scaled(bWide, b, r & <usize>bm, fb);
    const low = lowA + scaledLow;
    store<u64>(out + (r << 4), low);
    store<i64>(out + (r << 4), highA + scaledHigh + <i64>(low < lowA), 8);
  }
}

let scaledLow: u64 = 0, scaledHigh: i64 = 0;
// @ts-ignore: decorator
@inline function scaled(wide: u32, data: usize, row: usize, factor: i64): void {
  if (wide == 0) {
    scaledLow = multiplyWide(load<i64>(data + (row << 3)), factor);
    scaledHigh = high;
    return;
  }
  const low = load<u64>(data + (row << 4)), top = load<i64>(data + (row << 4), 8);
  // The low half is unsigned: what a signed product took for negative is added back.
  scaledLow = multiplyWide(<i64>low, factor);
  scaledHigh = high + top * factor + (<i64>low < 0 ? factor : 0);
}

/** Part of days since the epoch (i32): 0 year, 1 month, 2 day, 3 quarter; after Hinnant, "chrono-compatible low-level date algorithms". */
export function dateField(field: u32, days: usize, mask: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), z = <i64>load<i32>(days + ((r & <usize>mask) << 2)) + 719468;
    const era = (z >= 0 ? z : z - 146096) / 146097, dayOfEra = z - era * 146097;
    const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
    const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100), shifted = (5 * dayOfYear + 2) / 153;
    const month = shifted < 10 ? shifted + 3 : shifted - 9;
    store<i32>(out + (r << 2), <i32>(field == 0 ? yearOfEra + era * 400 + <i64>(month <= 2) : field == 1 ? month : field == 2 ? dayOfYear - (153 * shifted + 2) / 5 + 1 : (month + 2) / 3));
  }
}

/** `(t floor divided by unit) modulo range` of microseconds, as i32: the hour, minute or second of a clock in UTC; range 0: no modulo (days). */
export function clockField(unit: i64, range: i64, a: usize, mask: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), t = load<i64>(a + ((r & <usize>mask) << 3));
    let q = t / unit;
    if (q * unit > t) q--;
    if (range != 0) { q %= range; if (q < 0) q += range; }
    store<i32>(out + (r << 2), <i32>q);
  }
}

/** `a * b` as 128 bits, of a column of 128 bits and one of 64; the result is known to fit. */
export function decimalProductMixed(a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    scaled(1, a, r & <usize>am, load<i64>(b + ((r & <usize>bm) << 3)));
    store<u64>(out + (r << 4), scaledLow);
    store<i64>(out + (r << 4), scaledHigh, 8);
  }
}

// @ts-ignore: decorator
@inline function bitsOf(low: u64, high: i64): i64 {
  const sign = high >> 63, h = <u64>(high ^ sign), l = low ^ <u64>sign;
  return h != 0 ? 128 - clz<u64>(h) : 64 - clz<u64>(l);
}

/**
 * `a * b` as 128 bits of columns of 64 or (`aWide`, `bWide`) 128 bits, from the `from`th selected row on. Stops at a row whose
 * product may not have 126 bits, or of which neither factor has 63, and says which row of the selection that is; -1 when all are done. Null rows (`valid`) are left out.
 */
export function decimalProductChecked(aWide: u32, a: usize, am: u32, bWide: u32, b: usize, bm: u32, valid: usize, sel: usize, from: u32, count: u32, out: usize): i32 {
  for (let i: usize = <usize>from; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = r & <usize>am, y = r & <usize>bm;
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    const lowA: u64 = aWide == 0 ? load<u64>(a + (x << 3)) : load<u64>(a + (x << 4)), highA: i64 = aWide == 0 ? <i64>lowA >> 63 : load<i64>(a + (x << 4), 8);
    const lowB: u64 = bWide == 0 ? load<u64>(b + (y << 3)) : load<u64>(b + (y << 4)), highB: i64 = bWide == 0 ? <i64>lowB >> 63 : load<i64>(b + (y << 4), 8);
    const signA = <i64>lowA >> 63, signB = <i64>lowB >> 63;
    // Most products fit 64 bits, and say so by the bits of their factors.
    if (highA == signA && highB == signB && clz(lowA ^ <u64>signA) + clz(lowB ^ <u64>signB) > 65) {
      const product = <i64>(lowA * lowB);
      store<i64>(out + (r << 4), product);
      store<i64>(out + (r << 4), product >> 63, 8);
      continue;
    }
    const bitsA = bitsOf(lowA, highA), bitsB = bitsOf(lowB, highB);
    if (bitsA + bitsB > 126 || (bitsA > 63 && bitsB > 63)) return <i32>i;
    const isSwapped = bitsB > 63, low = isSwapped ? lowB : lowA, top = isSwapped ? highB : highA, factor = <i64>(isSwapped ? lowA : lowB);
    const lowest = multiplyWide(<i64>low, factor);
    store<u64>(out + (r << 4), lowest);
    store<i64>(out + (r << 4), high + top * factor + (<i64>low < 0 ? factor : 0), 8);
  }
  return -1;
}

/** Whole numbers and DECIMALs (kinds 1 i8 to 4 i64, 7 i128) times a power of ten, as 64 or (`wide`) 128 bits; the result is known to fit. */
export function scaleUp(kind: u32, wide: u32, factor: i64, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am;
    if (kind == 7) {
      scaled(1, a, m, factor);
      store<u64>(out + (r << 4), scaledLow);
      store<i64>(out + (r << 4), scaledHigh, 8);
      continue;
    }
    const x: i64 = kind == 4 ? load<i64>(a + (m << 3)) : kind == 3 ? <i64>load<i32>(a + (m << 2)) : kind == 2 ? <i64>load<i16>(a + (m << 1)) : <i64>load<i8>(a + m);
    if (wide == 0) { store<i64>(out + (r << 3), x * factor); continue; }
    const low = multiplyWide(x, factor);
    store<u64>(out + (r << 4), low);
    store<i64>(out + (r << 4), high, 8);
  }
}

/** i64 values divided by a power of ten, as f64: DECIMALs of up to 15 digits, which both are exact as f64. */
export function scaleDown(divisor: f64, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<f64>(out + (r << 3), <f64>load<i64>(a + ((r & <usize>am) << 3)) / divisor);
  }
}

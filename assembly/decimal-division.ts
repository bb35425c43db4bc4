// Quotients and texts of decimals. A wide column has 128 bits a value. Kernels return the first row that they can't do, or -1.
import { rowOf } from "./expression-select";
import { writeView } from "./expression-strings";

let low: u64 = 0, high: u64 = 0;

/** 64 by 64 bits, into high and low. */
// @ts-ignore: decorator
@inline function multiply(a: u64, b: u64): void {
  const a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  const least = a0 * b0, cross = a1 * b0 + (least >> 32), middle = a0 * b1 + (cross & 0xffffffff);
  low = (middle << 32) | (least & 0xffffffff);
  high = a1 * b1 + (cross >> 32) + (middle >> 32);
}

let rest: u64 = 0;
/** (top, bottom) by d, where top < d: the quotient of 64 bits, and the rest. By two digits of 32 bits, after Knuth's algorithm D. */
function divide(top: u64, bottom: u64, d: u64): u64 {
  const shift = clz<u64>(d), v = d << shift, v1 = v >> 32, v0 = v & 0xffffffff;
  const upper = shift == 0 ? top : (top << shift) | (bottom >> (64 - shift)), lower = bottom << shift, l1 = lower >> 32, l0 = lower & 0xffffffff;
  let q1 = upper / v1, r = upper - q1 * v1;
  while (q1 >> 32 != 0 || q1 * v0 > ((r << 32) | l1)) { q1--; r += v1; if (r >> 32 != 0) break; }
  const next = (upper << 32) + l1 - q1 * v;
  let q0 = next / v1;
  r = next - q0 * v1;
  while (q0 >> 32 != 0 || q0 * v0 > ((r << 32) | l0)) { q0--; r += v1; if (r >> 32 != 0) break; }
  rest = ((next << 32) + l0 - q0 * v) >> shift;
  return (q1 << 32) + q0;
}

let value: i64 = 0;
/** A value of 64 bits; false for one that needs more. */
// @ts-ignore: decorator
@inline function read(wide: u32, data: usize, m: usize): bool {
  if (wide == 0) { value = load<i64>(data + (m << 3)); return value != i64.MIN_VALUE; }
  value = load<i64>(data + (m << 4));
  return load<i64>(data + (m << 4), 8) == value >> 63 && value != i64.MIN_VALUE;
}

/** `a * factor / b`, halves away from zero, below a limit of 128 bits. Fails by zero, at the limit, and for values beyond 64 bits. */
export function decimalQuotient(aWide: u32, a: usize, am: u32, bWide: u32, b: usize, bm: u32, factor: u64, limitLow: u64, limitHigh: u64, outWide: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    if (!read(aWide, a, r & <usize>am)) return <i32>r;
    const x = value;
    if (!read(bWide, b, r & <usize>bm) || value == 0) return <i32>r;
    const negative = (x ^ value) < 0, d: u64 = value < 0 ? <u64>-value : <u64>value;
    multiply(x < 0 ? <u64>-x : <u64>x, factor);
    let top = high / d, bottom: u64;
    if (high == 0) { bottom = low / d; rest = low - bottom * d; }
    else bottom = divide(high - top * d, low, d);
    if (rest >= d - rest) { bottom++; top += <u64>(bottom == 0); }
    if (top > limitHigh || (top == limitHigh && bottom >= limitLow)) return <i32>r;
    if (outWide == 0) store<i64>(out + (r << 3), negative ? -<i64>bottom : <i64>bottom);
    else {
      store<u64>(out + (r << 4), negative ? 0 - bottom : bottom);
      store<u64>(out + (r << 4), negative ? ~top + <u64>(bottom == 0) : top, 8);
    }
  }
  return -1;
}

/** Decimals of 64 bits as text, of 22 bytes at most in `heap` each. */
export function decimalsToViews(wide: u32, scale: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): i32 {
  let next = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    if (!read(wide, a, r & <usize>am)) return <i32>r;
    let x: u64 = value < 0 ? <u64>-value : <u64>value, p = next + 24, written: u32 = 0;
    do {
      if (written == scale && scale != 0) store<u8>(--p, 46);
      const q = x / 10;
      store<u8>(--p, <u8>(x - q * 10 + 48));
      x = q;
      written++;
    } while (x != 0 || written <= scale);
    if (value < 0) store<u8>(--p, 45);
    writeView(out + (r << 4), p, <u32>(next + 24 - p));
    next += 24;
  }
  return -1;
}

// Numbers: eight digits at a time; exact integers; doubles by Clinger's exact cases and the algorithm of Eisel and
// Lemire (Lemire, "Number Parsing at a Gigabyte per Second", 2021), which says when it can't decide.
import { POWERS_OF_TEN, isDigit } from "./ndjson-state";

/** 10^0 to 10^22: the powers of ten that a double holds exactly. */
const EXACT_POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);
/** Digits counted before the rest is only walked over. */
const LONG_RUN: u32 = 40;

/** Not zero in each byte of `c` that is no digit. */
@inline export function nonDigits(c: u64): u64 {
  return ((c & 0xF0F0F0F0F0F0F0F0) ^ 0x3030303030303030) | (((c + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) ^ 0x3030303030303030);
}

/** The value of eight ASCII digits, the first in the lowest byte; bytes below '0' in the front count as zeros. */
@inline export function eightDigits(c: u64): u64 {
  c &= 0x0F0F0F0F0F0F0F0F;
  c = (c * 2561) >> 8;
  c = ((c & 0x00FF00FF00FF00FF) * 6553601) >> 16;
  return ((c & 0x0000FFFF0000FFFF) * 42949672960001) >> 32;
}

/** The value of the first 19 digits of the last readDigits. */
export let digitsValue: u64 = 0;

/** Reads the digits at p and gives how many there are; LONG_RUN and more mean "at least so many". */
@inline export function readDigits(p: usize): u32 {
  const c = load<u64>(p), stops = nonDigits(c);
  if (stops) {
    const n = <u32>ctz(stops) >> 3;
    digitsValue = n ? eightDigits(c << (64 - (n << 3))) : 0;
    return n;
  }
  return readManyDigits(p, eightDigits(c));
}

function readManyDigits(p: usize, value: u64): u32 {
  let n: u32 = 8;
  const c = load<u64>(p + 8), stops = nonDigits(c);
  const more = stops ? <u32>ctz(stops) >> 3 : 8;
  if (more) value = value * load<u64>(POWERS_OF_TEN + (<usize>more << 3)) + eightDigits(c << (64 - (more << 3)));
  n += more;
  if (more == 8) {
    while (n < LONG_RUN) {
      const d = <u32>load<u8>(p + n) - 48;
      if (d > 9) break;
      if (n < 19) value = value * 10 + d;
      n++;
    }
  }
  digitsValue = value;
  return n;
}

export let integerValue: i64 = 0;
/**
 * The integer at p, if it is one of at most 64 bits and no fraction or exponent follows; gives the place after it, or 0
 * (which says nothing about what is wrong).
 */
@inline export function readInteger(p: usize): usize {
  const negative = load<u8>(p) == 0x2d;
  if (negative) p++;
  const n = readDigits(p);
  const value = digitsValue;
  if (n - 1 > 17) { if (n != 19 || value > <u64>i64.MAX_VALUE + (negative ? 1 : 0)) return 0; }
  if (load<u8>(p) == 48 && n > 1) return 0;
  p += n;
  const c = load<u8>(p);
  if (c == 0x2e || (c | 32) == 0x65) return 0;
  integerValue = negative ? -(<i64>value) : <i64>value;
  return p;
}

/** Parts of the last readDecimal: value is significand * 10^exponent. */
export let significand: u64 = 0;
export let exponent: i32 = 0;
export let isNegative: bool = false;
/** No fraction and no exponent were written. */
export let isWhole: bool = false;

/** Splits the number at p; gives the place after it, or 0 when it has more than 19 digits or isn't a plain JSON number. */
@inline export function readDecimal(p: usize): usize {
  let negative = false;
  if (load<u8>(p) == 0x2d) { negative = true; p++; }
  const n = readDigits(p);
  let w = digitsValue, e: i32 = 0, whole = true;
  if (n - 1 > 18 || (n > 1 && load<u8>(p) == 48)) return 0;
  p += n;
  let c = load<u8>(p);
  if (c == 0x2e) {
    whole = false;
    const f = readDigits(p + 1);
    if (f == 0 || n + f > 19) return 0;
    w = w * load<u64>(POWERS_OF_TEN + (<usize>f << 3)) + digitsValue;
    e = -<i32>f;
    p += 1 + f;
    c = load<u8>(p);
  }
  if ((c | 32) == 0x65) {
    whole = false;
    c = load<u8>(++p);
    const down = c == 0x2d;
    if (down || c == 0x2b) p++;
    const x = readDigits(p);
    if (x - 1 > 7) return 0;
    e += down ? -<i32>digitsValue : <i32>digitsValue;
    p += x;
  }
  significand = w;
  exponent = e;
  isNegative = negative;
  isWhole = whole;
  return p;
}

let productLow: u64 = 0;
/** The high half of a * b; the low half is in productLow. */
@inline function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  const low = a0 * b0, cross = a1 * b0 + (low >> 32), middle = a0 * b1 + (cross & 0xffffffff);
  productLow = (middle << 32) | (low & 0xffffffff);
  return a1 * b1 + (cross >> 32) + (middle >> 32);
}

export let doubleValue: f64 = 0;
/** Makes a double of the parts of readDecimal, correctly rounded. False: it can't be told here. */
@inline export function toDouble(powersOfFive: usize): bool {
  const w = significand, e = exponent;
  if (w <= 9007199254740992 && e >= -22 && e <= 22) {
    const x = <f64>w;
    const y = e < 0 ? x / load<f64>(EXACT_POWERS + (<usize>-e << 3)) : x * load<f64>(EXACT_POWERS + (<usize>e << 3));
    // -0 is the whole number zero; -0.0 keeps its sign
    doubleValue = isNegative && !(isWhole && w == 0) ? -y : y;
    return true;
  }
  return eiselLemire(powersOfFive, w, e);
}

/** powersOfFive: for exponents -342 to 308 the 128 top bits of 5^q, high word first. */
function eiselLemire(powersOfFive: usize, w: u64, q: i32): bool {
  if (w == 0) { doubleValue = isNegative ? -0.0 : 0.0; return true; }
  if (q < -342 || q > 308) return false;
  const shift = clz(w), entry = powersOfFive + (<usize>(q + 342) << 4);
  w <<= shift;
  let high = multiplyHigh(w, load<u64>(entry)), low = productLow;
  if ((high & 0x1ff) == 0x1ff) {
    const next = low + multiplyHigh(w, load<u64>(entry, 8));
    if (next < low) high++;
    low = next;
    if (low == u64.MAX_VALUE && (q < -27 || q > 55)) return false;
  }
  const top = high >> 63, drop = top + 9;
  let mantissa = high >> drop;
  let binary = <i32>((217706 * q) >> 16) + 63 + <i32>top - <i32>shift + 1023;
  if (binary <= 0) return false;   // subnormal
  if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && (mantissa << drop) == high) mantissa &= ~1;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa >= <u64>1 << 53) { mantissa = <u64>1 << 52; binary++; }
  if (binary >= 0x7ff) return false;
  doubleValue = reinterpret<f64>((mantissa & ((<u64>1 << 52) - 1)) | (<u64>binary << 52) | (isNegative ? <u64>1 << 63 : 0));
  return true;
}

/**
 * The double just made as a float, rounded once. A double that lies exactly between two floats may itself have been
 * rounded there, and a subnormal float drops other bits: then it can't be told here (false).
 */
@inline export function isFloatSafe(x: f64): bool {
  const bits = reinterpret<u64>(x), size = bits & 0x7fffffffffffffff;
  return size == 0 || ((bits & 0x1fffffff) != 0x10000000 && size >= 0x3810000000000000 && size < 0x47efffffd0000000);
}

export let decimalValue: i64 = 0;
/** The parts of readDecimal as a whole number of 10^-scale, rounded half up away from zero. False: it doesn't fit 18 digits or can't be told. */
@inline export function toDecimal(scale: i32): bool {
  const shift = exponent + scale;
  let w = significand;
  if (shift > 0) {
    if (w == 0) { decimalValue = 0; return true; }
    if (shift > 18) return false;
    const power = load<u64>(POWERS_OF_TEN + (<usize>shift << 3));
    if (w > 999999999999999999 / power) return false;
    w *= power;
  } else if (shift < 0) {
    if (shift < -19) return false;
    const power = load<u64>(POWERS_OF_TEN + (<usize>-shift << 3)), rest = w % power;
    w = w / power + (rest >= power - rest ? 1 : 0);
  }
  if (w > 999999999999999999) return false;
  decimalValue = isNegative ? -(<i64>w) : <i64>w;
  return true;
}

/** The end of the JSON number at p, grammar checked, or 0. `p` may be a minus sign. */
export function numberEnd(p: usize): usize {
  if (load<u8>(p) == 0x2d) p++;
  const first = load<u8>(p);
  if (!isDigit(first)) return 0;
  p++;
  if (first != 48) while (isDigit(load<u8>(p))) p++;
  else if (isDigit(load<u8>(p))) return 0;
  let c = load<u8>(p);
  if (c == 0x2e) {
    const from = ++p;
    while (isDigit(load<u8>(p))) p++;
    if (p == from) return 0;
    c = load<u8>(p);
  }
  if ((c | 32) == 0x65) {
    c = load<u8>(++p);
    if (c == 0x2d || c == 0x2b) p++;
    const from = p;
    while (isDigit(load<u8>(p))) p++;
    if (p == from) return 0;
  }
  return p;
}

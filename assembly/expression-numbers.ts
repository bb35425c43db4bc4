// Kernels over numbers beside arithmetic: signs, bits, extremes, whole parts, hashes. Kinds: 0 u8, 1 i8, 2 i16, 3 i32, 4 i64,
// 5 f32, 6 f64, 8 views. Rows, masks and validity as in expression-arithmetic; kernels that can fail return the first failing row, or -1.
import { rowOf } from "./expression-select";
import { xxBytes, xxInt, xxLong } from "./xxhash";

// @ts-ignore: decorator
@inline function counts(valid: usize, r: usize): bool { return valid == 0 || load<u8>(valid + r) != 0; }

/** A whole number of a kind, widened. */
// @ts-ignore: decorator
@inline function whole(kind: u32, data: usize, m: usize): i64 {
  switch (kind) {
    case 0: return <i64>load<u8>(data + m);
    case 1: return <i64>load<i8>(data + m);
    case 2: return <i64>load<i16>(data + (m << 1));
    case 3: return <i64>load<i32>(data + (m << 2));
    default: return load<i64>(data + (m << 3));
  }
}
// @ts-ignore: decorator
@inline function put(kind: u32, data: usize, r: usize, x: i64): void {
  switch (kind) {
    case 1: store<i8>(data + r, <i8>x); break;
    case 2: store<i16>(data + (r << 1), <i16>x); break;
    case 3: store<i32>(data + (r << 2), <i32>x); break;
    default: store<i64>(data + (r << 3), x);
  }
}

/** Values without their sign; fails where there is none. */
export function absolute(kind: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  const least: i64 = kind == 4 ? i64.MIN_VALUE : -(<i64>1 << ((<i64>8 << (kind - 1)) - 1));
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am;
    if (kind == 6) { store<f64>(out + (r << 3), abs(load<f64>(a + (m << 3)))); continue; }
    if (kind == 5) { store<f32>(out + (r << 2), abs(load<f32>(a + (m << 2)))); continue; }
    const x = whole(kind, a, m);
    if (x == least && counts(valid, r)) return <i32>r;
    put(kind, out, r, x < 0 ? -x : x);
  }
  return -1;
}

/** Bits of two whole numbers: 0 and, 1 or, 2 exclusive or; 3: those of a the other way round. */
export function bitsOfRows(kind: u32, op: u32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = whole(kind, a, r & <usize>am), y: i64 = op == 3 ? 0 : whole(kind, b, r & <usize>bm);
    put(kind, out, r, op == 0 ? x & y : op == 1 ? x | y : op == 2 ? x ^ y : ~x);
  }
}

/** Bits (kinds 3 and 4) moved by b (i32): 0 left, 1 right, 2 right without the sign. */
export function shiftBits(kind: u32, op: u32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am, n = load<i32>(b + ((r & <usize>bm) << 2));
    if (kind == 3) { const x = load<i32>(a + (m << 2)); store<i32>(out + (r << 2), op == 0 ? x << n : op == 1 ? x >> n : <i32>(<u32>x >>> n)); }
    else { const x = load<i64>(a + (m << 3)); store<i64>(out + (r << 3), op == 0 ? x << n : op == 1 ? x >> n : <i64>(<u64>x >>> n)); }
  }
}

/** How many bits are set in 64, as i32. */
export function countBits(kind: u32, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<i32>(out + (r << 2), <i32>popcnt<i64>(whole(kind, a, r & <usize>am)));
  }
}

/** The remainder that isn't negative (kinds 1 to 4). Fails by zero, and by numbers that sums with may not fit. */
export function positiveRemainder(kind: u32, a: usize, am: u32, b: usize, bm: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = whole(kind, a, r & <usize>am), n = whole(kind, b, r & <usize>bm);
    if (n == 0 || n == -1 || (n < 0 && x < 0)) {
      if (counts(valid, r)) return <i32>r;
      continue;
    }
    const z = x % n;
    put(kind, out, r, z < 0 ? (z + n) % n : z);
  }
  return -1;
}

// @ts-ignore: decorator
@inline function isBelow(x: f64, y: f64): bool { return x < y || (x == x && y != y); }

/** The greater (`sign` 1) or lesser (-1) of two values; nulls are passed over, NaN is the greatest. `outValid` is written for each row. */
export function extremeRows(kind: u32, sign: i32, a: usize, am: u32, av: usize, b: usize, bm: u32, bv: usize, sel: usize, count: u32, out: usize, outValid: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am, n = r & <usize>bm, hasA = counts(av, m), hasB = counts(bv, n);
    store<u8>(outValid + r, <u8>(hasA || hasB));
    let takeB = hasB;
    if (hasA && hasB) {
      if (kind == 6) { const x = load<f64>(a + (m << 3)), y = load<f64>(b + (n << 3)); takeB = sign > 0 ? isBelow(x, y) : isBelow(y, x); }
      else if (kind == 5) { const x = <f64>load<f32>(a + (m << 2)), y = <f64>load<f32>(b + (n << 2)); takeB = sign > 0 ? isBelow(x, y) : isBelow(y, x); }
      else { const x = whole(kind, a, m), y = whole(kind, b, n); takeB = sign > 0 ? y > x : y < x; }
    }
    const data = takeB ? b : a, at = takeB ? n : m;
    if (kind == 6 || kind == 4) store<i64>(out + (r << 3), load<i64>(data + (at << 3)));
    else if (kind == 5 || kind == 3) store<i32>(out + (r << 2), load<i32>(data + (at << 2)));
    else if (kind == 2) store<i16>(out + (r << 1), load<i16>(data + (at << 1)));
    else store<u8>(out + r, load<u8>(data + at));
  }
}

/** Doubles to the whole number above (`up` 1) or below, as i64. Fails where it may not fit. */
export function wholeParts(up: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = load<f64>(a + ((r & <usize>am) << 3)), y = up != 0 ? ceil(x) : floor(x);
    if (!(abs(y) < 9e18)) {
      if (counts(valid, r)) return <i32>r;
      continue;
    }
    store<i64>(out + (r << 3), <i64>y);
  }
  return -1;
}

/** Whole numbers divided: 0 half up, 1 half even, 2 up, 3 down. Of decimals that lose digits. */
export function divideRounded(how: u32, divisor: i64, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), x = load<i64>(a + ((r & <usize>am) << 3)), q = x / divisor, rest = x - q * divisor;
    let z = q;
    if (rest != 0) {
      const size: u64 = rest < 0 ? <u64>-rest : <u64>rest, twice = size << 1;
      if (how == 2) z = rest > 0 ? q + 1 : q;
      else if (how == 3) z = rest < 0 ? q - 1 : q;
      else if (twice > <u64>divisor || (twice == <u64>divisor && (how == 0 || (q & 1) != 0))) z = rest < 0 ? q - 1 : q + 1;
    }
    store<i64>(out + (r << 3), z);
  }
}

// @ts-ignore: decorator
@inline function mixHash(h: u32, k: u32): u32 { return rotl<u32>(h ^ rotl<u32>(k * 0xcc9e2d51, 15) * 0x1b873593, 13) * 5 + 0xe6546b64; }
// @ts-ignore: decorator
@inline function endHash(h: u32, length: u32): u32 {
  h ^= length;
  h = (h ^ (h >>> 16)) * 0x85ebca6b;
  h = (h ^ (h >>> 13)) * 0xc2b2ae35;
  return h ^ (h >>> 16);
}
/** Bits of a float as Java hashes it: one zero, one NaN. */
// @ts-ignore: decorator
@inline function bitsOf(x: f64): u64 { return x == 0 ? 0 : x != x ? 0x7ff8000000000000 : reinterpret<u64>(x); }
// @ts-ignore: decorator
@inline function bitsOfFloat(x: f32): u32 { return x == 0 ? 0 : x != x ? 0x7fc00000 : reinterpret<u32>(x); }

/** Murmur3 (32 bits) of a column over the hashes (i32) that are there, which are changed; nulls leave theirs. */
export function murmurRows(kind: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, hashes: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am, at = hashes + (r << 2), seed = load<u32>(at);
    if (valid != 0 && load<u8>(valid + m) == 0) continue;
    if (kind == 8) {
      const view = a + (m << 4), length = load<u32>(view), p = length <= 12 ? view + 4 : <usize>load<u32>(view, 8), aligned = length & ~3;
      let h = seed;
      for (let j: u32 = 0; j < aligned; j += 4) h = mixHash(h, load<u32>(p + j));
      // The rest goes in byte by byte, signed, each as a word of its own.
      for (let j = aligned; j < length; j++) h = mixHash(h, <u32><i32>load<i8>(p + j));
      store<u32>(at, endHash(h, length));
    } else if (kind == 4 || kind == 6) {
      const x: u64 = kind == 6 ? bitsOf(load<f64>(a + (m << 3))) : load<u64>(a + (m << 3));
      store<u32>(at, endHash(mixHash(mixHash(seed, <u32>x), <u32>(x >> 32)), 8));
    } else store<u32>(at, endHash(mixHash(seed, kind == 5 ? bitsOfFloat(load<f32>(a + (m << 2))) : <u32>whole(kind, a, m)), 4));
  }
}

/** XXH64 of a column over the hashes (i64) that are there, as murmurRows. */
export function xxhashRows(kind: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, hashes: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am, at = hashes + (r << 3), seed = load<u64>(at);
    if (valid != 0 && load<u8>(valid + m) == 0) continue;
    if (kind == 8) {
      const view = a + (m << 4), length = load<u32>(view);
      store<u64>(at, xxBytes(seed, length <= 12 ? view + 4 : <usize>load<u32>(view, 8), <usize>length));
    } else if (kind == 4 || kind == 6) store<u64>(at, xxLong(seed, kind == 6 ? bitsOf(load<f64>(a + (m << 3))) : load<u64>(a + (m << 3))));
    else store<u64>(at, xxInt(seed, kind == 5 ? bitsOfFloat(load<f32>(a + (m << 2))) : <u32>whole(kind, a, m)));
  }
}

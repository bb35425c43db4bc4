// Numbers without nulls beside a constant: the common filter, four rows at a time. Operators are those of expression-compare.ts.

/** Of each set of four rows, as bits, the rows that are in it. */
const PLACES: usize = memory.data<u32>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0,
  2, 0, 0, 0, 0, 2, 0, 0, 1, 2, 0, 0, 0, 1, 2, 0,
  3, 0, 0, 0, 0, 3, 0, 0, 1, 3, 0, 0, 0, 1, 3, 0,
  2, 3, 0, 0, 0, 2, 3, 0, 1, 2, 3, 0, 0, 1, 2, 3,
], 16);

// @ts-ignore: decorator
@inline function bits<T>(lanes: v128): i32 { return sizeof<T>() == 8 ? i64x2.bitmask(lanes) : i32x4.bitmask(lanes); }

// @ts-ignore: decorator
@inline function meets<T>(op: u32, x: v128, y: v128): i32 {
  if (op == 0) return bits<T>(v128.eq<T>(x, y));
  if (op == 1) return bits<T>(v128.ne<T>(x, y));
  if (op == 2) return bits<T>(v128.lt<T>(x, y));
  if (op == 3) return bits<T>(v128.le<T>(x, y));
  // NaN is greater than all else, which a comparison the other way round tells.
  if (op == 4) return bits<T>(isFloat<T>() ? v128.not(v128.le<T>(x, y)) : v128.gt<T>(x, y));
  return bits<T>(isFloat<T>() ? v128.not(v128.lt<T>(x, y)) : v128.ge<T>(x, y));
}

/**
 * Rows 0 to count - 1, as far as they go in fours, for which the comparison with `y` is true, to `out` (u32); returns where the next goes. Values are of four or
 * eight bytes; `y` is not NaN.
 */
// @ts-ignore: decorator
@inline export function chooseFours<T>(op: u32, a: usize, y: T, count: u32, out: usize): usize {
  const many = v128.splat<T>(y), last = <usize>count & ~3;
  let o = out, four = i32x4.splat(0);
  for (let r: usize = 0; r < last; r += 4) {
    const at = a + r * sizeof<T>();
    let met = meets<T>(op, v128.load(at), many);
    if (sizeof<T>() == 8) met |= meets<T>(op, v128.load(at, 16), many) << 2;
    v128.store(o, i32x4.add(four, v128.load(PLACES + (<usize>met << 4))));
    o += <usize>popcnt(met) << 2;
    four = i32x4.add(four, i32x4.splat(4));
  }
  return o;
}

// Comparisons: as BOOLEAN columns, and fused with the selection of a filter. Kinds: 0 u8, 1 i8, 2 i16, 3 i32, 4 i64, 5 f32,
// 6 f64, 7 i128, 8 string view. Operators: 0 =, 1 <>, 2 <, 3 <=, 4 >, 5 >=. NaN equals NaN and is greater than all else.
import { chooseFours } from "./compare-constant";
import { rowOf } from "./expression-select";

// @ts-ignore: decorator
@inline function less<T>(x: T, y: T): bool {
  if (isFloat<T>()) return x < y || (y != y && x == x);
  return x < y;
}

// @ts-ignore: decorator
@inline function test<T>(op: u32, x: T, y: T): bool {
  if (isFloat<T>()) {
    if (op == 0) return x == y || (x != x && y != y);
    if (op == 1) return !(x == y || (x != x && y != y));
    if (op == 2) return less<T>(x, y);
    if (op == 3) return !less<T>(y, x);
    if (op == 4) return less<T>(y, x);
    return !less<T>(x, y);
  }
  if (op == 0) return x == y;
  if (op == 1) return x != y;
  if (op == 2) return x < y;
  if (op == 3) return x <= y;
  if (op == 4) return x > y;
  return x >= y;
}

/** Whether two views hold the same bytes. */
// @ts-ignore: decorator
@inline export function sameView(a: usize, b: usize): bool {
  if (load<u64>(a) != load<u64>(b)) return false;
  const length = load<u32>(a);
  if (length <= 12) return load<u64>(a, 8) == load<u64>(b, 8);
  return load<u32>(a, 8) == load<u32>(b, 8) || memory.compare(<usize>load<u32>(a, 8), <usize>load<u32>(b, 8), <usize>length) == 0;
}

/** Sign of the order of two views by unsigned bytes. */
export function orderViews(a: usize, b: usize): i32 {
  const x = bswap<u32>(load<u32>(a, 4)), y = bswap<u32>(load<u32>(b, 4));
  if (x != y) return x < y ? -1 : 1;
  const m = load<u32>(a), n = load<u32>(b);
  const from = m <= 12 ? a + 4 : <usize>load<u32>(a, 8), other = n <= 12 ? b + 4 : <usize>load<u32>(b, 8);
  const order = memory.compare(from, other, <usize>min(m, n));
  if (order != 0) return order;
  return m < n ? -1 : m > n ? 1 : 0;
}

// @ts-ignore: decorator
@inline function testView(op: u32, a: usize, b: usize): bool {
  if (op == 0) return sameView(a, b);
  if (op == 1) return !sameView(a, b);
  const order = orderViews(a, b);
  return op == 2 ? order < 0 : op == 3 ? order <= 0 : op == 4 ? order > 0 : order >= 0;
}

// @ts-ignore: decorator
@inline function test128(op: u32, a: usize, b: usize): bool {
  const x = load<i64>(a, 8), y = load<i64>(b, 8), lowX = load<u64>(a), lowY = load<u64>(b);
  if (op == 0) return x == y && lowX == lowY;
  if (op == 1) return x != y || lowX != lowY;
  if (op == 2) return x < y || (x == y && lowX < lowY);
  if (op == 3) return x < y || (x == y && lowX <= lowY);
  if (op == 4) return x > y || (x == y && lowX > lowY);
  return x > y || (x == y && lowX >= lowY);
}

// @ts-ignore: decorator
@inline function columns<T>(op: u32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<u8>(out + r, <u8>test<T>(op, load<T>(a + (r & <usize>am) * sizeof<T>()), load<T>(b + (r & <usize>bm) * sizeof<T>())));
  }
}

// @ts-ignore: decorator
@inline function byOperator<T>(op: u32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  switch (op) {
    case 0: columns<T>(0, a, am, b, bm, sel, count, out); break;
    case 1: columns<T>(1, a, am, b, bm, sel, count, out); break;
    case 2: columns<T>(2, a, am, b, bm, sel, count, out); break;
    case 3: columns<T>(3, a, am, b, bm, sel, count, out); break;
    case 4: columns<T>(4, a, am, b, bm, sel, count, out); break;
    default: columns<T>(5, a, am, b, bm, sel, count, out);
  }
}

/** Compares the selected rows of two columns; `out`: one byte a row. */
export function compare(kind: u32, op: u32, a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  switch (kind) {
    case 0: byOperator<u8>(op, a, am, b, bm, sel, count, out); break;
    case 1: byOperator<i8>(op, a, am, b, bm, sel, count, out); break;
    case 2: byOperator<i16>(op, a, am, b, bm, sel, count, out); break;
    case 3: byOperator<i32>(op, a, am, b, bm, sel, count, out); break;
    case 4: byOperator<i64>(op, a, am, b, bm, sel, count, out); break;
    case 5: byOperator<f32>(op, a, am, b, bm, sel, count, out); break;
    case 6: byOperator<f64>(op, a, am, b, bm, sel, count, out); break;
    case 7:
      for (let i: usize = 0; i < <usize>count; i++) {
        const r = rowOf(sel, i);
        store<u8>(out + r, <u8>test128(op, a + ((r & <usize>am) << 4), b + ((r & <usize>bm) << 4)));
      }
      break;
    default:
      for (let i: usize = 0; i < <usize>count; i++) {
        const r = rowOf(sel, i);
        store<u8>(out + r, <u8>testView(op, a + ((r & <usize>am) << 4), b + ((r & <usize>bm) << 4)));
      }
  }
}

// @ts-ignore: decorator
@inline function there(av: usize, am: u32, bv: usize, bm: u32, r: usize): bool {
  return (av == 0 || load<u8>(av + (r & <usize>am)) != 0) && (bv == 0 || load<u8>(bv + (r & <usize>bm)) != 0);
}

// @ts-ignore: decorator
@inline function chosen<T>(op: u32, a: usize, am: u32, av: usize, b: usize, bm: u32, bv: usize, sel: usize, count: u32, out: usize): u32 {
  let o = out;
  if ((av | bv) == 0 && bm == 0) {
    // A column beside a constant: the common filter.
    const y = load<T>(b);
    if (sel == 0 && am != 0) {
      let r: usize = 0;
      if (sizeof<T>() >= 4 && y == y) {
        o = chooseFours<T>(op, a, y, count, out);
        r = <usize>count & ~3;
      }
      for (; r < <usize>count; r++) {
        store<u32>(o, <u32>r);
        o += <usize>test<T>(op, load<T>(a + r * sizeof<T>()), y) << 2;
      }
      return <u32>((o - out) >> 2);
    }
    for (let i: usize = 0; i < <usize>count; i++) {
      const r = rowOf(sel, i);
      store<u32>(o, <u32>r);
      o += <usize>test<T>(op, load<T>(a + (r & <usize>am) * sizeof<T>()), y) << 2;
    }
    return <u32>((o - out) >> 2);
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<u32>(o, <u32>r);
    const keep = test<T>(op, load<T>(a + (r & <usize>am) * sizeof<T>()), load<T>(b + (r & <usize>bm) * sizeof<T>()));
    o += <usize>(keep & there(av, am, bv, bm, r)) << 2;
  }
  return <u32>((o - out) >> 2);
}

// @ts-ignore: decorator
@inline function chosenBy<T>(op: u32, a: usize, am: u32, av: usize, b: usize, bm: u32, bv: usize, sel: usize, count: u32, out: usize): u32 {
  switch (op) {
    case 0: return chosen<T>(0, a, am, av, b, bm, bv, sel, count, out);
    case 1: return chosen<T>(1, a, am, av, b, bm, bv, sel, count, out);
    case 2: return chosen<T>(2, a, am, av, b, bm, bv, sel, count, out);
    case 3: return chosen<T>(3, a, am, av, b, bm, bv, sel, count, out);
    case 4: return chosen<T>(4, a, am, av, b, bm, bv, sel, count, out);
    default: return chosen<T>(5, a, am, av, b, bm, bv, sel, count, out);
  }
}

/** Rows for which a comparison is true (not false, not null), to `out`; returns their number. */
export function selectCompare(kind: u32, op: u32, a: usize, am: u32, av: usize, b: usize, bm: u32, bv: usize, sel: usize, count: u32, out: usize): u32 {
  switch (kind) {
    case 0: return chosenBy<u8>(op, a, am, av, b, bm, bv, sel, count, out);
    case 1: return chosenBy<i8>(op, a, am, av, b, bm, bv, sel, count, out);
    case 2: return chosenBy<i16>(op, a, am, av, b, bm, bv, sel, count, out);
    case 3: return chosenBy<i32>(op, a, am, av, b, bm, bv, sel, count, out);
    case 4: return chosenBy<i64>(op, a, am, av, b, bm, bv, sel, count, out);
    case 5: return chosenBy<f32>(op, a, am, av, b, bm, bv, sel, count, out);
    case 6: return chosenBy<f64>(op, a, am, av, b, bm, bv, sel, count, out);
    default: {
      let o = out;
      for (let i: usize = 0; i < <usize>count; i++) {
        const r = rowOf(sel, i), x = a + ((r & <usize>am) << 4), y = b + ((r & <usize>bm) << 4);
        store<u32>(o, <u32>r);
        const keep = there(av, am, bv, bm, r) && (kind == 7 ? test128(op, x, y) : testView(op, x, y));
        o += <usize>keep << 2;
      }
      return <u32>((o - out) >> 2);
    }
  }
}

// Kernels of selections, validity and logic. Rows come as (sel, count): sel 0 is rows 0 to count - 1. An argument comes with
// a mask that its row numbers are ANDed with: all ones, or 0 for a constant, whose one value is at row 0.

// @ts-ignore: decorator
@inline export function rowOf(sel: usize, i: usize): usize {
  return sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
}

/** Validity of a result that is null where a or b is. */
export function validAnd(a: usize, b: usize, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<u8>(out + r, load<u8>(a + r) & load<u8>(b + r));
  }
}

// `flip` 1: rows where it is not so.
// @ts-ignore: decorator
@inline function selectByTruth(data: usize, valid: usize, mask: u32, sel: usize, count: u32, out: usize, flip: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>mask;
    store<u32>(o, <u32>r);
    let keep = <usize>load<u8>(data + m);
    if (valid != 0) keep &= <usize>load<u8>(valid + m);
    o += (keep ^ flip) << 2;
  }
  return <u32>((o - out) >> 2);
}
/** Rows where a condition is true. */
export function selectTrue(data: usize, valid: usize, mask: u32, sel: usize, count: u32, out: usize): u32 { return selectByTruth(data, valid, mask, sel, count, out, 0); }
/** Rows where a condition is false or null. */
export function selectNotTrue(data: usize, valid: usize, mask: u32, sel: usize, count: u32, out: usize): u32 { return selectByTruth(data, valid, mask, sel, count, out, 1); }

/** Rows whose validity byte is `wanted`. */
export function selectByValidity(valid: usize, mask: u32, wanted: u32, sel: usize, count: u32, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<u32>(o, <u32>r);
    o += <usize>(<u32>load<u8>(valid + (r & <usize>mask)) == wanted) << 2;
  }
  return <u32>((o - out) >> 2);
}

/** Rows that the left side of AND (of OR) leaves open: those where it is null, or true (or false). */
export function selectUndecided(isAnd: u32, data: usize, valid: usize, mask: u32, sel: usize, count: u32, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>mask;
    store<u32>(o, <u32>r);
    const open = valid != 0 && load<u8>(valid + m) == 0 ? 1 : <usize>(<u32>load<u8>(data + m) == isAnd);
    o += open << 2;
  }
  return <u32>((o - out) >> 2);
}

/** AND (OR) over the rows that the left side left open, given the right side. */
export function combineLogical(isAnd: u32, leftValid: usize, leftMask: u32, right: usize, rightValid: usize, rightMask: u32, sel: usize, count: u32, data: usize, valid: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>rightMask;
    const rightNull = rightValid != 0 && load<u8>(rightValid + m) == 0;
    const value = <u32>load<u8>(right + m);
    const decided = !rightNull && value != isAnd;
    const leftNull = leftValid != 0 && load<u8>(leftValid + (r & <usize>leftMask)) == 0;
    store<u8>(data + r, <u8>(decided ? value : isAnd));
    store<u8>(valid + r, decided || !(rightNull || leftNull) ? 1 : 0);
  }
}

/** NOT. */
export function notRows(a: usize, mask: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<u8>(out + r, load<u8>(a + (r & <usize>mask)) ^ 1);
  }
}

/** Validity bytes as a BOOLEAN column: IS NOT NULL, or IS NULL with `flip` 1. */
export function validityRows(valid: usize, mask: u32, flip: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<u8>(out + r, load<u8>(valid + (r & <usize>mask)) ^ <u8>flip);
  }
}

/** `<=>` from `=` of the values: both null, or both there and equal. In place. */
export function nullSafe(equal: usize, av: usize, am: u32, bv: usize, bm: u32, sel: usize, count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    const a: u8 = av == 0 ? 1 : load<u8>(av + (r & <usize>am)), b: u8 = bv == 0 ? 1 : load<u8>(bv + (r & <usize>bm));
    store<u8>(equal + r, (a & b & load<u8>(equal + r)) | ((a | b) ^ 1));
  }
}

// @ts-ignore: decorator
@inline function copyOf<T>(from: usize, mask: u32, sel: usize, count: u32, to: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<T>(to + r * sizeof<T>(), load<T>(from + (r & <usize>mask) * sizeof<T>()));
  }
}

/** Copies values of 1, 2, 4, 8 or 16 bytes, each to its own row. */
export function copyRows(from: usize, mask: u32, width: u32, sel: usize, count: u32, to: usize): void {
  switch (width) {
    case 1: copyOf<u8>(from, mask, sel, count, to); break;
    case 2: copyOf<u16>(from, mask, sel, count, to); break;
    case 4: copyOf<u32>(from, mask, sel, count, to); break;
    case 8: copyOf<u64>(from, mask, sel, count, to); break;
    default:
      for (let i: usize = 0; i < <usize>count; i++) {
        const r = rowOf(sel, i);
        v128.store(to + (r << 4), v128.load(from + ((r & <usize>mask) << 4)));
      }
  }
}

/** Sets a byte at each selected row. */
export function fillRows(byte: u32, sel: usize, count: u32, to: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u8>(to + rowOf(sel, i), <u8>byte);
}

/** OR of two BOOLEAN columns without nulls, into the first. */
export function orRows(a: usize, b: usize, sel: usize, count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<u8>(a + r, load<u8>(a + r) | load<u8>(b + r));
  }
}

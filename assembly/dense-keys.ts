// Joins by whole numbers that lie close together: a table with a place for each number between the least and the greatest, which
// holds the first row of that key, as its number + 1. Rows of one key are chained as in join.ts. Kinds: 1 i8, 2 i16, 3 i32, 4 i64.

// @ts-ignore: decorator
@inline function keyAt(kind: u32, data: usize, row: usize): i64 {
  if (kind == 4) return load<i64>(data + (row << 3));
  if (kind == 3) return <i64>load<i32>(data + (row << 2));
  if (kind == 2) return <i64>load<i16>(data + (row << 1));
  return <i64>load<i8>(data + row);
}

/** Least and greatest key of rows 0 to count - 1 that have one, as two i64 at `out`; without any the greatest i64 and the least. */
export function denseRange(kind: u32, data: usize, valid: usize, count: u32, out: usize): void {
  let least = i64.MAX_VALUE, greatest = i64.MIN_VALUE;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (valid != 0 && load<u8>(valid + i) == 0) continue;
    const key = keyAt(kind, data, i);
    least = min<i64>(least, key);
    greatest = max<i64>(greatest, key);
  }
  store<i64>(out, least);
  store<i64>(out, greatest, 8);
}

/** Chains rows 0 to count - 1 under their keys, in order. `heads`: u32 a key from `base` on, zero; `next`: u32 a row. */
export function denseLink(kind: u32, data: usize, valid: usize, count: u32, base: i64, heads: usize, next: usize): void {
  for (let i = <usize>count; i > 0; i--) {
    const row = i - 1;
    if (valid != 0 && load<u8>(valid + row) == 0) continue;
    const head = heads + (<usize>(keyAt(kind, data, row) - base) << 2);
    store<u32>(next + (row << 2), load<u32>(head));
    store<u32>(head, <u32>i);
  }
}

/** Where the first row of each selected row's key stands, to `out` (u32); 0 where no row has it. `mask`: 0 for a constant, else -1. */
export function denseFind(kind: u32, data: usize, mask: u32, sel: usize, count: u32, base: i64, size: u32, heads: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: usize = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), place = <u64>(keyAt(kind, data, row & <usize>mask) - base);
    const head = heads + (<usize>place << 2);
    store<u32>(out + (i << 2), place < <u64>size && load<u32>(head) != 0 ? <u32>head : 0);
  }
}

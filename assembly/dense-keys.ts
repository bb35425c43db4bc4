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

/** Chains rows 0 to count - 1 under their keys, in order. `heads`: u32 a key from `base` on, zero; `next`: u32 a row. Says whether a key has several rows. */
export function denseLink(kind: u32, data: usize, valid: usize, count: u32, base: i64, heads: usize, next: usize): bool {
  let behind: u32 = 0;
  for (let i = <usize>count; i > 0; i--) {
    const row = i - 1;
    if (valid != 0 && load<u8>(valid + row) == 0) continue;
    const head = heads + (<usize>(keyAt(kind, data, row) - base) << 2);
    behind |= load<u32>(head);
    store<u32>(next + (row << 2), load<u32>(head));
    store<u32>(head, <u32>i);
  }
  return behind != 0;
}

/** Whether the keys of rows 0 to count - 1 are `base`, `base` + 1 and so on. */
export function denseInSequence(kind: u32, data: usize, count: u32, base: i64): bool {
  for (let i: usize = 0; i < <usize>count; i++) if (keyAt(kind, data, i) - base != <i64>i) return false;
  return true;
}

// @ts-ignore: decorator
@inline function pairs<T>(data: usize, mask: usize, sel: usize, count: u32, base: i64, size: u32, heads: usize, probe: usize, build: usize): u32 {
  let n: usize = 0;
  if (heads == 0) {
    let i: usize = 0;
    if (sizeof<T>() == 4 && sel == 0 && mask != 0) {
      // All are of 32 bits, also the last key that there is: what wraps around is no place.
      const least = i32x4.splat(<i32>base), sizes = i32x4.splat(<i32>size);
      let rows = i32x4(0, 1, 2, 3);
      for (; i + 4 <= <usize>count; i += 4) {
        const four = i32x4.sub(v128.load(data + (i << 2)), least);
        if (!i32x4.all_true(i32x4.lt_u(four, sizes))) break;
        v128.store(probe + (i << 2), rows);
        v128.store(build + (i << 2), four);
        rows = i32x4.add(rows, i32x4.splat(4));
      }
      n = i;
    }
    for (; i < <usize>count; i++) {
      const row: usize = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), place = <u64>(<i64>load<T>(data + (row & mask) * sizeof<T>()) - base);
      store<u32>(probe + (n << 2), <u32>row);
      store<u32>(build + (n << 2), <u32>place);
      n += <usize>(place < <u64>size);
    }
    return <u32>n;
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: usize = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), place = <u64>(<i64>load<T>(data + (row & mask) * sizeof<T>()) - base);
    const head: u32 = place < <u64>size ? load<u32>(heads + (<usize>place << 2)) : 0;
    store<u32>(probe + (n << 2), <u32>row);
    store<u32>(build + (n << 2), head - 1);
    n += <usize>(head != 0);
  }
  return <u32>n;
}

/**
 * Where each key has one row at most: the selected rows that have a partner, to `probe`, and their partners, to `build` (u32, room for `count`);
 * returns how many. `heads` 0: the rows' numbers are their keys, from `base` on. `mask`: 0 for a constant, else -1.
 */
export function densePairs(kind: u32, data: usize, mask: u32, sel: usize, count: u32, base: i64, size: u32, heads: usize, probe: usize, build: usize): u32 {
  if (kind == 4) return pairs<i64>(data, <usize>mask, sel, count, base, size, heads, probe, build);
  if (kind == 3) return pairs<i32>(data, <usize>mask, sel, count, base, size, heads, probe, build);
  if (kind == 2) return pairs<i16>(data, <usize>mask, sel, count, base, size, heads, probe, build);
  return pairs<i8>(data, <usize>mask, sel, count, base, size, heads, probe, build);
}

/** Where the first row of each selected row's key stands, to `out` (u32); 0 where no row has it. `mask`: 0 for a constant, else -1. */
export function denseFind(kind: u32, data: usize, mask: u32, sel: usize, count: u32, base: i64, size: u32, heads: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: usize = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), place = <u64>(keyAt(kind, data, row & <usize>mask) - base);
    const head = heads + (<usize>place << 2);
    store<u32>(out + (i << 2), place < <u64>size && load<u32>(head) != 0 ? <u32>head : 0);
  }
}

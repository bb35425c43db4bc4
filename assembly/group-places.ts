// Groups by whole numbers that lie close together: beside the table of groups a place for each number between a least and a greatest
// one, which holds the address of its group, or 0 where the group was not looked up yet. Kinds are those of dense-keys.ts.

// @ts-ignore: decorator
@inline function rowAt(sel: usize, i: usize): usize { return sel == 0 ? i : <usize>load<u32>(sel + (i << 2)); }

// @ts-ignore: decorator
@inline function find<T>(data: usize, valid: usize, mask: usize, sel: usize, count: u32, base: i64, size: u32, places: usize, ofNull: u32, out: usize, missing: usize, missingAt: usize): u32 {
  let n: usize = 0;
  if (valid == 0 && mask != 0) {
    for (let i: usize = 0; i < <usize>count; i++) {
      const row = rowAt(sel, i), place = <u64>(<i64>load<T>(data + row * sizeof<T>()) - base);
      const group: u32 = place < <u64>size ? load<u32>(places + (<usize>place << 2)) : 0;
      store<u32>(out + (i << 2), group);
      if (group == 0) {
        store<u32>(missing + (n << 2), <u32>row);
        store<u32>(missingAt + (n++ << 2), <u32>i);
      }
    }
    return <u32>n;
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i), at = row & mask;
    let group = ofNull;
    if (valid == 0 || load<u8>(valid + at) != 0) {
      const place = <u64>(<i64>load<T>(data + at * sizeof<T>()) - base);
      group = place < <u64>size ? load<u32>(places + (<usize>place << 2)) : 0;
    }
    store<u32>(out + (i << 2), group);
    if (group == 0) {
      store<u32>(missing + (n << 2), <u32>row);
      store<u32>(missingAt + (n++ << 2), <u32>i);
    }
  }
  return <u32>n;
}

/**
 * The groups of selected rows (u32 addresses, 0: not known) to `out`. Of those that are not known, the row's number to `missing` and its place in the
 * selection to `missingAt`; returns how many. `places`: u32 a number from `base` on. `ofNull`: the group of rows without a value. `mask`: 0 for a constant, else -1.
 */
export function placesFind(kind: u32, data: usize, valid: usize, mask: u32, sel: usize, count: u32, base: i64, size: u32, places: usize, ofNull: u32, out: usize, missing: usize, missingAt: usize): u32 {
  if (kind == 4) return find<i64>(data, valid, <usize>mask, sel, count, base, size, places, ofNull, out, missing, missingAt);
  if (kind == 3) return find<i32>(data, valid, <usize>mask, sel, count, base, size, places, ofNull, out, missing, missingAt);
  if (kind == 2) return find<i16>(data, valid, <usize>mask, sel, count, base, size, places, ofNull, out, missing, missingAt);
  return find<i8>(data, valid, <usize>mask, sel, count, base, size, places, ofNull, out, missing, missingAt);
}

// @ts-ignore: decorator
@inline function keyAt(kind: u32, data: usize, row: usize): i64 {
  if (kind == 4) return load<i64>(data + (row << 3));
  if (kind == 3) return <i64>load<i32>(data + (row << 2));
  if (kind == 2) return <i64>load<i16>(data + (row << 1));
  return <i64>load<i8>(data + row);
}

/** Least and greatest value of selected rows that have one, as two i64 at `out`; without any the greatest i64 and the least. */
export function placesRange(kind: u32, data: usize, valid: usize, mask: u32, sel: usize, count: u32, out: usize): void {
  let least = i64.MAX_VALUE, greatest = i64.MIN_VALUE;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i) & <usize>mask;
    if (valid != 0 && load<u8>(valid + row) == 0) continue;
    const key = keyAt(kind, data, row);
    least = min<i64>(least, key);
    greatest = max<i64>(greatest, key);
  }
  store<i64>(out, least);
  store<i64>(out, greatest, 8);
}

/** Keeps the groups (u32 at `addresses`) of rows that were missing, and puts them where placesFind left their place in `out`. Returns the group of rows without a value, or `ofNull`. */
export function placesKeep(kind: u32, data: usize, valid: usize, mask: u32, missing: usize, missingAt: usize, count: u32, addresses: usize, base: i64, size: u32, places: usize, ofNull: u32, out: usize): u32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(missing + (i << 2)) & <usize>mask, group = load<u32>(addresses + (i << 2));
    store<u32>(out + (<usize>load<u32>(missingAt + (i << 2)) << 2), group);
    if (valid != 0 && load<u8>(valid + row) == 0) ofNull = group;
    else {
      const place = <u64>(keyAt(kind, data, row) - base);
      if (place < <u64>size) store<u32>(places + (<usize>place << 2), group);
    }
  }
  return ofNull;
}

// Rows that may still be among the first of their partition in an order. At the address of each partition's group, `offset` bytes
// behind, stands the complement of the greatest word that may get in (0: any). Words and kinds are those of sort-rows.ts; of a row
// without a value the word is the least or the greatest. What gets in by its word may still be kept out by the keys behind the first.
import { wordOf } from "./sort-rows";

// @ts-ignore: decorator
@inline function wordAt(kind: u32, data: usize, valid: usize, row: usize, flip: u64, nulls: u64): u64 {
  return valid != 0 && load<u8>(valid + row) == 0 ? nulls : wordOf(kind, data, row) ^ flip;
}

/**
 * Of rows (u32 at `rows`; 0: rows 0 to count - 1) those that may get in, to `out`, and the addresses of their groups to `outAddresses`.
 * Returns their number. `nulls`: the word of rows without a value. With `first` only one place is to be had: the word of each row that gets in becomes the bound.
 */
export function limitSelect(kind: u32, data: usize, valid: usize, rows: usize, count: u32, isDescending: bool, nulls: u64, addresses: usize, offset: usize, first: bool, out: usize, outAddresses: usize): u32 {
  const flip: u64 = isDescending ? u64.MAX_VALUE : 0;
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: u32 = rows == 0 ? <u32>i : load<u32>(rows + (i << 2)), group = load<u32>(addresses + (i << 2)), bound = <usize>group + offset;
    const word = wordAt(kind, data, valid, <usize>row, flip, nulls), isIn = word <= ~load<u64>(bound);
    store<u32>(out + (kept << 2), row);
    store<u32>(outAddresses + (kept << 2), group);
    kept += <usize>isIn;
    if (first && isIn) store<u64>(bound, ~word);
  }
  return <u32>kept;
}

/**
 * Marks the rows that are among the first `limit` of their partition. `rows`: sorted by partition and order; `partitions`, `peers`: a byte
 * a sorted row, 1 where another partition begins, or other values of the order. `rank` 0: row_number, 1: rank, 2: dense_rank. `marks`:
 * a byte a row by its number, zero.
 */
export function limitMark(rank: u32, limit: u32, rows: usize, count: u32, partitions: usize, peers: usize, marks: usize): void {
  let number: u32 = 0, at: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const isNew = i == 0 || load<u8>(partitions + i) != 0;
    if (isNew) number = at = 0;
    number++;
    if (rank == 0) at = number;
    else if (isNew || load<u8>(peers + i) != 0) at = rank == 1 ? number : at + 1;
    store<u8>(marks + <usize>load<u32>(rows + (i << 2)), <u8>(at <= limit));
  }
}

/** As limitMark goes through the rows: in partitions that have `limit` places taken, the word of the row that took the last becomes the bound. `groups`: u64 a row by its number. */
export function limitBounds(rank: u32, limit: u32, rows: usize, count: u32, partitions: usize, peers: usize, kind: u32, data: usize, valid: usize, isDescending: bool, nulls: u64, groups: usize, offset: usize): void {
  const flip: u64 = isDescending ? u64.MAX_VALUE : 0;
  let places: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const isNew = i == 0 || load<u8>(partitions + i) != 0;
    if (isNew) places = 0;
    if (rank == 2 && !isNew && load<u8>(peers + i) == 0) continue;
    if (++places != limit) continue;
    const row = <usize>load<u32>(rows + (i << 2));
    store<u64>(<usize>load<u32>(groups + (row << 3)) + offset, ~wordAt(kind, data, valid, row, flip, nulls));
  }
}

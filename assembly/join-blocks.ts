// Rows of a join of streams in the form of the log: flat, without addresses. Layout of rows: join-layout.ts.
import { DIRECTORY } from "./table-layout";
import { CHAIN, HAS_VIEWS, KINDS, ROW_BYTES, ROW_FLAGS, ROW_ID, ROW_NEXT, ROW_WORDS, WORDS, MATCHED } from "./join-layout";

// @ts-ignore: decorator
@inline function zigzag(x: i64): u64 { return <u64>((x << 1) ^ (x >> 63)); }
// @ts-ignore: decorator
@inline function unzigzag(x: u64): i64 { return <i64>(x >> 1) ^ -<i64>(x & 1); }

/**
 * Copies rows as id, time, null bits with flags, words; id and time as zigzag differences from the row before; views of
 * long strings without pointer. Returns the bytes of their long strings.
 */
export function joinWriteRows(t: usize, rows: usize, count: u32, out: usize): usize {
  const words = <usize>load<u32>(t, WORDS), kinds = <usize>load<u32>(t, KINDS), hasViews = load<u32>(t, HAS_VIEWS) != 0, bytes = <usize>load<u32>(t, ROW_BYTES) - ROW_ID;
  let strings: usize = 0, id: i64 = 0, time: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    const thisId = load<i64>(row, ROW_ID), thisTime = load<i64>(row, ROW_ID + 8);
    store<u64>(out, zigzag(thisId - id));
    store<u64>(out, zigzag(thisTime - time), 8);
    id = thisId;
    time = thisTime;
    for (let j: usize = 16; j < bytes; j += 8) store<u64>(out + j, load<u64>(row + ROW_ID + j));
    store<u32>(out, load<u32>(out, 20) & MATCHED, 20);
    if (hasViews) for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) != 1) continue;
      const view = out + 24 + (j << 3), length = load<u32>(view);
      if (length > 12) { store<u64>(view, 0, 8); strings += <usize>length; }
    }
    out += bytes;
  }
  return strings;
}
/** The long strings of rows, one behind the other. */
export function joinWriteStrings(t: usize, rows: usize, count: u32, out: usize): void {
  const words = <usize>load<u32>(t, WORDS), kinds = <usize>load<u32>(t, KINDS);
  for (let i: usize = 0; i < <usize>count; i++) {
    const from = <usize>load<u32>(rows + (i << 2)) + ROW_WORDS;
    for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) != 1) continue;
      const length = <usize>load<u32>(from + (j << 3));
      if (length <= 12) continue;
      memory.copy(out, <usize>load<u32>(from + (j << 3), 8), length);
      out += length;
    }
  }
}
/**
 * Makes flat rows whole: ids and times from their differences, pointers of long strings. Returns the bytes of strings that
 * they take, or -1 when these pass `end`.
 */
export function joinReadRows(t: usize, rows: usize, stride: usize, count: u32, strings: usize, end: usize): i32 {
  const words = <usize>load<u32>(t, WORDS), kinds = <usize>load<u32>(t, KINDS);
  let at = strings, id: i64 = 0, time: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rows + i * stride;
    store<i64>(row, id += unzigzag(load<u64>(row)));
    store<i64>(row, time += unzigzag(load<u64>(row, 8)), 8);
    for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) != 1) continue;
      const view = row + 24 + (j << 3), length = <usize>load<u32>(view);
      if (length <= 12) continue;
      if (length > end - at) return -1;
      store<u64>(view, <u64>at, 8);
      at += length;
    }
  }
  return <i32>(at - strings);
}

/** What tells rows without addresses: the salt of their group and their id, 16 bytes each; `pointers` to these, for sorting. */
export function joinWriteRefs(rows: usize, count: u32, out: usize, pointers: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    store<u64>(out, <u64>load<u32>(<usize>load<u32>(row)));
    store<i64>(out, load<i64>(row, ROW_ID), 8);
    store<u32>(pointers + (i << 2), <u32>out);
    out += 16;
  }
}
/** References in the order of their pointers, as salt and difference of ids. */
export function joinFlatRefs(pointers: usize, count: u32, out: usize): void {
  let id: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const ref = <usize>load<u32>(pointers + (i << 2)), thisId = load<i64>(ref, 8);
    store<u64>(out, load<u64>(ref));
    store<u64>(out, zigzag(thisId - id), 8);
    id = thisId;
    out += 16;
  }
}
/**
 * The rows of references (16 bytes each, sorted by salt, then id, as joinFlatRefs has them) through the state table that
 * holds their groups. Returns their number: less than `count` when some are not there.
 */
export function joinFindRefs(t: usize, table: usize, refs: usize, count: u32, out: usize): u32 {
  let id: i64 = 0, found: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    id += unzigzag(load<u64>(refs + (i << 4), 8));
    store<i64>(refs + (i << 4), id, 8);
  }
  const chain = <usize>load<u32>(t, CHAIN);
  for (let i: usize = 0; i < <usize>count;) {
    const salt = load<u32>(refs + (i << 4));
    let end = i + 1;
    while (end < <usize>count && load<u32>(refs + (end << 4)) == salt) end++;
    const entry = <usize>load<u32>(table, DIRECTORY) + (<usize>(salt >>> 24) << 4), slots = <usize>load<u32>(entry), mask = load<u32>(entry, 4);
    for (let s = salt & mask; ; s = (s + 1) & mask) {
      const x = load<u64>(slots + (<usize>s << 3));
      if (x == 0) break;
      if (<u32>(x >> 32) != salt) continue;
      // Chains and references are both in the order of ids.
      let row = <usize>load<u32>(<usize><u32>x + chain), k = i;
      while (row != 0 && k < end) {
        const want = load<i64>(refs + (k << 4), 8), has = load<i64>(row, ROW_ID);
        if (has == want) { store<u32>(out + (<usize>found << 2), <u32>row); found++; k++; }
        else if (has > want) { k++; continue; }
        row = <usize>load<u32>(row, ROW_NEXT);
      }
    }
    i = end;
  }
  return found;
}
/** Sets the mark of a partner. */
export function joinSetMatched(rows: usize, count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    store<u32>(row, load<u32>(row, ROW_FLAGS) | MATCHED, ROW_FLAGS);
  }
}

// Rows of the state table read: by page, by segment, in the flat form of snapshots, and as columns.
import { DIRECTORY, KEY_WORDS, KINDS, ROW_BYTES, PAGES, TIME_OFFSET, TIME_NULL_BIT, HAS_VIEWS, TIME_NULL_OFFSET, LOGGED_BYTES, PAGE_RECORD, PAGE_ROWS, PAGE_USED, PAGE_MIN_TIME, ROW_EPOCH, ROW_NULLS, ROW_KEYS } from "./table-layout";

/** The groups of a page, in the order of their addresses; returns their number. */
export function tablePageRows(t: usize, number: u32, out: usize): u32 {
  const page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD, rowBytes = <usize>load<u32>(t, ROW_BYTES);
  let row = <usize>load<u32>(page, PAGE_ROWS), o = out;
  const end = row + <usize>load<u32>(page, PAGE_USED) * rowBytes;
  for (; row < end; row += rowBytes) {
    store<u32>(o, <u32>row);
    o += <usize>(load<u32>(row, ROW_EPOCH) != 0) << 2;
  }
  return <u32>((o - out) >> 2);
}

/** The groups of a page whose time is not null and at most `limit`; the page's least time is settled anew for the rest. */
export function tableExpiredRows(t: usize, number: u32, limit: i64, out: usize): u32 {
  const page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD, rowBytes = <usize>load<u32>(t, ROW_BYTES);
  const timeOffset = <usize>load<u32>(t, TIME_OFFSET), nullBit = <u16>load<u32>(t, TIME_NULL_BIT), nullOffset = <usize>load<u32>(t, TIME_NULL_OFFSET);
  let row = <usize>load<u32>(page, PAGE_ROWS), o = out, least: i64 = i64.MAX_VALUE;
  const end = row + <usize>load<u32>(page, PAGE_USED) * rowBytes;
  for (; row < end; row += rowBytes) {
    if (load<u32>(row, ROW_EPOCH) == 0 || (load<u16>(row + nullOffset) & nullBit) != 0) continue;
    const time = load<i64>(row + timeOffset);
    if (time < least) least = time;
    if (time <= limit) { store<u32>(o, <u32>row); o += 4; }
  }
  // Expired rows still lie here until they are removed, so the least time may be theirs.
  store<i64>(page, least, PAGE_MIN_TIME);
  return <u32>((o - out) >> 2);
}

/** The groups of a segment, in the order of its slots; returns their number. */
export function tableSegmentRows(t: usize, segment: u32, out: usize): u32 {
  const entry = <usize>load<u32>(t, DIRECTORY) + (<usize>segment << 4);
  const slots = <usize>load<u32>(entry), size = <usize>load<u32>(entry, 4) + 1;
  let o = out;
  for (let i: usize = 0; i < size; i++) {
    const x = load<u64>(slots + (i << 3));
    store<u32>(o, <u32>x);
    o += <usize>(x != 0) << 2;
  }
  return <u32>((o - out) >> 2);
}

/** All rows as touched long ago: called before batch numbers start again. */
export function tableAgeRows(t: usize, number: u32): void {
  const page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD, rowBytes = <usize>load<u32>(t, ROW_BYTES);
  let row = <usize>load<u32>(page, PAGE_ROWS);
  const end = row + <usize>load<u32>(page, PAGE_USED) * rowBytes;
  for (; row < end; row += rowBytes) if (load<u32>(row, ROW_EPOCH) != 0) store<u32>(row, 1, ROW_EPOCH);
}

/**
 * Copies groups to a flat form without addresses: null bits u64, key words, state; views of long strings without
 * pointer. Returns the bytes of their long strings.
 */
export function tableWriteRows(t: usize, addresses: usize, count: u32, withState: u32, out: usize): usize {
  const words = <usize>load<u32>(t, KEY_WORDS), kinds = <usize>load<u32>(t, KINDS), hasViews = load<u32>(t, HAS_VIEWS) != 0;
  const bytes = withState != 0 ? <usize>load<u32>(t, LOGGED_BYTES) - ROW_KEYS : words << 3;
  let strings: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(addresses + (i << 2));
    store<u64>(out, <u64>load<u16>(row, ROW_NULLS));
    for (let j: usize = 0; j < bytes; j += 8) store<u64>(out + j, load<u64>(row + j, ROW_KEYS), 8);
    if (hasViews) for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) != 1) continue;
      const length = load<u32>(out + (j << 3), 8);
      if (length > 12) { store<u64>(out + (j << 3), 0, 16); strings += <usize>length; }
    }
    out += 8 + bytes;
  }
  return strings;
}
/** The long strings of groups, one behind the other. */
export function tableWriteStrings(t: usize, addresses: usize, count: u32, out: usize): void {
  const words = <usize>load<u32>(t, KEY_WORDS), kinds = <usize>load<u32>(t, KINDS);
  for (let i: usize = 0; i < <usize>count; i++) {
    const keys = <usize>load<u32>(addresses + (i << 2)) + ROW_KEYS;
    for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) != 1) continue;
      const length = <usize>load<u32>(keys + (j << 3));
      if (length <= 12) continue;
      memory.copy(out, <usize>load<u32>(keys + (j << 3), 8), length);
      out += length;
    }
  }
}
/** Gives the long strings of flat rows their pointers; returns the bytes they take, or -1 when they pass `end`. */
export function tablePointStrings(t: usize, rows: usize, stride: usize, count: u32, strings: usize, end: usize): i32 {
  const words = <usize>load<u32>(t, KEY_WORDS), kinds = <usize>load<u32>(t, KINDS);
  let at = strings;
  for (let i: usize = 0; i < <usize>count; i++) {
    for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) != 1) continue;
      const view = rows + i * stride + 8 + (j << 3), length = <usize>load<u32>(view);
      if (length <= 12) continue;
      if (length > end - at) return -1;
      store<u64>(view, <u64>at, 8);
      at += length;
    }
  }
  return <i32>(at - strings);
}
/** Key rows, as upsert takes them, of the first `words` key words of rows of another table. */
export function tableKeysOfRows(rows: usize, count: u32, words: u32, out: usize): void {
  const end = <usize>words << 3;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    store<u64>(out, <u64>load<u16>(row, ROW_NULLS));
    for (let j: usize = 0; j < end; j += 8) store<u64>(out + j, load<u64>(row + j, ROW_KEYS), 8);
    out += 8 + end;
  }
}

/** Copies the state of flat rows into groups. */
export function tableCopyState(t: usize, rows: usize, stride: usize, count: u32, addresses: usize): void {
  const from = <usize>load<u32>(t, KEY_WORDS) << 3, end = <usize>load<u32>(t, LOGGED_BYTES) - ROW_KEYS;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(addresses + (i << 2));
    for (let j = from; j < end; j += 8) store<u64>(row + j, load<u64>(rows + i * stride + j, 8), ROW_KEYS);
  }
}

// @ts-ignore: decorator
@inline function gather<T>(addresses: usize, count: u32, offset: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<T>(out + i * sizeof<T>(), load<T>(<usize>load<u32>(addresses + (i << 2)) + offset));
}
/** The low bytes of a word of rows, as a column. */
export function gather8(addresses: usize, count: u32, offset: usize, out: usize): void { gather<u8>(addresses, count, offset, out); }
export function gather16(addresses: usize, count: u32, offset: usize, out: usize): void { gather<u16>(addresses, count, offset, out); }
export function gather32(addresses: usize, count: u32, offset: usize, out: usize): void { gather<u32>(addresses, count, offset, out); }
export function gather64(addresses: usize, count: u32, offset: usize, out: usize): void { gather<u64>(addresses, count, offset, out); }
export function gather128(addresses: usize, count: u32, offset: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) v128.store(out + (i << 4), v128.load(<usize>load<u32>(addresses + (i << 2)) + offset));
}
/** Validity from a null bit of rows; returns the number of nulls. */
export function gatherNulls(addresses: usize, count: u32, offset: usize, bit: u32, out: usize): u32 {
  let nulls: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const isNull = <u32>((<u32>load<u16>(<usize>load<u32>(addresses + (i << 2)) + offset) & bit) != 0);
    store<u8>(out + i, <u8>(1 - isNull));
    nulls += isNull;
  }
  return nulls;
}
/** Where both are valid. A pointer of 0 is all valid; `step` 0: a constant. */
export function andValid(a: usize, aStep: usize, b: usize, bStep: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u8>(out + i, (a == 0 ? 1 : load<u8>(a + i * aStep)) & (b == 0 ? 1 : load<u8>(b + i * bStep)));
}
/** The addresses of some of the selected rows: `kept` is an ascending part of the selection. */
export function alignAddresses(sel: usize, addresses: usize, kept: usize, keptCount: u32, out: usize): void {
  let i: usize = 0;
  for (let k: usize = 0; k < <usize>keptCount; k++) {
    const row = load<u32>(kept + (k << 2));
    if (sel == 0) i = row;
    else while (load<u32>(sel + (i << 2)) != row) i++;
    store<u32>(out + (k << 2), load<u32>(addresses + (i << 2)));
  }
}
/** Keeps rows whose group's word at `offset` is 0, and sets it to 1: the first row of each new group. */
export function selectFirst(groups: usize, offset: usize, sel: usize, addresses: usize, count: u32, outSel: usize, outAddresses: usize): u32 {
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = <usize>load<u32>(groups + (i << 2)) + offset;
    store<u32>(outSel + (kept << 2), sel == 0 ? <u32>i : load<u32>(sel + (i << 2)));
    store<u32>(outAddresses + (kept << 2), load<u32>(addresses + (i << 2)));
    kept += <usize>(load<u64>(at) == 0);
    store<u64>(at, 1);
  }
  return <u32>kept;
}
/** Writes addresses of selected rows to their places in a column of BIGINT. */
export function scatterAddresses(sel: usize, addresses: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
    store<u64>(out + (row << 3), <u64>load<u32>(addresses + (i << 2)));
  }
}
/** The same address for all rows. */
export function fillAddresses(address: u32, count: u32, out: usize): void {
  const four = i32x4.splat(address), n = <usize>count;
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) v128.store(out + (i << 2), four);
  for (; i < n; i++) store<u32>(out + (i << 2), address);
}

// How a join of streams keeps rows, moves them and lets them go. A row never moves while a batch runs. Memory is JavaScript's:
// a kernel that lacks a page stops at a row, says so in the header, and is called again from there.
import { PAGES, RING, SHIFT, ROW_BYTES, WORDS, KINDS, HAS_VIEWS, CHAIN, CHAINS, COUNT, NEED, NEED_PLACE, NEED_BYTES, NEW_REMOVED, NEED_BUCKET, NEXT_ID, FIRST_ID, SCRATCH, PAGE_RECORD, PAGE_ROWS, PAGE_USED, PAGE_LIVE, PAGE_TAIL, PAGE_MIN, ROW_NEXT, ROW_PREVIOUS, ROW_PAGE, ROW_ID, ROW_TIME, ROW_NULLS, ROW_FLAGS, ROW_WORDS, NEVER, NEVER_PLACE, AHEAD } from "./join-layout";

function longBytes(t: usize, words: usize): usize {
  const kinds = <usize>load<u32>(t, KINDS), n = <usize>load<u32>(t, WORDS);
  let bytes: usize = 0;
  for (let j: usize = 0; j < n; j++) {
    if (load<u8>(kinds + j) != 1) continue;
    const length = <usize>load<u32>(words + (j << 3));
    if (length > 12) bytes += length;
  }
  return bytes;
}

// Room for a row with its long strings copied, not yet in a chain; 0 when a page is needed first. `row`: null bits, words.
function newRow(t: usize, time: i64, row: usize): usize {
  const bucket = time >> <i64>load<u32>(t, SHIFT), n = time == NEVER ? NEVER_PLACE : <usize>bucket & 255;
  const place = <usize>load<u32>(t, RING) + (n << 4), number = load<u32>(place, 8), rowBytes = <usize>load<u32>(t, ROW_BYTES);
  const long = load<u32>(t, HAS_VIEWS) != 0 ? longBytes(t, row + 8) : 0;
  let page: usize = 0, at: usize = 0, tail: usize = 0;
  if (number != 0 && (n == NEVER_PLACE || bucket <= load<i64>(place))) {
    page = <usize>load<u32>(t, PAGES) + <usize>(number - 1) * PAGE_RECORD;
    at = <usize>load<u32>(page, PAGE_ROWS) + <usize>load<u32>(page, PAGE_USED) * rowBytes;
    tail = <usize>load<u32>(page, PAGE_TAIL) - long;
  }
  if (page == 0 || at + rowBytes > tail) {
    store<u32>(t, 1, NEED);
    store<u32>(t, <u32>n, NEED_PLACE);
    store<u32>(t, <u32>(rowBytes + long), NEED_BYTES);
    store<i64>(t, bucket, NEED_BUCKET);
    return 0;
  }
  store<u32>(page, load<u32>(page, PAGE_USED) + 1, PAGE_USED);
  store<u32>(page, load<u32>(page, PAGE_LIVE) + 1, PAGE_LIVE);
  if (time < load<i64>(page, PAGE_MIN)) store<i64>(page, time, PAGE_MIN);
  store<u32>(at, number - 1, ROW_PAGE);
  store<i64>(at, time, ROW_TIME);
  for (let j = ROW_NULLS; j < rowBytes; j += 8) store<u64>(at + j, load<u64>(row + j - ROW_NULLS));
  if (long != 0) {
    store<u32>(page, <u32>tail, PAGE_TAIL);
    const kinds = <usize>load<u32>(t, KINDS), words = <usize>load<u32>(t, WORDS);
    for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) != 1) continue;
      const view = at + ROW_WORDS + (j << 3), length = <usize>load<u32>(view);
      if (length <= 12) continue;
      memory.copy(tail, <usize>load<u32>(view, 8), length);
      store<u64>(view, <u64>tail, 8);
      tail += length;
    }
  }
  return at;
}

// The last of its group's chain from now on.
// @ts-ignore: decorator
@inline function link(t: usize, row: usize, group: usize): void {
  const chain = group + <usize>load<u32>(t, CHAIN), last = <usize>load<u32>(chain, 4);
  store<u32>(row, <u32>group);
  store<u32>(row, 0, ROW_NEXT);
  store<u32>(row, <u32>last, ROW_PREVIOUS);
  if (last == 0) store<u32>(chain, <u32>row);
  else store<u32>(last, <u32>row, ROW_NEXT);
  store<u32>(chain, <u32>row, 4);
  store<u32>(t, load<u32>(t, COUNT) + 1, COUNT);
}

/**
 * Keeps rows `from` to `count`, written as null bits and words, in their groups. Their times: `data` (0: never), `valid`,
 * `step` 0 for a constant, of the rows of `sel`; `matched` by row, or 0. Addresses go to `out`. Returns the rows done: less
 * than `count` when a page is needed.
 */
export function joinKeep(t: usize, rows: usize, stride: usize, groups: usize, data: usize, valid: usize, step: usize, sel: usize, matched: usize, from: u32, count: u32, out: usize): u32 {
  store<u32>(t, 0, NEED);
  let i: usize = from, id = load<i64>(t, NEXT_ID);
  for (; i < <usize>count; i++) {
    const number = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), at = number * step;
    const time = data == 0 || (valid != 0 && load<u8>(valid + at) == 0) ? NEVER : load<i64>(data + (at << 3));
    const row = newRow(t, time, rows + i * stride);
    if (row == 0) break;
    store<i64>(row, id++, ROW_ID);
    store<u32>(row, matched == 0 ? 0 : <u32>load<u8>(matched + number), ROW_FLAGS);
    link(t, row, <usize>load<u32>(groups + (i << 2)));
    store<u32>(out + (i << 2), <u32>row);
  }
  store<i64>(t, id, NEXT_ID);
  return <u32>i;
}
/** As joinKeep, of flat rows with their own ids, times and flags: id, time, null bits with flags, words. */
export function joinLoad(t: usize, rows: usize, stride: usize, groups: usize, from: u32, count: u32): u32 {
  store<u32>(t, 0, NEED);
  let i: usize = from;
  for (; i < <usize>count; i++) {
    const flat = rows + i * stride, row = newRow(t, load<i64>(flat, 8), flat + 16);
    if (row == 0) break;
    store<i64>(row, load<i64>(flat), ROW_ID);
    link(t, row, <usize>load<u32>(groups + (i << 2)));
  }
  return <u32>i;
}
/** Takes a page into use. */
export function joinAddPage(t: usize, number: u32, rows: usize, bytes: usize): void {
  const page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD, place = <usize>load<u32>(t, RING) + (<usize>load<u32>(t, NEED_PLACE) << 4);
  store<u32>(page, <u32>rows);
  store<u32>(page, 0, PAGE_USED);
  store<u32>(page, 0, PAGE_LIVE);
  store<u32>(page, <u32>(rows + bytes), PAGE_TAIL);
  store<i64>(page, NEVER, PAGE_MIN);
  const bucket = load<i64>(t, NEED_BUCKET);
  if (load<u32>(place, 8) == 0 || bucket > load<i64>(place)) store<i64>(place, bucket);
  store<u32>(place, number + 1, 8);
}

// `stays`: rows at or before the limit count for the page's least time as well.
// @ts-ignore: decorator
@inline function rowsUpTo(t: usize, number: u32, limit: i64, out: usize, stays: bool): u32 {
  const page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD, rowBytes = <usize>load<u32>(t, ROW_BYTES);
  let row = <usize>load<u32>(page, PAGE_ROWS), n: usize = 0, least = NEVER;
  const end = row + <usize>load<u32>(page, PAGE_USED) * rowBytes;
  for (; row < end; row += rowBytes) {
    if (load<u32>(row) == 0) continue;
    const time = load<i64>(row, ROW_TIME), isUpTo = time <= limit;
    if (isUpTo) { store<u32>(out + (n << 2), <u32>row); n++; }
    if ((stays || !isUpTo) && time < least) least = time;
  }
  store<i64>(page, least, PAGE_MIN);
  return <u32>n;
}
/** The rows of a page whose time is at most `limit`; what is left settles the page's least time. Returns their number. */
export function joinExpired(t: usize, number: u32, limit: i64, out: usize): u32 { return rowsUpTo(t, number, limit, out, false); }
/** As joinExpired, of rows that may stay. */
export function joinUpTo(t: usize, number: u32, limit: i64, out: usize): u32 { return rowsUpTo(t, number, limit, out, true); }

/** Lets rows go. Groups that have no rows left of either side go to `emptied`; returns their number. */
export function joinRemove(t: usize, rows: usize, count: u32, emptied: usize): u32 {
  const chain = <usize>load<u32>(t, CHAIN), chains = <usize>load<u32>(t, CHAINS), pages = <usize>load<u32>(t, PAGES), first = load<i64>(t, FIRST_ID);
  let empty: usize = 0, fresh: u32 = 0, ahead: usize = 0, sum: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (i == ahead) {
      ahead = min(i + AHEAD, <usize>count);
      for (let k = i; k < ahead; k++) {
        const row = <usize>load<u32>(rows + (k << 2));
        sum ^= load<u32>(<usize>load<u32>(row) + chain) ^ load<u32>(<usize>load<u32>(row, ROW_PREVIOUS)) ^ load<u32>(<usize>load<u32>(row, ROW_NEXT));
      }
    }
    const row = <usize>load<u32>(rows + (i << 2)), group = <usize>load<u32>(row);
    const before = <usize>load<u32>(row, ROW_PREVIOUS), after = <usize>load<u32>(row, ROW_NEXT);
    if (before == 0) store<u32>(group + chain, <u32>after);
    else store<u32>(before, <u32>after, ROW_NEXT);
    if (after == 0) store<u32>(group + chain, <u32>before, 4);
    else store<u32>(after, <u32>before, ROW_PREVIOUS);
    store<u32>(row, 0);
    const page = pages + <usize>load<u32>(row, ROW_PAGE) * PAGE_RECORD;
    store<u32>(page, load<u32>(page, PAGE_LIVE) - 1, PAGE_LIVE);
    fresh += <u32>(load<i64>(row, ROW_ID) >= first);
    store<u32>(emptied + (empty << 2), <u32>group);
    empty += <usize>(load<u64>(group + chains) == 0 && load<u64>(group + chains, 8) == 0);
  }
  store<u32>(t, sum, SCRATCH);
  store<u32>(t, load<u32>(t, COUNT) - count, COUNT);
  store<u32>(t, fresh, NEW_REMOVED);
  return <u32>empty;
}
/** Those of rows that are still kept; returns their number. In place. */
export function joinKept(rows: usize, count: u32): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2));
    store<u32>(rows + (n << 2), row);
    n += <usize>(load<u32>(<usize>row) != 0);
  }
  return <u32>n;
}
/** Moves the rows of a page, from row `from` on, to others that have room. Returns the rows done: less than the page has when a page is needed. */
export function joinMove(t: usize, number: u32, from: u32): u32 {
  store<u32>(t, 0, NEED);
  const chain = <usize>load<u32>(t, CHAIN), rowBytes = <usize>load<u32>(t, ROW_BYTES);
  let page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD, i: u32 = from;
  const end = load<u32>(page, PAGE_USED);
  for (; i < end; i++) {
    const row = <usize>load<u32>(page, PAGE_ROWS) + <usize>i * rowBytes, group = <usize>load<u32>(row);
    if (group == 0) continue;
    const to = newRow(t, load<i64>(row, ROW_TIME), row + ROW_NULLS);
    if (to == 0) break;
    const before = load<u32>(row, ROW_PREVIOUS), after = load<u32>(row, ROW_NEXT);
    store<i64>(to, load<i64>(row, ROW_ID), ROW_ID);
    store<u32>(to, <u32>group);
    store<u32>(to, before, ROW_PREVIOUS);
    store<u32>(to, after, ROW_NEXT);
    if (before == 0) store<u32>(group + chain, <u32>to);
    else store<u32>(<usize>before, <u32>to, ROW_NEXT);
    if (after == 0) store<u32>(group + chain, <u32>to, 4);
    else store<u32>(<usize>after, <u32>to, ROW_PREVIOUS);
    store<u32>(row, 0);
    store<u32>(page, load<u32>(page, PAGE_LIVE) - 1, PAGE_LIVE);
  }
  return i;
}

// Rows that a join of streams keeps for one of its sides. A row never moves while a batch runs:
//   group u32, next u32, previous u32, page u32 | id i64 | time i64 | null bits u16, spare u16, flags u32 | words
// `group`: the row of the key's group in a state table, 0 for a row that is gone. Rows of a group are a chain in the order
// of their ids; the group's state holds first and last row of each side. Time is when the row may leave, the greatest i64
// for never. Rows lie in pages, rows from the front, their long strings from the back; which page is chosen by time: a ring
// of 256 places by bits of the time, and one for rows that never leave. Memory is JavaScript's: a kernel that lacks a page
// stops at a row, says so in the header, and is called again from there.

// Fields of the header.
export const PAGES: usize = 0; // page records
export const RING: usize = 4; // 257 places of 16 bytes: bucket i64, page number + 1 u32
export const SHIFT: usize = 8; // time >> shift is the bucket
export const ROW_BYTES: usize = 12;
export const WORDS: usize = 16;
export const KINDS: usize = 20; // a byte a word: 0 value, 1 first half of a string view, 2 second half
export const HAS_VIEWS: usize = 24;
export const CHAIN: usize = 28; // in a group: first u32 and last u32 of this side's rows
export const CHAINS: usize = 32; // in a group: where both sides' chains begin
export const COUNT: usize = 36;
export const NEED: usize = 40; // 1: a page
export const NEED_PLACE: usize = 44;
export const NEED_BYTES: usize = 48;
export const NEW_REMOVED: usize = 52; // rows of this batch among those removed last
export const NEED_BUCKET: usize = 56;
export const NEXT_ID: usize = 64;
export const FIRST_ID: usize = 72; // of this batch
const SCRATCH: usize = 80;

// Fields of a page record, 24 bytes.
export const PAGE_RECORD: usize = 24;
export const PAGE_ROWS: usize = 0;
export const PAGE_USED: usize = 4; // rows ever written
export const PAGE_LIVE: usize = 8;
export const PAGE_TAIL: usize = 12; // address where the strings begin
export const PAGE_MIN: usize = 16; // not above the time of any row that is there

export const ROW_NEXT: usize = 4;
export const ROW_PREVIOUS: usize = 8;
export const ROW_PAGE: usize = 12;
export const ROW_ID: usize = 16;
export const ROW_TIME: usize = 24;
export const ROW_NULLS: usize = 32;
export const ROW_FLAGS: usize = 36;
export const ROW_WORDS: usize = 40;

export const MATCHED: u32 = 1;
const TAKEN: u32 = 2;
export const NEVER: i64 = i64.MAX_VALUE;
const NEVER_PLACE: usize = 256;

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

// Rows are touched this many ahead of their use, in a pass so short that many cache misses are under way at once.
const AHEAD: usize = 64;

/**
 * The next pairs of selected rows and kept rows of their groups, at most `capacity`; returns their number. `chain`: where
 * the kept side's chain begins in a group. `cursor`: two u32, zero at first, and one to spare.
 */
export function joinMeet(groups: usize, sel: usize, count: u32, chain: usize, cursor: usize, mine: usize, theirs: usize, capacity: u32): u32 {
  let i = <usize>load<u32>(cursor), row = <usize>load<u32>(cursor, 4), n: usize = 0, ahead = i, sum: u32 = 0;
  for (; i < <usize>count; i++) {
    if (i == ahead) {
      ahead = min(i + AHEAD, <usize>count);
      // No row is address 0, where the kernels' static data lies.
      for (let k = i; k < ahead; k++) sum ^= load<u32>(<usize>load<u32>(<usize>load<u32>(groups + (k << 2)) + chain), ROW_NEXT);
    }
    if (row == 0) row = <usize>load<u32>(<usize>load<u32>(groups + (i << 2)) + chain);
    if (row == 0) continue;
    const number = sel == 0 ? <u32>i : load<u32>(sel + (i << 2));
    do {
      if (n == <usize>capacity) {
        store<u32>(cursor, <u32>i);
        store<u32>(cursor, <u32>row, 4);
        return <u32>n;
      }
      store<u32>(mine + (n << 2), number);
      store<u32>(theirs + (n << 2), <u32>row);
      n++;
      row = <usize>load<u32>(row, ROW_NEXT);
    } while (row != 0);
  }
  store<u32>(cursor, count);
  store<u32>(cursor, 0, 4);
  store<u32>(cursor, sum, 8);
  return <u32>n;
}

/** Notes that rows have found a partner; those of earlier batches that had none go to `out`. Returns their number. */
export function joinMatch(t: usize, rows: usize, count: u32, out: usize): u32 {
  const first = load<i64>(t, FIRST_ID);
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2)), flags = load<u32>(row, ROW_FLAGS);
    if ((flags & MATCHED) != 0) continue;
    store<u32>(row, flags | MATCHED, ROW_FLAGS);
    store<u32>(out + (n << 2), <u32>row);
    n += <usize>(load<i64>(row, ROW_ID) < first);
  }
  return <u32>n;
}
/** Each row that was not taken before, once; returns their number. */
export function joinTake(rows: usize, count: u32, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2)), flags = load<u32>(row, ROW_FLAGS);
    store<u32>(row, flags | TAKEN, ROW_FLAGS);
    store<u32>(out + (n << 2), <u32>row);
    n += <usize>((flags & TAKEN) == 0);
  }
  return <u32>n;
}
/** Each of the rows (numbers) whose byte of `marks` is 0, which becomes 1; returns their number. */
export function joinMarkFirst(rows: usize, count: u32, marks: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2)), mark = marks + <usize>row;
    store<u32>(out + (n << 2), row);
    n += <usize>(load<u8>(mark) == 0);
    store<u8>(mark, 1);
  }
  return <u32>n;
}

/** The rows of a page whose time is at most `limit`; what is left settles the page's least time. Returns their number. */
export function joinExpired(t: usize, number: u32, limit: i64, out: usize): u32 {
  const page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD, rowBytes = <usize>load<u32>(t, ROW_BYTES);
  let row = <usize>load<u32>(page, PAGE_ROWS), n: usize = 0, least = NEVER;
  const end = row + <usize>load<u32>(page, PAGE_USED) * rowBytes;
  for (; row < end; row += rowBytes) {
    if (load<u32>(row) == 0) continue;
    const time = load<i64>(row, ROW_TIME);
    if (time <= limit) { store<u32>(out + (n << 2), <u32>row); n++; }
    else if (time < least) least = time;
  }
  store<i64>(page, least, PAGE_MIN);
  return <u32>n;
}
/** The rows that found no partner. */
export function joinUnmatched(rows: usize, count: u32, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2));
    store<u32>(out + (n << 2), row);
    n += <usize>((load<u32>(<usize>row, ROW_FLAGS) & MATCHED) == 0);
  }
  return <u32>n;
}

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
/** Those of groups that have no rows of either side; returns their number. */
export function joinEmptyGroups(groups: usize, count: u32, chains: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = <usize>load<u32>(groups + (i << 2));
    store<u32>(out + (n << 2), <u32>group);
    n += <usize>(load<u64>(group + chains) == 0 && load<u64>(group + chains, 8) == 0);
  }
  return <u32>n;
}
/**
 * All rows of one side of groups: the first of each chain, then the second of each, and so on, so that no row waits for the
 * one before it to come from memory. Returns their number.
 */
export function joinRowsOfGroups(groups: usize, count: u32, chain: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(<usize>load<u32>(groups + (i << 2)) + chain);
    store<u32>(out + (n << 2), row);
    n += <usize>(row != 0);
  }
  for (let i: usize = 0; i < n; i++) {
    const row = load<u32>(<usize>load<u32>(out + (i << 2)), ROW_NEXT);
    store<u32>(out + (n << 2), row);
    n += <usize>(row != 0);
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

/** Rows whose time is after `bound`, or null; with `matched`, also those that found no partner. `step` 0: a constant time. Returns their number. */
export function joinStays(data: usize, valid: usize, step: usize, sel: usize, count: u32, bound: i64, matched: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const number = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), at = number * step;
    const stays = (valid != 0 && load<u8>(valid + at) == 0) || load<i64>(data + (at << 3)) > bound || (matched != 0 && load<u8>(matched + number) == 0);
    store<u32>(out + (n << 2), <u32>number);
    n += <usize>stays;
  }
  return <u32>n;
}

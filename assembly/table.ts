// The keyed state table: groups found, made and removed. What its memory looks like: table-layout.ts.
import { sameKey, saltOf } from "./table-keys";
import { DIRECTORY, KEY_WORDS, KINDS, ROW_BYTES, EPOCH, PAGES, PARTIAL, HEAP_BLOCK, HEAP_NEXT, HEAP_END, HEAP_EMPTY, TOUCHED, TOUCHED_COUNT, GROUPS, NEED, NEED_ARGUMENT, TIME_OFFSET, TIME_NULL_BIT, HAS_VIEWS, EMPTIED_PAGES, SCRATCH, TIME_NULL_OFFSET, NEED_PAGE, NEED_HEAP, NEED_SEGMENT, PAGE_RECORD, PAGE_ROWS, PAGE_CAPACITY, PAGE_LIVE, PAGE_FREE, PAGE_USED, PAGE_PREVIOUS, PAGE_NEXT, PAGE_MIN_TIME, ROW_EPOCH, ROW_NULLS, ROW_PAGE, ROW_OBJECT, ROW_KEYS, BLOCK_HEADER } from "./table-layout";

// @ts-ignore: decorator
@inline function heapBytes(length: usize): usize { return 8 + ((length + 7) & ~7); }

function longBytes(t: usize, key: usize, words: usize): usize {
  const kinds = <usize>load<u32>(t, KINDS);
  let bytes: usize = 0;
  for (let j: usize = 0; j < words; j++) {
    if (load<u8>(kinds + j) != 1) continue;
    const length = <usize>load<u32>(key + (j << 3));
    if (length > 12) bytes += heapBytes(length);
  }
  return bytes;
}

function unlinkPage(t: usize, page: usize): void {
  const pages = <usize>load<u32>(t, PAGES), before = load<u32>(page, PAGE_PREVIOUS), after = load<u32>(page, PAGE_NEXT);
  if (before != 0) store<u32>(pages + <usize>(before - 1) * PAGE_RECORD, after, PAGE_NEXT);
  else store<u32>(t, after, PARTIAL);
  if (after != 0) store<u32>(pages + <usize>(after - 1) * PAGE_RECORD, before, PAGE_PREVIOUS);
}
function linkPage(t: usize, page: usize, number: u32): void {
  const pages = <usize>load<u32>(t, PAGES), head = load<u32>(t, PARTIAL);
  store<u32>(page, 0, PAGE_PREVIOUS);
  store<u32>(page, head, PAGE_NEXT);
  if (head != 0) store<u32>(pages + <usize>(head - 1) * PAGE_RECORD, number + 1, PAGE_PREVIOUS);
  store<u32>(t, number + 1, PARTIAL);
}
/** Takes a new page into use. Its record must have address and capacity. */
export function tableAddPage(t: usize, number: u32): void {
  const page = <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD;
  store<u32>(page, 0, PAGE_LIVE);
  store<u32>(page, 0, PAGE_FREE);
  store<u32>(page, 0, PAGE_USED);
  store<i64>(page, i64.MAX_VALUE, PAGE_MIN_TIME);
  linkPage(t, page, number);
}
/** Takes an empty page out of use. */
export function tableDropPage(t: usize, number: u32): void {
  unlinkPage(t, <usize>load<u32>(t, PAGES) + <usize>number * PAGE_RECORD);
}

// A new row with the key copied, or 0 when memory is needed first.
function insertRow(t: usize, key: usize, salt: u32, epoch: u32, words: usize): usize {
  const head = load<u32>(t, PARTIAL);
  if (head == 0) { store<u32>(t, NEED_PAGE, NEED); return 0; }
  let heap: usize = 0;
  if (load<u32>(t, HAS_VIEWS) != 0) {
    const bytes = longBytes(t, key + 8, words);
    if (bytes != 0) {
      heap = <usize>load<u32>(t, HEAP_NEXT);
      if (heap + bytes > <usize>load<u32>(t, HEAP_END)) {
        store<u32>(t, NEED_HEAP, NEED);
        store<u32>(t, <u32>bytes, NEED_ARGUMENT);
        return 0;
      }
      store<u32>(t, <u32>(heap + bytes), HEAP_NEXT);
      const block = <usize>load<u32>(t, HEAP_BLOCK);
      store<u32>(block, load<u32>(block) + <u32>bytes);
    }
  }
  const page = <usize>load<u32>(t, PAGES) + <usize>(head - 1) * PAGE_RECORD, rowBytes = <usize>load<u32>(t, ROW_BYTES);
  let row = <usize>load<u32>(page, PAGE_FREE);
  let used = load<u32>(page, PAGE_USED);
  if (row != 0) store<u32>(page, load<u32>(row), PAGE_FREE);
  else {
    row = <usize>load<u32>(page, PAGE_ROWS) + <usize>used * rowBytes;
    store<u32>(page, ++used, PAGE_USED);
  }
  store<u32>(page, load<u32>(page, PAGE_LIVE) + 1, PAGE_LIVE);
  if (load<u32>(page, PAGE_FREE) == 0 && used == load<u32>(page, PAGE_CAPACITY)) unlinkPage(t, page);
  store<u32>(row, salt);
  store<u32>(row, epoch, ROW_EPOCH);
  store<u16>(row, load<u16>(key), ROW_NULLS);
  store<u16>(row, <u16>(head - 1), ROW_PAGE);
  store<u32>(row, 0, ROW_OBJECT);
  const end = words << 3;
  for (let j: usize = 0; j < end; j += 8) store<u64>(row + j, load<u64>(key + j, 8), ROW_KEYS);
  for (let j = ROW_KEYS + end; j < rowBytes; j += 8) store<u64>(row + j, 0);
  if (heap != 0) copyLongStrings(t, row + ROW_KEYS, words, heap);
  const timeOffset = <usize>load<u32>(t, TIME_OFFSET);
  if (timeOffset != 0 && (load<u16>(row + <usize>load<u32>(t, TIME_NULL_OFFSET)) & <u16>load<u32>(t, TIME_NULL_BIT)) == 0) {
    const time = load<i64>(row + timeOffset);
    if (time < load<i64>(page, PAGE_MIN_TIME)) store<i64>(page, time, PAGE_MIN_TIME);
  }
  store<u32>(t, load<u32>(t, GROUPS) + 1, GROUPS);
  return row;
}

function copyLongStrings(t: usize, keys: usize, words: usize, heap: usize): void {
  const kinds = <usize>load<u32>(t, KINDS), block = load<u32>(t, HEAP_BLOCK);
  for (let j: usize = 0; j < words; j++) {
    if (load<u8>(kinds + j) != 1) continue;
    const view = keys + (j << 3), length = <usize>load<u32>(view);
    if (length <= 12) continue;
    store<u32>(heap, block);
    store<u32>(heap, <u32>heapBytes(length), 4);
    memory.copy(heap + 8, <usize>load<u32>(view, 8), length);
    store<u64>(view, <u64>(heap + 8), 8);
    heap += heapBytes(length);
  }
}

// Keys are looked up this many at a time, in passes that each are so short that many cache misses are under way at once: slots,
// rows, long strings, then comparison.
const AHEAD: usize = 64;

// The first row whose salt is right, or 0, for some keys.
function findCandidates(t: usize, key: usize, stride: usize, hashes: usize, from: usize, end: usize, addresses: usize): void {
  const directory = <usize>load<u32>(t, DIRECTORY);
  for (let i = from; i < end; i++, key += stride) {
    const salt = saltOf(t, load<u64>(hashes + (i << 3)), <u32>load<u16>(key));
    const e = load<u64>(directory + (<usize>(salt >>> 24) << 4));
    const slots = <usize><u32>e, mask = <u32>(e >> 32);
    let s = salt & mask, x = load<u64>(slots + (<usize>s << 3));
    while (x != 0 && <u32>(x >> 32) != salt) { s = (s + 1) & mask; x = load<u64>(slots + (<usize>s << 3)); }
    store<u32>(addresses + (i << 2), <u32>x);
  }
  let sum: u32 = 0;
  // No row is address 0, where the kernels' static data lies.
  for (let i = from; i < end; i++) sum ^= load<u32>(<usize>load<u32>(addresses + (i << 2)));
  if (load<u32>(t, HAS_VIEWS) != 0) sum ^= touchLongStrings(t, from, end, addresses);
  store<u32>(t, sum, SCRATCH);
}

// Reads the beginnings of the candidates' long strings, of the first key that is a string.
function touchLongStrings(t: usize, from: usize, end: usize, addresses: usize): u32 {
  const kinds = <usize>load<u32>(t, KINDS);
  let word: usize = 0, sum: u32 = 0;
  while (load<u8>(kinds + word) != 1) word++;
  const place = ROW_KEYS + (word << 3);
  for (let i = from; i < end; i++) {
    const row = <usize>load<u32>(addresses + (i << 2)), view = row + place;
    if (row != 0 && load<u32>(view) > 12) sum ^= load<u32>(<usize>load<u32>(view, 8));
  }
  return sum;
}

/**
 * Finds or makes the groups of key rows `from` to `count` and writes their addresses. Returns the number of rows done:
 * less than `count` when the header's NEED says what must be provided first.
 */
export function tableUpsert(t: usize, keys: usize, stride: usize, hashes: usize, from: u32, count: u32, addresses: usize): u32 {
  const words = <usize>load<u32>(t, KEY_WORDS), epoch = load<u32>(t, EPOCH), touched = <usize>load<u32>(t, TOUCHED);
  let touchedCount = <usize>load<u32>(t, TOUCHED_COUNT);
  store<u32>(t, 0, NEED);
  let i: usize = from, ahead: usize = i;
  let key = keys + i * stride;
  for (; i < <usize>count; i++, key += stride) {
    if (i == ahead) {
      ahead = min(i + AHEAD, <usize>count);
      findCandidates(t, key, stride, hashes, i, ahead, addresses);
    }
    let row = <usize>load<u32>(addresses + (i << 2));
    if (row == 0 || load<u16>(row, ROW_NULLS) != load<u16>(key) || !sameKey(t, row + ROW_KEYS, key + 8, words)) {
      row = findOrInsert(t, key, load<u64>(hashes + (i << 3)), epoch, words);
      if (row == 0) break;
      store<u32>(addresses + (i << 2), <u32>row);
    }
    // Without a branch: which rows are the first of their group is not to be guessed.
    store<u32>(touched + (touchedCount << 2), <u32>row);
    touchedCount += <usize>(load<u32>(row, ROW_EPOCH) != epoch);
    store<u32>(row, epoch, ROW_EPOCH);
    if (load<u32>(t, NEED) != 0) { i++; break; }
  }
  store<u32>(t, <u32>touchedCount, TOUCHED_COUNT);
  return <u32>i;
}

/** Groups at these addresses, once or several times each, count as touched in this batch. */
export function tableTouch(t: usize, addresses: usize, count: u32): void {
  const epoch = load<u32>(t, EPOCH), touched = <usize>load<u32>(t, TOUCHED);
  let touchedCount = <usize>load<u32>(t, TOUCHED_COUNT);
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(addresses + (i << 2));
    store<u32>(touched + (touchedCount << 2), <u32>row);
    touchedCount += <usize>(load<u32>(row, ROW_EPOCH) != epoch);
    store<u32>(row, epoch, ROW_EPOCH);
  }
  store<u32>(t, <u32>touchedCount, TOUCHED_COUNT);
}

// The row of a key, new if need be; a new one is not touched yet. 0 when memory is needed first.
function findOrInsert(t: usize, key: usize, hash: u64, epoch: u32, words: usize): usize {
  const nulls = <u32>load<u16>(key), salt = saltOf(t, hash, nulls);
  const entry = <usize>load<u32>(t, DIRECTORY) + (<usize>(salt >>> 24) << 4);
  const slots = <usize>load<u32>(entry), mask = load<u32>(entry, 4);
  let s = salt & mask;
  while (true) {
    const slot = slots + (<usize>s << 3), x = load<u64>(slot);
    if (x == 0) {
      const row = insertRow(t, key, salt, ~epoch, words);
      if (row == 0) return 0;
      store<u64>(slot, (<u64>salt << 32) | <u64>row);
      const groups = load<u32>(entry, 8) + 1;
      store<u32>(entry, groups, 8);
      if (groups * 4 > (mask + 1) * 3) {
        store<u32>(t, NEED_SEGMENT, NEED);
        store<u32>(t, salt >>> 24, NEED_ARGUMENT);
      }
      return row;
    }
    if (<u32>(x >> 32) == salt) {
      const row = <usize><u32>x;
      if (<u32>load<u16>(row, ROW_NULLS) == nulls && sameKey(t, row + ROW_KEYS, key + 8, words)) return row;
    }
    s = (s + 1) & mask;
  }
}

/** The addresses of groups with these keys, 0 where there is none. */
export function tableFind(t: usize, keys: usize, stride: usize, hashes: usize, count: u32, addresses: usize): void {
  const words = <usize>load<u32>(t, KEY_WORDS);
  let key = keys, ahead: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++, key += stride) {
    if (i == ahead) {
      ahead = min(i + AHEAD, <usize>count);
      findCandidates(t, key, stride, hashes, i, ahead, addresses);
    }
    // Without a candidate there is no group.
    const row = <usize>load<u32>(addresses + (i << 2));
    if (row != 0 && (load<u16>(row, ROW_NULLS) != load<u16>(key) || !sameKey(t, row + ROW_KEYS, key + 8, words))) store<u32>(addresses + (i << 2), findRow(t, key, load<u64>(hashes + (i << 3)), words));
  }
}

// The row of a key, or 0.
function findRow(t: usize, key: usize, hash: u64, words: usize): u32 {
  const nulls = <u32>load<u16>(key), salt = saltOf(t, hash, nulls), entry = <usize>load<u32>(t, DIRECTORY) + (<usize>(salt >>> 24) << 4);
  const slots = <usize>load<u32>(entry), mask = load<u32>(entry, 4);
  let s = salt & mask;
  while (true) {
    const x = load<u64>(slots + (<usize>s << 3));
    if (x == 0) return 0;
    if (<u32>(x >> 32) == salt && <u32>load<u16>(<usize><u32>x, ROW_NULLS) == nulls && sameKey(t, <usize><u32>x + ROW_KEYS, key + 8, words)) return <u32>x;
    s = (s + 1) & mask;
  }
}

/** Moves a segment to other, zeroed slots. */
export function tableMoveSegment(t: usize, segment: u32, slots: usize, mask: u32): void {
  const entry = <usize>load<u32>(t, DIRECTORY) + (<usize>segment << 4);
  const old = <usize>load<u32>(entry), oldMask = load<u32>(entry, 4);
  for (let i: u32 = 0; i <= oldMask; i++) {
    const x = load<u64>(old + (<usize>i << 3));
    if (x == 0) continue;
    let s = <u32>(x >> 32) & mask;
    while (load<u64>(slots + (<usize>s << 3)) != 0) s = (s + 1) & mask;
    store<u64>(slots + (<usize>s << 3), x);
  }
  store<u32>(entry, <u32>slots);
  store<u32>(entry, mask, 4);
}

// Closes the gap that a removal leaves, so that no tombstones are needed.
function removeSlot(entry: usize, salt: u32, row: usize): void {
  const slots = <usize>load<u32>(entry), mask = load<u32>(entry, 4);
  let hole = salt & mask;
  while (<usize><u32>load<u64>(slots + (<usize>hole << 3)) != row) hole = (hole + 1) & mask;
  let s = hole;
  while (true) {
    s = (s + 1) & mask;
    const x = load<u64>(slots + (<usize>s << 3));
    if (x == 0) break;
    const home = <u32>(x >> 32) & mask;
    if (((s - home) & mask) >= ((s - hole) & mask)) {
      store<u64>(slots + (<usize>hole << 3), x);
      hole = s;
    }
  }
  store<u64>(slots + (<usize>hole << 3), 0);
  store<u32>(entry, load<u32>(entry, 8) - 1, 8);
}

function freeLongStrings(t: usize, keys: usize, words: usize): void {
  const kinds = <usize>load<u32>(t, KINDS);
  for (let j: usize = 0; j < words; j++) {
    if (load<u8>(kinds + j) != 1 || load<u32>(keys + (j << 3)) <= 12) continue;
    const at = <usize>load<u32>(keys + (j << 3), 8) - 8;
    const block = <usize>load<u32>(at), live = load<u32>(block) - load<u32>(at, 4);
    store<u32>(block, live);
    if (live != 0) continue;
    if (block == <usize>load<u32>(t, HEAP_BLOCK)) store<u32>(t, <u32>(block + BLOCK_HEADER), HEAP_NEXT);
    else {
      store<u32>(block, load<u32>(t, HEAP_EMPTY), 4);
      store<u32>(t, <u32>block, HEAP_EMPTY);
    }
  }
}

// Reads the slots of some rows, so that cache misses are under way at once.
function touchSlots(t: usize, addresses: usize, from: usize, end: usize): void {
  const directory = <usize>load<u32>(t, DIRECTORY);
  let sum: u32 = 0;
  for (let i = from; i < end; i++) {
    const salt = load<u32>(<usize>load<u32>(addresses + (i << 2))), entry = directory + (<usize>(salt >>> 24) << 4);
    sum ^= load<u32>(<usize>load<u32>(entry) + (<usize>(salt & load<u32>(entry, 4)) << 3));
  }
  store<u32>(t, sum, SCRATCH);
}

/** Removes groups. EMPTIED_PAGES and HEAP_EMPTY then say what can be given back. */
export function tableRemove(t: usize, addresses: usize, count: u32): void {
  const directory = <usize>load<u32>(t, DIRECTORY), words = <usize>load<u32>(t, KEY_WORDS), epoch = load<u32>(t, EPOCH), pages = <usize>load<u32>(t, PAGES);
  let emptied: u32 = 0, wasTouched = false, ahead: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    if (i == ahead) {
      ahead = min(i + AHEAD, <usize>count);
      touchSlots(t, addresses, i, ahead);
    }
    const row = <usize>load<u32>(addresses + (i << 2)), salt = load<u32>(row);
    removeSlot(directory + (<usize>(salt >>> 24) << 4), salt, row);
    if (load<u32>(t, HAS_VIEWS) != 0) freeLongStrings(t, row + ROW_KEYS, words);
    if (load<u32>(row, ROW_EPOCH) == epoch) wasTouched = true;
    store<u32>(row, 0, ROW_EPOCH);
  }
  if (wasTouched) {
    const touched = <usize>load<u32>(t, TOUCHED), n = <usize>load<u32>(t, TOUCHED_COUNT);
    let kept: usize = 0;
    for (let i: usize = 0; i < n; i++) {
      const row = load<u32>(touched + (i << 2));
      store<u32>(touched + (kept << 2), row);
      kept += <usize>(load<u32>(<usize>row, ROW_EPOCH) != 0);
    }
    store<u32>(t, <u32>kept, TOUCHED_COUNT);
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(addresses + (i << 2)), number = <u32>load<u16>(row, ROW_PAGE);
    const page = pages + <usize>number * PAGE_RECORD, free = load<u32>(page, PAGE_FREE);
    if (free == 0 && load<u32>(page, PAGE_USED) == load<u32>(page, PAGE_CAPACITY)) linkPage(t, page, number);
    store<u32>(row, free);
    store<u32>(page, <u32>row, PAGE_FREE);
    const live = load<u32>(page, PAGE_LIVE) - 1;
    store<u32>(page, live, PAGE_LIVE);
    if (live == 0) emptied++;
  }
  store<u32>(t, load<u32>(t, GROUPS) - count, GROUPS);
  store<u32>(t, emptied, EMPTIED_PAGES);
}

// The keyed state table. A group is a row at an address that never changes while the group lives:
//   salt u32 | epoch u32 | null bits u16, page u16, object slot u32 | key words | state words
// Epoch is the batch that touched the row last; 0 marks a free row, whose salt is the address of the next free one.
// A directory of 256 segments, by the top byte of the salt (the key group), finds rows: slots of salt << 32 | address,
// linear probing, each segment grows alone. Memory is JavaScript's: a kernel that lacks some stops at a row, says what
// it needs in the table's header, and is called again from there.

// Fields of the table's header, byte offsets.
const DIRECTORY: usize = 0; // 256 entries: slots u32, mask u32, groups u32, spare u32
const KEY_WORDS: usize = 4;
const KINDS: usize = 8; // a byte a key word: 0 value, 1 first half of a string view, 2 second half
const ROW_BYTES: usize = 12;
const EPOCH: usize = 16;
const PAGES: usize = 20; // page records
const PARTIAL: usize = 24; // first page with room, as its number + 1
const HEAP_BLOCK: usize = 28;
const HEAP_NEXT: usize = 32;
const HEAP_END: usize = 36;
const HEAP_EMPTY: usize = 40; // chain of blocks without live bytes
const TOUCHED: usize = 44;
const TOUCHED_COUNT: usize = 48;
const GROUPS: usize = 52;
const NEED: usize = 56;
const NEED_ARGUMENT: usize = 60;
const TIME_OFFSET: usize = 64; // of the i64 in the row that tells when a group expires; 0: none
const TIME_NULL_BIT: usize = 68;
const HAS_VIEWS: usize = 72;
const EMPTIED_PAGES: usize = 76;
const SCRATCH: usize = 92;
const TIME_NULL_OFFSET: usize = 88; // of the u16 in the row that holds TIME_NULL_BIT
const HASH_MASK: usize = 80; // u64; all ones except where tests want collisions

const NEED_PAGE: u32 = 1;
const NEED_HEAP: u32 = 2;
const NEED_SEGMENT: u32 = 3;

// Fields of a page record, 40 bytes.
const PAGE_RECORD: usize = 40;
const PAGE_ROWS: usize = 0; // address of the first row
const PAGE_CAPACITY: usize = 4;
const PAGE_LIVE: usize = 8;
const PAGE_FREE: usize = 12; // first free row
const PAGE_USED: usize = 16; // rows ever used: those behind were never written
const PAGE_PREVIOUS: usize = 20;
const PAGE_NEXT: usize = 24;
const PAGE_MIN_TIME: usize = 32; // not above the time of any live row

// Fields of a row.
const ROW_EPOCH: usize = 4;
const ROW_NULLS: usize = 8;
const ROW_PAGE: usize = 10;
const ROW_OBJECT: usize = 12;
const ROW_KEYS: usize = 16;

// Heap block: live bytes u32, next empty block u32, 8 spare. Each string: block u32, bytes u32, contents.
const BLOCK_HEADER: usize = 16;

const K1: u64 = 0x9E3779B97F4A7C15;
const K2: u64 = 0xD6E8FEB86659FD93;
const K3: u64 = 0xBF58476D1CE4E5B9;

// The hash decides which key group a key is in, so it is part of the checkpoint format.
// @ts-ignore: decorator
@inline function fold(h: u64, word: u64): u64 {
  const x = (h ^ word) * K1;
  return x ^ (x >> 32);
}
// @ts-ignore: decorator
@inline function saltOf(t: usize, h: u64, nulls: u32): u32 {
  return <u32>((((h ^ (<u64>nulls * K2)) * K3) & load<u64>(t, HASH_MASK)) >> 32);
}
function foldLong(h: u64, pointer: usize, length: usize): u64 {
  h = fold(h, <u64>length);
  let i: usize = 0;
  while (i + 8 <= length) { h = fold(h, load<u64>(pointer + i)); i += 8; }
  if (i < length) h = fold(h, load<u64>(pointer + length - 8)); // longer than 12 bytes, so there are 8
  return h;
}
// @ts-ignore: decorator
@inline function foldView(h: u64, view: usize): u64 {
  const a = load<u64>(view);
  return <u32>a <= 12 ? fold(fold(h, a), load<u64>(view, 8)) : foldLong(h, <usize>load<u32>(view, 8), <usize><u32>a);
}

function sameBytes(p: usize, q: usize, length: usize): bool {
  let i: usize = 0;
  while (i + 8 <= length) { if (load<u64>(p + i) != load<u64>(q + i)) return false; i += 8; }
  return i == length || load<u64>(p + length - 8) == load<u64>(q + length - 8);
}

/**
 * Rows of keys under construction: zeroes null words and hashes. `extra`: null words behind the key's own. Not needed when
 * the first column is encoded with `first` 1 and there are no extra words.
 */
export function tableClearKeys(keys: usize, stride: usize, count: u32, hashes: usize, extraOffset: usize, extra: u32): void {
  memory.fill(hashes, 0, <usize>count << 3);
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u64>(keys + i * stride, 0);
    for (let j: usize = 0; j < <usize>extra; j++) store<u64>(keys + i * stride + extraOffset + (j << 3), 0);
  }
}

// @ts-ignore: decorator
@inline function wordOf<T>(pointer: usize): u64 {
  if (isFloat<T>()) {
    const x = load<T>(pointer);
    if (sizeof<T>() == 4) return x == 0 ? 0 : x != x ? 0x7fc00000 : <u64>reinterpret<u32>(<f32>x);
    return x == 0 ? 0 : x != x ? 0x7ff8000000000000 : reinterpret<u64>(<f64>x);
  }
  return <u64>load<T>(pointer);
}

// @ts-ignore: decorator
@inline function encode<T>(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32): void {
  let key = keys;
  if (valid == 0 && sel == 0 && step == 1) {
    for (let i: usize = 0; i < <usize>count; i++) {
      const word = wordOf<T>(data + i * sizeof<T>());
      if (first != 0) store<u64>(key, 0);
      store<u64>(key + offset, word);
      store<u64>(hashes + (i << 3), fold(first != 0 ? 0 : load<u64>(hashes + (i << 3)), word));
      key += stride;
    }
    return;
  }
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) * step;
    let word: u64 = 0;
    if (first != 0) store<u64>(key, 0);
    if (valid == 0 || load<u8>(valid + row) != 0) word = wordOf<T>(data + row * sizeof<T>());
    else store<u16>(key + nullOffset, load<u16>(key + nullOffset) | <u16>nullBit);
    store<u64>(key + offset, word);
    store<u64>(hashes + (i << 3), fold(first != 0 ? 0 : load<u64>(hashes + (i << 3)), word));
    key += stride;
  }
}
export function tableEncode8(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32): void {
  encode<i8>(data, valid, step, sel, count, keys, stride, offset, nullOffset, nullBit, hashes, first);
}
export function tableEncode16(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32): void {
  encode<i16>(data, valid, step, sel, count, keys, stride, offset, nullOffset, nullBit, hashes, first);
}
export function tableEncode32(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32): void {
  encode<i32>(data, valid, step, sel, count, keys, stride, offset, nullOffset, nullBit, hashes, first);
}
export function tableEncode64(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32): void {
  encode<i64>(data, valid, step, sel, count, keys, stride, offset, nullOffset, nullBit, hashes, first);
}
export function tableEncodeF32(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32): void {
  encode<f32>(data, valid, step, sel, count, keys, stride, offset, nullOffset, nullBit, hashes, first);
}
export function tableEncodeF64(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32): void {
  encode<f64>(data, valid, step, sel, count, keys, stride, offset, nullOffset, nullBit, hashes, first);
}
/** 16-byte values: wide decimals as two words, or string views with `view` 1. */
export function tableEncode128(data: usize, valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, offset: usize, nullOffset: usize, nullBit: u32, hashes: usize, first: u32, view: u32): void {
  let key = keys;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) * step;
    const h = first != 0 ? 0 : load<u64>(hashes + (i << 3));
    if (first != 0) store<u64>(key, 0);
    if (valid == 0 || load<u8>(valid + row) != 0) {
      const from = data + (row << 4);
      const a = load<u64>(from), b = load<u64>(from, 8);
      store<u64>(key + offset, a);
      store<u64>(key + offset, b, 8);
      store<u64>(hashes + (i << 3), view != 0 && <u32>a > 12 ? foldLong(h, <usize><u32>b, <usize><u32>a) : fold(fold(h, a), b));
    } else {
      store<u16>(key + nullOffset, load<u16>(key + nullOffset) | <u16>nullBit);
      store<u64>(key + offset, 0);
      store<u64>(key + offset, 0, 8);
      store<u64>(hashes + (i << 3), fold(fold(h, 0), 0));
    }
    key += stride;
  }
}
/** Only the null bit of a column: structs, and types that hold nothing but null. */
export function tableEncodeNulls(valid: usize, step: usize, sel: usize, count: u32, keys: usize, stride: usize, nullOffset: usize, nullBit: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) * step;
    const key = keys + i * stride;
    if (load<u8>(valid + row) == 0) store<u16>(key + nullOffset, load<u16>(key + nullOffset) | <u16>nullBit);
  }
}
/** Adds a finished key word to the hashes. */
export function tableFoldWord(keys: usize, stride: usize, count: u32, offset: usize, hashes: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(hashes + (i << 3), fold(load<u64>(hashes + (i << 3)), load<u64>(keys + i * stride + offset)));
}
/** Hashes of whole key rows, as the column-wise kernels make them. */
export function tableHashKeys(t: usize, keys: usize, stride: usize, count: u32, hashes: usize): void {
  const words = <usize>load<u32>(t, KEY_WORDS), kinds = <usize>load<u32>(t, KINDS);
  for (let i: usize = 0; i < <usize>count; i++) {
    let h: u64 = 0;
    const key = keys + i * stride + 8;
    for (let j: usize = 0; j < words; j++) {
      if (load<u8>(kinds + j) == 1) { h = foldView(h, key + (j << 3)); j++; }
      else h = fold(h, load<u64>(key + (j << 3)));
    }
    store<u64>(hashes + (i << 3), h);
  }
}

// Equal but for strings that are not stored inline.
function sameLongKey(t: usize, row: usize, key: usize, words: usize): bool {
  const kinds = <usize>load<u32>(t, KINDS);
  for (let j: usize = 0; j < words; j++) {
    const a = load<u64>(row + (j << 3));
    if (a != load<u64>(key + (j << 3))) return false;
    if (load<u8>(kinds + j) == 1) {
      j++;
      const b = load<u64>(row + (j << 3)), c = load<u64>(key + (j << 3));
      if (<u32>a <= 12) { if (b != c) return false; }
      else if (!sameBytes(<usize><u32>b, <usize><u32>c, <usize><u32>a)) return false;
    }
  }
  return true;
}
// @ts-ignore: decorator
@inline function sameKey(t: usize, row: usize, key: usize, words: usize): bool {
  for (let j: usize = 0; j < words; j++) {
    if (load<u64>(row + (j << 3)) != load<u64>(key + (j << 3))) return load<u32>(t, HAS_VIEWS) != 0 && sameLongKey(t, row, key, words);
  }
  return true;
}

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

// Keys are looked up this many at a time, in three passes that each are so short that many cache misses are under way at
// once: slots, rows, then comparison.
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
  store<u32>(t, sum, SCRATCH);
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
  const directory = <usize>load<u32>(t, DIRECTORY), words = <usize>load<u32>(t, KEY_WORDS);
  for (let i: usize = 0; i < <usize>count; i++) {
    const key = keys + i * stride;
    const nulls = <u32>load<u16>(key), salt = saltOf(t, load<u64>(hashes + (i << 3)), nulls);
    const entry = directory + (<usize>(salt >>> 24) << 4);
    const slots = <usize>load<u32>(entry), mask = load<u32>(entry, 4);
    let s = salt & mask, found: u32 = 0;
    while (true) {
      const x = load<u64>(slots + (<usize>s << 3));
      if (x == 0) break;
      if (<u32>(x >> 32) == salt && <u32>load<u16>(<usize><u32>x, ROW_NULLS) == nulls && sameKey(t, <usize><u32>x + ROW_KEYS, key + 8, words)) { found = <u32>x; break; }
      s = (s + 1) & mask;
    }
    store<u32>(addresses + (i << 2), found);
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

/** Removes groups. EMPTIED_PAGES and HEAP_EMPTY then say what can be given back. */
export function tableRemove(t: usize, addresses: usize, count: u32): void {
  const directory = <usize>load<u32>(t, DIRECTORY), words = <usize>load<u32>(t, KEY_WORDS), epoch = load<u32>(t, EPOCH), pages = <usize>load<u32>(t, PAGES);
  let emptied: u32 = 0, wasTouched = false;
  for (let i: usize = 0; i < <usize>count; i++) {
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
  const bytes = withState != 0 ? <usize>load<u32>(t, ROW_BYTES) - ROW_KEYS : words << 3;
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
/** Copies the state of flat rows into groups. */
export function tableCopyState(t: usize, rows: usize, stride: usize, count: u32, addresses: usize): void {
  const from = <usize>load<u32>(t, KEY_WORDS) << 3, end = <usize>load<u32>(t, ROW_BYTES) - ROW_KEYS;
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
  for (let i: usize = 0; i < <usize>count; i++) store<u32>(out + (i << 2), address);
}

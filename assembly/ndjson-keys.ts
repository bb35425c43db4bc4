// The keys of a decoder: the columns, those of STRUCT columns under them, and the unknown keys met so far, in a hash
// table by key and the struct it belongs to. Each entry remembers which entry
// followed it last time in its object, so that on regular input one masked 16-byte compare of `,"key":` finds the next key.
import { ERROR_NAME_LENGTH, ERROR_SYNTAX, ERROR_UTF8, MASKS, fail, skipSpace } from "./ndjson-state";
import { HAS_ESCAPES, IS_ODD, apostropheEnd, specialBytes, stringEnd, stringFlags, unescape } from "./ndjson-strings";

// An entry: pattern (the first 16 bytes of `,"key":`), mask (16 bytes), then
export const ENTRY_BYTES: usize = 80;
export const PATTERN_LENGTH: usize = 32;   // u32, key bytes + 4; NO_PATTERN when the raw text may differ from the key
const KEY_LENGTH: usize = 36;
const KEY: usize = 40;
export const KIND: usize = 44;
export const OUT: usize = 48;              // where the values go
export const VALID: usize = 52;            // where the validity bytes go
export const SCALE: usize = 56;            // DECIMAL
export const NEXT: usize = 60;             // the entry whose key followed last time
export const LIMIT: usize = 64;            // u64, 10^precision of a DECIMAL
export const PARENT: usize = 72;           // the entry of the STRUCT that it is a field of, or 0
export const FIRST: usize = 76;            // of a STRUCT: the special entry before its first key

const NO_PATTERN: u32 = 0xffffffff;
const MAX_NAME_LENGTH: usize = 50000;      // as Jackson's StreamReadConstraints
const HEADS: usize = 2;                    // entry 0: before the first key. entry 1: every unknown key once the table is full

let table: usize = 0;
let count: u32 = 0;
let capacity: u32 = 0;
let hashTable: usize = 0;
let hashMask: u32 = 0;
let learnNext: usize = 0;
let learnEnd: usize = 0;
let scratch: usize = 0;
let scratchEnd: usize = 0;

// A key table in memory: what the globals above are between calls.
const T_ENTRIES: usize = 0, T_COUNT: usize = 4, T_CAPACITY: usize = 8, T_HASH: usize = 12, T_HASH_MASK: usize = 16,
  T_LEARN: usize = 20, T_LEARN_END: usize = 24;

export function openKeys(keys: usize, from: usize, end: usize): void {
  table = <usize>load<u32>(keys, T_ENTRIES);
  count = load<u32>(keys, T_COUNT);
  capacity = load<u32>(keys, T_CAPACITY);
  hashTable = <usize>load<u32>(keys, T_HASH);
  hashMask = load<u32>(keys, T_HASH_MASK);
  learnNext = <usize>load<u32>(keys, T_LEARN);
  learnEnd = <usize>load<u32>(keys, T_LEARN_END);
  scratch = from;
  scratchEnd = end;
}

export function closeKeys(keys: usize): void {
  store<u32>(keys, count, T_COUNT);
  store<u32>(keys, <u32>learnNext, T_LEARN);
}

export function firstEntry(): usize { return table; }

/** The escaped key didn't fit the scratch space. */
export let scratchTooSmall: bool = false;
export function clearScratchTooSmall(): void { scratchTooSmall = false; }

@inline function mix(a: u64, b: u64, length: usize): u32 {
  let h = (a ^ (<u64>length << 56)) * 0x9E3779B97F4A7C15;
  h = (h ^ (h >> 32) ^ b) * 0xD6E8FEB86659FD93;
  return <u32>(h >> 32) & hashMask;
}

@inline function withParent(hash: u32, parent: usize): u32 { return (hash ^ (<u32>parent >> 4) * 0x9E3779B1) & hashMask; }

function hashOf(parent: usize, key: usize, length: usize): u32 {
  const v = v128.and(v128.load(key), v128.load(MASKS + (min(length, 16) << 4)));
  let a = i64x2.extract_lane(v, 0), b = i64x2.extract_lane(v, 1);
  if (length > 16) {
    a += load<u64>(key + length - 16) * 0xC2B2AE3D27D4EB4F;
    b += load<u64>(key + length - 8) * 0x165667B19E3779F9;
  }
  return withParent(mix(a, b, length), parent);
}

/** An entry that matches no key and is followed by none that is known. */
function addSpecial(): usize {
  const e = table + <usize>count * ENTRY_BYTES;
  count++;
  memory.fill(e, 0, ENTRY_BYTES);
  memory.fill(e, 0xff, 32);
  store<u32>(e, NO_PATTERN, PATTERN_LENGTH);
  store<u32>(e, <u32>(table + ENTRY_BYTES), NEXT);
  return e;
}

/** Makes an entry a STRUCT. */
export function addFields(e: usize): void { store<u32>(e, <u32>addSpecial(), FIRST); }

/** Adds a key, of the root or of a STRUCT, whose bytes stay where they are. */
export function addEntry(parent: usize, key: usize, length: u32, kind: u32): usize {
  const e = table + <usize>count * ENTRY_BYTES;
  count++;
  memory.fill(e, 0, ENTRY_BYTES);
  store<u32>(e, <u32>parent, PARENT);
  let plain = true;
  for (let i: u32 = 0; i < length; i++) {
    const c = load<u8>(key + i);
    if (c < 0x20 || c == 0x22 || c == 0x5c) plain = false;
  }
  for (let i: u32 = 0; i < 16 && i < length + 4; i++) {
    const c: u8 = i == 0 ? 0x2c : i == 1 || i == length + 2 ? 0x22 : i == length + 3 ? 0x3a : load<u8>(key + i - 2);
    store<u8>(e + i, c);
    store<u8>(e + 16 + i, 0xff);
  }
  store<u32>(e, plain ? length + 4 : NO_PATTERN, PATTERN_LENGTH);
  store<u32>(e, length, KEY_LENGTH);
  store<u32>(e, <u32>key, KEY);
  store<u32>(e, kind, KIND);
  store<u32>(e, <u32>(table + ENTRY_BYTES), NEXT);
  let slot = hashOf(parent, key, length);
  while (load<u32>(hashTable + (<usize>slot << 2))) slot = (slot + 1) & hashMask;
  store<u32>(hashTable + (<usize>slot << 2), <u32>e);
  return e;
}

/** Empties the table at `keys`, whose other fields are filled in. The two special entries match no key. */
export function resetKeys(keys: usize): void {
  openKeys(keys, 0, 0);
  memory.fill(hashTable, 0, (<usize>hashMask + 1) << 2);
  count = 0;
  for (let i: usize = 0; i < HEADS; i++) addSpecial();
  closeKeys(keys);
}

function findEntry(parent: usize, key: usize, length: u32): usize {
  let slot = hashOf(parent, key, length);
  while (true) {
    const e = <usize>load<u32>(hashTable + (<usize>slot << 2));
    if (!e) return 0;
    if (load<u32>(e, KEY_LENGTH) == length && <usize>load<u32>(e, PARENT) == parent && sameBytes(<usize>load<u32>(e, KEY), key, length)) return e;
    slot = (slot + 1) & hashMask;
  }
}

@inline function sameBytes(a: usize, b: usize, length: u32): bool {
  for (let i: usize = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** The 16 bytes at p, the first as if it were a comma: it is one, or the opening brace, or the space before a quote. */
@inline function keyBytes(p: usize): v128 { return i8x16.replace_lane(v128.load(p), 0, 0x2c); }

/** Does `"key":` of the entry stand at p + 1? */
@inline export function matches(e: usize, p: usize): bool {
  if (v128.any_true(v128.and(v128.xor(keyBytes(p), v128.load(e)), v128.load(e, 16)))) return false;
  const length = load<u32>(e, PATTERN_LENGTH);
  return length <= 16 || matchesLong(e, p, length);
}

function matchesLong(e: usize, p: usize, patternLength: u32): bool {
  if (patternLength == NO_PATTERN) return false;
  const length = patternLength - 4, key = <usize>load<u32>(e, KEY);
  for (let i: usize = 14; i < length; i++) if (load<u8>(key + i) != load<u8>(p + 2 + i)) return false;
  return load<u8>(p + 2 + length) == 0x22 && load<u8>(p + 3 + length) == 0x3a;
}

/** After a key was found: the place after its colon. */
export let keyEnd: usize = 0;

/**
 * The entry of the key of an object whose opening quote is at p, when it isn't the expected one; remembered as what
 * follows `previous`. 0: an error is set, or scratchTooSmall.
 */
export function findKey(parent: usize, previous: usize, p: usize): usize {
  const quote = load<u8>(p);
  if (quote != 0x22 && quote != 0x27) return fail(ERROR_SYNTAX, p);
  const guess = <usize>load<u32>(previous, NEXT);
  if (quote == 0x22 && matches(guess, p - 1)) {
    keyEnd = p - 1 + load<u32>(guess, PATTERN_LENGTH);
    return guess;
  }
  let e: usize = quote == 0x22 ? findShort(parent, p + 1) : 0;
  if (!e) {
    e = findAny(parent, p + 1, quote);
    if (!e) return 0;
  }
  // the entry of all unknown keys is shared by objects of different kinds: nothing is foretold after it
  if (previous != table + ENTRY_BYTES) store<u32>(previous, <u32>e, NEXT);
  return e;
}

/** The entry of the plain key of at most 12 bytes that starts at p, or 0. */
@inline function findShort(parent: usize, p: usize): usize {
  const v = v128.load(p), length = <usize>ctz(specialBytes(v) | 0x10000);
  if (length > 12 || load<u16>(p + length) != 0x3a22) return 0;
  const key = v128.and(v, v128.load(MASKS + (length << 4)));
  let slot = withParent(mix(i64x2.extract_lane(key, 0), i64x2.extract_lane(key, 1), length), parent);
  while (true) {
    const e = <usize>load<u32>(hashTable + (<usize>slot << 2));
    if (!e) return 0;
    if (!v128.any_true(v128.and(v128.xor(keyBytes(p - 2), v128.load(e)), v128.load(e, 16))) && load<u32>(e, PATTERN_LENGTH) <= 16 && <usize>load<u32>(e, PARENT) == parent) {
      keyEnd = p + length + 2;
      return e;
    }
    slot = (slot + 1) & hashMask;
  }
}

/** The entry of any key; p is after its opening quote. Unknown keys are learned. 0: an error is set, or scratchTooSmall. */
function findAny(parent: usize, p: usize, quote: u32): usize {
  const q = quote == 0x22 ? stringEnd(p) : apostropheEnd(p);
  if (!q) return 0;
  if (stringFlags & IS_ODD) return fail(ERROR_UTF8, p);
  let key = p, length = <u32>(q - p);
  if (stringFlags & HAS_ESCAPES) {
    if (scratch + length > scratchEnd) { scratchTooSmall = true; return 0; }
    length = unescape(p, q, scratch);
    key = scratch;
  }
  if (<usize>length > MAX_NAME_LENGTH) return fail(ERROR_NAME_LENGTH, p);
  const colon = skipSpace(q + 1);
  if (load<u8>(colon) != 0x3a) return fail(ERROR_SYNTAX, colon);
  keyEnd = colon + 1;
  const e = findEntry(parent, key, length);
  if (e) return e;
  if (count >= capacity || learnNext + length + 16 > learnEnd) return table + ENTRY_BYTES;
  memory.copy(learnNext, key, length);
  key = learnNext;
  learnNext += length;
  return addEntry(parent, key, length, 0);
}

// Keys of the state table: rows of key words built column by column, their hashes, and comparison.
import { KEY_WORDS, KINDS, HAS_VIEWS, HASH_MASK } from "./table-layout";

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
@inline export function saltOf(t: usize, h: u64, nulls: u32): u32 {
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
/** Whole key rows of two or three columns of 8-byte values without nulls, as the kernels above make them one by one. */
export function tableEncodeTwo(a: usize, b: usize, sel: usize, count: u32, keys: usize, hashes: usize): void {
  for (let i: usize = 0, key = keys; i < <usize>count; i++, key += 24) {
    const row = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) << 3, x = load<u64>(a + row), y = load<u64>(b + row);
    store<u64>(key, 0);
    store<u64>(key, x, 8);
    store<u64>(key, y, 16);
    store<u64>(hashes + (i << 3), fold(fold(0, x), y));
  }
}
export function tableEncodeThree(a: usize, b: usize, c: usize, sel: usize, count: u32, keys: usize, hashes: usize): void {
  for (let i: usize = 0, key = keys; i < <usize>count; i++, key += 32) {
    const row = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) << 3, x = load<u64>(a + row), y = load<u64>(b + row), z = load<u64>(c + row);
    store<u64>(key, 0);
    store<u64>(key, x, 8);
    store<u64>(key, y, 16);
    store<u64>(key, z, 24);
    store<u64>(hashes + (i << 3), fold(fold(fold(0, x), y), z));
  }
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
@inline export function sameKey(t: usize, row: usize, key: usize, words: usize): bool {
  for (let j: usize = 0; j < words; j++) {
    if (load<u64>(row + (j << 3)) != load<u64>(key + (j << 3))) return load<u32>(t, HAS_VIEWS) != 0 && sameLongKey(t, row, key, words);
  }
  return true;
}

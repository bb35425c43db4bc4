// Kernels that pack columns into bytes without gaps and pointers, and back: batches in logs. A selection of 0 is rows 0
// to count - 1.

// @ts-ignore: decorator
@inline function rowAt(sel: usize, i: usize): usize { return sel == 0 ? i : <usize>load<u32>(sel + (i << 2)); }

/** Validity as bits, 1 = not null, lowest bit first. */
export function packValid(valid: usize, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i += 8) {
    const end = min<usize>(8, <usize>count - i);
    let bits: u32 = 0;
    for (let j: usize = 0; j < end; j++) bits |= <u32>(load<u8>(valid + rowAt(sel, i + j)) != 0) << <u32>j;
    store<u8>(out + (i >> 3), <u8>bits);
  }
}
export function unpackValid(bits: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u8>(out + i, (load<u8>(bits + (i >> 3)) >> <u8>(i & 7)) & 1);
}

/** Values of `width` bytes (1, 2, 4, 8 or 16). */
export function packValues(width: u32, data: usize, sel: usize, count: u32, out: usize): void {
  if (sel == 0) { memory.copy(out, data, <usize>count * width); return; }
  if (width == 8) pick<u64>(data, sel, count, out);
  else if (width == 4) pick<u32>(data, sel, count, out);
  else if (width == 16) for (let i: usize = 0; i < <usize>count; i++) v128.store(out + (i << 4), v128.load(data + (<usize>load<u32>(sel + (i << 2)) << 4)));
  else if (width == 2) pick<u16>(data, sel, count, out);
  else pick<u8>(data, sel, count, out);
}
// @ts-ignore: decorator
@inline function pick<T>(data: usize, sel: usize, count: u32, out: usize): void {
  const end = sel + (<usize>count << 2);
  for (; sel + 16 <= end; sel += 16, out += 4 * sizeof<T>()) {
    const two = load<u64>(sel), more = load<u64>(sel, 8);
    store<T>(out, load<T>(data + <usize>(two & 0xffffffff) * sizeof<T>()));
    store<T>(out, load<T>(data + <usize>(two >> 32) * sizeof<T>()), sizeof<T>());
    store<T>(out, load<T>(data + <usize>(more & 0xffffffff) * sizeof<T>()), 2 * sizeof<T>());
    store<T>(out, load<T>(data + <usize>(more >> 32) * sizeof<T>()), 3 * sizeof<T>());
  }
  for (; sel < end; sel += 4, out += sizeof<T>()) store<T>(out, load<T>(data + <usize>load<u32>(sel) * sizeof<T>()));
}

/** Lengths of strings (u32 each, 0 for null); returns their sum. */
export function viewLengths(data: usize, valid: usize, sel: usize, count: u32, out: usize): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i);
    const length = valid != 0 && load<u8>(valid + row) == 0 ? 0 : load<u32>(data + (row << 4));
    store<u32>(out + (i << 2), length);
    sum += <f64>length;
  }
  return sum;
}
/** The bytes of strings, one behind the other; `lengths` as viewLengths gave them. */
export function packViews(data: usize, sel: usize, count: u32, lengths: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const view = data + (rowAt(sel, i) << 4), length = <usize>load<u32>(lengths + (i << 2));
    memory.copy(out, length <= 12 ? view + 4 : <usize>load<u32>(view, 8), length);
    out += length;
  }
}
/** Views of strings that lie one behind the other from `bytes` to `end`; returns 0 when they pass it. */
export function unpackViews(lengths: usize, count: u32, bytes: usize, end: usize, out: usize): u32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = <usize>load<u32>(lengths + (i << 2)), view = out + (i << 4);
    if (length > end - bytes) return 0;
    store<u64>(view, <u64>length);
    store<u64>(view, 0, 8);
    if (length <= 12) memory.copy(view + 4, bytes, length);
    else { store<u32>(view, load<u32>(bytes), 4); store<u32>(view, <u32>bytes, 8); }
    bytes += length;
  }
  return <u32>(bytes == end);
}

/** Lengths of lists (u32 each, 0 for null); returns their sum. */
export function listLengths(offsets: usize, valid: usize, sel: usize, count: u32, out: usize): f64 {
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i), at = offsets + (row << 2);
    const length = valid != 0 && load<u8>(valid + row) == 0 ? 0 : load<u32>(at, 4) - load<u32>(at);
    store<u32>(out + (i << 2), length);
    sum += <f64>length;
  }
  return sum;
}
/** The rows of the children that the lists hold. */
export function listRows(offsets: usize, sel: usize, count: u32, lengths: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const from = load<u32>(offsets + (rowAt(sel, i) << 2)), length = load<u32>(lengths + (i << 2));
    for (let j: u32 = 0; j < length; j++) { store<u32>(out, from + j); out += 4; }
  }
}
/** Offsets of lists from their lengths; returns the rows of the children. */
export function listOffsets(lengths: usize, count: u32, out: usize): f64 {
  let sum: f64 = 0, at: u32 = 0;
  store<u32>(out, 0);
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = load<u32>(lengths + (i << 2));
    at += length;
    sum += <f64>length;
    store<u32>(out + (i << 2), at, 4);
  }
  return sum;
}

// Words with their zero bytes left out. A control byte tells of two words, the first in its low half: 0 to 8: that many low
// bytes follow and the rest is zero; 9 to 15: one to seven high bytes follow.
// @ts-ignore: decorator
@inline function controlOf(word: u64): u32 {
  const low = (71 - <u32>clz<u64>(word)) >> 3, high = 8 - (<u32>ctz<u64>(word) >> 3);
  return word == 0 ? 0 : low <= high ? low : 8 + high;
}
// @ts-ignore: decorator
@inline function putWord(out: usize, word: u64, control: u32): usize {
  store<u64>(out, control > 8 ? word >> (<u64>(16 - control) << 3) : word);
  return out + <usize>(control > 8 ? control - 8 : control);
}
/** Packs u64 words; `out` has room for 8.5 bytes a word and 8 more. Returns the bytes. */
export function packWords(words: usize, count: u32, out: usize): usize {
  const start = out;
  for (let i: usize = 0; i < <usize>count; i += 2) {
    const a = load<u64>(words + (i << 3)), b = i + 1 < <usize>count ? load<u64>(words + (i << 3), 8) : 0;
    const x = controlOf(a), y = controlOf(b);
    store<u8>(out, <u8>(x | (y << 4)));
    out = putWord(putWord(out + 1, a, x), b, y);
  }
  return out - start;
}
/** Unpacks `count` words of what lies up to `end`; there are readable bytes behind. Returns 0 unless they fill it. */
export function unpackWords(bytes: usize, end: usize, count: u32, words: usize): u32 {
  for (let i: usize = 0; i < <usize>count; i += 2) {
    if (bytes >= end) return 0;
    const control = <u32>load<u8>(bytes++);
    for (let j: usize = 0; j < 2 && i + j < <usize>count; j++) {
      const code = j == 0 ? control & 15 : control >> 4, length = code > 8 ? code - 8 : code;
      const raw = load<u64>(bytes);
      const kept = length == 8 ? raw : raw & ((<u64>1 << (<u64>length << 3)) - 1);
      store<u64>(words + ((i + j) << 3), code > 8 ? kept << (<u64>(8 - length) << 3) : kept);
      bytes += <usize>length;
    }
    if (bytes > end) return 0;
  }
  return <u32>(bytes == end);
}

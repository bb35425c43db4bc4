// The keys of one side of a join as a set that the other side's rows are asked about before anything else is done with them: a bit a
// whole number between the least and the greatest, or, where they lie far apart, words in which each key has set some bits (Bloom,
// "Space/time trade-offs in hash coding with allowable errors", CACM 1970; one word a key as in Putze et al., "Cache-, hash- and
// space-efficient Bloom filters", 2007). Kinds of keys: 1 i8, 2 i16, 3 i32, 4 i64. A null key is in no set.

// @ts-ignore: decorator
@inline function keyAt(kind: u32, data: usize, row: usize): i64 {
  if (kind == 4) return load<i64>(data + (row << 3));
  if (kind == 3) return <i64>load<i32>(data + (row << 2));
  if (kind == 2) return <i64>load<i16>(data + (row << 1));
  return <i64>load<i8>(data + row);
}

/** Sets the bits of rows 0 to count - 1, whose keys are `base` or more; as many bits as that takes lie at `bits`, at first 0. */
export function keyBitsSet(kind: u32, data: usize, valid: usize, count: u32, base: i64, bits: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (valid != 0 && load<u8>(valid + i) == 0) continue;
    const place = <usize>(keyAt(kind, data, i) - base), at = bits + (place >> 3);
    store<u8>(at, load<u8>(at) | <u8>1 << <u8>(place & 7));
  }
}

/** The selected rows whose key has its bit set, of `size` bits; returns their number. `mask`: 0 for a constant, else -1. */
export function keyBitsSelect(kind: u32, data: usize, valid: usize, mask: u32, sel: usize, count: u32, base: i64, size: u32, bits: usize, out: usize): u32 {
  if (kind == 4 && valid == 0 && mask != 0) return bitsSelect<i64>(data, sel, count, base, size, bits, out);
  if (kind == 3 && valid == 0 && mask != 0) return bitsSelect<i32>(data, sel, count, base, size, bits, out);
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: usize = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), at = row & <usize>mask;
    if (valid != 0 && load<u8>(valid + at) == 0) continue;
    const place = <u64>(keyAt(kind, data, at) - base);
    if (place >= <u64>size || (load<u8>(bits + <usize>(place >> 3)) >> <u8>(place & 7) & 1) == 0) continue;
    store<u32>(out + (n << 2), <u32>row);
    n++;
  }
  return <u32>n;
}

// @ts-ignore: decorator
@inline function bitsSelect<T>(data: usize, sel: usize, count: u32, base: i64, size: u32, bits: usize, out: usize): u32 {
  let n: usize = 0;
  const most = <u64>size - 1;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: usize = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
    // What lies outside asks about the last place in vain: no branch depends on the data.
    const place = <u64>(<i64>load<T>(data + row * sizeof<T>()) - base), near = place > most ? most : place;
    store<u32>(out + (n << 2), <u32>row);
    n += <usize>(load<u8>(bits + <usize>(near >> 3)) >> <u8>(near & 7) & 1) & usize(place <= most);
  }
  return <u32>n;
}

// @ts-ignore: decorator
@inline function mixed(key: i64): u64 {
  const h = <u64>key * 0x9E3779B97F4A7C15;
  return h ^ (h >> 32);
}
/** Four bits of a word, by the low 24 bits of a mixed key; the word is told by the others. */
// @ts-ignore: decorator
@inline function fourBits(h: u64): u64 {
  return (<u64>1 << (h & 63)) | (<u64>1 << (h >> 6 & 63)) | (<u64>1 << (h >> 12 & 63)) | (<u64>1 << (h >> 18 & 63));
}

/** Adds the keys of rows 0 to count - 1 to `words` of 64 bits, of which there are `last` + 1, a power of two. */
export function keyBloomSet(kind: u32, data: usize, valid: usize, count: u32, last: u32, words: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (valid != 0 && load<u8>(valid + i) == 0) continue;
    const h = mixed(keyAt(kind, data, i)), at = words + (<usize>(h >> 24 & <u64>last) << 3);
    store<u64>(at, load<u64>(at) | fourBits(h));
  }
}

/** The selected rows whose key may have been added; returns their number. */
export function keyBloomSelect(kind: u32, data: usize, valid: usize, mask: u32, sel: usize, count: u32, last: u32, words: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row: usize = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), at = row & <usize>mask;
    if (valid != 0 && load<u8>(valid + at) == 0) continue;
    const h = mixed(keyAt(kind, data, at)), wanted = fourBits(h);
    store<u32>(out + (n << 2), <u32>row);
    n += usize((load<u64>(words + (<usize>(h >> 24 & <u64>last) << 3)) & wanted) == wanted);
  }
  return <u32>n;
}

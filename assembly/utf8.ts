// Whether bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).

// @ts-ignore: decorator
@inline function isTail(byte: u32): bool { return (byte & 0xc0) == 0x80; }

export function isUtf8(from: usize, end: usize): bool {
  let at = from;
  while (at < end) {
    while (at + 16 <= end && !v128.any_true(v128.and(v128.load(at), i8x16.splat(-128)))) at += 16;
    if (at >= end) break;
    const a = <u32>load<u8>(at);
    if (a < 0x80) { at++; continue; }
    const left = end - at;
    if (a < 0xc2 || a > 0xf4 || left < 2) return false;
    const b = <u32>load<u8>(at, 1);
    if (!isTail(b)) return false;
    if (a < 0xe0) { at += 2; continue; }
    if (left < 3 || !isTail(load<u8>(at, 2))) return false;
    if (a < 0xf0) {
      if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f)) return false;
      at += 3;
      continue;
    }
    if (left < 4 || !isTail(load<u8>(at, 3)) || (a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f)) return false;
    at += 4;
  }
  return true;
}

/** 1 if the bytes of all selected rows that aren't null are UTF-8. `am`: 0 for a constant vector, -1 otherwise. */
export function viewsAreUtf8(a: usize, am: u32, valid: usize, sel: usize, count: u32): u32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) & <usize>am;
    if (valid != 0 && load<u8>(valid + row) == 0) continue;
    const view = a + (row << 4), length = <usize>load<u32>(view), from = length <= 12 ? view + 4 : <usize>load<u32>(view, 8);
    if (!isUtf8(from, from + length)) return 0;
  }
  return 1;
}

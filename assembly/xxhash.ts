// XXH64 of numbers and bytes, from a seed.

const P1: u64 = 0x9e3779b185ebca87, P2: u64 = 0xc2b2ae3d27d4eb4f, P3: u64 = 0x165667b19e3779f9, P4: u64 = 0x85ebca77c2b2ae63, P5: u64 = 0x27d4eb2f165667c5;

// @ts-ignore: decorator
@inline function finish(x: u64): u64 {
  let h = (x ^ (x >> 33)) * P2;
  h = (h ^ (h >> 29)) * P3;
  return h ^ (h >> 32);
}
// @ts-ignore: decorator
@inline function lane(h: u64, word: u64): u64 { return rotl<u64>(h + word * P2, 31) * P1; }
// @ts-ignore: decorator
@inline function addLong(h: u64, word: u64): u64 { return rotl<u64>(h ^ lane(0, word), 27) * P1 + P4; }
// @ts-ignore: decorator
@inline function addInt(h: u64, word: u32): u64 { return rotl<u64>(h ^ (<u64>word * P1), 23) * P2 + P3; }

// @ts-ignore: decorator
@inline export function xxInt(seed: u64, x: u32): u64 { return finish(addInt(seed + P5 + 4, x)); }
// @ts-ignore: decorator
@inline export function xxLong(seed: u64, x: u64): u64 { return finish(addLong(seed + P5 + 8, x)); }

export function xxBytes(seed: u64, p: usize, length: usize): u64 {
  const end = p + length;
  let h: u64;
  if (length >= 32) {
    let a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
    for (; p + 32 <= end; p += 32) {
      a = lane(a, load<u64>(p));
      b = lane(b, load<u64>(p, 8));
      c = lane(c, load<u64>(p, 16));
      d = lane(d, load<u64>(p, 24));
    }
    h = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    h = (h ^ lane(0, a)) * P1 + P4;
    h = (h ^ lane(0, b)) * P1 + P4;
    h = (h ^ lane(0, c)) * P1 + P4;
    h = (h ^ lane(0, d)) * P1 + P4;
  } else h = seed + P5;
  h += <u64>length;
  for (; p + 8 <= end; p += 8) h = addLong(h, load<u64>(p));
  if (p + 4 <= end) { h = addInt(h, load<u32>(p)); p += 4; }
  for (; p < end; p++) h = rotl<u64>(h ^ (<u64>load<u8>(p) * P5), 11) * P1;
  return finish(h);
}

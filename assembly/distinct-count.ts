// HyperLogLog registers as state of groups, over xxHash64 with Spark's seed and its way of hashing types.

const P1: u64 = 0x9E3779B185EBCA87, P2: u64 = 0xC2B2AE3D27D4EB4F, P3: u64 = 0x165667B19E3779F9, P4: u64 = 0x85EBCA77C2B2AE63, P5: u64 = 0x27D4EB2F165667C5;
const SEED: u64 = 42;

// @ts-ignore: decorator
@inline function finish(h: u64): u64 {
  h = (h ^ (h >> 33)) * P2;
  h = (h ^ (h >> 29)) * P3;
  return h ^ (h >> 32);
}
// @ts-ignore: decorator
@inline function hashInt(x: u32): u64 {
  return finish(rotl<u64>((SEED + P5 + 4) ^ (<u64>x * P1), 23) * P2 + P3);
}
// @ts-ignore: decorator
@inline function lane(h: u64, word: u64): u64 { return rotl<u64>(h + word * P2, 31) * P1; }
// @ts-ignore: decorator
@inline function addWord(h: u64, word: u64): u64 { return rotl<u64>(h ^ lane(0, word), 27) * P1 + P4; }
// @ts-ignore: decorator
@inline function hashLong(x: u64): u64 { return finish(addWord(SEED + P5 + 8, x)); }

function hashBytes(p: usize, length: usize): u64 {
  const end = p + length;
  let h: u64;
  if (length >= 32) {
    let a = SEED + P1 + P2, b = SEED + P2, c = SEED, d = SEED - P1;
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
  } else h = SEED + P5;
  h += <u64>length;
  for (; p + 8 <= end; p += 8) h = addWord(h, load<u64>(p));
  if (p + 4 <= end) { h = rotl<u64>(h ^ (<u64>load<u32>(p) * P1), 23) * P2 + P3; p += 4; }
  for (; p < end; p++) h = rotl<u64>(h ^ (<u64>load<u8>(p) * P5), 11) * P1;
  return finish(h);
}

/** `kind`: 1, 2, 4, 8: integers of that width; 5: FLOAT; 9: DOUBLE; 16: string views. */
function hashValue(kind: u32, data: usize, row: usize): u64 {
  switch (kind) {
    case 1: return hashInt(<u32><i32>load<i8>(data + row));
    case 2: return hashInt(<u32><i32>load<i16>(data + (row << 1)));
    case 4: return hashInt(load<u32>(data + (row << 2)));
    case 8: return hashLong(load<u64>(data + (row << 3)));
    case 5: { const x = load<f32>(data + (row << 2)); return hashInt(x == 0 ? 0 : x != x ? 0x7fc00000 : reinterpret<u32>(x)); }
    case 9: { const x = load<f64>(data + (row << 3)); return hashLong(x == 0 ? 0 : x != x ? 0x7ff8000000000000 : reinterpret<u64>(x)); }
    default: { const view = data + (row << 4), length = <usize>load<u32>(view); return hashBytes(length <= 12 ? view + 4 : <usize>load<u32>(view, 8), length); }
  }
}

/** State: 2^precision registers of a byte: the greatest number of leading zeros, plus one, of the hashes that fall to each. */
export function aggRegisters(kind: u32, precision: u32, data: usize, valid: usize, step: usize, sel: usize, count: u32, addresses: usize, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) * step;
    if (valid != 0 && load<u8>(valid + row) == 0) continue;
    const h = hashValue(kind, data, row);
    const register = <usize>load<u32>(addresses + (i << 2)) + offset + <usize>(h >> (64 - precision));
    const zeros = <u8>clz<u64>((h << precision) | (<u64>1 << (precision - 1))) + 1;
    if (zeros > load<u8>(register)) store<u8>(register, zeros);
  }
}
/** Pair by pair as in assembly/aggregate.ts; `registers`: a multiple of 16. */
export function aggMergeRegisters(to: usize, from: usize, count: u32, offset: usize, registers: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const t = <usize>load<u32>(to + (i << 2)) + offset, f = <usize>load<u32>(from + (i << 2)) + offset;
    for (let j: usize = 0; j < <usize>registers; j += 16) v128.store(t + j, i8x16.max_u(v128.load(t + j), v128.load(f + j)));
  }
}
/** How many registers hold each value from 0 to 64: 65 u32 at `out`. */
export function aggRegisterCounts(registers: usize, count: u32, out: usize): void {
  memory.fill(out, 0, 65 << 2);
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = out + (<usize>load<u8>(registers + i) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

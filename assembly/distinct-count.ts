// HyperLogLog registers as state of groups, over xxHash64 with Spark's seed and its way of hashing types.

import { xxBytes, xxInt, xxLong } from "./xxhash";

const SEED: u64 = 42;
// @ts-ignore: decorator
@inline function hashInt(x: u32): u64 { return xxInt(SEED, x); }
// @ts-ignore: decorator
@inline function hashLong(x: u64): u64 { return xxLong(SEED, x); }

/** `kind`: 1, 2, 4, 8: integers of that width; 5: FLOAT; 9: DOUBLE; 16: string views. */
function hashValue(kind: u32, data: usize, row: usize): u64 {
  switch (kind) {
    case 1: return hashInt(<u32><i32>load<i8>(data + row));
    case 2: return hashInt(<u32><i32>load<i16>(data + (row << 1)));
    case 4: return hashInt(load<u32>(data + (row << 2)));
    case 8: return hashLong(load<u64>(data + (row << 3)));
    case 5: { const x = load<f32>(data + (row << 2)); return hashInt(x == 0 ? 0 : x != x ? 0x7fc00000 : reinterpret<u32>(x)); }
    case 9: { const x = load<f64>(data + (row << 3)); return hashLong(x == 0 ? 0 : x != x ? 0x7ff8000000000000 : reinterpret<u64>(x)); }
    default: { const view = data + (row << 4), length = <usize>load<u32>(view); return xxBytes(SEED, length <= 12 ? view + 4 : <usize>load<u32>(view, 8), length); }
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

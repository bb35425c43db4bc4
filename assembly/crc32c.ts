// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, RFC 3720) of bytes in linear memory, by the slicing method of Kounavis
// and Berry. Four parts of a block go side by side, as the steps of one wait for one another.

const POLYNOMIAL: u32 = 0x82f63b78;
/** A block is four lanes of so many bytes. */
const LANE: usize = 1024;
/** By byte b and k: the remainder of b followed by k zero bytes. */
const table: usize = memory.data(8 * 256 * 4, 16);
/** By byte b and its place i in a remainder: what LANE zero bytes make of it. */
const beyond: usize = memory.data(4 * 256 * 4, 16);
let isReady = false;

@inline function at(k: usize, byte: u32): u32 { return load<u32>(table + (k << 10) + (<usize>byte << 2)); }

function prepare(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
    store<u32>(table + (<usize>byte << 2), remainder);
  }
  for (let k: usize = 1; k < 8; k++) {
    for (let byte: u32 = 0; byte < 256; byte++) {
      const before = at(k - 1, byte);
      store<u32>(table + (k << 10) + (<usize>byte << 2), (before >> 8) ^ at(0, before & 0xff));
    }
  }
  for (let i: usize = 0; i < 4; i++) {
    store<u32>(beyond + (i << 10), 0);
    for (let bit: u32 = 0; bit < 8; bit++) {
      let remainder = <u32>1 << (bit + (<u32>i << 3));
      for (let byte: usize = 0; byte < LANE; byte++) remainder = (remainder >> 8) ^ at(0, remainder & 0xff);
      for (let lower: u32 = 0; lower < 1 << bit; lower++) {
        const other = load<u32>(beyond + (i << 10) + (<usize>lower << 2));
        store<u32>(beyond + (i << 10) + (<usize>(lower | 1 << bit) << 2), other ^ remainder);
      }
    }
  }
  isReady = true;
}

/** The remainder after eight bytes more. */
@inline function step(crc: u32, p: usize): u32 {
  const a = crc ^ load<u32>(p), b = load<u32>(p, 4);
  return load<u32>(table + ((<usize>a << 2) & 0x3fc), 7168) ^ load<u32>(table + (<usize>(a >> 6) & 0x3fc), 6144)
    ^ load<u32>(table + (<usize>(a >> 14) & 0x3fc), 5120) ^ load<u32>(table + (<usize>(a >> 22) & 0x3fc), 4096)
    ^ load<u32>(table + ((<usize>b << 2) & 0x3fc), 3072) ^ load<u32>(table + (<usize>(b >> 6) & 0x3fc), 2048)
    ^ load<u32>(table + (<usize>(b >> 14) & 0x3fc), 1024) ^ load<u32>(table + (<usize>(b >> 22) & 0x3fc));
}

/** The remainder after LANE zero bytes more. */
@inline function pass(crc: u32): u32 {
  return load<u32>(beyond + ((<usize>crc << 2) & 0x3fc)) ^ load<u32>(beyond + (<usize>(crc >> 6) & 0x3fc), 1024)
    ^ load<u32>(beyond + (<usize>(crc >> 14) & 0x3fc), 2048) ^ load<u32>(beyond + (<usize>(crc >> 22) & 0x3fc), 3072);
}

/** The checksum of [p, end). */
export function crc32cOf(p: usize, end: usize): u32 {
  if (!isReady) prepare();
  let crc: u32 = 0xffffffff;
  while (p + 4 * LANE <= end) {
    let b: u32 = 0, c: u32 = 0, d: u32 = 0;
    for (const stop = p + LANE; p < stop; p += 8) {
      crc = step(crc, p);
      b = step(b, p + LANE);
      c = step(c, p + 2 * LANE);
      d = step(d, p + 3 * LANE);
    }
    p += 3 * LANE;
    crc = pass(pass(pass(crc) ^ b) ^ c) ^ d;
  }
  for (; p + 8 <= end; p += 8) crc = step(crc, p);
  for (; p < end; p++) crc = (crc >> 8) ^ load<u32>(table + (<usize>((crc ^ load<u8>(p)) & 0xff) << 2));
  return ~crc;
}

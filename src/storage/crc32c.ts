/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82F63B78, as in iSCSI RFC 3720), eight bytes a step by the slicing method
 * of Kounavis and Berry. The checksum of every record, block and staged file. It needs no linear memory, so that a log
 * can be read by any tool.
 */
const POLYNOMIAL = 0x82f63b78;

/** table[256 k + b]: the remainder of byte b followed by k zero bytes. */
const table = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  table[byte] = remainder;
}
for (let byte = 0; byte < 256; byte++) {
  for (let k = 1; k < 8; k++) {
    const before = table[(k - 1) * 256 + byte]!;
    table[k * 256 + byte] = (before >>> 8) ^ table[before & 0xff]!;
  }
}

/** CRC-32C of `bytes[start, end)` as an unsigned integer; `previous` is the result for the bytes before, to go on from. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, previous = 0): number {
  const t = table;
  let crc = ~previous, at = start;
  for (const last = end - 7; at < last; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc = t[1792 + (low & 0xff)]! ^ t[1536 + ((low >>> 8) & 0xff)]! ^ t[1280 + ((low >>> 16) & 0xff)]! ^ t[1024 + (low >>> 24)]!
      ^ t[768 + bytes[at + 4]!]! ^ t[512 + bytes[at + 5]!]! ^ t[256 + bytes[at + 6]!]! ^ t[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

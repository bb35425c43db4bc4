/** Kernel of assembly/crc32c.ts: the checksum of bytes that lie in linear memory. */
export interface Crc32cKernels {
  /** CRC-32C of the bytes in [from, to), as a signed integer. */
  crc32cOf(from: number, to: number): number;
}

/** The twin, bit by bit. */
export function plainCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc;
}

/** Pieces of Avro's binary encoding as they are written. */
import type { ByteOutput } from "../binary/byte-output.ts";

export const zigzag32 = (out: ByteOutput, value: number): void => out.varint32((value << 1) ^ (value >> 31));

export function zigzag64(out: ByteOutput, low: number, high: number): void {
  const sign = high >> 31;
  out.varint64((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
}

/** A decimal of two or four words at `at`: highest byte first, as few as hold it, or `size` for a fixed. */
export function writeDecimal(out: ByteOutput, words: Int32Array, at: number, isWide: boolean, size: number | undefined): void {
  const count = isWide ? 4 : 2, sign = words[at + count - 1]! >> 31, byte = (i: number): number => (i < 4 * count ? (words[at + (i >> 2)]! >> (8 * (i & 3))) & 0xff : sign & 0xff);
  let length = size ?? 4 * count;
  // A leading byte that only repeats the sign says nothing.
  if (size === undefined) while (length > 1 && byte(length - 1) === (sign & 0xff) && (byte(length - 2) ^ sign) << 24 >= 0) length--;
  if (size === undefined) zigzag32(out, length);
  out.reserve(length);
  for (let i = length - 1; i >= 0; i--) out.byte(byte(i));
}

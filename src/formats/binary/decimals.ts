/** Decimals as formats write them: two's complement of any number of bytes, highest first. */
import type { VectorWriter } from "../../columns/vector-writer.ts";
import type { DecimalType } from "../../types/data-type.ts";
import type { ByteCursor } from "./byte-cursor.ts";

/** Takes an unscaled value as four words, lowest first. */
export type WriteWords = (a: number, b: number, c: number, d: number) => void;

/** The words of a number of `length` bytes at `from`. More than 16 bytes must only repeat the sign. */
export function bytesAsDecimal(cursor: ByteCursor, from: number, length: number, write: WriteWords): void {
  const { u8 } = cursor;
  if (length === 0) cursor.fail("a decimal has no bytes");
  const sign = u8[from]! >= 0x80 ? -1 : 0;
  let at = from;
  for (; from + length - at > 16; at++) if (u8[at] !== (sign & 0xff)) cursor.fail("a decimal is out of range");
  if (from + length - at === 16 && at > from && u8[at]! >= 0x80 !== sign < 0) cursor.fail("a decimal is out of range");
  const end = from + length, word = (lowest: number): number => {
    let value = 0;
    for (let i = 3; i >= 0; i--) {
      const place = lowest - i;
      value = (value << 8) | (place < at ? sign & 0xff : u8[place]!);
    }
    return value;
  };
  write(word(end - 1), word(end - 5), word(end - 9), word(end - 13));
}

/**
 * A step that reads the words of a value with `scale` digits behind the point, and writes it as `type`. What has more digits than the
 * type holds is malformed; digits behind the point that the type lacks are rounded away from zero.
 */
export function decimalWriter(column: VectorWriter, type: DecimalType, scale: number, read: (cursor: ByteCursor, write: WriteWords) => void): (cursor: ByteCursor) => void {
  let a = 0, b = 0, c = 0, d = 0;
  const keep: WriteWords = (w0, w1, w2, w3) => { a = w0; b = w1; c = w2; d = w3; };
  const limit = 10n ** BigInt(type.precision), limitLow = Number(limit & 0xffffffffn), limitHigh = Number((limit >> 32n) & 0xffffffffn);
  const isLong = type.precision <= 18;
  return cursor => {
    read(cursor, keep);
    if (isLong && scale === type.scale) {
      const sign = b >> 31;
      // |value| < 10^precision, on the two words of the absolute value.
      let low = a >>> 0, high = b;
      if (sign !== 0) {
        low = (-a) >>> 0;
        high = (~b + (a === 0 ? 1 : 0)) | 0;
      }
      if (c !== sign || d !== sign || high < 0 || high > limitHigh || (high === limitHigh && low >= limitLow)) cursor.fail("a decimal is out of range");
      return column.long(a, b);
    }
    // Any 64 bits have fewer digits than a wide decimal.
    if (!isLong && scale === type.scale && c === b >> 31 && d === c) return column.wide(a, b, c, d);
    let value = (BigInt(d) << 96n) | (BigInt(c >>> 0) << 64n) | (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0);
    if (scale < type.scale) value *= 10n ** BigInt(type.scale - scale);
    else if (scale > type.scale) {
      const divisor = 10n ** BigInt(scale - type.scale), rest = value % divisor;
      value = value / divisor + ((rest < 0n ? -rest : rest) * 2n >= divisor ? (value < 0n ? -1n : 1n) : 0n);
    }
    if ((value < 0n ? -value : value) >= limit) cursor.fail("a decimal is out of range");
    const word = (shift: bigint): number => Number(BigInt.asIntN(32, value >> shift));
    if (isLong) column.long(word(0n), word(32n));
    else column.wide(word(0n), word(32n), word(64n), word(96n));
  };
}

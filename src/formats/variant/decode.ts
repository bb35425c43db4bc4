/** The binary encoding of VARIANT, as values are made of it: https://parquet.apache.org/docs/file-format/types/variantencoding/ */
import { VariantDouble, shortDecimal, variantObject } from "../../types/variant.ts";
import { LocalDate, Timestamp, TimestampNtz } from "../../types/values.ts";

/** Bytes are no VARIANT. */
export class MalformedVariant extends Error {}

const MAX_DEPTH = 500;
const whole = (value: bigint): number | bigint => (value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value);

/** The names of objects' fields, by number. */
export function variantNames(metadata: Uint8Array): readonly string[] {
  const bytes = bufferOf(metadata), header = byteAt(bytes, 0), width = (header >> 6) + 1;
  if ((header & 15) !== 1) throw new MalformedVariant(`the metadata of a VARIANT have version ${header & 15}`);
  const count = number(bytes, 1, width), first = 1 + width, base = first + width * (count + 1);
  if (base > bytes.length) throw new MalformedVariant("the metadata of a VARIANT are cut");
  return Array.from({ length: count }, (_, i) => {
    const from = number(bytes, first + width * i, width), to = number(bytes, first + width * (i + 1), width);
    if (from > to || base + to > bytes.length) throw new MalformedVariant("a name of a VARIANT is cut");
    return bytes.toString("utf8", base + from, base + to);
  });
}

/** What a VARIANT holds. @throws MalformedVariant */
export function decodeVariant(value: Uint8Array, names: readonly string[]): unknown {
  return valueAt(bufferOf(value), 0, names, 0);
}

function valueAt(bytes: Buffer, at: number, names: readonly string[], depth: number): unknown {
  if (depth > MAX_DEPTH) throw new MalformedVariant("a VARIANT is nested too deep");
  const head = byteAt(bytes, at), header = head >> 2;
  switch (head & 3) {
    case 1: return text(bytes, at + 1, header);
    case 2: {
      const width = (header & 3) + 1, idWidth = (header >> 2 & 3) + 1, isLarge = (header & 16) !== 0, count = number(bytes, at + 1, isLarge ? 4 : 1);
      const ids = at + (isLarge ? 5 : 2), offsets = ids + idWidth * count, base = offsets + width * (count + 1);
      if (base > bytes.length) throw new MalformedVariant("an object of a VARIANT is cut");
      return variantObject(Array.from({ length: count }, (_, i): [string, unknown] => {
        const name = names[number(bytes, ids + idWidth * i, idWidth)];
        if (name === undefined) throw new MalformedVariant("a field of a VARIANT has no name");
        return [name, valueAt(bytes, base + number(bytes, offsets + width * i, width), names, depth + 1)];
      }));
    }
    case 3: {
      const width = (header & 3) + 1, isLarge = (header & 4) !== 0, count = number(bytes, at + 1, isLarge ? 4 : 1), offsets = at + (isLarge ? 5 : 2), base = offsets + width * (count + 1);
      if (base > bytes.length) throw new MalformedVariant("an array of a VARIANT is cut");
      return Array.from({ length: count }, (_, i) => valueAt(bytes, base + number(bytes, offsets + width * i, width), names, depth + 1));
    }
    default: return primitive(bytes, at + 1, header);
  }
}

function primitive(bytes: Buffer, at: number, kind: number): unknown {
  const need = (length: number): void => { if (at + length > bytes.length) throw new MalformedVariant("a value of a VARIANT is cut"); };
  const fixed = <T>(length: number, read: () => T): T => { need(length); return read(); };
  switch (kind) {
    case 0: return null;
    case 1: return true;
    case 2: return false;
    case 3: return fixed(1, () => bytes.readInt8(at));
    case 4: return fixed(2, () => bytes.readInt16LE(at));
    case 5: return fixed(4, () => bytes.readInt32LE(at));
    case 6: return fixed(8, () => whole(bytes.readBigInt64LE(at)));
    case 7: return fixed(8, () => new VariantDouble(bytes.readDoubleLE(at)));
    case 8: return fixed(5, () => shortDecimal(BigInt(bytes.readInt32LE(at + 1)), bytes[at]!));
    case 9: return fixed(9, () => shortDecimal(bytes.readBigInt64LE(at + 1), bytes[at]!));
    case 10: return fixed(17, () => shortDecimal(bytes.readBigUInt64LE(at + 1) + (bytes.readBigInt64LE(at + 9) << 64n), bytes[at]!));
    case 11: return fixed(4, () => LocalDate.ofEpochDay(bytes.readInt32LE(at)));
    case 12: return fixed(8, () => Timestamp.ofMicros(bytes.readBigInt64LE(at)));
    case 13: return fixed(8, () => TimestampNtz.ofMicros(bytes.readBigInt64LE(at)));
    case 14: return fixed(4, () => new VariantDouble(bytes.readFloatLE(at)));
    case 15: {
      const length = number(bytes, at, 4);
      at += 4;
      need(length);
      return new Uint8Array(bytes.subarray(at, at + length));
    }
    case 16: return text(bytes, at + 4, number(bytes, at, 4));
    case 18: return fixed(8, () => Timestamp.ofMicros(floorThousandth(bytes.readBigInt64LE(at))));
    case 19: return fixed(8, () => TimestampNtz.ofMicros(floorThousandth(bytes.readBigInt64LE(at))));
    case 20: return fixed(16, () => bytes.toString("hex", at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
    default: throw new MalformedVariant(`a VARIANT has a value of the unknown kind ${kind}`);
  }
}

const floorThousandth = (value: bigint): bigint => (value - ((value % 1000n) + 1000n) % 1000n) / 1000n;

function text(bytes: Buffer, at: number, length: number): string {
  if (at + length > bytes.length) throw new MalformedVariant("a text of a VARIANT is cut");
  return bytes.toString("utf8", at, at + length);
}

function number(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw new MalformedVariant("a VARIANT is cut");
  return bytes.readUIntLE(at, width);
}

function byteAt(bytes: Buffer, at: number): number {
  if (at >= bytes.length) throw new MalformedVariant("a VARIANT is cut");
  return bytes[at]!;
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A VARIANT in its binary encoding, with the smallest forms that hold its values, as Spark writes it. */
import { VariantDouble, isObject } from "../../types/variant.ts";
import { Decimal, LocalDate, Timestamp, TimestampNtz } from "../../types/values.ts";

export interface EncodedVariant { readonly value: Uint8Array; readonly metadata: Uint8Array }

export function encodeVariant(variant: unknown): EncodedVariant {
  const names = new Set<string>();
  collectNames(variant, names);
  const sorted = [...names].map(name => Buffer.from(name)).sort(Buffer.compare), ids = new Map(sorted.map((name, i) => [name.toString(), i]));
  return { value: bytesOf(variant, ids), metadata: metadataOf(sorted) };
}

function collectNames(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) collectNames(item, names);
  else if (isObject(value)) for (const [name, item] of Object.entries(value)) {
    names.add(name);
    collectNames(item, names);
  }
}

function metadataOf(names: readonly Buffer[]): Uint8Array {
  const size = names.reduce((sum, name) => sum + name.length, 0), width = widthOf(Math.max(size, names.length));
  const offsets: number[] = [0];
  for (const name of names) offsets.push(offsets.at(-1)! + name.length);
  // version 1, names are sorted
  return Buffer.concat([Buffer.from([1 | 16 | width - 1 << 6]), numbers([names.length, ...offsets], width), ...names]);
}

function bytesOf(value: unknown, ids: ReadonlyMap<string, number>): Buffer {
  if (value === null || value === undefined) return primitive(0, 0);
  if (typeof value === "boolean") return primitive(value ? 1 : 2, 0);
  if (typeof value === "number") return Number.isInteger(value) ? wholeBytes(BigInt(value)) : doubleBytes(value);
  if (typeof value === "bigint") return wholeBytes(value);
  if (value instanceof VariantDouble) return doubleBytes(value.value);
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return text.length < 64 ? Buffer.concat([Buffer.from([1 | text.length << 2]), text]) : sized(16, text);
  }
  if (Decimal.is(value)) return decimalBytes(value.unscaled, value.scale);
  if (value instanceof Uint8Array) return sized(15, value);
  if (LocalDate.is(value)) return primitive(11, 4, bytes => bytes.writeInt32LE(value.epochDay, 1));
  if (Timestamp.is(value)) return primitive(12, 8, bytes => bytes.writeBigInt64LE(value.epochMicros, 1));
  if (TimestampNtz.is(value)) return primitive(13, 8, bytes => bytes.writeBigInt64LE(value.epochMicros, 1));
  if (Array.isArray(value)) {
    const items = (value as readonly unknown[]).map(item => bytesOf(item, ids)), { width, isLarge, offsets } = layout(items);
    return Buffer.concat([Buffer.from([3 | (width - 1 | (isLarge ? 4 : 0)) << 2]), numbers([items.length], isLarge ? 4 : 1), offsets, ...items]);
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>).map(([name, item]) => ({ name: Buffer.from(name), id: ids.get(name)!, bytes: bytesOf(item, ids) })).sort((a, b) => Buffer.compare(a.name, b.name));
  const items = entries.map(entry => entry.bytes), { width, isLarge, offsets } = layout(items), idWidth = widthOf(Math.max(0, ...entries.map(entry => entry.id)));
  return Buffer.concat([Buffer.from([2 | (width - 1 | idWidth - 1 << 2 | (isLarge ? 16 : 0)) << 2]), numbers([items.length], isLarge ? 4 : 1), numbers(entries.map(entry => entry.id), idWidth), offsets, ...items]);
}

function layout(items: readonly Buffer[]): { readonly width: number; readonly isLarge: boolean; readonly offsets: Buffer } {
  const ends: number[] = [0];
  for (const item of items) ends.push(ends.at(-1)! + item.length);
  const width = widthOf(ends.at(-1)!);
  return { width, isLarge: items.length > 255, offsets: numbers(ends, width) };
}

const widthOf = (most: number): number => (most < 256 ? 1 : most < 65_536 ? 2 : most < 16_777_216 ? 3 : 4);

function numbers(values: readonly number[], width: number): Buffer {
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, i) => bytes.writeUIntLE(value, i * width, width));
  return bytes;
}

function primitive(kind: number, length: number, write: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(1 + length);
  bytes[0] = kind << 2;
  write(bytes);
  return bytes;
}

const sized = (kind: number, content: Uint8Array): Buffer => Buffer.concat([primitive(kind, 4, bytes => bytes.writeUInt32LE(content.length, 1)), content]);
const doubleBytes = (value: number): Buffer => primitive(7, 8, bytes => bytes.writeDoubleLE(value, 1));

function wholeBytes(value: bigint): Buffer {
  if (BigInt.asIntN(8, value) === value) return primitive(3, 1, bytes => bytes.writeInt8(Number(value), 1));
  if (BigInt.asIntN(16, value) === value) return primitive(4, 2, bytes => bytes.writeInt16LE(Number(value), 1));
  if (BigInt.asIntN(32, value) === value) return primitive(5, 4, bytes => bytes.writeInt32LE(Number(value), 1));
  return BigInt.asIntN(64, value) === value ? primitive(6, 8, bytes => bytes.writeBigInt64LE(value, 1)) : decimalBytes(value, 0);
}

function decimalBytes(unscaled: bigint, scale: number): Buffer {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().length, kind = digits <= 9 ? 8 : digits <= 18 ? 9 : 10;
  return primitive(kind, [5, 9, 17][kind - 8]!, bytes => {
    bytes[1] = scale;
    if (kind === 8) bytes.writeInt32LE(Number(unscaled), 2);
    else if (kind === 9) bytes.writeBigInt64LE(unscaled, 2);
    else {
      bytes.writeBigUInt64LE(BigInt.asUintN(64, unscaled), 2);
      bytes.writeBigInt64LE(unscaled >> 64n, 10);
    }
  });
}

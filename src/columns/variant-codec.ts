/** Values of VARIANT as bytes, with tags of their own. */
import { unsupported } from "../base/errors.ts";
import { Decimal, LocalDate, Timestamp, TimestampNtz } from "../types/values.ts";
import { VariantDouble } from "../types/variant.ts";
import { bigIntBytes, bigIntOf, damaged, readLength, type ByteReader, type ByteWriter } from "./byte-stream.ts";

/** Null, booleans, number, bigint, text, bytes, list, object, and typed scalars as they stand. */
export function writeVariant(writer: ByteWriter, value: unknown): void {
  if (value === null || value === undefined) return writer.byte(0);
  if (value === false) return writer.byte(1);
  if (value === true) return writer.byte(2);
  if (typeof value === "number") { writer.byte(3); return writer.f64(value); }
  if (typeof value === "bigint") {
    const bytes = bigIntBytes(value);
    writer.byte(4);
    writer.varint(bytes.length);
    return writer.bytes(bytes);
  }
  if (typeof value === "string") { writer.byte(5); return writer.text(value); }
  if (value instanceof Uint8Array) { writer.byte(6); writer.varint(value.length); return writer.bytes(value); }
  if (value instanceof VariantDouble) { writer.byte(10); return writer.f64(value.value); }
  if (Decimal.is(value)) {
    writer.byte(11);
    writer.varint(value.scale);
    return writeVariant(writer, value.unscaled);
  }
  if (LocalDate.is(value)) { writer.byte(12); return writer.f64(value.epochDay); }
  if (Timestamp.is(value)) { writer.byte(13); return writeVariant(writer, value.epochMicros); }
  if (TimestampNtz.is(value)) { writer.byte(14); return writeVariant(writer, value.epochMicros); }
  if (Array.isArray(value)) {
    writer.byte(7);
    writer.varint(value.length);
    for (const item of value) writeVariant(writer, item);
    return;
  }
  if (value instanceof Map) {
    writer.byte(9);
    writer.varint(value.size);
    for (const [key, item] of value) { writeVariant(writer, key); writeVariant(writer, item); }
    return;
  }
  if (typeof value === "object" && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)) {
    const entries = Object.entries(value);
    writer.byte(8);
    writer.varint(entries.length);
    for (const [key, item] of entries) { writer.text(key); writeVariant(writer, item); }
    return;
  }
  throw unsupported(`Storing a VARIANT that holds a ${typeof value}`);
}
export function readVariant(reader: ByteReader): unknown {
  const tag = reader.byte();
  switch (tag) {
    case 0: return null;
    case 1: return false;
    case 2: return true;
    case 3: return reader.f64();
    case 4: return bigIntOf(reader.bytes(reader.varint()));
    case 5: return reader.text();
    case 6: return reader.bytes(reader.varint());
    case 7: return Array.from({ length: readLength(reader) }, () => readVariant(reader));
    case 8: return Object.fromEntries(Array.from({ length: readLength(reader) }, () => [reader.text(), readVariant(reader)] as const));
    case 9: return new Map(Array.from({ length: readLength(reader) }, () => [readVariant(reader), readVariant(reader)] as const));
    case 10: return new VariantDouble(reader.f64());
    case 11: {
      const scale = reader.varint();
      return Decimal.of(readVariant(reader) as bigint, scale);
    }
    case 12: return LocalDate.ofEpochDay(reader.f64());
    case 13: return Timestamp.ofMicros(readVariant(reader) as bigint);
    case 14: return TimestampNtz.ofMicros(readVariant(reader) as bigint);
    default: throw damaged();
  }
}

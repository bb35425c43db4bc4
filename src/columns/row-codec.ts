/**
 * Cells as bytes: what state, logs and outboxes hold of single values and rows. Compact, of all types, independent of
 * the machine; the type is not in the bytes, so a reader must know it. The batch codec for whole columns is batch-codec.ts.
 *
 * A value: BOOLEAN and TINYINT one byte; other integers, dates, times and intervals zigzag varints; FLOAT and DOUBLE
 * little-endian; DECIMAL length and big-endian two's complement; STRING and BINARY length and bytes; ARRAY length, null
 * bits, values; MAP length, keys, null bits, values; STRUCT null bits, values. Null bits: a bit a value, 1 = null.
 */
import { ExecutionError, unsupported } from "../base/errors.ts";
import { utf8Length, writeUtf8 } from "../base/utf8.ts";
import type { CalendarInterval, Cell, MapCell, VariantCell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { Decimal, LocalDate, Timestamp, TimestampNtz } from "../types/values.ts";
import { VariantDouble } from "../types/variant.ts";

/** A mark of byte order at the beginning belongs to the text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Of fewer UTF-16 units the bytes are fewer than 128. */
const SHORT_TEXT = 42;

/** Bytes under construction. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #buffer = Buffer.from(this.#bytes.buffer);
  length = 0;

  reserve(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + bytes));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
    this.#buffer = Buffer.from(larger.buffer);
  }
  byte(value: number): void { this.reserve(1); this.#bytes[this.length++] = value; }
  /** An unsigned number up to 2^53. */
  varint(value: number): void {
    this.reserve(10);
    while (value >= 0x80) {
      this.#bytes[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.#bytes[this.length++] = value;
  }
  u32(value: number): void { this.reserve(4); this.#view.setUint32(this.length, value, true); this.length += 4; }
  f32(value: number): void { this.reserve(4); this.#view.setFloat32(this.length, value, true); this.length += 4; }
  f64(value: number): void { this.reserve(8); this.#view.setFloat64(this.length, value, true); this.length += 8; }
  /** A whole number within 53 bits, small ones short. */
  signed(value: number): void { this.varint(value < 0 ? -value * 2 - 1 : value * 2); }
  /** Any 64-bit integer: the bytes of `signed` where it fits. */
  i64(value: bigint): void {
    if (value >= -0x4000_0000_0000n && value <= 0x4000_0000_0000n) return this.signed(Number(value));
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    if (rest <= 0xffff_ffff_ffffn) return this.varint(Number(rest));
    this.reserve(10);
    while (rest >= 0x80n) {
      this.#bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.length++] = Number(rest);
  }
  bytes(value: Uint8Array): void { this.reserve(value.length); this.#bytes.set(value, this.length); this.length += value.length; }
  text(value: string): void {
    if (value.length < SHORT_TEXT) {
      // The length takes one byte whatever the text is.
      this.reserve(1 + 3 * value.length);
      const length = writeUtf8(value, this.#buffer, this.length + 1);
      this.#bytes[this.length] = length;
      this.length += 1 + length;
      return;
    }
    const length = utf8Length(value);
    this.varint(length);
    this.reserve(length);
    this.#buffer.write(value, this.length, length, "utf8");
    this.length += length;
  }
  bits(flags: readonly boolean[]): void {
    this.reserve((flags.length + 7) >> 3);
    for (let i = 0; i < flags.length; i += 8) {
      let bits = 0;
      for (let j = 0; j < 8 && i + j < flags.length; j++) if (flags[i + j]!) bits |= 1 << j;
      this.#bytes[this.length++] = bits;
    }
  }
  /** What was written, valid until the next write. */
  view(): Uint8Array { return this.#bytes.subarray(0, this.length); }
  /** A copy of what was written; the writer is empty again. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** Reads what a ByteWriter wrote; running past the end is an error. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.end = end;
  }
  #advance(bytes: number): number {
    const at = this.position;
    if (bytes > this.end - at) throw damaged();
    this.position = at + bytes;
    return at;
  }
  byte(): number { return this.#bytes[this.#advance(1)]!; }
  varint(): number {
    let value = 0, factor = 1;
    for (;;) {
      const next = this.byte();
      value += (next & 0x7f) * factor;
      if (next < 0x80) return value;
      factor *= 0x80;
      if (factor > 2 ** 49) throw damaged();
    }
  }
  u32(): number { return this.#view.getUint32(this.#advance(4), true); }
  f32(): number { return this.#view.getFloat32(this.#advance(4), true); }
  f64(): number { return this.#view.getFloat64(this.#advance(8), true); }
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  i64(): bigint {
    let low = 0, shift = 1, count = 0;
    let next = this.byte();
    while (next >= 0x80 && count < 4) {
      low += (next & 0x7f) * shift;
      shift *= 0x80;
      count++;
      next = this.byte();
    }
    let value: bigint;
    if (next < 0x80) value = BigInt(low + next * shift);
    else {
      value = BigInt(low);
      for (let bits = BigInt(7 * count); ; bits += 7n) {
        value |= BigInt(next & 0x7f) << bits;
        if (next < 0x80) break;
        if (bits >= 63n) throw damaged();
        next = this.byte();
      }
    }
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
  /** A copy. */
  bytes(length: number): Uint8Array { const at = this.#advance(length); return this.#bytes.slice(at, at + length); }
  text(): string { const length = this.varint(), at = this.#advance(length); return decoder.decode(this.#bytes.subarray(at, at + length)); }
  bits(count: number): boolean[] {
    const at = this.#advance((count + 7) >> 3);
    return Array.from({ length: count }, (_, i) => (this.#bytes[at + (i >> 3)]! & (1 << (i & 7))) !== 0);
  }
}

function damaged(): ExecutionError {
  return new ExecutionError({ condition: "MILLRACE_DAMAGED_ROW", sqlState: "XX001", message: "Stored values end too early or are damaged." });
}

/** Writes a cell of a type, null or not. */
export function writeCell(writer: ByteWriter, type: DataType, cell: Cell): void {
  if (cell === null || type.kind === "void") return writer.byte(0);
  writer.byte(1);
  writeValue(writer, type, cell);
}
export function readCell(reader: ByteReader, type: DataType): Cell {
  return reader.byte() === 0 ? null : readValue(reader, type);
}

/** Writes a cell that is not null. */
export function writeValue(writer: ByteWriter, type: DataType, cell: Cell): void {
  switch (type.kind) {
    case "void": return;
    case "boolean": return writer.byte(cell === true ? 1 : 0);
    case "tinyint": return writer.byte((cell as number) & 0xff);
    case "smallint": case "int": case "date": case "year_month_interval": return writer.signed(cell as number);
    case "bigint": case "timestamp": case "timestamp_ntz": case "time": case "day_time_interval": return writer.i64(cell as bigint);
    case "float": return writer.f32(cell as number);
    case "double": return writer.f64(cell as number);
    case "decimal": {
      if (type.precision <= 18) return writer.i64(cell as bigint);
      const bytes = bigIntBytes(cell as bigint);
      writer.byte(bytes.length);
      return writer.bytes(bytes);
    }
    case "string": case "char": case "varchar": return writer.text(cell as string);
    case "binary": case "geometry": case "geography": writer.varint((cell as Uint8Array).length); return writer.bytes(cell as Uint8Array);
    case "array": {
      const items = cell as readonly Cell[];
      writer.varint(items.length);
      return writeList(writer, items, () => type.element);
    }
    case "map": {
      const entries = (cell as MapCell).entries;
      writer.varint(entries.length);
      for (const [key] of entries) writeValue(writer, type.key, key);
      return writeList(writer, entries.map(entry => entry[1]), () => type.value);
    }
    case "struct": return writeList(writer, cell as readonly Cell[], i => type.fields[i]!.type);
    case "calendar_interval": {
      const { months, days, micros } = cell as CalendarInterval;
      writer.signed(months);
      writer.signed(days);
      return writer.i64(micros);
    }
    case "variant": return writeVariant(writer, (cell as VariantCell).variant);
  }
}

/** Reads a cell that is not null. */
export function readValue(reader: ByteReader, type: DataType): Cell {
  switch (type.kind) {
    case "void": return null;
    case "boolean": return reader.byte() !== 0;
    case "tinyint": return (reader.byte() << 24) >> 24;
    case "smallint": case "int": case "date": case "year_month_interval": return reader.signed();
    case "bigint": case "timestamp": case "timestamp_ntz": case "time": case "day_time_interval": return reader.i64();
    case "float": return reader.f32();
    case "double": return reader.f64();
    case "decimal": return type.precision <= 18 ? reader.i64() : bigIntOf(reader.bytes(reader.byte()));
    case "string": case "char": case "varchar": return reader.text();
    case "binary": case "geometry": case "geography": return reader.bytes(reader.varint());
    case "array": return readList(reader, readLength(reader), () => type.element);
    case "map": {
      const length = readLength(reader), keys: Cell[] = [];
      for (let i = 0; i < length; i++) keys.push(readValue(reader, type.key));
      const values = readList(reader, length, () => type.value);
      return { entries: keys.map((key, i) => [key, values[i]!] as const) };
    }
    case "struct": return readList(reader, type.fields.length, i => type.fields[i]!.type);
    case "calendar_interval": return { months: reader.signed(), days: reader.signed(), micros: reader.i64() };
    case "variant": return { variant: readVariant(reader) };
  }
}

function writeList(writer: ByteWriter, items: readonly Cell[], typeAt: (index: number) => DataType): void {
  writer.bits(items.map(item => item === null));
  items.forEach((item, i) => { if (item !== null) writeValue(writer, typeAt(i), item); });
}
function readList(reader: ByteReader, length: number, typeAt: (index: number) => DataType): Cell[] {
  return reader.bits(length).map((isNull, i) => (isNull ? null : readValue(reader, typeAt(i))));
}
/** A length that the rest of the bytes can hold: a damaged one must not ask for memory. Values of no bytes are only nulls, of an eighth. */
function readLength(reader: ByteReader): number {
  const length = reader.varint();
  if (length > (reader.end - reader.position) * 8) throw damaged();
  return length;
}

/** The shortest big-endian two's complement form. */
export function bigIntBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 8n) {
    bytes.unshift(Number(rest & 0xffn));
    if (rest >= -128n && rest <= 127n) return Uint8Array.from(bytes);
  }
}
function bigIntOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}

/** A VARIANT's value with its own tags: null, booleans, number, bigint, text, bytes, list, object, and typed scalars as they stand. */
function writeVariant(writer: ByteWriter, value: unknown): void {
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
function readVariant(reader: ByteReader): unknown {
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

const shared = new ByteWriter();

/** A cell as bytes. */
export function encodeCell(type: DataType, cell: Cell): Uint8Array {
  shared.length = 0;
  writeCell(shared, type, cell);
  return shared.take();
}
/** The cell of bytes that encodeCell made for the same type. */
export function decodeCell(type: DataType, bytes: Uint8Array): Cell {
  const reader = new ByteReader(bytes);
  const cell = readCell(reader, type);
  if (reader.position !== reader.end) throw damaged();
  return cell;
}


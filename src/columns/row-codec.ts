/**
 * Cells as bytes: what state, logs and outboxes hold of single values and rows. Compact, of all types, independent of
 * the machine; the type is not in the bytes, so a reader must know it. The batch codec for whole columns is batch-codec.ts.
 *
 * A value: BOOLEAN and TINYINT one byte; other integers, dates, times and intervals zigzag varints; FLOAT and DOUBLE
 * little-endian; DECIMAL length and big-endian two's complement; STRING and BINARY length and bytes; ARRAY length, null
 * bits, values; MAP length, keys, null bits, values; STRUCT null bits, values. Null bits: a bit a value, 1 = null.
 */
import type { CalendarInterval, Cell, MapCell, VariantCell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import { ByteReader, ByteWriter, bigIntBytes, bigIntOf, damaged, readLength } from "./byte-stream.ts";
import { readVariant, writeVariant } from "./variant-codec.ts";

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


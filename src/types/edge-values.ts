/** Between the cells that the engine moves and the values that people see: both ways, by type. */
import { AnalysisError } from "../base/errors.ts";
import type { CalendarInterval, Cell, MapCell, VariantCell } from "./cell.ts";
import { typeToSql, type DataType, type StructType } from "./data-type.ts";
import {
  DayTimeInterval, Decimal, LocalDate, LocalTime, Timestamp, TimestampNtz, Variant, YearMonthInterval,
  type DecimalLike, type TimestampLike,
} from "./values.ts";
import type { Duration } from "./duration.ts";

/** A row as people see it. */
export type EdgeRow = Record<string, unknown>;

/** The value that a cell of a type is at the edge. */
export function cellToValue(cell: Cell, type: DataType): unknown {
  return cell === null ? null : readerOf(type)(cell);
}

/**
 * A function from the cells of a row to a plain object, for many rows of one schema. Of two columns with one name the
 * row can only hold one: `AMBIGUOUS_REFERENCE`.
 */
export function rowReader(schema: StructType): (cells: readonly Cell[]) => EdgeRow {
  const names = schema.fields.map(field => field.name), readers = schema.fields.map(field => readerOf(field.type));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new AnalysisError({
      condition: "AMBIGUOUS_REFERENCE", sqlState: "42704", message: `Reference \`${twice}\` is ambiguous, could be: [\`${twice}\`, \`${twice}\`].`,
      messageParameters: { name: `\`${twice}\``, referenceNames: `[\`${twice}\`, \`${twice}\`]` },
      hint: "a row can hold one column of a name: choose with select((left, right) => ({ ... }))",
    });
  }
  return cells => {
    const row: EdgeRow = {};
    for (let i = 0; i < names.length; i++) {
      const cell = cells[i];
      row[names[i]!] = cell === null || cell === undefined ? null : readers[i]!(cell);
    }
    return row;
  };
}

/** As cellToValue, for many cells of one type. */
export function valueReader(type: DataType): (cell: Cell) => unknown {
  const read = readerOf(type);
  return read === asIs ? cell => cell : cell => cell === null ? null : read(cell);
}

/** As rowToCells, for many rows of one schema. */
export function rowWriter(schema: StructType): (row: object) => Cell[] {
  const { fields } = schema, names = new Set(fields.map(field => field.name));
  return row => {
    for (const name in row) if (!names.has(name)) return rowToCells(row, schema);
    const cells: Cell[] = new Array(fields.length);
    for (let i = 0; i < fields.length; i++) {
      const { name, type, nullable } = fields[i]!;
      cells[i] = required(valueToCell((row as Record<string, unknown>)[name], type, name), nullable, name);
    }
    return cells;
  };
}

type Reader = (cell: NonNullable<Cell>) => unknown;
const asIs: Reader = cell => cell;

function readerOf(type: DataType): Reader {
  switch (type.kind) {
    case "timestamp": return cell => Timestamp.ofMicros(cell as bigint);
    case "timestamp_ntz": return cell => TimestampNtz.ofMicros(cell as bigint);
    case "date": return cell => LocalDate.ofEpochDay(cell as number);
    case "time": return cell => LocalTime.ofMicros(Number((cell as bigint) / 1000n));
    case "decimal": return cell => Decimal.of(cell as bigint, type.scale);
    case "day_time_interval": return cell => DayTimeInterval.ofMicros(cell as bigint);
    case "year_month_interval": return cell => YearMonthInterval.ofMonths(cell as number);
    case "variant": return cell => Variant.of((cell as VariantCell).variant);
    case "array": {
      const read = readerOf(type.element);
      return cell => (cell as readonly Cell[]).map(item => item === null ? null : read(item));
    }
    case "map": {
      const key = readerOf(type.key), value = readerOf(type.value);
      return cell => new Map((cell as MapCell).entries.map(([k, v]) => [k === null ? null : key(k), v === null ? null : value(v)]));
    }
    case "struct": {
      const read = rowReader(type);
      return cell => read(cell as readonly Cell[]);
    }
    default: return asIs;
  }
}

/**
 * The cell of a value that a person gave. null and undefined are NULL.
 * @param path the column's name, for errors: `address.city`
 * @throws AnalysisError CANNOT_ACCEPT_OBJECT_IN_TYPE, NUMERIC_VALUE_OUT_OF_RANGE, FIELD_NOT_NULLABLE_WITH_NAME, CAST_INVALID_INPUT
 */
export function valueToCell(value: unknown, type: DataType, path = "value"): Cell {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "void": throw refused(value, type, path);
    case "boolean": return typeof value === "boolean" ? value : fail(value, type, path);
    case "tinyint": return integer(value, type, path, 128);
    case "smallint": return integer(value, type, path, 32_768);
    case "int": return integer(value, type, path, 2_147_483_648);
    case "bigint": return bigInteger(value, type, path);
    case "float": case "double": return floating(value, type, path);
    case "decimal": return decimalCell(value, type.precision, type.scale, type, path);
    case "string": case "char": case "varchar": return typeof value === "string" ? value.toWellFormed() : fail(value, type, path);
    case "binary": case "geometry": case "geography": return value instanceof Uint8Array ? value : fail(value, type, path);
    case "timestamp":
      if (value instanceof Timestamp || value instanceof Date || typeof value === "string" || isInstant(value)) return Timestamp.from(value as TimestampLike).epochMicros;
      throw refused(value, type, path);
    case "timestamp_ntz":
      if (value instanceof TimestampNtz || typeof value === "string") return TimestampNtz.from(value).epochMicros;
      throw refused(value, type, path);
    case "date":
      if (value instanceof LocalDate || typeof value === "string") return LocalDate.from(value).epochDay;
      throw refused(value, type, path);
    case "time":
      if (value instanceof LocalTime || typeof value === "string") return BigInt(LocalTime.from(value).microsOfDay) * 1000n;
      throw refused(value, type, path);
    case "day_time_interval":
      if (value instanceof DayTimeInterval || typeof value === "string") return DayTimeInterval.from(value as DayTimeInterval | Duration).micros;
      throw refused(value, type, path);
    case "year_month_interval": return value instanceof YearMonthInterval ? value.months : fail(value, type, path);
    case "calendar_interval": return isCalendarInterval(value) ? value : fail(value, type, path);
    case "variant": return { variant: value instanceof Variant ? value.toJSON() : value };
    case "array":
      if (!Array.isArray(value)) throw refused(value, type, path);
      return value.map((item, i) => required(valueToCell(item, type.element, `${path}[${i}]`), type.containsNull, `${path}[${i}]`));
    case "map":
      if (!(value instanceof Map)) throw refused(value, type, path, "give a Map");
      return {
        entries: Array.from(value as Map<unknown, unknown>, ([k, v]) => [
          required(valueToCell(k, type.key, `${path} (key)`), false, `${path} (key)`),
          required(valueToCell(v, type.value, `${path}[${String(k)}]`), type.valueContainsNull, `${path}[${String(k)}]`),
        ]),
      };
    case "struct":
      if (typeof value !== "object" || Array.isArray(value)) throw refused(value, type, path);
      return rowToCells(value, type, path);
  }
}

/**
 * The cell of a value as JSON or a query string has it: numbers, booleans and bytes (base64) also as text, structs also as
 * arrays. Undefined where valueToCell is to judge.
 */
export function looseCell(value: unknown, type: DataType): Cell | undefined {
  if (type.kind === "struct" && typeof value === "object" && value !== null) {
    const items = Array.isArray(value) ? value as readonly unknown[] : type.fields.map(field => (value as Record<string, unknown>)[field.name]);
    return items.length !== type.fields.length ? undefined : type.fields.map((field, i) => looseCell(items[i], field.type) ?? valueToCell(items[i], field.type, field.name));
  }
  if (typeof value !== "string") return undefined;
  switch (type.kind) {
    case "boolean": return value === "true" ? true : value === "false" ? false : undefined;
    case "tinyint": case "smallint": case "int": case "bigint": return /^[+-]?\d+$/.test(value) ? valueToCell(BigInt(value), type) : undefined;
    case "float": case "double": return value.trim() === "" || Number.isNaN(Number(value)) && value !== "NaN" ? undefined : valueToCell(Number(value), type);
    case "binary": return new Uint8Array(Buffer.from(value, "base64"));
    default: return undefined;
  }
}

/**
 * The cells of a row given as an object. A field that isn't there is null; one that the schema doesn't have is an error,
 * as it is a misspelt name more often than not.
 */
export function rowToCells(row: object, schema: StructType, path = ""): Cell[] {
  const at = (name: string): string => path === "" ? name : `${path}.${name}`;
  const values = row as Record<string, unknown>;
  for (const name of Object.keys(values)) {
    if (!schema.fields.some(field => field.name === name)) {
      throw new AnalysisError({
        condition: "FIELD_NOT_FOUND", sqlState: "42704", message: `No such struct field \`${at(name)}\` in ${schema.fields.map(f => `\`${f.name}\``).join(", ")}.`,
        messageParameters: { fieldName: `\`${at(name)}\``, fields: schema.fields.map(f => `\`${f.name}\``).join(", ") },
      });
    }
  }
  return schema.fields.map(field => required(valueToCell(values[field.name], field.type, at(field.name)), field.nullable, at(field.name)));
}

function required(cell: Cell, nullable: boolean, path: string): Cell {
  if (cell !== null || nullable) return cell;
  throw new AnalysisError({
    condition: "FIELD_NOT_NULLABLE_WITH_NAME", sqlState: "23502", message: `Field \`${path}\` is NOT NULL, but the value is null.`,
    messageParameters: { field_name: path },
  });
}

function integer(value: unknown, type: DataType, path: string, limit: number): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number)) throw refused(value, type, path);
  if (number < -limit || number >= limit) throw outOfRange(value, type, path);
  return number;
}

function bigInteger(value: unknown, type: DataType, path: string): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "number" && Number.isInteger(value)) throw refused(value, type, path, "a number this large isn't exact; give a bigint");
  if (typeof value !== "bigint") throw refused(value, type, path);
  if (BigInt.asIntN(64, value) !== value) throw outOfRange(value, type, path);
  return value;
}

function floating(value: unknown, type: DataType, path: string): number {
  if (typeof value !== "number") throw refused(value, type, path);
  return type.kind === "float" ? Math.fround(value) : value;
}

function decimalCell(value: unknown, precision: number, scale: number, type: DataType, path: string): bigint {
  if (!(value instanceof Decimal) && typeof value !== "bigint" && typeof value !== "number" && typeof value !== "string") throw refused(value, type, path);
  if (typeof value === "number" && !Number.isFinite(value)) throw refused(value, type, path);
  const { unscaled } = Decimal.from(value as DecimalLike).withScale(scale);
  if ((unscaled < 0n ? -unscaled : unscaled) >= 10n ** BigInt(precision)) throw outOfRange(value, type, path);
  return unscaled;
}

const isInstant = (value: unknown): boolean => typeof value === "object" && value !== null && "epochNanoseconds" in value && typeof value.epochNanoseconds === "bigint";

function isCalendarInterval(value: unknown): value is CalendarInterval {
  return typeof value === "object" && value !== null && "months" in value && "days" in value && "micros" in value
    && typeof value.months === "number" && typeof value.days === "number" && typeof value.micros === "bigint";
}

function fail(value: unknown, type: DataType, path: string): never { throw refused(value, type, path); }

function refused(value: unknown, type: DataType, path: string, hint?: string): AnalysisError {
  const kind = describe(value), expected = typeToSql(type);
  return new AnalysisError({
    condition: "CANNOT_ACCEPT_OBJECT_IN_TYPE", sqlState: "42804", message: `Column \`${path}\` is ${expected}; it can't hold ${kind}.`,
    messageParameters: { field_name: path, data_type: expected, obj_name: shorten(value), obj_type: kind }, hint,
  });
}

function outOfRange(value: unknown, type: DataType, path: string): AnalysisError {
  return new AnalysisError({
    condition: "NUMERIC_VALUE_OUT_OF_RANGE", sqlState: "22003", message: `Column \`${path}\` is ${typeToSql(type)}; ${String(value)} is out of its range.`,
    messageParameters: { field_name: path, value: String(value), data_type: typeToSql(type) },
  });
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : `a ${value.constructor?.name ?? "object"}`;
  return `the ${typeof value} ${shorten(value)}`;
}

function shorten(value: unknown): string {
  const text = typeof value === "string" ? `'${value}'` : String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

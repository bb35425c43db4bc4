/** Types of Arrow and of SQL (https://github.com/apache/arrow/blob/main/format/Schema.fbs). */
import { unsupported } from "../../base/errors.ts";
import {
  BIGINT, BINARY, BOOLEAN, CALENDAR_INTERVAL, DATE, DAY_TIME_INTERVAL, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VOID, YEAR_MONTH_INTERVAL,
  array, decimal, field, map, struct, time, typeToSql, type DataType, type StructField, type StructType,
} from "../../types/data-type.ts";
import { MalformedArrow, type FlatBuilder, type FlatField, type FlatTable } from "./flatbuffer.ts";

/** How values lie in buffers. `unit`: of times, as a power of ten of a second. */
export type ArrowType =
  | { readonly kind: "null" | "bool" | "float16" | "float32" | "float64" | "date32" | "date64" | "months" | "dayMillis" | "monthDayNanos" | "struct" }
  | { readonly kind: "int"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "bytes"; readonly layout: "small" | "large" | "view"; readonly isText: boolean }
  | { readonly kind: "fixed"; readonly size: number }
  | { readonly kind: "decimal"; readonly bits: number; readonly precision: number; readonly scale: number }
  | { readonly kind: "time"; readonly bits: number; readonly unit: number }
  | { readonly kind: "timestamp" | "duration"; readonly unit: number; readonly zoned?: boolean }
  | { readonly kind: "list" | "map" | "listView"; readonly large: boolean }
  | { readonly kind: "fixedList"; readonly size: number }
  /** Children: where runs end, and their values. */
  | { readonly kind: "runs" };

/** What a type is made of beside its number in Arrow's schema: widths in bits or bytes, units as Arrow counts them. */
export interface TypeParameters {
  readonly bits?: number;
  readonly signed?: boolean;
  readonly unit?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly size?: number;
  readonly zone?: string | undefined;
}

export interface ArrowField {
  readonly name: string;
  readonly nullable: boolean;
  readonly type: ArrowType;
  readonly children: readonly ArrowField[];
  /** Values are places in a dictionary. */
  readonly dictionary: { readonly id: number; readonly index: ArrowType & { readonly kind: "int" } } | undefined;
}

const MAX_DEPTH = 64;
const UNITS = [0, 3, 6, 9];

export function arrowFields(schema: FlatTable): ArrowField[] {
  if (schema.short(0) !== 0) throw unsupported("Arrow data with the highest byte first");
  return schema.tables(1).map(one => fieldOf(one, 0));
}

function fieldOf(table: FlatTable, depth: number): ArrowField {
  if (depth > MAX_DEPTH) throw new MalformedArrow("types are nested too deep");
  const encoding = table.table(4), index = encoding?.table(1), id = table.byte(2);
  return arrowField(table.text(0) ?? "", table.flag(1), arrowType(id, parametersOf(id, table.table(3))), table.tables(5).map(one => fieldOf(one, depth + 1)),
    encoding === undefined ? undefined : { id: encoding.long(0), index: index === undefined ? { kind: "int", bits: 32, signed: true } : { kind: "int", bits: index.int(0), signed: index.flag(1) } });
}

/** @throws MalformedArrow for a type whose children are not those that it has */
export function arrowField(name: string, nullable: boolean, type: ArrowType, children: readonly ArrowField[], dictionary?: ArrowField["dictionary"]): ArrowField {
  const wanted = { list: 1, listView: 1, map: 1, fixedList: 1, runs: 2 }[type.kind as string];
  if (wanted !== undefined && children.length !== wanted) throw new MalformedArrow("a list has no one type of elements");
  if (type.kind === "map" && (children[0]!.type.kind !== "struct" || children[0]!.children.length !== 2)) throw new MalformedArrow("a map has no keys and values");
  if (type.kind === "runs" && (children[0]!.type.kind !== "int" || children[0]!.dictionary !== undefined)) throw new MalformedArrow("the ends of runs are no numbers");
  return { name, nullable, type, children, dictionary };
}

/** The parameters of a type, where Schema.fbs has them. */
function parametersOf(id: number, table: FlatTable | undefined): TypeParameters {
  if (table === undefined) return {};
  switch (id) {
    case 2: return { bits: table.int(0), signed: table.flag(1) };
    case 3: return { precision: table.short(0) };
    case 7: return { precision: table.int(0), scale: table.int(1), bits: table.int(2, 128) };
    case 8: case 18: return { unit: table.short(0, 1) };
    case 9: return { unit: table.short(0, 1), bits: table.int(1, 32) };
    case 10: return { unit: table.short(0), zone: table.text(1) };
    case 11: return { unit: table.short(0) };
    case 15: case 16: return { size: table.int(0) };
    default: return {};
  }
}

/** The type of a number of Schema.fbs. @throws AnalysisError MILLRACE_UNSUPPORTED, MalformedArrow */
export function arrowType(id: number, { bits = 0, signed = false, unit, precision = 0, scale = 0, size = 0, zone }: TypeParameters): ArrowType {
  const power = (absent: number): number => UNITS[unit ?? absent] ?? fail("a unit of time");
  switch (id) {
    case 1: return { kind: "null" };
    case 2: return { kind: "int", bits: width(bits, [8, 16, 32, 64]), signed };
    case 3: return { kind: (["float16", "float32", "float64"] as const)[precision] ?? fail("a precision") };
    case 4: return { kind: "bytes", layout: "small", isText: false };
    case 5: return { kind: "bytes", layout: "small", isText: true };
    case 6: return { kind: "bool" };
    case 7: return { kind: "decimal", bits: width(bits === 0 ? 128 : bits, [32, 64, 128, 256]), precision, scale };
    case 8: return { kind: (unit ?? 1) === 0 ? "date32" : "date64" };
    case 9: return { kind: "time", bits: width(bits === 0 ? 32 : bits, [32, 64]), unit: power(1) };
    case 10: return { kind: "timestamp", unit: power(0), zoned: (zone ?? "") !== "" };
    case 11: return { kind: (["months", "dayMillis", "monthDayNanos"] as const)[unit ?? 0] ?? fail("a unit of time") };
    case 12: return { kind: "list", large: false };
    case 13: return { kind: "struct" };
    case 15: return { kind: "fixed", size: positive(size) };
    case 16: return { kind: "fixedList", size: positive(size) };
    case 17: return { kind: "map", large: false };
    case 18: return { kind: "duration", unit: power(1) };
    case 19: return { kind: "bytes", layout: "large", isText: false };
    case 20: return { kind: "bytes", layout: "large", isText: true };
    case 21: return { kind: "list", large: true };
    case 22: return { kind: "runs" };
    case 23: return { kind: "bytes", layout: "view", isText: false };
    case 24: return { kind: "bytes", layout: "view", isText: true };
    case 25: return { kind: "listView", large: false };
    case 26: return { kind: "listView", large: true };
    case 14: throw unsupported("Arrow's type Union", "a column has one type: give its children as columns of their own");
    default: throw unsupported(`Arrow's type ${id}`);
  }
}
const fail = (what: string): never => { throw new MalformedArrow(`${what} is unknown`); };
const width = (bits: number, known: readonly number[]): number => { if (!known.includes(bits)) throw unsupported(`Arrow's numbers of ${bits} bits`); return bits; };
const positive = (size: number): number => (size >= 0 && size < 1 << 28 ? size : fail("a size"));

/** As what a field is read. */
export function sqlTypeOfArrow({ type, children }: ArrowField): DataType {
  switch (type.kind) {
    case "null": return VOID;
    case "bool": return BOOLEAN;
    case "int": return type.signed ? { 8: TINYINT, 16: SMALLINT, 32: INT, 64: BIGINT }[type.bits]! : { 8: SMALLINT, 16: INT, 32: BIGINT, 64: decimal(20, 0) }[type.bits]!;
    case "float16": case "float32": return FLOAT;
    case "float64": return DOUBLE;
    case "bytes": return type.isText ? STRING : BINARY;
    case "fixed": return BINARY;
    case "decimal":
      if (type.precision < 1 || type.precision > 38 || type.scale < 0 || type.scale > type.precision) throw unsupported(`Arrow's decimal(${type.precision}, ${type.scale})`);
      return decimal(type.precision, type.scale);
    case "date32": case "date64": return DATE;
    case "time": return time(6);
    case "timestamp": return type.zoned === true ? TIMESTAMP : TIMESTAMP_NTZ;
    case "duration": case "dayMillis": return DAY_TIME_INTERVAL;
    case "months": return YEAR_MONTH_INTERVAL;
    case "monthDayNanos": return CALENDAR_INTERVAL;
    case "struct": return struct(children.map(sqlFieldOf));
    case "runs": return sqlTypeOfArrow(children[1]!);
    case "list": case "fixedList": case "listView": return array(sqlTypeOfArrow(children[0]!), isNullable(children[0]!));
    case "map": { const [key, value] = children[0]!.children; return map(sqlTypeOfArrow(key!), sqlTypeOfArrow(value!), isNullable(value!)); }
  }
}
const isNullable = (one: ArrowField): boolean => one.nullable || (one.type.kind === "runs" && isNullable(one.children[1]!));
export const sqlFieldOf = (one: ArrowField): StructField => field(one.name, sqlTypeOfArrow(one), isNullable(one));

/** A schema as it is written. @throws AnalysisError MILLRACE_UNSUPPORTED for VARIANT */
export function writeSchema(builder: FlatBuilder, schema: StructType): number {
  const fields = builder.offsets(schema.fields.map(one => writeField(builder, one.name, one.type, one.nullable)));
  return builder.table([undefined, ["offset", fields]]);
}

function writeField(builder: FlatBuilder, name: string, type: DataType, nullable: boolean): number {
  const inner = type.kind === "struct" ? type.fields.map(one => writeField(builder, one.name, one.type, one.nullable))
    : type.kind === "array" ? [writeField(builder, "item", type.element, type.containsNull)]
    : type.kind === "map" ? [writeField(builder, "entries", struct([field("key", type.key, false), field("value", type.value, type.valueContainsNull)]), false)] : [];
  const children = builder.offsets(inner), text = builder.text(name), [id, fields] = typeFields(builder, type), table = builder.table(fields);
  return builder.table([["offset", text], ["byte", nullable ? 1 : 0], ["byte", id], ["offset", table], undefined, ["offset", children]]);
}

function typeFields(builder: FlatBuilder, type: DataType): readonly [number, readonly FlatField[]] {
  const int = (bits: number): readonly [number, readonly FlatField[]] => [2, [["int", bits], ["byte", 1]]];
  switch (type.kind) {
    case "void": return [1, []];
    case "boolean": return [6, []];
    case "tinyint": return int(8);
    case "smallint": return int(16);
    case "int": return int(32);
    case "bigint": return int(64);
    case "float": return [3, [["short", 1]]];
    case "double": return [3, [["short", 2]]];
    case "string": case "char": case "varchar": return [5, []];
    case "binary": case "geometry": case "geography": return [4, []];
    case "decimal": return [7, [["int", type.precision], ["int", type.scale], ["int", 128]]];
    case "date": return [8, [["short", 0]]];
    case "timestamp": return [10, [["short", 2], ["offset", builder.text("UTC")]]];
    case "timestamp_ntz": return [10, [["short", 2]]];
    case "time": return [9, [["short", 3], ["int", 64]]];
    case "day_time_interval": return [18, [["short", 2]]];
    case "year_month_interval": return [11, [["short", 0]]];
    case "calendar_interval": return [11, [["short", 2]]];
    case "array": return [12, []];
    case "struct": return [13, []];
    case "map": return [17, [["byte", 0]]];
    case "variant": throw unsupported(`Writing ${typeToSql(type)} as Arrow`, "to_json() makes it a STRING");
  }
}

/**
 * Types of JavaScript's values, as PySpark finds those of Python's: a column is of the type that all of its values have, and may be null.
 * A number is DOUBLE, since that is what it is; BIGINT is a bigint's.
 */
import { AnalysisError } from "../base/errors.ts";
import {
  BIGINT, BINARY, BOOLEAN, DATE, DAY_TIME_INTERVAL, DOUBLE, STRING, TIMESTAMP, TIMESTAMP_NTZ, VARIANT, VOID, YEAR_MONTH_INTERVAL, array, decimal, field, map, struct, time, typeToSql,
  type DataType, type StructField,
} from "../types/data-type.ts";
import { DayTimeInterval, Decimal, LocalDate, LocalTime, Timestamp, TimestampNtz, Variant, YearMonthInterval } from "../types/values.ts";
import { callSite } from "./call-site.ts";

/** The columns of rows: all names that any of them has, in the order in which they come. @throws AnalysisError CANNOT_INFER_EMPTY_SCHEMA, CANNOT_DETERMINE_TYPE, CANNOT_MERGE_TYPE */
export function inferredFields(rows: readonly object[]): StructField[] {
  if (rows.length === 0) throw refused("CANNOT_INFER_EMPTY_SCHEMA", "Can not infer schema from an empty dataset.", {}, "give a schema: createDataFrame([], schema({ ... }))");
  const found = rows.reduce<DataType>((before, row) => merged(before, rowType(row), "value"), VOID);
  return found.kind === "struct" ? found.fields.map(one => field(one.name, known(one.type, one.name))) : [];
}

/** The type of a column's values. */
export const inferredType = (values: readonly unknown[], name: string): DataType => known(values.reduce<DataType>((before, value) => merged(before, typeOfValue(value, name), name), VOID), name);

const rowType = (row: object): DataType => struct(Object.entries(row).map(([name, value]) => field(name, typeOfValue(value, name))));

function typeOfValue(value: unknown, path: string): DataType {
  switch (typeof value) {
    case "undefined": return VOID;
    case "string": return STRING;
    case "number": return DOUBLE;
    case "bigint": return BIGINT;
    case "boolean": return BOOLEAN;
    case "object": break;
    default: throw refused("UNSUPPORTED_DATA_TYPE_FOR_INFERENCE", `Column \`${path}\` holds a ${typeof value}, for which there is no type.`, { column: path });
  }
  if (value === null) return VOID;
  if (value instanceof Timestamp || value instanceof Date || "epochNanoseconds" in value) return TIMESTAMP;
  if (value instanceof TimestampNtz) return TIMESTAMP_NTZ;
  if (value instanceof LocalDate) return DATE;
  if (value instanceof LocalTime) return time(6);
  if (value instanceof Decimal) return decimal(38, 18);
  if (value instanceof DayTimeInterval) return DAY_TIME_INTERVAL;
  if (value instanceof YearMonthInterval) return YEAR_MONTH_INTERVAL;
  if (value instanceof Variant) return VARIANT;
  if (value instanceof Uint8Array) return BINARY;
  if (Array.isArray(value)) return array(value.reduce<DataType>((before, item) => merged(before, typeOfValue(item, `${path}[]`), `${path}[]`), VOID));
  if (value instanceof Map) {
    const of = (items: Iterable<unknown>, at: string): DataType => Array.from(items).reduce<DataType>((before, item) => merged(before, typeOfValue(item, at), at), VOID);
    return map(of(value.keys(), `${path} (key)`), of(value.values(), `${path}{}`));
  }
  return struct(Object.entries(value).map(([name, inner]) => field(name, typeOfValue(inner, `${path}.${name}`))));
}

function merged(a: DataType, b: DataType, path: string): DataType {
  if (a.kind === "void") return b;
  if (b.kind === "void") return a;
  if (a.kind === "array" && b.kind === "array") return array(merged(a.element, b.element, `${path}[]`));
  if (a.kind === "map" && b.kind === "map") return map(merged(a.key, b.key, `${path} (key)`), merged(a.value, b.value, `${path}{}`));
  if (a.kind === "struct" && b.kind === "struct") {
    const at = (name: string): string => (path === "value" ? name : `${path}.${name}`);
    const both = a.fields.map(one => { const other = b.fields.find(each => each.name === one.name); return other === undefined ? one : field(one.name, merged(one.type, other.type, at(one.name))); });
    return struct([...both, ...b.fields.filter(one => !a.fields.some(each => each.name === one.name))]);
  }
  if (a.kind === b.kind) return a;
  const [one, other] = [typeToSql(a), typeToSql(b)];
  throw refused("CANNOT_MERGE_TYPE", `Can not merge type \`${one}\` and \`${other}\`: column \`${path}\`.`, { data_type1: one, data_type2: other }, "give a schema");
}

/** A type without parts that no value told. */
function known(type: DataType, path: string): DataType {
  switch (type.kind) {
    case "void": throw refused("CANNOT_DETERMINE_TYPE", `Some of types cannot be determined after inferring: column \`${path}\` has no value.`, { column: path }, "give a schema");
    case "array": return array(known(type.element, `${path}[]`));
    case "map": return map(known(type.key, `${path} (key)`), known(type.value, `${path}{}`));
    case "struct": return struct(type.fields.map(one => field(one.name, known(one.type, `${path}.${one.name}`))));
    default: return type;
  }
}

function refused(condition: string, message: string, messageParameters: Readonly<Record<string, string>>, hint?: string): AnalysisError {
  const { callSite: place } = callSite();
  return new AnalysisError({ condition, sqlState: "42K09", message, messageParameters, hint, queryContext: [{ fragment: "", startIndex: 0, stopIndex: 0, ...(place !== undefined && { callSite: place }) }] });
}

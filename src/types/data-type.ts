/**
 * Data types: frozen objects with a `kind`, named as Spark SQL names them. Nullability belongs to fields and
 * elements, not to types.
 */

export type AtomicKind =
  | "void" | "boolean" | "tinyint" | "smallint" | "int" | "bigint" | "float" | "double"
  | "binary" | "date" | "timestamp" | "timestamp_ntz" | "calendar_interval" | "variant";

export interface AtomicType { readonly kind: AtomicKind }
/** `length`: CHAR(n) or VARCHAR(n) as declared in a table; expressions only ever see plain STRING. */
export interface StringType { readonly kind: "string"; readonly collation?: string }
export interface CharType { readonly kind: "char" | "varchar"; readonly length: number }
export interface DecimalType { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
/** Fraction digits 0 to 6 (values are nanoseconds of the day). */
export interface TimeType { readonly kind: "time"; readonly precision: number }
export type YearMonthField = "year" | "month";
export type DayTimeField = "day" | "hour" | "minute" | "second";
export interface YearMonthIntervalType { readonly kind: "year_month_interval"; readonly start: YearMonthField; readonly end: YearMonthField }
export interface DayTimeIntervalType { readonly kind: "day_time_interval"; readonly start: DayTimeField; readonly end: DayTimeField }
export interface ArrayType { readonly kind: "array"; readonly element: DataType; readonly containsNull: boolean }
export interface MapType { readonly kind: "map"; readonly key: DataType; readonly value: DataType; readonly valueContainsNull: boolean }
export interface StructField {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly comment?: string;
}
export interface StructType { readonly kind: "struct"; readonly fields: readonly StructField[] }

/** Shapes as WKB, on a plane or on the globe. `srid`: the spatial reference system. */
/** `srid`: the reference system of all values; "any": each value has its own, four bytes (the lowest first) before its shape. */
export interface GeoType { readonly kind: "geometry" | "geography"; readonly srid: number | "any" }

export type DataType =
  | GeoType | AtomicType | StringType | CharType | DecimalType | TimeType | YearMonthIntervalType | DayTimeIntervalType
  | ArrayType | MapType | StructType;

export type TypeKind = DataType["kind"];

const atomic = (kind: AtomicKind): AtomicType => Object.freeze({ kind });
export const VOID = atomic("void"), BOOLEAN = atomic("boolean"), TINYINT = atomic("tinyint"), SMALLINT = atomic("smallint"),
  INT = atomic("int"), BIGINT = atomic("bigint"), FLOAT = atomic("float"), DOUBLE = atomic("double"), BINARY = atomic("binary"),
  DATE = atomic("date"), TIMESTAMP = atomic("timestamp"), TIMESTAMP_NTZ = atomic("timestamp_ntz"),
  CALENDAR_INTERVAL = atomic("calendar_interval"), VARIANT = atomic("variant");
export const STRING: StringType = Object.freeze({ kind: "string" });
export const DAY_TIME_INTERVAL: DayTimeIntervalType = Object.freeze({ kind: "day_time_interval", start: "day", end: "second" });
export const YEAR_MONTH_INTERVAL: YearMonthIntervalType = Object.freeze({ kind: "year_month_interval", start: "year", end: "month" });

export const decimal = (precision: number, scale: number): DecimalType => Object.freeze({ kind: "decimal", precision, scale });
export const time = (precision = 6): TimeType => Object.freeze({ kind: "time", precision });
export const array = (element: DataType, containsNull = true): ArrayType => Object.freeze({ kind: "array", element, containsNull });
export const map = (key: DataType, value: DataType, valueContainsNull = true): MapType => Object.freeze({ kind: "map", key, value, valueContainsNull });
export const field = (name: string, type: DataType, nullable = true): StructField => Object.freeze({ name, type, nullable });
export const struct = (fields: readonly StructField[]): StructType => Object.freeze({ kind: "struct", fields: Object.freeze([...fields]) });
export const dayTimeInterval = (start: DayTimeField, end: DayTimeField): DayTimeIntervalType => Object.freeze({ kind: "day_time_interval", start, end });
export const yearMonthInterval = (start: YearMonthField, end: YearMonthField): YearMonthIntervalType => Object.freeze({ kind: "year_month_interval", start, end });
/** What window() and session_window() give. */
export const TIME_WINDOW: StructType = struct([field("start", TIMESTAMP), field("end", TIMESTAMP)]);

/** The type with everything inside it nullable: of what is read where anything may be missing. */
export function asNullable(type: DataType): DataType {
  switch (type.kind) {
    case "array": return array(asNullable(type.element), true);
    case "map": return map(type.key, asNullable(type.value), true);
    case "struct": return struct(type.fields.map(f => ({ ...f, type: asNullable(f.type), nullable: true })));
    default: return type;
  }
}

/** Types are equal when kind, parameters, names and nullability inside are. */
export function sameType(a: DataType, b: DataType): boolean {
  return equalTypes(a, b, true);
}

/** As sameType, but nullability inside arrays, maps and structs doesn't count. */
export function sameTypeIgnoringNullability(a: DataType, b: DataType): boolean {
  return equalTypes(a, b, false);
}

function equalTypes(a: DataType, b: DataType, nullability: boolean): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case "decimal": return b.kind === "decimal" && a.precision === b.precision && a.scale === b.scale;
    case "time": return b.kind === "time" && a.precision === b.precision;
    case "geometry": case "geography": return b.kind === a.kind && a.srid === b.srid;
    case "char": case "varchar": return b.kind === a.kind && a.length === b.length;
    case "string": return b.kind === "string" && a.collation === b.collation;
    case "day_time_interval": return b.kind === "day_time_interval" && a.start === b.start && a.end === b.end;
    case "year_month_interval": return b.kind === "year_month_interval" && a.start === b.start && a.end === b.end;
    case "array": return b.kind === "array" && (!nullability || a.containsNull === b.containsNull) && equalTypes(a.element, b.element, nullability);
    case "map": return b.kind === "map" && (!nullability || a.valueContainsNull === b.valueContainsNull)
      && equalTypes(a.key, b.key, nullability) && equalTypes(a.value, b.value, nullability);
    case "struct": return b.kind === "struct" && a.fields.length === b.fields.length && a.fields.every((f, i) => {
      const other = b.fields[i]!;
      return f.name === other.name && (!nullability || f.nullable === other.nullable) && equalTypes(f.type, other.type, nullability);
    });
    default: return a.kind === b.kind;
  }
}

/** Values are bytes, and not text. */
export const isBytes = (type: DataType): boolean => type.kind === "binary" || type.kind === "geometry" || type.kind === "geography";
export const isIntegral = (type: DataType): boolean => type.kind === "tinyint" || type.kind === "smallint" || type.kind === "int" || type.kind === "bigint";
export const isFractional = (type: DataType): boolean => type.kind === "float" || type.kind === "double";
export const isNumeric = (type: DataType): boolean => isIntegral(type) || isFractional(type) || type.kind === "decimal";
export const isDatetime = (type: DataType): boolean => type.kind === "date" || type.kind === "timestamp" || type.kind === "timestamp_ntz";
export const isInterval = (type: DataType): boolean => type.kind === "day_time_interval" || type.kind === "year_month_interval" || type.kind === "calendar_interval";

/** Digits a whole number of this type can have: what DECIMAL it becomes beside a DECIMAL. */
export function integralPrecision(type: DataType): number {
  switch (type.kind) {
    case "tinyint": return 3;
    case "smallint": return 5;
    case "int": return 10;
    default: return 20;
  }
}

/** SQL text of a type as Spark prints it: `ARRAY<INT>`, `STRUCT<a: INT NOT NULL, b: STRING>`, `DECIMAL(10,2)`. */
export function typeToSql(type: DataType): string {
  switch (type.kind) {
    case "decimal": return `DECIMAL(${type.precision},${type.scale})`;
    case "char": return `CHAR(${type.length})`;
    case "varchar": return `VARCHAR(${type.length})`;
    case "time": return `TIME(${type.precision})`;
    case "geometry": case "geography": return `${type.kind.toUpperCase()}(${String(type.srid).toUpperCase()})`;
    case "string": return type.collation === undefined ? "STRING" : `STRING COLLATE ${type.collation}`;
    case "array": return `ARRAY<${typeToSql(type.element)}>`;
    case "map": return `MAP<${typeToSql(type.key)}, ${typeToSql(type.value)}>`;
    case "struct": return `STRUCT<${type.fields.map(f => `${quoteIfNeeded(f.name)}: ${typeToSql(f.type)}${f.nullable ? "" : " NOT NULL"}`).join(", ")}>`;
    case "day_time_interval": return intervalSql(type.start, type.end);
    case "year_month_interval": return intervalSql(type.start, type.end);
    case "calendar_interval": return "INTERVAL";
    default: return type.kind.toUpperCase();
  }
}

function intervalSql(start: string, end: string): string {
  return start === end ? `INTERVAL ${start.toUpperCase()}` : `INTERVAL ${start.toUpperCase()} TO ${end.toUpperCase()}`;
}

export function quoteIfNeeded(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
}

export function quoteIdentifier(name: string): string {
  return "`" + name.replaceAll("`", "``") + "`";
}

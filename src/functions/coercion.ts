/** Coercion as Spark's ANSI mode does it: the common type of operands, and what an argument may silently be cast to. */
import type { SqlSettings } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import {
  BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, array, dayTimeInterval, decimal, isIntegral, isNumeric, map,
  sameType, sameTypeIgnoringNullability, struct, time, yearMonthInterval, type DataType, type DayTimeField, type DecimalType, type YearMonthField,
} from "../types/data-type.ts";
import { decimalFor, decimalOfLiteral, widerDecimal } from "../types/decimal-rules.ts";

const NUMERIC_ORDER = ["tinyint", "smallint", "int", "bigint", "float", "double"];
const DAY_TIME_FIELDS: readonly DayTimeField[] = ["day", "hour", "minute", "second"];
const YEAR_MONTH_FIELDS: readonly YearMonthField[] = ["year", "month"];

export const isString = (type: DataType): boolean => type.kind === "string" || type.kind === "char" || type.kind === "varchar";
const isComplex = (type: DataType): boolean => type.kind === "array" || type.kind === "map" || type.kind === "struct";
/** What Spark calls atomic: one value, no parts, no calendar interval. */
const isAtomic = (type: DataType): boolean => !isComplex(type) && type.kind !== "void" && type.kind !== "calendar_interval" && type.kind !== "variant";

/** Whether a DECIMAL holds all values of a whole number type. */
const holds = (type: DecimalType, integral: DataType): boolean => {
  const other = decimalFor(integral);
  return type.precision - type.scale >= other.precision;
};

/** The narrower common type: no string becomes another type, no DECIMAL loses digits. Undefined if there is none. */
export function tightestCommonType(a: DataType, b: DataType): DataType | undefined {
  if (sameType(a, b)) return a;
  if (a.kind === "void") return b;
  if (b.kind === "void") return a;
  if (a.kind === "decimal" && isIntegral(b)) return holds(a, b) ? a : undefined;
  if (b.kind === "decimal" && isIntegral(a)) return holds(b, a) ? b : undefined;
  const x = NUMERIC_ORDER.indexOf(a.kind), y = NUMERIC_ORDER.indexOf(b.kind);
  if (x >= 0 && y >= 0) {
    if ((a.kind === "float" && isIntegral(b)) || (b.kind === "float" && isIntegral(a))) return DOUBLE;
    return x > y ? a : b;
  }
  const moments = ["date", "timestamp_ntz", "timestamp"], m = moments.indexOf(a.kind), n = moments.indexOf(b.kind);
  if (m >= 0 && n >= 0) return m > n ? a : b;
  if ((a.kind === "geometry" || a.kind === "geography") && a.kind === b.kind) return Object.freeze({ kind: a.kind, srid: "any" });
  if (a.kind === "time" && b.kind === "time") return time(Math.max(a.precision, b.precision));
  if (a.kind === "day_time_interval" && b.kind === "day_time_interval") return spanDayTime(a.start, a.end, b.start, b.end);
  if (a.kind === "year_month_interval" && b.kind === "year_month_interval") return spanYearMonth(a.start, a.end, b.start, b.end);
  return complexCommonType(a, b, tightestCommonType);
}

function spanDayTime(...fields: DayTimeField[]): DataType {
  const indexes = fields.map(f => DAY_TIME_FIELDS.indexOf(f));
  return dayTimeInterval(DAY_TIME_FIELDS[Math.min(...indexes)]!, DAY_TIME_FIELDS[Math.max(...indexes)]!);
}
function spanYearMonth(...fields: YearMonthField[]): DataType {
  const indexes = fields.map(f => YEAR_MONTH_FIELDS.indexOf(f));
  return yearMonthInterval(YEAR_MONTH_FIELDS[Math.min(...indexes)]!, YEAR_MONTH_FIELDS[Math.max(...indexes)]!);
}

function complexCommonType(a: DataType, b: DataType, common: (a: DataType, b: DataType) => DataType | undefined): DataType | undefined {
  if (a.kind === "array" && b.kind === "array") {
    const element = common(a.element, b.element);
    return element === undefined ? undefined : array(element, a.containsNull || b.containsNull || mayMakeNull(a.element, element) || mayMakeNull(b.element, element));
  }
  if (a.kind === "map" && b.kind === "map") {
    const key = common(a.key, b.key), value = common(a.value, b.value);
    if (key === undefined || value === undefined || mayMakeNull(a.key, key) || mayMakeNull(b.key, key)) return undefined;
    return map(key, value, a.valueContainsNull || b.valueContainsNull || mayMakeNull(a.value, value) || mayMakeNull(b.value, value));
  }
  if (a.kind === "struct" && b.kind === "struct") {
    if (a.fields.length !== b.fields.length) return undefined;
    const fields = a.fields.map((field, i) => {
      const other = b.fields[i]!, type = field.name.toLowerCase() === other.name.toLowerCase() ? common(field.type, other.type) : undefined;
      return type === undefined ? undefined : { name: field.name, type, nullable: field.nullable || other.nullable || mayMakeNull(field.type, type) || mayMakeNull(other.type, type) };
    });
    return fields.every(field => field !== undefined) ? struct(fields) : undefined;
  }
  return undefined;
}

/** The type that a string becomes beside another type: BIGINT beside whole numbers, DOUBLE beside other numbers, else the other. */
export function stringPromotion(a: DataType, b: DataType): DataType | undefined {
  if (isString(a) && !isString(b)) {
    if (isIntegral(b)) return BIGINT;
    if (isNumeric(b)) return DOUBLE;
    if (b.kind === "void") return a;
    if (b.kind === "day_time_interval" || b.kind === "year_month_interval") return undefined;
    return isAtomic(b) || b.kind === "variant" ? b : undefined;
  }
  return isString(b) && !isString(a) ? stringPromotion(b, a) : undefined;
}

function decimalCommonType(a: DataType, b: DataType): DataType | undefined {
  if (a.kind === "decimal" && b.kind === "decimal") return widerDecimal(a, b);
  if (a.kind === "decimal" && isIntegral(b)) return widerDecimal(a, decimalFor(b));
  if (b.kind === "decimal" && isIntegral(a)) return widerDecimal(decimalFor(a), b);
  if ((a.kind === "decimal" && isFloating(b)) || (b.kind === "decimal" && isFloating(a))) return DOUBLE;
  return undefined;
}
const isFloating = (type: DataType): boolean => type.kind === "float" || type.kind === "double";

/** The common type of two branches, of elements, of rows of a union: with string promotion. */
export function widerType(a: DataType, b: DataType): DataType | undefined {
  return tightestCommonType(a, b) ?? decimalCommonType(a, b) ?? stringPromotion(a, b) ?? complexCommonType(a, b, widerType);
}

/** The common type of the elements of arrays that a function takes together: as tightestCommonType, but whole numbers beside FLOAT are FLOAT. */
export function elementCommonType(a: DataType, b: DataType): DataType | undefined {
  if ((a.kind === "float" && isIntegral(b)) || (b.kind === "float" && isIntegral(a))) return FLOAT;
  if (a.kind === "array" && b.kind === "array") return complexCommonType(a, b, elementCommonType);
  return tightestCommonType(a, b);
}

/** As widerType, without string promotion: greatest, least, sequence... */
export function widerTypeWithoutStrings(a: DataType, b: DataType): DataType | undefined {
  return tightestCommonType(a, b) ?? decimalCommonType(a, b) ?? complexCommonType(a, b, widerTypeWithoutStrings);
}

/** The common type of many. VOID if there are none; undefined if they have none. */
export function commonType(types: readonly DataType[], _settings?: SqlSettings): DataType | undefined {
  return foldTypes(types, widerType);
}

/** Folds types by a rule for two; VOID if there are none. */
export function foldTypes(types: readonly DataType[], pair: (a: DataType, b: DataType) => DataType | undefined): DataType | undefined {
  let result: DataType | undefined = { kind: "void" };
  for (const type of types) {
    if (result === undefined) return undefined;
    result = pair(result, type);
  }
  return result;
}

/** The type of COALESCE, of IF, of the branches of CASE; undefined if they don't agree. */
export const coalesceTypes = (types: readonly DataType[]): DataType | undefined => commonType(types);
export const caseType = coalesceTypes;

/** The type that both sides of a comparison (`=`, `<`, IN, BETWEEN) are cast to. */
export function comparisonType(a: DataType, b: DataType): DataType | undefined {
  return tightestCommonType(a, b) ?? decimalCommonType(a, b) ?? stringPromotion(a, b) ?? (sameShape(a, b) ? a : undefined);
}

/** Structs compare by position: names don't matter. */
function sameShape(a: DataType, b: DataType): boolean {
  if (a.kind === "struct" && b.kind === "struct") return a.fields.length === b.fields.length && a.fields.every((f, i) => sameShape(f.type, b.fields[i]!.type));
  return sameTypeIgnoringNullability(a, b);
}

/** The DECIMAL that an operand counts as beside a DECIMAL: a literal takes the digits it has. */
export function decimalOperand(expression: ResolvedExpression): DecimalType {
  if (expression.kind === "literal" && isIntegral(expression.type) && expression.type.kind !== "tinyint" && expression.value !== null) return decimalOfLiteral(BigInt(expression.value as number | bigint));
  return decimalFor(expression.type);
}

/** Whether a cast between two types can give null (or fail) for a value that isn't null. */
export function mayMakeNull(from: DataType, to: DataType): boolean {
  if (from.kind === "void" || sameType(from, to)) return false;
  if (from.kind === "variant") return true;
  if (isString(from)) return !(isString(to) || to.kind === "binary");
  if (isString(to)) return false;
  if (from.kind === "timestamp" && (to.kind === "tinyint" || to.kind === "smallint" || to.kind === "int")) return true;
  if (isFloating(from) && to.kind === "timestamp") return true;
  if (from.kind === "timestamp" && to.kind === "date") return false;
  if (to.kind === "date") return true;
  if (from.kind === "date") return to.kind !== "timestamp";
  if (to.kind === "calendar_interval") return true;
  if (to.kind === "decimal") return !fitsDecimal(from, to);
  if ((isFloating(from) || from.kind === "decimal") && isIntegral(to)) return true;
  return false;
}

function fitsDecimal(from: DataType, to: DecimalType): boolean {
  if (from.kind === "boolean") return to.precision - to.scale >= 1;
  if (isIntegral(from)) return to.precision - to.scale >= decimalFor(from).precision;
  if (from.kind === "decimal") return to.precision - to.scale >= from.precision - from.scale && to.scale >= from.scale;
  return false;
}

/** What a function accepts in a place: a type, a family, or several. */
export type Family =
  | { readonly kind: "type"; readonly type: DataType }
  | { readonly kind: "any" }
  /** `name`: as messages print it. `default`: what an untyped NULL becomes. */
  | { readonly kind: "family"; readonly name: string; readonly accepts: (type: DataType) => boolean; readonly default: DataType }
  | { readonly kind: "one_of"; readonly families: readonly Family[] };

export const exactly = (type: DataType): Family => ({ kind: "type", type });
const family = (name: string, accepts: (type: DataType) => boolean, fallback: DataType): Family => ({ kind: "family", name, accepts, default: fallback });
export const oneOf = (...families: Family[]): Family => ({ kind: "one_of", families });
export const ANY: Family = { kind: "any" };
export const ANY_NUMERIC = family("NUMERIC", isNumeric, DOUBLE);
export const ANY_INTEGRAL = family("INTEGRAL", isIntegral, INT);
export const ANY_DECIMAL = family("DECIMAL", type => type.kind === "decimal", decimal(38, 18));
export const ANY_ARRAY = family("ARRAY", type => type.kind === "array", array({ kind: "void" }));
export const ANY_MAP = family("MAP", type => type.kind === "map", map({ kind: "void" }, { kind: "void" }));
export const ANY_STRUCT = family("STRUCT", type => type.kind === "struct", struct([]));
export const ANY_STRING = family("STRING", type => isString(type), STRING);
export const ANY_TIMESTAMP = family("(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)", type => type.kind === "timestamp" || type.kind === "timestamp_ntz", TIMESTAMP);
export const ANY_DAY_TIME = family("INTERVAL DAY TO SECOND", type => type.kind === "day_time_interval", dayTimeInterval("day", "second"));
export const ANY_YEAR_MONTH = family("INTERVAL YEAR TO MONTH", type => type.kind === "year_month_interval", yearMonthInterval("year", "month"));
export const ANY_INTERVAL = family("INTERVAL", type => type.kind === "calendar_interval", { kind: "calendar_interval" });
export const ANY_TIME = family("TIME", type => type.kind === "time", time());
export const ANY_VARIANT = family("VARIANT", type => type.kind === "variant", { kind: "variant" });
export const AS = {
  boolean: exactly(BOOLEAN), tinyint: exactly(TINYINT), smallint: exactly(SMALLINT), int: exactly(INT), bigint: exactly(BIGINT), float: exactly(FLOAT), double: exactly(DOUBLE),
  string: ANY_STRING, binary: exactly(BINARY), date: exactly(DATE), timestamp: exactly(TIMESTAMP), timestampNtz: exactly(TIMESTAMP_NTZ),
} as const;

/** The same without silent casts: the type must be there already, or be an untyped NULL. */
export const uncast = (wanted: Family): Family => {
  const name = familyName(wanted);
  return { kind: "family", name: name.startsWith("(") ? name : name.slice(1, -1), accepts: type => accepts(wanted, type), default: defaultOf(wanted) };
};

export function familyName(wanted: Family): string {
  switch (wanted.kind) {
    case "type": return typeText(wanted.type);
    case "any": return "\"ANY\"";
    case "family": return wanted.name.startsWith("(\"") ? wanted.name : `"${wanted.name}"`;
    case "one_of": return `(${wanted.families.map(familyName).join(" or ")})`;
  }
}
const typeText = (type: DataType): string => `"${type.kind === "decimal" ? `DECIMAL(${type.precision},${type.scale})` : type.kind.toUpperCase().replaceAll("_", " ").replace("TIMESTAMP NTZ", "TIMESTAMP_NTZ")}"`;

const accepts = (wanted: Family, type: DataType): boolean => {
  switch (wanted.kind) {
    case "type": return sameTypeIgnoringNullability(wanted.type, type);
    case "any": return true;
    case "family": return wanted.accepts(type);
    case "one_of": return wanted.families.some(one => accepts(one, type));
  }
};
const defaultOf = (wanted: Family): DataType => {
  switch (wanted.kind) {
    case "type": return wanted.type;
    case "any": return { kind: "void" };
    case "family": return wanted.default;
    case "one_of": return defaultOf(wanted.families[0]!);
  }
};

/** Whether a value may be assigned silently: numbers to numbers, anything single to STRING, moments to moments. */
function assignable(from: DataType, to: DataType): boolean {
  if (sameTypeIgnoringNullability(from, to) || from.kind === "void") return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (isString(to)) return isAtomic(from) || from.kind === "calendar_interval" || from.kind === "variant";
  const moment = (type: DataType): boolean => type.kind === "date" || type.kind === "timestamp" || type.kind === "timestamp_ntz";
  if (moment(from) && moment(to)) return true;
  if (from.kind === "array" && to.kind === "array") return assignable(from.element, to.element);
  if (from.kind === "map" && to.kind === "map") return assignable(from.key, to.key) && assignable(from.value, to.value);
  if (from.kind === "struct" && to.kind === "struct") return from.fields.length === to.fields.length && from.fields.every((f, i) => assignable(f.type, to.fields[i]!.type));
  return from.kind === to.kind && (from.kind === "day_time_interval" || from.kind === "year_month_interval" || from.kind === "time");
}

/** The type that an argument is cast to so that a function takes it; undefined if it can't be. */
export function implicitCast(from: DataType, wanted: Family): DataType | undefined {
  if (accepts(wanted, from)) return from;
  if (from.kind === "void") return defaultOf(wanted);
  switch (wanted.kind) {
    case "any": return from;
    case "type": {
      if (isString(from)) return isAtomic(wanted.type) && !isString(wanted.type) ? wanted.type : undefined;
      return assignable(from, wanted.type) ? wanted.type : undefined;
    }
    case "family": {
      if (wanted === ANY_STRING) return assignable(from, STRING) ? STRING : undefined;
      if (isString(from)) {
        if (wanted === ANY_NUMERIC) return DOUBLE;
        if (wanted === ANY_DECIMAL || wanted === ANY_TIMESTAMP) return wanted.default;
        return undefined;
      }
      if (wanted === ANY_TIMESTAMP && from.kind === "date") return TIMESTAMP;
      if (wanted === ANY_DECIMAL && isNumeric(from)) return decimalFor(from);
      return undefined;
    }
    case "one_of": {
      // A choice among narrow whole numbers takes no other number.
      if (isNumeric(from) && wanted.families.every(one => one.kind === "type" && isIntegral(one.type) && one.type.kind !== "bigint")) return undefined;
      const possible = wanted.families.map(one => implicitCast(from, one)).filter(type => type !== undefined);
      if (possible.length === 0) return undefined;
      const closest = possible.find(type => possible.every(other => sameType(type, other) || implicitCast(type, exactly(other)) !== undefined)) ?? possible[0];
      return closest?.kind === "float" && possible.some(type => type.kind === "double") ? DOUBLE : closest;
    }
  }
}

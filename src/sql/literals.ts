/** Literals: numbers, and what a type name in front of a string makes: DATE, TIMESTAMP, TIME, INTERVAL, X. */
import type { MillraceError } from "../base/errors.ts";
import { call, literal, type Expression, type Literal } from "../plan/expressions.ts";
import type { Cell } from "../types/cell.ts";
import {
  BIGINT, BINARY, DATE, dayTimeInterval, decimal, DOUBLE, FLOAT, INT, SMALLINT, STRING, time, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, yearMonthInterval,
  type DataType, type DayTimeField, type YearMonthField,
} from "../types/data-type.ts";
import { momentWord } from "../functions/cast/special-moments.ts";
import { parseDate, parseTime, parseTimestamp, parseTimestampNtz } from "../types/datetime-text.ts";
import { parseCalendarInterval, parseDayTimeInterval, parseYearMonthInterval } from "../types/interval-text.ts";
import { findTimeZone, type TimeZone } from "../types/time-zone.ts";
import type { SqlCursor } from "./cursor.ts";

const WHOLE: Readonly<Record<string, readonly [type: DataType, low: bigint, high: bigint, name: string]>> = {
  Y: [TINYINT, -128n, 127n, "tinyint"], S: [SMALLINT, -32768n, 32767n, "smallint"], L: [BIGINT, -(2n ** 63n), 2n ** 63n - 1n, "bigint"],
};

/** A number, with the minus that stands directly in front of it. */
export function numberLiteral(cursor: SqlCursor): Literal {
  const first = cursor.position, sign = cursor.takeSymbol("-") ? "-" : "", token = cursor.next();
  const text = sign + token.value, kind = token.numberKind!;
  const make = (value: Cell, type: DataType): Literal => literal(value, type, cursor.originFrom(first));
  const range = (name: string, low: string, high: string): Error => cursor.error(first, "INVALID_NUMERIC_LITERAL_RANGE", "22003",
    `Numeric literal ${text} is outside the valid range for ${name} with minimum value of ${low} and maximum value of ${high}. Please adjust the value accordingly.`,
    { rawStrippedQualifier: text, typeName: name, minValue: low, maxValue: high });
  switch (kind) {
    case "integer": {
      const value = BigInt(token.value) * (sign === "-" ? -1n : 1n);
      if (value >= -(2n ** 31n) && value < 2n ** 31n) return make(Number(value), INT);
      if (value >= -(2n ** 63n) && value < 2n ** 63n) return make(value, BIGINT);
      return decimalLiteral(cursor, first, text);
    }
    case "Y": case "S": case "L": {
      const [type, low, high, name] = WHOLE[kind]!, value = BigInt(token.value) * (sign === "-" ? -1n : 1n);
      if (value < low || value > high) throw range(name, String(low), String(high));
      return make(kind === "L" ? value : Number(value), type);
    }
    case "exponent": case "D": {
      const value = Number(text);
      if (!Number.isFinite(value)) throw range("double", "-1.7976931348623157E+308", "1.7976931348623157E+308");
      return make(value, DOUBLE);
    }
    case "F": {
      // As doubles print the largest FLOAT: its own shorter text, 3.4028235E38, lies beyond it.
      const value = Math.fround(Number(text));
      if (!Number.isFinite(value) || Math.abs(Number(text)) > 3.4028234663852886e38) throw range("float", "-3.4028234663852886E+38", "3.4028234663852886E+38");
      return make(value, FLOAT);
    }
    case "decimal": case "BD": return decimalLiteral(cursor, first, text);
  }
}

/** A DECIMAL of the digits as written. */
function decimalLiteral(cursor: SqlCursor, first: number, text: string): Literal {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text)!;
  let digits = (whole! + fraction).replace(/^0+(?=\d)/, ""), scale = fraction.length - Number(exponent);
  if (scale < 0 && scale > -1000) { digits += "0".repeat(-scale); scale = 0; }
  const precision = Math.max(digits === "" ? 1 : digits.replace(/^0+(?=\d)/, "").length, scale);
  if (precision > 38 || scale < 0) {
    throw cursor.error(first, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003", `Decimal precision ${precision} exceeds max precision 38.`,
      { precision: String(precision), maxPrecision: "38" });
  }
  return literal(BigInt(digits === "" ? "0" : digits) * (sign === "-" ? -1n : 1n), decimal(precision, scale), cursor.originFrom(first));
}

/** Whether TIMESTAMP is the type without a zone. */
const isNtzType = (cursor: SqlCursor): boolean => cursor.settings.conf?.get("spark.sql.timestampType")?.toUpperCase() === "TIMESTAMP_NTZ";

/** A word and a string: `DATE '2024-02-29'`. */
export function typedLiteral(cursor: SqlCursor): Expression {
  const first = cursor.position, name = cursor.next().value, text = cursor.next().value;
  const origin = cursor.originFrom(first);
  const bad = (): Error => cursor.error(first, "INVALID_TYPED_LITERAL", "42604", `The value of the typed literal "${name}" is invalid: '${text}'.`,
    { valueType: `"${name}"`, value: `'${text}'` });
  const orBad = (value: Cell, type: DataType): Literal => {
    if (value === null) throw bad();
    return literal(value, type, origin);
  };
  // Moments of the day on which the statement runs.
  const special = momentWord(text), ofDay = (to: DataType): Expression => ({ kind: "cast", child: literal(special!, STRING, origin), to, evalMode: "default", origin });
  switch (name) {
    case "DATE":
      if (special === "epoch") return literal(0, DATE, origin);
      if (special === "today" || special === "now") return call("current_date", [], origin);
      if (special === "tomorrow" || special === "yesterday") {
        return call("date_add", [call("current_date", [], origin), literal(special === "tomorrow" ? 1 : -1, INT, origin)], origin);
      }
      return orBad(parseDate(text), DATE);
    case "TIMESTAMP": case "TIMESTAMP_LTZ": {
      if (special === "epoch") return literal(0n, isNtzType(cursor) && name === "TIMESTAMP" ? TIMESTAMP_NTZ : TIMESTAMP, origin);
      const isLocal = name === "TIMESTAMP" && isNtzType(cursor);
      if (special === "now") return call(isLocal ? "localtimestamp" : "current_timestamp", [], origin);
      if (special !== undefined) return ofDay(isLocal ? TIMESTAMP_NTZ : TIMESTAMP);
      const local = isLocal ? parseTimestampNtz(text, false) : null;
      if (local !== null) return literal(local, TIMESTAMP_NTZ, origin);
      return orBad(parseTimestamp(text, sessionZone(cursor, first)), TIMESTAMP);
    }
    case "TIMESTAMP_NTZ":
      if (special === "epoch") return literal(0n, TIMESTAMP_NTZ, origin);
      if (special === "now") return call("localtimestamp", [], origin);
      if (special !== undefined) return ofDay(TIMESTAMP_NTZ);
      return orBad(parseTimestampNtz(text), TIMESTAMP_NTZ);
    case "TIME": {
      const digits = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
      if (digits > 9) throw cursor.error(first, "INVALID_TIME_LITERAL_PRECISION", "22023", `The time literal '${text}' has more than 9 fractional-second digits. The maximum supported fractional-second precision of a time literal is 9 (nanoseconds).`, { value: `'${text}'` });
      return orBad(parseTime(text), time(Math.max(6, digits)));
    }
    case "X": return orBad(unhex(text), BINARY);
    case "INTERVAL": return intervalString(cursor, first, text, bad);
    default: {
      const supported = '"DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME"';
      throw cursor.error(first, "UNSUPPORTED_TYPED_LITERAL", "0A000", `Literals of the type "${name}" are not supported. Supported types are ${supported}.`,
        { unsupportedType: `"${name}"`, supportedTypes: supported });
    }
  }
}

function sessionZone(cursor: SqlCursor, first: number): TimeZone {
  const confValue = cursor.settings.timeZone ?? "UTC", zone = findTimeZone(confValue);
  if (zone !== undefined) return zone;
  throw cursor.error(first, "INVALID_CONF_VALUE.TIME_ZONE", "22022", `The value '${confValue}' in the config "spark.sql.session.timeZone" is invalid. Cannot resolve the given timezone.`,
    { confValue, confName: "spark.sql.session.timeZone" });
}

function unhex(text: string): Uint8Array | null {
  if (!/^[0-9a-f]*$/i.test(text)) return null;
  const padded = text.length % 2 === 1 ? `0${text}` : text;
  return Uint8Array.from({ length: padded.length / 2 }, (_, i) => Number.parseInt(padded.slice(2 * i, 2 * i + 2), 16));
}

/** `INTERVAL '1 day 2 hours'`. */
function intervalString(cursor: SqlCursor, first: number, text: string, bad: () => Error): Literal {
  const units = text.split(/\s/).map(word => word.toLowerCase().replace(/s$/, "")).filter(word => word !== "interval" && /^[a-z]+$/.test(word));
  const value = parseCalendarInterval(text);
  if (value === null || units.length === 0) throw bad();
  return ofUnits(cursor, first, value, units);
}

const DAY_TIME: readonly string[] = ["day", "hour", "minute", "second"];

/** The literal of the family that the units belong to, from the largest to the smallest of them. */
function ofUnits(cursor: SqlCursor, first: number, value: { readonly months: number; readonly days: number; readonly micros: bigint }, units: readonly string[]): Literal {
  const isYearMonth = (unit: string): boolean => unit === "year" || unit === "month";
  const origin = cursor.originFrom(first);
  if (units.some(isYearMonth)) {
    if (!units.every(isYearMonth)) {
      const text = cursor.sql.slice(origin.start, origin.stop);
      throw cursor.error(first, "_LEGACY_ERROR_TEMP_0029", "42000", `Cannot mix year-month and day-time fields: ${text}.`, { literal: text });
    }
    const start: YearMonthField = units.includes("year") ? "year" : "month", end: YearMonthField = units.includes("month") ? "month" : "year";
    return literal(value.months, yearMonthInterval(start, end), origin);
  }
  // Weeks are days; what is finer than a second is part of it.
  const fields = units.map(unit => unit === "week" ? 0 : DAY_TIME.includes(unit) ? DAY_TIME.indexOf(unit) : 3);
  const micros = BigInt(value.days) * 86_400_000_000n + value.micros;
  if (micros >= 2n ** 63n || micros < -(2n ** 63n)) throw cursor.error(first, "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", "22015", "Integer overflow while operating with intervals. Try devising appropriate values for the interval parameters.");
  return literal(micros, dayTimeInterval(DAY_TIME[Math.min(...fields)] as DayTimeField, DAY_TIME[Math.max(...fields)] as DayTimeField), origin);
}

const UNITS: ReadonlySet<string> = new Set([
  "NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR",
].flatMap(unit => [unit, `${unit}S`]));
const FROM_TO: readonly string[] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];

/** Tokens that an amount takes (a sign, a number or strings) at `ahead`; 0: there is none. */
function amountLength(cursor: SqlCursor, ahead: number): number {
  const sign = cursor.isSymbol("+", ahead) || cursor.isSymbol("-", ahead) ? 1 : 0;
  const token = cursor.peek(ahead + sign);
  if (token.kind === "number" && (token.numberKind === "integer" || token.numberKind === "decimal")) return sign + 1;
  let strings = 0;
  while (cursor.isKind("string", ahead + sign + strings)) strings++;
  return strings === 0 ? 0 : sign + strings;
}

/** Whether `INTERVAL` here is followed by an amount and a unit. */
export function startsInterval(cursor: SqlCursor): boolean {
  if (!cursor.isWord("INTERVAL")) return false;
  const length = amountLength(cursor, 1);
  return length > 0 && cursor.isOneOf(UNITS, 1 + length);
}

interface Amount { readonly text: string; readonly isString: boolean }

/** `INTERVAL 10 SECONDS`, `INTERVAL '1' DAY 2 HOURS`, `INTERVAL '1 02:03' DAY TO MINUTE`. */
export function intervalLiteral(cursor: SqlCursor): Literal {
  const first = cursor.position;
  cursor.position++;
  const parts: { readonly amount: Amount; readonly unit: string }[] = [];
  while (amountLength(cursor, 0) > 0 && cursor.isOneOf(UNITS, amountLength(cursor, 0))) {
    const amount = takeAmount(cursor), unit = cursor.next();
    if (FROM_TO.includes(unit.value) && cursor.isWord("TO") && cursor.isOneOf(FROM_TO, 1)) {
      cursor.position++;
      const to = cursor.next().value;
      if (parts.length > 0 || (amountLength(cursor, 0) > 0 && cursor.isOneOf(UNITS, amountLength(cursor, 0)))) {
        throw cursor.error(first, "_LEGACY_ERROR_TEMP_0027", "42000", "Can only have a single from-to unit in the interval literal syntax.");
      }
      return fromTo(cursor, first, amount, unit.value.toLowerCase(), to.toLowerCase());
    }
    parts.push({ amount, unit: unit.text });
  }
  for (const { amount } of parts) {
    if (amount.isString && /\p{L}/u.test(amount.text)) {
      throw cursor.error(first, "_LEGACY_ERROR_TEMP_0026", "42000", `Can only use numbers in the interval value part for multiple unit value pairs interval form, but got invalid value: ${amount.text}.`, { value: amount.text });
    }
  }
  const input = parts.map(({ amount, unit }) => ` ${amount.text} ${unit}`).join(""), value = parseCalendarInterval(input);
  if (value === null) throw badAmounts(cursor, first, parts, input);
  return ofUnits(cursor, first, value, parts.map(({ unit }) => unit.toLowerCase().replace(/s$/, "")));
}

/** Why amounts and units that the grammar allows are no interval. */
function badAmounts(cursor: SqlCursor, first: number, parts: readonly { readonly amount: Amount; readonly unit: string }[], input: string): Error {
  const error = (sub: string, why: string, more: Readonly<Record<string, string>> = {}): Error => cursor.error(first, `INVALID_INTERVAL_FORMAT.${sub}`, "22006",
    `Error parsing '${input}' to interval. Please ensure that the value provided is in a valid format for defining an interval. ${why}`, { input, ...more });
  for (const { amount, unit } of parts) {
    const text = amount.text.trim();
    if (/^nanosecond/i.test(unit)) return error("INVALID_UNIT", `Invalid unit '${unit.toLowerCase()}'.`, { unit: unit.toLowerCase() });
    if (!/^[+-]?\s*[\d.]/.test(text)) return error("UNRECOGNIZED_NUMBER", `Unrecognized number '${text}'.`, { number: text });
    if (!/^[+-]?\s*(\d+(\.\d{0,9})?|\.\d{1,9})$/.test(text)) return error("INVALID_VALUE", `Invalid value '${text}'.`, { value: text });
    if (text.includes(".") && !/^seconds?$/i.test(unit)) return error("INVALID_FRACTION", `'${unit.toLowerCase()}' cannot have fractional part.`, { unit: unit.toLowerCase() });
  }
  return error("ARITHMETIC_EXCEPTION", "Uncaught arithmetic exception while parsing.");
}

function takeAmount(cursor: SqlCursor): Amount {
  const isNegative = cursor.isSymbol("-"), sign = cursor.isSymbol("+") || isNegative ? cursor.next().text : "";
  if (!cursor.isKind("string")) return { text: sign + cursor.next().value, isString: false };
  const value = cursor.string();
  return { text: !isNegative ? value : value.startsWith("-") ? value.slice(1) : `-${value}`, isString: true };
}

function fromTo(cursor: SqlCursor, first: number, amount: Amount, from: string, to: string): Literal {
  if (!amount.isString) {
    throw cursor.error(first, "_LEGACY_ERROR_TEMP_0025", "42000", "The value of from-to unit must be a string.");
  }
  const fromIndex = DAY_TIME.indexOf(from), toIndex = DAY_TIME.indexOf(to);
  const isYearToMonth = from === "year" && to === "month";
  if (!isYearToMonth && !(fromIndex >= 0 && fromIndex < toIndex)) {
    throw cursor.error(first, "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION", "22006",
      `Error parsing '${amount.text}' to interval. Please ensure that the value provided is in a valid format for defining an interval. Cannot support (interval '${amount.text}' ${from} to ${to}) expression.`,
      { input: amount.text, from, to });
  }
  if (isYearToMonth) {
    const type = yearMonthInterval("year", "month");
    return literal(placed(cursor, first, () => parseYearMonthInterval(amount.text, type)), type, cursor.originFrom(first));
  }
  const type = dayTimeInterval(from as DayTimeField, to as DayTimeField);
  return literal(placed(cursor, first, () => parseDayTimeInterval(amount.text, type)), type, cursor.originFrom(first));
}

/** Gives an error about a text the place in the statement. */
function placed<T>(cursor: SqlCursor, first: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { condition, sqlState, text, messageParameters } = error as MillraceError;
    throw cursor.error(first, condition, sqlState, text, messageParameters);
  }
}

/** Strings side by side are one. */
export function stringLiteral(cursor: SqlCursor): Literal {
  const first = cursor.position, value = cursor.string();
  return literal(value, STRING, cursor.originFrom(first));
}

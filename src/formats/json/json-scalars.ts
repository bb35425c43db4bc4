/** JSON tokens to cells of scalar types, as the converters of Spark 4.3's JacksonParser. */
import { unsupported } from "../../base/errors.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType, DecimalType } from "../../types/data-type.ts";
import type { DatetimePattern, ParsedMoment } from "../../types/datetime-pattern.ts";
import { DAY_MICROS, parseDate, parseTime, parseTimestamp, parseTimestampNtz } from "../../types/datetime-text.ts";
import { parseCalendarInterval, parseDayTimeInterval, parseYearMonthInterval } from "../../types/interval-text.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import { daysFromCivil } from "../../types/civil.ts";
import type { JsonContext } from "./json-reader.ts";
import { floorDivide } from "./json-timestamps.ts";

/** How text becomes dates, times and decimals. Without a pattern they have the forms of casts, and those of older versions of Spark. */
export interface JsonForms {
  readonly zone: TimeZone;
  /** Only for text such as `"12:30"`, which means today. */
  readonly nowMicros: () => bigint;
  readonly dates?: DatetimePattern | undefined;
  readonly timestamps?: DatetimePattern | undefined;
  readonly timestampsNtz?: DatetimePattern | undefined;
  readonly times?: DatetimePattern | undefined;
  /** Whether the older forms are tried where the others don't fit; left out: only without a pattern. */
  readonly fallsBack?: boolean | undefined;
  /** Of DECIMAL in text; as in the United States if left out. */
  readonly separators?: DecimalSeparators | undefined;
}
/** How a country writes numbers. */
export interface DecimalSeparators { readonly group: string; readonly point: string; readonly minus: string; readonly exponent: string }

/** Whether a value of a type is what the kernel takes it for. */
export function hasOwnForm(type: DataType, { dates, timestamps, timestampsNtz, separators }: Partial<JsonForms>): boolean {
  switch (type.kind) {
    case "date": return dates !== undefined;
    case "timestamp": return timestamps !== undefined;
    case "timestamp_ntz": return timestampsNtz !== undefined;
    case "decimal": return separators !== undefined;
    default: return false;
  }
}

/** `whole` and `fraction` are numbers without and with a fraction or exponent; NaN and its like are fractions. */
export interface Token { readonly kind: "string" | "whole" | "fraction" | "true" | "false" | "null"; readonly text: string }

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  tinyint: [-128n, 255n], smallint: [-32768n, 32767n], int: [-(2n ** 31n), 2n ** 31n - 1n], bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** The value, or undefined when the type doesn't take the token. */
export function scalarToCell(token: Token, type: DataType, context: JsonContext): Cell | undefined {
  const { kind, text } = token;
  switch (type.kind) {
    case "boolean": return kind === "true" ? true : kind === "false" ? false : undefined;
    case "tinyint": case "smallint": case "int": case "bigint": {
      if (kind !== "whole") return undefined;
      if (text.length < 10 && type.kind === "int") return Number(text) || 0;
      const value = BigInt(text), [least, greatest] = RANGES[type.kind]!;
      if (value < least || value > greatest) return undefined;
      // 128 to 255 wrap, as Jackson's getByteValue lets them
      return type.kind === "bigint" ? value : type.kind === "tinyint" ? Number(BigInt.asIntN(8, value)) : Number(value);
    }
    case "float": case "double": {
      const special = NON_FINITE[text];
      if (special !== undefined && kind !== "whole" && context.syntax?.nonNumeric !== false) return special;
      if (kind !== "whole" && kind !== "fraction") return undefined;
      const value = Number(text);
      if (kind === "whole" && value === 0) return 0;
      return type.kind === "double" ? value : roundToFloat(text, value);
    }
    case "decimal": return kind === "true" || kind === "false" ? undefined : textToDecimal(kind === "string" ? plainDecimal(text, context.separators) : text, type);
    case "timestamp":
      if (kind === "whole") {
        const seconds = BigInt(text);
        return seconds < -(2n ** 63n) || seconds >= 2n ** 63n ? undefined : BigInt.asIntN(64, seconds * 1_000_000n);
      }
      if (kind !== "string" || text === "") return undefined;
      return textToTimestamp(text, context);
    case "timestamp_ntz": return kind === "string" && text !== "" ? textToTimestampNtz(text, context) : undefined;
    case "date": return kind === "string" && text !== "" ? textToDate(text, context) : undefined;
    case "time": return kind === "string" && text !== "" ? textToTime(text, context) : undefined;
    case "binary": return kind === "string" ? base64(text) : undefined;
    case "calendar_interval": return kind === "string" ? parseCalendarInterval(text) ?? undefined : undefined;
    case "year_month_interval": return kind === "string" ? attempt(() => parseYearMonthInterval(text, type)) : undefined;
    case "day_time_interval": return kind === "string" ? attempt(() => parseDayTimeInterval(text, type)) : undefined;
    case "void": return undefined;
    case "geometry": case "geography": case "variant": throw unsupported(`Reading ${type.kind.toUpperCase()} from JSON`);
    case "string": case "char": case "varchar": return text;
    case "struct": case "array": case "map": return undefined;
  }
}

const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: NaN, Infinity: Infinity, "+Infinity": Infinity, "+INF": Infinity, "-Infinity": -Infinity, "-INF": -Infinity,
};

/** As scalarToCell, of a name that is the key of a MAP. */
export function keyToCell(name: string, type: DataType, context: JsonContext): Cell | undefined {
  switch (type.kind) {
    case "string": case "char": case "varchar": return name;
    case "boolean": return name === "true" ? true : name === "false" ? false : undefined;
    case "tinyint": case "smallint": case "int": case "bigint": return /^[+-]?\d+$/.test(name) ? scalarToCell({ kind: "whole", text: name.replace("+", "") }, type, context) : undefined;
    case "float": case "double": return scalarToCell({ kind: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(name) ? "fraction" : "string", text: name }, type, context);
    default: return scalarToCell({ kind: "string", text: name }, type, context);
  }
}

/** A pattern's answer, where there is one; undefined: the pattern doesn't fit. */
const moment = (pattern: DatetimePattern, text: string): ParsedMoment | undefined => pattern.parse(text) ?? undefined;

export function textToTimestamp(text: string, context: JsonForms): bigint | undefined {
  const { timestamps, fallsBack = timestamps === undefined, zone } = context;
  let found: bigint | undefined;
  if (timestamps === undefined) found = timestamp(text, context);
  else {
    const parsed = moment(timestamps, text);
    found = parsed && (parsed.zone ?? zone).toInstant(parsed.localMicros);
  }
  return found ?? (fallsBack ? timestamp(text.replaceAll("GMT", ""), context) : undefined);
}

function timestamp(text: string, context: JsonForms): bigint | undefined {
  return parseTimestamp(text, context.zone, /^\s*[T\d]\d?:?\d/.test(text) ? context.nowMicros() : undefined) ?? undefined;
}

export function textToTimestampNtz(text: string, { timestampsNtz }: JsonForms): bigint | undefined {
  if (timestampsNtz === undefined) return parseTimestampNtz(text, false) ?? undefined;
  const parsed = moment(timestampsNtz, text);
  return parsed?.zone === undefined ? parsed?.localMicros : undefined;
}

function textToTime(text: string, { times }: JsonForms): bigint | undefined {
  if (times === undefined) return parseTime(text) ?? undefined;
  const parsed = moment(times, text);
  return parsed && 1000n * (parsed.localMicros - DAY_MICROS * floorDivide(parsed.localMicros, DAY_MICROS));
}

/** The text of a decimal as numbers are written, where its groups and its point are a country's. */
export function plainDecimal(text: string, separators: DecimalSeparators | undefined): string {
  if (separators === undefined) return text.replaceAll(",", "");
  const { group, point, minus, exponent } = separators, isNegative = text.startsWith(minus), [number, power, ...rest] = (isNegative ? text.slice(minus.length) : text).split(exponent);
  const [whole, fraction, ...more] = number!.split(point), digits = whole!.replaceAll(group, ""), size = power === undefined ? "" : power.startsWith(minus) ? `-${power.slice(minus.length)}` : power;
  if (rest.length > 0 || more.length > 0 || !/^\d*$/.test(digits + (fraction ?? "")) || digits + (fraction ?? "") === "" || power !== undefined && !/^-?\d+$/.test(size)) return "";
  return `${isNegative ? "-" : ""}${digits === "" ? "0" : digits}${fraction === undefined || fraction === "" ? "" : `.${fraction}`}${power === undefined ? "" : `E${size}`}`;
}

/** Only for text from data: an error of the parser says that it isn't one. */
function attempt<T>(parse: () => T): T | undefined {
  try { return parse(); } catch { return undefined; }
}

export function textToDate(text: string, { dates, fallsBack = dates === undefined }: JsonForms): number | undefined {
  let days: number | undefined;
  if (dates === undefined) days = parseDate(text) ?? undefined;
  else {
    const parsed = moment(dates, text);
    days = parsed && Number(floorDivide(parsed.localMicros, DAY_MICROS));
  }
  return days ?? (fallsBack ? olderDate(text) : undefined);
}

/** Spark 1.5 wrote dates as their number of days, in the hybrid calendar; that is still read. */
function olderDate(text: string): number | undefined {
  const clean = text.replaceAll("GMT", ""), days = parseDate(clean) ?? undefined;
  if (days !== undefined || !/^[+-]?\d+$/.test(clean)) return days;
  const number = Number(clean);
  if (number > 2147483647 || number < -2147483648) return undefined;
  return number < -141427 ? julianToGregorian(number) : number;
}

/** The day that the Gregorian calendar writes as the Julian calendar writes this one. */
function julianToGregorian(days: number): number {
  const c = days + 2440588 + 32082, d = Math.floor((4 * c + 3) / 1461), e = c - Math.floor((1461 * d) / 4), m = Math.floor((5 * e + 2) / 153);
  return daysFromCivil(d - 4800 + Math.floor(m / 10), m + 3 - 12 * Math.floor(m / 10), e - Math.floor((153 * m + 2) / 5) + 1);
}

/** The float nearest to a decimal text, whose nearest double is `value`. Rounding twice would go wrong where the double lies between two floats. */
export function roundToFloat(text: string, value: number): number {
  const float = Math.fround(value);
  if (float === value || Number.isNaN(value)) return float;
  const size = Math.abs(value), near = Math.abs(float);
  const largest = 3.4028234663852886e38;
  if (size > 6.8e38) return float;
  const bits = new Uint32Array(new Float32Array([Math.min(near, largest)]).buffer)[0]!;
  const neighbour = (step: number): number => new Float32Array(new Uint32Array([bits + step]).buffer)[0]!;
  const [low, high] = Math.min(near, largest) > size ? [neighbour(-1), Math.min(near, largest)] : [Math.min(near, largest), near >= largest && size > largest ? 2 ** 128 : neighbour(1)];
  if (size !== (low + high) / 2) return float;
  const exact = compareToDouble(text.replace(/^[+-]/, ""), size);
  if (exact === 0) return float;
  const rounded = exact < 0 ? low : high === 2 ** 128 ? Infinity : high;
  return value < 0 ? -rounded : rounded;
}

/** Compares a decimal text with a positive double, exactly. */
function compareToDouble(text: string, value: number): number {
  const { digits, exponent } = splitDecimal(text)!;
  let binary = 0, mantissa = value;
  while (!Number.isInteger(mantissa)) { mantissa *= 2; binary--; }
  let left = digits, right = BigInt(mantissa);
  if (exponent >= 0) left *= 10n ** BigInt(exponent); else right *= 10n ** BigInt(-exponent);
  if (binary < 0) left <<= BigInt(-binary);
  return left < right ? -1 : left > right ? 1 : 0;
}

function splitDecimal(text: string): { digits: bigint; exponent: number; negative: boolean } | undefined {
  const m = /^([+-]?)(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d+))?$/.exec(text);
  if (m === null) return undefined;
  const whole = m[2] ?? "", fraction = m[3] ?? m[4] ?? "";
  return { digits: BigInt(whole + fraction), exponent: Number(m[5] ?? 0) - fraction.length, negative: m[1] === "-" };
}

/** Unscaled value of a number's text, rounded half up; undefined when it is no number or has too many digits. */
export function textToDecimal(text: string, type: DecimalType): bigint | undefined {
  const parts = splitDecimal(text);
  if (parts === undefined || Math.abs(parts.exponent) > 2 ** 31) return undefined;
  const { digits, exponent, negative } = parts, shift = exponent + type.scale;
  if (digits === 0n) return 0n;
  let unscaled: bigint;
  if (shift >= 0) {
    if (shift > 40) return undefined;
    unscaled = digits * 10n ** BigInt(shift);
  } else if (-shift > digits.toString().length + 1) unscaled = 0n;
  else {
    const power = 10n ** BigInt(-shift);
    unscaled = (digits + power / 2n) / power;
  }
  if (unscaled >= 10n ** BigInt(type.precision)) return undefined;
  return negative ? -unscaled : unscaled;
}

/** MIME base64 as Jackson reads it: white space between groups of four is passed over, padding must be there. */
function base64(text: string): Uint8Array | undefined {
  const groups = text.replace(/[\x00-\x20]*([A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==))/gy, "$1").replace(/[\x00-\x20]+$/, "");
  if (groups.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(groups)) return undefined;
  return new Uint8Array(Buffer.from(groups, "base64"));
}

/** Text of a field as a value, by the rules of Spark's UnivocityParser. Also what from_csv does. */
import { unsupported } from "../../base/errors.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import type { DatetimePattern } from "../../types/datetime-pattern.ts";
import { DAY_MICROS, parseDate, parseTime, parseTimestamp, parseTimestampNtz } from "../../types/datetime-text.ts";
import { fits, rescale } from "../../types/decimal-rules.ts";
import { parseCalendarInterval, parseDayTimeInterval, parseYearMonthInterval } from "../../types/interval-text.ts";
import { parseDecimal, type DecimalParts } from "../../types/number-text.ts";
import { plainDecimal } from "../json/json-scalars.ts";
import type { CsvValueOptions } from "./csv-options.ts";

const LIMITS: Readonly<Record<string, bigint>> = { tinyint: 1n << 7n, smallint: 1n << 15n, int: 1n << 31n, bigint: 1n << 63n };

/** The value of a type that text means; undefined if it means none. Text that is the null value is the caller's matter. */
export function csvValue(text: string, type: DataType, options: CsvValueOptions): Cell | undefined {
  switch (type.kind) {
    case "string": case "varchar": case "char": return text;
    case "tinyint": case "smallint": case "int": case "bigint": {
      const value = javaInteger(text), limit = LIMITS[type.kind]!;
      if (value === undefined || value >= limit || value < -limit) return undefined;
      return type.kind === "bigint" ? value : Number(value);
    }
    case "float": case "double": {
      if (text === options.nanValue) return NaN;
      if (text === options.negativeInf) return -Infinity;
      if (text === options.positiveInf) return Infinity;
      const value = javaDouble(text);
      return value === undefined || type.kind === "double" ? value : floatOf(text, value);
    }
    case "boolean": {
      const lower = text.toLowerCase();
      return lower === "true" ? true : lower === "false" ? false : undefined;
    }
    case "decimal": {
      const parts = csvDecimal(text, options);
      if (parts === undefined) return undefined;
      const unscaled = rescale(parts.unscaled, parts.scale, type.scale);
      return fits(unscaled, type.precision) ? unscaled : undefined;
    }
    case "date": return csvDate(text, options);
    case "timestamp": return csvTimestamp(text, options);
    case "timestamp_ntz": return csvTimestampNtz(text, options);
    case "time": return parseTime(text) ?? undefined;
    case "calendar_interval": return parseCalendarInterval(text) ?? undefined;
    case "day_time_interval": return attempt(() => parseDayTimeInterval(text, type));
    case "year_month_interval": return attempt(() => parseYearMonthInterval(text, type));
    case "binary": return new TextEncoder().encode(text);
    default: throw unsupported(`${type.kind.toUpperCase()} in CSV`);
  }
}

/** As Java's parsers of whole numbers: a sign and digits, nothing around them. */
export function javaInteger(text: string): bigint | undefined {
  return /^[+-]?\d+$/.test(text) ? BigInt(text.startsWith("+") ? text.slice(1) : text) : undefined;
}

/** As Double.parseDouble: space around it, a trailing `d` or `f`, NaN and Infinity as they are written here, hexadecimal forms. */
export function javaDouble(text: string): number | undefined {
  const trimmed = text.replace(/^[\x00-\x20]+|[\x00-\x20]+$/g, "");
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) return Number(trimmed.replace(/[dDfF]$/, ""));
  const special = /^([+-]?)(NaN|Infinity)$/.exec(trimmed);
  if (special !== null) return special[2] === "NaN" ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?\d+)[dDfF]?$/.exec(trimmed);
  if (hex === null || hex[2] === "" && (hex[3] ?? "") === "") return undefined;
  const digits = hex[2]! + (hex[3] ?? ""), value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(hex[4]) - 4 * (hex[3] ?? "").length);
  return hex[1] === "-" ? -value : value;
}

/** A FLOAT is rounded once, from the text: only where the nearest DOUBLE lies between two FLOATs does that matter. */
function floatOf(text: string, value: number): number {
  const near = Math.fround(value), parts = parseDecimal(text.trim().replace(/[dDfF]$/, ""));
  if (parts === null || !Number.isFinite(near) || Object.is(near, value)) return near;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  if ((bits.getUint32(4) & 0x1fff_ffff) !== 0x1000_0000) return near;
  // exactly between two: which side the text is on decides
  const exact = exactly(value), scale = parts.scale > 0 ? parts.scale : 0, written = parts.unscaled * 10n ** BigInt(scale - parts.scale) * exact.denominator, half = exact.numerator * 10n ** BigInt(scale);
  if (written === half) return near;
  const isAbove = written > half;
  bits.setFloat32(0, near);
  const other = (step: number): number => { bits.setInt32(0, bits.getInt32(0) + step); return bits.getFloat32(0); };
  if (isAbove === near > value) return near;
  return near > value === value > 0 ? other(-1) : other(1);
}

function exactly(value: number): { readonly numerator: bigint; readonly denominator: bigint } {
  let scaled = value, denominator = 1n;
  while (!Number.isInteger(scaled)) { scaled *= 2; denominator *= 2n; }
  return { numerator: BigInt(scaled), denominator };
}

/** With commas left out, as Spark does for the United States; or by the separators of the locale. */
export function csvDecimal(text: string, { decimalSeparators }: CsvValueOptions): DecimalParts | undefined {
  if (decimalSeparators === undefined) return /^[\x00-\x20]|[\x00-\x20]$/.test(text) ? undefined : parseDecimal(text.replaceAll(",", "")) ?? undefined;
  return parseDecimal(plainDecimal(text, decimalSeparators)) ?? undefined;
}

export function csvDate(text: string, options: CsvValueOptions): number | undefined {
  const { dateFormat } = options;
  if (dateFormat !== undefined) {
    const moment = parsed(dateFormat, text);
    if (moment !== undefined) return Number(moment.localMicros / DAY_MICROS - (moment.localMicros % DAY_MICROS < 0n ? 1n : 0n));
    if (options.fallsBack !== true) return undefined;
  }
  return parseDate(text) ?? undefined;
}

export function csvTimestamp(text: string, options: CsvValueOptions): bigint | undefined {
  const { timestampFormat, zone } = options;
  if (timestampFormat !== undefined) {
    const moment = parsed(timestampFormat, text);
    if (moment !== undefined) return (moment.zone ?? zone).toInstant(moment.localMicros);
    if (options.fallsBack !== true) return undefined;
  }
  return parseTimestamp(text, zone, options.nowMicros()) ?? undefined;
}

export function csvTimestampNtz(text: string, { timestampNtzFormat }: CsvValueOptions): bigint | undefined {
  if (timestampNtzFormat === undefined) return parseTimestampNtz(text, false) ?? undefined;
  const moment = parsed(timestampNtzFormat, text);
  return moment === undefined || moment.zone !== undefined ? undefined : moment.localMicros;
}

const parsed = (pattern: DatetimePattern, text: string) => pattern.parse(text) ?? undefined;

function attempt<T>(parse: () => T): T | undefined {
  try { return parse(); } catch { return undefined; }
}

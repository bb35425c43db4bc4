/**
 * Text of dates and timestamps as Spark reads it where no pattern is given: casts, and the JSON and CSV readers by
 * default. After the rules of Spark's stringToTimestamp, stringToTimestampWithoutTimeZone and stringToDate.
 */
import { zoneRules, type ZoneRules } from "./time-zone.ts";

const MICROS_PER_DAY = 86_400_000_000n;
const MAX_MICROS = 2n ** 63n - 1n;

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar, or undefined when there is no such day. */
export function epochDay(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return undefined;
  const y = month <= 2 ? year - 1 : year, era = Math.floor(y / 400), yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

function monthLength(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Year, month and day of a number of days since 1970-01-01. */
export function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const z = days + 719468, era = Math.floor(z / 146097), dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153), month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

/** Without white space and control characters at both ends. */
const trimmed = (text: string): string => text.replace(/^[\s\x00-\x1f\x7f-\x9f]+|[\s\x00-\x1f\x7f-\x9f]+$/g, "");

interface TimestampParts {
  readonly year: number; readonly month: number; readonly day: number;
  readonly hour: number; readonly minute: number; readonly second: number;
  readonly micros: number;
  readonly zone: string | undefined;
  /** Only a time of day was written. */
  readonly timeOnly: boolean;
}

/** `[+-]yyyy[yy]`, then optionally month, day (one or two digits each) and a time; or a time alone. */
const TIMESTAMP = /^(?:([+-]?)(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?(\D.*)?)?)?)?)?)?|(?:T(\d{1,2})|(\d{1,2})(?=:))(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?(\D.*)?)?)?)$/s;

function timestampParts(text: string): TimestampParts | undefined {
  const m = TIMESTAMP.exec(trimmed(text));
  if (m === null) return undefined;
  const timeOnly = m[2] === undefined;
  const [hour, minute, second, fraction, zone] = timeOnly ? [m[10] ?? m[11], m[12], m[13], m[14], m[15]] : [m[5], m[6], m[7], m[8], m[9]];
  return {
    year: Number(m[2] ?? 1) * (m[1] === "-" ? -1 : 1), month: Number(m[3] ?? 1), day: Number(m[4] ?? 1),
    hour: Number(hour ?? 0), minute: Number(minute ?? 0), second: Number(second ?? 0),
    micros: Number((fraction ?? "").slice(0, 6).padEnd(6, "0")), zone: zone === undefined ? undefined : trimmed(zone), timeOnly,
  };
}

function timeOfDay(parts: TimestampParts): bigint | undefined {
  if (parts.hour > 23 || parts.minute > 59 || parts.second > 59) return undefined;
  return BigInt((parts.hour * 60 + parts.minute) * 60 + parts.second) * 1_000_000n + BigInt(parts.micros);
}

/** `nowMicros` is asked only for text that is a time alone, which means that time today. */
export function parseTimestamp(text: string, zone: ZoneRules, nowMicros: () => bigint): bigint | undefined {
  const parts = timestampParts(text);
  if (parts === undefined) return undefined;
  const rules = parts.zone === undefined ? zone : zoneRules(parts.zone), time = timeOfDay(parts);
  if (rules === undefined || time === undefined) return undefined;
  let day: bigint;
  if (parts.timeOnly) {
    const now = nowMicros();
    day = floorDivide(now + rules.offsetAt(now), MICROS_PER_DAY);
  } else {
    const days = epochDay(parts.year, parts.month, parts.day);
    if (days === undefined) return undefined;
    day = BigInt(days);
  }
  const local = day * MICROS_PER_DAY + time, micros = local - rules.offsetAtLocal(local);
  return micros > MAX_MICROS || micros < -MAX_MICROS - 1n ? undefined : micros;
}

/** Local microseconds. With `allowZone` a zone in the text is read over, without it the text is refused. */
export function parseTimestampNtz(text: string, allowZone: boolean): bigint | undefined {
  const parts = timestampParts(text);
  if (parts === undefined || parts.timeOnly) return undefined;
  if (parts.zone !== undefined && (!allowZone || zoneRules(parts.zone) === undefined)) return undefined;
  const time = timeOfDay(parts), days = epochDay(parts.year, parts.month, parts.day);
  if (time === undefined || days === undefined) return undefined;
  const micros = BigInt(days) * MICROS_PER_DAY + time;
  return micros > MAX_MICROS || micros < -MAX_MICROS - 1n ? undefined : micros;
}

/** `[+-]yyyy[yyy]`, `-m[m]`, `-d[d]`; what follows a whole date after a space or T doesn't count. */
const DATE = /^([+-]?)(\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?$/s;

/** Days since 1970-01-01. */
export function parseDate(text: string): number | undefined {
  const m = DATE.exec(trimmed(text));
  // a year or month alone must fill the text to its end
  if (m === null || (m[4] === undefined && text !== text.replace(/[\s\x00-\x1f\x7f-\x9f]+$/, ""))) return undefined;
  return epochDay(Number(m[2]) * (m[1] === "-" ? -1 : 1), Number(m[3] ?? 1), Number(m[4] ?? 1));
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** A year as java.time prints it: four digits at least, a plus sign before more. */
function yearText(year: number): string {
  if (year > 9999) return `+${year}`;
  return year < 0 ? `-${String(-year).padStart(4, "0")}` : String(year).padStart(4, "0");
}

const two = (value: number): string => value < 10 ? `0${value}` : String(value);

export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${yearText(year)}-${two(month)}-${two(day)}`;
}

/** `yyyy-MM-dd'T'HH:mm:ss.SSS` of local microseconds: what the JSON and CSV writers put; finer digits are cut off. */
export function formatIsoMillis(localMicros: bigint): string {
  const day = floorDivide(localMicros, MICROS_PER_DAY), millis = Number((localMicros - day * MICROS_PER_DAY) / 1000n);
  const second = Math.floor(millis / 1000);
  return `${formatDate(Number(day))}T${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}.${String(millis % 1000).padStart(3, "0")}`;
}

/** An offset as the pattern letters XXX print it: `Z`, `+01:00`. */
export function formatOffset(offsetMicros: bigint): string {
  if (offsetMicros === 0n) return "Z";
  const minutes = Math.trunc(Math.abs(Number(offsetMicros)) / 60_000_000);
  return `${offsetMicros < 0n ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

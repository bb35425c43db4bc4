/**
 * Dates and times as text: how casts read and print them (the forms of Spark's CAST; patterns are another matter).
 * Readers give null for text that is none.
 */
import type { TimeZone } from "./time-zone.ts";
import { findTimeZone } from "./time-zone.ts";
import { civil, daysFromCivil } from "./civil.ts";

export const DAY_MICROS = 86_400_000_000n;
const MIN_MICROS = -(2n ** 63n), MAX_MICROS = 2n ** 63n - 1n;

/** Drops white space and control characters at both ends. */
export function trimControls(text: string): string {
  let from = 0, to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}
const isBlank = (code: number): boolean => code <= 0x20 || code === 0x7f;

export function daysInMonth(year: number, month: number): number {
  return month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);
}

/** Days since the epoch of a date of the calendar, or null if there is no such day. */
export function checkedDays(year: number, month: number, day: number): number | null {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return daysFromCivil(year, month, day);
}

const DATE = /^([+-]?)(\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T][^]*)?)?)?$/;

/** Days since 1970-01-01 of `yyyy`, `yyyy-M` or `yyyy-M-d`; after a full date a space or `T` hides any rest. */
export function parseDate(text: string): number | null {
  const parts = DATE.exec(trimControls(text));
  if (parts === null) return null;
  const year = Number(parts[2]) * (parts[1] === "-" ? -1 : 1);
  const days = checkedDays(year, Number(parts[3] ?? 1), Number(parts[4] ?? 1));
  return days === null || days > 2 ** 31 - 1 || days < -(2 ** 31) ? null : days;
}

const TIME = String.raw`(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?([^\d.][^]*)?)?)?`;
const TIMESTAMP = new RegExp(String.raw`^([+-]?)(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T]${TIME})?)?)?$`);
const ONLY_TIME = new RegExp(`^(?:T(?=\\d)|(?=\\d{1,2}:))${TIME}$`);

interface LocalParts { readonly localMicros: bigint; readonly zone: TimeZone | undefined; readonly isTimeOnly: boolean }

function parseParts(text: string): LocalParts | null {
  const trimmed = trimControls(text);
  const full = TIMESTAMP.exec(trimmed);
  let days = 0, at = 5;
  let parts: RegExpExecArray | null = full;
  if (full !== null) {
    const found = checkedDays(Number(full[2]) * (full[1] === "-" ? -1 : 1), Number(full[3] ?? 1), Number(full[4] ?? 1));
    if (found === null) return null;
    days = found;
  } else {
    parts = ONLY_TIME.exec(trimmed);
    at = 1;
    if (parts === null) return null;
  }
  const hour = Number(parts![at] ?? 0), minute = Number(parts![at + 1] ?? 0), second = Number(parts![at + 2] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = (parts![at + 3] ?? "").slice(0, 6).padEnd(6, "0");
  const zoneText = parts![at + 4];
  const zone = zoneText === undefined ? undefined : findTimeZone(zoneText.trim());
  if (zoneText !== undefined && zone === undefined) return null;
  const micros = (hour * 3600 + minute * 60 + second) * 1_000_000 + Number(fraction);
  return { localMicros: BigInt(days) * DAY_MICROS + BigInt(micros), zone, isTimeOnly: full === null };
}

/**
 * Microseconds since the epoch of a timestamp; without a zone in the text it is local time in `zone`. A time alone is one
 * of the day of `nowMicros`.
 */
export function parseTimestamp(text: string, zone: TimeZone, nowMicros?: bigint): bigint | null {
  const parts = parseParts(text);
  if (parts === null) return null;
  const own = parts.zone ?? zone;
  let local = parts.localMicros;
  if (parts.isTimeOnly) {
    const today = own.toLocal(nowMicros ?? BigInt(Date.now()) * 1000n);
    local += today - mod(today, DAY_MICROS);
  }
  return inRange(own.toInstant(local));
}

/** Microseconds of the wall clock of a timestamp; a zone in the text is ignored (null when it isn't allowed), a time alone is none. */
export function parseTimestampNtz(text: string, allowZone = true): bigint | null {
  const parts = parseParts(text);
  return parts === null || parts.isTimeOnly || (parts.zone !== undefined && !allowZone) ? null : inRange(parts.localMicros);
}

const inRange = (micros: bigint): bigint | null => (micros < MIN_MICROS || micros > MAX_MICROS ? null : micros);
const mod = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;

const TIME_OF_DAY = /^T?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?(?:\s*([AaPp][Mm]))?$/;
/** Nanoseconds of the day of `H:m[:s[.fraction]]`, with AM or PM behind too. */
export function parseTime(text: string): bigint | null {
  const parts = TIME_OF_DAY.exec(trimControls(text));
  if (parts === null) return null;
  let hour = Number(parts[1]);
  const minute = Number(parts[2]), second = Number(parts[3] ?? 0);
  if (parts[5] !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (parts[5].toLowerCase() === "pm" ? 12 : 0);
  }
  if (hour > 23 || minute > 59 || second > 59) return null;
  return BigInt(hour * 3600 + minute * 60 + second) * 1_000_000_000n + BigInt((parts[4] ?? "").padEnd(9, "0"));
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** Four digits; beyond 9999 with a plus sign, before year 0 with a minus sign. */
export function formatYear(year: number): string {
  if (year >= 1000 && year <= 9999) return String(year);
  const digits = String(Math.abs(year)).padStart(4, "0");
  return year < 0 ? `-${digits}` : year > 9999 ? `+${digits}` : digits;
}

/** `yyyy-MM-dd`. */
export function formatDate(epochDay: number): string {
  const { year, month, day } = civil(epochDay);
  return `${formatYear(year)}-${two(month)}-${two(day)}`;
}

/** `yyyy-MM-dd HH:mm:ss` of the wall clock, with a fraction of up to six digits where there is one. */
export function formatTimestampNtz(localMicros: bigint): string {
  const exact = Number(localMicros);
  if (exact > -9e15 && exact < 9e15) return formatExact(exact);
  const ofDay = mod(localMicros, DAY_MICROS), micros = Number(ofDay);
  const second = Math.floor(micros / 1_000_000), fraction = micros - second * 1_000_000;
  const text = `${formatDate(Number((localMicros - ofDay) / DAY_MICROS))} ${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  return fraction === 0 ? text : `${text}.${trimZeros(String(fraction).padStart(6, "0"))}`;
}

let lastDay = NaN, lastDayText = "";
/** Within 285 years of the epoch doubles hold the microseconds. The day last printed is remembered. */
function formatExact(micros: number): string {
  const day = Math.floor(micros / 86_400_000_000), ofDay = micros - day * 86_400_000_000, second = Math.floor(ofDay / 1_000_000), fraction = ofDay - second * 1_000_000;
  if (day !== lastDay) { lastDay = day; lastDayText = formatDate(day); }
  const text = `${lastDayText} ${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  return fraction === 0 ? text : `${text}.${trimZeros(String(fraction).padStart(6, "0"))}`;
}

/** As formatTimestampNtz, of an instant on the clocks of a zone. */
export function formatTimestamp(epochMicros: bigint, zone: TimeZone): string {
  return formatTimestampNtz(zone.toLocal(epochMicros));
}

/** `HH:mm:ss` with the fraction of nanoseconds of the day. */
export function formatTime(nanos: bigint): string {
  const seconds = Number(nanos / 1_000_000_000n), fraction = Number(nanos % 1_000_000_000n);
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === 0 ? text : `${text}.${trimZeros(String(fraction).padStart(9, "0"))}`;
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

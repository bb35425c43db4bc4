/** Intervals as text: how casts print and read them. */
import { ExecutionError } from "../base/errors.ts";
import type { CalendarInterval } from "./cell.ts";
import type { DayTimeField, DayTimeIntervalType, YearMonthIntervalType } from "./data-type.ts";
import { trimControls } from "./datetime-text.ts";

export const SECOND_MICROS = 1_000_000n, MINUTE_MICROS = 60_000_000n, HOUR_MICROS = 3_600_000_000n;
const DAY_MICROS = 86_400_000_000n;

const two = (n: bigint): string => n.toString().padStart(2, "0");

/** `4.5`, `04.5`: seconds with the fraction that they have. */
function seconds(micros: bigint, pad: boolean): string {
  const whole = micros / SECOND_MICROS, rest = micros % SECOND_MICROS;
  return (pad ? two(whole) : whole.toString()) + (rest === 0n ? "" : `.${rest.toString().padStart(6, "0").replace(/0+$/, "")}`);
}

/** `INTERVAL '1 02:03:04.5' DAY TO SECOND`, with the fields of the type. */
export function formatDayTimeInterval(micros: bigint, type: DayTimeIntervalType): string {
  return `INTERVAL '${dayTimeFields(micros, type)}' ${fieldsOf(type)}`;
}
/** `INTERVAL '1-2' YEAR TO MONTH`, with the fields of the type. */
export function formatYearMonthInterval(months: number, type: YearMonthIntervalType): string {
  return `INTERVAL '${yearMonthFields(months, type)}' ${fieldsOf(type)}`;
}
const fieldsOf = (type: { start: string; end: string }): string => (type.start === type.end ? type.start : `${type.start} to ${type.end}`).toUpperCase();

function dayTimeFields(micros: bigint, type: DayTimeIntervalType): string {
  const sign = micros < 0n ? "-" : "", size = micros < 0n ? -micros : micros;
  const inDay = size % DAY_MICROS, inHour = size % HOUR_MICROS, inMinute = size % MINUTE_MICROS;
  let text = "";
  switch (type.start) {
    case "day": {
      text = (size / DAY_MICROS).toString();
      if (type.end !== "day") text += ` ${two(inDay / HOUR_MICROS)}`;
      break;
    }
    case "hour": text = two(size / HOUR_MICROS); break;
    case "minute": text = two(size / MINUTE_MICROS); break;
    case "second": return sign + seconds(size, true);
  }
  if (type.start !== "minute" && (type.end === "minute" || type.end === "second")) text += `:${two(inHour / MINUTE_MICROS)}`;
  if (type.end === "second") text += `:${seconds(inMinute, true)}`;
  return sign + text;
}

function yearMonthFields(months: number, type: YearMonthIntervalType): string {
  const sign = months < 0 ? "-" : "", size = Math.abs(months);
  if (type.start === "year" && type.end === "year") return `${sign}${Math.trunc(size / 12)}`;
  if (type.start === "month") return `${sign}${size}`;
  return `${sign}${Math.trunc(size / 12)}-${size % 12}`;
}

/** `1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds`, without the parts that are zero. */
export function formatCalendarInterval({ months, days, micros }: CalendarInterval): string {
  const parts: string[] = [], add = (value: number | bigint, unit: string) => { if (value != 0) parts.push(`${value} ${unit}`); };
  add(Math.trunc(months / 12), "years");
  add(months % 12, "months");
  add(days, "days");
  add(micros / HOUR_MICROS, "hours");
  add((micros % HOUR_MICROS) / MINUTE_MICROS, "minutes");
  const rest = micros % MINUTE_MICROS;
  if (rest !== 0n) parts.push(`${rest < 0n ? "-" : ""}${seconds(rest < 0n ? -rest : rest, false)} seconds`);
  return parts.length === 0 ? "0 seconds" : parts.join(" ");
}

const malformed = (condition: string, message: string, parameters: Record<string, string>): ExecutionError =>
  new ExecutionError({ condition: `INVALID_INTERVAL_FORMAT.${condition}`, sqlState: "22006", message, messageParameters: parameters });

function unmatched(input: string, type: YearMonthIntervalType | DayTimeIntervalType): ExecutionError {
  const kind = type.kind === "year_month_interval" ? "year-month" : "day-time", fields = fieldsOf(type);
  return malformed(kind === "year-month" ? "UNMATCHED_FORMAT_STRING" : "UNMATCHED_FORMAT_STRING_WITH_NOTICE",
    `Error parsing '${input}' to interval. Interval string does not match ${kind} format when cast to interval ${fields.toLowerCase()}.`,
    { input, intervalStr: kind, typeName: `interval ${fields.toLowerCase()}` });
}

const WRAPPED = /^INTERVAL\s+([+-])?'([^']*)'\s+(YEAR|MONTH|DAY|HOUR|MINUTE|SECOND)(?:\s+TO\s+(MONTH|HOUR|MINUTE|SECOND))?$/i;

/** The sign and digits of a text that may stand in `INTERVAL '..' FIELDS`; null if the fields aren't the type's. */
function unwrap(text: string, type: { start: string; end: string }): { body: string; negative: boolean } | null {
  const trimmed = trimControls(text), wrapped = WRAPPED.exec(trimmed);
  let body = trimmed, negative = false;
  if (wrapped !== null) {
    const start = wrapped[3]!.toLowerCase(), end = (wrapped[4] ?? wrapped[3]!).toLowerCase();
    if (start !== type.start || end !== type.end) return null;
    negative = wrapped[1] === "-";
    body = wrapped[2]!;
  }
  const sign = /^[+-]/.exec(body)?.[0];
  if (sign !== undefined) { negative = negative !== (sign === "-"); body = body.slice(1); }
  return { body, negative };
}

/** Months of `1-2`, `5`, `INTERVAL '1-2' YEAR TO MONTH`. @throws ExecutionError INVALID_INTERVAL_FORMAT.* */
export function parseYearMonthInterval(text: string, type: YearMonthIntervalType): number {
  const found = unwrap(text, type);
  const parts = found === null ? null : type.start === type.end ? /^(\d+)$/.exec(found.body) : /^(\d+)-(\d+)$/.exec(found.body);
  if (found === null || parts === null) throw unmatched(text, type);
  const first = Number(parts[1]);
  if (parts[2] !== undefined && Number(parts[2]) > 11) throw intervalParsing(text, "year-month");
  const months = (type.start === "year" ? first * 12 : first) + Number(parts[2] ?? 0), signed = found.negative ? -months : months;
  if (signed > 2 ** 31 - 1 || signed < -(2 ** 31)) throw intervalParsing(text, "year-month");
  return signed;
}

const intervalParsing = (input: string, interval: string): ExecutionError =>
  malformed("INTERVAL_PARSING", `Error parsing '${input}' to interval. Error parsing interval ${interval} string.`, { input, interval });

const PATTERNS: Readonly<Record<string, RegExp>> = {
  "day day": /^(?<d>\d+)$/, "hour hour": /^(?<h>\d+)$/, "minute minute": /^(?<m>\d+)$/, "second second": /^(?<s>\d+)(?:\.(?<f>\d{1,9}))?$/,
  "day hour": /^(?<d>\d+) (?<h>\d{1,2})$/, "day minute": /^(?<d>\d+) (?<h>\d{1,2}):(?<m>\d{1,2})$/,
  "day second": /^(?<d>\d+) (?<h>\d{1,2}):(?<m>\d{1,2}):(?<s>\d{1,2})(?:\.(?<f>\d{1,9}))?$/,
  "hour minute": /^(?<h>\d+):(?<m>\d{1,2})$/, "hour second": /^(?<h>\d+):(?<m>\d{1,2}):(?<s>\d{1,2})(?:\.(?<f>\d{1,9}))?$/,
  "minute second": /^(?<m>\d+):(?<s>\d{1,2})(?:\.(?<f>\d{1,9}))?$/,
};
const ORDER: readonly DayTimeField[] = ["day", "hour", "minute", "second"];

/** Microseconds of `1 02:03:04.5`, `5`, `INTERVAL '..' DAY TO SECOND`. @throws ExecutionError INVALID_INTERVAL_FORMAT.* */
export function parseDayTimeInterval(text: string, type: DayTimeIntervalType): bigint {
  const found = unwrap(text, type), parts = found === null ? null : PATTERNS[`${type.start} ${type.end}`]!.exec(found.body);
  if (found === null || parts === null) throw unmatched(text, type);
  const { d, h, m, s, f } = parts.groups as Record<string, string | undefined>;
  const limits: [string | undefined, DayTimeField, number][] = [[h, "hour", 23], [m, "minute", 59], [s, "second", 59]];
  for (const [value, field, limit] of limits) {
    if (value !== undefined && ORDER.indexOf(field) > ORDER.indexOf(type.start) && Number(value) > limit) throw intervalParsing(text, "day-time");
  }
  const micros = BigInt(d ?? 0) * DAY_MICROS + BigInt(h ?? 0) * HOUR_MICROS + BigInt(m ?? 0) * MINUTE_MICROS + BigInt(s ?? 0) * SECOND_MICROS
    + BigInt((f ?? "").slice(0, 6).padEnd(6, "0"));
  const signed = found.negative ? -micros : micros;
  if (BigInt.asIntN(64, signed) !== signed) throw intervalParsing(text, "day-time");
  return signed;
}

const UNIT_MONTHS: Readonly<Record<string, number>> = { year: 12, month: 1 };
const UNIT_DAYS: Readonly<Record<string, number>> = { week: 7, day: 1 };
const UNIT_MICROS: Readonly<Record<string, bigint>> = { hour: HOUR_MICROS, minute: MINUTE_MICROS, second: SECOND_MICROS, millisecond: 1000n, microsecond: 1n };

/** `1 day 2 hours`, with or without INTERVAL in front; null if it can't be read. */
export function parseCalendarInterval(text: string): CalendarInterval | null {
  const trimmed = trimControls(text).toLowerCase().replace(/^interval\s+/, "");
  if (trimmed === "") return null;
  let months = 0, days = 0, micros = 0n, at = 0;
  const term = /\s*([+-]?)\s*(\d*)(?:\.(\d{1,9}))?\s+(year|month|week|day|hour|minute|second|millisecond|microsecond)s?(?=\s|$)/y;
  while (at < trimmed.length) {
    term.lastIndex = at;
    const parts = term.exec(trimmed);
    if (parts === null || (parts[2] === "" && parts[3] === undefined) || (parts[3] !== undefined && parts[4] !== "second")) return null;
    at = term.lastIndex;
    const sign = parts[1] === "-" ? -1 : 1, amount = BigInt(parts[2] === "" ? 0 : parts[2]!), unit = parts[4]!;
    if (unit in UNIT_MONTHS) months += sign * Number(amount) * UNIT_MONTHS[unit]!;
    else if (unit in UNIT_DAYS) days += sign * Number(amount) * UNIT_DAYS[unit]!;
    else micros += BigInt(sign) * (amount * UNIT_MICROS[unit]! + BigInt((parts[3] ?? "").slice(0, 6).padEnd(6, "0")) * (unit === "second" ? 1n : 0n));
    while (at < trimmed.length && trimmed[at] === " ") at++;
  }
  if (months !== (months | 0) || days !== (days | 0) || BigInt.asIntN(64, micros) !== micros) return null;
  return { months, days, micros };
}

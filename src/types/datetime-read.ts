/**
 * Text as moments by the parts of a pattern, as java.time reads it in its strict style: fields of one letter take what digits there are,
 * those of two or more their own number; a field that stands twice must say the same, and what is told twice (a day of the year and one
 * of the month) must agree. What isn't told is that of 1970-01-01 00:00:00.
 */
import { civil, daysFromCivil } from "./civil.ts";
import { MODIFIED_JULIAN_EPOCH, type FieldPart, type Part } from "./datetime-parts.ts";
import type { ParsedMoment } from "./datetime-pattern.ts";
import { DAY_MICROS, checkedDays } from "./datetime-text.ts";
import { findTimeZone, type TimeZone } from "./time-zone.ts";
import { zoneNamed } from "./zone-names.ts";

type Field = "year" | "yearOfEra" | "era" | "month" | "day" | "dayOfYear" | "julianDay" | "half" | "clockHour12" | "hour12" | "clockHour" | "hour" | "minute" | "second" | "nanos";
type Fields = { -readonly [K in Field]?: number } & { zone?: TimeZone };

interface NumberStep {
  readonly kind: "number"; readonly field: Field; readonly min: number; readonly max: number;
  /** `normal`: a minus sign may stand in front. `exceeds`: a plus sign must, where there are more digits than the least. */
  readonly sign: "never" | "normal" | "exceeds"; readonly isTwoDigitYear: boolean;
  /** Digits of the fields behind it that have a fixed number of them. */
  reserved: number;
}
type Step =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "optional"; readonly steps: readonly Step[] }
  | { readonly kind: "fraction"; readonly min: number; readonly max: number }
  | { readonly kind: "names"; readonly field: Field; readonly first: number; readonly names: readonly string[] }
  /** `isNamed`: names of zones may stand for them. */
  | { readonly kind: "zone"; readonly form: RegExp; readonly isNamed: boolean }
  | NumberStep;

/** How text is read by the parts of a pattern; null where it doesn't fit, or is no moment. */
export function readerOf(parts: readonly Part[], hasEra: boolean): (text: string) => ParsedMoment | null {
  const steps = stepsOf(parts, hasEra);
  return text => {
    const fields: Fields = {};
    return follow(steps, text, 0, fields) === text.length ? resolve(fields) : null;
  };
}

function stepsOf(parts: readonly Part[], hasEra: boolean): readonly Step[] {
  const steps: Step[] = [];
  // The number that gives way to the digits of those that follow without a gap.
  let first: NumberStep | undefined;
  for (const part of parts) {
    const step: Step = part.kind === "text" ? part : part.kind === "optional" ? { kind: "optional", steps: stepsOf(part.parts, hasEra) } : stepOf(part, hasEra);
    steps.push(step);
    if (step.kind === "number") {
      if (first !== undefined && step.min === step.max && step.sign === "never") first.reserved += step.max;
      else {
        if (first !== undefined) first.reserved = 0;
        first = step;
      }
    } else if (step.kind === "fraction" && step.min === step.max) {
      if (first !== undefined) first.reserved += step.max;
    } else first = undefined;
  }
  return steps;
}

const NUMBERS: Readonly<Record<string, Field>> = { M: "month", L: "month", d: "day", D: "dayOfYear", H: "hour", k: "clockHour", h: "clockHour12", K: "hour12", m: "minute", s: "second", g: "julianDay" };
const OFFSETS: Readonly<Record<string, RegExp>> = {
  X1: /^(?:Z|[+-]\d\d(?:\d\d)?)/i, X2: /^(?:Z|[+-]\d{4})/i, X3: /^(?:Z|[+-]\d\d:\d\d)/i, X4: /^(?:Z|[+-]\d{4}(?:\d\d)?)/i, X5: /^(?:Z|[+-]\d\d:\d\d(?::\d\d)?)/i,
  x1: /^[+-]\d\d(?:\d\d)?/, x2: /^[+-]\d{4}/, x3: /^[+-]\d\d:\d\d/, x4: /^[+-]\d{4}(?:\d\d)?/, x5: /^[+-]\d\d:\d\d(?::\d\d)?/,
  Z1: /^[+-]\d{4}/, Z2: /^[+-]\d{4}/, Z3: /^[+-]\d{4}/, Z4: /^GMT(?:[+-]\d\d:\d\d(?::\d\d)?)?/i, Z5: /^(?:Z|[+-]\d\d:\d\d(?::\d\d)?)/i,
  O1: /^GMT(?:[+-]\d{1,2}(?::\d\d(?::\d\d)?)?)?/i, O4: /^GMT(?:[+-]\d\d:\d\d(?::\d\d)?)?/i,
};
const REGION = /^(?:[A-Za-z][A-Za-z0-9_+\-/:]*|[+-]\d{1,2}(?::?\d{2}){0,2})/;

function stepOf({ letter, count, names, isExact }: FieldPart, hasEra: boolean): Step {
  const number = (field: Field, min: number, max: number, sign: NumberStep["sign"], isTwoDigitYear = false): NumberStep => ({ kind: "number", field, min, max, sign, isTwoDigitYear, reserved: 0 });
  switch (letter) {
    case "y": {
      const field = hasEra ? "yearOfEra" : "year";
      return count === 2 ? number(field, 2, 2, "never", true) : number(field, count, 19, count < 4 ? "normal" : "exceeds");
    }
    case "M": case "L": if (count > 2) return { kind: "names", field: "month", first: 1, names: count === 4 ? names.months : names.shortMonths };
      break;
    case "D": return count === 1 ? number("dayOfYear", 1, 19, "normal") : number("dayOfYear", count, 3, "never");
    case "g": return number("julianDay", count, 19, "normal");
    case "S": return { kind: "fraction", min: isExact === true ? count : 1, max: count };
    case "a": return { kind: "names", field: "half", first: 0, names: names.halves };
    case "G": return { kind: "names", field: "era", first: 0, names: count === 4 ? ["Anno Domini", "Before Christ"] : ["AD", "BC"] };
    case "V": case "z": case "v": return { kind: "zone", form: REGION, isNamed: letter !== "V" };
    case "X": case "x": case "Z": case "O": return { kind: "zone", form: OFFSETS[`${letter}${count}`]!, isNamed: false };
  }
  return count === 1 ? number(NUMBERS[letter]!, 1, 19, "normal") : number(NUMBERS[letter]!, count, count, "never");
}

/** Where the steps end in the text, or -1. */
function follow(steps: readonly Step[], text: string, start: number, fields: Fields): number {
  let at = start;
  for (const step of steps) {
    if (step.kind === "optional") {
      const copy = { ...fields }, end = follow(step.steps, text, at, copy);
      if (end >= 0) { Object.assign(fields, copy); at = end; }
    } else at = take(step, text, at, fields);
    if (at < 0) return -1;
  }
  return at;
}

/** False where the field was told otherwise before. */
function put(fields: Fields, field: Field, value: number): boolean {
  const before = fields[field];
  fields[field] = value;
  return before === undefined || before === value;
}

function take(step: Exclude<Step, { kind: "optional" }>, text: string, at: number, fields: Fields): number {
  switch (step.kind) {
    case "text": {
      const end = at + step.text.length;
      return text.slice(at, end).toLowerCase() === step.text.toLowerCase() ? end : -1;
    }
    case "number": return takeNumber(step, text, at, fields);
    case "fraction": {
      const end = at + Math.min(digitsAt(text, at), step.max);
      return end - at >= step.min && put(fields, "nanos", Number(text.slice(at, end).padEnd(9, "0"))) ? end : -1;
    }
    case "names": {
      // the longest that fits: one may begin as another does
      const rest = text.slice(at), { names } = step;
      const found = names.reduce((best, name, i) => (rest.slice(0, name.length).toLowerCase() === name.toLowerCase() && (best < 0 || name.length > names[best]!.length) ? i : best), -1);
      return found >= 0 && put(fields, step.field, found + step.first) ? at + names[found]!.length : -1;
    }
    case "zone": {
      const named = step.isNamed ? zoneNamed(text.slice(at)) : undefined;
      if (named !== undefined) {
        fields.zone = named.zone;
        return at + named.length;
      }
      const found = step.form.exec(text.slice(at))?.[0], zone = found === undefined ? undefined : findTimeZone(step.form === REGION ? found : found.toUpperCase());
      if (zone === undefined) return -1;
      fields.zone = zone;
      return at + found!.length;
    }
  }
}

function digitsAt(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return end - at;
}

function takeNumber({ field, min, max, sign, isTwoDigitYear, reserved }: NumberStep, text: string, at: number, fields: Fields): number {
  const c = text[at], isNegative = c === "-", isPositive = c === "+";
  if (isNegative && sign === "never" || isPositive && sign !== "exceeds") return -1;
  const from = isNegative || isPositive ? at + 1 : at;
  let digits = Math.min(digitsAt(text, from), max + reserved);
  if (reserved > 0) digits = Math.min(digits, Math.max(min, digits - reserved));
  if (digits < min || (sign === "exceeds" && !isNegative && isPositive !== digits > min)) return -1;
  const value = Number(text.slice(from, from + digits));
  if (isNegative && value === 0) return -1;
  return put(fields, field, isTwoDigitYear ? 2000 + value : isNegative ? -value : value) ? from + digits : -1;
}

const isWithin = (value: number | undefined, low: number, high: number): boolean => value === undefined || (value >= low && value <= high);

function resolve(fields: Fields): ParsedMoment | null {
  const days = dayOf(fields), seconds = days === null ? null : secondsOf(fields);
  if (seconds === null) return null;
  return { localMicros: BigInt(days!) * DAY_MICROS + BigInt(seconds) * 1_000_000n + BigInt(Math.floor((fields.nanos ?? 0) / 1000)), zone: fields.zone };
}

function dayOf({ year: told, yearOfEra, era, month, day, dayOfYear, julianDay }: Fields): number | null {
  if (!isWithin(yearOfEra, 1, 999_999_999) || !isWithin(told, -999_999_999, 999_999_999)) return null;
  const year = told ?? (yearOfEra === undefined ? 1970 : era === 1 ? 1 - yearOfEra : yearOfEra);
  if (julianDay === undefined && dayOfYear === undefined) return checkedDays(year, month ?? 1, day ?? 1);
  let days: number;
  if (julianDay !== undefined) days = julianDay - MODIFIED_JULIAN_EPOCH;
  else {
    const first = daysFromCivil(year, 1, 1);
    if (!isWithin(dayOfYear, 1, daysFromCivil(year + 1, 1, 1) - first)) return null;
    days = first + dayOfYear! - 1;
  }
  const found = civil(days);
  const agrees = (month ?? found.month) === found.month && (day ?? found.day) === found.day && (told === undefined && yearOfEra === undefined || found.year === year)
    && (dayOfYear === undefined || days - daysFromCivil(found.year, 1, 1) + 1 === dayOfYear);
  return agrees ? days : null;
}

function secondsOf(fields: Fields): number | null {
  const { half, clockHour12, clockHour, minute = 0, second = 0 } = fields;
  if (!isWithin(fields.hour, 0, 23) || !isWithin(clockHour, 1, 24) || !isWithin(clockHour12, 1, 12) || !isWithin(fields.hour12, 0, 11) || !isWithin(minute, 0, 59) || !isWithin(second, 0, 59)) return null;
  if (clockHour !== undefined && !put(fields, "hour", clockHour % 24) || clockHour12 !== undefined && !put(fields, "hour12", clockHour12 % 12)) return null;
  const { hour, hour12 } = fields;
  // Before noon where nothing says; the half alone is its first hour.
  if (hour === undefined) return ((hour12 ?? 0) + (half === 1 ? 12 : 0)) * 3600 + minute * 60 + second;
  return (hour12 ?? hour % 12) === hour % 12 && (half === undefined || half === 1 === hour > 11) ? hour * 3600 + minute * 60 + second : null;
}

/**
 * Patterns of dates and times, as java.time writes them and Spark restricts them: `yyyy-MM-dd HH:mm:ss[.SSS][XXX]`.
 * Names of months and days are English, or those of a locale.
 */
import { AnalysisError } from "../base/errors.ts";
import { dayOfYear, isoDayOfWeek, splitDay } from "./calendar.ts";
import { civil, daysFromCivil } from "./civil.ts";
import { DAY_MICROS, checkedDays } from "./datetime-text.ts";
import { dateNames, type DateNames } from "./date-names.ts";
import { findTimeZone, type TimeZone } from "./time-zone.ts";

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly letter: string; readonly count: number; readonly names: DateNames }
  | { readonly kind: "optional"; readonly parts: readonly Part[] };

const QUARTERS = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];
const KNOWN = "GyuMLdDQqEahHkKmsSFVzOXxZ", WEEK_BASED = "YWwuec", MOST: Readonly<Record<string, number>> = { G: 4, y: 6, M: 4, L: 4, d: 2, D: 3, Q: 4, q: 4, E: 4, a: 1, h: 2, H: 2, k: 2, K: 2, m: 2, s: 2, S: 9, F: 1, V: 2, z: 4, O: 4, X: 5, x: 5, Z: 5 };

type FieldPart = Extract<Part, { readonly kind: "field" }>;

/** A pattern that formats and parses. */
export interface DatetimePattern {
  /** Text of a wall clock; `zone` and `epochMicros` for the fields of the zone. */
  format(localMicros: bigint, zone: TimeZone, epochMicros: bigint): string;
  /** What a text means; null if the pattern doesn't fit it or it is no moment. */
  parse(text: string): ParsedMoment | null;
  /** The same for kernels, if each field has a fixed number of digits and none comes twice. */
  readonly fixed: FixedPattern | undefined;
}
/** Pairs of bytes: a letter (y four digits, M d H m s two, S as many as the second byte says), or 0 and an ASCII character. `width`: bytes of a text. */
export interface FixedPattern { readonly steps: Uint8Array; readonly width: number; readonly letters: string }
export interface ParsedMoment { readonly localMicros: bigint; readonly zone: TimeZone | undefined }

const cache = new Map<string, DatetimePattern>();

/** @throws AnalysisError INVALID_DATETIME_PATTERN.*, INCONSISTENT_BEHAVIOR_CROSS_VERSION.* */
export function datetimePattern(pattern: string, use: "format" | "parse", locale?: string): DatetimePattern {
  const key = `${use} ${locale ?? ""} ${pattern}`;
  let found = cache.get(key);
  if (found === undefined) {
    const parts = recognized(pattern, use, dateNames(locale)), print = printerOf(parts, usesEra(parts));
    found = { format: (local, zone, epoch) => print(clockOf(local, zone, epoch)), parse: text => parseWith(parts, text), fixed: fixedOf(parts) };
    if (cache.size > 500) cache.clear();
    cache.set(key, found);
  }
  return found;
}

/** Letters of java.text.SimpleDateFormat, which read patterns before Spark 3. */
const OLD_LETTERS = /^(?:[GyYMLwWDdFEuaHkKhmsSzZ]|X{1,3}(?!X)|[^A-Za-z'X]|'(?:[^']|'')*')*$/;

/** The parts of a pattern. One that is wrong today and was right before Spark 3 fails by another name. */
function recognized(pattern: string, use: "format" | "parse", names: DateNames): readonly Part[] {
  try {
    checkLetters(pattern, use);
    return parsePattern(pattern, use, names);
  } catch (error) {
    if (!OLD_LETTERS.test(pattern)) throw error;
    throw crossVersion("DATETIME_PATTERN_RECOGNITION", pattern);
  }
}

const FIXED_DIGITS: Readonly<Record<string, number>> = { y: 4, M: 2, d: 2, H: 2, m: 2, s: 2 };
function fixedOf(parts: readonly Part[]): FixedPattern | undefined {
  const steps: number[] = [];
  let width = 0, letters = "";
  for (const part of parts) {
    if (part.kind === "optional") return undefined;
    if (part.kind === "text") {
      for (const c of part.text) {
        if (c > "\x7f") return undefined;
        steps.push(0, c.charCodeAt(0));
        width++;
      }
      continue;
    }
    const { letter, count } = part, isFixed = letter === "S" ? count <= 6 : FIXED_DIGITS[letter] === count;
    if (!isFixed || letters.includes(letter)) return undefined;
    letters += letter;
    steps.push(letter.charCodeAt(0), count);
    width += count;
  }
  return { steps: Uint8Array.from(steps), width, letters };
}

function parsePattern(pattern: string, use: "format" | "parse", names: DateNames): readonly Part[] {
  const stack: Part[][] = [[]];
  const add = (part: Part): void => { stack[stack.length - 1]!.push(part); };
  for (let at = 0; at < pattern.length;) {
    const c = pattern[at]!;
    if (/[A-Za-z]/.test(c)) {
      let end = at + 1;
      while (pattern[end] === c) end++;
      checkField(pattern, c, end - at);
      add({ kind: "field", letter: c, count: end - at, names });
      at = end;
    } else if (c === "'") {
      let text = "", end = at + 1;
      for (;; end++) {
        if (end >= pattern.length) throw badPattern("WITH_SUGGESTION", pattern);
        if (pattern[end] !== "'") { text += pattern[end]; continue; }
        if (pattern[end + 1] !== "'") break;
        text += "'";
        end++;
      }
      add({ kind: "text", text: end === at + 1 ? "'" : text });
      at = end + 1;
    } else if (c === "[") {
      stack.push([]);
      at++;
    } else if (c === "]") {
      if (stack.length === 1) throw badPattern("WITH_SUGGESTION", pattern);
      const parts = stack.pop()!;
      add({ kind: "optional", parts });
      at++;
    } else {
      if (c === "{" || c === "}" || c === "#") throw badPattern("ILLEGAL_CHARACTER", pattern, c);
      add({ kind: "text", text: c });
      at++;
    }
  }
  while (stack.length > 1) { const parts = stack.pop()!; add({ kind: "optional", parts }); }
  return stack[0]!;
}

function checkField(pattern: string, letter: string, count: number): void {
  if (!KNOWN.includes(letter) || count > MOST[letter]! || (letter === "V" && count !== 2) || (letter === "O" && count !== 1 && count !== 4)) throw badPattern("WITH_SUGGESTION", pattern);
}

/** Letters that Spark refuses before it looks at the pattern as a whole. */
function checkLetters(pattern: string, use: "format" | "parse"): void {
  for (const letter of pattern.split("'").filter((_, i) => i % 2 === 0).join("")) {
    if (WEEK_BASED.includes(letter)) throw crossVersion("DATETIME_WEEK_BASED_PATTERN", pattern);
    if ("ABnNp".includes(letter) || (use === "parse" && "EFqQ".includes(letter))) throw badPattern("ILLEGAL_CHARACTER", pattern, letter);
  }
}

const crossVersion = (sub: string, pattern: string): AnalysisError => new AnalysisError({
  condition: `INCONSISTENT_BEHAVIOR_CROSS_VERSION.${sub}`, sqlState: "42K0B", message: `The pattern '${pattern}' means something else than before Spark 3.0, or nothing.`,
  messageParameters: { pattern: `'${pattern}'`, config: "\"spark.sql.legacy.timeParserPolicy\"", docroot: "https://spark.apache.org/docs/latest" },
});

function badPattern(sub: string, pattern: string, c?: string): AnalysisError {
  return new AnalysisError({
    condition: `INVALID_DATETIME_PATTERN.${sub}`, sqlState: "22007", message: `Unrecognized datetime pattern: '${pattern}'.${c === undefined ? "" : ` Illegal pattern character found in datetime pattern: ${c}.`}`,
    messageParameters: c === undefined ? { pattern: `'${pattern}'`, docroot: "https://spark.apache.org/docs/latest" } : { pattern, c },
  });
}

const padded = (value: number, width: number): string => {
  if (width === 1 || (width === 2 && value >= 10)) return String(value);
  return width === 2 ? `0${value}` : String(value).padStart(width, "0");
};

const usesEra = (parts: readonly Part[]): boolean => parts.some(part => (part.kind === "field" ? part.letter === "G" : part.kind === "optional" && usesEra(part.parts)));

/** A moment taken apart. */
interface Clock { readonly day: number; readonly year: number; readonly month: number; readonly dayOfMonth: number; readonly seconds: number; readonly micros: number; readonly zone: TimeZone; readonly epoch: bigint }
type Print = (clock: Clock) => string;

let lastDay = NaN, lastDate = { year: 0, month: 0, day: 0 };
/** Neighbouring rows mostly share the day. */
function clockOf(local: bigint, zone: TimeZone, epoch: bigint): Clock {
  const exact = Number(local);
  let day: number, ofDay: number;
  if (exact > -9e15 && exact < 9e15) { day = Math.floor(exact / 86_400_000_000); ofDay = exact - day * 86_400_000_000; } else { const split = splitDay(local); day = split.day; ofDay = Number(split.micros); }
  if (day !== lastDay) { lastDay = day; lastDate = civil(day); }
  const seconds = Math.floor(ofDay / 1_000_000);
  return { day, year: lastDate.year, month: lastDate.month, dayOfMonth: lastDate.day, seconds, micros: ofDay - seconds * 1_000_000, zone, epoch };
}

function printerOf(parts: readonly Part[], hasEra: boolean): Print {
  const prints = parts.map(part => (part.kind === "text" ? () => part.text : part.kind === "optional" ? printerOf(part.parts, hasEra) : fieldPrinter(part, hasEra)));
  return clock => {
    let text = "";
    for (const print of prints) text += print(clock);
    return text;
  };
}

function fieldPrinter({ letter, count, names }: FieldPart, hasEra: boolean): Print {
  switch (letter) {
    case "G": return ({ year }) => (count === 4 ? (year > 0 ? "Anno Domini" : "Before Christ") : year > 0 ? "AD" : "BC");
    case "y": return ({ year }) => {
      const shown = hasEra && year <= 0 ? 1 - year : year;
      if (count === 2) return padded(((shown % 100) + 100) % 100, 2);
      const digits = padded(Math.abs(shown), count);
      return shown < 0 ? `-${digits}` : count >= 4 && digits.length > count ? `+${digits}` : digits;
    };
    case "M": case "L": return count === 3 ? ({ month }) => names.shortMonths[month - 1]! : count === 4 ? ({ month }) => names.months[month - 1]! : ({ month }) => padded(month, count);
    case "d": return ({ dayOfMonth }) => padded(dayOfMonth, count);
    case "D": return ({ day }) => padded(dayOfYear(day), count);
    case "Q": case "q": return ({ month }) => { const q = Math.ceil(month / 3); return count === 3 ? `Q${q}` : count === 4 ? QUARTERS[q - 1]! : padded(q, count); };
    case "E": { const days = count === 4 ? names.days : names.shortDays; return ({ day }) => days[isoDayOfWeek(day) - 1]!; }
    case "F": return ({ dayOfMonth }) => padded(Math.floor((dayOfMonth - 1) / 7) + 1, count);
    case "a": return ({ seconds }) => names.halves[seconds < 43_200 ? 0 : 1]!;
    case "h": return ({ seconds }) => padded((Math.floor(seconds / 3600) + 11) % 12 + 1, count);
    case "H": return ({ seconds }) => padded(Math.floor(seconds / 3600), count);
    case "k": return ({ seconds }) => padded((Math.floor(seconds / 3600) + 23) % 24 + 1, count);
    case "K": return ({ seconds }) => padded(Math.floor(seconds / 3600) % 12, count);
    case "m": return ({ seconds }) => padded(Math.floor(seconds / 60) % 60, count);
    case "s": return ({ seconds }) => padded(seconds % 60, count);
    case "S": return ({ micros }) => padded(micros, 6).padEnd(9, "0").slice(0, count);
    case "V": return ({ zone }) => zone.id;
    default: return ({ zone, epoch }) => zoneText(letter, count, zone, epoch);
  }
}

function zoneText(letter: string, count: number, zone: TimeZone, epoch: bigint): string {
  const total = Number(zone.offsetAt(epoch) / 1_000_000n), size = Math.abs(total), sign = total < 0 ? "-" : "+";
  const h = Math.floor(size / 3600), m = Math.floor(size / 60) % 60, s = size % 60;
  const hhmm = (colon: string, withSeconds: boolean): string => `${sign}${padded(h, 2)}${colon}${padded(m, 2)}${withSeconds && s !== 0 ? `${colon}${padded(s, 2)}` : ""}`;
  switch (letter) {
    case "z": {
      if (total === 0 && (zone.id === "UTC" || zone.id === "Z")) return count === 4 ? "Coordinated Universal Time" : "UTC";
      try {
        return new Intl.DateTimeFormat("en-US", { timeZone: zone.id, timeZoneName: count === 4 ? "long" : "short" }).formatToParts(Number(epoch / 1000n)).find(p => p.type === "timeZoneName")!.value;
      } catch {
        return zone.id;
      }
    }
    case "O": return total === 0 ? "GMT" : count === 4 ? `GMT${hhmm(":", true)}` : `GMT${sign}${h}${m === 0 && s === 0 ? "" : `:${padded(m, 2)}${s === 0 ? "" : `:${padded(s, 2)}`}`}`;
    case "Z": return count <= 3 ? hhmm("", false) : count === 4 ? (total === 0 ? "GMT" : `GMT${hhmm(":", true)}`) : total === 0 ? "Z" : hhmm(":", true);
    default: {
      if (letter === "X" && total === 0) return "Z";
      if (count === 1) return m === 0 ? `${sign}${padded(h, 2)}` : hhmm("", false);
      return count === 2 ? hhmm("", false) : count === 3 ? hhmm(":", false) : count === 4 ? hhmm("", true) : hhmm(":", true);
    }
  }
}

interface Fields { era?: number; year?: number; month?: number; day?: number; dayOfYear?: number; pm?: boolean; hour12?: number; hour?: number; minute?: number; second?: number; nanos?: number; zone?: TimeZone }

function parseWith(parts: readonly Part[], text: string): ParsedMoment | null {
  const fields: Fields = {};
  const end = parseParts(parts, text, 0, fields);
  return end === text.length ? resolve(fields) : null;
}

const NUMERIC = "yMLdDHhkKmsS";
const isNumber = (part: Part | undefined): part is FieldPart => part?.kind === "field" && NUMERIC.includes(part.letter) && !((part.letter === "M" || part.letter === "L") && part.count > 2);

/** Where the parts end in the text, or -1. */
function parseParts(parts: readonly Part[], text: string, start: number, fields: Fields): number {
  let at = start;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part.kind === "text") {
      if (text.slice(at, at + part.text.length).toLowerCase() !== part.text.toLowerCase()) return -1;
      at += part.text.length;
    } else if (part.kind === "optional") {
      const copy = { ...fields }, end = parseParts(part.parts, text, at, copy);
      if (end >= 0) { Object.assign(fields, copy); at = end; }
    } else {
      // Fields side by side: the first leaves the fixed digits of those behind it.
      let reserved = 0;
      for (let j = i + 1; isNumber(parts[j]) && isNumber(part); j++) reserved += (parts[j] as FieldPart).count;
      at = parseField(part, text, at, reserved, fields);
      if (at < 0) return -1;
    }
  }
  return at;
}

function parseField(part: FieldPart, text: string, at: number, reserved: number, fields: Fields): number {
  const { letter, count, names } = part;
  if (isNumber(part)) {
    let from = at, sign = 1;
    if (letter === "y" && count !== 2 && (text[at] === "-" || text[at] === "+")) { sign = text[at] === "-" ? -1 : 1; from++; }
    let digits = 0;
    while (digits < 10 && text.charCodeAt(from + digits) >= 48 && text.charCodeAt(from + digits) <= 57) digits++;
    let take = digits;
    if (letter === "S") take = Math.min(digits, count);
    else if (count === 1) take = Math.max(1, Math.min(digits - reserved, letter === "y" ? 10 : 2));
    else if (letter === "y" && count >= 3) take = reserved > 0 ? Math.max(count, digits - reserved) : digits;
    else take = count;
    if (take > digits || take < (letter === "S" ? 1 : letter === "y" && count >= 3 ? count : 1)) return -1;
    // Longer years need their sign.
    if (letter === "y" && count >= 4 && take > count && from === at && reserved === 0) return -1;
    const value = Number(text.slice(from, from + take)) * sign;
    switch (letter) {
      case "y": fields.year = count === 2 ? 2000 + value : value; break;
      case "M": case "L": fields.month = value; break;
      case "d": fields.day = value; break;
      case "D": fields.dayOfYear = value; break;
      case "H": if (value > 23) return -1; fields.hour = value; break;
      case "k": if (value < 1 || value > 24) return -1; fields.hour = value % 24; break;
      case "h": if (value < 1 || value > 12) return -1; fields.hour12 = value % 12; break;
      case "K": if (value > 11) return -1; fields.hour12 = value; break;
      case "m": if (value > 59) return -1; fields.minute = value; break;
      case "s": if (value > 59) return -1; fields.second = value; break;
      case "S": fields.nanos = Number(text.slice(from, from + take).padEnd(9, "0")); break;
    }
    return from + take;
  }
  const rest = text.slice(at);
  // the longest that fits: one may begin as another does
  const oneOf = (texts: readonly string[]): number => texts.reduce((best, name, i) => (rest.slice(0, name.length).toLowerCase() === name.toLowerCase() && (best < 0 || name.length > texts[best]!.length) ? i : best), -1);
  switch (letter) {
    case "M": case "L": {
      const months = count === 4 ? names.months : names.shortMonths, index = oneOf(months);
      if (index < 0) return -1;
      fields.month = index + 1;
      return at + months[index]!.length;
    }
    case "a": {
      const index = oneOf(names.halves);
      if (index < 0) return -1;
      fields.pm = index === 1;
      return at + names.halves[index]!.length;
    }
    case "G": {
      const index = oneOf(["AD", "BC"]);
      if (index < 0) return -1;
      fields.era = index;
      return at + 2;
    }
    default: {
      const found = (letter === "V" || letter === "z" ? /^(?:[A-Za-z][A-Za-z0-9_+\-/:]*|[+-]\d{1,2}(?::?\d{2}){0,2})/ : /^(?:Z|GMT(?:[+-]\d{1,2}(?::?\d{2}){0,2})?|UTC|[+-]\d{2}(?::?\d{2}){0,2})/).exec(rest);
      if (found === null) return -1;
      const zone = findTimeZone(found[0]);
      if (zone === undefined) return -1;
      fields.zone = zone;
      return at + found[0].length;
    }
  }
}

function resolve(fields: Fields): ParsedMoment | null {
  const year = fields.era === 1 ? 1 - (fields.year ?? 1) : fields.year ?? 1970;
  let days: number | null;
  if (fields.dayOfYear !== undefined) {
    const leap = daysFromCivil(year + 1, 1, 1) - daysFromCivil(year, 1, 1);
    days = fields.dayOfYear < 1 || fields.dayOfYear > leap ? null : daysFromCivil(year, 1, 1) + fields.dayOfYear - 1;
  } else days = checkedDays(year, fields.month ?? 1, fields.day ?? 1);
  if (days === null) return null;
  const hour = fields.hour ?? (fields.hour12 === undefined ? 0 : fields.hour12 + (fields.pm === true ? 12 : 0));
  const seconds = hour * 3600 + (fields.minute ?? 0) * 60 + (fields.second ?? 0);
  return { localMicros: BigInt(days) * DAY_MICROS + BigInt(seconds) * 1_000_000n + BigInt(Math.floor((fields.nanos ?? 0) / 1000)), zone: fields.zone };
}

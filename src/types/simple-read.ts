/** Text as moments by patterns as they were before Spark 3: see simple-pattern.ts. */
import { isoDayOfWeek } from "./calendar.ts";
import type { DateNames } from "./date-names.ts";
import type { ParsedMoment } from "./datetime-pattern.ts";
import { DAY_MICROS } from "./datetime-text.ts";
import { fromHybrid, hybridDate, hybridDay, sundayAtOrBefore, weekFrom, weekOfYear } from "./hybrid-calendar.ts";
import { isField, type SimplePart } from "./simple-pattern.ts";
import { findTimeZone, type TimeZone } from "./time-zone.ts";

type Field = "era" | "year" | "weekYear" | "month" | "day" | "dayOfYear" | "weekday" | "weekdayInMonth" | "week" | "weekOfMonth" | "half" | "hour12" | "hour" | "minute" | "second" | "fraction";
/** What was read, and in which order: where two ways lead to a day, the one told last counts. */
interface Read { readonly values: Map<Field, number>; readonly order: Map<Field, number>; zone: TimeZone | undefined; isShortYear: boolean; digits: number }
type Names = readonly (readonly string[])[];

const NUMBERS: Readonly<Record<string, Field>> = {
  y: "year", Y: "weekYear", M: "month", L: "month", d: "day", D: "dayOfYear", F: "weekdayInMonth", w: "week", W: "weekOfMonth", u: "weekday", H: "hour", k: "hour", K: "hour12", h: "hour12", m: "minute", s: "second", S: "fraction",
};
const isNumber = (part: SimplePart | undefined): boolean => isField(part) && part.letter in NUMBERS && !(/[ML]/.test(part.letter) && part.count > 2);

export function simpleReader(parts: readonly SimplePart[], names: DateNames, lenient: boolean): (text: string, nowMicros?: bigint) => ParsedMoment | null {
  return (text, nowMicros) => {
    const read: Read = { values: new Map(), order: new Map(), zone: undefined, isShortYear: false, digits: 3 };
    let at = 0;
    for (let i = 0; i < parts.length && at >= 0; i++) {
      const part = parts[i]!;
      at = isField(part) ? readField(part, text, at, isNumber(parts[i + 1]), read, names, lenient) : text.startsWith(part.text, at) ? at + part.text.length : -1;
    }
    return at < 0 ? null : moment(read, lenient, nowMicros ?? BigInt(Date.now()) * 1000n);
  };
}

function put({ values, order }: Read, field: Field, value: number): void {
  values.set(field, value);
  order.set(field, order.size === 0 ? 1 : Math.max(...order.values()) + 1);
}

function readField({ letter, count }: { readonly letter: string; readonly count: number }, text: string, at: number, isTight: boolean, read: Read, names: DateNames, lenient: boolean): number {
  let from = at;
  while (text[from] === " " || text[from] === "\t") from++;
  const named = (field: Field, lists: Names, start: number): number => {
    const rest = text.slice(at).toLowerCase();
    for (const list of lists) {
      const found = list.reduce((best, name, i) => (rest.startsWith(name.toLowerCase()) && (best < 0 || name.length > list[best]!.length) ? i : best), -1);
      if (found < 0) continue;
      put(read, field, found + start);
      return at + list[found]!.length;
    }
    return -1;
  };
  switch (letter) {
    case "G": return named("era", [["BC", "AD"]], 0);
    case "a": return named("half", [names.halves], 0);
    case "E": return named("weekday", [names.days, names.shortDays], 1);
    case "z": case "Z": case "X": return readZone(letter === "Z" && lenient && count === 2 ? "X" : letter, letter === "Z" ? 3 : count, text, from, read);
    case "M": case "L": if (count > 2) return named("month", [names.months, names.shortMonths], 1);
  }
  // Side by side, numbers have the digits that their letters count.
  if (isTight && at + count > text.length) return -1;
  const end = isTight ? at + count : text.length, found = /^-?\d+/.exec(text.slice(from, end))?.[0];
  if (found === undefined || lenient && found.startsWith("-")) return -1;
  const value = Number(found), next = from + found.length;
  if (!lenient && (letter === "k" && (value < 1 || value > 24) || letter === "h" && (value < 1 || value > 12))) return -1;
  if (letter === "y" && count <= 2) read.isShortYear = found.length === 2 && value >= 0;
  if (letter === "S") read.digits = lenient ? count : 3;
  put(read, NUMBERS[letter]!, letter === "k" && value === 24 || letter === "h" && value === 12 ? 0 : value);
  return next;
}

/** Zones by their short names are offsets, whatever the season. Hours from UTC. */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  UTC: 0, GMT: 0, WET: 0, WEST: 1, BST: 1, CET: 1, CEST: 2, EET: 2, EEST: 3, IST: 2, IDT: 3, MSK: 3, MSD: 3, EAT: 3, CAT: 2, SAST: 2, WAT: 1, PKT: 5, NPT: 5.75, BDT: 6, MMT: 6.5, ICT: 7, WIB: 7, SGT: 8, HKT: 8, AWST: 8, JST: 9, KST: 9,
  ACST: 9.5, ACDT: 9.5, AEST: 10, AEDT: 11, CHST: 10, NZST: 12, NZDT: 13, SST: -11, HST: -10, HDT: -10, AKST: -9, AKDT: -8, PST: -8, PDT: -7, MST: -7, MDT: -6, CST: -6, CDT: -5, EST: -5, EDT: -4, AST: -4, ADT: -3, NST: -3.5, NDT: -2.5,
  BRT: -3, ART: -3, CLT: -4, COT: -5, PET: -5, ECT: -5,
};

function readZone(letter: string, count: number, text: string, at: number, read: Read): number {
  const rest = text.slice(at), offset = (sign: string, hours: number, minutes: number, end: number): number => {
    if (hours > 23 || minutes > 59) return -1;
    const two = (n: number): string => String(n).padStart(2, "0");
    read.zone = findTimeZone(`${sign}${two(hours)}:${two(minutes)}`);
    return read.zone === undefined ? -1 : at + end;
  };
  if (letter === "X") {
    const found = (count === 1 ? /^([+-])(\d\d)()/ : count === 2 ? /^([+-])(\d\d)(\d\d)/ : /^([+-])(\d\d?):(\d\d)/).exec(rest);
    return rest[0] === "Z" ? offset("+", 0, 0, 1) : found === null ? -1 : offset(found[1]!, Number(found[2]), Number(found[3]), found[0].length);
  }
  const plain = /^([+-])(\d\d)(\d\d)/.exec(rest), named = /^GMT(?:([+-])(\d\d?):(\d\d))?/i.exec(rest);
  if (plain !== null) return offset(plain[1]!, Number(plain[2]), Number(plain[3]), plain[0].length);
  if (named !== null) return offset(named[1] ?? "+", Number(named[2] ?? 0), Number(named[3] ?? 0), named[0].length);
  const word = /^[A-Za-z]+/.exec(rest)?.[0].toUpperCase() ?? "";
  for (let length = word.length; length > 2; length--) {
    const hours = ABBREVIATIONS[word.slice(0, length)];
    if (hours !== undefined) return offset(hours < 0 ? "-" : "+", Math.floor(Math.abs(hours)), (Math.abs(hours) % 1) * 60, length);
  }
  return -1;
}

function moment(read: Read, lenient: boolean, nowMicros: bigint): ParsedMoment | null {
  const get = (field: Field, otherwise: number): number => read.values.get(field) ?? otherwise;
  const now = civilNow(nowMicros);
  let year = get("year", 1970);
  // Two digits name the year from 80 years ago on.
  if (read.isShortYear) { const from = now.year - 80; year += Math.floor(from / 100) * 100 + (year < from % 100 ? 100 : 0); }
  let day = dayOf(read, year);
  if (read.isShortYear && day < hybridDay(now.year - 80, now.month, now.day)) day = dayOf(read, year + (year === now.year - 80 ? 100 : 0));
  const hourTold = read.order.get("hour") ?? 0, hour12Told = read.order.get("hour12") ?? 0, halfTold = read.order.get("half") ?? 0;
  const hour = hourTold > 0 && (hour12Told === 0 || halfTold === 0 || hourTold > Math.max(hour12Told, halfTold)) ? get("hour", 0) : get("hour12", 0) + 12 * get("half", 0), minute = get("minute", 0), second = get("second", 0), fraction = get("fraction", 0);
  if (!lenient && !(isDayRight(read, day, read.isShortYear) && isTimeRight(read, hour, minute, second, fraction))) return null;
  const micros = BigInt(Math.floor(fraction * 10 ** (6 - read.digits)));
  return { localMicros: BigInt(day) * DAY_MICROS + BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n + micros + BigInt(fromHybrid(day) - day) * DAY_MICROS, zone: read.zone };
}

const civilNow = (micros: bigint): ReturnType<typeof hybridDate> => hybridDate(Number(micros / DAY_MICROS));
const weekdayAtOrBefore = (day: number, weekday: number): number => day - ((isoDayOfWeek(day) - weekday + 7) % 7);

/** The day by what was told last: a day of the month, of the year, or a week with its weekday. */
function dayOf({ values, order }: Read, shownYear: number): number {
  const told = (field: Field): number => order.get(field) ?? 0, pair = (a: Field, b: Field): number => (told(a) === 0 || told(b) === 0 ? 0 : Math.max(told(a), told(b)));
  const get = (field: Field, otherwise: number): number => values.get(field) ?? otherwise;
  const weekYear = told("weekYear") > told("year"), year = weekYear ? get("weekYear", 1970) : get("era", 1) === 0 ? 1 - shownYear : shownYear;
  const weekday = get("weekday", 7), sunday = weekday === 7, inWeek = (start: number): number => (sunday ? start : start + weekday);
  if (weekYear) return inWeek(sundayAtOrBefore(hybridDay(year, 1, 1)) + 7 * (get("week", 1) - 1));
  const first = hybridDay(year, get("month", 1), 1);
  let best = Math.max(told("day"), pair("weekOfMonth", "weekday"), pair("weekdayInMonth", "weekday"), told("dayOfYear"), pair("week", "weekday"));
  let byMonthWeek = pair("weekOfMonth", "weekday"), byWeekdayInMonth = pair("weekdayInMonth", "weekday"), byWeek = pair("week", "weekday");
  if (best === 0) {
    byMonthWeek = told("weekOfMonth"); byWeekdayInMonth = Math.max(told("weekdayInMonth"), told("weekday")); byWeek = told("week");
    best = Math.max(byMonthWeek, byWeekdayInMonth, byWeek);
  }
  if (best === 0 || best === told("day")) return hybridDay(year, get("month", 1), get("day", 1));
  if (best === told("dayOfYear")) return hybridDay(year, 1, 1) + get("dayOfYear", 1) - 1;
  if (best === byMonthWeek) return inWeek(sundayAtOrBefore(first) + 7 * (get("weekOfMonth", 1) - 1));
  if (best === byWeekdayInMonth) {
    const nth = get("weekdayInMonth", 1), last = hybridDay(year, get("month", 1) + 1, 1) - 1;
    return nth >= 0 ? weekdayAtOrBefore(first + 7 * nth - 1, weekday) : weekdayAtOrBefore(last + 7 * (nth + 1), weekday);
  }
  return inWeek(sundayAtOrBefore(hybridDay(year, 1, 1)) + 7 * (get("week", 1) - 1));
}

/** Whether a day is as it was told in each of its fields. */
function isDayRight({ values }: Read, day: number, isShortYear: boolean): boolean {
  const date = hybridDate(day), month = hybridDay(date.year, date.month, 1), is = (field: Field, value: number): boolean => (values.get(field) ?? value) === value, ofEra = date.year <= 0 ? 1 - date.year : date.year;
  return (isShortYear || is("year", ofEra)) && is("month", date.month) && is("day", date.day) && is("weekday", isoDayOfWeek(day)) && is("dayOfYear", day - hybridDay(date.year, 1, 1) + 1)
    && is("weekdayInMonth", Math.floor((day - month) / 7) + 1) && is("weekOfMonth", weekFrom(month, day)) && is("week", weekOfYear(day).week);
}

function isTimeRight({ values }: Read, hour: number, minute: number, second: number, fraction: number): boolean {
  const hour12 = values.get("hour12"), half = values.get("half");
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60 && fraction >= 0 && fraction < 1000 && (hour12 ?? hour % 12) === hour % 12 && (half ?? Math.floor(hour / 12)) === Math.floor(hour / 12)
    && (values.get("hour") ?? hour) === hour;
}

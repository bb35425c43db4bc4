/**
 * Patterns as they were before Spark 3, which `spark.sql.legacy.timeParserPolicy=LEGACY` brings back: those of java.text.SimpleDateFormat (what
 * its documentation says of its letters), on the calendar of java.util. In functions a text must hold a day that there is, and what
 * stands behind is let go; a fraction is a number of milliseconds. In the options of JSON, CSV and XML (`lenient`) days and hours past their
 * end count on, and a fraction has microseconds.
 */
import { isoDayOfWeek } from "./calendar.ts";
import { dateNames, type DateNames } from "./date-names.ts";
import { clockOf, padded } from "./datetime-print.ts";
import type { DatetimePattern } from "./datetime-pattern.ts";
import { hybridDate, hybridDay, toHybrid, weekFrom, weekOfYear } from "./hybrid-calendar.ts";
import { simpleReader } from "./simple-read.ts";
import type { TimeZone } from "./time-zone.ts";
import { zoneName } from "./zone-names.ts";

export type SimplePart = { readonly letter: ""; readonly text: string } | { readonly letter: string; readonly count: number };
export const isField = (part: SimplePart | undefined): part is Extract<SimplePart, { count: number }> => part !== undefined && part.letter !== "";

const LETTERS = /^(?:[GyYMLwWDdFEuaHkKhmsSzZ]|X{1,3}(?!X)|[^A-Za-z'X]|'(?:[^']|'')*')*$/;
/** Whether there is such a pattern. */
export const isSimplePattern = (pattern: string): boolean => LETTERS.test(pattern);

/** A pattern that isSimplePattern says is one. */
export function simplePattern(pattern: string, lenient: boolean, locale?: string): DatetimePattern {
  const names = dateNames(locale), parts = partsOf(pattern), print = parts.map(part => (isField(part) ? printer(part.letter, part.count, names, lenient) : () => (part as { text: string }).text));
  return {
    format: (local, zone, epoch) => {
      const { day, seconds, micros } = clockOf(local, zone, epoch), date = toHybrid(day), moment = { ...hybridDate(date), date, seconds, micros, zone, epoch };
      return print.map(one => one(moment)).join("");
    },
    parse: simpleReader(parts, names, lenient), fixed: undefined,
  };
}

function partsOf(pattern: string): readonly SimplePart[] {
  const parts: SimplePart[] = [];
  for (const [found, quoted] of pattern.matchAll(/''|'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']/g)) {
    parts.push(quoted !== undefined ? { letter: "", text: quoted.replaceAll("''", "'") } : /^[A-Za-z]/.test(found) ? { letter: found[0]!, count: found.length } : { letter: "", text: found === "''" ? "'" : found });
  }
  return parts;
}

/** `date`: days since 1970-01-01. */
interface Moment { readonly date: number; readonly year: number; readonly month: number; readonly day: number; readonly seconds: number; readonly micros: number; readonly zone: TimeZone; readonly epoch: bigint }

function printer(letter: string, count: number, names: DateNames, lenient: boolean): (moment: Moment) => string {
  const text = (value: number): string => String(value).padStart(count, "0");
  const ofEra = (year: number): string => { const shown = year <= 0 ? 1 - year : year; return count === 2 ? padded(shown % 100, 2) : String(shown).padStart(lenient ? Math.max(count, 4) : count, "0"); };
  switch (letter) {
    case "G": return ({ year }) => (year > 0 ? "AD" : "BC");
    case "y": return ({ year }) => ofEra(year);
    case "Y": return ({ date }) => ofEra(weekOfYear(date).year);
    case "M": case "L": return count > 2 ? ({ month }) => (count === 3 ? names.shortMonths : names.months)[month - 1]! : ({ month }) => text(month);
    case "d": return ({ day }) => text(day);
    case "D": return ({ date, year }) => text(date - hybridDay(year, 1, 1) + 1);
    case "F": return ({ date, year, month }) => text(Math.floor((date - hybridDay(year, month, 1)) / 7) + 1);
    case "w": return ({ date }) => text(weekOfYear(date).week);
    case "W": return ({ date, year, month }) => text(weekFrom(hybridDay(year, month, 1), date));
    case "E": return ({ date }) => (count > 3 ? names.days : names.shortDays)[isoDayOfWeek(date) - 1]!;
    case "u": return ({ date }) => text(isoDayOfWeek(date));
    case "a": return ({ seconds }) => names.halves[seconds < 43_200 ? 0 : 1]!;
    case "H": return ({ seconds }) => text(Math.floor(seconds / 3600));
    case "k": return ({ seconds }) => text((Math.floor(seconds / 3600) + 23) % 24 + 1);
    case "K": return ({ seconds }) => text(Math.floor(seconds / 3600) % 12);
    case "h": return ({ seconds }) => text((Math.floor(seconds / 3600) + 11) % 12 + 1);
    case "m": return ({ seconds }) => text(Math.floor(seconds / 60) % 60);
    case "s": return ({ seconds }) => text(seconds % 60);
    case "S": return lenient ? ({ micros }) => String(micros).padStart(6, "0").padEnd(count, "0").slice(0, count) : ({ micros }) => text(Math.floor(micros / 1000));
    case "z": return ({ zone, epoch }) => zoneName(zone, epoch, count > 3 ? "long" : "short");
    default: return ({ zone, epoch }) => offsetText(letter === "Z" && lenient && count === 2 ? "X" : letter, letter === "Z" ? count === 2 && lenient ? 3 : 2 : count, zone, epoch);
  }
}

function offsetText(letter: string, count: number, zone: TimeZone, epoch: bigint): string {
  const total = Number(zone.offsetAt(epoch) / 60_000_000n), size = Math.abs(total);
  if (letter === "X" && total === 0) return "Z";
  return `${total < 0 ? "-" : "+"}${padded(Math.floor(size / 60), 2)}${count === 1 ? "" : `${count === 3 ? ":" : ""}${padded(size % 60, 2)}`}`;
}

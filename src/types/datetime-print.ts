/** Moments as text by the parts of a pattern. */
import { dayOfYear, isoDayOfWeek, splitDay } from "./calendar.ts";
import { civil } from "./civil.ts";
import { MODIFIED_JULIAN_EPOCH, type FieldPart, type Part } from "./datetime-parts.ts";
import type { TimeZone } from "./time-zone.ts";
import { zoneName } from "./zone-names.ts";

const QUARTERS = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];

export const padded = (value: number, width: number): string => {
  if (width === 1 || (width === 2 && value >= 10)) return String(value);
  return width === 2 ? `0${value}` : String(value).padStart(width, "0");
};

export const usesEra = (parts: readonly Part[]): boolean => parts.some(part => (part.kind === "field" ? part.letter === "G" : part.kind === "optional" && usesEra(part.parts)));

/** A moment taken apart. */
export interface Clock { readonly day: number; readonly year: number; readonly month: number; readonly dayOfMonth: number; readonly seconds: number; readonly micros: number; readonly zone: TimeZone; readonly epoch: bigint }
export type Print = (clock: Clock) => string;

let lastDay = NaN, lastDate = { year: 0, month: 0, day: 0 };
/** Neighbouring rows mostly share the day. */
export function clockOf(local: bigint, zone: TimeZone, epoch: bigint): Clock {
  const exact = Number(local);
  let day: number, ofDay: number;
  if (exact > -9e15 && exact < 9e15) { day = Math.floor(exact / 86_400_000_000); ofDay = exact - day * 86_400_000_000; } else { const split = splitDay(local); day = split.day; ofDay = Number(split.micros); }
  if (day !== lastDay) { lastDay = day; lastDate = civil(day); }
  const seconds = Math.floor(ofDay / 1_000_000);
  return { day, year: lastDate.year, month: lastDate.month, dayOfMonth: lastDate.day, seconds, micros: ofDay - seconds * 1_000_000, zone, epoch };
}

export function printerOf(parts: readonly Part[], hasEra: boolean): Print {
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
    case "F": return ({ dayOfMonth }) => padded((dayOfMonth - 1) % 7 + 1, count);
    case "g": return ({ day }) => padded(day + MODIFIED_JULIAN_EPOCH, count);
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
    case "z": return zoneName(zone, epoch, count === 4 ? "long" : "short");
    case "v": return zoneName(zone, epoch, count === 4 ? "longGeneric" : "shortGeneric");
    case "O": return total === 0 ? "GMT" : count === 4 ? `GMT${hhmm(":", true)}` : `GMT${sign}${h}${m === 0 && s === 0 ? "" : `:${padded(m, 2)}${s === 0 ? "" : `:${padded(s, 2)}`}`}`;
    case "Z": return count <= 3 ? hhmm("", false) : count === 4 ? (total === 0 ? "GMT" : `GMT${hhmm(":", true)}`) : total === 0 ? "Z" : hhmm(":", true);
    default: {
      if (letter === "X" && total === 0) return "Z";
      if (count === 1) return m === 0 ? `${sign}${padded(h, 2)}` : hhmm("", false);
      return count === 2 ? hhmm("", false) : count === 3 ? hhmm(":", false) : count === 4 ? hhmm("", true) : hhmm(":", true);
    }
  }
}

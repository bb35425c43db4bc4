/**
 * The calendar of java.util: Julian up to 1582-10-04, Gregorian from 1582-10-15 on. Patterns that are read as before Spark 3 show its weekdays
 * and days of the year. A date keeps its numbers between this calendar and the other; one that the other doesn't have is the next that it has.
 */
import { isoDayOfWeek } from "./calendar.ts";
import { civil, daysFromCivil } from "./civil.ts";

/** 1582-10-15. */
const GREGORIAN_FROM = -141_427;

/** Days since 1970-01-01 of a date of the calendar; months and days past their end count on. */
export function hybridDay(year: number, month: number, day: number): number {
  const months = year * 12 + month - 1, y = Math.floor(months / 12), m = months - y * 12 + 1, gregorian = daysFromCivil(y, m, 1) + day - 1;
  return gregorian >= GREGORIAN_FROM ? gregorian : julianDay(y, m, 1) + day - 1;
}

/** J. Meeus, "Astronomical Algorithms", chapter 7, in whole numbers. */
function julianDay(year: number, month: number, day: number): number {
  const early = month <= 2 ? 1 : 0, y = year + 4800 - early, m = month + 12 * early - 3;
  return day + Math.floor((153 * m + 2) / 5) + 365 * y + Math.floor(y / 4) - 32_083 - 2_440_588;
}

export function hybridDate(day: number): { readonly year: number; readonly month: number; readonly day: number } {
  if (day >= GREGORIAN_FROM) return civil(day);
  const c = day + 2_440_588 + 32_082, d = Math.floor((4 * c + 3) / 1461), e = c - Math.floor((1461 * d) / 4), m = Math.floor((5 * e + 2) / 153);
  return { year: d - 4800 + Math.floor(m / 10), month: m + 3 - 12 * Math.floor(m / 10), day: e - Math.floor((153 * m + 2) / 5) + 1 };
}

/** The day that has the date of another calendar's day. */
export function toHybrid(epochDay: number): number {
  if (epochDay >= GREGORIAN_FROM - 10) return Math.max(epochDay, GREGORIAN_FROM);
  const { year, month, day } = civil(epochDay);
  return hybridDay(year, month, day);
}
export function fromHybrid(day: number): number {
  if (day >= GREGORIAN_FROM) return day;
  const date = hybridDate(day);
  return daysFromCivil(date.year, date.month, 1) + date.day - 1;
}

/** Weeks begin on Sunday; the first has the first day of its month or year. `start`: that day. */
export const weekFrom = (start: number, day: number): number => Math.floor((day - sundayAtOrBefore(start)) / 7) + 1;
export const sundayAtOrBefore = (day: number): number => day - (isoDayOfWeek(day) % 7);

/** The week of the year of a day, and the year it counts to. */
export function weekOfYear(day: number): { readonly week: number; readonly year: number } {
  const { year } = hybridDate(day), next = hybridDay(year + 1, 1, 1);
  return day >= sundayAtOrBefore(next) ? { week: 1, year: year + 1 } : { week: weekFrom(hybridDay(year, 1, 1), day), year };
}

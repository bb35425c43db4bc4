/** Arithmetic of days, months and instants: what date functions and intervals need. */
import { DAY_MICROS, daysInMonth } from "./datetime-text.ts";
import type { TimeZone } from "./time-zone.ts";
import { civil, daysFromCivil, floorDivide } from "./civil.ts";

/** Days later by months; a day past the month's end is its last day. */
export function addMonthsToDays(epochDay: number, months: number): number {
  const { year, month, day } = civil(epochDay);
  const total = year * 12 + month - 1 + months, toYear = Math.floor(total / 12), toMonth = total - toYear * 12 + 1;
  return daysFromCivil(toYear, toMonth, Math.min(day, daysInMonth(toYear, toMonth)));
}

/** Splits local microseconds into the day and the microseconds of the day. */
export function splitDay(localMicros: bigint): { readonly day: number; readonly micros: bigint } {
  const day = floorDivide(localMicros, DAY_MICROS);
  return { day: Number(day), micros: localMicros - day * DAY_MICROS };
}

/** A wall clock later by months. */
export function addMonthsToLocal(localMicros: bigint, months: number): bigint {
  const { day, micros } = splitDay(localMicros);
  return BigInt(addMonthsToDays(day, months)) * DAY_MICROS + micros;
}

/** An instant later by months, then days of the zone's clock, then microseconds. Without a zone: a wall clock. */
export function addToTimestamp(epochMicros: bigint, months: number, days: number, micros: bigint, zone: TimeZone | undefined): bigint {
  if (months === 0 && days === 0) return epochMicros + micros;
  const local = addMonthsToLocal(zone === undefined ? epochMicros : zone.toLocal(epochMicros), months) + BigInt(days) * DAY_MICROS;
  return (zone === undefined ? local : zone.toInstant(local)) + micros;
}

/** 1 is Monday, 7 Sunday. */
export const isoDayOfWeek = (epochDay: number): number => ((((epochDay + 3) % 7) + 7) % 7) + 1;

export function dayOfYear(epochDay: number): number {
  return epochDay - daysFromCivil(civil(epochDay).year, 1, 1) + 1;
}

/** ISO week of the year and the year it belongs to. */
export function isoWeek(epochDay: number): { readonly week: number; readonly year: number } {
  const thursday = epochDay - isoDayOfWeek(epochDay) + 4, { year } = civil(thursday);
  return { week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1, year };
}

export { daysInMonth };

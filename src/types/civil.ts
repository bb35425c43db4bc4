/** Days of the calendar from and to year, month, day (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"), and texts of days and times. */

export const MICROS_PER_DAY = 86_400_000_000n;

export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year, era = Math.floor(y / 400), yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

export function civil(epochDay: number): { year: number; month: number; day: number } {
  const z = epochDay + 719_468, era = Math.floor(z / 146_097), dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153), month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1 };
}

export function addMonths(epochMicros: bigint, months: number): bigint {
  if (months === 0) return epochMicros;
  const days = floorDivide(epochMicros, MICROS_PER_DAY), { year, month, day } = civil(Number(days));
  const total = year * 12 + month - 1 + months, toYear = Math.floor(total / 12), toMonth = total - toYear * 12 + 1;
  const last = daysFromCivil(toMonth === 12 ? toYear + 1 : toYear, toMonth === 12 ? 1 : toMonth + 1, 1) - daysFromCivil(toYear, toMonth, 1);
  return BigInt(daysFromCivil(toYear, toMonth, Math.min(day, last))) * MICROS_PER_DAY + epochMicros - days * MICROS_PER_DAY;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

export const two = (n: number): string => String(n).padStart(2, "0");
export const yearText = (year: number): string =>
  year >= 0 && year <= 9999 ? String(year).padStart(4, "0") : `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(6, "0")}`;

/** `2026-03-01T00:00:00.5` of microseconds on a wall clock. */
export function localText(epochMicros: bigint, separator = "T"): string {
  const days = floorDivide(epochMicros, MICROS_PER_DAY), { year, month, day } = civil(Number(days));
  return `${yearText(year)}-${two(month)}-${two(day)}${separator}${timeText(Number(epochMicros - days * MICROS_PER_DAY))}`;
}

/** `01:02:03.5` of microseconds of a day. */
export function timeText(microsOfDay: number): string {
  const seconds = Math.floor(microsOfDay / 1_000_000), micros = microsOfDay % 1_000_000;
  const fraction = micros === 0 ? "" : `.${String(micros).padStart(6, "0").replace(/0+$/, "")}`;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fraction}`;
}

export function parseTimeOfDay(text: string): number | undefined {
  const parts = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?$/.exec(text);
  if (parts === null) return undefined;
  const hour = Number(parts[1]), minute = Number(parts[2]), second = Number(parts[3] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return (hour * 3600 + minute * 60 + second) * 1_000_000 + Number((parts[4] ?? "").slice(0, 6).padEnd(6, "0"));
}

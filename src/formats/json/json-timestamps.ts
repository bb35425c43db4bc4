/** Timestamps as the JSON and CSV writers of Spark put them, and ranges of wall-clock times that the kernel can turn into instants. */
import type { TimeZone } from "../../types/time-zone.ts";
import { civil } from "../../types/civil.ts";

const DAY_MICROS = 86_400_000_000n;

export function floorDivide(a: bigint, b: bigint): bigint {
  return a % b < 0n ? a / b - 1n : a / b;
}

const two = (value: number): string => value < 10 ? `0${value}` : String(value);

/** `2020-02-29`; years past 9999 with a plus sign, before 0 with a minus. */
export function isoDateText(days: number): string {
  const { year, month, day } = civil(days);
  return `${year < 0 ? "-" : year > 9999 ? "+" : ""}${String(Math.abs(year)).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** `yyyy-MM-dd'T'HH:mm:ss.SSS` of wall-clock microseconds; finer digits are cut off. */
export function isoMillisText(localMicros: bigint): string {
  const day = floorDivide(localMicros, DAY_MICROS), millis = Number((localMicros - day * DAY_MICROS) / 1000n);
  const second = Math.floor(millis / 1000);
  return `${isoDateText(Number(day))}T${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}.${String(millis % 1000).padStart(3, "0")}`;
}

/** The same of an instant in a zone, with its offset as the pattern letters XXX print it: `Z` or `+01:00`. */
export function isoMillisZonedText(epochMicros: bigint, zone: TimeZone): string {
  const local = zone.toLocal(epochMicros), text = isoMillisText(local), offset = local - epochMicros;
  if (offset === 0n) return `${text}Z`;
  const minutes = Math.trunc(Math.abs(Number(offset)) / 60_000_000);
  return `${text}${offset < 0n ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Wall-clock times `[from, to)` that all exist once and are `offset` ahead of UTC. */
export interface SteadyRange { readonly from: bigint; readonly to: bigint; readonly offset: bigint }

const UTC_OFFSETS = /^(?:Z|UTC|GMT|UT|(?:UTC|GMT|UT)?[+-].*)$/;

/** All times, in a zone that is an offset; else the two weeks around a wall-clock time, unless the clocks change near them. */
export function steadyRange(zone: TimeZone, localMicros: bigint): SteadyRange | undefined {
  if (UTC_OFFSETS.test(zone.id)) return { from: -(2n ** 62n), to: 2n ** 62n, offset: zone.toLocal(0n) };
  const offset = zone.toLocal(localMicros) - localMicros;
  for (let day = -16n; day <= 16n; day++) {
    const at = localMicros + day * DAY_MICROS;
    if (zone.toLocal(at) - at !== offset) return undefined;
  }
  return { from: localMicros - 14n * DAY_MICROS, to: localMicros + 14n * DAY_MICROS, offset };
}

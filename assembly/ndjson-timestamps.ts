// Dates and times in their ISO forms. Whatever else Spark reads as a timestamp or date is left to JavaScript.
import { eightDigits, nonDigits } from "./ndjson-numbers";
import { POWERS_OF_TEN } from "./ndjson-state";

const DAY_MICROS: i64 = 86400000000;

export const ZONE_NONE: u32 = 0;
export const ZONE_GIVEN: u32 = 1;

let cachedHead: u64 = 0;
let cachedTail: u32 = 0;
let cachedDays: i64 = 0;

/** Days since 1970-01-01 in the Gregorian calendar; y may be any year from 0 on (after Hinnant, "chrono-compatible low-level date algorithms"). */
@inline function daysFromCivil(y: i32, m: i32, d: i32): i64 {
  const year = m <= 2 ? y - 1 : y;
  const era = (year >= 0 ? year : year - 399) / 400;
  const yearOfEra = year - era * 400;
  const dayOfYear = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return <i64>era * 146097 + <i64>(yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear) - 719468;
}

@inline function daysInMonth(y: i32, m: i32): i32 {
  return m == 2 ? (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28) : 30 + ((m + (m >> 3)) & 1);
}

export let dateDays: i64 = 0;
/** Reads yyyy-MM-dd at p into dateDays. The last date is remembered: neighbours mostly share it. */
@inline export function readDate(p: usize): bool {
  const head = load<u64>(p), tail = <u32>load<u16>(p + 8);
  if (head == cachedHead && tail == cachedTail) { dateDays = cachedDays; return true; }
  return readNewDate(head, tail);
}

function readNewDate(head: u64, tail: u32): bool {
  const x = head ^ 0x2D30302D30303030;
  if ((x & 0xFFF0F0FFF0F0F0F0) | ((x + 0x0006060006060606) & 0xF0F000F0F0F0F0)) return false;
  const d1 = (tail & 255) - 48, d2 = (tail >> 8) - 48;
  if (d1 > 9 || d2 > 9) return false;
  const y = <i32>((x & 15) * 1000 + ((x >> 8) & 15) * 100 + ((x >> 16) & 15) * 10 + ((x >> 24) & 15));
  const m = <i32>(((x >> 40) & 15) * 10 + ((x >> 48) & 15)), d = <i32>(d1 * 10 + d2);
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) return false;
  dateDays = daysFromCivil(y, m, d);
  cachedHead = head;
  cachedTail = tail;
  cachedDays = dateDays;
  return true;
}

/** Local microseconds, or with ZONE_GIVEN microseconds since the epoch. */
export let timeMicros: i64 = 0;
export let timeZoneKind: u32 = 0;

/** Reads `yyyy-MM-dd[T ]HH:mm:ss[.fraction][Z|+hh:mm|-hh:mm]` that fills [p, end). */
@inline export function readTimestamp(p: usize, end: usize): bool {
  if (end - p < 19 || !readDate(p)) return false;
  const separator = load<u8>(p + 10);
  if (separator != 0x54 && separator != 0x20) return false;
  const x = load<u64>(p + 11) ^ 0x30303A30303A3030;
  if ((x & 0xF0F0FFF0F0FFF0F0) | ((x + 0x0606000606000606) & 0xF0F000F0F000F0F0)) return false;
  const pairs = x * 10 + (x >> 8);
  const hour = pairs & 255, minute = (pairs >> 24) & 255, second = (pairs >> 48) & 255;
  if (hour > 23 || minute > 59 || second > 59) return false;
  let micros = ((hour * 60 + minute) * 60 + second) * 1000000;
  p += 19;
  if (load<u8>(p) == 0x2e) {
    const c = load<u64>(p + 1), stops = nonDigits(c), n = stops ? <u32>ctz(stops) >> 3 : 8;
    if (n == 0) return false;
    const fraction = eightDigits(c << (64 - (n << 3)));
    if (n <= 6) micros += fraction * load<u64>(POWERS_OF_TEN + (<usize>(6 - n) << 3));
    else micros += n == 7 ? fraction / 10 : fraction / 100;
    p += 1 + n;
    if (n == 8 && <u32>load<u8>(p) - 48 < 10) p++;   // nanoseconds; digits past micros are cut off
  }
  let local = dateDays * DAY_MICROS + <i64>micros;
  timeZoneKind = ZONE_NONE;
  if (p != end) {
    timeZoneKind = ZONE_GIVEN;
    const sign = load<u8>(p);
    if (sign == 0x5a) p++;
    else if (sign == 0x2b || sign == 0x2d) {
      const w = load<u32>(p + 1);
      const h1 = (w & 255) - 48, h2 = ((w >> 8) & 255) - 48, m1 = (w >> 24) - 48, m2 = <u32>load<u8>(p + 5) - 48;
      if (h1 > 1 || h2 > 9 || h1 * 10 + h2 > 17 || m1 > 5 || m2 > 9 || ((w >> 16) & 255) != 0x3a) return false;
      const offset = <i64>((h1 * 10 + h2) * 60 + m1 * 10 + m2) * 60000000;
      local += sign == 0x2b ? -offset : offset;
      p += 6;
    } else return false;
    if (p != end) return false;
  }
  timeMicros = local;
  return true;
}

// Kernels over days (i32 since the epoch) and moments (i64 microseconds). Calendar after Hinnant, "chrono-compatible
// low-level date algorithms". Rows and masks as in expression-select; kernels that can fail return the first failing row, or -1.
import { rowOf } from "./expression-select";
import { fillMasks } from "./ndjson-state";
import { ZONE_NONE, readDate, readTimestamp, timeMicros, timeZoneKind, dateDays } from "./ndjson-timestamps";
import { doubleValue, isFloatSafe, isNegative, readDecimal, toDouble } from "./ndjson-numbers";

const DAY_MICROS: i64 = 86400000000;

let year: i64 = 0, month: i64 = 0, day: i64 = 0;
// @ts-ignore: decorator
@inline function split(days: i64): void {
  const z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, dayOfEra = z - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100), shifted = (5 * dayOfYear + 2) / 153;
  day = dayOfYear - (153 * shifted + 2) / 5 + 1;
  month = shifted < 10 ? shifted + 3 : shifted - 9;
  year = yearOfEra + era * 400 + <i64>(month <= 2);
}

// @ts-ignore: decorator
@inline function join(y: i64, m: i64, d: i64): i64 {
  const shifted = m <= 2 ? y - 1 : y, era = (shifted >= 0 ? shifted : shifted - 399) / 400, yearOfEra = shifted - era * 400;
  const dayOfYear = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

// @ts-ignore: decorator
@inline function lengthOf(y: i64, m: i64): i64 {
  return m == 2 ? (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28) : 30 + ((m + (m >> 3)) & 1);
}

// @ts-ignore: decorator
@inline function floored(a: i64, b: i64): i64 {
  const q = a / b;
  return q * b > a ? q - 1 : q;
}

/** 0 is Monday. */
// @ts-ignore: decorator
@inline function weekday(days: i64): i64 {
  const w = (days + 3) % 7;
  return w < 0 ? w + 7 : w;
}

/** 0 day of the year, 1 ISO week, 2 its year, 3 last day of the month; the first day of 4 the year, 5 the quarter, 6 the month, 7 the week; 8 the weekday from Monday, 0. */
// @ts-ignore: decorator
@inline function fieldOf(field: u32, days: i64): i64 {
  if (field == 8) return weekday(days);
  if (field == 7) return days - weekday(days);
  if (field == 1 || field == 2) {
    const thursday = days - weekday(days) + 3;
    split(thursday);
    return field == 2 ? year : (thursday - join(year, 1, 1)) / 7 + 1;
  }
  split(days);
  if (field == 0) return days - join(year, 1, 1) + 1;
  if (field == 3) return join(year, month, lengthOf(year, month));
  return join(year, field == 4 ? 1 : field == 5 ? month - (month - 1) % 3 : month, 1);
}

export function dayPart(field: u32, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<i32>(out + (r << 2), <i32>fieldOf(field, <i64>load<i32>(a + ((r & <usize>am) << 2))));
  }
}

/** Moments of a clock to the start of a unit of days (fields 4 to 7 of dayPart). */
export function truncateMoments(field: u32, a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<i64>(out + (r << 3), fieldOf(field, floored(load<i64>(a + ((r & <usize>am) << 3)), DAY_MICROS)) * DAY_MICROS);
  }
}

/** Days later by months; a day past the month's end is its last day. */
export function addMonths(a: usize, am: u32, b: usize, bm: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    split(<i64>load<i32>(a + ((r & <usize>am) << 2)));
    const total = year * 12 + month - 1 + <i64>load<i32>(b + ((r & <usize>bm) << 2)), y = floored(total, 12), m = total - y * 12 + 1;
    store<i32>(out + (r << 2), <i32>join(y, m, min<i64>(day, lengthOf(y, m))));
  }
}

/** Whole numbers (kinds 1 i8 to 4 i64) times a factor, as i64; fails beyond 64 bits. */
export function scaleWhole(kind: u32, factor: i64, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  const limit = i64.MAX_VALUE / factor;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), m = r & <usize>am;
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    const x: i64 = kind == 4 ? load<i64>(a + (m << 3)) : kind == 3 ? <i64>load<i32>(a + (m << 2)) : kind == 2 ? <i64>load<i16>(a + (m << 1)) : <i64>load<i8>(a + m);
    if (x > limit || x < -limit) return <i32>r;
    store<i64>(out + (r << 3), x * factor);
  }
  return -1;
}

/** Days as microseconds of their start. */
export function daysToMoments(a: usize, am: u32, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i);
    store<i64>(out + (r << 3), <i64>load<i32>(a + ((r & <usize>am) << 2)) * DAY_MICROS);
  }
}

// The offsets of a zone are a table: `spans` entries of (i64 first instant, i64 offset), ascending, and behind the last one
// the instant that it ends at. Nothing outside is known.
let span: usize = 0;
// @ts-ignore: decorator
@inline function isIn(table: usize, at: usize, t: i64): bool {
  return t >= load<i64>(table + (at << 4)) && t < load<i64>(table + (at << 4), 16);
}
/** The offset at an instant, which must be in the table; the last span is tried first. */
// @ts-ignore: decorator
@inline function offsetAt(table: usize, spans: usize, t: i64): i64 {
  if (span >= spans || !isIn(table, span, t)) {
    let low: usize = 0, high = spans - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (load<i64>(table + (middle << 4)) <= t) low = middle;
      else high = middle - 1;
    }
    span = low;
  }
  return load<i64>(table + (span << 4), 8);
}

/** Instants to what the clocks of a zone show (`toLocal` 1), or back. Fails where the table ends; one of no spans knows nothing. */
export function shiftMoments(toLocal: u32, table: usize, spans: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  const from = load<i64>(table), to = load<i64>(table + (<usize>spans << 4)), margin = toLocal != 0 ? 0 : 2 * DAY_MICROS;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), t = load<i64>(a + ((r & <usize>am) << 3));
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    if (t < from + margin || t >= to - margin) return <i32>r;
    if (toLocal != 0) { store<i64>(out + (r << 3), t + offsetAt(table, spans, t)); continue; }
    // Later by the jump where the clocks jump over a time, the earlier one where they show it twice.
    const earlier = offsetAt(table, spans, t - DAY_MICROS), later = offsetAt(table, spans, t + DAY_MICROS);
    const offset = earlier == later || offsetAt(table, spans, t - earlier) == earlier || offsetAt(table, spans, t - later) != later ? earlier : later;
    store<i64>(out + (r << 3), t - offset);
  }
  return -1;
}

/** ISO dates (`yyyy-MM-dd`, behind a blank or a T anything) as days. Fails at any other text. */
export function viewsToDates(a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4);
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    const length = load<u32>(view), p = length <= 12 ? view + 4 : <usize>load<u32>(view, 8), next = load<u8>(p + 10);
    if (length < 10 || (length > 10 && next != 32 && next != 84) || !readDate(p)) return <i32>r;
    store<i32>(out + (r << 2), <i32>dateDays);
  }
  return -1;
}

/** ISO timestamps without a zone as what a clock shows. Fails at any other text. */
export function viewsToMoments(a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4), length = <usize>load<u32>(view), p = length <= 12 ? view + 4 : <usize>load<u32>(view, 8);
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    if (length == 10 && readDate(p)) { store<i64>(out + (r << 3), dateDays * DAY_MICROS); continue; }
    if (!readTimestamp(p, p + length) || timeZoneKind != ZONE_NONE) return <i32>r;
    store<i64>(out + (r << 3), timeMicros);
  }
  return -1;
}

/** Plain decimal numbers as f32 (kind 5) or f64 (6). Fails at any other text, and where rounding needs more care. */
export function viewsToFloats(kind: u32, powersOfFive: usize, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  fillMasks();
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4), length = <usize>load<u32>(view), p = length <= 12 ? view + 4 : <usize>load<u32>(view, 8);
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    if (length == 0 || readDecimal(p) != p + length || !toDouble(powersOfFive)) return <i32>r;
    // Text of minus zero keeps its sign, whole or not.
    const x = doubleValue == 0 && isNegative ? -0.0 : doubleValue;
    if (kind == 6) store<f64>(out + (r << 3), x);
    else { if (!isFloatSafe(x)) return <i32>r; store<f32>(out + (r << 2), <f32>x); }
  }
  return -1;
}

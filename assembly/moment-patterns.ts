// Moments as text by a pattern of fixed width, and back. A pattern is pairs of bytes: a letter of the pattern (y four digits,
// M d H m s two, S as many as the second byte says), or 0 and a byte that stands as it is.
import { rowOf } from "./expression-select";
import { writeView } from "./expression-strings";

const DAY_MICROS: i64 = 86400000000;
const Y: u32 = 121, MONTH: u32 = 77, D: u32 = 100, H: u32 = 72, MINUTE: u32 = 109, S: u32 = 115, FRACTION: u32 = 83;

// @ts-ignore: decorator
@inline function twoDigits(p: usize, x: u32): void {
  const tens = x / 10;
  store<u8>(p, <u8>(48 + tens));
  store<u8>(p + 1, <u8>(48 + x - tens * 10));
}

/** Local microseconds as text of `width` bytes each, which lie in `heap`. Fails for years before 1 and behind 9999. */
export function formatMoments(pattern: usize, steps: u32, width: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize, heap: usize): i32 {
  let p = heap, lastDay: i64 = i64.MIN_VALUE, year: u32 = 0, month: u32 = 0, day: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), t = load<i64>(a + ((r & <usize>am) << 3));
    if (valid != 0 && load<u8>(valid + r) == 0) { v128.store(out + (r << 4), i64x2.splat(0)); continue; }
    let days = t / DAY_MICROS;
    if (days * DAY_MICROS > t) days--;
    const micros = <u64>(t - days * DAY_MICROS), seconds = <u32>(micros / 1000000), fraction = <u32>(micros % 1000000);
    if (days != lastDay) {
      const z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, dayOfEra = z - era * 146097;
      const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
      const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100), shifted = (5 * dayOfYear + 2) / 153;
      const m = shifted < 10 ? shifted + 3 : shifted - 9, y = yearOfEra + era * 400 + <i64>(m <= 2);
      if (y < 1 || y > 9999) return <i32>r;
      year = <u32>y;
      month = <u32>m;
      day = <u32>(dayOfYear - (153 * shifted + 2) / 5 + 1);
      lastDay = days;
    }
    const start = p;
    for (let step: usize = 0; step < <usize>steps; step++) {
      const field = <u32>load<u8>(pattern + (step << 1)), more = <u32>load<u8>(pattern + (step << 1), 1);
      switch (field) {
        case Y: twoDigits(p, year / 100); twoDigits(p + 2, year % 100); p += 4; break;
        case MONTH: twoDigits(p, month); p += 2; break;
        case D: twoDigits(p, day); p += 2; break;
        case H: twoDigits(p, seconds / 3600); p += 2; break;
        case MINUTE: twoDigits(p, seconds / 60 % 60); p += 2; break;
        case S: twoDigits(p, seconds % 60); p += 2; break;
        case FRACTION: {
          let unit: u32 = 100000;
          for (let k: u32 = 0; k < more; k++) { store<u8>(p++, <u8>(48 + (unit == 0 ? 0 : fraction / unit % 10))); unit /= 10; }
          break;
        }
        default: store<u8>(p++, <u8>more);
      }
    }
    writeView(out + (r << 4), start, width);
  }
  return -1;
}

let number: u32 = 0;
function digits(p: usize, n: u32): bool {
  number = 0;
  for (let k: u32 = 0; k < n; k++) {
    const c = <u32>load<u8>(p + k) - 48;
    if (c > 9) return false;
    number = number * 10 + c;
  }
  return true;
}

/** Text of exactly the pattern's form as local microseconds. Fails at any other, and at days that there are not. */
export function parseMoments(pattern: usize, steps: u32, width: u32, a: usize, am: u32, valid: usize, sel: usize, count: u32, out: usize): i32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = rowOf(sel, i), view = a + ((r & <usize>am) << 4);
    if (valid != 0 && load<u8>(valid + r) == 0) continue;
    if (load<u32>(view) != width) return <i32>r;
    let p = width <= 12 ? view + 4 : <usize>load<u32>(view, 8);
    let y: i64 = 1970, m: i64 = 1, d: i64 = 1, seconds: i64 = 0, fraction: i64 = 0;
    for (let step: usize = 0; step < <usize>steps; step++) {
      const field = <u32>load<u8>(pattern + (step << 1)), more = <u32>load<u8>(pattern + (step << 1), 1);
      if (field == 0) {
        if (<u32>load<u8>(p++) != more) return <i32>r;
        continue;
      }
      const n: u32 = field == Y ? 4 : field == FRACTION ? more : 2;
      if (!digits(p, n)) return <i32>r;
      p += n;
      switch (field) {
        case Y: y = number; break;
        case MONTH: m = number; break;
        case D: d = number; break;
        case H: if (number > 23) return <i32>r; seconds += <i64>number * 3600; break;
        case MINUTE: if (number > 59) return <i32>r; seconds += <i64>number * 60; break;
        case S: if (number > 59) return <i32>r; seconds += <i64>number; break;
        default:
          fraction = number;
          for (let k = n; k < 6; k++) fraction *= 10;
      }
    }
    if (y < 1 || m < 1 || m > 12 || d < 1) return <i32>r;
    if (d > (m == 2 ? (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28) : 30 + ((m + (m >> 3)) & 1))) return <i32>r;
    const shifted = m <= 2 ? y - 1 : y, era = shifted / 400, yearOfEra = shifted - era * 400, dayOfYear = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    const days = era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
    store<i64>(out + (r << 3), days * DAY_MICROS + seconds * 1000000 + fraction);
  }
  return -1;
}

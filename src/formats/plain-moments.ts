/** Dates and times in the forms that files mostly have, told apart by their bytes: a help for inference, which asks the parsers about all others. */

const digit = (bytes: Uint8Array, at: number): number => bytes[at]! - 48;
/** Two digits as a number; above 99 if they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const tens = digit(bytes, at), ones = digit(bytes, at + 1);
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : 100;
}

/** Whether bytes are `yyyy-MM-dd` with a day that each month has. */
export function isPlainDate(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 10 && startsWithDate(bytes, from);
}

/** Whether bytes are such a date, a space or T, `HH:mm:ss`, up to six digits behind a point, and maybe Z. */
export function isPlainMoment(bytes: Uint8Array, from: number, to: number, withZone = true): boolean {
  if (to - from < 19 || !startsWithDate(bytes, from) || bytes[from + 10] !== 0x54 && bytes[from + 10] !== 0x20) return false;
  if (pair(bytes, from + 11) > 23 || bytes[from + 13] !== 0x3a || pair(bytes, from + 14) > 59 || bytes[from + 16] !== 0x3a || pair(bytes, from + 17) > 59) return false;
  let p = from + 19;
  if (p < to && bytes[p] === 0x2e) {
    const start = ++p;
    while (p < to && digit(bytes, p) >= 0 && digit(bytes, p) <= 9) p++;
    if (p === start || p - start > 6) return false;
  }
  return p === to || withZone && p === to - 1 && bytes[p] === 0x5a;
}

function startsWithDate(bytes: Uint8Array, from: number): boolean {
  const month = pair(bytes, from + 5), day = pair(bytes, from + 8);
  return pair(bytes, from) < 100 && pair(bytes, from + 2) < 100 && bytes[from + 4] === 0x2d && month >= 1 && month <= 12 && bytes[from + 7] === 0x2d && day >= 1 && day <= 28;
}

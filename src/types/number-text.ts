/** Numbers as text, as SQL prints them (the forms of Java: `1.0E10`, `-0.0`) and as casts read them. Readers give null for text that is none. */
import { trimControls } from "./datetime-text.ts";

/** Text of a DOUBLE. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const size = Math.abs(value);
  // Java prints at least two digits, and takes those nearest to the value.
  if (size === Number.MIN_VALUE) return value < 0 ? "-4.9E-324" : "4.9E-324";
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  return scientific(value.toExponential());
}

/** Text of a FLOAT: the fewest digits, two at least, that read back as the same FLOAT. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatDouble(value);
  let digits = 2;
  while (digits < 9 && Math.fround(Number(value.toPrecision(digits))) !== value) digits++;
  const short = Number(value.toPrecision(digits)), size = Math.abs(value);
  return size >= 1e-3 && size < 1e7 ? formatDouble(short) : scientific(short.toExponential());
}

function scientific(text: string): string {
  const [digits, exponent] = text.split("e") as [string, string];
  return `${digits.includes(".") ? digits : `${digits}.0`}E${exponent.startsWith("+") ? exponent.slice(1) : exponent}`;
}

/** All digits of a DECIMAL, never an exponent. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale <= 0) return unscaled.toString();
  const negative = unscaled < 0n, digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A DECIMAL as names of columns show it: with an exponent where more than five zeros stand between the point and the first digit (`BigDecimal.toString` of Java). */
export function formatShortDecimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString(), exponent = digits.length - 1 - scale;
  if (scale <= 0 || exponent >= -6) return formatDecimal(unscaled, scale);
  return `${unscaled < 0n ? "-" : ""}${digits[0]!}${digits.length > 1 ? `.${digits.slice(1)}` : ""}E${exponent}`;
}

/** A whole number: an optional sign and digits, nothing else. No range is checked. */
export function parseIntegral(text: string): bigint | null {
  const trimmed = trimControls(text);
  return /^[+-]?\d+$/.test(trimmed) ? BigInt(trimmed.startsWith("+") ? trimmed.slice(1) : trimmed) : null;
}

const DOUBLE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i;

/** A DOUBLE: digits with point and exponent, a trailing `d` or `f`, `NaN` and infinities in any case. */
export function parseDouble(text: string): number | null {
  const trimmed = trimControls(text);
  if (DOUBLE.test(trimmed)) return Number(/[dDfF]$/.test(trimmed) ? trimmed.slice(0, -1) : trimmed);
  const special = SPECIAL.exec(trimmed);
  if (special === null) return null;
  if (special[2]!.toLowerCase() === "nan") return special[1] === "" ? NaN : null;
  return special[1] === "-" ? -Infinity : Infinity;
}

export interface DecimalParts { readonly unscaled: bigint; readonly scale: number }

/** A decimal number with exponent and any Unicode digits. `scale` may be negative. */
export function parseDecimal(text: string): DecimalParts | null {
  let trimmed = trimControls(text);
  // eslint-disable-next-line no-control-regex -- the question is whether it is plain ASCII
  if (/[^\x00-\x7f]/.test(trimmed)) trimmed = trimmed.replace(/\p{Nd}/gu, digitValue);
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/.exec(trimmed);
  if (parts === null) return null;
  const whole = parts[2]!, fraction = parts[3] ?? "";
  if (whole === "" && fraction === "") return null;
  const digits = BigInt(whole + fraction);
  return { unscaled: parts[1] === "-" ? -digits : digits, scale: fraction.length - Number(parts[4] ?? 0) };
}

/** Decimal digits of all scripts stand in runs of ten that begin at a zero. */
function digitValue(digit: string): string {
  let zero = digit.codePointAt(0)!, value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) { zero--; value++; }
  return String(value);
}

/** TRUE or FALSE of the words that SQL takes for them. */
export function parseBoolean(text: string): boolean | null {
  switch (trimControls(text).toLowerCase()) {
    case "t": case "true": case "y": case "yes": case "1": return true;
    case "f": case "false": case "n": case "no": case "0": return false;
    default: return null;
  }
}

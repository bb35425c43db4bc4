/** Arithmetic of DECIMAL types and values: result types of operators with their loss of scale, rescaling, rounding. */
import type { DataType, DecimalType } from "./data-type.ts";
import { decimal } from "./data-type.ts";

export const MAX_PRECISION = 38;
/** Fraction digits that a result keeps at least when its precision must be cut. */
const MIN_ADJUSTED_SCALE = 6;

/** A type of unbounded precision cut to 38 digits: whole digits are kept, fraction digits down to six (or to all there are). */
export function adjusted(precision: number, scale: number): DecimalType {
  if (precision <= MAX_PRECISION) return decimal(precision, scale);
  const whole = precision - scale;
  return decimal(MAX_PRECISION, Math.max(MAX_PRECISION - whole, Math.min(scale, MIN_ADJUSTED_SCALE)));
}

/** A type of unbounded precision cut to 38 digits and 38 behind the point, without giving up digits behind the point first. */
const bounded = (precision: number, scale: number): DecimalType => decimal(Math.min(precision, MAX_PRECISION), Math.min(scale, MAX_PRECISION));

/**
 * The result type of `+ - * / % div` (div as DECIMAL before it becomes BIGINT). `keepScale`: digits behind the point are
 * not given up for digits in front of it (spark.sql.decimalOperations.allowPrecisionLoss=false).
 */
export function arithmeticType(operator: string, a: DecimalType, b: DecimalType, keepScale = false): DecimalType {
  const { precision: p1, scale: s1 } = a, { precision: p2, scale: s2 } = b;
  if (keepScale) {
    switch (operator) {
      case "+": case "-": return bounded(Math.max(s1, s2) + Math.max(p1 - s1, p2 - s2) + 1, Math.max(s1, s2));
      case "*": return bounded(p1 + p2 + 1, s1 + s2);
      case "/": {
        let whole = Math.min(MAX_PRECISION, p1 - s1 + s2), fraction = Math.min(MAX_PRECISION, Math.max(6, s1 + p2 + 1));
        const over = whole + fraction - MAX_PRECISION;
        if (over > 0) { fraction -= Math.floor(over / 2) + 1; whole = MAX_PRECISION - fraction; }
        return bounded(whole + fraction, fraction);
      }
      case "div": break;
      default: return bounded(Math.min(p1 - s1, p2 - s2) + Math.max(s1, s2), Math.max(s1, s2));
    }
  }
  switch (operator) {
    case "+": case "-": return adjusted(Math.max(s1, s2) + Math.max(p1 - s1, p2 - s2) + 1, Math.max(s1, s2));
    case "*": return adjusted(p1 + p2 + 1, s1 + s2);
    case "/": {
      const scale = Math.max(6, s1 + p2 + 1);
      return adjusted(p1 - s1 + s2 + scale, scale);
    }
    case "div": {
      const whole = p1 - s1 + s2;
      return decimal(Math.min(whole === 0 ? 1 : whole, MAX_PRECISION), 0);
    }
    default: return adjusted(Math.min(p1 - s1, p2 - s2) + Math.max(s1, s2), Math.max(s1, s2));
  }
}

/** The DECIMAL that holds all values of a numeric type. */
export function decimalFor(type: DataType): DecimalType {
  switch (type.kind) {
    case "decimal": return type;
    case "tinyint": return decimal(3, 0);
    case "smallint": return decimal(5, 0);
    case "int": return decimal(10, 0);
    case "bigint": return decimal(20, 0);
    case "float": return decimal(14, 7);
    case "double": return decimal(30, 15);
    default: return decimal(38, 18);
  }
}

/** The smallest DECIMAL of a whole number literal. */
export function decimalOfLiteral(value: bigint): DecimalType {
  return decimal((value < 0n ? -value : value).toString().length, 0);
}

/** A type that holds values of both; cut to 38 digits by dropping fraction digits first. */
export function widerDecimal(a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale), whole = Math.max(a.precision - a.scale, b.precision - b.scale);
  return boundedPreferringWhole(whole + scale, scale);
}

function boundedPreferringWhole(precision: number, scale: number): DecimalType {
  if (precision <= MAX_PRECISION) return decimal(precision, scale);
  return decimal(MAX_PRECISION, Math.max(0, scale - (precision - MAX_PRECISION)));
}

const POWERS: bigint[] = [1n];
export function powerOfTen(exponent: number): bigint {
  while (POWERS.length <= exponent) POWERS.push(POWERS[POWERS.length - 1]! * 10n);
  return POWERS[exponent]!;
}

/** Quotient rounded half away from zero. */
export function divideHalfUp(a: bigint, b: bigint): bigint {
  const quotient = a / b, rest = a % b;
  if (rest === 0n) return quotient;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  return twice >= (b < 0n ? -b : b) ? quotient + ((a < 0n) === (b < 0n) ? 1n : -1n) : quotient;
}

/** The same number at another scale, rounded half away from zero. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  if (from === to) return unscaled;
  return to > from ? unscaled * powerOfTen(to - from) : divideHalfUp(unscaled, powerOfTen(from - to));
}

/** Whether an unscaled value has at most `precision` digits. */
export function fits(unscaled: bigint, precision: number): boolean {
  const bound = powerOfTen(precision);
  return unscaled < bound && unscaled > -bound;
}

/** The nearest DOUBLE. */
export function decimalToDouble(unscaled: bigint, scale: number): number {
  const size = unscaled < 0n ? -unscaled : unscaled;
  // Both are exact as doubles here, so one division rounds once.
  if (size < 9_007_199_254_740_992n && scale <= 22) return Number(unscaled) / Number(powerOfTen(scale));
  return Number(`${unscaled}e${-scale}`);
}

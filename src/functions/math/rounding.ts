/** round and its kin: what they do to each type of number. */
import type { Binding, RowKernel, ScalarFunction, VectorKernel } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DOUBLE, INT, decimal, isIntegral, type DataType, type DecimalType } from "../../types/data-type.ts";
import { decimalFor, fits, powerOfTen } from "../../types/decimal-rules.ts";
import { formatDecimal, formatDouble, parseDecimal } from "../../types/number-text.ts";
import { decimalToDouble } from "../../types/decimal-rules.ts";
import { ANY_NUMERIC, AS, implicitCast, isString, oneOf } from "../coercion.ts";
import { constantCell } from "../constant-argument.ts";
import { accept, checkCount, custom, literalValue } from "../define.ts";
import { overDoubles } from "../number-loops.ts";
import { roundDecimalVector, wholeVector } from "./number-vectors.ts";
import { arithmeticOverflow, castInvalidInput, castOverflow, decimalOutOfRange, nonFoldable, nonFoldableArgument } from "../errors.ts";

type Rounding = "half_up" | "half_even" | "ceiling" | "floor";

/** A whole quotient, rounded. */
export function divideRounded(a: bigint, b: bigint, rounding: Rounding): bigint {
  const quotient = a / b, rest = a % b;
  if (rest === 0n) return quotient;
  const negative = (a < 0n) !== (b < 0n);
  if (rounding === "ceiling") return negative ? quotient : quotient + 1n;
  if (rounding === "floor") return negative ? quotient - 1n : quotient;
  const twice = (rest < 0n ? -rest : rest) * 2n, size = b < 0n ? -b : b;
  const up = twice > size || (twice === size && (rounding === "half_up" || quotient % 2n !== 0n));
  return up ? quotient + (negative ? -1n : 1n) : quotient;
}

/** An unscaled value at another number of digits behind the point; negative: zeros before it. */
function roundUnscaled(unscaled: bigint, from: number, digits: number, rounding: Rounding): { readonly value: bigint; readonly scale: number } {
  if (digits >= from) return { value: unscaled, scale: from };
  if (digits >= 0) return { value: divideRounded(unscaled, powerOfTen(from - digits), rounding), scale: digits };
  return { value: divideRounded(unscaled, powerOfTen(from - digits), rounding) * powerOfTen(-digits), scale: 0 };
}

function roundedType(type: DecimalType, digits: number): DecimalType {
  const whole = type.precision - type.scale + 1;
  if (digits < 0) return decimal(Math.min(Math.max(whole, -digits + 1), 38), 0);
  const scale = Math.min(type.scale, digits);
  return decimal(Math.min(whole + scale, 38), scale);
}

function roundBinding(type: DataType, digits: number, rounding: Rounding, ansi: boolean): { readonly type: DataType; readonly row: RowKernel; readonly canRaise?: boolean; readonly vector?: VectorKernel } {
  if (type.kind === "decimal") {
    const result = roundedType(type, digits), vector = roundDecimalVector(type, result, rounding, type.scale - Math.max(digits, 0));
    return {
      ...(vector && digits >= 0 && { vector }), type: result, canRaise: ansi, row: ([x]) => {
        const { value } = roundUnscaled(x as bigint, type.scale, digits, rounding);
        if (fits(value, result.precision)) return value;
        if (!ansi) return null;
        throw decimalOutOfRange(formatDecimal(value, result.scale), result.precision, result.scale);
      },
    };
  }
  if (isIntegral(type)) {
    const bits = { tinyint: 8, smallint: 16, int: 32 }[type.kind as string] ?? 64;
    return {
      type, canRaise: ansi && digits < 0, row: ([x]): Cell => {
        if (digits >= 0) return x!;
        const { value } = roundUnscaled(BigInt(x as number | bigint), 0, digits, rounding), low = BigInt.asIntN(bits, value);
        if (low !== value && ansi) throw arithmeticOverflow("Overflow");
        return bits === 64 ? low : Number(low);
      },
    };
  }
  const factor = type.kind === "double" && digits >= 0 && digits <= 9 && (rounding === "half_up" || rounding === "half_even") ? 10 ** digits : 0;
  const roundFloat = (value: number): number => {
    if (!Number.isFinite(value)) return value;
    if (factor !== 0) {
      // Away from ties the digits don't matter.
      const scaled = Math.abs(value) * factor, rest = scaled - Math.floor(scaled);
      if (scaled < 1e9 && Math.abs(rest - 0.5) > 1e-5) {
        const rounded = (rest > 0.5 ? Math.ceil(scaled) : Math.floor(scaled)) / factor;
        return value < 0 ? (rounded === 0 ? 0 : -rounded) : rounded;
      }
    }
    // By the digits that the number prints with, so that 1.005 rounds to 1.01.
    const parts = parseDecimal(formatDouble(value))!, unscaled = parts.scale < 0 ? parts.unscaled * powerOfTen(-parts.scale) : parts.unscaled;
    const rounded = roundUnscaled(unscaled, Math.max(0, parts.scale), digits, rounding), result = decimalToDouble(rounded.value, rounded.scale);
    return type.kind === "float" ? Math.fround(result) : result;
  };
  return { type, row: ([x]) => roundFloat(x as number), ...(type.kind === "double" && { vector: firstOnly(overDoubles(roundFloat)) }) };
}

/** The number of digits is an argument too, which the kernel knows already. */
const firstOnly = (kernel: VectorKernel): VectorKernel => (args, rows, length, context) => kernel([args[0]!], rows, length, context);

/** The constant number of digits of round(x, d). */
function digitsOf(name: string, args: readonly ResolvedExpression[], origin: ResolvedExpression["origin"]): number | null {
  if (args.length < 2) return 0;
  accept(name, args, 1, AS.int, origin);
  const value = constantNumber(args[1]!);
  if (value === undefined) throw nonFoldable(name, args, 1, "scale", origin);
  if (value === null || Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !isString(args[1]!.type)) return value;
  // As an argument is cast to INT.
  const { type } = args[1]!, text = literalValue(args[1])?.value;
  if (isString(type) && !(typeof text === "string" && /^\s*[+-]?\d+\s*$/.test(text))) throw castInvalidInput(type, INT, `'${String(text)}'`);
  if (!(Math.abs(value) < 2 ** 31)) throw castOverflow(type, INT, literalValue(args[1])?.value ?? null);
  return Math.trunc(value);
}

/** A number that a literal or its negation stands for; undefined if it isn't constant. */
export function constantNumber(arg: ResolvedExpression): number | null | undefined {
  const found = literalValue(arg);
  if (found !== undefined) return found.value === null ? null : Number(typeof found.value === "string" ? found.value : found.type.kind === "decimal" ? decimalToDouble(found.value as bigint, found.type.scale) : found.value);
  if (arg.kind === "cast") return constantNumber(arg.child);
  if (arg.kind === "scalar_call" && arg.function.name === "negative") { const inner = constantNumber(arg.args[0]!); return typeof inner === "number" ? -inner : inner; }
  return undefined;
}

function round(name: string, rounding: Rounding, description: string, cases: ScalarFunction["cases"]): ScalarFunction {
  return custom({
    name, usage: `${name}(expr, d)`, description, cases,
    bind: (args, settings, origin): Binding => {
      checkCount(name, args.length, 1, 2, origin);
      const type = accept(name, args, 0, ANY_NUMERIC, origin), digits = digitsOf(name, args, origin);
      const found = roundBinding(type, digits ?? 0, rounding, settings.ansi);
      return { ...found, argTypes: args.length === 1 ? [type] : [type, INT], nullable: digits === null, ...(digits === null && { row: () => null }) };
    },
  });
}

function ceiling(name: string, rounding: "ceiling" | "floor", aliases: readonly string[], description: string, cases: ScalarFunction["cases"]): ScalarFunction {
  const accepted = oneOf(AS.double, ANY_NUMERIC, AS.bigint), toWhole = rounding === "ceiling" ? Math.ceil : Math.floor;
  return custom({
    name, aliases, usage: `${name}(expr[, scale])`, description, cases,
    bind: (args, settings, origin): Binding => {
      checkCount(name, args.length, 1, 2, origin);
      if (args.length === 2) {
        const digits = args[1]!.type.kind === "int" ? constantCell(args[1]!) : undefined;
        if (typeof digits !== "number") throw nonFoldableArgument(name, "scale", INT, origin);
        const type = accept(name, args, 0, ANY_NUMERIC, origin), as = decimalFor(type);
        return { ...roundBinding(as, digits, rounding, settings.ansi), argTypes: [as, INT] };
      }
      const given = implicitCast(args[0]!.type, accepted) === undefined ? accept(name, args, 0, accepted, origin) : args[0]!.type;
      if (isIntegral(given)) return { type: BIGINT, argTypes: [BIGINT], row: ([x]) => x!, vector: ([x]) => x! };
      if (given.kind === "decimal" && given.scale === 0) return { type: given, argTypes: [given], row: ([x]) => x!, vector: ([x]) => x! };
      if (given.kind === "decimal") {
        const { row, canRaise } = roundBinding(given, 0, rounding, settings.ansi), type = decimal(Math.min(given.precision - given.scale + 1, 38), 0), vector = roundDecimalVector(given, type, rounding, given.scale);
        return { row, ...(canRaise !== undefined && { canRaise }), ...(vector && { vector }), type, argTypes: [given] };
      }
      const row: RowKernel = ([x]) => {
        const value = toWhole(x as number);
        if (settings.ansi && Math.abs(value) > 2 ** 63) throw arithmeticOverflow("overflow");
        if (Number.isNaN(value)) return 0n;
        return value >= 2 ** 63 ? 2n ** 63n - 1n : value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
      };
      return { type: BIGINT, argTypes: [DOUBLE], canRaise: settings.ansi, row, vector: wholeVector(rounding === "ceiling", row) };
    },
  });
}

export const roundingFunctions: readonly ScalarFunction[] = [
  round("round", "half_up", "Rounds to d digits behind the point, halves away from zero.", [["round(2.5, 0)", "3"], ["round(1.005D, 2)", "1.01"], ["round(25, -1)", "30"], ["round(-2.5)", "-3"]]),
  round("bround", "half_even", "Rounds to d digits behind the point, halves to the even neighbour.", [["bround(2.5, 0)", "2"], ["bround(25, -1)", "20"]]),
  ceiling("ceil", "ceiling", ["ceiling"], "The smallest whole number that isn't less.", [["ceil(-0.1)", "0"], ["ceil(5)", "5"], ["ceil(3.1411, 3)", "3.142"]]),
  ceiling("floor", "floor", [], "The greatest whole number that isn't greater.", [["floor(-0.1)", "-1"], ["floor(3.1411, 3)", "3.141"]]),
];

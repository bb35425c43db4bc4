/** Functions of numbers. */
import type { Call, ScalarSpec } from "../define.ts";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DOUBLE, STRING } from "../../types/data-type.ts";
import { cellOrder } from "../../columns/compare-cells.ts";
import { AS, ANY_DAY_TIME, ANY_YEAR_MONTH, foldTypes, oneOf, widerTypeWithoutStrings } from "../coercion.ts";
import { accept, checkCount, custom, scalar } from "../define.ts";
import { overDoublePairs, overDoubles, overDoublesAbove } from "../number-loops.ts";
import { extremeVector } from "./number-vectors.ts";
import { arithmeticOverflow, differentDataTypes, mismatch, typeName, wrongNumberOfArguments } from "../errors.ts";
import { isOrderable } from "../operators/comparison.ts";

/** A function of one DOUBLE. */
function real(name: string, description: string, cases: ScalarSpec["cases"], f: (x: number) => number): ScalarFunction {
  return scalar({ name, usage: `${name}(expr)`, description, cases, params: [AS.double], returns: DOUBLE, row: ([x]) => f(x as number), vector: overDoubles(f) });
}
/** A logarithm: null of what has none. */
function logarithm(name: string, description: string, cases: ScalarSpec["cases"], f: (x: number) => number, bound = 0): ScalarFunction {
  return scalar({ name, usage: `${name}(expr)`, description, cases, params: [AS.double], returns: DOUBLE, nullable: true, row: ([x]) => ((x as number) <= bound ? null : f(x as number)), vector: overDoublesAbove(bound, f) });
}
const constant = (name: string, description: string, value: number): ScalarFunction => scalar({ name, usage: `${name}()`, description, cases: [[`${name}()`, String(value)]], params: [], returns: DOUBLE, row: () => value });

function extreme(name: string, sign: 1 | -1, description: string, cases: ScalarSpec["cases"]): ScalarFunction {
  return custom({
    name, usage: `${name}(expr, ...)`, description, cases,
    bind: (args, _settings, origin) => {
      if (args.length < 2) throw wrongNumberOfArguments(name, args.length, "> 1", origin);
      const type = foldTypes(args.map(arg => arg.type), widerTypeWithoutStrings);
      if (type === undefined) throw differentDataTypes(name, args, origin);
      if (!isOrderable(type)) throw mismatch("INVALID_ORDERING_TYPE", name, args, `The \`${name}\` does not support ordering on type ${typeName(type)}.`, { functionName: `\`${name}\``, dataType: typeName(type) }, origin);
      const order = cellOrder(type), vector = extremeVector(type, sign);
      return {
        ...(vector && { vector }), type, argTypes: args.map(() => type), nullAware: true, nullable: args.every(arg => arg.nullable),
        row: cells => {
          let best: Cell = null;
          for (const cell of cells) if (cell !== null && (best === null || order(cell, best) * sign > 0)) best = cell;
          return best;
        },
      };
    },
  });
}

/** exp(1) of fdlibm, which Java has: the double above the one nearest to e. */
const E_ABOVE = 2.7182818284590455;
const exponential = (x: number): number => (x === 1 ? E_ABOVE : Math.exp(x));

const halves = new DataView(new ArrayBuffer(8));
/** The upper half of a double's digits, its exponent raised by one if asked. */
function upper(x: number, raise = 0): number {
  halves.setFloat64(0, x);
  halves.setInt32(0, halves.getInt32(0) + raise * 0x100000);
  halves.setInt32(4, 0);
  return halves.getFloat64(0);
}
/** sqrt(x * x + y * y) within a unit of the last digit, by the steps of fdlibm (Sun Microsystems, 1993), which Java's Math.hypot takes. */
function hypotenuse(x: number, y: number): number {
  let a = Math.abs(x), b = Math.abs(y);
  if (a === Infinity || b === Infinity) return Infinity;
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  if (a < b) [a, b] = [b, a];
  if (b === 0 || a / b > 2 ** 60) return a + b;
  let scale = 1;
  if (a > 2 ** 500) { scale = 2 ** 600; a *= 2 ** -600; b *= 2 ** -600; } else if (b < 2 ** -500) { scale = 2 ** -600; a *= 2 ** 600; b *= 2 ** 600; }
  const w = a - b;
  if (w > b) {
    const t1 = upper(a), t2 = a - t1;
    return scale * Math.sqrt(t1 * t1 - (b * -b - t2 * (a + t1)));
  }
  const y1 = upper(b), y2 = b - y1, t1 = upper(a, 1), t2 = a + a - t1;
  return scale * Math.sqrt(t1 * y1 - (w * -w - (t1 * y2 + t2 * b)));
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
/** `conv`: text of digits to another base; the value is unsigned, 64 bits. */
function convert(text: string, from: number, to: number, ansi: boolean): string | null {
  const target = Math.abs(to);
  if (from < 2 || from > 36 || target < 2 || target > 36) return null;
  let trimmed = text.trim();
  const negative = trimmed.startsWith("-");
  if (negative) trimmed = trimmed.slice(1);
  if (trimmed === "" && text.trim() === "") return null;
  let value = 0n;
  for (const c of trimmed.toLowerCase()) {
    const digit = DIGITS.indexOf(c);
    if (digit < 0 || digit >= from) break;
    value = value * BigInt(from) + BigInt(digit);
  }
  if (value >= 2n ** 64n) {
    if (ansi) throw arithmeticOverflow("Overflow in function conv()");
    value = 2n ** 64n - 1n;
  }
  if (negative && to > 0) value = BigInt.asUintN(64, value > 2n ** 63n ? -1n : -value);
  else if (negative) return `-${value.toString(target).toUpperCase()}`;
  if (to < 0 && !negative && value >= 2n ** 63n) value = BigInt.asIntN(64, value);
  return value.toString(target).toUpperCase();
}

function widthBucket(v: number, low: number, high: number, buckets: bigint): Cell {
  if (buckets <= 0n || buckets === 2n ** 63n - 1n || Number.isNaN(v) || low === high || !Number.isFinite(low) || !Number.isFinite(high)) return null;
  const below = low < high ? v < low : v > low, above = low < high ? v >= high : v <= high;
  if (below) return 0n;
  if (above) return buckets + 1n;
  return BigInt(Math.trunc((Number(buckets) * (v - low)) / (high - low))) + 1n;
}

const signOf = (call: Call): Partial<Binding> => {
  const type = call.types[0]!;
  if (type.kind === "day_time_interval" || type.kind === "year_month_interval") return { type: DOUBLE, row: ([x]) => Math.sign(Number(x as number | bigint)) };
  return { row: ([x]) => Math.sign(x as number), vector: overDoubles(Math.sign) };
};

export const mathFunctions: readonly ScalarFunction[] = [
  real("sqrt", "Square root.", [["sqrt(4)", "2.0"], ["sqrt(-1)", "NaN"]], Math.sqrt),
  real("cbrt", "Cube root.", [["cbrt(27.0)", "3.0"]], Math.cbrt),
  real("exp", "e to the power of the value.", [["exp(0)", "1.0"]], exponential),
  real("expm1", "exp(x) - 1, exact near 0.", [["expm1(0)", "0.0"]], Math.expm1),
  logarithm("ln", "Natural logarithm; null for what isn't positive.", [["ln(1)", "0.0"], ["ln(0)", "NULL"]], Math.log),
  logarithm("log2", "Logarithm to base 2.", [["log2(8)", "3.0"]], x => Math.log(x) / Math.log(2)),
  logarithm("log10", "Logarithm to base 10.", [["log10(1000)", "3.0"]], Math.log10),
  logarithm("log1p", "ln(1 + x), exact near 0.", [["log1p(0)", "0.0"]], Math.log1p, -1),
  real("sin", "Sine.", [["sin(0)", "0.0"]], Math.sin), real("cos", "Cosine.", [["cos(0)", "1.0"]], Math.cos), real("tan", "Tangent.", [["tan(0)", "0.0"]], Math.tan),
  real("cot", "Cotangent.", [], x => 1 / Math.tan(x)), real("sec", "Secant.", [["sec(0)", "1.0"]], x => 1 / Math.cos(x)), real("csc", "Cosecant.", [], x => 1 / Math.sin(x)),
  real("asin", "Arc sine.", [["asin(2)", "NaN"]], Math.asin), real("acos", "Arc cosine.", [["acos(1)", "0.0"]], Math.acos), real("atan", "Arc tangent.", [["atan(0)", "0.0"]], Math.atan),
  real("sinh", "Hyperbolic sine.", [["sinh(0)", "0.0"]], Math.sinh), real("cosh", "Hyperbolic cosine.", [["cosh(0)", "1.0"]], x => (Math.abs(x) === 1 ? 0.5 * E_ABOVE + 0.5 / E_ABOVE : Math.cosh(x))), real("tanh", "Hyperbolic tangent.", [["tanh(0)", "0.0"]], Math.tanh),
  real("asinh", "Inverse hyperbolic sine.", [["asinh(0)", "0.0"]], Math.asinh),
  real("acosh", "Inverse hyperbolic cosine.", [["acosh(1)", "0.0"]], Math.acosh),
  real("atanh", "Inverse hyperbolic tangent.", [["atanh(0)", "0.0"]], x => 0.5 * (Math.log1p(x) - Math.log1p(-x))),
  real("degrees", "Radians to degrees.", [["degrees(3.141592653589793)", "180.0"]], x => x * (180 / Math.PI)),
  real("radians", "Degrees to radians.", [["radians(180)", "3.141592653589793"]], x => x * (Math.PI / 180)),
  real("rint", "The nearest whole number, halves to the even one, as DOUBLE.", [["rint(2.5)", "2.0"], ["rint(12.3456)", "12.0"]], x => {
    const floor = Math.floor(x), rest = x - floor;
    if (!Number.isFinite(x)) return x;
    const result = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
    return result === 0 && (x < 0 || Object.is(x, -0)) ? -0 : result;
  }),
  constant("pi", "The number pi.", Math.PI), constant("e", "Euler's number.", Math.E),
  scalar({ name: "sign", aliases: ["signum"], usage: "sign(expr)", description: "-1.0, 0.0 or 1.0.", cases: [["sign(40)", "1.0"], ["sign(-1.5)", "-1.0"]], params: [oneOf(AS.double, ANY_YEAR_MONTH, ANY_DAY_TIME)], returns: DOUBLE, make: signOf }),
  scalar({
    name: "pow", aliases: ["power"], usage: "pow(expr1, expr2)", description: "The first raised to the power of the second.", cases: [["pow(2, 3)", "8.0"]],
    params: [AS.double, AS.double], returns: DOUBLE, row: ([x, y]) => (x as number) ** (y as number), vector: overDoublePairs((x, y) => x ** y),
  }),
  scalar({ name: "atan2", usage: "atan2(exprY, exprX)", description: "The angle of a point.", cases: [["atan2(0, 1)", "0.0"]], params: [AS.double, AS.double], returns: DOUBLE, row: ([y, x]) => Math.atan2((y as number) + 0, (x as number) + 0), vector: overDoublePairs((y, x) => Math.atan2(y + 0, x + 0)) }),
  scalar({ name: "hypot", usage: "hypot(expr1, expr2)", description: "sqrt(x * x + y * y).", cases: [["hypot(3, 4)", "5.0"]], params: [AS.double, AS.double], returns: DOUBLE, row: ([x, y]) => hypotenuse(x as number, y as number), vector: overDoublePairs(hypotenuse) }),
  custom({
    name: "log", usage: "log(base, expr)", description: "Logarithm to a base; with one argument the natural one.", cases: [["log(10, 100)", "2.0"], ["log(1)", "0.0"]],
    bind: (args, settings, origin) => {
      checkCount("log", args.length, 1, 2, origin);
      const entry = mathFunctions.find(f => f.name === "ln")!;
      if (args.length === 1) return entry.bind(args, settings, origin);
      args.forEach((_, i) => accept("log", args, i, AS.double, origin));
      return {
        type: DOUBLE, nullable: true, argTypes: [DOUBLE, DOUBLE], row: ([base, x]) => ((x as number) <= 0 || (base as number) <= 0 ? null : Math.log(x as number) / Math.log(base as number)),
      };
    },
  }),
  scalar({
    name: "factorial", usage: "factorial(expr)", description: "n!, for n from 0 to 20; else null.", cases: [["factorial(5)", "120"], ["factorial(21)", "NULL"]], params: [AS.int], returns: BIGINT, nullable: true,
    row: ([n]) => {
      if ((n as number) < 0 || (n as number) > 20) return null;
      let product = 1n;
      for (let i = 2n; i <= BigInt(n as number); i++) product *= i;
      return product;
    },
  }),
  extreme("greatest", 1, "The greatest value; nulls are skipped.", [["greatest(10, 9, 2)", "10"], ["greatest(1, NULL)", "1"]]),
  extreme("least", -1, "The least value; nulls are skipped.", [["least(10, 9, 2)", "2"]]),
  scalar({
    name: "conv", usage: "conv(num, from_base, to_base)", description: "A number as text, from one base to another.", cases: [["conv('100', 2, 10)", "4"], ["conv(-10, 16, -10)", "-16"]], params: [AS.string, AS.int, AS.int], returns: STRING, nullable: true, canRaise: true,
    row: ([x, from, to], { settings }) => convert(x as string, from as number, to as number, settings.ansi),
  }),
  scalar({ name: "bin", usage: "bin(expr)", description: "A whole number as text in base 2.", cases: [["bin(13)", "1101"], ["bin(-13)", "1111111111111111111111111111111111111111111111111111111111110011"]], params: [AS.bigint], returns: STRING, row: ([x]) => BigInt.asUintN(64, x as bigint).toString(2) }),
  scalar({
    name: "width_bucket", usage: "width_bucket(value, min, max, buckets)", description: "The number of the bucket of a value in equal buckets; null if there are none.", cases: [["width_bucket(5.3, 0.2, 10.6, 5)", "3"]],
    params: [oneOf(AS.double, ANY_YEAR_MONTH, ANY_DAY_TIME), oneOf(AS.double, ANY_YEAR_MONTH, ANY_DAY_TIME), oneOf(AS.double, ANY_YEAR_MONTH, ANY_DAY_TIME), AS.bigint], returns: BIGINT, nullable: true,
    make: ({ args, types, origin }) => {
      if (types.slice(0, 3).some(type => type.kind !== types[0]!.kind)) throw differentDataTypes("width_bucket", args.slice(0, 3), origin);
      return {};
    },
    row: ([v, low, high, n]) => widthBucket(Number(v), Number(low), Number(high), n as bigint),
  }),
];


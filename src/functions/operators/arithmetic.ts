/** The arithmetic operators as functions, and their try_ variants. */
import type { Vector } from "../../columns/vector.ts";
import { physicalOf } from "../../columns/vector.ts";
import { constantVector } from "../../columns/cells.ts";
import { KIND } from "../../kernels/expression.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Binding, RowKernel, ScalarFunction, VectorKernel } from "../../plan/function.ts";
import type { CalendarInterval, Cell } from "../../types/cell.ts";
import { DOUBLE, isFractional, type DataType } from "../../types/data-type.ts";
import { ANY_DAY_TIME, ANY_INTERVAL, ANY_NUMERIC, ANY_YEAR_MONTH, familyName, implicitCast, oneOf } from "../coercion.ts";
import { checkCount, custom } from "../define.ts";
import { arithmeticOverflow, intervalOverflow, unexpectedType } from "../errors.ts";
import { absoluteVector } from "../math/number-vectors.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import { datetimeBinding, int64, intervalScaling } from "./datetime-arithmetic.ts";
import { modeOf, numericBinding, type ArithmeticMode, type NumericOperator } from "./numeric.ts";

type Cases = ScalarFunction["cases"];

function operator(name: string, op: NumericOperator, usage: string, description: string, cases: Cases, fixed?: ArithmeticMode, aliases?: readonly string[]): ScalarFunction {
  return custom({
    name, usage, description, cases, ...(aliases && { aliases }),
    bind: (args, settings, origin): Binding => {
      checkCount(name, args.length, 2, 2, origin);
      const mode = fixed ?? modeOf(settings), operation = { name, args, mode, ansi: settings.ansi, origin };
      const special = op === "+" || op === "-" ? datetimeBinding(op, operation) : op === "*" || op === "/" || op === "div" ? intervalScaling(op, operation) : undefined;
      return special ?? numericBinding(op, name, args, mode, origin, { ansi: settings.ansi, keepScale: settings.conf.get("spark.sql.decimalOperations.allowPrecisionLoss")?.toLowerCase() === "false" });
    },
  });
}

const UNARY = oneOf(ANY_NUMERIC, ANY_DAY_TIME, ANY_YEAR_MONTH, ANY_INTERVAL), ABS = oneOf(ANY_NUMERIC, ANY_DAY_TIME, ANY_YEAR_MONTH);

/** The kernel of a sign change; `always`: abs changes only negative values. */
function signKernel(type: DataType, isAbs: boolean, ansi: boolean): RowKernel {
  switch (type.kind) {
    case "float": case "double": return isAbs ? ([x]) => Math.abs(x as number) : ([x]) => -(x as number);
    case "decimal": return isAbs ? ([x]) => ((x as bigint) < 0n ? -(x as bigint) : x!) : ([x]) => -(x as bigint);
    case "bigint": return ([x]) => {
      const value = isAbs && (x as bigint) >= 0n ? x as bigint : -(x as bigint);
      if (ansi && value > 2n ** 63n - 1n) throw arithmeticOverflow("overflow");
      return BigInt.asIntN(64, value);
    };
    case "day_time_interval": return ([x]) => int64(isAbs && (x as bigint) >= 0n ? x as bigint : -(x as bigint));
    case "year_month_interval": return ([x]) => {
      if (x === -2147483648) throw intervalOverflow();
      return isAbs ? Math.abs(x as number) : -(x as number) + 0;
    };
    case "calendar_interval": return ([x]) => {
      const { months, days, micros } = x as CalendarInterval;
      return { months: -months + 0, days: -days + 0, micros: -micros };
    };
    default: {
      const limit = type.kind === "tinyint" ? 128 : type.kind === "smallint" ? 32768 : 2147483648;
      return ([x]): Cell => {
        const value = isAbs && (x as number) >= 0 ? x as number : -(x as number) + 0;
        if (value !== limit) return value;
        if (ansi) throw arithmeticOverflow("overflow");
        return -limit;
      };
    }
  }
}

/** Negation is a product with -1: it overflows where the sign change does, and -0.0 comes out right. */
function negateVector(type: DataType, row: RowKernel): VectorKernel | undefined {
  const kind = KIND[physicalOf(type) as keyof typeof KIND];
  if (type.kind === "decimal" || kind === undefined || kind === KIND.u8 || kind > KIND.f64) return undefined;
  const minusOne: Cell = kind === KIND.i64 ? -1n : -1;
  return (args, rows, length, context) => {
    const [a] = args as [Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(type, length, valid, context);
    const factor = constantVector(type, minusOne, context.arena);
    const failed = kernels().arithmetic(kind, 2, a.data, maskOf(a), factor.data, 0, valid, rows.pointer, rows.count, out.data);
    if (failed >= 0) row([kind === KIND.i64 ? -(2n ** 63n) : -(2 ** (8 * [0, 1, 2, 4][kind]! - 1))], context);
    return out;
  };
}

function unary(name: string, usage: string, description: string, cases: Cases, isAbs: boolean): ScalarFunction {
  const accepts = isAbs ? ABS : UNARY;
  return custom({
    name, usage, description, cases,
    bind: (args, settings, origin) => {
      checkCount(name, args.length, 1, 1, origin);
      const type = implicitCast(args[0]!.type, accepts);
      if (type === undefined) throw unexpectedType(name, args, 0, familyName(accepts), origin);
      const row = signKernel(type, isAbs, settings.ansi), vector = isAbs ? absoluteVector(type, row) : settings.ansi ? negateVector(type, row) : undefined;
      return { type, argTypes: [type], canRaise: settings.ansi && !isFractional(type) && type.kind !== "decimal", row, ...(vector && { vector }) };
    },
  });
}

export const arithmeticFunctions: readonly ScalarFunction[] = [
  operator("+", "+", "expr1 + expr2", "The sum.", [["1 + 2", "3"], ["2147483647 + 1", "ARITHMETIC_OVERFLOW"], ["1.5 + 1", "2.5"], ["DATE'2024-02-28' + 2", "2024-03-01"], ["127Y + 1Y", "BINARY_ARITHMETIC_OVERFLOW"]]),
  operator("-", "-", "expr1 - expr2", "The difference.", [["2 - 1", "1"], ["1.10 - 0.1", "1.00"]]),
  operator("*", "*", "expr1 * expr2", "The product.", [["2 * 3", "6"], ["1.5 * 1.5", "2.25"]]),
  operator("/", "/", "expr1 / expr2", "The quotient: DOUBLE, or DECIMAL of DECIMALs.", [["3 / 2", "1.5"], ["1 / 0", "DIVIDE_BY_ZERO"], ["1.0 / 3", "0.333333"]]),
  operator("div", "div", "expr1 div expr2", "The quotient without its fraction, as BIGINT.", [["7 div 2", "3"], ["-7 div 2", "-3"], ["1 div 0", "DIVIDE_BY_ZERO"]]),
  operator("%", "%", "expr1 % expr2", "The remainder, with the sign of the dividend.", [["7 % 3", "1"], ["-7 % 3", "-1"], ["7 % 0", "REMAINDER_BY_ZERO"]], undefined, ["mod"]),
  operator("pmod", "pmod", "pmod(expr1, expr2)", "The remainder that isn't negative.", [["pmod(-7, 3)", "2"], ["pmod(10, 3)", "1"]]),
  operator("try_add", "+", "try_add(expr1, expr2)", "The sum, or null when it overflows.", [["try_add(1, 2)", "3"], ["try_add(2147483647, 1)", "NULL"]], "try"),
  operator("try_subtract", "-", "try_subtract(expr1, expr2)", "The difference, or null when it overflows.", [["try_subtract(-2147483648, 1)", "NULL"]], "try"),
  operator("try_multiply", "*", "try_multiply(expr1, expr2)", "The product, or null when it overflows.", [["try_multiply(2, 3)", "6"], ["try_multiply(70000, 70000)", "NULL"]], "try"),
  operator("try_divide", "/", "try_divide(dividend, divisor)", "The quotient, or null when the divisor is 0.", [["try_divide(3, 2)", "1.5"], ["try_divide(1, 0)", "NULL"]], "try"),
  operator("try_mod", "%", "try_mod(dividend, divisor)", "The remainder, or null when the divisor is 0.", [["try_mod(3, 2)", "1"], ["try_mod(1, 0)", "NULL"]], "try"),
  unary("negative", "negative(expr)", "The value with the other sign.", [["negative(1)", "-1"], ["- 1.5", "-1.5"]], false),
  custom({
    name: "positive", usage: "positive(expr)", description: "The value itself.", cases: [["positive(1)", "1"]],
    bind: (args, _settings, origin) => {
      checkCount("positive", args.length, 1, 1, origin);
      const type = implicitCast(args[0]!.type, UNARY);
      if (type === undefined) throw unexpectedType("positive", args, 0, familyName(UNARY), origin);
      return { type: type.kind === "void" ? DOUBLE : type, argTypes: [type], row: ([x]) => x!, ...(type.kind !== "void" && { vector: ([x]) => x! }) };
    },
  }),
  unary("abs", "abs(expr)", "The value without its sign.", [["abs(-1)", "1"], ["abs(-2147483648)", "ARITHMETIC_OVERFLOW"], ["abs('-1.5')", "1.5"]], true),
];

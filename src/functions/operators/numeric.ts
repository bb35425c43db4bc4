/** Arithmetic of numbers: types of operands and results, value kernels, vector kernels for types stored in place. */
import { MillraceError } from "../../base/errors.ts";
import { cellAt } from "../../columns/cells.ts";
import { Vector, physicalOf } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { Binding, RowKernel, SqlSettings, VectorKernel } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DOUBLE, isFractional, isInterval, isIntegral, isNumeric, sameType, type DataType, type DecimalType } from "../../types/data-type.ts";
import { arithmeticType, decimalFor, divideHalfUp, fits, powerOfTen, rescale } from "../../types/decimal-rules.ts";
import { formatDecimal } from "../../types/number-text.ts";
import { decimalOperand, isString, stringPromotion, tightestCommonType } from "../coercion.ts";
import { arithmeticOverflow, binaryOverflow, decimalOutOfRange, differentTypes, divideByZero, remainderByZero, wrongOperandType } from "../errors.ts";
import { positiveRemainderVector } from "../math/number-vectors.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";

export type NumericOperator = "+" | "-" | "*" | "/" | "%" | "div" | "pmod";
export type ArithmeticMode = "ansi" | "try" | "legacy";

const TRY_NAMES: Readonly<Record<string, string>> = { "+": "try_add", "-": "try_subtract", "*": "try_multiply" };
const INTERVALS = "\"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\"";
const ACCEPTED: Readonly<Record<NumericOperator, string>> = {
  "+": `("NUMERIC" or ${INTERVALS})`, "-": `("NUMERIC" or ${INTERVALS})`, "*": "\"NUMERIC\"", "/": "(\"DOUBLE\" or \"DECIMAL\")", "%": "\"NUMERIC\"", pmod: "\"NUMERIC\"",
  div: "(\"BIGINT\" or \"DECIMAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")",
};

/** `ansi`: text beside a whole number is one; else it is DOUBLE beside any number and beside text. `keepScale`: DECIMALs keep their digits behind the point. */
export interface NumericRules { readonly ansi: boolean; readonly keepScale: boolean }
const ANSI: NumericRules = { ansi: true, keepScale: false };

/** What each operand is cast to and what comes out. */
export interface NumericTypes { readonly operands: readonly [DataType, DataType]; readonly result: DataType }

/** @throws AnalysisError DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES, BINARY_OP_WRONG_TYPE */
export function numericTypes(operator: NumericOperator, name: string, args: readonly ResolvedExpression[], origin: Origin | undefined, { ansi, keepScale } = ANSI): NumericTypes {
  const decimals = (op: NumericOperator, x: DecimalType, y: DecimalType): NumericTypes => ({ operands: [x, y], result: op === "div" ? BIGINT : arithmeticType(op, x, y, keepScale) });
  const [left, right] = args as [ResolvedExpression, ResolvedExpression];
  let a = left.type, b = right.type;
  if (!ansi) { a = isString(a) ? DOUBLE : a; b = isString(b) ? DOUBLE : b; }
  if ((isString(a) && (isString(b) || b.kind === "void")) || (isString(b) && a.kind === "void")) throw wrongOperandType(name, args, isString(a) ? a : b, ACCEPTED[operator], origin);
  const promoted = stringPromotion(a, b);
  if (promoted !== undefined) { a = isString(a) ? promoted : a; b = isString(b) ? promoted : b; }
  if (a.kind === "void" && b.kind === "void") {
    const type = operator === "div" ? BIGINT : DOUBLE;
    return { operands: [type, type], result: type };
  }
  if (operator === "/") {
    if (a.kind === "void" && b.kind === "decimal") return same(DOUBLE);
    if (a.kind === "decimal" && b.kind === "void") return decimals(operator, a, a);
    if (a.kind !== "decimal" && b.kind !== "decimal" && (isNumeric(a) || a.kind === "void") && (isNumeric(b) || b.kind === "void")) return same(DOUBLE);
  }
  if ((a.kind === "void" || b.kind === "void") && isInterval(a.kind === "void" ? b : a)) throw differentTypes(name, args, [a, b], origin);
  if (a.kind === "void") a = b;
  if (b.kind === "void") b = a;
  if (a.kind === "decimal" && b.kind === "decimal") return decimals(operator, a, b);
  if (a.kind === "decimal" && isIntegral(b)) return decimals(operator, a, b === right.type ? decimalOperand(right) : decimalFor(b));
  if (b.kind === "decimal" && isIntegral(a)) return decimals(operator, a === left.type ? decimalOperand(left) : decimalFor(a), b);
  if ((a.kind === "decimal" && isFractional(b)) || (b.kind === "decimal" && isFractional(a))) a = b = DOUBLE;
  if (operator === "div") {
    if (isIntegral(a) && isIntegral(b)) return same(BIGINT);
    const type = isFractional(a) && isFractional(b) ? DOUBLE : undefined;
    if (type !== undefined) throw wrongOperandType(name, args, type, ACCEPTED[operator], origin);
    throw differentTypes(name, args, [isIntegral(a) ? BIGINT : a, isIntegral(b) ? BIGINT : b], origin);
  }
  const common = tightestCommonType(a, b);
  if (common === undefined) throw differentTypes(name, args, [a, b], origin);
  if (!isNumeric(common)) throw sameType(a, b) ? wrongOperandType(name, args, common, ACCEPTED[operator], origin) : differentTypes(name, args, [a, b], origin);
  return same(common);
}

const same = (type: DataType): NumericTypes => ({ operands: [type, type], result: type });

export function modeOf(settings: SqlSettings): ArithmeticMode {
  return settings.ansi ? "ansi" : "legacy";
}

/** A binding of an operator over numbers. */
export function numericBinding(operator: NumericOperator, name: string, args: readonly ResolvedExpression[], mode: ArithmeticMode, origin: Origin | undefined, rules = ANSI): Binding {
  if (operator === "/" && rules.ansi && stringPromotion(args[0]!.type, args[1]!.type)?.kind === "bigint") return wholeTextDivision(mode);
  const { operands, result } = numericTypes(operator, name, args, origin, rules);
  const row = rowKernel(operator, operands, result, mode), vector = mode === "legacy" ? undefined : mode === "try" ? tryVector(operator, operands, result, row) : vectorKernel(operator, operands, result, row);
  const divides = operator === "/" || operator === "%" || operator === "div" || operator === "pmod";
  const nullable = mode !== "ansi" || divides;
  return {
    type: result, argTypes: operands, row, nullable,
    canRaise: mode === "ansi" && (divides || !isFractional(result)) && !(operands[0].kind === "decimal" && operands[1].kind === "decimal" && alwaysFits(operator, operands[0], operands[1])), ...(vector && { vector }),
  };
}

/** Text beside a whole number is one, too, before both are divided as fractions. */
function wholeTextDivision(mode: ArithmeticMode): Binding {
  return {
    type: DOUBLE, argTypes: [BIGINT, BIGINT], nullable: true, canRaise: mode === "ansi",
    row: ([x, y]) => {
      if (y !== 0n) return Number(x) / Number(y);
      if (mode === "ansi") throw divideByZero();
      return null;
    },
  };
}

const RANGES: Readonly<Record<string, number>> = { tinyint: 128, smallint: 32_768, int: 2_147_483_648 };

function rowKernel(operator: NumericOperator, operands: readonly DataType[], result: DataType, mode: ArithmeticMode): RowKernel {
  const kernel = operands[0]!.kind === "decimal" ? decimalKernel(operator, operands[0] as DecimalType, operands[1] as DecimalType, result, mode) : plainKernel(operator, operands[0]!, mode);
  if (mode !== "try") return kernel;
  return (args, context) => {
    try {
      return kernel(args, context);
    } catch {
      return null;
    }
  };
}

function overflowError(operator: NumericOperator, type: DataType, x: Cell, y: Cell): Error {
  if (type.kind === "tinyint" || type.kind === "smallint") return binaryOverflow(`${x as number}S`, operator, `${y as number}S`, TRY_NAMES[operator] ?? "try_divide");
  return operator === "div" ? arithmeticOverflow("Overflow in integral divide", "try_divide") : arithmeticOverflow("overflow", TRY_NAMES[operator] ?? "");
}

function plainKernel(operator: NumericOperator, type: DataType, mode: ArithmeticMode): RowKernel {
  const zero = operator === "%" || operator === "pmod" ? remainderByZero : divideByZero;
  const byZero = (): null => { if (mode === "legacy") return null; throw zero(); };
  if (type.kind === "bigint") {
    return ([x, y]) => {
      const a = x as bigint, b = y as bigint;
      if (b === 0n && (operator === "%" || operator === "pmod" || operator === "div")) return byZero();
      const value = operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : operator === "%" ? a % b : operator === "div" ? a / b : positiveRemainder(a, b);
      const low = BigInt.asIntN(64, value);
      if (low !== value && mode !== "legacy") throw overflowError(operator, type, x!, y!);
      return low;
    };
  }
  if (isFractional(type)) {
    const fit = type.kind === "float" ? Math.fround : (value: number) => value;
    return ([x, y]) => {
      const a = x as number, b = y as number;
      switch (operator) {
        case "+": return fit(a + b);
        case "-": return fit(a - b);
        case "*": return fit(a * b);
        case "/": return b === 0 ? byZero() : fit(a / b);
        case "%": return b === 0 ? byZero() : fit(a % b);
        default: {
          if (b === 0) return byZero();
          const r = a % b;
          return fit(r < 0 ? (r + b) % b : r);
        }
      }
    };
  }
  const range = RANGES[type.kind]!, bits = type.kind === "tinyint" ? 8 : type.kind === "smallint" ? 16 : 32;
  return ([x, y]) => {
    const a = x as number, b = y as number;
    if (b === 0 && (operator === "%" || operator === "pmod")) return byZero();
    // Products of two 32-bit numbers may pass 2^53; their range shows all the same, but wrapping needs all bits.
    const value = operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : operator === "%" ? a % b + 0 : Number(positiveRemainder(BigInt(a), BigInt(b)));
    if (value >= -range && value < range) return value + 0;
    if (mode !== "legacy") throw overflowError(operator, type, x!, y!);
    return Number(BigInt.asIntN(bits, operator === "*" ? BigInt(a) * BigInt(b) : BigInt(value)));
  };
}

function positiveRemainder(a: bigint, b: bigint): bigint {
  const r = a % b;
  return r < 0n ? (r + b) % b : r;
}

function decimalKernel(operator: NumericOperator, a: DecimalType, b: DecimalType, result: DataType, mode: ArithmeticMode): RowKernel {
  const scale = Math.max(a.scale, b.scale), up = powerOfTen(scale - a.scale), upRight = powerOfTen(scale - b.scale);
  const byZero = (): null => { if (mode === "legacy") return null; throw operator === "%" || operator === "pmod" ? remainderByZero() : divideByZero(); };
  const fitted = (unscaled: bigint, from: number): Cell => {
    const type = result as DecimalType, value = rescale(unscaled, from, type.scale);
    if (fits(value, type.precision)) return value;
    if (mode === "legacy") return null;
    throw decimalOutOfRange(formatDecimal(unscaled, from), type.precision, type.scale);
  };
  switch (operator) {
    case "+": return ([x, y]) => fitted((x as bigint) * up + (y as bigint) * upRight, scale);
    case "-": return ([x, y]) => fitted((x as bigint) * up - (y as bigint) * upRight, scale);
    case "*": return ([x, y]) => fitted((x as bigint) * (y as bigint), a.scale + b.scale);
    case "/": return ([x, y]) => {
      if (y === 0n) return byZero();
      // To 39 digits behind the point first, as the reference rounds twice.
      const shift = 39 + b.scale - a.scale;
      return fitted(shift >= 0 ? divideHalfUp((x as bigint) * powerOfTen(shift), y as bigint) : divideHalfUp(x as bigint, (y as bigint) * powerOfTen(-shift)), 39);
    };
    case "div": return ([x, y]) => {
      if (y === 0n) return byZero();
      const value = ((x as bigint) * up) / ((y as bigint) * upRight), low = BigInt.asIntN(64, value);
      if (low !== value && mode !== "legacy") throw arithmeticOverflow("Overflow in integral divide", "try_divide");
      return low;
    };
    case "%": return ([x, y]) => (y === 0n ? byZero() : fitted(((x as bigint) * up) % ((y as bigint) * upRight), scale));
    default: return ([x, y]) => (y === 0n ? byZero() : fitted(positiveRemainder((x as bigint) * up, (y as bigint) * upRight), scale));
  }
}

const OPERATIONS: Readonly<Record<NumericOperator, number>> = { "+": 0, "-": 1, "*": 2, "%": 3, div: 4, "/": 4, pmod: -1 };

/** As in ANSI mode while no row fails; when one does, all go value by value. */
function tryVector(operator: NumericOperator, operands: readonly DataType[], result: DataType, row: RowKernel): VectorKernel | undefined {
  const strict = vectorKernel(operator, operands, result, rowKernel(operator, operands, result, "ansi")), byRow = rowVector(result, row);
  return strict && ((args, rows, length, context) => {
    try {
      return strict(args, rows, length, context);
    } catch (error) {
      if (error instanceof MillraceError) return byRow(args, rows, length, context);
      throw error;
    }
  });
}

function vectorKernel(operator: NumericOperator, operands: readonly DataType[], result: DataType, row: RowKernel): VectorKernel | undefined {
  const [left, right] = operands as [DataType, DataType];
  if (operator === "pmod") return positiveRemainderVector(left, row);
  if (left.kind === "decimal" && right.kind === "decimal") return decimalVectors(operator, left, right, result, row);
  const operation = OPERATIONS[operator], kind = KIND[physicalOf(left) as keyof typeof KIND];
  if (operation < 0 || (operation === 3 && isFractional(left)) || (operator === "/" && left.kind !== "double")) return undefined;
  return (args, rows, length, context) => {
    const [a, b] = args as [Vector, Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(result, length, valid, context);
    const failed = kernels().arithmetic(kind, operation, a.data, maskOf(a), b.data, maskOf(b), valid, rows.pointer, rows.count, out.data);
    if (failed >= 0) {
      row([cellAt(a, failed), cellAt(b, failed)], context);
      throw divideByZero();
    }
    return out;
  };
}

/** Sums and products that always fit: in 64 bits, or in 128. */
function decimalVectors(operator: NumericOperator, a: DecimalType, b: DecimalType, result: DataType, row: RowKernel): VectorKernel | undefined {
  if (result.kind !== "decimal") return undefined;
  if (operator === "/") return quotientVector(a, b, result, row);
  const isWide = result.precision > 18 || a.precision > 18 || b.precision > 18;
  if (isWide) return wideVectors(operator, a, b, result, row);
  if (operator === "*") {
    return (args, rows, length, context) => {
      const [x, y] = args as [Vector, Vector], out = emptyVector(result, length, combinedValidity(args, rows, length, context), context);
      kernels().decimalProduct(x.data, maskOf(x), y.data, maskOf(y), rows.pointer, rows.count, out.data);
      return out;
    };
  }
  if (operator !== "+" && operator !== "-") return undefined;
  const up = powerOfTen(result.scale - a.scale), upRight = powerOfTen(result.scale - b.scale) * (operator === "-" ? -1n : 1n);
  return (args, rows, length, context) => {
    const [x, y] = args as [Vector, Vector], out = emptyVector(result, length, combinedValidity(args, rows, length, context), context);
    kernels().decimalSum(x.data, maskOf(x), up, y.data, maskOf(y), upRight, rows.pointer, rows.count, out.data);
    return out;
  };
}

/** Quotients of values of 64 bits; others go row by row. Rounding once is what rounding twice gives: no such quotient lies so close to a half. */
function quotientVector(a: DecimalType, b: DecimalType, result: DecimalType, row: RowKernel): VectorKernel | undefined {
  const exponent = result.scale - a.scale + b.scale, limit = powerOfTen(result.precision), wide = (type: DecimalType): number => (type.precision > 18 ? 1 : 0), byRow = rowVector(result, row);
  if (exponent < 0 || exponent > 18 || result.scale > 18) return undefined;
  const factor = powerOfTen(exponent), limitLow = BigInt.asIntN(64, limit), limitHigh = limit >> 64n;
  return (args, rows, length, context) => {
    const [x, y] = args as [Vector, Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(result, length, valid, context);
    const failed = kernels().decimalQuotient(wide(a), x.data, maskOf(x), wide(b), y.data, maskOf(y), factor, limitLow, limitHigh, wide(result), valid, rows.pointer, rows.count, out.data);
    return failed < 0 ? out : byRow(args, rows, length, context);
  };
}

function wideVectors(operator: NumericOperator, a: DecimalType, b: DecimalType, result: DecimalType, row: RowKernel): VectorKernel | undefined {
  if (operator === "*") {
    // Only where no digit is cut.
    if (result.scale !== a.scale + b.scale) return undefined;
    if ((a.precision > 18 && b.precision > 18) || a.precision + b.precision > 38) return checkedProduct(a, b, result, row);
    if (a.precision > 18 || b.precision > 18) {
      const wide = a.precision > 18 ? 0 : 1;
      return (args, rows, length, context) => {
        const x = args[wide]!, y = args[1 - wide]!, out = emptyVector(result, length, combinedValidity(args, rows, length, context), context);
        kernels().decimalProductMixed(x.data, maskOf(x), y.data, maskOf(y), rows.pointer, rows.count, out.data);
        return out;
      };
    }
    return (args, rows, length, context) => {
      const [x, y] = args as [Vector, Vector], out = emptyVector(result, length, combinedValidity(args, rows, length, context), context);
      kernels().decimalProductWide(x.data, maskOf(x), y.data, maskOf(y), rows.pointer, rows.count, out.data);
      return out;
    };
  }
  const scale = Math.max(a.scale, b.scale), whole = Math.max(a.precision - a.scale, b.precision - b.scale) + 1;
  const up = powerOfTen(scale - a.scale), upRight = powerOfTen(scale - b.scale) * (operator === "-" ? -1n : 1n);
  if ((operator !== "+" && operator !== "-") || whole + scale > 38 || result.scale !== scale || result.precision <= 18 || up > 10n ** 18n || upRight > 10n ** 18n || upRight < -(10n ** 18n)) return undefined;
  return (args, rows, length, context) => {
    const [x, y] = args as [Vector, Vector], out = emptyVector(result, length, combinedValidity(args, rows, length, context), context);
    kernels().decimalSumWide(a.precision > 18 ? 1 : 0, x.data, maskOf(x), up, b.precision > 18 ? 1 : 0, y.data, maskOf(y), upRight, rows.pointer, rows.count, out.data);
    return out;
  };
}

/** Products that fit as long as their factors are not both large: rows where they are go one by one. */
function checkedProduct(a: DecimalType, b: DecimalType, result: DecimalType, row: RowKernel): VectorKernel | undefined {
  // What has 126 bits has at most 38 digits.
  if (result.precision !== 38) return undefined;
  const aWide = a.precision > 18 ? 1 : 0, bWide = b.precision > 18 ? 1 : 0;
  return (args, rows, length, context) => {
    const [x, y] = args as [Vector, Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(result, length, valid, context), memory = linearMemory();
    for (let from = 0; ;) {
      const at = kernels().decimalProductChecked(aWide, x.data, maskOf(x), bWide, y.data, maskOf(y), valid, rows.pointer, from, rows.count, out.data);
      if (at < 0) return out;
      const place = rows.pointer === 0 ? at : memory.u32[(rows.pointer >>> 2) + at]!, value = row([cellAt(x, place), cellAt(y, place)], context) as bigint;
      memory.i64[(out.data >>> 3) + 2 * place] = BigInt.asIntN(64, value);
      memory.i64[(out.data >>> 3) + 2 * place + 1] = value >> 64n;
      from = at + 1;
    }
  };
}

/** Whether every result of two decimals has a place in the type of the result. */
function alwaysFits(operator: NumericOperator, a: DecimalType, b: DecimalType): boolean {
  if (operator === "*") return a.precision + b.precision <= 38;
  return (operator === "+" || operator === "-") && Math.max(a.precision - a.scale, b.precision - b.scale) + 1 + Math.max(a.scale, b.scale) <= 38;
}

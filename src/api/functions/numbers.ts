/** Functions over numbers. */
import { BIGINT, DOUBLE, INT, STRING } from "../../types/data-type.ts";
import type { Decimal, Int, Num } from "../../types/values.ts";
import type { Expr, NumericColumn, StringColumn } from "../column.ts";
import { fn } from "./make.ts";

type N = Num | null;
type NumArg = Expr<N> | number | bigint | Decimal;
/** A double, null where the argument is. */
type AsDouble<T> = NumericColumn<number | (T & null)>;
/** A whole number: BIGINT, or a decimal of a decimal. */
type Whole<T> = NumericColumn<(T extends Decimal ? Decimal : T extends null ? never : bigint) | (T & null)>;

export function abs<T extends N>(of: Expr<T>): NumericColumn<T> { return fn("abs", "first", of); }
export function negative<T extends N>(of: Expr<T>): NumericColumn<T> { return fn("negative", "first", of); }
export function sign<T extends N>(of: Expr<T>): AsDouble<T> { return fn("sign", DOUBLE, of); }
/** Half away from zero, to `scale` digits behind the point. */
export function round<T extends N>(of: Expr<T>, scale?: number): NumericColumn<T> { return fn("round", "first", of, scale); }
/** Half to even. */
export function bround<T extends N>(of: Expr<T>, scale?: number): NumericColumn<T> { return fn("bround", "first", of, scale); }
export function floor<T extends N>(of: Expr<T>): Whole<T> { return fn("floor", undefined, of); }
export function ceil<T extends N>(of: Expr<T>): Whole<T> { return fn("ceil", undefined, of); }
export function sqrt<T extends N>(of: Expr<T>): AsDouble<T> { return fn("sqrt", DOUBLE, of); }
export function cbrt<T extends N>(of: Expr<T>): AsDouble<T> { return fn("cbrt", DOUBLE, of); }
export function exp<T extends N>(of: Expr<T>): AsDouble<T> { return fn("exp", DOUBLE, of); }
/** Logarithms are null where they aren't defined. */
export function ln(of: Expr<N>): NumericColumn<number | null> { return fn("ln", DOUBLE, of); }
export function log10(of: Expr<N>): NumericColumn<number | null> { return fn("log10", DOUBLE, of); }
export function log2(of: Expr<N>): NumericColumn<number | null> { return fn("log2", DOUBLE, of); }
export function log(base: NumArg, of: Expr<N>): NumericColumn<number | null> { return fn("log", DOUBLE, base, of); }
export function pow<T extends N>(of: Expr<T>, exponent: NumArg): NumericColumn<number | null> { return fn("pow", DOUBLE, of, exponent); }
/** The rest of a division, with the sign of the first. */
export function mod<T extends N>(of: Expr<T>, by: NumArg): NumericColumn<T | null> { return fn("mod", "first", of, by); }
/** The rest of a division, never negative. */
export function pmod<T extends N>(of: Expr<T>, by: NumArg): NumericColumn<T | null> { return fn("pmod", "first", of, by); }
export function sin<T extends N>(of: Expr<T>): AsDouble<T> { return fn("sin", DOUBLE, of); }
export function cos<T extends N>(of: Expr<T>): AsDouble<T> { return fn("cos", DOUBLE, of); }
export function tan<T extends N>(of: Expr<T>): AsDouble<T> { return fn("tan", DOUBLE, of); }
export function asin<T extends N>(of: Expr<T>): AsDouble<T> { return fn("asin", DOUBLE, of); }
export function acos<T extends N>(of: Expr<T>): AsDouble<T> { return fn("acos", DOUBLE, of); }
export function atan<T extends N>(of: Expr<T>): AsDouble<T> { return fn("atan", DOUBLE, of); }
export function atan2(y: NumArg, x: NumArg): NumericColumn<number | null> { return fn("atan2", DOUBLE, y, x); }
export function degrees<T extends N>(of: Expr<T>): AsDouble<T> { return fn("degrees", DOUBLE, of); }
export function radians<T extends N>(of: Expr<T>): AsDouble<T> { return fn("radians", DOUBLE, of); }
export function hypot(a: NumArg, b: NumArg): NumericColumn<number | null> { return fn("hypot", DOUBLE, a, b); }
export function bin<T extends N>(of: Expr<T>): StringColumn<string | (T & null)> { return fn("bin", STRING, of); }
export function conv(of: Expr<string | null>, fromBase: number, toBase: number): StringColumn<string | null> { return fn("conv", STRING, of, fromBase, toBase); }
export function factorial(of: Expr<Int | null>): NumericColumn<bigint | null> { return fn("factorial", BIGINT, of); }
export function bit_count<T extends N>(of: Expr<T>): NumericColumn<Int | (T & null)> { return fn("bit_count", INT, of); }
export function width_bucket(of: Expr<N>, low: NumArg, high: NumArg, buckets: number): NumericColumn<bigint | null> { return fn("width_bucket", BIGINT, of, low, high, buckets); }

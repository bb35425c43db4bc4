/** Aggregates of the rarer kind: regressions, bits, sketches. What each gives is in docs/functions. */
import { BIGINT, BINARY, BOOLEAN, DOUBLE, STRING } from "../../types/data-type.ts";
import type { Decimal, Num, Variant } from "../../types/values.ts";
import type { BooleanColumn, Column, Condition, Expr, NumericColumn, StringColumn, UntypedColumn } from "../column.ts";
import type { CountColumn } from "./aggregates.ts";
import { fn } from "./make.ts";

type Number_ = Expr<Num | null> | number | bigint | Decimal;
type Whole = Expr<Num | null> | number;
type Any = Expr<unknown> | string | number | bigint | boolean | null;
type Bytes = Expr<string | Uint8Array | null> | string | Uint8Array;
type VariantArg = Expr<Variant | null>;

export function approx_percentile<T extends Num | null>(of: Expr<T>, b: Number_, c?: Whole): Column<T> { return fn("approx_percentile", "first", of, b, c); }
export function array_agg<T>(of: Expr<T>): Column<T[]> { return fn("array_agg", undefined, of); }
export function bit_and<T extends Num | null>(of: Expr<T>): Column<T> { return fn("bit_and", "first", of); }
export function bit_or<T extends Num | null>(of: Expr<T>): Column<T> { return fn("bit_or", "first", of); }
export function bit_xor<T extends Num | null>(of: Expr<T>): Column<T> { return fn("bit_xor", "first", of); }
export function schema_of_variant_agg(of: VariantArg): StringColumn<string | null> { return fn("schema_of_variant_agg", STRING, of); }
export function bitmap_and_agg(of: Bytes): Column<Uint8Array | null> { return fn("bitmap_and_agg", BINARY, of); }
export function bitmap_construct_agg(of: Number_): Column<Uint8Array | null> { return fn("bitmap_construct_agg", BINARY, of); }
export function bitmap_or_agg(of: Bytes): Column<Uint8Array | null> { return fn("bitmap_or_agg", BINARY, of); }
export function collect_union<T extends readonly unknown[] | null>(of: Expr<T>): Column<T> { return fn("collect_union", "first", of); }
export function count_min_sketch(of: Any, b: Number_, c: Number_, d: Whole): Column<Uint8Array | null> { return fn("count_min_sketch", BINARY, of, b, c, d); }
export function every(of: Condition): BooleanColumn<boolean | null> { return fn("every", BOOLEAN, of); }
export function some(of: Condition): BooleanColumn<boolean | null> { return fn("some", BOOLEAN, of); }
export function first_value<T>(of: Expr<T>, b?: boolean): Column<T> { return fn("first_value", "first", of, b); }
export function last_value<T>(of: Expr<T>, b?: boolean): Column<T> { return fn("last_value", "first", of, b); }
export function histogram_numeric(of: Number_, b: Whole): UntypedColumn { return fn("histogram_numeric", undefined, of, b); }
export function hll_sketch_agg(of: Any, b?: Whole): Column<Uint8Array | null> { return fn("hll_sketch_agg", BINARY, of, b); }
export function hll_union_agg(of: Bytes, b?: boolean): Column<Uint8Array | null> { return fn("hll_union_agg", BINARY, of, b); }
export function kurtosis(of: Number_): NumericColumn<number | null> { return fn("kurtosis", DOUBLE, of); }
export function skewness(of: Number_): NumericColumn<number | null> { return fn("skewness", DOUBLE, of); }
export function regr_avgx(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_avgx", DOUBLE, of, b); }
export function regr_avgy(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_avgy", DOUBLE, of, b); }
export function regr_count(of: Number_, b: Number_): CountColumn { return fn("regr_count", BIGINT, of, b); }
export function regr_intercept(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_intercept", DOUBLE, of, b); }
export function regr_r2(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_r2", DOUBLE, of, b); }
export function regr_slope(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_slope", DOUBLE, of, b); }
export function regr_sxx(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_sxx", DOUBLE, of, b); }
export function regr_sxy(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_sxy", DOUBLE, of, b); }
export function regr_syy(of: Number_, b: Number_): NumericColumn<number | null> { return fn("regr_syy", DOUBLE, of, b); }
export function std(of: Number_): NumericColumn<number | null> { return fn("std", DOUBLE, of); }
export function stddev_samp(of: Number_): NumericColumn<number | null> { return fn("stddev_samp", DOUBLE, of); }
export function var_samp(of: Number_): NumericColumn<number | null> { return fn("var_samp", DOUBLE, of); }
export function string_agg(of: Bytes, b?: string): StringColumn<string | null> { return fn("string_agg", STRING, of, b); }
export function theta_intersection_agg(of: Bytes): Column<Uint8Array | null> { return fn("theta_intersection_agg", BINARY, of); }
export function theta_sketch_agg(of: Any, b?: Whole): Column<Uint8Array | null> { return fn("theta_sketch_agg", BINARY, of, b); }
export function theta_union_agg(of: Bytes, b?: Whole): Column<Uint8Array | null> { return fn("theta_union_agg", BINARY, of, b); }
export function try_avg(of: Number_): UntypedColumn { return fn("try_avg", undefined, of); }
export function try_sum(of: Number_): UntypedColumn { return fn("try_sum", undefined, of); }
export function tuple_intersection_agg_double(of: Bytes, b?: string): Column<Uint8Array | null> { return fn("tuple_intersection_agg_double", BINARY, of, b); }
export function tuple_intersection_agg_integer(of: Bytes, b?: string): Column<Uint8Array | null> { return fn("tuple_intersection_agg_integer", BINARY, of, b); }
export function tuple_sketch_agg_double(of: Any, b: Number_, c?: Whole, d?: string): Column<Uint8Array | null> { return fn("tuple_sketch_agg_double", BINARY, of, b, c, d); }
export function tuple_sketch_agg_integer(of: Any, b: Number_, c?: Whole, d?: string): Column<Uint8Array | null> { return fn("tuple_sketch_agg_integer", BINARY, of, b, c, d); }
export function tuple_union_agg_double(of: Bytes, b?: Whole, c?: string): Column<Uint8Array | null> { return fn("tuple_union_agg_double", BINARY, of, b, c); }
export function tuple_union_agg_integer(of: Bytes, b?: Whole, c?: string): Column<Uint8Array | null> { return fn("tuple_union_agg_integer", BINARY, of, b, c); }
export function vector_avg<T extends readonly unknown[] | null>(of: Expr<T>): Column<T> { return fn("vector_avg", "first", of); }
export function vector_sum<T extends readonly unknown[] | null>(of: Expr<T>): Column<T> { return fn("vector_sum", "first", of); }
export function kll_merge_agg_bigint(of: Bytes, b?: Whole): Column<Uint8Array | null> { return fn("kll_merge_agg_bigint", BINARY, of, b); }
export function kll_merge_agg_double(of: Bytes, b?: Whole): Column<Uint8Array | null> { return fn("kll_merge_agg_double", BINARY, of, b); }
export function kll_merge_agg_float(of: Bytes, b?: Whole): Column<Uint8Array | null> { return fn("kll_merge_agg_float", BINARY, of, b); }
export function kll_sketch_agg_bigint(of: Number_, b?: Whole): Column<Uint8Array | null> { return fn("kll_sketch_agg_bigint", BINARY, of, b); }
export function kll_sketch_agg_double(of: Number_, b?: Whole): Column<Uint8Array | null> { return fn("kll_sketch_agg_double", BINARY, of, b); }
export function kll_sketch_agg_float(of: Number_, b?: Whole): Column<Uint8Array | null> { return fn("kll_sketch_agg_float", BINARY, of, b); }

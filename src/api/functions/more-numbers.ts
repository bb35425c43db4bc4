/** Numbers of the rarer kind: hyperbolic functions, sketches, vectors, arithmetic that gives null. What each gives is in docs/functions. */
import { BIGINT, BINARY, DOUBLE, INT, STRING } from "../../types/data-type.ts";
import type { Decimal, Int, Num } from "../../types/values.ts";
import type { Column, Expr, NumericColumn, StringColumn, UntypedColumn } from "../column.ts";
import { fn } from "./make.ts";

type Text = Expr<string | null> | string;
type Number_ = Expr<Num | null> | number | bigint | Decimal;
type Whole = Expr<Num | null> | number;
type Any = Expr<unknown> | string | number | bigint | boolean | null;
type Bytes = Expr<string | Uint8Array | null> | string | Uint8Array;
type Xs = Expr<readonly unknown[] | null>;

export function acosh(of: Number_): NumericColumn<number | null> { return fn("acosh", DOUBLE, of); }
export function asinh(of: Number_): NumericColumn<number | null> { return fn("asinh", DOUBLE, of); }
export function atanh(of: Number_): NumericColumn<number | null> { return fn("atanh", DOUBLE, of); }
export function ceiling(of: Number_, b?: Whole): UntypedColumn { return fn("ceiling", undefined, of, b); }
export function cosh(of: Number_): NumericColumn<number | null> { return fn("cosh", DOUBLE, of); }
export function cot(of: Number_): NumericColumn<number | null> { return fn("cot", DOUBLE, of); }
export function csc(of: Number_): NumericColumn<number | null> { return fn("csc", DOUBLE, of); }
export function e(): NumericColumn<number> { return fn("e", DOUBLE); }
export function expm1(of: Number_): NumericColumn<number | null> { return fn("expm1", DOUBLE, of); }
export function log1p(of: Number_): NumericColumn<number | null> { return fn("log1p", DOUBLE, of); }
export function pi(): NumericColumn<number> { return fn("pi", DOUBLE); }
export function positive<T extends Num | null>(of: Expr<T>): Column<T> { return fn("positive", "first", of); }
export function power(of: Number_, b: Number_): NumericColumn<number | null> { return fn("power", DOUBLE, of, b); }
export function rint(of: Number_): NumericColumn<number | null> { return fn("rint", DOUBLE, of); }
export function sec(of: Number_): NumericColumn<number | null> { return fn("sec", DOUBLE, of); }
export function shiftleft<T extends Num | null>(of: Expr<T>, b: Whole): Column<T> { return fn("shiftleft", "first", of, b); }
export function shiftright<T extends Num | null>(of: Expr<T>, b: Whole): Column<T> { return fn("shiftright", "first", of, b); }
export function shiftrightunsigned<T extends Num | null>(of: Expr<T>, b: Whole): Column<T> { return fn("shiftrightunsigned", "first", of, b); }
export function signum(of: Number_): NumericColumn<number | null> { return fn("signum", DOUBLE, of); }
export function sinh(of: Number_): NumericColumn<number | null> { return fn("sinh", DOUBLE, of); }
export function tanh(of: Number_): NumericColumn<number | null> { return fn("tanh", DOUBLE, of); }
export function bit_get(of: Number_, b: Whole): NumericColumn<Int | null> { return fn("bit_get", INT, of, b); }
export function getbit(of: Number_, b: Whole): NumericColumn<Int | null> { return fn("getbit", INT, of, b); }
export function bitmap_bit_position(of: Number_): NumericColumn<bigint | null> { return fn("bitmap_bit_position", BIGINT, of); }
export function bitmap_bucket_number(of: Number_): NumericColumn<bigint | null> { return fn("bitmap_bucket_number", BIGINT, of); }
export function bitmap_count(of: Bytes): NumericColumn<bigint | null> { return fn("bitmap_count", BIGINT, of); }
export function hll_sketch_estimate(of: Bytes): NumericColumn<bigint | null> { return fn("hll_sketch_estimate", BIGINT, of); }
export function hll_union(of: Bytes, b: Bytes, c?: boolean): Column<Uint8Array | null> { return fn("hll_union", BINARY, of, b, c); }
export function try_add(of: Any, b: Any): UntypedColumn { return fn("try_add", undefined, of, b); }
export function try_subtract(of: Any, b: Any): UntypedColumn { return fn("try_subtract", undefined, of, b); }
export function try_multiply(of: Any, b: Any): UntypedColumn { return fn("try_multiply", undefined, of, b); }
export function try_divide(of: Any, b: Any): UntypedColumn { return fn("try_divide", undefined, of, b); }
export function try_mod(of: Number_, b: Number_): UntypedColumn { return fn("try_mod", undefined, of, b); }
export function uniform(of: Number_, b: Number_, c?: Whole): UntypedColumn { return fn("uniform", undefined, of, b, c); }
export function to_number(of: Text, b: string): UntypedColumn { return fn("to_number", undefined, of, b); }
export function try_to_number(of: Text, b: string): UntypedColumn { return fn("try_to_number", undefined, of, b); }
export function to_char(of: Any, b: string): StringColumn<string | null> { return fn("to_char", STRING, of, b); }
export function to_varchar(of: Any, b: string): StringColumn<string | null> { return fn("to_varchar", STRING, of, b); }
export function vector_cosine_similarity(of: Xs, b: Xs): UntypedColumn { return fn("vector_cosine_similarity", undefined, of, b); }
export function vector_inner_product(of: Xs, b: Xs): UntypedColumn { return fn("vector_inner_product", undefined, of, b); }
export function vector_l2_distance(of: Xs, b: Xs): UntypedColumn { return fn("vector_l2_distance", undefined, of, b); }
export function vector_norm(of: Xs, b?: Number_): UntypedColumn { return fn("vector_norm", undefined, of, b); }
export function vector_normalize<T extends readonly unknown[] | null>(of: Expr<T>, b?: Number_): Column<T> { return fn("vector_normalize", "first", of, b); }
export function theta_difference(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("theta_difference", BINARY, of, b); }
export function theta_intersection(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("theta_intersection", BINARY, of, b); }
export function theta_union(of: Bytes, b: Bytes, c?: Whole): Column<Uint8Array | null> { return fn("theta_union", BINARY, of, b, c); }
export function theta_sketch_estimate(of: Bytes): NumericColumn<bigint | null> { return fn("theta_sketch_estimate", BIGINT, of); }
export function kll_sketch_get_n_bigint(of: Bytes): NumericColumn<bigint | null> { return fn("kll_sketch_get_n_bigint", BIGINT, of); }
export function kll_sketch_get_quantile_bigint(of: Bytes, b: Any): UntypedColumn { return fn("kll_sketch_get_quantile_bigint", undefined, of, b); }
export function kll_sketch_get_rank_bigint(of: Bytes, b: Any): UntypedColumn { return fn("kll_sketch_get_rank_bigint", undefined, of, b); }
export function kll_sketch_merge_bigint(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("kll_sketch_merge_bigint", BINARY, of, b); }
export function kll_sketch_to_string_bigint(of: Bytes): StringColumn<string | null> { return fn("kll_sketch_to_string_bigint", STRING, of); }
export function kll_sketch_get_n_double(of: Bytes): NumericColumn<bigint | null> { return fn("kll_sketch_get_n_double", BIGINT, of); }
export function kll_sketch_get_quantile_double(of: Bytes, b: Any): UntypedColumn { return fn("kll_sketch_get_quantile_double", undefined, of, b); }
export function kll_sketch_get_rank_double(of: Bytes, b: Any): UntypedColumn { return fn("kll_sketch_get_rank_double", undefined, of, b); }
export function kll_sketch_merge_double(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("kll_sketch_merge_double", BINARY, of, b); }
export function kll_sketch_to_string_double(of: Bytes): StringColumn<string | null> { return fn("kll_sketch_to_string_double", STRING, of); }
export function kll_sketch_get_n_float(of: Bytes): NumericColumn<bigint | null> { return fn("kll_sketch_get_n_float", BIGINT, of); }
export function kll_sketch_get_quantile_float(of: Bytes, b: Any): UntypedColumn { return fn("kll_sketch_get_quantile_float", undefined, of, b); }
export function kll_sketch_get_rank_float(of: Bytes, b: Any): UntypedColumn { return fn("kll_sketch_get_rank_float", undefined, of, b); }
export function kll_sketch_merge_float(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("kll_sketch_merge_float", BINARY, of, b); }
export function kll_sketch_to_string_float(of: Bytes): StringColumn<string | null> { return fn("kll_sketch_to_string_float", STRING, of); }
export function tuple_difference_double(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("tuple_difference_double", BINARY, of, b); }
export function tuple_difference_theta_double(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("tuple_difference_theta_double", BINARY, of, b); }
export function tuple_intersection_double(of: Bytes, b: Bytes, c?: string): Column<Uint8Array | null> { return fn("tuple_intersection_double", BINARY, of, b, c); }
export function tuple_intersection_theta_double(of: Bytes, b: Bytes, c?: string): Column<Uint8Array | null> { return fn("tuple_intersection_theta_double", BINARY, of, b, c); }
export function tuple_union_double(of: Bytes, b: Bytes, c?: Whole, d?: string): Column<Uint8Array | null> { return fn("tuple_union_double", BINARY, of, b, c, d); }
export function tuple_union_theta_double(of: Bytes, b: Bytes, c?: Whole, d?: string): Column<Uint8Array | null> { return fn("tuple_union_theta_double", BINARY, of, b, c, d); }
export function tuple_sketch_estimate_double(of: Bytes): NumericColumn<number | null> { return fn("tuple_sketch_estimate_double", DOUBLE, of); }
export function tuple_sketch_summary_double(of: Bytes, b?: string): UntypedColumn { return fn("tuple_sketch_summary_double", undefined, of, b); }
export function tuple_sketch_theta_double(of: Bytes): NumericColumn<number | null> { return fn("tuple_sketch_theta_double", DOUBLE, of); }
export function tuple_difference_integer(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("tuple_difference_integer", BINARY, of, b); }
export function tuple_difference_theta_integer(of: Bytes, b: Bytes): Column<Uint8Array | null> { return fn("tuple_difference_theta_integer", BINARY, of, b); }
export function tuple_intersection_integer(of: Bytes, b: Bytes, c?: string): Column<Uint8Array | null> { return fn("tuple_intersection_integer", BINARY, of, b, c); }
export function tuple_intersection_theta_integer(of: Bytes, b: Bytes, c?: string): Column<Uint8Array | null> { return fn("tuple_intersection_theta_integer", BINARY, of, b, c); }
export function tuple_union_integer(of: Bytes, b: Bytes, c?: Whole, d?: string): Column<Uint8Array | null> { return fn("tuple_union_integer", BINARY, of, b, c, d); }
export function tuple_union_theta_integer(of: Bytes, b: Bytes, c?: Whole, d?: string): Column<Uint8Array | null> { return fn("tuple_union_theta_integer", BINARY, of, b, c, d); }
export function tuple_sketch_estimate_integer(of: Bytes): NumericColumn<number | null> { return fn("tuple_sketch_estimate_integer", DOUBLE, of); }
export function tuple_sketch_summary_integer(of: Bytes, b?: string): UntypedColumn { return fn("tuple_sketch_summary_integer", undefined, of, b); }
export function tuple_sketch_theta_integer(of: Bytes): NumericColumn<number | null> { return fn("tuple_sketch_theta_integer", DOUBLE, of); }

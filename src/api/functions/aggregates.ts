/** Aggregate functions, and the functions that only make sense over a window. */
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, array, decimal, isFractional, isNumeric, type DataType } from "../../types/data-type.ts";
import type { Decimal, Int, IntKey, Num } from "../../types/values.ts";
import type { ColumnNode } from "../column-node.ts";
import { WindowDefinition } from "../column-node.ts";
import type { BooleanColumn, Column, Condition, Expr, NumericColumn, StringColumn, UntypedColumn, WindowSpec, neverNull } from "../column.ts";
import { byName, columnArgument, distinct, fn, ignoringNulls, nodeOf, type TypeOfArg } from "./make.ts";

export type Sum<T> = unknown extends T ? unknown : SumEach<T>;
type SumEach<T> = T extends null ? null : T extends bigint ? bigint : T extends Decimal ? Decimal : T extends number ? (IntKey extends keyof T ? bigint : number) : unknown;
export type Avg<T> = unknown extends T ? unknown : AvgEach<T>;
type AvgEach<T> = T extends null ? null : T extends Decimal ? Decimal : T extends Num ? number : unknown;
/** A count: 0 over no rows, never null. */
export interface CountColumn extends NumericColumn<bigint> { readonly [neverNull]: true }
type ListColumn<T> = Column<Exclude<T, null>[]> & { readonly [neverNull]: true };

function sumType({ type }: ColumnNode): DataType | undefined {
  if (type === undefined || !isNumeric(type)) return undefined;
  return isFractional(type) ? DOUBLE : type.kind === "decimal" ? decimal(38, type.scale) : BIGINT;
}
const averageType = ({ type }: ColumnNode): DataType | undefined => type === undefined || type.kind === "decimal" ? type : DOUBLE;
const listType = ({ type }: ColumnNode): DataType | undefined => type === undefined ? undefined : array(type, false);

/** Rows; or the rows where `of` is not null. */
export function count(of?: Expr<unknown> | "*" | string): CountColumn { return of === undefined || of === "*" ? fn("count", BIGINT, 1) : byName("count", BIGINT, of); }
export function count_if(condition: Condition): CountColumn { return fn("count_if", BIGINT, condition); }
export function count_distinct(...of: Expr<unknown>[]): CountColumn { return distinct("count", BIGINT, ...of); }
export function approx_count_distinct(of: Expr<unknown> | string, relativeSd?: number): CountColumn { return byName("approx_count_distinct", BIGINT, of, relativeSd); }
/** BIGINT of whole numbers, DECIMAL of decimals, else DOUBLE. */
export function sum<E extends Expr<Num | null> | string>(of: E): NumericColumn<Sum<TypeOfArg<E>>> { return byName("sum", sumType, of); }
export function sum_distinct<E extends Expr<Num | null> | string>(of: E): NumericColumn<Sum<TypeOfArg<E>>> { return distinct("sum", nodeOf(of) && sumType(columnArgument(of)), of); }
export function avg<E extends Expr<Num | null> | string>(of: E): NumericColumn<Avg<TypeOfArg<E>>> { return byName("avg", averageType, of); }
export function mean<E extends Expr<Num | null> | string>(of: E): NumericColumn<Avg<TypeOfArg<E>>> { return byName("mean", averageType, of); }
export function max<T>(of: Expr<T>): Column<T>;
export function max(of: string): UntypedColumn<never>;
export function max(of: unknown): unknown { return byName("max", "first", of); }
export function min<T>(of: Expr<T>): Column<T>;
export function min(of: string): UntypedColumn<never>;
export function min(of: unknown): unknown { return byName("min", "first", of); }
export function max_by<T>(of: Expr<T>, by: Expr<unknown>): Column<T> { return fn("max_by", "first", of, by); }
export function min_by<T>(of: Expr<T>, by: Expr<unknown>): Column<T> { return fn("min_by", "first", of, by); }
export function first<T>(of: Expr<T>, ignoreNulls?: boolean): Column<T> { return ignoringNulls("first", of, ignoreNulls); }
export function last<T>(of: Expr<T>, ignoreNulls?: boolean): Column<T> { return ignoringNulls("last", of, ignoreNulls); }
export function any_value<T>(of: Expr<T>, ignoreNulls?: boolean): Column<T> { return ignoringNulls("any_value", of, ignoreNulls); }
/** The values that are not null. */
export function collect_list<T>(of: Expr<T>): ListColumn<T> { return byName("collect_list", listType, of); }
export function collect_set<T>(of: Expr<T>): ListColumn<T> { return byName("collect_set", listType, of); }
export function stddev(of: Expr<Num | null> | string): NumericColumn<number | null> { return byName("stddev", DOUBLE, of); }
export function stddev_pop(of: Expr<Num | null> | string): NumericColumn<number | null> { return byName("stddev_pop", DOUBLE, of); }
export function variance(of: Expr<Num | null> | string): NumericColumn<number | null> { return byName("variance", DOUBLE, of); }
export function var_pop(of: Expr<Num | null> | string): NumericColumn<number | null> { return byName("var_pop", DOUBLE, of); }
export function corr(a: Expr<Num | null>, b: Expr<Num | null>): NumericColumn<number | null> { return fn("corr", DOUBLE, a, b); }
export function covar_pop(a: Expr<Num | null>, b: Expr<Num | null>): NumericColumn<number | null> { return fn("covar_pop", DOUBLE, a, b); }
export function covar_samp(a: Expr<Num | null>, b: Expr<Num | null>): NumericColumn<number | null> { return fn("covar_samp", DOUBLE, a, b); }
export function median(of: Expr<Num | null> | string): NumericColumn<number | null> { return byName("median", DOUBLE, of); }
/** `percentage` from 0 to 1, interpolated. */
export function percentile(of: Expr<Num | null> | string, percentage: number): NumericColumn<number | null> { return byName("percentile", DOUBLE, of, percentage); }
export function percentile_approx<T extends Num | null>(of: Expr<T>, percentage: number, accuracy?: number): Column<T> { return byName("percentile_approx", "first", of, percentage, accuracy); }
export function mode<T>(of: Expr<T>): Column<T> { return byName("mode", "first", of); }
export function bool_and(of: Condition): BooleanColumn<boolean | null> { return fn("bool_and", BOOLEAN, of); }
export function bool_or(of: Condition): BooleanColumn<boolean | null> { return fn("bool_or", BOOLEAN, of); }
export function listagg(of: Expr<string | null>, delimiter?: string): StringColumn<string | null> { return fn("listagg", STRING, of, delimiter); }

export function row_number(): NumericColumn<Int> { return fn("row_number", INT); }
export function rank(): NumericColumn<Int> { return fn("rank", INT); }
export function dense_rank(): NumericColumn<Int> { return fn("dense_rank", INT); }
export function percent_rank(): NumericColumn<number> { return fn("percent_rank", DOUBLE); }
export function cume_dist(): NumericColumn<number> { return fn("cume_dist", DOUBLE); }
export function ntile(buckets: number): NumericColumn<Int> { return fn("ntile", INT, buckets); }
/** The value `offset` rows before, null where there is none. */
export function lag<T>(of: Expr<T>, offset?: number): Column<T | null> { return fn("lag", "first", of, offset); }
export function lead<T>(of: Expr<T>, offset?: number): Column<T | null> { return fn("lead", "first", of, offset); }
export function nth_value<T>(of: Expr<T>, n: number): Column<T | null> { return fn("nth_value", "first", of, n); }

/** Where a window begins: `Window.partitionBy(r.customer).orderBy(r.at.desc())`. */
export const Window: {
  readonly unboundedPreceding: number;
  readonly unboundedFollowing: number;
  readonly currentRow: 0;
  partitionBy(...columns: (Expr<unknown> | string)[]): WindowSpec;
  orderBy(...columns: (Expr<unknown> | string)[]): WindowSpec;
} = Object.freeze({
  unboundedPreceding: -Infinity, unboundedFollowing: Infinity, currentRow: 0,
  partitionBy: (...columns: (Expr<unknown> | string)[]) => new WindowDefinition().partitionBy(...columns) as unknown as WindowSpec,
  orderBy: (...columns: (Expr<unknown> | string)[]) => new WindowDefinition().orderBy(...columns) as unknown as WindowSpec,
});

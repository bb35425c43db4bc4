/** Order, groupings, hints and shorthands: general functions of the rarer kind. */
import { userAggregate } from "../../functions/user-aggregate.ts";
import { call } from "../../plan/expressions.ts";
import { DOUBLE, INT, STRING, BIGINT, TINYINT } from "../../types/data-type.ts";
import type { Int, Num } from "../../types/values.ts";
import { sortOrder } from "../column-node.ts";
import type { Column, Expr, NumericColumn, StringColumn } from "../column.ts";
import type { DataFrame } from "../data-frame.ts";
import { callOf, callSite, columnArgument, columnOf, distinct, fn, nodeOf, toExpression } from "./make.ts";

export function asc_nulls_first(name: string): Expr<unknown> { return columnOf(sortOrder(columnArgument(name).expression, "asc", "first")); }
export function asc_nulls_last(name: string): Expr<unknown> { return columnOf(sortOrder(columnArgument(name).expression, "asc", "last")); }
export function desc_nulls_first(name: string): Expr<unknown> { return columnOf(sortOrder(columnArgument(name).expression, "desc", "first")); }
export function desc_nulls_last(name: string): Expr<unknown> { return columnOf(sortOrder(columnArgument(name).expression, "desc", "last")); }

/** The frame, marked as small enough for a join to keep it in memory. */
export function broadcast<Row>(frame: DataFrame<Row>): DataFrame<Row> { return frame.hint("broadcast"); }

/** In rollup, cube and grouping sets: 1 where a subtotal leaves the key out. */
export function grouping(key: Expr<unknown> | string): NumericColumn<Int> { return callOf("grouping", TINYINT, [columnArgument(key).expression]); }
/** All keys' grouping() as the bits of one number. */
export function grouping_id(...keys: (Expr<unknown> | string)[]): NumericColumn<bigint> { return callOf("grouping_id", BIGINT, keys.map(key => columnArgument(key).expression)); }

export function ifnull<T, D>(of: Expr<T>, or: Expr<D>): Column<Exclude<T, null> | D> { return fn("coalesce", "first", of, or); }
export function nvl<T, D>(of: Expr<T>, or: Expr<D>): Column<Exclude<T, null> | D> { return fn("coalesce", "first", of, or); }
/** Null where the number is 0. */
export function nullifzero<T extends Num | null>(of: Expr<T>): NumericColumn<T | null> { return fn("nullif", "first", of, 0); }
/** 0 where the number is null. */
export function zeroifnull<T extends Num | null>(of: Expr<T>): NumericColumn<Exclude<T, null>> { return callOf("coalesce", nodeOf(of)?.type, [columnArgument(of).expression, toExpression(0, callSite(), nodeOf(of)?.type)]); }
export function bitwise_not<T extends Num | null>(of: Expr<T>): NumericColumn<T> { return fn("~", "first", of); }
export function listagg_distinct(of: Expr<string | null>, delimiter?: string): StringColumn<string | null> { return distinctText("listagg", of, delimiter); }
export function string_agg_distinct(of: Expr<string | null>, delimiter?: string): StringColumn<string | null> { return distinctText("string_agg", of, delimiter); }
const distinctText = <C>(name: string, of: Expr<string | null>, delimiter: string | undefined): C =>
  delimiter === undefined ? distinct<C>(name, STRING, of) : columnOf<C>(Object.freeze({ ...call(name, [columnArgument(of).expression, toExpression(delimiter, callSite())], callSite()), distinct: true }), STRING, undefined);

const PRODUCT = userAggregate({
  name: "product", parameters: [{ type: DOUBLE, nullable: false }], stateType: DOUBLE, type: DOUBLE, nullable: true, deterministic: true,
  zero: () => null, reduce: (product, value) => product === null ? value : (product as number) * (value as number), merge: (a, b) => a === null ? b : b === null ? a : (a as number) * (b as number), finish: product => product,
});
/** The values of a group multiplied, as a double. */
export function product(of: Expr<Num | null> | string): NumericColumn<number | null> {
  return columnOf(Object.freeze({ ...call("product", [columnArgument(of).expression], callSite()), entry: PRODUCT }), DOUBLE, undefined);
}
/** Some time later, in a unit: `timestamp_add("MINUTE", 5, r.ts)`. */
export function timestamp_add<T>(unit: string, quantity: Expr<Num | null> | number, ts: Expr<T>): Column<T> { return callOf("timestampadd", nodeOf(ts)?.type, [toExpression(unit, callSite()), toExpression(quantity, callSite(), INT), columnArgument(ts).expression]); }
/** Whole units from one time to another. */
export function timestamp_diff(unit: string, start: Expr<unknown>, end: Expr<unknown>): NumericColumn<bigint | null> { return callOf("timestampdiff", BIGINT, [toExpression(unit, callSite()), columnArgument(start).expression, columnArgument(end).expression]); }

/** A text that is compared by a collation: `collate(r.name, "UTF8_LCASE")`. */
export function collate<T extends string | null>(of: Expr<T>, collation: string): StringColumn<T> { return callOf("collate", undefined, [columnArgument(of).expression, toExpression(collation, callSite())]); }
/** The collation of a text. */
export function collation(of: Expr<string | null> | string): StringColumn<string> { return callOf("collation", STRING, [columnArgument(of).expression]); }

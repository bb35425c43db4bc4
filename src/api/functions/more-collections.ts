/** Arrays, maps and generators of the rarer kind. What each gives is in docs/functions. */
import { BIGINT, BOOLEAN, INT } from "../../types/data-type.ts";
import type { Int, Num } from "../../types/values.ts";
import type { BooleanColumn, Column, Expr, NumericColumn, UntypedColumn } from "../column.ts";
import { fn } from "./make.ts";

type Text = Expr<string | null> | string;
type Whole = Expr<Num | null> | number;
type Any = Expr<unknown> | string | number | bigint | boolean | null;
type Xs = Expr<readonly unknown[] | null>;
type Entries = Expr<ReadonlyMap<any, any> | null>;

export function array_append<T extends readonly unknown[] | null>(of: Expr<T>, b: Any): Column<T> { return fn("array_append", "first", of, b); }
export function array_prepend<T extends readonly unknown[] | null>(of: Expr<T>, b: Any): Column<T> { return fn("array_prepend", "first", of, b); }
export function array_compact<T extends readonly unknown[] | null>(of: Expr<T>): Column<T> { return fn("array_compact", "first", of); }
export function array_insert<T extends readonly unknown[] | null>(of: Expr<T>, b: Whole, c: Any): Column<T> { return fn("array_insert", "first", of, b, c); }
export function array_position(of: Xs, b: Any): NumericColumn<bigint | null> { return fn("array_position", BIGINT, of, b); }
export function array_remove<T extends readonly unknown[] | null>(of: Expr<T>, b: Any): Column<T> { return fn("array_remove", "first", of, b); }
export function array_repeat<T>(of: Expr<T>, b: Whole): Column<T[]> { return fn("array_repeat", undefined, of, b); }
export function array_size(of: Xs): NumericColumn<Int | null> { return fn("array_size", INT, of); }
export function shuffle<T extends readonly unknown[] | null>(of: Expr<T>, b?: Whole): Column<T> { return fn("shuffle", "first", of, b); }
export function arrays_zip(...a: Xs[]): UntypedColumn { return fn("arrays_zip", undefined, ...a); }
export function named_struct(...a: Any[]): UntypedColumn { return fn("named_struct", undefined, ...a); }
export function map_concat<T extends ReadonlyMap<any, any> | null>(...of: Expr<T>[]): Column<T> { return fn("map_concat", "first", ...of); }
export function map_contains_key(of: Entries, b: Any): BooleanColumn<boolean | null> { return fn("map_contains_key", BOOLEAN, of, b); }
export function map_entries(of: Entries): UntypedColumn { return fn("map_entries", undefined, of); }
export function map_from_entries(of: Xs): UntypedColumn { return fn("map_from_entries", undefined, of); }
export function inline(of: Xs): UntypedColumn { return fn("inline", undefined, of); }
export function inline_outer(of: Xs): UntypedColumn { return fn("inline_outer", undefined, of); }
export function json_tuple(of: Text, ...b: string[]): UntypedColumn { return fn("json_tuple", undefined, of, ...b); }
export function posexplode(of: Any): UntypedColumn { return fn("posexplode", undefined, of); }
export function posexplode_outer(of: Any): UntypedColumn { return fn("posexplode_outer", undefined, of); }
export function stack(of: Whole, ...b: Any[]): UntypedColumn { return fn("stack", undefined, of, ...b); }

/** Functions over arrays and maps, and those that make rows of them. */
import { BOOLEAN, INT, STRING, array as arrayType, map as mapType, type DataType } from "../../types/data-type.ts";
import type { Int, Num } from "../../types/values.ts";
import type { ArrayColumn, BooleanColumn, Column, Condition, Expr, Literal, NumericColumn, StringColumn, TypeOf } from "../column.ts";
import { callOf, columnArgument, fn, lambda, nodeOf, toExpression } from "./make.ts";

type Xs<T> = readonly T[] | null;
type IntArg = Expr<Num | null> | number;
const elementOf = (of: unknown): DataType | undefined => { const type = nodeOf(of)?.type; return type?.kind === "array" ? type.element : undefined; };
const mapOf = (of: unknown): { key: DataType | undefined; value: DataType | undefined } => { const type = nodeOf(of)?.type; return type?.kind === "map" ? type : { key: undefined, value: undefined }; };
const listOf = (type: DataType | undefined): DataType | undefined => type === undefined ? undefined : arrayType(type);

export function array<const E extends readonly Expr<unknown>[]>(...of: E): Column<TypeOf<E[number]>[]> { return fn("array", listOf(nodeOf(of[0])?.type), ...of); }
/** A map of keys and values in turn. */
export function map<K, V>(...of: [Expr<K>, Expr<V>, ...(Expr<K> | Expr<V>)[]]): Column<Map<Exclude<K, null>, V>> {
  const key = nodeOf(of[0])?.type, value = nodeOf(of[1])?.type;
  return fn("map", key && value && mapType(key, value), ...of);
}
export function map_from_arrays<K, V>(keys: Expr<Xs<K>>, values: Expr<Xs<V>>): Column<Map<Exclude<K, null>, V> | null> { const key = elementOf(keys), value = elementOf(values); return fn("map_from_arrays", key && value && mapType(key, value), keys, values); }
export function map_keys<K, V>(of: Expr<ReadonlyMap<K, V> | null>): ArrayColumn<K[] | null> { return fn("map_keys", listOf(mapOf(of).key), of); }
export function map_values<K, V>(of: Expr<ReadonlyMap<K, V> | null>): ArrayColumn<V[] | null> { return fn("map_values", listOf(mapOf(of).value), of); }
/** How many elements or entries; null of null. */
export function size(of: Expr<readonly unknown[] | ReadonlyMap<any, any> | null>): NumericColumn<Int | null> { return fn("size", INT, of); }
export function cardinality(of: Expr<readonly unknown[] | ReadonlyMap<any, any> | null>): NumericColumn<Int | null> { return fn("cardinality", INT, of); }
/** Counts from 0; null past the end. */
export function get<T>(of: Expr<Xs<T>>, index: IntArg): Column<T | null> { return fn("get", elementOf(of), of, index); }
/** Counts from 1, from the end when negative; past the end is an error. */
export function element_at<T>(of: Expr<Xs<T>>, index: IntArg): Column<T | null> { return fn("element_at", elementOf(of), of, index); }
/** The value of a key; null where it isn't. */
export function try_element_at<T>(of: Expr<Xs<T>>, index: IntArg): Column<T | null> { return fn("try_element_at", elementOf(of), of, index); }
export function array_contains<T>(of: Expr<Xs<T>>, item: Expr<unknown> | Literal<T>): BooleanColumn<boolean | null> { return callOf("array_contains", BOOLEAN, [columnArgument(of).expression, toExpression(item, undefined, elementOf(of))]); }
export function array_distinct<T extends Xs<unknown>>(of: Expr<T>): Column<T> { return fn("array_distinct", "first", of); }
export function sort_array<T extends Xs<unknown>>(of: Expr<T>, ascending?: boolean): Column<T> { return fn("sort_array", "first", of, ascending); }
export function array_join(of: Expr<Xs<string | null>>, delimiter: string, nullText?: string): StringColumn<string | null> { return fn("array_join", STRING, of, delimiter, nullText); }
export function array_max<T>(of: Expr<Xs<T>>): Column<T | null> { return fn("array_max", elementOf(of), of); }
export function array_min<T>(of: Expr<Xs<T>>): Column<T | null> { return fn("array_min", elementOf(of), of); }
export function array_union<T>(a: Expr<Xs<T>>, b: Expr<Xs<T>>): Column<T[] | null> { return fn("array_union", "first", a, b); }
export function array_intersect<T>(a: Expr<Xs<T>>, b: Expr<Xs<T>>): Column<T[] | null> { return fn("array_intersect", "first", a, b); }
export function array_except<T>(a: Expr<Xs<T>>, b: Expr<Xs<T>>): Column<T[] | null> { return fn("array_except", "first", a, b); }
export function arrays_overlap<T>(a: Expr<Xs<T>>, b: Expr<Xs<T>>): BooleanColumn<boolean | null> { return fn("arrays_overlap", BOOLEAN, a, b); }
export function flatten<T>(of: Expr<Xs<Xs<T>>>): Column<T[] | null> { return fn("flatten", elementOf(of), of); }
/** `start` counts from 1. */
export function slice<T extends Xs<unknown>>(of: Expr<T>, start: IntArg, length: IntArg): Column<T> { return fn("slice", "first", of, start, length); }
export function sequence<T>(start: Expr<T>, stop: Expr<T>, step?: Expr<unknown>): Column<T[]> { return fn("sequence", listOf(nodeOf(start)?.type), start, stop, step); }

/** A row for each element; none for an empty or null array. */
export function explode<T>(of: Expr<Xs<T>>): Column<T> { return fn("explode", elementOf(of), of); }
/** As explode, but an empty or null array gives one row with null. */
export function explode_outer<T>(of: Expr<Xs<T>>): Column<T | null> { return fn("explode_outer", elementOf(of), of); }

/** The callback runs once, on columns: `transform(r.tags, tag => upper(tag))`. */
export function transform<T, U>(of: Expr<Xs<T>>, each: (item: Column<T>, index: NumericColumn<Int>) => Expr<U>): Column<U[] | null> {
  return callOf("transform", undefined, [columnArgument(of).expression, lambda([elementOf(of), INT], each)]);
}
export function filter<T>(of: Expr<Xs<T>>, keep: (item: Column<T>, index: NumericColumn<Int>) => Condition): Column<T[] | null> {
  return callOf("filter", nodeOf(of)?.type, [columnArgument(of).expression, lambda([elementOf(of), INT], keep)]);
}
export function exists<T>(of: Expr<Xs<T>>, test: (item: Column<T>) => Condition): BooleanColumn<boolean | null> {
  return callOf("exists", BOOLEAN, [columnArgument(of).expression, lambda([elementOf(of)], test)]);
}
export function forall<T>(of: Expr<Xs<T>>, test: (item: Column<T>) => Condition): BooleanColumn<boolean | null> {
  return callOf("forall", BOOLEAN, [columnArgument(of).expression, lambda([elementOf(of)], test)]);
}

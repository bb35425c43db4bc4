/** Functions whose callbacks run once, on columns, and are carried out for the items of an array or the entries of a map. */
import { array as arrayType, map as mapType, type DataType } from "../../types/data-type.ts";
import type { Int } from "../../types/values.ts";
import type { Column, Condition, Expr } from "../column.ts";
import { callOf, columnArgument, lambda, nodeOf, toExpression } from "./make.ts";

type Xs<T> = readonly T[] | null;
type Entries<K, V> = ReadonlyMap<K, V> | null;
const elementOf = (of: unknown): DataType | undefined => { const type = nodeOf(of)?.type; return type?.kind === "array" ? type.element : undefined; };
const entryOf = (of: unknown): readonly [DataType | undefined, DataType | undefined] => { const type = nodeOf(of)?.type; return type?.kind === "map" ? [type.key, type.value] : [undefined, undefined]; };
const resultOf = (f: ReturnType<typeof lambda>): DataType | undefined => f.kind === "lambda" && f.body.kind === "cast" ? f.body.to : undefined;

/** The items brought together one after the other, from a first value. */
export function aggregate<T, A>(of: Expr<Xs<T>>, zero: Expr<A>, merge: (sum: Column<A>, item: Column<T>) => Expr<A>): Column<A | null>;
export function aggregate<T, A, R>(of: Expr<Xs<T>>, zero: Expr<A>, merge: (sum: Column<A>, item: Column<T>) => Expr<A>, finish: (sum: Column<A>) => Expr<R>): Column<R | null>;
export function aggregate(of: Expr<Xs<unknown>>, zero: Expr<unknown>, merge: (...args: never[]) => unknown, finish?: (sum: never) => unknown): unknown {
  const type = nodeOf(zero)?.type, args = [columnArgument(of).expression, toExpression(zero, undefined), lambda([type, elementOf(of)], merge, 2)];
  return callOf("aggregate", finish === undefined ? type : undefined, finish === undefined ? args : [...args, lambda([type], finish)]);
}
export const reduce: typeof aggregate = aggregate;

/** Ascending, nulls last; or by a comparison that gives a number below, at or above 0. */
export function array_sort<T>(of: Expr<Xs<T>>, compare?: (a: Column<T>, b: Column<T>) => Expr<Int | null>): Column<T[] | null> {
  const type = elementOf(of), args = [columnArgument(of).expression];
  return callOf("array_sort", nodeOf(of)?.type, compare === undefined ? args : [...args, lambda([type, type], compare, 2)]);
}
export function zip_with<A, B, R>(a: Expr<Xs<A>>, b: Expr<Xs<B>>, each: (a: Column<A | null>, b: Column<B | null>) => Expr<R>): Column<R[] | null> {
  const f = lambda([elementOf(a), elementOf(b)], each, 2), type = resultOf(f);
  return callOf("zip_with", type && arrayType(type), [columnArgument(a).expression, columnArgument(b).expression, f]);
}
export function map_filter<K, V>(of: Expr<Entries<K, V>>, keep: (key: Column<K>, value: Column<V>) => Condition): Column<Map<K, V> | null> {
  return callOf("map_filter", nodeOf(of)?.type, [columnArgument(of).expression, lambda(entryOf(of), keep, 2)]);
}
export function map_zip_with<K, A, B, R>(a: Expr<Entries<K, A>>, b: Expr<Entries<K, B>>, each: (key: Column<K>, a: Column<A | null>, b: Column<B | null>) => Expr<R>): Column<Map<K, R> | null> {
  const [key, value] = entryOf(a), f = lambda([key, value, entryOf(b)[1]], each, 3), type = resultOf(f);
  return callOf("map_zip_with", key && type && mapType(key, type), [columnArgument(a).expression, columnArgument(b).expression, f]);
}
export function transform_keys<K, V, R>(of: Expr<Entries<K, V>>, each: (key: Column<K>, value: Column<V>) => Expr<R>): Column<Map<Exclude<R, null>, V> | null> {
  return callOf("transform_keys", undefined, [columnArgument(of).expression, lambda(entryOf(of), each, 2)]);
}
export function transform_values<K, V, R>(of: Expr<Entries<K, V>>, each: (key: Column<K>, value: Column<V>) => Expr<R>): Column<Map<K, R> | null> {
  return callOf("transform_values", undefined, [columnArgument(of).expression, lambda(entryOf(of), each, 2)]);
}

/** Aggregates from all the values that they got: nothing is kept but those. */
import { evaluate } from "./expressions.ts";
import type { Aggregate, Row, Value } from "./query.ts";

export type Aggregates = Readonly<Record<string, Aggregate>>;
/** What each aggregate saw, by its name. */
export type Seen = Readonly<Record<string, readonly Value[]>>;

export const nothingSeen = (aggregates: Aggregates): Seen => Object.fromEntries(Object.keys(aggregates).map(name => [name, []]));

export function saw(seen: Seen, aggregates: Aggregates, row: Row): Seen {
  return Object.fromEntries(Object.entries(aggregates).map(([name, { arg }]) => [name, [...seen[name]!, arg === undefined ? true : evaluate(arg, row)]]));
}

export function sawBoth(a: Seen, b: Seen): Seen {
  return Object.fromEntries(Object.keys(a).map(name => [name, [...a[name]!, ...b[name]!]]));
}

export function results(seen: Seen, aggregates: Aggregates): Row {
  return Object.fromEntries(Object.entries(aggregates).map(([name, { fn }]) => [name, result(fn, seen[name]!.filter(value => value !== null))]));
}

function result(fn: Aggregate["fn"], values: readonly Value[]): Value {
  if (fn === "count") return values.length;
  if (values.length === 0) return null;
  const numbers = values as readonly number[], sum = () => numbers.reduce((a, b) => a + b, 0);
  switch (fn) {
    case "sum": return sum();
    case "avg": return sum() / numbers.length;
    case "min": return values.reduce((a, b) => ((b as number) < (a as number) ? b : a));
    case "max": return values.reduce((a, b) => ((b as number) > (a as number) ? b : a));
  }
}

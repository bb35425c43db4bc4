/** Functions that are carried out by operators and not by kernels: generators and window functions. */
import type { SpecialFunction } from "../plan/function.ts";

const make = (kind: "generator" | "window", name: string, usage: string, description: string): readonly [string, SpecialFunction] =>
  [name, Object.freeze({ kind, name, usage, description, cases: [] })];

const generators = ([
  ["explode", "expr", "One row for each item of an array, or for each entry of a map."],
  ["posexplode", "expr", "As explode, with the position in front, from 0."],
  ["inline", "expr", "One row for each struct of an array, its fields as columns."],
  ["stack", "n, expr1, ..., exprk", "Cuts the values into n rows."],
  ["json_tuple", "jsonStr, p1, ..., pn", "The top-level fields of a JSON text as columns."],
  ["variant_explode", "expr", "One row for each item of a VARIANT array or object."],
] as const).flatMap(([name, parameters, description]) => [
  make("generator", name, `${name}(${parameters})`, description),
  make("generator", `${name}_outer`, `${name}_outer(${parameters})`, `${description} Where there are none: one row of nulls.`),
]);

const windows = [
  make("window", "row_number", "row_number()", "The number of the row in its partition, from 1."),
  make("window", "rank", "rank()", "1 plus the number of rows before the row's peers."),
  make("window", "dense_rank", "dense_rank()", "As rank, without gaps."),
  make("window", "percent_rank", "percent_rank()", "(rank - 1) / (rows - 1) of the partition."),
  make("window", "cume_dist", "cume_dist()", "The share of rows of the partition up to and with the row's peers."),
  make("window", "ntile", "ntile([n])", "The number of the row's bucket when the partition is cut into n buckets."),
  make("window", "lag", "lag(input[, offset[, default]])", "The value of an earlier row of the partition."),
  make("window", "lead", "lead(input[, offset[, default]])", "The value of a later row of the partition."),
  make("window", "nth_value", "nth_value(input[, offset])", "The value of the frame's n-th row."),
  make("window", "counter_diff", "counter_diff(counter)", "What a counter that may start anew has grown by since the row before."),
];

const TABLE: ReadonlyMap<string, SpecialFunction> = new Map([...generators, ...windows]);

/** A generator or window function by name, in lower case. */
export const specialFunction = (name: string): SpecialFunction | undefined => TABLE.get(name);
export const specialFunctions = (): Iterable<SpecialFunction> => TABLE.values();

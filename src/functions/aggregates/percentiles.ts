/** Exact percentiles (percentile, percentile_cont, percentile_disc, median). */
import { cellOrder } from "../../columns/compare-cells.ts";
import type { AggregateBinding, AggregateFunction, ObjectAggregate } from "../../plan/function.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BOOLEAN, DAY_TIME_INTERVAL, DOUBLE, INT, YEAR_MONTH_INTERVAL, array, field, isIntegral, isNumeric, struct, type DataType } from "../../types/data-type.ts";
import { executionError, mismatch, nonFoldable, unexpectedType, valueOutOfRange } from "../errors.ts";
import { checkCount, literalValue } from "../define.ts";
import { valueSql } from "../sql-text.ts";
import { objectAggregate } from "./objects.ts";
import { constantCell } from "../constant-argument.ts";

/** Values as doubles with their counts, and the share asked for, which is known once a row has come. */
interface Counts { readonly counts: Map<number, number>; shares: Cell }

/** Literals of a percentage: one, those of array(...), or of an array that is constant. */
export function shareLiterals(arg: ResolvedExpression): readonly ResolvedExpression[] {
  if (arg.kind === "literal" && arg.type.kind === "array" && arg.value !== null) {
    const { element } = arg.type;
    return (arg.value as readonly Cell[]).map(value => ({ kind: "literal", value, type: element, nullable: value === null }));
  }
  return arg.kind === "scalar_call" && arg.function.name === "array" ? arg.args : [arg];
}

/** A literal as a number; undefined if it isn't one. */
export function literalNumber(expression: ResolvedExpression): number | undefined {
  const literal = literalValue(expression);
  if (literal === undefined || literal.value === null) return undefined;
  return literal.type.kind === "decimal" ? Number(literal.value) / 10 ** literal.type.scale : Number(literal.value);
}

/** Refuses percentages that are known to be outside 0 to 1. `shown`: the arguments as messages print them. */
export function checkShares(name: string, shown: readonly ResolvedExpression[], percentage: ResolvedExpression, origin: Origin | undefined): void {
  if (percentage.type.kind === "void" || constantCell(percentage) === null) throw mismatch("UNEXPECTED_NULL", name, shown, "The percentage must not be null.", { exprName: "percentage" }, origin);
  if (percentage.type.kind === "array" && percentage.type.containsNull && percentage.type.element.kind !== "void") throw unexpectedType(name, shown, 1, "\"ARRAY<DOUBLE>\"", origin);
  for (const literal of shareLiterals(percentage)) {
    if (literal.kind === "attribute") throw nonFoldable(name, shown, 1, "percentage", origin);
    const share = literalNumber(literal);
    if (share !== undefined && !(share >= 0 && share <= 1)) throw valueOutOfRange(name, shown, "percentage", "[0.0, 1.0]", valueSql(DOUBLE, share), origin);
  }
}

type Pick = (sorted: readonly (readonly [value: number, upTo: number])[], total: number, share: number) => number;

/** The value at a rank counted from 0. `upTo`: how many values there are up to each. */
function valueAt(sorted: readonly (readonly [number, number])[], rank: number): number {
  let low = 0, high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]![1] > rank) high = middle;
    else low = middle + 1;
  }
  return sorted[low]![0];
}
const interpolated: Pick = (sorted, total, share) => {
  const position = (total - 1) * share, lower = Math.floor(position), higher = Math.ceil(position);
  const a = valueAt(sorted, lower), b = valueAt(sorted, higher);
  return lower === higher || a === b ? a : (higher - position) * a + (position - lower) * b;
};
const discrete: Pick = (sorted, total, share) => valueAt(sorted, Math.max(0, Math.ceil(total * share) - 1));

/** What Spark had before 4.0. */
const discreteBelow: Pick = (sorted, total, share) => valueAt(sorted, Math.floor((total - 1) * share));

function percentileOf(pick: Pick, descending: boolean, result: (value: number) => Cell): ObjectAggregate<never> {
  return objectAggregate<Counts>({
    merging: "any order",
    create: () => ({ counts: new Map(), shares: null }),
    update(state, [value, shares, frequency]) {
      state.shares = shares ?? null;
      if (value === null || value === undefined || frequency === null) return state;
      const times = frequency === undefined ? 1 : Number(frequency);
      if (times < 0) throw executionError("_LEGACY_ERROR_TEMP_2012", "XX000", `Negative values found in ${times}`);
      const key = Number(value);
      if (times > 0) state.counts.set(key, (state.counts.get(key) ?? 0) + times);
      return state;
    },
    merge(to, from) {
      to.shares ??= from.shares;
      for (const [value, times] of from.counts) to.counts.set(value, (to.counts.get(value) ?? 0) + times);
      return to;
    },
    finish({ counts, shares }) {
      if (counts.size === 0 || shares === null) return null;
      const order = cellOrder(DOUBLE), sign = descending ? -1 : 1;
      let total = 0;
      const sorted = [...counts].sort((a, b) => sign * order(a[0], b[0])).map(([value, times]) => [value, total += times] as const);
      const one = (share: Cell): Cell => (share === null ? null : result(pick(sorted, total, share as number)));
      return typeof shares === "number" ? one(shares) : (shares as readonly Cell[]).map(one);
    },
    // The share is one number or several; both are kept as a list, with which it was.
    stateType: struct([field("values", array(DOUBLE)), field("counts", array(BIGINT)), field("shares", array(DOUBLE)), field("many", BOOLEAN)]),
    encode: ({ counts, shares }) => [[...counts.keys()], [...counts.values()].map(BigInt), typeof shares === "number" ? [shares] : shares, typeof shares !== "number"],
    decode(cell) {
      const [values, counts, shares, many] = cell as [number[], bigint[], number[] | null, boolean];
      return { counts: new Map(values.map((value, i) => [value, Number(counts[i]!)])), shares: shares === null || many ? shares : shares[0]! };
    },
  });
}

const cut = (isMonths: boolean) => (value: number): Cell => (isMonths ? Math.trunc(value) : BigInt(Math.trunc(value)));

function bindPercentile(name: string, args: readonly ResolvedExpression[], pick: Pick, descending: boolean, shown: readonly ResolvedExpression[], origin: Origin | undefined): AggregateBinding {
  const [value, percentage, frequency] = args;
  const from = value!.type, isMonths = from.kind === "year_month_interval", isInterval = isMonths || from.kind === "day_time_interval";
  if (!isInterval && !isNumeric(from) && from.kind !== "string" && from.kind !== "void") throw unexpectedType(name, shown, 0, "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")", origin);
  checkShares(name, shown, percentage!, origin);
  const one = isMonths ? YEAR_MONTH_INTERVAL : isInterval ? DAY_TIME_INTERVAL : DOUBLE, many = percentage!.type.kind === "array";
  return {
    type: many ? array(one, false) : one, nullable: true,
    argTypes: [isInterval ? from : DOUBLE, many ? array(DOUBLE) : DOUBLE, ...(frequency === undefined ? [] : args.length > 2 && frequency.type.kind === "boolean" ? [BOOLEAN] : [BIGINT])],
    implementation: percentileOf(pick, descending, isInterval ? cut(isMonths) : v => v),
  };
}

const literalOne: ResolvedExpression = { kind: "literal", value: 1, type: INT, nullable: false };

const percentile: AggregateFunction = {
  kind: "aggregate", name: "percentile", usage: "percentile(expr, percentage[, frequency])",
  description: "The exact percentile: between two values it is interpolated. A percentage of an array gives an array.", cases: [["percentile(4, 0.5)", "4.0"]],
  bind(args, _settings, origin) {
    checkCount("percentile", args.length, 2, 3, origin);
    if (args.length === 3 && !isIntegral(args[2]!.type)) throw unexpectedType("percentile", args, 2, "\"INTEGRAL\"", origin);
    return bindPercentile("percentile", args, interpolated, false, args.length === 3 ? args : [...args, literalOne], origin);
  },
};

/** WITHIN GROUP arrives as: the value, the percentage, and true if the order is descending. */
function withinGroup(name: string, pick: Pick, what: string): AggregateFunction {
  return {
    kind: "aggregate", name, usage: `${name}(percentage) WITHIN GROUP (ORDER BY expr)`, description: what, cases: [[`${name}(0.5) WITHIN GROUP (ORDER BY 4)`, "4.0"]],
    bind(args, settings, origin) {
      checkCount(name, args.length, 2, 3, origin);
      const isLegacy = name === "percentile_disc" && settings.conf.get("spark.sql.legacy.percentileDiscCalculation")?.toLowerCase() === "true";
      // The third argument is only a mark: it must not be taken for a frequency.
      const bound = bindPercentile(name, args.slice(0, 2), isLegacy ? discreteBelow : pick, args.length === 3, args.slice(0, 2), origin);
      const implementation = bound.implementation as unknown as ObjectAggregate<Counts>;
      return {
        ...bound, argTypes: [...bound.argTypes!, ...(args.length === 3 ? [BOOLEAN] : [])],
        implementation: objectAggregate<Counts>({ ...implementation, update: (state, [value, share], context) => implementation.update(state, [value!, share!], context) }),
      };
    },
  };
}

const median: AggregateFunction = {
  kind: "aggregate", name: "median", usage: "median(expr)", description: "The middle value, or the mean of the two in the middle.", cases: [["median(4)", "4.0"]],
  bind(args, _settings, origin) {
    checkCount("median", args.length, 1, 1, origin);
    const half: ResolvedExpression = { kind: "literal", value: 0.5, type: DOUBLE, nullable: false };
    const bound = bindPercentile("median", [...args, half], interpolated, false, args, origin), implementation = bound.implementation as unknown as ObjectAggregate<Counts>;
    return {
      ...bound, argTypes: bound.argTypes!.slice(0, 1),
      implementation: objectAggregate<Counts>({ ...implementation, update: (state, [value], context) => implementation.update(state, [value!, 0.5], context) }),
    };
  },
};

/** A double as a value of a numeric or time type, fractions cut. */
export function numberAs(type: DataType, value: number): Cell {
  switch (type.kind) {
    case "tinyint": case "smallint": case "int": case "date": case "year_month_interval": return Math.trunc(value);
    case "float": return Math.fround(value);
    case "double": return value;
    case "decimal": return BigInt(Math.round(value * 10 ** type.scale));
    default: return value >= 2 ** 63 ? 2n ** 63n - 1n : value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(value));
  }
}

export const percentileFunctions: AggregateFunction[] = [
  percentile, median,
  withinGroup("percentile_cont", interpolated, "The percentile in an order, interpolated between values."),
  withinGroup("percentile_disc", discrete, "The first value in an order that has the percentage of rows up to it."),
];

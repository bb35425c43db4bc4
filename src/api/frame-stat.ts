/** `na` and `stat` of frames: missing values, and what is to be known of a frame at a first look. */
import { frequentItems } from "../functions/frequent-items.ts";
import { alias, call, literal, type Expression, type Literal } from "../plan/expressions.ts";
import type { Relation } from "../plan/relations.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, DOUBLE, STRING, field, struct } from "../types/data-type.ts";
import { badArgument } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import type { DataFrame } from "./data-frame.ts";
import { frameOver, type FrameNode } from "./frame.ts";
import { literalOf } from "./literals.ts";
import type { ActionOptions } from "./streaming-query.ts";

type Value = string | number | bigint | boolean;
type Names<Row> = (keyof Row & string)[];
/** Missing values. NaN of FLOAT and DOUBLE columns counts as missing. */
export interface NaFunctions<out Row> {
  /** The value in the place of nulls, in the columns of its kind (numbers, text, truth) or those that are named; or a value a column. */
  fill(value: Value, columns?: Names<Row>): DataFrame<Row>;
  fill(values: { readonly [K in keyof Row]?: Value }): DataFrame<Row>;
  /** Leaves out rows where a value is missing; "all": only where all are; `thresh`: where fewer than so many are there. */
  drop(options?: { readonly how?: "any" | "all"; readonly thresh?: number; readonly subset?: Names<Row> }): DataFrame<Row>;
  /** Values by others, in the columns of their kind: `replace(new Map([["?", null], ["n/a", null]]))`. */
  replace(values: ReadonlyMap<Value, Value | null>, columns?: Names<Row>): DataFrame<Row>;
}
export interface StatFunctions<out Row> {
  corr(a: keyof Row & string, b: keyof Row & string, options?: ActionOptions): Promise<number | null>;
  /** The sample covariance. */
  cov(a: keyof Row & string, b: keyof Row & string, options?: ActionOptions): Promise<number | null>;
  /** Values at these shares of the rows, within `relativeError` of their rank. */
  approxQuantile(column: keyof Row & string, probabilities: readonly number[], relativeError?: number, options?: ActionOptions): Promise<(number | null)[]>;
  /** How often values of two columns come together: a row for each value of the first, a column for each of the second. Is read at once. */
  crosstab(a: keyof Row & string, b: keyof Row & string): Promise<DataFrame<{ [name: string]: unknown }>>;
  /** Values that make up at least `support` (1 % unless said otherwise) of a column's rows, and perhaps some that don't: an array a column. */
  freqItems<N extends keyof Row & string>(columns: readonly N[], support?: number): DataFrame<{ [P in N as `${P}_freqItems`]: Exclude<Row[P], null>[] }>;
  /** A share of the rows of each value; values that aren't named give none. */
  sampleBy(column: keyof Row & string, fractions: ReadonlyMap<Value, number>, options?: { readonly seed?: number | bigint }): DataFrame<Row>;
}

const values = (given: unknown): Literal => literalOf(given, callSite());
const named = (columns: readonly string[] | undefined): { columns?: readonly string[] } => columns === undefined ? {} : { columns: typeof columns === "string" ? [columns] : columns };

export function naFunctions(frame: FrameNode): object {
  return Object.freeze({
    fill: (value: unknown, columns?: readonly string[]) => {
      const isOne = typeof value !== "object" || value === null;
      if (value === null || value === undefined) throw badArgument("na.fill() takes a value, or values by column.", 'na.fill(0), na.fill({ city: "?", n: 0 })');
      const list = isOne ? [{ value: values(value) }] : Object.entries(value as object).map(([column, one]) => ({ column, value: values(one) }));
      return frame.derive({ kind: "na_fill", input: frame.relation, values: list, ...named(columns), origin: callSite() }, frame.columns);
    },
    drop: ({ how = "any", thresh, subset }: { readonly how?: string; readonly thresh?: number; readonly subset?: readonly string[] } = {}) => {
      if (how !== "any" && how !== "all") throw badArgument(`na.drop(): how is "any" or "all"; this is '${how}'.`);
      const least = thresh ?? (how === "all" ? 1 : undefined);
      return frame.over({ kind: "na_drop", input: frame.relation, ...(least !== undefined && { minNonNulls: least }), ...named(subset), origin: callSite() });
    },
    replace: (replacements: ReadonlyMap<unknown, unknown>, columns?: readonly string[]) => {
      if (!(replacements instanceof Map) || replacements.size === 0) throw badArgument("na.replace() takes a Map of values and what stands in their place.", 'na.replace(new Map([["?", null]]), ["city"])');
      return frame.derive({ kind: "na_replace", input: frame.relation, replacements: [...replacements].map(([from, to]) => [values(from), values(to)] as const), ...named(columns), origin: callSite() }, frame.columns);
    },
  });
}

export function summary(frame: FrameNode, statistics: readonly string[], columns: readonly string[]): FrameNode {
  return frame.derive({ kind: "stat_summary", input: frame.relation, statistics, ...(columns.length > 0 && { columns }), origin: callSite() }, undefined);
}

export function statFunctions(frame: FrameNode): object {
  const column = (name: string): Expression => frame.column(name).expression;
  const one = async (expressions: readonly Expression[], options?: ActionOptions): Promise<readonly Cell[]> => {
    const relation: Relation = { kind: "aggregate", input: frame.relation, groupType: "group_by", grouping: [], aggregates: expressions, origin: callSite() };
    for await (const rows of (await frame.session.engine.execute(relation, { signal: options?.signal })).batches) if (rows[0] !== undefined) return rows[0];
    return [];
  };
  const both = (name: string) => async (a: string, b: string, options?: ActionOptions) => (await one([call(name, [column(a), column(b)], callSite())], options))[0] ?? null;
  return Object.freeze({
    corr: both("corr"), cov: both("covar_samp"),
    approxQuantile: async (name: string, probabilities: readonly number[], relativeError = 0.0001, options?: ActionOptions) => {
      if (probabilities.some(p => !(p >= 0 && p <= 1))) throw badArgument("approxQuantile(): probabilities lie between 0 and 1.");
      const accuracy = Math.min(2_147_483_647, Math.max(1, Math.round(1 / Math.max(relativeError, 1e-9)))), numbers: Expression = { kind: "cast", child: column(name), to: DOUBLE, evalMode: "default", origin: callSite() };
      const cells = await one(probabilities.map(p => call("percentile_approx", [numbers, literal(p, DOUBLE), literal(accuracy, { kind: "int" })], callSite())), options);
      return probabilities.map((_, i) => cells[i] ?? null);
    },
    crosstab: (a: string, b: string) => crosstab(frame, a, b),
    freqItems: (names: readonly string[], support = 0.01) => {
      if (!(support >= 1e-4 && support <= 1)) throw badArgument(`freqItems(): support must be between 1e-4 and 1.0; this is ${support}.`, undefined, "INVALID_PARAMETER_VALUE.SUPPORT", "22023");
      const entry = frequentItems(Math.floor(1 / support)), origin = callSite();
      const aggregates = names.map(name => alias(Object.freeze({ ...call(entry.name, [column(name)], origin), entry }), `${name}_freqItems`, origin));
      return frame.derive({ kind: "aggregate", input: frame.relation, groupType: "group_by", grouping: [], aggregates, origin }, names.map(name => ({ name: `${name}_freqItems` })));
    },
    sampleBy: (name: string, fractions: ReadonlyMap<unknown, number>, { seed }: { readonly seed?: number | bigint } = {}) => {
      if (!(fractions instanceof Map) || [...fractions.values()].some(f => !(f >= 0 && f <= 1))) throw badArgument("sampleBy() takes a Map of values and their shares, from 0 to 1.", 'sampleBy("kind", new Map([["a", 0.1], ["b", 1]]))');
      const origin = callSite(), { expression, type } = frame.column(name), chance = call("rand", [literal(seed === undefined ? frame.session.engine.newSeed() : BigInt(seed), BIGINT)], origin);
      const branches = [...fractions].map(([value, share]) => ({ when: call("<=>", [expression, literalOf(value, origin, type)], origin), then: literal(share, DOUBLE) }));
      return frame.over({ kind: "filter", input: frame.relation, condition: call("<", [chance, { kind: "case_when", branches, otherwise: literal(0, DOUBLE), origin }], origin), origin });
    },
  });
}

/** The names of columns are values, so the frame has to be read first. */
async function crosstab(frame: FrameNode, a: string, b: string): Promise<FrameNode> {
  const origin = callSite(), text = (name: string): Expression => ({ kind: "cast", child: frame.column(name).expression, to: STRING, evalMode: "default", origin });
  const keys = [text(a), text(b)], counted: Relation = { kind: "aggregate", input: frame.relation, groupType: "group_by", grouping: keys, aggregates: [...keys, call("count", [literal(1, { kind: "int" })], origin)], origin };
  const counts = new Map<string, Map<string, bigint>>(), columns = new Set<string>();
  for await (const rows of (await frame.session.engine.execute(counted, { signal: undefined })).batches) {
    for (const [x, y, n] of rows) {
      const row = String(x), name = String(y), of = counts.get(row) ?? new Map<string, bigint>();
      counts.set(row, of.set(name, n as bigint));
      columns.add(name);
    }
  }
  const names = [...columns].toSorted(), schema = struct([field(`${a}_${b}`, STRING), ...names.map(name => field(name, BIGINT))]);
  return frameOver(frame.session, { kind: "local_relation", schema, rows: [...counts].map(([row, of]) => [row, ...names.map(name => of.get(name) ?? 0n)]), origin }, schema.fields);
}


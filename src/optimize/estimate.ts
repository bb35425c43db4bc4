/**
 * How many rows a plan gives, roughly: enough to order joins and to choose which side to keep. Column statistics are few
 * (ranges of integers), so values are thought to be spread evenly and columns independent, as System R did (Selinger et
 * al., 1979); the smallest table that a join key occurs in is thought to have each of its values once.
 */
import type { Attribute, ResolvedExpression, ResolvedJoin, ResolvedRelation } from "../plan/resolved.ts";
import { SharedPlan } from "../plan/shared-plan.ts";
import type { StatisticsOf } from "../plan/statistics.ts";
import { inputsOf } from "../plan/walk-relations.ts";
import { conjuncts, isOver } from "./expression-facts.ts";
import { disjuncts } from "./factor-disjunctions.ts";

/** Shares of rows that conditions let through, where nothing better is known. */
const EQUAL = 0.05, BELOW = 0.33, PATTERN = 0.1, OTHER = 0.5;

/** `rows`: of the table that the column is from. */
interface ColumnEstimate { readonly distinct: number; readonly rows: number; readonly least: number | undefined; readonly greatest: number | undefined }

export class Estimates {
  readonly #statistics: StatisticsOf;
  readonly #rows = new Map<ResolvedRelation, number | undefined>();
  readonly #columns = new Map<number, ColumnEstimate>();

  constructor(statistics: StatisticsOf) { this.#statistics = statistics; }

  /** Rows of a plan; undefined if a table below doesn't know its size. */
  rows(plan: ResolvedRelation): number | undefined {
    if (!this.#rows.has(plan)) this.#rows.set(plan, this.#estimate(plan));
    return this.#rows.get(plan);
  }

  /** Different values of an expression over a plan that was estimated, at most as many as its rows before filters. */
  distinct(e: ResolvedExpression): number | undefined {
    if (e.kind === "cast") return this.distinct(e.child);
    return e.kind === "attribute" ? this.#columns.get(e.id)?.distinct : undefined;
  }

  /** Combinations of values that some expressions can have at most: the rows of the table that they are from. */
  combinations(expressions: readonly ResolvedExpression[]): number {
    const tables = expressions.map(e => e.kind === "attribute" ? this.#columns.get(e.id)?.rows ?? Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY);
    return Math.max(...tables);
  }

  /** Rows of two sides that fulfil equalities with these numbers of different values: those combine, but not to more than a side has rows. */
  joined(left: number, right: number, distinct: readonly number[], combinations = Number.POSITIVE_INFINITY): number {
    if (distinct.length === 0) return left * right;
    const all = distinct.reduce((product, n) => product * Math.max(1, n), 1);
    return left * right / Math.max(1, Math.min(all, combinations));
  }

  /** The share of rows that fulfil a condition. */
  share(condition: ResolvedExpression): number {
    switch (condition.kind) {
      case "literal": return condition.value === true ? 1 : 0;
      case "and": return conjuncts(condition).reduce((share, c) => share * this.share(c), 1);
      case "or": return Math.min(1, disjuncts(condition).reduce((share, c) => share + this.share(c), 0));
      case "scalar_call": return this.#shareOfCall(condition.function.name, condition.args);
      default: return OTHER;
    }
  }

  #shareOfCall(name: string, args: readonly ResolvedExpression[]): number {
    const [a, b] = args;
    switch (name) {
      case "isnotnull": return 1;
      case "not": return Math.max(0.05, 1 - this.share(a!));
      case "=": case "==": case "<=>": case "equal_null": return Math.max(...args.map(arg => this.#shareOfValue(arg)));
      case "in": return Math.min(1, (args.length - 1) * this.#shareOfValue(a!));
      case "<": case "<=": return this.#shareBelow(a!, b!) ?? BELOW;
      case ">": case ">=": return this.#shareBelow(b!, a!) ?? BELOW;
      case "like": case "ilike": case "rlike": case "regexp_like": case "contains": case "startswith": case "endswith": return PATTERN;
      default: return OTHER;
    }
  }

  #shareOfValue(e: ResolvedExpression): number {
    if (e.kind === "literal") return 0;
    const distinct = this.distinct(e);
    return distinct === undefined ? EQUAL : 1 / Math.max(1, distinct);
  }

  /** Of `low < high`, where one is a column with a range and the other a literal. */
  #shareBelow(low: ResolvedExpression, high: ResolvedExpression): number | undefined {
    const [column, value, isLow] = low.kind === "attribute" ? [low, valueOf(high), true] : high.kind === "attribute" ? [high, valueOf(low), false] : [undefined, undefined, false];
    const range = column === undefined ? undefined : this.#columns.get(column.id);
    if (range?.least === undefined || range.greatest === undefined || value === undefined) return undefined;
    const share = range.greatest === range.least ? 0.5 : (value - range.least) / (range.greatest - range.least);
    return Math.min(1, Math.max(0.001, isLow ? share : 1 - share));
  }

  #estimate(plan: ResolvedRelation): number | undefined {
    for (const input of inputsOf(plan)) if (this.rows(input) === undefined) return undefined;
    const of = (input: ResolvedRelation): number => this.rows(input)!;
    switch (plan.kind) {
      case "scan": return plan.table instanceof SharedPlan ? this.#shared(plan.table.input, plan.output) : this.#scan(plan.table, plan.output);
      case "local_rows": return this.#known(plan.output, plan.rows.length);
      case "range": return this.#known(plan.output, Math.max(0, Math.ceil(Number(plan.end - plan.start) / Number(plan.step))));
      case "project": {
        for (const { expression, attribute } of plan.expressions) {
          const column = expression.kind === "attribute" ? this.#columns.get(expression.id) : undefined;
          if (column !== undefined) this.#columns.set(attribute.id, column);
        }
        return of(plan.input);
      }
      case "filter": return Math.max(1, of(plan.input) * this.#shareOfAll(conjuncts(plan.condition)));
      case "aggregate": {
        const input = of(plan.input);
        const groups = plan.keys.reduce((product, key) => product * (this.distinct(key.expression) ?? Math.sqrt(input)), 1);
        const rows = Math.max(1, Math.min(input, groups));
        for (const { expression, attribute } of plan.keys) {
          const column = expression.kind === "attribute" ? this.#columns.get(expression.id) : undefined;
          this.#columns.set(attribute.id, { least: column?.least, greatest: column?.greatest, distinct: Math.min(rows, column?.distinct ?? rows), rows });
        }
        return rows;
      }
      case "limit": return Math.min(plan.limit ?? Number.POSITIVE_INFINITY, Math.max(0, of(plan.input) - plan.offset));
      case "expand": return of(plan.input) * plan.projections.length;
      case "union": return plan.inputs.reduce((sum, input) => sum + of(input), 0);
      case "join": return this.#join(plan);
      case "as_of_join": return of(plan.left);
      case "set_operation": return of(plan.left);
      case "generate": return of(plan.input) * 5;
      case "sample": return of(plan.input) * (plan.upperBound - plan.lowerBound);
      default: return "input" in plan ? of(plan.input) : undefined;
    }
  }

  /** A pair of bounds on one column is a range: the shares of both are of the whole, not of one another. */
  #shareOfAll(conditions: readonly ResolvedExpression[]): number {
    const bounds = new Map<number, { from: number; to: number }>();
    let share = 1;
    for (const c of conditions) {
      const bound = c.kind === "scalar_call" ? this.#boundOf(c.function.name, c.args) : undefined;
      if (bound === undefined) { share *= this.share(c); continue; }
      const range = bounds.get(bound.id) ?? { from: 0, to: 1 };
      bounds.set(bound.id, { from: Math.max(range.from, bound.from), to: Math.min(range.to, bound.to) });
    }
    for (const { from, to } of bounds.values()) share *= Math.max(0.0005, to - from);
    return share;
  }

  #boundOf(name: string, [a, b]: readonly ResolvedExpression[]): { readonly id: number; readonly from: number; readonly to: number } | undefined {
    if (!["<", "<=", ">", ">="].includes(name)) return undefined;
    const column = a!.kind === "attribute" ? a : b!.kind === "attribute" ? b : undefined, isUpper = (column === a) === name.startsWith("<");
    const share = name.startsWith("<") ? this.#shareBelow(a!, b!) : this.#shareBelow(b!, a!);
    if (column === undefined || share === undefined) return undefined;
    return isUpper ? { id: column.id, from: 0, to: share } : { id: column.id, from: 1 - share, to: 1 };
  }

  #scan(table: object, output: readonly Attribute[]): number | undefined {
    const known = this.#statistics.get(table);
    if (known === undefined) return undefined;
    for (const attribute of output) {
      const range = known.columns?.get(attribute.name)?.range;
      const spread = range === undefined || !isCounted(attribute) ? Number.POSITIVE_INFINITY : range.greatest - range.least + 1;
      if (range !== undefined || isCounted(attribute)) this.#columns.set(attribute.id, { distinct: Math.max(1, Math.min(known.rows, spread)), rows: known.rows, least: range?.least, greatest: range?.greatest });
    }
    return known.rows;
  }

  /** The columns of a plan under ids of their own. */
  #shared(input: ResolvedRelation, output: readonly Attribute[]): number | undefined {
    const rows = this.rows(input);
    input.output.forEach(({ id }, i) => {
      const column = this.#columns.get(id);
      if (column !== undefined) this.#columns.set(output[i]!.id, column);
    });
    return rows;
  }

  #known(output: readonly Attribute[], rows: number): number {
    for (const attribute of output) this.#columns.set(attribute.id, { distinct: Math.max(1, rows), rows, least: undefined, greatest: undefined });
    return rows;
  }

  #join({ left, right, joinType, condition }: ResolvedJoin): number {
    const l = this.rows(left)!, r = this.rows(right)!, all = condition === undefined ? [] : conjuncts(condition);
    const pairs = all.filter(isEquality), rest = all.filter(c => !isEquality(c));
    const sides = pairs.map(({ args }) => isOver(args[0]!, left.output) ? [args[0]!, args[1]!] as const : [args[1]!, args[0]!] as const);
    const distinct = sides.map(([a, b]) => Math.min(this.distinct(a) ?? l, this.distinct(b) ?? r));
    const matches = Math.max(1, this.joined(l, r, distinct, this.#combinationsOf(sides)) * rest.reduce((share, c) => share * this.share(c), 1));
    if (joinType === "left_semi" || joinType === "left_anti") {
      const shares = sides.map(([a, b]) => Math.min(r, this.distinct(b) ?? r) / Math.max(1, this.distinct(a) ?? l)), share = Math.min(1, ...shares);
      return Math.max(1, l * (joinType === "left_semi" ? share : Math.max(0.1, 1 - share)));
    }
    return joinType === "left" ? Math.max(l, matches) : joinType === "right" ? Math.max(r, matches) : joinType === "full" ? Math.max(l, r, matches) : matches;
  }

  #combinationsOf(sides: readonly (readonly [ResolvedExpression, ResolvedExpression])[]): number {
    return sides.length < 2 ? Number.POSITIVE_INFINITY : Math.min(this.combinations(sides.map(([a]) => a)), this.combinations(sides.map(([, b]) => b)));
  }
}

/** `a.x = b.y`, not a comparison with a constant. */
export function isEquality(e: ResolvedExpression): e is Extract<ResolvedExpression, { kind: "scalar_call" }> {
  return e.kind === "scalar_call" && (e.function.name === "=" || e.function.name === "==") && e.args.every(arg => arg.kind !== "literal");
}

/** Types of keys: whose values in a table are no more than its rows, and of integers and days no more than its range. */
const isCounted = ({ type: { kind } }: Attribute): boolean => kind === "tinyint" || kind === "smallint" || kind === "int" || kind === "bigint" || kind === "date";

function valueOf(e: ResolvedExpression): number | undefined {
  if (e.kind !== "literal" || e.type.kind === "decimal") return undefined;
  return typeof e.value === "number" ? e.value : typeof e.value === "bigint" ? Number(e.value) : undefined;
}

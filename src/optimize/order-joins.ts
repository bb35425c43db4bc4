/**
 * Inner joins in the order that is thought to make the fewest rows. Tables that are joined by a chain of inner joins are
 * taken together, equal columns become classes (a = b and b = c also give a = c), and all ways to join them are compared, by
 * dynamic programming over sets of tables (Selinger et al., "Access path selection in a relational database management
 * system", SIGMOD 1979; bushy trees as in Moerkotte and Neumann, VLDB 2006). Above TABLES_AT_ONCE the next pair is always
 * the one with the smallest result. Nothing is reordered beside a stream, by a hint, where a size is unknown, or where all is small.
 */
import { lookupFunction } from "../functions/registry.ts";
import type { Attribute, ResolvedExpression, ResolvedJoin, ResolvedRelation } from "../plan/resolved.ts";
import { inputsOf, withInputs } from "../plan/walk-relations.ts";
import { BOOLEAN, sameTypeIgnoringNullability } from "../types/data-type.ts";
import { isEquality, type Estimates } from "./estimate.ts";
import { allOf, canRaise, conjuncts, isDeterministic, isOver, references } from "./expression-facts.ts";

const TABLES_AT_ONCE = 10;
/** Fewer rows than this in all are joined as they are written. */
const SMALL_ROWS = 10_000;
/** What a row costs that is put into a table, beside one that only looks into it or comes out. */
const BUILD_COST = 2;

interface Cluster { readonly items: ResolvedRelation[]; readonly conditions: ResolvedExpression[] }

export function orderJoins(plan: ResolvedRelation, estimates: Estimates): ResolvedRelation {
  if (isOpen(plan)) {
    const cluster: Cluster = { items: [], conditions: [] };
    flatten(plan, cluster);
    const items = cluster.items.map(item => orderJoins(item, estimates));
    const ordered = items.length < 3 ? undefined : new JoinOrder(items, cluster.conditions, estimates).best();
    if (ordered !== undefined) return withOutput(ordered, plan.output);
    return cluster.items.every((item, i) => item === items[i]) ? plan : replaced(plan, new Map(cluster.items.map((item, i) => [item, items[i]!])));
  }
  return withInputs(plan, inputsOf(plan).map(input => orderJoins(input, estimates)));
}

const isOpen = (plan: ResolvedRelation): plan is ResolvedJoin =>
  plan.kind === "join" && (plan.joinType === "inner" || plan.joinType === "cross") && plan.hint === undefined && !plan.isStreaming;

function flatten(plan: ResolvedRelation, cluster: Cluster): void {
  if (isOpen(plan)) {
    flatten(plan.left, cluster);
    flatten(plan.right, cluster);
    if (plan.condition !== undefined) cluster.conditions.push(...conjuncts(plan.condition));
  } else if (plan.kind === "project" && isOpen(plan.input) && plan.expressions.every(({ expression, attribute }) => expression.kind === "attribute" && expression.id === attribute.id)) {
    // It only leaves columns out.
    flatten(plan.input, cluster);
  } else cluster.items.push(plan);
}

function replaced(plan: ResolvedRelation, by: ReadonlyMap<ResolvedRelation, ResolvedRelation>): ResolvedRelation {
  return by.get(plan) ?? withInputs(plan, inputsOf(plan).map(input => replaced(input, by)));
}

function withOutput(plan: ResolvedRelation, output: readonly Attribute[]): ResolvedRelation {
  if (plan.output.length === output.length && plan.output.every((a, i) => a.id === output[i]!.id)) return plan;
  return Object.freeze({ kind: "project", input: plan, expressions: output.map(attribute => ({ expression: plan.output.find(a => a.id === attribute.id)!, attribute })), output, isStreaming: false });
}

/** Columns that are equal wherever all their tables are joined. */
interface EqualClass { readonly members: { readonly item: number; readonly attribute: Attribute }[]; readonly equalities: readonly Equality[] }
type Equality = Extract<ResolvedExpression, { kind: "scalar_call" }>;

/** A way to join a set of tables. */
interface Step { readonly set: number; readonly rows: number; readonly cost: number; readonly parts: readonly [Step, Step] | undefined }

class JoinOrder {
  #items: readonly ResolvedRelation[];
  readonly #estimates: Estimates;
  readonly #classes: EqualClass[] = [];
  /** Other conditions, with the tables that they are about. */
  readonly #others: { readonly condition: ResolvedExpression; readonly set: number }[] = [];
  /** What may fail or gives another answer each time is asked when all is joined. */
  readonly #last: ResolvedExpression[] = [];

  constructor(items: readonly ResolvedRelation[], conditions: readonly ResolvedExpression[], estimates: Estimates) {
    this.#items = items;
    this.#estimates = estimates;
    for (const c of conditions) {
      if (canRaise(c) || !isDeterministic(c) || references([c]).size === 0) this.#last.push(c);
      else if (!this.#joinClass(c)) this.#others.push({ condition: c, set: this.#setOf(c) });
    }
    this.#items = items.map((item, i) => this.#equalWithin(item, i));
  }

  /** Two columns of one table in one class: its rows have both alike. */
  #equalWithin(item: ResolvedRelation, place: number): ResolvedRelation {
    const condition = allOf(this.#classes.flatMap(k => {
      const [first, ...others] = k.members.filter(m => m.item === place);
      return others.map(other => equality(first!.attribute, other.attribute, k));
    }));
    return condition === undefined ? item : Object.freeze({ kind: "filter", input: item, condition, output: item.output, isStreaming: false });
  }

  /** Undefined: as it is written. */
  best(): ResolvedRelation | undefined {
    const rows = this.#items.map(item => this.#estimates.rows(item));
    if (rows.some(n => n === undefined) || rows.reduce((sum: number, n) => sum + n!, 0) < SMALL_ROWS || rows.length > 30) return undefined;
    const singles = rows.map((n, i): Step => ({ set: 1 << i, rows: n!, cost: 0, parts: undefined }));
    const step = singles.length <= TABLES_AT_ONCE ? this.#compareAll(singles) : this.#greedy(singles);
    const plan = this.#build(step), last = allOf(this.#last);
    return last === undefined ? plan : Object.freeze({ kind: "filter", input: plan, condition: last, output: plan.output, isStreaming: false });
  }

  #itemOf(e: ResolvedExpression): number { return this.#items.findIndex(item => isOver(e, item.output)); }
  #setOf(e: ResolvedExpression): number {
    const ids = references([e]);
    return this.#items.reduce((set, item, i) => item.output.some(a => ids.has(a.id)) ? set | 1 << i : set, 0);
  }

  /** Equal columns of two tables join the classes that they are in. */
  #joinClass(c: ResolvedExpression): boolean {
    if (!isEquality(c) || c.args.some(arg => arg.kind !== "attribute") || !sameTypeIgnoringNullability(c.args[0]!.type, c.args[1]!.type)) return false;
    const members = c.args.map(arg => ({ item: this.#itemOf(arg), attribute: arg as Attribute }));
    if (members.some(({ item }) => item < 0) || members[0]!.item === members[1]!.item) return false;
    const touched = this.#classes.filter(k => k.members.some(m => members.some(({ attribute }) => attribute.id === m.attribute.id)));
    const all = [...touched.flatMap(k => k.members), ...members], distinct = all.filter((m, i) => all.findIndex(other => other.attribute.id === m.attribute.id) === i);
    for (const k of touched) this.#classes.splice(this.#classes.indexOf(k), 1);
    this.#classes.push({ members: distinct, equalities: [...touched.flatMap(k => k.equalities), c] });
    return true;
  }

  #compareAll(singles: readonly Step[]): Step {
    const best = new Map<number, Step>(singles.map(step => [step.set, step])), whole = (1 << singles.length) - 1, isConnected = this.#isConnected(whole);
    for (let set = 1; set <= whole; set++) {
      if (best.has(set)) continue;
      let found: Step | undefined;
      // Pairs of parts that something connects; where the tables fall apart, also others.
      for (const mustConnect of isConnected ? [true] : [true, false]) {
        for (let left = (set - 1) & set; left > 0; left = (left - 1) & set) {
          const right = set & ~left;
          if (left < right || mustConnect && !this.#connects(left, right)) continue;
          const a = best.get(left), b = best.get(right);
          if (a === undefined || b === undefined) continue;
          const step = this.#joined(a, b);
          if (found === undefined || step.cost < found.cost) found = step;
        }
        if (found !== undefined) break;
      }
      if (found !== undefined) best.set(set, found);
    }
    return best.get(whole)!;
  }

  #isConnected(set: number): boolean {
    let reached = set & -set;
    for (let before = 0; before !== reached;) {
      before = reached;
      for (let i = 0; i < this.#items.length; i++) if ((set & 1 << i) !== 0 && this.#connects(reached, 1 << i)) reached |= 1 << i;
    }
    return reached === set;
  }

  #greedy(singles: readonly Step[]): Step {
    let steps = [...singles];
    while (steps.length > 1) {
      let best: Step | undefined;
      for (const mustConnect of [true, false]) {
        for (const [i, a] of steps.entries()) for (const b of steps.slice(i + 1)) {
          if (mustConnect && !this.#connects(a.set, b.set)) continue;
          const step = this.#joined(a, b);
          if (best === undefined || step.rows < best.rows) best = step;
        }
        if (best !== undefined) break;
      }
      const [a, b] = best!.parts!;
      steps = [...steps.filter(step => step !== a && step !== b), best!];
    }
    return steps[0]!;
  }

  #connects(left: number, right: number): boolean {
    return this.#classes.some(({ members }) => members.some(m => (left & 1 << m.item) !== 0) && members.some(m => (right & 1 << m.item) !== 0))
      || this.#others.some(({ set }) => (set & left) !== 0 && (set & right) !== 0 && (set & ~(left | right)) === 0);
  }

  #joined(a: Step, b: Step): Step {
    const pairs = this.#pairs(a.set, b.set), distinct = pairs.map(([, , k]) => Math.min(...k.members.map(m => this.#estimates.distinct(m.attribute) ?? Number.POSITIVE_INFINITY)))
      .map(n => Number.isFinite(n) ? n : Math.max(1, Math.min(a.rows, b.rows)));
    const combinations = pairs.length < 2 ? undefined : Math.min(this.#estimates.combinations(pairs.map(([x]) => x)), this.#estimates.combinations(pairs.map(([, y]) => y)));
    const share = this.#between(a.set, b.set).reduce((product, c) => product * this.#estimates.share(c), 1);
    const rows = Math.max(1, this.#estimates.joined(a.rows, b.rows, distinct, combinations) * share);
    const [build, probe] = a.rows <= b.rows ? [a, b] : [b, a];
    // Pairs without an equality are all looked at.
    const looked = pairs.length === 0 ? a.rows * b.rows : probe.rows;
    return { set: a.set | b.set, rows, cost: a.cost + b.cost + BUILD_COST * build.rows + looked + rows, parts: [probe, build] };
  }

  /** An equality for each class that both sides have a member of. */
  #pairs(left: number, right: number): (readonly [left: Attribute, right: Attribute, of: EqualClass])[] {
    return this.#classes.flatMap(k => {
      const a = k.members.filter(m => (left & 1 << m.item) !== 0), b = k.members.filter(m => (right & 1 << m.item) !== 0);
      if (a.length === 0 || b.length === 0) return [];
      const written = k.equalities.find(({ args: [x, y] }) => has(a, x!) && has(b, y!) || has(a, y!) && has(b, x!));
      if (written === undefined) return [[a[0]!.attribute, b[0]!.attribute, k] as const];
      const [x, y] = written.args as [Attribute, Attribute];
      return [has(a, x) ? [x, y, k] as const : [y, x, k] as const];
    });
  }

  /** Other conditions that can be asked for the first time when two sets meet. */
  #between(left: number, right: number): readonly ResolvedExpression[] {
    const both = left | right;
    return this.#others.filter(({ set }) => (set & ~both) === 0 && (set & ~left) !== 0 && (set & ~right) !== 0).map(({ condition }) => condition);
  }

  #build(step: Step): ResolvedRelation {
    if (step.parts === undefined) return this.#items[Math.log2(step.set)]!;
    const [a, b] = step.parts, left = this.#build(a), right = this.#build(b);
    const condition = allOf([...this.#pairs(a.set, b.set).map(([x, y, k]) => equality(x, y, k)), ...this.#between(a.set, b.set)]);
    return Object.freeze({ kind: "join", left, right, joinType: condition === undefined ? "cross" : "inner", condition, output: [...left.output, ...right.output], isStreaming: false });
  }
}

const has = (members: EqualClass["members"], e: ResolvedExpression): boolean => e.kind === "attribute" && members.some(m => m.attribute.id === e.id);

/** As it was written, or what follows from what was written. */
function equality(x: Attribute, y: Attribute, { equalities }: EqualClass): ResolvedExpression {
  const written = equalities.find(({ args: [a, b] }) => (a as Attribute).id === x.id && (b as Attribute).id === y.id || (a as Attribute).id === y.id && (b as Attribute).id === x.id);
  if (written !== undefined) return written;
  const entry = lookupFunction("=");
  if (entry?.kind !== "scalar") throw new Error("= is a function");
  const binding = entry.bind([x, y], { timeZone: "UTC", ansi: true, conf: new Map() }, undefined);
  return Object.freeze({ kind: "scalar_call", function: entry, args: [x, y], binding, type: BOOLEAN, nullable: x.nullable || y.nullable });
}

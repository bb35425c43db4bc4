/**
 * Makes a plan that uses attributes of an outer row independent of it: the distinct values of these attributes (the
 * domain) are joined in below what uses them and go up through every operator as further columns.
 */
import { unsupported } from "../base/errors.ts";
import { isComparable } from "../functions/operators/comparison.ts";
import type { AggregateCall, Attribute, NamedExpression, ResolvedExpression, ResolvedRelation, WindowCall } from "../plan/resolved.ts";
import { childrenOf, mapChildren, mapExpression, someExpression } from "../plan/walk.ts";
import { BOOLEAN, INT } from "../types/data-type.ts";
import type { Analyzer } from "./analyzer.ts";
import { filterBy, literalOf, makeAttribute, passThrough, projectTo } from "./build.ts";
import { callByName } from "./calls.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import { isDeterministic } from "./expressions.ts";
import { joined } from "./joins.ts";
import { analysed } from "./scope.ts";
import { semanticKey } from "./semantic.ts";
import { specialFunction } from "./special-functions.ts";
import { attributesIn, expressionsOf, inputsOf, mapExpressionsOf, mapRelation, someRelation } from "../plan/walk-relations.ts";

/** What the subquery uses of the outer row, and the inner columns that hold its values. */
export interface Domain { readonly columns: readonly { readonly outer: ResolvedExpression; readonly inner: Attribute }[] }

export function dependentJoin(analyzer: Analyzer, outer: ResolvedRelation, inner: ResolvedRelation, used: readonly Attribute[]): { readonly plan: ResolvedRelation; readonly domain: Domain } {
  const parts = used.every(a => isComparable(a.type)) ? [] : comparableParts(inner, used), named = new Map(parts.map(part => [semanticKey(part.expression), part.attribute] as const));
  const replace = (e: ResolvedExpression): ResolvedExpression => named.get(semanticKey(e)) ?? mapChildren(e, replace);
  const over = parts.length === 0 ? inner : mapRelation(inner, node => mapExpressionsOf(node, replace));
  const plain = used.filter(a => isComparable(a.type)), left = used.filter(a => !plain.includes(a)), isLeft = (node: ResolvedRelation): boolean => expressionsOf(node).some(e => someExpression(e, x => left.some(a => x.kind === "attribute" && x.id === a.id)));
  if (left.length > 0 && someRelation(over, isLeft)) {
    const expr = quoteSql(left[0]!.name), dataType = quoteType(left[0]!.type);
    throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_REFERENCE_DATA_TYPE", "0A000", `Unsupported subquery expression: Correlated column reference '${expr}' cannot be ${dataType} type.`, { expr, dataType }, left[0]!.origin, "use what is compared of it in a derived table below");
  }
  const values = [...plain.map(passThrough), ...parts];
  const work = new Decorrelation(analyzer, parts.length === 0 ? outer : projectTo(outer, [...outer.output.map(passThrough), ...parts]), values.map(value => value.attribute));
  const { plan, columns } = work.push(over);
  return { plan, domain: { columns: values.map((value, i) => ({ outer: value.expression, inner: columns[i]! })) } };
}

/** Of outer attributes that can't be compared, like maps: what the subquery takes of them that can, each once. */
function comparableParts(inner: ResolvedRelation, used: readonly Attribute[]): readonly NamedExpression[] {
  const ids = new Set(used.map(a => a.id)), nested = new Set(used.filter(a => !isComparable(a.type)).map(a => a.id)), parts = new Map<string, NamedExpression>();
  const isPart = (e: ResolvedExpression): boolean => e.kind !== "attribute" && isComparable(e.type) && isDeterministic(e) && [...attributesIn([e])].every(id => ids.has(id))
    && someExpression(e, x => x.kind === "attribute" && nested.has(x.id)) && !someExpression(e, x => x.kind === "subquery" || x.kind === "lambda_variable" || x.kind === "aggregate_call" || x.kind === "window_call" || x.kind === "generator_call");
  const visit = (e: ResolvedExpression): void => {
    if (!isPart(e)) return childrenOf(e).forEach(visit);
    parts.set(semanticKey(e), { expression: e, attribute: makeAttribute("part", e.type, e.nullable) });
  };
  const go = (plan: ResolvedRelation): void => { expressionsOf(plan).forEach(visit); inputsOf(plan).forEach(go); };
  go(inner);
  return [...parts.values()];
}

interface Pushed { readonly plan: ResolvedRelation; readonly columns: readonly Attribute[] }

class Decorrelation {
  readonly #analyzer: Analyzer;
  readonly #outer: ResolvedRelation;
  readonly #used: readonly Attribute[];

  constructor(analyzer: Analyzer, outer: ResolvedRelation, used: readonly Attribute[]) {
    this.#analyzer = analyzer;
    this.#outer = outer;
    this.#used = used;
  }

  /** The distinct values of the outer attributes, under new names. */
  #domain(): Pushed {
    const columns = this.#used.map(a => makeAttribute(a.name, a.type, a.nullable));
    const project = projectTo(this.#outer, this.#used.map((a, i) => ({ expression: a, attribute: columns[i]! })));
    return { columns, plan: Object.freeze({ kind: "deduplicate", input: project, keys: columns, withinWatermark: false, output: columns, isStreaming: project.isStreaming }) };
  }

  #dependent(plan: ResolvedRelation): boolean {
    const isOuter = (e: ResolvedExpression): boolean => e.kind === "attribute" && this.#used.some(a => a.id === e.id);
    return expressionsOf(plan).some(e => someExpression(e, isOuter)) || inputsOf(plan).some(input => this.#dependent(input));
  }

  #inner(e: ResolvedExpression, columns: readonly Attribute[]): ResolvedExpression {
    return mapExpression(e, x => {
      const i = x.kind === "attribute" ? this.#used.findIndex(a => a.id === x.id) : -1;
      return i < 0 ? x : columns[i]!;
    });
  }

  #same(left: readonly Attribute[], right: readonly Attribute[]): ResolvedExpression {
    const resolver = this.#analyzer.resolver(analysed(this.#outer), this.#analyzer.rootEnv);
    return left.map((l, i) => callByName(resolver, "<=>", [l, right[i]!], undefined)).reduce((a, b): ResolvedExpression => Object.freeze({ kind: "and", left: a, right: b, type: BOOLEAN, nullable: false }));
  }

  /** The plan with the domain's columns among its output. */
  push(plan: ResolvedRelation): Pushed {
    if (!this.#dependent(plan)) {
      const { plan: domain, columns } = this.#domain();
      return { plan: joined(analysed(plan), analysed(domain), "inner", undefined, undefined).plan, columns };
    }
    switch (plan.kind) {
      case "filter": {
        const { plan: input, columns } = this.push(plan.input);
        return { plan: filterBy(input, this.#inner(plan.condition, columns), plan.origin), columns };
      }
      case "project": {
        const { plan: input, columns } = this.push(plan.input);
        const items = plan.expressions.map(({ expression, attribute }) => ({ attribute, expression: this.#inner(expression, columns) }));
        return { plan: projectTo(input, [...items, ...columns.map(passThrough)], plan.origin), columns };
      }
      case "subquery_alias": {
        const { plan: input, columns } = this.push(plan.input);
        return { plan: Object.freeze({ ...plan, input, output: [...plan.output, ...columns] }), columns };
      }
      case "aggregate": return this.#aggregate(plan);
      case "deduplicate": {
        const { plan: input, columns } = this.push(plan.input);
        return { plan: Object.freeze({ ...plan, input, keys: [...plan.keys, ...columns], output: input.output }), columns };
      }
      case "sort": {
        const { plan: input, columns } = this.push(plan.input);
        return { plan: Object.freeze({ ...plan, input, order: plan.order.map(o => ({ ...o, expression: this.#inner(o.expression, columns) })), output: input.output }), columns };
      }
      case "limit": return this.#limit(plan);
      case "generate": {
        const { plan: input, columns } = this.push(plan.input);
        const generator = { ...plan.generator, args: plan.generator.args.map(arg => this.#inner(arg, columns)) };
        return { plan: Object.freeze({ ...plan, input, generator, output: [...input.output, ...plan.generated] }), columns };
      }
      case "window": {
        const { plan: input, columns } = this.push(plan.input);
        const windows = plan.windows.map(({ call, attribute }) => {
          const over = mapChildren(call, e => this.#inner(e, columns)) as WindowCall;
          return { attribute, call: { ...over, partitionBy: [...over.partitionBy, ...columns] } };
        });
        return { plan: Object.freeze({ ...plan, input, windows, output: [...input.output, ...windows.map(w => w.attribute)] }), columns };
      }
      case "join": return this.#join(plan);
      case "union": {
        const branches = plan.inputs.map(input => this.push(input));
        const columns = this.#used.map(a => makeAttribute(a.name, a.type, a.nullable));
        const inputs = branches.map((branch, i) => projectTo(branch.plan, [...plan.inputs[i]!.output, ...branch.columns].map(passThrough)));
        return { plan: Object.freeze({ ...plan, inputs, output: [...plan.output, ...columns] }), columns };
      }
      case "set_operation": {
        const [left, right] = [plan.left, plan.right].map(input => {
          const { plan: pushed, columns } = this.push(input);
          return projectTo(pushed, [...input.output, ...columns].map(passThrough));
        });
        const columns = this.#used.map(a => makeAttribute(a.name, a.type, a.nullable));
        return { plan: Object.freeze({ ...plan, left: left!, right: right!, output: [...plan.output, ...columns] }), columns };
      }
      default: throw unsupported(`A subquery that uses the outer row below ${plan.kind.replaceAll("_", " ")}`, "write it as a join");
    }
  }

  /** Groups once a domain value. Without keys there is a group for every value, also over no rows. */
  #aggregate(plan: Extract<ResolvedRelation, { kind: "aggregate" }>): Pushed {
    const { plan: input, columns } = this.push(plan.input);
    const keys = [...plan.keys.map(key => ({ ...key, expression: this.#inner(key.expression, columns) })), ...columns.map(passThrough)];
    const aggregates = plan.aggregates.map(({ call, attribute }) => ({ attribute, call: mapChildren(call, e => this.#inner(e, columns)) as AggregateCall }));
    const grouped: ResolvedRelation = Object.freeze({ ...plan, input, keys, aggregates, output: [...keys.map(k => k.attribute), ...aggregates.map(a => a.attribute)] });
    if (plan.keys.length > 0) return { plan: grouped, columns };
    const domain = this.#domain();
    let both: ResolvedRelation = joined(analysed(domain.plan), analysed(grouped), "left", this.#same(domain.columns, columns), plan.origin).plan;
    // A count over no rows is 0, what is never null is what it is over no rows; other aggregates are null there.
    const others = aggregates.filter(({ call }) => !call.nullable && call.type.kind !== "bigint").map(({ call, attribute }) => ({ call, of: attribute.id, attribute: makeAttribute(attribute.name, call.type, false) }));
    if (others.length > 0) {
      const nothing: ResolvedRelation = Object.freeze({ kind: "local_rows", rows: [], output: input.output, isStreaming: false });
      const overNothing: ResolvedRelation = Object.freeze({ kind: "aggregate", input: nothing, keys: [], aggregates: others.map(({ call, attribute }) => ({ call, attribute })), output: others.map(o => o.attribute), isStreaming: false });
      both = joined(analysed(both), analysed(overNothing), "inner", undefined, plan.origin).plan;
    }
    const items = aggregates.map(({ call, attribute }) => {
      const found = both.output.find(a => a.id === attribute.id)!;
      if (call.nullable) return passThrough(found);
      const otherwise = others.find(o => o.of === attribute.id)?.attribute ?? literalOf(0n, call.type);
      const value: ResolvedExpression = Object.freeze({ kind: "coalesce", args: [found, otherwise], type: call.type, nullable: false });
      return { expression: value, attribute };
    });
    return { plan: projectTo(both, [...items, ...domain.columns.map(passThrough)]), columns: domain.columns };
  }

  /** The first rows of each domain value: numbered, then filtered. */
  #limit(plan: Extract<ResolvedRelation, { kind: "limit" }>): Pushed {
    const { plan: input, columns } = this.push(plan.input);
    const order = input.kind === "sort" ? input.order : input.kind === "project" && input.input.kind === "sort" ? input.input.order : [];
    const below = input.kind === "project" && input.input.kind === "sort" ? input.input : input;
    const call: WindowCall = Object.freeze<WindowCall>({
      kind: "window_call", function: specialFunction("row_number")!, args: [], partitionBy: columns, orderBy: order.length > 0 ? order : columns.map(expression => ({ expression, direction: "asc" as const, nulls: "first" as const })),
      frame: { unit: "rows", lower: { at: "unbounded" }, upper: { at: "current" } }, ignoreNulls: false, type: INT, nullable: false,
    });
    const number = makeAttribute("row_number", INT, false);
    const numbered: ResolvedRelation = Object.freeze({ kind: "window", input: below, windows: [{ call, attribute: number }], output: [...below.output, number], isStreaming: below.isStreaming });
    const resolver = this.#analyzer.resolver(analysed(numbered), this.#analyzer.rootEnv);
    const bounds: ResolvedExpression[] = [];
    if (plan.limit !== undefined) bounds.push(callByName(resolver, "<=", [number, literalOf(plan.offset + plan.limit, INT)], plan.origin));
    if (plan.offset > 0) bounds.push(callByName(resolver, ">", [number, literalOf(plan.offset, INT)], plan.origin));
    const cut = bounds.reduce<ResolvedRelation>((p, bound) => filterBy(p, bound), numbered);
    const items = input.kind === "project" && below !== input ? input.expressions : input.output.map(passThrough);
    return { plan: projectTo(cut, items), columns };
  }

  #join(plan: Extract<ResolvedRelation, { kind: "join" }>): Pushed {
    const { left, right, joinType } = plan;
    const inCondition = plan.condition !== undefined && someExpression(plan.condition, e => e.kind === "attribute" && this.#used.some(a => a.id === e.id));
    const leftNeeds = this.#dependent(left), rightNeeds = this.#dependent(right);
    const keepsLeft = joinType === "inner" || joinType === "cross" || joinType === "left" || joinType === "left_semi" || joinType === "left_anti";
    if (!rightNeeds && keepsLeft) {
      const { plan: l, columns } = this.push(left);
      const condition = plan.condition === undefined ? undefined : this.#inner(plan.condition, columns);
      return { plan: joined(analysed(l), analysed(right), joinType, condition, plan.origin).plan, columns };
    }
    if (!leftNeeds && (joinType === "right" || !inCondition && (joinType === "inner" || joinType === "cross"))) {
      const { plan: r, columns } = this.push(right), condition = plan.condition === undefined ? undefined : this.#inner(plan.condition, columns);
      return { plan: joined(analysed(left), analysed(r), joinType, condition, plan.origin).plan, columns };
    }
    const l = this.push(left), r = this.push(right);
    if (!keepsLeft) return this.#outerJoin(plan, l, r);
    const same = this.#same(l.columns, r.columns);
    const condition: ResolvedExpression = plan.condition === undefined ? same : Object.freeze({ kind: "and", left: same, right: this.#inner(plan.condition, l.columns), type: BOOLEAN, nullable: plan.condition.nullable });
    return { plan: joined(analysed(l.plan), analysed(r.plan), joinType === "cross" ? "inner" : joinType, condition, plan.origin).plan, columns: l.columns };
  }

  /** RIGHT and FULL: the domain's values come from the side that has a row. */
  #outerJoin(plan: Extract<ResolvedRelation, { kind: "join" }>, l: Pushed, r: Pushed): Pushed {
    const same = this.#same(l.columns, r.columns), written = plan.condition === undefined ? undefined : mapExpression(plan.condition, e => {
      const i = e.kind === "attribute" ? this.#used.findIndex(a => a.id === e.id) : -1;
      return i < 0 ? e : r.columns[i]!;
    });
    const condition: ResolvedExpression = written === undefined ? same : Object.freeze({ kind: "and", left: same, right: written, type: BOOLEAN, nullable: written.nullable });
    const both = joined(analysed(l.plan), analysed(r.plan), plan.joinType, condition, plan.origin).plan, now = (a: Attribute): Attribute => both.output.find(o => o.id === a.id)!;
    const columns = this.#used.map(a => makeAttribute(a.name, a.type, a.nullable));
    const values = columns.map((attribute, i) => ({ attribute, expression: Object.freeze({ kind: "coalesce" as const, args: [now(l.columns[i]!), now(r.columns[i]!)], type: attribute.type, nullable: attribute.nullable }) }));
    return { plan: projectTo(both, [...plan.output.map(a => passThrough(now(a))), ...values]), columns };
  }
}

/**
 * The common shape of a subquery that uses the outer row: only its WHERE does. Then the conditions move out of it into
 * the join that takes its place, and the outer rows need not be read twice.
 */
import type { Attribute, NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { attributesIn, expressionsOf, inputsOf } from "../plan/walk-relations.ts";
import { filterBy, passThrough, projectTo } from "./build.ts";
import { andOf, conjunctsOf } from "./subqueries.ts";

export interface PulledUp {
  /** The subquery without the conditions; it puts out what they need of it. */
  readonly plan: ResolvedRelation;
  readonly conditions: readonly ResolvedExpression[];
}

type IsOuter = (id: number) => boolean;

const usesOuter = (e: ResolvedExpression, isOuter: IsOuter): boolean => someExpression(e, x => x.kind === "attribute" && isOuter(x.id));
const dependent = (plan: ResolvedRelation, isOuter: IsOuter): boolean => expressionsOf(plan).some(e => usesOuter(e, isOuter)) || inputsOf(plan).some(input => dependent(input, isOuter));

/** Takes the conditions on outer attributes out of a plan; undefined where something else uses them. */
export function pullUp(plan: ResolvedRelation, isOuter: IsOuter): PulledUp | undefined {
  if (!dependent(plan, isOuter)) return { plan, conditions: [] };
  switch (plan.kind) {
    case "subquery_alias": return pullUp(plan.input, isOuter);
    case "filter": {
      const inner = pullUp(plan.input, isOuter);
      if (inner === undefined || someExpression(plan.condition, e => e.kind === "subquery")) return undefined;
      const all = conjunctsOf(plan.condition), own = all.filter(c => !usesOuter(c, isOuter));
      return { plan: own.length === 0 ? inner.plan : filterBy(inner.plan, own.reduce(andOf), plan.origin), conditions: [...inner.conditions, ...all.filter(c => usesOuter(c, isOuter))] };
    }
    case "project": {
      if (plan.expressions.some(e => usesOuter(e.expression, isOuter))) return undefined;
      const inner = pullUp(plan.input, isOuter);
      if (inner === undefined) return undefined;
      const needed = attributesIn(inner.conditions), present = new Set(plan.output.map(a => a.id));
      const extra = inner.plan.output.filter(a => needed.has(a.id) && !present.has(a.id));
      return { plan: projectTo(inner.plan, [...plan.expressions, ...extra.map(passThrough)], plan.origin), conditions: inner.conditions };
    }
    default: return undefined;
  }
}

export interface PulledAggregate {
  /** Groups by the inner sides of the equalities. */
  readonly plan: ResolvedRelation;
  readonly conditions: readonly ResolvedExpression[];
  /** The subquery's value over the groups' columns. */
  readonly value: ResolvedExpression;
  /** Counts: 0 where there is no group. */
  readonly counts: readonly Attribute[];
}

/** `(SELECT max(x) FROM t WHERE t.k = outer.k)`: one aggregation for all outer rows. */
export function pullUpAggregate(plan: ResolvedRelation, isOuter: IsOuter): PulledAggregate | undefined {
  let top = plan;
  while (top.kind === "subquery_alias") top = top.input;
  if (top.kind !== "project" || top.expressions.length !== 1 || usesOuter(top.expressions[0]!.expression, isOuter)) return undefined;
  const value = top.expressions[0]!.expression, aggregate = top.input;
  if (aggregate.kind !== "aggregate" || aggregate.keys.length > 0 || aggregate.aggregates.some(a => usesOuter(a.call, isOuter))) return undefined;
  const inner = pullUp(aggregate.input, isOuter);
  if (inner === undefined || inner.conditions.length === 0) return undefined;
  const keys: NamedExpression[] = [];
  for (const condition of inner.conditions) {
    if (condition.kind !== "scalar_call" || condition.function.name !== "=" || condition.args.length !== 2) return undefined;
    const own = condition.args.find(side => !usesOuter(side, isOuter)), other = condition.args.find(side => usesOuter(side, isOuter));
    // A cast between them is fine as long as the group's own side is a column.
    if (own?.kind !== "attribute" || other === undefined || someExpression(other, e => e.kind === "attribute" && !isOuter(e.id))) return undefined;
    if (!keys.some(key => key.attribute.id === own.id)) keys.push(passThrough(own));
  }
  const grouped: ResolvedRelation = Object.freeze({ ...aggregate, input: inner.plan, keys, output: [...keys.map(key => key.attribute), ...aggregate.aggregates.map(a => a.attribute)] });
  const counts = aggregate.aggregates.filter(a => !a.call.nullable && a.call.type.kind === "bigint").map(a => a.attribute);
  if (aggregate.aggregates.some(a => !a.call.nullable && a.call.type.kind !== "bigint")) return undefined;
  return { plan: grouped, conditions: inner.conditions, value, counts };
}

/** Walking and rewriting resolved relations. */
import type { AggregateCall, GeneratorCall, ResolvedExpression, ResolvedRelation, WindowCall } from "./resolved.ts";
import { someExpression } from "./walk.ts";

/** The relations directly below one. Plans of subqueries are not entered. */
export function inputsOf(plan: ResolvedRelation): readonly ResolvedRelation[] {
  switch (plan.kind) {
    case "scan": case "local_rows": case "range": return [];
    case "join": case "as_of_join": case "set_operation": return [plan.left, plan.right];
    case "union": case "value_map": return plan.inputs;
    case "group_map": return plan.initial === undefined ? [plan.input] : [plan.input, plan.initial.input];
    default: return [plan.input];
  }
}

/** The same node over other inputs; its output stays as it is. */
export function withInputs(plan: ResolvedRelation, inputs: readonly ResolvedRelation[]): ResolvedRelation {
  if (inputsOf(plan).every((input, i) => input === inputs[i])) return plan;
  switch (plan.kind) {
    case "scan": case "local_rows": case "range": return plan;
    case "join": case "as_of_join": case "set_operation": return Object.freeze({ ...plan, left: inputs[0]!, right: inputs[1]! });
    case "union": case "value_map": return Object.freeze({ ...plan, inputs });
    case "group_map": return Object.freeze({ ...plan, input: inputs[0]!, initial: plan.initial && { ...plan.initial, input: inputs[1]! } });
    default: return Object.freeze({ ...plan, input: inputs[0]! });
  }
}

/** All expressions of a node itself. */
export function expressionsOf(plan: ResolvedRelation): readonly ResolvedExpression[] {
  switch (plan.kind) {
    case "project": return plan.expressions.map(e => e.expression);
    case "filter": return [plan.condition];
    case "aggregate": return [...plan.keys.map(k => k.expression), ...plan.aggregates.map(a => a.call)];
    case "expand": return plan.projections.flat();
    case "join": return plan.condition === undefined ? [] : [plan.condition];
    case "as_of_join": return [...plan.keys.flatMap(key => [key.left, key.right]), plan.leftTime, plan.rightTime];
    case "sort": return plan.order.map(o => o.expression);
    case "deduplicate": return plan.keys;
    case "event_time_watermark": return [plan.eventTime];
    case "generate": return [plan.generator];
    case "window": return plan.windows.map(w => w.call);
    case "group_map": return plan.keys;
    case "scan": return plan.pushedFilters;
    case "local_rows": case "range": case "union": case "set_operation": case "limit": case "sample": case "subquery_alias": case "value_map": case "collect_metrics": return [];
  }
}

/** The node with its expressions rewritten. Attributes that it makes, and keys that are attributes, stay. */
export function mapExpressionsOf(plan: ResolvedRelation, rewrite: (e: ResolvedExpression) => ResolvedExpression): ResolvedRelation {
  switch (plan.kind) {
    case "project": {
      const expressions = plan.expressions.map(e => { const expression = rewrite(e.expression); return expression === e.expression ? e : { ...e, expression }; });
      return expressions.every((e, i) => e === plan.expressions[i]) ? plan : Object.freeze({ ...plan, expressions });
    }
    case "filter": {
      const condition = rewrite(plan.condition);
      return condition === plan.condition ? plan : Object.freeze({ ...plan, condition });
    }
    case "aggregate": {
      const keys = plan.keys.map(k => { const expression = rewrite(k.expression); return expression === k.expression ? k : { ...k, expression }; });
      const aggregates = plan.aggregates.map(a => { const call = rewrite(a.call) as AggregateCall; return call === a.call ? a : { ...a, call }; });
      return keys.every((k, i) => k === plan.keys[i]) && aggregates.every((a, i) => a === plan.aggregates[i]) ? plan : Object.freeze({ ...plan, keys, aggregates });
    }
    case "expand": {
      const projections = plan.projections.map(row => row.map(rewrite));
      return projections.every((row, r) => row.every((e, c) => e === plan.projections[r]![c])) ? plan : Object.freeze({ ...plan, projections });
    }
    case "join": {
      const condition = plan.condition === undefined ? undefined : rewrite(plan.condition);
      return condition === plan.condition ? plan : Object.freeze({ ...plan, condition });
    }
    case "as_of_join": {
      const keys = plan.keys.map(key => { const left = rewrite(key.left), right = rewrite(key.right); return left === key.left && right === key.right ? key : { left, right }; });
      const leftTime = rewrite(plan.leftTime), rightTime = rewrite(plan.rightTime);
      return leftTime === plan.leftTime && rightTime === plan.rightTime && keys.every((k, i) => k === plan.keys[i]) ? plan : Object.freeze({ ...plan, keys, leftTime, rightTime });
    }
    case "sort": {
      const order = plan.order.map(o => { const expression = rewrite(o.expression); return expression === o.expression ? o : { ...o, expression }; });
      return order.every((o, i) => o === plan.order[i]) ? plan : Object.freeze({ ...plan, order });
    }
    case "generate": {
      const generator = rewrite(plan.generator) as GeneratorCall;
      return generator === plan.generator ? plan : Object.freeze({ ...plan, generator });
    }
    case "window": {
      const windows = plan.windows.map(w => { const call = rewrite(w.call) as WindowCall; return call === w.call ? w : { ...w, call }; });
      return windows.every((w, i) => w === plan.windows[i]) ? plan : Object.freeze({ ...plan, windows });
    }
    case "deduplicate": case "event_time_watermark": case "scan": case "local_rows": case "range": case "union": case "set_operation": case "limit": case "sample": case "subquery_alias": case "group_map": case "value_map": case "collect_metrics": return plan;
  }
}

/** Rebuilds a plan from the leaves up; `rewrite` sees each node over its rewritten inputs. */
export function mapRelation(plan: ResolvedRelation, rewrite: (plan: ResolvedRelation) => ResolvedRelation): ResolvedRelation {
  return rewrite(withInputs(plan, inputsOf(plan).map(input => mapRelation(input, rewrite))));
}

export function someRelation(plan: ResolvedRelation, test: (plan: ResolvedRelation) => boolean): boolean {
  return test(plan) || inputsOf(plan).some(input => someRelation(input, test));
}

/** Ids of the attributes that expressions use; those of lambdas aside. */
export function attributesIn(expressions: readonly ResolvedExpression[]): Set<number> {
  const ids = new Set<number>();
  for (const expression of expressions) someExpression(expression, e => {
    if (e.kind === "attribute") ids.add(e.id);
    return false;
  });
  return ids;
}

/** What rules ask about expressions: may it be evaluated elsewhere, more often, or not at all. */
import type { Attribute, NamedExpression, ResolvedExpression } from "../plan/resolved.ts";
import { mapExpression, someExpression } from "../plan/walk.ts";
import { neverFails } from "../functions/casts.ts";
import { BOOLEAN } from "../types/data-type.ts";

/** Whether evaluating it can fail for some row. */
export function canRaise(expression: ResolvedExpression): boolean {
  return someExpression(expression, e => {
    switch (e.kind) {
      case "scalar_call": return e.binding.canRaise === true;
      case "cast": return e.evalMode === "ansi" && !neverFails(e.child.type, e.type);
      case "aggregate_call": return e.binding.canRaise === true;
      case "user_call": case "subquery": return true;
      default: return false;
    }
  });
}

/** Whether two evaluations over one row give the same. */
export function isDeterministic(expression: ResolvedExpression): boolean {
  return !someExpression(expression, e =>
    e.kind === "scalar_call" && e.binding.deterministic === false || e.kind === "user_call" && !e.function.deterministic || e.kind === "aggregate_call" && e.binding.deterministic === false);
}

/** Whether it belongs to the operator it stands in, so that it can't be copied into another one. */
export const isBound = (expression: ResolvedExpression): boolean => someExpression(expression, e =>
  e.kind === "time_window" || e.kind === "session_window" || e.kind === "generator_call" || e.kind === "window_call" || e.kind === "aggregate_call");

export function conjuncts(condition: ResolvedExpression): readonly ResolvedExpression[] {
  return condition.kind === "and" ? [...conjuncts(condition.left), ...conjuncts(condition.right)] : [condition];
}

/** Conditions joined by AND, evaluated in this order; undefined if there are none. */
export function allOf(conditions: readonly ResolvedExpression[]): ResolvedExpression | undefined {
  return conditions.reduce<ResolvedExpression | undefined>((left, right) =>
    left === undefined ? right : Object.freeze({ kind: "and", left, right, type: BOOLEAN, nullable: left.nullable || right.nullable }), undefined);
}

/** Ids of the attributes that expressions use. */
export function references(expressions: Iterable<ResolvedExpression>): Set<number> {
  const ids = new Set<number>();
  for (const expression of expressions) someExpression(expression, e => {
    if (e.kind === "attribute") ids.add(e.id);
    return false;
  });
  return ids;
}

export const isOver = (expression: ResolvedExpression, output: readonly Attribute[]): boolean => {
  const ids = new Set(output.map(a => a.id));
  return [...references([expression])].every(id => ids.has(id));
};

/** Attributes replaced by what a projection computes for them. */
export function substitute(expression: ResolvedExpression, by: readonly NamedExpression[]): ResolvedExpression {
  const map = new Map(by.map(item => [item.attribute.id, item.expression] as const));
  return mapExpression(expression, e => e.kind === "attribute" ? map.get(e.id) ?? e : e);
}

/** Two filters in a row become one, two projections one where nothing is computed twice, and an empty projection goes. */
import type { NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { allOf, conjuncts, isBound, isDeterministic, substitute } from "./expression-facts.ts";

export function mergeOperators(plan: ResolvedRelation): ResolvedRelation {
  if (plan.kind === "filter" && plan.input.kind === "filter") {
    // The lower one first: it may guard the upper one.
    const condition = allOf([...conjuncts(plan.input.condition), ...conjuncts(plan.condition)])!;
    return Object.freeze({ ...plan, input: plan.input.input, condition });
  }
  if (plan.kind === "filter" && plan.condition.kind === "literal") {
    if (plan.condition.value === true) return plan.input;
    // A stream that lets nothing through still reads, counts and keeps time.
    if (!plan.isStreaming) return Object.freeze({ kind: "local_rows", rows: [], output: plan.output, isStreaming: false, origin: plan.origin });
  }
  if (plan.kind !== "project") return plan;
  const { input } = plan;
  if (isIdentity(plan.expressions, input)) return input;
  if (input.kind === "project" && mayMerge(plan.expressions, input.expressions)) {
    const expressions = plan.expressions.map(item => ({ ...item, expression: substitute(item.expression, input.expressions) }));
    return Object.freeze({ ...plan, input: input.input, expressions });
  }
  return plan;
}

function isIdentity(items: readonly NamedExpression[], input: ResolvedRelation): boolean {
  return items.length === input.output.length && items.every((item, i) => {
    const below = input.output[i]!;
    return item.expression.kind === "attribute" && item.expression.id === below.id && item.attribute.id === below.id && item.attribute.name === below.name
      && item.attribute.watermarkDelayMicros === below.watermarkDelayMicros;
  });
}

/** Nothing that costs is computed twice, and nothing by chance is copied. */
function mayMerge(upper: readonly NamedExpression[], lower: readonly NamedExpression[]): boolean {
  const uses = new Map<number, number>();
  for (const item of upper) someExpression(item.expression, e => {
    if (e.kind === "attribute") uses.set(e.id, (uses.get(e.id) ?? 0) + 1);
    return false;
  });
  const inner = new Set<number>();
  for (const item of upper) someExpression(item.expression, e => {
    if (e.kind === "lambda") someExpression(e.body, x => { if (x.kind === "attribute") inner.add(x.id); return false; });
    return false;
  });
  return lower.every(({ expression, attribute }) => {
    const count = uses.get(attribute.id) ?? 0;
    if (isCheap(expression)) return true;
    if (count === 0) return isDeterministic(expression);
    return count === 1 && !inner.has(attribute.id) && isDeterministic(expression) && !isBound(expression) && !guarded(upper, attribute.id);
  });
}

const isCheap = (e: ResolvedExpression): boolean => e.kind === "attribute" || e.kind === "literal" || e.kind === "field_access" && isCheap(e.child);

/** Whether the one use is in a branch that not all rows reach: then the value, and its error, would come for fewer rows. That is allowed; a window or generator is not. */
function guarded(upper: readonly NamedExpression[], id: number): boolean {
  return upper.some(item => someExpression(item.expression, e => (e.kind === "time_window" || e.kind === "session_window") && someExpression(e, x => x.kind === "attribute" && x.id === id)));
}

/** Walking and rewriting expressions before they are resolved. */
import type { Expression, FrameBound, SortOrder } from "../plan/expressions.ts";

/** Rewrites from the top down: where `rewrite` gives something else, its result stands and isn't entered. */
export function rewriteUnresolved(expression: Expression, rewrite: (e: Expression) => Expression): Expression {
  const changed = rewrite(expression);
  if (changed !== expression) return changed;
  const go = (e: Expression): Expression => rewriteUnresolved(e, rewrite);
  const all = (list: readonly Expression[]): readonly Expression[] => list.map(go);
  const sorts = (list: readonly SortOrder[]): readonly SortOrder[] => list.map(order => ({ ...order, child: go(order.child) }));
  const bound = (b: FrameBound): FrameBound => typeof b === "string" ? b : "preceding" in b ? { preceding: go(b.preceding) } : { following: go(b.following) };
  switch (expression.kind) {
    case "literal": case "unresolved_attribute": case "unresolved_star": case "lambda_variable": case "parameter": case "expression_string": return expression;
    case "unresolved_function": return {
      ...expression, args: all(expression.args),
      ...(expression.filter !== undefined && { filter: go(expression.filter) }),
      ...(expression.withinGroup !== undefined && { withinGroup: sorts(expression.withinGroup) }),
    };
    case "named_argument": return { ...expression, value: go(expression.value) };
    case "alias": case "cast": case "sort_order": return { ...expression, child: go(expression.child) };
    case "case_when": return {
      ...expression, branches: expression.branches.map(branch => ({ when: go(branch.when), then: go(branch.then) })),
      ...(expression.otherwise !== undefined && { otherwise: go(expression.otherwise) }),
    };
    case "in_list": return { ...expression, child: go(expression.child), values: all(expression.values) };
    case "extract_value": return { ...expression, child: go(expression.child), extraction: go(expression.extraction) };
    case "update_fields": return { ...expression, child: go(expression.child), ...(expression.value !== undefined && { value: go(expression.value) }) };
    case "window": return {
      ...expression, function: go(expression.function), partitionBy: all(expression.partitionBy), orderBy: sorts(expression.orderBy),
      ...(expression.frame !== undefined && { frame: { ...expression.frame, lower: bound(expression.frame.lower), upper: bound(expression.frame.upper) } }),
    };
    case "lambda": return { ...expression, body: go(expression.body) };
    case "subquery": return expression.values === undefined ? expression : { ...expression, values: all(expression.values) };
  }
}

/** Whether `test` holds for the expression or one below it; plans of subqueries are not entered. */
export function someUnresolved(expression: Expression, test: (e: Expression) => boolean): boolean {
  let found = false;
  rewriteUnresolved(expression, e => {
    found ||= test(e);
    return e;
  });
  return found;
}

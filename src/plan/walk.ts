/** Walking and rewriting resolved expressions. */
import type { ResolvedExpression, ResolvedSortOrder } from "./resolved.ts";

/** The expressions directly below one. Plans of subqueries are not entered. */
export function childrenOf(expression: ResolvedExpression): readonly ResolvedExpression[] {
  switch (expression.kind) {
    case "attribute": case "literal": case "lambda_variable": return NONE;
    case "scalar_call": case "coalesce": case "generator_call": case "user_call": return expression.args;
    case "cast": case "field_access": return [expression.child];
    case "case_when": return [...expression.branches.flatMap(branch => [branch.when, branch.then]), ...(expression.otherwise === undefined ? [] : [expression.otherwise])];
    case "and": case "or": return [expression.left, expression.right];
    case "lambda": return [...expression.params, expression.body];
    case "aggregate_call": return expression.filter === undefined ? expression.args : [...expression.args, expression.filter];
    case "time_window": return [expression.time];
    case "session_window": return [expression.time, expression.gap];
    case "window_call": return [...(expression.function.kind === "aggregate_call" ? [expression.function] : []), ...expression.args, ...expression.partitionBy, ...expression.orderBy.map(order => order.expression)];
    case "subquery": return expression.values;
  }
}
const NONE: readonly ResolvedExpression[] = [];

/** Whether `test` holds for the expression or one below it. */
export function someExpression(expression: ResolvedExpression, test: (e: ResolvedExpression) => boolean): boolean {
  return test(expression) || childrenOf(expression).some(child => someExpression(child, test));
}

/** Rebuilds an expression from the leaves up; `rewrite` sees each node with its children rewritten already. */
export function mapExpression(expression: ResolvedExpression, rewrite: (e: ResolvedExpression) => ResolvedExpression): ResolvedExpression {
  return rewrite(mapChildren(expression, child => mapExpression(child, rewrite)));
}

/** The same node over other children; the node itself when none changed. */
export function mapChildren(expression: ResolvedExpression, rewrite: (e: ResolvedExpression) => ResolvedExpression): ResolvedExpression {
  const all = (list: readonly ResolvedExpression[]): readonly ResolvedExpression[] => {
    const changed = list.map(rewrite);
    return changed.some((e, i) => e !== list[i]) ? changed : list;
  };
  switch (expression.kind) {
    case "attribute": case "literal": case "lambda_variable": return expression;
    case "scalar_call": case "coalesce": case "generator_call": case "user_call": {
      const args = all(expression.args);
      return args === expression.args ? expression : Object.freeze({ ...expression, args });
    }
    case "cast": case "field_access": {
      const child = rewrite(expression.child);
      return child === expression.child ? expression : Object.freeze({ ...expression, child });
    }
    case "case_when": {
      const branches = expression.branches.map(branch => ({ when: rewrite(branch.when), then: rewrite(branch.then) }));
      const otherwise = expression.otherwise === undefined ? undefined : rewrite(expression.otherwise);
      const same = otherwise === expression.otherwise && branches.every((branch, i) => branch.when === expression.branches[i]!.when && branch.then === expression.branches[i]!.then);
      return same ? expression : Object.freeze({ ...expression, branches, otherwise });
    }
    case "and": case "or": {
      const left = rewrite(expression.left), right = rewrite(expression.right);
      return left === expression.left && right === expression.right ? expression : Object.freeze({ ...expression, left, right });
    }
    case "lambda": {
      const body = rewrite(expression.body);
      return body === expression.body ? expression : Object.freeze({ ...expression, body });
    }
    case "aggregate_call": {
      const args = all(expression.args), filter = expression.filter === undefined ? undefined : rewrite(expression.filter);
      return args === expression.args && filter === expression.filter ? expression : Object.freeze({ ...expression, args, filter });
    }
    case "time_window": {
      const time = rewrite(expression.time);
      return time === expression.time ? expression : Object.freeze({ ...expression, time });
    }
    case "session_window": {
      const time = rewrite(expression.time), gap = rewrite(expression.gap);
      return time === expression.time && gap === expression.gap ? expression : Object.freeze({ ...expression, time, gap });
    }
    case "window_call": {
      const inner = expression.function.kind === "aggregate_call" ? rewrite(expression.function) : expression.function;
      const orderBy: readonly ResolvedSortOrder[] = expression.orderBy.map(order => { const key = rewrite(order.expression); return key === order.expression ? order : { ...order, expression: key }; });
      const args = all(expression.args), partitionBy = all(expression.partitionBy);
      if (inner === expression.function && args === expression.args && partitionBy === expression.partitionBy && orderBy.every((order, i) => order === expression.orderBy[i])) return expression;
      return Object.freeze({ ...expression, function: inner as typeof expression.function, args, partitionBy, orderBy });
    }
    case "subquery": {
      const values = all(expression.values);
      return values === expression.values ? expression : Object.freeze({ ...expression, values });
    }
  }
}

/** Conditions of WHERE, HAVING and filter(). */
import { sqlText } from "../functions/sql-text.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { childrenOf } from "../plan/walk.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import { hasAggregate, hasGenerator, hasWindow, type Resolver } from "./expressions.ts";
import { displayName } from "./names.ts";
import { through, type Analysed } from "./scope.ts";
import { rewriteConditions } from "./subqueries.ts";
import { besideWindow } from "./time-windows.ts";

export function filter(analyzer: Analyzer, input: Analysed, condition: Expression, env: Env, origin: Origin | undefined): Analysed {
  const { analysed: over, expressions: [resolved], resolver } = analyzer.resolveOver(input, [condition], env);
  const checked = checkCondition(resolved!, condition, resolver, input.below?.aggregates === true);
  const { input: beside, expressions } = besideWindow(over, [checked]);
  return through(beside, plan => rewriteConditions(analyzer, plan, expressions[0]!, origin));
}

/** A condition of WHERE: BOOLEAN, and nothing that belongs to another clause. */
function checkCondition(resolved: ResolvedExpression, written: Expression, resolver: Resolver, aggregatesAllowed: boolean): ResolvedExpression {
  const text = (): string => displayName(resolver, written);
  if (hasWindow(resolved)) {
    throw fail("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "42601", "It is not allowed to use window functions inside WHERE clause.", { clauseName: "WHERE" }, written.origin, "filter on a window function with QUALIFY, or in a query around this one");
  }
  if (hasGenerator(resolved)) {
    throw fail("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "42K0E", "The generator is not supported: outside the SELECT clause.", { plan: `Filter ${text()}` }, written.origin);
  }
  if (!aggregatesAllowed && hasAggregate(resolved)) {
    throw fail("INVALID_WHERE_CONDITION", "42903", `The WHERE condition "${text()}" contains invalid expressions. Rewrite the query to avoid window functions, aggregate functions, and generator functions in the WHERE clause.`, { condition: quoteSql(text()), expressionList: aggregatesIn(resolved).map(sqlText).join(", ") }, written.origin, "filter groups with HAVING");
  }
  if (resolved.type.kind === "boolean") return resolved;
  throw fail("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "42K09", `Cannot resolve "${text()}" due to data type mismatch: Filter expression ${quoteSql(text())} of type ${quoteType(resolved.type)} is not a boolean.`, { sqlExpr: quoteSql(text()), filter: quoteSql(text()), type: quoteType(resolved.type) }, written.origin);
}

function aggregatesIn(e: ResolvedExpression): readonly ResolvedExpression[] {
  return e.kind === "aggregate_call" ? [e] : childrenOf(e).flatMap(aggregatesIn);
}

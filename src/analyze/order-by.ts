/** ORDER BY and SORT BY: columns by name, by number, or expressions over what lies below. */
import { isOrderable } from "../functions/operators/comparison.ts";
import type { Expression } from "../plan/expressions.ts";
import type { Sort } from "../plan/relations.ts";
import type { Attribute, ResolvedExpression, ResolvedSortOrder } from "../plan/resolved.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import { hasAggregate, hasGenerator, hasWindow, type Resolver } from "./expressions.ts";
import { displayName } from "./names.ts";
import { through, type Analysed } from "./scope.ts";
import { besideWindow } from "./time-windows.ts";

export function sort(analyzer: Analyzer, input: Analysed, { order, isGlobal, all: hasWord = false, origin }: Sort, env: Env): Analysed {
  // A column that is called ALL is meant before the word.
  const all = hasWord && ![...input.visible, ...input.below?.scope.visible ?? []].some(a => analyzer.same(a.name, "all"));
  const written = all ? input.visible.map((_, i): Expression => ({ kind: "literal", value: i + 1, type: { kind: "int" } })) : order.map(o => o.child);
  const byOrdinal = analyzer.context.settings.conf.get("spark.sql.orderByOrdinal")?.toLowerCase() !== "false";
  const ordinals = written.map(e => byOrdinal ? columnAt(input, e) : undefined), rest = written.filter((_, i) => ordinals[i] === undefined);
  const { analysed: lifted, expressions: asked, resolver } = analyzer.resolveOver(input, rest, env, true);
  const { input: over, expressions } = lifted === input ? besideWindow(lifted, asked) : { input: lifted, expressions: asked };
  let next = 0;
  const resolved = ordinals.map(ordinal => ordinal ?? expressions[next++]!);
  const orders = resolved.map((expression, i): ResolvedSortOrder => {
    const source = written[i]!, { direction, nulls } = order[all ? 0 : i]!;
    checkKey(expression, source, resolver, direction, nulls);
    return { expression, direction, nulls };
  });
  return through(over, plan => Object.freeze({ kind: "sort", input: plan, order: orders, isGlobal, output: plan.output, isStreaming: plan.isStreaming, origin }));
}

/** The column that a number in ORDER BY means. */
function columnAt(input: Analysed, e: Expression): Attribute | undefined {
  if (e.kind !== "literal" || e.type.kind !== "int") return undefined;
  const index = e.value as number, attribute = input.visible[index - 1];
  if (attribute !== undefined) return attribute;
  throw fail("ORDER_BY_POS_OUT_OF_RANGE", "42805", `ORDER BY position ${index} is not in select list (valid range is [1, ${input.visible.length}]).`, { index: String(index), size: String(input.visible.length) }, e.origin);
}

/** Refuses what has no order, and what belongs to another clause. */
function checkKey(expression: ResolvedExpression, written: Expression, resolver: Resolver, direction: string, nulls: string): void {
  if (hasWindow(expression) || hasGenerator(expression) || hasAggregate(expression)) {
    const text = displayName(resolver, written);
    if (hasGenerator(expression)) throw fail("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "42K0E", "The generator is not supported: outside the SELECT clause.", { plan: `Sort [${text}]` }, written.origin);
    throw fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", `A query operator contains one or more unsupported expressions: [${text}].`, { invalidExprSqls: quoteSql(text), operator: "Sort" }, written.origin, hasAggregate(expression) ? "put the aggregate into the select list under a name and order by that" : "put the window function into the select list under a name and order by that");
  }
  if (isOrderable(expression.type)) return;
  const sqlExpr = quoteSql(`${displayName(resolver, written)} ${direction.toUpperCase()} NULLS ${nulls.toUpperCase()}`);
  throw fail("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The \`sortorder\` does not support ordering on type ${quoteType(expression.type)}.`, { sqlExpr, functionName: "`sortorder`", dataType: quoteType(expression.type) }, written.origin);
}

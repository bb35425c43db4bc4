/** What a GROUP BY item means: an expression, a number of the select list, or one of its names. */
import { MillraceError } from "../base/errors.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { Aggregate } from "../plan/relations.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { BIGINT, TINYINT } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { literalOf } from "./build.ts";
import { isOn } from "./context.ts";
import { fail, quoteIdentifiers, quoteSql } from "./errors.ts";
import { hasAggregate, hasWindow, type GroupingFunctions, type Resolver } from "./expressions.ts";
import type { NameSource } from "./name-lookup.ts";
import { displayName, outputName } from "./names.ts";
import type { Scope } from "./scope.ts";
import { selectItems } from "./select.ts";
import { exactReference } from "./stars.ts";
import { someUnresolved } from "./unresolved.ts";

type Aggregates = Pick<Aggregate, "groupType" | "grouping" | "groupingSets" | "aggregates" | "having" | "pipe">;

function refuseWindow(resolver: Resolver, expression: ResolvedExpression, from: Expression, source: Expression): void {
  if (!hasWindow(expression)) return;
  const text = quoteSql(displayName(resolver, from));
  throw fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", `A query operator contains one or more unsupported expressions. Invalid expressions: [${text}].`, { invalidExprSqls: text, operator: "Aggregate" }, source.origin, "compute the window function in a subquery first");
}

/** What a GROUP BY item stands for, and the expression that names it. */
export function groupKey(analyzer: Analyzer, resolver: Resolver, input: Scope, source: Expression, written: readonly Expression[], env: Env): { readonly expression: ResolvedExpression; readonly named: Expression } {
  const { settings } = analyzer.context;
  let from = source;
  if (source.kind === "literal" && source.type.kind === "int" && isOn(settings, "spark.sql.groupByOrdinal", true)) {
    const index = source.value as number, item = written[index - 1];
    if (item === undefined) {
      throw outOfRange(index, written.length, source.origin);
    }
    from = item;
    const expression = selectExpression(analyzer, input, item, written, env);
    if (someExpression(expression, e => e.kind === "aggregate_call")) {
      const text = displayName(resolver, item.kind === "alias" ? item.child : item), aggExpr = `${text} AS ${quoteIdentifiers([outputName(resolver, item, expression)])}`;
      throw fail("GROUP_BY_POS_AGGREGATE", "42903", `GROUP BY ${index} refers to an expression ${aggExpr} that contains an aggregate function. Aggregate functions are not allowed in GROUP BY.`, { index: String(index), aggExpr }, source.origin);
    }
    refuseWindow(resolver, expression, from, source);
    return { expression, named: from };
  }
  const aliases: NameSource = parts => {
    if (!isOn(settings, "spark.sql.groupByAliases", true)) return undefined;
    const item = written.find(e => resolver.same(e.kind === "alias" ? e.names[0]! : nameOf(resolver, e), parts.join(".")));
    if (item === undefined) return undefined;
    from = item;
    return { expression: selectExpression(analyzer, input, item, written, env), used: parts.length };
  };
  const expression = analyzer.resolver(input, env, { afterwards: [aliases] }).resolve(source);
  if (hasAggregate(expression)) {
    const sqlExpr = displayName(resolver, from.kind === "alias" ? from.child : from);
    throw fail("GROUP_BY_AGGREGATE", "42903", `Aggregate functions are not allowed in GROUP BY, but found ${sqlExpr}.`, { sqlExpr }, source.origin);
  }
  refuseWindow(resolver, expression, from, source);
  if (containsMap(expression)) {
    const sqlExpr = quoteSql(displayName(resolver, source));
    throw fail("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "42822", `The expression ${sqlExpr} cannot be used as a grouping expression because its data type is not an orderable data type.`, { sqlExpr, dataType: quoteSql("") }, source.origin);
  }
  return { expression, named: from };
}

const containsMap = (e: ResolvedExpression): boolean => e.type.kind === "variant";

/** The name of a select item without an alias; none where it is no expression on its own. */
function nameOf(resolver: Resolver, item: Expression): string {
  if (item.kind === "unresolved_attribute") return item.nameParts.at(-1)!;
  try {
    return outputName(resolver, item, resolver.resolve(item));
  } catch (error) {
    if (error instanceof MillraceError) return "";
    throw error;
  }
}

/** A select item on its own. @throws AnalysisError where it uses an alias before it */
function selectExpression(analyzer: Analyzer, input: Scope, item: Expression, written: readonly Expression[], env: Env): ResolvedExpression {
  const { items, lateral } = selectItems(analyzer, input, written.slice(0, written.indexOf(item) + 1), env, { grouping: NO_GROUPING });
  const { expression } = items[items.length - 1]!;
  if (usesAlias(expression, lateral)) throw aliasInKey(item.origin);
  return expression;
}

export const usesAlias = (expression: ResolvedExpression, lateral: ReadonlySet<number>): boolean => someExpression(expression, e => e.kind === "attribute" && lateral.has(e.id));

export const aliasInKey = (origin: Origin | undefined): Error => fail("UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_GROUP_BY", "0A000", "The feature is not supported: Referencing a lateral column alias via GROUP BY alias/ALL is not supported yet.", {}, origin, "compute the alias in a subquery first");

const NO_GROUPING: GroupingFunctions = {
  grouping: (args, origin) => literalOf(0, TINYINT, origin),
  groupingId: (args, origin) => literalOf(0n, BIGINT, origin),
};

/** `|> AGGREGATE`: a number in GROUP BY is a column of its input. */
export function pipeAggregate(settings: SqlSettings, input: Scope, spec: Aggregates): Aggregates {
  for (const item of spec.aggregates) {
    const what = someUnresolved(item, e => e.kind === "window") ? "window functions" : someUnresolved(item, e => e.kind === "unresolved_function" && GROUPING.has(e.name.toLowerCase())) ? "GROUPING" : undefined;
    if (what !== undefined) throw fail("UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE", "0A000", `The feature is not supported: The SQL pipe operator syntax with aggregation (using |> AGGREGATE) does not support ${what}.`, { case: what }, item.origin);
  }
  if (!isOn(settings, "spark.sql.groupByOrdinal", true)) return spec;
  const column = (key: Expression): Expression => {
    if (key.kind !== "literal" || key.type.kind !== "int") return key;
    const index = key.value as number, attribute = input.visible[index - 1];
    if (attribute === undefined) throw outOfRange(index, input.visible.length, key.origin);
    return exactReference(attribute, key.origin);
  };
  const count = spec.grouping.length;
  return { ...spec, grouping: spec.grouping.map(column), aggregates: [...spec.aggregates.slice(0, count).map(column), ...spec.aggregates.slice(count)] };
}
const GROUPING: ReadonlySet<string> = new Set(["grouping", "grouping_id"]);

const outOfRange = (index: number, size: number, origin: Origin | undefined): Error => fail("GROUP_BY_POS_OUT_OF_RANGE", "42805", `GROUP BY position ${index} is not in select list (valid range is [1, ${size}]).`, { index: String(index), size: String(size) }, origin);

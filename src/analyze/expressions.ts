/**
 * Resolves expressions: names to attributes and fields, calls to functions with their types settled, casts put in where
 * coercion asks for them. What an expression may contain in a clause is checked by who asked for it.
 */
import { MillraceError, unsupported } from "../base/errors.ts";
import { canCast } from "../functions/casts.ts";
import { commonType } from "../functions/coercion.ts";
import type { Cast, Expression, ExtractValue, InList, Origin, SortOrder, Subquery, WindowExpression } from "../plan/expressions.ts";
import type { SqlSettings } from "../plan/function.ts";
import { expressionToSql } from "../plan/print.ts";
import type { ResolvedExpression, ResolvedSortOrder } from "../plan/resolved.ts";
import { childrenOf, someExpression } from "../plan/walk.ts";
import { placeOf } from "../plan/place.ts";
import { STRING, type DataType } from "../types/data-type.ts";
import { castOf, isTextOfBytes, literalOf } from "./build.ts";
import { callByName, resolveCall } from "./calls.ts";
import { caseWhen } from "./common-types.ts";
import type { AnalyzerContext } from "./context.ts";
import { eachOf, fail, quoteSql } from "./errors.ts";
import { accessField, extractItem } from "./fields.ts";
import { NameLookup, sameName, type NameSource, type OuterScope, type RoutineScope } from "./name-lookup.ts";
import { displayName } from "./names.ts";
import type { OuterGroups } from "./outer-aggregates.ts";
import type { SameName, Scope } from "./scope.ts";
import { updateFields } from "./update-fields.ts";
import { resolveWindow } from "./windows.ts";

export interface ResolverOptions {
  /** Asked in order, first to last. Default: the scope's attributes, then its hidden ones. */
  readonly sources?: readonly NameSource[];
  /** Asked before the outer query. */
  readonly afterwards?: readonly NameSource[];
  /** Whether an attribute is an alias of the same select list. */
  readonly isAlias?: (id: number) => boolean;
  /** The query around a subquery, and a set that takes the ids used of it. */
  readonly outer?: OuterScope | undefined;
  /** WINDOW definitions of the query. */
  readonly windows?: Readonly<Record<string, WindowExpression>> | undefined;
  /** The text of `grouping_id` and `grouping` calls, when the query has grouping sets. */
  readonly grouping?: GroupingFunctions | undefined;
  /** Where this is a HAVING: what its subqueries may ask of the groups. */
  readonly groups?: OuterGroups;
  /** Analyses a subquery's plan inside this scope. */
  readonly subquery?: (subquery: Subquery, resolver: Resolver) => ResolvedExpression;
  /** The same for the body of a SQL function, which knows nothing of the query around it. */
  readonly routineSubquery?: (subquery: Subquery, resolver: Resolver) => ResolvedExpression;
  /** Inside the body of a SQL function: its name, and its arguments by name. */
  readonly routine?: RoutineScope | undefined;
}

/** What `grouping(a)` and `grouping_id(a, b)` stand for in this query. */
export interface GroupingFunctions {
  grouping(args: readonly ResolvedExpression[], origin: Origin | undefined): ResolvedExpression;
  groupingId(args: readonly ResolvedExpression[], origin: Origin | undefined): ResolvedExpression;
}

export class Resolver {
  readonly context: AnalyzerContext;
  readonly scope: Scope;
  readonly options: ResolverOptions;
  readonly same: SameName;
  readonly names: NameLookup;

  constructor(context: AnalyzerContext, scope: Scope, options: ResolverOptions = {}) {
    this.context = context;
    this.scope = scope;
    this.options = options;
    this.same = sameName(context);
    this.names = new NameLookup(this);
  }

  get timeZone(): string { return this.context.settings.timeZone; }
  get settings(): SqlSettings { return this.context.settings; }

  /** The expression with all names and types settled. */
  resolve(expression: Expression): ResolvedExpression {
    switch (expression.kind) {
      case "literal":
        if (expression.type.kind === "time" && expression.origin?.sql !== undefined) this.context.onTimeLiteral?.(expression.origin);
        return literalOf(expression.value, expression.type, expression.origin);
      case "unresolved_attribute": return this.names.resolve(expression);
      case "unresolved_function": return resolveCall(this, expression);
      case "alias": return this.resolve(expression.child);
      case "cast": return this.#cast(expression);
      case "case_when": return caseWhen(this, expression);
      case "in_list": return this.#inList(expression);
      case "extract_value": return this.#extract(expression);
      case "update_fields": return updateFields(this, this.resolve(expression.child), expression.path, expression.value === undefined ? undefined : this.resolve(expression.value), expression.origin);
      case "window": return this.names.insideWindow(() => resolveWindow(this, expression));
      case "expression_string": return this.resolve(this.context.parseExpression(expression.sql));
      case "parameter": {
        const value = this.context.parameters?.get(expression.name);
        if (value !== undefined) return literalOf(value.value, value.type, expression.origin);
        throw fail("UNBOUND_SQL_PARAMETER", "42P02", `Found the unbound parameter: ${expression.name}. Give a value for it.`, { name: String(expression.name) }, expression.origin,
          "pass values as the second argument: sql(text, { name: value })");
      }
      case "lambda_variable": return this.names.lambdaVariable(expression.name, expression.origin) ?? this.names.resolve({ kind: "unresolved_attribute", nameParts: [expression.name], origin: expression.origin });
      case "subquery": {
        if (this.names.isInLambda) {
          throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.HIGHER_ORDER_FUNCTION", "0A000", "Unsupported subquery expression: Subquery expressions are not supported within higher-order functions.",
            { subqueryExpression: quoteSql(expressionToSql(expression)) }, expression.origin);
        }
        if (this.options.subquery === undefined) throw unsupported("A subquery in this clause");
        return this.options.subquery(expression, this);
      }
      case "unresolved_star":
        throw fail("INVALID_USAGE_OF_STAR_OR_REGEX", "42000", "Invalid usage of '*' in an expression.", { elem: "'*'", prettyName: "expression `alias`" }, expression.origin);
      case "lambda":
        throw fail("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", "42K0D", "A lambda function should only be used in a higher order function.", { class: "expression" }, expression.origin);
      case "named_argument": return this.resolve(expression.value);
      case "sort_order": return this.resolve(expression.child);
    }
  }

  /** `instead`: asked where a value has no such field or item, because another column of the name may have it. */
  resolveAll(expressions: readonly Expression[], instead?: (expression: Expression) => ResolvedExpression): readonly ResolvedExpression[] {
    return eachOf(expressions, expression => {
      if (instead === undefined) return this.resolve(expression);
      try {
        return this.resolve(expression);
      } catch (error) {
        if (error instanceof MillraceError && error.condition === "INVALID_EXTRACT_BASE_FIELD_TYPE") return instead(expression);
        throw error;
      }
    });
  }

  sortOrder(order: SortOrder): ResolvedSortOrder {
    const expression = this.resolve(order.child);
    return { expression, direction: order.direction, nulls: order.nulls };
  }

  /** `-value`, by the registry's function. */
  callNegative(value: ResolvedExpression): ResolvedExpression { return callByName(this, "negative", [value], value.origin); }

  /** The one type of several expressions, or undefined. */
  common(expressions: readonly ResolvedExpression[]): DataType | undefined {
    return commonType(expressions.map(e => e.type), this.context.settings);
  }

  #cast(cast: Cast): ResolvedExpression {
    const child = this.resolve(cast.child), { settings } = this.context;
    // CHAR and VARCHAR are lengths of table columns; an expression has plain strings.
    const to: DataType = cast.to.kind === "char" || cast.to.kind === "varchar" ? STRING : cast.to;
    const evalMode = cast.evalMode === "try" ? "try" : cast.evalMode === "ansi" || settings.ansi ? "ansi" : "legacy";
    this.needTimes(to, cast.origin);
    const problem = canCast(child.type, to, evalMode);
    if (problem !== undefined) throw problem.error(displayName(this, cast), placeOf(cast.origin));
    return to.kind === "binary" && isTextOfBytes(child) ? child.child : castOf(child, to, evalMode, settings, false, cast.origin);
  }

  /** TIME is there when a setting says so. */
  needTimes(type: DataType, origin: Origin | undefined): void {
    if (origin?.sql !== undefined) refuseTimes(type, this.settings, origin);
  }

  #inList(expression: InList): ResolvedExpression {
    return resolveCall(this, { kind: "unresolved_function", name: "in", args: [expression.child, ...expression.values], origin: expression.origin });
  }

  #extract(expression: ExtractValue): ResolvedExpression {
    const child = this.resolve(expression.child);
    const { extraction } = expression;
    if (extraction.kind === "literal" && typeof extraction.value === "string" && (child.type.kind === "struct" || child.type.kind === "array" && child.type.element.kind === "struct")) {
      return accessField(child, extraction.value, this.same, this.context.settings, expression.origin);
    }
    return extractItem(this, child, this.resolve(extraction), expression.origin, () => displayName(this, expression));
  }
}

/** Whether there is an aggregate that isn't a window's own function (one in its arguments counts). */
export function hasAggregate(expression: ResolvedExpression): boolean {
  if (expression.kind === "aggregate_call") return true;
  if (expression.kind === "window_call" && expression.function.kind === "aggregate_call") {
    return [...childrenOf(expression.function), ...expression.partitionBy, ...expression.orderBy.map(order => order.expression)].some(hasAggregate);
  }
  return childrenOf(expression).some(hasAggregate);
}
export const hasWindow = (expression: ResolvedExpression): boolean => someExpression(expression, e => e.kind === "window_call");
/** What Spark calls non-deterministic: another value for each row that is looked at. The time of day is none of these, nor is what fails. */
const CHANCE: ReadonlySet<string> = new Set(["rand", "randn", "uuid", "shuffle", "randstr", "uniform", "monotonically_increasing_id", "spark_partition_id", "input_file_name", "input_file_block_start", "input_file_block_length"]);
export const drawsByChance = (expression: ResolvedExpression): boolean => someExpression(expression, e => e.kind === "scalar_call" && CHANCE.has(e.function.name) && e.binding.deterministic === false || e.kind === "user_call" && !e.function.deterministic);
export const isDeterministic = (expression: ResolvedExpression): boolean => !someExpression(expression, e => e.kind === "scalar_call" && e.binding.deterministic === false || e.kind === "user_call" && !e.function.deterministic);
export const hasGenerator = (expression: ResolvedExpression): boolean => someExpression(expression, e => e.kind === "generator_call");

/** @throws AnalysisError UNSUPPORTED_TIME_TYPE */
export function refuseTimes(type: DataType, settings: SqlSettings, origin: Origin): void {
  if (!holdsTime(type) || settings.conf.get("spark.sql.timeType.enabled")?.toLowerCase() === "true") return;
  throw fail("UNSUPPORTED_TIME_TYPE", "0A000", "The data type TIME is not supported.", {}, origin, "set spark.sql.timeType.enabled to true");
}

const holdsTime = (type: DataType): boolean => type.kind === "time" || type.kind === "array" && holdsTime(type.element) || type.kind === "map" && (holdsTime(type.key) || holdsTime(type.value))
  || type.kind === "struct" && type.fields.some(field => holdsTime(field.type));

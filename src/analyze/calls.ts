/**
 * Calls: the functions that are part of the plan's own vocabulary (AND, coalesce, window...) become nodes; the others are
 * looked up, their arguments typed by the function's own rule.
 */
import { resolveOperators } from "./operator-chains.ts";
import { AnalysisError, MillraceError } from "../base/errors.ts";
import type { Expression, Origin, UnresolvedFunction } from "../plan/expressions.ts";
import type { FunctionEntry } from "../plan/function.ts";
import type { AggregateCall, GeneratorCall, ResolvedExpression } from "../plan/resolved.ts";
import { childrenOf, someExpression } from "../plan/walk.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, decimal, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TINYINT, type DataType } from "../types/data-type.ts";
import { stringPromotion } from "../functions/coercion.ts";
import { betweenOf } from "./between.ts";
import { coerce, literalOf } from "./build.ts";
import { boundCall } from "./collations.ts";
import type { AnalyzerContext } from "./context.ts";
import { fail, quoteParts, quoteSql, quoteType, unresolvedRoutine } from "./errors.ts";
import { caseOf, unified } from "./common-types.ts";
import { hasAggregate, hasGenerator, hasWindow, isDeterministic, type Resolver } from "./expressions.ts";
import { generatorOutput } from "./generators.ts";
import { bindLambdas } from "./lambdas.ts";
import { liftedAggregate } from "./outer-aggregates.ts";
import { displayName, fieldName } from "./names.ts";
import { argumentsOf, hasNames, refuseNames } from "./named-arguments.ts";
import { notScalar, routineCall } from "./routines.ts";
import { semanticKey } from "./semantic.ts";
import { specialFunction } from "./special-functions.ts";
import { expandStars } from "./stars.ts";
import { resolveSessionWindow, resolveTimeWindow, windowTime } from "./time-windows.ts";
import { userArguments, userCall } from "./user-calls.ts";

type Special = (resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]) => ResolvedExpression;

/** Functions that are nodes of the plan. Their arguments are resolved before. */
const SPECIAL: Readonly<Record<string, { readonly arity: readonly [least: number, most: number]; readonly named?: true; readonly make: Special }>> = {
  and: { arity: [2, 2], make: (resolver, call, args) => logical("and", resolver, call, args) },
  or: { arity: [2, 2], make: (resolver, call, args) => logical("or", resolver, call, args) },
  coalesce: { arity: [1, Infinity], make: coalesceOf },
  ifnull: { arity: [2, 2], make: coalesceOf },
  nvl: { arity: [2, 2], make: coalesceOf },
  nvl2: { arity: [3, 3], make: (resolver, call, args) => {
    const isNotNull = callByName(resolver, "isnotnull", [args[0]!], call.origin);
    return caseOf(resolver, [{ when: isNotNull, then: args[1]! }], args[2]!, () => displayName(resolver, call), "if", call.origin);
  } },
  if: { arity: [3, 3], make: (resolver, call, args) => {
    const [when, then, otherwise] = args as [ResolvedExpression, ResolvedExpression, ResolvedExpression];
    if (when.type.kind !== "boolean" && when.type.kind !== "void") {
      const sqlExpr = quoteSql(displayName(resolver, call));
      throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The first parameter requires the "BOOLEAN" type, however it has the type ${quoteType(when.type)}.`,
        { sqlExpr, paramIndex: "first", requiredType: quoteSql("BOOLEAN"), inputSql: quoteSql(displayName(resolver, call.args[0]!)), inputType: quoteType(when.type) }, call.origin);
    }
    return caseOf(resolver, [{ when, then }], otherwise, () => displayName(resolver, call), "if", call.origin);
  } },
  nanvl: { arity: [2, 2], make: (resolver, call, args) => {
    const found = callByName(resolver, "nanvl", args, call.origin);
    // The second value is computed where the first is NaN only.
    if (found.kind !== "scalar_call" || childrenOf(found.args[1]!).every(child => childrenOf(child).length === 0) && found.args[1]!.kind !== "scalar_call" || !isDeterministic(found.args[0]!)) return found;
    const [value, otherwise] = found.args as [ResolvedExpression, ResolvedExpression];
    return Object.freeze({ kind: "case_when", branches: [{ when: callByName(resolver, "isnan", [value], call.origin), then: otherwise }], otherwise: value, type: found.type, nullable: found.nullable, origin: call.origin });
  } },
  nullif: { arity: [2, 2], make: (resolver, call, args) => {
    const equal = callByName(resolver, "=", [args[0]!, args[1]!], call.origin);
    return Object.freeze({ kind: "case_when", branches: [{ when: equal, then: literalOf(null, args[0]!.type) }], otherwise: args[0]!, type: args[0]!.type, nullable: true, origin: call.origin });
  } },
  zeroifnull: { arity: [1, 1], make: (resolver, call, args) => coalesceOf(resolver, call, [args[0]!, literalOf(0, INT)]) },
  nullifzero: { arity: [1, 1], make: (resolver, call, args) => {
    const equal = callByName(resolver, "=", [args[0]!, literalOf(0, INT)], call.origin);
    return Object.freeze({ kind: "case_when", branches: [{ when: equal, then: literalOf(null, args[0]!.type) }], otherwise: args[0]!, type: args[0]!.type, nullable: true, origin: call.origin });
  } },
  between: { arity: [3, 3], make: betweenOf },
  ...Object.fromEntries(["like any", "like all", "not like any", "not like all"].map(name => [name, { arity: [2, Infinity] as const, make: (resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]) => {
    const parts = args.slice(1).map(pattern => {
      const found = callByName(resolver, "like", [args[0]!, pattern], call.origin);
      return name.startsWith("not") ? callByName(resolver, "not", [found], call.origin) : found;
    });
    return balancedLogic(parts, pair => logical(name.endsWith("any") ? "or" : "and", resolver, call, pair));
  } }])),
  struct: { arity: [0, Infinity], make: (resolver, call, args) => callByName(resolver, "named_struct",
    args.flatMap((arg, i) => [literalOf(fieldName(resolver, call.args[i]!, arg, i), STRING), arg]), call.origin) },
  window_time: { arity: [1, 1], make: (resolver, call, args) => windowTime(resolver, call, args[0]!) },
  window: { arity: [2, 4], named: true, make: (resolver, call, args) => resolveTimeWindow(resolver, call, args) },
  session_window: { arity: [2, 2], make: (resolver, call, args) => resolveSessionWindow(resolver, call, args) },
  grouping: { arity: [1, 1], make: (resolver, call, args) => groupingOf(resolver, call).grouping(args, call.origin) },
  grouping_id: { arity: [0, Infinity], make: (resolver, call, args) => groupingOf(resolver, call).groupingId(args, call.origin) },
};

/** A tree of AND or OR, no deeper than it must be. */
function balancedLogic(parts: readonly ResolvedExpression[], join: (pair: readonly ResolvedExpression[]) => ResolvedExpression): ResolvedExpression {
  if (parts.length === 1) return parts[0]!;
  const middle = parts.length >> 1;
  return join([balancedLogic(parts.slice(0, middle), join), balancedLogic(parts.slice(middle), join)]);
}

const UNIT_FUNCTIONS: ReadonlySet<string> = new Set(["timestampadd", "timestampdiff"]);

/** Functions that only FROM can hold. */
const tableFunctionNames: ReadonlySet<string> = new Set(["range", "sql_keywords", "collations"]);

/** Functions that are there when TIME is. */
/** Functions that are of TIME where an argument is. */
const WITH_TIME: ReadonlySet<string> = new Set(["+", "-", "try_add", "try_subtract", "hour", "minute", "second", "extract", "date_part"]);

/** A call, refused where it is of TIME and the setting isn't. Operators say first what is wrong with their operands, all how many arguments they take. */
function timed(resolver: Resolver, name: string, args: readonly ResolvedExpression[], origin: Origin | undefined, bind: () => ResolvedExpression): ResolvedExpression {
  if (OF_TIME.has(name)) {
    try { bind(); } catch (error) { if (error instanceof MillraceError && error.condition.startsWith("WRONG_NUM_ARGS")) throw error; }
    resolver.needTimes(TIME, origin);
  }
  const call = bind();
  if (WITH_TIME.has(name) && args.some(arg => arg.type.kind === "time")) resolver.needTimes(TIME, origin);
  return call;
}
const OF_TIME: ReadonlySet<string> = new Set(["make_time", "to_time", "try_to_time", "try_make_time", "time_diff", "time_trunc", "time", "time_from_seconds", "time_from_millis", "time_from_micros", "time_to_seconds", "time_to_millis", "time_to_micros"]);
const TIME: DataType = { kind: "time", precision: 6 };

/** Types that are functions too: `int(x)` is a cast. */
const TYPE_FUNCTIONS: Readonly<Record<string, DataType>> = {
  boolean: BOOLEAN, tinyint: TINYINT, smallint: SMALLINT, int: INT, bigint: BIGINT, float: FLOAT, double: DOUBLE, decimal: decimal(10, 0),
  string: STRING, binary: BINARY, date: DATE, timestamp: TIMESTAMP,
};

export function resolveCall(resolver: Resolver, call: UnresolvedFunction): ResolvedExpression {
  if (call.operators !== undefined) return resolveOperators(resolver, call, call.operators);
  const parts = call.name.split("."), last = parts[parts.length - 1]!;
  const name = last.toLowerCase();
  const special = call.entry === undefined && Object.hasOwn(SPECIAL, name) ? SPECIAL[name] : undefined;
  if (special !== undefined && isBuiltin(parts)) {
    refuseAggregateSyntax(call);
    const { arity: [least, most], named = false } = special, placed = named && hasNames(call);
    const expanded = { ...call, args: expandStars(resolver, placed ? argumentsOf(name, call) : refuseNames(call)) };
    if (!placed && (expanded.args.length < least || expanded.args.length > most)) throw wrongNumber(name, expanded.args.length, least === most ? String(least) : most === Infinity ? `> ${least - 1}` : `[${least}, ${most}]`, call.origin);
    return special.make(resolver, expanded, resolver.resolveAll(expanded.args));
  }
  // These are syntax: with anything but a unit in front there is no such function.
  if (UNIT_FUNCTIONS.has(name) && !(call.args[0]?.kind === "literal" && typeof call.args[0].value === "string") && parts.length === 1) throw unresolvedRoutine(parts, [], call.origin);
  const entry = functionNamed(resolver, call);
  const type = entry === undefined && call.args.length === 1 && Object.hasOwn(TYPE_FUNCTIONS, name) ? TYPE_FUNCTIONS[name] : undefined;
  if (type !== undefined) return resolver.resolve({ kind: "cast", child: call.args[0]!, to: type, evalMode: "default", origin: call.origin });
  if (entry === undefined) {
    const routine = resolver.context.lookupRoutine?.(parts);
    if (routine !== undefined) {
      refuseAggregateSyntax(routine.name === call.name ? call : { ...call, name: routine.name });
      return routineCall(resolver, routine, { ...call, args: expandStars(resolver, call.args) });
    }
    if (tableFunctionNames.has(name)) throw notScalar(name, call.origin);
    throw unresolvedRoutine(parts, resolver.context.functionNames?.() ?? [], call.origin);
  }
  switch (entry.kind) {
    case "scalar": {
      refuseAggregateSyntax(call);
      const args = expandStars(resolver, argumentsOf(entry.name, call));
      const resolved = bindLambdas(resolver, name, args, call.origin);
      if (call.pathName !== undefined && resolved[0]!.type.kind !== "variant" && resolved[0]!.type.kind !== "void") throw fail("COLUMN_IS_NOT_VARIANT_TYPE", "42K09", "The semi-structured extraction operator (`:`) can only be applied to a column of the VARIANT type.", {}, call.origin);
      return timed(resolver, entry.name, resolved, call.origin, () => boundCall(entry, resolved, resolver.settings, call.origin));
    }
    case "aggregate": {
      // These are syntax, whose one argument is an expression.
      if (STARLESS.has(name) && call.args.some(arg => arg.kind === "unresolved_star")) {
        throw fail("INVALID_USAGE_OF_STAR_OR_REGEX", "42000", `Invalid usage of '*' in expression \`${name}\`.`, { elem: "'*'", prettyName: `expression \`${name}\`` }, call.origin);
      }
      const aggregate = liftedAggregate(resolver.names, resolver.scope, resolver.options.outer, () => resolveAggregate(resolver, call));
      if (aggregate.kind === "aggregate_call" && aggregate.args.some(hasAggregate)) {
        throw fail("NESTED_AGGREGATE_FUNCTION", "42607", "It is not allowed to use an aggregate function in the argument of another aggregate function. Please use the inner aggregate function in a sub-query.", {}, call.origin);
      }
      return aggregate;
    }
    case "user":
      refuseAggregateSyntax(call);
      return userCall(resolver, entry, resolver.resolveAll(expandStars(resolver, refuseNames(call))), call.origin);
    case "generator": return resolveGenerator(resolver, entry, call);
    case "window": {
      throw fail("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "42601", `Window function "${displayName(resolver, call)}" requires an OVER clause.`, { funcName: quoteSql(displayName(resolver, call)) }, call.origin,
        `write ${name}(...) OVER (PARTITION BY ... ORDER BY ...)`);
    }
    case "special": throw unresolvedRoutine(parts, [], call.origin);
  }
}

/** `-x` and `+x` are functions of their own. */
const signs = (call: UnresolvedFunction, name: string): string => call.args.length !== 1 ? name : name === "-" ? "negative" : name === "+" ? "positive" : name;

/** The function that a call names, or undefined. */
export function functionNamed(resolver: Resolver, call: UnresolvedFunction): FunctionEntry | undefined {
  if (call.entry !== undefined) return call.entry;
  const parts = call.name.includes(".") ? call.name.split(".") : [call.name], name = signs(call, parts[parts.length - 1]!.toLowerCase());
  return isBuiltin(parts) ? resolver.context.lookupFunction(name) ?? specialFunction(name) : undefined;
}

/** Whether there is no function that a call could mean. */
export function isUnknownFunction(context: AnalyzerContext, call: UnresolvedFunction): boolean {
  const parts = call.name.includes(".") ? call.name.split(".") : [call.name], name = parts.at(-1)!.toLowerCase();
  if (call.entry !== undefined || parts.length > 1 || Object.hasOwn(SPECIAL, name) || Object.hasOwn(TYPE_FUNCTIONS, name) || UNIT_FUNCTIONS.has(name) || tableFunctionNames.has(name)) return false;
  return context.lookupFunction(name) === undefined && specialFunction(name) === undefined && context.lookupRoutine?.(parts) === undefined;
}

/** Types a call of an aggregate function; its arguments may hold other aggregates when it stands under OVER. */
export function resolveAggregate(resolver: Resolver, call: UnresolvedFunction): AggregateCall {
  const name = call.name.split(".").at(-1)!.toLowerCase();
  const entry = call.entry ?? resolver.context.lookupFunction(name);
  if (entry?.kind !== "aggregate") throw unresolvedRoutine([call.name], [], call.origin);
  refuseDistinct(call, name);
  const plain = countArguments(resolver, call, name);
  return resolver.names.insideAggregate(() => {
    const args = bindLambdas(resolver, name, argumentsOf(entry.name, { ...call, args: plain }), call.origin).slice();
    if (call.withinGroup !== undefined) {
      if (!WITHIN_GROUP.has(name)) throw unsupportedSyntax(call, "WITHIN GROUP (ORDER BY ...)");
      const orders = call.withinGroup, order = orders[0], isList = LIST_AGGREGATES.has(name), expected = name === "mode" && args.length > 0 ? 0 : 1;
      if (!isList && args.length > 1) throw wrongNumber(name, args.length, String(expected), call.origin);
      if (!isList && orders.length !== expected) {
        throw fail("INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS", "42K0K", `Invalid function \`${name}\` with WITHIN GROUP: it requires ${expected} orderings in WITHIN GROUP but got ${orders.length}.`, { funcName: `\`${name}\``, expectedNum: String(expected), actualNum: String(orders.length) }, call.origin);
      }
      if (order !== undefined) {
        const value = orders.length === 1 ? resolver.resolve(order.child) : callByName(resolver, "named_struct", orders.flatMap(({ child }, i) => [literalOf(`k${i}`, STRING), resolver.resolve(child)]), order.origin);
        if (call.distinct === true && isList && semanticKey(value) !== semanticKey(args[0]!)) {
          const [funcArg, orderingExpr] = [call.args[0]!, order.child].map(e => quoteSql(displayName(resolver, e)));
          throw fail("INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT", "42K0K", `Invalid function \`${name}\` with WITHIN GROUP: the ordering expression ${orderingExpr} must be the function's own argument ${funcArg} when it is called with DISTINCT.`, { funcName: `\`${name}\``, funcArg: funcArg!, orderingExpr: orderingExpr! }, order.origin);
        }
        const isUsual = orders.length === 1 && (order.nulls === "first") === (order.direction === "asc");
        if (isList) args.push(value, isUsual ? literalOf(order.direction === "desc", BOOLEAN) : literalOf(orders.map(({ direction, nulls }) => `${direction} ${nulls}`).join(), STRING));
        else args.unshift(value);
        if (name === "mode") args.push(literalOf(order.direction === "desc" ? "greatest" : "least", STRING));
        else if (!isList && order.direction === "desc") args.push(literalOf(true, BOOLEAN));
      }
    } else if (PERCENTILES.has(name) || (name === "mode" && args.length === 0)) {
      if (name !== "mode" && args.length !== 1) throw wrongNumber(name, args.length, "1", call.origin);
      throw fail("INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", "42K0K", `Invalid function \`${name}\` with WITHIN GROUP: it is required for the function.`, { funcName: `\`${name}\`` }, call.origin);
    }
    if (call.ignoreNulls === true) {
      if (!IGNORE_NULLS.has(name)) throw unsupportedSyntax(call, "IGNORE NULLS");
      args.push(literalOf(true, BOOLEAN));
    }
    const filter = call.filter === undefined ? undefined : aggregateFilter(resolver, call.filter);
    refuseMixed(resolver, call, filter === undefined ? args : [...args, filter]);
    const binding = entry.bind(args, resolver.context.settings, call.origin);
    const wanted = binding.argTypes;
    const typed = wanted === undefined ? args : args.map((arg, i) => wanted[i] === undefined ? arg : coerce(arg, wanted[i], resolver.settings));
    return Object.freeze({ kind: "aggregate_call", function: entry, args: typed, binding, distinct: call.distinct ?? false, filter, type: binding.type, nullable: binding.nullable, origin: call.origin });
  });
}

/** Aggregates by an order know no DISTINCT. @throws AnalysisError INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED */
export function refuseDistinct(call: UnresolvedFunction, name: string): void {
  if (call.distinct !== true || !(PERCENTILES.has(name) || name === "mode")) return;
  throw fail("INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED", "42K0K", `Invalid function \`${name}\` with WITHIN GROUP. The function does not support DISTINCT with WITHIN GROUP.`, { funcName: `\`${name}\`` }, call.origin);
}

/** An aggregate's arguments are of the outer row or of its own rows. */
function refuseMixed(resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]): void {
  const used = resolver.options.outer?.places === undefined ? undefined : resolver.options.outer.used;
  if (used === undefined || used.size === 0) return;
  const uses = (isOuter: boolean): boolean => args.some(arg => someExpression(arg, e => e.kind === "attribute" && used.has(e.id) === isOuter));
  if (!uses(true) || !uses(false)) return;
  const text = displayName(resolver, call);
  throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES", "0A000", `Unsupported subquery expression: Found an aggregate function in a correlated predicate that has both outer and local references, which is not supported: ${text}.`, { function: text }, call.origin);
}

const STARLESS: ReadonlySet<string> = new Set(["first", "last", "any_value"]);
const PERCENTILES = new Set(["percentile_cont", "percentile_disc"]);
const WITHIN_GROUP = new Set(["percentile_cont", "percentile_disc", "listagg", "string_agg", "mode"]);
const LIST_AGGREGATES = new Set(["listagg", "string_agg"]);
const IGNORE_NULLS = new Set(["first", "first_value", "last", "last_value", "any_value", "nth_value", "lead", "lag"]);

function aggregateFilter(resolver: Resolver, condition: Expression): ResolvedExpression {
  const filter = resolver.resolve(condition);
  if (filter.type.kind !== "boolean") {
    throw fail("INVALID_AGGREGATE_FILTER.NOT_BOOLEAN", "42903", "The FILTER expression of an aggregate function is not a boolean expression.", { filterExpr: quoteSql(displayName(resolver, condition)) }, condition.origin);
  }
  if (someExpression(filter, e => e.kind === "scalar_call" && e.binding.deterministic === false || e.kind === "user_call" && !e.function.deterministic)) {
    throw fail("INVALID_AGGREGATE_FILTER.NON_DETERMINISTIC", "42903", "The FILTER expression of an aggregate function is not deterministic.", { filterExpr: quoteSql(displayName(resolver, condition)) }, condition.origin);
  }
  if (hasAggregate(filter)) {
    throw fail("INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE", "42903", "The FILTER expression of an aggregate function holds an aggregate.", { filterExpr: quoteSql(displayName(resolver, condition)) }, condition.origin);
  }
  if (hasWindow(filter)) {
    throw fail("INVALID_AGGREGATE_FILTER.CONTAINS_WINDOW_FUNCTION", "42903", "The FILTER expression of an aggregate function holds a window function.", { filterExpr: quoteSql(displayName(resolver, condition)) }, condition.origin);
  }
  return filter;
}

/** `count(*)` counts rows; `count(t.*)` counts rows where all of t's columns are there. */
function countArguments(resolver: Resolver, call: UnresolvedFunction, name: string): readonly Expression[] {
  const star = call.args[0];
  if (name === "count" && call.args.length === 1 && star?.kind === "unresolved_star" && call.distinct !== true && star.except === undefined) {
    if (star.target.length === 0) return [{ kind: "literal", value: 1, type: INT, origin: call.origin }];
    if (resolver.context.settings.conf.get("spark.sql.legacy.allowStarWithSingleTableIdentifierInCount")?.toLowerCase() !== "true") {
      throw fail("INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT", "42000", `count(${star.target.join(".")}.*) is not allowed. Write count(*), or name the columns.`, { tableName: quoteParts(star.target) }, call.origin);
    }
  }
  return expandStars(resolver, call.args);
}

function resolveGenerator(resolver: Resolver, entry: Extract<FunctionEntry, { kind: "special" | "generator" | "window" }>, call: UnresolvedFunction): GeneratorCall {
  refuseAggregateSyntax(call);
  const args = resolver.resolveAll(expandStars(resolver, call.args));
  if (args.some(hasGenerator)) throw nestedGenerator(displayName(resolver, call), call.origin);
  const { output, args: typed } = entry.user !== undefined ? { output: entry.user.output, args: userArguments(resolver, entry.name, entry.user.parameters, args, call.origin) } : generatorOutput(resolver, entry.name, call, args);
  return Object.freeze({ kind: "generator_call", function: entry, args: typed, output, type: output.fields.length === 1 ? output.fields[0]!.type : output, nullable: true, origin: call.origin });
}

export function nestedGenerator(text: string, origin: Origin | undefined): AnalysisError {
  return fail("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "42K0E", `The generator is not supported: nested in expressions "${text}".`, { expression: quoteSql(text) }, origin,
    "put the generator alone into a select list below, or use LATERAL VIEW");
}

/** Calls a function of the registry with resolved arguments. */
export function callByName(resolver: Resolver, name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): ResolvedExpression {
  const entry = resolver.context.lookupFunction(name);
  if (entry?.kind !== "scalar") throw unresolvedRoutine([name], [], origin);
  return boundCall(entry, args, resolver.settings, origin);
}

function logical(kind: "and" | "or", resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]): ResolvedExpression {
  const [left, right] = args.map(arg => arg.type.kind === "void" || arg.type.kind === "string" && call.args.length === 2 && otherBoolean(args, arg) ? coerce(arg, BOOLEAN, resolver.settings) : arg) as [ResolvedExpression, ResolvedExpression];
  // Text beside another type becomes that, and is no BOOLEAN either.
  if (left.type.kind !== right.type.kind && stringPromotion(left.type, right.type) === undefined) throw binaryTypes("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", resolver, call, left, right);
  if (left.type.kind !== "boolean" || right.type.kind !== "boolean") throw binaryTypes("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", resolver, call, left, right);
  return Object.freeze({ kind, left, right, type: BOOLEAN, nullable: left.nullable || right.nullable, origin: call.origin });
}

function otherBoolean(args: readonly ResolvedExpression[], arg: ResolvedExpression): boolean {
  return args.some(other => other !== arg && other.type.kind === "boolean");
}

function binaryTypes(condition: string, resolver: Resolver, call: UnresolvedFunction, left: ResolvedExpression, right: ResolvedExpression): AnalysisError {
  const sqlExpr = quoteSql(displayName(resolver, call));
  if (condition.endsWith("WRONG_TYPE")) {
    return fail(condition, "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The binary operator requires the input type "BOOLEAN", not ${quoteType(left.type)}.`, { sqlExpr, inputType: quoteSql("BOOLEAN"), actualDataType: quoteType(left.type) }, call.origin);
  }
  return fail(condition, "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The left and right operands of the binary operator have incompatible types (${quoteType(left.type)} and ${quoteType(right.type)}).`,
    { sqlExpr, left: quoteType(left.type), right: quoteType(right.type) }, call.origin);
}

function coalesceOf(resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]): ResolvedExpression {
  const typed = unified(resolver, args, "coalesce", () => displayName(resolver, call), call.origin);
  return Object.freeze({ kind: "coalesce", args: typed, type: typed[0]!.type, nullable: typed.every(arg => arg.nullable), origin: call.origin });
}

function groupingOf(resolver: Resolver, call: UnresolvedFunction) {
  const functions = resolver.options.grouping;
  if (functions !== undefined) return functions;
  throw fail("UNSUPPORTED_GROUPING_EXPRESSION", "42K0E", "grouping()/grouping_id() can only be used with GroupingSets/Cube/Rollup.", {}, call.origin);
}

const isBuiltin = (parts: readonly string[]): boolean => {
  const prefix = parts.slice(0, -1).map(part => part.toLowerCase()).join(".");
  return prefix === "" || prefix === "builtin" || prefix === "system.builtin";
};

export function refuseAggregateSyntax(call: UnresolvedFunction): void {
  const wrong = call.distinct === true ? "DISTINCT" : call.filter !== undefined ? "FILTER CLAUSE" : call.ignoreNulls === true ? "IGNORE NULLS"
    : call.withinGroup !== undefined ? "WITHIN GROUP (ORDER BY ...)" : undefined;
  if (wrong !== undefined) throw unsupportedSyntax(call, wrong);
}

function unsupportedSyntax(call: UnresolvedFunction, syntax: string): AnalysisError {
  const prettyName = `\`${call.name.toLowerCase()}\``;
  return fail("INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX", "42000", `The function ${prettyName} does not support ${syntax}.`, { prettyName, syntax }, call.origin);
}

export function wrongNumber(name: string, actual: number, expected: string, origin: Origin | undefined): AnalysisError {
  return fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", `The \`${name}\` requires ${expected} parameters but the actual number is ${actual}.`,
    { functionName: `\`${name}\``, expectedNum: expected, actualNum: String(actual), docroot: "https://spark.apache.org/docs/latest" }, origin);
}

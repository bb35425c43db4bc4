/**
 * Resolves expressions: names to attributes and fields, calls to functions with their types settled, casts put in where
 * coercion asks for them. What an expression may contain in a clause is checked by who asked for it.
 */
import { unsupported } from "../base/errors.ts";
import { canCast } from "../functions/casts.ts";
import { commonType } from "../functions/coercion.ts";
import type {
  CaseWhen, Cast, Expression, ExtractValue, InList, Origin, SortOrder, Subquery, UnresolvedAttribute, WindowExpression,
} from "../plan/expressions.ts";
import type { SqlSettings } from "../plan/function.ts";
import { expressionToSql } from "../plan/print.ts";
import type { Attribute, ResolvedExpression, ResolvedLambdaVariable, ResolvedSortOrder } from "../plan/resolved.ts";
import { childrenOf, someExpression } from "../plan/walk.ts";
import { BOOLEAN, STRING, type DataType } from "../types/data-type.ts";
import { castOf, coerce, literalOf } from "./build.ts";
import { callByName, resolveCall } from "./calls.ts";
import { commonCollation, retyped } from "./collations.ts";
import type { AnalyzerContext } from "./context.ts";
import { eachOf, fail, ordinal, placeOf, quoteSql, quoteType, unresolvedColumn } from "./errors.ts";
import { accessField, extractItem } from "./fields.ts";
import { displayName } from "./names.ts";
import { findAttribute, proposalsFor, type SameName, type Scope } from "./scope.ts";
import { exactAttribute } from "./stars.ts";
import { updateFields } from "./update-fields.ts";
import { resolveWindow } from "./windows.ts";

/** Finds what a name means; undefined to let the next one try. `inAggregate`: the name stands inside an aggregate's argument. */
export type NameSource = (parts: readonly string[], origin: Origin | undefined, inAggregate: boolean) => { readonly expression: ResolvedExpression; readonly used: number } | undefined;

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
  /** Analyses a subquery's plan inside this scope. */
  readonly subquery?: (subquery: Subquery, resolver: Resolver) => ResolvedExpression;
  /** The same for the body of a SQL function, which knows nothing of the query around it. */
  readonly routineSubquery?: (subquery: Subquery, resolver: Resolver) => ResolvedExpression;
  /** Inside the body of a SQL function: its name, and its arguments by name. */
  readonly routine?: RoutineScope | undefined;
}

/** `depth`: how many functions are open around the body. */
export interface RoutineScope { readonly name: string; readonly values: ReadonlyMap<string, ResolvedExpression>; readonly depth: number }

/** The query around a subquery; `routine`: it stands in the body of a SQL function. */
export interface OuterScope { readonly scope: Scope; readonly used: Map<number, Attribute>; readonly routine?: RoutineScope | undefined }

/** What `grouping(a)` and `grouping_id(a, b)` stand for in this query. */
export interface GroupingFunctions {
  grouping(args: readonly ResolvedExpression[], origin: Origin | undefined): ResolvedExpression;
  groupingId(args: readonly ResolvedExpression[], origin: Origin | undefined): ResolvedExpression;
}

/** Names that are functions without parentheses when no column has them. */
const BARE_FUNCTIONS = new Set(["current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "current_user", "user", "session_user", "current_catalog", "current_database", "current_schema"]);

export class Resolver {
  readonly context: AnalyzerContext;
  readonly scope: Scope;
  readonly options: ResolverOptions;
  readonly same: SameName;
  /** Variables of the lambdas that are being resolved, innermost last. */
  readonly #lambdas: ResolvedLambdaVariable[][] = [];
  #inAggregate = 0;

  constructor(context: AnalyzerContext, scope: Scope, options: ResolverOptions = {}) {
    this.context = context;
    this.scope = scope;
    this.options = options;
    this.same = sameName(context);
  }

  get timeZone(): string { return this.context.settings.timeZone; }
  get settings(): SqlSettings { return this.context.settings; }

  /** The expression with all names and types settled. */
  resolve(expression: Expression): ResolvedExpression {
    switch (expression.kind) {
      case "literal":
        if (expression.type.kind === "time") this.needTimes(expression.type, expression.origin);
        return literalOf(expression.value, expression.type, expression.origin);
      case "unresolved_attribute": return this.#name(expression);
      case "unresolved_function": return resolveCall(this, expression);
      case "alias": return this.resolve(expression.child);
      case "cast": return this.#cast(expression);
      case "case_when": return this.#caseWhen(expression);
      case "in_list": return this.#inList(expression);
      case "extract_value": return this.#extract(expression);
      case "update_fields": return updateFields(this, this.resolve(expression.child), expression.path, expression.value === undefined ? undefined : this.resolve(expression.value), expression.origin);
      case "window": return resolveWindow(this, expression);
      case "expression_string": return this.resolve(this.context.parseExpression(expression.sql));
      case "parameter": {
        const value = this.context.parameters?.get(expression.name);
        if (value !== undefined) return literalOf(value.value, value.type, expression.origin);
        throw fail("UNBOUND_SQL_PARAMETER", "42P02", `Found the unbound parameter: ${expression.name}. Give a value for it.`, { name: String(expression.name) }, expression.origin,
          "pass values as the second argument: sql(text, { name: value })");
      }
      case "lambda_variable": return this.#lambdaVariable(expression.name, expression.origin) ?? this.#name({ kind: "unresolved_attribute", nameParts: [expression.name], origin: expression.origin });
      case "subquery": {
        if (this.#lambdas.length > 0) {
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

  resolveAll(expressions: readonly Expression[]): readonly ResolvedExpression[] {
    return eachOf(expressions, expression => this.resolve(expression));
  }

  /** Runs `work` as inside an aggregate's arguments: names are looked up below the groups. */
  insideAggregate<T>(work: () => T): T {
    this.#inAggregate++;
    try { return work(); } finally { this.#inAggregate--; }
  }

  withLambda<T>(variables: readonly ResolvedLambdaVariable[], work: () => T): T {
    this.#lambdas.push([...variables]);
    try { return work(); } finally { this.#lambdas.pop(); }
  }

  sortOrder(order: SortOrder): ResolvedSortOrder {
    const expression = this.resolve(order.child);
    return { expression, direction: order.direction, nulls: order.nulls };
  }

  /** A condition: BOOLEAN, or a string that is cast to it. `clause` is for the error. */
  condition(expression: Expression): ResolvedExpression {
    return this.resolve(expression);
  }

  /** `-value`, by the registry's function. */
  callNegative(value: ResolvedExpression): ResolvedExpression { return callByName(this, "negative", [value], value.origin); }

  /** The one type of several expressions, or undefined. */
  common(expressions: readonly ResolvedExpression[]): DataType | undefined {
    return commonType(expressions.map(e => e.type), this.context.settings);
  }

  /** Expressions brought to one type. */
  unified(expressions: readonly ResolvedExpression[], functionName: string, text: () => string, origin: Origin | undefined): readonly ResolvedExpression[] {
    const type = this.common(expressions);
    if (type === undefined) {
      const collated = this.#unifiedTexts(expressions, text, origin);
      if (collated === undefined) throw differentTypes(functionName, expressions, text(), origin);
      return collated;
    }
    return expressions.map(e => coerce(e, type, this.settings));
  }

  /** Texts of different collations brought to one. */
  #unifiedTexts(expressions: readonly ResolvedExpression[], text: () => string, origin: Origin | undefined): readonly ResolvedExpression[] | undefined {
    if (!expressions.every(e => e.type.kind === "string" || e.type.kind === "void")) return undefined;
    const collation = commonCollation(expressions, text, origin), type: DataType = collation === undefined ? STRING : Object.freeze({ kind: "string", collation });
    return expressions.map(e => e.type.kind === "string" ? retyped(e, type) : coerce(e, type, this.settings));
  }

  #lambdaVariable(name: string, origin: Origin | undefined): ResolvedExpression | undefined {
    for (let i = this.#lambdas.length - 1; i >= 0; i--) {
      const found = this.#lambdas[i]!.find(variable => this.same(variable.name, name));
      if (found !== undefined) return origin === undefined ? found : { ...found, origin };
    }
    return undefined;
  }

  #name(attribute: UnresolvedAttribute): ResolvedExpression {
    const exact = exactAttribute(attribute);
    if (exact !== undefined) return exact;
    const found = attribute.isOuter === true ? this.#outer(attribute.nameParts, attribute.origin) : this.lookup(attribute.nameParts, attribute.planId, attribute.origin);
    if (found !== undefined) return found;
    throw unresolvedColumn(attribute.nameParts, proposalsFor(attribute.nameParts, this.scope), attribute.origin);
  }

  /** What a name means, or undefined. */
  lookup(parts: readonly string[], planId: number | undefined, origin: Origin | undefined): ResolvedExpression | undefined {
    return this.#lookupColumn(parts, planId, origin) ?? this.#lookupVariable(parts, origin);
  }

  /** Whether a name means a variable of the session and nothing nearer. */
  isVariable(parts: readonly string[]): boolean {
    return this.context.lookupVariable?.(parts) !== undefined && this.#lookupColumn(parts, undefined, undefined) === undefined;
  }

  /** Whether a name means an alias of the same select list. */
  isLateralAlias(parts: readonly string[]): boolean {
    if (this.options.isAlias === undefined) return false;
    try {
      const found = this.#lookupColumn(parts, undefined, undefined);
      return found !== undefined && someExpression(found, e => e.kind === "attribute" && this.options.isAlias!(e.id));
    } catch {
      return false;   // ambiguous: said where it is resolved
    }
  }

  #lookupVariable(parts: readonly string[], origin: Origin | undefined): ResolvedExpression | undefined {
    const found = this.context.lookupVariable?.(parts);
    return found === undefined ? undefined : this.#fields(literalOf(found.variable.value, found.variable.type, origin), parts.slice(found.used), origin);
  }

  /** An argument of the SQL function whose body this is in. */
  #lookupArgument({ name, values }: RoutineScope, parts: readonly string[], origin: Origin | undefined): ResolvedExpression | undefined {
    const qualified = parts.length > 1 && parts[0]!.toLowerCase() === name.toLowerCase() ? values.get(parts[1]!.toLowerCase()) : undefined;
    if (qualified !== undefined) return this.#fields(qualified, parts.slice(2), origin);
    const value = values.get(parts[0]!.toLowerCase());
    return value === undefined ? undefined : this.#fields(value, parts.slice(1), origin);
  }

  #lookupColumn(parts: readonly string[], planId: number | undefined, origin: Origin | undefined): ResolvedExpression | undefined {
    if (planId !== undefined) {
      const found = this.#ofFrame(parts, planId, origin) ?? this.#ofOuterFrame(parts, planId, origin);
      if (found !== undefined) return found;
    }
    const variable = this.#lambdaVariable(parts[0]!, origin);
    if (variable !== undefined) return this.#fields(variable, parts.slice(1), origin);
    const sources = this.options.sources ?? [scopeSource(this.scope, this.same)];
    for (const source of [...sources, ...(this.options.afterwards ?? [])]) {
      const found = source(parts, origin, this.#inAggregate > 0);
      if (found !== undefined) return this.#fields(found.expression, parts.slice(found.used), origin);
    }
    if (parts.length === 1 && BARE_FUNCTIONS.has(parts[0]!.toLowerCase())) return resolveCall(this, { kind: "unresolved_function", name: parts[0]!, args: [], origin });
    const argument = this.options.routine === undefined ? undefined : this.#lookupArgument(this.options.routine, parts, origin);
    return argument ?? this.#outer(parts, origin);
  }

  /** What a name means in the query around this one. */
  #outer(parts: readonly string[], origin: Origin | undefined): ResolvedExpression | undefined {
    const outer = this.options.outer;
    if (outer === undefined) return undefined;
    const found = scopeSource(outer.scope, this.same)(parts, origin, false);
    if (found !== undefined) {
      const reference = found.expression as Attribute;
      outer.used.set(reference.id, reference);
      return this.#fields(reference, parts.slice(found.used), origin);
    }
    const argument = outer.routine === undefined ? undefined : this.#lookupArgument(outer.routine, parts, origin);
    if (argument !== undefined) someExpression(argument, e => {
      if (e.kind === "attribute") outer.used.set(e.id, e);
      return false;
    });
    return argument;
  }

  #ofOuterFrame(parts: readonly string[], planId: number, origin: Origin | undefined): ResolvedExpression | undefined {
    const outer = this.options.outer, frame = this.scope.frames.has(planId) ? undefined : outer?.scope.frames.get(planId);
    const match = frame === undefined ? undefined : findAttribute(parts, frame, this.same, origin);
    if (match === undefined) return undefined;
    outer!.used.set(match.attribute.id, match.attribute);
    return this.#fields(match.attribute, parts.slice(match.used), origin);
  }

  get isInLambda(): boolean { return this.#lambdas.length > 0; }

  #fields(base: ResolvedExpression, fields: readonly string[], origin: Origin | undefined): ResolvedExpression {
    return fields.reduce((child, field) => accessField(child, field, this.same, this.context.settings, origin), base);
  }

  #ofFrame(parts: readonly string[], planId: number, origin: Origin | undefined): ResolvedExpression | undefined {
    const frame = this.scope.frames.get(planId);
    if (frame === undefined) return undefined;
    const match = findAttribute(parts, frame, this.same, origin);
    if (match === undefined) return undefined;
    const here = this.scope.visible.find(a => a.id === match.attribute.id) ?? this.scope.hidden.find(a => a.id === match.attribute.id);
    if (here !== undefined) return this.#fields(here, parts.slice(match.used), origin);
    for (const source of this.options.afterwards ?? []) {
      const found = source(parts, origin, this.#inAggregate > 0);
      if (found?.expression.kind === "attribute" && found.expression.id === match.attribute.id) return this.#fields(found.expression, parts.slice(found.used), origin);
    }
    return undefined;
  }

  #cast(cast: Cast): ResolvedExpression {
    const child = this.resolve(cast.child), { settings } = this.context;
    // CHAR and VARCHAR are lengths of table columns; an expression has plain strings.
    const to: DataType = cast.to.kind === "char" || cast.to.kind === "varchar" ? STRING : cast.to;
    const evalMode = cast.evalMode === "try" ? "try" : cast.evalMode === "ansi" || settings.ansi ? "ansi" : "legacy";
    this.needTimes(to, cast.origin);
    const problem = canCast(child.type, to, evalMode);
    if (problem !== undefined) throw problem.error(displayName(this, cast), placeOf(cast.origin));
    return castOf(child, to, evalMode, settings, false, cast.origin);
  }

  /** TIME is there when a setting says so. */
  needTimes(type: DataType, origin: Origin | undefined): void {
    if (origin?.sql === undefined || !holdsTime(type) || this.settings.conf.get("spark.sql.timeType.enabled")?.toLowerCase() === "true") return;
    throw fail("UNSUPPORTED_TIME_TYPE", "0A000", "The data type TIME is not supported.", {}, origin, "set spark.sql.timeType.enabled to true");
  }

  #caseWhen(expression: CaseWhen): ResolvedExpression {
    const branches = expression.branches.map(branch => ({ when: this.resolve(branch.when), then: this.resolve(branch.then) }));
    const otherwise = expression.otherwise === undefined ? undefined : this.resolve(expression.otherwise);
    return this.caseOf(branches, otherwise, () => displayName(this, expression), "casewhen", expression.origin, i => displayName(this, expression.branches[i]!.when));
  }

  /** CASE over resolved parts: conditions must be BOOLEAN, results get one type. */
  caseOf(branches: readonly { readonly when: ResolvedExpression; readonly then: ResolvedExpression }[], otherwise: ResolvedExpression | undefined, text: () => string, functionName: string, origin: Origin | undefined, condition: (i: number) => string = text): ResolvedExpression {
    branches.forEach((branch, i) => {
      if (branch.when.type.kind !== "boolean" && branch.when.type.kind !== "void") {
        throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve "${text()}" due to data type mismatch: The ${i + 1}. condition requires the "BOOLEAN" type, however it has the type ${quoteType(branch.when.type)}.`,
          { sqlExpr: quoteSql(text()), paramIndex: ordinal(2 * i + 1), requiredType: quoteSql("BOOLEAN"), inputSql: quoteSql(condition(i)), inputType: quoteType(branch.when.type) }, origin);
      }
    });
    const values = this.unified([...branches.map(b => b.then), ...(otherwise === undefined ? [] : [otherwise])], functionName, text, origin);
    const typed = branches.map((branch, i) => ({ when: coerce(branch.when, BOOLEAN, this.settings), then: values[i]! }));
    const last = otherwise === undefined ? undefined : values[values.length - 1]!;
    return Object.freeze({ kind: "case_when", branches: typed, otherwise: last, type: values[0]!.type, nullable: last === undefined || values.some(v => v.nullable), origin });
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

/** Attributes of a scope: visible ones first, hidden ones when nothing else has the name. */
export function scopeSource(scope: Scope, same: SameName): NameSource {
  return (parts, origin) => {
    const match = findAttribute(parts, scope.visible, same, origin) ?? findAttribute(parts, scope.hidden, same, origin);
    return match === undefined ? undefined : { expression: match.attribute, used: match.used };
  };
}

export function sameName(context: AnalyzerContext): SameName {
  return context.settings.conf.get("spark.sql.caseSensitive")?.toLowerCase() === "true" ? (a, b) => a === b : (a, b) => a === b || a.toLowerCase() === b.toLowerCase();
}

export function differentTypes(functionName: string, args: readonly ResolvedExpression[], text: string, origin: Origin | undefined): Error {
  const dataType = `[${args.map(arg => quoteType(arg.type)).join(", ")}]`;
  return fail("DATATYPE_MISMATCH.DATA_DIFF_TYPES", "42K09", `Cannot resolve "${text}" due to data type mismatch: Input to \`${functionName}\` should all be the same type, but it's ${dataType}.`,
    { functionName: `\`${functionName}\``, dataType, sqlExpr: quoteSql(text) }, origin);
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
export const hasGenerator = (expression: ResolvedExpression): boolean => someExpression(expression, e => e.kind === "generator_call");

const holdsTime = (type: DataType): boolean => type.kind === "time" || type.kind === "array" && holdsTime(type.element) || type.kind === "map" && (holdsTime(type.key) || holdsTime(type.value))
  || type.kind === "struct" && type.fields.some(field => holdsTime(field.type));

/** Names in expressions: columns of a scope, of the query around it, variables, arguments of SQL functions, lambdas. */
import type { Origin, UnresolvedAttribute } from "../plan/expressions.ts";
import type { Attribute, ResolvedExpression, ResolvedLambdaVariable } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { literalOf } from "./build.ts";
import { resolveCall } from "./calls.ts";
import type { AnalyzerContext } from "./context.ts";
import { unresolvedColumn } from "./errors.ts";
import type { Resolver, ResolverOptions } from "./expressions.ts";
import { accessField } from "./fields.ts";
import type { OuterGroups } from "./outer-aggregates.ts";
import type { OuterPlaces } from "./outer-places.ts";
import { findAttribute, proposalsFor, type SameName, type Scope } from "./scope.ts";
import { exactAttribute } from "./stars.ts";

/** Finds what a name means; undefined to let the next one try. `inAggregate`: the name stands inside an aggregate's argument. */
export type NameSource = (parts: readonly string[], origin: Origin | undefined, inAggregate: boolean) => { readonly expression: ResolvedExpression; readonly used: number } | undefined;

/** `depth`: how many functions are open around the body. */
export interface RoutineScope { readonly name: string; readonly values: ReadonlyMap<string, ResolvedExpression>; readonly depth: number }

/** The query around a subquery; `routine`: it stands in the body of a SQL function; `stars`: `t.*` may mean a table of the query around; `groups`: it stands in a HAVING. */
export interface OuterScope { readonly scope: Scope; readonly used: Map<number, Attribute>; readonly routine?: RoutineScope | undefined; readonly places?: OuterPlaces; readonly stars?: boolean; readonly groups?: OuterGroups | undefined }

/** Names that are functions without parentheses when no column has them. */
export const BARE_FUNCTIONS: ReadonlySet<string> = new Set(["current_date", "current_timestamp", "current_time", "localtimestamp", "localtime", "current_user", "user", "session_user", "current_catalog", "current_database", "current_schema"]);

/** The number of the grouping set as a column's name. */
export const GROUPING_ID = "grouping__id";

/** What names of columns, variables, arguments and lambdas mean where a resolver stands: the nearest wins. */
export class NameLookup {
  readonly #resolver: Resolver;
  readonly #scope: Scope;
  readonly #options: ResolverOptions;
  readonly #same: SameName;
  /** Variables of the lambdas that are being resolved, innermost last. */
  readonly #lambdas: ResolvedLambdaVariable[][] = [];
  #inAggregate = 0;
  #inWindow = 0;
  #isClosed = false;

  constructor(resolver: Resolver) {
    this.#resolver = resolver;
    this.#scope = resolver.scope;
    this.#options = resolver.options;
    this.#same = resolver.same;
  }

  get isInLambda(): boolean { return this.#lambdas.length > 0; }

  /** Runs `work` as inside an aggregate's arguments: names are looked up below the groups. */
  insideAggregate<T>(work: () => T): T {
    this.#inAggregate++;
    try { return work(); } finally { this.#inAggregate--; }
  }

  /** Runs `work` as inside a window function. */
  insideWindow<T>(work: () => T): T {
    this.#inWindow++;
    try { return work(); } finally { this.#inWindow--; }
  }

  /** Runs `work` where names mean nothing of the query around this one. */
  withoutOuter<T>(work: () => T): T {
    this.#isClosed = true;
    try { return work(); } finally { this.#isClosed = false; }
  }

  withLambda<T>(variables: readonly ResolvedLambdaVariable[], work: () => T): T {
    this.#lambdas.push([...variables]);
    try { return work(); } finally { this.#lambdas.pop(); }
  }

  /** A variable of the lambdas around the expression, or undefined. */
  lambdaVariable(name: string, origin: Origin | undefined): ResolvedExpression | undefined {
    for (let i = this.#lambdas.length - 1; i >= 0; i--) {
      const found = this.#lambdas[i]!.find(variable => this.#same(variable.name, name));
      if (found !== undefined) return origin === undefined ? found : { ...found, origin };
    }
    return undefined;
  }

  /** What a name means. @throws AnalysisError UNRESOLVED_COLUMN */
  resolve(attribute: UnresolvedAttribute): ResolvedExpression {
    const exact = exactAttribute(attribute);
    if (exact !== undefined) {
      if (this.isOfOuter(exact)) this.noteOuter(exact, attribute.origin);
      return exact;
    }
    const found = attribute.isOuter === true ? this.#outer(attribute.nameParts, attribute.origin) : this.lookup(attribute.nameParts, attribute.planId, attribute.origin);
    if (found !== undefined) return found;
    throw unresolvedColumn(attribute.nameParts, proposalsFor(attribute.nameParts, this.#scope), attribute.origin);
  }

  /** What a name means, or undefined. */
  lookup(parts: readonly string[], planId: number | undefined, origin: Origin | undefined): ResolvedExpression | undefined {
    return this.#lookupColumn(parts, planId, origin) ?? this.#lookupVariable(parts, origin);
  }

  /** Whether a name means a variable of the session and nothing nearer. */
  isVariable(parts: readonly string[]): boolean {
    return this.#resolver.context.lookupVariable?.(parts) !== undefined && this.#lookupColumn(parts, undefined, undefined) === undefined;
  }

  /** Whether a name means an alias of the same select list. */
  isLateralAlias(parts: readonly string[]): boolean {
    if (this.#options.isAlias === undefined) return false;
    try {
      const found = this.#lookupColumn(parts, undefined, undefined);
      return found !== undefined && someExpression(found, e => e.kind === "attribute" && this.#options.isAlias!(e.id));
    } catch {
      return false;   // ambiguous: said where it is resolved
    }
  }

  /** The column of the query around this one that a name means; undefined when it means something nearer. */
  outerColumn(parts: readonly string[]): Attribute | undefined {
    if (this.#options.outer === undefined) return undefined;
    try {
      const found = this.#lookupColumn(parts, undefined, undefined);
      return found?.kind === "attribute" && this.isOfOuter(found) ? found : undefined;
    } catch {
      return undefined;   // ambiguous: said where it is resolved
    }
  }

  /** Whether an attribute is one of the query around this one. */
  isOfOuter(attribute: Attribute): boolean {
    const outer = this.#options.outer?.scope, holds = (scope: Scope): boolean => scope.visible.some(a => a.id === attribute.id) || scope.hidden.some(a => a.id === attribute.id);
    return outer !== undefined && holds(outer) && !holds(this.#scope);
  }

  /** A column of the query around this one is used here. */
  noteOuter(reference: Attribute, origin: Origin | undefined): void {
    const outer = this.#options.outer!;
    outer.used.set(reference.id, reference);
    outer.places?.note(reference, origin, this.#inWindow > 0 ? "window" : this.#inAggregate > 0 ? "aggregate" : undefined);
  }

  #lookupVariable(parts: readonly string[], origin: Origin | undefined): ResolvedExpression | undefined {
    const found = this.#resolver.context.lookupVariable?.(parts);
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
    const variable = this.lambdaVariable(parts[0]!, origin);
    if (variable !== undefined) return this.#fields(variable, parts.slice(1), origin);
    const sources = this.#options.sources ?? [scopeSource(this.#scope, this.#same)];
    for (const source of [...sources, ...(this.#options.afterwards ?? [])]) {
      const found = source(parts, origin, this.#inAggregate > 0);
      if (found !== undefined) return this.#fields(found.expression, parts.slice(found.used), origin);
    }
    if (parts.length === 1 && BARE_FUNCTIONS.has(parts[0]!.toLowerCase())) return resolveCall(this.#resolver, { kind: "unresolved_function", name: parts[0]!, args: [], origin });
    if (parts.length === 1 && parts[0]!.toLowerCase() === GROUPING_ID) return resolveCall(this.#resolver, { kind: "unresolved_function", name: "grouping_id", args: [], origin });
    const argument = this.#options.routine === undefined ? undefined : this.#lookupArgument(this.#options.routine, parts, origin);
    return argument ?? this.#outer(parts, origin);
  }

  /** What a name means in the query around this one. */
  #outer(parts: readonly string[], origin: Origin | undefined): ResolvedExpression | undefined {
    const outer = this.#options.outer;
    if (outer === undefined || this.#isClosed) return undefined;
    const below = this.#inAggregate > 0 && outer.groups !== undefined ? scopeSource(outer.groups.rows, this.#same)(parts, origin, true) : undefined;
    const found = below ?? scopeSource(outer.scope, this.#same)(parts, origin, false);
    if (found !== undefined) {
      const reference = found.expression as Attribute;
      this.noteOuter(reference, origin);
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
    const outer = this.#options.outer, frame = this.#scope.frames.has(planId) ? undefined : outer?.scope.frames.get(planId);
    const match = frame === undefined ? undefined : findAttribute(parts, frame, this.#same, origin);
    if (match === undefined) return undefined;
    outer!.used.set(match.attribute.id, match.attribute);
    return this.#fields(match.attribute, parts.slice(match.used), origin);
  }

  #fields(base: ResolvedExpression, fields: readonly string[], origin: Origin | undefined): ResolvedExpression {
    return fields.reduce((child, field) => accessField(child, field, this.#same, this.#resolver.context.settings, origin), base);
  }

  #ofFrame(parts: readonly string[], planId: number, origin: Origin | undefined): ResolvedExpression | undefined {
    const frame = this.#scope.frames.get(planId);
    if (frame === undefined) return undefined;
    const match = findAttribute(parts, frame, this.#same, origin);
    if (match === undefined) return undefined;
    const here = this.#scope.visible.find(a => a.id === match.attribute.id) ?? this.#scope.hidden.find(a => a.id === match.attribute.id);
    if (here !== undefined) return this.#fields(here, parts.slice(match.used), origin);
    for (const source of this.#options.afterwards ?? []) {
      const found = source(parts, origin, this.#inAggregate > 0);
      if (found?.expression.kind === "attribute" && found.expression.id === match.attribute.id) return this.#fields(found.expression, parts.slice(found.used), origin);
    }
    return undefined;
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

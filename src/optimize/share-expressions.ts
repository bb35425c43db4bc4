/**
 * What several expressions of a projection or a grouping compute alike is computed once, in a projection below. Only what is
 * evaluated for every row anyway (not behind a branch) is brought forward, so no error comes that would not have come.
 */
import { freshId } from "../analyze/build.ts";
import type { AggregateCall, Attribute, NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { childrenOf, mapChildren } from "../plan/walk.ts";
import { isBound } from "./expression-facts.ts";

/** Sharing in what was shared, at most so many times. */
const MAX_DEPTH = 4;

export function shareExpressions(plan: ResolvedRelation, depth = 0): ResolvedRelation {
  if (plan.kind === "project") {
    if (plan.expressions.some(({ expression }) => isBound(expression))) return plan;
    const shared = sharedBelow(plan.expressions.map(e => e.expression), plan.input, depth);
    return shared === undefined ? plan : Object.freeze({ ...plan, input: shared.input, expressions: plan.expressions.map(e => ({ ...e, expression: shared.replace(e.expression) })) });
  }
  if (plan.kind === "aggregate") {
    // Rows that a filter leaves out don't reach the arguments.
    const shared = sharedBelow(plan.aggregates.flatMap(({ call }) => call.filter === undefined ? call.args : []), plan.input, depth);
    return shared === undefined ? plan : Object.freeze({ ...plan, input: shared.input, aggregates: plan.aggregates.map(a => ({ ...a, call: replacedIn(a.call, shared.replace) })) });
  }
  return plan;
}

function replacedIn(call: AggregateCall, replace: (e: ResolvedExpression) => ResolvedExpression): AggregateCall {
  return Object.freeze({ ...call, args: call.args.map(replace), ...(call.filter !== undefined && { filter: replace(call.filter) }) });
}

interface Found { readonly expression: ResolvedExpression; times: number; isSure: boolean }

function sharedBelow(expressions: readonly ResolvedExpression[], input: ResolvedRelation, depth: number): { readonly input: ResolvedRelation; replace(e: ResolvedExpression): ResolvedExpression } | undefined {
  if (depth >= MAX_DEPTH) return undefined;
  const keys = new Keys(), found = new Map<number, Found>();
  for (const expression of expressions) count(expression, true, keys, found);
  const repeated = new Map([...found].filter(([, { times, isSure }]) => times > 1 && isSure));
  if (repeated.size === 0) return undefined;
  // Of one inside another the outer one: the inner one's turn is next, in the projection that is made now.
  const outermost = new Map<number, NamedExpression>();
  const visit = (e: ResolvedExpression): void => {
    const key = keys.of(e);
    if (key === undefined || !repeated.has(key)) return childrenOf(e).forEach(visit);
    if (!outermost.has(key)) outermost.set(key, { expression: e, attribute: attributeOf(e, outermost.size) });
  };
  expressions.forEach(visit);
  const replace = (e: ResolvedExpression): ResolvedExpression => {
    const key = keys.of(e), shared = key === undefined ? undefined : outermost.get(key);
    return shared?.attribute ?? mapChildren(e, replace);
  };
  const added = [...outermost.values()], output = [...input.output, ...added.map(e => e.attribute)];
  const below: ResolvedRelation = Object.freeze({ kind: "project", input, expressions: [...input.output.map(attribute => ({ expression: attribute, attribute })), ...added], output, isStreaming: input.isStreaming });
  return { input: shareExpressions(below, depth + 1), replace };
}

const attributeOf = (e: ResolvedExpression, i: number): Attribute => Object.freeze({ kind: "attribute", id: freshId(), name: `shared_${i + 1}`, type: e.type, nullable: e.nullable, qualifier: [] });

/** Counts what is worth sharing; `isSure`: every row gets here. */
function count(e: ResolvedExpression, isSure: boolean, keys: Keys, found: Map<number, Found>): void {
  // What costs more to compute than to carry.
  const key = e.kind === "scalar_call" || e.kind === "cast" ? keys.of(e) : undefined;
  if (key !== undefined && keys.isOverColumns(key)) {
    const known = found.get(key);
    if (known === undefined) found.set(key, { expression: e, times: 1, isSure });
    else {
      known.times++;
      known.isSure ||= isSure;
    }
  }
  switch (e.kind) {
    case "lambda": return;
    case "and": case "or":
      count(e.left, isSure, keys, found);
      return count(e.right, false, keys, found);
    case "case_when": case "coalesce":
      return childrenOf(e).forEach((child, i) => count(child, isSure && i === 0, keys, found));
    default: for (const child of childrenOf(e)) count(child, isSure, keys, found);
  }
}

/** A number for each expression that is the same for those that compute the same. */
class Keys {
  readonly #known = new Map<ResolvedExpression, number | undefined>();
  readonly #numbers = new Map<string, number>();
  readonly #functions = new Map<object, number>();
  /** Those that are over columns, not over constants alone. */
  readonly #overColumns = new Set<number>();

  /** Undefined: nothing is known to be the same. */
  of(e: ResolvedExpression): number | undefined {
    if (!this.#known.has(e)) this.#known.set(e, this.#interned(e));
    return this.#known.get(e);
  }

  isOverColumns(key: number): boolean { return this.#overColumns.has(key); }

  #interned(e: ResolvedExpression): number | undefined {
    const text = this.#make(e);
    if (text === undefined) return undefined;
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    if (e.kind === "attribute" || childrenOf(e).some(child => this.#overColumns.has(this.of(child)!))) this.#overColumns.add(number);
    return number;
  }

  #make(e: ResolvedExpression): string | undefined {
    const inner = childrenOf(e).map(child => this.of(child));
    if (inner.includes(undefined)) return undefined;
    const all = inner.join(",");
    switch (e.kind) {
      case "attribute": return `#${e.id}`;
      case "literal": return typeof e.value === "object" && e.value !== null ? undefined : `${JSON.stringify(e.type)}:${typeof e.value}:${Object.is(e.value, -0) ? "-0" : String(e.value)}`;
      case "scalar_call": return e.binding.deterministic === false || e.args.some(arg => arg.kind === "lambda") ? undefined : `${this.#number(e.function)}(${all})${JSON.stringify(e.type)}`;
      case "cast": return `${e.evalMode} ${e.timeZone} ${JSON.stringify(e.type)}(${all})`;
      case "field_access": return `.${e.index}(${all})`;
      case "and": case "or": case "coalesce": return `${e.kind}(${all})`;
      case "case_when": return `case${e.branches.length}(${all})${JSON.stringify(e.type)}`;
      default: return undefined;
    }
  }

  #number(entry: object): number {
    if (!this.#functions.has(entry)) this.#functions.set(entry, this.#functions.size);
    return this.#functions.get(entry)!;
  }
}

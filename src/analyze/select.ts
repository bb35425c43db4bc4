/**
 * Select lists: stars written out, names given, aliases that later items use, generators and window functions moved to
 * operators of their own.
 */
import type { Expression, Origin } from "../plan/expressions.ts";
import type { Project } from "../plan/relations.ts";
import type { Attribute, GeneratorCall, NamedExpression, ResolvedExpression, ResolvedRelation, WindowCall } from "../plan/resolved.ts";
import { mapChildren, someExpression } from "../plan/walk.ts";
import { aggregateItems } from "./aggregate.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { changeAttribute, makeAttribute, nameExpression, passThrough, projectTo } from "./build.ts";
import { nestedGenerator } from "./calls.ts";
import { isOn } from "./context.ts";
import { eachOf, fail, quoteIdentifiers, quoteSql } from "./errors.ts";
import { hasAggregate, hasGenerator, hasWindow, type Resolver, type ResolverOptions } from "./expressions.ts";
import type { NameSource } from "./name-lookup.ts";
import { displayName, outputName } from "./names.ts";
import { CONDITION } from "./qualify.ts";
import { mergeFrames, type Analysed, type Scope } from "./scope.ts";
import { semanticKey } from "./semantic.ts";
import { expandStars } from "./stars.ts";
import { onlyWindow } from "./time-windows.ts";
import { attachSubqueries, isSubquery } from "./subqueries.ts";

/** One item of a select list. */
export interface Item {
  readonly source: Expression;
  readonly expression: ResolvedExpression;
  /** What it is called from here on; a generator gets its columns' attributes later. */
  readonly attribute: Attribute;
  /** `AS (a, b)`: names of a generator's columns. */
  readonly names: readonly string[] | undefined;
}

/** The items resolved in order, so that each may use the aliases before it. */
export function selectItems(analyzer: Analyzer, scope: Scope, expressions: readonly Expression[], env: Env, options: Partial<ResolverOptions> = {}): { readonly items: readonly Item[]; readonly resolver: Resolver; readonly lateral: ReadonlySet<number> } {
  const items: Item[] = [], lateral = new Set<number>();
  const on = isOn(analyzer.context.settings, "spark.sql.lateralColumnAlias.enableImplicitResolution", true);
  const aliases: NameSource = (parts, origin, inAggregate) => {
    if (!on) return undefined;
    const found = items.filter(item => (item.source.kind === "alias" || item.expression.kind === "field_access" || item.source.kind === "unresolved_attribute" && item.expression.kind === "scalar_call" && item.source.nameParts.length > 1) && resolver.same(item.attribute.name, parts[0]!));
    if (found.length === 0) return undefined;
    const name = `\`${parts[0]}\``;
    if (found.length > 1) throw fail("AMBIGUOUS_LATERAL_COLUMN_ALIAS", "42702", `Lateral column alias ${name} is ambiguous and has ${found.length} matches.`, { name, n: String(found.length) }, origin);
    if (inAggregate) {
      throw fail("UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC", "0A000", `The feature is not supported: Referencing a lateral column alias ${name} in an aggregate function.`, { lca: name, aggFunc: quoteSql(parts.join(".")) }, origin, "compute the alias in a subquery first");
    }
    lateral.add(found[0]!.attribute.id);
    return { expression: found[0]!.attribute, used: 1 };
  };
  const resolver = analyzer.resolver(scope, env, { ...options, afterwards: [...(options.afterwards ?? []), aliases], isAlias: id => lateral.has(id) });
  eachOf(expandStars(resolver, expressions), source => {
    // QUALIFY knows nothing of the row around a subquery.
    const expression = source.kind === "alias" && source.names[0] === CONDITION ? resolver.names.withoutOuter(() => resolver.resolve(source)) : resolver.resolve(source);
    const names = source.kind === "alias" && source.names.length > 1 ? source.names : undefined;
    // An alias that is taken again is a column of its own.
    const again = expression.kind === "attribute" && lateral.has(expression.id);
    items.push({ source, expression, names, attribute: again ? nameExpression(expression, outputName(resolver, source, expression)).attribute : itemAttribute(resolver, source, expression) });
  });
  return { items, resolver, lateral };
}

/** A column taken as it is keeps its id; all else, and a column of the query around this one, gets a new attribute. */
function itemAttribute(resolver: Resolver, source: Expression, expression: ResolvedExpression): Attribute {
  const name = outputName(resolver, source, expression);
  if (expression.kind === "attribute" && source.kind !== "alias" && !resolver.names.isOfOuter(expression)) return expression.name === name ? expression : changeAttribute(expression, { name });
  const { attribute } = nameExpression(expression, name);
  return hasNoName(source, expression, name) && !hasGenerator(expression) ? changeAttribute(attribute, { isAutoNamed: true }) : attribute;
}

/** What is called by its own text. Columns, fields, constants and casts of columns have names; so have functions that are written like constants. */
function hasNoName(source: Expression, expression: ResolvedExpression, name: string): boolean {
  const cast = expression.kind === "cast" ? expression.child : expression.kind === "scalar_call" && expression.args.length === 1 ? expression.args[0] : undefined;
  if (cast?.kind === "attribute" && cast.name === name) return false;
  switch (source.kind) {
    case "alias": case "unresolved_attribute": case "unresolved_star": case "literal": case "extract_value": return false;
    case "unresolved_function": return source.args.length > 0 || !/^(current_|local|user$|session_user$)/.test(source.name);
    default: return true;
  }
}

/** SELECT over a relation. With aggregates in it and no GROUP BY the whole input is one group. */
export function project(analyzer: Analyzer, input: Analysed, expressions: readonly Expression[], env: Env, origin: Origin | undefined, pipe?: Project["pipe"]): Analysed {
  const star = pipe === "EXTEND" ? expressions.slice(1).find(e => e.kind === "unresolved_star") : undefined;
  if (star !== undefined) throw fail("INVALID_USAGE_OF_STAR_OR_REGEX", "42000", "Invalid usage of '*' in expression `pipeexpression`.", { elem: "'*'", prettyName: "expression `pipeexpression`" }, star.origin);
  const selected = selectItems(analyzer, input, expressions, env);
  const aggregate = selected.items.find(item => hasAggregate(item.expression));
  if (aggregate !== undefined && pipe === "EXTEND") {
    const expr = displayName(selected.resolver, aggregate.source);
    throw fail("PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION", "0A000", `Aggregate functions are not allowed in |> ${pipe}; use |> AGGREGATE.`, { clause: pipe, expr }, origin);
  }
  onlyWindow(selected.items.map(item => item.expression));
  if (aggregate !== undefined) return aggregateItems(analyzer, input, expressions, env, origin);
  return finishSelect(analyzer, input.plan, selected.items, selected.resolver, selected.lateral, input, origin, pipe === undefined ? [] : input.hidden);
}

/** Puts a select list above a plan; the result can be asked for columns of `input` that the list leaves out. `hidden`: those that it puts out unseen. */
export function finishSelect(analyzer: Analyzer, plan: ResolvedRelation, items: readonly Item[], resolver: Resolver, lateral: ReadonlySet<number>, input: Scope, origin: Origin | undefined, hidden: readonly Attribute[] = []): Analysed {
  const build = (extra: readonly Attribute[]): Analysed => {
    const built = buildSelect(analyzer, plan, items, resolver, lateral, [...hidden, ...extra], origin);
    return { plan: built.plan, visible: built.visible, hidden, frames: input.frames };
  };
  const base = build([]);
  return {
    ...base,
    below: {
      scope: input, aggregates: false, owns: () => false,
      lift: wanted => {
        const known = new Set(base.plan.output.map(a => a.id)), extra = new Map<number, Attribute>();
        for (const expression of wanted) {
          someExpression(expression, e => {
            if (e.kind === "attribute" && !known.has(e.id) && plan.output.some(a => a.id === e.id)) extra.set(e.id, e);
            return false;
          });
        }
        const lifted = build([...extra.values()]);
        return { analysed: { ...lifted, frames: mergeFrames(lifted.frames, new Map()) }, expressions: wanted };
      },
    },
  };
}

/** Generators, window functions and the projections of a select list above `input`. */
export function buildSelect(analyzer: Analyzer, input: ResolvedRelation, items: readonly Item[], resolver: Resolver, lateral: ReadonlySet<number>, extra: readonly Attribute[], origin: Origin | undefined): { readonly plan: ResolvedRelation; readonly visible: readonly Attribute[] } {
  let plan = input;
  let named: NamedExpression[] = [];
  for (const item of items) {
    const { expression } = item;
    if (expression.kind === "generator_call") {
      const generated = generatedAttributes(expression, item.names ?? (item.source.kind === "alias" ? item.source.names : undefined), item.source.origin);
      plan = generate(plan, expression, isOuter(expression), generated);
      named.push(...generated.map(passThrough));
    } else {
      if (hasGenerator(expression)) throw nestedGenerator(displayName(resolver, item.source.kind === "alias" ? item.source.child : item.source), item.source.origin);
      if (item.names !== undefined) throw aliasCount(item.names, 1, item.source.origin);
      named.push({ expression, attribute: item.attribute });
    }
  }
  if (named.some(n => someExpression(n.expression, isSubquery))) {
    const attached = attachSubqueries(analyzer, plan, named.map(n => n.expression));
    plan = attached.plan;
    named = named.map((n, i) => ({ attribute: n.attribute, expression: attached.expressions[i]! }));
  }
  const windowed = extractWindows(plan, named, lateral, resolver, items);
  const stacked = stackProjects(windowed.plan, [...windowed.named, ...extra.filter(a => !named.some(n => n.attribute.id === a.id)).map(passThrough)], origin);
  return { plan: stacked, visible: stacked.output.slice(0, named.length) };
}

export const isOuter = (call: GeneratorCall): boolean => call.function.user === undefined && call.function.name.toLowerCase().endsWith("_outer");

export function generatedAttributes(call: GeneratorCall, names: readonly string[] | undefined, origin: Origin | undefined, qualifier: readonly string[] = [], outer = isOuter(call)): readonly Attribute[] {
  const { fields } = call.output;
  if (names !== undefined && names.length > 0 && names.length !== fields.length) throw aliasCount(names, fields.length, origin);
  return fields.map((f, i) => makeAttribute(names?.[i] ?? f.name, f.type, f.nullable || outer, qualifier));
}

function aliasCount(names: readonly string[], count: number, origin: Origin | undefined): Error {
  return fail("UDTF_ALIAS_NUMBER_MISMATCH", "42802", `The number of aliases supplied in the AS clause does not match the number of columns output by the UDTF. Expected ${count} aliases, but got ${names.join(",")}.`,
    { aliasesSize: String(count), aliasesNames: names.join(",") }, origin);
}

export function generate(input: ResolvedRelation, generator: GeneratorCall, outer: boolean, generated: readonly Attribute[]): ResolvedRelation {
  return Object.freeze({ kind: "generate", input, generator, outer, generated, output: [...input.output, ...generated], isStreaming: input.isStreaming, origin: generator.origin });
}

/** Moves window functions into window operators below, those of one partition and order together. */
function extractWindows(input: ResolvedRelation, named: readonly NamedExpression[], lateral: ReadonlySet<number>, resolver: Resolver, items: readonly Item[]): { readonly plan: ResolvedRelation; readonly named: readonly NamedExpression[] } {
  if (!named.some(n => hasWindow(n.expression))) return { plan: input, named };
  const found = new Map<string, { readonly call: WindowCall; readonly attribute: Attribute; readonly depth: number }>();
  const extract = (e: ResolvedExpression): { readonly expression: ResolvedExpression; readonly depth: number } => {
    let depth = 0;
    // An aggregate that is the window's own function keeps its place; only what is inside it is rewritten.
    const rewritten = mapChildren(e, child => {
      const inner = extract(child);
      depth = Math.max(depth, inner.depth);
      return inner.expression;
    });
    if (rewritten.kind !== "window_call") return { expression: rewritten, depth };
    someExpression(rewritten, x => {
      if (x.kind === "attribute" && lateral.has(x.id)) {
        const lca = quoteIdentifiers([x.name]);
        throw fail("UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW", "0A000", `The feature is not supported: Referencing a lateral column alias ${lca} in window expression.`, { lca, windowExpr: quoteSql(windowText(resolver, items, e)) }, e.origin, "compute the alias in a subquery first");
      }
      return false;
    });
    const key = semanticKey(rewritten);
    let window = found.get(key);
    if (window === undefined) found.set(key, window = { call: rewritten, attribute: makeAttribute(`_w${found.size}`, rewritten.type, rewritten.nullable), depth });
    return { expression: window.attribute, depth: window.depth + 1 };
  };
  const rewritten = named.map(({ expression, attribute }) => ({ expression: extract(expression).expression, attribute }));
  let plan = input;
  const all = [...found.values()], deepest = Math.max(...all.map(w => w.depth));
  for (let depth = 0; depth <= deepest; depth++) {
    const groups = new Map<string, typeof all>();
    for (const window of all.filter(w => w.depth === depth)) {
      const { partitionBy, orderBy } = window.call;
      const key = `${partitionBy.map(semanticKey).join(",")};${orderBy.map(o => `${semanticKey(o.expression)} ${o.direction} ${o.nulls}`).join(",")}`;
      groups.set(key, [...(groups.get(key) ?? []), window]);
    }
    for (const group of groups.values()) {
      const windows = group.map(({ call, attribute }) => ({ call, attribute }));
      plan = Object.freeze({ kind: "window", input: plan, windows, output: [...plan.output, ...windows.map(w => w.attribute)], isStreaming: plan.isStreaming, origin: windows[0]!.call.origin });
    }
  }
  return { plan, named: rewritten };
}

function windowText(resolver: Resolver, items: readonly Item[], window: ResolvedExpression): string {
  const item = items.find(i => someExpression(i.expression, e => e === window));
  return item === undefined ? "window" : displayName(resolver, item.source.kind === "alias" ? item.source.child : item.source);
}

/** One projection, or several where items use the values of items before them. */
export function stackProjects(input: ResolvedRelation, items: readonly NamedExpression[], origin: Origin | undefined): ResolvedRelation {
  const below = new Set(input.output.map(a => a.id));
  const made = new Map<number, NamedExpression>();
  for (const item of items) if (!below.has(item.attribute.id)) made.set(item.attribute.id, item);
  const levels = new Map<NamedExpression, number>();
  const levelOf = (item: NamedExpression): number => {
    const known = levels.get(item);
    if (known !== undefined) return known;
    levels.set(item, 0);
    let level = 0;
    someExpression(item.expression, e => {
      const other = e.kind === "attribute" && !below.has(e.id) ? made.get(e.id) : undefined;
      if (other !== undefined && other !== item) level = Math.max(level, levelOf(other) + 1);
      return false;
    });
    levels.set(item, level);
    return level;
  };
  const top = Math.max(0, ...items.map(levelOf));
  let plan = input;
  for (let level = 0; level < top; level++) plan = projectTo(plan, [...plan.output.map(passThrough), ...items.filter(item => levelOf(item) === level && made.has(item.attribute.id))], origin);
  return projectTo(plan, items.map(item => levelOf(item) < top && made.has(item.attribute.id) ? passThrough(item.attribute) : item), origin);
}


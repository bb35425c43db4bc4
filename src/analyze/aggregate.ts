/**
 * GROUP BY: keys from expressions, ordinals, aliases or ALL; the aggregates of the select list, of HAVING and of ORDER BY
 * collected and computed once each; the select list rewritten over keys and aggregates.
 */
import { unsupported } from "../base/errors.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { Aggregate } from "../plan/relations.ts";
import type { AggregateCall, Attribute, NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { childrenOf, mapChildren, someExpression } from "../plan/walk.ts";
import { BIGINT, BOOLEAN, TINYINT } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { literalOf, makeAttribute, nameExpression } from "./build.ts";
import { isOn } from "./context.ts";
import { fail, quoteIdentifiers, quoteSql, unresolvedColumn } from "./errors.ts";
import { hasAggregate, hasWindow, type GroupingFunctions, type Resolver } from "./expressions.ts";
import { noting, scopeSource, type NameSource, type WrittenNames } from "./name-lookup.ts";
import { expandGroups, groupingSetsOf, NO_KEYS, type Expansion } from "./grouping-sets.ts";
import { displayName, outputName } from "./names.ts";
import { proposalsFor, type Analysed, type Below, type Scope } from "./scope.ts";
import { buildSelect, selectItems, type Item } from "./select.ts";
import { semanticKey } from "./semantic.ts";
import { expandStars } from "./stars.ts";
import { manyWindows } from "./time-windows.ts";
import { outerReferences, overOther, rewriteConditions } from "./subqueries.ts";

/** SELECT with aggregates and without GROUP BY: the whole input is one group. */
export function aggregateItems(analyzer: Analyzer, input: Analysed, expressions: readonly Expression[], env: Env, origin: Origin | undefined): Analysed {
  return groups(analyzer, input, { groupType: "group_by", grouping: [], aggregates: expressions }, env, origin);
}

type Spec = Pick<Aggregate, "groupType" | "grouping" | "groupingSets" | "aggregates" | "having" | "pipe">;

export function groups(analyzer: Analyzer, input: Analysed, spec: Spec, env: Env, origin: Origin | undefined): Analysed {
  const sets = groupingSetsOf(spec);
  env.outer?.places?.isGrouped();
  const plain = analyzer.resolver(input, env);
  const written = expandStars(plain, spec.aggregates);
  const keys: ResolvedExpression[] = [], keySources: Expression[] = [];
  const addKey = (source: Expression): number => {
    const { expression, named } = groupKey(analyzer, plain, input, source, written, env);
    const key = semanticKey(expression), known = keys.findIndex(other => semanticKey(other) === key);
    if (known >= 0) return known;
    keySources.push(named);
    return keys.push(expression) - 1;
  };
  if (spec.groupType !== "all") spec.grouping.forEach(addKey);
  const setIndexes = sets?.map(set => set.map(addKey));
  if (spec.groupType === "all") {
    const { items } = selectItems(analyzer, input, written, env);
    items.filter(item => !hasAggregate(item.expression)).forEach(item => addKey(item.source));
  }
  if (keys.filter(key => key.kind === "time_window" || key.kind === "session_window").length > 1) {
    throw manyWindows(origin);
  }
  // A single set without keys is a global aggregate.
  const expansion = setIndexes === undefined || setIndexes.length === 1 && setIndexes[0]!.length === 0 ? undefined : expandGroups(input.plan, keys, keySources.map((source, i) => outputName(plain, source, keys[i]!)), setIndexes);
  const isGlobal = keys.length === 0 && (setIndexes === undefined ? spec.groupType === "group_by" && spec.grouping.length === 0 : expansion === undefined);
  const builder = new Groups(analyzer, input, keys, keySources.map((source, i) => outputName(plain, source, keys[i]!)), expansion, isGlobal);

  // `window` names the window that the query groups by.
  const windowKey: NameSource = parts => {
    const name = parts[0]!.toLowerCase();
    const key = keys.find(e => e.kind === "time_window" && name === "window" || e.kind === "session_window" && name === "session_window");
    return key === undefined ? undefined : { expression: key, used: 1 };
  };
  const grouping = expansion?.functions(builder) ?? (sets === undefined ? undefined : NO_KEYS);
  const options = { ...(grouping !== undefined && { grouping }), afterwards: [windowKey] };
  const selected = selectItems(analyzer, input, written, env, options);
  if (spec.pipe === "AGGREGATE") {
    const plainItem = selected.items.slice(spec.grouping.length).find(item => !hasAggregate(item.expression));
    if (plainItem !== undefined) {
      const expr = displayName(selected.resolver, plainItem.source);
      throw fail("PIPE_OPERATOR_AGGREGATE_EXPRESSION_CONTAINS_NO_AGGREGATE_FUNCTION", "0A000", `Non-grouping expression ${expr} is provided as an argument to the |> AGGREGATE pipe operator but does not contain any aggregate function; please update it to include an aggregate function and then retry the query again.`, { expr }, plainItem.source.origin);
    }
  }
  builder.select(selected.items, selected.resolver, selected.lateral);
  for (const key of keys) {
    if (key.kind !== "subquery" || key.form !== "scalar" || outerReferences(key).length === 0 || selected.items.some(item => someExpression(item.expression, e => semanticKey(e) === semanticKey(key)))) continue;
    throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY", "0A000", "Unsupported subquery expression: Correlated scalar subqueries must be aggregated to return at most one row.", {}, key.origin, "put it into the select list as well");
  }
  if (spec.having !== undefined) builder.having(spec.having, env, grouping, windowKey);
  return builder.build(origin);
}

/** What a GROUP BY item stands for, and the expression that names it. */
function groupKey(analyzer: Analyzer, resolver: Resolver, input: Scope, source: Expression, written: readonly Expression[], env: Env): { readonly expression: ResolvedExpression; readonly named: Expression } {
  const { settings } = analyzer.context;
  let from = source;
  if (source.kind === "literal" && source.type.kind === "int" && isOn(settings, "spark.sql.groupByOrdinal", true)) {
    const index = source.value as number, item = written[index - 1];
    if (item === undefined) {
      throw fail("GROUP_BY_POS_OUT_OF_RANGE", "42805", `GROUP BY position ${index} is not in select list (valid range is [1, ${written.length}]).`, { index: String(index), size: String(written.length) }, source.origin);
    }
    from = item;
    const expression = selectExpression(analyzer, input, item, written, env);
    if (hasAggregate(expression)) {
      const text = displayName(resolver, item.kind === "alias" ? item.child : item), aggExpr = `${text} AS ${quoteIdentifiers([outputName(resolver, item, expression)])}`;
      throw fail("GROUP_BY_POS_AGGREGATE", "42903", `GROUP BY ${index} refers to an expression ${aggExpr} that contains an aggregate function. Aggregate functions are not allowed in GROUP BY.`, { index: String(index), aggExpr }, source.origin);
    }
    return { expression, named: from };
  }
  const aliases: NameSource = parts => {
    if (!isOn(settings, "spark.sql.groupByAliases", true)) return undefined;
    const item = written.find(e => e.kind === "alias" && resolver.same(e.names[0]!, parts[0]!));
    if (item === undefined) return undefined;
    from = item;
    return { expression: selectExpression(analyzer, input, item, written, env), used: 1 };
  };
  const expression = analyzer.resolver(input, env, { afterwards: [aliases] }).resolve(source);
  if (hasAggregate(expression)) {
    const sqlExpr = displayName(resolver, from.kind === "alias" ? from.child : from);
    throw fail("GROUP_BY_AGGREGATE", "42903", `Aggregate functions are not allowed in GROUP BY, but found ${sqlExpr}.`, { sqlExpr }, source.origin);
  }
  if (hasWindow(expression)) {
    const text = quoteSql(displayName(resolver, from));
    throw fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", `A query operator contains one or more unsupported expressions. Invalid expressions: [${text}].`, { invalidExprSqls: text, operator: "Aggregate" }, source.origin, "compute the window function in a subquery first");
  }
  if (containsMap(expression)) {
    const sqlExpr = quoteSql(displayName(resolver, source));
    throw fail("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "42822", `The expression ${sqlExpr} cannot be used as a grouping expression because its data type is not an orderable data type.`, { sqlExpr, dataType: quoteSql("") }, source.origin);
  }
  return { expression, named: from };
}

const containsMap = (e: ResolvedExpression): boolean => e.type.kind === "variant";

/** A select item on its own, the aliases before it at hand. */
function selectExpression(analyzer: Analyzer, input: Scope, item: Expression, written: readonly Expression[], env: Env): ResolvedExpression {
  const upTo = written.slice(0, written.indexOf(item) + 1);
  const { items } = selectItems(analyzer, input, upTo, env, { grouping: NO_GROUPING });
  const byId = new Map(items.map(i => [i.attribute.id, i.expression] as const));
  const inline = (e: ResolvedExpression): ResolvedExpression => {
    const lateral = e.kind === "attribute" ? byId.get(e.id) : undefined;
    return lateral !== undefined && lateral !== e && !(lateral.kind === "attribute" && lateral.id === (e as Attribute).id) ? inline(lateral) : mapChildren(e, inline);
  };
  return inline(items[items.length - 1]!.expression);
}
const NO_GROUPING: GroupingFunctions = {
  grouping: (args, origin) => literalOf(0, TINYINT, origin),
  groupingId: (args, origin) => literalOf(0n, BIGINT, origin),
};

/** Collects keys and aggregates, and builds the plan; what is asked for later is added and the plan built anew. */
export class Groups {
  readonly #analyzer: Analyzer;
  readonly #input: Analysed;
  readonly #keys: readonly NamedExpression[];
  readonly #byKey = new Map<string, Attribute>();
  readonly #calls = new Map<string, { readonly call: AggregateCall; readonly attribute: Attribute }>();
  readonly #expansion: Expansion | undefined;
  readonly #global: boolean;
  #items: readonly Item[] = [];
  #written: readonly Item[] = [];
  #resolver!: Resolver;
  #lateral: ReadonlySet<number> = new Set();
  #condition: ResolvedExpression | undefined;
  #inHaving = false;
  /** How names were written, by what they mean: while HAVING or ORDER BY is looked at, where a column that isn't grouped is unknown. */
  #above: WrittenNames | undefined;
  /** Whether HAVING computes what the select list doesn't: then ORDER BY sees the list and plain keys only. */
  #isClosed = false;

  constructor(analyzer: Analyzer, input: Analysed, keys: readonly ResolvedExpression[], names: readonly string[], expansion: Expansion | undefined, global: boolean) {
    this.#analyzer = analyzer;
    this.#input = input;
    this.#expansion = expansion;
    this.#global = global;
    this.#keys = expansion === undefined
      ? keys.map((expression, i) => expression.kind === "attribute" ? { expression, attribute: expression } : nameExpression(expression, names[i]!))
      : expansion.keys;
    keys.forEach((expression, i) => this.#byKey.set(semanticKey(expression), this.#keys[i]!.attribute));
  }

  select(items: readonly Item[], resolver: Resolver, lateral: ReadonlySet<number>): void {
    this.#resolver = resolver;
    this.#lateral = lateral;
    this.#written = items;
    this.#items = items.map(item => {
      const expression = this.overGroups(item.expression);
      // A key taken as it is keeps the key's attribute, so that it can be referred to by its old name.
      if (item.source.kind !== "alias" && expression.kind === "attribute" && item.expression.kind === "attribute") return { ...item, expression, attribute: { ...expression, name: item.attribute.name } };
      return { ...item, expression, attribute: { ...item.attribute, nullable: expression.kind === "generator_call" ? item.attribute.nullable : expression.nullable, ...(expression.kind === "attribute" && expression.watermarkDelayMicros !== undefined && { watermarkDelayMicros: expression.watermarkDelayMicros }) } };
    });
  }

  /** HAVING: names mean the select list's columns first, inside aggregates the input's. */
  having(condition: Expression, env: Env, grouping: GroupingFunctions | undefined, windowKey: NameSource): void {
    const input = this.#input, { same } = this.#resolver;
    const output: NameSource = parts => {
      const item = this.#written.find(i => i.source.kind === "alias" && same(i.attribute.name, parts[0]!));
      return item === undefined ? undefined : { expression: item.expression, used: 1 };
    };
    const written = new Map<number, readonly string[]>(), below = noting(scopeSource(input, same), written);
    const keyOnly: NameSource = (parts, origin) => {
      const found = below(parts, origin, false);
      return found !== undefined && this.#byKey.has(semanticKey(found.expression)) ? found : undefined;
    };
    const partOfKey: NameSource = (parts, origin) => {
      const found = below(parts, origin, false);
      if (found === undefined) return undefined;
      const id = (found.expression as Attribute).id;
      return this.#keys.some(key => someExpression(key.expression, e => e.kind === "attribute" && e.id === id)) ? found : undefined;
    };
    const sources: readonly NameSource[] = [
      (parts, origin, inAggregate) => inAggregate ? below(parts, origin, false) ?? output(parts, origin, false) : output(parts, origin, false) ?? keyOnly(parts, origin, false) ?? partOfKey(parts, origin, false),
      windowKey,
    ];
    const visible: Scope = { visible: this.#items.map(item => item.attribute), hidden: input.visible.filter(a => this.#byKey.has(semanticKey(a))), frames: input.frames };
    const resolver = this.#analyzer.resolver({ ...visible, frames: input.frames }, env, { sources, ...(grouping !== undefined && { grouping }) });
    const places = env.outer?.places, resolve = (): ResolvedExpression => {
      const resolved = resolver.resolve(condition);
      return resolved.type.kind === "boolean" ? resolved : resolver.resolve({ kind: "cast", child: condition, to: BOOLEAN, evalMode: "default", origin: condition.origin });
    };
    const resolved = places === undefined ? resolve() : places.having(resolve);
    if (hasWindow(resolved)) throw fail("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "42601", "It is not allowed to use window functions inside HAVING clause.", { clauseName: "HAVING" }, condition.origin, "filter on a window function with QUALIFY");
    this.#inHaving = true;
    const over = this.#asWritten(written, () => this.overGroups(resolved));
    this.#inHaving = false;
    this.#condition = over;
    this.#isClosed = this.#expansion === undefined && this.#needsMore(over);
  }

  #asWritten<T>(names: WrittenNames, work: () => T): T {
    this.#above = names;
    try { return work(); } finally { this.#above = undefined; }
  }

  /** Whether a condition over keys and aggregates uses one that is no item of the select list. */
  #needsMore(condition: ResolvedExpression): boolean {
    const listed = new Set(this.#items.map(item => semanticKey(item.expression))), ids = new Set([...this.#allKeys().map(k => k.attribute.id), ...[...this.#calls.values()].map(c => c.attribute.id)]);
    const visit = (e: ResolvedExpression): boolean => !listed.has(semanticKey(e)) && (e.kind === "attribute" ? ids.has(e.id) : childrenOf(e).some(visit));
    return visit(condition);
  }

  /** An expression over the input as one over keys and aggregates. */
  overGroups(expression: ResolvedExpression, known: ReadonlySet<number> = new Set()): ResolvedExpression {
    const key = this.#byKey.get(semanticKey(expression));
    if (key !== undefined) return key;
    switch (expression.kind) {
      case "aggregate_call": return this.#call(expression);
      case "attribute": {
        if (this.#lateral.has(expression.id) || known.has(expression.id) || this.#expansion?.owns(expression.id) === true || this.#isOuter(expression)) return expression;
        if (this.#above !== undefined) throw unresolvedColumn(this.#above.get(expression.id) ?? [expression.name], proposalsFor([expression.name], { visible: this.#items.map(item => item.attribute), hidden: [], frames: this.#input.frames }), expression.origin);
        if (this.#global) throw missingGroupBy(expression.origin);
        throw missingAggregation(expression.name, expression.origin);
      }
      case "window_call": {
        const inner = expression.function.kind === "aggregate_call" ? mapChildren(expression.function, e => this.overGroups(e, known)) as AggregateCall : expression.function;
        return Object.freeze({
          ...expression, function: inner, args: expression.args.map(e => this.overGroups(e, known)), partitionBy: expression.partitionBy.map(e => this.overGroups(e, known)),
          orderBy: expression.orderBy.map(order => ({ ...order, expression: this.overGroups(order.expression, known) })),
        });
      }
      case "scalar_call": {
        // Spark takes window_time() of a window from a query below only.
        if (expression.function.name === "window_time" && this.#byKey.has(semanticKey(expression.args[0]!)) && (expression.args[0]!.kind === "time_window" || expression.args[0]!.kind === "session_window")) throw missingAggregation("window_time(window)", expression.origin);
        return mapChildren(expression, e => this.overGroups(e, known));
      }
      case "subquery": {
        const used = outerReferences(expression);
        if (expression.form === "scalar" && used.length > 0 && !this.#inHaving) {
          const sqlExpr = quoteSql(`scalarsubquery(${used.map(a => a.name).join(", ")})`);
          throw fail("SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION", "0A000", `The correlated scalar subquery '${sqlExpr}' is neither present in GROUP BY, nor in an aggregate function.`, { sqlExpr }, expression.origin, "add it to GROUP BY, or wrap it in first()");
        }
        const values = expression.values.map(e => this.overGroups(e, known));
        return overOther(Object.freeze({ ...expression, values }), a => {
          const over = this.overGroups(a, known);
          if (over.kind !== "attribute") throw unsupported(`The computed column ${a.name} in a subquery of HAVING`, "compute it in a query below");
          return over;
        });
      }
      default: return mapChildren(expression, e => this.overGroups(e, known));
    }
  }

  #isOuter(attribute: Attribute): boolean {
    return !this.#input.plan.output.some(a => a.id === attribute.id) && !this.#input.visible.some(a => a.id === attribute.id);
  }

  #call(call: AggregateCall): Attribute {
    const key = semanticKey(call);
    let known = this.#calls.get(key);
    if (known === undefined) this.#calls.set(key, known = { call, attribute: makeAttribute(aggregateName(call), call.type, call.nullable) });
    return known.attribute;
  }

  build(origin: Origin | undefined): Analysed {
    const make = (extra: readonly Attribute[]): { readonly plan: ResolvedRelation; readonly visible: readonly Attribute[] } => {
      const input = this.#expansion?.plan ?? this.#input.plan;
      const aggregates = [...this.#calls.values()];
      let plan: ResolvedRelation = Object.freeze({
        kind: "aggregate", input, keys: this.#allKeys(), aggregates, output: [...this.#allKeys().map(k => k.attribute), ...aggregates.map(a => a.attribute)], isStreaming: input.isStreaming, origin,
      });
      if (this.#condition !== undefined) plan = rewriteConditions(this.#analyzer, plan, this.#condition, origin);
      return buildSelect(this.#analyzer, plan, this.#items, this.#resolver, this.#lateral, extra, origin);
    };
    const built = make([]), { frames } = this.#input;
    const visibleIds = new Set(built.visible.map(a => a.id));
    const isKey = (a: Attribute): boolean => this.#byKey.get(semanticKey(a))?.id === a.id;
    const below: Below = {
      scope: this.#isClosed ? { visible: this.#input.visible.filter(isKey), hidden: this.#input.hidden.filter(isKey), frames } : this.#input, aggregates: !this.#isClosed, owns: id => this.#expansion?.owns(id) === true,
      ...(this.#expansion !== undefined && { grouping: this.#expansion.functions(this) }),
      lift: (wanted, written = new Map()) => {
        const aggregate = this.#isClosed ? wanted.find(hasAggregate) : undefined;
        if (aggregate !== undefined) throw aggregateAbove(aggregate);
        const known = new Set([...visibleIds, ...this.#allKeys().map(k => k.attribute.id)]);
        const expressions = this.#asWritten(written, () => wanted.map(e => this.overGroups(e, known)));
        const grouped = new Set([...this.#allKeys().map(k => k.attribute.id), ...[...this.#calls.values()].map(c => c.attribute.id)]);
        const extra = new Map<number, Attribute>();
        for (const expression of expressions) someExpression(expression, e => {
          if (e.kind === "attribute" && !visibleIds.has(e.id) && grouped.has(e.id)) extra.set(e.id, e);
          return false;
        });
        const lifted = make([...extra.values()]);
        return { analysed: { ...lifted, hidden: [], frames }, expressions };
      },
    };
    return { ...built, hidden: [], frames, below };
  }

  #allKeys(): readonly NamedExpression[] { return this.#expansion?.allKeys ?? this.#keys; }
}

const missingAggregation = (text: string, origin: Origin | undefined): Error => fail("MISSING_AGGREGATION", "42803", `The non-aggregating expression "${text}" is based on columns which are not participating in the GROUP BY clause. Add the columns or the expression to the GROUP BY, aggregate the expression, or use "any_value(${text})" if you do not care which of the values within a group is returned.`,
  { expression: quoteSql(text), expressionAnyValue: quoteSql(`any_value(${text})`) }, origin);

const missingGroupBy = (origin: Origin | undefined): Error => fail("MISSING_GROUP_BY", "42803", "The query does not include a GROUP BY clause. Add GROUP BY or turn it into the window functions using OVER clauses.", {}, origin,
  "add GROUP BY with the columns that stand beside the aggregates, or put every column into an aggregate");

const aggregateAbove = (expression: ResolvedExpression): Error => fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", "The query operator Sort contains one or more unsupported expressions: an aggregate function above what HAVING left.", { operator: "Sort", invalidExprSqls: "" }, expression.origin,
  "put the aggregate function into the select list under a name and order by that");

const aggregateName = (call: AggregateCall): string => `${call.function.name}`;


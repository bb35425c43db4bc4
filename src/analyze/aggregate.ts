/**
 * GROUP BY: keys from expressions, ordinals, aliases or ALL; the aggregates of the select list, of HAVING and of ORDER BY
 * collected and computed once each; the select list rewritten over keys and aggregates.
 */
import { unsupported } from "../base/errors.ts";
import { sqlText } from "../functions/sql-text.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { Aggregate } from "../plan/relations.ts";
import type { AggregateCall, Attribute, NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { childrenOf, mapChildren, mapExpression, someExpression } from "../plan/walk.ts";
import { BOOLEAN } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { makeAttribute, nameExpression } from "./build.ts";
import { isOn } from "./context.ts";
import { fail, quoteSql } from "./errors.ts";
import { hasAggregate, hasGenerator, hasWindow, drawsByChance, type GroupingFunctions, type Resolver } from "./expressions.ts";
import { aliasInKey, groupKey, pipeAggregate, usesAlias } from "./group-keys.ts";
import { groupedRows, notGrouped, placeKey, placeOfName } from "./group-names.ts";
import { scopeSource, type NameSource } from "./name-lookup.ts";
import { expandGroups, groupingSetsOf, NO_KEYS, type Expansion } from "./grouping-sets.ts";
import { displayName, outputName } from "./names.ts";
import type { OuterGroups } from "./outer-aggregates.ts";
import type { Analysed, Below, Scope } from "./scope.ts";
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

export function groups(analyzer: Analyzer, input: Analysed, written: Spec, env: Env, origin: Origin | undefined): Analysed {
  return written.pipe === "AGGREGATE" ? overGroupsOf(analyzer, input, pipeAggregate(analyzer.context.settings, input, written), env, origin) : overGroupsOf(analyzer, input, written, env, origin);
}

function overGroupsOf(analyzer: Analyzer, input: Analysed, spec: Spec, env: Env, origin: Origin | undefined): Analysed {
  const sets = groupingSetsOf(spec);
  env.outer?.places?.isGrouped();
  if (isOn(analyzer.context.settings, "spark.sql.groupByOrdinal", true) && spec.aggregates.some(e => e.kind === "unresolved_star") && spec.grouping.some(e => e.kind === "literal" && e.type.kind === "int")) {
    throw fail("STAR_GROUP_BY_POS", "0A000", "Star (*) is not allowed in a select list when GROUP BY an ordinal position is used.", {}, origin, "write the columns");
  }
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
  // A column or an alias that is called so is meant before the word.
  const isAll = spec.groupType === "all" && !input.visible.some(a => analyzer.same(a.name, "all")) && !spec.aggregates.some(e => e.kind === "alias" && analyzer.same(e.names[0]!, "all"));
  if (isAll) groupingColumns(analyzer, input, written, env, origin).forEach(addKey);
  else spec.grouping.forEach(addKey);
  const setIndexes = sets?.map(set => set.map(addKey));
  if (keys.filter(key => key.kind === "time_window" || key.kind === "session_window").length > 1) {
    throw manyWindows(origin);
  }
  // A single set without keys is a global aggregate.
  const expansion = setIndexes === undefined || keys.length === 0 && setIndexes.length === 1 ? undefined : expandGroups(input.plan, keys, keySources.map((source, i) => outputName(plain, source, keys[i]!)), setIndexes);
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

/** GROUP BY ALL: the select items without aggregates. What stands beside an aggregate only can't say what the groups are. */
function groupingColumns(analyzer: Analyzer, input: Analysed, written: readonly Expression[], env: Env, origin: Origin | undefined): readonly Expression[] {
  const { items, lateral } = selectItems(analyzer, input, written, env);
  const found = items.filter(item => !hasAggregate(item.expression));
  if (found.some(item => usesAlias(item.expression, lateral))) throw aliasInKey(origin);
  if (found.length === 0 && items.some(item => hasColumn(item.expression, lateral))) {
    throw fail("UNRESOLVED_ALL_IN_GROUP_BY", "42803", "Cannot infer grouping columns for GROUP BY ALL based on the select clause. Please explicitly specify the grouping columns.", {}, origin);
  }
  return found.map(item => item.source);
}

/** Whether a column stands outside of the aggregates. */
function hasColumn(e: ResolvedExpression, lateral: ReadonlySet<number>): boolean {
  if (e.kind === "attribute" && !lateral.has(e.id) || e.kind === "subquery" && outerReferences(e).length > 0) return true;
  return e.kind !== "aggregate_call" && childrenOf(e).some(child => hasColumn(child, lateral));
}

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
  /** HAVING asks for what the select list hasn't, or that has window functions: then ORDER BY sees columns only, those of keys included. */
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
    this.#isClosed = this.#expansion === undefined && items.some(item => hasWindow(item.expression));
    this.#items = items.map(item => {
      const expression = this.overGroups(item.expression);
      // A key taken as it is keeps the key's attribute, so that it can be referred to by its old name.
      if (item.source.kind !== "alias" && expression.kind === "attribute" && item.expression.kind === "attribute") return { ...item, expression, attribute: { ...expression, name: item.attribute.name } };
      return { ...item, expression, attribute: { ...item.attribute, nullable: expression.kind === "generator_call" ? item.attribute.nullable : expression.nullable, ...(expression.kind === "attribute" && expression.watermarkDelayMicros !== undefined && { watermarkDelayMicros: expression.watermarkDelayMicros }) } };
    });
  }

  having(condition: Expression, env: Env, grouping: GroupingFunctions | undefined, windowKey: NameSource): void {
    const input = this.#input, { same, settings } = this.#resolver, rows = groupedRows(input, same, settings), noKeys = new Set<unknown>();
    const list: Scope = { visible: this.#items.map(item => item.attribute), hidden: [], frames: input.frames }, listed = scopeSource(list, same);
    const source: NameSource = (parts, origin, inAggregate) => {
      const below = noKeys.has(placeKey({ parts, origin })) ? undefined : rows(parts, origin, inAggregate);
      if (below !== undefined) return below;
      const found = listed(parts, origin, inAggregate), at = found === undefined ? -1 : this.#items.findIndex(item => item.attribute.id === (found.expression as Attribute).id);
      const expression = at < 0 ? undefined : this.#alone(this.#written[at]!.expression);
      return expression === undefined || hasWindow(expression) || hasGenerator(expression) ? undefined : { expression, used: found!.used };
    };
    const visible: Scope = { ...list, hidden: input.visible.filter(a => this.#byKey.has(semanticKey(a))) };
    const groups: OuterGroups = { rows: { visible: input.visible, hidden: input.hidden, frames: input.frames }, lift: call => this.#call(call) };
    const resolver = this.#analyzer.resolver(visible, env, { sources: [source, windowKey], groups, ...(grouping !== undefined && { grouping }) });
    const once = (): ResolvedExpression => {
      const resolved = resolver.resolve(condition);
      return resolved.type.kind === "boolean" ? resolved : resolver.resolve({ kind: "cast", child: condition, to: BOOLEAN, evalMode: "default", origin: condition.origin });
    };
    const resolve = (): ResolvedExpression => {
      for (;;) {
        const resolved = once(), astray = this.#noKeys(resolved).map(placeKey).filter(place => !noKeys.has(place));
        if (astray.length === 0) return resolved;
        astray.forEach(place => noKeys.add(place));
      }
    };
    const places = env.outer?.places, resolved = places === undefined ? resolve() : places.having(resolve);
    if (hasWindow(resolved)) throw fail("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "42601", "It is not allowed to use window functions inside HAVING clause.", { clauseName: "HAVING" }, condition.origin, "filter on a window function with QUALIFY");
    this.#inHaving = true;
    this.#condition = this.overGroups(resolved);
    this.#inHaving = false;
    const items = new Set(this.#written.map(item => semanticKey(this.#alone(item.expression))));
    const asks = (e: ResolvedExpression): boolean => !items.has(semanticKey(e)) && (e.kind === "aggregate_call" || this.#byKey.has(semanticKey(e)) || childrenOf(e).some(asks));
    this.#isClosed ||= this.#expansion === undefined && asks(resolved);
  }

  /** A select item's value without the aliases before it. */
  #alone(expression: ResolvedExpression): ResolvedExpression {
    if (this.#lateral.size === 0) return expression;
    return mapExpression(expression, e => {
      const item = e.kind === "attribute" && this.#lateral.has(e.id) ? this.#written.find(i => i.attribute.id === e.id && i.expression !== e) : undefined;
      return item === undefined ? e : this.#alone(item.expression);
    });
  }

  /** Names that were taken for columns of the rows, but are neither keys nor inside an aggregate. */
  #noKeys(expression: ResolvedExpression): readonly NonNullable<ReturnType<typeof placeOfName>>[] {
    if (this.#byKey.has(semanticKey(expression)) || expression.kind === "aggregate_call") return [];
    const place = expression.kind === "attribute" ? placeOfName(expression) : undefined;
    return place === undefined ? childrenOf(expression).flatMap(e => this.#noKeys(e)) : [place];
  }

  /** An expression over the input as one over keys and aggregates. */
  overGroups(expression: ResolvedExpression, known: ReadonlySet<number> = new Set()): ResolvedExpression {
    const key = this.#byKey.get(semanticKey(expression));
    if (key !== undefined) return key;
    switch (expression.kind) {
      case "aggregate_call": return this.#call(expression);
      case "attribute": {
        if (this.#lateral.has(expression.id) || known.has(expression.id) || this.#expansion?.owns(expression.id) === true || this.#isOuter(expression)) return expression;
        const unknown = notGrouped(expression, { visible: this.#items.map(item => item.attribute), hidden: [], frames: this.#input.frames });
        if (unknown !== undefined) throw unknown;
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
    if (call.args.some(drawsByChance)) {
      const sqlExpr = quoteSql(sqlText(call));
      throw fail("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION", "42845", `Non-deterministic expression ${sqlExpr} should not appear in the arguments of an aggregate function.`, { sqlExpr }, call.origin, "compute it in a query below");
    }
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
    // Window functions stand between the groups and an ORDER BY, which sees columns alone.
    const isClosed = this.#isClosed || this.#expansion === undefined && this.#items.some(item => hasWindow(item.expression));
    const keyColumns = (): Scope => ({ visible: this.#input.visible.filter(a => this.#byKey.has(semanticKey(a))), hidden: [], frames });
    const below: Below = {
      scope: isClosed ? keyColumns() : this.#input, aggregates: !isClosed, owns: id => this.#expansion?.owns(id) === true,
      ...(this.#expansion !== undefined && { grouping: this.#expansion.functions(this) }),
      lift: wanted => {
        if (isClosed && wanted.some(hasAggregate)) return { analysed: { ...built, hidden: [], frames }, expressions: wanted };
        const known = new Set([...visibleIds, ...this.#allKeys().map(k => k.attribute.id)]);
        const expressions = wanted.map(e => this.overGroups(e, known));
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

const aggregateName = (call: AggregateCall): string => `${call.function.name}`;


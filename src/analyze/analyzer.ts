/** From the plan as written to the plan as meant: one case a kind of relation; the larger ones are in files of their own. */
import { unsupported } from "../base/errors.ts";
import type { Expression, Origin, WindowExpression } from "../plan/expressions.ts";
import type { SqlSettings } from "../plan/function.ts";
import { AUTO_ALIAS, type ReadDataSource, type ReadNamedTable, type Relation } from "../plan/relations.ts";
import type { Attribute, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { BIGINT, struct, type StructType } from "../types/data-type.ts";
import { groups } from "./aggregate.ts";
import { nearestJoin } from "./nearest-joins.ts";
import { asOfJoin } from "./as-of-joins.ts";
import { collectMetrics } from "./collect-metrics.ts";
import { filter } from "./conditions.ts";
import { columnOf, padScan } from "./char-columns.ts";
import { changeAttribute, makeAttribute, passThrough, projectTo } from "./build.ts";
import type { AnalyzerContext, TableLike, ViewDefinition } from "./context.ts";
import { fail, quoteParts, quoteSql, tableNotFound } from "./errors.ts";
import { hasAggregate, refuseTimes, Resolver, type ResolverOptions } from "./expressions.ts";
import { sameName, scopeSource, type NameSource, type OuterScope } from "./name-lookup.ts";
import { collate, hasCollation } from "./collations.ts";
import { groupedRows, tolerant } from "./group-names.ts";
import { groupMap } from "./group-map.ts";
import { hintedNames } from "./hints.ts";
import { inlineTable } from "./inline-table.ts";
import { timeTravel } from "./time-travel.ts";
import { join } from "./joins.ts";
import { aliasesMismatch, lateralView, tableFunction } from "./lateral-views.ts";
import { limit, offset, tail } from "./limits.ts";
import { naStat } from "./na-stat.ts";
import { sort } from "./order-by.ts";
import { partitionedCall } from "./partitioned-call.ts";
import { pivot, unpivot } from "./pivot.ts";
import { qualify, withWindows } from "./qualify.ts";
import { recursiveCte } from "./recursion.ts";
import { renamed, reshape } from "./reshape.ts";
import { analysed, findAttribute, settle, through, withFrame, type Analysed, type Below, type SameName, type Scope } from "./scope.ts";
import { project } from "./select.ts";
import { distinct, setOperation } from "./set-operations.ts";
import { joinRemaining, subqueryExpression } from "./subqueries.ts";
import { unknownFunctionsFirst } from "./unknown-functions.ts";
import { valueMap } from "./value-map.ts";
import { viewColumns } from "./view-columns.ts";
import { watermark } from "./watermark.ts";

/** A WITH definition and where it was made. */
export interface CteDefinition { readonly plan: Relation; readonly columnNames: readonly string[] | undefined; readonly env: () => Env; readonly analysed?: () => Analysed }

/** What holds around a relation. */
export interface Env {
  readonly ctes: ReadonlyMap<string, CteDefinition>;
  readonly windows: Readonly<Record<string, WindowExpression>> | undefined;
  readonly outer: OuterScope | undefined;
  /** Names of views that are being looked into, to see a view of itself. */
  readonly views: readonly string[];
  /** The output may be TIME without the setting: the query is of a view. */
  readonly holdsTimes?: boolean;
  /** Relations that a hint calls small. */
  readonly small: ReadonlySet<string>;
}

/** Resolves names, types and functions of a whole plan. Throws AnalysisError at the first thing that doesn't hold. */
export function analyze(relation: Relation, context: AnalyzerContext, env: Partial<Env> = {}): ResolvedRelation {
  // TIMEs that are written may be computed with whatever the setting says, but not be a result.
  let time: Origin | undefined;
  const analyzer = new Analyzer({ ...context, onTimeLiteral: origin => { time ??= origin; } });
  analyzer.lookFor(relation);
  const plan = unknownFunctionsFirst(relation, context, () => joinRemaining(analyzer, settle(analyzer.relation(relation, { ...analyzer.rootEnv, ...env }))));
  if (time !== undefined && env.holdsTimes !== true) for (const { type } of plan.output) refuseTimes(type, context.settings, time);
  return hasCollation(plan) ? collate(plan, context.lookupFunction, context.settings) : plan;
}

export class Analyzer {
  readonly context: AnalyzerContext;
  readonly same: SameName;
  readonly rootEnv: Env = { ctes: new Map(), windows: undefined, outer: undefined, views: [], small: new Set() };

  /** Names of hidden columns that the query or one of its views writes somewhere. */
  readonly #mentioned: Set<string>;

  /** Hidden columns are only put out where their name stands somewhere: other plans stay as they are. */
  lookFor(relation: Relation): void {
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      if (Array.isArray(node)) return node.forEach(visit);
      const prototype: unknown = Object.getPrototypeOf(node);
      if (prototype !== Object.prototype && prototype !== null) return;
      const { kind, nameParts, target } = node as { readonly kind?: unknown; readonly nameParts?: unknown; readonly target?: unknown };
      if (kind === "local_relation" || kind === "literal") return;
      for (const part of [nameParts, target].flat()) if (typeof part === "string" && part.toLowerCase() === "_metadata") this.#mentioned.add("_metadata");
      for (const [key, value] of Object.entries(node)) if (key !== "origin" && key !== "source") visit(value);
    };
    visit(relation);
  }

  constructor(context: AnalyzerContext, mentioned = new Set<string>()) {
    this.#mentioned = mentioned;
    this.context = context;
    this.same = sameName(context);
  }

  /** The same analysis under other settings. */
  withSettings(settings: SqlSettings): Analyzer { return settings === this.context.settings ? this : new Analyzer({ ...this.context, settings }, this.#mentioned); }

  resolver(scope: Scope, env: Env, options: Partial<ResolverOptions> = {}): Resolver {
    return new Resolver(this.context, scope, {
      windows: env.windows, outer: env.outer, ...options,
      subquery: (subquery, resolver) => subqueryExpression(this, subquery, resolver, env),
      routineSubquery: (subquery, resolver) => subqueryExpression(this, subquery, resolver, this.rootEnv),
    });
  }

  relation(relation: Relation, env: Env): Analysed {
    const places = env.outer?.places, made = (): Analysed => this.#relation(relation, env);
    return withFrame(places === undefined ? made() : places.inside(relation, made), relation.planId);
  }

  #relation(relation: Relation, env: Env): Analysed {
    const { origin } = relation;
    switch (relation.kind) {
      case "read_named_table": return this.#named(relation, env);
      case "read_data_source": return this.#source(relation);
      case "local_relation": return analysed(Object.freeze({ kind: "local_rows", rows: relation.rows, output: attributesOf(relation.schema, []), isStreaming: false, origin }));
      case "inline_table": return inlineTable(this, relation, env);
      case "one_row": return analysed(Object.freeze({ kind: "local_rows", rows: [[]], output: [], isStreaming: false, origin }));
      case "range": return analysed(Object.freeze({ kind: "range", start: relation.start, end: relation.end, step: relation.step, output: [makeAttribute("id", BIGINT, false)], isStreaming: false, origin }));
      case "project": {
        return project(this, this.relation(relation.input, relation.pipe === undefined ? env : { ...env, windows: undefined }), relation.expressions, env, origin, relation.pipe);
      }
      case "filter": return filter(this, sealed(this.relation(relation.input, env), relation), relation.condition, env, origin);
      case "join": return join(this, relation, env);
      case "as_of_join": return asOfJoin(this, relation, env);
      case "nearest_join": return nearestJoin(this, relation, env);
      case "set_operation": return setOperation(this, relation, env);
      case "sort": return sort(this, sealed(this.relation(relation.input, env), relation), relation, env);
      case "limit": return limit(this, relation, env);
      case "offset": return offset(this, relation, env);
      case "tail": return tail(this, relation, env);
      case "aggregate": return groups(this, this.relation(relation.input, env), relation, env, origin);
      case "deduplicate": {
        const input = this.relation(relation.input, env);
        if (relation.isDistinct === true) return { ...analysed(distinct(settle(input), origin)), frames: input.frames };
        const plan = settle(input);
        const keys = relation.columnNames === undefined ? plan.output : relation.columnNames.flatMap(name => this.columnsNamed(plan, name, origin));
        return { ...analysed(Object.freeze({ kind: "deduplicate", input: plan, keys, withinWatermark: relation.withinWatermark, output: plan.output, isStreaming: plan.isStreaming, origin })), frames: input.frames };
      }
      case "subquery_alias": {
        const input = this.relation(relation.input, env), count = relation.columnNames?.length ?? 0;
        if (relation.input.kind === "table_function" && count > 0 && count !== input.visible.length) throw aliasesMismatch(relation.input.name, count, input.visible.length, origin);
        return this.#alias(input, relation.alias, relation.columnNames, origin);
      }
      case "to_df": {
        const input = this.relation(relation.input, env), plan = settle(input);
        return { ...analysed(renamed(plan, relation.columnNames, origin)), frames: input.frames };
      }
      case "with_columns": case "with_columns_renamed": case "drop": case "to_schema": return reshape(this, relation, env);
      case "with_watermark": return watermark(this, relation, env);
      case "sample": {
        const input = this.relation(relation.input, env);
        return through(input, plan => Object.freeze({
          kind: "sample", input: plan, lowerBound: relation.lowerBound, upperBound: relation.upperBound, withReplacement: relation.withReplacement, seed: relation.seed ?? 0n,
          output: plan.output, isStreaming: plan.isStreaming, origin,
        }));
      }
      case "hint": {
        const names = hintedNames(relation);
        return this.relation(relation.input, names.length === 0 ? env : { ...env, small: new Set([...env.small, ...names]) });
      }
      // Partitioning changes no row; the engine chooses for itself.
      case "repartition": {
        const input = sealed(this.relation(relation.input, env), relation);
        if (relation.expressions.length === 0) return input;
        return this.resolveOver(input, relation.expressions, env).analysed;
      }
      case "pivot": return pivot(this, relation, env);
      case "unpivot": return unpivot(this, relation, env);
      case "lateral_view": return lateralView(this, relation, env);
      case "table_function": return tableFunction(this, relation, env);
      case "partitioned_call": return partitionedCall(this, relation, env);
      case "group_map": return groupMap(this, relation, env);
      case "na_fill": case "na_drop": case "na_replace": case "stat_summary": return naStat(this, relation, env);
      case "collect_metrics": return collectMetrics(this, relation, env);
      case "value_map": return valueMap(this, relation, env);
      case "with_cte": return this.#with(relation, env);
      case "with_windows": return withWindows(this, relation, env);
      case "qualify": return qualify(this, relation, env);
    }
  }

  /** A table, a view or a WITH definition by name. */
  #named(relation: ReadNamedTable, env: Env): Analysed {
    const { nameParts, origin } = relation, last = nameParts[nameParts.length - 1]!;
    const cte = nameParts.length === 1 ? env.ctes.get(last.toLowerCase()) : undefined;
    if (cte !== undefined) {
      const inner = cte.analysed?.() ?? this.relation(cte.plan, cte.env());
      return this.#alias(inner, last, cte.columnNames, origin, "cte");
    }
    const entry = this.context.catalog.lookupTable(nameParts, relation.isStreaming, relation.home);
    if (entry === undefined) {
      if (nameParts.length > 2 && nameParts[0]!.toLowerCase() !== "spark_catalog") {
        throw fail("REQUIRES_SINGLE_PART_NAMESPACE", "42K05", `spark_catalog requires a single-part namespace, but got identifier ${quoteParts(nameParts)}.`, { sessionCatalog: "spark_catalog", identifier: quoteParts(nameParts) }, origin);
      }
      throw tableNotFound(nameParts, this.context.catalog.names(), origin);
    }
    if (relation.asOf !== undefined) throw timeTravel(this, relation, relation.asOf, env);
    if (entry.kind === "table") return this.scan(entry.table, [last], origin);
    const key = quoteParts(entry.name ?? nameParts), known = env.views.findIndex(view => view.toLowerCase() === key.toLowerCase());
    if (known >= 0) {
      const newPath = [...env.views.slice(known), key].join(" -> "), viewIdent = env.views[0]!;
      throw fail("RECURSIVE_VIEW", "42K0H", `Recursive view ${viewIdent} detected (cycle: ${newPath}).`, { viewIdent, newPath }, origin);
    }
    // A view knows nothing of the query around it, and has the settings of its own time.
    const analyzer = entry.settings === undefined ? this : this.withSettings(entry.settings);
    this.lookFor(entry.plan);
    const inner = analyzer.relation(entry.plan, { ...this.rootEnv, views: [...env.views, key] });
    return this.#alias(entry.definition === undefined ? inner : this.#fitted(inner, entry.definition, origin), last, undefined, origin, "alias", entry.qualifier);
  }

  #fitted(input: Analysed, definition: ViewDefinition, origin: Origin | undefined): Analysed {
    const plan = settle(input), fitted = viewColumns(plan, definition, this.context, this.same, origin);
    return fitted === plan ? input : { ...analysed(fitted), frames: input.frames };
  }

  #source(relation: ReadDataSource): Analysed {
    return this.scan(this.context.resolveDataSource(relation), [], relation.origin);
  }

  /** A scan of a table, all its columns. */
  scan(table: TableLike, qualifier: readonly string[], origin: Origin | undefined): Analysed {
    const visible = attributesOf(table.schema, qualifier), hidden = attributesOf(struct((table.hiddenColumns ?? []).filter(({ name }) => this.#mentioned.has(name.toLowerCase()))), qualifier);
    const plan: ResolvedRelation = Object.freeze({ kind: "scan", table, description: table.description, pushedFilters: [], output: hidden.length === 0 ? visible : [...visible, ...hidden], isStreaming: table.isStreaming, origin });
    const padded = padScan(plan, this.context.settings);
    return hidden.length === 0 ? analysed(padded) : { ...analysed(padded), visible: padded.output.slice(0, visible.length), hidden };
  }

  #alias(input: Analysed, alias: string, columnNames: readonly string[] | undefined, origin: Origin | undefined, what: "cte" | "alias" = "alias", names: readonly string[] = [alias]): Analysed {
    const hiddenHere = input.hidden.filter(attribute => this.#mentioned.has(attribute.name.toLowerCase()) && columnNames === undefined);
    let plan = hiddenHere.length > 0 ? projectTo(input.plan, [...input.visible, ...hiddenHere].map(passThrough)) : settle(input);
    if (columnNames !== undefined && columnNames.length > 0) {
      if (columnNames.length !== plan.output.length) {
        throw fail("ASSIGNMENT_ARITY_MISMATCH", "42802", `The number of columns or variables assigned or aliased: ${columnNames.length} does not match the number of source expressions: ${plan.output.length}.`,
          { numExpr: String(columnNames.length), numTarget: String(plan.output.length) }, origin, what === "cte" ? "the WITH definition names another number of columns than its query has" : undefined);
      }
      plan = renamed(plan, columnNames, origin);
    }
    const qualifier = alias === AUTO_ALIAS ? [] : names;
    const output = plan.output.map(attribute => changeAttribute(attribute, { qualifier }));
    const aliased: ResolvedRelation = Object.freeze({ kind: "subquery_alias", input: plan, alias, output, isStreaming: plan.isStreaming, origin });
    const shown = output.length - hiddenHere.length;
    return { plan: aliased, visible: hiddenHere.length === 0 ? output : output.slice(0, shown), hidden: output.slice(shown), frames: input.frames };
  }

  /**
   * Expressions over a relation, or over what lies below its select list: then the relation puts out more. `lenient`: an ambiguous name,
   * or one without the fields behind it, is a name that nobody knows.
   */
  resolveOver(input: Analysed, expressions: readonly Expression[], env: Env, lenient = false): { readonly analysed: Analysed; readonly expressions: readonly ResolvedExpression[]; readonly resolver: Resolver } {
    const { below } = input, { settings } = this.context, above = scopeSource(input, this.same);
    // Of a select list whose columns share a name, none is meant, nor one without the fields: the name is looked for among the rows below.
    const sources: NameSource[] = [below === undefined && !lenient ? above : tolerant(above, this.same, settings)];
    const afterwards: NameSource[] = [];
    if (below !== undefined) {
      const under = below.aggregates ? groupedRows(below.scope, this.same, settings) : lenient ? tolerant(scopeSource(below.scope, this.same), this.same, settings) : scopeSource(below.scope, this.same);
      // An aggregate's arguments are columns of the rows that are grouped.
      if (below.aggregates) sources.unshift((parts, origin, inAggregate) => inAggregate ? under(parts, origin, false) : undefined);
      afterwards.push((parts, origin) => under(parts, origin, false));
    }
    const grouping = below?.grouping !== undefined ? { grouping: below.grouping } : {}, resolver = this.resolver(input, env, { sources, afterwards, ...grouping });
    const resolved = resolver.resolveAll(expressions, lenient && below !== undefined ? e => this.resolver(input, env, { sources: afterwards, ...grouping }).resolve(e) : undefined);
    const known = new Set(input.plan.output.map(a => a.id));
    const outside = below !== undefined && resolved.some(e => needsBelow(e, known, below));
    if (!outside || below === undefined) return { analysed: input, expressions: resolved, resolver };
    return { ...below.lift(resolved), resolver };
  }

  #with(relation: Extract<Relation, { kind: "with_cte" }>, env: Env): Analysed {
    const ctes = new Map(env.ctes);
    let inner: Env = env;
    this.#checkPrecedence(relation, env);
    for (const definition of relation.definitions) {
      if (definition.plan.kind === "with_cte") this.refuseSameNames(definition.plan, inner);
      const outside = inner, key = definition.name.toLowerCase();
      const cte: CteDefinition = relation.recursive
        ? recursiveCte(this, definition, outside)
        : { plan: definition.plan, columnNames: definition.columnNames, env: () => ({ ...outside, windows: undefined }) };
      ctes.set(key, cte);
      inner = { ...env, ctes: new Map(ctes) };
    }
    // A definition is checked although nothing may use it.
    for (const definition of relation.definitions) {
      const cte = ctes.get(definition.name.toLowerCase())!;
      if (cte.analysed !== undefined) cte.analysed();
      else this.#alias(this.relation(cte.plan, withoutPlaces(cte.env())), definition.name, cte.columnNames, relation.origin, "cte");
    }
    return this.relation(relation.input, inner);
  }

  #precedence(): string { return this.context.settings.conf.get("spark.sql.legacy.ctePrecedencePolicy")?.toUpperCase() ?? "CORRECTED"; }

  /** Inside another WITH the nearest definition of a name is meant; the older ways of Spark are not followed. */
  #checkPrecedence(relation: Extract<Relation, { kind: "with_cte" }>, env: Env): void {
    if (relation.definitions.some(definition => env.ctes.has(definition.name.toLowerCase())) && this.#precedence() === "LEGACY") throw unsupported("WITH inside of WITH under spark.sql.legacy.ctePrecedencePolicy = LEGACY", "set it to CORRECTED");
  }

  /** Where a query begins with WITH, the policy EXCEPTION refuses names that the query around it defines. */
  refuseSameNames(relation: Relation, env: Env): void {
    const same = relation.kind === "with_cte" && this.#precedence() === "EXCEPTION" ? relation.definitions.find(definition => env.ctes.has(definition.name.toLowerCase())) : undefined;
    if (same === undefined) return;
    const name = quoteParts([same.name]);
    throw fail("AMBIGUOUS_ALIAS_IN_NESTED_CTE", "42KD0", `Name ${name} is ambiguous in nested CTE. Please set "spark.sql.legacy.ctePrecedencePolicy" to "CORRECTED" so that name defined in inner CTE takes precedence.`, { name, config: quoteSql("spark.sql.legacy.ctePrecedencePolicy") }, relation.origin);
  }

  /** All columns of a name, for operators that take names. */
  columnsNamed(plan: ResolvedRelation, name: string, origin: Origin | undefined): readonly Attribute[] {
    const found = plan.output.filter(attribute => this.same(attribute.name, name));
    if (found.length > 0) return found;
    const proposal = plan.output.map(a => `\`${a.name}\``).join(", ");
    throw fail("UNRESOLVED_COLUMN_AMONG_FIELD_NAMES", "42703", `Cannot resolve column name "${name}" among (${plan.output.map(a => a.name).join(", ")}).`, { colName: quoteSql(name), fieldNames: proposal }, origin);
  }

  /** A name's attribute in a scope, or undefined. */
  find(scope: Scope, parts: readonly string[], origin: Origin | undefined): Attribute | undefined {
    const match = findAttribute(parts, scope.visible, this.same, origin) ?? findAttribute(parts, scope.hidden, this.same, origin);
    return match !== undefined && match.used === parts.length ? match.attribute : undefined;
  }
}

/** Behind `|>` a clause sees what stands in front of it, and nothing below. */
const sealed = (input: Analysed, { pipe = false }: { readonly pipe?: boolean }): Analysed => pipe ? { plan: input.plan, visible: input.visible, hidden: input.hidden, frames: input.frames } : input;

/** To look at a relation once more: what it uses of the outer row is counted where it is used. */
const withoutPlaces = (env: Env): Env => env.outer?.places === undefined ? env : { ...env, outer: { scope: env.outer.scope, used: env.outer.used, routine: env.outer.routine } };

export function attributesOf(schema: StructType, qualifier: readonly string[]): readonly Attribute[] {
  return schema.fields.map(f => columnOf(f.name, f.type, f.nullable, qualifier, f.comment));
}

/** Whether an expression uses what isn't in the output: columns of below, its aggregates, its grouping sets' number. */
function needsBelow(e: ResolvedExpression, known: ReadonlySet<number>, below: Below): boolean {
  if (below.aggregates && hasAggregate(e)) return true;
  return someExpression(e, x => x.kind === "attribute" && !known.has(x.id) && (below.owns(x.id) || below.scope.visible.some(a => a.id === x.id) || below.scope.hidden.some(a => a.id === x.id)));
}

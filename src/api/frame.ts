/**
 * The object behind DataFrame: a plan that grows by one relation a call, and nothing else. It asks the engine only when
 * rows or the analysed schema are wanted.
 */
import type { ArrowOptions } from "./arrow.ts";
import type { Relation, SetOperation } from "../plan/relations.ts";
import { WATERMARK_SETTINGS, unknownWatermarkSetting, type WatermarkSettings } from "../plan/watermark-options.ts";
import { attribute, literal, type Expression, type SortOrder } from "../plan/expressions.ts";
import { flatMapValues, mapPartitions, mapValues, passValues } from "../operators/values/narrow.ts";
import { parseCondition } from "../sql/parser.ts";
import type { ParserSettings } from "../types/token-cursor.ts";
import { INT, type StructType } from "../types/data-type.ts";
import type { EdgeRow } from "../types/edge-values.ts";
import { parseDuration } from "../types/duration.ts";
import { accessorOf, entriesOf, find, type KnownColumn, type Selected, type Side } from "./accessor.ts";
import { badArgument, batchAction, streamingAction, unresolvedColumn } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { asSortOrder, columnOf, nameParts, nodeOf, type ColumnNode } from "./column-node.ts";
import { asyncProgram, checkedFunction, rowsOf, type AsyncMapOptions, type DatasetNode } from "./dataset.ts";
import type { Engine, ExplainMode, StreamStart } from "./engine.ts";
import type { AsofJoinOptions } from "./asof-options.ts";
import { GroupNode, keyOf, type GroupingKey } from "./grouped-data.ts";
import * as actions from "./frame-actions.ts";
import * as columns from "./frame-columns.ts";
import * as joins from "./frame-joins.ts";
import * as shape from "./frame-shape.ts";
import * as stat from "./frame-stat.ts";
import { observed } from "./observation.ts";
import { schemaTree } from "./schema-tree.ts";
import { schemaOf, structTypeOf, type Schema } from "./schema.ts";
import type { ActionOptions, StreamingQuery } from "./streaming-query.ts";
import { isStreaming } from "./streaming-relation.ts";
import { TableArgumentNode } from "./table-argument.ts";
import { TableWriter } from "./table-writer.ts";
import { BatchWriter, StreamWriter } from "./writer.ts";

/** What frames need of their session. */
export interface SessionCore {
  readonly engine: Engine;
  readonly timeZone: string;
  readonly parserSettings: ParserSettings;
  parseSchema(ddl: string): StructType;
  startQuery(start: StreamStart): Promise<StreamingQuery>;
}

/** A frame over a plan. The type of its rows is the caller's to know. */
export const frameOver = (session: SessionCore, relation: Relation, columns?: readonly KnownColumn[]): FrameNode => new FrameNode(session, relation, [{ columns, planId: undefined }]);

/** The frame behind a value that should be one. */
export function frameNode(value: unknown, operator: string): FrameNode {
  if (value instanceof FrameNode) return value;
  const isPromise = typeof value === "object" && value !== null && "then" in value;
  throw badArgument(`${operator}() takes a DataFrame; this is a ${isPromise ? "promise" : value === null ? "null" : typeof value}.`,
    isPromise ? "an await is missing, or an action's result is used as a frame" : undefined);
}

export class FrameNode {
  readonly session: SessionCore;
  readonly relation: Relation;
  readonly sides: readonly Side[];

  constructor(session: SessionCore, relation: Relation, sides: readonly Side[]) {
    this.session = session;
    this.relation = Object.freeze(relation);
    this.sides = sides;
    Object.freeze(this);
  }

  /** The columns, as far as they are known before analysis. */
  get columns(): readonly KnownColumn[] | undefined {
    if (this.sides.length === 1) return this.sides[0]!.columns;
    const all = this.sides.map(side => side.columns);
    return all.every(columns => columns !== undefined) ? all.flat() : undefined;
  }

  get isStreaming(): boolean { return isStreaming(this.relation, this.session.engine); }

  /** Calls a callback with one accessor a side. */
  call(callback: Function): unknown { return (callback as (...sides: object[]) => unknown)(...this.sides.map(accessorOf)); }

  /** The same columns over another relation. */
  over(relation: Relation): FrameNode { return new FrameNode(this.session, relation, this.sides); }
  derive(relation: Relation, columns: readonly KnownColumn[] | undefined): FrameNode { return frameOver(this.session, relation, columns); }

  /** The column of a name. */
  column(name: string): ColumnNode {
    const known = this.columns, found = find(known, name);
    if (found !== undefined) return { expression: attribute([found.name], undefined, callSite()), type: found.type, name: found.name };
    const parts = nameParts(name);
    // A hidden column of files is known when they are opened.
    if (known !== undefined && find(known, parts[0]!) === undefined && parts.length === 1 && name !== "_metadata") throw unresolvedColumn(name, known.map(c => c.name));
    return { expression: attribute(parts, undefined, callSite()), type: undefined, name: parts.at(-1) };
  }

  /** Refuses a name that a known schema doesn't have. */
  checkName(name: string): string {
    const known = this.columns;
    if (known !== undefined && find(known, name) === undefined) throw unresolvedColumn(name, known.map(c => c.name));
    return name;
  }

  condition(given: unknown): Expression {
    if (typeof given === "string") return parseCondition(given, this.session.parserSettings);
    const node = nodeOf(typeof given === "function" ? this.call(given) : given);
    if (node === undefined) throw badArgument("A condition is a column of type BOOLEAN.", "where(r => r.price.gt(100))");
    return node.expression;
  }

  /** What select and groupBy take, as names and expressions. */
  entries(given: readonly unknown[], operator: string): Selected[] {
    return given.flatMap((item): Selected[] => {
      if (typeof item === "function") return entriesOf(this.call(item), operator);
      if (item === "*") return [{ name: undefined, expression: { kind: "unresolved_star", target: [], origin: callSite() }, type: undefined }];
      const node = typeof item === "string" ? this.column(item) : nodeOf(item);
      if (node === undefined) throw badArgument(`${operator}() takes names, columns, or a callback that returns them.`);
      return [{ name: node.name, expression: node.expression, type: node.type }];
    });
  }

  where(condition: unknown): FrameNode { return this.over({ kind: "filter", input: this.relation, condition: this.condition(condition), origin: callSite() }); }
  filter(condition: unknown): FrameNode { return this.where(condition); }

  select(...given: unknown[]): FrameNode { return columns.select(this, given); }
  selectExpr(...sql: string[]): FrameNode { return columns.selectExpr(this, sql); }
  withColumn(name: string, value: unknown): FrameNode { return columns.withColumn(this, name, value); }
  withColumns(build: Function): FrameNode { return columns.withColumnList(this, entriesOf(this.call(build), "withColumns")); }
  withColumnsRenamed(names: Readonly<Record<string, string>>): FrameNode { return columns.withColumnsRenamed(this, names); }
  withColumnRenamed(from: string, to: string): FrameNode { return columns.withColumnsRenamed(this, { [from]: to }); }
  drop(...given: unknown[]): FrameNode { return columns.drop(this, given); }

  groupBy(...given: unknown[]): GroupNode { return new GroupNode(this, this.#keys(given, "groupBy")); }
  rollup(...given: unknown[]): GroupNode { return new GroupNode(this, this.#keys(given, "rollup"), "rollup"); }
  cube(...given: unknown[]): GroupNode { return new GroupNode(this, this.#keys(given, "cube"), "cube"); }

  groupingSets(sets: readonly (readonly unknown[])[], ...given: unknown[]): GroupNode {
    if (!Array.isArray(sets) || !sets.every(set => Array.isArray(set))) throw badArgument("groupingSets() takes lists of keys, then all keys.", 'groupingSets([["city", "year"], ["city"], []], "city", "year")');
    return new GroupNode(this, this.#keys(given, "groupingSets"), "grouping_sets", undefined, sets.map(set => this.#keys(set, "groupingSets").map(key => key.by)));
  }

  #keys(given: readonly unknown[], operator: string): GroupingKey[] {
    return this.entries(given, operator).flatMap((entry): GroupingKey[] => {
      if (entry.expression.kind !== "unresolved_star") return [keyOf(entry)];
      const known = this.columns;
      if (known === undefined) throw badArgument(`${operator} can't spread columns that aren't known yet.`, "name them");
      return known.map(({ name, type }) => keyOf({ name, expression: attribute([name], undefined, callSite()), type }));
    });
  }
  agg(...aggregates: unknown[]): unknown { return new GroupNode(this, []).agg(...aggregates); }

  join(other: unknown, on: unknown, how?: string): FrameNode { return joins.join(this, other, on, how); }
  crossJoin(other: unknown): FrameNode { return joins.crossJoin(this, other); }
  asofJoin(other: unknown, options: AsofJoinOptions): FrameNode { return joins.asofJoin(this, other, options); }
  nearestByJoin(other: unknown, ranking: unknown, numResults: number, mode: string, direction: string, how?: string): FrameNode { return joins.nearestByJoin(this, other, ranking, numResults, mode, direction, how); }
  lateralJoin(build: unknown, on?: unknown, how?: string): FrameNode { return joins.lateralJoin(this, build, on, how); }

  combined(operation: SetOperation["operation"], other: unknown, name: string, isAll: boolean, byName = false, allowMissingColumns = false): FrameNode {
    const right = frameNode(other, name).relation;
    return this.derive({ kind: "set_operation", left: this.relation, right, operation, isAll, byName, allowMissingColumns, origin: callSite() }, allowMissingColumns ? undefined : this.columns?.map(({ name: column }) => ({ name: column })));
  }
  union(other: unknown): FrameNode { return this.combined("union", other, "union", true); }
  unionByName(other: unknown, { allowMissingColumns = false }: { readonly allowMissingColumns?: boolean } = {}): FrameNode { return this.combined("union", other, "unionByName", true, true, allowMissingColumns); }
  intersect(other: unknown): FrameNode { return this.combined("intersect", other, "intersect", false); }
  except(other: unknown): FrameNode { return this.combined("except", other, "except", false); }
  intersectAll(other: unknown): FrameNode { return this.combined("intersect", other, "intersectAll", true); }
  exceptAll(other: unknown): FrameNode { return this.combined("except", other, "exceptAll", true); }

  orderBy(...by: unknown[]): FrameNode { return this.over({ kind: "sort", input: this.relation, order: this.orderOf(by, "orderBy"), isGlobal: true, origin: callSite() }); }
  orderOf(by: readonly unknown[], operator: string): SortOrder[] {
    return by.flatMap(item => typeof item === "function" ? [this.call(item)].flat() as unknown[] : [item]).map(item => {
      const node = typeof item === "string" ? this.column(item) : nodeOf(item);
      if (node === undefined) throw badArgument(`${operator}() takes names, columns, or a callback that returns them.`, `${operator}(r => [r.customer.asc(), r.n.desc()])`);
      return asSortOrder(node.expression);
    });
  }
  sort(...by: unknown[]): FrameNode { return this.orderBy(...by); }

  limit(n: number): FrameNode { return this.over({ kind: "limit", input: this.relation, limit: rowCount(n, "limit"), origin: callSite() }); }
  offset(n: number): FrameNode { return this.over({ kind: "offset", input: this.relation, offset: rowCount(n, "offset"), origin: callSite() }); }
  distinct(): FrameNode { return this.derive({ kind: "deduplicate", input: this.relation, withinWatermark: false, origin: callSite() }, this.columns); }
  dropDuplicates(...names: (string | readonly string[])[]): FrameNode { return this.#deduplicate(names.flat(), false); }
  dropDuplicatesWithinWatermark(...names: (string | readonly string[])[]): FrameNode { return this.#deduplicate(names.flat(), true); }
  #deduplicate(names: readonly string[], withinWatermark: boolean): FrameNode {
    for (const name of names) this.checkName(name);
    return this.derive({ kind: "deduplicate", input: this.relation, withinWatermark, origin: callSite(), ...(names.length > 0 && { columnNames: names }) }, this.columns);
  }

  alias(name: string): FrameNode { return this.derive({ kind: "subquery_alias", input: this.relation, alias: name, origin: callSite() }, this.columns); }

  withWatermark(column: string, delay: string, settings?: WatermarkSettings): FrameNode {
    const { micros, months } = parseDuration(delay);
    if (micros < 0n || months < 0) throw badArgument(`The delay threshold '${delay}' of a watermark can't be negative.`);
    for (const name of Object.keys(settings ?? {})) if (!(WATERMARK_SETTINGS as readonly string[]).includes(name)) throw unknownWatermarkSetting(name);
    const { expression } = this.column(column);
    return this.derive({ kind: "with_watermark", input: this.relation, eventTime: expression, delayThreshold: delay, ...(settings !== undefined && { settings }), origin: callSite() }, this.columns);
  }

  to(schema: Schema<unknown>): FrameNode { return this.#toSchema(schema, false); }
  as(schema: Schema<unknown>): FrameNode { return this.#toSchema(schema, true); }
  #toSchema(schema: Schema<unknown>, checkOnly: boolean): FrameNode {
    const type = structTypeOf(schema);
    return this.derive({ kind: "to_schema", input: this.relation, schema: type, checkOnly, origin: callSite() }, type.fields);
  }

  observe(as: unknown, build: unknown): FrameNode { return observed(this, as, build); }
  cache(): FrameNode { return this.persist(); }
  persist(level = "MEMORY_AND_DISK"): FrameNode {
    if (!STORAGE_LEVELS.has(level)) throw badArgument(`'${level}' is no storage level.`, `one of ${[...STORAGE_LEVELS].join(", ")}`, "INVALID_STORAGE_LEVEL", "42000");
    if (this.isStreaming) throw streamingAction("cache", "cache the tables that it is joined with, or foreachBatch's frame");
    this.session.engine.cache(this.relation, level);
    return this;
  }
  unpersist(): FrameNode {
    this.session.engine.uncache(this.relation);
    return this;
  }
  get storageLevel(): string { return this.session.engine.cacheLevel(this.relation) ?? "NONE"; }
  hint(name: string, ...parameters: unknown[]): FrameNode { return shape.hint(this, name, parameters); }
  repartition(...by: unknown[]): FrameNode { return shape.repartition(this, by, "repartition"); }
  repartitionByRange(...by: unknown[]): FrameNode { return shape.repartition(this, by, "repartitionByRange"); }
  coalesce(partitions: number): FrameNode { return shape.repartition(this, [partitions], "coalesce"); }
  sortWithinPartitions(...by: unknown[]): FrameNode { return this.over({ kind: "sort", input: this.relation, order: this.orderOf(by, "sortWithinPartitions"), isGlobal: false, origin: callSite() }); }
  sample(fraction: number, options?: shape.SampleOptions): FrameNode { return shape.sample(this, fraction, options); }
  randomSplit(weights: readonly number[], options?: { readonly seed?: number | bigint }): FrameNode[] { return shape.randomSplit(this, weights, options?.seed); }
  unpivot(ids: readonly unknown[], values: readonly unknown[] | null, variableName?: string, valueName?: string): FrameNode { return shape.unpivot(this, ids, values, variableName, valueName); }
  transpose(index?: string): Promise<FrameNode> { return shape.transpose(this, index); }
  toDF(...names: string[]): FrameNode { return this.derive({ kind: "to_df", input: this.relation, columnNames: names, origin: callSite() }, names.map((name, i) => ({ name, type: this.columns?.[i]?.type }))); }
  toJSON(): FrameNode { return shape.toJSON(this); }
  zipWithIndex(name = "index"): FrameNode { return shape.zipWithIndex(this, name); }
  scalar(): unknown { return shape.subquery(this, "scalar"); }
  exists(): unknown { return shape.subquery(this, "exists"); }
  describe(...columns: string[]): FrameNode { return stat.summary(this, ["count", "mean", "stddev", "min", "max"], columns); }
  summary(...statistics: string[]): FrameNode { return stat.summary(this, statistics.length > 0 ? statistics : ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"], []); }
  get na(): object { return stat.naFunctions(this); }
  get stat(): object { return stat.statFunctions(this); }
  tail(n: number, options: ActionOptions = {}): Promise<EdgeRow[]> { return actions.tail(this, n, options); }
  foreachPartition(f: (rows: unknown[]) => unknown, options: ActionOptions = {}): Promise<void> { return this.rows().mapPartitions((rows => [rows]) as (rows: unknown[]) => unknown).foreach(f as (value: unknown) => unknown, options); }

  rows(): DatasetNode { return rowsOf(this, passValues("rows")); }
  map(f: (row: never) => unknown): DatasetNode { return rowsOf(this, mapValues("map", checkedFunction(f, "map"))); }
  flatMap(f: (row: never) => unknown): DatasetNode { return rowsOf(this, flatMapValues("flatMap", checkedFunction(f, "flatMap"))); }
  mapPartitions(f: (rows: never) => unknown): DatasetNode { return rowsOf(this, mapPartitions(checkedFunction(f, "mapPartitions"))); }
  mapAsync(f: (row: never) => unknown, options?: AsyncMapOptions): DatasetNode { return rowsOf(this, asyncProgram(f, options)); }
  groupByKey(key: (row: never) => unknown): unknown { return this.rows().groupByKey(checkedFunction(key, "groupByKey")); }
  foreach(f: (row: unknown) => unknown, options: ActionOptions = {}): Promise<void> { return this.rows().foreach(f, options); }

  transform(build: (frame: unknown) => unknown): unknown { return build(this); }
  createOrReplaceTempView(name: string): void { this.session.engine.createView(nameParts(name), this.relation, true); }
  createOrReplaceGlobalTempView(name: string): void { this.session.engine.createView(["global_temp", ...nameParts(name)], this.relation, true); }
  createGlobalTempView(name: string): void { this.session.engine.createView(["global_temp", ...nameParts(name)], this.relation, false); }
  createTempView(name: string): void { this.session.engine.createView(nameParts(name), this.relation, false); }

  async schema(): Promise<unknown> { return schemaOf(await this.session.engine.analyze(this.relation)); }
  explain(mode: ExplainMode = "simple"): Promise<string> { return this.session.engine.explain(this.relation, mode); }

  collect(options: ActionOptions = {}): Promise<EdgeRow[]> { return actions.rows(this, "collect", options); }
  toArrow(options: ActionOptions & ArrowOptions = {}): Promise<Uint8Array> { return actions.toArrow(this, options); }
  toArrowStream(options: ActionOptions & ArrowOptions = {}): AsyncGenerator<Uint8Array> { return actions.arrowPieces(this, "toArrowStream", options); }
  take(n: number, options: ActionOptions = {}): Promise<EdgeRow[]> { return actions.rows(this.limit(n), "take", options); }
  async first(options: ActionOptions = {}): Promise<EdgeRow | undefined> { return (await actions.rows(this.limit(1), "first", options))[0]; }
  async isEmpty(options: ActionOptions = {}): Promise<boolean> { return (await actions.rows(this.limit(1), "isEmpty", options)).length === 0; }

  count(options: ActionOptions = {}): Promise<number> { return actions.count(this, options); }
  [Symbol.asyncIterator](): AsyncGenerator<EdgeRow> { return actions.eachRow(this); }

  showString(n = 20, options: actions.ShowOptions = {}): Promise<string> { return actions.showString(this, n, options); }
  async show(n = 20, options: actions.ShowOptions = {}): Promise<void> { process.stdout.write(`${await this.showString(n, options)}\n`); }

  async printSchema(): Promise<void> { process.stdout.write(`${schemaTree(await this.session.engine.analyze(this.relation))}\n`); }

  sameSemantics(other: unknown): Promise<boolean> { return actions.sameSemantics(this, other); }
  semanticHash(): Promise<number> { return actions.semanticHash(this); }
  metadataColumn(name: string): unknown {
    if (name.toLowerCase() !== "_metadata") throw unresolvedColumn(name, ["_metadata"]);
    return columnOf(attribute(["_metadata"], undefined, callSite()), undefined, "_metadata");
  }
  asTable(): TableArgumentNode { return new TableArgumentNode(this); }
  get write(): BatchWriter { return new BatchWriter(this); }
  writeTo(table: string): TableWriter { return new TableWriter(this, table); }
  get writeStream(): StreamWriter {
    if (!this.isStreaming) throw batchAction("writeStream");
    return new StreamWriter(this);
  }
  toString(): string { return `DataFrame[${this.columns?.map(c => c.name).join(", ") ?? "?"}]`; }
}

/** Accepted as Spark names them; what is kept lies in memory. */
const STORAGE_LEVELS: ReadonlySet<string> = new Set(["MEMORY_ONLY", "MEMORY_ONLY_2", "MEMORY_ONLY_SER", "MEMORY_ONLY_SER_2", "MEMORY_AND_DISK", "MEMORY_AND_DISK_2", "MEMORY_AND_DISK_SER", "MEMORY_AND_DISK_SER_2", "MEMORY_AND_DISK_DESER", "DISK_ONLY", "DISK_ONLY_2", "DISK_ONLY_3", "OFF_HEAP", "NONE"]);

const rowCount = (n: number, operator: string): Expression => {
  if (!Number.isInteger(n) || n < 0 || n > 2_147_483_647) throw badArgument(`${operator}(${n}): a whole number from 0 is expected.`, undefined, "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "42K0E");
  return literal(n, INT, callSite());
};

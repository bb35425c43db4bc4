/**
 * Values of JavaScript in the place of rows: `map`, `filter`, `reduceByKey` and their kin. A dataset is a plan like a frame's,
 * lazy until an action; over a stream each batch is one run. docs/functional.md shows it.
 */
import { distinctValues, filterValues, flatMapValues, limitValues, mapAsync, mapPartitions, mapSecond, mapValues, numbered, passValues } from "../operators/values/narrow.ts";
import { foldByKey, groupByKey, joinByKey, reduceByKey, sortBy, type JoinKind } from "../operators/values/wide.ts";
import { compareValues } from "../operators/values/keys.ts";
import type { Relation, ValueMap } from "../plan/relations.ts";
import type { ValueProgram } from "../plan/value-program.ts";
import type { VariantCell } from "../types/cell.ts";
import { VARIANT, field, struct, type StructType } from "../types/data-type.ts";
import type { Duration } from "../types/duration.ts";
import type { TimestampLike } from "../types/values.ts";
import { badArgument, streamingAction } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import type { DataFrame } from "./data-frame.ts";
import type { ExplainMode } from "./engine.ts";
import { frameOver, type FrameNode, type SessionCore } from "./frame.ts";
import type { TimeWindow } from "./functions/general.ts";
import { structTypeOf, type DataType, type Schema, type ValueOf } from "./schema.ts";
import type { ActionOptions } from "./streaming-query.ts";
import { countedWindows, reducedWindows, stateByKey } from "./windowed-values.ts";

type Pair<K, V> = readonly [K, V];
export interface AsyncMapOptions {
  /** Calls under way at once, 16 unless said otherwise. */
  readonly concurrency?: number;
}
/** What a function that is awaited is told: `signal` aborts when the query ends before it. */
export interface AsyncMapContext { readonly signal: AbortSignal }

/** When a value was, and into which windows it falls. Over a stream a window is given out when the watermark, `delay` behind the latest time, has passed it. */
export interface WindowedBy<T> {
  readonly at: (value: T) => TimestampLike;
  readonly window: Duration;
  /** How far apart windows begin; as long as they are, unless said otherwise. */
  readonly slide?: Duration;
  /** How late a value may come; not at all unless said otherwise. */
  readonly delay?: Duration;
}
export interface KeyedWindowsBy<T, K extends DataType<unknown>, V extends DataType<unknown>> extends WindowedBy<T> {
  readonly key: (value: T) => ValueOf<K>;
  readonly value: (value: T) => Exclude<ValueOf<V>, null>;
  readonly keyType: K;
  readonly valueType: V;
}
export interface StateTypes<K extends DataType<unknown>, V extends DataType<unknown>, S extends DataType<unknown>> {
  readonly keyType: K;
  readonly valueType: V;
  readonly stateType: S;
  readonly name?: string;
}

/** Values that came for keys. */
export interface KeyedDataset<out K, out T> {
  /** Called once a key with all of its values. */
  mapGroups<U>(f: (key: K, values: T[]) => U): Dataset<U>;
  flatMapGroups<U>(f: (key: K, values: T[]) => Iterable<U>): Dataset<U>;
  reduceGroups(f: (a: T, b: T) => T): Dataset<[K, T]>;
  count(): Dataset<[K, bigint]>;
}

export interface Dataset<out T> extends AsyncIterable<T> {
  map<U>(f: (value: T) => U): Dataset<U>;
  flatMap<U>(f: (value: T) => Iterable<U>): Dataset<U>;
  filter<U extends T>(f: (value: T) => value is U): Dataset<U>;
  filter(f: (value: T) => boolean): Dataset<T>;
  /** Called with up to some thousands of values at a time. */
  mapPartitions<U>(f: (values: T[]) => Iterable<U>): Dataset<U>;
  /** Awaits what the function gives, a bounded number of calls at once; results keep the order of their values. After a crash a call may be made again. */
  mapAsync<U>(f: (value: T, context: AsyncMapContext) => Promise<U> | U, options?: AsyncMapOptions): Dataset<U>;
  mapToPair<K, V>(f: (value: T) => Pair<K, V>): Dataset<[K, V]>;
  keyBy<K>(f: (value: T) => K): Dataset<[K, T]>;
  /** The first value of those that are equal, or of those of which `by` gives equal keys. */
  distinct(by?: (value: T) => unknown): Dataset<T>;
  union<const D extends readonly Dataset<unknown>[]>(...others: D): Dataset<T | (D[number] extends Dataset<infer U> ? U : never)>;
  /** Stable. Keys are numbers, text, moments, or arrays of these. */
  sortBy(key: (value: T) => unknown, options?: { readonly ascending?: boolean }): Dataset<T>;
  limit(n: number): Dataset<T>;
  zipWithIndex(): Dataset<[T, bigint]>;

  mapValues<K, V, U>(this: Dataset<Pair<K, V>>, f: (value: V) => U): Dataset<[K, U]>;
  flatMapValues<K, V, U>(this: Dataset<Pair<K, V>>, f: (value: V) => Iterable<U>): Dataset<[K, U]>;
  keys<K>(this: Dataset<Pair<K, unknown>>): Dataset<K>;
  values<V>(this: Dataset<Pair<unknown, V>>): Dataset<V>;
  /** One value a key; over a stream one a key and batch. Keys are equal when they look the same. */
  reduceByKey<K, V>(this: Dataset<Pair<K, V>>, f: (a: V, b: V) => V): Dataset<[K, V]>;
  /** As reduceByKey from a neutral element, which is made anew for each key. */
  foldByKey<K, V, A>(this: Dataset<Pair<K, V>>, zero: () => A, f: (sum: A, value: V) => A): Dataset<[K, A]>;
  groupByKey<K, V>(this: Dataset<Pair<K, V>>): Dataset<[K, V[]]>;
  groupByKey<K>(key: (value: T) => K): KeyedDataset<K, T>;
  join<K, V, W>(this: Dataset<Pair<K, V>>, other: Dataset<Pair<K, W>>): Dataset<[K, [V, W]]>;
  leftOuterJoin<K, V, W>(this: Dataset<Pair<K, V>>, other: Dataset<Pair<K, W>>): Dataset<[K, [V, W | null]]>;
  rightOuterJoin<K, V, W>(this: Dataset<Pair<K, V>>, other: Dataset<Pair<K, W>>): Dataset<[K, [V | null, W]]>;
  fullOuterJoin<K, V, W>(this: Dataset<Pair<K, V>>, other: Dataset<Pair<K, W>>): Dataset<[K, [V | null, W | null]]>;
  cogroup<K, V, W>(this: Dataset<Pair<K, V>>, other: Dataset<Pair<K, W>>): Dataset<[K, [V[], W[]]]>;
  /** The pairs whose key the other doesn't have. */
  subtractByKey<K, V>(this: Dataset<Pair<K, V>>, other: Dataset<Pair<K, unknown>>): Dataset<[K, V]>;

  /** Reduces the values of each key and window. */
  reduceByKeyAndWindow<K extends DataType<unknown>, V extends DataType<unknown>>(by: KeyedWindowsBy<T, K, V>, f: (a: Exclude<ValueOf<V>, null>, b: Exclude<ValueOf<V>, null>) => Exclude<ValueOf<V>, null>): Dataset<{ window: TimeWindow; key: ValueOf<K>; value: Exclude<ValueOf<V>, null> }>;
  countByWindow(by: WindowedBy<T>): Dataset<{ window: TimeWindow; count: bigint }>;
  /** A state for each key, kept from batch to batch: called with the key's new values; null lets go of it. Gives the keys that were called. */
  updateStateByKey<K extends DataType<unknown>, V extends DataType<unknown>, S extends DataType<unknown>>(this: Dataset<Pair<ValueOf<K>, ValueOf<V>>>, types: StateTypes<K, V, S>, f: (values: ValueOf<V>[], state: Exclude<ValueOf<S>, null> | null) => Exclude<ValueOf<S>, null> | null): Dataset<[ValueOf<K>, Exclude<ValueOf<S>, null>]>;

  /** The values as rows of a schema: a frame, which may be a stream. */
  toDF<R>(schema: Schema<R>): DataFrame<R>;
  /** Keeps the values once an action has read them to the end. */
  cache(): Dataset<T>;
  unpersist(): Dataset<T>;
  explain(mode?: ExplainMode): Promise<string>;
  readonly isStreaming: boolean;

  /** All values. Of a query that ends, as all that follow. */
  collect(options?: ActionOptions): Promise<T[]>;
  take(n: number, options?: ActionOptions): Promise<T[]>;
  first(options?: ActionOptions): Promise<T | undefined>;
  count(options?: ActionOptions): Promise<number>;
  isEmpty(options?: ActionOptions): Promise<boolean>;
  foreach(f: (value: T) => void | Promise<void>, options?: ActionOptions): Promise<void>;
  /** @throws MillraceError MILLRACE_EMPTY_DATASET when there is no value */
  reduce(f: (a: T, b: T) => T, options?: ActionOptions): Promise<T>;
  /** `merge` brings parts together where there are several; in one process there is one. */
  fold<A>(zero: A, f: (sum: A, value: T) => A, merge?: (a: A, b: A) => A, options?: ActionOptions): Promise<A>;
  aggregate<A>(zero: A, f: (sum: A, value: T) => A, merge: (a: A, b: A) => A, options?: ActionOptions): Promise<A>;
  /** The greatest values, the greatest first. */
  top(n: number, by?: (value: T) => unknown, options?: ActionOptions): Promise<T[]>;
  /** The least values, the least first. */
  takeOrdered(n: number, by?: (value: T) => unknown, options?: ActionOptions): Promise<T[]>;
  collectAsMap<K, V>(this: Dataset<Pair<K, V>>, options?: ActionOptions): Promise<Map<K, V>>;
  countByKey<K>(this: Dataset<Pair<K, unknown>>, options?: ActionOptions): Promise<Map<K, number>>;
  countByValue(options?: ActionOptions): Promise<Map<T, number>>;
}

type Call = (...values: never[]) => unknown;
const VALUES: StructType = struct([field("value", VARIANT, false)]);

/** A dataset over values that are there. */
export const parallelized = (session: SessionCore, values: Iterable<unknown>): DatasetNode =>
  new DatasetNode(frameOver(session, { kind: "local_relation", schema: VALUES, rows: Array.from(values, variant => [{ variant }]), origin: callSite() }));

/** The rows of a frame as values. */
export const rowsOf = (frame: FrameNode, program: ValueProgram): DatasetNode => new DatasetNode(frameOver(frame.session, valueMap([frame.relation], [false], program)));

export const valueMap = (inputs: readonly Relation[], readsValues: readonly boolean[], program: ValueProgram, output?: StructType): ValueMap =>
  Object.freeze({ kind: "value_map", inputs, readsValues, program, ...(output !== undefined && { output }), origin: callSite() });

export function checkedFunction<F extends Call>(f: unknown, operator: string): F {
  if (typeof f !== "function") throw badArgument(`${operator}() takes a function of values.`);
  return f as F;
}

export function asyncProgram(f: unknown, { concurrency = 16 }: AsyncMapOptions = {}): ValueProgram {
  if (!Number.isInteger(concurrency) || concurrency < 1) throw badArgument(`mapAsync(): concurrency is a whole number from 1; this is ${String(concurrency)}.`);
  return mapAsync(checkedFunction(f, "mapAsync"), { concurrency });
}

export class DatasetNode {
  /** A frame of one VARIANT column, which holds the values as they are. */
  readonly #values: FrameNode;
  readonly #asRows: ((output: StructType) => FrameNode) | undefined;

  /** `asRows`: how the same becomes rows of a schema, where it is not by writing the values. */
  constructor(values: FrameNode, asRows?: (output: StructType) => FrameNode) {
    this.#values = values;
    this.#asRows = asRows;
    Object.freeze(this);
  }

  get isStreaming(): boolean { return this.#values.isStreaming; }

  #with(program: ValueProgram): DatasetNode { return new DatasetNode(frameOver(this.#values.session, valueMap([this.#values.relation], [true], program))); }

  #beside(others: readonly unknown[], program: ValueProgram): DatasetNode {
    const nodes = others.map(other => { if (other instanceof DatasetNode) return other; throw badArgument(`${program.operator}() takes a Dataset.`); });
    return new DatasetNode(frameOver(this.#values.session, valueMap([this, ...nodes].map(node => node.#values.relation), [true, ...nodes.map(() => true)], program)));
  }

  map(f: Call): DatasetNode { return this.#with(mapValues("map", checkedFunction(f, "map"))); }
  flatMap(f: Call): DatasetNode { return this.#with(flatMapValues("flatMap", checkedFunction(f, "flatMap"))); }
  filter(f: Call): DatasetNode { return this.#with(filterValues(checkedFunction(f, "filter"))); }
  mapPartitions(f: Call): DatasetNode { return this.#with(mapPartitions(checkedFunction(f, "mapPartitions"))); }
  mapAsync(f: Call, options?: AsyncMapOptions): DatasetNode { return this.#with(asyncProgram(f, options)); }
  mapToPair(f: Call): DatasetNode { return this.#with(mapValues("mapToPair", checkedFunction(f, "mapToPair"))); }
  keyBy(f: (value: unknown) => unknown): DatasetNode {
    checkedFunction(f, "keyBy");
    return this.#with(mapValues("keyBy", ((value: unknown) => [f(value), value]) as Call));
  }
  distinct(by?: Call): DatasetNode { return this.#with(distinctValues(by)); }
  union(...others: unknown[]): DatasetNode { return this.#beside(others, passValues("union")); }
  sortBy(key: Call, { ascending = true }: { readonly ascending?: boolean } = {}): DatasetNode { return this.#with(sortBy(checkedFunction(key, "sortBy"), ascending)); }
  limit(n: number): DatasetNode {
    if (!Number.isInteger(n) || n < 0) throw badArgument(`limit(${n}): a whole number from 0 is expected.`);
    return this.#with(limitValues(n));
  }
  zipWithIndex(): DatasetNode { return this.#with(numbered()); }

  mapValues(f: Call): DatasetNode { return this.#with(mapSecond("mapValues", checkedFunction(f, "mapValues"))); }
  flatMapValues(f: Call): DatasetNode { return this.#with(mapSecond("flatMapValues", checkedFunction(f, "flatMapValues"), true)); }
  keys(): DatasetNode { return this.#with(mapValues("keys", ((pair: readonly unknown[]) => pair[0]) as Call)); }
  values(): DatasetNode { return this.#with(mapValues("values", ((pair: readonly unknown[]) => pair[1]) as Call)); }
  reduceByKey(f: Call): DatasetNode { return this.#with(reduceByKey(checkedFunction(f, "reduceByKey"))); }
  foldByKey(zero: () => unknown, f: Call): DatasetNode { return this.#with(foldByKey(checkedFunction<() => unknown>(zero, "foldByKey"), checkedFunction(f, "foldByKey"))); }
  groupByKey(key?: Call): unknown {
    if (key === undefined) return this.#with(groupByKey(undefined));
    checkedFunction(key, "groupByKey");
    const make = (operator: string, f: Call, flat?: true): DatasetNode => this.#with(groupByKey(key, { operator, f: checkedFunction(f, operator), ...(flat && { flat }) }));
    return Object.freeze({
      mapGroups: (f: Call) => make("mapGroups", f), flatMapGroups: (f: Call) => make("flatMapGroups", f, true),
      reduceGroups: (f: Call) => this.keyBy(key as (value: unknown) => unknown).reduceByKey(checkedFunction(f, "reduceGroups")),
      count: () => this.#with(mapValues("keyBy", ((value: unknown) => [(key as (value: unknown) => unknown)(value), 1n]) as Call)).reduceByKey(((a: bigint, b: bigint) => a + b) as Call),
    });
  }
  #joined(kind: JoinKind, other: unknown): DatasetNode { return this.#beside([other], joinByKey(kind)); }
  join(other: unknown): DatasetNode { return this.#joined("join", other); }
  leftOuterJoin(other: unknown): DatasetNode { return this.#joined("leftOuterJoin", other); }
  rightOuterJoin(other: unknown): DatasetNode { return this.#joined("rightOuterJoin", other); }
  fullOuterJoin(other: unknown): DatasetNode { return this.#joined("fullOuterJoin", other); }
  cogroup(other: unknown): DatasetNode { return this.#joined("cogroup", other); }
  subtractByKey(other: unknown): DatasetNode { return this.#joined("subtractByKey", other); }

  reduceByKeyAndWindow(by: KeyedWindowsBy<unknown, DataType<unknown>, DataType<unknown>>, f: Call): DatasetNode { return reducedWindows(this, by, checkedFunction(f, "reduceByKeyAndWindow")); }
  countByWindow(by: WindowedBy<unknown>): DatasetNode { return countedWindows(this, by); }
  updateStateByKey(types: StateTypes<DataType<unknown>, DataType<unknown>, DataType<unknown>>, f: Call): DatasetNode { return stateByKey(this, types, checkedFunction(f, "updateStateByKey")); }

  toDF(schema: Schema<unknown>): FrameNode { return this.rows(structTypeOf(schema)); }
  /** The values as rows of columns. */
  rows(output: StructType): FrameNode {
    if (this.#asRows !== undefined) return this.#asRows(output);
    return frameOver(this.#values.session, valueMap([this.#values.relation], [true], passValues("toDF"), output), output.fields);
  }
  cache(): DatasetNode { this.#values.cache(); return this; }
  unpersist(): DatasetNode { this.#values.unpersist(); return this; }
  explain(mode: ExplainMode = "simple"): Promise<string> { return this.#values.session.engine.explain(this.#values.relation, mode); }

  async collect(options?: ActionOptions): Promise<unknown[]> { return await this.fold<unknown[]>([], (all, value) => { all.push(value); return all; }, undefined, options); }
  async take(n: number, options?: ActionOptions): Promise<unknown[]> { return n <= 0 ? [] : await this.limit(n).collect(options); }
  async first(options?: ActionOptions): Promise<unknown> { return (await this.take(1, options))[0]; }
  async isEmpty(options?: ActionOptions): Promise<boolean> { return (await this.take(1, options)).length === 0; }
  count(options?: ActionOptions): Promise<number> { return this.fold(0, n => n + 1, undefined, options); }
  async foreach(f: (value: unknown) => unknown, options?: ActionOptions): Promise<void> {
    checkedFunction(f, "foreach");
    for await (const value of this.#read("foreach", options)) await f(value);
  }
  async reduce(f: (a: unknown, b: unknown) => unknown, options?: ActionOptions): Promise<unknown> {
    let sum: unknown, isEmpty = true;
    for await (const value of this.#read("reduce", options)) {
      sum = isEmpty ? value : f(sum, value);
      isEmpty = false;
    }
    if (isEmpty) throw badArgument("reduce() needs at least one value, and there is none.", "fold() begins with a neutral element", "MILLRACE_EMPTY_DATASET", "22004");
    return sum;
  }
  async fold<A>(zero: A, f: (sum: A, value: unknown) => A, _merge?: unknown, options?: ActionOptions): Promise<A> {
    let sum = zero;
    for await (const value of this.#read("fold", options)) sum = f(sum, value);
    return sum;
  }
  aggregate<A>(zero: A, f: (sum: A, value: unknown) => A, merge: unknown, options?: ActionOptions): Promise<A> { return this.fold(zero, f, merge, options); }
  top(n: number, by: Call = ((value: unknown) => value) as Call, options?: ActionOptions): Promise<unknown[]> { return this.#least(n, by, -1, options); }
  takeOrdered(n: number, by: Call = ((value: unknown) => value) as Call, options?: ActionOptions): Promise<unknown[]> { return this.#least(n, by, 1, options); }
  /** Holds no more than the wanted values and as many again. */
  async #least(n: number, by: Call, sign: number, options: ActionOptions | undefined): Promise<unknown[]> {
    const key = by as (value: unknown) => unknown, cut = (kept: { by: unknown; value: unknown }[]) => kept.sort((a, b) => sign * compareValues(a.by, b.by)).slice(0, n);
    const kept = await this.fold<{ by: unknown; value: unknown }[]>([], (all, value) => (all.push({ by: key(value), value }) > 2 * n + 64 ? cut(all) : all), undefined, options);
    return cut(kept).map(({ value }) => value);
  }
  async collectAsMap(options?: ActionOptions): Promise<Map<unknown, unknown>> { return new Map(await this.collect(options) as [unknown, unknown][]); }
  async countByKey(options?: ActionOptions): Promise<Map<unknown, number>> { return await this.keys().countByValue(options); }
  async countByValue(options?: ActionOptions): Promise<Map<unknown, number>> {
    const counted = await this.mapToPair(((value: unknown) => [value, 1]) as Call).reduceByKey(((a: number, b: number) => a + b) as Call).collect(options);
    return new Map(counted as [unknown, number][]);
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown> { return this.#read("for await"); }

  async *#read(action: string, options?: ActionOptions): AsyncGenerator<unknown> {
    const { session, relation, isStreaming } = this.#values;
    if (isStreaming) throw streamingAction(action, "call toDF(schema), or give the program an `output` schema; then use writeStream, or iterate()");
    const { batches } = await session.engine.execute(relation, { signal: options?.signal });
    for await (const rows of batches) for (const [cell] of rows) yield (cell as VariantCell).variant;
  }
}

/** What a stateful program declares and what its handlers get, as types. */
import { durationMicros, type Duration } from "../types/duration.ts";
import type { StateVariable } from "../plan/stateful-program.ts";
import type { Timestamp, TimestampLike } from "../types/values.ts";
import { badArgument } from "./api-errors.ts";
import { dataTypeOf, type DataType, type In, type Schema, type ValueOf } from "./schema.ts";

declare const stateKind: unique symbol;
/** A declared state whose handle is H. */
export interface StateVar<out H> { readonly [stateKind]: H }

/** One value a key. */
export interface ValueState<T> {
  /** Null where there is none, or where it has lived its time. */
  get(): T | null;
  exists(): boolean;
  update(value: T): void;
  clear(): void;
}
/** A list a key. What is read is the list at that moment. */
export interface ListState<T> {
  get(): Iterable<T>;
  append(value: T): void;
  /** In the place of all that is there. At least one value; clear() empties. */
  put(values: readonly T[]): void;
  exists(): boolean;
  clear(): void;
}
/** A map a key; its entries are stored one by one. */
export interface MapState<K, V> {
  get(key: K): V | null;
  has(key: K): boolean;
  set(key: K, value: V): void;
  delete(key: K): void;
  /** In the order in which the keys were first set. */
  entries(): Iterable<[K, V]>;
  keys(): Iterable<K>;
  values(): Iterable<V>;
  exists(): boolean;
  clear(): void;
}

export interface StateOptions {
  /** How long a value, an item or an entry lives after it was written, by processing time. */
  readonly ttl?: Duration;
}

export type StateSpec = { readonly [name: string]: StateVar<unknown> };
export interface StateContext<St extends StateSpec> {
  readonly state: { readonly [K in keyof St]: St[K][typeof stateKind] };
  /** Of the key at hand; one a moment. Not in timeMode "None". */
  readonly timers: { register(at: TimestampLike): void; delete(at: TimestampLike): void; /** Earliest first. */ list(): Iterable<Timestamp> };
  /** Both are fixed for a batch. */
  readonly time: { processingTime(): Timestamp; watermark(): Timestamp };
}

/** A row that a handler gives for a declared output: its values may be given as loosely as anywhere. */
export type Given<R> = { readonly [K in keyof R]: In<R[K]> };

export type TimeMode = "None" | "ProcessingTime" | "EventTime";

/** What transformWithState() takes: an object, or one of a class with these members. Handlers are synchronous. */
export interface StatefulProcessor<Key, Row, St extends StateSpec, O> {
  /** In errors, plans and progress. */
  readonly name?: string;
  readonly state: St;
  readonly output?: Schema<unknown>;
  /** Which timers there may be, and whether late rows are dropped. "None" if left out. */
  readonly timeMode?: TimeMode;
  /** The TIMESTAMP column of the output that goes on carrying the watermark. */
  readonly eventTimeColumnName?: string;
  /** Rows, grouped by keys of the same types, that handleInitialState gets before the first batch. */
  readonly initialState?: object;
  /** Once a run, before the first call. */
  init?(): void;
  /** Each key that has rows in the batch, once, with all of them. */
  handleInputRows(key: Key, rows: Iterable<Row>, context: StateContext<St>): Iterable<O>;
  /** Each timer at or before the watermark, or the time of the batch; it is gone afterwards. */
  handleExpiredTimer?(key: Key, at: Timestamp, context: StateContext<St>): Iterable<O>;
  handleInitialState?(key: Key, row: Readonly<Record<string, unknown>>, context: StateContext<St>): void;
  /** When the run ends. */
  close?(): void;
}

export type GroupStateTimeout = "NoTimeout" | "ProcessingTimeTimeout" | "EventTimeTimeout";

/** The state of a group in flatMapGroupsWithState() and mapGroupsWithState(), during a call. */
export interface GroupState<S> {
  exists(): boolean;
  /** @throws where there is no state */
  get(): S;
  getOption(): S | null;
  update(value: S): void;
  remove(): void;
  /** Whether the call is for a timeout; then there are no rows. */
  hasTimedOut(): boolean;
  /** From the time of the batch on: milliseconds, or a text. Each call sets it anew or has none. */
  setTimeoutDuration(duration: number | Duration): void;
  /** Milliseconds since the epoch or a moment, not before the watermark; and some time more. */
  setTimeoutTimestamp(at: number | TimestampLike, additional?: Duration): void;
  getCurrentWatermarkMs(): number;
  getCurrentProcessingTimeMs(): number;
}

export interface MapGroupsOptions<D extends DataType<unknown>, O> {
  readonly name?: string;
  readonly stateType: D;
  readonly output: Schema<O>;
  /** "NoTimeout" if left out. */
  readonly timeout?: GroupStateTimeout;
}
export interface FlatMapGroupsOptions<D extends DataType<unknown>, O> extends MapGroupsOptions<D, O> {
  /** What the rows mean; the query has to be written in this mode. */
  readonly outputMode: "append" | "update";
}

type Declared = Omit<StateVariable, "name">;
class StateDeclaration {
  readonly variable: Declared;
  constructor(variable: Declared, { ttl }: StateOptions) {
    const ttlMicros = ttl === undefined ? undefined : durationMicros(ttl);
    if (ttlMicros !== undefined && ttlMicros <= 0n) throw badArgument(`A ttl is longer than nothing; this one is '${ttl}'.`, undefined, "STATEFUL_PROCESSOR_TTL_DURATION_MUST_BE_POSITIVE", "42802");
    this.variable = Object.freeze({ ...variable, ...(ttlMicros !== undefined && { ttlMicros }) });
    Object.freeze(this);
  }
}

const declared = <H>(variable: Declared, options: StateOptions): StateVar<H> => new StateDeclaration(variable, options) as unknown as StateVar<H>;

/** One value of a type a key. */
export function valueState<D extends DataType<unknown>>(type: D, options: StateOptions = {}): StateVar<ValueState<Exclude<ValueOf<D>, null>>> {
  return declared({ kind: "value", type: dataTypeOf(type) }, options);
}
/** A list of values of a type a key. */
export function listState<D extends DataType<unknown>>(type: D, options: StateOptions = {}): StateVar<ListState<Exclude<ValueOf<D>, null>>> {
  return declared({ kind: "list", type: dataTypeOf(type) }, options);
}
/** A map a key. */
export function mapState<K extends DataType<unknown>, V extends DataType<unknown>>(key: K, value: V, options: StateOptions = {}): StateVar<MapState<Exclude<ValueOf<K>, null>, Exclude<ValueOf<V>, null>>> {
  return declared({ kind: "map", keyType: dataTypeOf(key), type: dataTypeOf(value) }, options);
}

/** The variables of a `state` that a person gave. */
export function variablesOf(state: unknown): StateVariable[] {
  if (typeof state !== "object" || state === null) throw badArgument("`state` says which states the program has, by name.", "state: { n: valueState(bigint()) }");
  return Object.entries(state).map(([name, value]: [string, unknown]) => {
    if (value instanceof StateDeclaration) return Object.freeze({ name, ...value.variable });
    throw badArgument(`The state '${name}' is a ${value === null ? "null" : typeof value}, not a state.`, `${name}: valueState(bigint()), listState(...) or mapState(...)`);
  });
}

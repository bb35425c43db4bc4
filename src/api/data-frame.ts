/**
 * What a frame is to the compiler: `DataFrame<Row>`, Row being a row as `collect()` gives it. The object behind it is
 * FrameNode in frame.ts.
 *
 * Operators read their frame's type from `this`, so that the interface itself mentions no type parameter and that a
 * frame with more columns may stand where one with fewer is asked for.
 */
import type { ArrowOptions } from "./arrow.ts";
import type { WatermarkSettings } from "../plan/watermark-options.ts";
import type { Duration } from "../types/duration.ts";
import type { Timestamp } from "../types/values.ts";
import type { SampleOptions } from "./frame-shape.ts";
import type { NaFunctions, StatFunctions } from "./frame-stat.ts";
import type { BooleanColumn, Column, Columns, Condition, Expr, Known, NameOf, Selection, UntypedColumn, neverNull, type } from "./column.ts";
import type { AsyncMapContext, AsyncMapOptions, Dataset, KeyedDataset } from "./dataset.ts";
import type { ExplainMode } from "./engine.ts";
import type { TypeErrorText } from "./functions/general.ts";
import type { GroupedData, RolledUpData } from "./grouped-data.ts";
import type { Observation } from "./observation.ts";
import type { UntypedRow } from "./reader.ts";
import type { Schema } from "./schema.ts";
import type { ActionOptions } from "./streaming-query.ts";
import type { TableCall } from "./user-functions.ts";
import type { TableArgument } from "./table-argument.ts";
import type { DataFrameWriterV2 } from "./table-writer.ts";
import type { DataFrameWriter, DataStreamWriter } from "./writer.ts";

/** One accessor a side: [Row] for an ordinary frame, [Left, Right, ...] after a join. */
export type Sides = readonly unknown[];
export type ColumnsOf<S extends Sides> = { readonly [I in keyof S]: Columns<S[I]> };
export type ByColumns<S extends Sides, R> = (...sides: ColumnsOf<S>) => R;
export type Where<S extends Sides> = ByColumns<S, Condition> | Condition | string;

/** The row of a list of names and named expressions. */
export type Picked<Row, A extends readonly unknown[]> =
  { [X in A[number] as NameOf<Exclude<X, "*">> & string]: X extends keyof Row ? Row[X] : X extends UntypedColumn<infer C> ? C extends keyof Row ? Row[C] : unknown : X extends Expr<infer T> ? Known<T> : never } extends infer R
    ? ("*" extends A[number] ? Row & R : R) : never;
/** The row of what select and groupBy take: a callback, or names and expressions. */
export type Selected<Row, A extends readonly unknown[]> =
  A extends readonly [(...sides: never) => infer P] ? P extends Selection ? { -readonly [K in keyof P]: Known<P[K][typeof type]> } : never : Picked<Row, A>;

/** A column that both sides of a join have: read it from its side. */
export interface Ambiguous<N> { readonly ambiguous: N }
type Nulls<R> = { [K in keyof R]: R[K] | null };
type NullSides<S extends Sides> = { [I in keyof S]: Nulls<S[I]> };
type Joined<L, R> = { [K in keyof L | keyof R]: K extends keyof L ? K extends keyof R ? Ambiguous<K> : L[K] : K extends keyof R ? R[K] : never };
export type JoinType = "inner" | "left" | "right" | "full" | "left_semi" | "left_anti";
/** Options of asofJoin: `tolerance` is how far the times may lie apart, a duration or, for numbers, a number. */
export interface AsofJoin<L, Q, H> {
  readonly leftTime: keyof L & string;
  readonly rightTime: keyof Q & string;
  readonly by?: (keyof L & keyof Q & string) | readonly (keyof L & keyof Q & string)[];
  readonly direction?: "backward" | "forward" | "nearest";
  readonly tolerance?: Duration | number | bigint | Expr<unknown>;
  readonly allowExactMatches?: boolean;
  readonly how?: H;
}
type JoinSides<S extends Sides, R, H> = H extends "left_semi" | "left_anti" ? S : [...(H extends "right" | "full" ? NullSides<S> : S), H extends "left" | "full" ? Nulls<R> : R];
type JoinRow<L, R, H> = H extends "left_semi" | "left_anti" ? L : Joined<H extends "right" | "full" ? Nulls<L> : L, H extends "left" | "full" ? Nulls<R> : R>;
/** The row of a join over columns of the same name: those once, and the rest of both. */
type Using<L, R, K, H> = { [P in keyof L | (H extends "left_semi" | "left_anti" ? never : keyof R)]:
  P extends K ? P extends keyof L ? L[P] : never
  : P extends keyof L ? (P extends keyof R ? (H extends "left_semi" | "left_anti" ? L[P] : Ambiguous<P>) : L[P] | (H extends "right" | "full" ? null : never))
  : P extends keyof R ? R[P] | (H extends "left" | "full" ? null : never) : never };
type Renamed<Row, M> = { [K in keyof Row as K extends keyof M ? M[K] extends string ? M[K] : K : K]: Row[K] };
type EventTime<Row, K extends keyof Row> = unknown extends Row[K] ? unknown : Row[K] extends Timestamp | null ? unknown : TypeErrorText<`withWatermark needs a TIMESTAMP column; '${K & string}' is not one`>;

declare const row: unique symbol;
declare const sides: unique symbol;
/** The least a frame is: what carries the type parameters of a DataFrame. */
export interface Frame<out Row, out S extends Sides = Sides> { readonly [row]: Row; readonly [sides]: S }
type Any = Frame<unknown>;
type R<F extends Any> = F[typeof row];
type S<F extends Any> = F[typeof sides];

export interface FrameOps {
  /** The rows where the condition holds. */
  where<F extends Any>(this: F, condition: Where<S<F>>): DataFrame<R<F>, S<F>>;
  filter<F extends Any>(this: F, condition: Where<S<F>>): DataFrame<R<F>, S<F>>;
  select<F extends Any, const A extends readonly ((keyof F[typeof row] & string) | "*" | Expr<unknown> | ByColumns<S<F>, Selection>)[]>(this: F, ...columns: A): DataFrame<Selected<R<F>, A>>;
  selectExpr(...sql: string[]): DataFrame<UntypedRow>;
  /** Adds a column, or puts another in the place of the one of that name. */
  withColumn<F extends Any, const N extends string, C extends Expr<unknown>>(this: F, name: N, value: C | ByColumns<S<F>, C>): DataFrame<{ [P in keyof R<F> | N]: P extends N ? Known<C[typeof type]> : P extends keyof R<F> ? R<F>[P] : never }>;
  withColumns<F extends Any, P extends Selection>(this: F, build: ByColumns<S<F>, P>): DataFrame<{ [C in keyof R<F> | keyof P]: C extends keyof P ? Known<P[C][typeof type]> : C extends keyof R<F> ? R<F>[C] : never }>;
  withColumnRenamed<F extends Any, const A extends keyof F[typeof row] & string, const T extends string>(this: F, from: A, to: T): DataFrame<{ [P in Exclude<keyof R<F>, A> | T]: P extends T ? R<F>[A] : P extends keyof R<F> ? R<F>[P] : never }>;
  /** By the columns' names: `withColumnsRenamed({ qty: "quantity", at: "ts" })`. */
  withColumnsRenamed<F extends Any, const M extends { readonly [K in keyof F[typeof row]]?: string }>(this: F, names: M): DataFrame<Renamed<R<F>, M>>;
  drop<F extends Any, const N extends keyof F[typeof row] & string>(this: F, ...names: N[]): DataFrame<{ [P in Exclude<keyof R<F>, N>]: R<F>[P] }>;
  groupBy<F extends Any, const A extends readonly ((keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Selection>)[]>(this: F, ...keys: A): GroupedData<Selected<R<F>, A>, R<F>, S<F>>;
  /** Groups by all keys, by all but the last, and so on up to none: subtotals and a grand total. */
  rollup<F extends Any, const A extends readonly ((keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Selection>)[]>(this: F, ...keys: A): RolledUpData<Nulls<Selected<R<F>, A>>, R<F>, S<F>>;
  /** Groups by every choice of the keys. */
  cube<F extends Any, const A extends readonly ((keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Selection>)[]>(this: F, ...keys: A): RolledUpData<Nulls<Selected<R<F>, A>>, R<F>, S<F>>;
  /** Groups by each of these lists of keys; then all keys, in the order in which they come out: `groupingSets([["city"], []], "city")`. */
  groupingSets<F extends Any, const A extends readonly ((keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Selection>)[]>(this: F, sets: readonly (readonly ((keyof F[typeof row] & string) | Expr<unknown>)[])[], ...keys: A): RolledUpData<Nulls<Selected<R<F>, A>>, R<F>, S<F>>;
  /** Aggregates over all rows: one row. Over no rows all but counts are null. */
  agg<F extends Any, P extends Selection>(this: F, build: ByColumns<S<F>, P>): DataFrame<Global<P>>;
  join<F extends Any, Q>(this: F, other: DataFrame<Q>, on: (...sides: [...ColumnsOf<S<F>>, Columns<Q>]) => Condition): DataFrame<Joined<R<F>, Q>, [...S<F>, Q]>;
  join<F extends Any, Q, const H extends JoinType>(this: F, other: DataFrame<Q>, on: (...sides: [...ColumnsOf<S<F>>, Columns<Q>]) => Condition, how: H): DataFrame<JoinRow<R<F>, Q, H>, JoinSides<S<F>, Q, H>>;
  join<F extends Any, Q, const C extends keyof F[typeof row] & string & keyof Q & string, const H extends JoinType = "inner">(this: F, other: DataFrame<Q>, on: C | readonly C[], how?: H): DataFrame<Using<R<F>, Q, C, H>>;
  crossJoin<F extends Any, Q>(this: F, other: DataFrame<Q>): DataFrame<Joined<R<F>, Q>, [...S<F>, Q]>;
  /**
   * Each row beside at most one row of `other`: among those of the same `by`, the latest at or before its time (backward), the
   * earliest at or after it (forward), or the nearest. docs/joins.md says what that is over streams.
   */
  asofJoin<F extends Any, Q, const H extends "inner" | "left" = "inner">(this: F, other: DataFrame<Q>, options: AsofJoin<R<F>, Q, H>): DataFrame<JoinRow<R<F>, Q, H>, JoinSides<S<F>, Q, H>>;
  /**
   * Each row beside the `numResults` rows of `other` (1 to 100,000) for which `ranking` is least ("distance") or greatest ("similarity"):
   * `orders.nearestByJoin(shops, (o, s) => F.abs(o.x.minus(s.x)), 3, "exact", "distance")`. All pairs are looked at, in either mode; those
   * whose rank is null are none. "left" keeps rows that have no pair. Not over streams.
   */
  nearestByJoin<F extends Any, Q, const H extends "inner" | "left" = "inner">(this: F, other: DataFrame<Q>, ranking: (...sides: [...ColumnsOf<S<F>>, Columns<Q>]) => Expr<unknown>, numResults: number, mode: "exact" | "approx", direction: "distance" | "similarity", how?: H): DataFrame<JoinRow<R<F>, Q, H>, JoinSides<S<F>, Q, H>>;
  /**
   * Each row beside the rows that a table function, or a query that uses the row's columns, makes of it:
   * `lines.lateralJoin(r => words(r.line))`. "left" keeps rows of which nothing is made.
   */
  lateralJoin<F extends Any, Q, const H extends "inner" | "left" = "inner">(this: F, build: (...sides: ColumnsOf<S<F>>) => TableCall<Q> | Frame<Q>, on?: ((...sides: [...ColumnsOf<S<F>>, Columns<Q>]) => Condition) | undefined, how?: H): DataFrame<JoinRow<R<F>, Q, H>, JoinSides<S<F>, Q, H>>;
  /** Both, by position of the columns; duplicates stay. */
  union<F extends Any>(this: F, other: Frame<R<F>>): DataFrame<R<F>>;
  /** Both, by the names of the columns. With `allowMissingColumns` a column of one side alone is null in the rows of the other. */
  unionByName<F extends Any>(this: F, other: Frame<R<F>>): DataFrame<R<F>>;
  unionByName<F extends Any, Q>(this: F, other: DataFrame<Q>, options: { readonly allowMissingColumns: true }): DataFrame<{ [K in keyof R<F> | keyof Q]: K extends keyof R<F> ? K extends keyof Q ? R<F>[K] | Q[K] : R<F>[K] | null : K extends keyof Q ? Q[K] | null : never }>;
  /** Rows of both, each once; `intersectAll` as often as both have it. */
  intersect<F extends Any>(this: F, other: Frame<R<F>>): DataFrame<R<F>>;
  intersectAll<F extends Any>(this: F, other: Frame<R<F>>): DataFrame<R<F>>;
  /** Rows that the other doesn't have, each once; `exceptAll` as often as they are left over. */
  except<F extends Any>(this: F, other: Frame<R<F>>): DataFrame<R<F>>;
  exceptAll<F extends Any>(this: F, other: Frame<R<F>>): DataFrame<R<F>>;
  orderBy<F extends Any>(this: F, ...by: ((keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Expr<unknown> | readonly Expr<unknown>[]>)[]): DataFrame<R<F>, S<F>>;
  sort<F extends Any>(this: F, ...by: ((keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Expr<unknown> | readonly Expr<unknown>[]>)[]): DataFrame<R<F>, S<F>>;
  limit<F extends Any>(this: F, n: number): DataFrame<R<F>, S<F>>;
  offset<F extends Any>(this: F, n: number): DataFrame<R<F>, S<F>>;
  distinct<F extends Any>(this: F): DataFrame<R<F>>;
  /** One row of those that have the same values in these columns; without names, in all. */
  dropDuplicates<F extends Any>(this: F, ...names: (keyof F[typeof row] & string)[]): DataFrame<R<F>>;
  /** As dropDuplicates on a stream, remembering a row no longer than the watermark's delay. */
  dropDuplicatesWithinWatermark<F extends Any>(this: F, ...names: (keyof F[typeof row] & string)[]): DataFrame<R<F>>;
  /** A share of the rows, each taken by chance; with a seed the same each time. */
  sample<F extends Any>(this: F, fraction: number, options?: SampleOptions): DataFrame<R<F>, S<F>>;
  /** Parts that share no row and make up the whole, by weights. */
  randomSplit<F extends Any>(this: F, weights: readonly number[], options?: { readonly seed?: number | bigint }): DataFrame<R<F>, S<F>>[];
  /** Columns become rows: one a row and value column, with the column's name. `values` null: all columns but the ids. */
  unpivot<F extends Any, const I extends keyof F[typeof row] & string, const V extends keyof F[typeof row] & string = Exclude<keyof F[typeof row] & string, I>, const N extends string = "variable", const T extends string = "value">(this: F, ids: readonly I[], values: readonly V[] | null, variableName?: N, valueName?: T): DataFrame<{ [P in I | N | T]: P extends I ? R<F>[P & keyof R<F>] : P extends N ? string : R<F>[V & keyof R<F>] }>;
  /** Columns become rows and the values of a column, the first unless named, the names of columns. Is read at once; at most 500 rows unless `spark.sql.transposeMaxValues` says otherwise. */
  transpose<F extends Any>(this: F, indexColumn?: keyof F[typeof row] & string): Promise<DataFrame<UntypedRow>>;
  /** Other names for all columns, in order. */
  toDF(...names: string[]): DataFrame<UntypedRow>;
  /** Each row as JSON text. */
  toJSON(): DataFrame<{ value: string }>;
  /** A BIGINT column with the number of the row, from 0, in the order of the plan. */
  zipWithIndex<F extends Any, const N extends string = "index">(this: F, name?: N): DataFrame<{ [P in keyof R<F> | N]: P extends N ? bigint : P extends keyof R<F> ? R<F>[P] : never }>;
  /** The one value of a frame of one column and at most one row, in an expression of another frame. */
  scalar<F extends Any>(this: F): Column<R<F>[keyof R<F>] | null>;
  /** Whether the frame has a row, in a condition of another frame: `orders.where(o => customers.where(c => c.id.eq(o.customer.outer())).exists())`. */
  exists(): BooleanColumn<boolean>;
  /** Says what is known of the data: `hint("broadcast")` of a small side of a join. Hints that mean nothing here are passed over. */
  hint<F extends Any>(this: F, name: string, ...parameters: (string | number | Expr<unknown>)[]): DataFrame<R<F>, S<F>>;
  /** Accepted as in Spark: one process has one partition, and how rows are dealt out changes no result. */
  repartition<F extends Any>(this: F, ...by: (number | (keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Selection>)[]): DataFrame<R<F>, S<F>>;
  repartitionByRange<F extends Any>(this: F, ...by: (number | (keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Selection>)[]): DataFrame<R<F>, S<F>>;
  coalesce<F extends Any>(this: F, partitions: number): DataFrame<R<F>, S<F>>;
  sortWithinPartitions<F extends Any>(this: F, ...by: ((keyof F[typeof row] & string) | Expr<unknown> | ByColumns<S<F>, Expr<unknown> | readonly Expr<unknown>[]>)[]): DataFrame<R<F>, S<F>>;
  /** Aggregates over the rows that go by, told by the observation when a query has run, or under the name in a stream's progress. */
  observe<F extends Any, P extends Selection>(this: F, as: string | Observation<Global<NoInfer<P>>>, build: ByColumns<S<F>, P>): DataFrame<R<F>, S<F>>;
  /**
   * Keeps the rows in memory once a query has read them to the end, for all queries of the session of which they are a part.
   * Together at most `spark.millrace.cacheBytes`, 512 MiB unless set; what does not fit is computed anew.
   */
  cache<F extends Any>(this: F): DataFrame<R<F>, S<F>>;
  /** As cache(). Spark's storage levels are accepted; what is kept lies in memory. */
  persist<F extends Any>(this: F, level?: StorageLevel): DataFrame<R<F>, S<F>>;
  unpersist<F extends Any>(this: F): DataFrame<R<F>, S<F>>;
  /** "NONE" of a frame that is not cached. */
  readonly storageLevel: StorageLevel;
  /** Count, mean, deviation, least and greatest of the columns of numbers and text, as text. */
  describe<F extends Any>(this: F, ...columns: (keyof F[typeof row] & string)[]): DataFrame<UntypedRow>;
  /** As describe, of all such columns: these statistics, or those of describe with quartiles. */
  summary(...statistics: string[]): DataFrame<UntypedRow>;
  /** A name for the frame in SQL text and `col("name.column")`. */
  alias<F extends Any>(this: F, name: string): DataFrame<R<F>>;
  /** How late a row may be: state older than the greatest event time less `delay` is closed. The options go beyond Spark's; docs/watermarks.md shows them. */
  withWatermark<F extends Any, const N extends keyof F[typeof row] & string>(this: F, column: N & EventTime<R<F>, N & keyof R<F>>, delay: Duration, options?: WatermarkSettings): DataFrame<R<F>>;
  /** Casts, picks and reorders the columns to those of the schema. */
  to<Q>(schema: Schema<Q>): DataFrame<Q>;
  /** Declares the row; that the plan gives just that is checked at the first action. */
  as<Q>(schema: Schema<Q>): DataFrame<Q>;
  transform<F, D>(this: F, build: (frame: F) => D): D;
  createOrReplaceTempView(name: string): void;
  createTempView(name: string): void;
  /** In the schema `global_temp`. */
  createOrReplaceGlobalTempView(name: string): void;
  createGlobalTempView(name: string): void;
  explain(mode?: ExplainMode): Promise<string>;
  /** Whether the other frame gives the same rows by the same steps; what columns are called doesn't matter. Different steps that come to the same are not seen. */
  sameSemantics(other: Frame<unknown>): Promise<boolean>;
  /** The same for frames of the same semantics. */
  semanticHash(): Promise<number>;
  /** The rows as the argument of a function that udtf() made: `table(sessions(clicks.asTable().partitionBy("user").orderBy("at")))`. */
  asTable(): TableArgument;
  /** A column that only its name brings: `_metadata` of files. */
  metadataColumn(name: "_metadata"): UntypedColumn;
  count(options?: ActionOptions): Promise<number>;
  isEmpty(options?: ActionOptions): Promise<boolean>;
  /** Prints the first rows as a table. `truncate`: cut at 20 characters, or so many; false: not at all. */
  show(n?: number, options?: ShowOptions): Promise<void>;
  /** What show() prints. */
  showString(n?: number, options?: ShowOptions): Promise<string>;
  /** Prints the columns as a tree. */
  printSchema(): Promise<void>;
  readonly isStreaming: boolean;
}
export type StorageLevel = "NONE" | "MEMORY_ONLY" | "MEMORY_ONLY_2" | "MEMORY_ONLY_SER" | "MEMORY_ONLY_SER_2" | "MEMORY_AND_DISK" | "MEMORY_AND_DISK_2" | "MEMORY_AND_DISK_SER" | "MEMORY_AND_DISK_SER_2" | "MEMORY_AND_DISK_DESER" | "DISK_ONLY" | "DISK_ONLY_2" | "DISK_ONLY_3" | "OFF_HEAP";
export interface ShowOptions extends ActionOptions { truncate?: boolean | number; vertical?: boolean }

export interface DataFrame<out Row, out S extends Sides = [Row]> extends Frame<Row, S>, FrameOps, AsyncIterable<Row> {
  schema(): Promise<Schema<Row>>;
  /** All rows. */
  collect(options?: ActionOptions): Promise<Row[]>;
  /** All rows as the bytes of an Arrow stream: for `tableFromIPC()`, DuckDB, pyarrow, polars. */
  toArrow(options?: ActionOptions & ArrowOptions): Promise<Uint8Array>;
  /** The same in pieces, as rows are ready: the schema, each batch, the end. Node's streams take them (`Readable.from`), and apache-arrow's `RecordBatchReader`. */
  toArrowStream(options?: ActionOptions & ArrowOptions): AsyncIterable<Uint8Array>;
  take(n: number, options?: ActionOptions): Promise<Row[]>;
  first(options?: ActionOptions): Promise<Row | undefined>;
  /** The last rows. All are read. */
  tail(n: number, options?: ActionOptions): Promise<Row[]>;
  /** Missing values. */
  readonly na: NaFunctions<Row>;
  readonly stat: StatFunctions<Row>;
  /** Calls a function with each row, as an object. What it gives are values of any kind. */
  map<U>(f: (row: Row) => U): Dataset<U>;
  flatMap<U>(f: (row: Row) => Iterable<U>): Dataset<U>;
  /** Called with up to some thousands of rows at a time. */
  mapPartitions<U>(f: (rows: Row[]) => Iterable<U>): Dataset<U>;
  /** Awaits what the function gives, a bounded number of calls at once; results keep the order of the rows. After a crash a call may be made again. */
  mapAsync<U>(f: (row: Row, context: AsyncMapContext) => Promise<U> | U, options?: AsyncMapOptions): Dataset<U>;
  groupByKey<K>(key: (row: Row) => K): KeyedDataset<K, Row>;
  /** The rows as values. */
  rows(): Dataset<Row>;
  /** Calls a function with each row, one after the other. */
  foreach(f: (row: Row) => void | Promise<void>, options?: ActionOptions): Promise<void>;
  foreachPartition(f: (rows: Row[]) => void | Promise<void>, options?: ActionOptions): Promise<void>;
  readonly write: DataFrameWriter<Row>;
  /** Into a table of the session, by the names of its columns: `writeTo("sales").using("parquet").partitionedBy("day").create()`. */
  writeTo(table: string): DataFrameWriterV2;
  readonly writeStream: DataStreamWriter<Row>;
}
/** Over no rows an aggregate is null, except a count. */
export type Global<P extends Selection> = { [K in keyof P]: P[K] extends { readonly [neverNull]: true } ? P[K][typeof type] : P[K][typeof type] | null };

/**
 * What an expression is to the compiler. A column of a frame is a `Column<T>`, T being the value it has in JavaScript, so
 * that `r.price.plus(1)` is known to be a bigint before anything runs. Nothing here exists at run time: column-node.ts
 * is the object behind all of these.
 *
 * Methods read their receiver's type from `this`. No interface mentions its T in a method, so one instantiation serves
 * all columns, and that T only comes out is something the compiler can prove.
 */
import type { Duration } from "../types/duration.ts";
import type {
  DayTimeInterval, Decimal, Int, IntKey, LocalDate, Moment, Num, Timestamp, TimestampLike, YearMonthInterval,
} from "../types/values.ts";
import type { DataType, FromTypeName, TypeName, TypeNames } from "./schema.ts";

export declare const type: unique symbol;
export declare const label: unique symbol;
export declare const neverNull: unique symbol;

/** The least an expression is. Every parameter asks only for this: one property to compare. */
export interface Expr<out T> { readonly [type]: T }
/** An expression with a name, made by `as()`. */
export interface Named<out N extends string, out T> extends Expr<T> { readonly [label]: N; asc(): Expr<T>; desc(): Expr<T> }
export type Condition = Expr<boolean | null>;
export type TypeOf<E extends Expr<unknown>> = E[typeof type];

// Arithmetic: int < long < decimal < double; null if either side can be null.
type OperandType<B> = B extends Expr<infer T> ? T : B extends number ? Int : B;
type Kind<T> = T extends bigint ? "long" : T extends Decimal ? "decimal" : T extends number ? (IntKey extends keyof T ? "int" : "double") : never;
type Widest<K> = "double" extends K ? number : "decimal" extends K ? Decimal : "long" extends K ? bigint : Int;
export type Arith<A, B> = unknown extends OperandType<B> ? unknown : Widest<Kind<A> | Kind<OperandType<B>>> | ((A | OperandType<B>) & null);
/** `/` of whole numbers is a double; of a decimal and anything but a double, a decimal. */
export type Quotient<A, B> = ("decimal" extends Kind<A> | Kind<OperandType<B>> ? ("double" extends Kind<A> | Kind<OperandType<B>> ? number : Decimal) : number) | ((A | OperandType<B>) & null);

type NumberLiteral = number | bigint | Decimal;
type NumArg = Expr<Num | null> | NumberLiteral;
type StrArg = Expr<string | null> | string;
type TimeArg = Expr<Moment | string | null> | TimestampLike | LocalDate;
type Interval = DayTimeInterval | YearMonthInterval;
type CastTo<S> = S extends string ? FromTypeName<S> : S extends DataType<infer T> ? Exclude<T, null> : never;
/** What may stand as a value where T is expected. */
export type Literal<T> = unknown extends T ? unknown : T extends Num ? NumberLiteral : T extends Timestamp ? TimestampLike : T extends LocalDate ? LocalDate | string : T extends null ? never : T;
/** A test of E against B: null if one of them can be. */
type Test<E extends Expr<unknown>, B = never> = BooleanColumn<boolean | (E[typeof type] & null) | (B extends Expr<infer T> ? T & null : never)>;

export interface CommonOps {
  isNull(): BooleanColumn<boolean>;
  isNotNull(): BooleanColumn<boolean>;
  /** Names the expression. */
  as<E extends Expr<unknown>, const A extends string>(this: E, name: A): Named<A, E[typeof type]>;
  /** A value that doesn't fit is an error, as in SQL's CAST. */
  cast<E extends Expr<unknown>, const S extends keyof TypeNames | `decimal(${number},${number})` | DataType<unknown>>(this: E, to: S): Column<CastTo<S> | (E[typeof type] & null)>;
  /** A value that doesn't fit is null. */
  tryCast<const S extends keyof TypeNames | `decimal(${number},${number})` | DataType<unknown>>(to: S): Column<CastTo<S> | null>;
  asc(): Expr<unknown>;
  desc(): Expr<unknown>;
  ascNullsFirst(): Expr<unknown>;
  ascNullsLast(): Expr<unknown>;
  descNullsFirst(): Expr<unknown>;
  descNullsLast(): Expr<unknown>;
  over<E extends Expr<unknown>, const W extends WindowSpec | FramedWindowSpec>(this: E, window: W): Column<E[typeof type] | (W extends FramedWindowSpec ? null : never)>;
  /** Of an aggregate: only the rows where the condition holds. */
  filter<E extends Expr<unknown>>(this: E, condition: Condition): Column<E[typeof type] | null>;
  /** `r.name.transform(upper)` is `upper(r.name)`. */
  transform<E extends Expr<unknown>, C>(this: E, change: (column: Column<E[typeof type]>) => C): C;
  /** Of a column of the frame around, inside of a frame that is a subquery. */
  outer<E extends Expr<unknown>>(this: E): Column<E[typeof type]>;
  /** Says that no null is there; one that is met fails the query. */
  notNull<E extends Expr<unknown>>(this: E): Column<Exclude<E[typeof type], null>>;
}
/** A frame where a list of values is asked for. */
interface SubqueryFrame { readonly isStreaming: boolean; exists(): unknown }
interface EqOps<A> {
  eq<E extends Expr<unknown>, B extends A>(this: E, other: B): Test<E, B>;
  ne<E extends Expr<unknown>, B extends A>(this: E, other: B): Test<E, B>;
  /** Equal, or both null: `<=>`. */
  eqNullSafe(other: A | null): BooleanColumn<boolean>;
  /** One of these values, or of the values of a frame with one column. */
  isin<E extends Expr<unknown>>(this: E, ...values: A[] | [SubqueryFrame]): Test<E>;
}
interface OrderOps<A> extends EqOps<A> {
  gt<E extends Expr<unknown>, B extends A>(this: E, other: B): Test<E, B>;
  gte<E extends Expr<unknown>, B extends A>(this: E, other: B): Test<E, B>;
  lt<E extends Expr<unknown>, B extends A>(this: E, other: B): Test<E, B>;
  lte<E extends Expr<unknown>, B extends A>(this: E, other: B): Test<E, B>;
  /** Both ends included. */
  between<E extends Expr<unknown>>(this: E, low: A, high: A): Test<E>;
}
type NumOp = <E extends Expr<unknown>, B extends NumArg>(this: E, other: B) => NumericColumn<Arith<E[typeof type], B>>;
interface NumericOps extends CommonOps, OrderOps<NumArg> {
  plus: NumOp;
  minus: NumOp;
  mul: NumOp;
  mod: NumOp;
  bitAnd: NumOp;
  bitOr: NumOp;
  bitXor: NumOp;
  div<E extends Expr<unknown>, B extends NumArg>(this: E, other: B): NumericColumn<Quotient<E[typeof type], B>>;
  neg<E extends Expr<unknown>>(this: E): NumericColumn<E[typeof type]>;
  isNaN(): BooleanColumn<boolean>;
}
interface StringOps extends CommonOps, OrderOps<StrArg> {
  like<E extends Expr<unknown>>(this: E, pattern: string, escape?: string): Test<E>;
  ilike<E extends Expr<unknown>>(this: E, pattern: string, escape?: string): Test<E>;
  rlike<E extends Expr<unknown>>(this: E, regex: string): Test<E>;
  startsWith<E extends Expr<unknown>, B extends StrArg>(this: E, prefix: B): Test<E, B>;
  endsWith<E extends Expr<unknown>, B extends StrArg>(this: E, suffix: B): Test<E, B>;
  contains<E extends Expr<unknown>, B extends StrArg>(this: E, part: B): Test<E, B>;
  /** `start` counts from 1. */
  substr<E extends Expr<unknown>>(this: E, start: number, length: number): StringColumn<E[typeof type]>;
}
interface BooleanOps extends CommonOps, EqOps<Condition | boolean> {
  and<E extends Condition, B extends Condition>(this: E, other: B): Test<E, B>;
  or<E extends Condition, B extends Condition>(this: E, other: B): Test<E, B>;
  not<E extends Condition>(this: E): Test<E>;
}
interface TemporalOps extends CommonOps, OrderOps<TimeArg> {
  plus<E extends Expr<unknown>>(this: E, by: Expr<Interval | null> | Interval | Duration): TemporalColumn<E[typeof type]>;
  /** Less a length of time; or the length of time since another moment. */
  minus<E extends Expr<unknown>, B extends Expr<Interval | Moment | null> | Interval | Duration>(this: E, other: B): Column<(B extends Expr<infer T> ? Exclude<T, null> extends Moment ? DayTimeInterval : E[typeof type] : E[typeof type]) | (E[typeof type] & null)>;
}
export interface NumericColumn<out T> extends Expr<T>, NumericOps {}
export interface StringColumn<out T> extends Expr<T>, StringOps {}
export interface BooleanColumn<out T> extends Expr<T>, BooleanOps {}
export interface TemporalColumn<out T> extends Expr<T>, TemporalOps {}
export interface ColumnBase<out T> extends Expr<T>, CommonOps, EqOps<Expr<unknown>> {}

type ElementOf<T> = T extends readonly (infer E)[] ? E : never;
type KeyOf<T> = T extends Map<infer K, unknown> ? K : never;
type EntryOf<T> = T extends Map<unknown, infer V> ? V : never;
export interface ArrayColumn<out T> extends ColumnBase<T> {
  /** `xs[index]` of SQL: counts from 0; past the end is an error. `get(xs, index)` gives null there. */
  at<E extends Expr<unknown>>(this: E, index: number | Expr<Num | null>): Column<ElementOf<E[typeof type]> | null>;
  contains<E extends Expr<unknown>>(this: E, item: Expr<unknown> | Literal<ElementOf<E[typeof type]>>): Test<E>;
}
export interface MapColumn<out T> extends ColumnBase<T> {
  /** `m[key]` of SQL: null where the key isn't. */
  at<E extends Expr<unknown>>(this: E, key: Literal<KeyOf<E[typeof type]>> | Expr<unknown>): Column<EntryOf<E[typeof type]> | null>;
}
interface StructMethods<out T> extends ColumnBase<T> {
  getField<E extends Expr<unknown>, const F extends keyof NonNullable<E[typeof type]> & string>(this: E, name: F): Column<NonNullable<E[typeof type]>[F] | (E[typeof type] & null)>;
  /** The struct with a field more, or another in the place of the one of that name. */
  withField<E extends Expr<unknown>, const F extends string, V>(this: E, name: F, value: Expr<V>): Column<{ [P in keyof NonNullable<E[typeof type]> | F]: P extends F ? V : P extends keyof NonNullable<E[typeof type]> ? NonNullable<E[typeof type]>[P] : never } | (E[typeof type] & null)>;
  dropFields<E extends Expr<unknown>, const F extends keyof NonNullable<E[typeof type]> & string>(this: E, ...names: F[]): Column<{ [P in Exclude<keyof NonNullable<E[typeof type]>, F>]: NonNullable<E[typeof type]>[P] } | (E[typeof type] & null)>;
}
/** A struct: its fields, and the methods; a field named as one of the methods is read by `getField`. */
export type StructColumn<T> = StructMethods<T> & { readonly [F in keyof NonNullable<T> as F extends keyof StructMethods<unknown> ? never : F]: Column<NonNullable<T>[F] | (T & null)> };

type UntypedBoolean = BooleanColumn<boolean | null>;
/** A column whose type the compiler can't know: every method is there, results are unknown. */
export interface UntypedColumn<out NAME extends string = string> extends Named<NAME, any> {
  eq(other: unknown): UntypedBoolean;
  ne(other: unknown): UntypedBoolean;
  eqNullSafe(other: unknown): BooleanColumn<boolean>;
  gt(other: unknown): UntypedBoolean;
  gte(other: unknown): UntypedBoolean;
  lt(other: unknown): UntypedBoolean;
  lte(other: unknown): UntypedBoolean;
  between(low: unknown, high: unknown): UntypedBoolean;
  isin(...values: unknown[]): UntypedBoolean;
  isNull(): BooleanColumn<boolean>;
  isNotNull(): BooleanColumn<boolean>;
  like(pattern: string, escape?: string): UntypedBoolean;
  ilike(pattern: string, escape?: string): UntypedBoolean;
  rlike(regex: string): UntypedBoolean;
  startsWith(prefix: unknown): UntypedBoolean;
  endsWith(suffix: unknown): UntypedBoolean;
  contains(part: unknown): UntypedBoolean;
  substr(start: number, length: number): UntypedColumn;
  plus(other: unknown): UntypedColumn;
  minus(other: unknown): UntypedColumn;
  mul(other: unknown): UntypedColumn;
  div(other: unknown): UntypedColumn;
  mod(other: unknown): UntypedColumn;
  neg(): UntypedColumn;
  getField(name: string): UntypedColumn;
  withField(name: string, value: Expr<unknown>): UntypedColumn;
  dropFields(...names: string[]): UntypedColumn;
  isNaN(): BooleanColumn<boolean>;
  transform<C>(change: (column: this) => C): C;
  outer(): UntypedColumn;
  at(key: unknown): UntypedColumn;
  and(other: Expr<unknown>): UntypedBoolean;
  or(other: Expr<unknown>): UntypedBoolean;
  not(): UntypedBoolean;
  as<const A extends string>(name: A): Named<A, unknown>;
  cast<const S extends TypeName | DataType<unknown>>(to: S): Column<CastTo<S> | null>;
  tryCast<const S extends TypeName | DataType<unknown>>(to: S): Column<CastTo<S> | null>;
  over(window: WindowSpec | FramedWindowSpec): UntypedColumn;
  filter(condition: Condition): UntypedColumn;
  asc(): Expr<unknown>;
  desc(): Expr<unknown>;
  ascNullsFirst(): Expr<unknown>;
  ascNullsLast(): Expr<unknown>;
  descNullsFirst(): Expr<unknown>;
  descNullsLast(): Expr<unknown>;
}

/** The expression whose value is a T: what `r.price` is. */
export type Column<T> =
  unknown extends T ? UntypedColumn
  : [T] extends [Num | null] ? NumericColumn<T>
  : [T] extends [string | null] ? StringColumn<T>
  : [T] extends [boolean | null] ? BooleanColumn<T>
  : [T] extends [Moment | null] ? TemporalColumn<T>
  : [T] extends [readonly unknown[] | null] ? ArrayColumn<T>
  : [T] extends [ReadonlyMap<any, any> | null] ? MapColumn<T>
  : [T] extends [Uint8Array | Interval | null] ? ColumnBase<T>
  : StructColumn<T>;
/** The accessor given to callbacks: an expression for each column, resolved only when touched. */
export type Columns<Row> = { readonly [K in keyof Row]-?: Column<Row[K]> };

/** What `over` takes, made from `Window`. */
export interface WindowSpec {
  readonly kind: "window";
  partitionBy(...columns: (Expr<unknown> | string)[]): WindowSpec;
  orderBy(...columns: (Expr<unknown> | string)[]): WindowSpec;
  /** Rows counted from the current one: -6 is six before, 0 the row itself, `Window.unboundedPreceding` the first. */
  rowsBetween(start: number, end: number): FramedWindowSpec;
  /** As rowsBetween, by distance of the value that is ordered by. */
  rangeBetween(start: number, end: number): FramedWindowSpec;
}
export interface FramedWindowSpec { readonly kind: "framed" }

/** What a callback of select returns: names and expressions. */
export type Selection = { readonly [name: string]: Expr<unknown> };
export type Known<T> = unknown extends T ? unknown : T;
export type NameOf<X> = X extends string ? X : X extends { readonly [label]: infer A } ? A : never;
export type Merge<A, B> = { [K in keyof A | keyof B]: K extends keyof B ? B[K] : K extends keyof A ? A[K] : never } extends infer R ? R : never;

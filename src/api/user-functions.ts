/**
 * A person's own functions for expressions: `udf` of a row's values, `udf.batch` of columns, `udaf` of groups, `udtf` that makes
 * rows. Types are declared, so that a plan is checked before it runs. docs/user-functions.md shows them.
 */
import type { ColumnValues, ColumnView } from "../columns/column-view.ts";
import { userAggregate } from "../functions/user-aggregate.ts";
import { call, type Expression } from "../plan/expressions.ts";
import type { FunctionEntry, SpecialFunction } from "../plan/function.ts";
import type { PartitionedCall, TableFunction } from "../plan/relations.ts";
import { signatureOf, type UserBody, type UserFunction as PlanFunction, type UserParameter } from "../plan/user-functions.ts";
import { typeToSql, type DataType as PlanType } from "../types/data-type.ts";
import { badArgument } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { columnOf, namedColumn, nodeOf, toExpression } from "./column-node.ts";
import type { Column, Expr } from "./column.ts";
import { dataTypeOf, isNullable, structTypeOf, type DataType, type RowIn, type Schema, type ValueOf } from "./schema.ts";
import { TableArgumentNode, type TableArgument } from "./table-argument.ts";

type Types = readonly DataType<unknown>[];
type ArgTypes<A extends Types> = { -readonly [I in keyof A]: ValueOf<A[I]> };
type ArgExprs<A extends Types> = { -readonly [I in keyof A]: Expr<ValueOf<A[I]>> };
/** Of a table function, an ARRAY of STRUCTs may also be the rows of a table. */
type TableArgExprs<A extends Types> = { -readonly [I in keyof A]: Expr<ValueOf<A[I]>> | (Exclude<ValueOf<A[I]>, null> extends readonly object[] ? TableArgument : never) };
type ArgColumns<A extends Types> = { -readonly [I in keyof A]: ColumnView<ValueOf<A[I]>> };
type State<S extends DataType<unknown>> = Exclude<ValueOf<S>, null>;

/** `deterministic: false`: the function may give another value for the same arguments, so it is called once a row and never moved. */
export interface FunctionOptions<A extends Types, D> {
  readonly args: A;
  readonly returns: D;
  readonly deterministic?: boolean;
  /** What errors and explain() call it; the JavaScript function's name unless said otherwise. */
  readonly name?: string;
}
/** A function of columns. A null for an argument that is declared notNull() gives null without a call. */
export interface UserFunction<A extends Types, D extends DataType<unknown>> { (...args: ArgExprs<A>): Column<ValueOf<D>> }
/** What a function of a batch gives: a value a row, or the column's storage (BIGINT: BigInt64Array, DOUBLE: Float64Array, ...). */
export type BatchResult<T> = Iterable<T> | ColumnValues | { readonly values: ColumnValues; readonly validity?: Uint8Array | null };

export interface AggregateOptions<A extends Types, S extends DataType<unknown>, D extends DataType<unknown>> extends FunctionOptions<A, D> {
  /** What a group keeps: a value of this type, which a stream's checkpoint holds. */
  readonly state: S;
  readonly zero: () => State<S>;
  /** One row more. May change the state that it is given and return it. */
  readonly reduce: (state: State<S>, ...values: ArgTypes<A>) => State<S>;
  /** The state of the rows of both. */
  readonly merge: (a: State<S>, b: State<S>) => State<S>;
  readonly finish: (state: State<S>) => ValueOf<D>;
}

declare const tableRow: unique symbol;
/** A call of a function that makes rows: for `table()` and `lateralJoin()`. */
export interface TableCall<out R> { readonly [tableRow]: R }
export interface UserTableFunction<A extends Types, R> { (...args: TableArgExprs<A>): TableCall<R> }

const ENTRY = Symbol("millrace.function");
/** The plan's function behind what udf(), udaf() and udtf() gave. */
export function entryOf(value: unknown): FunctionEntry | undefined {
  return typeof value === "function" ? (value as { readonly [ENTRY]?: FunctionEntry })[ENTRY] : undefined;
}

export class TableCallNode {
  readonly entry: SpecialFunction;
  readonly relation: TableFunction | PartitionedCall;

  constructor(entry: SpecialFunction, parameters: readonly UserParameter[], given: readonly unknown[]) {
    const at = given.findIndex(value => value instanceof TableArgumentNode), name = entry.name, origin = callSite();
    this.entry = entry;
    if (at < 0) this.relation = Object.freeze({ kind: "table_function", name, args: argumentsOf(parameters, given), entry, origin });
    else {
      if (given.some((value, i) => i !== at && value instanceof TableArgumentNode)) throw badArgument(`${name}() takes one table.`, undefined, "TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS", "54023");
      const args = argumentsOf(parameters.filter((_, i) => i !== at), given.filter((_, i) => i !== at));
      this.relation = Object.freeze({ kind: "partitioned_call", name, args, at, entry, ...(given[at] as TableArgumentNode).parts, origin });
    }
    Object.freeze(this);
  }
}

const parametersOf = (args: unknown, example: string): UserParameter[] => {
  if (!Array.isArray(args)) throw badArgument("`args` lists the types of the arguments.", example);
  return (args as Types).map(type => ({ type: dataTypeOf(type), nullable: isNullable(type) }));
};
const nameFrom = (given: string | undefined, body: Function, otherwise: string): string => given ?? (body.name === "" ? otherwise : body.name);
const usageOf = (name: string, parameters: readonly UserParameter[], result: string): string => signatureOf(name, parameters.map(({ type }) => typeToSql(type).toLowerCase()), result);
const wanted = (spec: unknown, body: unknown, what: string, example: string): void => {
  if (typeof spec !== "object" || spec === null || typeof body !== "function") throw badArgument(`${what} takes the types of the function, then the function.`, example);
};

/** The arguments of a call: columns, names, or values that take the declared type. */
function argumentsOf(parameters: readonly UserParameter[], given: readonly unknown[]): Expression[] {
  const origin = callSite();
  return given.map((value, i) => nodeOf(value)?.expression ?? (typeof value === "string" && parameters[i]?.type.kind !== "string" ? nodeOf(namedColumn(value))!.expression : toExpression(value, origin, parameters[i]?.type)));
}

function callable(entry: PlanFunction | ReturnType<typeof userAggregate>, parameters: readonly UserParameter[], type: PlanType): Function {
  const make = (...args: unknown[]): unknown => columnOf(Object.freeze({ ...call(entry.name, argumentsOf(parameters, args), callSite()), entry }), type, undefined);
  return Object.assign(make, { [ENTRY]: entry });
}

function scalar(spec: FunctionOptions<Types, DataType<unknown>>, body: UserBody, given: Function): Function {
  const parameters = parametersOf(spec.args, "udf({ args: [string()], returns: bigint() }, text => ...)"), type = dataTypeOf(spec.returns), name = nameFrom(spec.name, given, "udf");
  const entry: PlanFunction = Object.freeze({
    kind: "user", name, usage: usageOf(name, parameters, typeToSql(type).toLowerCase()), description: "A person's own function.", cases: [],
    parameters, type, nullable: isNullable(spec.returns), deterministic: spec.deterministic ?? true, body,
  });
  return callable(entry, parameters, type);
}

interface Udf {
  /** A function of the values of a row: `udf({ args: [string()], returns: bigint() }, text => BigInt(text?.length ?? 0))`. */
  <const A extends Types, D extends DataType<unknown>>(spec: FunctionOptions<A, D>, f: (...args: ArgTypes<A>) => ValueOf<D>): UserFunction<A, D>;
  /** A function of a batch of columns: called once for up to some thousands of rows, with views of typed arrays where a type has them. */
  batch<const A extends Types, D extends DataType<unknown>>(spec: FunctionOptions<A, D>, f: (columns: ArgColumns<A>, rows: number) => BatchResult<ValueOf<D>>): UserFunction<A, D>;
}
export const udf: Udf = Object.assign(
  (spec: FunctionOptions<Types, DataType<unknown>>, f: (...args: readonly unknown[]) => unknown) => {
    wanted(spec, f, "udf()", "udf({ args: [string()], returns: bigint() }, text => ...)");
    return scalar(spec, { kind: "row", call: f }, f);
  },
  { batch: (spec: FunctionOptions<Types, DataType<unknown>>, f: (columns: readonly ColumnView[], rows: number) => unknown) => {
    wanted(spec, f, "udf.batch()", "udf.batch({ args: [double()], returns: double() }, ([column], rows) => ...)");
    return scalar(spec, { kind: "batch", call: f }, f);
  } },
) as unknown as Udf;

/** An aggregate function, after Spark's Aggregator. */
export function udaf<const A extends Types, S extends DataType<unknown>, D extends DataType<unknown>>(spec: AggregateOptions<A, S, D>): UserFunction<A, D> {
  const example = "udaf({ args: [bigint()], state: bigint().notNull(), returns: bigint(), zero: () => 0n, reduce: (state, value) => ..., merge: (a, b) => ..., finish: state => state })";
  for (const step of ["zero", "reduce", "merge", "finish"] as const) if (typeof spec?.[step] !== "function") throw badArgument(`udaf() needs the function \`${step}\`.`, example);
  const parameters = parametersOf(spec.args, example), type = dataTypeOf(spec.returns);
  const entry = userAggregate({
    name: spec.name ?? "udaf", parameters, stateType: dataTypeOf(spec.state), type, nullable: isNullable(spec.returns), deterministic: spec.deterministic ?? true,
    zero: spec.zero, reduce: spec.reduce as (state: unknown, ...values: unknown[]) => unknown, merge: spec.merge as (a: unknown, b: unknown) => unknown, finish: spec.finish as (state: unknown) => unknown,
  });
  return callable(entry, parameters, type) as UserFunction<A, D>;
}

/** A function that makes any number of rows of its arguments: `udtf({ args: [string()], returns: schema({ word: string() }) }, function* (text) { ... })`. */
export function udtf<const A extends Types, R>(spec: FunctionOptions<A, Schema<R>>, f: (...args: ArgTypes<A>) => Iterable<RowIn<R>>): UserTableFunction<A, R> {
  const example = "udtf({ args: [string()], returns: schema({ word: string() }) }, function* (text) { yield { word: ... } })";
  wanted(spec, f, "udtf()", example);
  const parameters = parametersOf(spec.args, example), output = structTypeOf(spec.returns), name = nameFrom(spec.name, f, "udtf");
  const entry: SpecialFunction = Object.freeze({
    kind: "generator", name, usage: usageOf(name, parameters, "table"), description: "A person's own function that makes rows.", cases: [],
    user: { parameters, output, call: f as unknown as (...values: readonly unknown[]) => unknown },
  });
  return Object.assign((...args: unknown[]) => new TableCallNode(entry, parameters, args), { [ENTRY]: entry }) as unknown as UserTableFunction<A, R>;
}

/** Functions of a session by name, for SQL and `call_function`. */
export interface UserFunctions {
  /** Makes a function known to SQL under a name of its own; one of that name that was registered before is replaced. */
  register<F extends UserFunction<any, any> | UserTableFunction<any, any>>(name: string, f: F): F;
}

/** The function to register under a name. */
export function registeredEntry(name: string, f: unknown): FunctionEntry {
  const entry = entryOf(f);
  if (entry === undefined) throw badArgument("register() takes a function made by udf(), udaf() or udtf().", 'mill.udf.register("plus_one", udf({ args: [bigint()], returns: bigint() }, x => ...))');
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw badArgument(`'${name}' can't be a function's name.`, "letters, digits and underscores", "INVALID_IDENTIFIER", "42602");
  return Object.freeze({ ...entry, name });
}

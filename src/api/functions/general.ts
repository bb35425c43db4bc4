/** Columns, literals, conditions, time windows and JSON: the functions of no other family. */
import { literal, type Expression } from "../../plan/expressions.ts";
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, TIMESTAMP, TIME_WINDOW, field, struct as structType, type DataType as PlanType } from "../../types/data-type.ts";
import { parseDuration, type Duration } from "../../types/duration.ts";
import type { Decimal, Int, LocalDate, Num, Timestamp } from "../../types/values.ts";
import { asSortOrder, namedColumn, sortOrder } from "../column-node.ts";
import type { BooleanColumn, Column, Condition, Expr, Literal, NumericColumn, StringColumn, TemporalColumn, UntypedColumn, label, type } from "../column.ts";
import { typedNumber } from "../literals.ts";
import { dataTypeOf, type DataType, type ValueOf } from "../schema.ts";
import { badArgument, byName, callOf, callSite, columnArgument, columnOf, fn, literalOf, nodeOf, textLiteral, toExpression } from "./make.ts";

/** A sentence where a type is: what the compiler prints when a rule of the API is broken. */
export interface TypeErrorText<out M extends string> { readonly error: M }
type Lit<L> = L extends string ? string : L extends bigint ? bigint : L extends boolean ? boolean : L extends number ? `${L}` extends `${bigint}` ? Int : number : L;
type Wide<L> = L extends number ? number extends L ? TypeErrorText<"the SQL type of a number variable isn't known: write lit(x, \"int\") or lit(x, \"double\")"> : unknown : unknown;

/** A column by name, of the frame it is used on. Its type is unknown to the compiler unless given; a given one is checked by the cast. */
export function col<const NAME extends string>(name: NAME): UntypedColumn<NAME>;
export function col<const NAME extends string, D extends DataType<unknown>>(name: NAME, type: D): Column<ValueOf<D>>;
export function col(name: string, type?: DataType<unknown>): unknown { return namedColumn(name, type && dataTypeOf(type)); }

/** A SQL expression. */
export function expr(sql: string): UntypedColumn<never>;
export function expr<D extends DataType<unknown>>(sql: string, type: D): Column<ValueOf<D>>;
export function expr(sql: string, type?: DataType<unknown>): unknown {
  return columnOf(Object.freeze({ kind: "expression_string", sql, origin: callSite() }), type && dataTypeOf(type), undefined);
}

/** A value: 5 is INT, 1.5 DOUBLE, 5n BIGINT, text STRING. The type of a number in a variable must be said. */
export function lit<const L extends string | number | bigint | boolean | null | Timestamp | LocalDate | Decimal | Date>(value: L & Wide<L>): Column<L extends Date ? Timestamp : Lit<L>>;
export function lit(value: number, type: "double" | "float"): NumericColumn<number>;
export function lit(value: number, type: "int" | "smallint" | "tinyint"): NumericColumn<Int>;
export function lit(value: number, type: "bigint"): NumericColumn<bigint>;
export function lit(value: unknown, type?: string): unknown {
  const origin = callSite();
  if (type !== undefined) {
    if (typeof value !== "number") throw badArgument("lit(value, type) is for numbers.");
    const made = typedNumber(value, type, origin);
    return columnOf(made.castTo === undefined ? made.value : Object.freeze({ kind: "cast", child: made.value, to: made.castTo, evalMode: "default", origin }), made.type, undefined);
  }
  const made = literalOf(value, origin);
  return columnOf(made, made.type, undefined);
}

/** Any SQL function by name. */
export function call_function(name: string, ...args: (Expr<unknown> | string | number | bigint | boolean)[]): UntypedColumn<never> { return fn(name, undefined, ...args); }

export function asc(name: string): Expr<unknown> { return columnOf(asSortOrder(columnArgument(name).expression)); }
export function desc(name: string): Expr<unknown> { return columnOf(sortOrder(columnArgument(name).expression, "desc")); }

/** CASE under way: more branches, then `otherwise` or `end`. */
export interface Case<T> {
  when<U>(condition: Condition, then: Expr<U>): Case<T | U>;
  when<const L extends string | number | bigint | boolean>(condition: Condition, then: L): Case<T | Lit<L>>;
  otherwise<U>(value: Expr<U>): Column<T | U>;
  otherwise<const L extends string | number | bigint | boolean>(value: L): Column<T | Lit<L>>;
  /** null where no condition holds. */
  end(): Column<T | null>;
}
type Branch = { readonly when: Expression; readonly then: Expression };
export function when<T>(condition: Condition, then: Expr<T>): Case<T>;
export function when<const L extends string | bigint | boolean>(condition: Condition, then: L): Case<Lit<L>>;
export function when<const L extends number>(condition: Condition, then: L): Case<Lit<L>>;
export function when(condition: unknown, then: unknown): unknown { return caseOf([], undefined, condition, then); }

function caseOf(before: readonly Branch[], known: PlanType | undefined, condition: unknown, then: unknown): object {
  const origin = callSite(), value = toExpression(then, origin, known);
  const type = known ?? nodeOf(then)?.type ?? (value.kind === "literal" && nodeOf(then) === undefined ? value.type : undefined);
  const branches = [...before, { when: toExpression(condition, origin), then: value }];
  const finish = (otherwise?: Expression): unknown =>
    columnOf(Object.freeze({ kind: "case_when", branches, ...(otherwise && { otherwise }), origin }), type, undefined);
  return Object.freeze({
    when: (next: unknown, result: unknown) => caseOf(branches, type, next, result),
    otherwise: (result: unknown) => finish(toExpression(result, origin, type)),
    end: () => finish(),
  });
}

/** The first value that isn't null. */
export function coalesce<T, D>(of: Expr<T>, or: Expr<D>): Column<Exclude<T, null> | D>;
export function coalesce<T>(of: Expr<T>, or: Literal<Exclude<T, null>>): Column<Exclude<T, null>>;
export function coalesce<T>(...of: Expr<T>[]): Column<T>;
export function coalesce(...of: unknown[]): unknown {
  const origin = callSite(), known = nodeOf(of[0])?.type;
  return callOf("coalesce", known, of.map(arg => toExpression(arg, origin, known)));
}
export function nullif<T>(of: Expr<T>, other: Expr<unknown> | Literal<Exclude<T, null>>): Column<T | null> { return fn("nullif", "first", of, other); }
export function nvl2<A, B>(of: Expr<unknown>, notNull: Expr<A>, isNull: Expr<B>): Column<A | B> { return fn("nvl2", nodeOf(notNull)?.type, of, notNull, isNull); }
export function isnull(of: Expr<unknown>): BooleanColumn<boolean> { return fn("isnull", BOOLEAN, of); }
export function isnotnull(of: Expr<unknown>): BooleanColumn<boolean> { return fn("isnotnull", BOOLEAN, of); }
export function isnan(of: Expr<Num | null>): BooleanColumn<boolean> { return fn("isnan", BOOLEAN, of); }
export function nanvl(of: Expr<number | null>, or: Expr<number | null> | number): NumericColumn<number | null> { return fn("nanvl", DOUBLE, of, or); }
export function not<T extends boolean | null>(of: Expr<T>): BooleanColumn<boolean | (T & null)> { return fn("not", BOOLEAN, of); }
export function greatest<T>(...of: Expr<T>[]): Column<T> { return fn("greatest", "first", ...of); }
export function least<T>(...of: Expr<T>[]): Column<T> { return fn("least", "first", ...of); }

/** What window() and session_window() give: from `start` up to but without `end`. */
export interface TimeWindow { start: Timestamp; end: Timestamp }
export type WindowColumn = Column<TimeWindow> & { readonly [label]: "window" };
export type SessionWindowColumn = Column<TimeWindow> & { readonly [label]: "session_window" };

/** A time; or a window, which stands for its last microsecond. */
export type EventTime = Expr<Timestamp | null> | Expr<TimeWindow | null> | string;
/** What windows may be told beside their length. */
export interface WindowOptions {
  /** How far the starts of two windows lie apart; left out: as long as a window is. */
  readonly slide?: Duration;
  /** How far the first window's start lies behind midnight of 1970-01-01. */
  readonly start?: Duration;
  /**
   * Windows of whole days are counted as the clocks of this zone do, from midnight to midnight: of 23 or 25 hours where they
   * change. Left out: in UTC, whatever the session's zone is.
   */
  readonly timeZone?: string;
}
/**
 * The windows of a length that a time lies in: tumbling, or sliding by `slide`. `start` moves them against
 * 1970-01-01T00:00:00Z. In a time zone: only days and weeks; it is an option because Spark knows windows in UTC alone.
 */
export function window(ts: EventTime, size: Duration, slide?: Duration, start?: Duration): WindowColumn;
export function window(ts: EventTime, size: Duration, options: WindowOptions): WindowColumn;
export function window(ts: EventTime, size: Duration, second?: Duration | WindowOptions, third?: Duration): WindowColumn {
  const { slide, start, timeZone }: WindowOptions = typeof second === "object" ? second : { ...(second !== undefined && { slide: second }), ...(third !== undefined && { start: third }) };
  for (const duration of [size, slide, start]) if (duration !== undefined) parseDuration(duration);
  const durations = start !== undefined ? [size, slide ?? size, start] : slide !== undefined ? [size, slide] : [size];
  const zone: Expression[] = timeZone === undefined ? [] : [Object.freeze({ kind: "named_argument", name: "timeZone", value: textLiteral(timeZone), origin: callSite() })];
  return callOf("window", TIME_WINDOW, [columnArgument(ts).expression, ...durations.map(textLiteral), ...zone], "window");
}
/** Sessions: they end when no row has come for `gap`. */
export function session_window(ts: EventTime, gap: Duration | Expr<unknown>): SessionWindowColumn {
  if (typeof gap === "string") parseDuration(gap);
  return callOf("session_window", TIME_WINDOW, [columnArgument(ts).expression, toExpression(gap, callSite())], "session_window");
}
/** The time that a window stands for in a second grouping: its end, less a microsecond. */
export function window_time<T extends TimeWindow | null>(window: Expr<T> | string): TemporalColumn<Timestamp | (T & null)> { return byName("window_time", TIMESTAMP, window); }

/** Reads JSON text, or bytes of it that are known to be BINARY, as a Kafka record's value is; a malformed one gives null. */
export function from_json<D extends DataType<unknown>>(of: Expr<string | Uint8Array | null>, schema: D, options?: Readonly<Record<string, string>>): Column<ValueOf<D> | null> {
  const type = dataTypeOf(schema), origin = callSite();
  const given = Object.entries(options ?? {}).flat().map(textLiteral);
  // Spark's function takes text alone; what a person declares as bytes can only be meant as UTF-8.
  const input = toExpression(of, origin), text: Expression = nodeOf(of)?.type?.kind === "binary" ? Object.freeze({ kind: "cast", child: input, to: STRING, evalMode: "default", origin }) : input;
  const args = [text, literal(schemaText(type), STRING, origin)];
  if (given.length > 0) args.push(callOfMap(given));
  return callOf("from_json", type, args);
}
const callOfMap = (args: readonly Expression[]): Expression => nodeOf(callOf("map", undefined, args))!.expression;
const schemaText = (type: PlanType): string => type.kind === "struct" ? type.fields.map(f => ddlField(f.name, f.type, f.nullable)).join(", ") : sqlOf(type);
const ddlField = (name: string, type: PlanType, nullable: boolean): string => `\`${name.replaceAll("`", "``")}\` ${sqlOf(type)}${nullable ? "" : " NOT NULL"}`;
/** SQL text of a type that keeps names quoted, as a parser reads it. */
function sqlOf(type: PlanType): string {
  switch (type.kind) {
    case "struct": return `STRUCT<${type.fields.map(f => ddlField(f.name, f.type, f.nullable).replace(/^(`(?:[^`]|``)*`) /, "$1: ")).join(", ")}>`;
    case "array": return `ARRAY<${sqlOf(type.element)}>`;
    case "map": return `MAP<${sqlOf(type.key)}, ${sqlOf(type.value)}>`;
    case "decimal": return `DECIMAL(${type.precision},${type.scale})`;
    case "day_time_interval": case "year_month_interval": return `INTERVAL ${type.start.toUpperCase()}${type.start === type.end ? "" : ` TO ${type.end.toUpperCase()}`}`;
    case "time": return `TIME(${type.precision})`;
    case "char": case "varchar": return `${type.kind.toUpperCase()}(${type.length})`;
    default: return type.kind.toUpperCase();
  }
}
export function to_json(of: Expr<unknown>): StringColumn<string> { return fn("to_json", STRING, of); }
export function get_json_object(of: Expr<string | null>, path: string): StringColumn<string | null> { return fn("get_json_object", STRING, of, path); }
export function json_array_length(of: Expr<string | null>): NumericColumn<Int | null> { return fn("json_array_length", INT, of); }

/** A struct of named expressions. */
export function struct<S extends { readonly [name: string]: Expr<unknown> }>(fields: S): Column<{ [K in keyof S]: S[K][typeof type] }> {
  const entries = Object.entries(fields).map(([name, value]) => [name, columnArgument(value)] as const);
  const known = entries.every(([, node]) => node.type !== undefined) ? structType(entries.map(([name, node]) => field(name, node.type!))) : undefined;
  return callOf("named_struct", known, entries.flatMap(([name, node]) => [textLiteral(name), node.expression]));
}

export function hash(...of: Expr<unknown>[]): NumericColumn<Int> { return fn("hash", INT, ...of); }
export function xxhash64(...of: Expr<unknown>[]): NumericColumn<bigint> { return fn("xxhash64", BIGINT, ...of); }
export function rand(seed?: number): NumericColumn<number> { return fn("rand", DOUBLE, seed); }
export function randn(seed?: number): NumericColumn<number> { return fn("randn", DOUBLE, seed); }
export function uuid(): StringColumn<string> { return fn("uuid", STRING); }
export function monotonically_increasing_id(): NumericColumn<bigint> { return fn("monotonically_increasing_id", BIGINT); }
export function raise_error(message: Expr<string | null> | string): UntypedColumn<never> { return fn("raise_error", undefined, message); }
export function assert_true(condition: Condition, message?: string): UntypedColumn<never> { return fn("assert_true", undefined, condition, message); }

/**
 * Streaming queries as small descriptions: what the reference evaluates, and what becomes SQL for the engine. Times and
 * lengths are microseconds; integers are numbers.
 */
export interface TimeWindow { readonly start: number; readonly end: number }
export type Value = null | boolean | number | string | TimeWindow;
export type Row = Readonly<Record<string, Value>>;

export type Call = "+" | "-" | "*" | "=" | "<=>" | "<" | "<=" | ">" | ">=" | "and" | "or" | "not" | "is null" | "is not null";
/** `window` is a time or a window. */
export interface WindowExpression { readonly window: Expression; readonly size: number; readonly slide: number; readonly start: number }
export type Expression =
  | { readonly column: string }
  | { readonly literal: Value }
  | { readonly time: number }
  | { readonly call: Call; readonly args: readonly Expression[] }
  | WindowExpression
  | { readonly windowTime: Expression };

export interface Aggregate { readonly fn: "count" | "sum" | "min" | "max" | "avg"; readonly arg?: Expression }
export type JoinKind = "inner" | "left" | "right" | "full" | "semi";
/** Of times: right >= left + from, right <= left + to; open ends exclude equality. */
export interface JoinRange { readonly left: string; readonly right: string; readonly from?: number; readonly to?: number; readonly fromOpen?: boolean; readonly toOpen?: boolean }

export type Query =
  | { readonly kind: "source"; readonly name: string; readonly watermark?: { readonly column: string; readonly delay: number } }
  | { readonly kind: "watermark"; readonly input: Query; readonly column: string; readonly delay: number }
  | { readonly kind: "filter"; readonly input: Query; readonly where: Expression }
  | { readonly kind: "project"; readonly input: Query; readonly columns: Readonly<Record<string, Expression>> }
  | { readonly kind: "aggregate"; readonly input: Query; readonly keys: Readonly<Record<string, Expression>>; readonly values: Readonly<Record<string, Aggregate>> }
  | { readonly kind: "sessions"; readonly input: Query; readonly as: string; readonly time: string; readonly gap: number; readonly keys: Readonly<Record<string, Expression>>; readonly values: Readonly<Record<string, Aggregate>> }
  /** All columns unless given. */
  | { readonly kind: "dedup"; readonly input: Query; readonly columns?: readonly string[]; readonly within?: boolean }
  | {
    readonly kind: "join"; readonly how: JoinKind; readonly left: Query; readonly right: Query;
    readonly equal: readonly (readonly [left: string, right: string])[];
    /** Keys that match when both are null. */
    readonly nullSafe?: boolean;
    readonly range?: JoinRange;
    /** Over both sides: columns are `l.name` and `r.name`. */
    readonly condition?: Expression;
    /** Over one side alone, by its own names. */
    readonly onLeft?: Expression; readonly onRight?: Expression;
    /** Columns of the result, each `l.name` or `r.name`. */
    readonly columns: Readonly<Record<string, string>>;
  }
  | { readonly kind: "union"; readonly inputs: readonly Query[] }
  | { readonly kind: "limit"; readonly input: Query; readonly rows: number };

export type OutputMode = "append" | "update" | "complete";

export const col = (column: string): Expression => ({ column });
export const lit = (literal: Value): Expression => ({ literal });
export const call = (name: Call, ...args: readonly Expression[]): Expression => ({ call: name, args });
export const windowOf = (of: Expression, size: number, slide = size, start = 0): Expression => ({ window: of, size, slide, start });
export const SECOND = 1_000_000;

/** Columns that an expression mentions. */
export function columnsOf(expression: Expression): string[] {
  if ("column" in expression) return [expression.column];
  if ("call" in expression) return expression.args.flatMap(columnsOf);
  if ("window" in expression) return columnsOf(expression.window);
  if ("windowTime" in expression) return columnsOf(expression.windowTime);
  return [];
}

/** The expression with columns replaced. */
export function replaced(expression: Expression, by: (column: string) => Expression): Expression {
  if ("column" in expression) return by(expression.column);
  if ("call" in expression) return { ...expression, args: expression.args.map(arg => replaced(arg, by)) };
  if ("window" in expression) return { ...expression, window: replaced(expression.window, by) };
  if ("windowTime" in expression) return { windowTime: replaced(expression.windowTime, by) };
  return expression;
}

export function conjuncts(expression: Expression): Expression[] {
  return "call" in expression && expression.call === "and" ? expression.args.flatMap(conjuncts) : [expression];
}

/** Values of expressions over rows that are plain objects; null is SQL's. */
import type { Call, Expression, Row, TimeWindow, Value, WindowExpression } from "./query.ts";

/** One value; several for a window that slides by less than its size. None: a null time is in no window. */
export function windowsOf(expression: WindowExpression, row: Row): TimeWindow[] {
  const of = evaluate(expression.window, row), time = of !== null && typeof of === "object" ? of.end - 1 : of as number | null;
  if (time === null) return [];
  const { size, slide, start } = expression, windows: TimeWindow[] = [];
  for (let first = Math.floor((time - start) / slide) * slide + start; first > time - size; first -= slide) windows.push({ start: first, end: first + size });
  return windows;
}

export function evaluate(expression: Expression, row: Row): Value {
  if ("column" in expression) {
    const value = row[expression.column];
    if (value === undefined) throw new Error(`no column ${expression.column} in ${Object.keys(row).join(", ")}`);
    return value;
  }
  if ("literal" in expression) return expression.literal;
  if ("time" in expression) return expression.time;
  if ("windowTime" in expression) {
    const window = evaluate(expression.windowTime, row) as TimeWindow | null;
    return window === null ? null : window.end - 1;
  }
  if ("window" in expression) {
    if (expression.slide !== expression.size) throw new Error("a row is in several of these windows");
    return windowsOf(expression, row)[0] ?? null;
  }
  return apply(expression.call, expression.args.map(arg => evaluate(arg, row)));
}

export const isTrue = (expression: Expression, row: Row): boolean => evaluate(expression, row) === true;

function apply(call: Call, args: readonly Value[]): Value {
  const [a, b] = args as [Value, Value];
  switch (call) {
    case "is null": return a === null;
    case "is not null": return a !== null;
    case "<=>": return keyOf(a) === keyOf(b);
    case "not": return a === null ? null : a !== true;
    case "and": return args.includes(false) ? false : args.includes(null) ? null : true;
    case "or": return args.includes(true) ? true : args.includes(null) ? null : false;
    default: if (a === null || b === null) return null;
  }
  switch (call) {
    case "+": return a as number + (b as number);
    case "-": return a as number - (b as number);
    case "*": return a as number * (b as number);
    case "=": return keyOf(a) === keyOf(b);
    case "<": return a as number < (b as number);
    case "<=": return a as number <= (b as number);
    case ">": return a as number > (b as number);
    case ">=": return a as number >= (b as number);
  }
  throw new Error(call);
}

/** The same text for values that are equal in a group. */
export const keyOf = (value: Value | readonly Value[]): string => JSON.stringify(value);

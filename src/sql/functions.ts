/** Calls: arguments, DISTINCT, FILTER, OVER and what else may follow; and the functions with a syntax of their own. */
import {
  attribute, call, literal, type Expression, type FrameBound, type SortOrder, type UnresolvedFunction, type WindowExpression, type WindowFrame,
} from "../plan/expressions.ts";
import { INT, STRING } from "../types/data-type.ts";
import type { SqlCursor } from "./cursor.ts";
import { expression, namedExpression, valueExpression } from "./expressions.ts";

const DATETIME_UNITS = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"];

/** At the parenthesis of a call. */
export function functionCall(cursor: SqlCursor, first: number, parts: readonly string[]): Expression {
  const name = functionName(parts);
  cursor.expectSymbol("(");
  let distinct = false, ignoreNulls: boolean | undefined, args: Expression[] = [];
  if (parts.length === 1 && cursor.tokens[first]!.kind === "word") {
    const worded = wordedArguments(cursor, first);
    if (!Array.isArray(worded)) return worded;
    args = worded;
  }
  if (args.length > 0) {
    if (cursor.takeSymbol(",")) args.push(...cursor.list(() => argument(cursor)));
  } else if (!cursor.isSymbol(")")) {
    if (cursor.isOneOf(["DISTINCT", "ALL"]) && cursor.startsExpression(1)) distinct = cursor.next().value === "DISTINCT";
    const named = name.toLowerCase() === "struct";
    args = cursor.list(() => named ? namedExpression(cursor) : argument(cursor));
    if (args.length === 1 && /^(first|last|any_value)$/i.test(name) && cursor.takeWords("IGNORE", "NULLS")) ignoreNulls = true;
  }
  cursor.expectSymbol(")");
  const only = args[0];
  if (args.length === 1 && only?.kind === "unresolved_star" && only.target.length === 0 && only.except === undefined && !distinct && name.toLowerCase() === "count") {
    args = [literal(1, INT, only.origin)];
  }
  let withinGroup: SortOrder[] | undefined, filter: Expression | undefined;
  if (cursor.areWords("WITHIN", "GROUP") && cursor.isSymbol("(", 2)) {
    cursor.position += 3;
    cursor.expectWords("ORDER", "BY");
    withinGroup = cursor.list(() => sortItem(cursor));
    cursor.expectSymbol(")");
  }
  if (cursor.isWord("FILTER") && cursor.isSymbol("(", 1)) {
    cursor.position += 2;
    cursor.expectWords("WHERE");
    filter = expression(cursor);
    cursor.expectSymbol(")");
  }
  if (cursor.isOneOf(["IGNORE", "RESPECT"]) && cursor.isWord("NULLS", 1)) {
    ignoreNulls = cursor.next().value === "IGNORE";
    cursor.position++;
  }
  const fn: UnresolvedFunction = Object.freeze({
    kind: "unresolved_function", name, args, origin: cursor.originFrom(first),
    ...(distinct ? { distinct } : {}), ...(filter === undefined ? {} : { filter }), ...(ignoreNulls === undefined ? {} : { ignoreNulls }),
    ...(withinGroup === undefined ? {} : { withinGroup }),
  });
  if (!cursor.isWord("OVER")) return fn;
  if (cursor.isSymbol("(", 1)) {
    cursor.position++;
    return over(cursor, first, fn);
  }
  if (!cursor.isName(1) || cursor.startsClause(1)) return fn;
  cursor.position++;
  const windowName = cursor.name();
  return Object.freeze({ kind: "window", function: fn, partitionBy: [], orderBy: [], windowName, origin: cursor.originFrom(first) });
}

/** The catalog and schema of builtin functions may stand in front of their names. */
function functionName(parts: readonly string[]): string {
  const lower = parts.map(part => part.toLowerCase());
  if (lower.length === 2 && lower[0] === "builtin") return parts[1]!;
  if (lower.length === 3 && lower[0] === "system" && lower[1] === "builtin") return parts[2]!;
  return parts.join(".");
}

/** An argument, by position or `name => value`. */
export function argument(cursor: SqlCursor): Expression {
  if (!(cursor.isName() && cursor.isSymbol("=>", 1))) return expression(cursor);
  const first = cursor.position, name = cursor.name();
  cursor.position++;
  const value = expression(cursor);
  return Object.freeze({ kind: "named_argument", name, value, origin: cursor.originFrom(first) });
}

export function sortItem(cursor: SqlCursor): SortOrder {
  const first = cursor.position, child = expression(cursor);
  const direction = cursor.takeOneOf("ASC", "DESC") === "DESC" ? "desc" : "asc";
  let nulls: "first" | "last" = direction === "asc" ? "first" : "last";
  if (cursor.isWord("NULLS") && cursor.isOneOf(["FIRST", "LAST"], 1)) {
    cursor.position++;
    nulls = cursor.next().value === "FIRST" ? "first" : "last";
  }
  return Object.freeze({ kind: "sort_order", child, direction, nulls, origin: cursor.originFrom(first) });
}

/** The window in parentheses behind OVER. */
function over(cursor: SqlCursor, first: number, fn: Expression): WindowExpression {
  const spec = windowSpec(cursor);
  return Object.freeze({ kind: "window", function: fn, ...spec, origin: cursor.originFrom(first) });
}

export interface WindowSpec {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortOrder[];
  readonly frame?: WindowFrame;
  readonly windowName?: string;
}

/** `(PARTITION BY ... ORDER BY ... ROWS ...)`, or `(w)`. */
export function windowSpec(cursor: SqlCursor): WindowSpec {
  cursor.expectSymbol("(");
  if (cursor.isName() && cursor.isSymbol(")", 1)) {
    const windowName = cursor.name();
    cursor.position++;
    return { partitionBy: [], orderBy: [], windowName };
  }
  let partitionBy: Expression[] = [], orderBy: SortOrder[] = [];
  if (cursor.takeWords("CLUSTER", "BY")) partitionBy = cursor.list(() => expression(cursor));
  else {
    if (cursor.takeWords("PARTITION", "BY") || cursor.takeWords("DISTRIBUTE", "BY")) partitionBy = cursor.list(() => expression(cursor));
    if (cursor.takeWords("ORDER", "BY") || cursor.takeWords("SORT", "BY")) orderBy = cursor.list(() => sortItem(cursor));
  }
  const unit = cursor.takeOneOf("ROWS", "RANGE");
  let frame: WindowFrame | undefined;
  if (unit !== undefined) {
    const isBetween = cursor.takeWords("BETWEEN"), lower = frameBound(cursor);
    if (isBetween) cursor.expectWords("AND");
    const upper: FrameBound = isBetween ? frameBound(cursor) : "current_row";
    frame = Object.freeze({ unit: unit === "ROWS" ? "rows" : "range", lower, upper });
  }
  cursor.expectSymbol(")");
  return frame === undefined ? { partitionBy, orderBy } : { partitionBy, orderBy, frame };
}

function frameBound(cursor: SqlCursor): FrameBound {
  if (cursor.takeWords("UNBOUNDED", "PRECEDING")) return "unbounded_preceding";
  if (cursor.takeWords("UNBOUNDED", "FOLLOWING")) return "unbounded_following";
  if (cursor.takeWords("CURRENT", "ROW")) return "current_row";
  const value = valueExpression(cursor);
  if (cursor.takeWords("PRECEDING")) return Object.freeze({ preceding: value });
  if (cursor.takeWords("FOLLOWING")) return Object.freeze({ following: value });
  throw cursor.fail();
}

/**
 * Behind the parenthesis of a function whose arguments may have words between them: the whole call, if they have; or the
 * arguments read so far, if it turns out to be written like any other.
 */
function wordedArguments(cursor: SqlCursor, first: number): UnresolvedFunction | Expression[] {
  const name = cursor.tokens[first]!.value;
  switch (name) {
    case "EXTRACT": return extract(cursor, first);
    case "TRIM": return trim(cursor, first);
    case "SUBSTRING": case "SUBSTR": return substring(cursor, first);
    case "OVERLAY": return overlay(cursor, first);
    case "POSITION": return position(cursor, first);
    case "TIMESTAMPADD": case "DATEADD": case "DATE_ADD": return timestampCall(cursor, first, "timestampadd");
    case "TIMESTAMPDIFF": case "DATEDIFF": case "DATE_DIFF": case "TIMEDIFF": return timestampCall(cursor, first, "timestampdiff");
    default: return [];
  }
}

function closed(cursor: SqlCursor, first: number, name: string, args: readonly Expression[]): UnresolvedFunction {
  cursor.expectSymbol(")");
  return call(name, args, cursor.originFrom(first));
}

function extract(cursor: SqlCursor, first: number): UnresolvedFunction | Expression[] {
  if (!cursor.isName() || !cursor.isWord("FROM", 1)) return [];
  const at = cursor.position, field = literal(cursor.name(), STRING, cursor.originFrom(at));
  cursor.position++;
  return closed(cursor, first, "extract", [field, valueExpression(cursor)]);
}

const TRIMS: Readonly<Record<string, string>> = { BOTH: "trim", LEADING: "ltrim", TRAILING: "rtrim" };

/** `trim(BOTH 'x' FROM s)`: as the function of two arguments, `trim('x', s)`. */
function trim(cursor: SqlCursor, first: number): UnresolvedFunction | Expression[] {
  if (cursor.isSymbol(")")) return [];
  const hasOption = cursor.isOneOf(["BOTH", "LEADING", "TRAILING"]) && (cursor.startsExpression(1) || cursor.isWord("FROM", 1));
  const name = hasOption ? TRIMS[cursor.next().value]! : "trim";
  const characters = cursor.isWord("FROM") && (hasOption || cursor.startsExpression(1)) ? [] : [argument(cursor)];
  if (!cursor.takeWords("FROM")) {
    if (hasOption) throw cursor.fail();
    return characters;
  }
  return closed(cursor, first, name, [...characters, valueExpression(cursor)]);
}

/** `substring(s FROM 1 FOR 2)`. */
function substring(cursor: SqlCursor, first: number): UnresolvedFunction | Expression[] {
  if (cursor.isSymbol(")")) return [];
  const args = [argument(cursor)];
  if (!cursor.takeWords("FROM")) return args;
  args.push(valueExpression(cursor));
  if (cursor.takeWords("FOR")) args.push(valueExpression(cursor));
  return closed(cursor, first, "substring", args);
}

/** `overlay(s PLACING r FROM 1 FOR 2)`. */
function overlay(cursor: SqlCursor, first: number): UnresolvedFunction | Expression[] {
  if (cursor.isSymbol(")")) return [];
  const args = [argument(cursor)];
  if (!cursor.takeWords("PLACING")) return args;
  args.push(valueExpression(cursor));
  cursor.expectWords("FROM");
  args.push(valueExpression(cursor));
  if (cursor.takeWords("FOR")) args.push(valueExpression(cursor));
  return closed(cursor, first, "overlay", args);
}

/** `position(x IN s)`: `locate(x, s)`. */
function position(cursor: SqlCursor, first: number): UnresolvedFunction | Expression[] {
  if (cursor.isSymbol(")")) return [];
  const value = argument(cursor);
  if (cursor.takeWords("IN")) return closed(cursor, first, "locate", [value, valueExpression(cursor)]);
  // `position(x IN (s))` was read as the predicate.
  if (value.kind === "in_list" && value.values.length === 1 && cursor.isSymbol(")")) return closed(cursor, first, "locate", [value.child, value.values[0]!]);
  return [value];
}

/** `dateadd(MONTH, 1, d)`: of three arguments the first is the unit, a word and not a column. */
function timestampCall(cursor: SqlCursor, first: number, name: string): UnresolvedFunction | Expression[] {
  if (!(cursor.isOneOf(DATETIME_UNITS) || cursor.isKind("string")) || !cursor.isSymbol(",", 1)) return [];
  const at = cursor.position, unit = cursor.next(), origin = cursor.originFrom(at);
  cursor.position++;
  const amount = argument(cursor);
  if (!cursor.takeSymbol(",")) return [unit.kind === "string" ? literal(unit.value, STRING, origin) : attribute([unit.text], undefined, origin), amount];
  const time = valueExpression(cursor);
  cursor.expectSymbol(")");
  if (unit.kind === "string") {
    const functionName = `\`${cursor.tokens[first]!.text.toLowerCase()}\``;
    throw cursor.error(at, "INVALID_PARAMETER_VALUE.DATETIME_UNIT", "22023",
      `The value of parameter(s) \`unit\` in ${functionName} is invalid: expects one of the units without quotes YEAR, QUARTER, MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, but got the string literal '${unit.value}'.`,
      { parameter: "`unit`", functionName, invalidValue: `'${unit.value}'` });
  }
  return call(name, [literal(unit.text, STRING, origin), amount, time], cursor.originFrom(first));
}

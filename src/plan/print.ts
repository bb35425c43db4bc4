/**
 * Expressions as text: the names that Spark gives to columns without one, `count(1)`, `(a + 1)`, `CAST(x AS INT)`, which
 * its error messages show too. Strings stand without quotes, columns without qualifiers, as Spark has it.
 */
import type { DataType } from "../types/data-type.ts";
import { isIntegral, isNumeric, typeToSql } from "../types/data-type.ts";
import type { CalendarInterval, Cell } from "../types/cell.ts";
import { formatDate, formatTime, formatTimestamp, formatTimestampNtz } from "../types/datetime-text.ts";
import { formatCalendarInterval, formatDayTimeInterval, formatYearMonthInterval } from "../types/interval-text.ts";
import { formatDouble, formatFloat, formatShortDecimal } from "../types/number-text.ts";
import { findTimeZone } from "../types/time-zone.ts";
import type { CaseWhen, Expression, FrameBound, SortOrder, Subquery, UnresolvedFunction, WindowExpression } from "./expressions.ts";
import { ALIASED, CASTS, DEFAULTS, FIRST_FEW, FIRST_ONLY, OFFSETS, PARAMETERS, RANKING, UPPER } from "./pretty-names.ts";

export interface PrintOptions {
  /** Zone whose clocks TIMESTAMP literals show; UTC by default. */
  readonly timeZone?: string;
  /** Types of expressions that have been resolved: dates show their arithmetic with numbers and intervals otherwise. */
  readonly typeOf?: (expression: Expression) => DataType | undefined;
}

/** An expression as Spark's automatic column names show it. */
export function expressionToSql(expression: Expression, options: PrintOptions = {}): string {
  return new Printer(options).text(expression);
}

const INFIX: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "div", "=", "<=>", "<", "<=", ">", ">=", "&", "|", "^", "<<", ">>", ">>>"]);

const ORDERS: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);

class Printer {
  readonly #options: PrintOptions;
  readonly #texts = new Map<Expression, string>();
  constructor(options: PrintOptions) { this.#options = options; }

  /** Each node once: a call asks for its arguments' texts as an operator and as a call. */
  text(node: Expression): string {
    let text = this.#texts.get(node);
    if (text === undefined) this.#texts.set(node, text = this.#text(node));
    return text;
  }

  #text(node: Expression): string {
    switch (node.kind) {
      case "literal": return this.#literal(node.value, node.type);
      case "unresolved_attribute": return node.nameParts.join(".");
      case "unresolved_star": return [...node.target, "*"].join(".");
      case "unresolved_function": return this.#call(node);
      case "named_argument": return `${node.name} => ${this.text(node.value)}`;
      case "alias": return node.child.kind === "unresolved_function" && node.child.pathName === node.names[0] ? this.text(node.child) : `${this.text(node.child)} AS ${node.names.length === 1 ? node.names[0]! : `(${node.names.join(", ")})`}`;
      case "cast": return this.#cast(this.text(node.child), node.to, node.evalMode === "try");
      case "case_when": return this.#case(node);
      case "in_list": return `(${this.text(node.child)} IN (${this.#list(node.values)}))`;
      case "extract_value": {
        const { child, extraction } = node;
        const isField = extraction.kind === "literal" && extraction.type.kind === "string" && extraction.origin?.sql?.[extraction.origin.start! - 1] === ".";
        return isField && this.#typeOf(child)?.kind !== "map" ? `${this.text(child)}.${String(extraction.value)}` : `${this.text(child)}[${isField ? String(extraction.value) : this.text(extraction)}]`;
      }
      case "update_fields": return `update_fields(${this.text(node.child)}, ${node.value === undefined ? "dropfield" : "WithField"}(${node.value === undefined ? "" : this.text(node.value)}))`;
      case "sort_order": return this.#order(node);
      case "window": return this.#window(node);
      case "lambda": return `lambdafunction(${[this.text(node.body), ...node.params.map(() => "namedlambdavariable()")].join(", ")})`;
      case "lambda_variable": return "namedlambdavariable()";
      case "subquery": return this.#subquery(node);
      case "expression_string": return node.sql;
      case "parameter": return typeof node.name === "string" ? `:${node.name}` : "?";
    }
  }

  #list(nodes: readonly Expression[]): string { return nodes.map(node => this.text(node)).join(", "); }

  #literal(value: Cell, type: DataType): string {
    if (value === null) return "NULL";
    switch (type.kind) {
      case "string": return type.collation === undefined ? String(value) : `'${String(value)}' collate ${type.collation}`;
      case "float": return formatFloat(value as number);
      case "double": return formatDouble(value as number);
      case "decimal": return formatShortDecimal(value as bigint, type.scale);
      case "date": return `DATE '${formatDate(value as number)}'`;
      case "timestamp": return `TIMESTAMP '${formatTimestamp(value as bigint, findTimeZone(this.#options.timeZone ?? "UTC")!)}'`;
      case "timestamp_ntz": return `TIMESTAMP_NTZ '${formatTimestampNtz(value as bigint)}'`;
      case "time": return `TIME '${formatTime(value as bigint)}'`;
      case "binary": return `X'${Array.from(value as Uint8Array, byte => byte.toString(16).padStart(2, "0")).join("").toUpperCase()}'`;
      case "day_time_interval": return formatDayTimeInterval(value as bigint, type);
      case "year_month_interval": return formatYearMonthInterval(value as number, type);
      case "calendar_interval": return `INTERVAL '${formatCalendarInterval(value as CalendarInterval)}'`;
      case "array": return `array(${(value as readonly Cell[]).map(item => this.#literal(item, type.element)).join(", ")})`;
      default: return String(value);
    }
  }

  /** Casts to arrays, maps and structs don't show. */
  #cast(child: string, to: DataType, isTry: boolean): string {
    if (to.kind === "array" || to.kind === "map" || to.kind === "struct") return child;
    return `${isTry ? "TRY_CAST" : "CAST"}(${child} AS ${typeToSql(to)})`;
  }

  #case({ branches, otherwise }: CaseWhen): string {
    const whens = branches.map(({ when, then }) => ` WHEN ${this.text(when)} THEN ${this.text(then)}`).join("");
    return `CASE${whens}${otherwise === undefined ? "" : ` ELSE ${this.text(otherwise)}`} END`;
  }

  #call(node: UnresolvedFunction): string {
    const name = node.name.toLowerCase(), { args } = node;
    if (node.operators !== undefined) return `${"(".repeat(node.operators.length)}${this.text(args[0]!)}${node.operators.map((symbol, i) => ` ${symbol} ${this.text(args[i + 1]!)})`).join("")}`;
    const operator = this.#operator(name, args);
    if (operator !== undefined) return operator;
    let shown = ALIASED[name] ?? (UPPER.has(name) ? name.toUpperCase() : name), given: readonly Expression[] = args;
    if (name === "first" || name === "last" || name === "any_value" || name === "first_value" || name === "last_value") {
      given = args.slice(0, 1);
      if (node.ignoreNulls !== undefined) shown = name.replace("_value", "").replace("any", "any_value");
    }
    if (/^(?:try_)?make_timestamp_ltz$/.test(name) && args.length < 6) shown = "make_timestamp";
    if (name === "try_make_timestamp_ntz" && args.length < 6) return `${name}(make_timestamp_ntz(${this.#list(args)}))`;
    if (FIRST_ONLY.has(name)) given = args.slice(0, 1);
    if (FIRST_FEW[name] !== undefined) given = args.slice(0, FIRST_FEW[name]);
    if (shown === "to_char" && args.length === 2 && this.#isTime(args[0]!) && this.#typeOf(args[0]!)?.kind !== "time") shown = "date_format";
    if (args.length > 1 && (name === "ceil" || name === "floor")) shown = name;
    const texts = this.#arguments(name, given);
    if (name === "mode" && args.length > 0 && node.withinGroup === undefined) return this.#mode(node, texts);
    if (name === "from_json" && args[1] !== undefined && this.#typeOf(node)?.kind === "map") return "entries";
    if (name === "assert_true" && texts.length === 1) texts.push(`'${texts[0]!}' is not true!`);
    if (name === "log" && texts.length === 1) texts.unshift("E()");
    if (name === "convert_timezone" && texts.length === 2) texts.unshift("current_timezone()");
    if (name === "time_bucket" && texts.length === 2) texts.push(`${this.#typeOf(args[1]!)?.kind === "timestamp_ntz" ? "TIMESTAMP_NTZ" : "TIMESTAMP"} '1970-01-01 00:00:00'`);
    if (name === "try_to_time") return `try_to_time(to_time(${texts.join(", ")}))`;
    if (node.pathName !== undefined) return `variant_get(${texts.join(", ")}) AS ${node.pathName}`;
    let text = `${shown}(${node.distinct === true ? "DISTINCT " : ""}${texts.join(", ")})`;
    if (node.withinGroup !== undefined && name === "string_agg") text = text.replace("string_agg", "listagg");
    if (node.withinGroup !== undefined) text += ` WITHIN GROUP (ORDER BY ${node.withinGroup.map(order => this.#within(name, order)).join(", ")})`;
    if (node.filter !== undefined) text += ` FILTER (WHERE ${this.text(node.filter)})`;
    return text;
  }

  /** The arguments in order, those that were left out too. */
  #arguments(name: string, args: readonly Expression[]): string[] {
    const parameters = PARAMETERS[name], { from, values } = DEFAULTS[name] ?? { from: Infinity, values: [] };
    const texts: string[] = [];
    for (const arg of args) {
      const index = arg.kind === "named_argument" ? parameters?.indexOf(arg.name) ?? -1 : -1;
      if (arg.kind !== "named_argument" || index < 0) texts.push(this.text(arg));
      else {
        while (texts.length < index) texts.push(values[texts.length - from] ?? "NULL");
        texts[index] = this.text(arg.value);
      }
    }
    if (texts.length >= from) texts.push(...values.slice(texts.length - from));
    if ((name === "lpad" || name === "rpad") && args.length === 2 && this.#typeOf(args[0]!)?.kind === "binary") texts[2] = "X'00'";
    return texts;
  }

  /** `mode(x, true)` is shown as what it stands for: the least of the most frequent, which `mode()` finds by looking from the greatest down. */
  #mode(node: UnresolvedFunction, [value, least]: readonly string[]): string {
    const shown = least === "true" ? `mode() WITHIN GROUP (ORDER BY ${value!} DESC)` : `mode(${node.distinct === true ? "DISTINCT " : ""}${value!}${least === undefined || least === "false" ? "" : `, ${least}`})`;
    return node.filter === undefined ? shown : `${shown} FILTER (WHERE ${this.text(node.filter)})`;
  }

  #within(name: string, order: SortOrder): string {
    if (name === "mode") return `${this.text(order.child)}${order.direction === "desc" ? "" : " DESC"}`;
    if (name === "listagg" || name === "string_agg") return this.#order(order);
    return `${this.text(order.child)}${order.direction === "desc" ? " DESC" : ""}`;
  }

  /** Operators, and functions that show as syntax. */
  #operator(name: string, args: readonly Expression[]): string | undefined {
    const [a, b, c] = args.map(arg => this.text(arg));
    const count = args.length;
    if (count === 2 && (name === "+" || name === "-")) {
      const ofDates = this.#dateArithmetic(name, args[0]!, args[1]!);
      if (ofDates !== undefined) return ofDates;
    }
    if (count === 2 && (name === "*" || name === "/")) {
      const at = args.findIndex(arg => this.#typeOf(arg)?.kind === "calendar_interval");
      if (at >= 0 && (at === 0 || name === "*")) return `${name === "*" ? "multiply" : "divide"}_interval(${at === 0 ? a : b}, ${at === 0 ? b : a})`;
      if (name === "*" && this.#isInterval(args[1]!) && !this.#isInterval(args[0]!)) return `(${b} * ${a})`;
    }
    if (count === 2 && ORDERS.has(name)) {
      const [left, right] = [this.#wholeBound(args[0]!, args[1]!, name === "<" || name === ">="), this.#wholeBound(args[1]!, args[0]!, name === ">" || name === "<=")];
      if (left !== undefined || right !== undefined) return `(${left ?? a} ${name} ${right ?? b})`;
    }
    if (count === 2 && INFIX.has(name)) return `(${a} ${name} ${b})`;
    if (count === 1 && CASTS.has(name)) return a;
    switch (name) {
      case "==": return count === 2 ? `(${a} = ${b})` : undefined;
      case "<>": case "!=": return count === 2 ? `(NOT (${a} = ${b}))` : undefined;
      case "and": case "or": return count === 2 ? `(${a} ${name.toUpperCase()} ${b})` : undefined;
      case "not": case "!": return count === 1 ? `(NOT ${a})` : undefined;
      case "-": case "+": return count === 1 ? `(${name} ${a})` : undefined;
      case "~": return count === 1 ? `~${a}` : undefined;
      case "isnull": return count === 1 ? `(${a} IS NULL)` : undefined;
      case "isnotnull": return count === 1 ? `(${a} IS NOT NULL)` : undefined;
      case "like": return count === 2 ? `${a} LIKE ${b}` : count === 3 ? `${a} LIKE ${b} ESCAPE '${c}'` : undefined;
      case "ilike": return count === 3 ? `ilike(${a}, ${b})` : undefined;
      case "like any": case "like all": case "not like any": case "not like all": return `${name.replaceAll(" ", "")}(${a})`;
      case "rlike": case "regexp": case "regexp_like": return count === 2 ? `${name.toUpperCase()}(${a}, ${b})` : undefined;
      case "if": return count === 3 ? `(IF(${a}, ${b}, ${c}))` : undefined;
      case "positive": return count === 1 ? `(+ ${a})` : undefined;
      case "extract": case "datepart": return count === 2 ? `${name}(${a} FROM ${b})` : undefined;
      case "trim": return count === 2 ? `TRIM(BOTH ${a} FROM ${b})` : undefined;
      case "ltrim": return count === 2 ? `TRIM(LEADING ${a} FROM ${b})` : undefined;
      case "rtrim": return count === 2 ? `TRIM(TRAILING ${a} FROM ${b})` : undefined;
      default: return undefined;
    }
  }

  #typeOf(node: Expression): DataType | undefined {
    const known = this.#options.typeOf?.(node);
    return known ?? (node.kind === "literal" ? node.type : node.kind === "cast" ? node.to : undefined);
  }

  /** A constant DECIMAL beside a whole number, which is compared with the whole number below or above it; undefined: something else, or beyond BIGINT. */
  #wholeBound(node: Expression, other: Expression, down: boolean): string | undefined {
    if (node.kind !== "literal" || node.type.kind !== "decimal" || node.value === null) return undefined;
    const type = this.#typeOf(other);
    if (type === undefined || !isIntegral(type)) return undefined;
    const unit = 10n ** BigInt(node.type.scale), value = node.value as bigint, floor = (value - ((value % unit) + unit) % unit) / unit, bound = down || floor * unit === value ? floor : floor + 1n;
    return BigInt.asIntN(64, bound) === bound ? String(bound) : undefined;
  }

  #isTime(node: Expression): boolean {
    const kind = this.#typeOf(node)?.kind;
    return kind === "date" || kind === "timestamp" || kind === "timestamp_ntz" || kind === "time";
  }

  #isInterval(node: Expression): boolean {
    const kind = this.#typeOf(node)?.kind;
    return kind === "day_time_interval" || kind === "year_month_interval";
  }

  /** A date or timestamp with a number of days or an interval, or text with an interval; undefined: something else. */
  #dateArithmetic(name: "+" | "-", left: Expression, right: Expression): string | undefined {
    const time = this.#typeOf(left), by = this.#typeOf(right), isText = time?.kind === "string";
    if (name === "+" && !this.#isTime(left) && (this.#isTime(right) || by?.kind === "string" && !isText)) return this.#dateArithmetic(name, right, left);
    if (name === "-" && by?.kind === "time" && (isText || time?.kind === "void")) return `${this.text(left)} - ${this.text(right)}`;
    if (!this.#isTime(left) && !isText || by === undefined) return undefined;
    const [a, b] = [this.text(left), this.text(right)];
    if (isText) return by.kind === "day_time_interval" || by.kind === "calendar_interval" ? `${a} ${name} ${b}` : undefined;
    switch (by.kind) {
      case "tinyint": case "smallint": case "int": return time?.kind === "date" ? `date_${name === "+" ? "add" : "sub"}(${a}, ${b})` : undefined;
      case "day_time_interval": {
        if (time?.kind !== "date" || by.end !== "day") return `${a} ${name} ${b}`;
        const days = `extractansiintervaldays(${b})`;
        return `date_add(${a}, ${name === "+" ? days : `(- ${days})`})`;
      }
      case "year_month_interval": case "calendar_interval": return `${a} ${name} ${b}`;
      case "void": return name === "+" || time?.kind === "time" ? `${a} ${name} ${b}` : undefined;
      case "string": return name === "-" && time?.kind === "time" ? `${a} - ${b}` : undefined;
      case "time": return name === "-" && time?.kind === "time" ? `${a} - ${b}` : undefined;
      default: return undefined;
    }
  }

  #order({ child, direction, nulls }: SortOrder): string {
    return `${this.text(child)} ${direction.toUpperCase()} NULLS ${nulls.toUpperCase()}`;
  }

  #window(node: WindowExpression): string {
    const { function: fn, partitionBy, orderBy, windowName } = node;
    if (windowName !== undefined) return `${this.text(fn)} OVER ${windowName}`;
    const parts: string[] = [];
    if (partitionBy.length > 0) parts.push(`PARTITION BY ${this.#list(partitionBy)}`);
    if (orderBy.length > 0) parts.push(`ORDER BY ${orderBy.map(order => this.#order(order)).join(", ")}`);
    parts.push(this.#frame(node));
    return `${this.text(fn)} OVER (${parts.join(" ")})`;
  }

  #frame({ function: fn, frame, orderBy }: WindowExpression): string {
    if (frame !== undefined) {
      const order = frame.unit === "range" && orderBy.length === 1 ? this.#typeOf(orderBy[0]!.child) : undefined;
      return `${frame.unit.toUpperCase()} BETWEEN ${this.#bound(frame.lower, order)} AND ${this.#bound(frame.upper, order)}`;
    }
    const name = fn.kind === "unresolved_function" ? fn.name.toLowerCase() : "";
    if (OFFSETS.has(name) && fn.kind === "unresolved_function") {
      const offset = fn.args[1] === undefined ? "1" : this.text(fn.args[1]);
      const signed = name === "lead" ? offset : offset.startsWith("-") ? offset.slice(1) : `-${offset}`;
      return `ROWS BETWEEN ${signed} FOLLOWING AND ${signed} FOLLOWING`;
    }
    if (RANKING.has(name)) return "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    return orderBy.length === 0 ? "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING" : "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
  }

  /** `order`: the type of the values that a range goes by. A distance that is cast to it shows as what is added. */
  #bound(bound: FrameBound, order: DataType | undefined): string {
    if (typeof bound === "string") return bound.replace("_", " ").toUpperCase();
    if ("preceding" in bound && order !== undefined && isNumeric(order)) {
      const type = this.#typeOf(bound.preceding), own = type?.kind === "string" ? "double" : type?.kind;
      if (own !== undefined && own !== order.kind) return `(- ${this.text(bound.preceding)}) FOLLOWING`;
    }
    return "preceding" in bound ? `${this.text(bound.preceding)} PRECEDING` : `${this.text(bound.following)} FOLLOWING`;
  }

  #subquery({ form, values, outer = [] }: Subquery): string {
    const uses = outer.join(", ");
    switch (form) {
      case "scalar": return `scalarsubquery(${uses})`;
      case "exists": return `exists(${uses})`;
      case "in": return `(${values?.length === 1 ? this.text(values[0]!) : `named_struct(${(values ?? []).map((value, i) => `'${value.kind === "unresolved_attribute" ? value.nameParts.at(-1)! : `_${i}`}', ${this.text(value)}`).join(", ")})`} IN (listquery(${uses})))`;
    }
  }
}

/** What a select item is called that has no alias: a column by its own name, also under a cast. */
export function columnName(expression: Expression, options: PrintOptions = {}): string {
  if (expression.kind === "alias") return expression.names[0]!;
  const named = expression.kind === "cast" ? expression.child : expression;
  return named.kind === "unresolved_attribute" ? named.nameParts.at(-1)! : expressionToSql(expression, options);
}

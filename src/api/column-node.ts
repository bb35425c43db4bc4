/**
 * The object behind every column type: it builds the expressions of the plan. A column is a frozen Proxy, because struct
 * fields are properties of it (`r.address.city`) and their names are only known to the data.
 */
import { alias as aliasOf, attribute, call, literal, type Expression, type FrameBound, type Origin, type SortOrder, type WindowFrame } from "../plan/expressions.ts";
import type { Relation } from "../plan/relations.ts";
import { BIGINT, BOOLEAN, DAY_TIME_INTERVAL, DOUBLE, INT, STRING, YEAR_MONTH_INTERVAL, decimal, isDatetime, isFractional, isNumeric, type DataType } from "../types/data-type.ts";
import { parseDuration } from "../types/duration.ts";
import { badArgument, unresolvedField } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import type { Expr } from "./column.ts";
import { literalOf } from "./literals.ts";
import { dataTypeOf, isDataType, typeByName } from "./schema.ts";

/** What a column holds. */
export interface ColumnNode {
  readonly expression: Expression;
  /** Its type, as far as it is known before analysis; of decimals only the kind. */
  readonly type: DataType | undefined;
  /** The name it has in a result, if it has one. */
  readonly name: string | undefined;
}

const NODE = Symbol("millrace.column");
/** The target of all column proxies: nothing to see, nothing to change. */
class Column {}
const TARGET = Object.freeze(new Column());

class Handler implements ProxyHandler<Column> {
  readonly node: ColumnNode;
  constructor(node: ColumnNode) { this.node = node; }

  get(_target: Column, property: string | symbol): unknown {
    if (property === NODE) return this.node;
    // An await asks for `then`; a column that answered with a field would never settle.
    if (typeof property === "symbol" || property === "then" || property === "toJSON" || property === "constructor") return undefined;
    const type = this.node.type;
    if (type?.kind === "struct" && !STRUCT_METHODS.has(property) && type.fields.some(f => f.name === property)) return field(this.node, property);
    if (Object.hasOwn(METHODS, property)) return METHODS[property];
    if (type === undefined || type.kind === "struct") return field(this.node, property);
    return undefined;
  }

  set(): never { throw new TypeError("A column can't be changed."); }
}

/** The column of an expression. */
export function columnOf<C = Expr<unknown>>(expression: Expression, type?: DataType, name: string | undefined = nameOf(expression)): C {
  return new Proxy(TARGET, new Handler(Object.freeze({ expression, type, name }))) as unknown as C;
}

/** What a column holds, or undefined if the value is no column. */
export function nodeOf(value: unknown): ColumnNode | undefined {
  return typeof value === "object" && value !== null ? (value as { [NODE]?: ColumnNode })[NODE] : undefined;
}

/** The expression of an argument: of a column, or of a value as a literal beside `beside`. */
export function toExpression(value: unknown, origin: Origin | undefined, beside?: DataType): Expression {
  return nodeOf(value)?.expression ?? literalOf(value, origin, beside);
}

function nameOf(expression: Expression): string | undefined {
  if (expression.kind === "alias") return expression.names[0];
  if (expression.kind === "unresolved_attribute") return expression.nameParts.at(-1);
  return expression.kind === "extract_value" && expression.extraction.kind === "literal" && typeof expression.extraction.value === "string" ? expression.extraction.value : undefined;
}

/** Splits `a.b` and `` `a.b`.c `` into the parts of a name. */
export function nameParts(name: string): string[] {
  const parts = name.match(/`(?:[^`]|``)*`|[^.`]+/g);
  if (parts === null || parts.join(".") !== name) {
    throw badArgument(`Syntax error in the attribute name: ${name}. Check that backticks appear in pairs, a quoted string is a complete name part and use a backtick only inside quoted name parts.`, undefined, "INVALID_ATTRIBUTE_NAME_SYNTAX", "42601");
  }
  return parts.map(part => part.startsWith("`") ? part.slice(1, -1).replaceAll("``", "`") : part);
}

/** A column by name, of whatever frame it is used on. */
export const namedColumn = <C = Expr<unknown>>(name: string, type?: DataType): C => columnOf<C>(attribute(nameParts(name), undefined, callSite()), type);

/** A column given as an expression or by name. */
export const columnArgument = (value: unknown): ColumnNode =>
  nodeOf(value) ?? (typeof value === "string" ? nodeOf(namedColumn(value))! : fail("A column or its name is expected."));

const fail = (message: string): never => { throw badArgument(message); };

function field(node: ColumnNode, name: string): Expr<unknown> {
  const origin = callSite(), type = node.type;
  let fieldType: DataType | undefined;
  if (type?.kind === "struct") {
    fieldType = type.fields.find(f => f.name === name)?.type ?? type.fields.find(f => f.name.toLowerCase() === name.toLowerCase())?.type;
    if (fieldType === undefined) throw unresolvedField(name, type.fields.map(f => f.name));
  }
  return columnOf(Object.freeze({ kind: "extract_value", child: node.expression, extraction: literal(name, STRING, origin), origin }), fieldType);
}

type Method = (this: unknown, ...args: never[]) => unknown;

function receiver(value: unknown): ColumnNode {
  return nodeOf(value) ?? fail("This method was taken off its column.");
}

/** A binary operator or a function whose first argument is the column. */
const operator = (name: string, type: (left: ColumnNode, right: ColumnNode | undefined) => DataType | undefined) => function (this: unknown, other: unknown): unknown {
  const left = receiver(this), origin = callSite();
  return columnOf(call(name, [left.expression, toExpression(other, origin, left.type)], origin), type(left, nodeOf(other)));
};
const test = (name: string) => operator(name, () => BOOLEAN);
const bool = (): DataType => BOOLEAN;

/** The type of arithmetic as far as kinds go: INT, BIGINT, DECIMAL, DOUBLE. */
function widest(left: ColumnNode, right: ColumnNode | undefined): DataType | undefined {
  const a = left.type, b = right === undefined ? a : right.type;
  if (a === undefined || b === undefined || !isNumeric(a) || !isNumeric(b)) return undefined;
  if (isFractional(a) || isFractional(b)) return DOUBLE;
  if (a.kind === "decimal" || b.kind === "decimal") return decimal(38, 18);
  return a.kind === "bigint" || b.kind === "bigint" ? BIGINT : INT;
}

/** `+` and `-`, which also take durations. */
const additive = (name: "+" | "-") => function (this: unknown, other: unknown): unknown {
  const left = receiver(this), origin = callSite(), right = nodeOf(other);
  const isDuration = typeof other === "string" && (left.type === undefined ? /^\s*[+-]?\d/.test(other) && / [a-z]/.test(other) : isDatetime(left.type));
  if (isDuration) {
    const { months, micros } = parseDuration(other);
    let expression = left.expression;
    if (months !== 0) expression = call(name, [expression, literal(months, YEAR_MONTH_INTERVAL, origin)], origin);
    if (micros !== 0n || months === 0) expression = call(name, [expression, literal(micros, DAY_TIME_INTERVAL, origin)], origin);
    return columnOf(expression, left.type);
  }
  const type = left.type !== undefined && isDatetime(left.type)
    ? name === "+" ? left.type : right?.type === undefined ? undefined : isDatetime(right.type) ? DAY_TIME_INTERVAL : left.type
    : typeof other === "bigint" && widest(left, undefined) === INT ? BIGINT : widest(left, right);
  return columnOf(call(name, [left.expression, toExpression(other, origin, left.type)], origin), type);
};

const unary = (name: string, type: (node: ColumnNode) => DataType | undefined) => function (this: unknown): unknown {
  const node = receiver(this);
  return columnOf(call(name, [node.expression], callSite()), type(node));
};

export function sortOrder(child: Expression, direction: "asc" | "desc", nulls: "first" | "last" = direction === "asc" ? "first" : "last"): SortOrder {
  return Object.freeze({ kind: "sort_order", child, direction, nulls, origin: child.origin });
}
const order = (direction: "asc" | "desc", nulls?: "first" | "last") => function (this: unknown): unknown {
  const node = receiver(this);
  return columnOf(sortOrder(node.expression, direction, nulls), node.type);
};

function castTo(node: ColumnNode, to: unknown, evalMode: "default" | "try"): unknown {
  const target = isDataType(to) ? dataTypeOf(to) : typeByName(String(to));
  return columnOf(Object.freeze({ kind: "cast", child: node.expression, to: target, evalMode, origin: callSite() }), target, node.name);
}

const pattern = (name: string) => function (this: unknown, text: unknown, escape?: string): unknown {
  const origin = callSite(), args = [receiver(this).expression, toExpression(text, origin)];
  if (escape !== undefined) args.push(literalOf(escape, origin));
  return columnOf(call(name, args, origin), BOOLEAN);
};

const METHODS: Readonly<Record<string, Method>> = Object.freeze({
  eq: test("="), gt: test(">"), gte: test(">="), lt: test("<"), lte: test("<="), eqNullSafe: test("<=>"),
  and: test("and"), or: test("or"), startsWith: test("startswith"), endsWith: test("endswith"),
  ne(this: unknown, other: unknown): unknown {
    const left = receiver(this), origin = callSite();
    return columnOf(call("not", [call("=", [left.expression, toExpression(other, origin, left.type)], origin)], origin), BOOLEAN);
  },
  not: unary("not", bool), isNull: unary("isnull", bool), isNotNull: unary("isnotnull", bool), neg: unary("negative", node => node.type),
  plus: additive("+"), minus: additive("-"), mul: operator("*", widest), mod: operator("%", widest),
  div: operator("/", (a, b) => { const type = widest(a, b); return type === undefined || type.kind === "decimal" ? type : DOUBLE; }),
  bitAnd: operator("&", widest), bitOr: operator("|", widest), bitXor: operator("^", widest),
  between(this: unknown, low: unknown, high: unknown): unknown {
    const node = receiver(this), origin = callSite();
    const above = call(">=", [node.expression, toExpression(low, origin, node.type)], origin);
    return columnOf(call("and", [above, call("<=", [node.expression, toExpression(high, origin, node.type)], origin)], origin), BOOLEAN);
  },
  isin(this: unknown, ...values: unknown[]): unknown {
    const node = receiver(this), origin = callSite(), frame = values.length === 1 ? values[0] as { readonly relation?: Relation } | null : undefined;
    if (typeof frame === "object" && frame?.relation !== undefined) return columnOf(Object.freeze({ kind: "subquery", form: "in", plan: frame.relation, values: [node.expression], origin }), BOOLEAN);
    const list = values.length === 1 && Array.isArray(values[0]) ? values[0] as unknown[] : values;
    return columnOf(Object.freeze({ kind: "in_list", child: node.expression, values: list.map(value => toExpression(value, origin, node.type)), origin }), BOOLEAN);
  },
  like: pattern("like"), ilike: pattern("ilike"), rlike: pattern("rlike"),
  contains(this: unknown, part: unknown): unknown {
    const node = receiver(this), origin = callSite();
    const beside = node.type?.kind === "array" ? node.type.element : undefined;
    return columnOf(call(node.type?.kind === "array" ? "array_contains" : "contains", [node.expression, toExpression(part, origin, beside)], origin), BOOLEAN);
  },
  substr(this: unknown, start: unknown, length: unknown): unknown {
    const origin = callSite();
    return columnOf(call("substr", [receiver(this).expression, toExpression(start, origin, INT), toExpression(length, origin, INT)], origin), STRING);
  },
  getField(this: unknown, name: string): unknown { return field(receiver(this), name); },
  at(this: unknown, key: unknown): unknown {
    const node = receiver(this), origin = callSite(), type = node.type;
    const item = type?.kind === "array" ? type.element : type?.kind === "map" ? type.value : undefined;
    const extraction = toExpression(key, origin, type?.kind === "map" ? type.key : type?.kind === "array" ? INT : undefined);
    return columnOf(Object.freeze({ kind: "extract_value", child: node.expression, extraction, origin }), item);
  },
  withField(this: unknown, name: string, value: unknown): unknown {
    const node = receiver(this), origin = callSite();
    return columnOf(Object.freeze({ kind: "update_fields", child: node.expression, path: nameParts(name), value: toExpression(value, origin), origin }), undefined, node.name);
  },
  dropFields(this: unknown, ...names: string[]): unknown {
    const node = receiver(this), origin = callSite();
    return columnOf(names.reduce<Expression>((child, name) => Object.freeze({ kind: "update_fields", child, path: nameParts(name), origin }), node.expression), undefined, node.name);
  },
  isNaN: unary("isnan", bool),
  transform(this: unknown, change: unknown): unknown {
    if (typeof change !== "function") throw badArgument("transform() takes a function of the column.", "r.name.transform(upper)");
    return (change as (column: unknown) => unknown)(this);
  },
  outer(this: unknown): unknown {
    const node = receiver(this);
    if (node.expression.kind !== "unresolved_attribute") throw badArgument("outer() belongs to a column of the frame around: customers.where(c => c.id.eq(o.customer.outer()))");
    return columnOf(Object.freeze({ ...node.expression, isOuter: true }), node.type, node.name);
  },
  as(this: unknown, name: string): unknown {
    const node = receiver(this);
    const child = node.expression.kind === "alias" ? node.expression.child : node.expression;
    return columnOf(aliasOf(child, name, callSite()), node.type, name);
  },
  cast(this: unknown, to: unknown): unknown { return castTo(receiver(this), to, "default"); },
  tryCast(this: unknown, to: unknown): unknown { return castTo(receiver(this), to, "try"); },
  asc: order("asc"), desc: order("desc"), ascNullsFirst: order("asc", "first"), ascNullsLast: order("asc", "last"),
  descNullsFirst: order("desc", "first"), descNullsLast: order("desc", "last"),
  over(this: unknown, window: unknown): unknown {
    const node = receiver(this);
    if (!(window instanceof WindowDefinition)) throw badArgument("over() takes a window.", "make one with Window.partitionBy(...).orderBy(...)");
    return columnOf(Object.freeze({ kind: "window", function: node.expression, partitionBy: window.partition, orderBy: window.order, ...(window.frame && { frame: window.frame }), origin: callSite() }), node.type, undefined);
  },
  filter(this: unknown, condition: unknown): unknown {
    const node = receiver(this);
    if (node.expression.kind !== "unresolved_function") throw badArgument("filter() belongs to an aggregate function.", "sum(r.price).filter(r.ok)");
    return columnOf(Object.freeze({ ...node.expression, filter: toExpression(condition, callSite()) }), node.type, undefined);
  },
  notNull(this: unknown): unknown {
    const node = receiver(this), origin = callSite();
    return columnOf(call("assert_not_null", [node.expression], origin), node.type, node.name);
  },
  toString(this: unknown): string { return `Column<${receiver(this).name ?? receiver(this).expression.kind}>`; },
  valueOf(): never { throw badArgument("JavaScript's own operators can't be used on columns.", "write r.price.gt(100), r.price.plus(1), a.and(b)"); },
} satisfies Record<string, Method>);

/** The methods that a struct's field of the same name gives way to; those of StructMethods in column.ts. */
const STRUCT_METHODS: ReadonlySet<string> = new Set([
  "isNull", "isNotNull", "as", "cast", "tryCast", "asc", "desc", "ascNullsFirst", "ascNullsLast", "descNullsFirst", "descNullsLast",
  "over", "filter", "notNull", "eq", "ne", "eqNullSafe", "isin", "getField", "withField", "dropFields", "transform", "outer",
]);

/** A window for `over`: partition, order and frame. */
export class WindowDefinition {
  readonly partition: readonly Expression[];
  readonly order: readonly SortOrder[];
  readonly frame: WindowFrame | undefined;

  constructor(partition: readonly Expression[] = [], order: readonly SortOrder[] = [], frame?: WindowFrame) {
    this.partition = partition;
    this.order = order;
    this.frame = frame;
    Object.freeze(this);
  }

  get kind(): string { return this.frame === undefined ? "window" : "framed"; }
  partitionBy(...columns: unknown[]): WindowDefinition { return new WindowDefinition(columns.map(c => columnArgument(c).expression), this.order, this.frame); }
  orderBy(...columns: unknown[]): WindowDefinition { return new WindowDefinition(this.partition, columns.map(c => asSortOrder(columnArgument(c).expression)), this.frame); }
  rowsBetween(start: number, end: number): WindowDefinition { return new WindowDefinition(this.partition, this.order, frameOf("rows", start, end)); }
  rangeBetween(start: number, end: number): WindowDefinition { return new WindowDefinition(this.partition, this.order, frameOf("range", start, end)); }
}

export const asSortOrder = (expression: Expression): SortOrder => expression.kind === "sort_order" ? expression : sortOrder(expression, "asc");

function frameOf(unit: "rows" | "range", start: number, end: number): WindowFrame {
  return Object.freeze({ unit, lower: bound(start, "unbounded_preceding"), upper: bound(end, "unbounded_following") });
}

function bound(offset: number, unbounded: "unbounded_preceding" | "unbounded_following"): FrameBound {
  if (offset === 0) return "current_row";
  if (!Number.isFinite(offset) || Math.abs(offset) >= Number.MAX_SAFE_INTEGER) {
    const isStart = offset < 0;
    if (isStart !== (unbounded === "unbounded_preceding")) throw badArgument("A window's frame ends before it begins.");
    return unbounded;
  }
  return offset < 0 ? { preceding: literalOf(-offset, undefined) } : { following: literalOf(offset, undefined) };
}

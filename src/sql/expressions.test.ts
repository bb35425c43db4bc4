/**
 * Catches wrong precedence and wrong spans: random expressions are written as SQL with no more parentheses than
 * precedence asks for, and read back as the same tree; every node's origin is the text that reads as that node alone.
 */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { call, literal, type Expression, type SortOrder } from "../plan/expressions.ts";
import { sameNode } from "../plan/same.ts";
import { array, BIGINT, BOOLEAN, DATE, dayTimeInterval, decimal, DOUBLE, INT, STRING, typeToSql, VOID } from "../types/data-type.ts";
import { formatDate } from "../types/datetime-text.ts";
import { formatDayTimeInterval } from "../types/interval-text.ts";
import { parseExpression } from "./parser.ts";

/** The grammar's levels, loosest first; kept apart from the parser's own table. */
const LEVELS: readonly (readonly string[])[] = [
  ["or"], ["and"], ["not"], ["between", "like", "rlike", "isnull", "in_list"], ["=", "<=>", "<", "<=", ">", ">="], ["|"], ["^"], ["&"], ["<<", ">>", ">>>"],
  ["+", "-", "concat"], ["*", "/", "%", "div"], ["unary"], ["primary"],
];
const level = (name: string): number => LEVELS.findIndex(names => names.includes(name));
const VALUE = level("="), UNARY = level("unary"), PRIMARY = level("primary");

function levelOf(node: Expression): number {
  if (node.kind === "in_list") return level("in_list");
  if (node.kind !== "unresolved_function") return node.kind === "lambda" ? 0 : PRIMARY;
  if (node.args.length === 1 && ["-", "+", "~"].includes(node.name)) return UNARY;
  const found = level(node.name);
  return found < 0 ? PRIMARY : found;
}

/** As SQL; in parentheses if it binds looser than `least`. */
function sql(node: Expression, least = 0): string {
  const text = bare(node);
  return levelOf(node) < least ? `(${text})` : text;
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
const name = (text: string): string => /^c\d$/.test(text) ? text : `\`${text.replaceAll("`", "``")}\``;

function bare(node: Expression): string {
  switch (node.kind) {
    case "literal": {
      if (node.value === null) return "NULL";
      switch (node.type.kind) {
        case "string": return quoted(node.value as string);
        case "bigint": return `${String(node.value)}L`;
        case "double": return `${String(node.value)}D`;
        case "decimal": return (Number(node.value) / 100).toFixed(2);
        case "date": return `DATE '${formatDate(node.value as number)}'`;
        case "day_time_interval": return formatDayTimeInterval(node.value as bigint, node.type);
        default: return String(node.value);
      }
    }
    case "unresolved_attribute": return node.nameParts.map(name).join(".");
    case "cast": return node.evalMode === "try" ? `TRY_CAST(${sql(node.child)} AS ${typeToSql(node.to)})` : `${sql(node.child, PRIMARY)}::${typeToSql(node.to)}`;
    case "case_when": return `CASE ${node.branches.map(({ when, then }) => `WHEN ${sql(when)} THEN ${sql(then)}`).join(" ")}${node.otherwise === undefined ? "" : ` ELSE ${sql(node.otherwise)}`} END`;
    case "in_list": return `${sql(node.child, VALUE)} IN (${node.values.map(value => sql(value)).join(", ")})`;
    case "extract_value": return `${sql(node.child, PRIMARY)}[${sql(node.extraction, VALUE)}]`;
    case "lambda": return `(${node.params.map(name).join(", ")}) -> ${sql(node.body)}`;
    case "window": return `${sql(node.function)} OVER (PARTITION BY ${node.partitionBy.map(key => sql(key)).join(", ")} ORDER BY ${node.orderBy.map(sort).join(", ")} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
    case "unresolved_function": return callText(node.name, node.args, node);
    default: throw new Error(`no text for ${node.kind}`);
  }
}

const sort = (order: SortOrder): string => `${sql(order.child)} ${order.direction.toUpperCase()} NULLS ${order.nulls.toUpperCase()}`;

function callText(fn: string, args: readonly Expression[], node: Extract<Expression, { kind: "unresolved_function" }>): string {
  const own = levelOf(node), [a, b, c] = args as [Expression, Expression, Expression];
  // A minus directly in front of a number is part of the number.
  if (own === UNARY) return `${fn} ${/^[\d.]/.test(sql(a, UNARY)) ? `(${sql(a)})` : sql(a, UNARY)}`;
  switch (fn) {
    // A chain of one word is balanced by the parser: parentheses keep this one as it is.
    case "and": case "or": return `${sql(a, own + 1)} ${fn.toUpperCase()} ${sql(b, own + 1)}`;
    case "not": return `NOT ${sql(a, own)}`;
    case "between": return `${sql(a, VALUE)} BETWEEN ${sql(b, VALUE)} AND ${sql(c, VALUE)}`;
    case "like": return `${sql(a, VALUE)} LIKE ${sql(b, VALUE)}${args.length === 3 ? " ESCAPE '!'" : ""}`;
    case "rlike": return `${sql(a, VALUE)} RLIKE ${sql(b, VALUE)}`;
    case "isnull": return `${sql(a, VALUE)} IS NULL`;
  }
  if (own < PRIMARY) return `${sql(a, own)} ${fn === "concat" ? "||" : fn} ${sql(b, own + 1)}`;
  const filter = node.filter === undefined ? "" : ` FILTER (WHERE ${sql(node.filter)})`;
  return `${fn}(${node.distinct === true ? "DISTINCT " : ""}${args.map(arg => sql(arg)).join(", ")})${filter}`;
}

const names = fc.oneof(fc.constantFrom("c1", "c2", "c3"), fc.constantFrom("select", "odd name", "a`b", "naïve", "NOT", "interval"));
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.integer({ min: -100, max: 100 }).map(value => literal(value, INT)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(value => literal(value, BIGINT)),
  fc.integer({ min: -9999, max: 9999 }).filter(value => Math.abs(value) >= 100).map(value => literal(BigInt(value), decimal(String(Math.abs(value)).length, 2))),
  fc.constantFrom(0.5, 1e300, -2.25).map(value => literal(value, DOUBLE)),
  fc.string({ unit: fc.constantFrom("a", "'", "\\", '"', "`", "%", "\n", "é", "😀", "-", "/", "*") }).map(value => literal(value, STRING)),
  fc.constantFrom(literal(null, VOID), literal(true, BOOLEAN), literal(false, BOOLEAN)),
  fc.integer({ min: -100_000, max: 100_000 }).map(value => literal(value, DATE)),
  fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(value => literal(value, dayTimeInterval("day", "second"))),
  fc.array(names, { minLength: 1, maxLength: 3 }).map(nameParts => ({ kind: "unresolved_attribute" as const, nameParts })),
);
const { expression } = fc.letrec<{ expression: Expression }>(tie => {
  const any = tie("expression"), many = fc.array(any, { minLength: 1, maxLength: 3 });
  const binary = fc.constantFrom("+", "-", "*", "/", "%", "div", "concat", "=", "<=>", "<", "<=", ">", ">=", "and", "or", "|", "&", "^", "<<", ">>", ">>>", "like", "rlike");
  return {
    expression: fc.oneof({ maxDepth: 5, depthIdentifier: "expression" }, leaf,
      fc.tuple(binary, any, any).map(([fn, a, b]) => call(fn, [a, b])),
      fc.tuple(binary, any, any).map(([fn, a, b]) => call(fn, [a, b])),
      fc.tuple(fc.constantFrom("-", "+", "~", "not", "isnull"), any).map(([fn, a]) => call(fn, [a])),
      fc.tuple(any, any, any).map(args => call("between", args)),
      fc.tuple(any, any).map(([a, b]) => call("like", [a, b, literal("!", STRING)])),
      fc.tuple(any, many).map(([child, values]) => ({ kind: "in_list" as const, child, values })),
      fc.tuple(fc.constantFrom("f", "coalesce", "g2"), many).map(([fn, args]) => call(fn, args)),
      fc.tuple(many, any).map(([args, filter]) => ({ kind: "unresolved_function" as const, name: "agg", args, distinct: true, filter })),
      fc.tuple(any, fc.constantFrom(INT, array(STRING)), fc.constantFrom("default" as const, "try" as const)).map(([child, to, evalMode]) => ({ kind: "cast" as const, child, to, evalMode })),
      fc.tuple(fc.array(fc.record({ when: any, then: any }), { minLength: 1, maxLength: 2 }), fc.option(any, { nil: undefined })).map(([branches, otherwise]) => otherwise === undefined ? { kind: "case_when" as const, branches } : { kind: "case_when" as const, branches, otherwise }),
      fc.tuple(any, any).map(([child, extraction]) => ({ kind: "extract_value" as const, child, extraction })),
      any.map(body => call("transform", [{ kind: "unresolved_attribute", nameParts: ["c1"] }, { kind: "lambda", params: ["p", "q"], body }])),
      fc.tuple(many, any).map(([partitionBy, child]) => ({
        kind: "window" as const, function: call("rank", []), partitionBy, orderBy: [{ kind: "sort_order" as const, child, direction: "desc" as const, nulls: "first" as const }],
        frame: { unit: "rows" as const, lower: "unbounded_preceding" as const, upper: "current_row" as const },
      })),
    ),
  };
});

const runs = { numRuns: process.env.MILLRACE_LONG === "1" ? 50_000 : 2000, seed: Number(process.env.MILLRACE_SEED ?? 20_260_301) };

test("what is written with the fewest parentheses is read as the same tree", () => {
  fc.assert(fc.property(expression, tree => {
    const text = sql(tree), read = parseExpression(text);
    assert.ok(sameNode(read, tree), text);
  }), runs);
});

/** Nodes whose origin is not a whole expression of its own: parts of syntax that only their parent explains. */
const PARTS: ReadonlySet<string> = new Set(["sort_order", "lambda", "lambda_variable"]);

test("the origin of every node is the text of that node", () => {
  fc.assert(fc.property(expression, tree => {
    const text = sql(tree);
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      if (Array.isArray(node)) { for (const item of node) visit(item); return; }
      const { kind, origin, ...fields } = node as Record<string, unknown> & { readonly origin?: { readonly start: number; readonly stop: number } };
      if (typeof kind === "string" && origin !== undefined && !PARTS.has(kind)) {
        const part = text.slice(origin.start, origin.stop);
        // What stands in parentheses has them outside its span, and a chain of AND begins at its first operand.
        const balance = [...part].reduce((depth, c) => depth < 0 ? depth : c === "(" ? depth + 1 : c === ")" ? depth - 1 : depth, 0);
        if (balance === 0 && !/['"`]/.test(part)) assert.ok(sameNode(parseExpression(part), node), `${part} of ${text}`);
      }
      for (const [key, value] of Object.entries(fields)) if (key !== "type" && key !== "to") visit(value);
    };
    visit(parseExpression(text));
  }), runs);
});

/** When two resolved expressions mean the same: a text that is equal for both. */
import type { ResolvedExpression, ScalarCall } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { typeToSql } from "../types/data-type.ts";

/** Names, origins and aliases don't count; attributes count by id. */
export function semanticKey(e: ResolvedExpression): string {
  const list = (items: readonly ResolvedExpression[]): string => items.map(semanticKey).join(",");
  switch (e.kind) {
    case "attribute": return `#${e.id}`;
    case "literal": return `${typeToSql(e.type)}:${cellKey(e.value)}`;
    case "scalar_call": return e.binding.deterministic === false ? `${e.function.name}(${list(e.args)})@${identity(e)}` : callKey(e);
    case "cast": return `cast(${semanticKey(e.child)} as ${typeToSql(e.type)} ${e.evalMode})`;
    case "case_when": return `case(${e.branches.map(b => `${semanticKey(b.when)}:${semanticKey(b.then)}`).join(",")};${e.otherwise === undefined ? "" : semanticKey(e.otherwise)})`;
    case "and": case "or": return `(${operands(e, x => x.kind === e.kind ? [x.left, x.right] : undefined).sort().join(` ${e.kind} `)})`;
    case "coalesce": return `coalesce(${list(e.args)})`;
    case "field_access": return `${semanticKey(e.child)}.${e.index}`;
    case "lambda_variable": return `@${e.id}`;
    case "lambda": return lambdaKey(e);
    case "aggregate_call": return `${e.function.name}${e.function.isUser === true ? `@${identity(e.function)}` : ""}${e.distinct ? " distinct" : ""}(${list(e.args)})${e.filter === undefined ? "" : ` filter ${semanticKey(e.filter)}`}${e.binding.deterministic === false ? "" : ""}`;
    case "time_window": return `window(${semanticKey(e.time)},${e.sizeMicros},${e.slideMicros},${e.startMicros}${e.timeZone === undefined ? "" : `,${e.timeZone}`})`;
    case "session_window": return `session_window(${semanticKey(e.time)},${semanticKey(e.gap)})`;
    case "generator_call": return `${e.function.name}${e.function.user === undefined ? "" : `@${identity(e.function.user)}`}(${list(e.args)})`;
    case "window_call": {
      const bound = (b: typeof e.frame.lower): string => b.at === "offset" ? semanticKey(b.offset) : b.at;
      const fn = e.function.kind === "aggregate_call" ? semanticKey(e.function) : `${e.function.name}(${list(e.args)})`;
      return `${fn}${e.ignoreNulls ? " ignore nulls" : ""} over(${list(e.partitionBy)};${e.orderBy.map(o => `${semanticKey(o.expression)} ${o.direction} ${o.nulls}`).join(",")};${e.frame.unit} ${bound(e.frame.lower)} ${bound(e.frame.upper)})`;
    }
    case "subquery": return `${e.form} ${written(e.plan) ?? `@${identity(e.plan)}`}(${list(e.values)})`;
    case "user_call": return `user@${identity(e.function)}(${list(e.args)})${e.function.deterministic ? "" : `@${identity(e)}`}`;
  }
}

/** Functions whose arguments may change places, and comparisons as their mirrors and opposites (Spark's canonical form). */
const COMMUTES: ReadonlySet<string> = new Set(["+", "*", "&", "|", "^", "=", "<=>", "greatest", "least"]);
/** Those of which a chain is one list of operands. */
const CHAINED: ReadonlySet<string> = new Set(["+", "*", "&", "|", "^", "greatest", "least"]);
const MIRRORED: Readonly<Record<string, string>> = { ">": "<", ">=": "<=" };
const OPPOSITE: Readonly<Record<string, string>> = { "<": ">=", "<=": ">", ">": "<=", ">=": "<" };

function callKey({ function: { name }, args, type }: ScalarCall): string {
  if (COMMUTES.has(name)) {
    const own = typeToSql(type);
    const keys = args.flatMap(arg => operands(arg, e => CHAINED.has(name) && e.kind === "scalar_call" && e.function.name === name && e.binding.deterministic !== false && typeToSql(e.type) === own ? e.args : undefined));
    return `${name}(${keys.sort().join(",")})`;
  }
  const mirror = MIRRORED[name], [first, second] = args;
  if (mirror !== undefined) return `${mirror}(${semanticKey(second!)},${semanticKey(first!)})`;
  if (name === "in") return `in(${semanticKey(first!)},${args.slice(1).map(semanticKey).sort().join(",")})`;
  const opposite = name === "not" && first!.kind === "scalar_call" ? OPPOSITE[first!.function.name] : undefined;
  if (opposite !== undefined && first!.kind === "scalar_call") return callKey({ ...first!, function: { ...first!.function, name: opposite } });
  return `${name}(${args.map(semanticKey).join(",")})`;
}

/** Keys of the operands of a chain: `a + (b + c)` has three. */
function operands(e: ResolvedExpression, inner: (e: ResolvedExpression) => readonly ResolvedExpression[] | undefined): string[] {
  const below = inner(e);
  return below === undefined ? [semanticKey(e)] : below.flatMap(child => operands(child, inner));
}

/** Variables of a lambda by their place, so that two equal lambdas are equal. */
function lambdaKey(e: Extract<ResolvedExpression, { kind: "lambda" }>): string {
  let body = semanticKey(e.body);
  e.params.forEach((param, i) => { body = body.replaceAll(`@${param.id}`, `@p${i}`); });
  return `(${e.params.length} -> ${body})`;
}

/** Plans of subqueries and what was written for them: in one query the same words mean the same. */
const sources = new WeakMap<object, object>(), texts = new WeakMap<object, string>();
export const wasWritten = (plan: object, source: object): void => { sources.set(plan, source); };

/** Without arguments each call is one of its own. */
const CHANCE: ReadonlySet<string> = new Set(["rand", "random", "randn", "uuid", "shuffle"]);

function written(plan: object): string | undefined {
  const source = sources.get(plan);
  if (source === undefined) return undefined;
  let text = texts.get(source);
  if (text === undefined) {
    let isOwn = false;
    text = JSON.stringify(source, (key, value: unknown) => {
      if (key === "origin" || key === "planId") return undefined;
      if (typeof value === "bigint") return `${value}n`;
      if (typeof value === "function" || typeof value === "object" && value !== null && "name" in value && CHANCE.has(String(value.name))) isOwn = true;
      return value;
    });
    if (isOwn) text = `@${identity(source)}`;
    texts.set(source, text);
  }
  return text;
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;
function identity(object: object): number {
  let id = identities.get(object);
  if (id === undefined) identities.set(object, id = ++lastIdentity);
  return id;
}

function cellKey(cell: Cell): string {
  if (cell === null) return "null";
  if (typeof cell === "bigint") return `${cell}n`;
  if (typeof cell === "number") return Object.is(cell, -0) ? "-0" : String(cell);
  if (typeof cell === "object") return JSON.stringify(cell, (_, value: unknown) => typeof value === "bigint" ? `${value}n` : value);
  return JSON.stringify(cell);
}

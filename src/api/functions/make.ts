/** How a function of the API becomes a call in the plan. All functions of this folder are one line over these. */
import { call, literal, type Expression } from "../../plan/expressions.ts";
import { STRING, VOID, type DataType } from "../../types/data-type.ts";
import { badArgument } from "../api-errors.ts";
import { callSite } from "../call-site.ts";
import { columnArgument, columnOf, nodeOf, toExpression, type ColumnNode } from "../column-node.ts";
import type { Expr, TypeOf } from "../column.ts";
import { literalOf } from "../literals.ts";

/** The type of an argument that may be the name of a column. */
export type TypeOfArg<E> = E extends Expr<infer T> ? T : unknown;
/** null, if one of the arguments can be. */
export type NullOf<E extends readonly Expr<unknown>[]> = TypeOf<E[number]> & null;

/** A call: columns stay, values become literals. `type`: the result's, as far as it is known; "first": that of the first argument. */
export function fn<C>(name: string, type: DataType | "first" | undefined, ...args: readonly unknown[]): C {
  const origin = callSite(), given = withoutMissing(args);
  const expressions = given.map(arg => toExpression(arg, origin));
  return columnOf<C>(call(name, expressions, origin), type === "first" ? nodeOf(given[0])?.type : type, undefined);
}

/** As `fn`, but the first argument may be a column's name. */
export function byName<C>(name: string, type: DataType | "first" | undefined | ((of: ColumnNode) => DataType | undefined), of: unknown, ...rest: readonly unknown[]): C {
  const origin = callSite(), node = columnArgument(of);
  const args = [node.expression, ...withoutMissing(rest).map(arg => toExpression(arg, origin))];
  return columnOf<C>(call(name, args, origin), type === "first" ? node.type : typeof type === "function" ? type(node) : type, undefined);
}

/** A DISTINCT aggregate. */
export function distinct<C>(name: string, type: DataType | undefined, ...of: readonly unknown[]): C {
  return columnOf<C>(Object.freeze({ ...call(name, of.map(arg => columnArgument(arg).expression), callSite()), distinct: true }), type, undefined);
}

/** An aggregate or window function that may pass over nulls. */
export function ignoringNulls<C>(name: string, of: unknown, ignoreNulls: boolean | undefined): C {
  const node = columnArgument(of), made = call(name, [node.expression], callSite());
  return columnOf<C>(ignoreNulls === true ? Object.freeze({ ...made, ignoreNulls }) : made, node.type, undefined);
}

let lambdas = 0;
/** `transform(xs, x => ...)`: the callback runs once, on variables. `least`: so many it has in the plan, whether it uses them or not. */
export function lambda(types: readonly (DataType | undefined)[], body: (...variables: never[]) => unknown, least = 1): Expression {
  const origin = callSite(), count = Math.max(least, Math.min(body.length, types.length));
  const params = types.slice(0, count).map((_, i) => `${"xyz"[i] ?? "v"}_${++lambdas}`);
  const variables = params.map((name, i) => columnOf(Object.freeze({ kind: "lambda_variable", name, origin }), types[i], undefined));
  const result = (body as (...variables: unknown[]) => unknown)(...variables);
  return Object.freeze({ kind: "lambda", params, body: toExpression(result, origin), origin });
}

/** Arguments left out at the end are left out of the call; undefined before a given one is NULL. */
function withoutMissing(args: readonly unknown[]): readonly unknown[] {
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count--;
  return args.slice(0, count);
}

/** Options of a function as the map that SQL takes; left out when there are none. */
export const given = (options: Readonly<Record<string, string>> | undefined): unknown =>
  options === undefined || Object.keys(options).length === 0 ? undefined : columnOf(call("map", Object.entries(options).flat().map(textLiteral), callSite()), undefined, undefined);

/** A call over expressions that are made already. */
export const callOf = <C>(name: string, type: DataType | undefined, args: readonly Expression[], label?: string): C => columnOf<C>(call(name, args, callSite()), type, label);
export const textLiteral = (text: string): Expression => text === undefined ? literal(null, VOID) : literal(text, STRING, callSite());
export { badArgument, callSite, columnArgument, columnOf, literalOf, nodeOf, toExpression };

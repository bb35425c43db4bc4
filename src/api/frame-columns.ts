/** Operators of frames that choose, add, rename and leave out columns. */
import { alias, type Alias } from "../plan/expressions.ts";
import { parseExpression } from "../sql/parser.ts";
import { named, type KnownColumn, type Selected } from "./accessor.ts";
import { badArgument } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { nodeOf } from "./column-node.ts";
import type { FrameNode } from "./frame.ts";

export function select(frame: FrameNode, given: readonly unknown[]): FrameNode {
  const entries = frame.entries(given, "select"), origin = callSite();
  const isSpread = entries.length > 1 && typeof given[0] === "function" && entries[0]!.expression.kind === "unresolved_star" && frame.sides.length === 1;
  // `{ ...r, x }` of unknown columns: x takes the place of a column of that name, if there is one.
  if (isSpread) return frame.derive({ kind: "with_columns", input: frame.relation, aliases: entries.slice(1).map(asAlias), origin }, undefined);
  return frame.derive({ kind: "project", input: frame.relation, expressions: entries.map(named), origin }, columnsOf(frame, entries));
}

export function selectExpr(frame: FrameNode, sql: readonly string[]): FrameNode {
  const entries = sql.map((text): Selected => {
    const expression = parseExpression(text, frame.session.parserSettings);
    const parts = expression.kind === "alias" ? expression.names : expression.kind === "unresolved_attribute" ? expression.nameParts.slice(-1) : [];
    return { name: parts.length === 1 ? parts[0] : undefined, expression, type: undefined };
  });
  const isPlainStar = ({ expression }: Selected): boolean => expression.kind === "unresolved_star" && expression.target.length === 0 && expression.except === undefined;
  const columns = entries.every(entry => entry.name !== undefined || isPlainStar(entry)) ? columnsOf(frame, entries) : undefined;
  return frame.derive({ kind: "project", input: frame.relation, expressions: entries.map(entry => entry.expression), origin: callSite() }, columns);
}

export function withColumn(frame: FrameNode, name: string, value: unknown): FrameNode {
  const node = nodeOf(typeof value === "function" ? frame.call(value) : value);
  if (node === undefined) throw badArgument(`withColumn('${name}') takes a column, or a callback that returns one.`, "wrap a value in lit()");
  return withColumnList(frame, [{ name, expression: node.expression, type: node.type }]);
}

export function withColumnList(frame: FrameNode, entries: readonly Selected[]): FrameNode {
  const columns = frame.columns, added = entries.map(({ name, type }) => ({ name: name!, type }));
  const same = (a: KnownColumn) => (b: KnownColumn): boolean => a.name.toLowerCase() === b.name.toLowerCase();
  const known = columns && [...columns.map(column => added.find(same(column)) ?? column), ...added.filter(column => !columns.some(same(column)))];
  return frame.derive({ kind: "with_columns", input: frame.relation, aliases: entries.map(asAlias), origin: callSite() }, known);
}

export function withColumnsRenamed(frame: FrameNode, names: Readonly<Record<string, string>>): FrameNode {
  const renames = Object.entries(names), to = (name: string): string => renames.reduce((now, [from, next]) => now.toLowerCase() === from.toLowerCase() ? next : now, name);
  return frame.derive({ kind: "with_columns_renamed", input: frame.relation, renames, origin: callSite() }, frame.columns?.map(column => ({ ...column, name: to(column.name) })));
}

export function drop(frame: FrameNode, given: readonly unknown[]): FrameNode {
  const names = given.filter(item => typeof item === "string"), columns = given.flatMap(item => typeof item === "function" ? [frame.call(item)].flat() as unknown[] : typeof item === "string" ? [] : [item]).map(item => {
    const node = nodeOf(item);
    if (node === undefined) throw badArgument("drop() takes names and columns.");
    return node.expression;
  });
  const lower = names.map(name => name.toLowerCase());
  return frame.derive({ kind: "drop", input: frame.relation, columns, columnNames: names, origin: callSite() }, columns.length > 0 ? undefined : frame.columns?.filter(column => !lower.includes(column.name.toLowerCase())));
}

/** The columns that entries give, if all are known. */
function columnsOf(frame: FrameNode, entries: readonly Selected[]): readonly KnownColumn[] | undefined {
  const known = entries.flatMap((entry): readonly (KnownColumn | undefined)[] => {
    if (entry.expression.kind === "unresolved_star") return entry.expression.planId === undefined ? frame.columns ?? [undefined] : [undefined];
    return [entry.name === undefined ? undefined : { name: entry.name, type: entry.type }];
  });
  return known.every(column => column !== undefined) ? known : undefined;
}

const asAlias = (entry: Selected): Alias => {
  const child = entry.expression.kind === "alias" ? entry.expression.child : entry.expression;
  return alias(child, entry.name!, child.origin);
};

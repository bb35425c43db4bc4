/** Operators of frames that change their shape: samples, columns that become rows, rows that become columns, subqueries. */
import { AnalysisError } from "../base/errors.ts";
import { foldTypes, widerTypeWithoutStrings } from "../functions/coercion.ts";
import { call, literal, type Expression, type UnresolvedStar } from "../plan/expressions.ts";
import type { Relation } from "../plan/relations.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, STRING, field, struct, typeToSql, type DataType } from "../types/data-type.ts";
import { badArgument } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { columnOf, nodeOf } from "./column-node.ts";
import { withColumnList } from "./frame-columns.ts";
import { frameOver, type FrameNode } from "./frame.ts";
import { literalOf } from "./literals.ts";

export interface SampleOptions { readonly withReplacement?: boolean; readonly seed?: number | bigint }

export function hint(frame: FrameNode, name: string, parameters: readonly unknown[]): FrameNode {
  const origin = callSite(), expressions = parameters.flat().map(value => nodeOf(value)?.expression ?? literalOf(value, origin));
  return frame.over({ kind: "hint", input: frame.relation, name, parameters: expressions, origin });
}

/** How rows are dealt out makes no difference to what a query gives; names and columns are checked all the same. */
export function repartition(frame: FrameNode, by: readonly unknown[], operator: string): FrameNode {
  const [first] = by, count = typeof first === "number" ? first : undefined;
  if (count !== undefined && (!Number.isInteger(count) || count < 1)) throw badArgument(`${operator}(): the number of partitions is a whole number from 1; this is ${count}.`);
  const expressions = frame.entries(count === undefined ? by : by.slice(1), operator).map(entry => entry.expression);
  return frame.over({ kind: "repartition", input: frame.relation, ...(count !== undefined && { numPartitions: count }), expressions, shuffle: operator !== "coalesce", origin: callSite() });
}

export function sample(frame: FrameNode, fraction: number, { withReplacement = false, seed }: SampleOptions = {}): FrameNode {
  if (!(fraction >= 0 && (withReplacement || fraction <= 1))) throw badArgument(`sample(${fraction}): a fraction from 0 to 1 is expected.`, withReplacement ? undefined : "withReplacement: true takes rows more than once");
  return sampled(frame, 0, fraction, withReplacement, seed === undefined ? frame.session.engine.newSeed() : BigInt(seed));
}

const sampled = (frame: FrameNode, lowerBound: number, upperBound: number, withReplacement: boolean, seed: bigint): FrameNode =>
  frame.over({ kind: "sample", input: frame.relation, lowerBound, upperBound, withReplacement, seed, origin: callSite() });

/** Parts that share no row and make up the whole, as long as the frame gives its rows in the same order each time. */
export function randomSplit(frame: FrameNode, weights: readonly number[], seed: number | bigint | undefined): FrameNode[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (!Array.isArray(weights) || weights.some(weight => !(weight >= 0)) || !(sum > 0)) throw badArgument("randomSplit() takes weights from 0 up, not all of them 0.", "randomSplit([0.8, 0.2])");
  const one = seed === undefined ? frame.session.engine.newSeed() : BigInt(seed), bounds = [0];
  for (const weight of weights) bounds.push(bounds.at(-1)! + weight / sum);
  bounds[weights.length] = 1;
  return weights.map((_, i) => sampled(frame, bounds[i]!, bounds[i + 1]!, false, one));
}

/** `values` null: all columns that aren't ids. */
export function unpivot(frame: FrameNode, ids: readonly unknown[], values: readonly unknown[] | null, variableName = "variable", valueName = "value"): FrameNode {
  const expressions = (given: readonly unknown[]): Expression[] => frame.entries(given, "unpivot").map(entry => entry.expression);
  return frame.derive({
    kind: "unpivot", input: frame.relation, ids: expressions(ids), values: values === null ? [] : expressions(values).map(column => ({ columns: [column] })),
    variableName, valueNames: [valueName], includeNulls: true, origin: callSite(),
  }, undefined);
}

const STAR: UnresolvedStar = Object.freeze({ kind: "unresolved_star", target: [] });

export function toJSON(frame: FrameNode): FrameNode {
  const origin = callSite(), expression = call("to_json", [call("struct", [STAR], origin)], origin);
  return frame.derive({ kind: "project", input: frame.relation, expressions: [{ kind: "alias", child: expression, names: ["value"], origin }], origin }, [{ name: "value", type: STRING }]);
}

/** Rows are numbered in the order in which the plan gives them. */
export function zipWithIndex(frame: FrameNode, name: string): FrameNode {
  return withColumnList(frame, [{ name, expression: call("monotonically_increasing_id", [], callSite()), type: BIGINT }]);
}

export function subquery(frame: FrameNode, form: "scalar" | "exists"): unknown {
  return columnOf(Object.freeze({ kind: "subquery", form, plan: frame.relation, origin: callSite() }), form === "exists" ? BOOLEAN : frame.columns?.[0]?.type, undefined);
}

/**
 * Columns become rows: the values of the index column (the first unless named) are the names of the new columns. The rows
 * are read at once, so there are at most `spark.sql.transposeMaxValues` of them, 500 unless set.
 */
export async function transpose(frame: FrameNode, index: string | undefined): Promise<FrameNode> {
  const { engine } = frame.session, schema = await engine.analyze(frame.relation), limit = Number(frame.session.parserSettings.conf?.get("spark.sql.transposeMaxValues") ?? 500), origin = callSite();
  const at = index === undefined ? 0 : schema.fields.findIndex(f => f.name.toLowerCase() === index.toLowerCase()), by = schema.fields[at];
  if (index !== undefined) frame.column(index);
  if (by === undefined) return frame;
  if (["array", "map", "struct", "variant", "binary"].includes(by.type.kind)) throw fail("TRANSPOSE_INVALID_INDEX_COLUMN", "42804", `Invalid index column for TRANSPOSE because: Index column must be of atomic type, but found: ${typeToSql(by.type)}`, { reason: `Index column must be of atomic type, but found: ${typeToSql(by.type)}` });
  const others = schema.fields.filter((_, i) => i !== at), type = others.length === 0 ? STRING : foldTypes(others.map(f => f.type), widerTypeWithoutStrings);
  if (type === undefined) throw fail("TRANSPOSE_NO_LEAST_COMMON_TYPE", "42K09", `Transpose requires non-index columns to share a least common type, but ${others.map(f => `"${typeToSql(f.type)}"`).join(" and ")} do not.`, { dt1: typeToSql(others[0]!.type), dt2: typeToSql(others[1]!.type) });
  const cast = (name: string, to: DataType): Expression => ({ kind: "cast", child: { kind: "unresolved_attribute", nameParts: [name], origin }, to, evalMode: "default", origin });
  const wanted: Relation = { kind: "project", input: { kind: "sort", input: frame.relation, order: [{ kind: "sort_order", child: { kind: "unresolved_attribute", nameParts: [by.name], origin }, direction: "asc", nulls: "first", origin }], isGlobal: true, origin }, expressions: [cast(by.name, STRING), ...others.map(f => cast(f.name, type))], origin };
  const rows: (readonly Cell[])[] = [];
  for await (const batch of (await engine.execute({ kind: "limit", input: wanted, limit: literal(limit + 1, { kind: "int" }), origin }, { signal: undefined })).batches) rows.push(...batch);
  if (rows.length > limit) throw fail("TRANSPOSE_EXCEED_ROW_LIMIT", "54006", `Number of rows exceeds the allowed limit of ${limit} for TRANSPOSE. If this was intended, set spark.sql.transposeMaxValues to at least the current row count.`, { maxValues: String(limit), config: "spark.sql.transposeMaxValues" });
  const named = rows.filter(([name]) => name !== null), output = struct([field("key", STRING, false), ...named.map(([name]) => field(name as string, type))]);
  return frameOver(frame.session, { kind: "local_relation", schema: output, rows: others.map((f, i) => [f.name, ...named.map(row => row[i + 1]!)]), origin }, output.fields);
}

const fail = (condition: string, sqlState: string, message: string, messageParameters: Record<string, string>): AnalysisError => new AnalysisError({ condition, sqlState, message, messageParameters });

/** What the command line adds to the sources of a statement: the schema it was given, or how to find one. */
import { EVENT_TIME_COLUMNS } from "../formats/json/infer-event-times.ts";
import type { Expression } from "../plan/expressions.ts";
import type { ReadDataSource, Relation } from "../plan/relations.ts";
import type { StructType } from "../types/data-type.ts";

/**
 * Gives `schema` to sources that have none. Without one the columns of WATERMARK clauses are inferred as TIMESTAMP where
 * they can be: Spark would leave them STRING, and the clause would fail.
 */
export function sourceWith(read: ReadDataSource, schema: StructType | undefined, plan: Relation): ReadDataSource {
  if (read.schema !== undefined || read.source !== undefined) return read;
  if (schema !== undefined) return { ...read, schema };
  const columns = eventTimes(plan);
  return columns.length === 0 ? read : { ...read, options: { ...read.options, [EVENT_TIME_COLUMNS]: columns.join(",") } };
}

/** The same for all sources of a plan. */
export function withInputs(plan: Relation, schema: StructType | undefined): Relation {
  const rewrite = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(rewrite);
    if (!isNode(node)) return node;
    if (node.kind === "read_data_source") return sourceWith(node as unknown as ReadDataSource, schema, plan);
    if (node.kind === "local_relation") return node;
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === "origin" || key === "type" ? value : rewrite(value)]));
  };
  return rewrite(plan) as Relation;
}

function eventTimes(plan: Relation): string[] {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isNode(node)) return;
    const time = node.kind === "with_watermark" ? node["eventTime"] as Expression : undefined;
    if (time?.kind === "unresolved_attribute") found.add(time.nameParts.at(-1)!);
    for (const value of Object.values(node)) visit(value);
  };
  visit(plan);
  return [...found];
}

function isNode(node: unknown): node is Record<string, unknown> {
  return typeof node === "object" && node !== null && Object.getPrototypeOf(node) === Object.prototype;
}

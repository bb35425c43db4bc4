/** The sources that a plan reads, found before analysis: inferring a schema is I/O and is done for all of them first. */
import type { ReadDataSource, Relation } from "../plan/relations.ts";
import type { Catalog } from "./context.ts";

/** Every source in a plan, in its views (as the catalog has them now) and in its subqueries, each once. */
export function collectDataSources(relation: Relation, catalog: Catalog): readonly ReadDataSource[] {
  const found = new Set<ReadDataSource>(), seen = new Set<object>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null || seen.has(node)) return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item);
      return;
    }
    if (!isPlain(node)) return;
    seen.add(node);
    const known = node as { readonly kind?: unknown };
    if (known.kind === "read_data_source") {
      found.add(node as ReadDataSource);
      return;
    }
    if (known.kind === "literal" || known.kind === "local_relation") return;
    if (known.kind === "read_named_table") {
      const { nameParts, isStreaming, home } = node as Extract<Relation, { kind: "read_named_table" }>;
      const entry = catalog.lookupTable(nameParts, isStreaming, home);
      if (entry?.kind === "view") visit(entry.plan);
      return;
    }
    // The body of a SQL function reads what it names.
    if (known.kind === "unresolved_function" || known.kind === "table_function") visit(catalog.lookupRoutine?.((node as { readonly name: string }).name.split("."))?.body);
    for (const [key, value] of Object.entries(node)) if (key !== "origin" && key !== "entry") visit(value);
  };
  visit(relation);
  return [...found];
}

/** Nodes are plain objects; sources given as values and functions are not looked into. */
function isPlain(node: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null;
}


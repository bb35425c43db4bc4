/** DEFAULT COLLATION of a view: texts that stand in its query, and casts to STRING, are of it; columns keep their own. Of a table: its columns are. */
import type { TableColumn } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import type { DataType } from "../../../types/data-type.ts";

/** The query with the collation in place of none. */
export function withDefaultCollation(plan: Relation, collation: string | undefined): Relation {
  if (collation === undefined || collation === "UTF8_BINARY") return plan;
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return same(node, node.map(visit)) ? node : node.map(visit);
    if (typeof node !== "object" || node === null || !isPlain(node)) return node;
    const { kind, type, to } = node as { readonly kind?: unknown; readonly type?: DataType; readonly to?: DataType };
    if (kind === "literal") return isText(type) ? Object.freeze({ ...node, type: collated(type, collation) }) : node;
    // What is behind an origin, and the columns of a source, is no part of the query.
    const entries = Object.entries(node), made = entries.map(([key, value]) => key === "origin" || key === "schema" || key === "type" ? value : visit(value));
    const cast = kind === "cast" && to !== undefined ? collated(to, collation) : undefined;
    if (cast === undefined && entries.every(([, value], i) => value === made[i])) return node;
    return Object.freeze({ ...Object.fromEntries(entries.map(([key], i) => [key, made[i]])), ...(cast !== undefined && { to: cast }) });
  };
  return visit(plan) as Relation;
}

const isPlain = (node: object): boolean => { const prototype: unknown = Object.getPrototypeOf(node); return prototype === Object.prototype || prototype === null; };
const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.every((item, i) => item === b[i]);
const isText = (type: DataType | undefined): type is DataType => type?.kind === "string" && type.collation === undefined;

function collated(type: DataType, collation: string): DataType {
  switch (type.kind) {
    case "string": return type.collation === undefined ? Object.freeze({ kind: "string", collation }) : type;
    case "array": return Object.freeze({ ...type, element: collated(type.element, collation) });
    case "map": return Object.freeze({ ...type, key: collated(type.key, collation), value: collated(type.value, collation) });
    case "struct": return Object.freeze({ ...type, fields: type.fields.map(field => ({ ...field, type: collated(field.type, collation) })) });
    default: return type;
  }
}

/** Columns whose texts have the collation where they name none. */
export const collatedColumns = <C extends TableColumn>(columns: readonly C[], collation: string | undefined): readonly C[] =>
  collation === undefined || collation === "UTF8_BINARY" ? columns : columns.map(column => ({ ...column, type: collated(column.type, collation) }));

/** Schemas that are changed, and comments on things. */
import { fail, quoteParts, unresolvedColumn } from "../../../analyze/errors.ts";
import type { AlterNamespace, AlterViewProperties, CommentOn } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import { cleanPath } from "../../../connectors/files/listing.ts";
import { checkNamespace, fullName, relationNotFound, schemaIn, type Schema } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { partsOf, relationParts } from "./names.ts";
import { NOTHING } from "./results.ts";
import { refreshTable } from "./tables.ts";
import { expectPermanentView } from "./views.ts";

function schemaNamed(engine: LocalEngine, name: readonly string[]): Schema {
  return schemaIn(engine.catalog, name);
}

export function alterNamespace(engine: LocalEngine, command: AlterNamespace): Relation {
  const schema = schemaNamed(engine, command.name), { set, unset, location } = command;
  const properties = Object.fromEntries(Object.entries({ ...schema.properties, ...set }).filter(([key]) => unset?.includes(key) !== true));
  engine.catalog.schemas.set(schema.name.toLowerCase(), { ...schema, properties, ...(location !== undefined && { location: cleanPath(location.replace(/^file:(\/\/)?/, "")) }) });
  return NOTHING;
}

export function commentOn(engine: LocalEngine, command: CommentOn): Relation {
  const { catalog } = engine, parts = partsOf(engine, command.name), comment = command.comment ?? undefined;
  if (command.what === "namespace") {
    const schema = schemaNamed(engine, parts);
    catalog.schemas.set(schema.name.toLowerCase(), { ...schema, comment: comment ?? "" });
    return NOTHING;
  }
  const isColumn = command.what === "column", tableParts = isColumn ? parts.slice(0, -1) : parts;
  checkNamespace(tableParts);
  const table = catalog.table(tableParts);
  if (catalog.view(tableParts) !== undefined) {
    const operation = `COMMENT ON ${isColumn ? "COLUMN" : "TABLE"}`;
    throw fail("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", `'${operation}' expects a table but ${quoteParts(tableParts)} is a view.`, { viewName: quoteParts(tableParts), operation });
  }
  if (table === undefined) throw relationNotFound(quoteParts(tableParts), "SHOW TABLES lists what is there");
  if (!isColumn) {
    const { comment: _, ...plain } = table;
    refreshTable(engine, { ...plain, ...(comment !== undefined && { comment }) });
    return NOTHING;
  }
  const name = parts.at(-1)!.toLowerCase(), column = table.columns.find(one => one.name.toLowerCase() === name);
  if (column === undefined) throw unresolvedColumn([parts.at(-1)!], table.columns.map(one => [one.name]), undefined);
  const { comment: _, ...plain } = column;
  refreshTable(engine, { ...table, columns: table.columns.map(one => one === column ? { ...plain, ...(comment !== undefined && { comment }) } : one) });
  return NOTHING;
}

/** ALTER VIEW ... SET | UNSET TBLPROPERTIES, and WITH SCHEMA. */
export function alterViewProperties(engine: LocalEngine, command: AlterViewProperties): Relation {
  const { catalog } = engine, parts = relationParts(engine, command.name), view = catalog.view(parts), { clause, set, unset, mode } = command;
  if (view === undefined) {
    if (catalog.table(parts) === undefined) throw relationNotFound(quoteParts(parts), "SHOW VIEWS lists what is there");
    throw fail("EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE", "42809", `The table ${fullName(catalog, parts)} does not support ${clause}. Please use ALTER TABLE instead.`, { tableName: fullName(catalog, parts), operation: clause });
  }
  if (catalog.isTemporaryView(parts)) throw expectPermanentView(quoteParts(parts), clause);
  if (mode !== undefined) catalog.replaceView(parts, { ...view, mode });
  else catalog.replaceView(parts, { ...view, properties: Object.fromEntries(Object.entries({ ...view.properties, ...set }).filter(([key]) => unset?.includes(key) !== true)) });
  return NOTHING;
}

/** SHOW. */
import { fail, quoteParts } from "../../../analyze/errors.ts";
import { specialFunctions } from "../../../analyze/special-functions.ts";
import type { ShowColumns, ShowCreateTable, ShowFunctions, ShowNames, ShowPartitions, ShowProperties, ShowRelations } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import { BOOLEAN, field, STRING, typeToSql } from "../../../types/data-type.ts";
import { CATALOG, fullName, GLOBAL_TEMP, relationNotFound, schemaNotFound, type StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { matches, partsOf } from "./names.ts";
import { deferred, rowsOf } from "./results.ts";
import { fullTableName, partitionsOf } from "./tables.ts";
import { expectPermanentView } from "./views.ts";

export function showRelations(engine: LocalEngine, { what, namespace, pattern }: ShowRelations): Relation {
  const { catalog } = engine, isGlobal = namespace?.join(".").toLowerCase() === GLOBAL_TEMP;
  const schema = isGlobal ? undefined : catalog.schemaOf([...namespace ?? [], "x"]);
  if (!isGlobal && schema === undefined) throw schemaNotFound(namespace!);
  const named: [string, string, boolean][] = [];
  for (const table of schema?.tables.values() ?? []) if (what === "tables") named.push([schema!.name, table.name, false]);
  for (const view of schema?.views.values() ?? []) named.push([schema!.name, view.name, false]);
  for (const view of isGlobal ? catalog.globalViews.values() : []) named.push([GLOBAL_TEMP, view.name, true]);
  const sorted = (rows: [string, string, boolean][]): [string, string, boolean][] => rows.filter(row => matches(row[1], pattern)).sort((a, b) => a[1] < b[1] ? -1 : 1);
  const temporary = catalog.views().map((view): [string, string, boolean] => ["", view.name, true]);
  return rowsOf([field("namespace", STRING, false), field(what === "views" ? "viewName" : "tableName", STRING, false), field("isTemporary", BOOLEAN, false)], [...sorted(named), ...sorted(temporary)]);
}

export function showFunctions(engine: LocalEngine, { scope, namespace, pattern }: ShowFunctions): Relation {
  const { catalog } = engine, schema = catalog.schemaOf([...namespace ?? [], "x"]);
  if (schema === undefined) throw schemaNotFound(namespace!);
  const names = new Set<string>();
  if (scope !== "user") {
    for (const name of engine.functions.names()) names.add(name);
    for (const { name } of specialFunctions()) names.add(name);
  }
  if (scope !== "system") {
    for (const routine of catalog.routines.values()) names.add(routine.plainName.toLowerCase());
    for (const routine of schema.routines.values()) names.add(`${CATALOG}.${schema.name}.${routine.plainName.toLowerCase()}`);
  }
  return rowsOf([field("function", STRING, false)], [...names].filter(name => matches(name.startsWith(`${CATALOG}.`) ? name.slice(name.lastIndexOf(".") + 1) : name, pattern)).sort().map(name => [name]));
}

export function showColumns(engine: LocalEngine, command: ShowColumns): Relation {
  const own = partsOf(engine, command.name), parts = command.namespace === undefined ? own : [...command.namespace, own.at(-1)!];
  if (engine.catalog.lookupTable(parts, false) === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  return deferred(async () => rowsOf([field("col_name", STRING, false)], (await engine.resolve({ kind: "read_named_table", nameParts: parts, isStreaming: false })).output.map(a => [a.name])));
}

export function showNames(engine: LocalEngine, { kind, pattern }: ShowNames): Relation {
  const names = kind === "show_catalogs" ? [CATALOG] : [...engine.catalog.schemas.values()].map(schema => schema.name).sort();
  return rowsOf([field(kind === "show_catalogs" ? "catalog" : "namespace", STRING, false)], names.filter(name => matches(name, pattern)).map(name => [name]));
}

export const showCurrentNamespace = (engine: LocalEngine): Relation =>
  rowsOf([field("catalog", STRING, false), field("namespace", STRING, false)], [[CATALOG, engine.catalog.currentSchema]]);

export function showProperties(engine: LocalEngine, command: ShowProperties): Relation {
  const parts = partsOf(engine, command.name), table = engine.catalog.table(parts), isView = engine.catalog.view(parts) !== undefined;
  if (table === undefined && !isView) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  const all: Readonly<Record<string, string>> = isView || table === undefined ? {} : { ...table.properties, ...Object.fromEntries(Object.entries(table.options).map(([key, value]) => [`option.${key}`, value])) };
  const name = isView ? parts.join(".") : `${CATALOG}.${table!.schema}.${table!.name}`;
  const rows = command.key === undefined ? Object.entries(all).sort(([a], [b]) => a < b ? -1 : 1) : [[command.key, all[command.key] ?? `Table ${name} does not have property: ${command.key}`] as const];
  return rowsOf([field("key", STRING, false), field("value", STRING, false)], rows);
}

export function showCreateTable(engine: LocalEngine, command: ShowCreateTable): Relation {
  const { catalog } = engine, parts = partsOf(engine, command.name), view = catalog.view(parts), table = catalog.table(parts);
  if (view !== undefined && catalog.isTemporaryView(parts)) throw expectPermanentView(quoteParts(parts), "SHOW CREATE TABLE");
  if (view === undefined && table === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  const text = view !== undefined ? `CREATE VIEW ${fullName(catalog, parts).replaceAll("`", "")}${view.columnNames === undefined ? "" : ` (\n  ${view.columnNames.join(",\n  ")})`}\nAS ${view.sql!}\n` : definition(table!);
  return rowsOf([field("createtab_stmt", STRING, false)], [[text]]);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
const list = (entries: Readonly<Record<string, string>>): string => Object.entries(entries).sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => `\n  ${quoted(key)} = ${quoted(value)}`).join(",");

function definition(table: StoredTable): string {
  const columns = table.columns.map(c => `\n  ${c.name} ${c.type.kind === "string" && c.type.collation === undefined ? "STRING COLLATE UTF8_BINARY" : typeToSql(c.type)}${c.nullable ? "" : " NOT NULL"}${c.otherwiseSql === undefined ? "" : ` DEFAULT ${c.otherwiseSql}`}${c.comment === undefined ? "" : ` COMMENT ${quoted(c.comment)}`}`).join(",");
  let text = `CREATE TABLE ${fullTableName(table).replaceAll("`", "")} (${columns})\nUSING ${table.provider}\n`;
  if (Object.keys(table.options).length > 0) text += `OPTIONS (${list(table.options)})\n`;
  if (table.partitionedBy.length > 0) text += `PARTITIONED BY (${table.partitionedBy.join(", ")})\n`;
  if (table.comment !== undefined) text += `COMMENT ${quoted(table.comment)}\n`;
  if (!table.isManaged) text += `LOCATION ${quoted(`file:${table.location}`)}\n`;
  if (Object.keys(table.properties).length > 0) text += `TBLPROPERTIES (${list(table.properties)})\n`;
  return text;
}

export function showPartitions(engine: LocalEngine, command: ShowPartitions): Relation {
  const parts = partsOf(engine, command.name), table = engine.catalog.table(parts);
  if (engine.catalog.view(parts) !== undefined) throw fail("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", `'SHOW PARTITIONS' expects a table but ${quoteParts(parts)} is a view.`, { viewName: quoteParts(parts), operation: "SHOW PARTITIONS" });
  if (table === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  if (table.partitionedBy.length > 0) return rowsOf([field("partition", STRING, false)], partitionsOf(engine, table).map(partition => [partition]));
  throw fail("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", "42601", `The partition command is invalid. Table ${fullTableName(table)} is not partitioned.`, { name: fullTableName(table) });
}

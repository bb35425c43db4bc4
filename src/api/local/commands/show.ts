/** SHOW. */
import { fail, quoteParts } from "../../../analyze/errors.ts";
import { specialFunctions } from "../../../analyze/special-functions.ts";
import type { ShowCollations, ShowColumns, ShowCreateTable, ShowFunctions, ShowNames, ShowPartitions, ShowProperties, ShowRelations, ShowTableExtended } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import { BOOLEAN, field, quoteIfNeeded, STRING, struct, typeToSql, type DataType } from "../../../types/data-type.ts";
import { schemaTree } from "../../schema-tree.ts";
import { CATALOG, fullName, GLOBAL_TEMP, relationNotFound, schemaIn, schemaNotFound, type StoredTable, type View } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { matches, relationParts } from "./names.ts";
import { deferred, rowsOf } from "./results.ts";
import { existingPartition, locationOf, partitionsWith, partitionText } from "./partitions.ts";
import { redacted } from "./redaction.ts";
import { fullTableName } from "./tables.ts";
import { expectPermanentView } from "./views.ts";

export function showRelations(engine: LocalEngine, { what, namespace, pattern }: ShowRelations): Relation {
  const { catalog } = engine, isGlobal = namespace?.join(".").toLowerCase() === GLOBAL_TEMP;
  const schema = isGlobal ? undefined : schemaIn(catalog, namespace);
  const named: [string, string, boolean][] = [];
  for (const table of schema?.tables.values() ?? []) if (what === "tables") named.push([schema!.name, table.name, false]);
  for (const view of schema?.views.values() ?? []) named.push([schema!.name, view.name, false]);
  for (const view of isGlobal ? catalog.globalViews.values() : []) named.push([GLOBAL_TEMP, view.name, true]);
  const sorted = (rows: [string, string, boolean][]): [string, string, boolean][] => rows.filter(row => matches(row[1], pattern)).sort((a, b) => a[1] < b[1] ? -1 : 1);
  const temporary = catalog.views().map((view): [string, string, boolean] => ["", view.name, true]);
  return rowsOf([field("namespace", STRING, false), field(what === "views" ? "viewName" : "tableName", STRING, false), field("isTemporary", BOOLEAN, false)], [...sorted(named), ...sorted(temporary)]);
}

export function showFunctions(engine: LocalEngine, { scope, namespace, pattern }: ShowFunctions): Relation {
  const { catalog } = engine, schema = schemaIn(catalog, namespace);
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
  const own = relationParts(engine, command.name), { namespace } = command, parts = namespace === undefined || own.length > 1 ? own : [...namespace, ...own];
  if (engine.catalog.lookupTable(parts, false) === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  if (namespace !== undefined && own.length > 1 && own.at(-2)!.toLowerCase() !== namespace.at(-1)!.toLowerCase()) {
    const namespaceA = quoteParts(namespace), namespaceB = quoteParts(own.slice(0, -1));
    throw fail("SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE", "42K05", `SHOW COLUMNS with conflicting namespaces: ${namespaceA} != ${namespaceB}.`, { namespaceA, namespaceB });
  }
  const columns = engine.catalog.view(parts)?.columns;
  if (columns !== undefined) return rowsOf([field("col_name", STRING, false)], columns.map(column => [column.name]));
  return deferred(async () => rowsOf([field("col_name", STRING, false)], (await engine.resolve({ kind: "read_named_table", nameParts: parts, isStreaming: false })).output.map(a => [a.name])));
}

export function showNames(engine: LocalEngine, { kind, pattern, namespace }: ShowNames): Relation {
  if (namespace !== undefined && namespace.join(".").toLowerCase() !== CATALOG) throw schemaNotFound(namespace);
  const names = kind === "show_catalogs" ? [CATALOG] : [...engine.catalog.schemas.values()].map(schema => schema.name).sort();
  return rowsOf([field(kind === "show_catalogs" ? "catalog" : "namespace", STRING, false)], names.filter(name => matches(name, pattern)).map(name => [name]));
}

export const showCurrentNamespace = (engine: LocalEngine): Relation =>
  rowsOf([field("catalog", STRING, false), field("namespace", STRING, false)], [[CATALOG, engine.catalog.currentSchema]]);

export function showProperties(engine: LocalEngine, command: ShowProperties): Relation {
  const parts = relationParts(engine, command.name), table = engine.catalog.table(parts), isView = engine.catalog.view(parts) !== undefined;
  if (table === undefined && !isView) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  const view = engine.catalog.view(parts), all = redacted(view !== undefined || table === undefined ? view?.properties ?? {} : { ...table.properties, ...Object.fromEntries(Object.entries(table.options).map(([key, value]) => [`option.${key}`, value])) });
  const name = fullName(engine.catalog, parts).replaceAll("`", "");
  const rows = engine.catalog.isTemporaryView(parts) ? [] : command.key === undefined ? Object.entries(all).sort(([a], [b]) => a < b ? -1 : 1) : [[command.key, all[command.key] ?? `Table ${name} does not have property: ${command.key}`] as const];
  return rowsOf([field("key", STRING, false), field("value", STRING, false)], rows);
}

export function showCreateTable(engine: LocalEngine, command: ShowCreateTable): Relation {
  const { catalog } = engine, parts = relationParts(engine, command.name), view = catalog.view(parts), table = catalog.table(parts);
  if (view !== undefined && catalog.isTemporaryView(parts)) throw expectPermanentView(quoteParts(parts), "SHOW CREATE TABLE");
  if (view === undefined && table === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  if (command.asSerde === true && table !== undefined && view === undefined) {
    const tableName = fullTableName(table);
    throw fail("UNSUPPORTED_SHOW_CREATE_TABLE.ON_DATA_SOURCE_TABLE_WITH_AS_SERDE", "0A000", `Unsupported a SHOW CREATE TABLE command. The table ${tableName} is a Spark data source table. Please use SHOW CREATE TABLE without AS SERDE instead.`, { tableName });
  }
  const text = view !== undefined ? viewDefinition(catalog.schemaOf(parts)!.name, view) : definition(table!, fullName(catalog, parts));
  return rowsOf([field("createtab_stmt", STRING, false)], [[text]]);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
const list = (entries: Readonly<Record<string, string>>): string => Object.entries(entries).sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => `\n  ${quoted(key)} = ${quoted(value)}`).join(",");

function viewDefinition(schema: string, { name, columns = [], comment, collation, properties = {}, mode, sql }: View): string {
  let text = `CREATE VIEW ${quoteIfNeeded(schema)}.${quoteIfNeeded(name)} (\n  ${columns.map(column => `${quoteIfNeeded(column.name)}${column.comment === undefined ? "" : ` COMMENT ${quoted(column.comment)}`}`).join(",\n  ")})\n`;
  if (comment !== undefined) text += `COMMENT ${quoted(comment)}\n`;
  if (collation !== undefined) text += `DEFAULT COLLATION ${collation}\n`;
  if (Object.keys(properties).length > 0) text += `TBLPROPERTIES (${list(redacted(properties))})\n`;
  return `${text}WITH SCHEMA ${mode!}\nAS ${sql!}\n`;
}

/** A type in full: every text says its collation. */
function typeWithCollation(type: DataType): string {
  switch (type.kind) {
    case "string": return type.collation === undefined ? "STRING COLLATE UTF8_BINARY" : typeToSql(type);
    case "char": case "varchar": return `${typeToSql(type)} COLLATE UTF8_BINARY`;
    case "array": return `ARRAY<${typeWithCollation(type.element)}>`;
    case "map": return `MAP<${typeWithCollation(type.key)}, ${typeWithCollation(type.value)}>`;
    case "struct": return type.fields.length === 0 ? typeToSql(type) : `STRUCT<${type.fields.map(f => `${quoteIfNeeded(f.name)}: ${typeWithCollation(f.type)}${f.nullable ? "" : " NOT NULL"}${f.comment === undefined ? "" : ` COMMENT ${quoted(f.comment)}`}`).join(", ")}>`;
    default: return typeToSql(type);
  }
}

/** `name`: as it was asked for. */
function definition(table: StoredTable, name: string): string {
  const columns = table.columns.map(c => `\n  ${c.name} ${typeWithCollation(c.type)}${c.nullable ? "" : " NOT NULL"}${c.otherwiseSql === undefined ? "" : ` DEFAULT ${c.otherwiseSql}`}${c.comment === undefined ? "" : ` COMMENT ${quoted(c.comment)}`}`).join(",");
  let text = `CREATE TABLE ${name.replaceAll("`", "")} (${columns})\nUSING ${table.provider}\n`;
  if (Object.keys(table.options).length > 0) text += `OPTIONS (${list(redacted(table.options))})\n`;
  const clusters = table.properties["clusteringColumns"], partitions = [...table.partitionedBy, ...clusters === undefined ? [] : [`cluster_by(${(JSON.parse(clusters) as string[][]).map(parts => parts.join(".")).join(", ")})`]];
  if (partitions.length > 0) text += `PARTITIONED BY (${partitions.join(", ")})\n`;
  if (table.buckets !== undefined) text += `CLUSTERED BY (${table.buckets.columns.join(", ")})\n${table.buckets.sortedBy.length === 0 ? "" : `SORTED BY (${table.buckets.sortedBy.join(", ")})\n`}INTO ${table.buckets.count} BUCKETS\n`;
  if (table.comment !== undefined) text += `COMMENT ${quoted(table.comment)}\n`;
  if (table.collation !== undefined) text += `DEFAULT COLLATION ${table.collation}\n`;
  if (!table.isManaged) text += `LOCATION ${quoted(`file:${table.location}`)}\n`;
  if (Object.keys(table.properties).length > 0) text += `TBLPROPERTIES (${list(redacted(table.properties))})\n`;
  return text;
}

export function showPartitions(engine: LocalEngine, command: ShowPartitions): Relation {
  const parts = relationParts(engine, command.name), table = engine.catalog.table(parts);
  if (engine.catalog.view(parts) !== undefined) throw fail("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", `'SHOW PARTITIONS' expects a table but ${quoteParts(parts)} is a view.`, { viewName: quoteParts(parts), operation: "SHOW PARTITIONS" });
  if (table === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  if (table.partitionedBy.length > 0) return rowsOf([field("partition", STRING, false)], partitionsWith(engine, table, command.partition).map(partition => [partition]));
  throw fail("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", "42601", `The partition command is invalid. Table ${fullTableName(table)} is not partitioned.`, { name: fullTableName(table) });
}

/** A schema as Dataset.printSchema shows it. */
const schemaLines = (table: StoredTable): string => schemaTree(struct(table.columns.map(({ name, type }) => field(name, type))));

export function showTableExtended(engine: LocalEngine, command: ShowTableExtended): Relation {
  const { catalog } = engine, schema = schemaIn(catalog, command.namespace);
  const fields = [field("namespace", STRING, false), field("tableName", STRING, false), field("isTemporary", BOOLEAN, false), field("information", STRING, false)];
  if (command.partition !== undefined) {
    const table = schema.tables.get(command.pattern.toLowerCase());
    if (table === undefined) throw relationNotFound(quoteParts([CATALOG, schema.name, command.pattern]), "SHOW TABLES lists what is there");
    const { folder } = existingPartition(engine, table, command.partition);
    return rowsOf(fields, [[schema.name, table.name, false, `${partitionFacts(table, folder).slice(2).slice(0, 2).map(([key, value]) => `${key}: ${value}\n`).join("")}`]]);
  }
  const tables = [...schema.tables.values()].filter(table => matches(table.name, command.pattern)).sort((a, b) => a.name < b.name ? -1 : 1);
  const ofView = (view: View, place: string): string => `${viewFacts(view, place).map(([key, value]) => `${key}: ${value}`).join("\n")}\nSchema: ${view.columns === undefined ? "root\n" : schemaTree(struct(view.columns.map(({ name, type }) => field(name, type))))}\n`;
  const views = [...schema.views.values()].filter(view => matches(view.name, command.pattern)).sort((a, b) => a.name < b.name ? -1 : 1).map(view => [schema.name, view.name, false, ofView(view, schema.name)]);
  const temporary = catalog.views().filter(view => matches(view.name, command.pattern)).sort((a, b) => a.name < b.name ? -1 : 1).map(view => ["", view.name, true, ofView(view, "")]);
  return rowsOf(fields, [...views, ...tables.map(table => [schema.name, table.name, false, `${[...tableFacts(table), ...table.partitionedBy.length === 0 ? [] : [["Partition Columns", names(table.partitionedBy)]]].map(([key, value]) => `${key}: ${value}`).join("\n")}\nSchema: ${schemaLines(table)}\n`]), ...temporary]);
}

/** What is said of a table, in Spark's order. */
export function tableFacts(table: StoredTable): [string, string][] {
  const facts: [string, string][] = [["Catalog", CATALOG], ["Database", table.schema], ["Table", table.name], ["Type", table.isManaged ? "MANAGED" : "EXTERNAL"], ["Provider", table.provider]];
  facts.push(...bucketFacts(table));
  if (table.comment !== undefined) facts.push(["Comment", table.comment]);
  if (table.collation !== undefined) facts.push(["Collation", table.collation]);
  if (Object.keys(table.properties).length > 0) facts.push(["Table Properties", entries(table.properties)]);
  if (table.statistics !== undefined) facts.push(["Statistics", `${table.statistics.bytes} bytes${table.statistics.rows === undefined ? "" : `, ${table.statistics.rows} rows`}`]);
  facts.push(["Location", `file:${table.location}`], ...storageFacts(table));
  if (table.partitionedBy.length > 0) facts.push(["Partition Provider", "Catalog"]);
  return facts;
}

const entries = (map: Readonly<Record<string, string>>): string => `[${Object.entries(redacted(map)).sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => `${key}=${value}`).join(", ")}]`;
const names = (list: readonly string[]): string => `[${list.map(one => `\`${one}\``).join(", ")}]`;

const bucketFacts = ({ buckets }: StoredTable): [string, string][] =>
  buckets === undefined ? [] : [["Num Buckets", String(buckets.count)], ["Bucket Columns", names(buckets.columns)], ["Sort Columns", names(buckets.sortedBy)]];
const storageFacts = ({ options }: StoredTable): [string, string][] => Object.keys(options).length === 0 ? [] : [["Storage Properties", entries(options)]];

/** What is said of a view, in Spark's order. `schema`: "" of a temporary one. */
export function viewFacts(view: View, schema: string): [string, string][] {
  const { comment, collation, sql = "", mode = "BINDING", home, columns = [], properties = {} } = view, isPermanent = schema !== "";
  const facts: [string, string][] = [...isPermanent ? [["Catalog", CATALOG], ["Database", schema]] as [string, string][] : [], ["Table", view.name], ["Type", "VIEW"]];
  if (comment !== undefined) facts.push(["Comment", comment]);
  if (collation !== undefined) facts.push(["Collation", collation]);
  facts.push(["View Text", sql], ...isPermanent ? [["View Original Text", sql]] as [string, string][] : [], ["View Schema Mode", mode]);
  if (home !== undefined) facts.push(["View Catalog and Namespace", `${CATALOG}.${home.schema}`]);
  if (mode !== "EVOLUTION") facts.push(["View Query Output Columns", names(columns.map(({ source }) => source))]);
  if (Object.keys(properties).length > 0) facts.push(["Table Properties", entries(properties)]);
  return facts;
}

/** What is said of a partition, in Spark's order. */
export function partitionFacts(table: StoredTable, folder: string): [string, string][] {
  const known = table.partitionStatistics?.[folder];
  const facts: [string, string][] = [["Database", table.schema], ["Table", table.name], ["Partition Values", `[${partitionText(folder)}]`], ["Location", `file:${locationOf(table, folder)}`], ...storageFacts(table)];
  if (known !== undefined) facts.push(["Partition Statistics", `${known.bytes} bytes${known.rows === undefined ? "" : `, ${known.rows} rows`}`]);
  return [...facts, ["", ""], ["# Storage Information", ""], ...bucketFacts(table), ["Location", `file:${table.location}`], ...storageFacts(table)];
}

/** Those that text can be compared in here. */
export function showCollations({ pattern }: ShowCollations): Relation {
  const rows = ["", "_RTRIM"].flatMap(trim => [["UTF8_BINARY", true, true], ["UTF8_LCASE", true, false], ["UNICODE", true, true], ["UNICODE_AI", false, true], ["UNICODE_CI", true, false], ["UNICODE_CI_AI", false, false]]
    .map(([name, accents, cases]) => [`${String(name)}${trim}`, null, null, accents === true ? "ACCENT_SENSITIVE" : "ACCENT_INSENSITIVE", cases === true ? "CASE_SENSITIVE" : "CASE_INSENSITIVE", trim === "" ? "NO_PAD" : "RTRIM", String(name).startsWith("UNICODE") ? process.versions["icu"] ?? null : null]));
  const columns = [field("NAME", STRING, false), field("LANGUAGE", STRING), field("COUNTRY", STRING), field("ACCENT_SENSITIVITY", STRING, false), field("CASE_SENSITIVITY", STRING, false), field("PAD_ATTRIBUTE", STRING, false), field("ICU_VERSION", STRING)];
  return rowsOf(columns, rows.filter(([name]) => matches(name!, pattern)));
}

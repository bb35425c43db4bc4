/**
 * Tables of files: CREATE TABLE, TRUNCATE, DROP. A table's rows are the files of its folder; one without a LOCATION has a
 * folder of its own in the warehouse.
 */
import { dirname } from "node:path";
import { fail, quoteIdentifiers, quoteParts } from "../../../analyze/errors.ts";
import type { AnalysisError } from "../../../base/errors.ts";
import { makeFolders, removeTree } from "../../../base/files.ts";
import { cleanPath, isHidden } from "../../../connectors/files/listing.ts";
import type { CreateTable, CreateTableLike, InsertDirectory, TableColumn, TruncateTable } from "../../../plan/commands.ts";
import type { ReadDataSource, Relation } from "../../../plan/relations.ts";
import { struct, type StructType } from "../../../types/data-type.ts";
import { CATALOG, relationNotFound, schemaFor, type Schema, type StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { writeBatch } from "../write-batch.ts";
import { checkDefault } from "./defaults.ts";
import { collatedColumns, withDefaultCollation } from "./default-collation.ts";
import { relationParts, storedName } from "./names.ts";
import { locationOf, truncatePartitions } from "./partitions.ts";
import { NOTHING } from "./results.ts";
import { alreadyExists, checkDistinctNames } from "./views.ts";

/** Where tables without a LOCATION lie, and the format of those that name none. */
const WAREHOUSE = "spark.sql.warehouse.dir", DEFAULT_FORMAT = "spark.sql.sources.default";

export function warehouse(engine: LocalEngine): string { return cleanPath((engine.setting(WAREHOUSE) ?? "spark-warehouse").replace(/^file:(\/\/)?/, "")); }

export const folderOf = (engine: LocalEngine, schema: Schema, name: string): string =>
  schema.name === "default" ? `${warehouse(engine)}/${name}` : `${schema.location === "" ? `${warehouse(engine)}/${schema.name}.db` : schema.location}/${name}`;

export const fullTableName = (table: StoredTable): string => quoteParts([CATALOG, table.schema, table.name]);

export async function createTable(engine: LocalEngine, command: CreateTable, query: Relation | undefined): Promise<Relation> {
  const plan = query === undefined ? undefined : withDefaultCollation(query, command.collation);
  const { catalog } = engine, { files } = engine.world, parts = relationParts(engine, command.name), name = storedName(engine, parts.at(-1)!), schema = schemaFor(catalog, parts);
  const full = quoteParts([CATALOG, schema.name, parts.at(-1)!]), key = name.toLowerCase();
  if (command.replace) throw unsupportedOperation(full, "REPLACE TABLE");
  const refused = command.constraint === true ? "CONSTRAINT" : command.columns.find(column => column.refused !== undefined)?.refused;
  if (refused !== undefined) throw unsupportedOperation(full, refused);
  const before = command.anew === undefined ? undefined : schema.tables.get(key);
  if (command.anew === "existing" && before === undefined) throw relationNotFound(full, "create() makes a table");
  if (before === undefined && (schema.tables.has(key) || schema.views.has(key))) {
    if (command.ifNotExists) return NOTHING;
    throw alreadyExists(full);
  }
  const { path, ...options } = command.options, { comment: _, ...properties } = command.properties, { comment } = command, provider = command.provider ?? engine.setting(DEFAULT_FORMAT) ?? "parquet";
  checkDistinctNames(command.columns.map(column => column.name));
  for (const column of command.columns) if (column.otherwise !== undefined) checkDefault(engine, "CREATE TABLE", provider.toLowerCase(), column, column.otherwise, column.otherwiseSql!);
  const place = command.location ?? path, isManaged = place === undefined;
  if (command.external === true && isManaged) throw fail("CREATE_EXTERNAL_TABLE_WITHOUT_LOCATION", "42601", "CREATE EXTERNAL TABLE must be accompanied by LOCATION.");
  const location = isManaged ? folderOf(engine, schema, name) : cleanPath(place.replace(/^file:(\/\/)?/, ""));
  const isFull = files.status(location) !== undefined && files.list(location).some(entry => !isHidden(entry));
  if (isManaged && isFull && before?.location !== location) throw fail("LOCATION_ALREADY_EXISTS", "42710", `Cannot name the managed table as ${full}, as its associated location \`file:${location}\` already exists. Please pick a different table name, or remove the existing location first.`, { location: `\`file:${location}\``, identifier: full });
  let columns = collatedColumns<TableColumn>([...command.columns, ...command.partitionedBy.filter(one => typeof one !== "string")], command.collation);
  checkDistinctNames(columns.map(column => column.name));
  if (plan !== undefined) {
    const { output } = await engine.resolve(plan);
    checkDistinctNames(output.map(a => a.name));
    columns = output.map(({ name, type, declared }) => ({ name, type: declared ?? type, nullable: true }));
  } else if (columns.length === 0) {
    const found = isFull ? await engine.resolve({ kind: "read_data_source", format: provider.toLowerCase(), options, paths: [location], isStreaming: false }) : undefined;
    if (found === undefined) throw fail("UNABLE_TO_INFER_SCHEMA", "42KD9", `Unable to infer schema for ${provider.toUpperCase()}. It must be specified manually.`, { format: provider.toUpperCase() });
    columns = found.output.map(({ name, type }) => ({ name, type, nullable: true }));
  }
  const partitionedBy = partitionColumns(full, columns, command.partitionedBy.map(one => typeof one === "string" ? one : one.name));
  // Columns of partitions stand behind the others.
  columns = [...columns.filter(column => !partitionedBy.includes(column.name)), ...partitionedBy.map(one => columns.find(column => column.name === one)!)];
  const table: StoredTable = {
    name, schema: schema.name, provider, columns, partitionedBy, location, isManaged, options, properties, ...(comment !== undefined && { comment }), ...(command.collation !== undefined && { collation: command.collation }), ...(command.buckets !== undefined && { buckets: command.buckets }),
    read: readOf({ provider, options, location, columns }),
  };
  if (before !== undefined) return await replaceTable(engine, schema, before, table, plan!);
  makeFolders(files, location);
  await engine.openSources(table.read);
  if (plan !== undefined) await write(engine, table, { kind: "project", input: plan, expressions: columns.map(({ name }) => ({ kind: "unresolved_attribute", nameParts: [name] })) }, "append");
  schema.tables.set(key, { ...table, read: readOf(table) });
  return NOTHING;
}

/** Rows are written beside the old ones, which the query may read, and take their place when they are whole. */
async function replaceTable(engine: LocalEngine, schema: Schema, before: StoredTable, table: StoredTable, plan: Relation): Promise<Relation> {
  const { files, random } = engine.world, { location } = table, isInPlace = before.location === location;
  const written = isInPlace ? `${dirname(location)}/_${table.name}-${random.uuid()}` : location;
  makeFolders(files, written);
  try {
    await write(engine, { ...table, location: written }, { kind: "project", input: plan, expressions: table.columns.map(({ name }) => ({ kind: "unresolved_attribute", nameParts: [name] })) }, isInPlace ? "append" : "overwrite");
    if (before.isManaged || isInPlace) removeTree(files, before.location);
    if (isInPlace) files.rename(written, location);
  } catch (error) {
    if (isInPlace && files.status(written) !== undefined) removeTree(files, written);
    throw error;
  }
  schema.tables.set(table.name.toLowerCase(), { ...table, read: readOf(table) });
  return NOTHING;
}

/** The names of partition columns as the table writes them. @throws AnalysisError COLUMN_NOT_DEFINED_IN_TABLE, ALL_PARTITION_COLUMNS_NOT_ALLOWED */
function partitionColumns(tableName: string, columns: readonly TableColumn[], names: readonly string[]): readonly string[] {
  const found = names.map(name => {
    const column = columns.find(one => one.name.toLowerCase() === name.toLowerCase());
    if (column !== undefined) return column.name;
    const tableCols = quoteIdentifiers(columns.map(one => one.name));
    throw fail("COLUMN_NOT_DEFINED_IN_TABLE", "42703", `partition column \`${name}\` is not defined in table ${tableName}, defined table columns are: ${tableCols}.`, { colType: "partition", colName: `\`${name}\``, tableName, tableCols });
  });
  checkDistinctNames(found);
  if (found.length > 0 && found.length === columns.length) throw fail("ALL_PARTITION_COLUMNS_NOT_ALLOWED", "KD005", "Cannot use all columns for partition columns.");
  return found;
}

/** A scan of a table's files. It is made anew when files may have come or gone: partitions are found when it is opened. */
function readOf({ provider, options, location, columns, layout }: Pick<StoredTable, "provider" | "options" | "location" | "columns" | "layout">): ReadDataSource {
  return Object.freeze({ kind: "read_data_source", format: provider.toLowerCase(), options, paths: [location], isStreaming: false, schema: schemaOf(columns), ...(layout !== undefined && { layout }) });
}

/** Takes a changed definition, and looks anew at what files the table has; what was known of its rows is known no longer. */
export function refreshTable(engine: LocalEngine, { statistics: _, ...table }: StoredTable): void { putTable(engine, { ...table, read: readOf(table) }); }

export function putTable({ catalog }: LocalEngine, table: StoredTable): void { catalog.schemas.get(table.schema.toLowerCase())!.tables.set(table.name.toLowerCase(), table); }

/** CREATE TABLE ... LIKE: the columns and partitions of a table or view, and of a table its format. */
export async function createTableLike(engine: LocalEngine, command: CreateTableLike): Promise<Relation> {
  const { catalog } = engine, parts = relationParts(engine, command.source), isView = catalog.view(parts) !== undefined, source = isView ? undefined : catalog.table(parts);
  if (!isView && source === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  const columns: readonly TableColumn[] = source?.columns ?? (await engine.resolve({ kind: "read_named_table", nameParts: parts, isStreaming: false })).output.map(({ name, type, declared, nullable }) => ({ name, type: declared ?? type, nullable }));
  const provider = command.provider ?? source?.provider;
  return await createTable(engine, {
    kind: "create_table", name: command.name, ifNotExists: command.ifNotExists, replace: false, columns, options: source?.options ?? {}, properties: command.properties, partitionedBy: source?.partitionedBy ?? [],
    ...(provider !== undefined && { provider }), ...(command.location !== undefined && { location: command.location }),
  }, undefined);
}

/** What files say may be missing: columns are nullable whatever the table says, as in Spark. */
const schemaOf = (columns: readonly TableColumn[]): StructType => struct(columns.map(({ name, type, comment }) => ({ name, type, nullable: true, ...(comment !== undefined && { comment }) })));

/** `below`: the partition that all rows are of; its columns are not among them. */
export async function write(engine: LocalEngine, table: StoredTable, plan: Relation, mode: "append" | "overwrite", below: readonly string[] = [], options = table.options): Promise<void> {
  const prefix = below.map(folder => `${folder}/`).join(""), elsewhere = Object.entries(table.layout?.partitions ?? {}).filter(([folder]) => folder.startsWith(prefix));
  await writeBatch(engine, {
    plan, format: table.provider, path: locationOf(table, below.join("/")), mode, partitionBy: table.partitionedBy.slice(below.length), options,
    ...(elsewhere.length > 0 && { locations: Object.fromEntries(elsewhere.map(([folder, location]) => [folder.slice(prefix.length), location])) }),
  }, undefined);
}

export function unsupportedOperation(tableName: string, operation: string): AnalysisError {
  return fail("UNSUPPORTED_FEATURE.TABLE_OPERATION", "0A000", `The feature is not supported: Table ${tableName} does not support ${operation}. Please check the current catalog and namespace to make sure the qualified table name is expected, and also check the catalog implementation which is configured by "spark.sql.catalog".`, { tableName, operation });
}

/** The table of a name; a view is none. */
export function tableFor(engine: LocalEngine, parts: readonly string[], operation: string): StoredTable {
  if (engine.catalog.view(parts) !== undefined) {
    throw fail("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", `'${operation}' expects a table but ${quoteParts(parts)} is a view.`, { viewName: quoteParts(parts), operation });
  }
  const table = engine.catalog.table(parts);
  if (table === undefined) throw relationNotFound(quoteParts(parts), "CREATE TABLE makes one");
  return table;
}

export async function insertDirectory(engine: LocalEngine, command: InsertDirectory, plan: Relation): Promise<Relation> {
  await writeBatch(engine, { plan, format: command.format.toLowerCase(), mode: "overwrite", partitionBy: [], options: command.options, ...(command.path !== undefined && { path: command.path }) }, undefined);
  return NOTHING;
}

export function truncateTable(engine: LocalEngine, command: TruncateTable): Relation {
  const table = tableFor(engine, relationParts(engine, command.name), "TRUNCATE TABLE"), { files } = engine.world;
  if (!table.isManaged) throw fail("_LEGACY_ERROR_TEMP_1266", "42000", `Operation not allowed: TRUNCATE TABLE on external tables: ${fullTableName(table)}.`, { tableIdentWithDB: fullTableName(table) });
  if (command.partition !== undefined) {
    truncatePartitions(engine, table, command.partition);
    return NOTHING;
  }
  for (const folder of [table.location, ...Object.values(table.layout?.partitions ?? {})]) {
    for (const name of files.status(folder) === undefined ? [] : files.list(folder)) if (!isHidden(name)) removeTree(files, `${folder}/${name}`);
  }
  refreshTable(engine, table);
  return NOTHING;
}

export function dropTable(engine: LocalEngine, table: StoredTable): void {
  engine.catalog.schemas.get(table.schema.toLowerCase())!.tables.delete(table.name.toLowerCase());
  if (table.isManaged && engine.world.files.status(table.location) !== undefined) removeTree(engine.world.files, table.location);
}


/**
 * Tables of files: CREATE TABLE, INSERT, TRUNCATE, DROP. A table's rows are the files of its folder; one without a LOCATION has a
 * folder of its own in the warehouse. Rows are cast as Spark's ANSI store assignment has it.
 */
import { dirname } from "node:path";
import { fail, quoteIdentifiers, quoteParts, quoteSql, unresolvedColumn } from "../../../analyze/errors.ts";
import { AnalysisError, ExecutionError } from "../../../base/errors.ts";
import { makeFolders, removeTree } from "../../../base/files.ts";
import { cleanPath, isHidden } from "../../../connectors/files/listing.ts";
import { isPartitionFolder, partitionFolder } from "../../../connectors/files/partition-names.ts";
import type { CreateTable, CreateTableLike, Insert, InsertDirectory, TableColumn, TruncateTable } from "../../../plan/commands.ts";
import { alias, literal, type Expression } from "../../../plan/expressions.ts";
import { fitting, holdsLengths, withoutLengths } from "../../../functions/string/char-lengths.ts";
import type { ReadDataSource, Relation } from "../../../plan/relations.ts";
import { BOOLEAN, sameTypeIgnoringNullability, struct, typeToSql, VOID, type DataType, type StructType } from "../../../types/data-type.ts";
import { CATALOG, relationNotFound, schemaNotFound, type Schema, type StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { writeBatch } from "../write-batch.ts";
import { checkDefault } from "./defaults.ts";
import { partsOf } from "./names.ts";
import { partitionsWith, partitionValues, truncatePartitions } from "./partitions.ts";
import { NOTHING } from "./results.ts";
import { storeAssignable } from "./store-assignment.ts";
import { alreadyExists, checkDistinctNames } from "./views.ts";

/** Where tables without a LOCATION lie, and the format of those that name none. */
const WAREHOUSE = "spark.sql.warehouse.dir", DEFAULT_FORMAT = "spark.sql.sources.default";

export function warehouse(engine: LocalEngine): string { return cleanPath((engine.setting(WAREHOUSE) ?? "spark-warehouse").replace(/^file:(\/\/)?/, "")); }

export const folderOf = (engine: LocalEngine, schema: Schema, name: string): string =>
  schema.name === "default" ? `${warehouse(engine)}/${name}` : `${schema.location === "" ? `${warehouse(engine)}/${schema.name}.db` : schema.location}/${name}`;

export const fullTableName = (table: StoredTable): string => quoteParts([CATALOG, table.schema, table.name]);

export async function createTable(engine: LocalEngine, command: CreateTable, plan: Relation | undefined): Promise<Relation> {
  const { catalog } = engine, { files } = engine.world, parts = partsOf(engine, command.name), name = parts.at(-1)!, schema = catalog.schemaOf(parts);
  if (schema === undefined) throw schemaNotFound(parts.slice(0, -1));
  const full = quoteParts([CATALOG, schema.name, name]), key = name.toLowerCase();
  if (command.replace) throw unsupportedOperation(full, "REPLACE TABLE");
  const refused = command.constraint === true ? "CONSTRAINT" : command.columns.find(column => column.refused !== undefined)?.refused;
  if (refused !== undefined) throw unsupportedOperation(full, refused);
  const before = command.anew === undefined ? undefined : schema.tables.get(key);
  if (command.anew === "existing" && before === undefined) throw relationNotFound(full, "create() makes a table");
  if (before === undefined && (schema.tables.has(key) || schema.views.has(key))) {
    if (command.ifNotExists) return NOTHING;
    throw alreadyExists(full);
  }
  const { path, ...options } = command.options, provider = (command.provider ?? engine.setting(DEFAULT_FORMAT) ?? "parquet").toLowerCase();
  checkDistinctNames(command.columns.map(column => column.name));
  for (const column of command.columns) if (column.otherwise !== undefined) checkDefault(engine, "CREATE TABLE", provider, column, column.otherwise, column.otherwiseSql!);
  const place = command.location ?? path, isManaged = place === undefined;
  if (command.external === true && isManaged) throw fail("CREATE_EXTERNAL_TABLE_WITHOUT_LOCATION", "42601", "CREATE EXTERNAL TABLE must be accompanied by LOCATION.");
  const location = isManaged ? folderOf(engine, schema, name) : cleanPath(place.replace(/^file:(\/\/)?/, ""));
  const isFull = files.status(location) !== undefined && files.list(location).some(entry => !isHidden(entry));
  if (isManaged && isFull && before?.location !== location) throw fail("LOCATION_ALREADY_EXISTS", "42710", `Cannot name the managed table as ${full}, as its associated location \`file:${location}\` already exists. Please pick a different table name, or remove the existing location first.`, { location: `\`file:${location}\``, identifier: full });
  let columns: readonly TableColumn[] = [...command.columns, ...command.partitionedBy.filter(one => typeof one !== "string")];
  checkDistinctNames(columns.map(column => column.name));
  if (plan !== undefined) {
    const { output } = await engine.resolve(plan);
    checkDistinctNames(output.map(a => a.name));
    columns = output.map(({ name, type, declared }) => ({ name, type: declared ?? type, nullable: true }));
  } else if (columns.length === 0) {
    const found = isFull ? await engine.resolve({ kind: "read_data_source", format: provider, options, paths: [location], isStreaming: false }) : undefined;
    if (found === undefined) throw fail("UNABLE_TO_INFER_SCHEMA", "42KD9", `Unable to infer schema for ${provider.toUpperCase()}. It must be specified manually.`, { format: provider.toUpperCase() });
    columns = found.output.map(({ name, type }) => ({ name, type, nullable: true }));
  }
  const partitionedBy = partitionColumns(full, columns, command.partitionedBy.map(one => typeof one === "string" ? one : one.name));
  // Columns of partitions stand behind the others.
  columns = [...columns.filter(column => !partitionedBy.includes(column.name)), ...partitionedBy.map(one => columns.find(column => column.name === one)!)];
  const table: StoredTable = {
    name, schema: schema.name, provider, columns, partitionedBy, location, isManaged, options, properties: command.properties, ...(command.comment !== undefined && { comment: command.comment }), ...(command.buckets !== undefined && { buckets: command.buckets }),
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
function readOf({ provider, options, location, columns }: Pick<StoredTable, "provider" | "options" | "location" | "columns">): ReadDataSource {
  return Object.freeze({ kind: "read_data_source", format: provider, options, paths: [location], isStreaming: false, schema: schemaOf(columns) });
}

/** Takes a changed definition, and looks anew at what files the table has; what was known of its rows is known no longer. */
export function refreshTable(engine: LocalEngine, { statistics: _, ...table }: StoredTable): void { putTable(engine, { ...table, read: readOf(table) }); }

export function putTable({ catalog }: LocalEngine, table: StoredTable): void { catalog.schemas.get(table.schema.toLowerCase())!.tables.set(table.name.toLowerCase(), table); }

/** CREATE TABLE ... LIKE: the columns and partitions of a table or view, and of a table its format. */
export async function createTableLike(engine: LocalEngine, command: CreateTableLike): Promise<Relation> {
  const { catalog } = engine, parts = partsOf(engine, command.source), isView = catalog.view(parts) !== undefined, source = isView ? undefined : catalog.table(parts);
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
async function write(engine: LocalEngine, table: StoredTable, plan: Relation, mode: "append" | "overwrite", below: readonly string[] = [], options = table.options): Promise<void> {
  await writeBatch(engine, { plan, format: table.provider, path: [table.location, ...below].join("/"), mode, partitionBy: table.partitionedBy.slice(below.length), options }, undefined);
}

export function unsupportedOperation(tableName: string, operation: string): AnalysisError {
  return fail("UNSUPPORTED_FEATURE.TABLE_OPERATION", "0A000", `The feature is not supported: Table ${tableName} does not support ${operation}. Please check the current catalog and namespace to make sure the qualified table name is expected, and also check the catalog implementation which is configured by "spark.sql.catalog".`, { tableName, operation });
}

/** The table of a name; a view is none. */
function tableFor(engine: LocalEngine, parts: readonly string[], operation: string): StoredTable {
  if (engine.catalog.view(parts) !== undefined) {
    throw fail("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", `'${operation}' expects a table but ${quoteParts(parts)} is a view.`, { viewName: quoteParts(parts), operation });
  }
  const table = engine.catalog.table(parts);
  if (table === undefined) throw relationNotFound(quoteParts(parts), "CREATE TABLE makes one");
  return table;
}

export async function insert(engine: LocalEngine, command: Insert, written: Relation): Promise<Relation> {
  const table = tableFor(engine, partsOf(engine, command.name), "INSERT"), full = fullTableName(table);
  if (command.refused !== undefined) throw unsupportedOperation(full, command.refused);
  if (command.evolves === true) throw fail("UNSUPPORTED_INSERT_WITH_SCHEMA_EVOLUTION", "0A000", "INSERT WITH SCHEMA EVOLUTION ... is unsupported for this table format.");
  if (command.ifNotExists && partitionsWith(engine, table, command.partition).length > 0) return NOTHING;
  const fixed = fixedPartition(engine, table, full, command.partition), rest = table.columns.filter(column => !fixed.has(column.name));
  const targets = command.columns === undefined ? rest : namedColumns(table, command.columns, command.origin);
  const plan = withDefaults(written, targets);
  const { output } = await engine.resolve(plan).catch((error: unknown) => {
    // DEFAULT is a name like others; where it names nothing it was meant as the word.
    if (!(error instanceof AnalysisError) || !error.condition.startsWith("UNRESOLVED_COLUMN") || error.messageParameters["objectName"]?.toUpperCase() !== "`DEFAULT`") throw error;
    throw fail("DEFAULT_PLACEMENT_INVALID", "42608", "A DEFAULT keyword in a MERGE, INSERT, UPDATE, or SET VARIABLE command could not be directly assigned to a target column because it was part of an expression.\nFor example: `UPDATE SET c1 = DEFAULT` is allowed, but `UPDATE T SET c1 = DEFAULT + 1` is not allowed.", {}, command.origin);
  });
  if (command.overwrite && reads(plan, engine, table)) throw fail("UNSUPPORTED_OVERWRITE.TABLE", "42902", `Can't overwrite the target that is also being read from. The target table is ${full}.`, { table: full });
  const names = output.map(a => a.name), sources = command.byName ? byName(table, full, names) : byPosition(full, targets, names, fixed.size > 0);
  const inner = output.map((_, i) => `_${i}`);
  const expressions = rest.map((column): Expression => {
    const i = sources.get(column);
    if (i === undefined) return alias(stored(castTo(column.otherwise ?? literal(null, VOID), column.type), column.type), column.name);
    const from = output[i]!.type, value: Expression = { kind: "unresolved_attribute", nameParts: [inner[i]!] };
    const problem = storeAssignable(from, column.type, column.name);
    if (problem !== undefined) throw fail(`INCOMPATIBLE_DATA_FOR_TABLE.${problem.condition}`, "KD000", `Cannot write incompatible data for the table ${full}: ${problem.text}.`, { tableName: full, ...problem.parameters });
    const type = withoutLengths(column.type);
    return alias(stored(sameTypeIgnoringNullability(from, type) ? value : castTo(value, type), column.type), column.name);
  });
  const below = [...fixed].map(([column, value]) => partitionFolder(column, value));
  if (below.length > 0) makeFolders(engine.world.files, [table.location, ...below].join("/"));
  const rows: Relation = { kind: "project", input: { kind: "to_df", input: plan, columnNames: inner }, expressions }, options = command.scope === "partitions" ? { ...table.options, partitionOverwriteMode: "dynamic" } : table.options;
  try {
    await write(engine, table, command.replaceWhere === undefined ? rows : besideKept(table, command.replaceWhere, rows), command.overwrite ? "overwrite" : "append", below, options);
  } catch (error) {
    throw error instanceof ExecutionError && error.condition === "CAST_OVERFLOW" ? overflow(error, table, sources, output.map(a => a.type)) : error;
  }
  refreshTable(engine, table);
  return NOTHING;
}

/** New rows and those of the table for which a condition is not true. */
function besideKept(table: StoredTable, condition: Expression, rows: Relation): Relation {
  const goes: Expression = { kind: "unresolved_function", name: "coalesce", args: [condition, literal(false, BOOLEAN)] };
  return { kind: "set_operation", left: { kind: "filter", input: table.read, condition: { kind: "unresolved_function", name: "not", args: [goes] } }, right: rows, operation: "union", isAll: true, byName: true, allowMissingColumns: false };
}

/** Values of PARTITION (a = 1, b): as folders write them, in the order of the folders. Those without a value come from the rows. */
function fixedPartition(engine: LocalEngine, table: StoredTable, full: string, given: Insert["partition"]): ReadonlyMap<string, string | null> {
  const values = partitionValues(engine, table, given), order = table.partitionedBy;
  if (given.length > 0 && given.length < order.length) {
    const requested = given.map(part => part.name).join(",");
    throw fail("_LEGACY_ERROR_TEMP_1169", "42000", `Requested partitioning does not match the table ${full}:\nRequested partitions: ${requested}.\nTable partitions: ${order.join(",")}.`, { tableName: full, normalizedPartSpec: requested, partColNames: order.join(",") });
  }
  const fixed = new Map<string, string | null>();
  for (const column of order) {
    if (!values.has(column)) break;
    fixed.set(column, values.get(column)!);
  }
  if (fixed.size < values.size) throw fail("_LEGACY_ERROR_TEMP_1147", "42000", `The ordering of partition columns is [${order.join(",")}]. All partition columns having constant values need to appear before other partition columns that do not have an assigned constant value.`);
  return fixed;
}

/** A value as a column takes it: fitted to the lengths of CHAR and VARCHAR. */
export const stored = (value: Expression, type: DataType): Expression =>
  holdsLengths(type) ? Object.freeze({ kind: "unresolved_function", name: "char_varchar_write", args: [value], entry: fitting(type) }) : value;

export const castTo = (child: Expression, to: DataType): Expression => Object.freeze({ kind: "cast", child, to, evalMode: "ansi" });

/** DEFAULT in place of a value of VALUES or of a select list: the column's default. */
function withDefaults(plan: Relation, targets: readonly TableColumn[]): Relation {
  const defaultOf = (e: Expression, i: number): Expression => e.kind === "unresolved_attribute" && e.nameParts.length === 1 && e.nameParts[0]!.toUpperCase() === "DEFAULT" ? targets[i]?.otherwise ?? literal(null, VOID) : e;
  if (plan.kind === "inline_table") return { ...plan, rows: plan.rows.map(row => row.map(defaultOf)) };
  if (plan.kind === "project") return { ...plan, expressions: plan.expressions.map(defaultOf) };
  return plan;
}

function namedColumns(table: StoredTable, names: readonly string[], origin: Insert["origin"]): readonly TableColumn[] {
  checkDistinctNames(names);
  return names.map(name => {
    const column = table.columns.find(c => c.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) throw unresolvedColumn([name], table.columns.map(c => [c.name]), origin);
    return column;
  });
}

function byPosition(full: string, targets: readonly TableColumn[], names: readonly string[], isPartition: boolean): Map<TableColumn, number> {
  if (names.length !== targets.length) {
    if (isPartition) {
      const tableColumns = quoteIdentifiers(targets.map(c => c.name)), dataColumns = quoteIdentifiers(names);
      throw fail("INSERT_PARTITION_COLUMN_ARITY_MISMATCH", "21S01", `Cannot write to ${full}, the reason is another number of data columns than the table has beside its partition:\nTable columns: ${tableColumns}.\nData columns: ${dataColumns}.`, { tableName: full, tableColumns, dataColumns });
    }
    const kind = names.length < targets.length ? "NOT_ENOUGH_DATA_COLUMNS" : "TOO_MANY_DATA_COLUMNS", tableColumns = quoteIdentifiers(targets.map(c => c.name)), dataColumns = quoteIdentifiers(names);
    throw fail(`INSERT_COLUMN_ARITY_MISMATCH.${kind}`, "21S01", `Cannot write to ${full}, the reason is ${kind === "NOT_ENOUGH_DATA_COLUMNS" ? "not enough data columns" : "too many data columns"}:\nTable columns: ${tableColumns}.\nData columns: ${dataColumns}.`, { tableName: full, tableColumns, dataColumns });
  }
  return new Map(targets.map((column, i) => [column, i] as const));
}

function byName(table: StoredTable, full: string, names: readonly string[]): Map<TableColumn, number> {
  checkDistinctNames(names);
  const lower = names.map(name => name.toLowerCase()), extra = names.filter((_, i) => !table.columns.some(c => c.name.toLowerCase() === lower[i]));
  if (extra.length > 0) throw fail("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", "KD000", `Cannot write incompatible data for the table ${full}: Cannot write extra columns ${quoteIdentifiers(extra)}.`, { tableName: full, extraColumns: quoteIdentifiers(extra) });
  return new Map(table.columns.flatMap(column => {
    const i = lower.indexOf(column.name.toLowerCase());
    return i < 0 ? [] : [[column, i] as const];
  }));
}

/** Whether a plan reads a table's files, itself or by views. */
function reads(plan: Relation, engine: LocalEngine, table: StoredTable): boolean {
  return engine.sourcesOf(plan).some(read => read === table.read || read.paths.some(path => cleanPath(path) === table.location));
}

/** The cast says types; the column is the first that has them. */
function overflow(error: ExecutionError, table: StoredTable, sources: ReadonlyMap<TableColumn, number>, types: readonly DataType[]): ExecutionError {
  const { sourceType = "", targetType = "" } = error.messageParameters;
  const column = table.columns.find(c => sources.has(c) && quoteSql(typeToSql(types[sources.get(c)!]!)) === sourceType && quoteSql(typeToSql(c.type)) === targetType) ?? table.columns[0]!;
  const columnName = `\`${column.name}\``;
  return new ExecutionError({
    condition: "CAST_OVERFLOW_IN_TABLE_INSERT", sqlState: "22003", message: `Fail to assign a value of ${sourceType} type to the ${targetType} type column or variable ${columnName} due to an overflow. Use \`try_cast\` on the input value to tolerate overflow and return NULL instead.`,
    messageParameters: { sourceType, targetType, columnName }, cause: error,
  });
}

export async function insertDirectory(engine: LocalEngine, command: InsertDirectory, plan: Relation): Promise<Relation> {
  await writeBatch(engine, { plan, format: command.format.toLowerCase(), mode: "overwrite", partitionBy: [], options: command.options, ...(command.path !== undefined && { path: command.path }) }, undefined);
  return NOTHING;
}

export function truncateTable(engine: LocalEngine, command: TruncateTable): Relation {
  const table = tableFor(engine, partsOf(engine, command.name), "TRUNCATE TABLE"), { files } = engine.world;
  if (!table.isManaged) throw fail("_LEGACY_ERROR_TEMP_1266", "42000", `Operation not allowed: TRUNCATE TABLE on external tables: ${fullTableName(table)}.`, { tableIdentWithDB: fullTableName(table) });
  if (command.partition !== undefined) {
    truncatePartitions(engine, table, command.partition);
    return NOTHING;
  }
  for (const name of files.list(table.location)) if (!isHidden(name)) removeTree(files, `${table.location}/${name}`);
  refreshTable(engine, table);
  return NOTHING;
}

/** The folders of a table's partitions, `a=1/b=x`, in order. */
export function partitionsOf(engine: LocalEngine, table: StoredTable): readonly string[] {
  const { files } = engine.world;
  const below = (folder: string, depth: number): readonly string[] => depth === 0 ? [""] : files.list(folder).filter(name => isPartitionFolder(name) && !isHidden(name)).flatMap(name => below(`${folder}/${name}`, depth - 1).map(rest => rest === "" ? name : `${name}/${rest}`));
  return [...below(table.location, table.partitionedBy.length)].sort();
}

export function dropTable(engine: LocalEngine, table: StoredTable): void {
  engine.catalog.schemas.get(table.schema.toLowerCase())!.tables.delete(table.name.toLowerCase());
  if (table.isManaged && engine.world.files.status(table.location) !== undefined) removeTree(engine.world.files, table.location);
}


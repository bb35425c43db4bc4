/** Partitions of a table of files: its folders, `p=1/q=x`. */
import { fail, quoteParts } from "../../../analyze/errors.ts";
import type { AnalysisError } from "../../../base/errors.ts";
import { makeFolders, removeTree } from "../../../base/files.ts";
import { cleanPath, isHidden } from "../../../connectors/files/listing.ts";
import { isPartitionFolder, partitionFolder, partitionOf } from "../../../connectors/files/partition-names.ts";
import { evaluateConstant } from "../../../eval/constant.ts";
import type { PartitionSpec, TableChange } from "../../../plan/commands.ts";
import { castTo } from "../../../plan/expressions.ts";
import { STRING } from "../../../types/data-type.ts";
import type { StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { constantResolver } from "./names.ts";
import { stored } from "./store-assignment.ts";
import { fullTableName, refreshTable } from "./tables.ts";

/** The folders of a table's partitions, `a=1/b=x`, in order. */
export function partitionsOf(engine: LocalEngine, table: StoredTable): readonly string[] {
  const { files } = engine.world;
  const below = (folder: string, depth: number): readonly string[] => depth === 0 ? [""] : files.status(folder) === undefined ? [] : files.list(folder).filter(name => isPartitionFolder(name) && !isHidden(name)).flatMap(name => below(`${folder}/${name}`, depth - 1).map(rest => rest === "" ? name : `${name}/${rest}`));
  return [...new Set([...below(table.location, table.partitionedBy.length), ...Object.keys(table.layout?.partitions ?? {})])].sort();
}

/** Where a partition's files lie; `""`: the table's folder. */
export const locationOf = ({ location, layout }: StoredTable, folder: string): string => layout?.partitions[folder] ?? (folder === "" ? location : `${location}/${folder}`);

/** The table with a partition elsewhere, or, without a location, in its folder again. */
function placed(table: StoredTable, folder: string, location: string | undefined): StoredTable {
  const { [folder]: _, ...partitions } = table.layout?.partitions ?? {}, { [folder]: _known, ...partitionStatistics } = table.partitionStatistics ?? {};
  return { ...table, partitionStatistics, layout: { defaults: table.layout?.defaults ?? [], partitions: location === undefined ? partitions : { ...partitions, [folder]: location } } };
}

const plainPath = (location: string): string => cleanPath(location.replace(/^file:(\/\/)?/, ""));

/** The values of a spec as folders write them, by the column's name; columns without a value are left out. @throws AnalysisError PARTITIONS_NOT_FOUND */
export function partitionValues(engine: LocalEngine, table: StoredTable, spec: PartitionSpec): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>(), columnOf = (name: string): string | undefined => table.partitionedBy.find(one => one.toLowerCase() === name.toLowerCase());
  const unknown = spec.filter(part => columnOf(part.name) === undefined).map(part => part.name);
  if (unknown.length > 0) throw partitionsNotFound(unknown.map(name => `\`${name}\``).join(", "), fullTableName(table));
  for (const { name, value } of spec) {
    if (value === undefined) continue;
    const column = columnOf(name)!, { type } = table.columns.find(one => one.name === column)!;
    values.set(column, evaluateConstant(constantResolver(engine).resolve(castTo(stored(castTo(value, type), type), STRING)), engine.sqlSettings) as string | null);
  }
  return values;
}

export function partitionsNotFound(partitionList: string, tableName: string): AnalysisError {
  return fail("PARTITIONS_NOT_FOUND", "428FT", `The partition(s) ${partitionList} cannot be found in table ${tableName}.\nVerify the partition specification and table name.\nTo tolerate the error on drop use ALTER TABLE … DROP IF EXISTS PARTITION.`, { partitionList, tableName });
}

export const shownPartition = (values: ReadonlyMap<string, string | null>): string => `PARTITION (${[...values].map(([column, value]) => `\`${column}\` = ${value ?? "null"}`).join(", ")})`;
const shortName = (table: StoredTable): string => quoteParts([table.schema, table.name]);

/** The folder of one whole partition. @throws AnalysisError if a column has no value */
function wholeFolder(engine: LocalEngine, table: StoredTable, spec: PartitionSpec): { readonly folder: string; readonly values: ReadonlyMap<string, string | null> } {
  const given = partitionValues(engine, table, spec);
  if (given.size < table.partitionedBy.length) {
    throw fail("_LEGACY_ERROR_TEMP_1232", "42000", `Partition spec is invalid. The spec (${spec.map(part => part.name).join(", ")}) must match the partition spec (${table.partitionedBy.join(", ")}) defined in table '${fullTableName(table)}'.`);
  }
  const values = new Map(table.partitionedBy.map(column => [column, given.get(column)!] as const));
  return { values, folder: [...values].map(([column, value]) => partitionFolder(column, value)).join("/") };
}

/** Folders of a table, `p=1/q=x`, that have the values of a spec. */
export function partitionsWith(engine: LocalEngine, table: StoredTable, spec: PartitionSpec | undefined): readonly string[] {
  const all = partitionsOf(engine, table);
  if (spec === undefined) return all;
  const values = partitionValues(engine, table, spec), wanted = [...values].map(([column, value]) => partitionFolder(column, value));
  return all.filter(folder => wanted.every(part => folder.split("/").includes(part)));
}

/** The folder of a partition that is there. @throws AnalysisError PARTITIONS_NOT_FOUND */
export function existingPartition(engine: LocalEngine, table: StoredTable, spec: PartitionSpec): { readonly folder: string; readonly values: ReadonlyMap<string, string | null> } {
  const found = wholeFolder(engine, table, spec);
  if (!partitionsOf(engine, table).includes(found.folder)) throw partitionsNotFound(shownPartition(found.values), shortName(table));
  return found;
}

function checkPartitioned(table: StoredTable, operation: string): void {
  if (table.partitionedBy.length > 0) return;
  throw fail("_LEGACY_ERROR_TEMP_1251", "42000", `${operation} is not allowed on ${table.name} since its partition metadata is not stored in the Hive metastore.`, { action: operation, tableName: table.name });
}

type ChangeOf<K extends TableChange["kind"]> = Extract<TableChange, { readonly kind: K }>;

export function addPartitions(engine: LocalEngine, table: StoredTable, change: ChangeOf<"add_partitions">): void {
  checkPartitioned(table, "ALTER TABLE ADD PARTITION");
  const added = change.partitions.map(one => ({ ...wholeFolder(engine, table, one.spec), location: one.location })), there = new Set(partitionsOf(engine, table));
  const twice = added.filter(one => there.has(one.folder));
  if (twice.length > 0 && !change.ifNotExists) throw partitionsExist(twice.map(one => shownPartition(one.values)).join(", "), table);
  let changed = table;
  for (const { folder, location } of added) {
    if (there.has(folder)) continue;
    if (location !== undefined) changed = placed(changed, folder, plainPath(location));
    makeFolders(engine.world.files, locationOf(changed, folder));
  }
  refreshTable(engine, changed);
}

/** ALTER TABLE ... PARTITION ... SET LOCATION: files stay where they are. */
export function movePartition(engine: LocalEngine, table: StoredTable, spec: PartitionSpec, location: string): void {
  checkPartitioned(table, "ALTER TABLE ... SET LOCATION");
  refreshTable(engine, placed(table, existingPartition(engine, table, spec).folder, plainPath(location)));
}

function partitionsExist(partitionList: string, table: StoredTable): AnalysisError {
  const tableName = shortName(table);
  return fail("PARTITIONS_ALREADY_EXIST", "428FT", `Cannot ADD or RENAME TO partition(s) ${partitionList} in table ${tableName} because they already exist.\nChoose a different name, drop the existing partition, or add the IF NOT EXISTS clause to tolerate a pre-existing partition.`, { partitionList, tableName });
}

/** As Spark's session catalog has it, a partition to drop is named by all its columns. */
export function dropPartitions(engine: LocalEngine, table: StoredTable, change: ChangeOf<"drop_partitions">): void {
  checkPartitioned(table, "ALTER TABLE DROP PARTITION");
  const { files } = engine.world, there = new Set(partitionsOf(engine, table));
  const dropped = change.partitions.map(spec => {
    const values = partitionValues(engine, table, spec), ordered = table.partitionedBy.filter(column => values.has(column));
    return { values: new Map(ordered.map(column => [column, values.get(column)!] as const)), folder: ordered.map(column => partitionFolder(column, values.get(column)!)).join("/") };
  });
  const missing = dropped.filter(one => !there.has(one.folder));
  if (missing.length > 0 && !change.ifExists) throw partitionsNotFound(missing.map(one => shownPartition(one.values)).join(", "), shortName(table));
  let changed = table;
  for (const { folder } of dropped) {
    if (!there.has(folder)) continue;
    const location = locationOf(table, folder), own = `${table.location}/${folder}`;
    changed = placed(changed, folder, undefined);
    if (location !== own && table.isManaged && files.status(location) !== undefined) removeTree(files, location);
    if (files.status(own) === undefined) continue;
    removeTree(files, own);
    // Folders above that hold nothing more are no partitions either.
    for (let parts = folder.split("/").slice(0, -1); parts.length > 0 && files.list(`${table.location}/${parts.join("/")}`).length === 0; parts = parts.slice(0, -1)) files.removeFolder(`${table.location}/${parts.join("/")}`);
  }
  refreshTable(engine, changed);
}

export function renamePartition(engine: LocalEngine, table: StoredTable, change: ChangeOf<"rename_partition">): void {
  checkPartitioned(table, "ALTER TABLE RENAME PARTITION");
  const { files } = engine.world, from = existingPartition(engine, table, change.from), to = wholeFolder(engine, table, change.to);
  if (partitionsOf(engine, table).includes(to.folder)) throw partitionsExist(shownPartition(to.values), table);
  const elsewhere = table.layout?.partitions[from.folder];
  if (elsewhere !== undefined) return refreshTable(engine, placed(placed(table, from.folder, undefined), to.folder, elsewhere));
  const parent = to.folder.split("/").slice(0, -1).join("/");
  if (parent !== "") makeFolders(files, `${table.location}/${parent}`);
  files.rename(`${table.location}/${from.folder}`, `${table.location}/${to.folder}`);
  files.syncFolder(parent === "" ? table.location : `${table.location}/${parent}`);
  refreshTable(engine, table);
}

/** Removes the rows of partitions; they stay as empty ones. */
export function truncatePartitions(engine: LocalEngine, table: StoredTable, spec: PartitionSpec): void {
  checkPartitioned(table, "TRUNCATE TABLE ... PARTITION");
  const { files } = engine.world;
  for (const folder of partitionsWith(engine, table, spec)) {
    const location = locationOf(table, folder);
    for (const name of files.status(location) === undefined ? [] : files.list(location)) if (!isHidden(name)) removeTree(files, `${location}/${name}`);
  }
  refreshTable(engine, table);
}

/** `p=1, q=x`, as descriptions show a partition. */
export const partitionText = (folder: string): string => folder.split("/").map(name => { const part = partitionOf(name)!; return `${part.column}=${part.raw}`; }).join(", ");

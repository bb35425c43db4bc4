/** ALTER TABLE of tables of files: what Spark's session catalog does to them, and what it refuses. */
import { fail, quoteIdentifiers, quoteParts, quoteSql, unresolvedColumn } from "../../../analyze/errors.ts";
import { makeFolders } from "../../../base/files.ts";
import { cleanPath, listFiles } from "../../../connectors/files/listing.ts";
import type { AlterTable, ColumnChange, TableChange, TableColumn } from "../../../plan/commands.ts";
import { alias, castTo } from "../../../plan/expressions.ts";
import type { Relation } from "../../../plan/relations.ts";
import { sameTypeIgnoringNullability, typeToSql } from "../../../types/data-type.ts";
import { relationNotFound, type StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { collatedColumns } from "./default-collation.ts";
import { checkDefault } from "./defaults.ts";
import { relationParts } from "./names.ts";
import { addPartitions, dropPartitions, movePartition, renamePartition } from "./partitions.ts";
import { NOTHING } from "./results.ts";
import { stored } from "./store-assignment.ts";
import { fullTableName, refreshTable, unsupportedOperation } from "./tables.ts";
import { checkDistinctNames } from "./views.ts";

export function alterTable(engine: LocalEngine, command: AlterTable): Relation | Promise<Relation> {
  const parts = relationParts(engine, command.name), { change, clause } = command;
  if (engine.catalog.view(parts) !== undefined) {
    const viewName = quoteParts(parts), hasView = change.kind === "set_properties" || change.kind === "unset_properties";
    throw fail(`EXPECT_TABLE_NOT_VIEW.${hasView ? "USE_ALTER_VIEW" : "NO_ALTERNATIVE"}`, "42809", `'${clause}' expects a table but ${viewName} is a view.${hasView ? " Please use ALTER VIEW instead." : ""}`, { viewName, operation: clause });
  }
  const table = engine.catalog.table(parts);
  if (table === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  return changeTable(engine, table, change)?.then(() => NOTHING) ?? NOTHING;
}

function changeTable(engine: LocalEngine, table: StoredTable, change: TableChange): void | Promise<void> {
  switch (change.kind) {
    case "add_columns": return addColumns(engine, table, change.columns);
    case "drop_columns": {
      if (!change.ifExists) for (const name of change.names) columnOf(table, name);
      throw unsupportedOperation(fullTableName(table), "DROP COLUMN");
    }
    case "rename_column": {
      columnOf(table, change.from);
      throw unsupportedOperation(fullTableName(table), "RENAME COLUMN");
    }
    case "alter_columns": return alterColumns(engine, table, change.changes);
    case "set_properties": {
      const { comment = table.comment, ...properties } = change.properties;
      return refreshTable(engine, { ...table, ...(comment !== undefined && { comment }), properties: { ...table.properties, ...properties } });
    }
    case "unset_properties": {
      const { comment, ...rest } = table, kept = change.keys.includes("comment") ? undefined : comment;
      return refreshTable(engine, { ...rest, ...(kept !== undefined && { comment: kept }), properties: Object.fromEntries(Object.entries(table.properties).filter(([key]) => !change.keys.includes(key))) });
    }
    case "set_serde_properties": return refreshTable(engine, { ...table, options: { ...table.options, ...change.properties } });
    case "set_location": {
      if (change.partition !== undefined) return movePartition(engine, table, change.partition, change.location);
      const location = cleanPath(change.location.replace(/^file:(\/\/)?/, ""));
      makeFolders(engine.world.files, location);
      return refreshTable(engine, { ...table, location });
    }
    case "add_partitions": return addPartitions(engine, table, change);
    case "drop_partitions": return dropPartitions(engine, table, change);
    case "rename_partition": return renamePartition(engine, table, change);
    case "recover_partitions": {
      if (table.partitionedBy.length === 0) throw fail("NOT_A_PARTITIONED_TABLE", "42809", `Operation ${change.clause} is not allowed for ${fullTableName(table)} because it is not a partitioned table.`, { operation: change.clause, tableIdentWithDB: fullTableName(table) });
      return refreshTable(engine, table);
    }
    case "set_collation": return refreshTable(engine, { ...table, collation: change.collation });
    case "cluster_by": return;
    case "refused": {
      if (change.operation === "SET SERDE") throw fail("UNSUPPORTED_FEATURE.ALTER_TABLE_SERDE_FOR_DATASOURCE_TABLE", "0A000", `The feature is not supported: ALTER TABLE SET SERDE is not supported for table ${fullTableName(table)} created with the datasource API. Consider using an external Hive table or updating the table properties with compatible options for your table format.`, { tableName: fullTableName(table) });
      throw unsupportedOperation(fullTableName(table), change.operation);
    }
  }
}

function columnOf(table: StoredTable, name: readonly string[]): TableColumn {
  const found = table.columns.find(column => column.name.toLowerCase() === name[0]!.toLowerCase());
  if (found === undefined) throw unresolvedColumn(name, table.columns.map(column => [column.name]), undefined);
  return found;
}

/** New columns stand in front of those of partitions; rows that are there have nulls in them, or the default of now. */
function addColumns(engine: LocalEngine, table: StoredTable, columns: Extract<TableChange, { readonly kind: "add_columns" }>["columns"]): void | Promise<void> {
  if (columns.some(column => column.qualifier.length > 0)) throw unsupportedOperation(fullTableName(table), "ADD COLUMN with qualified column");
  if (columns.some(column => !column.nullable)) throw fail("_LEGACY_ERROR_TEMP_1052", "42000", "ADD COLUMN with v1 tables cannot specify NOT NULL.");
  checkDistinctNames([...table.columns, ...columns].map(column => column.name));
  for (const column of columns) {
    if (column.refused !== undefined) throw unsupportedOperation(fullTableName(table), column.refused);
    if (column.otherwise === undefined) continue;
    checkDefault(engine, "ALTER TABLE ADD COLUMNS", table.provider.toLowerCase(), column, column.otherwise, column.otherwiseSql!);
  }
  const isPartition = (column: TableColumn): boolean => table.partitionedBy.includes(column.name), added = collatedColumns(columns.map(({ qualifier: _, ...column }) => column), table.collation);
  const changed: StoredTable = { ...table, columns: [...table.columns.filter(column => !isPartition(column)), ...added, ...table.columns.filter(isPartition)] };
  const files = listFiles(engine.world.files, [table.location, ...Object.values(table.layout?.partitions ?? {})], { mayBeMissing: true }).map(file => file.path), withDefault = added.filter(column => column.otherwise !== undefined);
  if (files.length === 0 || withDefault.length === 0) return refreshTable(engine, changed);
  // What the defaults are now they stay for these files.
  const values = engine.collect({ kind: "project", input: { kind: "one_row" }, expressions: withDefault.map((column, i) => alias(stored(castTo(column.otherwise!, column.type), column.type), `_${i}`)) });
  return values.then(({ rows: [row] }) => refreshTable(engine, { ...changed, layout: { partitions: table.layout?.partitions ?? {}, defaults: [...table.layout?.defaults ?? [], ...withDefault.map(({ name }, i) => ({ column: name, value: row![i]!, files }))] } }));
}

/** A comment or a default; types, order and NOT NULL stay. */
function alterColumns(engine: LocalEngine, table: StoredTable, changes: readonly ColumnChange[]): void {
  const full = fullTableName(table);
  const found = changes.map(change => [columnOf(table, change.name), change] as const);
  if (found.length > 1) throw unsupportedOperation(full, "ALTER COLUMN in bulk");
  const [column, change] = found[0]!;
  if (change.name.length > 1) throw unsupportedOperation(full, "ALTER COLUMN with qualified column");
  if (change.nullability) throw unsupportedOperation(full, "ALTER COLUMN ... SET NOT NULL");
  if (change.position) throw unsupportedOperation(full, "ALTER COLUMN ... FIRST | AFTER");
  if (table.partitionedBy.includes(column.name)) {
    throw fail("CANNOT_ALTER_PARTITION_COLUMN", "428FR", `ALTER TABLE (ALTER|CHANGE) COLUMN is not supported for partition columns, but found the partition column ${quoteIdentifiers([column.name])} in the table ${full}.`, { columnName: quoteIdentifiers([column.name]), tableName: full });
  }
  if (change.type !== undefined && !sameTypeIgnoringNullability(change.type, column.type)) {
    const originName = quoteIdentifiers([column.name]), originType = quoteSql(typeToSql(column.type)), newType = quoteSql(typeToSql(change.type));
    throw fail("NOT_SUPPORTED_CHANGE_COLUMN", "0A000", `ALTER TABLE ALTER/CHANGE COLUMN is not supported for changing ${full}'s column ${originName} with type ${originType} to ${originName} with type ${newType}.`, { table: full, originName, originType, newName: originName, newType });
  }
  const { otherwise: before, otherwiseSql: beforeSql, ...plain } = column, { otherwise } = change;
  if (otherwise !== undefined && otherwise !== "drop") checkDefault(engine, "ALTER TABLE ALTER COLUMN", table.provider.toLowerCase(), column, otherwise.expression, otherwise.sql);
  const kept = otherwise === "drop" ? {} : otherwise !== undefined ? { otherwise: otherwise.expression, otherwiseSql: otherwise.sql } : before === undefined ? {} : { otherwise: before, otherwiseSql: beforeSql! };
  const changed: TableColumn = { ...plain, ...kept, ...(change.comment !== undefined && { comment: change.comment }) };
  refreshTable(engine, { ...table, columns: table.columns.map(one => one === column ? changed : one) });
}

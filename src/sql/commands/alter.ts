/** ALTER TABLE and ALTER SCHEMA. */
import type { AlterTable, ColumnChange, Command, PartitionSpec, TableChange } from "../../plan/commands.ts";
import { collationAt, dataType } from "../../types/ddl.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { properties } from "../properties.ts";
import { nameReference, textFrom } from "./names.ts";
import { partitionSpec, wholePartition } from "./partition-spec.ts";
import { columnParts } from "./create-table.ts";

/** Properties that clauses of their own are for. */
const RESERVED: Readonly<Record<string, string>> = { provider: "please use the USING clause to specify it", location: "please use the LOCATION clause to specify it", owner: "it will be set to the current user", external: "please use CREATE EXTERNAL TABLE" };

export function checkProperties(cursor: SqlCursor, first: number, entries: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const property of Object.keys(entries)) {
    const msg = RESERVED[property.toLowerCase()];
    if (msg !== undefined) throw cursor.error(first, "UNSUPPORTED_FEATURE.SET_TABLE_PROPERTY", "0A000", `The feature is not supported: ${property} is a reserved table property, ${msg}.`, { property, msg });
  }
  return entries;
}

/** `(a, 'b.c')`: keys, a value behind which counts for nothing. */
export function propertyKeys(cursor: SqlCursor): string[] {
  cursor.expectSymbol("(");
  const keys = cursor.list(() => cursor.isKind("string") ? cursor.string() : cursor.names().join("."));
  cursor.expectSymbol(")");
  return keys;
}

/** `ALTER TABLE t ...`; undefined if something else is altered, or the table is renamed. */
export function alterTable(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  if (!cursor.takeWords("TABLE")) return undefined;
  const name = nameReference(cursor), partition = partitionSpec(cursor);
  if (partition === undefined && cursor.areWords("RENAME", "TO")) return undefined;
  const [clause, change] = tableChange(cursor, first, partition);
  return Object.freeze({ kind: "alter_table", name, clause: `ALTER TABLE ... ${clause}`, change, origin: cursor.originFrom(first) } satisfies AlterTable);
}

function tableChange(cursor: SqlCursor, first: number, partition: PartitionSpec | undefined): [clause: string, change: TableChange] {
  if (partition !== undefined) {
    if (cursor.takeWords("RENAME", "TO")) return ["RENAME TO PARTITION", { kind: "rename_partition", from: partition, to: wholePartition(cursor) }];
    if (cursor.takeWords("SET", "LOCATION")) return ["SET LOCATION ...", { kind: "set_location", location: cursor.string(), partition }];
    if (cursor.takeWords("SET", "SERDEPROPERTIES")) return ["SET [SERDE|SERDEPROPERTIES]", { kind: "set_serde_properties", properties: properties(cursor) }];
    throw cursor.fail();
  }
  if (cursor.takeWords("ADD")) return additions(cursor);
  if (cursor.takeWords("DROP")) return removals(cursor);
  if (cursor.takeWords("RENAME", "COLUMN")) {
    const from = cursor.names();
    cursor.expectWords("TO");
    return ["RENAME COLUMN", { kind: "rename_column", from, to: cursor.name() }];
  }
  if (cursor.isOneOf(["ALTER", "CHANGE"])) return columnChanges(cursor, first);
  if (cursor.takeWords("REPLACE", "COLUMNS")) {
    cursor.expectSymbol("(");
    cursor.list(() => newColumn(cursor));
    cursor.expectSymbol(")");
    return ["REPLACE COLUMNS", { kind: "refused", operation: "REPLACE COLUMNS" }];
  }
  if (cursor.takeWords("SET", "TBLPROPERTIES")) return ["SET TBLPROPERTIES", { kind: "set_properties", properties: checkProperties(cursor, first, properties(cursor)) }];
  if (cursor.takeWords("UNSET", "TBLPROPERTIES")) {
    cursor.takeWords("IF", "EXISTS");
    return ["UNSET TBLPROPERTIES", { kind: "unset_properties", keys: propertyKeys(cursor) }];
  }
  if (cursor.takeWords("SET", "LOCATION")) return ["SET LOCATION ...", { kind: "set_location", location: cursor.string() }];
  if (cursor.takeWords("SET", "SERDEPROPERTIES")) return ["SET [SERDE|SERDEPROPERTIES]", { kind: "set_serde_properties", properties: properties(cursor) }];
  if (cursor.takeWords("SET", "SERDE")) {
    cursor.string();
    if (cursor.takeWords("WITH", "SERDEPROPERTIES")) properties(cursor);
    return ["SET [SERDE|SERDEPROPERTIES]", { kind: "refused", operation: "SET SERDE" }];
  }
  if (cursor.takeWords("RECOVER", "PARTITIONS")) return ["RECOVER PARTITIONS", { kind: "recover_partitions", clause: "ALTER TABLE RECOVER PARTITIONS" }];
  if (cursor.takeWords("DEFAULT", "COLLATION")) return ["DEFAULT COLLATION", { kind: "set_collation", collation: collationAt(cursor) }];
  if (cursor.takeWords("CLUSTER", "BY")) {
    if (!cursor.takeWords("NONE")) cursor.nameList();
    return ["CLUSTER BY", { kind: "cluster_by" }];
  }
  throw cursor.fail();
}

function additions(cursor: SqlCursor): [string, TableChange] {
  if (cursor.takeOneOf("COLUMN", "COLUMNS") !== undefined) {
    const enclosed = cursor.takeSymbol("("), columns = cursor.list(() => newColumn(cursor));
    if (enclosed) cursor.expectSymbol(")");
    return ["ADD COLUMN", { kind: "add_columns", columns }];
  }
  if (cursor.isWord("CONSTRAINT") || cursor.isOneOf(["CHECK", "PRIMARY", "UNIQUE", "FOREIGN"])) {
    while (!cursor.isKind("end") && !cursor.isSymbol(";")) cursor.position++;
    return ["ADD CONSTRAINT", { kind: "refused", operation: "ADD CONSTRAINT" }];
  }
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS"), partitions: { readonly spec: PartitionSpec; readonly location?: string }[] = [];
  do {
    const spec = wholePartition(cursor);
    partitions.push(cursor.takeWords("LOCATION") ? { spec, location: cursor.string() } : { spec });
  } while (cursor.isWord("PARTITION"));
  return ["ADD PARTITION ...", { kind: "add_partitions", partitions, ifNotExists }];
}

/** A column with FIRST or AFTER, which a table of files takes no notice of, as in Spark. */
function newColumn(cursor: SqlCursor): ReturnType<typeof columnParts> & { readonly qualifier: readonly string[] } {
  const parts = cursor.names(), column = columnParts(cursor, parts.at(-1)!, "ALTER TABLE");
  if (!cursor.takeWords("FIRST") && cursor.takeWords("AFTER")) cursor.names();
  return { ...column, qualifier: parts.slice(0, -1) };
}

function removals(cursor: SqlCursor): [string, TableChange] {
  if (cursor.takeOneOf("COLUMN", "COLUMNS") !== undefined) {
    const ifExists = cursor.takeWords("IF", "EXISTS"), enclosed = cursor.takeSymbol("("), names = cursor.list(() => cursor.names());
    if (enclosed) cursor.expectSymbol(")");
    return ["DROP COLUMNS", { kind: "drop_columns", names, ifExists }];
  }
  if (cursor.takeWords("CONSTRAINT")) {
    cursor.takeWords("IF", "EXISTS");
    cursor.name();
    cursor.takeOneOf("RESTRICT", "CASCADE");
    return ["DROP CONSTRAINT", { kind: "refused", operation: "DROP CONSTRAINT" }];
  }
  const ifExists = cursor.takeWords("IF", "EXISTS"), partitions = cursor.list(() => wholePartition(cursor));
  cursor.takeWords("PURGE");
  return ["DROP PARTITION ...", { kind: "drop_partitions", partitions, ifExists }];
}

/** `ALTER|CHANGE [COLUMN] a ...`, and Hive's form with the name twice. */
function columnChanges(cursor: SqlCursor, first: number): [string, TableChange] {
  const isChange = cursor.next().value === "CHANGE";
  cursor.takeOneOf("COLUMN", "COLUMNS");
  const isHive = isChange && cursor.isName() && cursor.isName(1) && !cursor.isOneOf(["TYPE", "COMMENT", "SET", "DROP", "FIRST", "AFTER"], 1);
  if (isHive) {
    const name = cursor.names(), to = cursor.name(), type = dataType(cursor);
    if (to.toLowerCase() !== name.at(-1)!.toLowerCase()) throw cursor.error(first, "_LEGACY_ERROR_TEMP_0034", "42000", "Renaming column is not supported in Hive-style ALTER COLUMN, please run RENAME COLUMN instead.");
    const comment = cursor.takeWords("COMMENT") ? cursor.string() : undefined, position = takePosition(cursor);
    return ["CHANGE COLUMN", { kind: "alter_columns", changes: [{ name, type, ...(comment !== undefined && { comment }), ...(position && { position }) }] }];
  }
  const changes = cursor.list(() => columnChange(cursor));
  if (changes.every(change => Object.keys(change).length === 1)) {
    throw cursor.error(first, "_LEGACY_ERROR_TEMP_0035", "42000", "Operation not allowed: ALTER TABLE table ALTER COLUMN requires a TYPE, a SET/DROP, a COMMENT, or a FIRST/AFTER.", { message: "ALTER TABLE table ALTER COLUMN requires a TYPE, a SET/DROP, a COMMENT, or a FIRST/AFTER" });
  }
  return ["ALTER COLUMN", { kind: "alter_columns", changes }];
}

const takePosition = (cursor: SqlCursor): boolean => cursor.takeWords("FIRST") || cursor.takeWords("AFTER") && cursor.names().length > 0;

function columnChange(cursor: SqlCursor): ColumnChange {
  const name = cursor.names();
  if (cursor.takeWords("TYPE")) return { name, type: dataType(cursor) };
  if (cursor.takeWords("COMMENT")) return { name, comment: cursor.string() };
  if (cursor.takeWords("SET", "NOT", "NULL") || cursor.takeWords("DROP", "NOT", "NULL")) return { name, nullability: true };
  if (cursor.takeWords("DROP", "DEFAULT")) return { name, otherwise: "drop" };
  if (cursor.takeWords("SET", "DEFAULT")) {
    const at = cursor.position, value = expression(cursor);
    return { name, otherwise: { expression: value, sql: textFrom(cursor, at) } };
  }
  return takePosition(cursor) ? { name, position: true } : { name };
}

/** `ALTER SCHEMA s SET DBPROPERTIES (...) | UNSET DBPROPERTIES (...) | SET LOCATION '...'`. */
export function alterNamespace(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  if (cursor.takeOneOf("DATABASE", "SCHEMA", "NAMESPACE") === undefined) return undefined;
  const name = nameReference(cursor).parts, word = cursor.takeOneOf("SET", "UNSET");
  if (cursor.takeWords("DEFAULT", "COLLATION")) throw cursor.error(first, "UNSUPPORTED_FEATURE.SCHEMA_LEVEL_COLLATIONS", "0A000", "The feature is not supported: Default collation for the specified schema.");
  const done = (rest: object): Command => Object.freeze({ kind: "alter_namespace", name, ...rest, origin: cursor.originFrom(first) } as Command);
  if (word === "SET" && cursor.takeWords("LOCATION")) return done({ location: cursor.string() });
  if (word === undefined || cursor.takeOneOf("DBPROPERTIES", "PROPERTIES") === undefined) throw cursor.fail();
  if (word === "SET") return done({ set: properties(cursor) });
  cursor.takeWords("IF", "EXISTS");
  return done({ unset: propertyKeys(cursor) });
}

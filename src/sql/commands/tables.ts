/** INSERT, TRUNCATE TABLE, INSERT OVERWRITE DIRECTORY. */
import { unsupported } from "../../base/errors.ts";
import type { Command, PartitionSpec } from "../../plan/commands.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { properties } from "../properties.ts";
import { query } from "../query.ts";
import { nameReference } from "./names.ts";
import { partitionSpec } from "./partition-spec.ts";

/** `INSERT INTO | OVERWRITE [TABLE] t [PARTITION (...)] [(a, b) | BY NAME] query`, `INSERT OVERWRITE DIRECTORY ...`. */
export function insert(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  const evolves = cursor.takeWords("WITH", "SCHEMA", "EVOLUTION"), overwrite = cursor.takeWords("OVERWRITE");
  if (overwrite && (cursor.isWord("DIRECTORY") || cursor.areWords("LOCAL", "DIRECTORY")) && (cursor.isKind("string", cursor.isWord("LOCAL") ? 2 : 1) || cursor.isWord("USING", 1))) return insertDirectory(cursor, first);
  if (!overwrite) cursor.expectWords("INTO");
  if (cursor.isName(1)) cursor.takeWords("TABLE");
  const name = nameReference(cursor);
  const partition: PartitionSpec = partitionSpec(cursor) ?? [];
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS");
  if (ifNotExists && !overwrite) throw cursor.error(first, "INVALID_STATEMENT_OR_CLAUSE", "42601", "The statement or clause: INSERT INTO ... IF NOT EXISTS is not valid.", { operation: "INSERT INTO ... IF NOT EXISTS" });
  const dynamic = partition.filter(part => part.value === undefined).map(part => part.name).join(", ");
  if (ifNotExists && dynamic !== "") throw cursor.error(first, "_LEGACY_ERROR_TEMP_0035", "42000", `Operation not allowed: IF NOT EXISTS with dynamic partitions: ${dynamic}.`, { message: `IF NOT EXISTS with dynamic partitions: ${dynamic}` });
  const byName = cursor.takeWords("BY", "NAME");
  let refused: string | undefined;
  if (!overwrite && cursor.isWord("REPLACE") && cursor.isOneOf(["WHERE", "ON", "USING"], 1)) {
    cursor.position++;
    const word = cursor.next().value;
    if (word === "USING") cursor.nameList();
    else expression(cursor);
    refused = `INSERT INTO ... REPLACE ${word === "WHERE" ? word : "ON/USING"}`;
  }
  const columns = cursor.isSymbol("(") && !cursor.startsQuery() ? cursor.nameList() : undefined;
  const plan = query(cursor);
  return Object.freeze({
    kind: "insert", name, overwrite, byName, partition, ifNotExists, query: plan, origin: cursor.originFrom(first),
    ...(columns !== undefined && { columns }), ...(refused !== undefined && { refused }), ...(evolves && { evolves }),
  });
}

function insertDirectory(cursor: SqlCursor, first: number): Command {
  cursor.takeWords("LOCAL");
  cursor.expectWords("DIRECTORY");
  const path = cursor.isKind("string") ? cursor.string() : undefined;
  if (!cursor.isWord("USING")) throw unsupported("Hive's form of INSERT OVERWRITE DIRECTORY", "write USING json, csv or another format");
  cursor.position++;
  const format = cursor.names().join(".");
  const { path: inOptions, ...options } = cursor.takeWords("OPTIONS") ? properties(cursor) : {};
  const plan = query(cursor), where = path ?? inOptions;
  return Object.freeze({ kind: "insert_directory", format, options, query: plan, origin: cursor.originFrom(first), ...(where !== undefined && { path: where }) });
}

/** `TRUNCATE TABLE t [PARTITION (...)]`. */
export function truncate(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  cursor.expectWords("TABLE");
  const name = nameReference(cursor), partition = partitionSpec(cursor);
  return Object.freeze({ kind: "truncate_table", name, origin: cursor.originFrom(first), ...(partition !== undefined && { partition }) });
}

/** INSERT, TRUNCATE TABLE, INSERT OVERWRITE DIRECTORY. */
import { unsupported } from "../../base/errors.ts";
import type { Command, Insert, InsertDirectory, InsertMany, PartitionSpec } from "../../plan/commands.ts";
import type { Relation } from "../../plan/relations.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { properties } from "../properties.ts";
import { query, selectOver } from "../query.ts";
import { fromClause } from "../relations.ts";
import { nameReference } from "./names.ts";
import { partitionSpec } from "./partition-spec.ts";

/** `FROM t INSERT INTO a SELECT ... INSERT INTO b SELECT ...`, from FROM on; undefined if a query stands here. */
export function insertsFrom(cursor: SqlCursor, first: number): InsertMany | undefined {
  for (let at = first + 1; !cursor.isWord("INSERT"); at++) {
    cursor.position = at;
    const token = cursor.peek();
    if (token.kind === "end" || token.text === ";" || cursor.isWord("SELECT")) {
      cursor.position = first;
      return undefined;
    }
    if (token.text === "(") at = cursor.closingOf(0) ?? at;
  }
  cursor.position = first + 1;
  const input = fromClause(cursor), inserts: Insert[] = [];
  do {
    const from = cursor.position, command = insert(cursor, from, () => selectOver(cursor, input));
    if (command.kind !== "insert") throw unsupported("INSERT OVERWRITE DIRECTORY behind FROM");
    inserts.push(command);
  } while (cursor.isWord("INSERT"));
  return Object.freeze({ kind: "insert_many", inserts, origin: cursor.originFrom(first) });
}

/** `INSERT INTO | OVERWRITE [TABLE] t [PARTITION (...)] [(a, b) | BY NAME] query`, `INSERT OVERWRITE DIRECTORY ...`. */
export function insert(cursor: SqlCursor, first: number, body = (): Relation => query(cursor)): Insert | InsertDirectory {
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
  const plan = body();
  return Object.freeze({
    kind: "insert", name, overwrite, byName, partition, ifNotExists, query: plan, origin: cursor.originFrom(first),
    ...(columns !== undefined && { columns }), ...(refused !== undefined && { refused }), ...(evolves && { evolves }),
  });
}

function insertDirectory(cursor: SqlCursor, first: number): InsertDirectory {
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

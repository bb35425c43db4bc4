/** CREATE TABLE, INSERT, TRUNCATE TABLE, INSERT OVERWRITE DIRECTORY. */
import type { Command, TableColumn } from "../../plan/commands.ts";
import type { Expression } from "../../plan/expressions.ts";
import type { Relation } from "../../plan/relations.ts";
import { unsupported } from "../../base/errors.ts";
import { dataType } from "../../types/ddl.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { primary } from "../primary.ts";
import { query } from "../query.ts";
import { properties } from "../properties.ts";
import { nameReference, textFrom } from "./names.ts";

/** `CREATE [OR REPLACE] TABLE [IF NOT EXISTS] t (...) USING format ... [AS query]`; undefined if another object is created. */
export function createTable(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first;
  const isReplace = cursor.next().value === "REPLACE", replace = cursor.takeWords("OR", "REPLACE") || isReplace;
  if (cursor.isWord("EXTERNAL") && cursor.isWord("TABLE", 1)) throw unsupported("The statement CREATE EXTERNAL TABLE", "write CREATE TABLE ... USING ... LOCATION '...'");
  if (!cursor.takeWords("TABLE")) return undefined;
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS"), name = nameReference(cursor);
  if (cursor.takeWords("LIKE")) throw unsupported("The statement CREATE TABLE LIKE", "write CREATE TABLE ... AS SELECT * FROM t WHERE false");
  let columns: TableColumn[] = [];
  if (cursor.isSymbol("(") && !cursor.startsQuery()) {
    cursor.position++;
    columns = cursor.list(() => tableColumn(cursor));
    cursor.expectSymbol(")");
  }
  let provider: string | undefined, location: string | undefined, comment: string | undefined;
  let options: Readonly<Record<string, string>> = {}, tableProperties: Readonly<Record<string, string>> = {}, partitionedBy: (string | TableColumn)[] = [];
  const seen = new Set<string>();
  const once = (clause: string): void => {
    if (seen.has(clause)) throw cursor.error(first, "DUPLICATE_CLAUSES", "42614", `Found duplicate clauses: ${clause}. Please, remove one of them.`, { clauseName: clause });
    seen.add(clause);
  };
  for (;;) {
    if (cursor.takeWords("USING")) { once("USING"); provider = cursor.names().join("."); }
    else if (cursor.takeWords("OPTIONS")) { once("OPTIONS"); options = properties(cursor); }
    else if (cursor.takeWords("TBLPROPERTIES")) { once("TBLPROPERTIES"); tableProperties = properties(cursor); }
    else if (cursor.takeWords("LOCATION")) { once("LOCATION"); location = cursor.string(); }
    else if (cursor.takeWords("COMMENT")) { once("COMMENT"); comment = cursor.string(); }
    else if (cursor.takeWords("PARTITIONED", "BY")) {
      once("PARTITIONED BY");
      cursor.expectSymbol("(");
      partitionedBy = cursor.list(() => cursor.isSymbol(",", 1) || cursor.isSymbol(")", 1) ? cursor.name() : cursor.isSymbol("(", 1) ? transform(cursor) : tableColumn(cursor));
      cursor.expectSymbol(")");
    } else if (cursor.areWords("CLUSTERED", "BY") || cursor.areWords("CLUSTER", "BY")) throw unsupported("CLUSTERED BY in CREATE TABLE", "leave it out");
    else if (cursor.areWords("ROW", "FORMAT") || cursor.areWords("STORED", "AS") || cursor.areWords("STORED", "BY")) throw unsupported("Hive's forms of CREATE TABLE", "write USING json, csv or another format");
    else break;
  }
  let plan: Relation | undefined;
  if (cursor.takeWords("AS") || cursor.startsQuery()) plan = query(cursor);
  if (plan !== undefined && columns.length > 0) {
    throw cursor.error(first, "_LEGACY_ERROR_TEMP_0035", "42000", "Operation not allowed: Schema may not be specified in a Create Table As Select (CTAS) statement.", { message: "Schema may not be specified in a Create Table As Select (CTAS) statement" });
  }
  return Object.freeze({
    kind: "create_table", name, ifNotExists, replace, columns, options, properties: tableProperties, partitionedBy, origin: cursor.originFrom(first),
    ...(provider !== undefined && { provider }), ...(location !== undefined && { location }), ...(comment !== undefined && { comment }), ...(plan !== undefined && { query: plan }),
  });
}

function transform(cursor: SqlCursor): never {
  throw unsupported(`PARTITIONED BY (${cursor.peek().text}(...))`, "files are in folders by columns only");
}

function tableColumn(cursor: SqlCursor): TableColumn {
  const name = cursor.name(), type = dataType(cursor);
  let nullable = true, comment: string | undefined, otherwise: Expression | undefined, otherwiseSql: string | undefined;
  for (;;) {
    if (cursor.takeWords("NOT", "NULL")) nullable = false;
    else if (cursor.takeWords("COMMENT")) comment = cursor.string();
    else if (cursor.takeWords("DEFAULT")) {
      const from = cursor.position;
      otherwise = expression(cursor);
      otherwiseSql = textFrom(cursor, from);
    } else if (cursor.isWord("GENERATED")) throw unsupported("A generated column");
    else break;
  }
  return { name, type, nullable, ...(comment !== undefined && { comment }), ...(otherwise !== undefined && { otherwise, otherwiseSql: otherwiseSql! }) };
}

/** `INSERT INTO | OVERWRITE [TABLE] t [PARTITION (...)] [(a, b) | BY NAME] query`, `INSERT OVERWRITE DIRECTORY ...`. */
export function insert(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  const overwrite = cursor.takeWords("OVERWRITE");
  if (overwrite && (cursor.isWord("DIRECTORY") || cursor.areWords("LOCAL", "DIRECTORY")) && (cursor.isKind("string", cursor.isWord("LOCAL") ? 2 : 1) || cursor.isWord("USING", 1))) return insertDirectory(cursor, first);
  if (!overwrite) cursor.expectWords("INTO");
  if (cursor.isName(1)) cursor.takeWords("TABLE");
  const name = nameReference(cursor);
  let partition: { readonly name: string; readonly value?: Expression }[] = [];
  if (cursor.isWord("PARTITION") && cursor.isSymbol("(", 1)) {
    cursor.position += 2;
    const at = cursor.position;
    partition = cursor.list(() => {
      const column = cursor.name();
      return cursor.takeSymbol("=") ? { name: column, value: primary(cursor) } : { name: column };
    });
    const lower = partition.map(p => p.name.toLowerCase()), twice = lower.find((name, i) => lower.indexOf(name) !== i);
    if (twice !== undefined) throw cursor.error(at, "DUPLICATE_KEY", "23505", `Found duplicate keys \`${twice}\`.`, { keyColumn: `\`${twice}\`` });
    cursor.expectSymbol(")");
  }
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS");
  const byName = cursor.takeWords("BY", "NAME");
  let replaceWhere: Expression | undefined;
  if (!overwrite && cursor.isWord("REPLACE") && cursor.isOneOf(["WHERE", "ON", "USING"], 1)) {
    if (!cursor.isWord("WHERE", 1)) throw unsupported(`INSERT INTO ... REPLACE ${cursor.peek(1).value}`);
    cursor.position += 2;
    replaceWhere = expression(cursor);
  }
  const columns = cursor.isSymbol("(") && !cursor.startsQuery() ? cursor.nameList() : undefined;
  const plan = query(cursor);
  return Object.freeze({
    kind: "insert", name, overwrite, byName, partition, ifNotExists, query: plan, origin: cursor.originFrom(first),
    ...(columns !== undefined && { columns }), ...(replaceWhere !== undefined && { replaceWhere }),
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
  const name = nameReference(cursor), partition = cursor.isWord("PARTITION");
  if (partition) throw unsupported("TRUNCATE TABLE ... PARTITION");
  return Object.freeze({ kind: "truncate_table", name, partition, origin: cursor.originFrom(first) });
}

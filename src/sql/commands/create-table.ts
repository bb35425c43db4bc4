/** CREATE TABLE, and columns as statements declare them. */
import type { Command, CreateTable, TableColumn } from "../../plan/commands.ts";
import type { Expression } from "../../plan/expressions.ts";
import type { Relation } from "../../plan/relations.ts";
import { collationAt, dataType } from "../../types/ddl.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { properties } from "../properties.ts";
import { query } from "../query.ts";
import { checkProperties } from "./alter.ts";
import { nameReference, textFrom } from "./names.ts";

/** `CREATE [OR REPLACE] TABLE [IF NOT EXISTS] t (...) USING format ... [AS query]`; undefined if another object is created. */
export function createTable(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first;
  const isReplace = cursor.next().value === "REPLACE", replace = cursor.takeWords("OR", "REPLACE") || isReplace;
  const external = cursor.areWords("EXTERNAL", "TABLE") && cursor.takeWords("EXTERNAL");
  if (!cursor.takeWords("TABLE")) return undefined;
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS"), name = nameReference(cursor);
  if (cursor.takeWords("LIKE")) return createLike(cursor, first, name, ifNotExists);
  let columns: TableColumn[] = [], constraint = false;
  if (cursor.isSymbol("(") && !cursor.startsQuery()) {
    cursor.position++;
    columns = cursor.list((): TableColumn | undefined => {
      if (!isConstraint(cursor)) return tableColumn(cursor);
      skipConstraint(cursor);
      constraint = true;
      return undefined;
    }).filter(column => column !== undefined);
    cursor.expectSymbol(")");
  }
  let provider: string | undefined, location: string | undefined, comment: string | undefined, collation: string | undefined;
  let options: Readonly<Record<string, string>> = {}, tableProperties: Readonly<Record<string, string>> = {}, partitionedBy: (string | TableColumn)[] = [];
  let buckets = undefined as CreateTable["buckets"];
  const seen = new Set<string>();
  const once = (clause: string): void => {
    if (seen.has(clause)) throw cursor.error(first, "DUPLICATE_CLAUSES", "42614", `Found duplicate clauses: ${clause}. Please, remove one of them.`, { clauseName: clause });
    seen.add(clause);
  };
  for (;;) {
    if (cursor.takeWords("USING")) { once("USING"); provider = cursor.names().join("."); }
    else if (cursor.takeWords("OPTIONS")) { once("OPTIONS"); options = properties(cursor); }
    else if (cursor.takeWords("TBLPROPERTIES")) { once("TBLPROPERTIES"); tableProperties = checkProperties(cursor, first, properties(cursor)); }
    else if (cursor.takeWords("LOCATION")) { once("LOCATION"); location = cursor.string(); }
    else if (cursor.takeWords("COMMENT")) { once("COMMENT"); comment = cursor.string(); }
    else if (cursor.takeWords("DEFAULT", "COLLATION")) { once("DEFAULT COLLATION"); collation = collationAt(cursor); }
    else if (cursor.takeWords("PARTITIONED", "BY")) {
      once("PARTITIONED BY");
      cursor.expectSymbol("(");
      partitionedBy = cursor.list(() => cursor.isSymbol(",", 1) || cursor.isSymbol(")", 1) ? cursor.name() : cursor.isSymbol("(", 1) ? transform(cursor) : tableColumn(cursor)).flatMap(one => {
        if (typeof one === "string" || !("count" in one)) return [one];
        buckets = one;
        return [];
      });
      cursor.expectSymbol(")");
    } else if (cursor.takeWords("CLUSTERED", "BY")) { once("CLUSTERED BY"); buckets = bucketsHere(cursor); }
    else if (cursor.takeWords("CLUSTER", "BY")) { once("CLUSTER BY"); tableProperties = { ...tableProperties, clusteringColumns: JSON.stringify(cursor.nameList().map(column => [column])) }; }
    else if (cursor.areWords("ROW", "FORMAT") || cursor.areWords("STORED", "AS") || cursor.areWords("STORED", "BY")) throw hiveTable(cursor, first);
    else break;
  }
  let plan: Relation | undefined;
  if (cursor.takeWords("AS") || cursor.startsQuery()) plan = query(cursor);
  if (plan !== undefined && columns.length > 0) {
    throw cursor.error(first, "_LEGACY_ERROR_TEMP_0035", "42000", "Operation not allowed: Schema may not be specified in a Create Table As Select (CTAS) statement.", { message: "Schema may not be specified in a Create Table As Select (CTAS) statement" });
  }
  const clustered = buckets as CreateTable["buckets"];
  return Object.freeze({
    kind: "create_table", name, ifNotExists, replace, columns, options, properties: tableProperties, partitionedBy, origin: cursor.originFrom(first),
    ...(provider !== undefined && { provider }), ...(location !== undefined && { location }), ...(comment !== undefined && { comment }), ...(collation !== undefined && { collation }), ...(plan !== undefined && { query: plan }),
    ...(clustered !== undefined && { buckets: clustered }), ...(external && { external }), ...(constraint as boolean && { constraint }),
  });
}

/** `(a) [SORTED BY (b)] INTO 4 BUCKETS`. Buckets are remembered; files are written as without them. */
function bucketsHere(cursor: SqlCursor): NonNullable<CreateTable["buckets"]> {
  const columns = cursor.nameList();
  let sortedBy: string[] = [];
  if (cursor.takeWords("SORTED", "BY")) {
    cursor.expectSymbol("(");
    sortedBy = cursor.list(() => {
      const column = cursor.name();
      cursor.takeWords("ASC");
      return column;
    });
    cursor.expectSymbol(")");
  }
  cursor.expectWords("INTO");
  const count = Number(cursor.integer());
  cursor.expectWords("BUCKETS");
  return { columns, sortedBy, count };
}

function hiveTable(cursor: SqlCursor, first: number): Error {
  return cursor.error(first, "NOT_SUPPORTED_COMMAND_WITHOUT_HIVE_SUPPORT", "0A000", 'CREATE Hive TABLE (AS SELECT) is not supported, if you want to enable it, please set "spark.sql.catalogImplementation" to "hive".', { cmd: "CREATE Hive TABLE (AS SELECT)" }, "write USING json, csv or another format");
}

/** `CREATE TABLE t LIKE s [USING format] [LOCATION '...'] [TBLPROPERTIES (...)]`, from behind LIKE. */
function createLike(cursor: SqlCursor, first: number, name: CreateTable["name"], ifNotExists: boolean): Command {
  const source = nameReference(cursor);
  let provider: string | undefined, location: string | undefined, tableProperties: Readonly<Record<string, string>> = {};
  for (;;) {
    if (cursor.takeWords("USING")) provider = cursor.names().join(".");
    else if (cursor.takeWords("LOCATION")) location = cursor.string();
    else if (cursor.takeWords("TBLPROPERTIES")) tableProperties = checkProperties(cursor, first, properties(cursor));
    else if (cursor.areWords("ROW", "FORMAT") || cursor.areWords("STORED", "AS")) throw hiveTable(cursor, first);
    else break;
  }
  return Object.freeze({ kind: "create_table_like", name, source, ifNotExists, properties: tableProperties, origin: cursor.originFrom(first), ...(provider !== undefined && { provider }), ...(location !== undefined && { location }) });
}

/** `bucket(4, a)` and `identity(a)` in PARTITIONED BY; Spark's files have no other. */
function transform(cursor: SqlCursor): NonNullable<CreateTable["buckets"]> | string {
  const at = cursor.position, name = cursor.name().toLowerCase();
  if (name === "identity" || name === "bucket") {
    cursor.expectSymbol("(");
    const count = name === "bucket" ? Number(cursor.integer()) : 0;
    if (name === "bucket") cursor.expectSymbol(",");
    const columns = cursor.list(() => cursor.name());
    cursor.expectSymbol(")");
    return name === "bucket" ? { columns, sortedBy: [], count } : columns[0]!;
  }
  cursor.position = (cursor.closingOf(0) ?? at) + 1;
  const text = textFrom(cursor, at);
  throw cursor.error(at, "UNSUPPORTED_PARTITION_TRANSFORM", "0A000", `Unsupported partition transform: \`${text}\`. The supported transforms are \`identity\`, \`bucket\`, and \`clusterBy\`. Ensure your transform expression uses one of these.`, { transform: `\`${text}\`` });
}

const isConstraint = (cursor: SqlCursor): boolean =>
  cursor.isWord("CONSTRAINT") && cursor.isName(1) && cursor.isOneOf(["CHECK", "PRIMARY", "UNIQUE", "FOREIGN"], 2) || cursor.isOneOf(["CHECK", "UNIQUE"]) && cursor.isSymbol("(", 1)
  || cursor.areWords("PRIMARY", "KEY") && cursor.isSymbol("(", 2) || cursor.areWords("FOREIGN", "KEY");

/** To the comma or the parenthesis behind it. */
function skipConstraint(cursor: SqlCursor): void {
  while (!cursor.isSymbol(",") && !cursor.isSymbol(")") && !cursor.isKind("end")) cursor.position = cursor.isSymbol("(") ? (cursor.closingOf(0) ?? cursor.position) + 1 : cursor.position + 1;
}

const tableColumn = (cursor: SqlCursor): TableColumn => columnParts(cursor, cursor.name(), "CREATE TABLE");

/** A column from behind its name: its type, and what else is said of it. */
export function columnParts(cursor: SqlCursor, name: string, statement: "CREATE TABLE" | "ALTER TABLE"): TableColumn {
  const first = cursor.position, type = dataType(cursor), seen = new Set<string>();
  let nullable = true, comment: string | undefined, otherwise: Expression | undefined, otherwiseSql: string | undefined, refused: string | undefined;
  const once = (optionName: string): void => {
    if (seen.has(optionName)) {
      const condition = statement === "CREATE TABLE" ? "CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE" : "ALTER_TABLE_COLUMN_DESCRIPTOR_DUPLICATE";
      throw cursor.error(first, condition, "42710", `${statement} column ${name} specifies descriptor "${optionName}" more than once, which is invalid.`, { columnName: name, optionName });
    }
    seen.add(optionName);
  };
  for (;;) {
    if (cursor.takeWords("NOT", "NULL")) { once("NOT NULL"); nullable = false; }
    else if (cursor.takeWords("COMMENT")) { once("COMMENT"); comment = cursor.string(); }
    else if (cursor.takeWords("DEFAULT")) {
      once("DEFAULT");
      const from = cursor.position;
      otherwise = expression(cursor);
      otherwiseSql = textFrom(cursor, from);
    } else if (cursor.areWords("GENERATED", "ALWAYS", "AS") || cursor.areWords("GENERATED", "BY", "DEFAULT")) refused = generated(cursor);
    else if (cursor.isOneOf(["PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "CONSTRAINT"])) {
      skipConstraint(cursor);
      refused = "CONSTRAINT";
    } else break;
  }
  return { name, type, nullable, ...(comment !== undefined && { comment }), ...(otherwise !== undefined && { otherwise, otherwiseSql: otherwiseSql! }), ...(refused !== undefined && { refused }) };
}

/** `GENERATED ALWAYS AS (x)` and `GENERATED ... AS IDENTITY [(...)]`: read, to be refused for files as Spark refuses them. */
function generated(cursor: SqlCursor): string {
  cursor.position++;
  if (!cursor.takeWords("ALWAYS", "AS")) cursor.expectWords("BY", "DEFAULT", "AS");
  if (cursor.takeWords("IDENTITY")) {
    if (cursor.isSymbol("(")) cursor.position = (cursor.closingOf(0) ?? cursor.position) + 1;
    return "identity columns";
  }
  cursor.expectSymbol("(");
  expression(cursor);
  cursor.expectSymbol(")");
  return "generated columns";
}

/** SHOW and DESCRIBE. */
import type { Command } from "../../plan/commands.ts";
import type { SqlCursor } from "../cursor.ts";
import { query } from "../query.ts";
import { knownName, likePattern, nameReference, textFrom } from "./names.ts";
import { valuedPartition } from "./partition-spec.ts";

/** What may stand behind DESCRIBE before the name, or a query. */
export function describe(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  const done = (command: Command): Command => Object.freeze({ ...command, origin: cursor.originFrom(first) });
  if (cursor.isWord("FUNCTION") && (cursor.isName(1) || cursor.isKind("string", 1) || cursor.isKind("operator", 1))) {
    cursor.position++;
    const extended = (cursor.isName(1) || cursor.isKind("string", 1)) && cursor.takeWords("EXTENDED");
    const name = cursor.isName() ? knownName(cursor) : [cursor.isKind("string") ? cursor.string() : cursor.next().text];
    return done({ kind: "describe_function", name, extended });
  }
  if (cursor.isOneOf(["NAMESPACE", "DATABASE", "SCHEMA"]) && cursor.isName(1)) {
    cursor.position++;
    const extended = cursor.isName(1) && cursor.takeWords("EXTENDED");
    return done({ kind: "describe_namespace", name: knownName(cursor), extended });
  }
  if (cursor.isWord("PROCEDURE") && cursor.isName(1)) {
    cursor.position++;
    return done({ kind: "call_procedure", name: cursor.names() });
  }
  if (cursor.isWord("QUERY") && cursor.startsQuery(1)) cursor.position++;
  if (cursor.startsQuery() && !(cursor.isWord("TABLE") && describesTable(cursor))) return done({ kind: "describe_query", plan: query(cursor) });
  if (cursor.isName(1)) cursor.takeWords("TABLE");
  const extended = cursor.isOneOf(["EXTENDED", "FORMATTED"]) && cursor.isName(1) && cursor.next() !== undefined;
  const at = cursor.position, name = nameReference(cursor), partition = valuedPartition(cursor), isJson = cursor.areWords("AS", "JSON") && (cursor.isKind("end", 2) || cursor.isSymbol(";", 2));
  const column = !isJson && partition === undefined && cursor.isName() ? cursor.names() : undefined, asJson = cursor.takeWords("AS", "JSON");
  if (asJson && !extended) {
    const tableName = textFrom(cursor, at).replace(/\s+AS\s+JSON$/i, "");
    throw cursor.error(first, "DESCRIBE_JSON_NOT_EXTENDED", "0A000", `DESCRIBE TABLE ... AS JSON only supported when [EXTENDED|FORMATTED] is specified.\nFor example: DESCRIBE EXTENDED ${tableName} AS JSON is supported but DESCRIBE ${tableName} AS JSON is not.`, { tableName });
  }
  if (asJson && column !== undefined) throw cursor.error(first, "UNSUPPORTED_FEATURE.DESC_TABLE_COLUMN_JSON", "0A000", "The feature is not supported: DESC TABLE COLUMN AS JSON not supported for individual columns.");
  return done({ kind: "describe_relation", name, extended, ...(column !== undefined && { column }), ...(partition !== undefined && { partition }), ...(asJson && { asJson }) });
}

/** `DESCRIBE TABLE t` is of the table, not of the query `TABLE t`; both are the same but for what may follow. */
function describesTable(cursor: SqlCursor): boolean {
  return cursor.isName(1);
}

/** SHOW of something, or undefined. */
export function show(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  const done = (command: Command): Command => Object.freeze({ ...command, origin: cursor.originFrom(first) });
  const namespaceHere = (): readonly string[] | undefined => cursor.takeOneOf("FROM", "IN") === undefined ? undefined : knownName(cursor);
  const scoped = cursor.isOneOf(["USER", "SYSTEM", "ALL"]) && cursor.isWord("FUNCTIONS", 1) ? cursor.next().value : undefined;
  const what = cursor.peek().kind === "word" ? cursor.peek().value : "";
  if (cursor.isWord("FUNCTIONS", 1) && cursor.isName() && !cursor.isOneOf(["USER", "SYSTEM", "ALL"])) {
    const scope = `\`${cursor.next().text.toLowerCase()}\``;
    throw cursor.error(first, "INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE", "42000", `Invalid SQL syntax: SHOW ${scope} FUNCTIONS not supported.`, { scope });
  }
  switch (what) {
    case "PROCEDURES": throw cursor.error(first, "MISSING_CATALOG_ABILITY.PROCEDURES", "0A000", "Catalog spark_catalog does not support procedures.", { plugin: "spark_catalog" });
    case "VIEWS": case "TABLES": {
      cursor.position++;
      const namespace = namespaceHere(), pattern = likePattern(cursor);
      return done({ kind: "show_relations", what: what === "VIEWS" ? "views" : "tables", ...(namespace !== undefined && { namespace }), ...(pattern !== undefined && { pattern }) });
    }
    case "FUNCTIONS": {
      cursor.position++;
      const namespace = namespaceHere(), isLike = cursor.takeWords("LIKE");
      let pattern: string | undefined;
      if (cursor.isKind("string")) pattern = cursor.string();
      else if (cursor.isName()) pattern = cursor.names().join(".");
      else if (isLike) throw cursor.fail();
      const scope = scoped === "USER" ? "user" : scoped === "SYSTEM" ? "system" : "all";
      return done({ kind: "show_functions", scope, ...(namespace !== undefined && { namespace }), ...(pattern !== undefined && { pattern }) });
    }
    case "COLUMNS": {
      cursor.position++;
      if (cursor.takeOneOf("FROM", "IN") === undefined) throw cursor.fail();
      const name = nameReference(cursor), namespace = namespaceHere();
      return done({ kind: "show_columns", name, ...(namespace !== undefined && { namespace }) });
    }
    case "DATABASES": case "SCHEMAS": case "NAMESPACES": {
      cursor.position++;
      const namespace = namespaceHere(), pattern = likePattern(cursor);
      return done({ kind: "show_namespaces", ...(namespace !== undefined && { namespace }), ...(pattern !== undefined && { pattern }) });
    }
    case "CATALOGS": {
      cursor.position++;
      const pattern = likePattern(cursor);
      return done({ kind: "show_catalogs", ...(pattern !== undefined && { pattern }) });
    }
    case "CURRENT":
      if (!cursor.isOneOf(["NAMESPACE", "SCHEMA", "DATABASE"], 1)) return undefined;
      cursor.position += 2;
      return done({ kind: "show_current_namespace" });
    case "TBLPROPERTIES": {
      cursor.position++;
      const name = nameReference(cursor);
      let key: string | undefined;
      if (cursor.takeSymbol("(")) {
        key = cursor.isKind("string") ? cursor.string() : cursor.names().join(".");
        cursor.expectSymbol(")");
      }
      return done({ kind: "show_properties", name, ...(key !== undefined && { key }) });
    }
    case "CREATE":
      if (!cursor.takeWords("CREATE", "TABLE")) return undefined;
      return done({ kind: "show_create_table", name: nameReference(cursor), asSerde: cursor.takeWords("AS", "SERDE") });
    case "PARTITIONS": {
      cursor.position++;
      const name = nameReference(cursor), partition = valuedPartition(cursor);
      return done({ kind: "show_partitions", name, ...(partition !== undefined && { partition }) });
    }
    case "TABLE": {
      if (!cursor.takeWords("TABLE", "EXTENDED")) return undefined;
      const namespace = namespaceHere(), pattern = likePattern(cursor), partition = valuedPartition(cursor);
      if (pattern === undefined) throw cursor.fail();
      return done({ kind: "show_table_extended", pattern, ...(namespace !== undefined && { namespace }), ...(partition !== undefined && { partition }) });
    }
    case "COLLATIONS": {
      if (cursor.isWord("FUNCTIONS", 1)) return undefined;
      cursor.position++;
      const pattern = likePattern(cursor);
      return done({ kind: "show_collations", ...(pattern !== undefined && { pattern }) });
    }
    default: return undefined;
  }
}

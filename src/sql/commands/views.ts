/** CREATE VIEW, ALTER VIEW, DROP VIEW and DROP TABLE. */
import type { Command, CreateView, ViewColumn } from "../../plan/commands.ts";
import type { ReadDataSource, Relation } from "../../plan/relations.ts";
import { collationAt, parseSchemaDdl } from "../../types/ddl.ts";
import type { SqlCursor } from "../cursor.ts";
import { query } from "../query.ts";
import { properties } from "../properties.ts";
import { propertyKeys } from "./alter.ts";
import { checkTemporaryName, nameReference } from "./names.ts";

/** `CREATE [OR REPLACE] [[GLOBAL] TEMP] VIEW v [(a, b)] AS query`, or `... USING json OPTIONS (path 'x')`; undefined if another object is created. */
export function createView(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  const replace = cursor.takeWords("OR", "REPLACE"), isGlobal = cursor.isWord("GLOBAL") && cursor.isOneOf(["TEMP", "TEMPORARY"], 1) && cursor.takeWords("GLOBAL");
  const isTemporary = cursor.takeOneOf("TEMP", "TEMPORARY") !== undefined;
  if (!cursor.takeWords("VIEW")) return undefined;
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS");
  const name = nameReference(cursor);
  const list = cursor.position;
  let columns: ViewColumn[] | undefined, comment: string | undefined, collation: string | undefined, entries: Readonly<Record<string, string>> | undefined, mode: CreateView["mode"];
  if (cursor.isSymbol("(")) {
    const close = cursor.closingOf(0);
    if (close !== undefined && cursor.tokens[close + 1]!.value === "USING") cursor.position = close + 1;
    else columns = viewColumns(cursor);
  }
  let plan: Relation, body = cursor.position;
  if (isTemporary && cursor.takeWords("USING")) plan = dataSource(cursor, list);
  else {
    for (;;) {
      if (cursor.takeWords("COMMENT")) comment = cursor.string();
      else if (cursor.takeWords("TBLPROPERTIES")) entries = properties(cursor);
      else if (cursor.takeWords("DEFAULT", "COLLATION")) collation = collationAt(cursor);
      else if (cursor.takeWords("WITH", "SCHEMA")) mode = schemaMode(cursor);
      else break;
    }
    cursor.expectWords("AS");
    body = cursor.position;
    plan = query(cursor);
  }
  if (replace && ifNotExists) {
    throw cursor.error(first, "CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE", "42601", `CREATE VIEW ${name.parts.join(".")} with both IF NOT EXISTS and REPLACE is not allowed.`, { viewName: name.parts.join(".") });
  }
  if (isTemporary && ifNotExists) throw cursor.error(first, "_LEGACY_ERROR_TEMP_0053", "42000", "It is not allowed to define a TEMPORARY view with IF NOT EXISTS.");
  if (isTemporary && entries !== undefined) throw cursor.error(first, "_LEGACY_ERROR_TEMP_0035", "42000", "Operation not allowed: TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW.", { message: "TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW" });
  if (isTemporary && mode !== undefined) throw cursor.error(first, "UNSUPPORTED_FEATURE.TEMPORARY_VIEW_WITH_SCHEMA_BINDING_MODE", "0A000", "The feature is not supported: Temporary views cannot be created with the WITH SCHEMA clause. Recreate the temporary view when the underlying schema changes, or use a persisted view.");
  if (isTemporary) checkTemporaryName(cursor, first, "VIEW", name.parts.length === 0 ? ["v"] : name.parts);
  const origin = cursor.originFrom(first);
  return Object.freeze({
    kind: "create_view", name, plan, replace, ifNotExists, scope: isGlobal ? "global" : isTemporary ? "temporary" : "permanent",
    sql: cursor.sql.slice(cursor.tokens[body]!.start, origin.stop), origin,
    ...(columns !== undefined && { columns }), ...(mode !== undefined && { mode }), ...(comment !== undefined && { comment }), ...(collation !== undefined && { collation }), ...(entries !== undefined && { properties: entries }),
  });
}

/** Behind WITH SCHEMA. */
function schemaMode(cursor: SqlCursor): NonNullable<CreateView["mode"]> {
  if (cursor.takeWords("TYPE", "EVOLUTION")) return "TYPE EVOLUTION";
  const word = cursor.takeOneOf("BINDING", "COMPENSATION", "EVOLUTION");
  if (word === undefined) throw cursor.fail();
  return word as NonNullable<CreateView["mode"]>;
}

function viewColumns(cursor: SqlCursor): ViewColumn[] {
  cursor.expectSymbol("(");
  const columns = cursor.list((): ViewColumn => {
    const name = cursor.name();
    return cursor.takeWords("COMMENT") ? { name, comment: cursor.string() } : { name };
  });
  cursor.expectSymbol(")");
  return columns;
}

/** Behind USING. `list`: the token where a column list may stand. */
function dataSource(cursor: SqlCursor, list: number): ReadDataSource {
  const first = cursor.position - 1, format = cursor.names().join(".");
  const { path, ...options } = cursor.takeWords("OPTIONS") ? properties(cursor) : {};
  const open = cursor.tokens[list]!, close = cursor.tokens[first - 1]!;
  const schema = open.text === "(" ? parseSchemaDdl(cursor.sql.slice(open.stop, close.start), cursor.settings) : undefined;
  return Object.freeze({
    kind: "read_data_source", format, options, paths: path === undefined ? [] : [path], isStreaming: false,
    ...(schema === undefined ? {} : { schema }), origin: cursor.originFrom(first),
  });
}

/** `ALTER VIEW v AS query`, `ALTER VIEW|TABLE v RENAME TO w`, `ALTER VIEW v SET TBLPROPERTIES (...)`; undefined: another ALTER. */
export function alterView(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  const what = cursor.takeOneOf("VIEW", "TABLE");
  if (what !== "VIEW" && what !== "TABLE") return undefined;
  const name = nameReference(cursor);
  if (cursor.takeWords("RENAME", "TO")) return Object.freeze({ kind: "rename_relation", what, name, to: cursor.names(), origin: cursor.originFrom(first) });
  if (what !== "VIEW") return undefined;
  const clause = cursor.isOneOf(["SET", "UNSET"]) ? cursor.next().value : undefined;
  if (clause !== undefined) {
    cursor.expectWords("TBLPROPERTIES");
    if (clause === "UNSET") cursor.takeWords("IF", "EXISTS");
    const change = clause === "SET" ? { set: properties(cursor) } : { unset: propertyKeys(cursor) };
    return Object.freeze({ kind: "alter_view_properties", name, clause: `ALTER VIEW ... ${clause} TBLPROPERTIES`, ...change, origin: cursor.originFrom(first) });
  }
  if (cursor.takeWords("WITH", "SCHEMA")) {
    const mode = schemaMode(cursor);
    return Object.freeze({ kind: "alter_view_properties", name, clause: "ALTER VIEW ... WITH SCHEMA", mode, origin: cursor.originFrom(first) });
  }
  cursor.takeWords("AS");
  const body = cursor.position, plan = query(cursor), origin = cursor.originFrom(first);
  return Object.freeze({ kind: "alter_view", name, plan, sql: cursor.sql.slice(cursor.tokens[body]!.start, origin.stop), origin });
}

/** `DROP VIEW|TABLE [IF EXISTS] t [PURGE]`. */
export function dropRelation(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  const what = cursor.takeOneOf("VIEW", "TABLE");
  if (what !== "VIEW" && what !== "TABLE") return undefined;
  const ifExists = cursor.takeWords("IF", "EXISTS"), name = nameReference(cursor);
  if (what === "TABLE") cursor.takeWords("PURGE");
  return Object.freeze({ kind: "drop_relation", what, name, ifExists, origin: cursor.originFrom(first) });
}

/** ANALYZE TABLE, COMMENT ON. */
import type { Command } from "../../plan/commands.ts";
import type { SqlCursor } from "../cursor.ts";
import { nameReference } from "./names.ts";
import { partitionSpec } from "./partition-spec.ts";

/** `ANALYZE TABLE t [PARTITION (...)] COMPUTE STATISTICS [NOSCAN | FOR COLUMNS a, b | FOR ALL COLUMNS]`, `ANALYZE TABLES [IN s] COMPUTE STATISTICS [NOSCAN]`. */
export function analyze(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  const isAll = cursor.takeWords("TABLES");
  if (isAll) {
    const namespace = cursor.takeOneOf("FROM", "IN") === undefined ? undefined : cursor.names();
    cursor.expectWords("COMPUTE", "STATISTICS");
    return Object.freeze({ kind: "analyze_tables", rows: !noScan(cursor, first), origin: cursor.originFrom(first), ...(namespace !== undefined && { namespace }) });
  }
  cursor.expectWords("TABLE");
  const name = nameReference(cursor), partition = partitionSpec(cursor);
  cursor.expectWords("COMPUTE", "STATISTICS");
  let columns: string[] | "all" | undefined;
  if (cursor.takeWords("FOR", "ALL", "COLUMNS")) columns = "all";
  else if (cursor.takeWords("FOR", "COLUMNS")) columns = cursor.list(() => cursor.name());
  const rows = columns !== undefined || !noScan(cursor, first);
  return Object.freeze({ kind: "analyze_table", name, rows, origin: cursor.originFrom(first), ...(partition !== undefined && { partition }), ...(columns !== undefined && { columns }) });
}

function noScan(cursor: SqlCursor, first: number): boolean {
  if (!cursor.isName()) return false;
  const ctx = cursor.name();
  if (ctx.toUpperCase() !== "NOSCAN") throw cursor.error(first, "INVALID_SQL_SYNTAX.ANALYZE_TABLE_UNEXPECTED_NOSCAN", "42000", `Invalid SQL syntax: ANALYZE TABLE(S) ... COMPUTE STATISTICS ... ${ctx.toUpperCase()} must be either NOSCAN or empty.`, { ctx: ctx.toUpperCase() });
  return true;
}

/** `COMMENT ON TABLE | SCHEMA | COLUMN name IS 'text' | NULL`. */
export function commentOn(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  cursor.expectWords("ON");
  const word = cursor.takeOneOf("TABLE", "DATABASE", "SCHEMA", "NAMESPACE", "COLUMN");
  if (word === undefined) throw cursor.fail();
  const name = nameReference(cursor);
  cursor.expectWords("IS");
  const comment = cursor.takeWords("NULL") ? null : cursor.string();
  return Object.freeze({ kind: "comment_on", what: word === "TABLE" ? "table" : word === "COLUMN" ? "column" : "namespace", name, comment, origin: cursor.originFrom(first) });
}

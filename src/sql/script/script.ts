/** A text that begins with BEGIN is a script: statements with variables, branches, loops and handlers, run one after another. */
import type { Script } from "../../plan/script.ts";
import type { SqlCursor } from "../cursor.ts";
import { block } from "./block.ts";

export const isScript = (cursor: SqlCursor): boolean => cursor.isWord("BEGIN");

/** `BEGIN [NOT ATOMIC] ... END [;]`. */
export function script(cursor: SqlCursor): Script {
  const first = cursor.position, body = block(cursor, first, undefined, undefined);
  cursor.takeSymbol(";");
  if (cursor.isSymbol(";")) throw cursor.fail(": extra input ';'");
  cursor.expectEnd();
  if (cursor.settings.conf?.get("spark.sql.scripting.enabled")?.toLowerCase() === "false") {
    throw cursor.error(first, "UNSUPPORTED_FEATURE.SQL_SCRIPTING", "0A000", `The feature is not supported: SQL Scripting is switched off. To enable it set "spark.sql.scripting.enabled" to \`true\`.`, { sqlScriptingEnabled: '"spark.sql.scripting.enabled"' });
  }
  return Object.freeze({ kind: "script", body, origin: cursor.originFrom(first) });
}

/** Statements that a script shares with texts of one statement. */
import { unsupported } from "../../base/errors.ts";
import type { SetVariables } from "../../plan/commands.ts";
import type { ScriptRun, ScriptSet } from "../../plan/script.ts";
import { setTargets } from "../commands/variables.ts";
import type { SqlCursor } from "../cursor.ts";
import { statementHere } from "../statements.ts";

/** `SET x = 1, y = DEFAULT`, `SET (x, y) = (query)`: in a script SET is of variables only. */
export function assignment(cursor: SqlCursor, first: number): ScriptSet {
  cursor.expectWords("SET");
  const command = setTargets(cursor, first) as SetVariables;
  return Object.freeze({ kind: "assign", command, origin: command.origin! });
}

export function plainStatement(cursor: SqlCursor, first: number): ScriptRun {
  cursor.position = first;
  if (cursor.isKind("end") || cursor.isSymbol(";")) throw cursor.fail();
  const found = statementHere(cursor);
  if (found.kind === "drop_variable") {
    cursor.refuse(cursor.error(first, "UNSUPPORTED_FEATURE.SQL_SCRIPTING_DROP_TEMPORARY_VARIABLE", "0A000", "The feature is not supported: DROP TEMPORARY VARIABLE is not supported within SQL scripts. To bypass this, use `EXECUTE IMMEDIATE 'DROP TEMPORARY VARIABLE ...'` ."));
  }
  if (found.kind === "declare_variable" || found.kind === "set_variables") throw unsupported(`The statement ${found.kind} in this place`);
  return Object.freeze({ kind: "run", statement: found, origin: cursor.originFrom(first) });
}

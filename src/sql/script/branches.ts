/** IF and CASE as statements. */
import type { ScriptBranch, ScriptCase, ScriptIf } from "../../plan/script.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { textFrom } from "../commands/names.ts";
import { body } from "./block.ts";
import { ScriptScope } from "./scope.ts";

function branch(cursor: SqlCursor, scope: ScriptScope): ScriptBranch {
  const at = cursor.position, condition = expression(cursor), text = textFrom(cursor, at);
  cursor.expectWords("THEN");
  return { condition, text, body: body(cursor, new ScriptScope(scope, "body")) };
}

/** `IF c THEN ... [ELSEIF c THEN ...] [ELSE ...] END IF`. */
export function ifStatement(cursor: SqlCursor, first: number, scope: ScriptScope): ScriptIf {
  cursor.expectWords("IF");
  const branches = [branch(cursor, scope)];
  while (cursor.takeWords("ELSEIF")) branches.push(branch(cursor, scope));
  const otherwise = cursor.takeWords("ELSE") ? body(cursor, new ScriptScope(scope, "body")) : [];
  cursor.expectWords("END", "IF");
  return Object.freeze({ kind: "if", branches, otherwise, origin: cursor.originFrom(first) });
}

/** `CASE [x] WHEN c THEN ... [ELSE ...] END CASE`. */
export function caseStatement(cursor: SqlCursor, first: number, scope: ScriptScope): ScriptCase {
  cursor.expectWords("CASE");
  const subject = cursor.isWord("WHEN") ? undefined : expression(cursor), branches: ScriptBranch[] = [];
  do {
    cursor.expectWords("WHEN");
    branches.push(branch(cursor, scope));
  } while (cursor.isWord("WHEN"));
  const otherwise = cursor.takeWords("ELSE") ? body(cursor, new ScriptScope(scope, "body")) : [];
  cursor.expectWords("END", "CASE");
  return Object.freeze({ kind: "case", branches, otherwise, origin: cursor.originFrom(first), ...(subject !== undefined && { subject }) });
}

/** WHILE, REPEAT, LOOP and FOR. */
import { ParseError } from "../../base/errors.ts";
import type { Relation } from "../../plan/relations.ts";
import type { ScriptFor, ScriptLoop, ScriptRepeat, ScriptStatement, ScriptWhile } from "../../plan/script.ts";
import { textFrom } from "../commands/names.ts";
import type { SqlCursor } from "../cursor.ts";
import { expression } from "../expressions.ts";
import { query } from "../query.ts";
import { body, endLabel } from "./block.ts";
import { ScriptScope } from "./scope.ts";

/** The scope of a loop's statements, which may name its label. */
function loopScope(cursor: SqlCursor, first: number, parent: ScriptScope, label: string | undefined): ScriptScope {
  const scope = new ScriptScope(parent, "body");
  if (label !== undefined) scope.enter(cursor, first, label, "loop");
  return scope;
}
const named = (label: string | undefined): { readonly label?: string } => label === undefined ? {} : { label: label.toLowerCase() };

/** `WHILE c DO ... END WHILE`. */
export function whileStatement(cursor: SqlCursor, first: number, parent: ScriptScope, label: string | undefined): ScriptWhile {
  const scope = loopScope(cursor, first, parent, label);
  cursor.expectWords("WHILE");
  const at = cursor.position, condition = expression(cursor), text = textFrom(cursor, at);
  cursor.expectWords("DO");
  const statements = body(cursor, scope);
  cursor.expectWords("END", "WHILE");
  endLabel(cursor, label);
  return Object.freeze({ kind: "while", condition, text, body: statements, origin: cursor.originFrom(first), ...named(label) });
}

/** `REPEAT ... UNTIL c END REPEAT`. */
export function repeatStatement(cursor: SqlCursor, first: number, parent: ScriptScope, label: string | undefined): ScriptRepeat {
  const scope = loopScope(cursor, first, parent, label);
  cursor.expectWords("REPEAT");
  const statements = body(cursor, scope);
  cursor.expectWords("UNTIL");
  const at = cursor.position, condition = expression(cursor), text = textFrom(cursor, at);
  cursor.expectWords("END", "REPEAT");
  endLabel(cursor, label);
  return Object.freeze({ kind: "repeat", condition, text, body: statements, origin: cursor.originFrom(first), ...named(label) });
}

/** `LOOP ... END LOOP`. */
export function loopStatement(cursor: SqlCursor, first: number, parent: ScriptScope, label: string | undefined): ScriptLoop {
  const scope = loopScope(cursor, first, parent, label);
  cursor.expectWords("LOOP");
  const statements = body(cursor, scope);
  cursor.expectWords("END", "LOOP");
  endLabel(cursor, label);
  return Object.freeze({ kind: "loop", body: statements, origin: cursor.originFrom(first), ...named(label) });
}

/** `FOR [row AS] query DO ... END FOR`. */
export function forStatement(cursor: SqlCursor, first: number, parent: ScriptScope, label: string | undefined): ScriptFor {
  const scope = loopScope(cursor, first, parent, label);
  cursor.expectWords("FOR");
  let variable: string | undefined;
  if (cursor.isName() && cursor.isWord("AS", 1)) {
    const at = cursor.position;
    variable = cursor.name();
    scope.enter(cursor, at, variable, "loop");
    cursor.position++;
  }
  const found = queryUntilDo(cursor, () => body(cursor, scope));
  cursor.expectWords("END", "FOR");
  endLabel(cursor, label);
  return Object.freeze({ kind: "for", query: found.query, body: found.statements, origin: cursor.originFrom(first), ...named(label), ...(variable !== undefined && { variable: variable.toLowerCase() }) });
}

/**
 * The query of a FOR and the statements behind DO. As DO can be a name too, and one at the end of a query would be taken for an alias,
 * the query is read as if it ended in front of each DO in turn.
 */
function queryUntilDo(cursor: SqlCursor, statements: () => ScriptStatement[]): { readonly query: Relation; readonly statements: ScriptStatement[] } {
  const from = cursor.position;
  let wrong: ParseError | undefined;
  for (let at = from; at < cursor.tokens.length && cursor.tokens[at]!.text !== ";"; at++) {
    const token = cursor.tokens[at]!;
    if (token.text === "(") {
      cursor.position = at;
      at = cursor.closingOf(0) ?? at;
      continue;
    }
    const before = cursor.tokens[at - 1]!;
    if (token.kind !== "word" || token.value !== "DO" || before.text === "." || before.value === "AS" || cursor.tokens[at + 1]!.value === "DO") continue;
    cursor.position = from;
    let plan: Relation;
    try {
      plan = cursor.until(at, () => query(cursor));
      if (cursor.position !== at) throw cursor.fail();
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      wrong ??= error;
      continue;
    }
    cursor.position = at + 1;
    return { query: plan, statements: statements() };
  }
  if (wrong !== undefined) throw wrong;
  cursor.position = from;
  query(cursor);
  throw cursor.fail(": missing 'DO'");
}

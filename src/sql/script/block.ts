/** `BEGIN ... END` and lists of statements. */
import type { ScriptBlock, ScriptHandler, ScriptStatement } from "../../plan/script.ts";
import type { SqlCursor } from "../cursor.ts";
import { caseStatement, ifStatement } from "./branches.ts";
import { cursorStatement } from "./cursors.ts";
import { declaration } from "./declarations.ts";
import { jump } from "./jumps.ts";
import { forStatement, loopStatement, repeatStatement, whileStatement } from "./loops.ts";
import { assignment, plainStatement } from "./plain.ts";
import { ScriptScope } from "./scope.ts";

/** What closes a list of statements. */
const CLOSING = ["END", "ELSE", "ELSEIF", "WHEN", "UNTIL"];

/** Statements with a semicolon behind each; at least one, unless `mayBeEmpty`. Handlers go to `handlers`. */
export function body(cursor: SqlCursor, scope: ScriptScope, handlers: ScriptHandler[] = [], mayBeEmpty = false): ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  if (mayBeEmpty && cursor.isWord("END")) return statements;
  do {
    const found = cursor.deeper(() => statementIn(cursor, scope, handlers));
    if (found !== undefined) statements.push(found);
    cursor.expectSymbol(";");
  } while (!cursor.isOneOf(CLOSING) && !cursor.isKind("end"));
  return statements;
}

function statementIn(cursor: SqlCursor, scope: ScriptScope, handlers: ScriptHandler[]): ScriptStatement | undefined {
  if (cursor.isWord("DECLARE")) return declaration(cursor, scope, handlers);
  scope.allows("statement");
  return statement(cursor, scope);
}

/** One statement that declares nothing. */
export function statement(cursor: SqlCursor, scope: ScriptScope): ScriptStatement {
  const first = cursor.position, labelled = cursor.isName() && cursor.isSymbol(":", 1) && cursor.isOneOf(["BEGIN", "WHILE", "REPEAT", "LOOP", "FOR"], 2);
  const label = labelled ? cursor.name() : undefined;
  if (labelled) cursor.position++;
  switch (cursor.peek().kind === "word" ? cursor.peek().value : "") {
    case "BEGIN": return block(cursor, first, scope, label);
    case "WHILE": return whileStatement(cursor, first, scope, label);
    case "REPEAT": return repeatStatement(cursor, first, scope, label);
    case "LOOP": return loopStatement(cursor, first, scope, label);
    case "FOR": return forStatement(cursor, first, scope, label);
    case "IF": return ifStatement(cursor, first, scope);
    case "CASE": return caseStatement(cursor, first, scope);
    case "LEAVE": case "ITERATE": return jump(cursor, first, scope);
    case "OPEN": case "FETCH": case "CLOSE": return cursorStatement(cursor, first);
    case "SET": return assignment(cursor, first);
    default: return plainStatement(cursor, first);
  }
}

/** `[label:] BEGIN [NOT ATOMIC] ... END [label]`, from BEGIN on. */
export function block(cursor: SqlCursor, first: number, parent: ScriptScope | undefined, label: string | undefined): ScriptBlock {
  const scope = new ScriptScope(parent, "block"), handlers: ScriptHandler[] = [];
  cursor.expectWords("BEGIN");
  cursor.takeWords("NOT", "ATOMIC");
  if (label !== undefined) scope.enter(cursor, first, label, "block");
  const statements = body(cursor, scope, handlers, true);
  cursor.expectWords("END");
  if (parent !== undefined) endLabel(cursor, label);
  return Object.freeze({ kind: "block", handlers, statements, origin: cursor.originFrom(first), ...(label !== undefined && { label: label.toLowerCase() }) });
}

/** The label behind END must be the one in front. */
export function endLabel(cursor: SqlCursor, label: string | undefined): void {
  if (!cursor.isName()) return;
  const first = cursor.position, ending = cursor.name(), endName = `\`${ending.toLowerCase()}\``;
  if (label === undefined) cursor.refuse(cursor.error(first, "END_LABEL_WITHOUT_BEGIN_LABEL", "42K0L", `End label ${endName} can not exist without begin label.`, { endLabel: endName }));
  else if (label.toLowerCase() !== ending.toLowerCase()) {
    const beginLabel = `\`${label.toLowerCase()}\``;
    cursor.refuse(cursor.error(first, "LABELS_MISMATCH", "42K0L", `Begin label ${beginLabel} does not match the end label ${endName}.`, { beginLabel, endLabel: endName }));
  }
}

/** What DECLARE declares in a script: variables, conditions, cursors, handlers. */
import type { HandlerTrigger, ScriptHandler, ScriptStatement } from "../../plan/script.ts";
import type { DeclareVariable } from "../../plan/commands.ts";
import { declareVariable } from "../commands/variables.ts";
import type { SqlCursor } from "../cursor.ts";
import { statement } from "./block.ts";
import { declareCursor } from "./cursors.ts";
import { assignment, plainStatement } from "./plain.ts";
import { ScriptScope } from "./scope.ts";

/** A statement, unless what is declared is only known: a condition, or a handler, which goes to `handlers`. */
export function declaration(cursor: SqlCursor, scope: ScriptScope, handlers: ScriptHandler[]): ScriptStatement | undefined {
  const first = cursor.position;
  if (cursor.isOneOf(["EXIT", "CONTINUE"], 1) && cursor.isWord("HANDLER", 2)) {
    handlers.push(handler(cursor, first, scope));
    return undefined;
  }
  if (cursor.isName(1) && cursor.isWord("CONDITION", 2) && (cursor.isWord("FOR", 3) || cursor.isSymbol(";", 3))) {
    condition(cursor, first, scope);
    return undefined;
  }
  if (cursor.isName(1) && (cursor.isWord("CURSOR", 2) && cursor.isWord("FOR", 3) || cursor.isOneOf(["ASENSITIVE", "INSENSITIVE"], 2) && cursor.isWord("CURSOR", 3))) {
    cursor.position++;
    return declareCursor(cursor, first, scope);
  }
  const command = declareVariable(cursor, first) as DeclareVariable, varName = command.names[0]!.map(part => `\`${part}\``).join(".");
  if (scope.kind !== "block") cursor.refuse(cursor.error(first, "INVALID_VARIABLE_DECLARATION.NOT_ALLOWED_IN_SCOPE", "42K0M", `Invalid variable declaration. Declaration of the variable ${varName} is not allowed in this scope.`, { varName }, "declare it at the beginning of a block: BEGIN ... END"));
  else if (!scope.allows("variable")) cursor.refuse(cursor.error(first, "INVALID_VARIABLE_DECLARATION.ONLY_AT_BEGINNING", "42K0M", `Invalid variable declaration. Variable ${varName} can only be declared at the beginning of the compound.`, { varName }));
  return Object.freeze({ kind: "declare", command, origin: command.origin! });
}

/** `name CONDITION [FOR SQLSTATE [VALUE] 'xxxxx']`. Nothing raises it but an error of that name. */
function condition(cursor: SqlCursor, first: number, scope: ScriptScope): void {
  cursor.position = first + 1;
  const name = cursor.name().toUpperCase(), conditionName = `\`${name}\``;
  cursor.position++;
  if (cursor.takeWords("FOR")) {
    cursor.expectWords("SQLSTATE");
    sqlState(cursor);
  }
  const wrong = (sub: string, text: string): void => cursor.refuse(cursor.error(first, `INVALID_ERROR_CONDITION_DECLARATION.${sub}`, "42K0R", `Invalid condition declaration. ${text}`, { conditionName }));
  if (!/^\w+$/.test(name)) wrong("SPECIAL_CHARACTER_FOUND", `Special character found in condition name ${conditionName}. Only alphanumeric characters and underscores are allowed.`);
  if (scope.kind !== "block" || !scope.allows("variable")) wrong("NOT_AT_START_OF_COMPOUND_STATEMENT", `Condition ${conditionName} can only be declared at the start of a BEGIN END compound statement.`);
  if (scope.conditions.has(name)) cursor.refuse(cursor.error(first, "DUPLICATE_CONDITION_IN_SCOPE", "42734", `Found duplicate condition ${conditionName} in the scope. Please, remove one of them.`, { condition: conditionName }));
  scope.conditions.add(name);
}

/** `[VALUE] 'xxxxx'`, behind SQLSTATE. */
function sqlState(cursor: SqlCursor): string {
  const first = cursor.position;
  cursor.takeWords("VALUE");
  const text = cursor.string(), state = text.toUpperCase();
  if (!/^[A-Z0-9]{5}$/.test(state) || /^(?:00|01|XX)/.test(state)) {
    cursor.refuse(cursor.error(first, "INVALID_SQLSTATE", "428B3", `Invalid SQLSTATE value: '${text}'. SQLSTATE must be exactly 5 characters long and contain only A-Z and 0-9. SQLSTATE must not start with '00', '01', or 'XX'.`, { sqlState: text }));
  }
  return state;
}

/** `EXIT | CONTINUE HANDLER FOR what, ... statement`. */
function handler(cursor: SqlCursor, first: number, scope: ScriptScope): ScriptHandler {
  cursor.position = first + 1;
  const goesOn = cursor.next().value === "CONTINUE";
  cursor.position++;
  cursor.expectWords("FOR");
  const triggers = cursor.list(() => trigger(cursor));
  checkTriggers(cursor, first, triggers);
  const inner = new ScriptScope(scope, "handler");
  const isBlock = cursor.isWord("BEGIN") || cursor.isName() && cursor.isSymbol(":", 1) && cursor.isWord("BEGIN", 2);
  const body = isBlock ? statement(cursor, inner) : cursor.isWord("SET") ? assignment(cursor, cursor.position) : plainStatement(cursor, cursor.position);
  if (goesOn && !cursor.isOn("spark.sql.scripting.continueHandlerEnabled")) {
    cursor.refuse(cursor.error(first, "UNSUPPORTED_FEATURE.CONTINUE_EXCEPTION_HANDLER", "0A000", "The feature is not supported: CONTINUE exception handler is not supported. Use EXIT handler.", {}, 'set "spark.sql.scripting.continueHandlerEnabled" to true'));
  }
  if (scope.kind !== "block" || !scope.allows("handler")) cursor.refuse(cursor.error(first, "INVALID_HANDLER_DECLARATION.WRONG_PLACE_OF_DECLARATION", "42K0Q", "Invalid handler declaration. Handlers must be declared after variable/condition/cursor declarations, and before other statements."));
  return { goesOn, triggers, body: [body], declared: scope.declared(), origin: cursor.originFrom(first) };
}

function trigger(cursor: SqlCursor): HandlerTrigger {
  if (cursor.takeWords("SQLSTATE")) return { kind: "state", sqlState: sqlState(cursor) };
  if (cursor.takeWords("SQLEXCEPTION")) return { kind: "exception" };
  if (cursor.takeWords("NOT", "FOUND")) return { kind: "not_found" };
  return { kind: "condition", name: cursor.names().join(".").toUpperCase() };
}

function checkTriggers(cursor: SqlCursor, first: number, triggers: readonly HandlerTrigger[]): void {
  const wrong = (sub: string, text: string, parameters: Readonly<Record<string, string>> = {}): void => cursor.refuse(cursor.error(first, `INVALID_HANDLER_DECLARATION.${sub}`, "42K0Q", `Invalid handler declaration. ${text}`, parameters));
  const names = triggers.flatMap(one => one.kind === "condition" ? [one.name] : []), states = triggers.flatMap(one => one.kind === "state" ? [one.sqlState] : []);
  const condition = names.find((name, i) => names.indexOf(name) !== i), sqlStateTwice = states.find((state, i) => states.indexOf(state) !== i);
  if (condition !== undefined) wrong("DUPLICATE_CONDITION_IN_HANDLER_DECLARATION", `Found duplicate condition ${condition} in the handler declaration. Please, remove one of them.`, { condition });
  if (sqlStateTwice !== undefined) wrong("DUPLICATE_SQLSTATE_IN_HANDLER_DECLARATION", `Found duplicate sqlState ${sqlStateTwice} in the handler declaration. Please, remove one of them.`, { sqlState: sqlStateTwice });
  if (names.length + states.length > 0 && names.length + states.length < triggers.length) wrong("INVALID_CONDITION_COMBINATION", "Invalid combination of conditions in the handler declaration. SQLEXCEPTION and NOT FOUND cannot be used together with other condition/sqlstate values.");
}

/** Session variables, and statements made of text: DECLARE, SET VARIABLE, DROP TEMPORARY VARIABLE, EXECUTE IMMEDIATE. */
import type { Command } from "../../plan/commands.ts";
import type { Expression, Origin } from "../../plan/expressions.ts";
import { dataType } from "../../types/ddl.ts";
import type { ParserSettings } from "../../types/token-cursor.ts";
import { SqlCursor } from "../cursor.ts";
import { expression, namedExpression } from "../expressions.ts";
import { query } from "../query.ts";
import { textFrom } from "./names.ts";

/** `DECLARE [OR REPLACE] [VARIABLE] a, b [INT] [DEFAULT | = 5]`. */
export function declareVariable(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  const replace = cursor.takeWords("OR", "REPLACE");
  if (cursor.isName(1)) cursor.takeOneOf("VARIABLE", "VAR");
  if (cursor.areWords("IF", "NOT", "EXISTS")) throw cursor.failAt(cursor.position + 2);
  const names = cursor.list(() => cursor.names());
  const declares = cursor.isName() && !cursor.isWord("DEFAULT") ? dataType(cursor) : undefined;
  let otherwise: Expression | undefined, otherwiseSql = "NULL";
  if (cursor.takeWords("DEFAULT") || cursor.takeSymbol("=")) {
    const at = cursor.position;
    otherwise = expression(cursor);
    otherwiseSql = textFrom(cursor, at);
  }
  if (declares === undefined && otherwise === undefined) {
    const variableName = names[0]!.map(part => `\`${part}\``).join(".");
    throw cursor.error(first, "INVALID_SQL_SYNTAX.VARIABLE_TYPE_OR_DEFAULT_REQUIRED", "42000", `Invalid SQL syntax: The definition of a SQL variable requires either a datatype or a DEFAULT clause.\nFor example, use \`DECLARE name STRING\` or \`DECLARE name = 'SQL'\` instead of \`DECLARE name\`.`, { variableName });
  }
  return Object.freeze({ kind: "declare_variable", names, otherwiseSql, replace, origin: cursor.originFrom(first), ...(declares !== undefined && { type: declares }), ...(otherwise !== undefined && { otherwise }) });
}

/** `SET VAR a = 1, b = DEFAULT` and `SET VAR (a, b) = (query)`; undefined where the text is neither, and SET is a setting. */
export function setVariables(sql: string, settings: ParserSettings): Command {
  const cursor = new SqlCursor(sql, settings);
  cursor.position = 2;
  const command = setTargets(cursor, 0, () => invalidSet(cursor));
  cursor.expectEnd();
  return command;
}

/** What stands behind SET VAR. `wrong`: the error where no value is given. */
export function setTargets(cursor: SqlCursor, first: number, wrong: () => Error = () => cursor.fail()): Command {
  const targets: (readonly string[])[] = [], targetOrigins: Origin[] = [];
  const target = (): void => {
    const at = cursor.position;
    targets.push(cursor.names());
    targetOrigins.push(cursor.originFrom(at));
  };
  if (cursor.takeSymbol("(")) {
    cursor.list(target);
    cursor.expectSymbol(")");
    if (!cursor.takeSymbol("=") || !cursor.isSymbol("(") || !cursor.startsQuery(1)) throw wrong();
    cursor.position++;
    const values = query(cursor);
    cursor.expectSymbol(")");
    return Object.freeze({ kind: "set_variables", targets, values, targetOrigins, origin: cursor.originFrom(first) });
  }
  const values = cursor.list((): Expression | "default" => {
    target();
    if (!cursor.takeSymbol("=")) throw wrong();
    return cursor.isWord("DEFAULT") && (cursor.isSymbol(",", 1) || cursor.isKind("end", 1) || cursor.isSymbol(";", 1)) && cursor.takeWords("DEFAULT") ? "default" : expression(cursor);
  });
  return Object.freeze({ kind: "set_variables", targets, values, targetOrigins, origin: cursor.originFrom(first) });
}

export function invalidSet(cursor: SqlCursor): Error {
  cursor.position = cursor.tokens.length - 1;
  return cursor.error(0, "INVALID_SET_SYNTAX", "42000", "Expected format is 'SET', 'SET key', or 'SET key=value'. If you want to include special characters in key, or include semicolon in value, please use backquotes, e.g., SET `key`=`value`.");
}

/** `DROP TEMPORARY VARIABLE [IF EXISTS] a`. */
export function dropVariable(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  if (cursor.takeOneOf("TEMPORARY", "TEMP") === undefined || cursor.takeOneOf("VARIABLE", "VAR") === undefined) return undefined;
  const ifExists = cursor.takeWords("IF", "EXISTS");
  return Object.freeze({ kind: "drop_variable", name: cursor.names(), ifExists, origin: cursor.originFrom(first) });
}

/** `EXECUTE IMMEDIATE text [INTO a, b] [USING 1, 'x' AS name]`. */
export function executeImmediate(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  cursor.expectWords("IMMEDIATE");
  const text = expression(cursor);
  const into = cursor.takeWords("INTO") ? cursor.list(() => cursor.names()) : undefined;
  const using = usingArguments(cursor);
  return Object.freeze({ kind: "execute_immediate", query: text, using, origin: cursor.originFrom(first), ...(into !== undefined && { into }) });
}

/** `[USING 1, 'x' AS name]`, also in parentheses. */
export function usingArguments(cursor: SqlCursor): Expression[] {
  const at = cursor.position;
  if (!cursor.takeWords("USING")) return [];
  const close = cursor.isSymbol("(") && !cursor.startsQuery(1) ? cursor.closingOf(0) : undefined;
  const enclosed = close !== undefined && (cursor.tokens[close + 1]!.kind === "end" || cursor.tokens[close + 1]!.text === ";") && cursor.takeSymbol("(");
  const using = cursor.list(() => namedExpression(cursor));
  if (enclosed) cursor.expectSymbol(")");
  const aliases = using.flatMap(arg => arg.kind === "alias" ? [arg.names[0]!] : []), twice = aliases.filter((name, i) => aliases.indexOf(name) !== i);
  if (twice.length > 0) {
    const list = [...new Set(twice)].map(name => `\`${name}\``).join(", ");
    throw cursor.error(at, "EXEC_IMMEDIATE_DUPLICATE_ARGUMENT_ALIASES", "42701", `The USING clause of this EXECUTE IMMEDIATE command contained multiple arguments with same alias (${list}), which is invalid; please update the command to specify unique aliases and then try it again.`, { aliases: list });
  }
  return using;
}

/** Statements: queries, and the commands that a session carries out itself. What Spark parses beyond these is refused by name. */
import { unsupported } from "../base/errors.ts";
import type { Command, Statement } from "../plan/relations.ts";
import { KEYWORDS } from "../types/keywords.ts";
import type { ParserSettings } from "../types/token-cursor.ts";
import { createFunction, dropFunction } from "./commands/functions.ts";
import { nameReference } from "./commands/names.ts";
import { createNamespace, dropNamespace, sessionCommand, setOrReset } from "./commands/session.ts";
import { describe, show } from "./commands/show.ts";
import { createTable, insert, truncate } from "./commands/tables.ts";
import { declareVariable, dropVariable, executeImmediate } from "./commands/variables.ts";
import { alterView, createView, dropRelation } from "./commands/views.ts";
import { SqlCursor } from "./cursor.ts";
import { query } from "./query.ts";
import { isScript, script } from "./script/script.ts";

/** First words of statements that Spark has and this parser refuses. */
const OTHERS: ReadonlySet<string> = new Set([
  "ADD", "ALTER", "ANALYZE", "CALL", "COMMENT", "CREATE", "DELETE", "DROP", "LIST", "LOAD", "MERGE", "MSCK", "REPAIR", "REPLACE", "SHOW", "UPDATE",
]);

/** Statements of Hive that Spark knows to refuse. */
const INVALID = /^(ALTER INDEX|COMMIT|CREATE (?:INDEX|MACRO|ROLE)|DROP (?:INDEX|MACRO|ROLE)|EXPORT TABLE|GRANT(?: ROLE)?|IMPORT TABLE|LOCK (?:DATABASE|TABLE)|REVOKE(?: ROLE)?|ROLLBACK|SHOW (?:COMPACTIONS|CREATE TABLE AS SERDE|CURRENT ROLES|INDEXES|LOCKS|PRINCIPALS|ROLES|ROLE GRANT|TRANSACTIONS)|START TRANSACTION|UNLOCK (?:DATABASE|TABLE))\b/;

/** One statement, with or without a semicolon behind it. */
export function statement(sql: string, settings: ParserSettings): Statement {
  const setting = setOrReset(sql, settings);
  if (setting !== undefined) return setting;
  const cursor = new SqlCursor(sql, settings);
  if (isScript(cursor)) return script(cursor);
  const result = statementHere(cursor);
  cursor.expectEnd();
  return result;
}

export function statementHere(cursor: SqlCursor): Statement {
  const first = cursor.position, word = cursor.peek();
  if (word.kind === "end" || cursor.isSymbol(";")) {
    throw cursor.error(first, "PARSE_EMPTY_STATEMENT", "42617", "Syntax error, unexpected empty statement.");
  }
  // A bare SELECT is a query to be, not a name: its error is at what is missing.
  if (cursor.isOneOf(["SELECT", "WITH", "FROM", "VALUES", "TABLE", "MAP", "REDUCE"]) || cursor.isSymbol("(")) {
    return Object.freeze({ kind: "query", plan: query(cursor) });
  }
  const command = commandHere(cursor, first);
  if (command !== undefined) return command;
  cursor.position = first;
  if (word.kind === "word") {
    const words = cursor.tokens.slice(first, first + 4).map(token => token.value).join(" "), invalid = INVALID.exec(words);
    if (invalid !== null && !/^CREATE INDEX|^DROP INDEX/.test(words)) {
      cursor.position = cursor.tokens.length - 1;
      throw cursor.error(first, "INVALID_STATEMENT_OR_CLAUSE", "42601", `The statement or clause: ${invalid[1]!} is not valid.`, { operation: invalid[1]! });
    }
    if (cursor.isWord("DROP") && cursor.isOneOf(["VARIABLE", "TEMPORARY", "TEMP"], 1)) throw cursor.failAt(first + (cursor.isWord("VARIABLE", 1) ? 1 : 2));
    if (OTHERS.has(word.value)) {
      const second = cursor.tokens[first + 1]!;
      throw unsupported(`The statement ${word.value}${KEYWORDS.has(second.value) ? ` ${second.value}` : ""}`);
    }
  }
  throw cursor.fail();
}

function commandHere(cursor: SqlCursor, first: number): Command | undefined {
  switch (cursor.peek().kind === "word" ? cursor.peek().value : "") {
    case "CREATE": return createView(cursor, first) ?? createFunction(cursor, first) ?? createNamespace(cursor, first) ?? createTable(cursor, first) ?? about(cursor, first);
    case "REPLACE": return createTable(cursor, first);
    case "DROP": return dropRelation(cursor, first) ?? dropVariable(cursor, first) ?? dropFunction(cursor, first) ?? dropNamespace(cursor, first);
    case "ALTER": return alterView(cursor, first);
    case "DECLARE": return declareVariable(cursor, first);
    case "EXECUTE": return executeImmediate(cursor, first);
    case "EXPLAIN": return explain(cursor, first);
    case "DESC": case "DESCRIBE": return describe(cursor, first);
    case "SHOW": return show(cursor, first) ?? showUnknown(cursor, first);
    case "USE": case "CACHE": case "UNCACHE": case "CLEAR": case "REFRESH": return sessionCommand(cursor, first);
    case "INSERT": return insert(cursor, first);
    case "TRUNCATE": return truncate(cursor, first);
    case "ANALYZE": case "COMMENT": case "DELETE": case "UPDATE": case "MERGE": case "MSCK": case "REPAIR": case "LOAD": return about(cursor, first);
    default: return undefined;
  }
}

/** Statements about a table that only tables of other catalogs can have done: what is wrong with them is found when the name is looked up. */
const ABOUT: readonly (readonly [words: readonly string[], clause: string])[] = [
  [["ANALYZE", "TABLE"], "ANALYZE TABLE"], [["COMMENT", "ON", "TABLE"], "COMMENT ON TABLE"], [["DELETE", "FROM"], "DELETE"], [["UPDATE"], "UPDATE"],
  [["MERGE", "INTO"], "MERGE INTO TABLE"], [["MSCK", "REPAIR", "TABLE"], "MSCK REPAIR TABLE"], [["REPAIR", "TABLE"], "REPAIR TABLE"],
];

function about(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first;
  if (cursor.areWords("CREATE", "INDEX")) {
    while (!cursor.isWord("ON") && !cursor.isKind("end")) cursor.position++;
    if (!cursor.takeWords("ON")) return undefined;
    cursor.takeWords("TABLE");
    return skipped(cursor, first, "CREATE INDEX");
  }
  for (const [words, clause] of ABOUT) if (cursor.takeWords(...words)) return skipped(cursor, first, clause);
  return undefined;
}

function skipped(cursor: SqlCursor, first: number, clause: string): Command {
  const name = nameReference(cursor);
  while (!cursor.isKind("end") && !cursor.isSymbol(";")) cursor.position++;
  return Object.freeze({ kind: "on_relation", clause, name, wants: "table", origin: cursor.originFrom(first) });
}

/** SHOW of a word that nothing is shown of: Spark's parser then looks for SHOW x FUNCTIONS. */
function showUnknown(cursor: SqlCursor, first: number): undefined {
  cursor.position = first + 1;
  const words = cursor.tokens.slice(first, first + 4).map(token => token.value).join(" ");
  if (INVALID.test(words) || KEYWORDS.has(cursor.peek().value) || !cursor.isName()) return undefined;
  cursor.position++;
  throw cursor.fail(": missing 'FUNCTIONS'");
}

function explain(cursor: SqlCursor, first: number): Command {
  cursor.position = first + 1;
  if (cursor.isKind("end")) throw cursor.fail();
  const startsStatement = cursor.startsQuery(1) || cursor.isOneOf(["CREATE", "EXPLAIN", "DROP", "INSERT", "DESCRIBE", "DESC", "SHOW", "DECLARE", "EXECUTE", "CACHE", "USE", "TRUNCATE", "REFRESH", "ALTER"], 1);
  const mode = startsStatement ? cursor.takeOneOf("LOGICAL", "FORMATTED", "EXTENDED", "CODEGEN", "COST") : undefined;
  const explained = cursor.deeper(() => statementHere(cursor));
  if (mode === "LOGICAL") throw cursor.error(first, "INVALID_STATEMENT_OR_CLAUSE", "42601", "The statement or clause: EXPLAIN LOGICAL is not valid.", { operation: "EXPLAIN LOGICAL" });
  const modes = { FORMATTED: "formatted", EXTENDED: "extended", CODEGEN: "codegen", COST: "cost" } as const;
  return Object.freeze({ kind: "explain", mode: mode === undefined ? "simple" : modes[mode as keyof typeof modes], statement: explained, origin: cursor.originFrom(first) });
}

/** Statements: queries, and the commands that a session carries out itself. What Spark parses beyond these is refused by name. */
import { unsupported } from "../base/errors.ts";
import type { AlterTable, Insert } from "../plan/commands.ts";
import type { Command, Statement } from "../plan/relations.ts";
import { KEYWORDS } from "../types/keywords.ts";
import type { ParserSettings } from "../types/token-cursor.ts";
import { alterNamespace, alterTable } from "./commands/alter.ts";
import { createTable } from "./commands/create-table.ts";
import { createFunction, dropFunction } from "./commands/functions.ts";
import { nameReference } from "./commands/names.ts";
import { createNamespace, dropNamespace, sessionCommand, setOrReset } from "./commands/session.ts";
import { describe, show } from "./commands/show.ts";
import { analyze, commentOn } from "./commands/statistics.ts";
import { insert, insertsFrom, truncate } from "./commands/tables.ts";
import { declareVariable, dropVariable, executeImmediate } from "./commands/variables.ts";
import { alterView, createView, dropRelation } from "./commands/views.ts";
import { SqlCursor } from "./cursor.ts";
import { commonTable, query } from "./query.ts";
import { isScript, script } from "./script/script.ts";

/** First words of statements that Spark has and this parser refuses. */
const OTHERS: ReadonlySet<string> = new Set([
  "ADD", "ALTER", "COMMENT", "CREATE", "DELETE", "DROP", "LIST", "LOAD", "MERGE", "MSCK", "REPAIR", "REPLACE", "SHOW", "UPDATE",
]);

/** Statements of Hive that Spark knows to refuse. */
const INVALID = /^(ALTER INDEX|COMMIT|DFS|CREATE (?:INDEX|MACRO|ROLE)|DROP (?:INDEX|MACRO|ROLE)|EXPORT TABLE|GRANT(?: ROLE)?|IMPORT TABLE|LOCK (?:DATABASE|TABLE)|REVOKE(?: ROLE)?|ROLLBACK|SHOW (?:COMPACTIONS|CREATE TABLE AS SERDE|CURRENT ROLES|INDEXES|LOCKS|PRINCIPALS|ROLES|ROLE GRANT|TRANSACTIONS)|START TRANSACTION|UNLOCK (?:DATABASE|TABLE))\b/;

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
  const withTables = cursor.isWord("WITH") ? insertWithTables(cursor, first) : undefined;
  if (withTables !== undefined) return withTables;
  const inserts = cursor.isWord("FROM") ? insertsFrom(cursor, first) : undefined;
  if (inserts !== undefined) return inserts;
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

/** `WITH t AS (...) INSERT INTO ...` and `WITH t AS (...) FROM t INSERT INTO ...`; undefined if the WITH is a query's. */
function insertWithTables(cursor: SqlCursor, first: number): Command | undefined {
  for (let at = first + 1; ; at++) {
    cursor.position = at;
    const token = cursor.peek();
    if (token.kind === "end" || token.text === ";" || cursor.isOneOf(["SELECT", "VALUES", "TABLE"])) break;
    if (token.text === "(") at = cursor.closingOf(0) ?? at;
    if (!cursor.isWord("INSERT") || !cursor.isOneOf(["INTO", "OVERWRITE", "WITH"], 1)) continue;
    cursor.position = first + 1;
    const recursive = cursor.isName(1) && !cursor.isWord("AS", 1) && cursor.takeWords("RECURSIVE"), definitions = cursor.list(() => commonTable(cursor));
    const withThem = (command: Insert): Insert => Object.freeze({ ...command, query: Object.freeze({ kind: "with_cte", definitions, recursive, input: command.query }), origin: cursor.originFrom(first) });
    const command = cursor.isWord("FROM") ? insertsFrom(cursor, cursor.position) : insert(cursor, cursor.position);
    if (command === undefined || command.kind === "insert_directory") break;
    return command.kind === "insert" ? withThem(command) : Object.freeze({ ...command, inserts: command.inserts.map(withThem) });
  }
  cursor.position = first;
  return undefined;
}

function commandHere(cursor: SqlCursor, first: number): Command | undefined {
  switch (cursor.peek().kind === "word" ? cursor.peek().value : "") {
    case "CREATE": return createView(cursor, first) ?? createFunction(cursor, first) ?? createNamespace(cursor, first) ?? createTable(cursor, first) ?? about(cursor, first);
    case "REPLACE": return createTable(cursor, first);
    case "DROP": return dropRelation(cursor, first) ?? dropVariable(cursor, first) ?? dropFunction(cursor, first) ?? dropNamespace(cursor, first) ?? about(cursor, first);
    case "ALTER": return alterTable(cursor, first) ?? alterView(cursor, first) ?? alterNamespace(cursor, first);
    case "ANALYZE": return analyze(cursor, first);
    case "COMMENT": return commentOn(cursor, first);
    case "DECLARE": return declareVariable(cursor, first);
    case "EXECUTE": return executeImmediate(cursor, first);
    case "EXPLAIN": return explain(cursor, first);
    case "DESC": case "DESCRIBE": return describe(cursor, first);
    case "SHOW": return show(cursor, first) ?? showUnknown(cursor, first);
    case "USE": case "CACHE": case "UNCACHE": case "CLEAR": case "REFRESH": return sessionCommand(cursor, first);
    case "INSERT": return insert(cursor, first);
    case "TRUNCATE": return truncate(cursor, first);
    case "MSCK": case "REPAIR": return repair(cursor, first);
    case "CALL": {
      cursor.position++;
      const name = cursor.names();
      if (!cursor.isSymbol("(")) throw cursor.fail();
      cursor.position = (cursor.closingOf(0) ?? cursor.position) + 1;
      return Object.freeze({ kind: "call_procedure", name, origin: cursor.originFrom(first) });
    }
    case "ADD": case "LIST": return resource(cursor, first);
    case "DELETE": case "UPDATE": case "MERGE": case "LOAD": return about(cursor, first);
    default: return undefined;
  }
}

/** Statements about a table that only tables of other catalogs can have done: what is wrong with them is found when the name is looked up. */
const ABOUT: readonly (readonly [words: readonly string[], clause: string])[] = [
  [["DELETE", "FROM"], "DELETE"], [["UPDATE"], "UPDATE TABLE"], [["MERGE", "INTO"], "MERGE INTO TABLE"],
];

/** `[MSCK] REPAIR TABLE t [ADD | DROP | SYNC PARTITIONS]`: the folders are what the partitions are. */
function repair(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first;
  cursor.takeWords("MSCK");
  if (!cursor.takeWords("REPAIR", "TABLE")) return undefined;
  const name = nameReference(cursor);
  if (cursor.takeOneOf("ADD", "DROP", "SYNC") !== undefined) cursor.expectWords("PARTITIONS");
  return Object.freeze({ kind: "alter_table", name, clause: "MSCK REPAIR TABLE", change: { kind: "recover_partitions", clause: "MSCK REPAIR TABLE" }, origin: cursor.originFrom(first) } satisfies AlterTable);
}

/** ADD and LIST of files and archives: those of a Java program. */
function resource(cursor: SqlCursor, first: number): never {
  const verb = cursor.tokens[first]!.value, what = cursor.peek(1).value;
  if (/^(?:FILE|JAR|ARCHIVE)S?$/.test(what)) throw unsupported(`The statement ${verb} ${what}`);
  if (!cursor.isName(1)) throw cursor.failAt(first + 1);
  cursor.position = cursor.tokens.length - 1;
  throw cursor.error(first, "_LEGACY_ERROR_TEMP_0035", "42000", `Operation not allowed: ${verb} with resource type '${what.toLowerCase()}'.`, { message: `${verb} with resource type '${what.toLowerCase()}'` });
}

function about(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first;
  if (cursor.areWords("LOAD", "DATA")) {
    while (!cursor.areWords("INTO", "TABLE") && !cursor.isKind("end")) cursor.position++;
    return cursor.takeWords("INTO", "TABLE") ? skipped(cursor, first, "LOAD DATA") : undefined;
  }
  if (cursor.areWords("CREATE", "INDEX") || cursor.areWords("DROP", "INDEX")) {
    const clause = `${cursor.peek().value} INDEX`;
    while (!cursor.isWord("ON") && !cursor.isKind("end")) cursor.position++;
    if (!cursor.takeWords("ON")) return undefined;
    cursor.takeWords("TABLE");
    return skipped(cursor, first, clause);
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

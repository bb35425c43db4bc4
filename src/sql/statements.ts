/** Statements: queries, and the commands that a session carries out itself. What Spark parses beyond these is refused by name. */
import { unsupported } from "../base/errors.ts";
import type { Command, ReadDataSource, Relation, Statement } from "../plan/relations.ts";
import { parseSchemaDdl } from "../types/ddl.ts";
import { KEYWORDS } from "../types/keywords.ts";
import type { ParserSettings } from "../types/token-cursor.ts";
import { SqlCursor } from "./cursor.ts";
import { formatDayTimeInterval } from "../types/interval-text.ts";
import { intervalLiteral, startsInterval } from "./literals.ts";
import { query } from "./query.ts";
import { properties } from "./relations.ts";

/** First words of statements that Spark has and this parser refuses. */
const OTHERS: ReadonlySet<string> = new Set([
  "ADD", "ALTER", "ANALYZE", "BEGIN", "CACHE", "CALL", "CLEAR", "COMMENT", "CREATE", "DECLARE", "DELETE", "DESC", "DESCRIBE", "DROP", "EXECUTE",
  "EXPORT", "IMPORT", "INSERT", "LIST", "LOAD", "MERGE", "MSCK", "REFRESH", "REPAIR", "REPLACE", "RESET", "SHOW", "TRUNCATE", "UNCACHE", "UPDATE", "USE",
]);

/** SET takes the text behind it as it is: what isn't SQL must not be cut into tokens. */
const SET = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*SET(?=\s|;|$)\s*([^]*?)[\s;]*$/i;

/** One statement, with or without a semicolon behind it. */
export function statement(sql: string, settings: ParserSettings): Statement {
  const set = SET.exec(sql);
  if (set !== null) return setCommand(sql, set[1]!, settings);
  const cursor = new SqlCursor(sql, settings);
  const result = statementHere(cursor);
  cursor.expectEnd();
  return result;
}

function statementHere(cursor: SqlCursor): Statement {
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
  if (word.kind === "word" && OTHERS.has(word.value)) {
    const second = cursor.tokens[first + 1]!;
    throw unsupported(`The statement ${word.value}${KEYWORDS.has(second.value) ? ` ${second.value}` : ""}`);
  }
  cursor.position = first;
  throw cursor.fail();
}

function commandHere(cursor: SqlCursor, first: number): Command | undefined {
  const done = (command: Command): Command => Object.freeze({ ...command, origin: cursor.originFrom(first) });
  switch (cursor.peek().value) {
    case "CREATE": return createView(cursor, first);
    case "DROP": {
      if (!cursor.takeWords("DROP", "VIEW")) return undefined;
      const ifExists = cursor.takeWords("IF", "EXISTS");
      return done({ kind: "drop_view", nameParts: cursor.names(), ifExists });
    }
    case "EXPLAIN": {
      cursor.position++;
      const mode = cursor.startsQuery(1) || cursor.isOneOf(["CREATE", "EXPLAIN", "DROP"], 1) ? cursor.takeOneOf("LOGICAL", "FORMATTED", "EXTENDED", "CODEGEN", "COST") : undefined;
      if (mode === "CODEGEN") throw unsupported("EXPLAIN CODEGEN", "there is no generated code: vectors are evaluated by compiled kernels");
      const explained = cursor.deeper(() => statementHere(cursor));
      const modes = { FORMATTED: "formatted", EXTENDED: "extended", LOGICAL: "extended", COST: "cost" } as const;
      return done({ kind: "explain", mode: mode === undefined ? "simple" : modes[mode as keyof typeof modes], statement: explained });
    }
    case "DESC": case "DESCRIBE": return describe(cursor, first);
    case "SHOW": return show(cursor, first);
    default: return undefined;
  }
}

/** `CREATE [OR REPLACE] [GLOBAL] TEMP VIEW v [(a, b)] AS query`, or `... USING json OPTIONS (path 'x')`. */
function createView(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position++;
  const replace = cursor.takeWords("OR", "REPLACE"), isGlobal = cursor.takeWords("GLOBAL");
  const isTemporary = cursor.takeOneOf("TEMP", "TEMPORARY") !== undefined;
  if (!cursor.takeWords("VIEW")) return undefined;
  if (!isTemporary) throw unsupported("A permanent view", "write CREATE TEMP VIEW");
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS");
  const at = cursor.position, nameParts = cursor.names();
  if (nameParts.length > 1 && !isGlobal) {
    const name = `\`${nameParts.at(-1)!}\``, qualifier = nameParts.slice(0, -1).map(part => `\`${part}\``).join(".");
    throw cursor.error(at, "INVALID_TEMP_OBJ_QUALIFIER", "42602", `Temporary VIEW ${name} cannot be qualified with ${qualifier}.`, { objectType: "VIEW", objectName: name, qualifier });
  }
  const list = cursor.position;
  let columnNames: string[] | undefined;
  if (cursor.isSymbol("(")) {
    const close = cursor.closingOf(0);
    if (close !== undefined && cursor.tokens[close + 1]!.value === "USING") cursor.position = close + 1;
    else columnNames = viewColumns(cursor);
  }
  let plan: Relation, body = cursor.position;
  if (cursor.takeWords("USING")) plan = dataSource(cursor, list);
  else {
    if (cursor.takeWords("COMMENT")) cursor.string();
    if (cursor.takeWords("TBLPROPERTIES")) properties(cursor);
    cursor.expectWords("AS");
    body = cursor.position;
    plan = query(cursor);
  }
  if (ifNotExists) throw cursor.error(first, "_LEGACY_ERROR_TEMP_0053", "42000", "It is not allowed to define a TEMPORARY view with IF NOT EXISTS.");
  const origin = cursor.originFrom(first);
  return Object.freeze({
    kind: "create_view", nameParts, plan, replace, sql: cursor.sql.slice(cursor.tokens[body]!.start, origin.stop), origin,
    ...(columnNames === undefined ? {} : { columnNames }), ...(isGlobal ? { isGlobal } : {}),
  });
}

function viewColumns(cursor: SqlCursor): string[] {
  cursor.expectSymbol("(");
  const names = cursor.list(() => {
    const name = cursor.name();
    if (cursor.takeWords("COMMENT")) cursor.string();
    return name;
  });
  cursor.expectSymbol(")");
  return names;
}

/** Behind USING. `list`: the token where a column list may stand. */
function dataSource(cursor: SqlCursor, list: number): ReadDataSource {
  const first = cursor.position - 1, format = cursor.names().join(".");
  const { path, ...options } = cursor.takeWords("OPTIONS") ? properties(cursor) : {};
  const open = cursor.tokens[list]!, close = cursor.tokens[first - 1]!;
  const schema = open.text === "(" ? parseSchemaDdl(cursor.sql.slice(open.stop, close.start), cursor.settings) : undefined;
  return Object.freeze({
    kind: "read_data_source", format, options, paths: path === undefined ? [] : [path], isStreaming: false,
    ...(schema === undefined ? {} : { schema }), origin: cursor.originFrom(first),
  });
}

function describe(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position++;
  if (cursor.isWord("FUNCTION") && cursor.isName(1)) {
    cursor.position++;
    const extended = cursor.isName(1) && cursor.takeWords("EXTENDED");
    return Object.freeze({ kind: "describe_function", name: cursor.names().join("."), extended, origin: cursor.originFrom(first) });
  }
  if (cursor.isOneOf(["NAMESPACE", "DATABASE", "SCHEMA", "PROCEDURE"]) && cursor.isName(1)) return undefined;
  cursor.takeWords("QUERY");
  let plan: Relation;
  if (cursor.startsQuery()) plan = query(cursor);
  else {
    if (cursor.isName(1)) cursor.takeWords("TABLE");
    if (cursor.isOneOf(["EXTENDED", "FORMATTED"]) && cursor.isName(1)) return undefined;
    const at = cursor.position, nameParts = cursor.names();
    plan = Object.freeze({ kind: "read_named_table", nameParts, isStreaming: false, origin: cursor.originFrom(at) });
  }
  return Object.freeze({ kind: "describe_query", plan, origin: cursor.originFrom(first) });
}

function show(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position++;
  const scope = cursor.isOneOf(["USER", "SYSTEM", "ALL"]) && cursor.isWord("FUNCTIONS", 1) ? cursor.next() : undefined;
  const what = cursor.takeOneOf("VIEWS", "TABLES", "FUNCTIONS");
  if (what === undefined || scope?.value === "USER") return undefined;
  if (cursor.takeOneOf("FROM", "IN") !== undefined) cursor.names();
  let pattern: string | undefined;
  const isLike = cursor.takeWords("LIKE");
  if (cursor.isKind("string")) pattern = cursor.string();
  else if (what === "FUNCTIONS" && cursor.isName()) pattern = cursor.names().join(".");
  else if (isLike) throw cursor.fail();
  const kind = what === "VIEWS" ? "show_views" : what === "TABLES" ? "show_tables" : "show_functions";
  return Object.freeze({ kind, ...(pattern === undefined ? {} : { pattern }), origin: cursor.originFrom(first) });
}

function setCommand(sql: string, text: string, settings: ParserSettings): Command {
  const origin = Object.freeze({ sql, start: 0, stop: sql.length });
  const unquoted = (part: string): string => { const quoted = /^`([^]*)`$/.exec(part.trim()); return quoted === null ? part.trim() : quoted[1]!.replaceAll("``", "`"); };
  if (/^(VAR|VARIABLE)\s/i.test(text)) throw unsupported("The statement SET VARIABLE");
  if (/^ROLE\s/i.test(text)) throw unsupported("The statement SET ROLE");
  const zone = /^TIME\s+ZONE\s+([^]*)$/i.exec(text);
  if (zone !== null) return Object.freeze({ kind: "set", key: "spark.sql.session.timeZone", value: timeZone(sql, zone[1]!, settings), origin });
  if (text === "" || text === "-v") return Object.freeze({ kind: "set", origin });
  const equals = text.indexOf("=");
  if (equals < 0) return Object.freeze({ kind: "set", key: unquoted(text), origin });
  return Object.freeze({ kind: "set", key: unquoted(text.slice(0, equals)), value: unquoted(text.slice(equals + 1)), origin });
}

/** A name in quotes, LOCAL, or an interval: the offset from UTC. */
function timeZone(sql: string, text: string, settings: ParserSettings): string {
  const cursor = new SqlCursor(text, settings);
  let zone: string;
  if (cursor.takeWords("LOCAL")) zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  else if (cursor.isKind("string")) zone = cursor.string();
  else if (startsInterval(cursor)) zone = offset(cursor);
  else throw new SqlCursor(sql, settings).error(0, "_LEGACY_ERROR_TEMP_0045", "42000", "Invalid time zone displacement value.");
  cursor.expectEnd();
  return zone;
}

function offset(cursor: SqlCursor): string {
  const first = cursor.position, { value, type } = intervalLiteral(cursor);
  const limit = 18n * 3_600_000_000n;
  if (type.kind !== "day_time_interval" || typeof value !== "bigint" || value > limit || value < -limit || value % 1_000_000n !== 0n) {
    throw cursor.error(first, "_LEGACY_ERROR_TEMP_0044", "42000", "The interval value must be in the range of [-18, +18] hours with second precision.");
  }
  const [, sign, clock] = /'(-?)(.*)'/.exec(formatDayTimeInterval(value, { kind: "day_time_interval", start: "hour", end: "second" }))!;
  return `${sign === "" ? "+" : "-"}${clock!.replace(/:00$/, "")}`;
}

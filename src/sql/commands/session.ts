/** Statements about the session: SET, RESET, USE, CACHE and its kin, REFRESH, namespaces. */
import type { Command } from "../../plan/commands.ts";
import type { Relation } from "../../plan/relations.ts";
import { formatDayTimeInterval } from "../../types/interval-text.ts";
import type { ParserSettings } from "../../types/token-cursor.ts";
import { SqlCursor } from "../cursor.ts";
import { intervalLiteral, startsInterval } from "../literals.ts";
import { query } from "../query.ts";
import { properties } from "../properties.ts";
import { nameReference, textFrom } from "./names.ts";
import { invalidSet, setVariables } from "./variables.ts";

/** SET takes the text behind it as it is: what isn't SQL must not be cut into tokens. */
const SET = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*SET(?=\s|;|$)\s*([^]*?)[\s;]*$/i;
const RESET = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*RESET(?=\s|;|$)\s*([^]*?)[\s;]*$/i;

const unquoted = (part: string): string => {
  const quoted = /^`([^]*)`$/.exec(part.trim());
  return quoted === null ? part.trim() : quoted[1]!.replaceAll("``", "`");
};

/** SET or RESET, if the text is one. */
export function setOrReset(sql: string, settings: ParserSettings): Command | undefined {
  const set = SET.exec(sql);
  if (set !== null) return setCommand(sql, set[1]!, settings);
  const reset = RESET.exec(sql);
  if (reset === null) return undefined;
  const origin = Object.freeze({ sql, start: 0, stop: sql.length });
  return Object.freeze(reset[1] === "" ? { kind: "reset", origin } : { kind: "reset", key: unquoted(reset[1]!), origin });
}

function setCommand(sql: string, text: string, settings: ParserSettings): Command {
  const origin = Object.freeze({ sql, start: 0, stop: sql.length });
  if (/^(VAR|VARIABLE)\s*[\s(]/i.test(text)) return setVariables(sql, settings);
  if (/^ROLE(?:\s|$)/i.test(text)) throw new SqlCursor(sql, settings).error(0, "INVALID_STATEMENT_OR_CLAUSE", "42601", "The statement or clause: SET ROLE is not valid.", { operation: "SET ROLE" });
  const catalog = /^CATALOG\s+(\S+)$/i.exec(text);
  if (catalog !== null) return Object.freeze({ kind: "set_catalog", name: catalog[1]!.replace(/^['`"]|['`"]$/g, ""), origin });
  const zone = /^TIME\s+ZONE\s+([^]*)$/i.exec(text);
  if (zone !== null) return Object.freeze({ kind: "set", key: "spark.sql.session.timeZone", value: timeZone(sql, zone[1]!, settings), origin });
  if (text === "" || text === "-v") return Object.freeze(text === "" ? { kind: "set", origin } : { kind: "set", verbose: true, origin });
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals), isQuoted = /^\s*`[^`]*(?:``[^`]*)*`\s*$/.test(key);
  if (!isQuoted && /\s/.test(key.trim())) throw invalidSet(new SqlCursor(sql, settings));
  if (equals < 0) return Object.freeze({ kind: "set", key: unquoted(text), origin });
  return Object.freeze({ kind: "set", key: unquoted(key), value: unquoted(text.slice(equals + 1)), origin });
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
    throw cursor.error(first, "INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE", "22006", "The interval value must be in the range of [-18, +18] hours with second precision.");
  }
  const [, sign, clock] = /'(-?)(.*)'/.exec(formatDayTimeInterval(value, { kind: "day_time_interval", start: "hour", end: "second" }))!;
  return `${sign === "" ? "+" : "-"}${clock!.replace(/:00$/, "")}`;
}

/** USE, CACHE, UNCACHE, CLEAR CACHE and REFRESH; undefined if it is none. */
export function sessionCommand(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first;
  const done = (command: Command): Command => Object.freeze({ ...command, origin: cursor.originFrom(first) });
  switch (cursor.next().value) {
    case "USE":
      if (cursor.isName(1)) cursor.takeOneOf("NAMESPACE", "SCHEMA", "DATABASE");
      return done({ kind: "use", name: nameReference(cursor).parts });
    case "CACHE": {
      const lazy = cursor.takeWords("LAZY");
      cursor.expectWords("TABLE");
      const name = nameReference(cursor), options = cursor.takeWords("OPTIONS") ? properties(cursor) : {};
      let plan: Relation | undefined, sql: string | undefined;
      if (cursor.takeWords("AS") || cursor.startsQuery()) {
        const at = cursor.position;
        plan = query(cursor);
        sql = textFrom(cursor, at);
      }
      return done({ kind: "cache_table", name, lazy, options, ...(plan !== undefined && { plan, sql: sql! }) });
    }
    case "UNCACHE": {
      cursor.expectWords("TABLE");
      const ifExists = cursor.takeWords("IF", "EXISTS");
      return done({ kind: "uncache_table", name: nameReference(cursor), ifExists });
    }
    case "CLEAR":
      cursor.expectWords("CACHE");
      return done({ kind: "clear_cache" });
    case "REFRESH": {
      const what = cursor.isName(1) ? cursor.takeOneOf("TABLE", "FUNCTION") : undefined;
      if (what === "TABLE" || what === "FUNCTION") return done({ kind: "refresh", what, name: nameReference(cursor) });
      if (cursor.isKind("string")) return done({ kind: "refresh", what: "path", name: { parts: [cursor.string()] } });
      const at = cursor.position;
      while (!cursor.isKind("end") && !cursor.isSymbol(";")) cursor.position++;
      return cursor.position === at ? undefined : done({ kind: "refresh", what: "path", name: { parts: [textFrom(cursor, at)] } });
    }
    default: return undefined;
  }
}

const NAMESPACE = ["DATABASE", "SCHEMA", "NAMESPACE"] as const;

/** `CREATE SCHEMA [IF NOT EXISTS] s [COMMENT 'x'] [LOCATION 'x']`. */
export function createNamespace(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  if (cursor.takeOneOf(...NAMESPACE) === undefined) return undefined;
  const ifNotExists = cursor.takeWords("IF", "NOT", "EXISTS"), name = nameReference(cursor).parts;
  let comment: string | undefined, location: string | undefined, entries: Readonly<Record<string, string>> = {};
  for (;;) {
    if (cursor.takeWords("COMMENT")) comment = cursor.string();
    else if (cursor.takeWords("LOCATION")) location = cursor.string();
    else if (cursor.takeWords("DEFAULT", "COLLATION")) throw cursor.error(first, "UNSUPPORTED_FEATURE.SCHEMA_LEVEL_COLLATIONS", "0A000", "The feature is not supported: Default collation for the specified schema.");
    else if (cursor.takeWords("WITH") && cursor.takeOneOf("DBPROPERTIES", "PROPERTIES") !== undefined) entries = properties(cursor);
    else break;
  }
  return Object.freeze({ kind: "create_namespace", name, ifNotExists, properties: entries, origin: cursor.originFrom(first), ...(comment !== undefined && { comment }), ...(location !== undefined && { location }) });
}

/** `DROP SCHEMA [IF EXISTS] s [RESTRICT | CASCADE]`. */
export function dropNamespace(cursor: SqlCursor, first: number): Command | undefined {
  cursor.position = first + 1;
  if (cursor.takeOneOf(...NAMESPACE) === undefined) return undefined;
  const ifExists = cursor.takeWords("IF", "EXISTS"), name = nameReference(cursor).parts;
  const cascade = cursor.takeOneOf("RESTRICT", "CASCADE") === "CASCADE";
  return Object.freeze({ kind: "drop_namespace", name, ifExists, cascade, origin: cursor.originFrom(first) });
}

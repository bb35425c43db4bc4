/** SQL text to plans: the parser of Spark 4.3's SELECT language. */
import { MillraceError } from "../base/errors.ts";
import type { Expression } from "../plan/expressions.ts";
import type { Relation, Statement } from "../plan/relations.ts";
import { tooComplex } from "../types/syntax-errors.ts";
import { MAX_DEPTH, type ParserSettings } from "../types/token-cursor.ts";
import { SqlCursor } from "./cursor.ts";
import { expression, namedExpression } from "./expressions.ts";
import { query } from "./query.ts";
import { statement } from "./statements.ts";

export type { ParserSettings } from "../types/token-cursor.ts";
export { parseDataType, parseSchemaDdl } from "../types/ddl.ts";

/**
 * One statement; a semicolon may follow it.
 * @throws ParseError PARSE_SYNTAX_ERROR, PARSE_EMPTY_STATEMENT and the like; AnalysisError MILLRACE_UNSUPPORTED for what Spark knows and Millrace doesn't
 */
export function parseStatement(sql: string, settings: ParserSettings = {}): Statement {
  return guarded(sql, () => statement(sql, settings));
}

/** A query; other statements are a syntax error. */
export function parseQuery(sql: string, settings: ParserSettings = {}): Relation {
  return guarded(sql, () => whole(sql, settings, query));
}

/** An expression; with an alias, as `expr("a + 1 AS b")` and selectExpr take it. */
export function parseExpression(sql: string, settings: ParserSettings = {}): Expression {
  return guarded(sql, () => whole(sql, settings, namedExpression));
}

/** A condition: an expression that can have no alias, as filter("a > 1") takes it. */
export function parseCondition(sql: string, settings: ParserSettings = {}): Expression {
  return guarded(sql, () => whole(sql, settings, expression));
}

/** `a.b.c`, with backticks where needed, as table("a.b") takes it. */
export function parseNameParts(sql: string, settings: ParserSettings = {}): string[] {
  return guarded(sql, () => whole(sql, settings, cursor => cursor.names()));
}

function whole<T>(sql: string, settings: ParserSettings, rule: (cursor: SqlCursor) => T): T {
  const cursor = new SqlCursor(sql, settings);
  if (cursor.isKind("end")) throw cursor.error(0, "PARSE_EMPTY_STATEMENT", "42617", "Syntax error, unexpected empty statement.");
  const result = rule(cursor);
  cursor.expectEnd();
  return result;
}

/** Refuses trees that the passes behind could not walk; and turns an overflow of the stack, however it came, into the same error. */
function guarded<T>(sql: string, parse: () => T): T {
  let result: T;
  try {
    result = parse();
  } catch (error) {
    if (error instanceof RangeError && !(error instanceof MillraceError)) throw tooComplex(sql);
    throw error;
  }
  if (isTooDeep(result)) throw tooComplex(sql);
  return result;
}

function isTooDeep(root: unknown): boolean {
  const pending: [unknown, number][] = [[root, 0]];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const [value, depth] = entry;
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) continue;
    if (depth > MAX_DEPTH) return true;
    if (Array.isArray(value)) {
      for (const item of value) pending.push([item, depth]);
      continue;
    }
    const below = "kind" in value ? depth + 1 : depth;
    for (const [key, item] of Object.entries(value)) if (key !== "origin") pending.push([item, below]);
  }
  return false;
}

/** Errors of the parser: Spark's conditions, with the place in the text and, where a word is near a keyword, a hint. */
import { editDistance, ParseError, type QueryContext } from "../base/errors.ts";
import { KEYWORDS } from "./keywords.ts";
import type { Token } from "./lexer.ts";

export function spanContext(sql: string, start: number, stop: number): QueryContext {
  return { fragment: sql.slice(start, stop), startIndex: start, stopIndex: stop };
}

/** Any error of the parser over a span of the text. */
export function parseError(
  sql: string, start: number, stop: number, condition: string, sqlState: string, message: string,
  messageParameters: Readonly<Record<string, string>> = {}, hint?: string,
): ParseError {
  return new ParseError({ condition, sqlState, message, messageParameters, queryContext: [spanContext(sql, start, stop)], hint });
}

/** PARSE_SYNTAX_ERROR at a token. `before` stands in front of it and may be the misspelt one; `after` stands behind it. */
export function syntaxError(sql: string, token: Token, before?: Token, after?: Token, detail = ""): ParseError {
  const error = token.kind === "end" ? "end of input" : `'${token.text}'`;
  // The end of the text has no fragment of its own: point at what stands last.
  const start = token.kind === "end" ? before?.start ?? 0 : token.start, stop = token.kind === "end" ? sql.trimEnd().length : token.stop;
  return parseError(sql, start, Math.max(start, stop), "PARSE_SYNTAX_ERROR", "42601", `Syntax error at or near ${error}${detail}.`,
    { error, hint: detail }, hintFor(token, before, after));
}

function hintFor(token: Token, before: Token | undefined, after: Token | undefined): string | undefined {
  if (token.kind === "bad" && /['"`]/.test(token.text)) return `this ${token.text} is never closed`;
  const words = [before?.value, token.value];
  if (words.includes("WATERMARK")) return "in front of the alias, write: WATERMARK column DELAY OF INTERVAL 10 SECONDS";
  if (before?.value === "OF" && token.kind !== "word") return "write an interval: INTERVAL 10 SECONDS";
  if (before?.value === "INTERVAL") return "an interval is an amount and a unit, YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND or MICROSECOND: INTERVAL 10 SECONDS";
  if (before?.kind === "word" && ["GROUP", "ORDER", "PARTITION"].includes(before.value) && token.value !== "BY") return `did you mean ${before.value} BY?`;
  return keywordHint(token, after) ?? (before === undefined ? undefined : keywordHint(before, token));
}

/** What a misspelt word is most likely to be, and so what a hint may name. */
const COMMON = "SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN INNER OUTER LEFT RIGHT FULL CROSS UNION INTERSECT EXCEPT DISTINCT STREAM WATERMARK DELAY INTERVAL WINDOW PARTITION OVER BETWEEN LATERAL VALUES WITH CASE WHEN THEN ELSE CAST EXISTS CREATE REPLACE TEMPORARY VIEW DROP EXPLAIN DESCRIBE SHOW QUALIFY PIVOT UNPIVOT RECURSIVE TABLESAMPLE".split(" ");

/** Two letters of a long word may be wrong, one of a short one. Of words as near, the one that takes what stands behind it comes first. */
function keywordHint(token: Token, after: Token | undefined): string | undefined {
  if (token.kind !== "word" || KEYWORDS.has(token.value) || token.value.length < 3) return undefined;
  const fits = (word: string): boolean => {
    if (after?.value === "BY") return word === "GROUP" || word === "ORDER" || word === "PARTITION";
    return after?.kind === "number" ? word === "LIMIT" || word === "OFFSET" : false;
  };
  let best: string | undefined, least = Infinity;
  for (const word of COMMON) {
    const distance = editDistance(token.value, word, 2);
    if (distance > (token.value.length < 6 ? 1 : 2)) continue;
    const score = distance + (fits(word) ? 0 : 0.5) + Math.abs(word.length - token.value.length) / 10;
    if (score < least) { least = score; best = word; }
  }
  return best === undefined ? undefined : `did you mean ${best}?`;
}

/** The text nests deeper, or chains longer, than the passes over the tree can go. */
export function tooComplex(sql: string): ParseError {
  return new ParseError({
    condition: "FAILED_TO_PARSE_TOO_COMPLEX", sqlState: "54001",
    message: "The statement, including potential SQL functions and referenced views, was too complex to parse.",
    queryContext: [spanContext(sql.length > 200 ? sql.slice(0, 200) : sql, 0, Math.min(sql.length, 200))],
    hint: "divide it into several views or common table expressions, or nest less deeply",
  });
}

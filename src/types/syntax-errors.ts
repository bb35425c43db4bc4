/** Errors of the parser: Spark's conditions, with the place in the text and, where a word is near a keyword, a hint. */
import { nearest, ParseError, type QueryContext } from "../base/errors.ts";
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

/** PARSE_SYNTAX_ERROR at a token. `before`: the token in front of it, which may be the misspelt one. */
export function syntaxError(sql: string, token: Token, before: Token | undefined, detail = ""): ParseError {
  const error = token.kind === "end" ? "end of input" : `'${token.text}'`;
  // The end of the text has no fragment of its own: point at what stands last.
  const start = token.kind === "end" ? before?.start ?? 0 : token.start, stop = token.kind === "end" ? sql.trimEnd().length : token.stop;
  return parseError(sql, start, Math.max(start, stop), "PARSE_SYNTAX_ERROR", "42601", `Syntax error at or near ${error}${detail}.`,
    { error, hint: detail }, keywordHint(token) ?? (before === undefined ? undefined : keywordHint(before)));
}

function keywordHint(token: Token): string | undefined {
  if (token.kind !== "word" || KEYWORDS.has(token.value) || token.value.length < 3) return undefined;
  const [keyword] = nearest(token.value, KEYWORDS);
  return keyword === undefined ? undefined : `did you mean ${keyword}?`;
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

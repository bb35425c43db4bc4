/**
 * SQL text to tokens, as Spark 4.3 cuts it: the longest match wins, comments nest, words are letters, digits and
 * underscores (so `1a` is a word and `1L` a number).
 */
import { ParseError } from "../base/errors.ts";
import { spanContext } from "./syntax-errors.ts";

export type TokenKind = "word" | "quoted" | "string" | "number" | "operator" | "end" | "bad";

/** Where a number's type comes from: its suffix, its point or its exponent. */
export type NumberKind = "integer" | "decimal" | "exponent" | "L" | "S" | "Y" | "F" | "D" | "BD";

export interface Token {
  readonly kind: TokenKind;
  /** As written. */
  readonly text: string;
  /** A word in upper case; the name in backticks; the value of a string; a number without its suffix; otherwise the text. */
  readonly value: string;
  readonly start: number;
  /** Exclusive. */
  readonly stop: number;
  readonly numberKind?: NumberKind;
}

export interface LexerOptions {
  /** `"x"` is a name, not a string (spark.sql.ansi.doubleQuotedIdentifiers). */
  readonly doubleQuotedIdentifiers?: boolean;
}

const SPACE = /[\s\u0000\uFEFF\u1680\u180e\u2000-\u200b\u3000]+/uy;
const WORD = /[\p{L}\d_]+/uy;
const URI = /\p{L}+:\/\/[\p{L}\d_/\-.?=&#%]+/uy;
const NUMBER = /(?:(\d+\.\d*|\.\d+)|\d+)(E[+-]?\d+)?(BD|[DFLSY])?/iy;
const LINE_COMMENT = /--(?:\\\n|[^\r\n])*/y;
const SINGLE_QUOTED = /'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'/y;
const DOUBLE_QUOTED = /"[^"\\]*(?:(?:\\[^]|"")[^"\\]*)*"/y;
const RAW_SINGLE = /r'[^']*'/iy, RAW_DOUBLE = /r"[^"]*"/iy;
const BACKQUOTED = /`[^`]*(?:``[^`]*)*`/y;
// A closing angle is always a token of its own, so that types can nest; shifts are put together from adjacent ones.
const OPERATOR = /<=>|<=|>=|<>|!=|!>|!<|==|\|\||\|>|::|->|=>|<<|\/\*\+|\*\/|[;(),.[\]!=<>+\-*/%~&|^:?]/y;

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

/** The tokens of `sql`, an `end` token last. Characters that belong to no token become `bad` tokens; the parser refuses them. */
export function tokenize(sql: string, options: LexerOptions = {}): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: TokenKind, text: string, value = text): void => {
    tokens.push({ kind, text, value, start: at, stop: at + text.length });
    at += text.length;
  };
  while (at < sql.length) {
    const space = match(SPACE, sql, at);
    if (space !== undefined) { at += space.length; continue; }
    const c = sql[at]!;
    if (c === "-" && sql[at + 1] === "-") { at += match(LINE_COMMENT, sql, at)!.length; continue; }
    if (c === "/" && sql[at + 1] === "*" && sql[at + 2] !== "+") { at = skipComment(sql, at); continue; }
    if (c === "'") {
      const text = match(SINGLE_QUOTED, sql, at);
      if (text === undefined) push("bad", c); else push("string", text, unescapeString(text));
      continue;
    }
    if (c === '"') {
      const text = match(DOUBLE_QUOTED, sql, at);
      if (text === undefined) push("bad", c);
      else if (options.doubleQuotedIdentifiers === true) push("quoted", text, text.slice(1, -1).replaceAll('""', '"'));
      else push("string", text, unescapeString(text));
      continue;
    }
    if (c === "`") {
      const text = match(BACKQUOTED, sql, at);
      if (text === undefined) push("bad", c); else push("quoted", text, text.slice(1, -1).replaceAll("``", "`"));
      continue;
    }
    if (c === "r" || c === "R") {
      const text = match(RAW_SINGLE, sql, at) ?? match(RAW_DOUBLE, sql, at);
      if (text !== undefined) { push("string", text, text.slice(2, -1)); continue; }
    }
    if ((c >= "0" && c <= "9") || c === ".") {
      const token = numberAt(sql, at);
      if (token !== undefined) { tokens.push(token); at = token.stop; continue; }
    }
    const word = match(URI, sql, at) ?? match(WORD, sql, at);
    if (word !== undefined) { push("word", word, word.toUpperCase()); continue; }
    const operator = match(OPERATOR, sql, at);
    if (operator !== undefined) { push("operator", operator); continue; }
    push("bad", String.fromCodePoint(sql.codePointAt(at)!));
  }
  push("end", "");
  return tokens;
}

/** The number at `at`, unless what stands there is longer as a word, or its point is followed by a name. */
function numberAt(sql: string, at: number): Token | undefined {
  NUMBER.lastIndex = at;
  const found = NUMBER.exec(sql);
  if (found === null) return undefined;
  let text = found[0], suffix = found[3]?.toUpperCase() as NumberKind | undefined;
  const hasPoint = found[1] !== undefined, hasExponent = found[2] !== undefined;
  if ((suffix === "L" || suffix === "S" || suffix === "Y") && (hasPoint || hasExponent)) {
    text = text.slice(0, -1);
    suffix = undefined;
  }
  const word = match(WORD, sql, at) ?? "";
  if (word.length > text.length) return undefined;
  if (hasPoint && /[A-Z0-9_]/i.test(sql[at + text.length] ?? "")) {
    // `1.x`: a whole number, a point and a name.
    const whole = /^\d+/.exec(text)?.[0];
    if (whole === undefined) return undefined;
    return { kind: "number", text: whole, value: whole, numberKind: "integer", start: at, stop: at + whole.length };
  }
  const kind = suffix ?? (hasExponent ? "exponent" : hasPoint ? "decimal" : "integer");
  const value = suffix === undefined ? text : text.slice(0, text.length - suffix.length);
  return { kind: "number", text, value, numberKind: kind, start: at, stop: at + text.length };
}

/** The offset behind the comment that opens at `at`; comments nest. */
function skipComment(sql: string, at: number): number {
  let depth = 1, i = at + 2;
  while (depth > 0) {
    if (i >= sql.length) {
      throw new ParseError({
        condition: "UNCLOSED_BRACKETED_COMMENT", sqlState: "42601",
        message: "Found an unclosed bracketed comment. Please, append */ at the end of the comment.",
        queryContext: [spanContext(sql, at, sql.length)],
      });
    }
    if (sql.startsWith("*/", i)) { depth--; i += 2; }
    else if (sql.startsWith("/*", i) && sql[i + 2] !== "+") { depth++; i += 2; }
    else i++;
  }
  return i;
}

const ESCAPES: Readonly<Record<string, string>> = { 0: "\0", b: "\b", n: "\n", r: "\r", t: "\t", Z: "\x1a", "%": "\\%", _: "\\_" };

/**
 * The value of a quoted string: a doubled quote is one, `\n` and its kin, `\101` octal, `\u0041` and `\U0001F600`; `\%`
 * and `\_` keep their backslash (for LIKE), another escaped character stands for itself.
 */
export function unescapeString(text: string): string {
  const quote = text[0]!, body = text.slice(1, -1);
  if (!body.includes("\\") && !body.includes(quote)) return body;
  let result = "";
  for (let i = 0; i < body.length;) {
    const c = body[i]!;
    if (c === quote) { result += quote; i += 2; continue; }
    if (c !== "\\" || i + 1 === body.length) { result += c; i++; continue; }
    const rest = body.slice(i + 1, i + 10);
    const short = /^u([0-9a-f]{4})/i.exec(rest), long = /^U([0-9a-f]{8})/i.exec(rest), octal = /^[01][0-7]{2}/.exec(rest);
    if (rest[0] === "u" && short !== null) { result += String.fromCharCode(Number.parseInt(short[1]!, 16)); i += 6; }
    else if (rest[0] === "U" && long !== null) {
      const code = Number.parseInt(long[1]!, 16);
      result += code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
      i += 10;
    } else if (octal !== null) { result += String.fromCharCode(Number.parseInt(octal[0], 8)); i += 4; }
    else { result += ESCAPES[rest[0]!] ?? rest[0]!; i += 2; }
  }
  // A lone half of a surrogate pair has no UTF-8.
  return result.toWellFormed();
}

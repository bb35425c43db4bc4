/**
 * A parser's place in a list of tokens, and what every rule of the grammar shares: looking ahead, taking words and
 * symbols, names, spans, errors, and the bound on depth. Of types (ddl.ts) and of all of SQL.
 */
import { ParseError } from "../base/errors.ts";
import { parseError, syntaxError, tooComplex } from "./syntax-errors.ts";
import { NO_TABLE_ALIAS, RESERVED } from "./keywords.ts";
import { tokenize, type Token } from "./lexer.ts";
import { withTexts } from "./text-parameters.ts";

/** Session settings that parsing depends on; what is left out has Spark's default. */
export interface ParserSettings {
  /** IANA name or `+hh:mm`, for TIMESTAMP literals; UTC by default. */
  readonly timeZone?: string;
  readonly conf?: { get(key: string): string | undefined };
  /** The values of `:name` that are texts: where a text or a name has to stand, they do. */
  readonly texts?: ((name: string) => string | undefined) | undefined;
}

export interface Span { readonly sql: string; readonly start: number; readonly stop: number }

/**
 * How deep a tree may be, and how deep the text may nest. The passes behind the parser go down the tree by recursion;
 * at this depth they stay well inside the default stack of a thread.
 */
export const MAX_DEPTH = 500;

/** Conditions that are the grammar's own, and what can't wait. */
const SYNTAX: ReadonlySet<string> = new Set(["PARSE_SYNTAX_ERROR", "PARSE_EMPTY_STATEMENT", "INVALID_IDENTIFIER", "UNCLOSED_BRACKETED_COMMENT", "FAILED_TO_PARSE_TOO_COMPLEX"]);

export class TokenCursor {
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly settings: ParserSettings;
  position = 0;
  /** For each opening parenthesis, the token number of its closing one. */
  readonly #closing = new Map<number, number>();
  #depth = 0;
  /** The number of the token that is the end, and the end. */
  #last: number;
  #end: Token;
  #refused: ParseError | undefined;
  readonly #reserved: boolean;

  constructor(sql: string, settings: ParserSettings = {}) {
    this.sql = sql;
    this.settings = settings;
    this.#reserved = this.isOn("spark.sql.ansi.enforceReservedKeywords");
    const tokens = tokenize(sql, { doubleQuotedIdentifiers: this.isOn("spark.sql.ansi.doubleQuotedIdentifiers") });
    this.tokens = settings.texts === undefined ? tokens : withTexts(tokens, settings.texts);
    this.#last = this.tokens.length - 1;
    this.#end = this.tokens[this.#last]!;
    const open: number[] = [];
    for (const [i, token] of this.tokens.entries()) {
      if (token.kind !== "operator") continue;
      if (token.text === "(") open.push(i);
      else if (token.text === ")") {
        const start = open.pop();
        if (start !== undefined) this.#closing.set(start, i);
      }
    }
  }

  /** Runs a rule as if the text ended in front of a token. */
  until<T>(token: number, rule: () => T): T {
    const last = this.#last, end = this.#end, { start } = this.tokens[token]!;
    this.#last = token;
    this.#end = { kind: "end", text: "", value: "", start, stop: start };
    try {
      return rule();
    } finally {
      this.#last = last;
      this.#end = end;
    }
  }

  /** Whether a setting that is off by default is on. */
  isOn(key: string): boolean { return this.settings.conf?.get(key)?.toLowerCase() === "true"; }

  /** The token `ahead` of the current one; the end for all past it. */
  peek(ahead = 0): Token { return this.position + ahead < this.#last ? this.tokens[this.position + ahead]! : this.#end; }
  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.position++;
    return token;
  }
  /** The token number of the parenthesis that closes the one `ahead`. */
  closingOf(ahead: number): number | undefined { return this.#closing.get(this.position + ahead); }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "word" && token.value === word;
  }
  isOneOf(words: readonly string[] | ReadonlySet<string>, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "word" && ("has" in words ? words.has(token.value) : words.includes(token.value));
  }
  areWords(...words: readonly string[]): boolean { return words.every((word, i) => this.isWord(word, i)); }
  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "operator" && token.text === symbol;
  }
  /** A name: a word or something in backticks. */
  isName(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "quoted" || (token.kind === "word" && !(this.#reserved && RESERVED.has(token.value)));
  }
  isKind(kind: Token["kind"], ahead = 0): boolean { return this.peek(ahead).kind === kind; }

  /** Takes the words if they stand here. */
  takeWords(...words: readonly string[]): boolean {
    if (!this.areWords(...words)) return false;
    this.position += words.length;
    return true;
  }
  /** Takes one of the words if one stands here. */
  takeOneOf(...words: readonly string[]): string | undefined {
    return this.isOneOf(words) ? this.next().value : undefined;
  }
  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.position++;
    return true;
  }
  expectWords(...words: readonly string[]): void {
    for (const word of words) if (!this.takeWords(word)) throw this.fail();
  }
  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.fail();
  }
  expectEnd(): void {
    while (this.takeSymbol(";"));
    if (this.isKind("end")) {
      if (this.#refused !== undefined) throw this.#refused;
      return;
    }
    const token = this.peek();
    throw this.fail(token.kind !== "bad" && this.isKind("end", 1) ? `: extra input '${token.text}'` : "");
  }

  /** Keeps what is wrong with a text that the grammar allows until all of it is read: errors of syntax come first. */
  refuse(error: ParseError): void { this.#refused ??= error; }

  /** A rule that refuses what it has read to its end; `substitute` stands for it until the rest is read. */
  built<T>(rule: () => T, substitute: T): T {
    try {
      return rule();
    } catch (error) {
      if (!(error instanceof ParseError) || SYNTAX.has(error.condition)) throw error;
      this.refuse(error);
      return substitute;
    }
  }

  /** How many tokens `IDENTIFIER('a.b')` takes here, which stands for a name; 0 where it doesn't. */
  identifierClause(ahead = 0): number {
    if (!this.isWord("IDENTIFIER", ahead) || !this.isSymbol("(", ahead + 1) || !this.isKind("string", ahead + 2) || this.isOn("spark.sql.legacy.identifierClause")) return 0;
    let behind = ahead + 3;
    while (this.isKind("string", behind)) behind++;
    return this.isSymbol(")", behind) ? behind + 1 - ahead : 0;
  }

  /** How many tokens the name here takes; 0 if there is none. */
  nameLength(ahead = 0): number { return this.identifierClause(ahead) || (this.isName(ahead) ? 1 : 0); }

  /** The parts of the name that IDENTIFIER('...') gives. */
  #clauseParts(length: number): string[] {
    const first = this.position, text = this.tokens.slice(first + 2, first + length - 1).map(token => token.value).join("");
    this.position += length;
    try {
      const inner = new TokenCursor(text, { ...this.settings, texts: undefined });
      if (inner.isKind("end")) throw inner.error(0, "PARSE_EMPTY_STATEMENT", "42617", "Syntax error, unexpected empty statement.");
      const parts = inner.names();
      if (!inner.isKind("end")) throw inner.fail(`: extra input '${inner.peek().text}'`);
      return parts;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      throw this.error(first, error.condition, error.sqlState, error.text, error.messageParameters);
    }
  }

  /** A name; what looks like `my-name` is refused with Spark's INVALID_IDENTIFIER where no expression can follow. */
  name(options: { readonly tableAlias?: boolean; readonly beforeExpression?: boolean; /** IDENTIFIER is a word like any other. */ readonly plain?: boolean } = {}): string {
    const token = this.peek();
    if (!this.isName() || (options.tableAlias === true && token.kind === "word" && NO_TABLE_ALIAS.has(token.value))) throw this.fail();
    const clause = options.plain === true ? 0 : this.identifierClause();
    if (clause > 0) {
      const first = this.position, parts = this.#clauseParts(clause);
      if (parts.length === 1) return parts[0]!;
      const identifier = parts.map(part => `\`${part}\``).join(".");
      throw this.error(first, "IDENTIFIER_TOO_MANY_NAME_PARTS", "42601", `${identifier} is not a valid identifier as it has more than 1 name part.`, { identifier, limit: "1" });
    }
    this.position++;
    if (token.kind === "quoted") return token.value;
    this.checkWord(token);
    if (options.beforeExpression !== true && this.isSymbol("-") && this.isName(1) && this.peek().start === token.stop && this.peek(1).start === this.peek().stop) {
      let last = this.peek(1), ahead = 2;
      while (this.isSymbol("-", ahead) && this.isName(ahead + 1)) { last = this.peek(ahead + 1); ahead += 2; }
      throw this.invalidIdentifier(this.sql.slice(token.start, last.stop), token.start, last.stop);
    }
    return token.text;
  }

  /** Words outside backticks are ASCII. */
  checkWord(token: Token): void {
    if (token.kind === "word" && !/^[A-Za-z0-9_]+$/.test(token.text)) throw this.invalidIdentifier(token.text, token.start, token.stop);
  }

  /** `a.b.c`. */
  names(options: { readonly beforeExpression?: boolean } = {}): string[] {
    const part = (): string[] => {
      const clause = this.identifierClause();
      return clause > 0 ? this.#clauseParts(clause) : [this.name(options)];
    }, parts = part();
    while (this.isSymbol(".") && this.isName(1)) {
      this.position++;
      parts.push(...part());
    }
    return parts;
  }
  /** `(a, b)`. */
  nameList(): string[] {
    this.expectSymbol("(");
    const result = this.list(() => this.name());
    this.expectSymbol(")");
    return result;
  }
  /** One or more, between commas. */
  list<T>(item: () => T): T[] {
    const result = [item()];
    while (this.takeSymbol(",")) result.push(item());
    return result;
  }
  /** One or more strings side by side are one. */
  string(): string {
    if (!this.isKind("string")) throw this.fail();
    let value = "";
    while (this.isKind("string")) value += this.next().value;
    return value;
  }
  integer(): bigint {
    const token = this.peek();
    if (token.kind !== "number" || token.numberKind !== "integer") throw this.fail();
    this.position++;
    return BigInt(token.value);
  }

  /** The span from the token with number `first` to the last one taken. */
  originFrom(first: number): Span {
    const start = this.tokens[first]!.start, last = this.tokens[Math.max(first, this.position - 1)]!;
    return Object.freeze({ sql: this.sql, start, stop: last.stop });
  }

  /** PARSE_SYNTAX_ERROR at the current token. */
  fail(detail = ""): ParseError { return this.failAt(this.position, detail); }
  failAt(position: number, detail = ""): ParseError {
    return syntaxError(this.sql, this.tokens[position]!, this.tokens[position - 1], this.tokens[position + 1], detail);
  }
  /** Another condition, over the tokens from number `first` to the last one taken. */
  error(first: number, condition: string, sqlState: string, message: string, parameters: Readonly<Record<string, string>> = {}, hint?: string): ParseError {
    const { start, stop } = this.originFrom(first);
    return parseError(this.sql, start, stop, condition, sqlState, message, parameters, hint);
  }
  invalidIdentifier(ident: string, start: number, stop: number): ParseError {
    return parseError(this.sql, start, stop, "INVALID_IDENTIFIER", "42602",
      `The unquoted identifier ${ident} is invalid and must be back quoted as: \`${ident}\`. Unquoted identifiers can only contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_'). Unquoted identifiers must also not start with a digit.`,
      { ident });
  }

  /** Runs a rule one level deeper; `cost` is how much of the stack it takes beside an expression in parentheses. */
  deeper<T>(rule: () => T, cost = 1): T {
    this.#depth += cost;
    if (this.#depth > MAX_DEPTH) throw tooComplex(this.sql);
    try {
      return rule();
    } finally {
      this.#depth -= cost;
    }
  }
}

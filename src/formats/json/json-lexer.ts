/** Tokens, objects and arrays of JSON text, as Jackson reads them under the options that Spark hands to it. */
import { NDJSON_ERRORS } from "../../kernels/ndjson.ts";
import type { Token } from "./json-scalars.ts";

/** What is taken for JSON, by options of Spark's reader. */
export interface JsonSyntax {
  /** Where space may stand, slashes and stars begin what is passed over. */
  readonly comments: boolean;
  readonly unquotedNames: boolean;
  readonly singleQuotes: boolean;
  readonly leadingZeros: boolean;
  /** A backslash may stand before any character. */
  readonly anyEscape: boolean;
  /** Strings may hold control characters as they are. */
  readonly controlChars: boolean;
  /** NaN, Infinity and their like are numbers. */
  readonly nonNumeric: boolean;
}

/** What Spark takes without options, and what the kernel knows. */
export const STANDARD_JSON: JsonSyntax = { comments: false, unquotedNames: false, singleQuotes: true, leadingZeros: false, anyEscape: false, controlChars: false, nonNumeric: true };

/**
 * The text is not JSON from here on: nothing of the record is kept. `code` as in the kernel. Thrown, and always caught by
 * the reader's caller; no Error, as the stack that one takes costs more than reading the record.
 */
export class JsonSyntaxError {
  readonly code: number;
  readonly at: number;
  constructor(code: number, at: number) {
    this.code = code;
    this.at = at;
  }
  get message(): string { return NDJSON_ERRORS[this.code]!; }
}

const SYNTAX = 1, UTF8 = 2, ESCAPE = 3, CONTROL = 4, DEPTH = 5, NAME_LENGTH = 6, NUMBER_LENGTH = 7;
/** Bytes of names without quotes: what Java takes for parts of identifiers when each is a character of Latin 1, and some signs. */
const BARE_NAME = /[\w$@#*+\-\x7f-\x9f\xa2-\xa5\xaa\xad\xb5\xba\xc0-\xd6\xd8-\xf6\xf8-\xff]/;
const MAX_DEPTH = 1000, MAX_NAME_LENGTH = 50_000, MAX_NUMBER_LENGTH = 1000;
const NON_NUMERIC = ["NaN", "Infinity", "-Infinity", "+Infinity", "-INF", "+INF"];
const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

export class JsonLexer {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
  readonly #syntax: JsonSyntax;
  #depth = 0;

  constructor(bytes: Buffer, from: number, to: number, syntax: JsonSyntax) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.#syntax = syntax;
  }

  /** Goes to the first byte of a record; false if it is blank. */
  startRecord(): boolean {
    if (this.byte() === 0xef && this.bytes[this.at + 1] === 0xbb && this.bytes[this.at + 2] === 0xbf) this.at += 3;
    this.#space();
    return this.at < this.end;
  }

  /** Reads a value of any kind; `member` and `element` read what is in it, if it is an object or array. */
  walk(member: (name: string) => void, element: () => void): "object" | "array" | Token {
    const c = this.byte();
    if (c === 0x7b) { this.members(member); return "object"; }
    if (c === 0x5b) { this.elements(element); return "array"; }
    return this.token();
  }

  /** Passes over a value of any kind. */
  skip(): void {
    const c = this.byte();
    if (c === 0x7b) this.members(() => this.skip());
    else if (c === 0x5b) this.elements(() => this.skip());
    else this.token();
  }
  protected members(member: (name: string) => void): void {
    this.enter();
    if (this.closes(0x7d)) return;
    while (true) {
      const c = this.byte(), at = this.at;
      if (!this.opensString(c) && !this.#syntax.unquotedNames) throw this.error();
      const name = this.opensString(c) ? this.string(true) : this.#bareName();
      if (name.length > MAX_NAME_LENGTH / 3 && Buffer.byteLength(name) > MAX_NAME_LENGTH) throw new JsonSyntaxError(NAME_LENGTH, at + 1);
      this.#space();
      if (this.byte() !== 0x3a) throw this.error();
      this.at++;
      this.#space();
      member(name);
      if (this.after(0x7d)) return;
    }
  }

  protected elements(element: () => void): void {
    this.enter();
    if (this.closes(0x5d)) return;
    while (true) {
      element();
      if (this.after(0x5d)) return;
    }
  }

  protected enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.error(DEPTH);
    this.at++;
    this.#space();
  }

  protected closes(bracket: number): boolean {
    if (this.byte() !== bracket) return false;
    this.at++;
    this.#depth--;
    return true;
  }

  protected after(bracket: number): boolean {
    this.#space();
    if (this.closes(bracket)) return true;
    if (this.byte() !== 0x2c) throw this.error();
    this.at++;
    this.#space();
    return false;
  }

  protected token(): Token {
    const c = this.byte(), at = this.at;
    if (this.opensString(c)) return { kind: "string", text: this.string() };
    const number = c === 0x2d || (c >= 48 && c <= 57) ? this.#number() : undefined;
    if (number !== undefined) return number;
    for (const word of ["true", "false", "null"] as const) if (this.word(word)) return { kind: word, text: word };
    if (this.#syntax.nonNumeric) for (const word of NON_NUMERIC) if (this.word(word)) return { kind: "fraction", text: word };
    throw new JsonSyntaxError(SYNTAX, at);
  }

  #number(): Token | undefined {
    let p = this.at + (this.byte() === 0x2d ? 1 : 0);
    const start = this.at;
    const digits = (): number => {
      const from = p;
      while (p < this.end && this.bytes[p]! >= 48 && this.bytes[p]! <= 57) p++;
      return p - from;
    };
    const first = this.bytes[p];
    let count = digits();
    if (count === 0) return undefined;
    if (count > 1 && first === 48 && !this.#syntax.leadingZeros) throw new JsonSyntaxError(SYNTAX, start);
    let kind: "whole" | "fraction" = "whole";
    const need = (): void => {
      const more = digits();
      if (more === 0) throw new JsonSyntaxError(SYNTAX, start);
      count += more;
      kind = "fraction";
    };
    if (p < this.end && this.bytes[p] === 0x2e) { p++; need(); }
    if (p < this.end && (this.bytes[p]! | 32) === 0x65) {
      p++;
      if (p < this.end && (this.bytes[p] === 0x2b || this.bytes[p] === 0x2d)) p++;
      need();
    }
    if (count > MAX_NUMBER_LENGTH) throw new JsonSyntaxError(NUMBER_LENGTH, start);
    this.at = p;
    return { kind, text: this.#ascii(start, p) };
  }

  protected word(word: string): boolean {
    if (this.at + word.length > this.end) return false;
    for (let i = 0; i < word.length; i++) if (this.bytes[this.at + i] !== word.charCodeAt(i)) return false;
    this.at += word.length;
    return true;
  }

  /** Text between quotes; those of values in single quotes hold no control characters at all. Lone surrogates become question marks, as in Spark; in a name they are refused. */
  protected string(isName = false): string {
    const { bytes, end } = this, start = this.at, quote = bytes[start]!;
    let p = start + 1, isPlain = true;
    for (; p < end && bytes[p] !== quote; p++) {
      const c = bytes[p]!;
      if (c < 0x20 && !(this.#syntax.controlChars && (quote === 0x22 || isName))) throw new JsonSyntaxError(CONTROL, p);
      if (c === 0x5c) { this.#checkEscape(p); p++; isPlain = false; }
      else if (c >= 0x80) isPlain = false;
    }
    if (p >= end) throw new JsonSyntaxError(CONTROL, end);
    this.at = p + 1;
    if (isPlain) return this.#ascii(start + 1, p);
    const text = this.#units(start + 1, p);
    if (text.isWellFormed()) return text;
    if (isName) throw new JsonSyntaxError(UTF8, start + 1);
    return wellFormed(text);
  }

  #checkEscape(p: number): void {
    const c = p + 1 < this.end ? String.fromCharCode(this.bytes[p + 1]!) : "";
    if (c === "u" ? /^[0-9a-fA-F]{4}$/.test(this.#ascii(p + 2, Math.min(this.end, p + 6))) : c !== "" && (`"\\/bfnrt`.includes(c) || this.#syntax.anyEscape || c === "'" && this.#syntax.singleQuotes)) return;
    throw new JsonSyntaxError(ESCAPE, p);
  }

  protected opensString(c: number): boolean { return c === 0x22 || c === 0x27 && this.#syntax.singleQuotes; }

  /** A name without quotes: as identifiers of JavaScript, and with some signs more, at any place of it. */
  #bareName(): string {
    const { bytes, end, at: start } = this;
    let p = start;
    while (p < end && BARE_NAME.test(String.fromCharCode(bytes[p]!))) p++;
    if (p === start) throw this.error();
    this.at = p;
    return this.#units(start, p);
  }

  /** UTF-16 units as Jackson makes them: bytes must look like UTF-8, but overlong forms and code points beyond the last are let through. */
  #units(from: number, to: number): string {
    const { bytes } = this;
    let text = "", p = from;
    const rest = (lead: number, count: number): number => {
      let value = lead;
      for (let i = 1; i <= count; i++) {
        if (p + i >= to || (bytes[p + i]! & 0xc0) !== 0x80) throw new JsonSyntaxError(UTF8, p);
        value = (value << 6) | (bytes[p + i]! & 0x3f);
      }
      p += count + 1;
      return value;
    };
    while (p < to) {
      const c = bytes[p]!;
      if (c === 0x5c) {
        const escaped = String.fromCharCode(bytes[p + 1]!);
        if (bytes[p + 1]! >= 0x80) { p++; continue; }
        if (escaped === "u") text += String.fromCharCode(parseInt(this.#ascii(p + 2, p + 6), 16));
        else text += ESCAPES[escaped] ?? escaped;
        p += escaped === "u" ? 6 : 2;
      } else if (c < 0x80) { text += String.fromCharCode(c); p++; }
      else if ((c & 0xe0) === 0xc0) text += String.fromCharCode(rest(c & 0x1f, 1));
      else if ((c & 0xf0) === 0xe0) {
        const at = p, unit = rest(c & 0x0f, 2);
        if (unit >= 0xd800 && unit < 0xe000) throw new JsonSyntaxError(UTF8, at);
        text += String.fromCharCode(unit);
      } else if ((c & 0xf8) === 0xf0) {
        const value = rest(c & 0x07, 3) - 0x10000;
        text += String.fromCharCode(0xd800 | (value >> 10), 0xdc00 | (value & 0x3ff));
      } else throw new JsonSyntaxError(UTF8, p);
    }
    return text;
  }

  /** Short text is made here: a call into the buffer's decoder costs more. */
  #ascii(from: number, to: number): string {
    if (to - from > 16) return this.bytes.toString("latin1", from, to);
    let text = "";
    for (let p = from; p < to; p++) text += String.fromCharCode(this.bytes[p]!);
    return text;
  }
  protected byte(): number { return this.at < this.end ? this.bytes[this.at]! : -1; }
  #space(): void {
    for (let c = this.byte(); ; c = this.byte()) {
      if (c === 32 || c === 9 || c === 10 || c === 13) this.at++;
      else if (c !== 0x2f || !this.#syntax.comments) return;
      else this.#comment();
    }
  }

  #comment(): void {
    const { bytes, end, at } = this, kind = bytes[at + 1];
    let p = at + 2;
    if (kind === 0x2f && p <= end) while (p < end && bytes[p] !== 10 && bytes[p] !== 13) p++;
    else {
      const close = kind === 0x2a ? bytes.subarray(0, end).indexOf("*/", p) : -1;
      if (close < 0) throw this.error();
      p = close + 2;
    }
    this.at = Math.min(p, end);
  }
  protected error(code = SYNTAX): JsonSyntaxError { return new JsonSyntaxError(code, this.at); }
}

/** Java's getBytes(UTF_8) puts a question mark for a surrogate that has no partner. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "?");
}

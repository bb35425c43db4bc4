/**
 * One record of CSV after the other, by the rules of the parser that Spark uses (univocity-parsers), with what it makes of quotes that
 * nobody escaped. Slow and complete: it decides the records that the kernel leaves, and is what the kernel is compared with. It
 * works on bytes as characters, so that places in the text are places in the input.
 */
import { ExecutionError } from "../../base/errors.ts";
import { textOfBytes, type CsvSyntax } from "./csv-options.ts";

const NONE = "\0";
/** Thrown at the end of the text, and always caught here. */
const END = Symbol("end of input");

export class CsvTokenizer {
  readonly #syntax: CsvSyntax;
  readonly #multiSeparator: string | undefined;
  readonly #separator: string;
  readonly #untilSeparator: boolean;
  readonly #newLine: string;
  #text = "";
  #at = 0;
  #end = 0;
  /** In multi-line text: what ends a line, and is read as LF. */
  #lineEnd = "\n";
  #normalizes = true;
  #ch = "";
  /** NUL: nothing of a quoted value came before. */
  #prev = NONE;
  #unescaped = false;
  #value = "";
  #trim = false;
  #match = 0;
  #tokens: string[] = [];
  /** Records that a quote without its end gave back at once. */
  #pending: string[][] = [];
  #pendingEnd = 0;

  constructor(syntax: CsvSyntax) {
    this.#syntax = syntax;
    this.#multiSeparator = syntax.separator.length > 1 ? syntax.separator : undefined;
    this.#separator = syntax.separator[0]!;
    this.#untilSeparator = syntax.handling === "STOP_AT_DELIMITER" || syntax.handling === "SKIP_VALUE" || syntax.handling === "BACK_TO_DELIMITER";
    this.#newLine = syntax.lineSeparator?.length === 1 ? syntax.lineSeparator : "\n";
  }

  /** The fields of a line, which is without its end; undefined if it has none. */
  line(text: string): string[] | undefined {
    return this.record(text, 0, text.length, true)?.tokens;
  }

  /**
   * The record that begins at `from`, and where the next one does. Undefined: there is none to the end of the text, or it goes on beyond it
   * and `isLast` is not set. `lineEnd`: what ends lines.
   * @throws ExecutionError MALFORMED_CSV_RECORD for what fails whatever the mode is
   */
  record(text: string, from: number, end: number, isLast: boolean, lineEnd = this.#syntax.lineSeparator ?? "\n"): { readonly tokens: string[]; readonly end: number } | undefined {
    if (this.#pending.length > 0) return this.#nextPending(from);
    this.#text = text;
    this.#at = from;
    this.#end = end;
    this.#lineEnd = lineEnd;
    this.#normalizes = true;
    this.#tokens = [];
    this.#value = "";
    this.#match = 0;
    this.#prev = NONE;
    this.#unescaped = false;
    this.#trim = false;
    try {
      this.#ch = "";
      this.#next();
      if (this.#multiSeparator === undefined) this.#record(); else this.#recordOfMany();
    } catch (error) {
      if (error !== END) throw error;
      if (!isLast) return undefined;
      if (!this.#atEnd(from)) return undefined;
    }
    if (this.#pending.length === 0) return { tokens: this.#tokens, end: this.#at };
    this.#pending.push(this.#tokens);
    this.#pendingEnd = this.#at;
    return this.#nextPending(from);
  }

  /** Records of one place: the last of them ends behind it. */
  #nextPending(from: number): { readonly tokens: string[]; readonly end: number } {
    const tokens = this.#pending.shift()!;
    return { tokens, end: this.#pending.length === 0 ? this.#pendingEnd : from };
  }

  reset(): void { this.#pending = []; }

  #next(): void {
    if (this.#at >= this.#end) throw END;
    const c = this.#text[this.#at++]!;
    if (this.#normalizes && c === this.#lineEnd[0] && (this.#lineEnd.length === 1 || this.#text[this.#at] === this.#lineEnd[1])) {
      if (this.#lineEnd.length === 2) this.#at++;
      this.#ch = this.#newLine;
    } else this.#ch = c;
  }

  #isSpace(): boolean { return this.#ch <= " "; }

  #put(token: string): void {
    if (this.#tokens.length >= this.#syntax.maxColumns) throw malformed(this.#text.slice(0, this.#end), `more columns than maxColumns (${this.#syntax.maxColumns})`);
    this.#tokens.push(token);
  }

  /** A field without anything. */
  #empty(): void { this.#put(this.#syntax.nullValue); }

  #append(text: string): void {
    this.#value += text;
    if (this.#syntax.maxChars >= 0 && this.#value.length > this.#syntax.maxChars && textOfBytes(this.#value).length > this.#syntax.maxChars) throw malformed(this.#text.slice(0, this.#end), `a value longer than maxCharsPerColumn (${this.#syntax.maxChars})`);
  }

  #finish(): void {
    const text = this.#trim ? this.#value.replace(/[\x00-\x20]+$/, "") : this.#value;
    this.#trim = false;
    this.#value = "";
    this.#put(text === "" ? this.#syntax.emptyValue : text);
  }

  /** What the end of the input means for what was read. False: there was nothing. */
  #atEnd(from: number): boolean {
    const { quote } = this.#syntax;
    let takes = false;
    if (this.#ch === quote && this.#prev === quote) takes = true;
    else {
      if (this.#ch === quote && !this.#unescaped) this.#value += quote;
      takes = this.#prev !== NONE && this.#ch !== this.#separator && this.#ch !== this.#newLine;
      if (this.#match > 0) {
        this.#saveMatch();
        takes = true;
      }
    }
    if (this.#value !== "" || takes) this.#finish();
    else if (this.#at > from) this.#empty();
    else return this.#tokens.length > 0;
    return true;
  }

  #record(): void {
    const { ignoreLeading, ignoreTrailing, quote, handling } = this.#syntax;
    if (ignoreLeading) this.#skipSpace();
    while (this.#ch !== this.#newLine) {
      if (ignoreLeading) this.#skipSpace();
      if (this.#ch === this.#separator || this.#ch === this.#newLine) this.#empty();
      else {
        this.#unescaped = false;
        this.#prev = NONE;
        if (this.#ch === quote) {
          this.#normalizes = this.#normalizesInQuotes;
          if (this.#plainQuoted()) {
            this.#normalizes = true;
            this.#next();
            if (this.#ch === this.#separator) {
              this.#next();
              if (this.#ch === this.#newLine) this.#empty();
            }
            continue;
          }
          this.#quoted();
          this.#normalizes = true;
          if (!(this.#unescaped && handling === "BACK_TO_DELIMITER" && this.#value === "")) this.#finish();
        } else this.#unquoted(ignoreTrailing);
      }
      if (this.#ch !== this.#newLine) {
        this.#next();
        if (this.#ch === this.#newLine) this.#empty();
      }
    }
  }

  get #normalizesInQuotes(): boolean { return this.#syntax.lineSeparator === undefined || !this.#syntax.multiLine; }

  #unquoted(trims: boolean): void {
    this.#trim = trims;
    this.#until(this.#separator, this.#newLine);
    // A field of nothing but space is none; at the end of the input it is an empty one.
    if (trims && /^[\x00-\x20]*$/.test(this.#value)) {
      this.#value = "";
      this.#trim = false;
      this.#empty();
    } else this.#finish();
  }

  #skipSpace(): void {
    while (this.#isSpace() && this.#ch !== this.#separator && this.#ch !== this.#newLine && this.#ch !== this.#syntax.quote) this.#next();
  }

  #until(a: string, b: string, c = a): void {
    const first = this.#ch;
    while (this.#ch !== a && this.#ch !== b && this.#ch !== c) {
      this.#append(this.#ch);
      if (this.#at >= this.#end) this.#ch = first; // where the input ends, a quote that ends a value is no end of quotes
      this.#next();
    }
  }

  /** A quoted value without escapes, with a separator or a line end right behind it, is taken as it stands. */
  #plainQuoted(): boolean {
    const { quote, escape, escapeEscape } = this.#syntax, text = this.#text;
    for (let i = this.#at; i < this.#end; i++) {
      const c = text[i]!, after = i + 1 < this.#end ? text[i + 1] : undefined;
      if (c === quote) {
        if (text[i - 1] === escape || after === undefined || (after !== this.#separator && after !== this.#newLine) || i - this.#at > this.#syntax.maxChars && this.#syntax.maxChars >= 0) return false;
        this.#value = text.slice(this.#at, i);
        this.#at = i + 1;
        this.#finish();
        return true;
      }
      if (c === escape && (after === quote || after === escapeEscape)) return false;
      if (this.#normalizes && c === this.#lineEnd[0] && (this.#lineEnd.length === 1 || after === this.#lineEnd[1])) return false;
    }
    return false;
  }

  /** From a quote on, or, with `prev`, behind one that nobody escaped. */
  #quoted(): void {
    const { quote, escape, escapeEscape, handling, ignoreTrailing } = this.#syntax;
    if (this.#prev !== NONE && this.#untilSeparator) {
      if (handling === "SKIP_VALUE") return this.#skipValue();
      this.#value = quote + this.#value;
      this.#next();
      this.#trim = ignoreTrailing;
      return this.#until(this.#separator, this.#newLine);
    }
    this.#next();
    for (;;) {
      if (this.#prev === quote && (this.#isSpace() || this.#ch === this.#separator || this.#ch === this.#newLine)) break;
      if (this.#ch !== quote && this.#ch !== escape) {
        if (this.#prev === quote) {
          if (this.#unescapedQuote() && handling === "SKIP_VALUE") break;
          return;
        }
        if (this.#prev === escape && escape !== "\0") this.#append(escape);
        this.#until(quote, escape, escapeEscape);
        this.#prev = this.#ch;
        this.#next();
      } else {
        this.#escapeInQuotes();
        this.#prev = this.#ch;
        this.#next();
        if (this.#unescaped && (this.#ch === this.#separator || this.#ch === this.#newLine)) return;
      }
    }
    if (this.#ch !== this.#separator && this.#ch !== this.#newLine && this.#isSpace()) {
      let space = "";
      do {
        space += this.#ch;
        this.#next();
        if (this.#ch === this.#newLine) return;
      } while (this.#isSpace() && this.#ch !== this.#separator);
      if (this.#ch !== this.#separator && handling !== "RAISE_ERROR") {
        this.#append(quote + space);
        if (this.#untilSeparator || (this.#ch !== quote && this.#ch !== escape)) this.#append(this.#ch);
        this.#prev = this.#ch;
        this.#quoted();
      }
    }
    if (this.#ch !== this.#separator && this.#ch !== this.#newLine) throw malformed(this.#text.slice(0, this.#end), `'${this.#ch}' follows a quoted value`);
  }

  #skipValue(): void {
    this.#value = "";
    if (this.#multiSeparator === undefined) {
      while (this.#ch !== this.#separator && this.#ch !== this.#newLine) this.#next();
      return;
    }
    for (; this.#match < this.#multiSeparator.length && this.#ch !== this.#newLine; this.#next()) this.#match = this.#multiSeparator[this.#match] === this.#ch ? this.#match + 1 : 0;
  }

  /** False: the value ends here. */
  #unescapedQuote(): boolean {
    const { quote, handling } = this.#syntax;
    this.#unescaped = true;
    switch (handling) {
      case "BACK_TO_DELIMITER": {
        for (;;) {
          const at = this.#value.search(this.#separator === "\n" ? /\n/ : new RegExp(`[\\n${escaped(this.#separator)}]`));
          if (at < 0) break;
          this.#put(this.#value.slice(0, at));
          if (this.#value[at] === this.#newLine) {
            this.#pending.push(this.#tokens);
            this.#tokens = [];
          }
          this.#value = this.#value.slice(at + 1);
        }
        this.#append(this.#ch);
        this.#prev = NONE;
        this.#quoted();
        return true;
      }
      case "STOP_AT_CLOSING_QUOTE": case "STOP_AT_DELIMITER":
        this.#append(quote);
        this.#append(this.#ch);
        this.#prev = this.#ch;
        if (this.#multiSeparator === undefined) this.#quoted(); else this.#quotedOfMany();
        return true;
      case "SKIP_VALUE":
        this.#skipValue();
        return false;
      case "RAISE_ERROR": throw malformed(this.#text.slice(0, this.#end), "an unescaped quote in a quoted value");
    }
  }

  #escapeInQuotes(): void {
    const { quote, escape, escapeEscape } = this.#syntax;
    if (this.#ch === escape && this.#prev === escapeEscape && escapeEscape !== "\0") {
      this.#append(escape);
      this.#ch = "\0";
    } else if (this.#prev === escape) {
      if (this.#ch === quote) {
        this.#append(quote);
        this.#ch = "\0";
      } else this.#append(this.#prev);
    } else if (this.#ch === quote && this.#prev === quote) this.#append(quote);
    else if (this.#prev === quote) this.#unescapedInValue();
  }

  #unescapedInValue(): void {
    const { quote, handling } = this.#syntax;
    if (handling === "SKIP_VALUE") return this.#skipValue();
    if (handling === "RAISE_ERROR") throw malformed(this.#text.slice(0, this.#end), "an unescaped quote in a value");
    this.#append(quote);
    this.#prev = this.#ch;
    while (this.#ch !== this.#separator && this.#ch !== this.#newLine) {
      if (this.#ch !== quote && this.#ch !== this.#syntax.escape) {
        if (this.#prev === quote) return this.#unescapedInValue();
        this.#append(this.#ch);
      } else this.#escapeInQuotes();
      this.#prev = this.#ch;
      this.#next();
    }
  }

  // Separators of several characters.

  #matchSeparator(saves: boolean): boolean {
    const many = this.#multiSeparator!;
    while (this.#ch === many[this.#match]) {
      if (++this.#match === many.length) break;
      this.#next();
    }
    if (this.#match === many.length) {
      this.#match = 0;
      return true;
    }
    if (saves && this.#match > 0) this.#saveMatch();
    return false;
  }

  #saveMatch(): void {
    if (this.#match < this.#multiSeparator!.length) this.#append(this.#multiSeparator!.slice(0, this.#match));
    this.#match = 0;
  }

  #skipSpaceOfMany(): void {
    while (this.#isSpace() && this.#ch !== this.#newLine && this.#ch !== this.#syntax.quote) {
      this.#next();
      if (this.#multiSeparator![0] === this.#ch && this.#matchSeparator(true)) {
        this.#empty();
        this.#next();
      }
    }
  }

  #recordOfMany(): void {
    const { ignoreLeading, ignoreTrailing, quote, handling } = this.#syntax;
    if (ignoreLeading) this.#skipSpaceOfMany();
    while (this.#ch !== this.#newLine) {
      if (ignoreLeading) this.#skipSpaceOfMany();
      if (this.#ch === this.#newLine || this.#matchSeparator(true)) this.#empty();
      else {
        this.#unescaped = false;
        this.#prev = NONE;
        if (this.#ch === quote && this.#value === "") {
          this.#normalizes = this.#normalizesInQuotes;
          this.#quotedOfMany();
          this.#normalizes = true;
          if (!(this.#unescaped && handling === "BACK_TO_DELIMITER" && this.#value === "")) this.#finish();
        } else {
          this.#untilMany();
          this.#trim = ignoreTrailing;
          this.#finish();
        }
      }
      if (this.#ch !== this.#newLine) {
        this.#next();
        if (this.#ch === this.#newLine) this.#empty();
      }
    }
  }

  #untilMany(): void {
    const many = this.#multiSeparator!;
    while (this.#match < many.length && this.#ch !== this.#newLine) {
      if (many[this.#match] === this.#ch) {
        if (++this.#match === many.length) break;
      } else {
        if (this.#match > 0) {
          this.#saveMatch();
          continue;
        }
        this.#append(this.#ch);
      }
      this.#next();
    }
    this.#saveMatch();
  }

  #quotedOfMany(): void {
    const { quote, escape, escapeEscape, handling, ignoreTrailing } = this.#syntax;
    if (this.#prev !== NONE && this.#untilSeparator) {
      if (handling === "SKIP_VALUE") return this.#skipValue();
      this.#value = quote + this.#value;
      this.#next();
      this.#trim = ignoreTrailing;
      return this.#untilMany();
    }
    this.#next();
    for (;;) {
      if (this.#prev === quote && (this.#isSpace() || this.#ch === this.#newLine)) break;
      if (this.#matchSeparator(true)) return;
      if (this.#ch !== quote && this.#ch !== escape) {
        if (this.#prev === quote) {
          if (this.#unescapedQuote() && handling === "SKIP_VALUE") break;
          return;
        }
        if (this.#prev === escape && escape !== "\0") this.#append(escape);
        this.#until(quote, escape, escapeEscape);
        this.#prev = this.#ch;
        this.#next();
      } else {
        this.#escapeInQuotes();
        this.#prev = this.#ch;
        this.#next();
        if (this.#unescaped && (this.#ch === this.#newLine || this.#matchSeparator(true))) return;
      }
    }
    if (this.#ch === this.#newLine || !this.#isSpace() || this.#matchSeparator(false)) return;
    let space = "";
    do {
      space += this.#ch;
      this.#next();
      if (this.#ch === this.#newLine || this.#matchSeparator(false)) return;
    } while (this.#isSpace());
    if (handling !== "RAISE_ERROR" && !this.#matchSeparator(false)) {
      this.#append(quote + space);
      if (this.#untilSeparator || (this.#ch !== quote && this.#ch !== escape)) this.#append(this.#ch);
      this.#prev = this.#ch;
      this.#quotedOfMany();
    }
  }
}

const escaped = (character: string): string => character.replace(/[\\\]^-]/, "\\$&");

/** What fails whatever the mode is. */
export function malformed(record: string, hint: string): ExecutionError {
  const text = textOfBytes(record.length > 1000 ? `${record.slice(0, 1000)}...` : record);
  return new ExecutionError({ condition: "MALFORMED_CSV_RECORD", sqlState: "KD000", message: `Malformed CSV record: ${text}`, messageParameters: { badRecord: text }, hint });
}

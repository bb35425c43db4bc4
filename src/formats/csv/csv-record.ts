/** A record whose fields a single character separates. */
import type { CsvSyntax } from "./csv-options.ts";
import { CsvScan, END, NONE } from "./csv-scan.ts";

export class CsvRecord extends CsvScan {
  /** The separator, or the first character of it. */
  protected readonly separator: string;
  /** A value goes on to the separator behind a quote that nobody escaped. */
  protected readonly untilSeparator: boolean;
  /** NUL: nothing of a quoted value came before. */
  protected prev = NONE;
  protected unescaped = false;
  /** Records that a quote without its end gave back: they come before the fields in `tokens`. */
  earlier: string[][] = [];

  constructor(syntax: CsvSyntax) {
    super(syntax);
    this.separator = syntax.separator[0]!;
    this.untilSeparator = syntax.handling === "STOP_AT_DELIMITER" || syntax.handling === "SKIP_VALUE" || syntax.handling === "BACK_TO_DELIMITER";
  }

  /**
   * Reads the record that begins at `from`: its fields are in `tokens`, and `at` is behind it. False: there is none to the end of the text, or it
   * goes on beyond it and `isLast` is not set.
   * @throws ExecutionError MALFORMED_CSV_RECORD for what fails whatever the mode is
   */
  read(text: string, from: number, end: number, isLast: boolean, lineEnd: string): boolean {
    this.begin(text, from, end, lineEnd);
    try {
      this.next();
      this.#fields();
      return true;
    } catch (error) {
      if (error !== END) throw error;
      return isLast && this.#atEnd(from);
    }
  }

  protected override begin(text: string, from: number, end: number, lineEnd: string): void {
    super.begin(text, from, end, lineEnd);
    this.prev = NONE;
    this.unescaped = false;
    this.earlier = [];
  }

  /** What the end of the input means for what was read. False: there was nothing. */
  #atEnd(from: number): boolean {
    const { quote } = this.syntax;
    let takes = false;
    if (this.ch === quote && this.prev === quote) takes = true;
    else {
      if (this.ch === quote && !this.unescaped) this.value += quote;
      takes = this.prev !== NONE && this.ch !== this.separator && this.ch !== this.newLine;
      if (this.takesBegun()) takes = true;
    }
    if (this.value !== "" || takes) this.finish();
    else if (this.at > from) this.empty();
    else return this.tokens.length > 0;
    return true;
  }

  #fields(): void {
    const { ignoreLeading, quote, handling } = this.syntax;
    if (ignoreLeading) this.skipSpace();
    while (this.ch !== this.newLine) {
      if (ignoreLeading) this.skipSpace();
      if (this.isFieldEnd()) this.empty();
      else {
        this.unescaped = false;
        this.prev = NONE;
        if (this.ch === quote && this.value === "") {
          this.normalizes = this.syntax.lineSeparator === undefined || !this.syntax.multiLine;
          const isPlain = this.plainQuoted();
          if (!isPlain) this.quoted();
          this.normalizes = true;
          if (isPlain) {
            this.next();
            if (this.ch === this.separator) {
              this.next();
              if (this.ch === this.newLine) this.empty();
            }
            continue;
          }
          if (!(this.unescaped && handling === "BACK_TO_DELIMITER" && this.value === "")) this.finish();
        } else this.unquoted();
      }
      if (this.ch !== this.newLine) {
        this.next();
        if (this.ch === this.newLine) this.empty();
      }
    }
  }

  // What separators of several characters do otherwise.

  protected isFieldEnd(): boolean { return this.#isEnd(); }

  /** Takes what began like a separator, and is none, into the value. False: there is nothing of that kind. */
  protected takesBegun(): boolean { return false; }

  protected skipSpace(): void {
    while (this.isSpace() && !this.#isEnd() && this.ch !== this.syntax.quote) this.next();
  }

  protected skipValue(): void {
    this.value = "";
    while (!this.#isEnd()) this.next();
  }

  protected quoted(): void { this.#quoted(); }

  protected unquoted(): void {
    const trims = this.trim = this.syntax.ignoreTrailing;
    this.until(this.separator, this.newLine);
    // A field of nothing but space is none; at the end of the input it is an empty one.
    if (trims && /^[\x00-\x20]*$/.test(this.value)) {
      this.value = "";
      this.trim = false;
      this.empty();
    } else this.finish();
  }

  /** A quoted value without escapes, with a separator or a line end right behind it, is taken as it stands. */
  protected plainQuoted(): boolean {
    const { quote, escape, escapeEscape, maxChars } = this.syntax, { text, lineEnd } = this;
    for (let i = this.at; i < this.end; i++) {
      const c = text[i]!, after = i + 1 < this.end ? text[i + 1] : undefined;
      if (c === quote) {
        if (text[i - 1] === escape || after === undefined || (after !== this.separator && after !== this.newLine) || i - this.at > maxChars && maxChars >= 0) return false;
        this.value = text.slice(this.at, i);
        this.at = i + 1;
        this.finish();
        return true;
      }
      if (c === escape && (after === quote || after === escapeEscape)) return false;
      if (this.normalizes && c === lineEnd[0] && (lineEnd.length === 1 || after === lineEnd[1])) return false;
    }
    return false;
  }

  #isEnd(): boolean { return this.ch === this.separator || this.ch === this.newLine; }

  /** From a quote on, or, with `prev`, behind one that nobody escaped. */
  #quoted(): void {
    const { quote, handling } = this.syntax;
    if (this.prev !== NONE && this.untilSeparator) {
      if (handling === "SKIP_VALUE") return this.skipValue();
      this.takeQuoteBack();
      return this.until(this.separator, this.newLine);
    }
    this.next();
    while (!(this.prev === quote && (this.isSpace() || this.#isEnd()))) {
      const step = this.stepInQuotes();
      if (step === "left" || step === "escape" && this.unescaped && this.#isEnd()) return;
    }
    if (!this.#isEnd() && this.isSpace()) {
      let space = "";
      do {
        space += this.ch;
        this.next();
        if (this.ch === this.newLine) return;
      } while (this.isSpace() && this.ch !== this.separator);
      if (this.ch !== this.separator && handling !== "RAISE_ERROR") {
        this.takeSpaceBack(space);
        this.#quoted();
      }
    }
    if (!this.#isEnd()) throw this.malformed(`'${this.ch}' follows a quoted value`);
  }

  /** The quote belongs to the value, which goes on. */
  protected takeQuoteBack(): void {
    this.value = this.syntax.quote + this.value;
    this.next();
    this.trim = this.syntax.ignoreTrailing;
  }

  /** The quote and the space behind it belong to the value. */
  protected takeSpaceBack(space: string): void {
    const { quote, escape } = this.syntax;
    this.append(quote + space);
    if (this.untilSeparator || (this.ch !== quote && this.ch !== escape)) this.append(this.ch);
    this.prev = this.ch;
  }

  /** Through a quoted value: text up to a quote or an escape, or one of these. "left": a quote that nobody escaped ended it. */
  protected stepInQuotes(): "text" | "escape" | "left" {
    const { quote, escape, escapeEscape } = this.syntax, isText = this.ch !== quote && this.ch !== escape;
    if (isText) {
      if (this.prev === quote) {
        this.#unescapedQuote();
        return "left";
      }
      if (this.prev === escape && escape !== "\0") this.append(escape);
      this.until(quote, escape, escapeEscape);
    } else this.#escapeInQuotes();
    this.prev = this.ch;
    this.next();
    return isText ? "text" : "escape";
  }

  #unescapedQuote(): void {
    this.unescaped = true;
    switch (this.syntax.handling) {
      case "BACK_TO_DELIMITER":
        this.#giveBack();
        this.append(this.ch);
        this.prev = NONE;
        return this.#quoted();
      case "STOP_AT_CLOSING_QUOTE": case "STOP_AT_DELIMITER":
        this.append(this.syntax.quote);
        this.append(this.ch);
        this.prev = this.ch;
        return this.quoted();
      case "SKIP_VALUE": return this.skipValue();
      case "RAISE_ERROR": throw this.malformed("an unescaped quote in a quoted value");
    }
  }

  /** Separators and line ends in the value were meant as such. */
  #giveBack(): void {
    const ends = this.separator === "\n" ? /\n/ : new RegExp(`[\\n${this.separator.replace(/[\\\]^-]/, "\\$&")}]`);
    for (let at = this.value.search(ends); at >= 0; at = this.value.search(ends)) {
      this.put(this.value.slice(0, at));
      if (this.value[at] === this.newLine) {
        this.earlier.push(this.tokens);
        this.tokens = [];
      }
      this.value = this.value.slice(at + 1);
    }
  }

  #escapeInQuotes(): void {
    const { quote, escape, escapeEscape } = this.syntax;
    if (this.ch === escape && this.prev === escapeEscape && escapeEscape !== "\0") {
      this.append(escape);
      this.ch = "\0";
    } else if (this.prev === escape) {
      if (this.ch === quote) {
        this.append(quote);
        this.ch = "\0";
      } else this.append(this.prev);
    } else if (this.ch === quote && this.prev === quote) this.append(quote);
    else if (this.prev === quote) this.#unescapedInValue();
  }

  #unescapedInValue(): void {
    const { quote, escape, handling } = this.syntax;
    if (handling === "SKIP_VALUE") return this.skipValue();
    if (handling === "RAISE_ERROR") throw this.malformed("an unescaped quote in a value");
    this.append(quote);
    this.prev = this.ch;
    while (!this.#isEnd()) {
      if (this.ch !== quote && this.ch !== escape) {
        if (this.prev === quote) return this.#unescapedInValue();
        this.append(this.ch);
      } else this.#escapeInQuotes();
      this.prev = this.ch;
      this.next();
    }
  }
}

/** A record whose separators have several characters: what begins like one need not be one. */
import type { CsvSyntax } from "./csv-options.ts";
import { CsvRecord } from "./csv-record.ts";
import { NONE } from "./csv-scan.ts";

export class LongSeparatorRecord extends CsvRecord {
  readonly #separator: string;
  /** How many characters of a separator were read. */
  #match = 0;

  constructor(syntax: CsvSyntax) {
    super(syntax);
    this.#separator = syntax.separator;
  }

  protected override begin(text: string, from: number, end: number, lineEnd: string): void {
    super.begin(text, from, end, lineEnd);
    this.#match = 0;
  }

  /** Whether a separator stands here, which is then read to its last character. `saves`: what only begins like one goes into the value. */
  #matches(saves: boolean): boolean {
    while (this.ch === this.#separator[this.#match]) {
      if (++this.#match === this.#separator.length) break;
      this.next();
    }
    if (this.#match === this.#separator.length) {
      this.#match = 0;
      return true;
    }
    if (saves && this.#match > 0) this.#save();
    return false;
  }

  #save(): void {
    if (this.#match < this.#separator.length) this.append(this.#separator.slice(0, this.#match));
    this.#match = 0;
  }

  protected override takesBegun(): boolean {
    const hasBegun = this.#match > 0;
    if (hasBegun) this.#save();
    return hasBegun;
  }

  protected override isFieldEnd(): boolean { return this.ch === this.newLine || this.#matches(true); }

  protected override skipSpace(): void {
    while (this.isSpace() && this.ch !== this.newLine && this.ch !== this.syntax.quote) {
      this.next();
      if (this.separator === this.ch && this.#matches(true)) {
        this.empty();
        this.next();
      }
    }
  }

  protected override skipValue(): void {
    this.value = "";
    for (; this.#match < this.#separator.length && this.ch !== this.newLine; this.next()) this.#match = this.#separator[this.#match] === this.ch ? this.#match + 1 : 0;
  }

  protected override unquoted(): void {
    this.#toSeparator();
    this.trim = this.syntax.ignoreTrailing;
    this.finish();
  }

  #toSeparator(): void {
    while (this.#match < this.#separator.length && this.ch !== this.newLine) {
      if (this.#separator[this.#match] === this.ch) {
        if (++this.#match === this.#separator.length) break;
      } else {
        if (this.#match > 0) {
          this.#save();
          continue;
        }
        this.append(this.ch);
      }
      this.next();
    }
    this.#save();
  }

  protected override plainQuoted(): boolean { return false; }

  protected override quoted(): void {
    const { quote, handling } = this.syntax;
    if (this.prev !== NONE && this.untilSeparator) {
      if (handling === "SKIP_VALUE") return this.skipValue();
      this.takeQuoteBack();
      return this.#toSeparator();
    }
    this.next();
    while (!(this.prev === quote && (this.isSpace() || this.ch === this.newLine))) {
      if (this.#matches(true)) return;
      const step = this.stepInQuotes();
      if (step === "left" || step === "escape" && this.unescaped && this.isFieldEnd()) return;
    }
    if (this.ch === this.newLine || !this.isSpace() || this.#matches(false)) return;
    let space = "";
    do {
      space += this.ch;
      this.next();
      if (this.ch === this.newLine || this.#matches(false)) return;
    } while (this.isSpace());
    if (handling === "RAISE_ERROR" || this.#matches(false)) return;
    this.takeSpaceBack(space);
    this.quoted();
  }
}

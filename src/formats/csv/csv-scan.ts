/** The characters of a record of CSV one after the other, and the value and the fields that they become. */
import { ExecutionError } from "../../base/errors.ts";
import { textOfBytes, type CsvSyntax } from "./csv-options.ts";

export const NONE = "\0";
/** Thrown at the end of the text, and always caught where a record is read. */
export const END = Symbol("end of input");

export abstract class CsvScan {
  protected readonly syntax: CsvSyntax;
  /** What a line end is read as. */
  protected readonly newLine: string;
  protected text = "";
  protected end = 0;
  /** In multi-line text: what ends a line. */
  protected lineEnd = "\n";
  protected normalizes = true;
  protected ch = "";
  protected value = "";
  protected trim = false;
  /** Behind the character that was read last. */
  at = 0;
  tokens: string[] = [];

  constructor(syntax: CsvSyntax) {
    this.syntax = syntax;
    this.newLine = syntax.lineSeparator?.length === 1 ? syntax.lineSeparator : "\n";
  }

  protected begin(text: string, from: number, end: number, lineEnd: string): void {
    this.text = text;
    this.at = from;
    this.end = end;
    this.lineEnd = lineEnd;
    this.normalizes = true;
    this.tokens = [];
    this.value = "";
    this.trim = false;
    this.ch = "";
  }

  protected next(): void {
    if (this.at >= this.end) throw END;
    const c = this.text[this.at++]!;
    if (this.normalizes && c === this.lineEnd[0] && (this.lineEnd.length === 1 || this.text[this.at] === this.lineEnd[1])) {
      if (this.lineEnd.length === 2) this.at++;
      this.ch = this.newLine;
    } else this.ch = c;
  }

  protected isSpace(): boolean { return this.ch <= " "; }

  protected put(token: string): void {
    if (this.tokens.length >= this.syntax.maxColumns) throw this.malformed(`more columns than maxColumns (${this.syntax.maxColumns})`);
    this.tokens.push(token);
  }

  /** A field without anything. */
  protected empty(): void { this.put(this.syntax.nullValue); }

  protected append(text: string): void {
    this.value += text;
    if (this.syntax.maxChars >= 0 && this.value.length > this.syntax.maxChars && textOfBytes(this.value).length > this.syntax.maxChars) throw this.malformed(`a value longer than maxCharsPerColumn (${this.syntax.maxChars})`);
  }

  /** The value becomes a field. */
  protected finish(): void {
    const text = this.trim ? this.value.replace(/[\x00-\x20]+$/, "") : this.value;
    this.trim = false;
    this.value = "";
    this.put(text === "" ? this.syntax.emptyValue : text);
  }

  protected until(a: string, b: string, c = a): void {
    const first = this.ch;
    while (this.ch !== a && this.ch !== b && this.ch !== c) {
      this.append(this.ch);
      if (this.at >= this.end) this.ch = first; // where the input ends, a quote that ends a value is no end of quotes
      this.next();
    }
  }

  protected malformed(hint: string): ExecutionError { return malformed(this.text.slice(0, this.end), hint); }
}

/** What fails whatever the mode is. */
export function malformed(record: string, hint: string): ExecutionError {
  const text = textOfBytes(record.length > 1000 ? `${record.slice(0, 1000)}...` : record);
  return new ExecutionError({ condition: "MALFORMED_CSV_RECORD", sqlState: "KD000", message: `Malformed CSV record: ${text}`, messageParameters: { badRecord: text }, hint });
}

/**
 * One record of CSV after the other, by the rules of the parser that Spark uses (univocity-parsers), with what it makes of quotes that
 * nobody escaped. Slow and complete: it decides the records that the kernel leaves, and is what the kernel is compared with. It
 * works on bytes as characters, so that places in the text are places in the input.
 */
import { LongSeparatorRecord } from "./csv-long-separator.ts";
import type { CsvSyntax } from "./csv-options.ts";
import { CsvRecord } from "./csv-record.ts";

export class CsvTokenizer {
  readonly #record: CsvRecord;
  readonly #lineEnd: string;
  /** Records that a quote without its end gave back at once. */
  #pending: string[][] = [];
  #pendingEnd = 0;

  constructor(syntax: CsvSyntax) {
    this.#record = syntax.separator.length > 1 ? new LongSeparatorRecord(syntax) : new CsvRecord(syntax);
    this.#lineEnd = syntax.lineSeparator ?? "\n";
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
  record(text: string, from: number, end: number, isLast: boolean, lineEnd = this.#lineEnd): { readonly tokens: string[]; readonly end: number } | undefined {
    if (this.#pending.length > 0) return this.#nextPending(from);
    const record = this.#record;
    if (!record.read(text, from, end, isLast, lineEnd)) return undefined;
    if (record.earlier.length === 0) return { tokens: record.tokens, end: record.at };
    this.#pending = [...record.earlier, record.tokens];
    this.#pendingEnd = record.at;
    return this.#nextPending(from);
  }

  /** Records of one place: the last of them ends behind it. */
  #nextPending(from: number): { readonly tokens: string[]; readonly end: number } {
    const tokens = this.#pending.shift()!;
    return { tokens, end: this.#pending.length === 0 ? this.#pendingEnd : from };
  }

  reset(): void { this.#pending = []; }
}

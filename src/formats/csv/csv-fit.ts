/**
 * Tells quickly that a line of CSV has nothing which the types found so far don't hold. It says yes only where it is sure: plain fields, or quoted ones
 * without an escape. Any other line is for the tokenizer.
 */
import type { DataType } from "../../types/data-type.ts";
import { isPlainDate, isPlainMoment } from "../plain-moments.ts";
import type { CsvOptions } from "./csv-options.ts";

const WHOLE = 1, LONG = 2, NUMBER = 3, DAY = 4, MOMENT = 5, TRUTH = 6, ANY = 7, NOTHING = 0;

export class CsvFit {
  readonly #kinds: Uint8Array;
  readonly #separator: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #comment: number;

  private constructor(kinds: Uint8Array, { syntax: { separator, quote, escape, comment } }: CsvOptions) {
    this.#kinds = kinds;
    this.#separator = separator.charCodeAt(0);
    this.#quote = quote === "\0" ? -1 : quote.charCodeAt(0);
    this.#escape = escape.charCodeAt(0);
    this.#comment = comment === undefined ? -1 : comment.charCodeAt(0);
  }

  /** Undefined where options make it hard to be sure. */
  static of(types: readonly DataType[], options: CsvOptions): CsvFit | undefined {
    const { syntax, values, preferDate } = options;
    if (syntax.separator.length !== 1 || syntax.lineSeparator !== undefined || syntax.ignoreLeading || syntax.ignoreTrailing || values.decimalSeparators !== undefined) return undefined;
    const isPlain = values.dateFormat === undefined && values.timestampFormat === undefined && values.timestampNtzFormat === undefined;
    return new CsvFit(Uint8Array.from(types, type => {
      switch (type.kind) {
        case "int": return WHOLE;
        case "bigint": return LONG;
        case "decimal": return type.scale === 0 && type.precision >= 20 ? LONG : NOTHING;
        case "double": return NUMBER;
        case "date": return isPlain && preferDate ? DAY : NOTHING;
        case "timestamp": return isPlain ? MOMENT : NOTHING;
        case "boolean": return TRUTH;
        case "string": return ANY;
        default: return NOTHING;
      }
    }), options);
  }

  /** Whether the line in [from, to), which isn't blank, changes nothing. */
  fits(bytes: Uint8Array, from: number, to: number): boolean {
    const kinds = this.#kinds, separator = this.#separator, quote = this.#quote, escape = this.#escape, columns = kinds.length;
    if (bytes[from] === this.#comment) return false;
    let p = from;
    for (let column = 0; column < columns; column++) {
      let start = p, end: number;
      if (p < to && bytes[p] === quote) {
        start = ++p;
        while (p < to && bytes[p] !== quote && bytes[p] !== escape) p++;
        if (p === to || bytes[p] !== quote || p + 1 < to && bytes[p + 1] !== separator) return false;
        end = p++;
      } else {
        while (p < to && bytes[p] !== separator && bytes[p] !== 13) p++;
        if (bytes[p] === 13 && p < to) return false;
        end = p;
      }
      if (end > start && !isOf(kinds[column]!, bytes, start, end)) return false;
      if (p === to) return true;
      p++;
    }
    // further fields count for nothing
    return true;
  }
}

function isOf(kind: number, bytes: Uint8Array, from: number, to: number): boolean {
  switch (kind) {
    case ANY: return true;
    case WHOLE: return wholeDigits(bytes, from, to) === to && to - from <= 9;
    case LONG: return wholeDigits(bytes, from, to) === to && to - from <= 18;
    case NUMBER: {
      let p = wholeDigits(bytes, from, to);
      if (p === from || to - from > 18) return false;
      if (p < to && bytes[p] === 0x2e) do p++; while (p < to && bytes[p]! >= 48 && bytes[p]! <= 57);
      return p === to;
    }
    case DAY: return isPlainDate(bytes, from, to);
    case MOMENT: return isPlainMoment(bytes, from, to);
    case TRUTH: return to - from === 4 ? isWord(bytes, from, TRUE) : to - from === 5 && isWord(bytes, from, FALSE);
    default: return false;
  }
}

const TRUE = Buffer.from("true"), FALSE = Buffer.from("false");
function isWord(bytes: Uint8Array, from: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if ((bytes[from + i]! | 32) !== word[i]) return false;
  return true;
}

/** Behind a sign and digits; `from` where there are none. */
function wholeDigits(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from] === 0x2d ? from + 1 : from;
  let p = first;
  while (p < to && bytes[p]! >= 48 && bytes[p]! <= 57) p++;
  return p === first ? from : p;
}

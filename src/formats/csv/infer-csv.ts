/** The schema of CSV from a sample, by the rules of Spark 4.3's CSVInferSchema. */
import { XorShiftRandom } from "../../base/xor-shift-random.ts";
import { BIGINT, BOOLEAN, DATE, DOUBLE, INT, STRING, TIMESTAMP, VOID, decimal, field, struct, type DataType, type StructType } from "../../types/data-type.ts";
import { isPair, widerInferred } from "../../types/inferred-types.ts";
import type { SchemaInference } from "../file-format.ts";
import { csvDate, csvDecimal, csvTimestamp, csvTimestampNtz, javaDouble, javaInteger } from "./csv-values.ts";
import { textOfBytes, type CsvOptions } from "./csv-options.ts";
import { CsvFit } from "./csv-fit.ts";
import { CsvTokenizer } from "./csv-tokenizer.ts";

/** Columns are as many as the first record has; without `inferSchema` all are STRING. */
export class CsvInference implements SchemaInference {
  readonly #options: CsvOptions;
  readonly #random = new XorShiftRandom(1n);
  #header: string[] | undefined;
  #types: DataType[] = [];
  /** What tells lines that change nothing, while the types stay what they are. */
  #fit: CsvFit | undefined;
  /** No record of the file was seen. */
  #isFirst = true;

  constructor(options: CsvOptions) { this.#options = options; }

  get isDone(): boolean { return this.#header !== undefined && !this.#options.inferSchema; }

  add(bytes: Uint8Array, startsFile: boolean): void {
    const { header } = this.#options;
    if (startsFile) this.#isFirst = true;
    if (CsvFit.of([], this.#options) === undefined || this.#options.syntax.multiLine) return this.#addSlowly(bytes);
    let from = 0;
    // the beginning of a file, and of what is known, goes the long way
    if (startsFile && (header || this.#header === undefined)) {
      from = Math.min(bytes.length, lineEnd(bytes, 0) + 1);
      this.#addSlowly(bytes.subarray(0, from));
      if (this.isDone) return;
    }
    while (from < bytes.length) {
      const end = lineEnd(bytes, from);
      this.#addLine(bytes, from, bytes[end - 1] === 13 && end > from ? end - 1 : end, end);
      if (this.isDone) return;
      from = end + 1;
    }
  }

  #addLine(bytes: Uint8Array, from: number, to: number, end: number): void {
    if (from < to && !this.#fits(bytes, from, to)) this.#addSlowly(bytes.subarray(from, end));
  }

  /** Whether a line is a record that changes nothing. One that begins as a blank one does is for the tokenizer. */
  #fits(bytes: Uint8Array, from: number, to: number): boolean {
    if (bytes[from]! <= 0x20 || this.#header === undefined || this.#isFirst || this.#options.samplingRatio < 1) return false;
    this.#fit ??= CsvFit.of(this.#types, this.#options);
    return this.#fit?.fits(bytes, from, to) ?? false;
  }

  #addSlowly(bytes: Uint8Array): void {
    const { header, samplingRatio } = this.#options;
    for (const tokens of recordsOf(bytes, this.#options, (from, to) => this.#fits(bytes, from, to))) {
      const fields = tokens.map(textOfBytes), isHeader = this.#isFirst && header;
      this.#isFirst = false;
      if (this.#header === undefined) {
        this.#header = columnNames(fields, this.#options);
        this.#types = this.#header.map(() => VOID);
        if (this.isDone) return;
      }
      if (isHeader || samplingRatio < 1 && this.#random.double() >= samplingRatio) continue;
      for (let i = 0; i < Math.min(this.#types.length, fields.length); i++) {
        const before = this.#types[i]!, type = fieldType(before, fields[i]!, this.#options);
        if (type === before) continue;
        this.#types[i] = type;
        this.#fit = undefined;
      }
    }
  }

  schema(): StructType {
    const { inferSchema } = this.#options;
    return struct((this.#header ?? []).map((name, i) => field(name, !inferSchema || this.#types[i]!.kind === "void" ? STRING : this.#types[i]!)));
  }
}

/** Of the first LF from a place on, or the end. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(10, from);
  return end < 0 ? bytes.length : end;
}

/** The narrowest type of the fields of one record: what schema_of_csv says. */
export function inferCsvTypes(fields: readonly string[], options: CsvOptions): DataType[] {
  return fields.map(text => {
    const type = fieldType(VOID, text, options);
    return type.kind === "void" ? STRING : type;
  });
}

/** Records by their fields. Of data whose records go over lines `passes` may leave out lines that are records by themselves. */
function* recordsOf(sample: Uint8Array, { syntax }: CsvOptions, passes: (from: number, to: number) => boolean): Generator<string[]> {
  const tokenizer = new CsvTokenizer(syntax), text = Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength).toString("latin1"), start = text.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
  if (!syntax.multiLine) {
    for (const line of text.slice(start).split(syntax.lineSeparator ?? /\r\n|\r|\n/)) {
      if (/^[\x00-\x20]*$/.test(line) || syntax.comment !== undefined && line.startsWith(syntax.comment)) continue;
      const tokens = tokenizer.line(line);
      if (tokens !== undefined) yield tokens;
    }
    return;
  }
  const first = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n", lineEnd = syntax.lineSeparator ?? first;
  for (let at = start; at < text.length;) {
    if (syntax.comment !== undefined && text[at] === syntax.comment) {
      const end = text.indexOf(lineEnd, at);
      if (end < 0) return;
      at = end + lineEnd.length;
      continue;
    }
    if (lineEnd === "\n" || lineEnd === "\r\n") {
      const end = sample.indexOf(10, at), to = lineEnd === "\n" ? end : end - 1;
      if (to > at && (to === end || sample[to] === 13) && passes(at, to)) {
        at = end + 1;
        continue;
      }
    }
    const record = tokenizer.record(text, at, text.length, true, lineEnd);
    if (record === undefined) return;
    at = record.end;
    if (record.tokens.length > 0) yield record.tokens;
  }
}

/** Names of the header where there is one: empty ones become `_c0`, `_c1`, and those that come twice get their place behind them. */
function columnNames(fields: readonly string[], { header, values: { nullValue } }: CsvOptions): string[] {
  if (!header) return fields.map((_, i) => `_c${i}`);
  const seen = new Map<string, number>();
  for (const name of fields) seen.set(name.toLowerCase(), (seen.get(name.toLowerCase()) ?? 0) + 1);
  return fields.map((name, i) => (name === "" || name === nullValue ? `_c${i}` : seen.get(name.toLowerCase())! > 1 ? `${name}${i}` : name));
}

const DATES_OF_CASTS: ReadonlySet<string> = new Set(["yyyy-MM-dd", "yyyy-M-d", "yyyy-M-dd", "yyyy-MM-d", "yyyy-MM", "yyyy-M", "yyyy"]);

/** What a column is when one more field is known. */
function fieldType(soFar: DataType, text: string, options: CsvOptions): DataType {
  if (text === "" || text === options.values.nullValue) return soFar;
  const found = tried(soFar, text, options), kinds = [soFar.kind, found.kind];
  // Dates among times are times, where both are read by the rules of casts.
  if (kinds.includes("date") && kinds.includes("timestamp")) return options.values.timestampFormat === undefined && DATES_OF_CASTS.has(options.values.datePattern ?? "yyyy-MM-dd") ? TIMESTAMP : STRING;
  return compatible(soFar, found);
}

/** The type of a field, from that of the column so far on: what is narrower can't be the result. */
function tried(from: DataType, text: string, { values, preferDate }: CsvOptions): DataType {
  const steps = ["void", "int", "bigint", "decimal", "double", "date", "timestamp_ntz", "timestamp", "boolean", "string"], first = steps.indexOf(from.kind);
  const isFrom = (kind: string): boolean => first <= steps.indexOf(kind);
  const whole = isFrom("bigint") ? javaInteger(text) : undefined;
  if (whole !== undefined && BigInt.asIntN(32, whole) === whole && isFrom("int")) return INT;
  if (whole !== undefined && BigInt.asIntN(64, whole) === whole) return BIGINT;
  if (isFrom("decimal")) {
    const parts = csvInferredDecimal(text, values);
    if (parts !== undefined) return parts;
  }
  if (isFrom("double") && (javaDouble(text) !== undefined || text === values.nanValue || text === values.positiveInf || text === values.negativeInf)) return DOUBLE;
  if (preferDate && isFrom("date") && isDate(text, values)) return DATE;
  // a time without a zone is a TIMESTAMP too, as the session's timestamp type says
  if (isFrom("timestamp_ntz") && csvTimestampNtz(text, values) !== undefined) return TIMESTAMP;
  if (isFrom("timestamp") && csvTimestamp(text, values) !== undefined) return TIMESTAMP;
  return isFrom("boolean") && /^(?:true|false)$/i.test(text) ? BOOLEAN : STRING;
}

/** Without a pattern only `yyyy-MM-dd` is a date here. */
function isDate(text: string, values: CsvOptions["values"]): boolean {
  return values.dateFormat === undefined ? /^\d{4}-\d{2}-\d{2}$/.test(text) && csvDate(text, values) !== undefined : values.dateFormat.parse(text) !== null;
}

/** Whole numbers beyond 64 bits: those with a fraction are DOUBLE. */
function csvInferredDecimal(text: string, values: CsvOptions["values"]): DataType | undefined {
  if (values.decimalSeparators === undefined && text.includes(",")) return undefined;
  const parts = csvDecimal(text, values);
  if (parts === undefined || parts.scale > 0) return undefined;
  const precision = (parts.unscaled < 0n ? -parts.unscaled : parts.unscaled).toString().length;
  return precision > 38 || parts.scale < 0 ? undefined : decimal(precision, 0);
}

function compatible(a: DataType, b: DataType): DataType {
  return widerInferred(a, b) ?? (isPair(a, b, "double", "int") || isPair(a, b, "double", "bigint") || isPair(a, b, "double", "decimal") ? DOUBLE : STRING);
}

/**
 * Bodies of CSV (RFC 4180) as lines of JSON, which is what the spool keeps: records of different requests stand behind one
 * another in it. Fields become values of the schema by the rules of the CSV reader, and a value is written so that the reader of
 * lines finds the same one. A record that is no row becomes a line with its text as a JSON string, which is no row either.
 */
import type { Batch } from "../../columns/batch.ts";
import { cellAt, selectedRows } from "../../columns/cells.ts";
import { csvFileFormat } from "../../formats/csv/csv-file-format.ts";
import type { FormatContext } from "../../formats/file-format.ts";
import type { FormatBadRecord, FormatReader } from "../../formats/format-reader.ts";
import { cellToValue } from "../../types/edge-values.ts";
import type { StructType } from "../../types/data-type.ts";
import { stringify } from "../../types/values.ts";
import { IngestError } from "./ingest-errors.ts";
import { feed } from "./feed.ts";

export class CsvBodies {
  readonly #schema: StructType;
  readonly #context: Omit<FormatContext, "options">;
  readonly #maxBodyBytes: number;
  readonly #readers = new Map<boolean, FormatReader>();

  constructor(schema: StructType, context: Omit<FormatContext, "options">, maxBodyBytes: number) {
    this.#schema = schema;
    this.#context = context;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /**
   * Lines of the body end with LF. `isBad` is asked for each record that is no row, and may throw.
   * @throws IngestError 415 for a schema that CSV has no place for, 400 for a header with other names
   */
  lines(body: Buffer, hasHeader: boolean, isBad: (record: FormatBadRecord) => void): Buffer {
    const reader = this.#reader(hasHeader), names = this.#schema.fields.map(({ name }) => `${JSON.stringify(name)}:`), texts: string[] = [];
    try {
      feed(reader, body, ({ batch, badRecords }) => {
        texts.push(this.#text(batch, names));
        for (const record of badRecords) {
          isBad(record);
          texts.push(`${JSON.stringify(Buffer.from(record.raw()).toString("utf8"))}\n`);
        }
      });
    } catch (error) {
      if (error instanceof IngestError) throw error;
      throw new IngestError(400, "MILLRACE_BAD_ROW", `The body is no CSV of these columns: ${(error as Error).message}`, { hint: "no row of this request was taken" });
    }
    return Buffer.from(texts.join(""));
  }

  release(): void {
    for (const reader of this.#readers.values()) reader.release();
    this.#readers.clear();
  }

  #reader(hasHeader: boolean): FormatReader {
    const known = this.#readers.get(hasHeader);
    if (known !== undefined) return known;
    const context: FormatContext = { ...this.#context, options: { header: String(hasHeader), enforceSchema: "false", multiLine: "true", lineSep: "\n", escape: "\"", mode: "DROPMALFORMED", maxRecordBytes: String(this.#maxBodyBytes + 1) } };
    try { csvFileFormat.checkSchema?.(this.#schema, context); } catch (error) {
      throw new IngestError(415, "MILLRACE_UNSUPPORTED_TYPE", `CSV has no place for a column of this route: ${(error as Error).message}`, { hint: "send application/x-ndjson" });
    }
    const reader = csvFileFormat.reader(this.#schema, this.#schema, context);
    this.#readers.set(hasHeader, reader);
    return reader;
  }

  #text(batch: Batch, names: readonly string[]): string {
    let text = "";
    for (const row of selectedRows(batch)) {
      let separator = "{";
      batch.columns.forEach((column, i) => {
        const cell = cellAt(column, row);
        if (cell === null) return;
        text += separator + names[i] + stringify(cellToValue(cell, column.type));
        separator = ",";
      });
      text += separator === "{" ? "{}\n" : "}\n";
    }
    return text;
  }
}

const COMMA = 0x2c, QUOTE = 0x22, RETURN = 13, NEWLINE = 10;

/** CRLF and CR become LF but within quotes: senders may end lines in either way, and values keep what they hold. */
export function withPlainLineEnds(body: Buffer): Buffer {
  if (!body.includes(RETURN)) return body;
  const plain = Buffer.allocUnsafe(body.length);
  let to = 0, isQuoted = false, isStart = true;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!;
    if (isQuoted) {
      if (byte === QUOTE) {
        if (body[at + 1] === QUOTE) plain[to++] = body[at++]!;
        else isQuoted = false;
      }
      plain[to++] = byte;
      continue;
    }
    isQuoted = isStart && byte === QUOTE;
    isStart = byte === COMMA || byte === NEWLINE || byte === RETURN;
    if (byte === RETURN && body[at + 1] === NEWLINE) at++;
    plain[to++] = byte === RETURN ? NEWLINE : byte;
  }
  return plain.subarray(0, to);
}

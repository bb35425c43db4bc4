/** The elements of files that are rows, to batches: value by value, a tree a row. */
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { VectorBuilder } from "../../columns/cells.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import type { StructType } from "../../types/data-type.ts";
import { BadRows, type RecordText, type RowError } from "../bad-rows.ts";
import { ByteWindow } from "../byte-window.ts";
import type { DecodedBatch, FormatReader } from "../format-reader.ts";
import { rowTagOf, type XmlFormatOptions } from "./xml-options.ts";
import { readXml } from "./xml-read.ts";
import { XmlRows, type FoundRow } from "./xml-rows.ts";

export class XmlReader implements FormatReader {
  readonly #schema: StructType;
  readonly #options: XmlFormatOptions;
  readonly #rows: XmlRows;
  readonly #maxRecordBytes: number;
  readonly #window = new ByteWindow();
  readonly #arena = new Arena();
  readonly #bad: BadRows;
  readonly boundary = undefined;

  /** @throws AnalysisError XML_ROW_TAG_MISSING */
  constructor(schema: StructType, full: StructType, options: XmlFormatOptions, maxRecordBytes: number) {
    this.#schema = schema;
    this.#options = options;
    this.#rows = new XmlRows(rowTagOf(options), options.ignoreNamespace);
    this.#maxRecordBytes = maxRecordBytes;
    this.#bad = new BadRows(schema, options, full, this.#arena);
  }

  space(): { pointer: number; length: number } { return this.#window.space(); }
  filled(bytes: number): void { this.#window.filled(bytes); }
  end(): void { this.#window.end(); }
  reset(offset = 0): void { this.#window.reset(offset); }

  next(): DecodedBatch | undefined {
    const window = this.#window, { bytes } = linearMemory(), { fields } = this.#bad, { head: start, offset } = window;
    const rows: Cell[][] = [], texts: RecordText[] = [], errors = new Map<number, RowError>();
    this.#arena.reset();
    let at = start;
    while (rows.length < BATCH_ROWS) {
      const found = this.#options.multiLine ? this.#rows.next(bytes, at, window.tail, window.ended) : nextLine(bytes, at, window.tail, window.ended);
      if (found.kind !== "row") {
        at = found.used;
        break;
      }
      const { from, to } = found, { cells, error } = readXml(bytes.toString("utf8", from, to), fields, this.#options);
      if (error !== undefined) errors.set(rows.length, { ...error, at: from });
      rows.push(cells);
      texts.push({ pointer: from, available: to - from, length: to - from, offset: offset + from - start });
      at = to;
    }
    if (at === start && rows.length === 0 && window.tail - at > this.#maxRecordBytes) {
      // a record that is too long is given up, with all that follows it
      const length = window.tail - at, text = { pointer: at, available: length, length, offset };
      errors.set(0, { reason: `the record has more bytes than maxRecordBytes (${this.#maxRecordBytes})`, column: undefined, at });
      rows.push(fields.map(() => null));
      texts.push(text);
      at = window.tail;
    }
    const batch = rows.length === 0 ? undefined : this.#batch(rows, texts, errors);
    window.use(at);
    return batch;
  }

  release(): void {
    this.#window.release();
    this.#arena.release();
  }

  #batch(rows: readonly Cell[][], texts: readonly RecordText[], errors: Map<number, RowError>): DecodedBatch {
    const columns = this.#bad.fields.map((one, i) => {
      const builder = new VectorBuilder(one.type, this.#arena, rows.length);
      for (const row of rows) builder.append(row[i]!);
      return builder.finish();
    });
    if (this.#schema.fields.length === 0 && errors.size === 0) return { batch: new Batch(this.#schema, [], rows.length), badRecords: [] };
    return this.#bad.settle(rows.length, columns, errors, row => texts[row]!, row => texts[row]);
  }
}

/** A line that isn't blank. */
function nextLine(bytes: Buffer, from: number, to: number, isEnd: boolean): FoundRow {
  for (let at = from;;) {
    while (at < to && bytes[at]! <= 32) at++;
    if (at === to) return { kind: isEnd ? "none" : "more", used: to };
    let end = at;
    while (end < to && bytes[end] !== 10 && bytes[end] !== 13) end++;
    if (end < to || isEnd) return { kind: "row", from: at, to: end };
    return { kind: "more", used: at };
  }
}

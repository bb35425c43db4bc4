/**
 * JSON records to batches, value by value: lines that are arrays, documents, and all lines where options ask for more than the
 * kernel knows. Many times as slow as the kernel.
 */
import { Batch } from "../../columns/batch.ts";
import { VectorBuilder } from "../../columns/cells.ts";
import type { Vector } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import type { BadRows, RecordText, RowError } from "../bad-rows.ts";
import type { DecodedBatch } from "../format-reader.ts";
import type { LongLine } from "../line-framer.ts";
import { JsonReader, type JsonContext, type RecordError } from "./json-reader.ts";

/** `consumedBytes` of the input belong to the batch; what is left is for the next call. */
export interface NdjsonBatch extends DecodedBatch { readonly consumedBytes: number }

export interface JsonCellsOptions extends JsonContext {
  /** The one column that is read is the whole record, whatever it is. */
  readonly isWhole?: boolean;
}

/** Rows of a record that is an array, handed out over several calls. */
interface PendingArray { readonly reader: JsonReader; readonly text: RecordText; readonly error: RecordError | undefined; readonly after: number; isFirst: boolean }

export class JsonCells {
  readonly #options: JsonCellsOptions;
  readonly #maxRows: number;
  readonly #bad: BadRows;
  readonly #arena: Arena;
  readonly #memory = linearMemory();
  #array: PendingArray | undefined;

  constructor(bad: BadRows, arena: Arena, maxRows: number, options: JsonCellsOptions) {
    this.#bad = bad;
    this.#arena = arena;
    this.#maxRows = maxRows;
    this.#options = options;
  }

  /** An array was begun: `pending` is to be called until it has been handed out. */
  get isPending(): boolean { return this.#array !== undefined; }

  /** Forgets an array that is half handed out. */
  reset(): void { this.#array = undefined; }

  /** Lines of [from, to), at most as many rows as a batch has. `offset`: where `from` is in the whole input; `separator`: what ends lines, if not LF or CR. */
  lines(from: number, to: number, offset: number, separator?: string): NdjsonBatch {
    const rows: Cell[][] = [], texts: RecordText[] = [], errors = new Map<number, RowError>(), { isWhole = false } = this.#options;
    let at = from;
    while (at < to && rows.length < this.#maxRows) {
      const length = this.#lineLength(at, to, separator), after = length + (separator?.length ?? 1), reader = this.#reader(at, length), text = { pointer: at, available: length, length, offset: offset + at - from };
      if (!isWhole && this.#isArray(at, length)) {
        if (rows.length > 0) break;
        return this.array(text, Math.min(to, at + after) - from);
      }
      const record = isWhole ? reader.whole() : reader.record(this.#bad.fields);
      for (const row of record.rows) {
        if (record.error !== undefined) errors.set(rows.length, record.error);
        rows.push([...row]);
        texts.push(text);
      }
      at += after;
    }
    return { ...this.#batch(rows, errors, row => texts[row]!, row => texts[row]), consumedBytes: Math.min(at, to) - from };
  }

  /**
   * A document that may go over lines: an object is a row, an array a row an element, and what follows it is ignored. While `consumedBytes` is 0 it is
   * to be called again with the same place.
   */
  document(from: number, to: number, offset: number): NdjsonBatch {
    if (this.#array !== undefined) return this.pending();
    const text = { pointer: from, available: to - from, length: to - from, offset }, { isWhole = false } = this.#options;
    if (!isWhole && this.#isArray(from, to - from)) return this.array(text, to - from);
    const reader = this.#reader(from, to - from), { rows, error } = isWhole ? reader.whole() : reader.record(this.#bad.fields);
    return { ...this.record(rows, error, text, true), consumedBytes: to - from };
  }

  /** A record that is an array of objects: checked whole first, as one bad part of its syntax spoils all. `after`: bytes up to what follows it. */
  array(text: RecordText, after: number): NdjsonBatch {
    let rows = 0;
    const { error, isSyntax } = this.#reader(text.pointer, text.length).checkRecord(this.#bad.fields, () => { rows++; });
    if (isSyntax) return { ...this.record([this.#bad.fields.map(() => null)], error, text, true), consumedBytes: after };
    if (rows === 0) return { ...this.record([], undefined, text, false), consumedBytes: after };
    const reader = this.#reader(text.pointer, text.length);
    reader.openArray();
    this.#array = { reader, text, error, isFirst: true, after };
    return this.pending();
  }

  /** The next rows of an array. */
  pending(): NdjsonBatch {
    const array = this.#array!, rows: Cell[][] = [], { reader, text, after } = array;
    let more = true;
    while (more && rows.length < this.#maxRows) {
      rows.push(reader.element(this.#bad.fields));
      more = reader.moreElements();
    }
    const batch = this.record(rows, array.error, text, array.isFirst);
    array.isFirst = false;
    if (more) return { ...batch, consumedBytes: 0 };
    this.#array = undefined;
    return { ...batch, consumedBytes: after };
  }

  /** The row, if any, of a line that is too long to be read. */
  longLine(line: LongLine, limit: number): DecodedBatch {
    const text = { pointer: line.from, available: line.to - line.from, length: line.length, offset: line.offset };
    const error: RowError = { reason: `the record has ${line.length} bytes, more than maxRecordBytes (${limit})`, column: undefined, at: line.from };
    return this.record([this.#bad.fields.map(() => null)], error, text, true);
  }

  /** A batch of rows of one record, all bad if it has an error; reported once. */
  record(rows: readonly Cell[][], error: RowError | undefined, text: RecordText, report: boolean): DecodedBatch {
    const errors = new Map<number, RowError>();
    if (error !== undefined) rows.forEach((_, row) => errors.set(row, error));
    return this.#batch(rows, errors, () => text, row => report && row === 0 || error === undefined ? text : undefined);
  }

  #batch(rows: readonly Cell[][], errors: Map<number, RowError>, textOf: (row: number) => RecordText, reportOf: (row: number) => RecordText | undefined): DecodedBatch {
    if (rows.length === 0) return { batch: new Batch(this.#bad.schema, this.#bad.schema.fields.map(field => new VectorBuilder(field.type, this.#arena, 1).finish()), 0), badRecords: [] };
    const columns = this.#bad.fields.map((field, i): Vector => {
      const builder = new VectorBuilder(field.type, this.#arena, rows.length);
      for (const row of rows) builder.append(row[i]!);
      return builder.finish();
    });
    return this.#bad.settle(rows.length, columns, errors, textOf, reportOf);
  }

  #reader(pointer: number, length: number): JsonReader { return new JsonReader(this.#memory.bytes, pointer, pointer + length, this.#options); }

  /** Whether the record is an array; its space and comments are left to the reader, unless they are no JSON. */
  #isArray(pointer: number, length: number): boolean {
    const reader = this.#reader(pointer, length);
    try { return reader.startRecord() && this.#memory.u8[reader.at] === 0x5b; } catch { return false; }
  }

  #lineLength(start: number, to: number, separator: string | undefined): number {
    const { u8, bytes } = this.#memory;
    if (separator !== undefined) {
      const end = bytes.subarray(start, to).indexOf(separator, 0, "latin1");
      return end < 0 ? to - start : end;
    }
    let end = start;
    while (u8[end] !== 10 && u8[end] !== 13) end++;
    return end - start;
  }
}

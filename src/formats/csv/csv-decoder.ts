/** CSV to batches: the kernel cuts plain records into fields, the tokenizer all others; columns are read from their fields. */
import { ExecutionError } from "../../base/errors.ts";
import { BATCH_ROWS } from "../../columns/batch.ts";
import { kernels } from "../../kernels/kernels.ts";
import { CSV_CONTEXT as AT, CSV_FLAGS, CSV_NO_SLOT, CSV_STOP } from "../../kernels/csv.ts";
import { powersOfFiveTable } from "../../kernels/ndjson.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import { BadRows, type RowError } from "../bad-rows.ts";
import type { DecodedBatch } from "../format-reader.ts";
import { steadyRange } from "../json/json-timestamps.ts";
import { CsvColumn } from "./csv-column.ts";
import { textOfBytes, type CsvOptions } from "./csv-options.ts";
import { CsvTokenizer } from "./csv-tokenizer.ts";

const LF = 10, CR = 13;

/** `consumed`: the place behind the last record. `needsMore`: there is no record that ends before the end of what was given. */
export interface CsvBatch extends DecodedBatch { readonly consumed: number; readonly needsMore: boolean }

export class CsvDecoder {
  readonly #options: CsvOptions;
  readonly #tokenizer: CsvTokenizer;
  readonly #account: MemoryAccount | undefined;
  readonly #memory = linearMemory();
  readonly #arena: Arena;
  readonly #bad: BadRows;
  readonly #columns: readonly CsvColumn[];
  /** Columns of the file, and those of them whose names a header must have. */
  readonly #width: number;
  readonly #named: readonly { readonly name: string; readonly at: number }[];
  /** Whether a record must have as many fields as the file has columns. */
  readonly #countsFields: boolean;
  readonly #slots: Int32Array;
  readonly #maxRows: number;
  readonly #blocks: { readonly pointer: number; readonly bytes: number }[] = [];
  readonly #context: number;
  readonly #starts: number;
  readonly #lengths: number;
  readonly #counts: number;

  /** `full`: all columns of the file in their order. */
  constructor(wanted: StructType, full: StructType, options: CsvOptions, maxRows = BATCH_ROWS, account?: MemoryAccount) {
    this.#options = options;
    this.#account = account;
    this.#maxRows = maxRows;
    this.#tokenizer = new CsvTokenizer(options.syntax);
    this.#arena = new Arena(account);
    this.#bad = new BadRows(wanted, options, full, this.#arena);
    const { syntax, values, corruptColumn } = options, inFile = full.fields.filter(field => field.name !== corruptColumn);
    this.#width = inFile.length;
    this.#columns = this.#bad.fields.map(field => new CsvColumn(field, maxRows, values, account));
    const isPruned = !syntax.multiLine && wanted.fields.filter(field => field.name !== corruptColumn).length < this.#width;
    this.#countsFields = !isPruned;
    this.#named = (isPruned ? wanted.fields : inFile).filter(field => field.name !== corruptColumn).map(({ name }) => ({ name, at: inFile.findIndex(field => field.name === name) }));
    this.#slots = new Int32Array(this.#width).fill(-1);
    this.#columns.forEach((column, slot) => { this.#slots[inFile.findIndex(field => field.name === column.field.name)] = slot; });
    const fields = this.#block(Math.max(1, this.#columns.length) * maxRows * 8);
    this.#columns.forEach((column, slot) => { column.fields = fields + slot * maxRows * 8; });
    this.#starts = this.#block(4 * maxRows);
    this.#lengths = this.#block(4 * maxRows);
    this.#counts = this.#block(4 * maxRows);
    this.#context = this.#prepare(fields);
  }

  #prepare(fields: number): number {
    const { syntax, values } = this.#options, context = this.#block(AT.bytes), { u32, u8 } = this.#memory, set = (field: number, value: number): void => { u32[(context + field) >>> 2] = value; };
    u8.fill(0, context, context + AT.bytes);
    const slots = this.#block(4 * Math.max(1, this.#width));
    for (let i = 0; i < this.#width; i++) u32[(slots >>> 2) + i] = this.#slots[i]! < 0 ? CSV_NO_SLOT : this.#slots[i]!;
    const text = (bytes: string): number => {
      const pointer = this.#block(bytes.length + 16);
      this.#memory.bytes.write(bytes, pointer, "latin1");
      return pointer;
    };
    set(AT.separator, syntax.separator.charCodeAt(0));
    set(AT.quote, syntax.quote.charCodeAt(0));
    set(AT.escape, syntax.escape.charCodeAt(0));
    set(AT.comment, syntax.comment?.charCodeAt(0) ?? 256);
    set(AT.slots, slots);
    set(AT.slotCount, this.#width);
    set(AT.fields, fields);
    set(AT.maxRows, this.#maxRows);
    set(AT.starts, this.#starts);
    set(AT.lengths, this.#lengths);
    set(AT.counts, this.#counts);
    set(AT.nulls, text(syntax.nullValue));
    set(AT.nullLength, syntax.nullValue.length);
    set(AT.empty, text(syntax.emptyValue));
    set(AT.emptyLength, syntax.emptyValue.length);
    set(AT.maxColumns, Math.min(syntax.maxColumns, 0xffff_ffff));
    set(AT.powersOfFive, powersOfFiveTable());
    const steady = steadyRange(values.zone, values.zone.toLocal(values.nowMicros())), at = context / 8;
    this.#memory.i64[at + AT.zoneFrom / 8] = steady?.from ?? 0n;
    this.#memory.i64[at + AT.zoneTo / 8] = steady?.to ?? 0n;
    this.#memory.i64[at + AT.zoneOffset / 8] = steady?.offset ?? 0n;
    return context;
  }

  release(): void {
    for (const column of this.#columns) column.release(this.#account);
    for (const { pointer, bytes } of this.#blocks) this.#memory.free(pointer, bytes, this.#account);
    this.#arena.release();
  }

  /**
   * Decodes records of [from, to) in linear memory, which ends in a line end unless lines don't matter, to at most `maxRows` rows. The batch is
   * valid until the next call, and its strings while the input is. `offset`: where `from` is in the whole input. `lineEnd`: the
   * byte that ends records, or 0 for LF and CR.
   */
  decode(from: number, to: number, offset: number, isLast: boolean, lineEnd: string | undefined): CsvBatch {
    this.#arena.reset();
    const { syntax } = this.#options, { u32 } = this.#memory, context = this.#context, { csvSplit } = kernels();
    const anyEnd = lineEnd === undefined || syntax.multiLine && lineEnd === "\r\n";
    const isPlain = syntax.separator.length === 1 && (anyEnd || lineEnd.length === 1) && syntax.maxChars < 0;
    u32[(context + AT.flags) >>> 2] = (syntax.ignoreLeading ? CSV_FLAGS.trimLeading : 0) | (syntax.ignoreTrailing ? CSV_FLAGS.trimTrailing : 0) | (syntax.multiLine ? CSV_FLAGS.multiLine : 0) | (isLast ? CSV_FLAGS.isLast : 0);
    u32[(context + AT.lineEnd) >>> 2] = anyEnd ? 0 : lineEnd.charCodeAt(0);
    const bad: number[] = [];
    let rows = 0, at = from, needsMore = false;
    while (at < to && rows < this.#maxRows) {
      if (isPlain) {
        rows = csvSplit(context, at, to, rows) >>> 0;
        at = u32[(context + AT.consumed) >>> 2]!;
        const stop = u32[(context + AT.stop) >>> 2]!;
        if (stop === CSV_STOP.more) needsMore = rows === 0;
        if (stop !== CSV_STOP.hard) break;
      }
      const next = this.#hard(at, to, rows, isLast, lineEnd, bad);
      if (next === undefined) {
        needsMore = rows === 0;
        break;
      }
      if (next.hasRow) rows++;
      at = next.end;
    }
    return { ...this.#finish(rows, bad, from, at, offset), consumed: at, needsMore };
  }

  /** Forgets what is left of records that were cut at once. */
  reset(): void { this.#tokenizer.reset(); }

  /** Passes the header over, in front of the first record. The place behind it; undefined: it isn't whole yet. */
  skipHeader(from: number, to: number, isLast: boolean, lineEnd: string | undefined): number | undefined {
    const { syntax } = this.#options;
    for (let at = from; at < to;) {
      const record = this.#record(at, to, isLast, lineEnd);
      if (record === undefined) return undefined;
      at = record.end;
      if (record.tokens === undefined) continue;
      if (!this.#options.enforceSchema) this.#checkHeader(record.tokens);
      return at;
    }
    return syntax.multiLine && !isLast ? undefined : to;
  }

  #checkHeader(tokens: readonly string[]): void {
    const header = tokens.map(textOfBytes), names = this.#countsFields ? header : this.#named.map(({ at }) => header[at] ?? "");
    const wrong = names.length !== this.#named.length ? -1 : this.#named.findIndex(({ name }, i) => name.toLowerCase() !== names[i]!.toLowerCase());
    if (names.length === this.#named.length && wrong < 0) return;
    const expected = this.#named.map(({ name }) => name).join(", ");
    throw new ExecutionError({
      condition: "MILLRACE_CSV_HEADER", sqlState: "KD000",
      message: wrong < 0 ? `Number of column in CSV header is not equal to number of fields in the schema: Header length: ${names.length}, schema size: ${this.#named.length}.` : `CSV header does not conform to the schema. Header: ${names.join(", ")}. Schema: ${expected}. Expected: ${this.#named[wrong]!.name} but found: ${names[wrong]}.`,
      messageParameters: { header: names.join(", "), schema: expected }, hint: "the option enforceSchema takes columns by their place, whatever the header says",
    });
  }

  /** The record at a place, cut by the tokenizer; without tokens it is a comment, or blank. */
  #record(at: number, to: number, isLast: boolean, lineEnd: string | undefined): { readonly tokens: string[] | undefined; readonly textEnd: number; readonly end: number } | undefined {
    const { syntax } = this.#options, { bytes } = this.#memory;
    if (!syntax.multiLine) {
      const textEnd = this.#lineEndFrom(at, to, lineEnd), end = Math.min(to, textEnd + (lineEnd?.length ?? 1)), text = bytes.toString("latin1", at, textEnd);
      const isNone = /^[\x00-\x20]*$/.test(text) || syntax.comment !== undefined && text.startsWith(syntax.comment);
      return { tokens: isNone ? undefined : this.#tokenizer.line(text) ?? [], textEnd, end };
    }
    if (syntax.comment !== undefined && bytes[at] === syntax.comment.charCodeAt(0)) {
      const end = this.#lineEndFrom(at, to, lineEnd);
      return end === to && !isLast ? undefined : { tokens: undefined, textEnd: end, end: Math.min(to, end + (lineEnd?.length ?? 1)) };
    }
    // Cut from a piece that is mostly long enough; a piece whose end is reached says nothing.
    for (let length = 4096; ; length *= 4) {
      const end = Math.min(to, at + length), text = bytes.toString("latin1", at, end), record = this.#tokenizer.record(text, 0, text.length, isLast && end === to, lineEnd ?? "\n");
      if (record !== undefined) return { tokens: record.tokens.length === 0 ? undefined : record.tokens, textEnd: at + record.end, end: at + record.end };
      if (end === to) return isLast ? { tokens: undefined, textEnd: to, end: to } : undefined;
    }
  }

  #lineEndFrom(at: number, to: number, lineEnd: string | undefined): number {
    const { u8, bytes } = this.#memory;
    if (lineEnd === undefined) {
      let end = at;
      while (end < to && u8[end] !== LF && u8[end] !== CR) end++;
      return end;
    }
    const found = bytes.subarray(at, to).indexOf(lineEnd, 0, "latin1");
    return found < 0 ? to : at + found;
  }

  /** Cuts a record that the kernel can't. `bad` gets rows without any field. */
  #hard(at: number, to: number, row: number, isLast: boolean, lineEnd: string | undefined, bad: number[]): { readonly hasRow: boolean; readonly end: number } | undefined {
    const record = this.#record(at, to, isLast, lineEnd);
    if (record === undefined || record.tokens === undefined) return record && { hasRow: false, end: record.end };
    const { tokens, end } = record, { u32, bytes } = this.#memory;
    let { textEnd } = record;
    while (textEnd > at && (bytes[textEnd - 1] === LF || bytes[textEnd - 1] === CR)) textEnd--;
    u32[(this.#starts >>> 2) + row] = at;
    u32[(this.#lengths >>> 2) + row] = textEnd - at;
    u32[(this.#counts >>> 2) + row] = tokens.length;
    if (tokens.length === 0) bad.push(row);
    for (let i = 0; i < this.#width; i++) {
      const slot = this.#slots[i]!;
      if (slot < 0) continue;
      const place = (this.#columns[slot]!.fields >>> 2) + 2 * row, token = tokens[i];
      if (token === undefined) u32[place] = u32[place + 1] = 0;
      else {
        const pointer = this.#arena.allocate(token.length + 1);
        bytes.write(token, pointer, "latin1");
        u32[place] = pointer;
        u32[place + 1] = token.length;
      }
    }
    return { hasRow: true, end };
  }

  #finish(rows: number, bad: readonly number[], from: number, to: number, offset: number): DecodedBatch {
    const { u32 } = this.#memory, isAscii = kernels().csvIsAscii(from, to) !== 0, errors = new Map<number, RowError>();
    const textOf = (row: number) => {
      const pointer = u32[(this.#starts >>> 2) + row]!, length = u32[(this.#lengths >>> 2) + row]!;
      return { pointer, available: length, length, offset: offset + pointer - from };
    };
    if (this.#countsFields) {
      for (let row = 0, at = this.#counts >>> 2; row < rows; row++) {
        if (u32[at + row] !== this.#width) errors.set(row, { at: -1, reason: `the record has ${u32[at + row]} fields, not ${this.#width}`, column: undefined });
      }
    } else for (const row of bad) errors.set(row, { at: -1, reason: "the record has no fields", column: undefined });
    const columns = this.#columns.map((column, i) => column.vector(this.#context, rows, isAscii, this.#arena, (row, text) => {
      if (!errors.has(row)) errors.set(row, { at: i, reason: `${JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text)} is not a ${column.field.type.kind.toUpperCase()}`, column: column.field.name });
    }));
    return this.#bad.settle(rows, columns, errors, textOf, textOf);
  }

  #block(bytes: number): number {
    const pointer = this.#memory.allocate(bytes, this.#account);
    this.#blocks.push({ pointer, bytes });
    return pointer;
  }
}

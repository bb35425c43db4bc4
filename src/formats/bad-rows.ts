/** What the parse mode makes of rows with errors: the same for all formats that are read from text. */
import { ExecutionError } from "../base/errors.ts";
import { Batch, type Selection } from "../columns/batch.ts";
import { cellAt, writeView } from "../columns/cells.ts";
import { Vector } from "../columns/vector.ts";
import type { Arena } from "../memory/arena.ts";
import { STRING, typeToSql, type StructField, type StructType } from "../types/data-type.ts";
import { RAW_BYTES, type DecodedBatch, type FormatBadRecord, type ParseMode } from "./format-reader.ts";

/** Why a row is bad. `at`: a place, by which the first of several is found. */
export interface RowError { readonly at: number; readonly reason: string; readonly column: string | undefined }
/** The text of a record of `length` bytes, of which `available` lie at `pointer` in linear memory. */
export interface RecordText {
  readonly pointer: number;
  readonly available: number;
  readonly length: number;
  readonly offset: number;
  /** How errors name where it is; by its byte if left out. */
  readonly place?: string;
}

export interface BadRowOptions {
  readonly mode: ParseMode;
  /** The column, if the schema has it, that gets the text of bad records. */
  readonly corruptColumn: string;
  /** NOT NULL counts in STRUCTs as well. */
  readonly isDeep?: boolean;
}

export class BadRows {
  readonly schema: StructType;
  /** Of the column of corrupt records in the schema, or -1. */
  readonly corruptIndex: number;
  /** The columns that are read: all but that of corrupt records, and then those that are only checked. */
  readonly fields: readonly StructField[];
  readonly #mode: ParseMode;
  readonly #isDeep: boolean;
  readonly #arena: Arena;

  /**
   * `fullSchema`: has columns beyond those wanted; such as may not be null are checked.
   * @throws ExecutionError INVALID_CORRUPT_RECORD_TYPE
   */
  constructor(schema: StructType, { mode, corruptColumn, isDeep = false }: BadRowOptions, fullSchema: StructType | undefined, arena: Arena) {
    this.schema = schema;
    this.#mode = mode;
    this.#isDeep = isDeep;
    this.#arena = arena;
    this.corruptIndex = schema.fields.findIndex(field => field.name === corruptColumn);
    const corrupt = schema.fields[this.corruptIndex], isWanted = new Set(schema.fields.map(field => field.name));
    if (corrupt !== undefined && (corrupt.type.kind !== "string" || !corrupt.nullable)) throw invalidCorruptColumn(corrupt);
    const checked = (fullSchema?.fields ?? []).filter(field => !field.nullable && !isWanted.has(field.name));
    this.fields = [...schema.fields.filter((_, i) => i !== this.corruptIndex), ...checked];
  }

  /**
   * What the mode says about rows with errors. `columns`: of `fields`. `textOf` gives the record of a row, `reportOf` the same where it is
   * to be reported. `present`: a byte a row, zero where there is no record at all; 0 if each row has one.
   * @throws ExecutionError MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION in mode FAILFAST
   */
  settle(rows: number, columns: readonly Vector[], errors: Map<number, RowError>, textOf: (row: number) => RecordText, reportOf: (row: number) => RecordText | undefined, present = 0): DecodedBatch {
    const lost = this.#lostRows(rows, columns, errors, present), mode = this.#mode, badRecords: FormatBadRecord[] = [];
    if (errors.size === 0) return { batch: new Batch(this.schema, this.#withCorrupt(columns, rows, errors, textOf), rows), badRecords };
    const sorted = [...errors].sort((a, b) => a[0] - b[0]);
    if (mode === "FAILFAST") {
      const [row, { reason }] = sorted[0]!;
      const { offset, place = `byte ${offset}` } = textOf(row);
      throw malformedRecord(columns.slice(0, this.schema.fields.length), row, `${reason} (${place})`);
    }
    for (const [row, error] of sorted) {
      const text = reportOf(row);
      if (text === undefined) continue;
      badRecords.push({
        offset: text.offset, length: text.length, column: error.column, reason: error.reason,
        outcome: mode === "DROPMALFORMED" ? "dropped" : lost.has(row) ? "deadLetter" : "kept",
        raw: () => this.#arena.memory.u8.slice(text.pointer, text.pointer + Math.min(text.available, RAW_BYTES)),
      });
    }
    const excluded = mode === "DROPMALFORMED" ? errors : lost;
    const selection: Selection = excluded.size === 0 ? { pointer: 0, count: rows } : this.#selectionWithout(excluded, rows);
    return { batch: new Batch(this.schema, this.#withCorrupt(columns, rows, errors, textOf), rows, selection), badRecords };
  }

  /** Rows that can't be kept because a column that may not be null is. Adds their errors. */
  #lostRows(rows: number, columns: readonly Vector[], errors: Map<number, RowError>, present: number): Set<number> {
    const lost = new Set<number>();
    columns.forEach((vector, i) => this.#loseNulls(rows, vector, this.fields[i]!, this.fields[i]!.name, present, lost, errors));
    return lost;
  }

  /** `within`: the validity of what the field is in, 0 if that is never null. */
  #loseNulls(rows: number, vector: Vector, { type, nullable }: StructField, name: string, within: number, lost: Set<number>, errors: Map<number, RowError>): void {
    const { valid, children } = vector, { u8 } = this.#arena.memory;
    if (!nullable && valid !== 0) for (let row = 0; row < rows; row++) {
      if (u8[valid + row] !== 0 || (within !== 0 && u8[within + row] === 0)) continue;
      lost.add(row);
      if (!errors.has(row)) errors.set(row, { reason: `${name} is null, but declared NOT NULL`, column: name, at: -1 });
    }
    if (this.#isDeep && type.kind === "struct") children.forEach((child, i) => this.#loseNulls(rows, child, type.fields[i]!, `${name}.${type.fields[i]!.name}`, valid === 0 ? within : valid, lost, errors));
  }

  #selectionWithout(excluded: { has(row: number): boolean }, rows: number): Selection {
    const pointer = this.#arena.allocate(4 * rows);
    let count = 0;
    for (let row = 0; row < rows; row++) if (!excluded.has(row)) this.#arena.memory.u32[(pointer >>> 2) + count++] = row;
    return { pointer, count };
  }

  /** The columns of the schema: those read, and the text of bad records in its place. */
  #withCorrupt(columns: readonly Vector[], rows: number, errors: Map<number, RowError>, textOf: (row: number) => RecordText): Vector[] {
    const all = columns.slice(0, this.schema.fields.length - (this.corruptIndex < 0 ? 0 : 1));
    if (this.corruptIndex < 0) return all;
    const data = this.#arena.allocateZeroed(16 * rows), valid = this.#arena.allocateZeroed(rows);
    for (const row of errors.keys()) {
      const { pointer, available } = textOf(row), clean = this.#utf8(pointer, available);
      writeView(data + 16 * row, clean.pointer, clean.length);
      this.#arena.memory.u8[valid + row] = 1;
    }
    all.splice(this.corruptIndex, 0, new Vector(STRING, data, valid));
    return all;
  }

  /** The same bytes, or where they aren't UTF-8 a copy with replacement characters. */
  #utf8(pointer: number, length: number): { pointer: number; length: number } {
    const { memory } = this.#arena, text = memory.bytes.toString("utf8", pointer, pointer + length);
    if (!text.includes("\ufffd")) return { pointer, length };
    const bytes = Buffer.from(text), copy = this.#arena.allocate(bytes.length);
    memory.u8.set(bytes, copy);
    return { pointer: copy, length: bytes.length };
  }
}

function malformedRecord(columns: readonly Vector[], row: number, hint: string): ExecutionError {
  const shown = `[${columns.map(column => String(cellAt(column, row))).join(",")}]`;
  return new ExecutionError({
    condition: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", sqlState: "22023",
    message: `Malformed records are detected in record parsing: ${shown}.\nParse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`,
    messageParameters: { badRecord: shown, failFastMode: "FAILFAST" }, hint,
  });
}

function invalidCorruptColumn(field: StructField): ExecutionError {
  const actual = typeToSql(field.type);
  return new ExecutionError({
    condition: "INVALID_CORRUPT_RECORD_TYPE", sqlState: "42804",
    message: `The column \`${field.name}\` for corrupt records must have the nullable STRING type, but got "${actual}".`,
    messageParameters: { columnName: `\`${field.name}\``, actualType: `"${actual}"` },
  });
}

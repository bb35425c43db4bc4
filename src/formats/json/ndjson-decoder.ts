/**
 * NDJSON to batches: runs the kernel over lines in linear memory, decides what it left open, and treats bad records as
 * the mode says.
 */
import { BATCH_ROWS, type Selection } from "../../columns/batch.ts";
import { viewAt, writeView } from "../../columns/cells.ts";
import { storeText } from "../../columns/store-bytes.ts";
import { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { NDJSON_ERRORS, NDJSON_KIND, NDJSON_STOP, NDJSON_TEXTS } from "../../kernels/ndjson.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import type { StructField, StructType } from "../../types/data-type.ts";
import { BadRows, type BadRowOptions, type RecordText, type RowError } from "../bad-rows.ts";
import type { DecodedBatch } from "../format-reader.ts";
import type { LongLine } from "../line-framer.ts";
import { ColumnBuffer } from "./column-buffers.ts";
import { JsonCells, type JsonCellsOptions, type NdjsonBatch } from "./json-cells.ts";
import { JsonSyntaxError, STANDARD_JSON, type JsonSyntax } from "./json-lexer.ts";
import { JsonReader, JsonValueError, type JsonContext } from "./json-reader.ts";
import { NdjsonContext, type Fix } from "./ndjson-context.ts";

export interface NdjsonDecoderOptions extends BadRowOptions, JsonCellsOptions {
  readonly maxRows?: number;
  /** Has columns beyond those wanted: such as may not be null are checked. */
  readonly fullSchema?: StructType;
  readonly account?: MemoryAccount;
}

/** Values of raw columns that don't come from the kernel, by row. */
type MadeCells = Map<ColumnBuffer, Map<number, Cell>>;

export class NdjsonDecoder {
  readonly schema: StructType;
  readonly #options: NdjsonDecoderOptions;
  readonly #maxRows: number;
  readonly #memory = linearMemory();
  readonly #fields: readonly StructField[];
  readonly #columns: readonly ColumnBuffer[];
  /** These and the fields of STRUCTs. */
  readonly #buffers: readonly ColumnBuffer[];
  readonly #context: NdjsonContext;
  readonly #arena: Arena;
  readonly #bad: BadRows;
  readonly #json: JsonContext;
  readonly #cells: JsonCells;
  /** All goes value by value. */
  readonly #isSlow: boolean;
  #usedRows = 0;

  constructor(schema: StructType, options: NdjsonDecoderOptions) {
    this.schema = schema;
    this.#options = options;
    this.#maxRows = options.maxRows ?? BATCH_ROWS;
    this.#arena = new Arena(options.account);
    this.#bad = new BadRows(schema, options, options.fullSchema, this.#arena);
    this.#fields = this.#bad.fields;
    this.#columns = this.#fields.map(field => new ColumnBuffer(field.name, field.type, this.#maxRows, options, options.account));
    this.#buffers = this.#columns.flatMap(column => column.flattened());
    this.#context = new NdjsonContext(this.#columns, this.#maxRows, options.zone, options.account);
    this.#json = options;
    this.#cells = new JsonCells(this.#bad, this.#arena, this.#maxRows, options);
    this.#isSlow = !isKernelSyntax(options) || this.#buffers.some(({ type }) => type.kind === "variant");
  }

  release(): void {
    for (const column of this.#columns) column.release(this.#options.account);
    this.#context.release();
    this.#arena.release();
  }

  /** Forgets a line that is half handed out. */
  reset(): void { this.#cells.reset(); }

  /**
   * Decodes lines of [from, to) in linear memory, which ends in a line terminator, to at most `maxRows` rows. The batch
   * is valid until the next call, and its strings while the input is. `offset`: where `from` is in the whole input.
   * `separator`: what ends lines instead; they then go value by value.
   * @throws ExecutionError MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION in mode FAILFAST
   */
  decode(from: number, to: number, offset: number, separator?: string): NdjsonBatch {
    this.#arena.reset();
    if (this.#cells.isPending) return this.#cells.pending();
    if (this.#isSlow || separator !== undefined) return this.#cells.lines(from, to, offset, separator);
    this.#clear();
    const context = this.#context;
    let rows = context.decode(from, to, this.#maxRows);
    while (rows === 0 && (context.stop === NDJSON_STOP.heap || context.stop === NDJSON_STOP.fixes)) {
      if (context.stop === NDJSON_STOP.heap) context.growHeap(); else context.growFixes();
      rows = context.decode(from, to, this.#maxRows);
    }
    this.#usedRows = rows;
    const consumed = context.consumed;
    if (rows === 0 && context.stop === NDJSON_STOP.array) {
      const length = this.#lineLength(consumed);
      return this.#cells.array({ pointer: consumed, available: length, length, offset: offset + consumed - from }, consumed + length + 1 - from);
    }
    const batch = this.#finish(rows, this.#repair(rows, this.#arena), from, offset);
    // a heap that stops calls early makes small batches
    if (context.stop === NDJSON_STOP.heap) context.growHeap();
    return { ...batch, consumedBytes: consumed - from };
  }

  /**
   * Decodes a text a row, the selected ones of a vector of at most `maxRows`: columns of as many rows, in which what isn't JSON
   * is null, valid until the next call and as long as `arena` and the texts are. `left`: rows whose texts don't begin with an
   * object, or have line ends between its parts, and with `isBytes` such as aren't UTF-8; their values are undefined.
   */
  decodeTexts(text: Vector, rows: Selection, length: number, isBytes: boolean, arena: Arena): { readonly columns: readonly Vector[]; readonly left: Selection } {
    const left = this.#decodeTexts(text, rows, length, isBytes ? NDJSON_TEXTS.bytes : NDJSON_TEXTS.text, arena);
    return { columns: this.#repair(length, arena).columns, left };
  }

  /**
   * Decodes a record a row: bytes that are to be one object of JSON each, of a vector of at most `maxRows`; what follows the object is ignored. Rows
   * are as many, and all null where the vector is. Bad records are treated as the mode says, their `offset` is the row; `placeOf`: how an error names
   * it. Valid until the next call, and as long as the records are.
   * @throws ExecutionError MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION in mode FAILFAST
   */
  decodeRecords(records: Vector, length: number, placeOf: (row: number) => string): DecodedBatch {
    const arena = this.#arena, made: MadeCells = new Map(), errors = new Map<number, RowError>(), { u32, bytes } = this.#memory;
    arena.reset();
    const left = this.#isSlow ? this.#presentRows(records, length) : this.#decodeTexts(records, { pointer: 0, count: length }, length, NDJSON_TEXTS.records, arena);
    for (let i = 0; i < left.count; i++) {
      const row = u32[(left.pointer >>> 2) + i]!, { pointer, length: size } = viewAt(records, row);
      const cells = this.#record(new JsonReader(bytes, pointer, pointer + size, this.#json), error => { if (!errors.has(row)) errors.set(row, error); });
      cells.forEach((cell, c) => this.#write(this.#columns[c]!, row, cell, made, arena));
    }
    const { columns, errors: ofValues } = this.#repair(length, arena, made);
    for (const [row, error] of ofValues) errors.set(row, error);
    const textOf = (row: number): RecordText => {
      const { pointer, length: size } = viewAt(records, row);
      return { pointer, available: size, length: size, offset: row, place: placeOf(row) };
    };
    return this.#bad.settle(length, columns, errors, textOf, textOf, records.valid);
  }

  /** The rows that aren't null, for a decoder that never asks the kernel. */
  #presentRows({ valid }: Vector, length: number): Selection {
    const pointer = this.#arena.allocate(4 * length + 4), { u8, u32 } = this.#memory;
    this.#clear();
    this.#usedRows = length;
    let count = 0;
    for (let row = 0; row < length; row++) if (valid === 0 || u8[valid + row] !== 0) u32[(pointer >>> 2) + count++] = row;
    return { pointer, count };
  }

  /** What is good of a record that stands for itself; nothing if it isn't an object. */
  #record(reader: JsonReader, note: (error: RowError) => void): readonly Cell[] {
    const start = reader.at, none = (reason: string): readonly Cell[] => { note({ at: start, reason, column: undefined }); return []; };
    try {
      if (!reader.startRecord()) return none("it is blank");
      return reader.bytes[reader.at] === 0x7b ? reader.element(this.#fields, note) : none("not a JSON object");
    } catch (caught) {
      if (!(caught instanceof JsonSyntaxError)) throw caught;
      return none(caught.message);
    }
  }

  /** Writes a value to where the kernel does. */
  #write(column: ColumnBuffer, row: number, cell: Cell, made: MadeCells, arena: Arena): void {
    if (cell === null) return;
    this.#memory.u8[column.valid + row] = 1;
    switch (column.kind) {
      case NDJSON_KIND.raw: {
        const cells = made.get(column);
        if (cells === undefined) made.set(column, new Map([[row, cell]])); else cells.set(row, cell);
        break;
      }
      case NDJSON_KIND.string: storeText(cell as string, column.data + 16 * row, arena); break;
      case NDJSON_KIND.struct: column.fields.forEach((field, i) => this.#write(field, row, (cell as readonly Cell[])[i]!, made, arena)); break;
      default: column.write(row, cell);
    }
  }

  /** Runs the kernel until its lists suffice; gives the rows that it left. */
  #decodeTexts(text: Vector, rows: Selection, length: number, kind: number, arena: Arena): Selection {
    const context = this.#context, left = arena.allocate(4 * rows.count + 4);
    while (true) {
      this.#clear();
      const count = context.decodeTexts(text, rows, kind, arena.allocate(context.heapBytes), context.heapBytes, left);
      this.#usedRows = length;
      if (context.stop === NDJSON_STOP.heap) context.growHeap();
      else if (context.stop === NDJSON_STOP.fixes) context.growFixes();
      else return { pointer: left, count };
    }
  }

  #clear(): void { for (const column of this.#buffers) this.#memory.u8.fill(0, column.valid, column.valid + this.#usedRows); }

  /** As JsonCells.document. */
  document(from: number, to: number, offset: number): NdjsonBatch {
    this.#arena.reset();
    return this.#cells.document(from, to, offset);
  }

  /** As JsonCells.longLine. */
  longLine(line: LongLine, limit: number): DecodedBatch {
    this.#arena.reset();
    return this.#cells.longLine(line, limit);
  }

  /** Applies the fix list; gives the errors of rows. Those of whole lines come from the kernel. `made`: of raw columns. */
  #repair(rows: number, arena: Arena, made?: MadeCells): { errors: Map<number, RowError>; columns: Vector[] } {
    const context = this.#context, errors = new Map<number, RowError>();
    for (let i = 0; i < context.errorCount; i++) {
      const { row, at, code } = context.error(i);
      errors.set(row, { reason: NDJSON_ERRORS[code]!, column: undefined, at });
    }
    const earlier = new Map<ColumnBuffer, Map<number, Fix[]>>();
    let zoneless: bigint | undefined;
    for (let i = 0; i < context.fixCount; i++) {
      const fix = context.fix(i), { column } = fix;
      if (column.kind === NDJSON_KIND.raw) {
        // a value of a key that came again: the last good one counts
        let byRow = earlier.get(column);
        if (byRow === undefined) earlier.set(column, byRow = new Map());
        const texts = byRow.get(fix.row);
        if (texts === undefined) byRow.set(fix.row, [fix]); else texts.push(fix);
        continue;
      }
      const cell = this.#convert(fix, column, fix.row, errors);
      if (cell === undefined || fix.superseded) continue;
      if (column.kind === NDJSON_KIND.string) this.#writeString(column, fix.row, fix.heap, cell as string);
      else column.write(fix.row, cell);
      if (column.kind === NDJSON_KIND.timestamp) zoneless = this.#isZoneless(fix) ? cell as bigint : zoneless;
    }
    // neighbours of a time without zone can then be decided by the kernel
    if (zoneless !== undefined) context.learnZone(this.#options.zone.toLocal(zoneless));
    const columns = this.#columns.map(column => this.#vector(column, rows, earlier, errors, arena, made));
    return { errors, columns };
  }

  #vector(column: ColumnBuffer, rows: number, earlier: Map<ColumnBuffer, Map<number, Fix[]>>, errors: Map<number, RowError>, arena: Arena, made?: MadeCells): Vector {
    if (column.kind === NDJSON_KIND.raw) {
      const again = earlier.get(column), own = made?.get(column);
      return column.buildRaw(rows, arena, row => {
        let value: Cell = own?.get(row) ?? null;
        if (value !== null) return value;
        for (const text of again?.get(row) ?? []) {
          const cell = this.#convert(text, column, row, errors);
          if (!text.cleared) value = cell ?? value;
        }
        return column.isNull(row) ? null : this.#convert(column.rawText(row), column, row, errors) ?? value;
      });
    }
    const { ndjsonFindZero, ndjsonClearNullViews } = kernels();
    const hasNulls = ndjsonFindZero(column.valid, rows) >>> 0 < rows;
    if (hasNulls && column.kind === NDJSON_KIND.string) ndjsonClearNullViews(column.data, column.valid, rows);
    return column.vector(hasNulls, column.fields.map(field => this.#vector(field, rows, earlier, errors, arena, made)));
  }

  /** The value of JSON text; undefined, and an error noted, when the column can't hold it and nothing of it is kept. */
  #convert(text: { readonly pointer: number; readonly length: number }, column: ColumnBuffer, row: number, errors: Map<number, RowError>): Cell | undefined {
    try {
      return new JsonReader(this.#memory.bytes, text.pointer, text.pointer + text.length, this.#json).value(column.type);
    } catch (caught) {
      if (!(caught instanceof JsonValueError) && !(caught instanceof JsonSyntaxError)) throw caught;
      const known = errors.get(row);
      if (known === undefined || known.at > caught.at) errors.set(row, { reason: caught.message, column: column.columnName, at: caught.at });
      return caught instanceof JsonValueError && caught.partial !== null ? caught.partial : undefined;
    }
  }

  #writeString(column: ColumnBuffer, row: number, heap: number, text: string): void {
    const length = this.#memory.bytes.write(text, heap, "utf8");
    writeView(column.data + 16 * row, heap, length);
    this.#memory.u8[column.valid + row] = 1;
  }

  #isZoneless({ pointer, length }: Fix): boolean {
    return length < 40 && ZONELESS.test(this.#memory.bytes.toString("latin1", pointer, pointer + length));
  }

  #finish(rows: number, { errors, columns }: { errors: Map<number, RowError>; columns: Vector[] }, from: number, offset: number): DecodedBatch {
    const textOf = (row: number): RecordText => {
      const start = this.#context.rowStart(row), length = this.#lineLength(start);
      return { pointer: start, available: length, length, offset: offset + start - from };
    };
    return this.#bad.settle(rows, columns, errors, textOf, textOf);
  }

  #lineLength(start: number): number {
    const { u8 } = this.#memory;
    let end = start;
    while (u8[end] !== 10 && u8[end] !== 13) end++;
    return end - start;
  }
}

/** Whether the kernel takes for JSON what the options do. */
export function isKernelSyntax({ syntax = STANDARD_JSON, isWhole = false }: JsonCellsOptions): boolean {
  return !isWhole && (Object.keys(STANDARD_JSON) as (keyof JsonSyntax)[]).every(name => syntax[name] === STANDARD_JSON[name]);
}

/** A time without zone in the form that the kernel can read. */
const ZONELESS = /^"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{0,9})?"$/;

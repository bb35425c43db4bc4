/**
 * Tables of apache-arrow and flechette as they lie in memory: their buffers are those of Arrow's messages, so they are read as such,
 * without being written as bytes first. Neither library is needed: what is known of them is in library-shapes.ts.
 */
import { ExecutionError } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import { concatenate } from "../../columns/pieces.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import { arrowField, arrowType, type ArrowField } from "./arrow-schema.ts";
import { ColumnPicker } from "./column-picker.ts";
import { MalformedArrow } from "./flatbuffer.ts";
import type { LibraryData, LibraryField, LibraryTable } from "./library-shapes.ts";
import { RecordBatchReader, type BatchParts, type Dictionaries } from "./record-batch.ts";

const DICTIONARY = -1;
const bad = (reason: string): never => { throw new MalformedArrow(reason); };

/** The columns of a table. Dictionaries are numbered by where they stand. @throws AnalysisError MILLRACE_UNSUPPORTED, ExecutionError MILLRACE_MALFORMED_ARROW */
export const libraryFields = (table: LibraryTable): readonly ArrowField[] => guarded(() => fieldsOf(table));

function fieldsOf({ schema }: LibraryTable): ArrowField[] {
  let dictionaries = 0;
  const fieldOf = ({ name, nullable, type: given }: LibraryField): ArrowField => {
    const isIndexed = given.typeId === DICTIONARY, type = isIndexed ? given.dictionary! : given, { indices } = given;
    const parameters = {
      bits: type.bitWidth ?? 0, signed: type.isSigned ?? type.signed ?? false, precision: type.precision ?? 0, scale: type.scale ?? 0, size: type.byteWidth ?? type.listSize ?? type.stride ?? 0,
      ...(type.unit !== undefined && { unit: type.unit }), zone: type.timezone ?? undefined,
    };
    return arrowField(name, nullable, arrowType(type.typeId, parameters), (type.children ?? []).map(fieldOf),
      isIndexed ? { id: dictionaries++, index: { kind: "int", bits: indices!.bitWidth ?? 32, signed: indices!.isSigned ?? indices!.signed ?? true } } : undefined);
  };
  return schema.fields.map(fieldOf);
}

/**
 * The rows of a table. Its buffers are copied into linear memory as a batch needs them, those of columns that are not wanted are not.
 * @throws ExecutionError MILLRACE_MALFORMED_ARROW
 */
export function* libraryBatches(table: LibraryTable, fields: readonly ArrowField[], wanted: StructType, signal: AbortSignal): Generator<Batch> {
  const batches = batchesIn(table, fields, wanted, signal);
  try {
    for (let next = guarded(() => batches.next()); next.done !== true; next = guarded(() => batches.next())) yield next.value;
  } finally {
    batches.return(undefined);
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MalformedArrow)) throw error;
    throw new ExecutionError({ condition: "MILLRACE_MALFORMED_ARROW", sqlState: "22000", message: `The Arrow table can't be read: ${error.message}.`, messageParameters: { reason: error.message }, hint: "give its bytes: tableToIPC(table)", cause: error });
  }
}

function* batchesIn(table: LibraryTable, fields: readonly ArrowField[], wanted: StructType, signal: AbortSignal): Generator<Batch, undefined> {
  const picker = new ColumnPicker("the table", fields, wanted), arena = new Arena(), dictionaries: Dictionaries = new Map(), kept = new Map<number, { readonly source: object; readonly arena: Arena }>();
  const keep = (one: ArrowField, source: { readonly data: readonly LibraryData[] }): void => {
    const id = one.dictionary!.id, before = kept.get(id), values = { ...one, dictionary: undefined };
    if (before?.source === source) return;
    const own = before?.arena ?? new Arena();
    own.reset();
    const parts = source.data.map(piece => {
      const parts = new Parts(piece.length);
      parts.add(values, piece, piece.length, keep);
      return { vector: new RecordBatchReader(parts, dictionaries, own).column(values, true)!, length: piece.length };
    });
    dictionaries.set(id, { vector: parts.length === 0 ? bad("a dictionary has no values") : concatenate(parts, own), length: parts.reduce((sum, part) => sum + part.length, 0) });
    kept.set(id, { source, arena: own });
  };
  try {
    for (const { rows, columns } of batchesOf(table)) {
      const parts = new Parts(rows);
      for (const [i, one] of fields.entries()) parts.add(one, columns[i]!, rows, picker.isWanted(i) ? keep : () => {});
      yield* picker.batches(parts, dictionaries, arena, signal);
      arena.reset();
    }
  } finally {
    arena.release();
    for (const one of kept.values()) one.arena.release();
  }
}

function batchesOf({ schema, batches, children }: LibraryTable): { readonly rows: number; readonly columns: readonly LibraryData[] }[] {
  if (batches !== undefined) return batches.map(({ data }) => ({ rows: data.length, columns: data.children ?? [] }));
  const [first] = children!;
  if (first === undefined) return [];
  const pieces = first.data.map(({ length }, i) => ({ rows: length, columns: children!.map(column => column.data[i]!) }));
  if (children!.length !== schema.fields.length || children!.some(column => column.data.length !== pieces.length) || pieces.some(({ rows, columns }) => columns.some(one => one.length !== rows))) bad("its columns are cut at different rows");
  return pieces;
}

/** The parts of a batch, in the order of Arrow's messages. */
class Parts implements BatchParts {
  readonly rows: number;
  readonly nodes: (readonly number[])[] = [];
  readonly variadic: number[] = [];
  readonly #buffers: (Uint8Array | undefined)[] = [];

  constructor(rows: number) { this.rows = rows; }

  get bufferCount(): number { return this.#buffers.length; }

  piece(index: number, arena: Arena): { from: number; length: number } {
    const bytes = this.#buffers[index];
    if (bytes === undefined || bytes.length === 0) return { from: 0, length: 0 };
    const from = arena.allocate(bytes.length);
    linearMemory().u8.set(bytes, from);
    return { from, length: bytes.length };
  }

  /** A column of `rows` rows; `keep` is called with the dictionaries in it, inner ones first. */
  add(one: ArrowField, data: LibraryData, rows: number, keep: (one: ArrowField, source: { readonly data: readonly LibraryData[] }) => void): void {
    if (data === undefined || data.length < rows) bad("a column has another number of values than its batch");
    const { type, children } = one, first = data.offset ?? 0, bits = (buffer: ArrayBufferView | null | undefined): Uint8Array | undefined => bitsFrom(bytesOf(buffer), first, rows);
    this.nodes.push([rows, data.nullCount]);
    const child = (index: number, length = data.children![index]?.length ?? 0): void => this.add(children[index]!, data.children![index]!, length, keep);
    if (one.dictionary !== undefined) {
      keep(one, data.dictionary ?? bad("a dictionary is missing"));
      this.#buffers.push(bits(data.nullBitmap ?? data.validity), bytesOf(data.values));
      return;
    }
    if (type.kind === "null") return;
    if (type.kind === "runs") {
      for (const [i] of children.entries()) child(i);
      return;
    }
    this.#buffers.push(bits(data.nullBitmap ?? data.validity));
    const offsets = data.valueOffsets ?? data.offsets;
    switch (type.kind) {
      case "struct":
        for (const [i] of children.entries()) child(i, rows);
        break;
      case "fixedList": child(0, rows * type.size); break;
      case "list": case "map":
        this.#buffers.push(offsetsOf(offsets, type.large));
        child(0);
        break;
      case "listView":
        this.#buffers.push(offsetsOf(offsets, type.large), offsetsOf(data.sizes, type.large));
        child(0);
        break;
      case "bytes":
        if (type.layout === "view") {
          const inner = data.variadicBuffers ?? data.data ?? [];
          this.variadic.push(inner.length);
          this.#buffers.push(bytesOf(data.values), ...inner.map(bytesOf));
        } else this.#buffers.push(offsetsOf(offsets, type.layout === "large"), bytesOf(data.values));
        break;
      case "bool": this.#buffers.push(bits(data.values)); break;
      default: this.#buffers.push(bytesOf(data.values));
    }
  }
}

const bytesOf = (view: ArrayBufferView | null | undefined): Uint8Array | undefined => (view === null || view === undefined ? undefined : new Uint8Array(view.buffer, view.byteOffset, view.byteLength));

/** Offsets of the width that the type has. */
function offsetsOf(view: ArrayBufferView | null | undefined, large: boolean): Uint8Array | undefined {
  if (large && (view instanceof Int32Array || view instanceof Uint32Array)) return bytesOf(BigInt64Array.from(view, BigInt));
  return bytesOf(view);
}

/** Bits from the one numbered `first` on. */
function bitsFrom(bytes: Uint8Array | undefined, first: number, count: number): Uint8Array | undefined {
  if (bytes === undefined || first === 0 || bytes.length === 0) return bytes;
  const whole = bytes.subarray(first >> 3), shift = first & 7;
  if (shift === 0) return whole;
  const out = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < out.length; i++) out[i] = (whole[i]! >> shift) | ((whole[i + 1] ?? 0) << (8 - shift));
  return out;
}

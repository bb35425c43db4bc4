/** The buffers of a record batch as vectors (https://arrow.apache.org/docs/format/Columnar.html). What lies as the engine has it stays where it is. */
import { writeView } from "../../columns/cells.ts";
import { gather } from "../../columns/gather.ts";
import { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { type DataType } from "../../types/data-type.ts";
import { sqlTypeOfArrow, type ArrowField, type ArrowType } from "./arrow-schema.ts";
import { decompressBuffer, type BufferCodec } from "./compression.ts";
import { bytesOfBits, fixedValues, type Piece } from "./fixed-values.ts";
import { MalformedArrow, type FlatTable } from "./flatbuffer.ts";

const MAX_ROWS = 2 ** 28;
const bad = (reason: string): never => { throw new MalformedArrow(reason); };
/** What a batch is made of, in the order of Arrow's messages: of a message's body, or of another library's table. */
export interface BatchParts {
  readonly rows: number;
  /** Of each field: how many values, and how many of them are null. */
  readonly nodes: readonly (readonly number[])[];
  readonly bufferCount: number;
  /** How many buffers of data each column of views has. */
  readonly variadic: readonly number[];
  /** A buffer in linear memory, at a multiple of eight. */
  piece(index: number, arena: Arena): Piece;
}

/** Values of dictionaries by their ids, with how many they are. */
export type Dictionaries = Map<number, { readonly vector: Vector; readonly length: number }>;

/** The parts of a message whose body lies at `base`. */
export function partsOfMessage(batch: FlatTable, base: number, bodyBytes: number): BatchParts {
  const buffers = batch.structs(2, 16, [0, 8]), compression = batch.table(3), memory = linearMemory();
  const codec: BufferCodec = compression === undefined ? "none" : (["lz4", "zstd"] as const)[compression.byte(0)] ?? bad("a codec is unknown");
  return {
    rows: batch.long(0), nodes: batch.structs(1, 16, [0, 8]), bufferCount: buffers.length, variadic: batch.longs(4),
    piece(index, arena) {
      const [offset, length] = buffers[index] as [number, number];
      if (offset < 0 || length < 0 || offset + length > bodyBytes) bad("a buffer lies outside of its batch");
      if (length === 0) return { from: 0, length: 0 };
      const found = codec === "none" ? { from: base + offset, length } : decompressBuffer(codec, base + offset, length, size => arena.allocate(size));
      if (found.from % 8 === 0) return found;
      const aligned = arena.allocate(found.length);
      memory.u8.copyWithin(aligned, found.from, found.from + found.length);
      return { from: aligned, length: found.length };
    },
  };
}

/** Reads the columns of a batch one after the other. */
export class RecordBatchReader {
  readonly rows: number;
  readonly #arena: Arena;
  readonly #memory = linearMemory();
  readonly #parts: BatchParts;
  readonly #dictionaries: Dictionaries;
  #node = 0;
  #buffer = 0;
  #variadicAt = 0;

  constructor(parts: BatchParts, dictionaries: Dictionaries, arena: Arena) {
    this.rows = parts.rows;
    if (this.rows < 0 || this.rows > MAX_ROWS) bad("a batch has no good number of rows");
    this.#arena = arena;
    this.#parts = parts;
    this.#dictionaries = dictionaries;
  }

  /** The next field; undefined: gone over. */
  column(one: ArrowField, isWanted: boolean): Vector | undefined { return this.#field(one, this.rows, isWanted); }

  #field(one: ArrowField, rows: number, isWanted: boolean): Vector | undefined {
    const node = this.#parts.nodes[this.#node++] ?? bad("a batch has too few columns"), nulls = node[1]!;
    if (node[0] !== rows) bad("a column has another number of values than its batch");
    if (one.dictionary !== undefined) return this.#indexed(one, rows, nulls, isWanted);
    const type = sqlTypeOfArrow(one);
    if (one.type.kind === "null") return isWanted ? new Vector(type, this.#zeroed(rows), this.#zeroed(rows)) : undefined;
    if (one.type.kind === "runs") return this.#runs(one, rows, isWanted);
    const validity = this.#next(), valid = isWanted && nulls !== 0 ? this.#validity(validity, rows) : 0;
    switch (one.type.kind) {
      case "struct": {
        const children = one.children.map(child => this.#field(child, rows, isWanted));
        return isWanted ? new Vector(type, 0, valid, { children: children as Vector[] }) : undefined;
      }
      case "fixedList": {
        const { size } = one.type, [child] = [this.#field(one.children[0]!, rows * size, isWanted)];
        if (!isWanted) return undefined;
        const offsets = this.#arena.allocate(4 * (rows + 1)), at = offsets >>> 2;
        for (let i = 0; i <= rows; i++) this.#memory.i32[at + i] = i * size;
        return new Vector(type, offsets, valid, { children: [child!] });
      }
      case "list": case "map": {
        const offsets = this.#offsets(this.#piece(this.#next(), isWanted), rows, one.type.large, isWanted), values = this.#inner();
        const child = this.#field(one.children[0]!, values, isWanted);
        if (!isWanted) return undefined;
        this.#checkOffsets(offsets, rows, values);
        return new Vector(type, offsets, valid, { children: one.type.kind === "map" ? child!.children : [child!] });
      }
      case "listView": {
        const first = this.#piece(this.#next(), isWanted), second = this.#piece(this.#next(), isWanted), values = this.#inner(), child = this.#field(one.children[0]!, values, isWanted);
        return isWanted ? this.#listViews(type, first, second, one.type.large, rows, valid, child!, values) : undefined;
      }
      case "bytes": return this.#bytes(one.type, type, rows, valid, isWanted);
      default: {
        const data = this.#piece(this.#next(), isWanted);
        return isWanted ? fixedValues(one.type, type, data, rows, valid, this.#arena) : undefined;
      }
    }
  }

  #zeroed(bytes: number): number { return this.#arena.allocateZeroed(Math.max(1, bytes)); }
  #next(): number { return this.#buffer < this.#parts.bufferCount ? this.#buffer++ : bad("a batch has too few buffers"); }
  /** How many values the next field has: lists may not reach them all. */
  #inner(): number {
    const values = this.#parts.nodes[this.#node]?.[0] ?? bad("a batch has too few columns");
    return values < 0 || values > MAX_ROWS ? bad("a list has no good number of values") : values;
  }
  #piece(index: number, isWanted: boolean): Piece { return isWanted ? this.#parts.piece(index, this.#arena) : { from: 0, length: 0 }; }

  #validity(buffer: number, rows: number): number {
    const { from, length } = this.#piece(buffer, true);
    if (length === 0) return 0;
    if (length * 8 < rows) bad("a buffer is too short");
    return bytesOfBits(from, rows, this.#arena);
  }
  /** Offsets of 32 bits; rows + 1 of them. */
  #offsets({ from, length }: Piece, rows: number, large: boolean, isWanted: boolean): number {
    if (!isWanted) return 0;
    if (length === 0 && rows === 0) return this.#zeroed(4);
    if (length < (rows + 1) * (large ? 8 : 4)) bad("a buffer is too short");
    if (!large) return from;
    const to = this.#arena.allocate(4 * (rows + 1)), { i32, u32 } = this.#memory;
    for (let i = 0; i <= rows; i++) {
      if (u32[(from >>> 2) + 2 * i + 1] !== 0) bad("an offset is too large");
      i32[(to >>> 2) + i] = u32[(from >>> 2) + 2 * i]!;
    }
    return to;
  }
  #checkOffsets(offsets: number, rows: number, end: number): void {
    const { i32 } = this.#memory;
    let before = i32[offsets >>> 2]!;
    if (before < 0) bad("offsets go back");
    for (let i = 1; i <= rows; i++) {
      const next = i32[(offsets >>> 2) + i]!;
      if (next < before) bad("offsets go back");
      before = next;
    }
    if (before > end) bad("an offset points behind the values");
  }

  /** Lists that say where they begin and how long they are, in any order. */
  #listViews(type: DataType, starts: Piece, sizes: Piece, large: boolean, rows: number, valid: number, child: Vector, values: number): Vector {
    const { u8, u32 } = this.#memory, width = large ? 8 : 4, offsets = this.#arena.allocate(4 * (rows + 1)), numberAt = (piece: Piece, row: number): number => {
      const at = (piece.from + width * row) >>> 2;
      return large && u32[at + 1] !== 0 ? bad("an offset is too large") : u32[at]!;
    };
    if (starts.length < width * rows || sizes.length < width * rows) bad("a buffer is too short");
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const size = valid !== 0 && u8[valid + i] === 0 ? 0 : numberAt(sizes, i);
      if (size > 0 && numberAt(starts, i) + size > values) bad("an offset points behind the values");
      u32[(offsets >>> 2) + i] = total;
      if ((total += size) > MAX_ROWS) bad("a list has no good number of values");
    }
    u32[(offsets >>> 2) + rows] = total;
    const picked = this.#arena.allocate(4 * Math.max(1, total));
    for (let i = 0; i < rows; i++) for (let at = u32[(offsets >>> 2) + i]!, end = u32[(offsets >>> 2) + i + 1]!, from = end > at ? numberAt(starts, i) : 0; at < end; at++) u32[(picked >>> 2) + at] = from++;
    return new Vector(type, offsets, valid, { children: [total === 0 ? child : gather(child, picked, total, this.#arena)] });
  }

  /** Values of which each is for all rows up to an end. */
  #runs(one: ArrowField, rows: number, isWanted: boolean): Vector | undefined {
    const [endsField, valuesField] = one.children as [ArrowField, ArrowField], runs = this.#inner(), ends = this.#field(endsField, runs, isWanted);
    if (this.#inner() !== runs) bad("a column has another number of values than its batch");
    const values = this.#field(valuesField, runs, isWanted);
    if (!isWanted) return undefined;
    const memory = this.#memory, { data, physical } = ends!, numbers = this.#arena.allocate(4 * Math.max(1, rows));
    let row = 0;
    for (let run = 0; run < runs && row < rows; run++) {
      const end = physical === "i16" ? memory.i16[(data >>> 1) + run]! : physical === "i32" ? memory.i32[(data >>> 2) + run]! : Number(memory.i64[data / 8 + run]!);
      if (end <= row) bad("runs end before they begin");
      for (; row < end && row < rows; row++) memory.u32[(numbers >>> 2) + row] = run;
    }
    if (row < rows) bad("runs end before the rows do");
    return rows === 0 ? values : gather(values!, numbers, rows, this.#arena);
  }

  #bytes({ layout, isText }: ArrowType & { readonly kind: "bytes" }, type: DataType, rows: number, valid: number, isWanted: boolean): Vector | undefined {
    const { u8, u32, i32 } = this.#memory, first = this.#piece(this.#next(), isWanted), count = layout === "view" ? this.#parts.variadic[this.#variadicAt++] ?? bad("a batch has too few buffers") : 1;
    if (count < 0 || count > this.#parts.bufferCount) bad("a batch has too few buffers");
    const data = Array.from({ length: count }, () => this.#piece(this.#next(), isWanted));
    if (!isWanted) return undefined;
    const views = this.#arena.allocate(16 * Math.max(1, rows));
    if (layout === "view") {
      if (first.length < 16 * rows) bad("a buffer is too short");
      for (let i = 0; i < rows; i++) {
        const at = (first.from >>> 2) + 4 * i, length = valid !== 0 && u8[valid + i] === 0 ? 0 : i32[at]!;
        if (length < 0) bad("a length is negative");
        if (length <= 12) {
          writeView(views + 16 * i, first.from + 16 * i + 4, length);
          continue;
        }
        const buffer = data[i32[at + 2]!] ?? bad("a value lies in no buffer"), offset = i32[at + 3]!;
        if (offset < 0 || offset + length > buffer.length) bad("a value lies outside of its buffer");
        writeView(views + 16 * i, buffer.from + offset, length);
      }
    } else {
      const [{ from, length }] = data as [Piece], offsets = this.#offsets(first, rows, layout === "large", true);
      this.#checkOffsets(offsets, rows, length);
      for (let i = 0; i < rows; i++) writeView(views + 16 * i, from + u32[(offsets >>> 2) + i]!, u32[(offsets >>> 2) + i + 1]! - u32[(offsets >>> 2) + i]!);
    }
    if (isText && rows > 0 && kernels().viewsAreUtf8(views, -1, valid, 0, rows) !== 1) bad("a text is no UTF-8");
    return new Vector(type, views, valid);
  }

  #indexed(one: ArrowField, rows: number, nulls: number, isWanted: boolean): Vector | undefined {
    const { index, id } = one.dictionary!, validity = this.#next(), valid = isWanted && nulls !== 0 ? this.#validity(validity, rows) : 0, { from, length } = this.#piece(this.#next(), isWanted);
    if (!isWanted) return undefined;
    const size = index.bits / 8, { u8, u32, view } = this.#memory, dictionary = this.#dictionaries.get(id) ?? bad("a dictionary is missing"), numbers = this.#arena.allocate(4 * Math.max(1, rows));
    if (length < size * rows) bad("a buffer is too short");
    let anyNull = false;
    for (let i = 0; i < rows; i++) {
      const at = from + size * i, isNull = valid !== 0 && u8[valid + i] === 0;
      const place = isNull ? 0 : size === 1 ? u8[at]! : size === 2 ? view.getUint16(at, true) : size === 4 ? view.getUint32(at, true) : view.getUint32(at + 4, true) === 0 ? view.getUint32(at, true) : Infinity;
      if (place >= dictionary.length && !isNull) bad("a value is not in its dictionary");
      anyNull ||= isNull;
      u32[(numbers >>> 2) + i] = place;
    }
    if (dictionary.length === 0) {
      const empty = new Vector(dictionary.vector.type, this.#zeroed(16 * (rows + 1)), this.#zeroed(rows), { children: dictionary.vector.children });
      return empty;
    }
    const picked = gather(dictionary.vector, numbers, rows, this.#arena);
    if (!anyNull) return picked;
    const both = this.#arena.allocate(rows);
    for (let i = 0; i < rows; i++) u8[both + i] = u8[valid + i]! & (picked.valid === 0 ? 1 : u8[picked.valid + i]!);
    return picked.withValid(both);
  }
}

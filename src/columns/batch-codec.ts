/**
 * Batches as bytes, column by column: inline outputs in a log, rows that wait. Only selected rows are written. The schema
 * is not in the bytes. Little-endian:
 *   version u8, rows u32, then each column: flags u8 (1 has nulls, 2 one value for all rows), validity bits if it has
 *   nulls, then values by layout. Fixed width: as they are. Strings: lengths u32, bytes. Lists: lengths u32, then the
 *   children as columns. Structs: the fields as columns. Rare types: length u32, cells as the row codec has them.
 */
import { ExecutionError } from "../base/errors.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import { Batch, type Selection } from "./batch.ts";
import { readCell, writeCell } from "./row-codec.ts";
import { ByteReader, ByteWriter } from "./byte-stream.ts";
import { Vector, physicalOf, widthOf } from "./vector.ts";

const VERSION = 1, HAS_NULLS = 1, CONSTANT = 2, HEADER_BYTES = 5;
const ONE_ROW: Selection = { pointer: 0, count: 1 };

/** The selected rows of a batch. */
export function encodeBatch(batch: Batch): Uint8Array {
  const arena = new Arena(), parts: { readonly pointer: number; readonly bytes: number }[] = [];
  try {
    const encoder = new ColumnEncoder(arena, (pointer, bytes) => { if (bytes > 0) parts.push({ pointer, bytes }); });
    const header = arena.allocate(HEADER_BYTES);
    linearMemory().u8[header] = VERSION;
    linearMemory().view.setUint32(header + 1, batch.count, true);
    parts.push({ pointer: header, bytes: HEADER_BYTES });
    for (const column of batch.columns) encoder.encode(column, batch.selection);
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes, 0));
    let at = 0;
    for (const { pointer, bytes } of parts) {
      out.set(linearMemory().u8.subarray(pointer, pointer + bytes), at);
      at += bytes;
    }
    return out;
  } finally {
    arena.release();
  }
}

class ColumnEncoder {
  readonly #arena: Arena;
  readonly #emit: (pointer: number, bytes: number) => void;

  constructor(arena: Arena, emit: (pointer: number, bytes: number) => void) {
    this.#arena = arena;
    this.#emit = emit;
  }

  encode(column: Vector, rows: Selection): void {
    const { pointer, count } = column.isConstant ? ONE_ROW : rows, { valid } = column, kernel = kernels(), memory = linearMemory();
    const flags = this.#arena.allocate(1);
    memory.u8[flags] = (valid === 0 ? 0 : HAS_NULLS) | (column.isConstant ? CONSTANT : 0);
    this.#emit(flags, 1);
    if (valid !== 0) {
      const bits = this.#arena.allocate((count + 7) >>> 3);
      kernel.packValid(valid, pointer, count, bits);
      this.#emit(bits, (count + 7) >>> 3);
    }
    switch (column.physical) {
      case "view": {
        const lengths = this.#arena.allocate(4 * count), total = kernel.viewLengths(column.data, valid, pointer, count, lengths);
        const bytes = this.#arena.allocate(total);
        kernel.packViews(column.data, pointer, count, lengths, bytes);
        this.#emit(lengths, 4 * count);
        return this.#emit(bytes, total);
      }
      case "list": {
        const lengths = this.#arena.allocate(4 * count), total = kernel.listLengths(column.data, valid, pointer, count, lengths);
        const inner = this.#arena.allocate(4 * total);
        kernel.listRows(column.data, pointer, count, lengths, inner);
        this.#emit(lengths, 4 * count);
        for (const child of column.children) this.encode(child, { pointer: inner, count: total });
        return;
      }
      case "struct":
        for (const child of column.children) this.encode(child, { pointer, count });
        return;
      case "object": return this.#encodeObjects(column, { pointer, count });
      default: {
        const width = widthOf(column.physical), bytes = count * width;
        if (pointer === 0) return this.#emit(column.data, bytes);
        const out = this.#arena.allocate(bytes);
        kernel.packValues(width, column.data, pointer, count, out);
        this.#emit(out, bytes);
      }
    }
  }

  #encodeObjects(column: Vector, { pointer, count }: Selection): void {
    const writer = new ByteWriter(), memory = linearMemory();
    for (let i = 0; i < count; i++) {
      const row = pointer === 0 ? i : memory.u32[(pointer >>> 2) + i]!;
      writeCell(writer, column.type, column.valid !== 0 && memory.u8[column.valid + row] === 0 ? null : column.objects![row] ?? null);
    }
    const at = this.#arena.allocate(4 + writer.length);
    memory.view.setUint32(at, writer.length, true);
    memory.u8.set(writer.view(), at + 4);
    this.#emit(at, 4 + writer.length);
  }
}

/** The batch of bytes that encodeBatch made of the same schema; it lives in the arena. Throws `MILLRACE_DAMAGED_BATCH`. */
export function decodeBatch(bytes: Uint8Array, schema: StructType, arena: Arena): Batch {
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) throw damaged();
  const at = arena.allocate(bytes.length), memory = linearMemory();
  memory.u8.set(bytes, at);
  const rows = memory.view.getUint32(at + 1, true), decoder = new ColumnDecoder(arena, at + HEADER_BYTES, at + bytes.length);
  const columns = schema.fields.map(field => decoder.decode(field.type, rows));
  if (!decoder.isAtEnd) throw damaged();
  return new Batch(schema, columns, rows);
}

class ColumnDecoder {
  readonly #arena: Arena;
  readonly #end: number;
  #at: number;

  constructor(arena: Arena, at: number, end: number) {
    this.#arena = arena;
    this.#at = at;
    this.#end = end;
  }

  get isAtEnd(): boolean { return this.#at === this.#end; }

  decode(type: DataType, rows: number): Vector {
    const flags = linearMemory().u8[this.#take(1)]!, isConstant = (flags & CONSTANT) !== 0, kernel = kernels();
    if (isConstant) rows = 1;
    let valid = 0;
    if ((flags & HAS_NULLS) !== 0) {
      const bits = this.#take((rows + 7) >>> 3);
      valid = this.#arena.allocate(rows);
      kernel.unpackValid(bits, rows, valid);
    }
    const make = (data: number, children: readonly Vector[] = [], objects?: Cell[]) => new Vector(type, data, valid, { isConstant, children, ...(objects && { objects }) });
    const physical = physicalOf(type);
    switch (physical) {
      case "view": {
        const lengths = this.#aligned(4 * rows);
        let total = 0;
        for (let i = 0; i < rows; i++) total += linearMemory().u32[(lengths >>> 2) + i]!;
        const from = this.#take(total), views = this.#arena.allocate(16 * rows);
        if (kernel.unpackViews(lengths, rows, from, from + total, views) === 0) throw damaged();
        return make(views);
      }
      case "list": {
        const lengths = this.#aligned(4 * rows), offsets = this.#arena.allocate(4 * (rows + 1)), total = kernel.listOffsets(lengths, rows, offsets);
        if (total > (this.#end - this.#at) * 8) throw damaged();
        return make(offsets, type.kind === "map" ? [this.decode(type.key, total), this.decode(type.value, total)] : type.kind === "array" ? [this.decode(type.element, total)] : []);
      }
      case "struct": return make(0, type.kind === "struct" ? type.fields.map(field => this.decode(field.type, rows)) : []);
      case "object": {
        const memory = linearMemory(), length = memory.view.getUint32(this.#take(4), true), from = this.#take(length);
        const reader = new ByteReader(memory.u8.slice(from, from + length)), cells: Cell[] = [];
        for (let i = 0; i < rows; i++) cells.push(readCell(reader, type));
        return make(0, [], cells);
      }
      default: return make(this.#aligned(rows * widthOf(physical)));
    }
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#end - at) throw damaged();
    this.#at = at + bytes;
    return at;
  }

  /** A copy with the alignment that columns have. */
  #aligned(bytes: number): number {
    const from = this.#take(bytes), to = this.#arena.allocate(bytes);
    linearMemory().u8.copyWithin(to, from, from + bytes);
    return to;
  }
}

function damaged(): ExecutionError {
  return new ExecutionError({ condition: "MILLRACE_DAMAGED_BATCH", sqlState: "XX001", message: "A stored batch is damaged, or of another schema or version." });
}

/** Reading and writing single values of vectors: for sinks, rare functions and tests, never in a per-row hot loop. */
import { ExecutionError } from "../base/errors.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { CalendarInterval, Cell, MapCell } from "../types/cell.ts";
import { isBytes, type DataType } from "../types/data-type.ts";
import type { Batch } from "./batch.ts";
import { writeCell } from "./row-codec.ts";
import type { ByteWriter } from "./byte-stream.ts";
import { storeBytes, storeText } from "./store-bytes.ts";
import { Vector, physicalOf, widthOf } from "./vector.ts";

/** The value of a row, or null. */
export function cellAt(vector: Vector, row: number): Cell {
  const memory = linearMemory();
  const at = vector.isConstant ? 0 : row;
  if (vector.type.kind === "void") return null;
  if (vector.valid !== 0 && memory.u8[vector.valid + at] === 0) return null;
  const data = vector.data;
  switch (vector.physical) {
    case "u8": return memory.u8[data + at] !== 0;
    case "i8": return memory.i8[data + at]!;
    case "i16": return memory.i16[(data >>> 1) + at]!;
    case "i32": return memory.i32[(data >>> 2) + at]!;
    case "i64": return memory.i64[data / 8 + at]!;
    case "f32": return memory.f32[(data >>> 2) + at]!;
    case "f64": return memory.f64[data / 8 + at]!;
    case "i128": return (memory.i64[data / 8 + 2 * at + 1]! << 64n) | memory.u64[data / 8 + 2 * at]!;
    case "view": return isBytes(vector.type) ? viewBytes(data + 16 * at) : viewText(data + 16 * at);
    case "object": return vector.objects![at]!;
    case "struct": return vector.children.map(child => cellAt(child, at));
    case "list": {
      const from = memory.i32[(data >>> 2) + at]!, to = memory.i32[(data >>> 2) + at + 1]!;
      if (vector.type.kind === "map") {
        const entries: [Cell, Cell][] = [];
        for (let i = from; i < to; i++) entries.push([cellAt(vector.children[0]!, i), cellAt(vector.children[1]!, i)]);
        return { entries };
      }
      const items: Cell[] = [];
      for (let i = from; i < to; i++) items.push(cellAt(vector.children[0]!, i));
      return items;
    }
  }
}

/** The UTF-8 text of a string view at an address. */
export function viewText(pointer: number): string {
  const { u32, bytes } = linearMemory(), at = pointer >>> 2, length = u32[at]!;
  if (length > 12) return bytes.toString("utf8", u32[at + 2]!, u32[at + 2]! + length);
  return shortText(u32[at + 1]!, u32[at + 2]!, u32[at + 3]!, length, pointer);
}

/** Short texts met lately, each at the place that its words choose: columns repeat them, and making a string costs ten times a look. */
const MET = 2048, metWords = new Uint32Array(4 * MET), metTexts = new Array<string>(MET).fill("");
function shortText(a: number, b: number, c: number, length: number, pointer: number): string {
  const mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ length, place = (mixed ^ (mixed >>> 15)) & (MET - 1), at = 4 * place;
  if (metWords[at] === a && metWords[at + 1] === b && metWords[at + 2] === c && metWords[at + 3] === length) return metTexts[place]!;
  const { bytes } = linearMemory(), from = pointer + 4;
  const text = bytes.toString(((a | b | c) & 0x80808080) === 0 ? "latin1" : "utf8", from, from + length);
  metWords[at] = a;
  metWords[at + 1] = b;
  metWords[at + 2] = c;
  metWords[at + 3] = length;
  return (metTexts[place] = text);
}

/** A copy of the bytes of a view at an address. */
export function viewBytes(pointer: number): Uint8Array {
  const memory = linearMemory();
  const length = memory.u32[pointer >>> 2]!;
  const from = length <= 12 ? pointer + 4 : memory.u32[(pointer >>> 2) + 2]!;
  return memory.u8.slice(from, from + length);
}

/** Writes the value of a row as writeCell does; bytes and UTF-8 are copied as they are. */
export function writeCellAt(writer: ByteWriter, vector: Vector, row: number): void {
  const { type } = vector, memory = linearMemory(), at = vector.isConstant ? 0 : row;
  if (vector.physical !== "view" || vector.valid !== 0 && memory.u8[vector.valid + at] === 0) return writeCell(writer, type, cellAt(vector, row));
  const { pointer, length } = viewAt(vector, at);
  writer.byte(1);
  writer.varint(length);
  writer.bytes(memory.u8.subarray(pointer, pointer + length));
}

/** Where the bytes of a text or of bytes lie in linear memory; the row must not be null. */
export function viewAt(vector: Vector, row: number): { readonly pointer: number; readonly length: number } {
  const { u32 } = linearMemory(), view = vector.data + 16 * row, length = u32[view >>> 2]!;
  return { pointer: length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!, length };
}

/** Writes a view of bytes that lie at `from` in linear memory and stay there. */
export function writeView(pointer: number, from: number, length: number): void {
  const memory = linearMemory();
  memory.u32[pointer >>> 2] = length;
  if (length <= 12) {
    memory.u8.fill(0, pointer + 4, pointer + 16);
    memory.u8.copyWithin(pointer + 4, from, from + length);
  } else {
    memory.u8.copyWithin(pointer + 4, from, from + 4);
    memory.u32[(pointer >>> 2) + 2] = from;
    memory.u32[(pointer >>> 2) + 3] = 0;
  }
}

/** All selected rows of a batch, as arrays of cells. */
export function rowsOf(batch: Batch): Cell[][] {
  const rows: Cell[][] = [];
  for (const row of selectedRows(batch)) rows.push(batch.columns.map(column => cellAt(column, row)));
  return rows;
}

/** Numbers of the selected rows, in order. */
export function* selectedRows(batch: Batch): Generator<number> {
  const { pointer, count } = batch.selection;
  if (pointer === 0) for (let i = 0; i < count; i++) yield i;
  else for (let i = 0, at = pointer >>> 2; i < count; i++) yield linearMemory().u32[at + i]!;
}


/** Builds a vector value by value in an arena. Values must fit the type; null is always allowed. */
export class VectorBuilder {
  readonly type: DataType;
  readonly #arena: Arena;
  readonly #memory = linearMemory();
  readonly #width: number;
  readonly #children: VectorBuilder[];
  readonly #objects: Cell[] | undefined;
  #capacity: number;
  #data = 0;
  #valid = 0;
  #nulls = 0;
  length = 0;

  constructor(type: DataType, arena: Arena, capacity = 64) {
    this.type = type;
    this.#arena = arena;
    this.#capacity = Math.max(1, capacity);
    const physical = physicalOf(type);
    this.#width = widthOf(physical);
    this.#objects = physical === "object" ? [] : undefined;
    this.#children = type.kind === "struct" ? type.fields.map(f => new VectorBuilder(f.type, arena, capacity))
      : type.kind === "array" ? [new VectorBuilder(type.element, arena, capacity)]
      : type.kind === "map" ? [new VectorBuilder(type.key, arena, capacity), new VectorBuilder(type.value, arena, capacity)] : [];
    this.#data = this.#width === 0 ? 0 : arena.allocateZeroed((this.#capacity + 1) * this.#width);
    this.#valid = arena.allocate(this.#capacity);
  }

  append(cell: Cell): void {
    if (this.length === this.#capacity) this.#grow();
    const row = this.length++;
    const memory = this.#memory, data = this.#data;
    const isNull = cell === null || this.type.kind === "void";
    memory.u8[this.#valid + row] = isNull ? 0 : 1;
    if (isNull) this.#nulls++;
    switch (physicalOf(this.type)) {
      case "u8": memory.u8[data + row] = cell === true ? 1 : 0; break;
      case "i8": memory.i8[data + row] = isNull ? 0 : cell as number; break;
      case "i16": memory.i16[(data >>> 1) + row] = isNull ? 0 : cell as number; break;
      case "i32": memory.i32[(data >>> 2) + row] = isNull ? 0 : cell as number; break;
      case "i64": memory.i64[data / 8 + row] = isNull ? 0n : cell as bigint; break;
      case "f32": memory.f32[(data >>> 2) + row] = isNull ? 0 : cell as number; break;
      case "f64": memory.f64[data / 8 + row] = isNull ? 0 : cell as number; break;
      case "i128": {
        const value = isNull ? 0n : cell as bigint;
        memory.u64[data / 8 + 2 * row] = BigInt.asUintN(64, value);
        memory.i64[data / 8 + 2 * row + 1] = value >> 64n;
        break;
      }
      case "view":
        if (typeof cell === "string") storeText(cell, data + 16 * row, this.#arena);
        else storeBytes(isNull ? EMPTY : cell as Uint8Array, data + 16 * row, this.#arena);
        break;
      case "object": this.#objects!.push(cell); break;
      case "struct": {
        const fields = isNull ? undefined : cell as readonly Cell[];
        this.#children.forEach((child, i) => child.append(fields?.[i] ?? null));
        break;
      }
      case "list": {
        if (!isNull) {
          if (this.type.kind === "map") for (const [key, value] of (cell as MapCell).entries) { this.#children[0]!.append(key); this.#children[1]!.append(value); }
          else for (const item of cell as readonly Cell[]) this.#children[0]!.append(item);
        }
        memory.i32[(data >>> 2) + row + 1] = this.#children[0]!.length;
        break;
      }
    }
  }

  /** The vector of what was appended. */
  finish(): Vector {
    return new Vector(this.type, this.#data, this.#nulls === 0 ? 0 : this.#valid, {
      children: this.#children.map(child => child.finish()), ...(this.#objects && { objects: this.#objects }),
    });
  }

  #grow(): void {
    const capacity = this.#capacity * 2, memory = this.#memory;
    if (capacity > 1 << 30) throw new ExecutionError({ condition: "MILLRACE_VECTOR_TOO_LARGE", sqlState: "54000", message: "A column of one batch has too many values." });
    if (this.#width !== 0) {
      const data = this.#arena.allocateZeroed((capacity + 1) * this.#width);
      memory.u8.copyWithin(data, this.#data, this.#data + (this.length + 1) * this.#width);
      this.#data = data;
    }
    const valid = this.#arena.allocate(capacity);
    memory.u8.copyWithin(valid, this.#valid, this.#valid + this.length);
    this.#valid = valid;
    this.#capacity = capacity;
  }
}
const EMPTY = new Uint8Array(0);

/** A vector of cells. */
export function vectorOf(type: DataType, cells: readonly Cell[], arena: Arena): Vector {
  const builder = new VectorBuilder(type, arena, cells.length);
  for (const cell of cells) builder.append(cell);
  return builder.finish();
}

/** One value for all rows. */
export function constantVector(type: DataType, cell: Cell, arena: Arena): Vector {
  const one = vectorOf(type, [cell], arena);
  return new Vector(type, one.data, one.valid, { isConstant: true, children: one.children, ...(one.objects && { objects: one.objects }) });
}

export type { CalendarInterval };

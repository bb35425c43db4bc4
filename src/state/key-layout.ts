/**
 * How key columns become the key words of a group's row, and rows become key columns again. Fixed-width values take one
 * word (wide decimals two), strings a 16-byte view, structs the words of their fields; lists, maps and rare types their
 * encoded bytes as a view. Each column and field has a null bit: the first 16 stand in the row's header, more in words
 * behind the key's own. Doubles are normalised (-0.0 is 0.0, one NaN), maps are sorted by key, as Spark groups; a layout of
 * rows that are to come out as they came in leaves them as they are.
 */
import { cellAt, VectorBuilder, writeView } from "../columns/cells.ts";
import { cellOrder } from "../columns/compare-cells.ts";
import { decodeCell, encodeCell } from "../columns/row-codec.ts";
import { Vector, physicalOf } from "../columns/vector.ts";
import type { Selection } from "../columns/batch.ts";
import { kernels } from "../kernels/kernels.ts";
import { GroupRow, type EncodeKernel, type GatherKernel } from "../kernels/table.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { Cell, MapCell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";

type Storage = "word" | "wide" | "view" | "encoded" | "fields" | "nothing";

interface KeyNode {
  readonly type: DataType;
  readonly storage: Storage;
  /** First key word. */
  readonly word: number;
  /** Number of the null bit. */
  readonly nullBit: number;
  readonly children: readonly KeyNode[];
  /** Whether a null was ever possible here: then results need validity. */
  mayBeNull: boolean;
}

/** Key rows in scratch memory: each a u64 with the first 16 null bits, then the key words. Valid until the next encode. */
export interface EncodedKeys { readonly keys: number; readonly hashes: number; readonly count: number }

export interface LayoutForm {
  /** Bytes from a row's address to its null bits; the words follow 8 bytes behind. */
  readonly nulls: number;
  /** Values come out as they went in; equal ones may then differ in their words. */
  readonly isExact: boolean;
}
const GROUP_FORM: LayoutForm = { nulls: GroupRow.nulls, isExact: false };

export class KeyLayout {
  readonly types: readonly DataType[];
  /** Key words a row, with null words. */
  readonly words: number;
  /** Bytes of a key row. */
  readonly stride: number;
  /** One byte a word: 1 the first half of a view, 2 the second, 0 any other. */
  readonly kinds: Uint8Array;
  readonly hasViews: boolean;
  readonly #form: LayoutForm;
  readonly #nodes: readonly KeyNode[];
  readonly #valueWords: number;
  readonly #scratch: Arena;
  /** Two or three columns or fields, each of 8 bytes a value: without nulls they are encoded at once. */
  readonly #isWhole: boolean;
  /** The next column to be encoded starts the key rows. */
  #isFirst = false;

  constructor(types: readonly DataType[], account?: MemoryAccount, form = GROUP_FORM) {
    this.types = types;
    this.#form = form;
    this.#scratch = new Arena(account);
    const kinds: number[] = [];
    let nullBits = 0;
    const build = (type: DataType): KeyNode => {
      const storage = storageOf(type), word = kinds.length, nullBit = nullBits++;
      if (storage === "word") kinds.push(0);
      else if (storage === "wide") kinds.push(0, 0);
      else if (storage === "view" || storage === "encoded") kinds.push(1, 2);
      const children = type.kind === "struct" ? type.fields.map(field => build(field.type)) : [];
      return { type, storage, word, nullBit, children, mayBeNull: type.kind === "void" };
    };
    this.#nodes = types.map(build);
    this.#valueWords = kinds.length;
    const extra = Math.max(0, Math.ceil((nullBits - 16) / 64));
    this.words = this.#valueWords + extra;
    this.stride = 8 + 8 * this.words;
    this.kinds = Uint8Array.from([...kinds, ...new Array<number>(extra).fill(0)]);
    this.hasViews = kinds.includes(1);
    const isWhole = (type: DataType): boolean => (type.kind === "struct" ? type.fields.every(field => isWhole(field.type)) : physicalOf(type) === "i64");
    this.#isWhole = (kinds.length === 2 || kinds.length === 3) && nullBits <= 16 && types.every(isWhole);
  }

  /** Where the i64 of a key lies in a group's row, for expiry: `field` of a struct, or the key itself. */
  timeOffset(key: number, field?: number): { readonly offset: number; readonly nullOffset: number; readonly nullBit: number } {
    const top = this.#nodes[key]!, node = field === undefined ? top : top.children[field]!;
    return { offset: this.#form.nulls + 8 + 8 * node.word, ...this.#nullPlace(node) };
  }

  /** Encodes the keys of selected rows. `length`: rows in the vectors. The columns' selection must be that of the batch. */
  encode(columns: readonly Vector[], rows: Selection, length: number): EncodedKeys {
    const { count } = rows, scratch = this.#scratch;
    scratch.reset();
    const keys = scratch.allocate(count * this.stride), hashes = scratch.allocate(count * 8), whole = this.#isWhole ? this.#wholeColumns(columns) : undefined;
    if (whole !== undefined) {
      if (whole.length === 2) kernels().tableEncodeTwo(whole[0]!, whole[1]!, rows.pointer, count, keys, hashes);
      else kernels().tableEncodeThree(whole[0]!, whole[1]!, whole[2]!, rows.pointer, count, keys, hashes);
      return { keys, hashes, count };
    }
    const storage = this.#nodes[0]?.storage, extra = this.words - this.#valueWords;
    this.#isFirst = extra === 0 && storage !== undefined && storage !== "fields" && storage !== "nothing";
    if (!this.#isFirst) kernels().tableClearKeys(keys, this.stride, count, hashes, 8 + 8 * this.#valueWords, extra);
    this.#nodes.forEach((node, i) => {
      const column = columns[i]!;
      this.#encode(node, column, column.valid, column.isConstant ? 0 : 1, rows, length, keys, hashes);
    });
    for (let word = this.#valueWords; word < this.words; word++) kernels().tableFoldWord(keys, this.stride, count, 8 + 8 * word, hashes);
    return { keys, hashes, count };
  }

  /** The key columns of groups, in the order of their addresses. Strings point into the table: valid while the groups live. */
  decode(addresses: number, count: number, arena: Arena): Vector[] {
    return this.#nodes.map(node => this.#decode(node, addresses, count, arena));
  }

  /** As decode, of one column. */
  decodeColumn(column: number, addresses: number, count: number, arena: Arena): Vector { return this.#decode(this.#nodes[column]!, addresses, count, arena); }

  /** Nulls can stand anywhere from now on: rows came from elsewhere. */
  expectNulls(): void {
    const visit = (node: KeyNode): void => { node.mayBeNull = true; node.children.forEach(visit); };
    this.#nodes.forEach(visit);
  }

  /** Makes all columns of a row of zeroes null. */
  writeNulls(row: number): void {
    const memory = linearMemory(), nulls = row + this.#form.nulls;
    memory.u16.fill(0xffff, nulls / 2, nulls / 2 + 1);
    memory.u8.fill(0xff, nulls + 8 + 8 * this.#valueWords, nulls + 8 + 8 * this.words);
    this.expectNulls();
  }

  release(): void { this.#scratch.release(); }

  /** Pointers to the values of all columns and fields; undefined if some can be null or are constant. */
  #wholeColumns(columns: readonly Vector[], out: number[] = []): number[] | undefined {
    for (const column of columns) {
      if (column.valid !== 0 || column.isConstant) return undefined;
      if (column.physical !== "struct") out.push(column.data);
      else if (this.#wholeColumns(column.children, out) === undefined) return undefined;
    }
    return out;
  }

  #encode(node: KeyNode, column: Vector, valid: number, step: number, rows: Selection, length: number, keys: number, hashes: number): void {
    const { keyOffset, nullBit } = this.#nullPlace(node), { pointer, count } = rows, kernel = kernels(), offset = 8 + 8 * node.word, first = this.#isFirst ? 1 : 0;
    if (valid !== 0) node.mayBeNull = true;
    this.#isFirst = false;
    switch (node.storage) {
      case "word": return encoderOf(node.type, this.#form.isExact)(column.data, valid, step, pointer, count, keys, this.stride, offset, keyOffset, nullBit, hashes, first);
      case "wide": case "view":
        return kernel.tableEncode128(column.data, valid, step, pointer, count, keys, this.stride, offset, keyOffset, nullBit, hashes, first, node.storage === "view" ? 1 : 0);
      case "nothing": return;
      case "encoded": {
        const { views, validity } = this.#encodeCells(node.type, column, valid, step, rows);
        return kernel.tableEncode128(views, validity, 1, 0, count, keys, this.stride, offset, keyOffset, nullBit, hashes, first, 1);
      }
      case "fields": {
        if (valid !== 0) kernel.tableEncodeNulls(valid, step, pointer, count, keys, this.stride, keyOffset, nullBit);
        node.children.forEach((child, i) => {
          const field = column.children[i]!, fieldStep = step === 0 || field.isConstant ? 0 : 1;
          let both = field.valid;
          let bothStep = fieldStep;
          if (valid !== 0) {
            // A null struct is a key of its own; what its fields happen to hold must not tell nulls apart.
            bothStep = step === 0 ? fieldStep : 1;
            const many = bothStep === 0 ? 1 : length;
            both = this.#scratch.allocate(many);
            kernel.andValid(valid, step, field.valid, fieldStep, many, both);
          }
          if (bothStep === fieldStep) return this.#encode(child, field, both, fieldStep, rows, length, keys, hashes);
          this.#encode(child, this.#spread(field, length), both, 1, rows, length, keys, hashes);
        });
      }
    }
  }

  /** A constant field inside a struct that is not constant, row by row: rare. */
  #spread(field: Vector, length: number): Vector {
    const builder = new VectorBuilder(field.type, this.#scratch, length), cell = cellAt(field, 0);
    for (let i = 0; i < length; i++) builder.append(cell);
    return builder.finish();
  }

  /** Values of list types and the like as views of their encoded bytes, by position in the selection. */
  #encodeCells(type: DataType, column: Vector, valid: number, step: number, { pointer, count }: Selection): { views: number; validity: number } {
    const scratch = this.#scratch, memory = linearMemory();
    const views = scratch.allocateZeroed(16 * count), validity = scratch.allocate(count);
    for (let i = 0; i < count; i++) {
      const row = step * (pointer === 0 ? i : memory.u32[(pointer >>> 2) + i]!);
      const cell = valid !== 0 && memory.u8[valid + row] === 0 ? null : cellAt(column, row);
      memory.u8[validity + i] = cell === null ? 0 : 1;
      if (cell === null) continue;
      const bytes = encodeCell(type, this.#form.isExact ? cell : canonicalCell(type, cell)), at = scratch.allocate(bytes.length);
      memory.u8.set(bytes, at);
      writeView(views + 16 * i, at, bytes.length);
    }
    return { views, validity };
  }

  #decode(node: KeyNode, addresses: number, count: number, arena: Arena): Vector {
    const kernel = kernels(), { type } = node, offset = this.#form.nulls + 8 + 8 * node.word;
    if (node.storage === "nothing") return new Vector(type, arena.allocateZeroed(count), arena.allocateZeroed(count));
    let valid = 0;
    if (node.mayBeNull) {
      const { nullOffset, nullBit } = this.#nullPlace(node), bytes = arena.allocate(count);
      if (kernel.gatherNulls(addresses, count, nullOffset, nullBit, bytes) > 0) valid = bytes;
    }
    switch (node.storage) {
      case "fields": return new Vector(type, 0, valid, { children: node.children.map(child => this.#decode(child, addresses, count, arena)) });
      case "encoded": {
        const memory = linearMemory(), builder = new VectorBuilder(type, arena, count);
        for (let i = 0; i < count; i++) {
          if (valid !== 0 && memory.u8[valid + i] === 0) { builder.append(null); continue; }
          const view = memory.u32[(addresses >>> 2) + i]! + offset, length = memory.u32[view >>> 2]!;
          const from = length <= 12 ? view + 4 : memory.u32[(view >>> 2) + 2]!;
          builder.append(decodeCell(type, memory.u8.subarray(from, from + length)));
        }
        return builder.finish();
      }
      default: {
        const { gather, width } = gatherOf(type), data = arena.allocate(count * width);
        gather(addresses, count, offset, data);
        return new Vector(type, data, valid);
      }
    }
  }

  #nullPlace(node: KeyNode): { readonly keyOffset: number; readonly nullOffset: number; readonly nullBit: number } {
    const bit = node.nullBit, nullBit = 1 << (bit & 15), keyOffset = bit < 16 ? 0 : 8 + 8 * this.#valueWords + 2 * ((bit - 16) >> 4);
    return { keyOffset, nullOffset: this.#form.nulls + keyOffset, nullBit };
  }
}

/** So many null bits have their place in a row's header. */
export const MAX_KEY_NULLS = 16;
/** Columns and fields of keys, each of which has a null bit. */
export function keyNulls(types: readonly DataType[]): number {
  return types.reduce((sum, type) => sum + 1 + (type.kind === "struct" ? keyNulls(type.fields.map(field => field.type)) : 0), 0);
}

function storageOf(type: DataType): Storage {
  switch (physicalOf(type)) {
    case "u8": return type.kind === "void" ? "nothing" : "word";
    case "i8": case "i16": case "i32": case "i64": case "f32": case "f64": return "word";
    case "i128": return "wide";
    case "view": return "view";
    case "struct": return "fields";
    case "list": case "object": return "encoded";
  }
}

function encoderOf(type: DataType, isExact: boolean): EncodeKernel {
  const kernel = kernels();
  switch (physicalOf(type)) {
    case "i16": return kernel.tableEncode16;
    case "i32": return kernel.tableEncode32;
    case "i64": return kernel.tableEncode64;
    case "f32": return isExact ? kernel.tableEncode32 : kernel.tableEncodeF32;
    case "f64": return isExact ? kernel.tableEncode64 : kernel.tableEncodeF64;
    default: return kernel.tableEncode8;
  }
}

/** How values of a fixed width leave rows of a table. */
export function gatherOf(type: DataType): { readonly gather: GatherKernel; readonly width: number } {
  const kernel = kernels();
  switch (physicalOf(type)) {
    case "i16": return { gather: kernel.gather16, width: 2 };
    case "i32": case "f32": return { gather: kernel.gather32, width: 4 };
    case "i64": case "f64": return { gather: kernel.gather64, width: 8 };
    case "i128": case "view": return { gather: kernel.gather128, width: 16 };
    default: return { gather: kernel.gather8, width: 1 };
  }
}

/** The one form of values that group together: normalised doubles, maps in the order of their keys. */
export function canonicalCell(type: DataType, cell: Cell): Cell {
  if (cell === null) return null;
  switch (type.kind) {
    case "float": case "double": return cell === 0 ? 0 : cell;
    case "array": return (cell as readonly Cell[]).map(item => canonicalCell(type.element, item));
    case "struct": return (cell as readonly Cell[]).map((item, i) => canonicalCell(type.fields[i]!.type, item));
    case "map": {
      const order = cellOrder(type.key);
      const entries = (cell as MapCell).entries.map(([key, value]) => [canonicalCell(type.key, key), canonicalCell(type.value, value)] as const);
      return { entries: entries.sort((a, b) => order(a[0], b[0])) };
    }
    default: return cell;
  }
}

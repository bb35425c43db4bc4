/**
 * Rows kept as columns beyond the batches they came in, numbered from 0: what the build side of a join holds. Values are
 * copied, strings too; memory grows by doubling and is given back all at once.
 */
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import type { Selection } from "./batch.ts";
import { Vector, physicalOf, widthOf, type Physical } from "./vector.ts";

export class ColumnStore {
  readonly #columns: readonly StoredColumn[];
  /** Long strings. */
  readonly #heap: Arena;
  readonly #scratch: Arena;
  length = 0;

  constructor(types: readonly DataType[], account?: MemoryAccount) {
    this.#heap = new Arena(account);
    this.#scratch = new Arena(account);
    this.#columns = types.map(type => new StoredColumn(type, this.#heap, this.#scratch, account));
  }

  /** Copies the selected rows of columns, which take the numbers from `length` on. */
  append(columns: readonly Vector[], rows: Selection): void {
    this.#columns.forEach((column, i) => column.append(columns[i]!, rows));
    this.length += rows.count;
    this.#scratch.reset();
  }

  /** The columns; valid until the next append. */
  vectors(): Vector[] { return this.#columns.map(column => column.vector()); }

  /** Gives all memory back. */
  release(): void {
    for (const column of this.#columns) column.release();
    this.#heap.release();
    this.#scratch.release();
    this.length = 0;
  }
}

class StoredColumn {
  readonly #type: DataType;
  readonly #physical: Physical;
  readonly #width: number;
  readonly #heap: Arena;
  readonly #scratch: Arena;
  readonly #account: MemoryAccount | undefined;
  readonly #children: readonly StoredColumn[];
  readonly #objects: Cell[] | undefined;
  #data = 0;
  #valid = 0;
  #capacity = 0;
  #hasNulls = false;
  length = 0;

  constructor(type: DataType, heap: Arena, scratch: Arena, account: MemoryAccount | undefined) {
    this.#type = type;
    this.#physical = physicalOf(type);
    this.#width = widthOf(this.#physical);
    this.#heap = heap;
    this.#scratch = scratch;
    this.#account = account;
    const child = (inner: DataType) => new StoredColumn(inner, heap, scratch, account);
    this.#children = type.kind === "struct" ? type.fields.map(field => child(field.type)) : type.kind === "array" ? [child(type.element)] : type.kind === "map" ? [child(type.key), child(type.value)] : [];
    this.#objects = this.#physical === "object" ? [] : undefined;
  }

  append(vector: Vector, { pointer, count }: Selection): void {
    if (count === 0) return;
    const kernel = kernels(), memory = linearMemory(), at = this.length;
    if (vector.isConstant) pointer = this.#scratch.allocateZeroed(4 * count); // row 0 each time
    this.#reserve(at + count);
    if (vector.valid === 0) memory.u8.fill(1, this.#valid + at, this.#valid + at + count);
    else {
      kernel.packValues(1, vector.valid, pointer, count, this.#valid + at);
      this.#hasNulls = true;
    }
    switch (this.#physical) {
      case "struct":
        for (const [i, child] of this.#children.entries()) child.append(vector.children[i]!, { pointer, count });
        break;
      case "list": {
        const lengths = this.#scratch.allocate(4 * count), total = kernel.listLengths(vector.data, vector.valid, pointer, count, lengths);
        const inner = this.#scratch.allocate(4 * total + 4), words = memory.u32, from = this.#data >>> 2;
        kernel.listRows(vector.data, pointer, count, lengths, inner);
        if (at === 0) words[from] = 0;
        for (let i = 0; i < count; i++) words[from + at + i + 1] = words[from + at + i]! + words[(lengths >>> 2) + i]!;
        for (const [i, child] of this.#children.entries()) child.append(vector.children[i]!, { pointer: inner, count: total });
        break;
      }
      case "view": {
        const heap = this.#heap.allocate(kernel.longViewBytes(vector.data, vector.valid, pointer, count));
        kernel.keepViews(vector.data, vector.valid, pointer, count, this.#data + 16 * at, heap);
        break;
      }
      case "object":
        for (let i = 0; i < count; i++) this.#objects!.push(vector.objects![pointer === 0 ? i : memory.u32[(pointer >>> 2) + i]!] ?? null);
        break;
      default: kernel.packValues(this.#width, vector.data, pointer, count, this.#data + this.#width * at);
    }
    this.length += count;
  }

  vector(): Vector {
    if (this.#capacity === 0) this.#reserve(1);
    return new Vector(this.#type, this.#data, this.#hasNulls ? this.#valid : 0, { children: this.#children.map(child => child.vector()), ...(this.#objects && { objects: this.#objects }) });
  }

  release(): void {
    this.#free(this.#data, this.#valid, this.#capacity);
    this.#data = this.#valid = this.#capacity = this.length = 0;
    this.#hasNulls = false;
    for (const child of this.#children) child.release();
    if (this.#objects !== undefined) this.#objects.length = 0;
  }

  #reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    const capacity = Math.max(rows, 2 * this.#capacity, 64), memory = linearMemory(), before = [this.#data, this.#valid, this.#capacity] as const;
    this.#data = this.#width === 0 ? 0 : memory.allocate(this.#width * (capacity + 1), this.#account);
    this.#valid = memory.allocate(capacity, this.#account);
    this.#capacity = capacity;
    const kept = this.length + (this.#physical === "list" ? 1 : 0);
    if (before[2] > 0) {
      if (this.#width !== 0) memory.u8.copyWithin(this.#data, before[0], before[0] + this.#width * kept);
      memory.u8.copyWithin(this.#valid, before[1], before[1] + this.length);
    } else if (this.#physical === "list") memory.u32[this.#data >>> 2] = 0;
    this.#free(...before);
  }

  #free(data: number, valid: number, capacity: number): void {
    if (capacity === 0) return;
    const memory = linearMemory();
    if (this.#width !== 0) memory.free(data, this.#width * (capacity + 1), this.#account);
    memory.free(valid, capacity, this.#account);
  }
}

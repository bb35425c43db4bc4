/** A batch that was borrowed, kept: its selected rows copied to one block of linear memory, strings too. */
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { Batch, type Selection } from "./batch.ts";
import { Vector, widthOf } from "./vector.ts";

export class KeptBatch {
  /** Without a selection: all its rows count. */
  readonly batch: Batch;
  /** What it takes of linear memory. */
  readonly bytes: number;
  readonly #block: number;
  readonly #asked: number;
  readonly #account: MemoryAccount | undefined;

  /** `scratch` is used up to the return. @throws MILLRACE_OUT_OF_MEMORY, and then nothing is held */
  constructor({ schema, columns, selection }: Batch, scratch: Arena, account?: MemoryAccount) {
    const memory = linearMemory(), layout = new Layout(scratch);
    const build = columns.map(column => layout.vector(column, selection));
    this.#asked = layout.bytes;
    this.bytes = memory.blockSize(layout.bytes);
    this.#account = account;
    this.#block = memory.allocate(layout.bytes, account);
    this.batch = new Batch(schema, build.map(make => make(this.#block)), selection.count);
  }

  release(): void { linearMemory().free(this.#block, this.#asked, this.#account); }
}

/** Finds room for vectors in a block that is not there yet; what it gives fills the block and makes the vector. */
class Layout {
  readonly #scratch: Arena;
  bytes = 0;

  constructor(scratch: Arena) { this.#scratch = scratch; }

  #room(bytes: number): number {
    const at = this.bytes;
    this.bytes += (bytes + 15) & ~15;
    return at;
  }

  vector(vector: Vector, selection: Selection): (block: number) => Vector {
    const kernel = kernels(), { type, data, valid, isConstant } = vector, { pointer, count } = isConstant ? { pointer: 0, count: 1 } : selection;
    const validAt = valid === 0 ? -1 : this.#room(count);
    const keepValid = (block: number): number => {
      if (validAt < 0) return 0;
      kernel.packValues(1, valid, pointer, count, block + validAt);
      return block + validAt;
    };
    switch (vector.physical) {
      case "struct": {
        const children = vector.children.map(child => this.vector(child, { pointer, count }));
        return block => new Vector(type, 0, keepValid(block), { isConstant, children: children.map(make => make(block)) });
      }
      case "list": {
        const lengths = this.#scratch.allocate(4 * count), total = kernel.listLengths(data, valid, pointer, count, lengths), rows = this.#scratch.allocate(4 * total + 4);
        kernel.listRows(data, pointer, count, lengths, rows);
        const offsets = this.#room(4 * (count + 1)), children = vector.children.map(child => this.vector(child, { pointer: rows, count: total }));
        return block => {
          kernel.listOffsets(lengths, count, block + offsets);
          return new Vector(type, block + offsets, keepValid(block), { isConstant, children: children.map(make => make(block)) });
        };
      }
      case "view": {
        const views = this.#room(16 * count), heap = this.#room(kernel.longViewBytes(data, valid, pointer, count));
        return block => {
          kernel.keepViews(data, valid, pointer, count, block + views, block + heap);
          return new Vector(type, block + views, keepValid(block), { isConstant });
        };
      }
      case "object": {
        const words = linearMemory().u32, objects = Array.from({ length: count }, (_, i) => vector.objects![pointer === 0 ? i : words[(pointer >>> 2) + i]!] ?? null);
        return block => new Vector(type, 0, keepValid(block), { isConstant, objects });
      }
      default: {
        const width = widthOf(vector.physical), values = this.#room(width * count);
        return block => {
          kernel.packValues(width, data, pointer, count, block + values);
          return new Vector(type, block + values, keepValid(block), { isConstant });
        };
      }
    }
  }
}

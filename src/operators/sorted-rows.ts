/** Puts rows of kept columns in order: their numbers are sorted, the columns stay where they are. */
import { cellAt } from "../columns/cells.ts";
import { cellOrder, nullsFirst } from "../columns/compare-cells.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { LOW_HALF, SORT_KIND } from "../kernels/sort-rows.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import type { DataType } from "../types/data-type.ts";

export interface RowKey { readonly values: Vector; readonly isDescending: boolean; readonly isNullsFirst: boolean }

const ENTRY_BYTES = 16;

/** The kind of a type whose order kernels know; undefined: it is compared value by value, in JavaScript. */
export function sortKind(type: DataType, physical: Vector["physical"]): number | undefined {
  if (type.kind === "string" && type.collation !== undefined) return undefined;
  return physical === "list" || physical === "struct" || physical === "object" ? undefined : SORT_KIND[physical];
}

/** Row numbers 0 to count - 1 as they are sorted by some keys, the first one first; equal rows keep their order. To be released. */
export class SortedRows {
  readonly #rows: GrowingBuffer;
  readonly #account: MemoryAccount | undefined;
  readonly count: number;

  constructor(keys: readonly RowKey[], count: number, account?: MemoryAccount) {
    this.count = count;
    this.#account = account;
    this.#rows = new GrowingBuffer(account);
    const words = linearMemory().u32, first = this.#rows.reserve(4 * count + 4) >>> 2;
    for (let i = 0; i < count; i++) words[first + i] = i;
    const entries = new GrowingBuffer(account), scratch = new GrowingBuffer(account);
    try {
      for (const key of keys.toReversed()) this.#sortBy(key, entries, scratch);
    } catch (error) {
      this.release();
      throw error;
    } finally {
      entries.release();
      scratch.release();
    }
  }

  /** The numbers, u32. */
  get pointer(): number { return this.#rows.pointer; }

  release(): void { this.#rows.release(); }

  #sortBy({ values, isDescending, isNullsFirst }: RowKey, entries: GrowingBuffer, scratch: GrowingBuffer): void {
    const { count } = this, kernel = kernels(), kind = sortKind(values.type, values.physical);
    if (values.isConstant || count < 2) return;
    if (kind === undefined) this.#sortByCells(values, isDescending);
    else {
      const down = isDescending ? 1 : 0, from = entries.reserve(ENTRY_BYTES * count), to = scratch.reserve(ENTRY_BYTES * count);
      if (kind === SORT_KIND.i128) this.#sortByWords(LOW_HALF, values, down, from, to);
      const sorted = this.#sortByWords(kind, values, down, from, to);
      if (kind === SORT_KIND.view) {
        kernel.orderLongViews(values.data, sorted, count, down, sorted === from ? to : from);
        kernel.entryRows(sorted, count, this.pointer);
      }
    }
    if (values.valid === 0) return;
    const rows = new GrowingBuffer(this.#account), memory = linearMemory();
    try {
      const out = rows.reserve(4 * count);
      kernel.partitionNulls(values.valid, this.pointer, count, isNullsFirst ? 1 : 0, out);
      memory.u8.copyWithin(this.pointer, out, out + 4 * count);
    } finally {
      rows.release();
    }
  }

  #sortByWords(kind: number, { data }: Vector, down: number, entries: number, scratch: number): number {
    const kernel = kernels();
    kernel.sortEntries(kind, data, this.pointer, this.count, down, entries);
    const sorted = kernel.radixEntries(entries, this.count, scratch);
    kernel.entryRows(sorted, this.count, this.pointer);
    return sorted;
  }

  /** Types that are rare as keys: nested ones. */
  #sortByCells(values: Vector, isDescending: boolean): void {
    const words = linearMemory().u32.subarray(this.pointer >>> 2, (this.pointer >>> 2) + this.count), order = nullsFirst(cellOrder(values.type)), sign = isDescending ? -1 : 1;
    const cells = new Map(Array.from(words, row => [row, cellAt(values, row)] as const));
    words.set(Array.from(words).sort((a, b) => sign * order(cells.get(a)!, cells.get(b)!)));
  }
}

/** Where in the sorted rows the values of some keys change: a byte a row, which is 1 there. */
export function changesIn(keys: readonly RowKey[], { pointer, count }: SortedRows, arena: Arena): number {
  const out = arena.allocateZeroed(count), memory = linearMemory();
  for (const { values } of keys) {
    const kind = sortKind(values.type, values.physical);
    if (values.isConstant) continue;
    if (kind !== undefined) kernels().markChanges(kind, values.data, values.valid, pointer, count, out);
    else {
      const order = nullsFirst(cellOrder(values.type));
      for (let i = 1; i < count; i++) if (order(cellAt(values, memory.u32[(pointer >>> 2) + i - 1]!), cellAt(values, memory.u32[(pointer >>> 2) + i]!)) !== 0) memory.u8[out + i] = 1;
    }
  }
  return out;
}

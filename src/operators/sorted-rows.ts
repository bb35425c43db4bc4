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

  /** Nulls keep the order in which they stand, whatever lies in their places: only the other rows are sorted. */
  #sortBy({ values, isDescending, isNullsFirst }: RowKey, entries: GrowingBuffer, scratch: GrowingBuffer): void {
    if (values.isConstant || this.count < 2) return;
    const nulls = values.valid === 0 ? 0 : this.#partition(values.valid, isNullsFirst);
    const rows = this.pointer + (isNullsFirst ? 4 * nulls : 0), count = this.count - nulls;
    if (count < 2) return;
    const kernel = kernels(), kind = sortKind(values.type, values.physical);
    if (kind === undefined) return sortByCells(values, isDescending, rows, count);
    const down = isDescending ? 1 : 0, from = entries.reserve(ENTRY_BYTES * count), to = scratch.reserve(ENTRY_BYTES * count);
    const sortByWords = (words: number): number => {
      kernel.sortEntries(words, values.data, rows, count, down, from);
      const sorted = kernel.radixEntries(from, count, to);
      kernel.entryRows(sorted, count, rows);
      return sorted;
    };
    if (kind === SORT_KIND.i128) sortByWords(LOW_HALF);
    const sorted = sortByWords(kind);
    if (kind !== SORT_KIND.view) return;
    kernel.orderLongViews(values.data, sorted, count, down, sorted === from ? to : from);
    kernel.entryRows(sorted, count, rows);
  }

  /** Puts the rows with nulls to one end; gives their number. */
  #partition(valid: number, isNullsFirst: boolean): number {
    const { count } = this, out = new GrowingBuffer(this.#account), memory = linearMemory();
    try {
      const sorted = out.reserve(4 * count);
      kernels().partitionNulls(valid, this.pointer, count, isNullsFirst ? 1 : 0, sorted);
      memory.u8.copyWithin(this.pointer, sorted, sorted + 4 * count);
    } finally {
      out.release();
    }
    const isNull = (i: number): boolean => memory.u8[valid + memory.u32[(this.pointer >>> 2) + i]!] === 0;
    let low = 0, high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isNull(middle) === isNullsFirst) low = middle + 1; else high = middle;
    }
    return isNullsFirst ? low : count - low;
  }
}

/** Types that are rare as keys: nested ones. */
function sortByCells(values: Vector, isDescending: boolean, rows: number, count: number): void {
  const words = linearMemory().u32.subarray(rows >>> 2, (rows >>> 2) + count), order = cellOrder(values.type), sign = isDescending ? -1 : 1;
  const cells = new Map(Array.from(words, row => [row, cellAt(values, row)] as const));
  words.set(Array.from(words).sort((a, b) => sign * order(cells.get(a)!, cells.get(b)!)));
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

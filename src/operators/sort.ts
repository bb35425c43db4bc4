/**
 * Sorts all rows of its input by some keys; stable. Rows are kept as columns, and their numbers are sorted (sorted-rows.ts).
 * With a limit only rows that can still be among the first are kept (top-N), so memory stays at a multiple of the limit.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { cellOrder, type CellOrder } from "../columns/compare-cells.ts";
import { gather } from "../columns/gather.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import { sortKind, SortedRows, type RowKey } from "./sorted-rows.ts";

export interface SortKey { readonly evaluator: Evaluator; readonly direction: "asc" | "desc"; readonly nulls: "first" | "last" }

/** Of a limit, as many rows more are let in before those that fell out are given back. */
const SPARE_ROWS = 4 * BATCH_ROWS;

export class Sort implements Operator {
  readonly #schema: StructType;
  readonly #keys: readonly SortKey[];
  /** Of each key, the column of the input that it is, if it is one. */
  readonly #columns: readonly (number | undefined)[];
  readonly #limit: number;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #account: MemoryAccount = { name: "sort", bytes: 0 };
  #store: ColumnStore | undefined;
  /** With a limit, once that many rows came: no row with a greater first key gets in. */
  #bound: { readonly word: bigint; readonly nulls: boolean } | undefined;

  constructor(schema: StructType, keys: readonly SortKey[], limit: number | undefined, context: ExecutionContext, next: Operator, columns: readonly (number | undefined)[] = []) {
    this.#schema = schema;
    this.#keys = keys;
    this.#columns = columns;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    if (this.#limit === 0) return false;
    const values = this.#keys.map(({ evaluator }, k) => this.#columns[k] === undefined ? evaluator.evaluate(batch, batch.selection, this.#context) : batch.columns[this.#columns[k]!]!);
    const rows = this.#bound === undefined ? batch.selection : this.#within(batch, values[0]!);
    if (rows.count === 0) return true;
    (this.#store ??= this.#newStore()).append([...batch.columns, ...values.filter((_, k) => this.#columns[k] === undefined)], rows);
    if (this.#store.length > 2 * this.#limit + SPARE_ROWS) this.#trim();
    return true;
  }

  finish(): void {
    const store = this.#store;
    this.#store = this.#bound = undefined;
    if (store !== undefined) {
      this.#emit(store);
      this.#context.drop(store);
    }
    this.#next.finish();
  }

  #newStore(): ColumnStore {
    const own = this.#keys.flatMap(({ evaluator }, k) => this.#columns[k] === undefined ? [evaluator.type] : []);
    return this.#context.hold(new ColumnStore([...this.#schema.fields.map(field => field.type), ...own], this.#account));
  }

  #rowKeys(vectors: readonly Vector[]): readonly RowKey[] {
    let own = this.#schema.fields.length;
    return this.#keys.map(({ direction, nulls }, k) => ({ values: vectors[this.#columns[k] ?? own++]!, isDescending: direction === "desc", isNullsFirst: nulls === "first" }));
  }

  #emit(store: ColumnStore): void {
    const vectors = store.vectors(), sorted = new SortedRows(this.#rowKeys(vectors), store.length, this.#account), { arena } = this.#context;
    try {
      const mark = arena.mark(), end = Math.min(store.length, this.#limit);
      for (let from = 0, more = true; more && from < end; from += BATCH_ROWS) {
        const count = Math.min(BATCH_ROWS, end - from), rows = sorted.pointer + 4 * from;
        more = this.#next.push(new Batch(this.#schema, this.#schema.fields.map((_, i) => gather(vectors[i]!, rows, count, arena)), count));
        arena.rewind(mark);
      }
    } finally {
      sorted.release();
    }
  }

  /** Keeps the first rows in a store of their own, in the order in which they came. */
  #trim(): void {
    const full = this.#store!, vectors = full.vectors(), keys = this.#rowKeys(vectors), sorted = new SortedRows(keys, full.length, this.#account);
    try {
      const words = linearMemory().u32, at = sorted.pointer >>> 2, last = words[at + this.#limit - 1]!;
      words.subarray(at, at + this.#limit).sort();
      this.#bound = this.#boundAt(keys[0], last);
      const kept = this.#newStore();
      kept.append(vectors, { pointer: sorted.pointer, count: this.#limit });
      this.#store = kept;
      this.#context.drop(full);
    } finally {
      sorted.release();
    }
  }

  /** Behind the last row that was kept no other row can get in by its first key. */
  #boundAt(key: RowKey | undefined, row: number): { readonly word: bigint; readonly nulls: boolean } | undefined {
    const kind = key === undefined ? undefined : sortKind(key.values.type, key.values.physical);
    if (key === undefined || kind === undefined || key.values.isConstant) return undefined;
    const { values, isDescending, isNullsFirst } = key, memory = linearMemory();
    const isNull = values.valid !== 0 && memory.u8[values.valid + row] === 0;
    // Among nulls: of those in front nothing else gets in, of those at the end everything does.
    if (isNull) return isNullsFirst ? { word: 0n, nulls: true } : undefined;
    const { arena } = this.#context, mark = arena.mark(), out = arena.allocate(8);
    kernels().sortWord(kind, values.data, row, isDescending ? 1 : 0, out);
    const word = memory.u64[out >>> 3]!;
    arena.rewind(mark);
    return { word, nulls: isNullsFirst };
  }

  #within(batch: Batch, values: Vector): Selection {
    const { arena } = this.#context, { word, nulls } = this.#bound!, { selection } = batch, key = this.#keys[0]!;
    if (values.isConstant) return selection;
    const out = arena.allocate(4 * selection.count + 4), limit = arena.allocate(8);
    linearMemory().u64[limit >>> 3] = word;
    const kind = sortKind(values.type, values.physical)!;
    return { pointer: out, count: kernels().selectUpToWord(kind, values.data, values.valid, selection.pointer, selection.count, key.direction === "desc" ? 1 : 0, limit, nulls ? 1 : 0, out) };
  }
}

/** The order of one key's values. */
export function orderOf({ evaluator, direction, nulls }: Pick<SortKey, "direction" | "nulls"> & { readonly evaluator: Pick<Evaluator, "type"> }): CellOrder {
  const order = cellOrder(evaluator.type), sign = direction === "asc" ? 1 : -1, nullSign = nulls === "first" ? -1 : 1;
  return (a, b) => (a === null ? (b === null ? 0 : nullSign) : b === null ? -nullSign : sign * order(a, b));
}

/**
 * Window functions of one partitioning and order. All rows are read first and kept as columns; their numbers are sorted.
 * Partitions come out one after the other, sorted.
 */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { gather } from "../columns/gather.ts";
import { Vector } from "../columns/vector.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import type { SortKey } from "./sort.ts";
import { changesIn, SortedRows, type RowKey } from "./sorted-rows.ts";
import { windowRows } from "./window-frames.ts";
import { cellsOf, computeWindow, type WindowFunctionSpec } from "./window-functions.ts";

export interface WindowParts {
  readonly schema: StructType;
  /** Places of the input's columns that go on, in front of the functions' results. */
  readonly kept: readonly { readonly column: number; readonly type: Evaluator["type"] }[];
  readonly partitionBy: readonly Evaluator[];
  readonly orderBy: readonly SortKey[];
  /** What the functions and their frames work on. */
  readonly computed: readonly Evaluator[];
  readonly functions: readonly WindowFunctionSpec[];
}

export class Window implements Operator {
  readonly #parts: WindowParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #account: MemoryAccount = { name: "window", bytes: 0 };
  /** Columns that go on, columns that the functions work on, then the keys: those of the partition, those of the order. */
  #store: ColumnStore | undefined;

  constructor(parts: WindowParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const { kept, computed } = this.#parts, rows = batch.selection, keys = this.#keys().map(key => key.evaluator);
    this.#store ??= this.#context.hold(new ColumnStore([...kept, ...computed, ...keys].map(({ type }) => type), this.#account));
    this.#store.append([...kept.map(({ column }) => batch.columns[column]!), ...[...computed, ...keys].map(one => one.evaluate(batch, rows, this.#context))], rows);
    return true;
  }

  finish(): void {
    const store = this.#store;
    this.#store = undefined;
    if (store !== undefined) {
      this.#emit(store);
      this.#context.drop(store);
    }
    this.#next.finish();
  }

  #keys(): readonly SortKey[] {
    return [...this.#parts.partitionBy.map((evaluator): SortKey => ({ evaluator, direction: "asc", nulls: "first" })), ...this.#parts.orderBy];
  }

  #emit(store: ColumnStore): void {
    const { kept, computed, partitionBy } = this.#parts, { arena } = this.#context, vectors = store.vectors(), { length } = store;
    const keys = this.#keys().map(({ direction, nulls }, k): RowKey => ({ values: vectors[kept.length + computed.length + k]!, isDescending: direction === "desc", isNullsFirst: nulls === "first" }));
    const sorted = new SortedRows(keys, length, this.#account), mark = arena.mark();
    try {
      // A byte a row: whether a partition begins with it; whether its order differs from that of the row before.
      const partitions = changesIn(keys.slice(0, partitionBy.length), sorted, arena), peers = changesIn(keys.slice(partitionBy.length), sorted, arena), { u8 } = linearMemory(), inner = arena.mark();
      // Whole partitions, as many as fill a batch.
      for (let from = 0, more = true; more && from < length;) {
        let to = Math.min(from + BATCH_ROWS, length);
        while (to < length && u8[partitions + to] === 0) to++;
        more = this.#partitions(vectors, sorted.pointer + 4 * from, windowRows(to - from, i => u8[partitions + from + i] !== 0, i => u8[peers + from + i] !== 0));
        arena.rewind(inner);
        from = to;
      }
    } finally {
      arena.rewind(mark);
      sorted.release();
    }
  }

  #partitions(vectors: readonly Vector[], pointer: number, rows: ReturnType<typeof windowRows>): boolean {
    const { arena } = this.#context, { kept, functions, schema } = this.#parts, { count } = rows;
    const columns = new Map<number, Vector>(), cells = new Map<number, readonly Cell[]>();
    const vector = (column: number): Vector => {
      const found = columns.get(column) ?? gather(vectors[kept.length + column]!, pointer, count, arena);
      columns.set(column, found);
      return found;
    };
    const input = { vector, cells: (column: number): readonly Cell[] => {
      const found = cells.get(column) ?? cellsOf(vector(column), count);
      cells.set(column, found);
      return found;
    } };
    const results = functions.map(spec => computeWindow(spec, rows, input, this.#context)), mark = arena.mark();
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const some = Math.min(BATCH_ROWS, count - from), places = arena.allocate(4 * some);
      for (let i = 0; i < some; i++) linearMemory().u32[(places >>> 2) + i] = from + i;
      const front = kept.map((_, i) => gather(vectors[i]!, pointer + 4 * from, some, arena));
      const more = this.#next.push(new Batch(schema, [...front, ...results.map(result => from === 0 && some === count ? result : gather(result, places, some, arena))], some));
      arena.rewind(mark);
      if (!more) return false;
    }
    return true;
  }
}

/**
 * Window functions of one partitioning and order. All rows are read first: their columns stay in linear memory, the
 * values that they are sorted by are JavaScript values. Partitions come out one after the other, sorted.
 */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { cellAt, selectedRows } from "../columns/cells.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { cellOrder, nullsFirst } from "../columns/compare-cells.ts";
import { gather } from "../columns/gather.ts";
import { Vector } from "../columns/vector.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import { orderOf, type SortKey } from "./sort.ts";
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
  #store: ColumnStore | undefined;
  /** A list a key: those of the partition, then those of the order. */
  #keys: Cell[][];

  constructor(parts: WindowParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.#keys = this.#evaluators().map(() => []);
  }

  push(batch: Batch): boolean {
    const { kept, computed } = this.#parts, rows = batch.selection;
    this.#store ??= this.#context.hold(new ColumnStore([...kept.map(({ type }) => type), ...computed.map(({ type }) => type)]));
    this.#evaluators().forEach((evaluator, k) => {
      const vector = evaluator.evaluate(batch, rows, this.#context), cells = this.#keys[k]!;
      for (const row of selectedRows(batch)) cells.push(cellAt(vector, row));
    });
    this.#store.append([...kept.map(({ column }) => batch.columns[column]!), ...computed.map(one => one.evaluate(batch, rows, this.#context))], rows);
    return true;
  }

  finish(): void {
    const store = this.#store, keys = this.#keys;
    this.#store = undefined;
    this.#keys = keys.map(() => []);
    if (store !== undefined) {
      this.#emit(store, keys);
      this.#context.drop(store);
    }
    this.#next.finish();
  }

  #evaluators(): readonly Evaluator[] { return [...this.#parts.partitionBy, ...this.#parts.orderBy.map(key => key.evaluator)]; }

  #emit(store: ColumnStore, keys: readonly (readonly Cell[])[]): void {
    const { partitionBy, orderBy } = this.#parts, { arena } = this.#context;
    const orders = [...partitionBy.map(({ type }) => nullsFirst(cellOrder(type))), ...orderBy.map(orderOf)], partitionKeys = partitionBy.length;
    const differ = (a: number, b: number, from: number, to: number): number => {
      for (let k = from; k < to; k++) {
        const order = orders[k]!(keys[k]![a]!, keys[k]![b]!);
        if (order !== 0) return order;
      }
      return 0;
    };
    const sorted = Uint32Array.from({ length: store.length }, (_, i) => i).sort((a, b) => differ(a, b, 0, orders.length) || a - b);
    const mark = arena.mark(), pointer = arena.allocate(4 * sorted.length);
    linearMemory().u32.set(sorted, pointer >>> 2);
    const startsPartition = (i: number) => differ(sorted[i - 1]!, sorted[i]!, 0, partitionKeys) !== 0;
    const vectors = store.vectors(), inner = arena.mark();
    // Whole partitions, as many as fill a batch.
    for (let from = 0, more = true; more && from < sorted.length;) {
      let to = Math.min(from + BATCH_ROWS, sorted.length);
      while (to < sorted.length && !startsPartition(to)) to++;
      more = this.#partitions(vectors, pointer + 4 * from, windowRows(to - from, i => startsPartition(from + i), i => differ(sorted[from + i - 1]!, sorted[from + i]!, partitionKeys, orders.length) !== 0));
      arena.rewind(inner);
      from = to;
    }
    arena.rewind(mark);
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

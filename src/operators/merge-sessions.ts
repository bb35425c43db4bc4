/**
 * Appends to each row the session that it belongs to: rows of the same keys whose sessions overlap or touch share one,
 * from the first start to the last end. Rows without a time, or with a gap that isn't positive, are in no session. All
 * rows are read first and come out sorted by their keys and times; columns stay in linear memory.
 */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { cellAt, selectedRows, vectorOf } from "../columns/cells.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { cellOrder, nullsFirst } from "../columns/compare-cells.ts";
import { gather } from "../columns/gather.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export interface MergeSessionsParts {
  /** The input's columns, then the session's. */
  readonly schema: StructType;
  readonly keys: readonly Evaluator[];
  /** Where a row's own session begins and ends. */
  readonly start: Evaluator;
  readonly end: Evaluator;
  readonly type: DataType;
}

export class MergeSessions implements Operator {
  readonly #parts: MergeSessionsParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  #store: ColumnStore | undefined;
  #keys: Cell[][];
  #starts: bigint[] = [];
  #ends: bigint[] = [];

  constructor(parts: MergeSessionsParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.#keys = parts.keys.map(() => []);
  }

  push(batch: Batch): boolean {
    const { keys, start, end } = this.#parts, rows = batch.selection, pointer = this.#context.arena.allocate(4 * rows.count + 4), words = linearMemory().u32;
    const starts = start.evaluate(batch, rows, this.#context), ends = end.evaluate(batch, rows, this.#context), columns = keys.map(key => key.evaluate(batch, rows, this.#context));
    let count = 0;
    for (const row of selectedRows(batch)) {
      const from = cellAt(starts, row) as bigint | null, to = cellAt(ends, row) as bigint | null;
      if (from === null || to === null || to <= from) continue;
      words[(pointer >>> 2) + count++] = row;
      this.#starts.push(from);
      this.#ends.push(to);
      columns.forEach((column, k) => this.#keys[k]!.push(cellAt(column, row)));
    }
    this.#store ??= this.#context.hold(new ColumnStore(batch.columns.map(column => column.type)));
    this.#store.append(batch.columns, { pointer, count });
    return true;
  }

  finish(): void {
    const store = this.#store, keys = this.#keys, starts = this.#starts, ends = this.#ends;
    this.#store = undefined;
    this.#keys = keys.map(() => []);
    this.#starts = [];
    this.#ends = [];
    if (store !== undefined) {
      this.#emit(store, keys, starts, ends);
      this.#context.drop(store);
    }
    this.#next.finish();
  }

  #emit(store: ColumnStore, keys: readonly (readonly Cell[])[], starts: readonly bigint[], ends: readonly bigint[]): void {
    const { arena } = this.#context, { schema, type } = this.#parts, orders = this.#parts.keys.map(key => nullsFirst(cellOrder(key.type)));
    const byKeys = (a: number, b: number): number => {
      for (const [k, order] of orders.entries()) {
        const result = order(keys[k]![a]!, keys[k]![b]!);
        if (result !== 0) return result;
      }
      return 0;
    };
    const sorted = Uint32Array.from({ length: store.length }, (_, i) => i).sort((a, b) => byKeys(a, b) || (starts[a]! < starts[b]! ? -1 : starts[a]! > starts[b]! ? 1 : a - b));
    const sessions: (readonly [bigint, bigint])[] = new Array(sorted.length);
    for (let from = 0; from < sorted.length;) {
      let to = from + 1, end = ends[sorted[from]!]!;
      for (; to < sorted.length && byKeys(sorted[from]!, sorted[to]!) === 0 && starts[sorted[to]!]! <= end; to++) if (ends[sorted[to]!]! > end) end = ends[sorted[to]!]!;
      sessions.fill([starts[sorted[from]!]!, end], from, to);
      from = to;
    }
    const vectors = store.vectors(), mark = arena.mark();
    for (let from = 0, more = true; more && from < sorted.length; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, sorted.length - from), rows = arena.allocate(4 * count);
      linearMemory().u32.set(sorted.subarray(from, from + count), rows >>> 2);
      more = this.#next.push(new Batch(schema, [...vectors.map(vector => gather(vector, rows, count, arena)), vectorOf(type, sessions.slice(from, from + count), arena)], count));
      arena.rewind(mark);
    }
  }
}

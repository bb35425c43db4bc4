/**
 * Keeps the first rows of each partition in an order, in front of the window that numbers them, as Spark's WindowGroupLimit: those whose
 * row_number(), rank() or dense_rank() is at most a limit. A row is let in as long as its first key is not behind that of the row which
 * took the last place of its partition; now and then the rows that were let in are sorted, and those behind the limit given back. So
 * memory stays at a multiple of what comes out.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { gather } from "../columns/gather.ts";
import { Vector } from "../columns/vector.ts";
import { RANKS } from "../kernels/group-limit.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { GroupLimit } from "../plan/resolved.ts";
import { StateTable } from "../state/state-table.ts";
import { BIGINT, type StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import { groupFinder, type GroupFinder } from "./group-finder.ts";
import type { Operator } from "./operator.ts";
import type { SortKey } from "./sort.ts";
import { changesIn, sortKind, SortedRows, type RowKey } from "./sorted-rows.ts";

export interface WindowGroupLimitParts extends GroupLimit {
  readonly schema: StructType;
  readonly partitionBy: readonly Evaluator[];
  readonly orderBy: readonly SortKey[];
  /** Of each key of the order, the column of the input that it is, if it is one. */
  readonly orderColumns: readonly (number | undefined)[];
}

/** So many rows more than stayed the last time are let in before those behind the limit are given back. */
const SPARE_ROWS = 4 * BATCH_ROWS;
const BOUND_BYTES = 8;
const LEAST_WORD = 0n, GREATEST_WORD = 0xffff_ffff_ffff_ffffn;

export class WindowGroupLimit implements Operator {
  readonly #parts: WindowGroupLimitParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #account: MemoryAccount = { name: "window", bytes: 0 };
  readonly #rank: number;
  /** A group a partition, whose state is its bound. */
  #partitions: StateTable | undefined;
  #finder: GroupFinder | undefined;
  /** Columns of the input, keys of the order that are none of them, and the address of the row's partition. */
  #store: ColumnStore | undefined;
  #stayed = 0;

  constructor(parts: WindowGroupLimitParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.#rank = RANKS.indexOf(parts.rank);
  }

  push(batch: Batch): boolean {
    const { partitionBy, orderBy, orderColumns } = this.#parts, context = this.#context, rows = batch.selection;
    if (rows.count === 0) return true;
    const partitions = (this.#partitions ??= this.#newPartitions());
    partitions.beginBatch();
    const addresses = (this.#finder ?? partitions).upsert(partitionBy.map(key => key.evaluate(batch, rows, context)), rows, batch.length);
    const values = orderBy.map(({ evaluator }, k) => orderColumns[k] === undefined ? evaluator.evaluate(batch, rows, context) : batch.columns[orderColumns[k]]!);
    const { selection, groups } = this.#within(values[0]!, rows, addresses, partitions.stateOffset, batch.length);
    if (selection.count === 0) return true;
    (this.#store ??= this.#newStore()).append([...batch.columns, ...values.filter((_, k) => orderColumns[k] === undefined), groups], selection);
    if (this.#store.length > 2 * this.#stayed + SPARE_ROWS) this.#trim();
    return true;
  }

  finish(): void {
    if (this.#store !== undefined) {
      this.#trim();
      const store = this.#store, vectors = store.vectors(), { schema } = this.#parts, { arena } = this.#context, mark = arena.mark();
      this.#dropPartitions();
      for (let from = 0, more = true; more && from < store.length; from += BATCH_ROWS) {
        const count = Math.min(BATCH_ROWS, store.length - from), rows = arena.allocate(4 * count), words = linearMemory().u32;
        for (let i = 0; i < count; i++) words[(rows >>> 2) + i] = from + i;
        more = this.#next.push(new Batch(schema, schema.fields.map((_, i) => gather(vectors[i]!, rows, count, arena)), count));
        arena.rewind(mark);
      }
      this.#context.drop(store);
    } else this.#dropPartitions();
    this.#store = undefined;
    this.#stayed = 0;
    this.#next.finish();
  }

  #newPartitions(): StateTable {
    const keyTypes = this.#parts.partitionBy.map(key => key.type), table = this.#context.hold(new StateTable({ keyTypes, stateBytes: BOUND_BYTES, account: this.#account }));
    const finder = groupFinder(table, this.#account);
    if (finder !== undefined) this.#finder = this.#context.hold(finder);
    return table;
  }

  #dropPartitions(): void {
    this.#context.drop(this.#partitions);
    this.#context.drop(this.#finder);
    this.#partitions = this.#finder = undefined;
  }

  #newStore(): ColumnStore {
    const { schema, orderBy, orderColumns } = this.#parts, own = orderBy.flatMap(({ evaluator }, k) => orderColumns[k] === undefined ? [evaluator.type] : []);
    return this.#context.hold(new ColumnStore([...schema.fields.map(field => field.type), ...own, BIGINT], this.#account));
  }

  /** The rows that their first key lets in, and by number of row the groups of their partitions. */
  #within(first: Vector, rows: Selection, addresses: number, offset: number, length: number): { readonly selection: Selection; readonly groups: Vector } {
    const { arena } = this.#context, kernel = kernels(), kind = sortKind(first.type, first.physical), groups = arena.allocate(8 * length);
    let selection = rows, found = addresses;
    if (kind !== undefined && !first.isConstant) {
      const out = arena.allocate(4 * rows.count + 4), isDescending = this.#parts.orderBy[0]!.direction === "desc" ? 1 : 0;
      found = arena.allocate(4 * rows.count + 4);
      selection = { pointer: out, count: kernel.limitSelect(kind, first.data, first.valid, rows.pointer, rows.count, isDescending, this.#nullWord(), addresses, offset, this.#parts.limit === 1 ? 1 : 0, out, found) };
    }
    kernel.scatterAddresses(selection.pointer, found, selection.count, groups);
    return { selection, groups: new Vector(BIGINT, groups, 0) };
  }

  #nullWord(): bigint { return this.#parts.orderBy[0]!.nulls === "first" ? LEAST_WORD : GREATEST_WORD; }

  /** Keeps the rows within the limit in a store of their own, in the order in which they came. */
  #trim(): void {
    const full = this.#store!, { limit, orderBy, orderColumns, schema } = this.#parts, { arena } = this.#context, kernel = kernels(), rank = this.#rank, vectors = full.vectors(), groups = vectors.at(-1)!, mark = arena.mark();
    let own = schema.fields.length;
    const order = orderBy.map(({ direction, nulls }, k): RowKey => ({ values: vectors[orderColumns[k] ?? own++]!, isDescending: direction === "desc", isNullsFirst: nulls === "first" }));
    const partition: RowKey = { values: groups, isDescending: false, isNullsFirst: true }, sorted = new SortedRows([partition, ...order], full.length, this.#account);
    try {
      const partitions = changesIn([partition], sorted, arena), peers = this.#parts.rank === "row_number" ? 0 : changesIn(order, sorted, arena), marks = arena.allocateZeroed(full.length);
      kernel.limitMark(rank, limit, sorted.pointer, full.length, partitions, peers, marks);
      const { values, isDescending } = order[0]!, kind = sortKind(values.type, values.physical);
      if (kind !== undefined) kernel.limitBounds(rank, limit, sorted.pointer, full.length, partitions, peers, kind, values.data, values.valid, isDescending ? 1 : 0, this.#nullWord(), groups.data, this.#partitions!.stateOffset);
      const count = kernel.selectByValidity(marks, -1, 1, 0, full.length, sorted.pointer);
      if (count < full.length) {
        const kept = this.#newStore();
        kept.append(vectors, { pointer: sorted.pointer, count });
        this.#store = kept;
        this.#context.drop(full);
      }
      this.#stayed = count;
    } finally {
      arena.rewind(mark);
      sorted.release();
    }
  }
}

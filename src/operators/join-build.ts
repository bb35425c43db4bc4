/**
 * The side of a join that is read first and kept: its rows as columns, and, where the join has keys, a table from key to
 * chain of rows. A single key of whole numbers that lie close together needs no table: its rows are found by their place.
 * Holds what of the side the join still needs: columns of its result and condition, and the keys.
 */
import { BATCH_ROWS, type Batch, type Selection } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { differenceOf } from "../columns/selections.ts";
import { Vector, physicalOf } from "../columns/vector.ts";
import { KIND } from "../kernels/expression.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { EvalContext, Evaluator } from "../plan/function.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import { StateTable } from "../state/state-table.ts";
import type { KeyFilter } from "./key-filter.ts";
import type { DataType } from "../types/data-type.ts";
import { GroupViews } from "./group-views.ts";

/** Each pair of equal expressions of a condition; `nullSafe`: null equals null (`<=>`). `filter`: gets the build side's keys. */
export interface JoinKey { readonly probe: Evaluator; readonly build: Evaluator; readonly nullSafe: boolean; readonly filter?: KeyFilter | undefined }

export interface BuildParts {
  readonly keys: readonly JoinKey[];
  /** Columns of the build side that are kept, by place in its batches, with their types. */
  readonly columns: readonly { readonly column: number; readonly type: DataType }[];
  /** Whether rows are needed one by one; without, only whether a key is there. */
  readonly keepsRows: boolean;
  /** Whether rows that can't match, a key being null, are needed all the same. */
  readonly keepsUnmatchable: boolean;
}

const CHAIN_BYTES = 8;
/** Whole numbers are looked up by their place, where the places (of 4 bytes) are at most so many times as many as rows, up to 64 MB, or more where they are well filled. */
const SPREAD = 128, MANY_PLACES = 2 ** 24, FILLED = 8, MOST_PLACES = 2 ** 26, FEW_PLACES = 65_536;

export class JoinBuild {
  readonly #parts: BuildParts;
  readonly #account: MemoryAccount = { name: "join", bytes: 0 };
  readonly #next: GrowingBuffer;
  readonly #store: ColumnStore;
  /** Of a single key of whole numbers: its values, until it is known how they spread. */
  #waiting: ColumnStore | undefined;
  #table: StateTable | undefined;
  /** Of a single key of texts. */
  #texts: GroupViews | undefined;
  /** `inSequence`: numbers of rows are keys, from `base` on. */
  #dense: { readonly base: bigint; readonly size: number; readonly heads: GrowingBuffer; readonly found: GrowingBuffer; readonly inSequence: boolean } | undefined;
  /** Rows that are chained under their keys. */
  #linked = 0;
  #isUnique = false;
  #vectors: readonly Vector[] | undefined;
  /** Rows seen, also those that can't match. */
  rows = 0;
  /** Whether a row had a null among its keys. */
  hasNullKey = false;
  isSealed = false;

  constructor(parts: BuildParts) {
    this.#parts = parts;
    this.#next = new GrowingBuffer(this.#account);
    this.#store = new ColumnStore(parts.columns.map(({ type }) => type), this.#account);
    const [key] = parts.keys;
    if (parts.keys.length === 1 && !key!.nullSafe && ["i8", "i16", "i32", "i64"].includes(physicalOf(key!.build.type))) this.#waiting = new ColumnStore([key!.build.type], this.#account);
    else if (parts.keys.length > 0) this.#table = this.#newTable();
  }

  /** Rows that are kept. */
  get kept(): number { return this.#store.length; }
  /** The kept columns, by the order of `parts.columns`. */
  get vectors(): readonly Vector[] { return (this.#vectors ??= this.#store.vectors()); }

  add(batch: Batch, context: EvalContext): void {
    const { keys, columns, keepsRows, keepsUnmatchable } = this.#parts, rows = batch.selection;
    this.rows += rows.count;
    this.#vectors = undefined;
    const kept = columns.map(({ column }) => batch.columns[column]!);
    if (keys.length === 0) {
      if (keepsRows) this.#store.append(kept, rows);
      return;
    }
    const values = keys.map(key => key.build.evaluate(batch, rows, context)), matchable = rowsWithKeys(keys, values, rows, context);
    if (matchable.count < rows.count) this.hasNullKey = true;
    if (this.#waiting !== undefined) {
      const some = keepsUnmatchable ? rows : matchable;
      if (some.count === 0) return;
      this.#waiting.append(values, some);
      if (keepsRows) this.#store.append(kept, some);
      return;
    }
    if (matchable.count > 0) {
      keys.forEach(({ filter }, i) => filter?.add(values[i]!, matchable));
      const first = this.#store.length;
      this.#link(values, matchable, batch.length, first);
      if (keepsRows) this.#store.append(kept, matchable);
    }
    if (keepsUnmatchable && matchable.count < rows.count) {
      const others = differenceOf(rows, matchable, context.arena);
      this.#next.reserve(4 * (this.#store.length + others.count), 4 * this.#store.length);
      this.#store.append(kept, others);
    }
  }

  /** All rows are in; before the first is looked for. */
  seal(context: EvalContext): void {
    this.isSealed = true;
    const waiting = this.#waiting, { arena } = context;
    if (waiting === undefined) {
      this.#isUnique = this.#table !== undefined && this.#table.count === this.#linked;
      for (const { filter } of this.#parts.keys) filter?.seal(context);
      return;
    }
    this.#parts.keys[0]!.filter?.seal(context, waiting.vectors()[0], waiting.length);
    const [keys] = waiting.vectors() as [Vector], kind = KIND[keys.physical as keyof typeof KIND], mark = arena.mark(), memory = linearMemory(), range = arena.allocate(16), count = waiting.length;
    kernels().denseRange(kind, keys.data, keys.valid, count, range);
    const base = memory.i64[range >>> 3]!, places = Number(memory.i64[(range >>> 3) + 1]! - base) + 1;
    this.#waiting = undefined;
    try {
      if (places > 0 && places <= Math.max(FEW_PLACES, Math.min(MANY_PLACES, SPREAD * count), Math.min(MOST_PLACES, FILLED * count))) {
        const heads = new GrowingBuffer(this.#account), at = heads.reserve(4 * places);
        memory.u8.fill(0, at, at + 4 * places);
        this.#isUnique = kernels().denseLink(kind, keys.data, keys.valid, count, base, at, this.#next.reserve(4 * count)) === 0;
        const inSequence = keys.valid === 0 && places === count && kernels().denseInSequence(kind, keys.data, count, base) !== 0;
        this.#dense = { base, size: places, heads, found: new GrowingBuffer(this.#account), inSequence };
      } else {
        this.#tabulate(keys, count, arena);
        this.#isUnique = this.#table!.count === this.#linked;
      }
    } finally {
      arena.rewind(mark);
      waiting.release();
    }
  }

  /** Numbers that lie far apart go into a table as other keys do. */
  #tabulate(keys: Vector, count: number, arena: Arena): void {
    this.#table = this.#newTable();
    const memory = linearMemory(), list = arena.allocate(4 * BATCH_ROWS), valid = keys.valid;
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const end = Math.min(count, from + BATCH_ROWS);
      // Rows without a key stay out, and break the run of numbers that is chained at once.
      for (let row = from; row < end;) {
        let some = 0;
        const first = row;
        while (row < end && (valid === 0 || memory.u8[valid + row] !== 0)) memory.u32[(list >>> 2) + some++] = row++;
        if (some > 0) this.#link([keys], { pointer: list, count: some }, count, first);
        while (row < end && valid !== 0 && memory.u8[valid + row] === 0) row++;
      }
    }
  }

  #newTable(): StateTable {
    return new StateTable({ keyTypes: this.#parts.keys.map(key => key.build.type), stateBytes: CHAIN_BYTES, account: this.#account });
  }

  /** Chains rows, which have or get the numbers from `first` on, under their keys. */
  #link(values: readonly Vector[], rows: Selection, length: number, first: number): void {
    const table = this.#table!;
    table.beginBatch();
    const addresses = table.upsert(values, rows, length);
    if (!this.#parts.keepsRows) return;
    this.#linked += rows.count;
    const next = this.#next.reserve(4 * (first + rows.count), 4 * first);
    kernels().joinLink(addresses, rows.count, first, table.stateOffset, next);
  }

  /** Groups of the selected rows by their keys (u32 addresses, 0 for none); valid until the next call. */
  find(values: readonly Vector[], rows: Selection, length: number): number {
    const dense = this.#dense;
    if (dense === undefined) return this.#findInTable(values, rows, length);
    const [key] = values as [Vector], out = dense.found.reserve(4 * rows.count + 4);
    kernels().denseFind(KIND[key.physical as keyof typeof KIND], key.data, key.isConstant ? 0 : -1, rows.pointer, rows.count, dense.base, dense.size, dense.heads.pointer, out);
    return out;
  }

  #findInTable(values: readonly Vector[], rows: Selection, length: number): number {
    const table = this.#table!;
    if (this.#texts === undefined && GroupViews.suits(table.keyTypes)) this.#texts = new GroupViews(table, this.#account);
    return (this.#texts ?? table).find(values, rows, length);
  }

  /** The next pairs of rows of one key; of all rows where the join has no keys. */
  pairs(addresses: number, rows: Selection, cursor: number, probe: number, build: number, capacity: number): number {
    if (this.#parts.keys.length === 0) return kernels().crossPairs(rows.pointer, rows.count, this.#store.length, cursor, probe, build, capacity);
    return kernels().joinPairs(addresses, rows.pointer, rows.count, this.#table?.stateOffset ?? 0, this.#next.pointer, cursor, probe, build, capacity);
  }

  /** Whether no key has several rows, so that `pairsOnce` finds all. Known once it is sealed. */
  get isUnique(): boolean { return this.#isUnique && this.#parts.keepsRows; }

  /** All pairs of the selected rows; there is room for one a row. Returns their number. */
  pairsOnce(values: readonly Vector[], rows: Selection, length: number, probe: number, build: number): number {
    const dense = this.#dense;
    if (dense === undefined) return kernels().joinPairsOnce(this.#findInTable(values, rows, length), rows.pointer, rows.count, this.#table!.stateOffset, probe, build);
    const [key] = values as [Vector];
    return kernels().densePairs(KIND[key.physical as keyof typeof KIND], key.data, key.isConstant ? 0 : -1, rows.pointer, rows.count, dense.base, dense.size, dense.inSequence ? 0 : dense.heads.pointer, probe, build);
  }

  release(): void {
    for (const { filter } of this.#parts.keys) filter?.release();
    this.#store.release();
    this.#next.release();
    this.#texts?.release();
    this.#table?.release();
    this.#waiting?.release();
    this.#dense?.heads.release();
    this.#dense?.found.release();
  }
}

/** The rows in which no key that needs a value is null. */
export function rowsWithKeys(keys: readonly Pick<JoinKey, "nullSafe">[], values: readonly Vector[], rows: Selection, { arena }: EvalContext): Selection {
  let left = rows;
  keys.forEach(({ nullSafe }, i) => {
    const { valid, isConstant, type } = values[i]!;
    if (nullSafe || left.count === 0) return;
    if (type.kind === "void") left = { pointer: 0, count: 0 };
    if (valid === 0 || left.count === 0) return;
    const pointer = arena.allocate(4 * left.count + 4);
    left = { pointer, count: kernels().selectByValidity(valid, isConstant ? 0 : -1, 1, left.pointer, left.count, pointer) };
  });
  return left;
}

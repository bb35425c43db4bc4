/**
 * The side of a join that is read first and kept: its rows as columns, and, where the join has keys, a table from key to
 * chain of rows. Holds what of the side the join still needs: columns of its result and condition, and the keys.
 */
import type { Batch, Selection } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { differenceOf } from "../columns/selections.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import type { MemoryAccount } from "../memory/linear-memory.ts";
import type { EvalContext, Evaluator } from "../plan/function.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import { StateTable } from "../state/state-table.ts";
import type { DataType } from "../types/data-type.ts";

/** Each pair of equal expressions of a condition; `nullSafe`: null equals null (`<=>`). */
export interface JoinKey { readonly probe: Evaluator; readonly build: Evaluator; readonly nullSafe: boolean }

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

export class JoinBuild {
  readonly #parts: BuildParts;
  readonly #account: MemoryAccount = { name: "join", bytes: 0 };
  readonly #next: GrowingBuffer;
  readonly #store: ColumnStore;
  readonly #table: StateTable | undefined;
  #vectors: readonly Vector[] | undefined;
  /** Rows seen, also those that can't match. */
  rows = 0;
  /** Whether a row had a null among its keys. */
  hasNullKey = false;

  constructor(parts: BuildParts) {
    this.#parts = parts;
    this.#next = new GrowingBuffer(this.#account);
    this.#store = new ColumnStore(parts.columns.map(({ type }) => type), this.#account);
    this.#table = parts.keys.length === 0 ? undefined : new StateTable({ keyTypes: parts.keys.map(key => key.build.type), stateBytes: CHAIN_BYTES, account: this.#account });
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
    if (this.#table === undefined) {
      if (keepsRows) this.#store.append(kept, rows);
      return;
    }
    const values = keys.map(key => key.build.evaluate(batch, rows, context)), matchable = rowsWithKeys(keys, values, rows, context);
    if (matchable.count < rows.count) this.hasNullKey = true;
    if (matchable.count > 0) {
      this.#table.beginBatch();
      const addresses = this.#table.upsert(values, matchable, batch.length);
      if (keepsRows) {
        const first = this.#store.length, next = this.#next.reserve(4 * (first + matchable.count), 4 * first);
        kernels().joinLink(addresses, matchable.count, first, this.#table.stateOffset, next);
        this.#store.append(kept, matchable);
      }
    }
    if (keepsUnmatchable && matchable.count < rows.count) {
      const others = differenceOf(rows, matchable, context.arena);
      this.#next.reserve(4 * (this.#store.length + others.count), 4 * this.#store.length);
      this.#store.append(kept, others);
    }
  }

  /** Groups of the selected rows by their keys (u32 addresses, 0 for none); valid until the next call. */
  find(values: readonly Vector[], rows: Selection, length: number): number { return this.#table!.find(values, rows, length); }

  /** The next pairs of rows of one key; of all rows where the join has no keys. */
  pairs(addresses: number, rows: Selection, cursor: number, probe: number, build: number, capacity: number): number {
    if (this.#table === undefined) return kernels().crossPairs(rows.pointer, rows.count, this.#store.length, cursor, probe, build, capacity);
    return kernels().joinPairs(addresses, rows.pointer, rows.count, this.#table.stateOffset, this.#next.pointer, cursor, probe, build, capacity);
  }

  release(): void {
    this.#store.release();
    this.#next.release();
    this.#table?.release();
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

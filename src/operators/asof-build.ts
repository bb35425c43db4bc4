/**
 * The right side of an as-of join that is read first and kept: its rows as columns, and for each key a list of them in the
 * order of their times, in which a time is found by halving. Rows without a time or a key are of no use and not kept.
 */
import type { Batch, Selection } from "../columns/batch.ts";
import { constantVector } from "../columns/cells.ts";
import { ColumnStore } from "../columns/column-store.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { EvalContext, Evaluator } from "../plan/function.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import { StateTable } from "../state/state-table.ts";
import type { DataType } from "../types/data-type.ts";
import { orderedTimes, type AsofRule } from "./asof-rule.ts";
import { rowsWithKeys } from "./join-build.ts";

export interface AsofBuildParts {
  readonly rule: AsofRule;
  readonly keys: readonly Evaluator[];
  readonly time: Evaluator;
  /** Columns of the right side that are kept, by place in its batches, with their types. */
  readonly columns: readonly { readonly column: number; readonly type: DataType }[];
}

/** First entry and number of entries of a group. */
const STATE_BYTES = 8, ENTRY_BYTES = 16;

export class AsofBuild {
  readonly #parts: AsofBuildParts;
  readonly #account: MemoryAccount = { name: "join", bytes: 0 };
  readonly #store: ColumnStore;
  readonly #table: StateTable;
  /** Of each kept row its group and its time; given back when they are sorted. */
  readonly #groups = new GrowingBuffer(this.#account);
  readonly #times = new GrowingBuffer(this.#account);
  readonly #entries = new GrowingBuffer(this.#account);
  #vectors: readonly Vector[] = [];
  /** Rows that can be met. Behind them stands one of nulls, which has this number. */
  rows = 0;

  constructor(parts: AsofBuildParts) {
    this.#parts = parts;
    this.#store = new ColumnStore(parts.columns.map(({ type }) => type), this.#account);
    this.#table = new StateTable({ keyTypes: parts.keys.map(key => key.type), stateBytes: STATE_BYTES, account: this.#account });
  }

  /** The kept columns, by the order of `parts.columns`; there when all rows are sorted. */
  get vectors(): readonly Vector[] { return this.#vectors; }

  add(batch: Batch, context: EvalContext): void {
    const { keys, time, columns, rule } = this.#parts, { arena } = context, { values, times, rows } = withTimes(keys, time, batch, context), { count } = rows, at = this.rows;
    if (count === 0) return;
    this.#table.beginBatch();
    const addresses = this.#table.upsert(values, rows, batch.length), memory = linearMemory(), kernel = kernels(), { data, step } = orderedTimes(times, rows, batch.length, rule, arena);
    const groups = this.#groups.reserve(4 * (at + count), 4 * at) + 4 * at, kept = this.#times.reserve(8 * (at + count), 8 * at) + 8 * at;
    memory.u8.copyWithin(groups, addresses, addresses + 4 * count);
    if (step === 1) kernel.packValues(8, data, rows.pointer, count, kept);
    else memory.i64.fill(memory.i64[data / 8]!, kept / 8, kept / 8 + count);
    this.#store.append(columns.map(({ column }) => batch.columns[column]!), rows);
    this.rows += count;
  }

  /** All rows have come. */
  sort(context: EvalContext): void {
    const count = this.rows, kernel = kernels(), memory = linearMemory(), entries = this.#entries.reserve(ENTRY_BYTES * count);
    kernel.asofPlace(this.#groups.pointer, this.#times.pointer, 0, count, this.#table.stateOffset, entries);
    this.#groups.release();
    this.#times.release();
    const scratch = memory.allocate(ENTRY_BYTES * count);
    kernel.asofSort(entries, count, scratch);
    memory.free(scratch, ENTRY_BYTES * count);
    this.#store.append(this.#parts.columns.map(({ type }) => constantVector(type, null, context.arena)), { pointer: 0, count: 1 });
    this.#vectors = this.#store.vectors();
  }

  /** The number of the row that each selected row meets, `rows` for none, by row number; returns how many meet one. */
  find(values: readonly Vector[], times: Vector, rows: Selection, length: number, out: number, { arena }: EvalContext): number {
    const { rule } = this.#parts, { direction, isExact, tolerance, isDouble } = rule;
    if (this.rows === 0 || rows.count === 0) return 0;
    const groups = this.#table.find(values, rows, length), { data, step } = orderedTimes(times, rows, length, rule, arena);
    return kernels().asofFind(groups, data, step, rows.pointer, rows.count, this.#table.stateOffset, this.#entries.pointer, direction, isExact, tolerance, isDouble, this.rows, out) >>> 0;
  }

  release(): void {
    this.#store.release();
    this.#groups.release();
    this.#times.release();
    this.#entries.release();
    this.#table.release();
  }
}

/** Keys and times of a batch, and the rows that have all of them. */
export function withTimes(keys: readonly Evaluator[], time: Evaluator, batch: Batch, context: EvalContext): { readonly values: readonly Vector[]; readonly times: Vector; readonly rows: Selection } {
  const values = keys.map(key => key.evaluate(batch, batch.selection, context)), times = time.evaluate(batch, batch.selection, context), all = [...values, times];
  return { values, times, rows: rowsWithKeys(all.map(() => ({ nullSafe: false })), all, batch.selection, context) };
}

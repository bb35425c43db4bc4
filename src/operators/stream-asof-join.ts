/**
 * As-of join of two streams. A left row waits until the watermark says that nothing can come any more that it would rather
 * meet, and then comes out once, in the order in which left rows came. A right row is kept while a left row that waits, or
 * may still come, can meet it. The rules are ours, as Spark has such joins of tables only; docs/joins.md states them.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { constantVector } from "../columns/cells.ts";
import { differenceOf } from "../columns/selections.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Evaluator } from "../plan/function.ts";
import { JoinState, type JoinShape } from "../state/join-state.ts";
import type { Addresses } from "../state/state-table.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { AsofRule } from "./asof-rule.ts";
import type { ExecutionContext } from "./context.ts";
import { dropLate } from "./event-time-key.ts";
import { rowsWithKeys } from "./join-build.ts";
import { joinView } from "./join-view.ts";
import { tellLate } from "./late-rows.ts";
import type { Operator } from "./operator.ts";
import type { StateView } from "./state-view.ts";
import type { StateMetrics, StatefulOperator } from "./stateful.ts";

export interface AsofSideParts {
  readonly schema: StructType;
  readonly keys: readonly Evaluator[];
  /** The column that is a key as it stands, -1 for one that is computed. */
  readonly keyColumns: readonly number[];
  /** The column with the time, which a watermark passes. */
  readonly time: number;
}

export interface StreamAsofJoinParts {
  readonly schema: StructType;
  readonly output: readonly { readonly side: 0 | 1; readonly column: number; readonly type: DataType }[];
  /** Left, right. */
  readonly sides: readonly [AsofSideParts, AsofSideParts];
  readonly rule: AsofRule;
  /** Left rows that meet none come out beside nulls. */
  readonly keepsUnmatched: boolean;
  readonly operatorId: () => number;
}

type SideIndex = 0 | 1;

/** First entry and number of entries of a group, while left rows are decided. */
const GROUP_BYTES = 8, ENTRY_BYTES = 16;
const NAME = "asOfJoin";

export class StreamAsofJoin implements StatefulOperator {
  readonly leftInput: Operator;
  readonly rightInput: Operator;
  readonly #parts: StreamAsofJoinParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #shape: JoinShape;
  readonly #state: JoinState;
  #view: StateView | undefined;
  #finished = 0;
  #updated = 0;
  #removed = 0;
  #late = 0;

  constructor(parts: StreamAsofJoinParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    const [left, right] = parts.sides;
    this.#shape = { keyTypes: left.keys.map(key => key.type), sides: [left.schema, right.schema], keyColumns: [left.keyColumns, right.keyColumns], groupBytes: GROUP_BYTES };
    this.#state = new JoinState(this.#shape);
    const port = (side: SideIndex): Operator => ({ push: batch => this.#take(side, batch), finish: () => this.finish() });
    this.leftInput = port(0);
    this.rightInput = port(1);
  }

  get operatorId(): number { return this.#parts.operatorId(); }
  get fingerprint(): string { return `as of | ${this.#state.fingerprint}`; }
  get stateView(): StateView { return (this.#view ??= joinView(this.#shape, this.#state)); }

  beginBatch(): void {
    this.#state.beginBatch();
    this.#finished = this.#updated = this.#removed = this.#late = 0;
  }

  /** Rows come in through the two inputs. */
  push(batch: Batch): boolean { return this.leftInput.push(batch); }

  /** Called as each input ends. */
  finish(): void {
    if (++this.#finished < 2) return;
    const bound = this.#bound(), { lateWatermarkMicros, watermarkMicros } = this.#context;
    // Where the watermark stands still, what came is behind the bound of the batch before.
    if (bound !== undefined && (lateWatermarkMicros === null || watermarkMicros! > lateWatermarkMicros)) {
      this.#decide(bound);
      this.#evict(bound);
    }
    this.#next.finish();
  }

  changes(): readonly Uint8Array[] { return this.#state.changes(); }
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array { return this.#state.snapshot(fromKeyGroup, toKeyGroup); }
  load(block: Uint8Array): void { this.#state.load(block); }

  metrics(): StateMetrics {
    const [left, right] = this.#state.sides;
    return {
      operatorName: NAME, rowsTotal: left.count + right.count, rowsUpdated: this.#updated, rowsRemoved: this.#removed,
      rowsDroppedByWatermark: this.#late, memoryBytes: this.#state.bytes, lateRows: this.#late,
    };
  }

  wantsBatch(watermarkMillis: number): boolean { return this.#context.watermarkRisesTo(watermarkMillis); }

  release(): void { this.#state.release(); }

  #take(side: SideIndex, batch: Batch): boolean {
    const parts = this.#parts.sides[side], time = batch.columns[parts.time]!, current = dropLate(time, batch.selection, this.#context);
    tellLate(this.#context, { operatorId: this.operatorId, operator: NAME, timeOf: "event time" }, batch, batch.selection, current, time);
    this.#late += batch.count - current.count;
    const keys = parts.keys.map(key => key.evaluate(batch, current, this.#context)), all = [...keys, time];
    const rows = rowsWithKeys(all.map(() => ({ nullSafe: false })), all, current, this.#context);
    // Without a time or a key nothing is met: there is nothing to wait for.
    if (side === 0 && this.#parts.keepsUnmatched && rows.count < current.count) this.#emitAlone(batch, differenceOf(current, rows, this.#context.arena));
    if (rows.count === 0) return true;
    const groups = this.#state.groups(keys, rows, batch.length), computed = this.#state.computedKeys[side]!, columns = computed.length === 0 ? batch.columns : [...batch.columns, ...computed.map(key => keys[key]!)];
    this.#state.sides[side].keep(columns, rows, batch.length, groups, { data: time.data, valid: 0, step: time.isConstant ? 0 : 1 }, 0);
    this.#updated += rows.count;
    return true;
  }

  /** Left rows up to this time are decided: later right rows come after what they would rather meet. */
  #bound(): bigint | undefined {
    const { watermarkMicros } = this.#context, { direction, tolerance } = this.#parts.rule;
    return watermarkMicros === null ? undefined : direction === 0 ? watermarkMicros : watermarkMicros - tolerance;
  }

  /** Left rows up to the bound come out and go. */
  #decide(bound: bigint): void {
    const { direction, isExact, tolerance } = this.#parts.rule, [left, right] = this.#state.sides, offset = this.#state.groupOffset, { arena } = this.#context, kernel = kernels();
    const expired = left.expired(bound);
    if (expired.count === 0) return;
    const { pointer, count } = left.unmatched(expired), ofLeft = arena.allocate(4 * count), times = arena.allocate(8 * count), distinct = arena.allocate(4 * count), found = arena.allocate(4 * count);
    kernel.asofRead(pointer, count, ofLeft, times);
    const groups = { pointer: distinct, count: kernel.asofGroups(pointer, count, offset, distinct) >>> 0 }, rights = right.rowsOf(groups);
    const entries = arena.allocate(ENTRY_BYTES * rights.count), scratch = arena.allocate(ENTRY_BYTES * rights.count), ofRight = arena.allocate(4 * rights.count), rightTimes = arena.allocate(8 * rights.count);
    kernel.asofRead(rights.pointer, rights.count, ofRight, rightTimes);
    kernel.asofPlace(ofRight, rightTimes, rights.pointer, rights.count, offset, entries);
    kernel.asofSort(entries, rights.count, scratch);
    const none = right.absent;
    kernel.asofFind(ofLeft, times, 1, 0, count, offset, entries, direction, isExact, tolerance, 0, none, found);
    kernel.asofClear(groups.pointer, groups.count, offset);
    this.#emit(pointer, found, this.#parts.keepsUnmatched ? count : kernel.asofMatched(pointer, found, count, none) >>> 0);
    this.#drop(left, expired, bound);
  }

  /** Right rows go that no left row behind the bound can meet. */
  #evict(bound: bigint): void {
    const { direction, tolerance } = this.#parts.rule, right = this.#state.sides[1];
    // Backwards a row reaches as far as the tolerance, or to the next row of its key.
    const last = direction === 1 ? bound : tolerance < 0n ? undefined : bound - tolerance;
    if (last !== undefined) this.#drop(right, right.expired(last), last);
    if (direction === 1) return;
    const { pointer, count } = right.superseded(bound, this.#state.groupOffset);
    if (count === 0) return;
    right.take(pointer, count);
    this.#count(right.removeTaken(), right.newRemoved);
  }

  #drop(side: JoinState["sides"][number], expired: Addresses, bound: bigint): void {
    if (expired.count === 0) return;
    this.#state.dropGroups(side.removeExpired(expired, bound));
    this.#count(expired.count, side.newRemoved);
  }

  /** `passing`: rows that came in this batch, and so were never kept as far as it is concerned. */
  #count(removed: number, passing: number): void {
    this.#removed += removed - passing;
    this.#updated -= passing;
  }

  #emit(lefts: number, rights: number, count: number): void {
    const { schema, output } = this.#parts, { sides } = this.#state, { arena } = this.#context, mark = arena.mark();
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const some = Math.min(BATCH_ROWS, count - from), at = [lefts + 4 * from, rights + 4 * from] as const;
      this.#next.push(new Batch(schema, output.map(({ side, column }): Vector => sides[side].column(column, at[side], some, arena)), some));
      arena.rewind(mark);
    }
  }

  /** Left rows of a batch beside nulls. */
  #emitAlone(batch: Batch, rows: Selection): void {
    const { schema, output } = this.#parts, { arena } = this.#context;
    this.#next.push(new Batch(schema, output.map(({ side, column, type }) => (side === 0 ? batch.columns[column]! : constantVector(type, null, arena))), batch.length, rows));
  }
}

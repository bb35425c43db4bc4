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
import type { JoinState } from "../state/join-state.ts";
import type { Addresses } from "../state/state-table.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { AsofRule } from "./asof-rule.ts";
import type { ExecutionContext } from "./context.ts";
import { dropLate } from "./event-time-key.ts";
import { rowsWithKeys } from "./join-build.ts";
import { tellLate } from "./late-rows.ts";
import type { Operator } from "./operator.ts";
import { TwoStreams, type SideIndex, type StreamSide } from "./two-streams.ts";

export interface AsofSideParts extends StreamSide {
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

/** First entry and number of entries of a group, while left rows are decided. */
const GROUP_BYTES = 8, ENTRY_BYTES = 16;

export class StreamAsofJoin extends TwoStreams {
  readonly #parts: StreamAsofJoinParts;

  constructor(parts: StreamAsofJoinParts, context: ExecutionContext, next: Operator) {
    super("asOfJoin", parts, context, next, GROUP_BYTES);
    this.#parts = parts;
  }

  override get fingerprint(): string { return `as of | ${this.state.fingerprint}`; }

  protected override settle(): void {
    const bound = this.#bound(), { lateWatermarkMicros, watermarkMicros } = this.context;
    // Where the watermark stands still, what came is behind the bound of the batch before.
    if (bound !== undefined && (lateWatermarkMicros === null || watermarkMicros! > lateWatermarkMicros)) {
      this.#decide(bound);
      this.#evict(bound);
    }
  }

  override wantsBatch(watermarkMillis: number): boolean { return this.context.watermarkRisesTo(watermarkMillis); }

  protected override take(side: SideIndex, batch: Batch): boolean {
    const parts = this.#parts.sides[side], time = batch.columns[parts.time]!, current = dropLate(time, batch.selection, this.context);
    tellLate(this.context, { operatorId: this.operatorId, operator: this.name, timeOf: "event time" }, batch, batch.selection, current, time);
    this.late += batch.count - current.count;
    const keys = parts.keys.map(key => key.evaluate(batch, current, this.context)), all = [...keys, time];
    const rows = rowsWithKeys(all.map(() => ({ nullSafe: false })), all, current, this.context);
    // Without a time or a key nothing is met: there is nothing to wait for.
    if (side === 0 && this.#parts.keepsUnmatched && rows.count < current.count) this.#emitAlone(batch, differenceOf(current, rows, this.context.arena));
    if (rows.count === 0) return true;
    const groups = this.state.groups(keys, rows, batch.length), columns = this.keptColumns(side, batch, keys);
    this.state.sides[side].keep(columns, rows, batch.length, groups, { data: time.data, valid: 0, step: time.isConstant ? 0 : 1 }, 0);
    this.updated += rows.count;
    return true;
  }

  /** Left rows up to this time are decided: later right rows come after what they would rather meet. */
  #bound(): bigint | undefined {
    const { watermarkMicros } = this.context, { direction, tolerance } = this.#parts.rule;
    return watermarkMicros === null ? undefined : direction === 0 ? watermarkMicros : watermarkMicros - tolerance;
  }

  /** Left rows up to the bound come out and go. */
  #decide(bound: bigint): void {
    const { direction, isExact, tolerance } = this.#parts.rule, [left, right] = this.state.sides, offset = this.state.groupOffset, { arena } = this.context, kernel = kernels();
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
    const { direction, tolerance } = this.#parts.rule, right = this.state.sides[1];
    // Backwards a row reaches as far as the tolerance, or to the next row of its key.
    const last = direction === 1 ? bound : tolerance < 0n ? undefined : bound - tolerance;
    if (last !== undefined) this.#drop(right, right.expired(last), last);
    if (direction === 1) return;
    const { pointer, count } = right.superseded(bound, this.state.groupOffset);
    if (count === 0) return;
    right.take(pointer, count);
    this.countRemoved(right.removeTaken(), right.newRemoved);
  }

  #drop(side: JoinState["sides"][number], expired: Addresses, bound: bigint): void {
    if (expired.count === 0) return;
    this.state.dropGroups(side.removeExpired(expired, bound));
    this.countRemoved(expired.count, side.newRemoved);
  }

  #emit(lefts: number, rights: number, count: number): void {
    const { schema, output } = this.#parts, { sides } = this.state, { arena } = this.context, mark = arena.mark();
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const some = Math.min(BATCH_ROWS, count - from), at = [lefts + 4 * from, rights + 4 * from] as const;
      this.next.push(new Batch(schema, output.map(({ side, column }): Vector => sides[side].column(column, at[side], some, arena)), some));
      arena.rewind(mark);
    }
  }

  /** Left rows of a batch beside nulls. */
  #emitAlone(batch: Batch, rows: Selection): void {
    const { schema, output } = this.#parts, { arena } = this.context;
    this.next.push(new Batch(schema, output.map(({ side, column, type }) => (side === 0 ? batch.columns[column]! : constantVector(type, null, arena))), batch.length, rows));
  }
}

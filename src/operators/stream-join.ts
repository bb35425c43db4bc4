/**
 * Joins two streams. Rows of both sides are kept until the watermark says that no partner can come any more; a new row
 * meets the kept rows of the other side and is then kept itself, so each pair is met once. Rows of an outer side that
 * never met a partner come out beside nulls when they leave, in the order in which they came. The rules, and what the
 * metrics count, are those of Spark's StreamingSymmetricHashJoinExec.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { constantVector } from "../columns/cells.ts";
import { gather } from "../columns/gather.ts";
import { differenceOf, listedAt } from "../columns/selections.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { RowTimes } from "../state/join-rows.ts";
import type { Addresses } from "../state/state-table.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Predicate } from "./filter.ts";
import { rowsWithKeys } from "./join-build.ts";
import type { Operator } from "./operator.ts";
import { dropLateBy } from "./late-rows.ts";
import { TwoStreams, type SideIndex, type StreamSide } from "./two-streams.ts";

/** When a side's rows leave: the time of one of its keys or columns (`field` 1: the end of a window) is at or before the bound for a watermark. */
export interface JoinEviction {
  readonly from: "key" | "column";
  readonly index: number;
  readonly field: number | undefined;
  readonly bound: (watermarkMicros: bigint) => bigint;
}

export interface JoinSideParts extends StreamSide {
  /** What the condition asks of this side alone. */
  readonly prefilter: Predicate | undefined;
  /** Outer: rows without a partner come out beside nulls. */
  readonly keepsUnmatched: boolean;
  /** Whether rows with a null key are of no use: they match nothing, and needn't be kept for their own sake. */
  readonly dropsNullKeys: boolean;
  /** The column with a watermark, or -1. */
  readonly lateColumn: number;
  /** Undefined: rows never leave. */
  readonly eviction: JoinEviction | undefined;
}

export interface StreamJoinColumn { readonly side: 0 | 1; readonly column: number; readonly type: DataType }

export interface StreamJoinParts {
  readonly schema: StructType;
  readonly output: readonly StreamJoinColumn[];
  /** Left, right. */
  readonly sides: readonly [JoinSideParts, JoinSideParts];
  readonly nullSafe: readonly boolean[];
  /** The rest of the condition, over these columns of both sides. */
  readonly residual: { readonly columns: readonly StreamJoinColumn[]; readonly schema: StructType; readonly predicate: Predicate } | undefined;
  /** Left semi: left rows come out at their first match. */
  readonly isSemi: boolean;
  readonly operatorId: () => number;
}

export class StreamJoin extends TwoStreams {
  readonly #parts: StreamJoinParts;

  constructor(parts: StreamJoinParts, context: ExecutionContext, next: Operator) {
    super("symmetricHashJoin", parts, context, next);
    this.#parts = parts;
  }

  protected override settle(): void {
    this.#evict(0);
    this.#evict(1);
    this.state.settle();
  }

  override wantsBatch(watermarkMillis: number): boolean {
    return this.#parts.sides.some(side => side.eviction !== undefined) && this.context.watermarkRisesTo(watermarkMillis);
  }

  protected override take(side: SideIndex, batch: Batch): boolean {
    const parts = this.#parts.sides[side], { isSemi, nullSafe } = this.#parts, context = this.context;
    let rows = dropLateBy(parts.lateColumn, batch, context, { operatorId: this.operatorId, operator: this.name });
    this.late += batch.count - rows.count;
    if (parts.prefilter !== undefined && rows.count > 0) {
      const passed = parts.prefilter(batch, rows, context);
      if (parts.keepsUnmatched && passed.count < rows.count) this.#emitOwn(side, batch, differenceOf(rows, passed, context.arena));
      rows = passed;
    }
    const keys = parts.keys.map(key => key.evaluate(batch, rows, context));
    if (parts.dropsNullKeys) rows = rowsWithKeys(nullSafe.map(safe => ({ nullSafe: safe })), keys, rows, context);
    if (rows.count === 0) return true;
    const groups = this.state.groups(keys, rows, batch.length), leaves = isSemi && side === 0;
    const matched = parts.keepsUnmatched || leaves ? context.arena.allocateZeroed(batch.length) : 0;
    this.#meet(side, batch, rows, groups, matched);
    this.#keep(side, batch, keys, rows, groups, matched);
    return true;
  }

  /** New rows and the kept rows of the other side with the same keys. */
  #meet(side: SideIndex, batch: Batch, rows: Selection, groups: number, matched: number): void {
    const { arena } = this.context, kernel = kernels(), others = this.state.sides[1 - side]!;
    if (others.count === 0) return;
    const cursor = arena.allocateZeroed(12), mine = arena.allocate(4 * BATCH_ROWS), theirs = arena.allocate(4 * BATCH_ROWS), mark = arena.mark();
    for (;;) {
      const count = kernel.joinMeet(groups, rows.pointer, rows.count, others.chain, cursor, mine, theirs, BATCH_ROWS) >>> 0;
      if (count === 0) break;
      this.#pairs(side, batch, mine, theirs, count, matched);
      arena.rewind(mark);
    }
    if (!this.#parts.isSemi || side === 0) return;
    const taken = others.removeTaken();
    if (taken === 0) return;
    this.countRemoved(taken, others.newRemoved);
    this.state.mayHoldNothing();
  }

  /** Candidates, as far as the condition holds for them. */
  #pairs(side: SideIndex, batch: Batch, mine: number, theirs: number, count: number, matched: number): void {
    const { residual, isSemi, sides, schema, output } = this.#parts, { arena } = this.context, kernel = kernels(), others = this.state.sides[1 - side]!;
    if (residual !== undefined) {
      const candidates = new Batch(residual.schema, this.#gather(residual.columns, side, batch, mine, theirs, count), count);
      const kept = residual.predicate(candidates, candidates.selection, this.context);
      if (kept.count === 0) return;
      if (kept.count < count) {
        mine = listedAt(mine, kept, arena);
        theirs = listedAt(theirs, kept, arena);
        count = kept.count;
      }
    }
    if (isSemi) {
      if (side === 0) {
        const firsts = arena.allocate(4 * count + 4), rows = kernel.joinMarkFirst(mine, count, matched, firsts) >>> 0;
        if (rows > 0) this.#emitOwn(0, batch, { pointer: firsts, count: rows });
      } else this.#emitKept(0, others.take(theirs, count));
      return;
    }
    if (matched !== 0) kernel.joinMarkRows(mine, count, matched);
    if (sides[1 - side]!.keepsUnmatched) others.match(theirs, count);
    this.next.push(new Batch(schema, this.#gather(output, side, batch, mine, theirs, count), count));
  }

  /** Columns of pairs: of the side that comes by row number, of the other by address. */
  #gather(columns: readonly StreamJoinColumn[], side: SideIndex, batch: Batch, mine: number, theirs: number, count: number): Vector[] {
    const { arena } = this.context, others = this.state.sides[1 - side]!;
    return columns.map(c => c.side === side ? gather(batch.columns[c.column]!, mine, count, arena) : others.column(c.column, theirs, count, arena));
  }

  #keep(side: SideIndex, batch: Batch, keys: readonly Vector[], rows: Selection, groups: number, matched: number): void {
    const { isSemi, sides } = this.#parts, { keepsUnmatched } = sides[side], { arena } = this.context, kernel = kernels(), bound = this.#bound(side), times = this.#times(side, batch, keys);
    let kept = rows;
    if (isSemi && side === 0) {
      const pointer = arena.allocate(4 * rows.count + 4);
      kept = { pointer, count: kernel.selectByValidity(matched, -1, 0, rows.pointer, rows.count, pointer) };
    } else if (!isSemi && this.finished > 0 && bound !== undefined && times !== undefined) {
      // Whoever comes last has met all of this batch: what would leave at once needn't be kept, unless it comes out then.
      const pointer = arena.allocate(4 * rows.count + 4);
      kept = { pointer, count: kernel.joinStays(times.data, times.valid, times.step, rows.pointer, rows.count, bound, keepsUnmatched ? matched : 0, pointer) >>> 0 };
    }
    if (kept.count < rows.count) {
      this.state.mayHoldNothing();
      if (kept.count === 0) return;
      const some = arena.allocate(4 * kept.count);
      kernel.alignAddresses(rows.pointer, groups, kept.pointer, kept.count, some);
      groups = some;
    }
    const columns = this.keptColumns(side, batch, keys);
    this.state.sides[side].keep(columns, kept, batch.length, groups, times, keepsUnmatched ? matched : 0);
    this.updated += kept.count;
  }

  /** When rows of a side leave; undefined: never. */
  #times(side: SideIndex, batch: Batch, keys: readonly Vector[]): RowTimes | undefined {
    const { eviction } = this.#parts.sides[side];
    if (eviction === undefined) return undefined;
    const { arena } = this.context, vector = (eviction.from === "key" ? keys : batch.columns)[eviction.index]!, step = vector.isConstant ? 0 : 1;
    if (eviction.field === undefined) return { data: vector.data, valid: vector.valid, step };
    const field = vector.children[eviction.field]!, fieldStep = field.isConstant ? 0 : step;
    if (vector.valid === 0 || vector.isConstant) return { data: field.data, valid: vector.valid === 0 ? field.valid : vector.valid, step: fieldStep };
    const valid = arena.allocate(batch.length);
    kernels().andValid(vector.valid, 1, field.valid, fieldStep, batch.length, valid);
    if (fieldStep === 1) return { data: field.data, valid, step };
    const data = arena.allocate(8 * batch.length), { i64 } = linearMemory();
    i64.fill(i64[field.data / 8]!, data / 8, data / 8 + batch.length);
    return { data, valid, step };
  }

  #evict(side: SideIndex): void {
    const bound = this.#bound(side), rows = this.state.sides[side];
    if (bound === undefined) return;
    const expired = rows.expired(bound);
    if (expired.count === 0) return;
    if (this.#parts.sides[side].keepsUnmatched) this.#emitKept(side, rows.unmatched(expired));
    this.state.dropGroups(rows.removeExpired(expired, bound));
    // A left row of a semi join that came and goes in one batch only waited for the right side's.
    this.countRemoved(expired.count, this.#parts.isSemi && side === 0 ? rows.newRemoved : 0);
  }

  #bound(side: SideIndex): bigint | undefined {
    const { watermarkMicros } = this.context;
    return watermarkMicros === null ? undefined : this.#parts.sides[side].eviction?.bound(watermarkMicros);
  }

  /** Rows of a batch; the other side's columns are null. */
  #emitOwn(side: SideIndex, batch: Batch, rows: Selection): void {
    const { schema, output } = this.#parts, { arena } = this.context;
    this.next.push(new Batch(schema, output.map(c => c.side === side ? batch.columns[c.column]! : constantVector(c.type, null, arena)), batch.length, rows));
  }

  /** Kept rows; the other side's columns are null. */
  #emitKept(side: SideIndex, { pointer, count }: Addresses): void {
    const { schema, output } = this.#parts, { arena } = this.context, rows = this.state.sides[side], mark = arena.mark();
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const some = Math.min(BATCH_ROWS, count - from), at = pointer + 4 * from;
      this.next.push(new Batch(schema, output.map(c => c.side === side ? rows.column(c.column, at, some, arena) : constantVector(c.type, null, arena)), some));
      arena.rewind(mark);
    }
  }
}

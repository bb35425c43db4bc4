/**
 * Aggregation of a stream over overlapping windows. Rows are added to the slice of time they lie in, once, and slices are
 * added up to windows when these come out: see slices.ts. What comes out and what is counted is as if each row had been
 * added to a group a window, as StreamingAggregate has them: metrics count windows of keys, not slices. A row that is late for
 * some of its windows is added all the same: those have come out and leave no trace, and none comes out again.
 *
 * Only for aggregates that merge in any order, with their state in linear memory.
 */
import { Batch, type Selection } from "../columns/batch.ts";
import { differenceOf } from "../columns/selections.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import type { Evaluator } from "../plan/function.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import { inHashOrder } from "../state/hash-order.ts";
import { StateTable, type Addresses } from "../state/state-table.ts";
import { BIGINT, field, struct, type StructType } from "../types/data-type.ts";
import { aggregateView } from "./aggregate-view.ts";
import { AggregateUpdater, type AggregateSpec } from "./aggregate-updater.ts";
import type { ExecutionContext } from "./context.ts";
import type { HashAggregateParts } from "./hash-aggregate.ts";
import { tellLate } from "./late-rows.ts";
import type { Operator } from "./operator.ts";
import { layoutOf } from "./slice-view.ts";
import { SliceChains, sliceLocalBytes } from "./slice-chains.ts";
import { ALL_WINDOWS, NO_WINDOW, lastClosed, lastSliceIn, lastSliceWithin, type Slices } from "./slices.ts";
import type { StateMetrics, StatefulOperator, WindowCount } from "./stateful.ts";
import type { StateView } from "./state-view.ts";

export interface SlicedAggregateParts {
  /** Keys, then aggregates; the key at `windowKey` is the window. */
  readonly schema: StructType;
  /** All keys but the window. */
  readonly keys: readonly Evaluator[];
  readonly aggregates: readonly AggregateSpec[];
  readonly windowKey: number;
  readonly slices: Slices;
  /** Whether the windows are of event time with a watermark: then they are closed by it. */
  readonly isWatermarked: boolean;
  readonly operatorId: () => number;
  readonly outputMode: OutputMode;
  /** One batch is all there is: no changes are kept for a log. */
  readonly isBounded?: boolean;
}

const EMPTY: Addresses = { pointer: 0, count: 0 };

export class SlicedAggregate implements StatefulOperator {
  readonly #parts: SlicedAggregateParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #updater: AggregateUpdater;
  readonly #chains: SliceChains;
  /** What the state holds: groups by slice. */
  readonly #stored: HashAggregateParts & { readonly layout: string };
  #view: StateView | undefined;
  readonly #arena = new Arena();
  readonly #windowType: StructType;
  /** Slices of late rows, for Spark's count of them; made at the first late row. */
  #late: { readonly table: StateTable; readonly chains: SliceChains } | undefined;
  #lateRows = 0;
  #kept = 0;
  #dropped = 0;
  #updated = 0;
  #removed = 0;
  /** Windows of keys in the state. */
  #windows = 0;
  /** Whether there may be slices that came from a checkpoint and are not chained. */
  #isRestored = false;

  /** Rows come with the number of their slice as the last column. */
  constructor(parts: SlicedAggregateParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.#windowType = parts.schema.fields[parts.windowKey]!.type as StructType;
    const { keys, aggregates, slices } = parts;
    const slice: Evaluator = { type: BIGINT, evaluate: batch => batch.columns[batch.columns.length - 1]! };
    this.#stored = {
      schema: struct([...parts.schema.fields.filter((_, i) => i < keys.length + 1 && i !== parts.windowKey), field("slice", BIGINT, false), ...parts.schema.fields.slice(keys.length + 1)]),
      keys: [...keys, slice], aggregates, layout: layoutOf(slices),
    };
    this.#updater = new AggregateUpdater({ ...this.#stored, logged: parts.isBounded !== true, localBytes: stateBytes => sliceLocalBytes(slices, stateBytes) });
    this.#chains = new SliceChains(this.#updater.table, keys.map(key => key.type), slices);
  }

  get operatorId(): number { return this.#parts.operatorId(); }
  get fingerprint(): string { return this.#updater.table.fingerprint; }

  /** Slices, not windows: the time that one covers is among its keys. */
  get stateView(): StateView { return (this.#view ??= aggregateView(this.#stored, this.#updater, this.#context)); }

  beginBatch(): void {
    this.#updater.table.beginBatch();
    this.#chains.keys.beginBatch();
    if (this.#late !== undefined && this.#late.table.count > 0) {
      this.#late.table.clear();
      this.#late.chains.keys.clear();
    }
    this.#lateRows = this.#kept = this.#dropped = this.#updated = this.#removed = 0;
  }

  push(batch: Batch): boolean {
    const { slices } = this.#parts, number = batch.columns[batch.columns.length - 1]!, closed = this.#closed;
    let rows = batch.selection;
    if (closed !== NO_WINDOW) {
      const onTime = this.#later(number, rows, lastSliceIn(slices, closed));
      if (onTime.count < rows.count) {
        this.#countLate(batch, differenceOf(rows, onTime, this.#context.arena));
        const kept = this.#later(number, rows, lastSliceWithin(slices, closed));
        this.#lateRows += rows.count - kept.count;
        if (this.#context.lateReceiver !== undefined && kept.count < rows.count) {
          tellLate(this.#context, { operatorId: this.operatorId, operator: "stateStoreSave", timeOf: "window end" }, withoutSlices(batch), rows, kept, this.#lastEnds(number, differenceOf(rows, kept, this.#context.arena), batch.length));
        }
        rows = kept;
      }
    }
    this.#kept += rows.count;
    this.#updater.update(batch, rows, this.#context);
    return true;
  }

  finish(): void {
    const { table } = this.#updater, { outputMode, slices } = this.#parts, { watermarkMicros } = this.#context, chains = this.#chains, closed = this.#closed;
    this.#chain(closed);
    this.#dropped = this.#late?.chains.link(this.#late.table.allAddresses(), NO_WINDOW, closed) ?? 0;
    const touched = chains.touch(table.touched(), closed);
    this.#updated = touched.windows;
    if (outputMode === "update") this.#emit(touched.keys, closed, ALL_WINDOWS);
    if (outputMode === "complete") this.#emit(inHashOrder(chains.keys, chains.keys.allAddresses(), this.#arena), NO_WINDOW, ALL_WINDOWS);
    if (this.#closes && watermarkMicros !== null) {
      const limit = lastClosed(slices, watermarkMicros), due = limit > closed ? inHashOrder(chains.keys, chains.due(limit), this.#arena) : EMPTY;
      this.#removed = outputMode === "append" ? this.#emit(due, closed, limit) : chains.expire(due, closed, limit);
      this.#windows -= this.#removed;
    }
    this.#next.finish();
  }

  changes(): readonly Uint8Array[] { return this.#updater.table.changes(); }
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array { return this.#updater.table.snapshot(fromKeyGroup, toKeyGroup); }
  load(block: Uint8Array): void {
    if (this.#chains.keys.count > 0) this.#chains.clear();
    this.#updater.table.load(block);
    this.#isRestored = true;
  }

  metrics(): StateMetrics {
    // Before the first batch after a restore the watermark is the one that closed windows last.
    if (this.#isRestored) this.#chain(this.#closedBy(this.#context.watermarkMicros));
    return {
      operatorName: "stateStoreSave", rowsTotal: this.#windows, rowsUpdated: this.#updated, rowsRemoved: this.#removed,
      rowsDroppedByWatermark: this.#dropped, memoryBytes: this.#updater.bytes + this.#chains.bytes + (this.#late === undefined ? 0 : this.#late.table.bytes + this.#late.chains.bytes), lateRows: this.#lateRows, keptRows: this.#kept,
    };
  }

  windowCounts(limit: number): readonly WindowCount[] {
    const { originMicros, slideMicros, sizeMicros } = this.#parts.slices, counts = this.#chains.windowCounts(this.#closedBy(this.#context.watermarkMicros));
    return [...counts].slice(0, limit).map(([window, groups]) => ({ endMicros: originMicros + window * slideMicros + sizeMicros, groups }));
  }

  wantsBatch(watermarkMillis: number): boolean {
    return this.#parts.outputMode !== "complete" && this.#context.watermarkRisesTo(watermarkMillis);
  }

  release(): void {
    this.#updater.release();
    this.#chains.release();
    this.#late?.table.release();
    this.#late?.chains.release();
    this.#arena.release();
  }

  get #closes(): boolean { return this.#parts.isWatermarked && this.#parts.outputMode !== "complete"; }
  /** The last window that was closed before this batch. */
  get #closed(): bigint { return this.#closedBy(this.#context.lateWatermarkMicros); }
  #closedBy(watermarkMicros: bigint | null): bigint { return this.#closes && watermarkMicros !== null ? lastClosed(this.#parts.slices, watermarkMicros) : NO_WINDOW; }

  /** Chains new slices, and after a restore all. */
  #chain(closed: bigint): void {
    const { table } = this.#updater;
    if (this.#isRestored) this.#windows = 0;
    this.#windows += this.#chains.link(this.#isRestored ? table.allAddresses() : table.touched(), closed);
    this.#isRestored = false;
  }

  /** Rows whose slice is behind one. */
  #later(number: Vector, rows: Selection, slice: bigint): Selection {
    const out = this.#context.arena.allocate(4 * rows.count + 4), count = kernels().selectLater(number.data, 0, rows.pointer, rows.count, slice, out);
    return count === rows.count ? rows : { pointer: out, count };
  }

  /** Where the last windows end that hold the slices of rows. */
  #lastEnds(number: Vector, { pointer, count }: Selection, length: number): Vector {
    const { arena } = this.#context, { i64, u32 } = arena.memory, { shift, originMicros, slideMicros, sizeMicros } = this.#parts.slices, data = arena.allocate(8 * length);
    const slides = BigInt(shift), slide = BigInt(slideMicros), firstEnd = BigInt(originMicros + sizeMicros);
    for (let i = 0; i < count; i++) {
      const row = pointer === 0 ? i : u32[(pointer >>> 2) + i]!;
      i64[data / 8 + row] = (i64[number.data / 8 + row]! >> slides) * slide + firstEnd;
    }
    return new Vector(this.#windowType.fields[1]!.type, data, 0);
  }

  /** Rows that are late for some of their windows, or for all. */
  #countLate(batch: Batch, late: Selection): void {
    const { keys, slices } = this.#parts, types = keys.map(key => key.type);
    if (this.#late === undefined) {
      const table = new StateTable({ keyTypes: [...types, BIGINT], stateBytes: 0, localBytes: sliceLocalBytes(slices, 0) });
      this.#late = { table, chains: new SliceChains(table, types, slices) };
    }
    this.#late.table.upsert([...keys.map(key => key.evaluate(batch, late, this.#context)), batch.columns[batch.columns.length - 1]!], late, batch.length);
  }

  /** Returns how many windows came out. In append mode they, and slices that are of no more use, leave the state. */
  #emit(keys: Addresses, closed: bigint, limit: bigint): number {
    const { outputMode } = this.#parts;
    if (keys.count === 0) return 0;
    let windows = 0;
    this.#chains.plan({ keys, closed, limit, ofBatch: outputMode === "update", expires: outputMode === "append" },
      (to, from, count) => this.#updater.merge(to, from, count),
      (rows, count) => {
        windows += count;
        this.#next.push(new Batch(this.#parts.schema, this.#columns(rows, count), count));
        this.#arena.reset();
        this.#context.arena.reset();
      });
    return windows;
  }

  /** Of windows as the chains add them up: their last key is the start. */
  #columns(rows: number, count: number): Vector[] {
    const { keys, windowKey, slices } = this.#parts, arena = this.#arena, columns = this.#updater.results(rows, count, this.#context, arena);
    const [start, end] = this.#windowType.fields.map(field => field.type), starts = columns.splice(keys.length, 1)[0]!.data, ends = arena.allocate(8 * count);
    kernels().addToTimes(starts, 0, count, BigInt(slices.sizeMicros), ends);
    columns.splice(windowKey, 0, new Vector(this.#windowType, 0, 0, { children: [new Vector(start!, starts, 0), new Vector(end!, ends, 0)] }));
    return columns;
  }
}

/** A batch as it came into the assignment of slices. */
function withoutSlices({ schema, columns, length, selection }: Batch): Batch {
  return new Batch(struct(schema.fields.slice(0, -1)), columns.slice(0, -1), length, selection);
}

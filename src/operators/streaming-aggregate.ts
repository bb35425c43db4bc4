/**
 * Aggregation over a stream. Append: a group comes out once, when the watermark has passed its event time, and leaves
 * the state. Update: groups that got rows in this batch come out; what the watermark passed leaves silently. Complete:
 * all groups, and nothing leaves. Rows whose group the watermark of the batch before has closed are late and dropped.
 * The rules, and what the metrics count, are those of Spark's StateStoreSaveExec. Aggregates that round, as sums of doubles
 * do, are added up for the rows of a batch first and then merged into the state, as Spark does; the others go into it
 * directly.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { differenceOf } from "../columns/selections.ts";
import type { Vector } from "../columns/vector.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import { inHashOrder } from "../state/hash-order.ts";
import { StateTable, type Addresses } from "../state/state-table.ts";
import { aggregateView } from "./aggregate-view.ts";
import { AggregateUpdater } from "./aggregate-updater.ts";
import type { ExecutionContext } from "./context.ts";
import { dropLate, type EventTimeKey } from "./event-time-key.ts";
import type { HashAggregateParts } from "./hash-aggregate.ts";
import type { Operator } from "./operator.ts";
import { tellLate } from "./late-rows.ts";
import type { StateMetrics, StatefulOperator, WindowCount } from "./stateful.ts";
import type { StateView } from "./state-view.ts";

export interface StreamingAggregateParts extends HashAggregateParts {
  readonly operatorId: () => number;
  readonly outputMode: OutputMode;
  readonly eventTime: EventTimeKey | undefined;
}

const ONE_ROW: Selection = { pointer: 0, count: 1 };

export class StreamingAggregate implements StatefulOperator {
  readonly #parts: StreamingAggregateParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #updater: AggregateUpdater;
  /** Groups of the rows of this batch alone, where it matters for rounding that they are added up before the state is. */
  readonly #partial: AggregateUpdater | undefined;
  readonly #arena = new Arena();
  /** Groups of late rows, for Spark's count of them; made at the first late row. */
  #lateGroups: StateTable | undefined;
  #view: StateView | undefined;
  #lateRows = 0;
  #removed = 0;
  #updated = 0;
  #kept = 0;

  constructor(parts: StreamingAggregateParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    const { keys, aggregates } = parts;
    this.#updater = new AggregateUpdater({
      keys, aggregates, logged: true,
      ...(parts.eventTime && { timeKey: { key: parts.eventTime.key, field: parts.eventTime.field } }),
    });
    if (aggregates.some(({ call }) => call.binding.implementation.merging === "rounds")) this.#partial = new AggregateUpdater({ keys, aggregates });
  }

  get operatorId(): number { return this.#parts.operatorId(); }
  get fingerprint(): string { return this.#updater.table.fingerprint; }
  get stateView(): StateView { return (this.#view ??= aggregateView(this.#parts, this.#updater, this.#context)); }

  beginBatch(): void {
    this.#updater.table.beginBatch();
    this.#partial?.table.clear();
    this.#lateGroups?.clear();
    this.#lateRows = this.#removed = this.#updated = this.#kept = 0;
  }

  push(batch: Batch): boolean {
    const { eventTime, outputMode } = this.#parts;
    let rows = batch.selection;
    if (eventTime !== undefined && outputMode !== "complete" && this.#context.lateWatermarkMicros !== null) {
      const key = this.#parts.keys[eventTime.key]!.evaluate(batch, rows, this.#context);
      const time = eventTime.field === undefined ? key : key.children[eventTime.field]!;
      rows = dropLate(time, rows, this.#context);
      if (rows.count < batch.count) {
        this.#countLate(batch, rows);
        tellLate(this.#context, { operatorId: this.operatorId, operator: "stateStoreSave", timeOf: eventTime.field === undefined ? "event time" : "window end" }, batch, batch.selection, rows, time);
      }
    }
    if (this.#context.windowIndex === 0) this.#kept += rows.count;
    (this.#partial ?? this.#updater).update(batch, rows, this.#context);
    return true;
  }

  finish(): void {
    const { table } = this.#updater, { outputMode, keys, eventTime } = this.#parts, { watermarkMicros } = this.#context;
    if (this.#partial !== undefined) this.#updater.absorb(this.#partial, this.#context);
    if (keys.length === 0) table.upsert([], ONE_ROW, 1);
    this.#updated = table.touched().count;
    const closes = eventTime !== undefined && watermarkMicros !== null && outputMode !== "complete";
    if (outputMode === "update") this.#emit(table.touched());
    if (outputMode === "complete") this.#emit(inHashOrder(table, table.allAddresses(), this.#arena));
    if (closes) {
      const expired = table.expired(watermarkMicros);
      this.#removed = expired.count;
      if (expired.count > 0) {
        if (outputMode === "append") this.#emit(inHashOrder(table, expired, this.#arena));
        table.remove(expired);
      }
    }
    this.#next.finish();
  }

  changes(): readonly Uint8Array[] { return this.#updater.table.changes(); }
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array { return this.#updater.table.snapshot(fromKeyGroup, toKeyGroup); }
  load(block: Uint8Array): void { this.#updater.table.load(block); }

  metrics(): StateMetrics {
    return {
      operatorName: "stateStoreSave", rowsTotal: this.#updater.table.count, rowsUpdated: this.#updated, rowsRemoved: this.#removed,
      rowsDroppedByWatermark: this.#lateGroups?.count ?? 0, memoryBytes: this.#updater.bytes + (this.#lateGroups?.bytes ?? 0), lateRows: this.#lateRows, keptRows: this.#kept,
    };
  }

  windowCounts(limit: number): readonly WindowCount[] {
    const { eventTime } = this.#parts;
    if (eventTime?.field === undefined) return [];
    const { pointer, count } = this.#updater.table.allAddresses(), memory = linearMemory(), counts = new Map<bigint, number>();
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const rows = Math.min(BATCH_ROWS, count - from);
      const ends = this.#updater.table.keyVectors(pointer + 4 * from, rows, this.#arena)[eventTime.key]!.children[eventTime.field]!;
      for (let i = 0; i < rows; i++) {
        const end = memory.i64[ends.data / 8 + i]!;
        counts.set(end, (counts.get(end) ?? 0) + 1);
      }
      this.#arena.reset();
    }
    return [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1)).slice(0, limit).map(([end, groups]) => ({ endMicros: Number(end), groups }));
  }

  wantsBatch(watermarkMillis: number): boolean {
    return this.#parts.outputMode !== "complete" && this.#context.watermarkRisesTo(watermarkMillis);
  }

  release(): void {
    this.#updater.release();
    this.#partial?.release();
    this.#lateGroups?.release();
    this.#arena.release();
  }

  #emit({ pointer, count }: Addresses): void {
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const rows = Math.min(BATCH_ROWS, count - from);
      const columns: Vector[] = this.#updater.results(pointer + 4 * from, rows, this.#context, this.#arena);
      this.#next.push(new Batch(this.#parts.schema, columns, rows));
      this.#arena.reset();
      this.#context.arena.reset();
    }
  }

  /** `kept`: the rows of the batch's selection that are on time; the others are late. */
  #countLate(batch: Batch, kept: Selection): void {
    // A row of overlapping windows is late when the latest of its windows is closed.
    if (this.#context.windowIndex === 0) this.#lateRows += batch.count - kept.count;
    const late = differenceOf(batch.selection, kept, this.#context.arena);
    this.#lateGroups ??= new StateTable({ keyTypes: this.#updater.keyTypes, stateBytes: 0 });
    this.#lateGroups.upsert(this.#parts.keys.map(key => key.evaluate(batch, late, this.#context)), late, batch.length);
  }
}

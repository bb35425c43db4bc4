/**
 * Aggregation by sessions over a stream. A row opens a session of its key, from its time to its time plus the gap, or
 * joins those that it overlaps or touches to one, whose aggregates are merged. Append: a session comes out once, when the
 * watermark has passed its end, and leaves the state. Complete: all sessions, and nothing leaves. A row is late when its own
 * session ends at or before the watermark of the batch before, whatever it would touch. The rules, and what the metrics
 * count, are those of Spark's SessionWindowStateStoreSaveExec.
 */
import { BATCH_ROWS, Batch, type Selection } from "../columns/batch.ts";
import { differenceOf } from "../columns/selections.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import { GrowingBuffer } from "../state/growing-buffer.ts";
import { inHashOrder } from "../state/hash-order.ts";
import { SessionIndex } from "../state/session-index.ts";
import { StateTable, type Addresses } from "../state/state-table.ts";
import type { StructType } from "../types/data-type.ts";
import type { AggregateSpec, AggregateUpdater } from "./aggregate-updater.ts";
import { timeColumn } from "./assign-windows.ts";
import type { ExecutionContext } from "./context.ts";
import { dropLate } from "./event-time-key.ts";
import type { Operator } from "./operator.ts";
import { tellLate } from "./late-rows.ts";
import { sessionColumns, sessionTable } from "./session-table.ts";
import { sessionView } from "./session-view.ts";
import type { StateMetrics, StatefulOperator } from "./stateful.ts";
import type { StateView } from "./state-view.ts";

export interface StreamingSessionsParts {
  /** Keys, the session among them, then aggregates. */
  readonly schema: StructType;
  /** Without the session. */
  readonly keys: readonly Evaluator[];
  /** Which of the keys is the session. */
  readonly sessionKey: number;
  /** Where a row's own session begins and ends. */
  readonly start: Evaluator;
  readonly end: Evaluator;
  readonly aggregates: readonly AggregateSpec[];
  readonly operatorId: () => number;
  readonly outputMode: OutputMode;
}

export class StreamingSessions implements StatefulOperator {
  readonly #parts: StreamingSessionsParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #updater: AggregateUpdater;
  readonly #index: SessionIndex;
  /** Groups of this batch that were merged into others. */
  readonly #absorbed = new GrowingBuffer();
  readonly #arena = new Arena();
  /** Sessions of late rows by their keys, for Spark's count of them; made at the first late row. */
  #lateGroups: StateTable | undefined;
  #view: StateView | undefined;
  /** The table was loaded, the index does not know it yet. */
  #isLoaded = false;
  #absorbedCount = 0;
  #lateRows = 0;
  #removed = 0;
  #updated = 0;
  #kept = 0;
  /** Rows that are in no session, for want of a time or a gap, since the start. */
  timelessRows = 0;

  constructor(parts: StreamingSessionsParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.#updater = sessionTable(parts.keys, parts.start, parts.aggregates, true);
    this.#index = new SessionIndex(parts.keys.map(key => key.type));
  }

  get operatorId(): number { return this.#parts.operatorId(); }
  get fingerprint(): string { return this.#updater.table.fingerprint; }
  get stateView(): StateView { return (this.#view ??= sessionView(this.#parts, this.#updater, this.#context)); }

  beginBatch(): void {
    if (this.#isLoaded) this.#fillIndex();
    this.#updater.table.beginBatch();
    this.#index.beginBatch();
    this.#lateGroups?.clear();
    this.#absorbedCount = this.#lateRows = this.#removed = this.#updated = this.#kept = 0;
  }

  push(batch: Batch): boolean {
    const { keys, start, end } = this.#parts, context = this.#context, { arena } = context, { table } = this.#updater;
    const starts = timeColumn(start.evaluate(batch, batch.selection, context), batch.length, context);
    const ends = timeColumn(end.evaluate(batch, batch.selection, context), batch.length, context);
    const pointer = arena.allocate(4 * batch.count + 4);
    const timely: Selection = { pointer, count: kernels().selectSessions(starts.data, starts.valid, ends.data, ends.valid, batch.selection.pointer, batch.count, pointer) >>> 0 };
    this.timelessRows += batch.count - timely.count;
    const rows = dropLate(ends, timely, context);
    const columns = keys.map(key => key.evaluate(batch, timely, context));
    if (rows.count < timely.count) {
      this.#countLate([...columns, starts, ends], timely, rows, batch.length);
      tellLate(context, { operatorId: this.operatorId, operator: "sessionWindowStateStoreSaveExec", timeOf: "session end" }, batch, timely, rows, ends);
    }
    this.#kept += rows.count;
    if (rows.count === 0) return true;
    const assigned = this.#index.assign(columns, starts, ends, rows, batch.length, arena);
    if (assigned.fresh.count > 0) this.#index.bind(assigned, table.upsert([...columns, starts], assigned.fresh, batch.length));
    const groups = this.#index.groupsOf(assigned, table.stateOffset, arena);
    const merges = this.#index.merges(arena);
    if (merges.count > 0) this.#merge(merges);
    table.touch(groups, rows.count);
    this.#updater.updateAt(groups, batch, rows, context);
    return true;
  }

  finish(): void {
    const { table } = this.#updater, { outputMode } = this.#parts, { watermarkMicros } = this.#context;
    table.remove({ pointer: this.#absorbed.pointer, count: this.#absorbedCount });
    this.#updated = this.#index.touchedSessions();
    this.#removed = this.#index.replaced;
    if (outputMode === "complete") this.#emit(inHashOrder(table, table.allAddresses(), this.#arena));
    else if (watermarkMicros !== null) {
      const expired = table.expired(watermarkMicros);
      this.#removed += expired.count;
      if (expired.count > 0) {
        this.#emit(inHashOrder(table, expired, this.#arena));
        table.remove(expired);
      }
      this.#index.end(watermarkMicros);
    }
    this.#next.finish();
  }

  changes(): readonly Uint8Array[] { return this.#updater.table.changes(); }
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array { return this.#updater.table.snapshot(fromKeyGroup, toKeyGroup); }
  load(block: Uint8Array): void {
    this.#updater.table.load(block);
    this.#isLoaded = true;
  }

  metrics(): StateMetrics {
    return {
      operatorName: "sessionWindowStateStoreSaveExec", rowsTotal: this.#updater.table.count, rowsUpdated: this.#updated, rowsRemoved: this.#removed,
      rowsDroppedByWatermark: this.#lateGroups?.count ?? 0, memoryBytes: this.#updater.bytes + this.#index.bytes + (this.#lateGroups?.bytes ?? 0), lateRows: this.#lateRows, keptRows: this.#kept,
    };
  }

  wantsBatch(watermarkMillis: number): boolean {
    return this.#parts.outputMode !== "complete" && this.#context.watermarkRisesTo(watermarkMillis);
  }

  release(): void {
    this.#updater.release();
    this.#index.release();
    this.#absorbed.release();
    this.#lateGroups?.release();
    this.#arena.release();
  }

  /** What was merged into others stays where it is till the batch ends, when it is removed. */
  #merge({ into, from, count }: { readonly into: number; readonly from: number; readonly count: number }): void {
    const { u8 } = linearMemory(), before = this.#absorbedCount, absorbed = this.#absorbed.reserve(4 * (before + count), 4 * before);
    this.#updater.merge(into, from, count);
    u8.copyWithin(absorbed + 4 * before, from, from + 4 * count);
    this.#absorbedCount = before + count;
  }

  #fillIndex(): void {
    const { table } = this.#updater;
    this.#index.clear();
    const { pointer, count } = table.allAddresses();
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const rows = Math.min(BATCH_ROWS, count - from), addresses = pointer + 4 * from;
      this.#index.restore(table.keyVectors(addresses, rows, this.#arena).slice(0, -1), addresses, rows, table.stateOffset);
      this.#arena.reset();
    }
    this.#isLoaded = false;
  }

  #emit({ pointer, count }: Addresses): void {
    const { schema, sessionKey } = this.#parts, type = schema.fields[sessionKey]!.type as StructType;
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const rows = Math.min(BATCH_ROWS, count - from);
      const { keys, session, results } = sessionColumns(this.#updater, type, pointer + 4 * from, rows, this.#context, this.#arena);
      this.#next.push(new Batch(schema, [...keys.slice(0, sessionKey), session, ...keys.slice(sessionKey, -1), ...results], rows));
      this.#arena.reset();
      this.#context.arena.reset();
    }
  }

  /** `kept`: those of the rows that are on time. Rows with equal keys and times count once. */
  #countLate(columns: readonly Vector[], rows: Selection, kept: Selection, length: number): void {
    this.#lateRows += rows.count - kept.count;
    this.#lateGroups ??= new StateTable({ keyTypes: columns.map(column => column.type), stateBytes: 0 });
    this.#lateGroups.upsert(columns, differenceOf(rows, kept, this.#context.arena), length);
  }
}

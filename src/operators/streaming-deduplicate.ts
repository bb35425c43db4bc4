/**
 * dropDuplicates over a stream: the first row of each key comes out, at once. Keys leave the state when their event time
 * (or the end of their window) is behind the watermark; without one among the keys they stay. Within the watermark: a key
 * leaves when its first row's time plus the delay is behind it. Late rows are dropped in front whenever the input has a
 * watermark. The rules are those of Spark's StreamingDeduplicateExec and StreamingDeduplicateWithinWatermarkExec.
 */
import { Batch } from "../columns/batch.ts";
import { kernels } from "../kernels/kernels.ts";
import type { StateTable } from "../state/state-table.ts";
import type { StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import { SEEN_BYTES, deduplicateTable, deduplicateView } from "./deduplicate-view.ts";
import { type EventTimeKey } from "./event-time-key.ts";
import type { Operator } from "./operator.ts";
import { dropLateBy, judgedTime } from "./late-rows.ts";
import type { StateMetrics, StatefulOperator } from "./stateful.ts";
import type { StateView } from "./state-view.ts";
import type { OutputMode } from "../plan/output-mode.ts";

export interface StreamingDeduplicateParts {
  readonly schema: StructType;
  readonly keys: readonly number[];
  readonly operatorId: () => number;
  readonly outputMode: OutputMode;
  /** The key that closes state. */
  readonly eventTime: EventTimeKey | undefined;
  /** The input column with a watermark, or -1. */
  readonly lateColumn: number;
  /** dropDuplicatesWithinWatermark: how long a key is remembered after its first row's time. */
  readonly withinMicros: number | undefined;
}

export class StreamingDeduplicate implements StatefulOperator {
  readonly #parts: StreamingDeduplicateParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #table: StateTable;
  readonly #keySchema: StructType;
  #view: StateView | undefined;
  #updated = 0;
  #removed = 0;
  #late = 0;

  constructor(parts: StreamingDeduplicateParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    const { eventTime, withinMicros } = parts;
    this.#keySchema = { kind: "struct", fields: parts.keys.map(key => parts.schema.fields[key]!) };
    this.#table = deduplicateTable(this.#keySchema, withinMicros !== undefined, { logged: true, timeKey: eventTime && { key: eventTime.key, field: eventTime.field } });
  }

  get operatorId(): number { return this.#parts.operatorId(); }
  get fingerprint(): string { return this.#table.fingerprint; }
  get stateView(): StateView { return (this.#view ??= deduplicateView(this.#keySchema, this.#parts.withinMicros !== undefined, this.#table)); }

  beginBatch(): void {
    this.#table.beginBatch();
    this.#updated = this.#removed = this.#late = 0;
  }

  push(batch: Batch): boolean {
    const { lateColumn, keys, withinMicros } = this.#parts, { arena } = this.#context;
    const rows = dropLateBy(lateColumn, batch, this.#context, { operatorId: this.operatorId, operator: withinMicros === undefined ? "dedupe" : "dedupeWithinWatermark" });
    this.#late += batch.count - rows.count;
    if (rows.count === 0) return true;
    const out = arena.allocate(4 * rows.count + 4);
    const before = this.#table.touched().count, addresses = this.#table.upsert(keys.map(key => batch.columns[key]!), rows, batch.length);
    const count = kernels().selectUnseen(addresses, rows.pointer, rows.count, this.#table.stateOffset, out);
    this.#updated += count;
    const firsts = arena.allocate(4 * count + 4);
    kernels().alignAddresses(rows.pointer, addresses, out, count, firsts);
    this.#table.touchOnly(before, firsts, count);
    if (count > 0 && withinMicros !== undefined) {
      const time = judgedTime(batch.columns[lateColumn]!);
      kernels().storeExpiry(firsts, out, count, time.data, time.valid, BigInt(withinMicros), this.#table.stateOffset + SEEN_BYTES);
    }
    return count === 0 || this.#next.push(new Batch(batch.schema, batch.columns, batch.length, { pointer: out, count }));
  }

  finish(): void {
    const { watermarkMicros } = this.#context;
    if ((this.#parts.eventTime !== undefined || this.#parts.withinMicros !== undefined) && watermarkMicros !== null) {
      const expired = this.#table.expired(watermarkMicros);
      this.#removed = expired.count;
      if (expired.count > 0) this.#table.remove(expired);
    }
    this.#next.finish();
  }

  changes(): readonly Uint8Array[] { return this.#table.changes(); }
  snapshot(fromKeyGroup: number, toKeyGroup: number): Uint8Array { return this.#table.snapshot(fromKeyGroup, toKeyGroup); }
  load(block: Uint8Array): void { this.#table.load(block); }

  metrics(): StateMetrics {
    return {
      operatorName: this.#parts.withinMicros === undefined ? "dedupe" : "dedupeWithinWatermark", rowsTotal: this.#table.count, rowsUpdated: this.#updated, rowsRemoved: this.#removed,
      rowsDroppedByWatermark: this.#late, memoryBytes: this.#table.bytes, lateRows: this.#late,
    };
  }

  wantsBatch(watermarkMillis: number): boolean { return this.#context.watermarkRisesTo(watermarkMillis); }

  release(): void { this.#table.release(); }
}

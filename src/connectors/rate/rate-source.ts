/**
 * Spark's rate source: `rowsPerSecond` rows (timestamp, value), counted from the start of the query. Row v has the time
 * at which it was due, so that a range of values always reads the same. The offset is the number of rows.
 */
import { AnalysisError } from "../../base/errors.ts";
import type { Clock, Timer } from "../../base/clock.ts";
import { BATCH_ROWS, Batch } from "../../columns/batch.ts";
import { Vector } from "../../columns/vector.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, Split, StreamSource, Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import { BIGINT, TIMESTAMP, field, struct } from "../../types/data-type.ts";

const SCHEMA = struct([field("timestamp", TIMESTAMP, false), field("value", BIGINT, false)]);

/** The query is woken for the next row that is due, but not more often than this. */
const MIN_WAKE_MICROS = 1_000;

interface RateOffset { readonly startMicros: number; readonly rows: number }

/** `rowsPerSecond`: at least 1, default 1. */
export function rateTable(options: Readonly<Record<string, string>>, clock: Clock): Table {
  const rowsPerSecond = Number(options["rowspersecond"] ?? options["rowsPerSecond"] ?? "1");
  if (!Number.isInteger(rowsPerSecond) || rowsPerSecond < 1) throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `The option rowsPerSecond must be a whole number from 1 on, not ${options["rowsPerSecond"] ?? ""}.`,
    messageParameters: { option: "rowsPerSecond" },
  });
  return {
    name: "rate", description: `RateStreamV2[rowsPerSecond=${rowsPerSecond}]`, schema: SCHEMA, isStreaming: true, replayable: true,
    fingerprint: { rate: rowsPerSecond }, stream: () => new RateSource(rowsPerSecond, clock),
  };
}

class RateSource implements StreamSource {
  readonly replayable = true;
  readonly description: string;
  readonly #rowsPerSecond: number;
  readonly #clock: Clock;
  #startMicros: number | undefined;
  #wake: (() => void) | undefined;
  #timer: Timer | undefined;

  constructor(rowsPerSecond: number, clock: Clock) {
    this.description = `RateStreamV2[rowsPerSecond=${rowsPerSecond}]`;
    this.#rowsPerSecond = rowsPerSecond;
    this.#clock = clock;
  }

  async latest(from: Offset, limit: ReadLimit): Promise<Offset> {
    const before = from as RateOffset | null;
    this.#startMicros ??= before?.startMicros ?? this.#clock.nowMicros();
    const due = Math.max(0, Math.floor((this.#clock.nowMicros() - this.#startMicros) * this.#rowsPerSecond / 1e6));
    const rows = Math.max(before?.rows ?? 0, Math.min(due, (before?.rows ?? 0) + (limit.maxRows ?? Number.POSITIVE_INFINITY)));
    if (rows > (before?.rows ?? 0)) return { startMicros: this.#startMicros, rows } satisfies RateOffset;
    this.#wakeWhenDue(this.#startMicros + Math.ceil((rows + 1) * 1e6 / this.#rowsPerSecond));
    return from;
  }

  onData(wake: () => void): void { this.#wake = wake; }

  #wakeWhenDue(atMicros: number): void {
    if (this.#wake === undefined) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(Math.max(MIN_WAKE_MICROS, atMicros - this.#clock.nowMicros()), this.#wake, { unref: true });
  }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> {
    const { startMicros, rows } = to as RateOffset;
    return [{ startMicros, from: (from as RateOffset | null)?.rows ?? 0, to: rows }];
  }

  async read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { startMicros, from, to } = split as { startMicros: number; from: number; to: number };
    const arena = new Arena(), { memory } = arena;
    const schema = struct(request.columns.map(name => SCHEMA.fields.find(f => f.name === name)!));
    try {
      for (let start = from; start < to; start += BATCH_ROWS) {
        const count = Math.min(BATCH_ROWS, to - start);
        const columns = request.columns.map(name => {
          const data = arena.allocate(8 * count);
          const words = memory.u32, at = data >>> 2;
          for (let i = 0; i < count; i++) {
            const value = name === "value" ? start + i : startMicros + Math.floor((start + i) * 1e6 / this.#rowsPerSecond);
            words[at + 2 * i] = value >>> 0;
            words[at + 2 * i + 1] = Math.floor(value / 2 ** 32);
          }
          return new Vector(name === "value" ? BIGINT : TIMESTAMP, data, 0);
        });
        const more = receiver.push(new Batch(schema, columns, count));
        arena.reset();
        if (!more) return;
      }
    } finally {
      arena.release();
    }
  }

  committed(): void { /* nothing is kept */ }
  backlogRows(from: Offset, to: Offset): number { return ((to as RateOffset | null)?.rows ?? 0) - ((from as RateOffset | null)?.rows ?? 0); }
  stop(): void { this.#timer?.cancel(); }
}

/**
 * The machine's telemetry as a stream: CPU, memory, disk and network several times a second. What was measured once
 * can't be measured again, so the source declares that it doesn't replay: results over it are at most once.
 */
import { readFileSync } from "node:fs";
import type { Clock, Timer } from "../../base/clock.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, Split, StreamSource, Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { Cell } from "../../types/cell.ts";
import { DOUBLE, STRING, TIMESTAMP, field, struct } from "../../types/data-type.ts";
import { MachineSampler, type ReadText } from "./counters.ts";

const SCHEMA = struct([field("at", TIMESTAMP, false), field("metric", STRING, false), field("device", STRING, false), field("value", DOUBLE, false), field("unit", STRING, false)]);

/** Samples kept while the query doesn't read; then sampling pauses, and the pause is counted. */
const MAX_WAITING_SAMPLES = 3_000;

/** Option `samplesPerSecond`: 0.1 to 100, default 5. */
export function telemetryTable(options: Readonly<Record<string, string>>, clock: Clock, read: ReadText = readKernelFile): Table {
  const samplesPerSecond = Math.min(100, Math.max(0.1, Number(options["samplesPerSecond"] ?? "5") || 5));
  return {
    name: "telemetry", description: "MachineTelemetry[/proc]", schema: SCHEMA, isStreaming: true, replayable: false,
    fingerprint: { telemetry: true }, stream: () => new TelemetrySource(1e6 / samplesPerSecond, clock, read),
  };
}

class TelemetrySource implements StreamSource {
  readonly description = "MachineTelemetry[/proc]";
  readonly replayable = false;
  readonly #intervalMicros: number;
  readonly #clock: Clock;
  readonly #sampler: MachineSampler;
  /** Rows of each sample that isn't committed, by its number. */
  readonly #samples = new Map<number, readonly (readonly Cell[])[]>();
  #last = -1;
  #skipped = 0;
  #timer: Timer | undefined;
  #frozen = false;
  #wake: () => void = () => {};

  constructor(intervalMicros: number, clock: Clock, read: ReadText) {
    this.#intervalMicros = intervalMicros;
    this.#clock = clock;
    this.#sampler = new MachineSampler(read);
    this.#sampler.sample(clock.nowMicros());
  }

  async latest(from: Offset, _limit: ReadLimit): Promise<Offset> {
    const before = (from as number | null) ?? -1;
    if (this.#timer === undefined && !this.#frozen) {
      this.#last = before; // Numbers go on where an earlier run stopped; its samples are gone.
      this.#schedule();
    }
    const end = Math.max(before, this.#last);
    return end < 0 ? null : end;
  }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> { return [{ from: ((from as number | null) ?? -1) + 1, to }]; }

  async read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { from, to } = split as { from: number; to: number }, arena = new Arena();
    const rows: (readonly Cell[])[] = [];
    for (let sample = from; sample <= to; sample++) rows.push(...(this.#samples.get(sample) ?? []));
    try {
      for (const batch of batchesOf(SCHEMA, rows, arena, { columns: request.columns })) {
        receiver.push(batch);
        arena.reset();
      }
    } finally {
      arena.release();
    }
  }

  async freeze(): Promise<void> {
    this.#timer?.cancel();
    this.#frozen = true;
  }

  committed(to: Offset): void {
    for (const sample of this.#samples.keys()) if (sample <= (to as number)) this.#samples.delete(sample);
  }

  onData(wake: () => void): void { this.#wake = wake; }
  metrics(): Readonly<Record<string, string>> { return { skippedSamples: String(this.#skipped) }; }
  stop(): void { this.#timer?.cancel(); }

  #schedule(): void {
    this.#timer = this.#clock.after(this.#intervalMicros, () => {
      this.#take();
      this.#schedule();
    });
  }

  #take(): void {
    if (this.#samples.size >= MAX_WAITING_SAMPLES) {
      this.#skipped++;
      return;
    }
    const now = this.#clock.nowMicros(), at = BigInt(now);
    this.#samples.set(++this.#last, this.#sampler.sample(now).map(measure => [at, measure.metric, measure.device, measure.value, measure.unit]));
    this.#wake();
  }
}

function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

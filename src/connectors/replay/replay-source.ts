/**
 * Replays an NDJSON file as it once happened: a row becomes available when the replay's clock reaches its arrival time.
 * The file is sorted by the arrival column; the clock starts at the first arrival and runs `speed` times as fast as the
 * world's. After a restart it goes on from where the last decided batch was.
 *
 * Options: `path`; `arrivalColumn`, a TIMESTAMP as ISO text in each row; `speed`, default 1.
 */
import { AnalysisError } from "../../base/errors.ts";
import type { Clock, Timer } from "../../base/clock.ts";
import type { Files } from "../../base/files.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, Split, StreamSource, Table } from "../../io/source.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { fileTable } from "../files/file-table.ts";
import { optionOf } from "../../formats/options.ts";
import type { FileRange } from "../files/file-reader.ts";
import { parseTimestamp } from "../../types/datetime-text.ts";
import { findTimeZone } from "../../types/time-zone.ts";

/** Looked at this often; a batch then takes all rows that became due. */
const TICK_MICROS = 100_000;
const CHUNK_BYTES = 256 * 1024;

interface ReplayOffset { readonly bytes: number; readonly arrivalMicros: number }

export async function replayTable(read: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  const path = read.paths[0] ?? optionOf(read.options, "path"), arrivalColumn = optionOf(read.options, "arrivalColumn");
  if (path === undefined || arrivalColumn === undefined) throw invalid("A replay needs the options path and arrivalColumn.");
  const speed = Number(optionOf(read.options, "speed") ?? "1");
  if (!(speed > 0)) throw invalid("The option speed must be greater than 0.");
  const inner = await fileTable({ ...read, format: "json", paths: [path], isStreaming: false }, environment);
  const description = `ReplaySource[${path}, ${speed}x]`;
  return {
    name: `replay.\`${path}\``, description, schema: inner.schema, schemaIsInferred: inner.schemaIsInferred === true, isStreaming: true, replayable: true, fingerprint: { replay: path, arrivalColumn },
    stream: () => new ReplaySource(path, arrivalColumn, speed, description, inner.batch!(), environment.files, environment.clock),
  };
}

class ReplaySource implements StreamSource {
  readonly replayable = true;
  readonly description: string;
  readonly #path: string;
  readonly #pattern: RegExp;
  readonly #speed: number;
  readonly #inner: ReturnType<NonNullable<Table["batch"]>>;
  readonly #files: Files;
  readonly #clock: Clock;
  /** Lines read ahead, with the byte behind each and its arrival. */
  #ahead: { readonly end: number; readonly arrivalMicros: number }[] = [];
  /** Of the line read last; undefined before the first that has one. */
  #arrivalMicros: number | undefined;
  #readTo = 0;
  #rest = "";
  #atEnd = false;
  #base: { readonly arrivalMicros: number; readonly clockMicros: number } | undefined;
  #timer: Timer | undefined;
  #frozenMicros: number | undefined;

  constructor(path: string, arrivalColumn: string, speed: number, description: string, inner: ReturnType<NonNullable<Table["batch"]>>, files: Files, clock: Clock) {
    this.#path = path;
    this.#pattern = new RegExp(`"${arrivalColumn.replaceAll(/[\\^$.|?*+()[\]{}]/g, "\\$&")}"\\s*:\\s*"([^"]*)"`);
    this.#speed = speed;
    this.description = description;
    this.#inner = inner;
    this.#files = files;
    this.#clock = clock;
  }

  get ended(): boolean { return this.#atEnd && this.#ahead.length === 0; }

  async latest(from: Offset, limit: ReadLimit): Promise<Offset> {
    const before = from as ReplayOffset | null;
    if (this.#base === undefined) {
      this.#readTo = before?.bytes ?? 0;
      this.#arrivalMicros = before?.arrivalMicros;
      this.#fill();
      const first = before?.arrivalMicros ?? this.#ahead[0]?.arrivalMicros;
      if (first === undefined) return from;
      this.#base = { arrivalMicros: first, clockMicros: this.#frozenMicros ?? this.#clock.nowMicros() };
    }
    const now = this.#base.arrivalMicros + ((this.#frozenMicros ?? this.#clock.nowMicros()) - this.#base.clockMicros) * this.#speed;
    const maxRows = limit.maxRows ?? 100_000;
    let end = before, rows = 0;
    for (;;) {
      if (this.#ahead.length === 0) this.#fill();
      const next = this.#ahead[0];
      if (next === undefined || next.arrivalMicros > now || rows === maxRows) break;
      end = { bytes: next.end, arrivalMicros: next.arrivalMicros };
      this.#ahead.shift();
      rows++;
    }
    return end;
  }

  async freeze(): Promise<void> { this.#frozenMicros = this.#clock.nowMicros(); }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> {
    return [{ path: this.#path, from: (from as ReplayOffset | null)?.bytes ?? 0, to: (to as ReplayOffset).bytes, modifiedMicros: 0 } satisfies FileRange];
  }

  read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> { return this.#inner.read(split, request, receiver); }
  committed(): void { /* the file keeps everything */ }

  onData(wake: () => void): void {
    const tick = () => {
      wake();
      if (!this.ended) this.#timer = this.#clock.after(TICK_MICROS, tick);
    };
    this.#timer = this.#clock.after(TICK_MICROS, tick);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#inner.close?.();
  }

  /** Reads one more chunk of lines ahead. */
  #fill(): void {
    const status = this.#files.status(this.#path);
    if (status === undefined) throw invalid(`The file ${this.#path} is gone.`);
    const handle = this.#files.open(this.#path, "read");
    try {
      while (this.#ahead.length === 0 && !this.#atEnd) {
        const bytes = new Uint8Array(CHUNK_BYTES), length = handle.readAt(bytes, 0, bytes.length, this.#readTo);
        let lineStart = this.#readTo - this.#rest.length;
        const text = this.#rest + Buffer.from(bytes.buffer, 0, length).toString("latin1");
        this.#readTo += length;
        const lines = text.split("\n");
        this.#rest = length === 0 ? "" : lines.pop()!;
        for (const line of lines) {
          if (length === 0 && line === "") break;
          const end = Math.min(lineStart + line.length + 1, status.bytes);
          lineStart = end;
          const arrival = this.#pattern.exec(line)?.[1], micros = arrival === undefined ? null : parseTimestamp(arrival, findTimeZone("UTC")!);
          if (micros !== null && micros !== undefined) {
            // Rows in front of the first arrival come with it.
            if (this.#arrivalMicros === undefined) this.#ahead = this.#ahead.map(row => ({ end: row.end, arrivalMicros: Number(micros) }));
            this.#arrivalMicros = Number(micros);
          }
          // A row without a readable arrival comes with the one before it.
          this.#ahead.push({ end, arrivalMicros: this.#arrivalMicros ?? 0 });
        }
        if (length === 0) this.#atEnd = true;
      }
    } finally {
      handle.close();
    }
  }
}

function invalid(message: string): AnalysisError {
  return new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message });
}

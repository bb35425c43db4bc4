/** One line at the foot of the terminal that says how a stream does. Only on a terminal. */
import type { StreamExecution } from "../stream/stream-execution.ts";
import type { StreamingQueryProgress } from "../stream/progress.ts";
import type { Terminal } from "./terminal.ts";

const EVERY_MILLIS = 250;

export class StatusLine {
  readonly #terminal: Terminal;
  readonly #query: StreamExecution;
  #rows = 0;
  #sinceMillis = Date.now();
  #lateRows = 0;
  #shown = 0;

  constructor(terminal: Terminal, query: StreamExecution) {
    this.#terminal = terminal;
    this.#query = query;
  }

  progress(progress: StreamingQueryProgress): void {
    this.#rows += progress.numInputRows;
    this.#lateRows += progress.millrace.lateRows;
    const now = Date.now();
    if (!this.#terminal.errIsTerminal || now - this.#shown < EVERY_MILLIS) return;
    const text = `${statusText(progress, this.#rows / Math.max(0.001, (now - this.#sinceMillis) / 1000), this.#lateRows)}, ${this.#query.guarantee}`;
    this.#shown = now;
    this.#terminal.err(`\r\x1b[2K${text.slice(0, this.#terminal.columns - 1)}`);
  }

  end(): void {
    if (this.#terminal.errIsTerminal && this.#shown > 0) this.#terminal.err("\r\x1b[2K");
  }
}

/** `1,204 rows/s, batch 3.1 ms, watermark 14:31:35, late 12, state 4,239 rows 0.94 MB`. */
export function statusText(progress: StreamingQueryProgress, rowsPerSecond: number, lateRows: number): string {
  const count = (value: number) => Math.round(value).toLocaleString("en-US");
  const stateRows = progress.stateOperators.reduce((sum, one) => sum + one.numRowsTotal, 0), stateBytes = progress.stateOperators.reduce((sum, one) => sum + one.memoryUsedBytes, 0);
  const parts = [`${count(rowsPerSecond)} rows/s`, `batch ${(progress.millrace.durationMicros.triggerExecution / 1000).toFixed(1)} ms`];
  if (progress.eventTime.watermark !== undefined) parts.push(`watermark ${progress.eventTime.watermark.replace("T", " ").slice(0, 19)}`, `late ${count(lateRows)}`);
  if (progress.stateOperators.length > 0) parts.push(`state ${count(stateRows)} rows ${(stateBytes / 1e6).toFixed(2)} MB`);
  if (progress.millrace.deadLetters > 0) parts.push(`dead letters ${count(progress.millrace.deadLetters)}`);
  return parts.join(", ");
}

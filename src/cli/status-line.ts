/** One line at the foot of the terminal that says how a stream does. Only on a terminal. */
import type { StreamExecution } from "../stream/stream-execution.ts";
import type { StreamingQueryProgress } from "../stream/progress.ts";
import { progressLine } from "../stream/progress-text.ts";
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
    const text = `${progressLine(progress, { rowsPerSecond: this.#rows / Math.max(0.001, (now - this.#sinceMillis) / 1000), lateRows: this.#lateRows })}, ${this.#query.guarantee}`;
    this.#shown = now;
    this.#terminal.err(`\r\x1b[2K${text.slice(0, this.#terminal.columns - 1)}`);
  }

  end(): void {
    if (this.#terminal.errIsTerminal && this.#shown > 0) this.#terminal.err("\r\x1b[2K");
  }
}

/** Rows as a table, NDJSON or CSV on standard output. */
import type { Rows } from "../api/engine.ts";
import { showText } from "../api/show.ts";
import { batchesOf } from "../columns/row-batches.ts";
import { csvEncoder } from "../formats/csv/csv-encoder.ts";
import { jsonEncoder } from "../formats/json/json-encoder.ts";
import { Arena } from "../memory/arena.ts";
import type { StructType } from "../types/data-type.ts";
import type { Terminal } from "./terminal.ts";

export type ResultFormat = "table" | "ndjson" | "csv";

/** A table of a bounded result is printed in parts of so many rows, each with its own widths. */
const TABLE_ROWS = 1_000;

export class ResultPrinter {
  readonly #format: ResultFormat;
  readonly #schema: StructType;
  readonly #timeZone: string;
  readonly #terminal: Terminal;
  #waiting: (readonly (Rows[number])[number][])[] = [];
  #printed = false;

  constructor(format: ResultFormat, schema: StructType, timeZone: string, terminal: Terminal) {
    this.#format = format;
    this.#schema = schema;
    this.#timeZone = timeZone;
    this.#terminal = terminal;
  }

  /** Rows of a bounded query. */
  rows(rows: Rows): void {
    if (this.#format !== "table") return this.#lines(rows);
    this.#waiting.push(...rows);
    if (this.#waiting.length >= TABLE_ROWS) this.#table();
  }

  /** The rows of one batch of a stream. */
  batch(batchId: number, rows: Rows): void {
    if (this.#format !== "table") return this.#lines(rows);
    if (rows.length === 0) return;
    this.#terminal.out(`Batch ${batchId}\n${showText(this.#schema, rows, { numRows: rows.length, truncate: 0, timeZone: this.#timeZone })}`);
    this.#printed = true;
  }

  end(): void {
    if (this.#format === "table" && (this.#waiting.length > 0 || !this.#printed)) this.#table();
  }

  #table(): void {
    const rows = this.#waiting;
    this.#waiting = [];
    this.#printed = true;
    this.#terminal.out(showText(this.#schema, rows, { numRows: rows.length, truncate: 0, timeZone: this.#timeZone }));
  }

  #lines(rows: Rows): void {
    const encoder = this.#format === "csv" ? csvEncoder(this.#schema, { header: "true" }, this.#timeZone) : jsonEncoder(this.#schema, {}, this.#timeZone), arena = new Arena();
    if (!this.#printed) this.#terminal.out(Buffer.from(encoder.header()).toString("utf8"));
    this.#printed = true;
    for (const batch of batchesOf(this.#schema, rows, arena)) {
      this.#terminal.out(Buffer.from(encoder.encode(batch)).toString("utf8"));
      arena.reset();
    }
    arena.release();
  }
}

/** A file as one row of text. */
import { ExecutionError } from "../../base/errors.ts";
import { Batch } from "../../columns/batch.ts";
import { writeView } from "../../columns/cells.ts";
import { Vector } from "../../columns/vector.ts";
import { Arena } from "../../memory/arena.ts";
import { STRING, type StructType } from "../../types/data-type.ts";
import { ByteWindow } from "../byte-window.ts";
import type { DecodedBatch, FormatReader } from "../format-reader.ts";

/** What one STRING can hold. */
const MAX_BYTES = 1 << 30;

export class WholeTextReader implements FormatReader {
  readonly #schema: StructType;
  readonly #window = new ByteWindow();
  readonly #arena = new Arena();
  #done = false;
  readonly boundary = undefined;

  constructor(schema: StructType) { this.#schema = schema; }

  space(): { pointer: number; length: number } { return this.#window.space(); }
  filled(bytes: number): void {
    this.#window.filled(bytes);
    if (this.#window.tail - this.#window.head > MAX_BYTES) throw new ExecutionError({ condition: "MILLRACE_FILE_TOO_LARGE", sqlState: "54000", message: `A file read with wholetext may have ${MAX_BYTES} bytes at most.` });
  }
  end(): void { this.#window.end(); }

  reset(offset = 0): void {
    this.#window.reset(offset);
    this.#done = false;
  }

  next(): DecodedBatch | undefined {
    if (!this.#window.ended || this.#done) return undefined;
    this.#done = true;
    this.#arena.reset();
    const { head, tail } = this.#window, { memory } = this.#arena, view = this.#arena.allocate(16), text = memory.bytes.toString("utf8", head, tail);
    if (text.includes("\ufffd")) {
      const bytes = Buffer.from(text), copy = this.#arena.allocate(bytes.length + 1);
      memory.u8.set(bytes, copy);
      writeView(view, copy, bytes.length);
    } else writeView(view, head, tail - head);
    return { batch: new Batch(this.#schema, this.#schema.fields.map(() => new Vector(STRING, view, 0)), 1), badRecords: [] };
  }

  release(): void {
    this.#window.release();
    this.#arena.release();
  }
}

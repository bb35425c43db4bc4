/** Files that are one JSON document each: an object is a row, an array a row an element. */
import { ExecutionError } from "../../base/errors.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import { ByteWindow } from "../byte-window.ts";
import type { DecodedBatch, FormatReader } from "../format-reader.ts";
import { NdjsonDecoder } from "./ndjson-decoder.ts";
import type { NdjsonReaderOptions } from "./ndjson-reader.ts";

/** A document is held whole. */
const MAX_BYTES = 1 << 30;

export class JsonDocumentReader implements FormatReader {
  readonly #decoder: NdjsonDecoder;
  readonly #window: ByteWindow;
  readonly boundary = undefined;

  constructor(schema: StructType, options: NdjsonReaderOptions) {
    this.#decoder = new NdjsonDecoder(schema, options);
    this.#window = new ByteWindow(options.chunkBytes, options.account);
  }

  space(): { pointer: number; length: number } { return this.#window.space(); }
  end(): void { this.#window.end(); }
  filled(bytes: number): void {
    this.#window.filled(bytes);
    if (this.#window.tail - this.#window.head > MAX_BYTES) throw new ExecutionError({
      condition: "MILLRACE_FILE_TOO_LARGE", sqlState: "54000", message: `A JSON document over several lines may have ${MAX_BYTES} bytes at most.`, hint: "write it as lines, an object each, and leave multiLine out",
    });
  }

  reset(offset = 0): void {
    this.#window.reset(offset);
    this.#decoder.reset();
  }

  next(): DecodedBatch | undefined {
    const window = this.#window;
    while (window.ended && window.head < window.tail) {
      const { u8 } = linearMemory(), { head } = window;
      if (window.offset === 0 && u8[head] === 0xef && u8[head + 1] === 0xbb && u8[head + 2] === 0xbf) window.use(head + 3);
      const decoded = this.#decoder.document(window.head, window.tail, window.offset);
      if (decoded.consumedBytes > 0) window.use(window.tail);
      if (decoded.batch.length > 0) return decoded;
    }
    return undefined;
  }

  release(): void {
    this.#decoder.release();
    this.#window.release();
  }
}

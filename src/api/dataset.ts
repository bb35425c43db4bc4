/** Values of JavaScript in the place of rows: what a program without a declared output gives. */
import type { VariantCell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import { streamingAction } from "./api-errors.ts";
import type { FrameNode } from "./frame.ts";
import type { DataFrame } from "./data-frame.ts";
import { structTypeOf, type Schema } from "./schema.ts";
import type { ActionOptions } from "./streaming-query.ts";

export interface Dataset<out T> extends AsyncIterable<T> {
  /** All values. Of a query that ends. */
  collect(options?: ActionOptions): Promise<T[]>;
  take(n: number, options?: ActionOptions): Promise<T[]>;
  /** The values as rows of a schema: a frame, which may be a stream. */
  toDF<R>(schema: Schema<R>): DataFrame<R>;
}

export class DatasetNode {
  /** A frame of one VARIANT column, which holds the values as they are. */
  readonly #values: FrameNode;
  readonly #asRows: (output: StructType) => FrameNode;

  constructor(values: FrameNode, asRows: (output: StructType) => FrameNode) {
    this.#values = values;
    this.#asRows = asRows;
    Object.freeze(this);
  }

  async collect(options?: ActionOptions): Promise<unknown[]> {
    const all: unknown[] = [];
    for await (const value of this.#read(options)) all.push(value);
    return all;
  }

  async take(n: number, options?: ActionOptions): Promise<unknown[]> {
    const some: unknown[] = [];
    if (n > 0) for await (const value of this.#read(options)) if (some.push(value) >= n) break;
    return some;
  }

  toDF(schema: Schema<unknown>): FrameNode { return this.#asRows(structTypeOf(schema)); }

  [Symbol.asyncIterator](): AsyncGenerator<unknown> { return this.#read(); }

  async *#read(options?: ActionOptions): AsyncGenerator<unknown> {
    const { session, relation, isStreaming } = this.#values;
    if (isStreaming) throw streamingAction("collect", "give the program an `output` schema, or call toDF(schema); then use writeStream, or iterate()");
    const { batches } = await session.engine.execute(relation, { signal: options?.signal });
    for await (const rows of batches) for (const [cell] of rows) yield (cell as VariantCell).variant;
  }
}


/** The edges of a program: rows of columns as the objects that its handlers read, and the objects they give as columns. */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { cellAt } from "../columns/cells.ts";
import { RowResults } from "../columns/row-results.ts";
import type { Vector } from "../columns/vector.ts";
import { ExecutionError } from "../base/errors.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import { rowWriter, valueReader } from "../types/edge-values.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

/** Makes plain objects of rows of columns. */
export class ObjectReader {
  readonly #names: readonly string[];
  readonly #readers: readonly ((cell: Cell) => unknown)[];
  /** A row whose values are still to be set: a copy has its shape at once. */
  readonly #empty: Readonly<Record<string, unknown>>;
  #columns: readonly Vector[] = [];

  constructor(schema: StructType) {
    this.#empty = Object.fromEntries(schema.fields.map(field => [field.name, null]));
    this.#names = schema.fields.map(field => field.name);
    this.#readers = schema.fields.map(field => valueReader(field.type));
  }

  /** The columns that are read from now on. */
  over(columns: readonly Vector[]): this {
    this.#columns = columns;
    return this;
  }

  read(row: number): Record<string, unknown> {
    const object: Record<string, unknown> = { ...this.#empty }, names = this.#names, columns = this.#columns;
    for (let i = 0; i < names.length; i++) object[names[i]!] = this.#readers[i]!(cellAt(columns[i]!, row));
    return object;
  }
}

/** The rows of one key: made as they are asked for, as often as asked, during the call. */
export class KeyRows implements Iterable<unknown> {
  readonly #reader: ObjectReader;
  /** Pointer to their numbers, u32 each. */
  readonly #rows: number;
  readonly count: number;
  #isOver = false;
  /** How many were read: for errors. */
  position = 0;

  constructor(reader: ObjectReader, rows: number, count: number) {
    this.#reader = reader;
    this.#rows = rows;
    this.count = count;
  }

  end(): void { this.#isOver = true; }

  *[Symbol.iterator](): Generator<unknown> {
    const { u32 } = linearMemory(), at = this.#rows >>> 2;
    for (let i = 0; i < this.count; i++) {
      if (this.#isOver) throw new ExecutionError({ condition: "MILLRACE_ROWS_OUTSIDE_CALL", sqlState: "55000", message: "The rows of a key can be read only during the call that they were handed to.", hint: "copy what you want to keep: [...rows]" });
      this.position = i + 1;
      yield this.#reader.read(u32[at + i]!);
    }
  }
}

/** Collects rows that handlers give, and pushes them on as columns. */
export class ObjectOutput {
  readonly #schema: StructType;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #write: (row: object) => Cell[];
  #rows: Cell[][] = [];
  /** While rows are with the operators behind: what is thrown then is theirs. */
  isPushing = false;

  constructor(schema: StructType, context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#context = context;
    this.#next = next;
    this.#write = rowWriter(schema);
  }

  /** The cells of the row, for checks. */
  add(row: unknown): readonly Cell[] {
    if (typeof row !== "object" || row === null) {
      throw new ExecutionError({ condition: "MILLRACE_NOT_A_ROW", sqlState: "42804", message: `A row is an object with the columns ${this.#schema.fields.map(field => field.name).join(", ")}; this is ${row === null ? "null" : `a ${typeof row}`}.`, hint: "yield { column: value, ... }; a handler without rows yields nothing" });
    }
    if ("then" in row && typeof row.then === "function") throw notAwaited("yielded");
    const cells = this.#write(row);
    this.#rows.push(cells);
    if (this.#rows.length === BATCH_ROWS) this.flush();
    return cells;
  }

  flush(): void {
    const rows = this.#rows, { arena } = this.#context;
    if (rows.length === 0) return;
    this.#rows = [];
    const mark = arena.mark();
    const columns = this.#schema.fields.map(({ type }, i) => {
      const results = new RowResults(type, rows.length, arena);
      for (let row = 0; row < rows.length; row++) results.set(row, rows[row]![i]!);
      return results.finish();
    });
    this.isPushing = true;
    this.#next.push(new Batch(this.#schema, columns, rows.length));
    this.isPushing = false;
    arena.rewind(mark);
  }
}

export function notAwaited(how: string): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_ASYNC_HANDLER", sqlState: "42804", message: `A promise was ${how} by a handler; handlers with state are synchronous, so that a batch can be run again with the same result.`,
    hint: "do what has to be awaited before the grouping, with mapAsync(), or behind it, in foreachBatch()",
  });
}

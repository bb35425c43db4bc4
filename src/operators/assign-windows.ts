/**
 * Appends the time window of each row as a last column. Rows without a time are in no window. With overlapping windows
 * the batch is passed on once for each window that a row can be in, latest first.
 */
import { Batch, type Selection } from "../columns/batch.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Evaluator } from "../plan/function.ts";
import { TIMESTAMP, type StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export interface WindowSpec { readonly sizeMicros: number; readonly slideMicros: number; readonly startMicros: number; readonly type: Vector["type"] }

export class AssignWindows implements Operator {
  readonly #schema: StructType;
  readonly #time: Evaluator;
  readonly #spec: WindowSpec;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  /** Rows without a time, which are in no window, since the start. */
  timelessRows = 0;

  /** `schema`: the input's columns and the window's. */
  constructor(schema: StructType, time: Evaluator, spec: WindowSpec, context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#time = time;
    this.#spec = spec;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const { arena } = this.#context, kernel = kernels(), { sizeMicros, slideMicros, startMicros } = this.#spec;
    const timed = timedRows(this.#time, batch, this.#context), { time } = timed;
    let { rows } = timed;
    this.timelessRows += batch.count - rows.count;
    const starts = arena.allocate(8 * batch.length), ends = arena.allocate(8 * batch.length);
    kernel.assignWindows(time.data, rows.pointer, rows.count, BigInt(sizeMicros), BigInt(slideMicros), BigInt(startMicros), starts, ends);
    const window = new Vector(this.#spec.type, 0, 0, { children: [new Vector(TIMESTAMP, starts, 0), new Vector(TIMESTAMP, ends, 0)] });
    const columns = [...batch.columns, window];
    let more = true;
    this.#context.windowIndex = 0;
    while (rows.count > 0) {
      more = this.#next.push(new Batch(this.#schema, columns, batch.length, rows));
      if (slideMicros >= sizeMicros) break;
      const pointer = arena.allocate(4 * rows.count + 4);
      rows = { pointer, count: kernel.previousWindows(time.data, rows.pointer, rows.count, BigInt(slideMicros), starts, ends, pointer) };
      this.#context.windowIndex++;
    }
    this.#context.windowIndex = 0;
    return more;
  }

  finish(): void { this.#next.finish(); }
}

/** A constant time (a literal) as a value a row. */
export function timeColumn(vector: Vector, rows: number, context: ExecutionContext): Vector {
  if (!vector.isConstant) return vector;
  const { arena } = context, { memory } = arena;
  const data = arena.allocate(8 * rows), valid = vector.valid === 0 ? 0 : arena.allocate(rows);
  memory.i64.fill(memory.i64[vector.data / 8]!, data / 8, data / 8 + rows);
  if (valid !== 0) memory.u8.fill(memory.u8[vector.valid]!, valid, valid + rows);
  return new Vector(vector.type, data, valid);
}

/** The times of a batch's rows, and those of its rows that have one. */
export function timedRows(times: Evaluator, batch: Batch, context: ExecutionContext): { readonly time: Vector; readonly rows: Selection } {
  const time = timeColumn(times.evaluate(batch, batch.selection, context), batch.length, context), rows = batch.selection;
  if (time.valid === 0) return { time, rows };
  const pointer = context.arena.allocate(4 * rows.count + 4);
  return { time, rows: { pointer, count: kernels().selectValid(time.valid, rows.pointer, rows.count, pointer) } };
}

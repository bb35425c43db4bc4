/** Appends the number of the slice that each row's time lies in, as a BIGINT. Rows without a time are in no window and left out. */
import { Batch } from "../columns/batch.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Evaluator } from "../plan/function.ts";
import { BIGINT, type StructType } from "../types/data-type.ts";
import { timedRows } from "./assign-windows.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import type { Slices } from "./slices.ts";

export class AssignSlices implements Operator {
  readonly #schema: StructType;
  readonly #time: Evaluator;
  readonly #slices: Slices;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  /** Rows without a time since the start. */
  timelessRows = 0;

  /** `schema`: the input's columns and the slice's. */
  constructor(schema: StructType, time: Evaluator, slices: Slices, context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#time = time;
    this.#slices = slices;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const { slideMicros, originMicros, cutMicros } = this.#slices, { time, rows } = timedRows(this.#time, batch, this.#context);
    this.timelessRows += batch.count - rows.count;
    if (rows.count === 0) return true;
    const numbers = this.#context.arena.allocate(8 * batch.length);
    kernels().assignSlices(time.data, rows.pointer, rows.count, BigInt(slideMicros), BigInt(originMicros), BigInt(cutMicros), numbers);
    return this.#next.push(new Batch(this.#schema, [...batch.columns, new Vector(BIGINT, numbers, 0)], batch.length, rows));
  }

  finish(): void { this.#next.finish(); }
}

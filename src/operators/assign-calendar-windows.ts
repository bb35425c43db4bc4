/** As AssignWindows, with windows of whole days in a time zone, whose lengths differ where clocks change. */
import { Batch } from "../columns/batch.ts";
import { Vector } from "../columns/vector.ts";
import { CalendarCells, calendarWindows, type CalendarWindowSpec } from "../eval/calendar-cells.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Evaluator } from "../plan/function.ts";
import type { CalendarWindows } from "../types/calendar-windows.ts";
import { TIMESTAMP, type DataType, type StructType } from "../types/data-type.ts";
import { timedRows } from "./assign-windows.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export class AssignCalendarWindows implements Operator {
  readonly #schema: StructType;
  readonly #time: Evaluator;
  readonly #type: DataType;
  readonly #windows: CalendarWindows;
  /** By how many windows they go back. */
  readonly #cells: CalendarCells[] = [];
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #overlap: boolean;
  timelessRows = 0;

  /** `schema`: the input's columns and the window's. */
  constructor(schema: StructType, time: Evaluator, spec: CalendarWindowSpec & { readonly type: DataType }, context: ExecutionContext, next: Operator) {
    this.#schema = schema;
    this.#time = time;
    this.#type = spec.type;
    this.#windows = calendarWindows(spec);
    this.#overlap = spec.slideMicros < spec.sizeMicros;
    this.#context = context;
    this.#next = next;
  }

  push(batch: Batch): boolean {
    const { arena } = this.#context, kernel = kernels(), timed = timedRows(this.#time, batch, this.#context), { time } = timed;
    let { rows } = timed, more = true;
    this.timelessRows += batch.count - rows.count;
    for (let back = 0; rows.count > 0; back++) {
      const starts = arena.allocate(8 * batch.length), ends = arena.allocate(8 * batch.length);
      (this.#cells[back] ??= new CalendarCells(this.#windows, back)).assign(time.data, rows, starts, ends, arena);
      const pointer = arena.allocate(4 * rows.count + 4);
      if (back > 0) rows = { pointer, count: kernel.selectBefore(time.data, ends, rows.pointer, rows.count, pointer) >>> 0 };
      if (rows.count === 0) break;
      const window = new Vector(this.#type, 0, 0, { children: [new Vector(TIMESTAMP, starts, 0), new Vector(TIMESTAMP, ends, 0)] });
      this.#context.windowIndex = back;
      more = this.#next.push(new Batch(this.#schema, [...batch.columns, window], batch.length, rows));
      if (!this.#overlap) break;
    }
    this.#context.windowIndex = 0;
    return more;
  }

  finish(): void { this.#next.finish(); }
}

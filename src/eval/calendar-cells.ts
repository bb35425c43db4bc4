/** Calendar windows of columns of times: a kernel looks times up among windows already met, the others are computed. */
import type { Selection } from "../columns/batch.ts";
import { rowAt } from "../functions/vectors.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { CalendarWindows } from "../types/calendar-windows.ts";
import { timeZone } from "../types/time-zone.ts";

/** A window by days of a zone, as an expression has it. */
export interface CalendarWindowSpec { readonly sizeMicros: number; readonly slideMicros: number; readonly startMicros: number; readonly timeZone: string }

export const calendarWindows = ({ sizeMicros, slideMicros, startMicros, timeZone: zone }: CalendarWindowSpec): CalendarWindows =>
  new CalendarWindows({ size: BigInt(sizeMicros), slide: BigInt(slideMicros), start: BigInt(startMicros), zone: timeZone(zone) });

const CELLS = 64, CELL_BYTES = 32;

/** Windows that began `back` windows before the last one that has begun. */
export class CalendarCells {
  readonly #windows: CalendarWindows;
  readonly #back: bigint;
  /** As the kernel wants them; the oldest gives way. */
  readonly #cells = new BigInt64Array(4 * CELLS);
  #met = 0;

  constructor(windows: CalendarWindows, back: number) {
    this.#windows = windows;
    this.#back = BigInt(back);
  }

  /** Writes start and end (i64 columns) of each selected row, none of whose times is null. */
  assign(data: number, rows: Selection, starts: number, ends: number, arena: Arena): void {
    const { i64 } = linearMemory(), cells = arena.allocate(CELLS * CELL_BYTES);
    i64.set(this.#cells, cells / 8);
    for (let first = 0; ;) {
      first = kernels().assignCells(data, rows.pointer, first, rows.count, cells, Math.min(this.#met, CELLS), starts, ends) >>> 0;
      if (first >= rows.count) return;
      this.#meet(i64[data / 8 + rowAt(rows, first)]!);
      i64.set(this.#cells, cells / 8);
    }
  }

  #meet(instant: bigint): void {
    const { number, from, to } = this.#windows.at(instant), window = this.#windows.window(number - this.#back);
    this.#cells.set([from, to, window.from, window.to], 4 * (this.#met++ % CELLS));
  }
}

/** Kernels of assembly/calendar-windows.ts. */
export interface CalendarWindowKernels {
  /**
   * Windows of times by cells (i64 each: from, to, start, end). Stops at the first row whose time lies in none, beginning with
   * row `first` of the selection; returns which it is, or `count`.
   */
  assignCells(data: number, selection: number, first: number, count: number, cells: number, cellCount: number, starts: number, ends: number): number;
  /** Rows whose time is before their end to `out` (u32); returns their number. */
  selectBefore(data: number, ends: number, selection: number, count: number, out: number): number;
}

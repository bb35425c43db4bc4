/** Kernels of assembly/expression-moments.ts. Rows, masks and validity as in ExpressionKernels; those that can fail return the first failing row, or -1. */
export interface MomentKernels {
  /** Of days: see DAY_PART. */
  dayPart(field: number, a: number, am: number, sel: number, count: number, out: number): void;
  /** Moments of a clock to the first moment of a year, quarter, month or week. */
  truncateMoments(field: number, a: number, am: number, sel: number, count: number, out: number): void;
  addMonths(a: number, am: number, b: number, bm: number, sel: number, count: number, out: number): void;
  scaleWhole(kind: number, factor: bigint, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  daysToMoments(a: number, am: number, sel: number, count: number, out: number): void;
  /** Instants to what clocks show (`toLocal` 1), or back, by a table of `spans` (i64 from, i64 offset) and an end; fails outside of it. */
  shiftMoments(toLocal: number, table: number, spans: number, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  /** Local microseconds as text by pairs of bytes of a pattern of fixed width, and back. */
  formatMoments(pattern: number, steps: number, width: number, a: number, am: number, valid: number, sel: number, count: number, out: number, heap: number): number;
  parseMoments(pattern: number, steps: number, width: number, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  viewsToDates(a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  viewsToMoments(a: number, am: number, valid: number, sel: number, count: number, out: number): number;
  viewsToFloats(kind: number, powersOfFive: number, a: number, am: number, valid: number, sel: number, count: number, out: number): number;
}

export const DAY_PART = { dayOfYear: 0, week: 1, weekYear: 2, lastDay: 3, yearStart: 4, quarterStart: 5, monthStart: 6, weekStart: 7, weekday: 8 } as const;

/** Kernels of assembly/event-time.ts. */
export interface EventTimeKernels {
  /** Least, greatest and sum of the event times, in milliseconds, as three i64 at `out`; null counts as the epoch. */
  eventTimeStats(data: number, valid: number, selection: number, count: number, out: number): void;
  /** Rows whose time is greater than `bound`, or null, to `out` (u32); returns their number. */
  selectLater(data: number, valid: number, selection: number, count: number, bound: bigint, out: number): number;
}

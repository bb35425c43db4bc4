/**
 * How overlapping windows are cut into slices: at each start and each end of a window, so that a slide has one slice where
 * the size is a multiple of it, else two (paired windows: Krishnamurthy, Wu and Franklin, On-the-fly sharing for streamed
 * aggregation, 2006). Slices and windows are numbered, both from the one that begins at the origin.
 */
import type { WindowSpec } from "./assign-windows.ts";

export interface Slices {
  readonly sizeMicros: number;
  readonly slideMicros: number;
  /** Where window 0 begins. */
  readonly originMicros: number;
  /** Where in a slide the second slice begins; 0: it has one. */
  readonly cutMicros: number;
  /** 0: one slice a slide, 1: two. Window w begins with slice w << shift. */
  readonly shift: 0 | 1;
  /** Slices in a window. */
  readonly span: number;
}

export function slicesOf({ sizeMicros, slideMicros, startMicros }: Omit<WindowSpec, "type">): Slices {
  const cutMicros = sizeMicros % slideMicros, slides = Math.floor(sizeMicros / slideMicros);
  return { sizeMicros, slideMicros, originMicros: startMicros, cutMicros, shift: cutMicros === 0 ? 0 : 1, span: cutMicros === 0 ? slides : 2 * slides + 1 };
}

/** Lower than any window. */
export const NO_WINDOW = -(2n ** 61n);
/** Higher than any window. */
export const ALL_WINDOWS = 2n ** 61n;

/** The last window that ends at or before a watermark. */
export function lastClosed({ sizeMicros, slideMicros, originMicros }: Slices, watermarkMicros: bigint): bigint {
  const from = watermarkMicros - BigInt(sizeMicros) - BigInt(originMicros), slide = BigInt(slideMicros), quotient = from / slide;
  return quotient * slide > from ? quotient - 1n : quotient;
}

/** The last slice of which all windows are at most `window`: each begins at or before it. */
export function lastSliceWithin({ shift }: Slices, window: bigint): bigint { return ((window + 1n) << BigInt(shift)) - 1n; }

/** The last slice that is in some window that is at most `window`. */
export function lastSliceIn({ shift, span }: Slices, window: bigint): bigint { return (window << BigInt(shift)) + BigInt(span) - 1n; }

/** The time that a slice covers, in microseconds: from the first, up to and without the second. */
export function boundsOf({ originMicros, slideMicros, cutMicros, shift }: Slices, slice: bigint): readonly [start: bigint, end: bigint] {
  const base = BigInt(originMicros) + (slice >> BigInt(shift)) * BigInt(slideMicros), cut = BigInt(cutMicros);
  if (shift === 0) return [base, base + BigInt(slideMicros)];
  return (slice & 1n) === 0n ? [base, base + cut] : [base + cut, base + BigInt(slideMicros)];
}

/** The slice that begins at this time, or the one that covers it. */
export function sliceAt(slices: Slices, micros: bigint): bigint {
  const from = micros - BigInt(slices.originMicros), slide = BigInt(slices.slideMicros), quotient = from / slide, slides = quotient * slide > from ? quotient - 1n : quotient;
  if (slices.shift === 0) return slides;
  return 2n * slides + (from - slides * slide >= BigInt(slices.cutMicros) ? 1n : 0n);
}

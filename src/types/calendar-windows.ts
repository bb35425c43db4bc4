/**
 * Windows of whole days as a zone's clocks count them: from a time of the day to the same time some days later, however long
 * that takes. A day on which the clocks change has 23 or 25 hours. A time that the clocks jump over is when they jump; of one
 * that they show twice, the first counts.
 */
import type { TimeZone } from "./time-zone.ts";

/** All in microseconds; `size` and `slide` are whole days of 24 hours. */
export interface CalendarSpec { readonly size: bigint; readonly slide: bigint; readonly start: bigint; readonly zone: TimeZone }

/** From `from` up to but without `to`. */
export interface Stretch { readonly from: bigint; readonly to: bigint }

export class CalendarWindows {
  readonly #spec: CalendarSpec;

  constructor(spec: CalendarSpec) { this.#spec = spec; }

  /** The number of the last window that has begun at an instant, and the stretch of time for which that is so. */
  at(instant: bigint): Stretch & { readonly number: bigint } {
    const { slide, start, zone } = this.#spec, since = zone.toLocal(instant) - start;
    let number = since / slide;
    if (number * slide > since) number--;
    // Where clocks go back, what they show does not tell whether a window has begun.
    while (instant >= this.#begin(number + 1n)) number++;
    while (instant < this.#begin(number)) number--;
    return { number, from: this.#begin(number), to: this.#begin(number + 1n) };
  }

  /** A window by its number. */
  window(number: bigint): Stretch {
    const { slide, size, start, zone } = this.#spec;
    return { from: this.#begin(number), to: zone.toInstant(number * slide + start + size) };
  }

  #begin(number: bigint): bigint {
    const { slide, start, zone } = this.#spec;
    return zone.toInstant(number * slide + start);
  }
}

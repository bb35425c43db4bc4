/** When the next batch may start. */
import type { Clock } from "../base/clock.ts";

export type Trigger =
  | { readonly kind: "default" }
  | { readonly kind: "processingTime"; readonly intervalMicros: number }
  | { readonly kind: "availableNow" }
  | { readonly kind: "once" };

/** Between the starts of two batches of the default trigger: saves CPU when rows trickle in, and costs little latency. */
export const MIN_INTERVAL_MICROS = 1_000;

/**
 * The moment of the next batch. Processing time: the next multiple of the interval, as Spark's ProcessingTimeExecutor
 * counts them; a batch that took longer than the interval is followed by the next at once.
 */
export function nextStartMicros(trigger: Trigger, lastStartMicros: number | undefined, clock: Clock): number {
  const now = clock.nowMicros();
  if (trigger.kind !== "processingTime" || trigger.intervalMicros === 0) return lastStartMicros === undefined ? now : Math.max(now, lastStartMicros + MIN_INTERVAL_MICROS);
  if (lastStartMicros === undefined) return now;
  const next = Math.floor(lastStartMicros / trigger.intervalMicros) * trigger.intervalMicros + trigger.intervalMicros;
  return Math.max(next, now);
}

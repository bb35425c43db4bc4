/** Catches batches that start too early, too late or not at multiples of their interval, and watermarks that move by another rule than Spark's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventTimeStats, EventTimeWatermark } from "../operators/event-time-watermark.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { MIN_INTERVAL_MICROS, nextStartMicros, type Trigger } from "./trigger.ts";
import { WatermarkTracker } from "./watermark-tracker.ts";

const SECOND = 1_000_000;

test("processing time: the first batch at once, then at multiples of the interval; one that took long is followed at once", () => {
  const trigger: Trigger = { kind: "processingTime", intervalMicros: 10 * SECOND }, at = (now: number) => new ManualClock(now * SECOND);
  const cases: readonly (readonly [last: number | undefined, now: number, next: number])[] = [
    [undefined, 103, 103], [103, 103.5, 110], [110, 110, 120], [110, 119.9, 120], [110, 120, 120], [110, 147, 147], [100, 109, 110], [147, 148, 150],
  ];
  for (const [last, now, next] of cases) assert.equal(nextStartMicros(trigger, last === undefined ? undefined : last * SECOND, at(now)), next * SECOND, `${last} ${now}`);
});

test("other triggers, and an interval of 0: as soon as the least pause is over", () => {
  for (const trigger of [{ kind: "default" }, { kind: "availableNow" }, { kind: "once" }, { kind: "processingTime", intervalMicros: 0 }] as const) {
    assert.equal(nextStartMicros(trigger, undefined, new ManualClock(5)), 5);
    assert.equal(nextStartMicros(trigger, 5, new ManualClock(6)), 5 + MIN_INTERVAL_MICROS);
    assert.equal(nextStartMicros(trigger, 5, new ManualClock(9 * SECOND)), 9 * SECOND);
  }
});

/** What a tracker asks of an operator. */
class Watched implements Pick<EventTimeWatermark, "reached" | "takeStats" | "forget" | "isKept"> {
  watermarkMillis: number | null = null;
  isIdle = false;
  isKept = false;
  reached(): ReturnType<EventTimeWatermark["reached"]> { return { watermarkMillis: this.watermarkMillis, isIdle: this.isIdle }; }
  forget(): void { /* nothing is kept */ }
  stats: EventTimeStats | null = null;
  takeStats(): EventTimeStats | null {
    const { stats } = this;
    this.stats = null;
    return stats;
  }
}
const tracker = (operators: readonly Watched[], policy: "min" | "max", reached = 0): WatermarkTracker => new WatermarkTracker(operators as unknown as readonly EventTimeWatermark[], policy, { lateMillis: 0, usedMillis: 0, nextMillis: reached }, 0);

test("min: the slowest operator, and one without rows counts as the epoch; max: the fastest; never backwards", () => {
  const a = new Watched(), b = new Watched(), min = tracker([a, b], "min"), max = tracker([a, b], "max");
  assert.deepEqual([min.advance(0), max.advance(0)], [0, 0]);
  a.watermarkMillis = 5000;
  assert.deepEqual([min.advance(0), max.advance(0)], [0, 5000]);
  b.watermarkMillis = 3000;
  assert.deepEqual([min.advance(0), max.advance(0)], [3000, 5000]);
  b.watermarkMillis = -7000; // before 1970
  assert.deepEqual([min.advance(0), max.advance(0)], [3000, 5000]);
  assert.deepEqual([min.exists, tracker([], "min").exists, tracker([], "min", 7).advance(0)], [true, false, 7]);
});

test("an operator that is silent is left out of the least; if all are, the furthest counts; what is behind comes back in", () => {
  const a = new Watched(), b = new Watched(), min = tracker([a, b], "min");
  a.watermarkMillis = 5000;
  assert.equal(min.advance(0), 0);
  b.isIdle = true;
  assert.equal(min.advance(0), 5000);
  b.isIdle = false;
  b.watermarkMillis = 4000;
  a.watermarkMillis = 9000;
  assert.equal(min.advance(0), 5000, "not back, and no further than the one that is behind");
  a.isIdle = b.isIdle = true;
  assert.equal(min.advance(0), 9000);
});

test("after a restart the reached watermark stays until the operators are beyond it", () => {
  const a = new Watched(), one = tracker([a], "min", 9000);
  assert.equal(one.advance(0), 9000);
  a.watermarkMillis = 8000;
  assert.equal(one.advance(0), 9000);
  a.watermarkMillis = 9500;
  assert.equal(one.advance(0), 9500);
});

test("statistics are of the first operator that had rows, once a batch, the mean cut to whole milliseconds", () => {
  const a = new Watched(), b = new Watched(), both = tracker([a, b], "min");
  assert.equal(both.takeStats(), null);
  b.stats = { rows: 2, sumMillis: -5, minMillis: -3, maxMillis: -2 };
  assert.deepEqual(both.takeStats(), { min: -3, max: -2, avg: -2 });
  a.stats = { rows: 2, sumMillis: 11, minMillis: 5, maxMillis: 6 };
  b.stats = { rows: 1, sumMillis: 1, minMillis: 1, maxMillis: 1 };
  assert.deepEqual(both.takeStats(), { min: 5, max: 6, avg: 5 });
  assert.equal(both.takeStats(), null);
});

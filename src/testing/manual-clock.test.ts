/** Catches a test clock that moves by itself, fires out of order, or forgets what timers start. */
import assert from "node:assert/strict";
import test from "node:test";
import { sleep } from "../base/clock.ts";
import { ManualClock } from "./manual-clock.ts";

test("timers fire at their own time, earliest first", async () => {
  const clock = new ManualClock(1_000), seen: [string, number][] = [];
  clock.after(30, () => seen.push(["c", clock.nowMicros()]));
  clock.after(10, () => { seen.push(["a", clock.nowMicros()]); clock.after(5, () => seen.push(["b", clock.nowMicros()])); });
  const cancelled = clock.after(20, () => seen.push(["never", 0]));
  cancelled.cancel();
  await clock.advance(29);
  assert.deepEqual(seen, [["a", 1_010], ["b", 1_015]]);
  await clock.advance(1);
  assert.deepEqual(seen.at(-1), ["c", 1_030]);
  assert.equal(clock.monotonicMicros(), 30);
});

test("what sleeps wakes while time is moved, and sleeps again", async () => {
  const clock = new ManualClock(0), wakes: number[] = [];
  void (async () => { for (let i = 0; i < 3; i++) { await sleep(clock, 100); wakes.push(clock.nowMicros()); } })();
  await clock.advance(250);
  assert.deepEqual(wakes, [100, 200]);
});

/** Catches a rate source that leaves its query asleep when rows are due, wakes it for nothing, or goes on after it was stopped. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Clock } from "../../base/clock.ts";
import { rateTable } from "./rate-source.ts";

/** A clock that only moves when it is told to. */
function handClock(): Clock & { advance(micros: number): void } {
  let now = 5_000_000;
  const timers = new Set<{ at: number; call: () => void }>();
  return {
    nowMicros: () => now,
    monotonicMicros: () => now,
    after(delayMicros, call) {
      const timer = { at: now + delayMicros, call };
      timers.add(timer);
      return { cancel: () => { timers.delete(timer); } };
    },
    advance(micros) {
      now += micros;
      for (const timer of [...timers]) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.call();
      }
    },
  };
}

async function opened(rowsPerSecond: number) {
  const clock = handClock(), source = rateTable({ rowspersecond: String(rowsPerSecond) }, clock).stream!({ queryId: "q", sourceIndex: 0 });
  const woken = { times: 0 };
  source.onData!(() => { woken.times++; });
  assert.equal(await source.latest(null, {}), null);
  return { clock, source, woken };
}

test("the query is woken when the next row is due", async () => {
  const { clock, source, woken } = await opened(10);
  clock.advance(99_999);
  assert.equal(woken.times, 0);
  clock.advance(1);
  assert.equal(woken.times, 1);
  const offset = await source.latest(null, {});
  assert.equal(source.backlogRows!(null, offset), 1);
  assert.equal(await source.latest(offset, {}), offset);
  clock.advance(100_000);
  assert.equal(woken.times, 2);
});

test("many rows a millisecond wake it once a millisecond", async () => {
  const { clock, source, woken } = await opened(1_000_000);
  clock.advance(999);
  assert.equal(woken.times, 0);
  clock.advance(1);
  assert.equal(woken.times, 1);
  assert.equal(source.backlogRows!(null, await source.latest(null, {})), 1000);
});

test("a stopped source wakes nobody", async () => {
  const { clock, source, woken } = await opened(10);
  await source.stop();
  clock.advance(1_000_000);
  assert.equal(woken.times, 0);
});

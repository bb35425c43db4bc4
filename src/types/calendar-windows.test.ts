/** Catches days that begin or end at another time than the zone's clocks say: over both changes of the clocks, jumps at midnight, skipped days, half hours, starts within a jump. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { CalendarWindows } from "./calendar-windows.ts";
import { timeZone } from "./time-zone.ts";

const HOUR = 3_600_000_000n, DAY = 24n * HOUR;
const micros = (text: string): bigint => BigInt(Date.parse(text)) * 1000n;
const text = (instant: bigint): string => new Date(Number(instant / 1000n)).toISOString().replace(".000Z", "Z");
const windowsOf = (zone: string, size = DAY, slide = size, start = 0n) => new CalendarWindows({ size, slide, start, zone: timeZone(zone) });

test("days of Paris over both changes of its clocks", () => {
  const days = windowsOf("Europe/Paris"), of = (instant: string) => { const { from, to } = days.window(days.at(micros(instant)).number); return [text(from), text(to), Number((to - from) / HOUR)]; };
  assert.deepEqual(of("2026-03-28T12:00:00Z"), ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", 24]);
  assert.deepEqual(of("2026-03-28T23:00:00Z"), ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23]);
  assert.deepEqual(of("2026-03-29T21:59:59.999Z"), ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23]);
  assert.deepEqual(of("2026-03-29T22:00:00Z"), ["2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z", 24]);
  assert.deepEqual(of("2026-10-25T12:00:00Z"), ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25]);
  assert.deepEqual(of("2026-10-24T21:59:59Z"), ["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", 24]);
});

test("weeks that begin on Monday", () => {
  const weeks = windowsOf("Europe/Paris", 7n * DAY, 7n * DAY, 4n * DAY), { number } = weeks.at(micros("2026-03-29T12:00:00Z")), { from, to } = weeks.window(number);
  assert.deepEqual([text(from), text(to)], ["2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"]);
});

test("a midnight that the clocks jump over, a day that was left out, a start that comes twice", () => {
  // The clocks of Sao Paulo went from 23:59:59 to 01:00.
  const brazil = windowsOf("America/Sao_Paulo"), jump = brazil.at(micros("2018-11-04T05:00:00Z"));
  assert.deepEqual([text(jump.from), text(jump.to)], ["2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"]);
  // Samoa had no 30 December.
  const samoa = windowsOf("Pacific/Apia"), before = samoa.at(micros("2011-12-30T09:59:59Z")), after = samoa.at(micros("2011-12-30T10:00:00Z"));
  assert.deepEqual([text(before.from), text(before.to), text(after.from), text(after.to)], ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]);
  // 02:30 is twice on the day on which the clocks go back; the first begins the window.
  const twice = windowsOf("Europe/Paris", DAY, DAY, 2n * HOUR + HOUR / 2n), { from, to } = twice.at(micros("2026-10-25T01:15:00Z"));
  assert.deepEqual([text(from), text(to)], ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
});

test("windows of any zone follow one another, hold their times, and begin as the clocks say", () => {
  const random = seededRandom(3), below = (n: number) => random.uint32() % n;
  const zones = ["Europe/Paris", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "Asia/Kolkata", "+05:45", "UTC"];
  for (let round = 0; round < 3000; round++) {
    const id = zones[below(zones.length)]!, zone = timeZone(id), slide = BigInt(1 + below(9)) * DAY, size = slide * BigInt(1 + below(3));
    const start = below(2) === 0 ? 0n : BigInt(below(Number(slide / 1_000_000n))) * 1_000_000n * (below(2) === 0 ? 1n : -1n);
    const windows = windowsOf(id, size, slide, start), instant = BigInt(below(4_000_000_000)) * 1_000_000n - 500_000_000_000_000n;
    const at = windows.at(instant), own = windows.window(at.number), context = `${id} ${size} ${slide} ${start} ${instant}`;
    assert.ok(at.from <= instant && instant < at.to, context);
    assert.equal(own.from, at.from, context);
    assert.ok(own.to >= at.to && (size > slide || own.to === at.to), context);
    assert.equal(windows.at(at.to - 1n).number, at.number, context);
    assert.equal(windows.at(at.to).from, at.to, context);
    // What the clocks show at the start, if they ever show it.
    const wanted = at.number * slide + start;
    if (zone.toLocal(own.from) !== wanted) assert.ok(zone.toLocal(own.from - 1n) < wanted && zone.toLocal(own.from) > wanted, context);
  }
});

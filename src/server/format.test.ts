// Catches numbers that round to another unit, lose a digit, show 0 for something that happened, or tell the wrong time.
import assert from "node:assert/strict";
import test from "node:test";
import { age, bytes, count, dayAndTime, duration, exact, fromIso, iso, percent, rate, span, timeAndDay, timeOfDay, times } from "./format.ts";

/** Plain spaces in place of the ones that do not break. */
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const second = 1e6, minute = 60e6, hour = 3_600e6, day = 86_400e6;

const cases: readonly (readonly [(value: never) => string, readonly (readonly [number | null, string])[]])[] = [
  [count, [[0, "0"], [7, "7"], [0.4, "0.4"], [9.94, "9.9"], [9.96, "10"], [0.04, "0.04"], [999, "999"], [1_000, "1,000"], [9_999, "9,999"], [9_999.4, "9,999"], [10_000, "10.0 k"], [18_204, "18.2 k"], [61_049, "61.0 k"],
    [198_400, "198 k"], [999_499, "999 k"], [999_500, "1.00 M"], [1_210_000, "1.21 M"], [68_240_000, "68.2 M"], [4_312_884_210, "4.31 G"], [88_100_000_000, "88.1 G"], [-61_000, "−61.0 k"], [null, "–"], [NaN, "–"], [Infinity, "–"]]],
  [exact, [[0, "0"], [1_204, "1,204"], [18_204_117, "18,204,117"], [4_312_884_210, "4,312,884,210"], [null, "–"]]],
  [bytes, [[0, "0 B"], [999, "999 B"], [8_204, "8.2 kB"], [61_204, "61.2 kB"], [402_000, "0.4 MB"], [940_000, "0.94 MB"], [4_400_000, "4.4 MB"], [31e6, "31 MB"], [402e6, "402 MB"], [999.6e6, "1 GB"], [2.64e9, "2.64 GB"], [2e9, "2 GB"], [12e9, "12 GB"], [null, "–"]]],
  [duration, [[0, "0 s"], [840, "840 µs"], [999.6, "1.0 ms"], [3_100, "3.1 ms"], [14_900, "14.9 ms"], [412_000, "412 ms"], [999_600, "1.0 s"], [6.2 * second, "6.2 s"], [59.96 * second, "1 min 00 s"], [79 * second, "1 min 19 s"],
    [124 * second, "2 min 04 s"], [38.5 * minute, "38 min 30 s"], [192 * minute, "3 h 12 min"], [3 * day + 4 * hour, "3 d 4 h"], [800 * day, "2 y 69 d"], [-3_100, "−3.1 ms"], [null, "–"]]],
  [span, [[5 * second, "5 s"], [5.5 * second, "5.5 s"], [10 * minute, "10 min"], [hour, "1 h"], [90 * minute, "1 h 30 min"], [3 * day, "3 d"], [100_000, "100 ms"]]],
  [age, [[0, "0.0 s"], [0.45 * second, "0.4 s"], [4.9 * second, "4 s"], [59.9 * second, "59 s"], [26.9 * minute, "26 min"], [2.9 * hour, "2 h"], [49 * hour, "2 d"], [-5, "0.0 s"]]],
  [percent, [[0, "0 %"], [0.47, "47 %"], [0.022, "2.2 %"], [0.005, "0.5 %"], [1_204 / 4_312_884_210, "0.00003 %"], [1e-12, "0.0000000001 %"], [0.99997, "99.9 %"], [1, "100 %"], [null, "–"]]],
  [times, [[2.14, "2.1"], [0.69, "0.7"], [38.4, "38"], [null, "–"]]],
  [rate, [[61_000, "61.0 k rows/s"], [null, "–"]]],
];

test("numbers have one form each", () => {
  for (const [format, table] of cases) for (const [value, text] of table) assert.equal(plain(format(value as never)), text, `${format.name}(${value})`);
});

test("a prefix stands behind a narrow no-break space, a unit behind a no-break space", () => {
  assert.equal(rate(1_210_000), "1.21\u202fM\u00a0rows/s");
});

test("times are of one zone, cut, not rounded", () => {
  const at = fromIso("2026-11-21T14:31:35.899Z");
  assert.equal(timeOfDay(at, "UTC"), "14:31:35");
  assert.equal(timeOfDay(at, "UTC", 1), "14:31:35.8");
  assert.equal(timeOfDay(at, "Asia/Kolkata"), "20:01:35");
  assert.equal(plain(dayAndTime(at, "America/New_York")), "21 Nov 09:31");
  assert.equal(plain(timeAndDay(at, "UTC", at + day)), "21 Nov 14:31:35");
  assert.equal(plain(timeAndDay(fromIso("2001-01-02T11:11:00Z"), "UTC", at)), "2 Jan 2001 11:11:00");
  assert.equal(timeAndDay(at, "UTC", at + second), "14:31:35");
});

test("ISO times keep microseconds there and back", () => {
  for (const text of ["2026-11-21T14:31:35.800Z", "2026-11-21T14:31:35.800001Z", "1969-12-31T23:59:59.999999Z"]) assert.equal(iso(fromIso(text)), text);
  assert.ok(Number.isNaN(fromIso(null)));
});

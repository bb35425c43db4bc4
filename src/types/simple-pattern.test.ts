import assert from "node:assert/strict";
import { test } from "node:test";
import { daysFromCivil } from "./civil.ts";
import { datetimePattern } from "./datetime-pattern.ts";
import { DAY_MICROS, formatTimestampNtz } from "./datetime-text.ts";
import { fromHybrid, hybridDate, hybridDay, toHybrid } from "./hybrid-calendar.ts";
import { UTC } from "./time-zone.ts";

const NOW = BigInt(daysFromCivil(2026, 6, 1)) * DAY_MICROS;
const old = (pattern: string, text: string, rules: "legacy" | "lenient" = "legacy"): string | null => {
  const found = datetimePattern(pattern, "parse", undefined, rules).parse(text, NOW);
  return found === null ? null : formatTimestampNtz((found.zone ?? UTC).toInstant(found.localMicros));
};

test("patterns from before Spark 3 stop where they end and know weeks and weekdays", () => {
  assert.equal(old("yyyy-MM-dd", "1987-4-5 and more"), "1987-04-05 00:00:00");
  assert.equal(old("dd MMM yyyy", "9 September 2031"), "2031-09-09 00:00:00");
  assert.equal(old("yyyy w E", "2024 2 Thu"), "2024-01-11 00:00:00");
  assert.equal(old("yyyy MM F E", "2024 2 4 Fri"), "2024-02-23 00:00:00");
  assert.equal(old("yyyyMMddHHmm", "202402290715"), "2024-02-29 07:15:00");
  assert.equal(old("yyyy-MM-dd u", "2024-02-29 5"), null);
  assert.equal(old("yyyy-MM-dd", "2023-02-29"), null);
  assert.equal(old("HH:mm Z", "03:00 -0230"), "1970-01-01 05:30:00");
  assert.deepEqual(["05", "46", "47"].map(year => old("yy", year)), ["2005-01-01 00:00:00", "2046-01-01 00:00:00", "1947-01-01 00:00:00"]);
  assert.equal(old("h a", "12 am"), "1970-01-01 00:00:00");
});

test("in options what goes past its end counts on, and fractions have microseconds", () => {
  assert.equal(old("yyyy-MM-dd HH", "2023-02-29 25", "lenient"), "2023-03-02 01:00:00");
  assert.equal(old("ss.SSSSSS", "07.000123", "lenient"), "1970-01-01 00:00:07.000123");
  assert.equal(old("ss.SSS", "07.500", "legacy"), "1970-01-01 00:00:07.5");
});

test("dates keep their numbers between the calendars", () => {
  for (const day of [-800_000, -500_001, -141_428, -141_427, 0, 20_000]) assert.equal(hybridDay(hybridDate(day).year, hybridDate(day).month, hybridDate(day).day), day);
  for (const day of [-700_000, -300_000, -141_438, -141_427, 5]) assert.equal(fromHybrid(toHybrid(day)), day);
  // 1500 is a leap year of the Julian calendar alone.
  assert.deepEqual(hybridDate(hybridDay(1500, 3, 1) - 1), { year: 1500, month: 2, day: 29 });
  assert.equal(toHybrid(daysFromCivil(1582, 10, 9)), daysFromCivil(1582, 10, 15));
});

test("an old pattern that isn't one fails, and EXCEPTION tells texts that only old ones read", () => {
  assert.throws(() => datetimePattern("yyyy qq", "format", undefined, "legacy"), /INVALID_DATETIME_PATTERN/);
  assert.throws(() => datetimePattern("yyyy-MM-dd", "parse", undefined, "exception").parse("2024-1-1"), /PARSE_DATETIME_BY_NEW_PARSER/);
  assert.equal(datetimePattern("yyyy-MM-dd", "parse", undefined, "exception").parse("never"), null);
});

test("names of zones in text mean the clocks of a place", () => {
  const read = (text: string, pattern = "yyyy-MM-dd z"): string | null => { const found = datetimePattern(pattern, "parse").parse(text); return found === null ? null : formatTimestampNtz((found.zone ?? UTC).toInstant(found.localMicros)); };
  assert.equal(read("2031-08-04 EST"), "2031-08-04 04:00:00");
  assert.equal(read("2031-01-04 pdt"), "2031-01-04 08:00:00");
  assert.equal(read("2031-08-04 Central European Summer Time", "yyyy-MM-dd zzzz"), "2031-08-03 22:00:00");
  assert.equal(read("2031-08-04 Asia/Tokyo", "yyyy-MM-dd VV"), "2031-08-03 15:00:00");
  assert.equal(read("2031-08-04 PDT", "yyyy-MM-dd VV"), null);
});

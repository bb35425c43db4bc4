/** Catches texts of numbers, moments and intervals that are read or printed otherwise than SQL's casts do. */
import assert from "node:assert/strict";
import test from "node:test";
import { dayTimeInterval, yearMonthInterval } from "./data-type.ts";
import { datetimePattern } from "./datetime-pattern.ts";
import { formatDate, formatTime, formatTimestamp, parseDate, parseTime, parseTimestamp, parseTimestampNtz } from "./datetime-text.ts";
import { divideHalfUp, rescale, arithmeticType, widerDecimal } from "./decimal-rules.ts";
import { formatCalendarInterval, formatDayTimeInterval, formatYearMonthInterval, parseCalendarInterval, parseDayTimeInterval, parseYearMonthInterval } from "./interval-text.ts";
import { formatDecimal, formatDouble, formatFloat, parseBoolean, parseDecimal, parseDouble, parseIntegral } from "./number-text.ts";
import { UTC, timeZone } from "./time-zone.ts";
import { decimal } from "./data-type.ts";

test("numbers print as Java prints them", () => {
  const doubles: readonly (readonly [number, string])[] = [[1e7, "1.0E7"], [9999999, "9999999.0"], [1e-3, "0.001"], [1e-4, "1.0E-4"], [-0, "-0.0"], [0.1, "0.1"], [123456789012, "1.23456789012E11"], [5e-324, "4.9E-324"], [NaN, "NaN"], [-Infinity, "-Infinity"]];
  for (const [value, text] of doubles) assert.equal(formatDouble(value), text);
  assert.equal(formatFloat(Math.fround(0.1)), "0.1");
  assert.equal(formatFloat(Math.fround(16777216)), "1.6777216E7");
  assert.equal(formatDecimal(-5n, 3), "-0.005");
});

test("numbers are read strictly", () => {
  assert.equal(parseIntegral(" +12\t"), 12n);
  for (const text of ["", "1.0", "1e2", "- 1", "٣", "0x1"]) assert.equal(parseIntegral(text), null, text);
  assert.equal(parseDouble(" 1.5d "), 1.5);
  assert.equal(parseDouble("-INF"), -Infinity);
  assert.ok(Number.isNaN(parseDouble("nan")));
  for (const text of ["", "1.5x", ".", "1e", "--1"]) assert.equal(parseDouble(text), null, text);
  assert.deepEqual(parseDecimal("１２.5E-1"), { unscaled: 125n, scale: 2 });
  assert.equal(parseDecimal("."), null);
  assert.deepEqual(["T", "no ", "1", "on"].map(parseBoolean), [true, false, true, null]);
});

test("dates and timestamps", () => {
  const dates: readonly (readonly [string, string | null])[] = [["2024-02-29 anything", "2024-02-29"], ["2024-2", "2024-02-01"], ["2024", "2024-01-01"], ["-0044-03-15", "-0044-03-15"], ["12024-05-06", "+12024-05-06"], ["2023-02-29", null], ["24-01-01", null], ["2024-01-01x", null], ["2024/01/01", null]];
  for (const [text, expected] of dates) { const days = parseDate(text); assert.equal(days === null ? null : formatDate(days), expected, text); }
  const moments: readonly (readonly [string, string | null])[] = [
    ["2024-02-29 01:02:03.123456789", "2024-02-29 01:02:03.123456"], ["2024-02-29T01:02:03+05:30", "2024-02-28 19:32:03"], ["2024-02-29 1:2", "2024-02-29 01:02:00"], ["2024-02-29 01:02:03 America/New_York", "2024-02-29 06:02:03"],
    ["2024-02-29 24:00:00", null], ["2024-02-29T", null], ["2024-02-29 01:02:03 Nowhere", null], ["yesterday", null],
  ];
  for (const [text, expected] of moments) { const micros = parseTimestamp(text, UTC); assert.equal(micros === null ? null : formatTimestamp(micros, UTC), expected, text); }
  assert.equal(parseTimestamp("12:30", UTC, 86_400_000_000n * 10n + 5n), 86_400_000_000n * 10n + 45_000_000_000n);
  assert.equal(parseTimestampNtz("12:30"), null);
  assert.equal(parseTimestampNtz("2024-01-01 00:00:00+05:00"), parseTimestampNtz("2024-01-01 00:00:00"));
  assert.equal(formatTime(parseTime("1:02:03.4567891")!), "01:02:03.4567891");
});

test("clocks that jump", () => {
  const zone = timeZone("America/Los_Angeles"), at = (text: string): string => formatTimestamp(parseTimestamp(text, zone)!, UTC);
  assert.equal(at("2024-03-10 02:30:00"), "2024-03-10 10:30:00");
  assert.equal(at("2024-11-03 01:30:00"), "2024-11-03 08:30:00");
  assert.equal(at("1850-01-01 00:00:00"), "1850-01-01 07:52:58");
  assert.throws(() => timeZone("Nowhere/Land"), /INVALID_TIMEZONE/);
});

test("intervals", () => {
  const seconds = dayTimeInterval("day", "second"), months = yearMonthInterval("year", "month");
  assert.equal(formatDayTimeInterval(93_784_500_000n, seconds), "INTERVAL '1 02:03:04.5' DAY TO SECOND");
  assert.equal(formatDayTimeInterval(-500_000n, dayTimeInterval("second", "second")), "INTERVAL '-00.5' SECOND");
  assert.equal(formatYearMonthInterval(-14, months), "INTERVAL '-1-2' YEAR TO MONTH");
  assert.equal(parseDayTimeInterval("INTERVAL '1 02:03:04.5' DAY TO SECOND", seconds), 93_784_500_000n);
  assert.equal(parseYearMonthInterval("-1-2", months), -14);
  assert.throws(() => parseYearMonthInterval("1-13", months), /INTERVAL_PARSING/);
  assert.throws(() => parseDayTimeInterval("1 day", seconds), /UNMATCHED_FORMAT_STRING/);
  const calendar = parseCalendarInterval("1 year -2 months 3 weeks 4 hours 5.5 seconds")!;
  assert.equal(formatCalendarInterval(calendar), "10 months 21 days 4 hours 5.5 seconds");
  assert.equal(parseCalendarInterval("1 fortnight"), null);
});

test("patterns format and parse", () => {
  const micros = parseTimestamp("2024-02-29 13:14:15.123456", UTC)!, format = (pattern: string): string => datetimePattern(pattern, "format").format(micros, UTC, micros);
  assert.equal(format("yyyy-MM-dd HH:mm:ss.SSS"), "2024-02-29 13:14:15.123");
  assert.equal(format("EEE, d MMM yy h a 'at' Q D"), "Thu, 29 Feb 24 1 PM at 1 60");
  assert.equal(format("XXX Z O VV"), "Z +0000 GMT UTC");
  const parse = (pattern: string, text: string): string | null => { const found = datetimePattern(pattern, "parse").parse(text); return found === null ? null : formatTimestamp((found.zone ?? UTC).toInstant(found.localMicros), UTC); };
  assert.equal(parse("dd.MM.yyyy", "29.02.2024"), "2024-02-29 00:00:00");
  assert.equal(parse("yyyyMMddHHmm", "202402291314"), "2024-02-29 13:14:00");
  assert.equal(parse("yyyy-MM-dd[ HH:mm][X]", "2024-02-29"), "2024-02-29 00:00:00");
  assert.equal(parse("yyyy-MM-dd HH:mm X", "2024-02-29 10:00 +02"), "2024-02-29 08:00:00");
  assert.equal(parse("yyyy-MM-dd", "2024-2-9"), null);
  assert.equal(parse("yyyy-MM-dd", "2024-02-30"), null);
  assert.throws(() => datetimePattern("ww", "format"), /DATETIME_PATTERN_RECOGNITION/);
  assert.throws(() => datetimePattern("yyyy-bb", "format"), /INVALID_DATETIME_PATTERN/);
});

test("decimals round away from zero and keep what they can", () => {
  assert.deepEqual([divideHalfUp(5n, 2n), divideHalfUp(-5n, 2n), divideHalfUp(5n, -2n), divideHalfUp(4n, 3n)], [3n, -3n, -3n, 1n]);
  assert.equal(rescale(12_345n, 3, 1), 123n);
  assert.deepEqual(arithmeticType("*", decimal(38, 18), decimal(38, 18)), decimal(38, 6));
  assert.deepEqual(arithmeticType("/", decimal(5, 2), decimal(5, 2)), decimal(13, 8));
  assert.deepEqual(widerDecimal(decimal(5, 2), decimal(20, 0)), decimal(22, 2));
});

/** Catches wrong calendars, lost digits and text that doesn't read back, in the value classes and their JSON. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseDuration } from "./duration.ts";
import { DayTimeInterval, Decimal, LocalDate, LocalTime, Timestamp, TimestampNtz, Variant, YearMonthInterval, stringify } from "./values.ts";

test("a timestamp keeps its microseconds through text", () => {
  fc.assert(fc.property(fc.bigInt(-62_135_596_800_000_000n, 253_402_300_799_999_999n), micros => {
    const at = Timestamp.ofMicros(micros);
    assert.equal(Timestamp.from(at.toString()).epochMicros, micros);
    assert.equal(TimestampNtz.from(at.toString().slice(0, -1)).epochMicros, micros);
  }));
});

test("timestamps print as ISO text and agree with Date", () => {
  assert.equal(Timestamp.from("2026-03-01T00:00:00.000001Z").toString(), "2026-03-01T00:00:00.000001Z");
  assert.equal(Timestamp.from("2026-03-01 01:30:00+01:30").toString(), "2026-03-01T00:00:00Z");
  assert.equal(Timestamp.from("2026-03-01").toDate().toISOString(), "2026-03-01T00:00:00.000Z");
  assert.equal(Timestamp.from(new Date(-1)).toString(), "1969-12-31T23:59:59.999Z");
  assert.equal(Timestamp.ofMicros(-1n).toDate().getTime(), -1);
  assert.ok(Timestamp.from("2026-01-01") < Timestamp.from("2026-01-02"));
  assert.throws(() => Timestamp.from("2026-02-30T00:00:00Z"), { condition: "CAST_INVALID_INPUT" });
  assert.throws(() => Timestamp.from("yesterday"), { condition: "CAST_INVALID_INPUT" });
});

test("plus moves by fixed lengths exactly and by months on the calendar", () => {
  assert.equal(Timestamp.from("2026-01-31T12:00:00Z").plus("1 month").toString(), "2026-02-28T12:00:00Z");
  assert.equal(Timestamp.from("2026-01-31T12:00:00Z").plus("1 day 2 hours").toString(), "2026-02-01T14:00:00Z");
  assert.equal(Timestamp.from("1970-01-01").plus(DayTimeInterval.ofMicros(-1n)).toString(), "1969-12-31T23:59:59.999999Z");
});

test("dates agree with Date over four thousand years", () => {
  fc.assert(fc.property(fc.integer({ min: -700_000, max: 700_000 }), days => {
    const date = LocalDate.ofEpochDay(days), platform = new Date(days * 86_400_000);
    assert.deepEqual([date.year, date.month, date.day], [platform.getUTCFullYear(), platform.getUTCMonth() + 1, platform.getUTCDate()]);
    assert.equal(date.epochDay, days);
  }));
  assert.equal(LocalDate.from("2024-02-29").epochDay, 19_782);
  assert.throws(() => LocalDate.from("2023-02-29"), { condition: "CAST_INVALID_INPUT" });
});

test("decimals keep every digit", () => {
  fc.assert(fc.property(fc.bigInt(-(10n ** 38n), 10n ** 38n), fc.integer({ min: 0, max: 38 }), (unscaled, scale) => {
    const decimal = Decimal.of(unscaled, scale), read = Decimal.from(decimal.toString());
    assert.deepEqual([read.unscaled, read.scale], [unscaled, scale]);
  }));
  assert.equal(Decimal.from("-2.5").withScale(0).toString(), "-3");
  assert.equal(Decimal.from("2.449").withScale(1).toString(), "2.4");
  assert.equal(Decimal.from("1e3").toString(), "1000");
  assert.equal(Decimal.from(1e-7).toString(), "0.0000001");
  assert.equal(Decimal.from("0.001").precision, 3);
  assert.ok(Decimal.from("1.50").equals(Decimal.from("1.5")));
  assert.throws(() => Decimal.from("1.2.3"), { condition: "CAST_INVALID_INPUT" });
});

test("intervals and times print as ANSI SQL writes them", () => {
  assert.equal(String(DayTimeInterval.from("1 day 2 hours 3 minutes 4.5 seconds")), "INTERVAL '1 02:03:04.5' DAY TO SECOND");
  assert.equal(String(DayTimeInterval.ofMicros(-1n)), "INTERVAL '-0 00:00:00.000001' DAY TO SECOND");
  assert.equal(String(YearMonthInterval.ofMonths(-14)), "INTERVAL '-1-2' YEAR TO MONTH");
  assert.equal(String(LocalTime.from("7:05:00.25")), "07:05:00.25");
});

test("durations", () => {
  assert.deepEqual(parseDuration("1 hour 30 minutes"), { months: 0, micros: 5_400_000_000n });
  assert.deepEqual(parseDuration("interval 2 months -1 day"), { months: 2, micros: -86_400_000_000n });
  assert.deepEqual(parseDuration("0.5 milliseconds"), { months: 0, micros: 500n });
  for (const wrong of ["10", "10 secs", "ten seconds", "1.5 months", "", "second 1"]) assert.throws(() => parseDuration(wrong), { condition: "INVALID_INTERVAL_FORMAT" }, wrong);
});

test("stringify loses nothing that JSON can hold", () => {
  const row = { n: 9_007_199_254_740_993n, d: Decimal.from("0.10"), at: Timestamp.from("2026-01-01"), bytes: new Uint8Array([1, 2]), m: new Map([[1n, [NaN, Infinity]]]), none: null };
  assert.equal(stringify(row), '{"n":9007199254740993,"d":0.10,"at":"2026-01-01T00:00:00Z","bytes":"AQI=","m":{"1":["NaN","Infinity"]},"none":null}');
  assert.equal(stringify([1n], 1), "[\n 1\n]");
});

test("a variant is read by path", () => {
  const variant = Variant.of({ items: [{ name: "a" }], "odd key": 1 });
  assert.equal(variant.get("$.items[0].name"), "a");
  assert.equal(variant.get("$['odd key']"), 1);
  assert.equal(variant.get("$.items.name"), undefined);
  assert.equal(JSON.stringify(variant), '{"items":[{"name":"a"}],"odd key":1}');
});

test("values of different types are told apart", () => {
  assert.ok(Timestamp.is(Timestamp.now()) && !Timestamp.is(TimestampNtz.ofMicros(0n)) && !Timestamp.is({ epochMicros: 1n }));
  assert.ok(LocalDate.is(LocalDate.ofEpochDay(0)) && !Decimal.is(LocalDate.ofEpochDay(0)));
});

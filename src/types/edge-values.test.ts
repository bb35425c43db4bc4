/** Catches values that change between people and the engine, and wrong values that get in without an error. */
import assert from "node:assert/strict";
import test from "node:test";
import type { Cell } from "./cell.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DAY_TIME_INTERVAL, DOUBLE, FLOAT, INT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VARIANT, YEAR_MONTH_INTERVAL, array, decimal, field, map, struct, time, type DataType } from "./data-type.ts";
import { cellToValue, rowReader, rowToCells, valueToCell } from "./edge-values.ts";
import { DayTimeInterval, Decimal, LocalDate, LocalTime, Timestamp, TimestampNtz, Variant, YearMonthInterval } from "./values.ts";

const POINT = struct([field("x", INT, false), field("label", STRING)]);
const PAIRS: readonly [DataType, Cell, unknown][] = [
  [BOOLEAN, true, true], [INT, -5, -5], [BIGINT, 2n ** 62n, 2n ** 62n], [DOUBLE, 0.1, 0.1], [STRING, "é", "é"],
  [BINARY, new Uint8Array([0, 255]), new Uint8Array([0, 255])], [DATE, 19_782, LocalDate.from("2024-02-29")],
  [TIMESTAMP, -1n, Timestamp.ofMicros(-1n)], [TIMESTAMP_NTZ, 5n, TimestampNtz.ofMicros(5n)], [time(), 1_000_000_000n, LocalTime.from("00:00:01")],
  [decimal(10, 2), -150n, Decimal.from("-1.50")], [DAY_TIME_INTERVAL, 7n, DayTimeInterval.ofMicros(7n)], [YEAR_MONTH_INTERVAL, 13, YearMonthInterval.ofMonths(13)],
  [array(INT), [1, null], [1, null]], [map(STRING, BIGINT), { entries: [["a", 1n], ["b", null]] }, new Map([["a", 1n], ["b", null]])],
  [POINT, [1, null], { x: 1, label: null }], [array(POINT, false), [[1, "a"]], [{ x: 1, label: "a" }]],
];

for (const [type, cell, value] of PAIRS) {
  test(`${type.kind} goes out and comes back`, () => {
    assert.deepEqual(cellToValue(cell, type), value);
    assert.deepEqual(valueToCell(value, type), cell);
    assert.equal(cellToValue(null, type), null);
    assert.equal(valueToCell(undefined, type), null);
  });
}

test("looser forms are taken where they mean the same", () => {
  assert.equal(valueToCell(5, BIGINT), 5n);
  assert.equal(valueToCell("2026-01-01T00:00:00Z", TIMESTAMP), valueToCell(new Date("2026-01-01"), TIMESTAMP));
  assert.equal(valueToCell({ epochNanoseconds: -1n }, TIMESTAMP), -1n);
  assert.equal(valueToCell("2024-02-29", DATE), 19_782);
  assert.equal(valueToCell("1.005", decimal(10, 2)), 101n);
  assert.equal(valueToCell("10 seconds", DAY_TIME_INTERVAL), 10_000_000n);
  assert.equal(valueToCell(0.1, FLOAT), Math.fround(0.1));
  assert.deepEqual(valueToCell({ a: [1] }, VARIANT), { variant: { a: [1] } });
  assert.deepEqual((cellToValue({ variant: { a: 1 } }, VARIANT) as Variant).get("$.a"), 1);
});

const refusals: readonly [unknown, DataType, string][] = [
  ["1", INT, "CANNOT_ACCEPT_OBJECT_IN_TYPE"], [1.5, INT, "CANNOT_ACCEPT_OBJECT_IN_TYPE"], [128, TINYINT, "NUMERIC_VALUE_OUT_OF_RANGE"],
  [2n ** 63n, BIGINT, "NUMERIC_VALUE_OUT_OF_RANGE"], [2 ** 60, BIGINT, "CANNOT_ACCEPT_OBJECT_IN_TYPE"], [5, STRING, "CANNOT_ACCEPT_OBJECT_IN_TYPE"],
  ["1000", decimal(5, 2), "NUMERIC_VALUE_OUT_OF_RANGE"], [NaN, decimal(5, 2), "CANNOT_ACCEPT_OBJECT_IN_TYPE"], [5, TIMESTAMP, "CANNOT_ACCEPT_OBJECT_IN_TYPE"],
  [{ a: 1 }, map(STRING, INT), "CANNOT_ACCEPT_OBJECT_IN_TYPE"], [[null], array(INT, false), "FIELD_NOT_NULLABLE_WITH_NAME"], [1, BOOLEAN, "CANNOT_ACCEPT_OBJECT_IN_TYPE"],
];
for (const [value, type, condition] of refusals) {
  test(`${String(value)} as ${type.kind} is refused`, () => { assert.throws(() => valueToCell(value, type), { condition }); });
}

test("errors name the column and the type", () => {
  const table = struct([field("id", BIGINT, false), field("at", POINT)]);
  assert.throws(() => rowToCells({ id: 1n, at: { x: "1" } }, table), /Column `at\.x` is INT; it can't hold the string '1'\./);
  assert.throws(() => rowToCells({}, table), { condition: "FIELD_NOT_NULLABLE_WITH_NAME", messageParameters: { field_name: "id" } });
  assert.throws(() => rowToCells({ id: 1n, att: null }, table), { condition: "FIELD_NOT_FOUND" });
});

test("a row can't hold two columns of one name", () => {
  assert.throws(() => rowReader(struct([field("key", INT), field("key", INT)])), { condition: "AMBIGUOUS_REFERENCE" });
});

test("a row is an object of its columns, null where a cell is", () => {
  assert.deepEqual(rowReader(struct([field("id", BIGINT, false), field("at", TIMESTAMP)]))([1n, null]), { id: 1n, at: null });
});

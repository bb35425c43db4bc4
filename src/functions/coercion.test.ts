/** Catches coercions that go another way than Spark's ANSI mode: common types, silent casts of arguments, casts that don't exist. */
import assert from "node:assert/strict";
import test from "node:test";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VOID, array, dayTimeInterval, decimal, field, map, struct, typeToSql, type DataType } from "../types/data-type.ts";
import { canCast } from "./casts.ts";
import { ANY_ARRAY, ANY_NUMERIC, ANY_STRING, ANY_TIMESTAMP, AS, commonType, comparisonType, implicitCast, mayMakeNull, oneOf, tightestCommonType, widerTypeWithoutStrings, type Family } from "./coercion.ts";

const text = (type: DataType | undefined): string => (type === undefined ? "none" : typeToSql(type));

test("common types", () => {
  const cases: readonly (readonly [DataType, DataType, string])[] = [
    [TINYINT, BIGINT, "BIGINT"], [INT, FLOAT, "DOUBLE"], [FLOAT, DOUBLE, "DOUBLE"], [INT, decimal(5, 2), "DECIMAL(12,2)"], [FLOAT, decimal(5, 2), "DOUBLE"], [INT, STRING, "BIGINT"], [decimal(5, 2), STRING, "DOUBLE"],
    [DATE, TIMESTAMP, "TIMESTAMP"], [TIMESTAMP_NTZ, TIMESTAMP, "TIMESTAMP"], [DATE, STRING, "DATE"], [INT, BOOLEAN, "none"], [VOID, INT, "INT"], [BINARY, INT, "none"],
    [dayTimeInterval("day", "day"), dayTimeInterval("hour", "second"), "INTERVAL DAY TO SECOND"], [array(INT), array(STRING), "ARRAY<BIGINT>"], [map(STRING, INT), map(STRING, decimal(2, 1)), "MAP<STRING, DECIMAL(11,1)>"],
    [struct([field("a", INT)]), struct([field("a", BIGINT)]), "STRUCT<a: BIGINT>"], [struct([field("a", INT)]), struct([field("b", INT)]), "none"],
  ];
  for (const [a, b, expected] of cases) {
    assert.equal(text(commonType([a, b])), expected, `${text(a)} and ${text(b)}`);
    assert.equal(text(commonType([b, a])), expected === "STRUCT<a: BIGINT>" ? expected : expected, `${text(b)} and ${text(a)}`);
  }
  assert.equal(text(tightestCommonType(INT, decimal(5, 2))), "none");
  assert.equal(text(tightestCommonType(INT, decimal(12, 2))), "DECIMAL(12,2)");
  assert.equal(text(widerTypeWithoutStrings(INT, STRING)), "none");
  assert.equal(text(comparisonType(struct([field("a", INT)]), struct([field("b", INT)]))), "STRUCT<a: INT>");
});

test("silent casts of arguments", () => {
  const cases: readonly (readonly [DataType, Family, string])[] = [
    [INT, ANY_STRING, "STRING"], [BOOLEAN, ANY_STRING, "STRING"], [array(INT), ANY_STRING, "none"], [STRING, ANY_NUMERIC, "DOUBLE"], [STRING, AS.int, "INT"], [DOUBLE, AS.int, "INT"], [BOOLEAN, ANY_NUMERIC, "none"],
    [DATE, ANY_TIMESTAMP, "TIMESTAMP"], [STRING, ANY_TIMESTAMP, "TIMESTAMP"], [VOID, ANY_ARRAY, "ARRAY<VOID>"], [INT, ANY_ARRAY, "none"], [INT, oneOf(AS.string, AS.binary), "STRING"], [decimal(2, 1), oneOf(AS.int, AS.smallint, AS.tinyint), "none"], [STRING, oneOf(AS.int, AS.smallint, AS.tinyint), "INT"],
    [SMALLINT, oneOf(AS.bigint, AS.binary, AS.string), "BIGINT"],
  ];
  for (const [from, wanted, expected] of cases) assert.equal(text(implicitCast(from, wanted)), expected, `${text(from)} for ${JSON.stringify(wanted)}`);
});

test("casts that exist", () => {
  const problem = (from: DataType, to: DataType, mode: "ansi" | "legacy" = "ansi"): string => canCast(from, to, mode)?.condition.split(".")[1] ?? "fine";
  assert.equal(problem(INT, BINARY), "CAST_WITH_CONF_SUGGESTION");
  assert.equal(problem(INT, BINARY, "legacy"), "fine");
  assert.equal(problem(INT, DATE), "CAST_WITH_FUNC_SUGGESTION");
  assert.equal(problem(STRING, array(INT)), "CAST_WITHOUT_SUGGESTION");
  assert.equal(problem(struct([field("a", INT)]), struct([field("a", INT), field("b", INT)])), "CAST_WITHOUT_SUGGESTION");
  assert.equal(problem(array(STRING), array(INT)), "fine");
  assert.equal(problem(BOOLEAN, TIMESTAMP), "CAST_WITH_CONF_SUGGESTION");
});

test("casts that may give null", () => {
  assert.deepEqual([[STRING, INT], [INT, STRING], [INT, decimal(5, 0)], [INT, decimal(10, 0)], [DOUBLE, INT], [DATE, TIMESTAMP], [TIMESTAMP, INT]].map(([a, b]) => mayMakeNull(a!, b!)), [true, false, true, false, true, false, true]);
});

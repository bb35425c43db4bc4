/** Catches types and schemas that are read as something else than their text says, and text that isn't one but is taken. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError } from "../base/errors.ts";
import {
  array, BIGINT, BINARY, CALENDAR_INTERVAL, DATE, dayTimeInterval, decimal, FLOAT, INT, map, sameType, SMALLINT, STRING, struct, field, time,
  TIMESTAMP, TIMESTAMP_NTZ, TINYINT, typeToSql, VARIANT, VOID, yearMonthInterval, type DataType,
} from "./data-type.ts";
import { parseDataType, parseSchemaDdl } from "./ddl.ts";

const condition = (run: () => unknown): string => {
  try {
    run();
    return "read";
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return error.condition;
  }
};

const TYPES: readonly (readonly [text: string, type: DataType])[] = [
  ["int", INT], ["INTEGER", INT], ["byte", TINYINT], ["short", SMALLINT], ["long", BIGINT], ["real", FLOAT], ["string", STRING], ["binary", BINARY], ["date", DATE],
  ["timestamp", TIMESTAMP], ["timestamp_ltz", TIMESTAMP], ["timestamp_ntz", TIMESTAMP_NTZ], ["timestamp without time zone", TIMESTAMP_NTZ], ["void", VOID], ["variant", VARIANT],
  ["decimal", decimal(10, 0)], ["dec(5)", decimal(5, 0)], ["numeric(38, 18)", decimal(38, 18)], ["time", time(6)], ["time(3)", time(3)],
  ["interval", CALENDAR_INTERVAL], ["interval day", dayTimeInterval("day", "day")], ["interval hour to second", dayTimeInterval("hour", "second")],
  ["interval year to month", yearMonthInterval("year", "month")], ["interval month", yearMonthInterval("month", "month")],
  ["varchar(3)", { kind: "varchar", length: 3 }], ["character(2)", { kind: "char", length: 2 }], ["string collate utf8_lcase", { kind: "string", collation: "UTF8_LCASE" }], ["string collate utf8_binary", STRING],
  ["array<array<int>>", array(array(INT))], ["map<string,array<map<int,date>>>", map(STRING, array(map(INT, DATE)))], ["struct<>", struct([])], ["struct< >", struct([])],
  ["struct<a: int, `b c` string not null, d: struct<e: int>>", struct([field("a", INT), field("b c", STRING, false), field("d", struct([field("e", INT)]))])],
];

test("types are read, and what typeToSql prints is read as the same type", () => {
  for (const [text, type] of TYPES) {
    assert.ok(sameType(parseDataType(text), type), text);
    assert.ok(sameType(parseDataType(typeToSql(type)), type), typeToSql(type));
  }
  assert.equal(parseDataType("timestamp", { conf: new Map([["spark.sql.timestampType", "TIMESTAMP_NTZ"]]) }).kind, "timestamp_ntz");
});

test("what is no type is refused with the condition that says why", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["", "PARSE_SYNTAX_ERROR"], ["array<int", "PARSE_SYNTAX_ERROR"], ["array<int>>", "PARSE_SYNTAX_ERROR"], ["int int", "PARSE_SYNTAX_ERROR"], ["map<int>", "PARSE_SYNTAX_ERROR"],
    ["foo", "UNSUPPORTED_DATATYPE"], ["int(3)", "UNSUPPORTED_DATATYPE"], ["foo(1, 2)", "UNSUPPORTED_DATATYPE"], ["char", "DATATYPE_MISSING_SIZE"], ["array", "INCOMPLETE_TYPE_DEFINITION.ARRAY"],
    ["map", "INCOMPLETE_TYPE_DEFINITION.MAP"], ["struct", "INCOMPLETE_TYPE_DEFINITION.STRUCT"], ["decimal(39)", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"],
    ["decimal(2, 3)", "DECIMAL_SCALE_EXCEEDS_PRECISION"], ["time(10)", "UNSUPPORTED_TIME_PRECISION"], ["`int`", "UNSUPPORTED_DATATYPE"],
    ["constructor", "UNSUPPORTED_DATATYPE"], ["interval second to day", "PARSE_SYNTAX_ERROR"], ["interval hour to hour", "_LEGACY_ERROR_TEMP_0028"],
  ];
  for (const [text, expected] of refused) assert.equal(condition(() => parseDataType(text)), expected, text);
});

test("schemas have names, types, NOT NULL and comments", () => {
  assert.deepEqual(parseSchemaDdl("id BIGINT NOT NULL, at TIMESTAMP COMMENT 'when it''s due', `odd name` MAP<STRING, INT>, date date"), struct([
    { name: "id", type: BIGINT, nullable: false }, { name: "at", type: TIMESTAMP, nullable: true, comment: "when it's due" },
    field("odd name", map(STRING, INT)), field("date", DATE),
  ]));
  assert.deepEqual(parseSchemaDdl(""), struct([]));
  assert.deepEqual(parseSchemaDdl("struct<a: int, b: string>"), struct([field("a", INT), field("b", STRING)]));
  assert.deepEqual(parseSchemaDdl("struct struct<a: int>"), struct([field("struct", struct([field("a", INT)]))]));
  for (const text of ["a", "a int,", "a int b int", "a: int", "int"]) assert.equal(condition(() => parseSchemaDdl(text)), "PARSE_SYNTAX_ERROR", text);
  assert.equal(condition(() => parseSchemaDdl("my-col int")), "INVALID_IDENTIFIER");
});

/** Catches errors that name the wrong condition, point at the wrong place, or leave the reader without a hint where there is one. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError, ParseError } from "../base/errors.ts";
import { parseCondition, parseExpression, parseNameParts, parseQuery, parseStatement } from "./parser.ts";

function failure(run: () => unknown): MillraceError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    return error;
  }
  assert.fail("nothing was refused");
}

/** Statement, the error's token, its place, and the hint. */
const SYNTAX: readonly (readonly [sql: string, error: string, startIndex: number, stopIndex: number, hint?: string])[] = [
  ["SELEKT 1", "'SELEKT'", 0, 6, "did you mean SELECT?"],
  ["SELECT a FORM t", "'t'", 14, 15, "did you mean FROM?"],
  ["SELECT a FROM t WERE a > 1", "'a'", 21, 22, "did you mean WHERE?"],
  ["SELECT a FROM t ODER BY a", "'BY'", 21, 23, "did you mean ORDER?"],
  ["SELECT a FROM t LIMT 10", "'10'", 21, 23, "did you mean LIMIT?"],
  ["SELECT count(*) FROM t GROUP a", "'a'", 29, 30, "did you mean GROUP BY?"],
  ["SELECT * FROM STREAM t AS e WATERMARK ts DELAY OF INTERVAL 1 SECOND", "'WATERMARK'", 28, 37, "in front of the alias, write: WATERMARK column DELAY OF INTERVAL 10 SECONDS"],
  ["SELECT INTERVAL 10 FORTNIGHTS", "'10'", 16, 18, "an interval is an amount and a unit, YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, MILLISECOND or MICROSECOND: INTERVAL 10 SECONDS"],
  ["SELECT 'abc", "'''", 7, 8, "this ' is never closed"],
  ["SELECT (1 + 2", "end of input", 12, 13],
  ["SELECT 1)", "')'", 8, 9],
  ["SELECT 1 SELECT 2", "'SELECT'", 9, 15],
  ["SELECT id FROM t OFFSET 1 LIMIT 2", "'LIMIT'", 26, 31],
  ["SELECT a +", "end of input", 9, 10],
  ["SELECT a IS b", "'b'", 12, 13],
  ["SELECT f(a,)", "')'", 11, 12],
  ["SELECT 1 § 2", "'§'", 9, 10],
  ["SELECT a b c FROM t", "'c'", 11, 12],
  ["SELECT DATE 'x' AS a b c", "'b'", 21, 22],
  ["SELECT CAST(1 AS FOO) + CAST(2 AS ARRAY) +", "end of input", 41, 42],
  ["WITH a AS (SELECT 1), a AS (SELECT 128Y) SELECT INTERVAL '1-2' MINUTE TO MONTH +", "end of input", 79, 80],
  ["SELECT ARRAY<INT>", "end of input", 16, 17],
];

test("syntax errors point at the token and hint at what was meant", () => {
  for (const [sql, token, startIndex, stopIndex, hint] of SYNTAX) {
    const error = failure(() => parseStatement(sql));
    assert.ok(error instanceof ParseError);
    assert.equal(error.condition, "PARSE_SYNTAX_ERROR", sql);
    assert.equal(error.sqlState, "42601");
    assert.equal(error.messageParameters.error, token, sql);
    assert.deepEqual(error.queryContext, [{ fragment: sql.slice(startIndex, stopIndex), startIndex, stopIndex }], sql);
    assert.equal(error.hint, hint, sql);
  }
  assert.equal(failure(() => parseStatement("SELECT 1)")).text, "Syntax error at or near ')': extra input ')'.");
});

/** Statement, condition, parameters, and the fragment that is blamed. */
const OTHERS: readonly (readonly [sql: string, condition: string, parameters: Readonly<Record<string, string>>, fragment: string])[] = [
  ["", "PARSE_EMPTY_STATEMENT", {}, ""],
  [" -- nothing\n ;", "PARSE_EMPTY_STATEMENT", {}, ";"],
  ["SELECT 1 /* open", "UNCLOSED_BRACKETED_COMMENT", {}, "/* open"],
  ["SELECT 1 AS my-col", "INVALID_IDENTIFIER", { ident: "my-col" }, "my-col"],
  ["SELECT naïve FROM t", "INVALID_IDENTIFIER", { ident: "naïve" }, "naïve"],
  ["SELECT 1 + 128Y", "INVALID_NUMERIC_LITERAL_RANGE", { rawStrippedQualifier: "128", typeName: "tinyint", minValue: "-128", maxValue: "127" }, "128Y"],
  ["SELECT -129Y", "INVALID_NUMERIC_LITERAL_RANGE", { rawStrippedQualifier: "-129", typeName: "tinyint", minValue: "-128", maxValue: "127" }, "-129Y"],
  ["SELECT 1e400", "INVALID_NUMERIC_LITERAL_RANGE", { rawStrippedQualifier: "1e400", typeName: "double", minValue: "-1.7976931348623157E+308", maxValue: "1.7976931348623157E+308" }, "1e400"],
  [`SELECT ${"9".repeat(39)}`, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", { precision: "39", maxPrecision: "38" }, "9".repeat(39)],
  ["SELECT DATE '2023-02-29'", "INVALID_TYPED_LITERAL", { valueType: '"DATE"', value: "'2023-02-29'" }, "DATE '2023-02-29'"],
  ["SELECT X'0G'", "INVALID_TYPED_LITERAL", { valueType: '"X"', value: "'0G'" }, "X'0G'"],
  ["SELECT CAST(a AS STRNG)", "UNSUPPORTED_DATATYPE", { typeName: '"STRNG"' }, "STRNG"],
  ["SELECT INTERVAL '1' MONTH TO YEAR", "INVALID_INTERVAL_FORMAT.UNSUPPORTED_FROM_TO_EXPRESSION", { input: "1", from: "month", to: "year" }, "INTERVAL '1' MONTH TO YEAR"],
  ["SELECT INTERVAL '1-12' YEAR TO MONTH", "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING", { input: "1-12", interval: "year-month" }, "INTERVAL '1-12' YEAR TO MONTH"],
  ["SELECT INTERVAL 178956971 YEAR", "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION", { input: " 178956971 YEAR" }, "INTERVAL 178956971 YEAR"],
  ["SELECT INTERVAL 1.5 DAYS", "INVALID_INTERVAL_FORMAT.INVALID_FRACTION", { input: " 1.5 DAYS", unit: "days" }, "INTERVAL 1.5 DAYS"],
  ["SELECT INTERVAL 5 NANOSECONDS", "INVALID_INTERVAL_FORMAT.INVALID_UNIT", { input: " 5 NANOSECONDS", unit: "nanoseconds" }, "INTERVAL 5 NANOSECONDS"],
  ["SELECT a IN ()", "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", {}, "a IN"],
  ["SELECT a LIKE 'x' ESCAPE 'ab'", "INVALID_ESC", { invalidEscape: "'ab'" }, "'ab'"],
  ["SELECT a ! IN (1)", "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", { clause: "!" }, "!"],
  ["SELECT DATE 'x', X'0G'", "INVALID_TYPED_LITERAL", { valueType: '"DATE"', value: "'x'" }, "DATE 'x'"],
  ["WITH a AS (SELECT 1), A AS (SELECT 2) SELECT 1", "DUPLICATED_CTE_NAMES", { duplicateNames: "`a`" }, "WITH a AS (SELECT 1), A AS (SELECT 2)"],
  ["SELECT dateadd('DAY', 1, d)", "INVALID_PARAMETER_VALUE.DATETIME_UNIT", { parameter: "`unit`", functionName: "`dateadd`", invalidValue: "'DAY'" }, "'DAY', 1, d)"],
  ["SELECT 1 ORDER BY 1 SORT BY 1", "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES", {}, "ORDER BY 1 SORT BY 1"],
  ["CREATE TEMP VIEW a.b AS SELECT 1", "INVALID_TEMP_OBJ_QUALIFIER", { objectType: "VIEW", objectName: "`b`", qualifier: "`a`" }, "CREATE TEMP VIEW a.b AS SELECT 1"],
];

test("other errors have Spark's condition and parameters, and blame the fragment", () => {
  for (const [sql, condition, parameters, fragment] of OTHERS) {
    const error = failure(() => parseStatement(sql));
    assert.equal(error.condition, condition, sql);
    assert.deepEqual({ ...error.messageParameters }, parameters, sql);
    assert.equal(error.queryContext[0]?.fragment, fragment, sql);
  }
});

test("statements of Spark that Millrace hasn't are refused by name", () => {
  const names = ["ADD JAR 'x.jar'", "SELECT TRANSFORM(a) USING 'cat' FROM t"].map(sql => {
    const error = failure(() => parseStatement(sql));
    assert.equal(error.condition, "MILLRACE_UNSUPPORTED");
    return error.messageParameters.what;
  });
  assert.deepEqual(names, ["The statement ADD JAR", "The script transformation TRANSFORM"]);
});

test("each entry point takes what it is for and nothing more", () => {
  assert.equal(parseExpression("a + 1 AS b").kind, "alias");
  assert.equal(parseCondition("a > 1").kind, "unresolved_function");
  assert.deepEqual(parseNameParts("a.`b.c`"), ["a", "b.c"]);
  for (const run of [() => parseCondition("a AS b"), () => parseExpression("a, b"), () => parseExpression("a; b"), () => parseQuery("SET a = 1"), () => parseNameParts("a + b"), () => parseStatement("SELECT 1; SELECT 2")]) {
    assert.equal(failure(run).condition, "PARSE_SYNTAX_ERROR");
  }
});

test("settings change what words and quotes mean", () => {
  const conf = (key: string, value: string) => ({ conf: new Map([[key, value]]) });
  assert.equal(parseExpression('"a b"').kind, "literal");
  assert.equal(parseExpression('"a b"', conf("spark.sql.ansi.doubleQuotedIdentifiers", "true")).kind, "unresolved_attribute");
  assert.equal(parseExpression("select").kind, "unresolved_attribute");
  assert.equal(failure(() => parseExpression("select", conf("spark.sql.ansi.enforceReservedKeywords", "true"))).condition, "PARSE_SYNTAX_ERROR");
  const at = (timeZone: string) => { const node = parseExpression("TIMESTAMP '2024-07-01 12:00:00'", { timeZone }); return node.kind === "literal" ? node.value : undefined; };
  assert.equal((at("America/New_York") as bigint) - (at("UTC") as bigint), 4n * 3_600_000_000n);
  const local = parseExpression("TIMESTAMP '2024-07-01 12:00:00'", conf("spark.sql.timestampType", "TIMESTAMP_NTZ"));
  assert.equal(local.kind === "literal" ? local.type.kind : "", "timestamp_ntz");
  assert.equal(parseExpression("TIME '12:00:00'", conf("spark.sql.timeType.enabled", "true")).kind, "literal");
});

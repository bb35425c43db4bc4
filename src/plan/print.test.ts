/**
 * Catches automatic names that differ from Spark's where the conformance corpus has no case: frames of windows, RESPECT
 * NULLS, arithmetic of dates whose type only analysis knows, zones.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { parseExpression } from "../sql/parser.ts";
import { DATE, dayTimeInterval, INT, TIMESTAMP, yearMonthInterval, type DataType } from "../types/data-type.ts";
import { columnName, expressionToSql } from "./print.ts";

const name = (sql: string): string => expressionToSql(parseExpression(sql));

test("calls and operators", () => {
  const names: readonly (readonly [sql: string, name: string])[] = [
    ["a + b * 2", "(a + (b * 2))"], ["t.a <> 1 OR NOT b", "((NOT (t.a = 1)) OR (NOT b))"], ["-a", "(- a)"], ["- -1", "(- -1)"], ["~a", "~a"], ["count(*)", "count(1)"],
    ["a IN (1, 'x')", "(a IN (1, x))"], ["a NOT IN (SELECT 1)", "(NOT (a IN (listquery())))"], ["EXISTS (SELECT 1)", "exists()"], ["(SELECT 1)", "scalarsubquery()"],
    ["a IS NOT TRUE", "(NOT (a <=> true))"], ["a LIKE 'x' ESCAPE '!'", "a LIKE x ESCAPE '!'"], ["a || b || 'c'", "concat(concat(a, b), c)"], ["Count(DISTINCT a, b)", "count(DISTINCT a, b)"],
    ["sum(a) FILTER (WHERE b > 0)", "sum(a) FILTER (WHERE (b > 0))"], ["first_value(a)", "first_value(a)"], ["first_value(a) RESPECT NULLS", "first(a)"], ["last_value(a) IGNORE NULLS", "last(a)"],
    ["percentile_cont(0.5) WITHIN GROUP (ORDER BY v DESC)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY v DESC)"], ["pow(2, 3)", "pow(2, 3)"], ["power(2, 3)", "POWER(2, 3)"], ["sqrt(4)", "SQRT(4)"],
    ["if(a, 1, 2)", "(IF(a, 1, 2))"], ["CASE a WHEN 1 THEN 'x' ELSE b END", "CASE WHEN (a = 1) THEN x ELSE b END"], ["xs[0]", "xs[0]"], ["m['k'].f", "m[k].f"], ["f(x).y", "f(x).y"],
    ["CAST(a AS ARRAY<INT>)", "a"], ["TRY_CAST(a AS DECIMAL(5, 2))", "TRY_CAST(a AS DECIMAL(5,2))"], ["X'0a'", "X'0A'"], ["1e10", "1.0E10"], ["INTERVAL -90 MINUTES", "INTERVAL '-90' MINUTE"],
    ["transform(xs, x -> x + 1)", "transform(xs, lambdafunction((namedlambdavariable() + 1), namedlambdavariable()))"], [":p + ?", "(:p + ?)"],
  ];
  for (const [sql, expected] of names) assert.equal(name(sql), expected);
});

test("windows show the frame that applies", () => {
  const running = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
  assert.equal(name("row_number() OVER (PARTITION BY k ORDER BY t DESC)"), `row_number() OVER (PARTITION BY k ORDER BY t DESC NULLS LAST ${running})`);
  assert.equal(name("sum(v) OVER (ORDER BY t)"), "sum(v) OVER (ORDER BY t ASC NULLS FIRST RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)");
  assert.equal(name("sum(v) OVER ()"), "sum(v) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)");
  assert.equal(name("lag(v) OVER (ORDER BY t)"), "lag(v, 1, NULL) OVER (ORDER BY t ASC NULLS FIRST ROWS BETWEEN -1 FOLLOWING AND -1 FOLLOWING)");
  assert.equal(name("lead(v, 2, 0) OVER (ORDER BY t)"), "lead(v, 2, 0) OVER (ORDER BY t ASC NULLS FIRST ROWS BETWEEN 2 FOLLOWING AND 2 FOLLOWING)");
  assert.equal(name("max(v) OVER (ORDER BY t RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING)"), "max(v) OVER (ORDER BY t ASC NULLS FIRST RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING)");
});

test("arithmetic of dates shows by the types that analysis found", () => {
  const types: Readonly<Record<string, DataType>> = { d: DATE, t: TIMESTAMP, n: INT, days: dayTimeInterval("day", "day"), hours: dayTimeInterval("hour", "hour"), months: yearMonthInterval("month", "month") };
  const typed = (sql: string): string => expressionToSql(parseExpression(sql), { typeOf: node => node.kind === "unresolved_attribute" ? types[node.nameParts[0]!] : undefined });
  assert.deepEqual(["d + n", "n + d", "d - n", "d + days", "d - days", "d + hours", "months + t", "t - days", "d - d", "n + n"].map(typed), [
    "date_add(d, n)", "date_add(d, n)", "date_sub(d, n)", "date_add(d, extractansiintervaldays(days))", "date_add(d, (- extractansiintervaldays(days)))",
    "d + hours", "t + months", "t - days", "(d - d)", "(n + n)",
  ]);
});

test("a select item is called after its alias, its column or its text", () => {
  const called = (sql: string): string => columnName(parseExpression(sql));
  assert.deepEqual(["a + 1 AS b", "t.s.a", "CAST(t.a AS INT)", "a::int::string", "a + 1"].map(called), ["b", "a", "a", "CAST(CAST(a AS INT) AS STRING)", "(a + 1)"]);
});

test("timestamps show on the clocks of the zone", () => {
  const node = parseExpression("TIMESTAMP '2024-07-01 12:00:00.5'");
  assert.equal(expressionToSql(node), "TIMESTAMP '2024-07-01 12:00:00.5'");
  assert.equal(expressionToSql(node, { timeZone: "America/New_York" }), "TIMESTAMP '2024-07-01 08:00:00.5'");
});

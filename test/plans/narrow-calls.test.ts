/** Catches fields of from_json that come out otherwise when the other fields are left out: texts that are malformed here or there, over the rows of one batch and of few rows. */
import assert from "node:assert/strict";
import test from "node:test";
import { analyze } from "../../src/analyze/analyzer.ts";
import { lookupFunction } from "../../src/functions/registry.ts";
import { optimize } from "../../src/optimize/optimize.ts";
import { planToText } from "../../src/optimize/plan-text.ts";
import { parseQuery } from "../../src/sql/parser.ts";
import { answerOf } from "./answers.ts";
import { contextFor, Views } from "./corpus.ts";

const TEXTS = [
  '{"a":1,"b":"x","c":2.5,"d":{"e":1,"f":[1,2]}}', '{"a":"bad","b":"kept","c":"bad","d":5}', '{"b":7,"a":3', '{"a":1,"b":"twice","a":2}', '{"d":{"e":"bad","f":[1,"bad"]},"b":"after"}', '{"c":1e400,"b":"y"}',
  "{}", "", " ", "[]", '[{"a":9,"b":"in an array"}]', "null", "text", '{"other":[1,{"x":"\\q"}],"b":"z"}', '{"other":"\u0001","b":"z"}', '{"b":"z"} tail', '{"a":null,"b":null}', '{"A":5,"b":"B"}',
];
const SCHEMA = "a INT, b STRING, c DOUBLE, d STRUCT<e: INT, f: ARRAY<INT>>";
const QUERIES = [
  "SELECT s, j.b FROM (SELECT s, from_json(s, '*') AS j FROM v)", "SELECT s, j.a, j.c FROM (SELECT s, from_json(s, '*') AS j FROM v)", "SELECT s, j.d, j.b FROM (SELECT s, from_json(s, '*') AS j FROM v)",
  "SELECT s, from_json(s, '*').d.e, from_json(s, '*').a FROM v", "SELECT s, from_json(s, '*').c FROM v", "SELECT j.b FROM (SELECT from_json(s, '*') AS j FROM v) WHERE j.a IS NOT NULL OR j.c > 1",
  "SELECT j.a, count(j.b) FROM (SELECT from_json(s, '*') AS j FROM v) GROUP BY j.a", "SELECT max(from_json(s, '*').a), min(from_json(s, '*').b) FROM v", "SELECT j IS NULL, j.b FROM (SELECT s, from_json(s, '*') AS j FROM v)",
  "SELECT j.b FROM (SELECT from_json(s, '*', map('mode', 'PERMISSIVE')) AS j FROM v)", "SELECT j.b FROM (SELECT from_json(s, 'a INT, b STRING, _corrupt_record STRING') AS j FROM v)",
  "SELECT x.j.a FROM (SELECT from_json(s, '*') AS j FROM v UNION ALL SELECT from_json(s, '*') FROM v) AS x", "SELECT DISTINCT j.b FROM (SELECT from_json(s, '*') AS j FROM v) ORDER BY b",
];

test("fields of from_json alone are what they are beside the others", async () => {
  const { settings } = contextFor(new Views(), {}, lookupFunction), context = contextFor(new Views(), {}, lookupFunction);
  for (const copies of [1, 20]) {
    const values = Array.from({ length: copies }, () => TEXTS).flat().map(text => `(${text === "null" ? "NULL" : `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`})`).join(", ");
    for (const query of QUERIES) {
      const plan = analyze(parseQuery(`WITH v(s) AS (VALUES ${values}) ${query.replaceAll("'*'", `'${SCHEMA}'`)}`), context), optimised = optimize(plan, settings);
      const expected = await answerOf(plan, settings);
      assert.ok(typeof expected !== "string", `${query}: ${String(expected)}`);
      assert.deepEqual(await answerOf(optimised, settings), expected, `${query}\n${planToText(optimised).slice(0, 2000)}`);
    }
  }
});

/** Catches texts of a collation that are compared, grouped or sorted by their bytes, and bytes that are where a collation was asked for. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError } from "../../src/base/errors.ts";
import { conformanceSession } from "../conformance/world.ts";

const { session } = conformanceSession({});
const rows = async (sql: string): Promise<unknown[]> => (await session.sql(sql).collect()).map(row => Object.values(row as object));
const NAMES = "(SELECT c COLLATE UTF8_LCASE AS c, n FROM VALUES ('b', 1), ('A', 2), ('a', 3), ('B', 4), (NULL, 5) AS t(c, n))";

test("groups, DISTINCT, sorts, extremes, windows and joins go by the collation", async () => {
  assert.deepEqual(await rows(`SELECT c, sum(n) AS s FROM ${NAMES} GROUP BY c ORDER BY c`), [[null, 5n], ["A", 5n], ["b", 5n]]);
  assert.deepEqual(await rows(`SELECT count(DISTINCT c) AS d, min(c) AS least, max(c) AS most FROM ${NAMES}`), [[2n, "A", "b"]]);
  assert.deepEqual(await rows(`SELECT DISTINCT c FROM ${NAMES} ORDER BY c DESC`), [["b"], ["A"], [null]]);
  assert.deepEqual(await rows(`SELECT n FROM ${NAMES} ORDER BY c, n`), [[5], [2], [3], [1], [4]]);
  assert.deepEqual(await rows(`SELECT n, count(*) OVER (PARTITION BY c) AS k FROM ${NAMES} ORDER BY n`), [[1, 2n], [2, 2n], [3, 2n], [4, 2n], [5, 1n]]);
  assert.deepEqual(await rows(`SELECT count(*) AS n FROM ${NAMES} AS l JOIN ${NAMES} AS r ON l.c = r.c`), [[8n]]);
  assert.deepEqual(await rows(`SELECT n FROM ${NAMES} WHERE c = 'a' AND c IN ('A', 'x') AND c LIKE '_' ORDER BY n`), [[2], [3]]);
});

test("what searches finds parts in any case and keeps the text's own letters", async () => {
  assert.deepEqual(await rows("SELECT replace(t, 'X', '-'), split_part(t, 'X', 2), substring_index(t, 'X', 2), instr(t, 'XB'), upper(t) FROM (SELECT 'axbXc' COLLATE UTF8_LCASE AS t)"), [["a-b-c", "b", "axb", 2, "AXBXC"]]);
});

test("UNICODE and languages order text by text, and group what differs by no level that counts", async () => {
  const sorted = async (collation: string): Promise<unknown[]> => (await rows(`SELECT c FROM VALUES ('z'), ('B'), ('ä'), ('b'), ('a'), ('-'), ('ö'), (NULL) AS t(c) ORDER BY c COLLATE ${collation}`)).map(row => (row as unknown[])[0]);
  assert.deepEqual(await sorted("UNICODE"), [null, "-", "a", "ä", "b", "B", "ö", "z"]);
  assert.deepEqual(await sorted("sv"), [null, "-", "a", "b", "B", "z", "ä", "ö"]);
  assert.deepEqual(await rows("SELECT min(c COLLATE UNICODE), max(c COLLATE UNICODE), max_by(c, c COLLATE UNICODE) FROM VALUES ('B'), ('a'), ('ä') AS t(c)"), [["a", "B", "B"]]);
  assert.deepEqual(await rows("SELECT c, rank() OVER (ORDER BY c COLLATE UNICODE_CI) FROM VALUES ('B'), ('a'), ('A') AS t(c) ORDER BY c"), [["A", 1], ["B", 3], ["a", 1]]);
  assert.deepEqual(await rows("SELECT count(*) FROM VALUES ('Æ'), ('ae'), ('e'), ('É') AS t(c) GROUP BY c COLLATE UNICODE_CI_AI ORDER BY 1"), [[2n], [2n]]);
  assert.deepEqual(await rows("SELECT listagg(DISTINCT c COLLATE UTF8_LCASE), array_distinct(array('x', 'X' COLLATE UTF8_LCASE)), 'b' COLLATE UNICODE < 'B' FROM VALUES ('a'), ('A') AS t(c)"), [["a", ["x"], true]]);
});

test("two collations in one call are an error, and so are names that are none", async () => {
  const condition = async (sql: string): Promise<string> => await session.sql(sql).collect().then(() => "no error", (error: unknown) => (error as MillraceError).condition);
  assert.equal(await condition("SELECT 'a' COLLATE UTF8_LCASE = 'a' COLLATE UNICODE"), "COLLATION_MISMATCH.EXPLICIT");
  assert.equal(await condition("SELECT a = b FROM (SELECT 'a' COLLATE UTF8_LCASE AS a, 'A' COLLATE UNICODE AS b)"), "INDETERMINATE_COLLATION_IN_EXPRESSION");
  assert.equal(await condition("SELECT 'a' COLLATE nothing"), "COLLATION_INVALID_NAME");
  assert.equal(await condition("SELECT contains('a' COLLATE UNICODE_AI, 'a')"), "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
});

test("stop", async () => { await session.stop(); });

/**
 * Catches statements that don't do what Spark's do, that are carried out in another order than they were given in, or whose
 * failure goes unseen.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { setImmediate } from "node:timers/promises";
import { createSession, type Session } from "../../src/api/session.ts";
import { LocalEngine } from "../../src/api/local/local-engine.ts";
import { seededRandom, systemClock } from "../../src/base/clock.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { nodeFiles } from "../../src/base/files.ts";

async function withSession(run: (session: Session, warnings: string[], folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-statements-")), warnings: string[] = [];
  const session = createSession({ timeZone: "UTC", conf: { "spark.sql.warehouse.dir": join(folder, "warehouse") } }, context =>
    new LocalEngine(context, { clock: systemClock, random: seededRandom(1), files: nodeFiles, print: () => {}, warn: text => { warnings.push(text); } }));
  try {
    await run(session, warnings, folder);
  } finally {
    await session.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const rows = async (session: Session, sql: string): Promise<unknown[]> => (await session.sql(sql).collect()).map(row => Object.values(row as object));
async function condition(session: Session, sql: string): Promise<string> {
  try {
    await session.sql(sql).collect();
    return "no error";
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    return error.condition;
  }
}

test("variables are declared, set, seen behind columns, and dropped", () => withSession(async session => {
  await session.sql("DECLARE VARIABLE n INT DEFAULT 5").collect();
  assert.deepEqual(await rows(session, "SELECT n, session.n + 1 FROM VALUES (1) AS t(x)"), [[5, 6]]);
  assert.deepEqual(await rows(session, "SELECT n FROM VALUES (9) AS t(n)"), [[9]]);
  await session.sql("SET VAR n = (SELECT CAST(max(id) AS INT) FROM range(8))").collect();
  assert.deepEqual(await rows(session, "SELECT n"), [[7]]);
  await session.sql("SET VAR n = DEFAULT").collect();
  assert.deepEqual(await rows(session, "SELECT id FROM range(10) LIMIT n"), [[0n], [1n], [2n], [3n], [4n]]);
  assert.equal(await condition(session, "SET VAR n = 'abc'"), "CAST_INVALID_INPUT");
  await session.sql("DROP TEMPORARY VARIABLE n").collect();
  assert.equal(await condition(session, "SELECT n"), "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION");
}));

test("statements that nobody waits for run in order, and later queries wait for them", () => withSession(async session => {
  session.sql("CREATE TABLE t (a INT) USING json");
  for (let i = 0; i < 5; i++) session.sql("INSERT INTO t VALUES (:i)", { i });
  session.sql("DECLARE VARIABLE total BIGINT");
  session.sql("SET VAR total = (SELECT sum(a) FROM t)");
  session.sql("INSERT OVERWRITE t VALUES (100)");
  assert.deepEqual(await rows(session, "SELECT total, (SELECT sum(a) FROM t) AS s"), [[10n, 100n]]);
}));

test("a statement that failed and whose result nothing asks for leaves a warning", () => withSession(async (session, warnings) => {
  session.sql("CREATE TABLE t (a INT) USING json");
  session.sql("INSERT INTO t VALUES ('x')");
  assert.deepEqual(await rows(session, "SELECT count(*) AS n FROM t"), [[0n]]);
  await setImmediate();   // whoever asks at once still gets the error himself
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST/);
}));

test("SQL functions stand for their bodies, also below subqueries and behind LATERAL", () => withSession(async session => {
  await session.sql("CREATE TEMPORARY FUNCTION below(n INT DEFAULT 3) RETURNS TABLE (i BIGINT) RETURN SELECT id FROM range(10) WHERE id < n").collect();
  await session.sql("CREATE TEMPORARY FUNCTION largest(n BIGINT) RETURNS BIGINT RETURN (SELECT max(i) FROM below(n))").collect();
  assert.deepEqual(await rows(session, "SELECT largest(id + 1) FROM range(3)"), [[0n], [1n], [2n]]);
  assert.deepEqual(await rows(session, "SELECT a, i FROM VALUES (1), (2) AS t(a), LATERAL below(t.a) ORDER BY a, i"), [[1, 0n], [2, 0n], [2, 1n]]);
  assert.deepEqual(await rows(session, "SELECT count(*) AS n FROM below()"), [[3n]]);
  assert.equal(await condition(session, "SELECT largest()"), "WRONG_NUM_ARGS.WITHOUT_SUGGESTION");
  await session.sql("CREATE TEMPORARY FUNCTION ping(n INT) RETURNS INT RETURN n").collect();
  await session.sql("CREATE TEMPORARY FUNCTION pong(n INT) RETURNS INT RETURN ping(n)").collect();
  assert.equal(await condition(session, "CREATE OR REPLACE TEMPORARY FUNCTION ping(n INT) RETURNS INT RETURN pong(n)"), "CYCLIC_FUNCTION_REFERENCE");
  assert.deepEqual(await rows(session, "SELECT pong(4)"), [[4]]);
}));

test("a view has the settings of its making, and goes when it turns out to be wrong", () => withSession(async (session, _warnings, folder) => {
  session.conf.set("spark.sql.ansi.enabled", false);
  await session.sql("CREATE TEMP VIEW v AS SELECT 1 / 0 AS r").collect();
  session.conf.set("spark.sql.ansi.enabled", true);
  assert.deepEqual(await rows(session, "SELECT r FROM v"), [[null]]);
  assert.equal(await condition(session, "SELECT 1 / 0"), "DIVIDE_BY_ZERO");
  assert.equal(await condition(session, `CREATE TEMP VIEW w AS SELECT * FROM json.\`${folder}/nothing\``), "PATH_NOT_FOUND");
  assert.equal(await condition(session, "SELECT * FROM w"), "TABLE_OR_VIEW_NOT_FOUND");
  assert.equal(await condition(session, "CREATE OR REPLACE TEMP VIEW v AS SELECT * FROM (SELECT * FROM v)"), "RECURSIVE_VIEW");
  assert.deepEqual(await rows(session, "SELECT r FROM v"), [[null]]);
}));

test("tables keep their rows in files, and casts of INSERT are checked", () => withSession(async (session, _warnings, folder) => {
  await session.sql("CREATE TABLE t (a INT, b STRING DEFAULT 'none', c DOUBLE) USING json").collect();
  await session.sql("INSERT INTO t VALUES (1, 'x', 2), (2, DEFAULT, NULL)").collect();
  await session.sql("INSERT INTO t BY NAME SELECT 3.6 AS a, 1.5F AS c").collect();
  await session.sql("INSERT INTO t (c, a) VALUES (0, 4)").collect();
  assert.deepEqual(await rows(session, "SELECT a, b, c FROM default.t ORDER BY a"), [[1, "x", 2], [2, "none", null], [3, "none", 1.5], [4, "none", 0]]);
  assert.equal(readdirSync(join(folder, "warehouse", "t")).filter(name => name.startsWith("part-")).length, 3);
  assert.equal(await condition(session, "INSERT INTO t SELECT 3000000000, 'x', 1"), "CAST_OVERFLOW_IN_TABLE_INSERT");
  assert.equal(await condition(session, "INSERT INTO t VALUES (1)"), "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS");
  assert.equal(await condition(session, "INSERT OVERWRITE t SELECT * FROM t"), "UNSUPPORTED_OVERWRITE.TABLE");
  await session.sql("CREATE TABLE u USING json AS SELECT a, b FROM t WHERE a > 2").collect();
  assert.deepEqual(await rows(session, "TABLE u |> ORDER BY a"), [[3, "none"], [4, "none"]]);
  await session.sql("TRUNCATE TABLE u").collect();
  assert.deepEqual(await rows(session, "SELECT count(*) AS n FROM u"), [[0n]]);
  await session.sql("DROP TABLE u").collect();
  assert.deepEqual(readdirSync(join(folder, "warehouse")), ["t"]);
}));

test("partitions are folders; INSERT fills and replaces one of them", () => withSession(async (session, _warnings, folder) => {
  await session.sql("CREATE TABLE p (a INT, day STRING, k INT) USING json PARTITIONED BY (day, k)").collect();
  await session.sql("INSERT INTO p VALUES (1, 'mon', 1), (2, 'tue', 1)").collect();
  await session.sql("INSERT INTO p PARTITION (day = 'tue', k) SELECT 3, 2").collect();
  await session.sql("INSERT OVERWRITE p PARTITION (day = 'mon', k = 1) VALUES (10), (11)").collect();
  assert.deepEqual(await rows(session, "SELECT a, day, k FROM p ORDER BY a"), [[2, "tue", 1], [3, "tue", 2], [10, "mon", 1], [11, "mon", 1]]);
  assert.deepEqual(await rows(session, "SHOW PARTITIONS p"), [["day=mon/k=1"], ["day=tue/k=1"], ["day=tue/k=2"]]);
  await session.sql("INSERT OVERWRITE p PARTITION (day = 'mon', k = 1) SELECT 1 WHERE false").collect();
  assert.deepEqual(await rows(session, "SELECT a FROM p ORDER BY a"), [[2], [3]]);
  assert.deepEqual(readdirSync(join(folder, "warehouse", "p")).filter(name => name.includes("=")).sort(), ["day=mon", "day=tue"]);
  assert.equal(await condition(session, "INSERT INTO p PARTITION (a = 1) VALUES (1)"), "PARTITIONS_NOT_FOUND");
}));

test("EXECUTE IMMEDIATE binds values and sets variables", () => withSession(async session => {
  assert.deepEqual(await rows(session, "EXECUTE IMMEDIATE 'SELECT :a + ' || '1 AS r' USING 41 AS a"), [[42]]);
  await session.sql("DECLARE x INT").collect();
  await session.sql("EXECUTE IMMEDIATE 'SELECT ? * 2' INTO x USING 21").collect();
  assert.deepEqual(await rows(session, "SELECT x"), [[42]]);
  await session.sql("EXECUTE IMMEDIATE 'CREATE TEMP VIEW made AS SELECT 7 AS k'").collect();
  assert.deepEqual(await rows(session, "SELECT IDENTIFIER('k') FROM IDENTIFIER('ma' || 'de')"), [[7]]);
}));

test("a subquery that uses the outer row stands in aggregates, windows and inner join conditions, and is refused where Spark refuses it", () => withSession(async session => {
  assert.deepEqual(await rows(session, "SELECT sum((SELECT count(*) FROM range(5) s WHERE s.id < t.id)) AS x FROM range(3) t"), [[3n]]);
  assert.deepEqual(await rows(session, "SELECT sum(id) FILTER (WHERE EXISTS (SELECT 1 FROM range(2) s WHERE s.id = t.id)) AS x FROM range(4) t"), [[1n]]);
  assert.deepEqual(await rows(session, "SELECT id, row_number() OVER (ORDER BY (SELECT max(s.id) FROM range(5) s WHERE s.id < t.id) DESC, id) AS r FROM range(3) t ORDER BY id"), [[0n, 3], [1n, 2], [2n, 1]]);
  assert.deepEqual(await rows(session, "SELECT t.id FROM range(3) t JOIN range(3) u ON t.id = u.id AND EXISTS (SELECT 1 FROM range(2) s WHERE s.id = t.id) ORDER BY 1"), [[0n], [1n]]);
  for (const before of ["t.id = u.id AND", ""]) {
    assert.equal(await condition(session, `SELECT t.id FROM range(3) t JOIN range(3) u ON ${before} EXISTS (SELECT 1 FROM range(2) s WHERE s.id = t.id AND s.id = u.id) ORDER BY 1`), "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION");
  }
  assert.equal(await condition(session, "SELECT id FROM range(4) t ORDER BY (SELECT max(s.id) FROM range(5) s WHERE s.id < t.id) DESC, id"), "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY");
}));

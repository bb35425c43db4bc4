/** Catches statements about tables that leave files in another state than they say, and statistics that outlive the rows they are of. What they answer stands in the corpus (tables_ddl). */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { session, stringify } from "millrace";

test("partitions are folders: added, renamed, emptied, dropped", async () => {
  const warehouse = mkdtempSync(join(tmpdir(), "millrace-"));
  try {
    await using mill = session({ timeZone: "UTC", conf: { "spark.sql.warehouse.dir": warehouse } });
    const run = async (sql: string): Promise<string> => stringify(await mill.sql(sql).collect());
    await run("CREATE TABLE t (a INT, p INT, q STRING) USING json PARTITIONED BY (p, q)");
    await run("INSERT INTO t VALUES (1, 1, 'x'), (2, 1, 'y')");
    await run("ALTER TABLE t ADD PARTITION (p = 2, q = 'z')");
    assert.deepEqual(readdirSync(join(warehouse, "t")).filter(name => name.startsWith("p=")), ["p=1", "p=2"]);
    await run("ALTER TABLE t PARTITION (p = 1, q = 'x') RENAME TO PARTITION (p = 3, q = 'w')");
    assert.equal(await run("SELECT * FROM t ORDER BY a"), '[{"a":1,"p":3,"q":"w"},{"a":2,"p":1,"q":"y"}]');
    await run("TRUNCATE TABLE t PARTITION (p = 1)");
    assert.equal(await run("SELECT * FROM t"), '[{"a":1,"p":3,"q":"w"}]');
    await run("ALTER TABLE t DROP PARTITION (p = 2, q = 'z')");
    assert.equal(existsSync(join(warehouse, "t", "p=2")), false);
    assert.equal(await run("SHOW PARTITIONS t"), '[{"partition":"p=1/q=y"},{"partition":"p=3/q=w"}]');
  } finally {
    rmSync(warehouse, { recursive: true, force: true });
  }
});

test("what ANALYZE TABLE found is shown and planned with, until rows change", async () => {
  const warehouse = mkdtempSync(join(tmpdir(), "millrace-"));
  try {
    await using mill = session({ timeZone: "UTC", conf: { "spark.sql.warehouse.dir": warehouse } });
    const run = async (sql: string): Promise<string> => stringify(await mill.sql(sql).collect());
    await run("CREATE TABLE small USING csv AS SELECT id, id % 3 AS k FROM range(7)");
    await run("ANALYZE TABLE small COMPUTE STATISTICS FOR ALL COLUMNS");
    const facts = await run("DESCRIBE EXTENDED small k");
    assert.match(facts, /"info_name":"max","info_value":"2"/);
    assert.match(facts, /"info_name":"distinct_count","info_value":"3"/);
    assert.match(await run("EXPLAIN COST SELECT * FROM small"), /\b7 rows|rowCount=7|rows=7/);
    await run("INSERT INTO small VALUES (8, 9)");
    assert.match(await run("DESCRIBE EXTENDED small k"), /"info_name":"max","info_value":"NULL"/);
  } finally {
    rmSync(warehouse, { recursive: true, force: true });
  }
});

test("functions of SQL call each other, and never themselves", async () => {
  await using mill = session({ timeZone: "UTC" });
  mill.sql("CREATE TEMPORARY FUNCTION one(x INT) RETURNS INT RETURN x + 1");
  mill.sql("CREATE TEMPORARY FUNCTION two(x INT) RETURNS INT RETURN one(one(x))");
  mill.sql("CREATE TEMPORARY FUNCTION pairs(n INT) RETURNS TABLE (a INT, b INT) RETURN SELECT x, two(x) FROM VALUES (1), (2), (3) AS t(x) WHERE x <= n");
  mill.sql("CREATE TEMPORARY FUNCTION sums(n INT) RETURNS TABLE (s INT) RETURN SELECT a + b FROM pairs(n)");
  assert.equal(stringify(await mill.sql("SELECT s FROM sums(2) ORDER BY s").collect()), '[{"s":4},{"s":6}]');
  assert.throws(() => mill.sql("CREATE OR REPLACE TEMPORARY FUNCTION one(x INT) RETURNS INT RETURN two(x)"), (error: { condition?: string }) => error.condition === "CYCLIC_FUNCTION_REFERENCE");
});

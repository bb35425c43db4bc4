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

test("a partition may lie elsewhere: it is read, written, emptied and dropped there", async () => {
  const warehouse = mkdtempSync(join(tmpdir(), "millrace-")), other = join(warehouse, "other", "x");
  try {
    await using mill = session({ timeZone: "UTC", conf: { "spark.sql.warehouse.dir": warehouse } });
    const run = async (sql: string): Promise<string> => stringify(await mill.sql(sql).collect());
    await run("CREATE TABLE t (a INT, p INT) USING parquet PARTITIONED BY (p)");
    await run("INSERT INTO t VALUES (1, 1), (2, 2)");
    await run(`ALTER TABLE t ADD PARTITION (p = 3) LOCATION '${other}'`);
    await run("INSERT INTO t PARTITION (p = 3) VALUES (3)");
    await run("INSERT INTO t VALUES (4, 3), (5, 1)");
    assert.equal(readdirSync(other).filter(name => name.endsWith(".parquet")).length, 2);
    assert.equal(existsSync(join(warehouse, "t", "p=3")), false);
    assert.equal(await run("SELECT a, p FROM t ORDER BY a"), '[{"a":1,"p":1},{"a":2,"p":2},{"a":3,"p":3},{"a":4,"p":3},{"a":5,"p":1}]');
    assert.equal(await run("SELECT a FROM t WHERE p = 3 ORDER BY a"), '[{"a":3},{"a":4}]');
    assert.equal(await run("SHOW PARTITIONS t"), '[{"partition":"p=1"},{"partition":"p=2"},{"partition":"p=3"}]');
    await run("INSERT OVERWRITE t PARTITION (p = 3) VALUES (6)");
    assert.equal(await run("SELECT a FROM t WHERE p = 3"), '[{"a":6}]');
    // Files that lie in the folder it had are no part of the table while it lies elsewhere.
    await run(`ALTER TABLE t PARTITION (p = 2) SET LOCATION '${join(warehouse, "other", "y")}'`);
    assert.equal(await run("SELECT a FROM t ORDER BY a"), '[{"a":1},{"a":5},{"a":6}]');
    await run("INSERT OVERWRITE t VALUES (7, 2)");
    assert.equal(await run("SELECT a, p FROM t"), '[{"a":7,"p":2}]');
    assert.equal(readdirSync(join(warehouse, "other", "y")).filter(name => name.endsWith(".parquet")).length, 1);
    await run("ALTER TABLE t DROP PARTITION (p = 2)");
    assert.equal(existsSync(join(warehouse, "other", "y")), false);
    assert.equal(await run("SELECT count(*) AS n FROM t"), '[{"n":0}]');
  } finally {
    rmSync(warehouse, { recursive: true, force: true });
  }
});

for (const format of ["parquet", "json", "csv", "avro"]) {
  test(`a column of ${format} added with a DEFAULT has it in rows that were there, and in no others`, async () => {
    const warehouse = mkdtempSync(join(tmpdir(), "millrace-"));
    try {
      await using mill = session({ timeZone: "UTC", conf: { "spark.sql.warehouse.dir": warehouse } });
      const run = async (sql: string): Promise<string> => stringify(await mill.sql(sql).collect());
      await run(`CREATE TABLE t (a INT, p STRING) USING ${format} PARTITIONED BY (p)`);
      await run("INSERT INTO t VALUES (1, 'x'), (2, 'y')");
      await run("ALTER TABLE t ADD COLUMN b INT DEFAULT 2 + 3");
      await run("INSERT INTO t (a, b, p) VALUES (3, NULL, 'x'), (4, DEFAULT, 'x')");
      await run("ALTER TABLE t ALTER COLUMN b SET DEFAULT 9");
      await run("INSERT INTO t (a, p) VALUES (5, 'z')");
      assert.equal(await run("SELECT a, b, p FROM t ORDER BY a"), '[{"a":1,"b":5,"p":"x"},{"a":2,"b":5,"p":"y"},{"a":3,"b":null,"p":"x"},{"a":4,"b":5,"p":"x"},{"a":5,"b":9,"p":"z"}]');
      assert.equal(await run("SELECT a FROM t WHERE b = 5 ORDER BY a"), '[{"a":1},{"a":2},{"a":4}]');
      assert.equal(await run("SELECT b FROM t WHERE a = 1"), '[{"b":5}]');
      await run("ALTER TABLE t ADD COLUMN (c STRING DEFAULT 'k', d DATE DEFAULT DATE'2021-02-03')");
      assert.equal(await run("SELECT count(c) AS n, min(d) AS d, count(b) AS m FROM t"), '[{"n":5,"d":"2021-02-03","m":4}]');
    } finally {
      rmSync(warehouse, { recursive: true, force: true });
    }
  });
}

/** Catches parts of a plan that are run once although they differ, draw by chance or are counted, and equal ones that are run twice. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { session, type Session } from "millrace";

const rows = async (mill: Session, sql: string): Promise<string[]> => (await mill.sql(sql).collect()).map(row => Object.values(row as Record<string, unknown>).map(String).join("|")).sort();
const FACTS = "SELECT id, IF(id % 7 = 0, NULL, id % 50) AS k, id % 4 AS part, concat('name ', id % 13) AS name, CAST(id AS DECIMAL(12, 2)) AS price FROM range(20000)";

/** `shared`: how many parts are run once for several. */
const QUERIES: readonly { readonly sql: string; readonly shared: number }[] = [
  { shared: 1, sql: "WITH t AS (SELECT k, sum(price) AS s FROM facts WHERE id < 15000 GROUP BY k) SELECT * FROM t WHERE s = (SELECT max(s) FROM t)" },
  { shared: 1, sql: "WITH t AS (SELECT k, sum(price) AS s FROM facts GROUP BY k) SELECT a.k, a.s, b.s AS other FROM t a JOIN t b ON a.k = b.k" },
  { shared: 1, sql: "WITH t AS (SELECT k, sum(price) AS s FROM facts GROUP BY k) SELECT a.k, a.s, b.s AS other FROM t a LEFT JOIN t b ON a.k = b.k + 1" },
  { shared: 0, sql: "WITH t AS (SELECT k, name, count(*) AS n FROM facts GROUP BY k, name) SELECT a.k, b.name FROM t a JOIN t b ON a.n = b.n AND a.k = 3 AND b.name = 'name 5' JOIN t c ON c.n = a.n" },
  { shared: 1, sql: "WITH t AS (SELECT DISTINCT name, part FROM facts) SELECT count(*) FROM t a, t b WHERE a.part < b.part" },
  { shared: 1, sql: "SELECT k, max(price) FROM facts GROUP BY k UNION ALL SELECT k, max(price) FROM facts GROUP BY k UNION ALL SELECT k, min(price) FROM facts GROUP BY k" },
  { shared: 1, sql: "WITH inner AS (SELECT k, sum(price) AS s FROM facts GROUP BY k), outer AS (SELECT s % 10 AS d, count(*) AS n FROM inner GROUP BY d) SELECT a.d, a.n FROM outer a JOIN outer b ON a.n <= b.n" },
  { shared: 2, sql: "WITH inner AS (SELECT k, sum(price) AS s FROM facts GROUP BY k), outer AS (SELECT s % 10 AS d, count(*) AS n FROM inner GROUP BY d) SELECT a.d, a.n, (SELECT max(s) FROM inner) FROM outer a JOIN outer b ON a.n <= b.n" },
  { shared: 0, sql: "SELECT a.k, a.s, b.s AS other FROM (SELECT k, sum(price) AS s FROM facts WHERE id < 10 GROUP BY k) a JOIN (SELECT k, sum(price) AS s FROM facts WHERE id < 20 GROUP BY k) b ON a.k = b.k" },
  { shared: 0, sql: "SELECT a.k, a.s, b.s AS other FROM (SELECT k, sum(price) AS s FROM facts GROUP BY k) a JOIN (SELECT k, sum(id) AS s FROM facts GROUP BY k) b ON a.k = b.k" },
  { shared: 1, sql: "SELECT a.k, b.k AS other FROM (SELECT k, part FROM facts GROUP BY k, part) a JOIN (SELECT part AS k, k AS part FROM facts GROUP BY k, part) b ON a.k = b.part AND a.part = b.k" },
];

test("groupings that are the same are run once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-shared-"));
  try {
    await using mill = session({ timeZone: "UTC" });
    await mill.sql(FACTS).write.parquet(join(folder, "facts"));
    for (const { sql, shared } of QUERIES) {
      mill.read.parquet(join(folder, "facts")).createOrReplaceTempView("facts");
      const plan = String(Object.values((await mill.sql(`EXPLAIN ${sql}`).collect())[0] as object)[0]), got = await rows(mill, sql);
      // The number of a shared part stands where it is run and where it is read again.
      const numbers = new Set([...plan.matchAll(/Shared (\d+) .*, as above/g)].map(([, number]) => number));
      assert.equal(numbers.size, shared, `${sql}\n${plan}`);
      await mill.sql(`CREATE OR REPLACE TEMP VIEW facts AS ${FACTS}`).collect();
      assert.deepEqual(got, await rows(mill, sql), sql);
      assert.ok(got.length > 0, sql);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what differs each time is run each time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-shared-"));
  try {
    await using mill = session({ timeZone: "UTC" });
    await mill.sql(FACTS).write.parquet(join(folder, "facts"));
    mill.read.parquet(join(folder, "facts")).createOrReplaceTempView("facts");
    for (const value of ["rand()", "uuid()", "monotonically_increasing_id()"]) {
      const plan = String(Object.values((await mill.sql(`EXPLAIN WITH t AS (SELECT k, max(${value}) AS m FROM facts GROUP BY k) SELECT * FROM t a JOIN t b ON a.k = b.k`).collect())[0] as object)[0]);
      assert.doesNotMatch(plan, /Shared/, value);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

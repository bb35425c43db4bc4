/** Catches wrong levels of WITH RECURSIVE: rows lost or doubled, an endless one that a limit doesn't stop, bounds that don't hold, memory that stays taken. */
import assert from "node:assert/strict";
import test from "node:test";
import { session, type Session } from "millrace";
import { linearMemory } from "../../src/memory/linear-memory.ts";

const rows = async (mill: Session, sql: string): Promise<unknown[][]> => (await mill.sql(sql).collect()).map(row => Object.values(row as Record<string, unknown>));

test("levels follow each other until there are no rows", async () => {
  await using mill = session({ timeZone: "UTC" });
  const before = linearMemory().inUseBytes;
  const tree = "WITH RECURSIVE t(id, level) AS (SELECT 1, 0 UNION ALL SELECT 2 * t.id + c.d, level + 1 FROM t, VALUES (0), (1) AS c(d) WHERE level < 12)";
  assert.deepEqual(await rows(mill, `${tree} SELECT count(*), count(DISTINCT id), min(id), max(id), max(level) FROM t`), [[8191n, 8191n, 1, 8191, 12]]);
  assert.deepEqual(await rows(mill, `${tree} SELECT count(*) FROM t a JOIN t b ON a.id = 2 * b.id WHERE a.level > 3 AND b.id IN (SELECT id FROM t WHERE level < 9)`), [[504n]]);
  assert.deepEqual(await rows(mill, "WITH RECURSIVE p(a, b, s) AS (SELECT 0, 1, CAST(NULL AS STRING) UNION ALL SELECT b, a + b, concat('a text of fibonacci ', b) FROM p WHERE b < 100) SELECT max(b), count(s), max(s) FROM p"),
    [[144, 11n, "a text of fibonacci 89"]]);
  assert.deepEqual(await rows(mill, "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT 2) SELECT sum(i) FROM n"), [[3n]]);
  assert.equal(linearMemory().inUseBytes, before);
});

test("a limit ends what has no end; without one the bounds do", async () => {
  await using mill = session({ timeZone: "UTC" });
  const endless = (name: string) => `WITH RECURSIVE ${name} AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n)`;
  assert.deepEqual(await rows(mill, `${endless("n")} SELECT i FROM n LIMIT 5`), [[1], [2], [3], [4], [5]]);
  await assert.rejects(mill.sql(`${endless("n")} SELECT count(*) FROM n`).collect(), { condition: "RECURSION_LEVEL_LIMIT_EXCEEDED" });
  await assert.rejects(mill.sql("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + d FROM n, VALUES (1), (2), (3), (4) AS t(d)) SELECT count(*) FROM n").collect(), { condition: "RECURSION_ROW_LIMIT_EXCEEDED" });
  mill.conf.set("spark.sql.cteRecursionLevelLimit", "7");
  await assert.rejects(mill.sql(`${endless("n")} SELECT count(*) FROM n`).collect(), { condition: "RECURSION_LEVEL_LIMIT_EXCEEDED", messageParameters: { levelLimit: "7" } });
});

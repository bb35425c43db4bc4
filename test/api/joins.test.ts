/**
 * Catches joins that depend on which side is kept, or on subqueries and windows above them, and a join whose memory stays
 * taken after it failed.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { session, type Session } from "millrace";

const rows = async (mill: Session, sql: string): Promise<unknown[][]> => (await mill.sql(sql).collect()).map(row => Object.values(row as Record<string, unknown>));

test("an outer join gives the same, whichever side is kept", async () => {
  await using mill = session({ timeZone: "UTC" });
  await mill.sql("CREATE TEMP VIEW few AS SELECT * FROM VALUES (1, 'a'), (1, 'b'), (99999, 'c'), (200000, 'd'), (NULL, 'e') AS t(k, name)").collect();
  for (const joinType of ["LEFT", "RIGHT", "FULL", "INNER"]) {
    const few = `few ${joinType} JOIN range(100000) r ON few.k = r.id`;
    const many = `range(100000) r ${{ LEFT: "RIGHT", RIGHT: "LEFT", FULL: "FULL", INNER: "INNER" }[joinType]} JOIN few ON few.k = r.id`;
    const counted = (from: string) => rows(mill, `SELECT count(*), count(r.id), count(few.name), sum(r.id), min(name), max(name) FROM ${from}`);
    assert.deepEqual(await counted(few), await counted(many), joinType);
    const [plan] = await rows(mill, `EXPLAIN SELECT * FROM ${few}`);
    assert.match(String(plan![0]), /HashJoin \w+, build left/);
  }
  assert.deepEqual(await rows(mill, "SELECT name, id FROM few LEFT JOIN range(100000) r ON k = id ORDER BY name"), [["a", 1n], ["b", 1n], ["c", 99999n], ["d", null], ["e", null]]);
  assert.deepEqual(await rows(mill, "SELECT count(*) FROM range(10) a FULL JOIN range(10) b ON a.id < b.id AND b.id < 3"), [[19n]]);
});

test("a join that holds too much fails, and gives its memory back", async () => {
  await using mill = session({ timeZone: "UTC", memoryBytes: 8 * 1024 * 1024 });
  for (let i = 0; i < 3; i++) {
    for (const sql of [
      "SELECT max(t) FROM range(200000) a JOIN (SELECT id, concat('a text of some length ', id) AS t FROM range(200000)) b ON a.id = b.id",
      "SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY -id) AS n FROM range(900000))",
    ]) await assert.rejects(mill.sql(sql).collect(), { condition: "MILLRACE_OUT_OF_MEMORY" });
    assert.deepEqual(await rows(mill, "SELECT count(*) FROM range(1000) a JOIN range(1000) b ON a.id = b.id"), [[1000n]]);
  }
});

/**
 * Catches joins that depend on which side is kept, or on subqueries and windows above them, and a join whose memory stays
 * taken after it failed.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, schema, session, type Session } from "millrace";
import { abs } from "millrace/functions";

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

test("the nearest rows by a rank: ties by the other side's order, nulls are no pairs, a frame beside itself, what is refused", async () => {
  await using mill = session({ timeZone: "UTC" });
  const Point = schema({ id: bigint().notNull(), x: bigint() }), points = mill.createDataFrame([{ id: 1, x: 0 }, { id: 2, x: 10 }, { id: 3 }, { id: 4, x: 4 }], Point);
  const pairs = async (how: "inner" | "left", count: number, direction: "distance" | "similarity"): Promise<string[]> => {
    // As a left join in the type: a kind that is a variable would make the right side either.
    const joined = points.nearestByJoin(points, (a, b) => abs(a.x.minus(b.x)), count, "exact", direction, how as "left");
    return (await joined.select((a, b) => ({ a: a.id, b: b.id })).orderBy("a", "b").collect()).map(({ a, b }) => `${a}-${b}`);
  };
  assert.deepEqual(await pairs("inner", 1, "distance"), ["1-1", "2-2", "4-4"]);
  assert.deepEqual(await pairs("left", 2, "distance"), ["1-1", "1-4", "2-2", "2-4", "3-null", "4-1", "4-4"]);
  assert.deepEqual(await pairs("inner", 1, "similarity"), ["1-2", "2-1", "4-2"]);
  const sql = mill.sql`SELECT a.id AS a, b.id AS b FROM ${points} a LEFT JOIN ${points} b EXACT NEAREST 2 BY DISTANCE abs(a.x - b.x) ORDER BY 1, 2`;
  assert.deepEqual((await sql.collect()).map(row => `${row["a"]}-${row["b"]}`), await pairs("left", 2, "distance"));
  assert.throws(() => points.nearestByJoin(points, a => a.x, 0, "exact", "distance"), { condition: "NEAREST_BY_JOIN.NUM_RESULTS_OUT_OF_RANGE", sqlState: "42604" });
  assert.throws(() => points.nearestByJoin(points, a => a.x, 1, "exact", "distance", "right" as never), { condition: "NEAREST_BY_JOIN.UNSUPPORTED_JOIN_TYPE" });
  assert.throws(() => points.nearestByJoin(points, a => a.x, 1, "fast" as never, "distance"), /no mode 'fast'/);
});

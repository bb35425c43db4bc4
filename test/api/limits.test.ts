/** Catches limits that read more than they need: what is counted is what sources gave, files opened and calls of functions, never time. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bigint, observation, schema, session, type DataFrame, type Session } from "millrace";
import { count } from "millrace/functions";

const folder = mkdtempSync(join(tmpdir(), "millrace-limits-"));
after(() => rmSync(folder, { recursive: true }));

const Row = schema({ id: bigint().notNull(), k: bigint().notNull() }), ROWS = 60_000;

/** A table of 60,000 rows that says how many of them were asked for. */
class Counted {
  asked = 0;
  readonly frame: DataFrame<{ id: bigint; k: bigint }>;
  constructor(mill: Session, keys = 1000) {
    const self = this;
    this.frame = mill.createDataFrame(async function* () {
      for (let i = 0; i < ROWS; i++) {
        self.asked++;
        yield { id: BigInt(i), k: BigInt(i % keys) };
      }
    }, Row);
  }
}

/** What is asked for before the first batch can be cut: one of these, and what the queue of results takes ahead. */
const FEW = 5 * 4096;

test("rows one by one: unions, dropDuplicates, joins, explode, functions over values", async () => {
  await using mill = session({ timeZone: "UTC" });
  const small = mill.range(50).withColumnRenamed("id", "k");
  const cases: readonly (readonly [string, (counted: DataFrame<{ id: bigint; k: bigint }>) => Promise<unknown>])[] = [
    ["limit", t => t.limit(3).collect()],
    ["take", t => t.take(3)],
    ["first", t => t.first()],
    ["isEmpty", t => t.isEmpty()],
    ["show", t => t.showString(3)],
    ["offset", t => t.offset(10).limit(3).collect()],
    ["dropDuplicates", t => t.dropDuplicates("k").take(20)],
    ["distinct", t => t.select("k").distinct().take(20)],
    ["group without aggregates", t => t.groupBy("k").agg().take(20)],
    ["keys of groups alone", t => t.groupBy(r => ({ k: r.k.mod(100) })).count().select("k").take(20)],
    ["join, the stream of rows", t => t.join(small, "k").take(20)],
    ["left join", t => t.join(small, "k", "left").take(20)],
    ["semi join", t => t.join(small, "k", "left_semi").take(20)],
    ["anti join", t => t.join(small, "k", "left_anti").take(20)],
    ["cross join", t => t.crossJoin(small.withColumnRenamed("k", "j")).take(20)],
    ["cross join, the kept side", t => small.withColumnRenamed("k", "j").crossJoin(t).take(20)],
    ["right join", t => small.join(t, "k", "right").take(20)],
    ["union", t => t.union(t).take(20)],
    ["values", t => t.rows().filter(row => row.k === 7n).map(row => row.id).take(3)],
    ["map to rows", t => t.map(row => row.id).filter(id => id % 100n === 3n).map(id => ({ id, k: 0n })).toDF(Row).take(5)],
  ];
  for (const [name, run] of cases) {
    const counted = new Counted(mill);
    await run(counted.frame);
    assert.ok(counted.asked > 0 && counted.asked <= FEW, `${name}: ${counted.asked} rows`);
  }
});

test("what lies behind the rows that were enough isn't begun: branches, build sides, groups", async () => {
  await using mill = session({ timeZone: "UTC" });
  const few = mill.range(10).select(r => ({ id: r.id, k: r.id })), other = (): Counted => new Counted(mill);
  const untouched = async (name: string, make: (t: DataFrame<{ id: bigint; k: bigint }>) => { collect(): Promise<unknown[]> }, rows: number): Promise<void> => {
    const counted = other();
    assert.equal((await make(counted.frame).collect()).length, rows, name);
    assert.equal(counted.asked, 0, name);
  };
  await untouched("a branch", t => few.union(t).limit(5), 5);
  await untouched("a branch behind a projection", t => few.union(t).select(r => ({ twice: r.id.plus(r.k) })).limit(10), 10);
  await untouched("a group", t => few.union(t.groupBy("k").agg(r => ({ id: count(r.id) })).select(r => ({ id: r.id, k: r.k }))).limit(5), 5);
  await untouched("a sort", t => few.union(t.orderBy("k")).limit(10), 10);
  await untouched("both sides of a join", t => few.union(t.join(t.select("k").distinct(), "k").select("id", "k")).limit(5), 5);
  await untouched("a limit of nothing", t => t.limit(0), 0);
  await untouched("behind an empty side", t => t.join(few.where(r => r.id.gt(100n)), "k"), 0);
  await untouched("semi join with nothing", t => t.join(few.where(r => r.id.gt(100n)), "k", "left_semi"), 0);
  // What is still asked of the others is right.
  const counted = other();
  assert.deepEqual((await few.limit(4).union(counted.frame.limit(3)).select("id").collect()).map(row => row.id), [0n, 1n, 2n, 3n, 0n, 1n, 2n]);
  assert.deepEqual((await few.union(few).limit(3).union(few.limit(1)).union(few.union(few).limit(12)).select("id").collect()).map(row => Number(row.id)), [0, 1, 2, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
});

test("an operator behind a limit that was met gets its end: groups, sorts, writers", async () => {
  await using mill = session({ timeZone: "UTC" });
  const few = mill.range(10), counted = new Counted(mill), both = few.union(counted.frame.select("id")).limit(7);
  assert.deepEqual(await both.agg(r => ({ n: count(r.id) })).collect(), [{ n: 7n }]);
  assert.deepEqual((await both.orderBy(r => r.id.desc()).take(2)).map(row => row.id), [6n, 5n]);
  assert.equal((await both.union(both).collect()).length, 14);
  assert.equal(await both.join(both.withColumnRenamed("id", "other"), (a, b) => a.id.eq(b.other)).count(), 7);
  await both.write.parquet(join(folder, "written"));
  assert.equal(await mill.read.parquet(join(folder, "written")).count(), 7);
  assert.equal(counted.asked, 0);
});

test("nothing that isn't wanted is evaluated", async () => {
  await using mill = session({ timeZone: "UTC" });
  // Of an empty table count(*) is 0: the second branch, left out, must not divide by it.
  const left = mill.sql("SELECT id FROM range(5) UNION ALL SELECT 10 DIV count(*) FROM range(3) LIMIT 5");
  assert.equal((await left.collect()).length, 5);
});

test("what many read, or somebody observes, is whole", async () => {
  await using mill = session({ timeZone: "UTC" });
  const counted = new Counted(mill), seen = observation<{ n: bigint }>("seen");
  counted.frame.createOrReplaceTempView("t");
  // The grouping stands twice in the plan and is run once, though one of its readers is below a limit that was met.
  const twice = mill.sql("WITH g AS (SELECT k, count(*) AS n FROM t GROUP BY k) SELECT * FROM (SELECT id AS k, id AS n FROM range(5) UNION ALL SELECT k, n FROM g LIMIT 5) UNION ALL SELECT k, n FROM g");
  assert.equal(await twice.count(), 1005);
  assert.equal(counted.asked, ROWS);
  await mill.range(10).union(mill.range(20).observe(seen, () => ({ n: count() }))).limit(5).collect();
  assert.ok((await seen.get()).n >= 0n);
  const cached = new Counted(mill), kept = cached.frame.where(r => r.k.lt(3n)).cache();
  assert.equal((await kept.take(5)).length, 5);
  assert.equal(await kept.count(), 180);
});

test("files that aren't needed aren't opened", async () => {
  await using mill = session({ timeZone: "UTC" });
  for (let i = 0; i < 4; i++) writeFileSync(join(folder, `part-${i}.json`), i < 2 ? `{"id":${i},"k":1}\n{"id":${i + 10},"k":1}\n` : "{ no JSON\n");
  const files = mill.read.schema(Row).json(join(folder, "part-*.json"), { mode: "FAILFAST" });
  assert.equal((await files.take(3)).length, 3);
  assert.equal((await files.dropDuplicates("k").take(1)).length, 1);
  assert.equal((await files.union(files).limit(4).collect()).length, 4);
  await assert.rejects(files.take(5), { condition: /MALFORMED_RECORD/ });
});

test("a function over values is called for the first ones only", async () => {
  await using mill = session({ timeZone: "UTC" });
  let calls = 0;
  const values = mill.parallelize(Array.from({ length: 100_000 }, (_, i) => i)).map(n => { calls++; return n; });
  assert.deepEqual(await values.filter(n => n % 10 === 0).take(3), [0, 10, 20]);
  assert.ok(calls < 2000, `${calls} calls`);
});

test("explain says what stopped early and what was not run", async () => {
  await using mill = session({ timeZone: "UTC" });
  const text = await mill.range(100_000).union(mill.range(7).groupBy("id").count().select(r => ({ id: r.count }))).limit(5).explain("analyze");
  assert.match(text, /Range 0 to 100000 \(rows=4096, estimated=100000, stopped early/);
  assert.match(text, /HashAggregate .* \(not run, estimated=7\)/);
});

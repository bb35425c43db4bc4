/** Catches frames that are read again although they are kept, that show old or half of their rows, or that keep memory which was to be given back. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { bigint, schema, session, string, udf } from "millrace";
import { count, sum } from "millrace/functions";

const Row = schema({ id: bigint().notNull(), text: string() });

/** A frame that tells how often its rows were computed. */
function counted(mill: ReturnType<typeof session>, rows = 10_000) {
  const seen = { calls: 0 };
  const spy = udf({ args: [bigint()], returns: bigint().notNull(), deterministic: false }, id => { seen.calls++; return id! * 2n; });
  return { seen, frame: mill.range(rows).select(r => ({ id: r.id, twice: spy(r.id) })) };
}

test("rows are computed once, also as a part of other queries, by a view, joined to themselves", async () => {
  await using mill = session({ timeZone: "UTC" });
  const { seen, frame } = counted(mill);
  assert.equal(frame.storageLevel, "NONE");
  assert.equal(frame.cache(), frame);
  assert.equal(frame.storageLevel, "MEMORY_AND_DISK");
  assert.equal(seen.calls, 0);
  assert.equal(await frame.count(), 10_000);
  assert.equal((await frame.select("twice").agg(r => ({ s: sum(r.twice) })).collect())[0]!.s, 99_990_000n);
  assert.equal(seen.calls, 10_000);
  assert.deepEqual(await frame.where(r => r.id.eq(7)).collect(), [{ id: 7n, twice: 14n }]);
  assert.equal(await frame.join(frame, (l, r) => l.id.eq(r.twice)).count(), 5_000);
  frame.createOrReplaceTempView("twice");
  assert.deepEqual(await mill.sql("SELECT count(*) AS n FROM twice WHERE twice > 10").collect(), [{ n: 9_994n }]);
  assert.equal(seen.calls, 10_000);
  assert.match(await frame.where(r => r.id.gt(1)).explain(), /InMemoryTable \(10000 rows\)/);
  assert.equal(frame.unpersist().storageLevel, "NONE");
  assert.equal(await frame.count(), 10_000);
  assert.ok(seen.calls >= 10_000);
});

test("a query that stops early keeps nothing; one that fails neither", async () => {
  await using mill = session({ timeZone: "UTC" });
  const { seen, frame } = counted(mill, 100_000);
  frame.cache();
  assert.equal((await frame.take(3)).length, 3);
  const early = seen.calls;
  assert.ok(early < 100_000);
  await frame.collect();
  assert.equal(seen.calls, early + 100_000);
  await frame.collect();
  assert.equal(seen.calls, early + 100_000);
  let fails = true;
  const picky = udf({ args: [bigint()], returns: bigint() }, id => { if (fails && id === 9n) throw new Error("nine"); return id; });
  const failing = mill.range(20).select(r => ({ a: picky(r.id) })).persist("MEMORY_ONLY");
  await assert.rejects(failing.collect(), { condition: "FAILED_EXECUTE_UDF" });
  fails = false;
  assert.equal((await failing.collect()).length, 20);
  fails = true;
  assert.equal((await failing.collect()).length, 20);
});

test("what doesn't fit is computed anew; what was used longest ago goes first", async () => {
  await using mill = session({ timeZone: "UTC", conf: { "spark.millrace.cacheBytes": 350_000 } });
  const a = counted(mill, 5_000), b = counted(mill, 5_000), c = counted(mill, 5_000), big = counted(mill, 50_000);
  for (const { frame } of [a, b]) await frame.cache().collect();
  await a.frame.collect();
  assert.deepEqual([a.seen.calls, b.seen.calls], [5_000, 5_000]);
  await c.frame.cache().collect();
  await a.frame.collect();
  await b.frame.collect();
  assert.equal(a.seen.calls, 5_000);
  assert.equal(b.seen.calls, 10_000);
  for (let i = 0; i < 2; i++) assert.equal((await big.frame.cache().collect()).length, 50_000);
  assert.equal(big.seen.calls, 100_000);
});

test("two that read at once, and one that is let go while it is read", async () => {
  await using mill = session({ timeZone: "UTC" });
  const { seen, frame } = counted(mill, 50_000);
  frame.cache();
  const counts = await Promise.all([frame.collect(), frame.agg(() => ({ n: count() })).collect()]);
  assert.deepEqual([counts[0].length, counts[1][0]!.n], [50_000, 50_000n]);
  const before = seen.calls, rows = frame[Symbol.asyncIterator]();
  await rows.next();
  frame.unpersist();
  let left = 1;
  for (let next = await rows.next(); next.done !== true; next = await rows.next()) left++;
  assert.equal(left, 50_000);
  assert.equal(seen.calls, before);
});

test("files are not looked at again until it is let go; CACHE TABLE in SQL; a wrong frame says so where it is used", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-cache-"));
  try {
    await using mill = session({ timeZone: "UTC" });
    const file = join(folder, "rows.ndjson");
    writeFileSync(file, '{"id":1,"text":"a"}\n');
    const frame = mill.read.schema(Row).json(file).cache();
    assert.equal(await frame.count(), 1);
    writeFileSync(file, '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n');
    assert.equal(await frame.count(), 1);
    assert.equal(await mill.read.schema(Row).json(file).count(), 1);
    frame.unpersist();
    assert.equal(await frame.count(), 2);
    frame.createOrReplaceTempView("rows");
    await mill.sql("CACHE TABLE rows").collect();
    assert.equal(await mill.table("rows").count(), 2);
    writeFileSync(file, "");
    assert.equal((await mill.sql("SELECT * FROM rows").collect()).length, 2);
    await mill.sql("UNCACHE TABLE rows").collect();
    assert.equal((await mill.sql("SELECT * FROM rows").collect()).length, 0);
    mill.read.json(join(folder, "nowhere")).cache();
    assert.equal(await mill.range(3).count(), 3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("datasets are kept too, as they are", async () => {
  await using mill = session({ timeZone: "UTC" });
  let calls = 0;
  const values = mill.parallelize([1, 2, 3]).map(n => { calls++; return { n, f: () => n }; }).cache();
  assert.equal((await values.collect())[2]!.f(), 3);
  assert.equal(await values.filter(v => v.n > 1).count(), 2);
  assert.equal(calls, 3);
});

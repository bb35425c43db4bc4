/** Catches watermarks that run ahead of a lagging partition, wait for one that is silent, follow a clock that is wrong, or forget any of it over a restart. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { schema, string, timestamp, type DataFrame } from "../index.ts";
import { count, window } from "../functions.ts";
import { testSession, type TestQuery } from "../testing/index.ts";
import { WatermarkPartitions } from "../operators/watermark-partitions.ts";

const Event = schema({ at: timestamp(), key: string() });
const START = Date.UTC(2026, 0, 1);
const at = (second: number): { at: string; key: string } => ({ at: new Date(START + second * 1000).toISOString(), key: "k" });
/** Seconds of the watermark that the next batch would run with. */
const seconds = (text: string | null | undefined): number | null => (text === null || text === undefined ? null : (Date.parse(text) - START) / 1000);
const perTen = (df: DataFrame<{ at: unknown }>): DataFrame<{ n: bigint }> => (df as DataFrame<{ at: never }>).groupBy(r => ({ w: window(r.at, "10 seconds") })).agg(() => ({ n: count() })).select("n") as never;
const watermarkOf = (run: TestQuery<unknown>): number | null => seconds(run.query.lastProgress!.eventTime.watermark);
const detailOf = (run: TestQuery<unknown>) => run.query.lastProgress!.millrace.watermarks!;

test("perPartition: the least over partitions, also of one without a row; each batch says how far each is", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const input = mill.memoryStream(Event, { partitions: ["a", "b"] });
  await using run = await mill.run(perTen(input.df.withWatermark("at", "5 seconds", { perPartition: true })));
  input.addTo("a", at(100));
  await run.process();
  assert.deepEqual(detailOf(run), [{
    column: "at", delayMs: 5000, watermark: null, isIdle: false, numPartitions: 2,
    partitions: [{ partition: "0/b", watermark: null, isIdle: false }, { partition: "0/a", watermark: new Date(START + 95_000).toISOString(), isIdle: false }],
  }]);
  input.addTo("b", at(32), at(8));
  const rows = await run.process();
  assert.deepEqual([watermarkOf(run), rows.map(row => row.n)], [27, [1n]], "the window of 8 is closed, by b");
  input.addTo("a", at(12), at(200));
  await run.process();
  assert.deepEqual([watermarkOf(run), run.query.lastProgress!.millrace.lateRows], [27, 1], "a may run ahead, nothing moves");
});

test("perPartition over files: a folder is a partition", async () => {
  const root = mkdtempSync(join(tmpdir(), "millrace-partitions-"));
  try {
    const write = (name: string, ...times: readonly number[]): void => {
      mkdirSync(join(root, dirname(name)), { recursive: true });
      writeFileSync(join(root, name), times.map(second => `${JSON.stringify(at(second))}\n`).join(""));
    };
    await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
    write("a/1.json", 100);
    write("b/1.json", 20);
    await using run = await mill.run(perTen(mill.readStream.schema(Event).json(root, { recursiveFileLookup: true }).withWatermark("at", "5 seconds", { perPartition: true })));
    await run.process();
    assert.equal(watermarkOf(run), 15);
    write("a/2.json", 110);
    await run.process();
    assert.equal(watermarkOf(run), 15);
    write("b/2.json", 60);
    await run.process();
    assert.deepEqual([watermarkOf(run), detailOf(run)[0]!.partitions!.map(one => one.partition)], [55, [`0/${root}/b`, `0/${root}/a`]]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("without the option the fastest partition decides, as in Spark", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const input = mill.memoryStream(Event, { partitions: ["a", "b"] });
  await using run = await mill.run(perTen(input.df.withWatermark("at", "5 seconds")));
  input.addTo("b", at(32));
  input.addTo("a", at(100));
  await run.process();
  assert.equal(watermarkOf(run), 95);
});

test("without options a source that has had no row holds the least back, however long", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const left = mill.memoryStream(Event), right = mill.memoryStream(Event);
  await using run = await mill.run(perTen(left.df.withWatermark("at", "5 seconds").union(right.df.withWatermark("at", "0 seconds"))));
  left.add(at(50));
  await run.process();
  await mill.clock.advance("10 days");
  left.add(at(70));
  await run.process();
  assert.equal(run.query.lastProgress!.eventTime.watermark, "1970-01-01T00:00:00.000Z");
});

test("idleTimeout: a silent partition is left out when its time is over, without any row; back, it counts again and the watermark stays", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const input = mill.memoryStream(Event, { partitions: ["a", "b"] });
  await using run = await mill.run(perTen(input.df.withWatermark("at", "5 seconds", { perPartition: true, idleTimeout: "30 seconds" })));
  input.addTo("a", at(100));
  input.addTo("b", at(20));
  await run.process();
  assert.equal(watermarkOf(run), 15);
  await mill.clock.advance("29 seconds");
  input.addTo("a", at(110));
  assert.deepEqual([(await run.process()).length, watermarkOf(run)], [0, 15]);
  await mill.clock.advance("1 second");
  const rows = await run.process();
  assert.deepEqual([watermarkOf(run), rows.length, run.query.lastProgress!.numInputRows], [105, 1, 0], "a batch without rows closed the window of 20; that of 100 ends at 110");
  assert.deepEqual(detailOf(run)[0]!.partitions!.map(one => [one.partition, one.isIdle]), [["0/a", false]], "b is behind the watermark and silent: it is forgotten");
  input.addTo("b", at(21), at(104), at(107));
  await run.process();
  input.addTo("a", at(300));
  await run.process();
  assert.deepEqual([watermarkOf(run), detailOf(run)[0]!.partitions!.map(one => [one.partition, seconds(one.watermark)])], [105, [["0/b", 102], ["0/a", 295]]], "b holds again");
  assert.equal(run.query.recentProgress.reduce((sum, one) => sum + one.millrace.lateRows, 0), 1, "the row of 21 was late");
});

test("idleTimeout of one of two sources: the policy min goes by the other", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const left = mill.memoryStream(Event), right = mill.memoryStream(Event), options = { idleTimeout: "1 minute" } as const;
  await using run = await mill.run(perTen(left.df.withWatermark("at", "5 seconds", options).union(right.df.withWatermark("at", "0 seconds", options))));
  left.add(at(50));
  await run.process();
  assert.equal(watermarkOf(run), seconds("1970-01-01T00:00:00.000Z"));
  await mill.clock.advance("30 seconds");
  left.add(at(60));
  await run.process();
  await mill.clock.advance("30 seconds");
  await run.process();
  assert.deepEqual([watermarkOf(run), detailOf(run).map(one => one.isIdle)], [55, [false, true]]);
  await mill.clock.advance("10 minutes");
  await run.process();
  assert.equal(watermarkOf(run), 55, "all are silent: nothing changes");
  right.add(at(56));
  left.add(at(90));
  await run.process();
  assert.equal(watermarkOf(run), 56, "the other one counts again");
});

test("what partitions had reached is part of the checkpoint, and silence is counted anew from a restart", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const input = mill.memoryStream(Event, { partitions: ["a", "b"] });
  await using run = await mill.run(perTen(input.df.withWatermark("at", "5 seconds", { perPartition: true, idleTimeout: "30 seconds" })));
  input.addTo("a", at(100));
  input.addTo("b", at(20));
  await run.process();
  await run.stop();
  await mill.clock.advance("1 hour");
  await run.restart();
  input.addTo("a", at(101));
  await run.process();
  assert.equal(watermarkOf(run), 15, "b is not silent yet: the query was not there to hear it");
  input.addTo("b", at(40));
  await run.process();
  assert.deepEqual([watermarkOf(run), detailOf(run)[0]!.partitions!.map(one => seconds(one.watermark))], [35, [35, 96]]);
});

test("a batch that a crash cut short decides the same when it runs again", async () => {
  for (const point of ["compute", "append", "check", "commit"] as const) {
    await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
    const input = mill.memoryStream(Event, { partitions: ["a", "b"] });
    await using run = await mill.run(perTen(input.df.withWatermark("at", "5 seconds", { perPartition: true, idleTimeout: "30 seconds", maxFutureSkew: "1 hour" })));
    input.addTo("a", at(100));
    input.addTo("b", at(20));
    const first = await run.process();
    await mill.clock.advance("31 seconds");
    input.addTo("a", at(130), at(9999));
    await run.crashAt(point);
    await mill.clock.advance("5 seconds");
    await run.restart();
    const rows = [...first, ...await run.process()];
    await mill.clock.advance("30 seconds");
    rows.push(...await run.process());
    assert.deepEqual([watermarkOf(run), rows.length], [125, 2], point);
  }
});

test("maxFutureSkew: a time too far ahead is counted, raises nothing, and its row stays", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const input = mill.memoryStream(Event);
  await using run = await mill.run(perTen(input.df.withWatermark("at", "5 seconds", { maxFutureSkew: "1 minute" })));
  input.add(at(7), at(60), at(61), at(5000));
  await run.process();
  const [first, second] = run.query.recentProgress;
  assert.deepEqual([first!.millrace.watermarks![0]!.futureRows, seconds(second!.eventTime.watermark), second!.millrace.watermarks![0]!.futureRows], [2, 55, 0]);
  assert.equal(second!.sink.numOutputRows, 1, "the window of 7");
  assert.equal(first!.stateOperators[0]!.numRowsTotal, 3, "60 and 61 share a window; all rows are there");
  input.add(at(5000));
  await run.process();
  assert.deepEqual([run.query.lastProgress!.millrace.watermarks![0]!.futureRows, watermarkOf(run)], [1, 55], "rows that are all too far ahead");
  await mill.clock.advance("90 minutes");
  input.add(at(5000));
  await run.process();
  assert.equal(watermarkOf(run), 4995);
});

test("in SQL, and what is wrong with options", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const input = mill.memoryStream(Event, { partitions: ["a", "b"] });
  const counts = mill.sql`SELECT count(*) AS n FROM ${input.df} WATERMARK at DELAY OF INTERVAL 5 SECONDS OPTIONS (perPartition = true, idletimeout = '30 seconds') AS e GROUP BY window(at, '10 seconds')`;
  await using run = await mill.run(counts);
  input.addTo("a", at(100));
  input.addTo("b", at(20));
  await run.process();
  assert.equal(watermarkOf(run), 15);
  assert.throws(() => input.df.withWatermark("at", "5 seconds", { idleTimout: "3 seconds" } as never), { condition: "MILLRACE_WATERMARK_OPTION", hint: "did you mean idleTimeout?" });
  await assert.rejects(mill.run(input.df.withWatermark("at", "5 seconds", { idleTimeout: "0 seconds" })), { condition: "MILLRACE_WATERMARK_OPTION" });
  assert.throws(() => mill.sql("SELECT * FROM STREAM e WATERMARK at DELAY OF INTERVAL 5 SECONDS OPTIONS (perPartitions = true)"), { condition: "MILLRACE_WATERMARK_OPTION", hint: "did you mean perPartition?" });
});

test("a partition that is forgotten and comes back holds as one that was kept would", () => {
  for (const later of [5, 15, 25, 400]) {
    const [kept, forgetful] = [new WatermarkPartitions(30), new WatermarkPartitions(30)];
    for (const partitions of [kept, forgetful]) {
      partitions.saw("a", 100, 0);
      partitions.saw("b", 20, 0);
      partitions.saw("a", 200, 40);
    }
    const mark = forgetful.reached(40).greatestMillis!;
    forgetful.forget(mark, 40);
    assert.deepEqual([mark, kept.count, forgetful.count], [200, 2, 1]);
    for (const partitions of [kept, forgetful]) partitions.saw("b", later, 41);
    const after = [kept, forgetful].map(partitions => Math.max(mark, partitions.reached(41).greatestMillis!));
    assert.equal(after[0], after[1]);
  }
});

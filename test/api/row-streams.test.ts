/** Catches rows of a program's iterables that a stream loses, has twice, takes too many of ahead, or that keep a query from ending. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { after, test } from "node:test";
import { bigint, schema, session, string } from "millrace";
import { count } from "millrace/functions";

const root = mkdtempSync(join(tmpdir(), "millrace-rows-")), Item = schema({ id: bigint().notNull(), name: string() }), mill = session({ checkpointRoot: root });
after(async () => { await mill.stop(); rmSync(root, { recursive: true }); });
type Given = { id: bigint | number; name?: string };
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ id: from + i }));
async function* numbered(from: number, to: number, log?: (n: number) => void): AsyncGenerator<Given> { for (let i = from; i < to; i++) { log?.(i); yield { id: i }; } }

test("availableNow reads an iterable to its end, of any kind, in batches", async () => {
  for (const rows of [numbers(0, 25), new Set(numbers(0, 25)), Readable.from(numbers(0, 25)), numbered(0, 25), () => numbered(0, 25)]) {
    const seen: bigint[] = [], batches: number[] = [];
    const query = await mill.readStream.schema(Item).from(rows as Given[], { bufferRows: 10, maxRowsPerTrigger: 4 }).writeStream.trigger({ availableNow: true })
      .foreachBatch(async batch => { const got = await batch.collect(); batches.push(got.length); seen.push(...got.map(row => row.id)); }).start();
    await query.awaitTermination();
    assert.deepEqual(seen, numbers(0, 25).map(row => BigInt(row.id)));
    assert.ok(batches.every(count => count <= 4));
  }
});

test("rows are taken ahead no further than was allowed, and go on when they are delivered", async () => {
  let taken = 0;
  const seen: bigint[] = [], gate = Promise.withResolvers<void>();
  const query = await mill.readStream.schema(Item).from(numbered(0, 500, i => { taken = i + 1; }), { bufferRows: 20 }).writeStream
    .foreachBatch(async batch => { for (const row of await batch.collect()) seen.push(row.id); await gate.promise; }).start();
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  assert.ok(taken <= 41 && taken >= 20, `${taken} rows were taken`);
  gate.resolve();
  await query.awaitTermination();
  assert.deepEqual(seen, numbers(0, 500).map(row => BigInt(row.id)));
});

test("a Node stream feeds a running query; it ends with the stream", async () => {
  const feed = new PassThrough({ objectMode: true }), rows = mill.readStream.schema(Item).from(feed as AsyncIterable<Given>);
  const query = await rows.groupBy().agg(() => ({ n: count() })).writeStream.queryName("fed").format("memory").outputMode("complete").start();
  feed.write({ id: 1, name: "a" });
  feed.write({ id: 2 });
  while ((await mill.table("fed").collect())[0]?.["n"] !== 2n) await new Promise(setImmediate);
  feed.end({ id: 3 });
  await query.awaitTermination();
  assert.deepEqual(await mill.table("fed").collect(), [{ n: 3n }]);
});

test("an iterable goes on where the last query stopped; a function is asked from there, and tells where by the checkpoint", async () => {
  const rows = mill.readStream.schema(Item).from(numbered(0, 40), { bufferRows: 5, maxRowsPerTrigger: 5 }), checkpointLocation = join(root, "goes-on"), seen: bigint[] = [];
  const run = async (upTo: number): Promise<void> => {
    const query = await rows.writeStream.foreachBatch(async batch => { for (const row of await batch.collect()) seen.push(row.id); if (seen.length >= upTo) void query0?.stop(); }).start({ checkpointLocation });
    query0 = query;
    await query.awaitTermination();
  };
  let query0: { stop(): Promise<void> } | undefined;
  await run(10);
  const first = seen.length;
  assert.ok(first >= 10 && first < 40);
  await run(Infinity);
  assert.deepEqual(seen, numbers(0, 40).map(row => BigInt(row.id)));

  const asked: number[] = [], got: bigint[] = [], location = join(root, "function");
  const start = async (limit: number) => {
    const again = mill.readStream.schema(Item).from(taken => { asked.push(taken); return numbered(taken, limit); }, { replayable: true });
    await (await again.writeStream.trigger({ availableNow: true }).foreachBatch(async batch => { for (const row of await batch.collect()) got.push(row.id); }).start({ checkpointLocation: location })).awaitTermination();
  };
  await start(7);
  await start(12);
  assert.deepEqual(asked, [0, 7]);
  assert.deepEqual(got, numbers(0, 12).map(row => BigInt(row.id)));
});

test("rows of a wrong type end the query, or go to the dead letters; what an iterable throws comes behind its rows", async () => {
  const bad = [{ id: 1 }, { id: "two" }, { id: 3 }] as never, start = (mode: "FAILFAST" | "DROPMALFORMED", rows: unknown, seen: bigint[]) => mill.readStream.schema(Item).from(rows as Given[], { mode }).writeStream.trigger({ availableNow: true })
    .foreachBatch(async batch => { for (const row of await batch.collect()) seen.push(row.id); }).start();
  const strict: bigint[] = [], loose: bigint[] = [], broken: bigint[] = [];
  await assert.rejects((await start("FAILFAST", bad, strict)).awaitTermination(), /id` is BIGINT/);
  assert.deepEqual(strict, [1n]);
  const query = await start("DROPMALFORMED", bad, loose);
  await query.awaitTermination();
  assert.deepEqual(loose, [1n, 3n]);
  assert.equal(query.recentProgress.reduce((sum, progress) => sum + progress.millrace.deadLetters, 0), 1);
  await assert.rejects((await start("FAILFAST", async function* () { yield { id: 1 }; throw new Error("gone"); }(), broken)).awaitTermination(), /gone/);
  assert.deepEqual(broken, [1n]);
});

test("two queries can't share an iterable, and wrong options are refused", async () => {
  const rows = mill.readStream.schema(Item).from(new PassThrough({ objectMode: true }) as AsyncIterable<Given>), one = await rows.writeStream.format("noop").start();
  await assert.rejects(async () => { const two = await rows.writeStream.format("noop").start(); await two.awaitTermination(); }, /READ_ONCE/);
  await one.stop();
  assert.throws(() => mill.readStream.from([{ id: 1 }] as never), /need a schema/);
  assert.throws(() => mill.readStream.schema(Item).from([], { bufferRows: 0 }), { condition: "MILLRACE_INVALID_OPTION" });
  assert.throws(() => mill.readStream.schema(Item).from([], { replayable: true }), /function/);
});

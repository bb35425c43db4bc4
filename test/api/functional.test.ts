/** Catches operators over values that lose, repeat or reorder them, run before an action, or hold more than they may; and calls that are awaited out of turn. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError, Timestamp, bigint, int, schema, session, string, timestamp, type Session } from "millrace";
import { count } from "millrace/functions";
import { testSession } from "millrace/testing";

const Event = schema({ ts: timestamp().notNull(), key: string().notNull(), n: bigint().notNull() });
const pairs = (mill: Session) => mill.parallelize([["a", 1], ["b", 2], ["a", 3], ["c", 4]] as [string, number][]);

test("words are counted as written in the documentation", async () => {
  await using mill = session({ timeZone: "UTC" });
  const words = mill.parallelize(["to be", "or not to be"]).flatMap(line => line.split(" ")).mapToPair(word => [word, 1n]).reduceByKey((a, b) => a + b);
  assert.deepEqual(await words.collect(), [["to", 2n], ["be", 2n], ["or", 1n], ["not", 1n]]);
  const frame = words.map(([word, n]) => ({ word, n })).toDF(schema({ word: string().notNull(), n: bigint().notNull() }));
  assert.deepEqual(await frame.where(r => r.n.gt(1)).orderBy("word").collect(), [{ word: "be", n: 2n }, { word: "to", n: 2n }]);
  assert.deepEqual(await frame.groupBy("n").agg(() => ({ words: count() })).orderBy("n").collect(), [{ n: 1n, words: 2n }, { n: 2n, words: 2n }]);
});

test("nothing runs before an action, and a limit stops what is before it", async () => {
  await using mill = session({ timeZone: "UTC" });
  let calls = 0;
  const counted = mill.parallelize(Array.from({ length: 50_000 }, (_, i) => i)).map(i => { calls++; return i * 2; }).filter(i => i % 4 === 0);
  assert.equal(calls, 0);
  assert.deepEqual(await counted.take(3), [0, 4, 8]);
  assert.ok(calls < 10, `${calls} calls`);
  assert.equal(await counted.count(), 25_000);
  assert.equal(await counted.first(), 0);
  assert.equal(await counted.filter(i => i < 0).isEmpty(), true);
});

test("rows of a frame, and values of any kind as they are", async () => {
  await using mill = session({ timeZone: "UTC" });
  const events = mill.createDataFrame([{ ts: "2026-03-01T00:00:00.000001Z", key: "a", n: 1 }, { ts: "2026-03-01T00:00:00.000002Z", key: "b", n: 2 }], Event);
  const kept = await events.map(row => ({ row, at: row.ts.toDate(), all: new Map([[row.key, row.n]]), f: () => row.n })).collect();
  assert.ok(kept[0]!.row.ts instanceof Timestamp && kept[0]!.at instanceof Date && kept[0]!.all.get("a") === 1n && kept[1]!.f() === 2n);
  assert.deepEqual(await events.rows().sortBy(row => row.ts, { ascending: false }).map(row => row.key).collect(), ["b", "a"]);
  assert.deepEqual(await events.groupByKey(row => row.key).mapGroups((key, rows) => `${key}${rows.length}`).collect(), ["a1", "b1"]);
  assert.deepEqual(await mill.parallelize([null, undefined, 0, "", [1]]).collect(), [null, undefined, 0, "", [1]]);
  const seen: string[] = [];
  await events.foreach(async row => { seen.push(row.key); });
  assert.deepEqual(seen, ["a", "b"]);
});

test("pairs: reduce, fold, group, joins, cogroup, subtract", async () => {
  await using mill = session({ timeZone: "UTC" });
  const left = pairs(mill), right = mill.parallelize([["a", "x"], ["d", "y"], ["a", "z"]] as [string, string][]);
  assert.deepEqual(await left.reduceByKey((a, b) => a + b).collect(), [["a", 4], ["b", 2], ["c", 4]]);
  assert.deepEqual(await left.foldByKey(() => [] as number[], (all, n) => [...all, n]).collect(), [["a", [1, 3]], ["b", [2]], ["c", [4]]]);
  assert.deepEqual(await left.groupByKey().mapValues(all => all.length).collect(), [["a", 2], ["b", 1], ["c", 1]]);
  assert.deepEqual(await left.join(right).collect(), [["a", [1, "x"]], ["a", [1, "z"]], ["a", [3, "x"]], ["a", [3, "z"]]]);
  assert.deepEqual(await left.leftOuterJoin(right).filter(([key]) => key !== "a").collect(), [["b", [2, null]], ["c", [4, null]]]);
  assert.deepEqual(await left.rightOuterJoin(right).filter(([key]) => key !== "a").collect(), [["d", [null, "y"]]]);
  assert.equal(await left.fullOuterJoin(right).count(), 7);
  assert.deepEqual(await left.cogroup(right).filter(([key]) => key === "a" || key === "d").collect(), [["a", [[1, 3], ["x", "z"]]], ["d", [[], ["y"]]]]);
  assert.deepEqual(await left.subtractByKey(right).collect(), [["b", [2][0]], ["c", 4]]);
  assert.deepEqual(await left.keys().distinct().collect(), ["a", "b", "c"]);
  assert.deepEqual(await left.values().top(2), [4, 3]);
  assert.deepEqual(await left.flatMapValues(n => Array(n).fill(n) as number[]).countByKey(), new Map([["a", 4], ["b", 2], ["c", 4]]));
  assert.deepEqual(await left.collectAsMap(), new Map([["a", 3], ["b", 2], ["c", 4]]));
});

test("keys are equal by what they are", async () => {
  await using mill = session({ timeZone: "UTC" });
  const at = (text: string) => Timestamp.from(text);
  const keys: unknown[] = [{ a: 1, b: [2] }, { a: 1, b: [2] }, { a: 1, b: ["2"] }, 1, 1n, "1", at("2026-01-01T00:00:00.000001Z"), at("2026-01-01T00:00:00.000002Z"), at("2026-01-01T00:00:00.000001Z"), null, null, -0, 0, NaN, NaN];
  assert.deepEqual((await mill.parallelize(keys).mapToPair(key => [key, 1]).reduceByKey((a, b) => a + b).values().collect()), [2, 1, 1, 1, 1, 2, 1, 2, 2, 2]);
  assert.deepEqual(await mill.parallelize([3n, 1, 2.5, "x"]).filter(v => typeof v !== "string").sortBy(v => v).collect(), [1, 2.5, 3n]);
  assert.deepEqual(await mill.parallelize(["b", "a", "c"]).distinct(() => 1).collect(), ["b"]);
});

test("the rest: union, mapPartitions, zipWithIndex, reduce, fold, aggregate, takeOrdered", async () => {
  await using mill = session({ timeZone: "UTC" });
  const numbers = mill.parallelize([5, 1, 4]);
  assert.deepEqual(await numbers.union(mill.parallelize(["x"]), numbers.map(n => n * 10)).collect(), [5, 1, 4, "x", 50, 10, 40]);
  assert.deepEqual(await mill.range(10_000).map(row => Number(row.id)).mapPartitions(values => [values.length]).reduce((a, b) => a + b), 10_000);
  assert.deepEqual(await mill.parallelize([] as number[]).mapPartitions(values => [values.length]).collect(), [0]);
  assert.deepEqual(await numbers.zipWithIndex().collect(), [[5, 0n], [1, 1n], [4, 2n]]);
  assert.equal(await numbers.reduce((a, b) => a + b), 10);
  assert.equal(await numbers.fold("", (text, n) => text + n), "514");
  assert.equal(await numbers.aggregate(0, (n, v) => n + v, (a, b) => a + b), 10);
  assert.deepEqual(await numbers.takeOrdered(2), [1, 4]);
  await assert.rejects(mill.parallelize([]).reduce(a => a), { condition: "MILLRACE_EMPTY_DATASET" });
  const read: number[] = [];
  for await (const n of numbers) read.push(n);
  assert.deepEqual(read, [5, 1, 4]);
});

test("keyBy, limit, countByValue, groups that are reduced or flattened", async () => {
  await using mill = session();
  const words = mill.parallelize(["ox", "ant", "cat", "ox"]);
  assert.deepEqual(await words.keyBy(word => word.length).limit(2).collect(), [[2, "ox"], [3, "ant"]]);
  assert.deepEqual([...await words.countByValue()], [["ox", 2], ["ant", 1], ["cat", 1]]);
  assert.deepEqual(await words.groupByKey(word => word.length).reduceGroups((a, b) => `${a}+${b}`).collect(), [[2, "ox+ox"], [3, "ant+cat"]]);
  assert.deepEqual(await words.groupByKey(word => word.length).flatMapGroups((length, group) => group.map(word => `${length}${word}`)).collect(), ["2ox", "2ox", "3ant", "3cat"]);
});

test("explain shows the lineage", async () => {
  await using mill = session({ timeZone: "UTC" });
  const double = (n: number): number => 2 * n;
  const text = await pairs(mill).mapValues(double).reduceByKey((a, b) => a + b).map(([key]) => ({ key })).toDF(schema({ key: string() })).where(r => r.key.eq("a")).explain();
  assert.match(text, /Filter\n\s+ToDF\n\s+Map\n\s+ReduceByKey\n\s+MapValues double\n\s+LocalRows 4/);
});

test("awaited calls: bounded, in order, an error by the value, behind a sort, a limit", async () => {
  await using mill = session({ timeZone: "UTC" });
  let active = 0, most = 0;
  const slow = async (n: number): Promise<number> => {
    most = Math.max(most, ++active);
    for (let i = 0; i < 5 - n % 5; i++) await new Promise(resolve => setImmediate(resolve));
    active--;
    return n * 10;
  };
  const numbers = mill.parallelize(Array.from({ length: 100 }, (_, i) => i));
  assert.deepEqual(await numbers.mapAsync(slow, { concurrency: 4 }).collect(), Array.from({ length: 100 }, (_, i) => i * 10));
  assert.ok(most > 1 && most <= 4, `${most} at once`);
  const sorted = mill.createDataFrame([{ n: 3 }, { n: 1 }, { n: 2 }], schema({ n: int().notNull() })).orderBy("n").mapAsync(async row => ({ n: await slow(row.n) })).toDF(schema({ n: int().notNull() }));
  assert.deepEqual(await sorted.where(r => r.n.gt(10)).collect(), [{ n: 20 }, { n: 30 }]);
  assert.deepEqual(await sorted.mapAsync(async row => row.n + 1).map(n => n + 1).collect(), [12, 22, 32]);
  let begun = 0;
  assert.deepEqual(await numbers.mapAsync(async n => { begun++; return n; }, { concurrency: 2 }).take(3), [0, 1, 2]);
  assert.ok(begun < 30, `${begun} calls`);
  await assert.rejects(numbers.mapAsync(async function fetched(n) { if (n === 7) throw new Error("no route"); return n; }).collect(), (error: unknown) => error instanceof MillraceError && error.condition === "MILLRACE_CALL_FAILED" && /mapAsync fetched.*no route.*called with 7, value 8/s.test(error.message));
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 5);
  await assert.rejects(numbers.mapAsync(() => new Promise<number>(() => {})).collect({ signal: abort.signal }), { condition: "OPERATION_CANCELED" });
});

test("errors name the operator, the function and the value; too many values are refused", async () => {
  await using mill = session({ timeZone: "UTC", conf: { "spark.millrace.functional.maxHeldValues": 3 } });
  const failing = (pattern: RegExp) => (error: unknown): boolean => error instanceof MillraceError && error.condition === "FAILED_EXECUTE_UDF" && pattern.test(error.message);
  await assert.rejects(mill.parallelize([1, 2]).map(function half(n) { if (n === 2) throw new RangeError("odd"); return n; }).collect(), failing(/`map half`\) failed due to: RangeError: odd\. It was called with 2, value 2/));
  await assert.rejects(mill.parallelize([1]).map(async n => n).collect(), (error: unknown) => failing(/promise/)(error) && (error as MillraceError).hint?.includes("mapAsync") === true);
  await assert.rejects(mill.parallelize([1]).flatMap(n => n as unknown as number[]).collect(), failing(/flatMap.*not several values/));
  await assert.rejects((mill.parallelize([1]) as unknown as ReturnType<typeof pairs>).reduceByKey(a => a).collect(), failing(/pair \[key, value\]/));
  await assert.rejects(mill.parallelize([{ n: "x" }]).toDF(schema({ n: int() })).collect(), failing(/toDF.*INT; it can't hold/));
  await assert.rejects(mill.parallelize([1, 2, 3, 4]).sortBy(n => n).collect(), { condition: "MILLRACE_TOO_MANY_VALUES" });
  await assert.rejects(pairs(mill).groupByKey().collect(), { condition: "MILLRACE_TOO_MANY_VALUES" });
  assert.throws(() => mill.parallelize([1]).map(1 as never), { condition: "MILLRACE_INVALID_ARGUMENT" });
});

test("over a stream each batch is one run; awaited rows too, whatever crashes", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z", seed: 5 });
  const input = mill.memoryStream(Event), Out = schema({ key: string().notNull(), n: bigint().notNull() });
  const sums = input.df.map(row => [row.key, row.n] as const).filter(([, n]) => n > 0n).reduceByKey((a, b) => a + b).mapAsync(async ([key, n]) => ({ key, n })).toDF(Out);
  assert.equal(sums.isStreaming, true);
  await assert.rejects(input.df.map(row => row.key).collect(), { condition: "MILLRACE_STREAMING_ACTION" });
  await using run = await mill.run(sums);
  const at = "2026-03-01T00:00:01Z";
  input.add({ ts: at, key: "a", n: 1 }, { ts: at, key: "b", n: 2 }, { ts: at, key: "a", n: 3 }, { ts: at, key: "c", n: 0 });
  assert.deepEqual(await run.process(), [{ key: "a", n: 4n }, { key: "b", n: 2n }]);
  input.add({ ts: at, key: "a", n: 5 });
  await run.crashAt("append");
  await run.restart();
  assert.deepEqual(await run.process(), [{ key: "a", n: 5n }]);
});

test("a query that is stopped doesn't wait for what it awaits, and does it again", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z", seed: 5 });
  const input = mill.memoryStream(Event), begun = Promise.withResolvers<void>();
  let hangs = true, aborted = 0;
  const slow = input.df.mapAsync((row, { signal }) => {
    if (!hangs) return { key: row.key, n: row.n };
    begun.resolve();
    return new Promise<{ key: string; n: bigint }>(() => { signal.addEventListener("abort", () => { aborted++; }); });
  }).toDF(schema({ key: string().notNull(), n: bigint().notNull() }));
  await using run = await mill.run(slow);
  input.add({ ts: "2026-03-01T00:00:01Z", key: "a", n: 1 });
  const processing = run.process().catch((error: unknown) => error);
  await begun.promise;
  await run.query.stop();
  await processing;
  assert.deepEqual([run.query.isActive, run.query.exception(), aborted], [false, null, 1]);
  hangs = false;
  await run.restart();
  assert.deepEqual(await run.process(), [{ key: "a", n: 1n }]);
});

test("windows and states of keys go on over batches", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z", seed: 5 });
  const input = mill.memoryStream(Event);
  const sums = input.df.rows().reduceByKeyAndWindow({ at: row => row.ts, window: "1 minute", delay: "10 seconds", key: row => row.key, keyType: string().notNull(), value: row => row.n, valueType: bigint() }, (a, b) => a + b);
  const Sums = schema({ from: timestamp().notNull(), key: string().notNull(), n: bigint().notNull() }), Total = schema({ key: string().notNull(), total: bigint().notNull() });
  await using other = testSession({ now: "2026-03-01T00:00:00Z", seed: 5 });
  const again = other.memoryStream(Event);
  const totals = again.df.map(row => [row.key, row.n] as const).updateStateByKey({ keyType: string().notNull(), valueType: bigint().notNull(), stateType: bigint(), name: "totals" }, (values, state) => { const sum = values.reduce((a, b) => a + b, state ?? 0n); return sum > 100n ? null : sum; });
  await using run = await mill.run(sums.map(({ window, key, value }) => ({ from: window.start, key, n: value })).toDF(Sums), { outputMode: "append" });
  await using second = await other.run(totals.map(([key, total]) => ({ key, total })).toDF(Total), { outputMode: "update" });
  const add = (...rows: Parameters<typeof input.add>): void => { input.add(...rows); again.add(...rows); };
  add({ ts: "2026-03-01T00:00:01Z", key: "a", n: 1 }, { ts: "2026-03-01T00:00:59Z", key: "a", n: 2 });
  assert.deepEqual(await run.process(), []);
  assert.deepEqual(await second.process(), [{ key: "a", total: 3n }]);
  add({ ts: "2026-03-01T00:00:58Z", key: "a", n: 4 }, { ts: "2026-03-01T00:03:00Z", key: "b", n: 8 });
  await run.crashAt("commit");
  await run.restart();
  await second.crashAt("compute");
  await second.restart();
  assert.deepEqual((await run.process()).map(row => ({ ...row, from: String(row.from) })), [{ from: "2026-03-01T00:00:00Z", key: "a", n: 7n }]);
  assert.deepEqual(await second.process(), [{ key: "a", total: 7n }, { key: "b", total: 8n }]);
  add({ ts: "2026-03-01T00:04:00Z", key: "b", n: 200 });
  assert.deepEqual(await second.process(), []);
  const bounded = mill.createDataFrame([{ ts: "2026-03-01T00:00:01Z", key: "a", n: 1 }, { ts: "2026-03-01T00:01:01Z", key: "a", n: 2 }, { ts: "2026-03-01T00:00:02Z", key: "b", n: 4 }], Event);
  assert.deepEqual((await bounded.rows().countByWindow({ at: row => row.ts, window: "1 minute" }).collect()).map(({ window, count }) => [String(window.start), count]), [["2026-03-01T00:00:00Z", 2n], ["2026-03-01T00:01:00Z", 1n]]);
});

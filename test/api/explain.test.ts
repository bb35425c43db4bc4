/** Catches explain() that counts other rows than there were, leaves an operator out, or repeats what it has said. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { bigint, schema, session } from "millrace";
import { broadcast, count, explode, lit, max, sequence } from "millrace/functions";

test("all modes", async () => {
  await using mill = session({ timeZone: "UTC" });
  const names = mill.range(5).withColumnRenamed("id", "k");
  const frame = mill.range(10_000).where(r => r.id.mod(3).eq(0)).groupBy(r => ({ k: r.id.mod(10) })).agg(() => ({ n: count() })).join(broadcast(names), "k").orderBy("k").limit(3);
  const simple = await frame.explain();
  assert.match(simple, /^== Physical Plan ==\nLimit 3\n/);
  assert.match(simple, /HashJoin Inner, build right/);
  const extended = await frame.explain("extended");
  for (const part of ["Parsed Logical Plan", "Analyzed Logical Plan", "Optimized Logical Plan", "Physical Plan"]) assert.match(extended, new RegExp(`== ${part} ==`));
  const formatted = await frame.explain("formatted");
  assert.match(formatted, /\+- Range \(1\)/);
  assert.match(formatted, /\n\n\(1\) Range\nOutput \[1\]: \[id#\d+L\]\nArguments: \(0, 10000, step=1\)/);
  const numbers = [...formatted.matchAll(/^\((\d+)\) /gm)].map(([, n]) => Number(n));
  assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
  const cost = await frame.explain("cost");
  assert.match(cost, /Range \(0, 10000, step=1\), Statistics\(rowCount=10000\)/);
  assert.equal([...cost.matchAll(/IS NOT NULL/g)].length, 1, cost);
});

test("after a run: rows and time of each operator", async () => {
  await using mill = session({ timeZone: "UTC" });
  const frame = mill.range(10_000).where(r => r.id.mod(4).eq(0)).groupBy(r => ({ k: r.id.mod(10) })).agg(() => ({ n: count() })).join(mill.range(3).withColumnRenamed("id", "k"), "k");
  const lines = (await frame.explain("analyze")).split("\n");
  const rows = (text: string): number[] => lines.filter(line => line.trim().startsWith(text)).map(line => Number(/rows=(\d+)/.exec(line)?.[1]));
  assert.match(lines[0]!, /^== Physical Plan, \d+\.\d ms ==$/);
  assert.deepEqual([rows("Range 0 to 10000"), rows("Filter"), rows("HashAggregate"), rows("HashJoin")], [[10_000], [2_500], [5], [2]]);
  const estimated = (text: string): string[] => lines.filter(line => line.trim().startsWith(text)).map(line => /estimated=(.*?)(?:, time=.*)?\)$/.exec(line)?.[1] ?? line);
  assert.deepEqual([estimated("Range 0 to 10000"), estimated("Filter"), estimated("HashAggregate"), estimated("HashJoin")], [["10000"], ["500"], ["22"], ["22, 11 times too many"]]);
  assert.ok(lines.slice(1).filter(line => line !== "").every(line => line.includes("rows=")), lines.join("\n"));
  assert.ok(lines.some(line => /time=\d+\.\d ms/.test(line)));
  assert.ok(!lines.some(line => line.includes("\u0000")));
  void schema({ a: bigint() });
  const stream = mill.readStream.format("rate").load();
  await assert.rejects(stream.explain("analyze"), { condition: "MILLRACE_STREAMING_ACTION" });
  assert.match(await stream.explain("cost"), /Statistics\(unknown\)/);
});

test("after a run: estimates beside the rows, also of scans that decide a filter, of what is kept, and of what no table knows", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-explain-"));
  try {
    await using mill = session({ timeZone: "UTC" });
    await mill.range(1000).select(r => ({ id: r.id, k: r.id.mod(7) })).write.parquet(join(folder, "p"));
    await mill.range(50).write.csv(join(folder, "c"));
    const lines = async (frame: { explain(mode: "analyze"): Promise<string> }): Promise<string[]> => (await frame.explain("analyze")).trim().split("\n").slice(1).map(line => line.trim().replace(/, time=[\d.]+ ms/, "").replace(folder, ""));
    const parquet = mill.read.schema(schema({ id: bigint(), k: bigint() })).parquet(join(folder, "p"));
    assert.deepEqual(await lines(parquet.where(r => r.id.gte(500n))), ["Filter (rows=500, estimated=499)", "Scan parquet /p [id, k] (rows=500, estimated=499)"]);
    assert.deepEqual(await lines(parquet.where(r => r.id.eq(r.k))), ["Filter (rows=7, estimated=143, 20 times too many)", "Scan parquet /p [id, k] (rows=7, estimated=143, 20 times too many)"]);
    assert.deepEqual(await lines(mill.read.csv(join(folder, "c"))), ["Scan csv /c [_c0] (rows=50, estimated=13)"]);
    assert.deepEqual(await lines(mill.createDataFrame((async function* () { yield { id: 1n }; })(), schema({ id: bigint() }))), ["Scan Rows [id] (rows=1, estimated=unknown)"]);
    assert.deepEqual((await lines(parquet.select(r => ({ e: explode(sequence(r.k, lit(200n))) })))).filter(line => line.startsWith("Generate")), ["Generate explode(sequence(k, 200)) [e] (rows=198003, estimated=5000, 40 times too few)"]);
    assert.deepEqual(await lines(parquet.orderBy("id").limit(3)), ["Limit 3 (rows=3, estimated=3)", "TopN 3 (rows=3, estimated=3)", "Scan parquet /p [id, k] (rows=1000, estimated=1000)"]);
    assert.deepEqual(await lines(mill.range(100_000).limit(5)), ["Limit 5 (rows=5, estimated=5)", "Range 0 to 100000 (rows=4096, estimated=100000, stopped early)"]);
    const kept = parquet.where(r => r.k.eq(1n)).cache();
    await kept.count();
    assert.deepEqual(await lines(kept), ["InMemoryTable [id, k] (rows=143, estimated=143)"].map(line => line.replace(/^/, "Scan ").replace(" [", " (143 rows) [")));
    const grouped = parquet.groupBy("k").count();
    assert.deepEqual((await lines(grouped.join(grouped.agg(r => ({ most: max(r.count) })), (a, b) => a.count.eq(b.most)))).filter(line => line.startsWith("Shared")).sort(), ["Shared 1 [k, count] (rows=7, estimated=7)", "Shared 1 [k, count], as above (rows=7, estimated=7)"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

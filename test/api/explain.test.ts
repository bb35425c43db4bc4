/** Catches explain() that counts other rows than there were, leaves an operator out, or repeats what it has said. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, schema, session } from "millrace";
import { broadcast, count } from "millrace/functions";

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
  assert.ok(lines.slice(1).filter(line => line !== "").every(line => line.includes("rows=")), lines.join("\n"));
  assert.ok(lines.some(line => /time=\d+\.\d ms/.test(line)));
  assert.ok(!lines.some(line => line.includes("\u0000")));
  void schema({ a: bigint() });
  const stream = mill.readStream.format("rate").load();
  await assert.rejects(stream.explain("analyze"), { condition: "MILLRACE_STREAMING_ACTION" });
  assert.match(await stream.explain("cost"), /Statistics\(unknown\)/);
});

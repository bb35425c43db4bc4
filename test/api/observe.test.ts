/** Catches observed aggregates that count other rows than went by, and progress that shows those of another batch. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, observation, schema, session, timestamp } from "millrace";
import { count, max, sum } from "millrace/functions";
import { testSession } from "millrace/testing";

test("a query that ends tells what went by, in the middle of a plan", async () => {
  await using mill = session({ timeZone: "UTC" });
  const seen = observation<{ n: bigint; most: bigint | null }>("seen");
  const frame = mill.range(10_000).where(r => r.id.mod(2).eq(0)).observe(seen, r => ({ n: count(), most: max(r.id) })).where(r => r.id.lt(10)).select(r => ({ twice: r.id.mul(2) }));
  assert.equal(await frame.count(), 5);
  assert.deepEqual(await seen.get(), { n: 5_000n, most: 9_998n });
  const other = observation<{ s: bigint | null }>();
  assert.deepEqual(await mill.range(5).select(r => ({ a: r.id, b: r.id.plus(1) })).observe(other, r => ({ s: sum(r.b) })).select("a").collect(), [0n, 1n, 2n, 3n, 4n].map(a => ({ a })));
  assert.deepEqual(await other.get(), { s: 15n });
  assert.match(await frame.explain(), /Observe seen \[n, most\]/);
  await assert.rejects(mill.range(1).observe("x", r => ({ n: r.id })).collect(), { condition: "MISSING_GROUP_BY" });
  assert.throws(() => mill.range(1).observe(1 as never, () => ({ n: count() })), { condition: "MILLRACE_INVALID_ARGUMENT" });
});

test("a stream's progress has them batch by batch", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z", seed: 1 });
  const input = mill.memoryStream(schema({ at: timestamp(), n: bigint().notNull() }));
  await using run = await mill.run(input.df.observe("rows", r => ({ n: count(), last: max(r.at) })).where(r => r.n.gt(1)));
  input.add({ n: 1, at: "2026-03-01T00:00:00Z" }, { n: 2, at: "2026-03-01T00:00:05Z" });
  assert.equal((await run.process()).length, 1);
  assert.deepEqual(run.query.lastProgress?.observedMetrics, { rows: { n: 2, last: "2026-03-01T00:00:05Z" } });
  input.add({ n: 7 });
  await run.crashAt("compute");
  await run.restart();
  assert.equal((await run.process()).length, 1);
  assert.deepEqual(run.query.lastProgress?.observedMetrics, { rows: { n: 1, last: null } });
});

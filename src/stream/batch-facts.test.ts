/** Catches a batch that is told another number, time or query when it runs again than when it ran first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schema, string } from "../index.ts";
import { testSession } from "../testing/index.ts";

const Row = schema({ key: string() });

test("number and time of the batch, and the query's id, are columns like others, and stay over a crash", async () => {
  for (const point of ["compute", "check", "commit"] as const) {
    await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
    const input = mill.memoryStream(Row);
    await using run = await mill.run(mill.sql`SELECT key, millrace_batch_id() AS batch, millrace_query_id() AS query, current_timestamp() AS at FROM ${input.df}`);
    input.add({ key: "a" });
    const rows = [...await run.process()];
    await mill.clock.advance("10 seconds");
    input.add({ key: "b" }, { key: "c" });
    await run.crashAt(point);
    await mill.clock.advance("10 seconds");
    await run.restart();
    rows.push(...await run.process());
    const { id } = run.query, decided = point === "compute" ? 20 : 10;
    assert.deepEqual(rows.map(row => [row["key"], row["batch"], row["query"], String(row["at"])]), [
      ["a", 0n, id, "2026-01-01T00:00:00Z"], ["b", 1n, id, `2026-01-01T00:00:${decided}Z`], ["c", 1n, id, `2026-01-01T00:00:${decided}Z`],
    ], point);
  }
});

test("a filter by batch, and a batch query, in which there is neither", async () => {
  await using mill = testSession();
  const input = mill.memoryStream(Row);
  await using run = await mill.run(mill.sql`SELECT key FROM ${input.df} WHERE millrace_batch_id() % 2 = 1`);
  const seen: unknown[] = [];
  for (const key of ["a", "b", "c", "d"]) {
    input.add({ key });
    seen.push(...(await run.process()).map(row => row["key"]));
  }
  assert.deepEqual(seen, ["b", "d"]);
  assert.deepEqual(await mill.sql("SELECT millrace_batch_id() AS b, millrace_query_id() AS q").collect(), [{ b: null, q: null }]);
});

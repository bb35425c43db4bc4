/** Catches a testing kit that no longer runs as a user writes it: through the package's own name, from rows to rows, over a crash. */
import assert from "node:assert/strict";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { schema, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count, window } from "millrace/functions";
import { testSession } from "millrace/testing";

const Event = schema({ ts: timestamp().notNull(), key: string() });
interface Event extends Infer<typeof Event> {}              // names the row: short hovers
const counts = (events: DataFrame<Event>) => events.withWatermark("ts", "10 seconds")
  .groupBy(r => ({ window: window(r.ts, "1 minute"), key: r.key })).agg(() => ({ n: count() }));

test("a window is out once the watermark has passed it, whatever crashes", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z", seed: 7 });
  const input = mill.memoryStream(Event);
  await using run = await mill.run(counts(input.df), { outputMode: "append" });
  input.add({ ts: "2026-01-01T00:00:05Z", key: "a" }, { ts: "2026-01-01T00:00:06Z", key: "a" });
  assert.deepEqual(await run.process(), []);
  input.add({ ts: "2026-01-01T00:02:00Z" });                // an absent nullable is null
  await run.crashAt("commit");
  await run.restart();
  assert.equal((await run.process())[0]?.n, 2n);
});

// "stage", "syncFiles" and "release" are steps of sinks that stage files; what a test reads from has none.
for (const point of ["compute", "append", "sync", "check", "commit", "acknowledge", "appendDone"] as const) {
  test(`a crash after '${point}', of data and of the batch that closes the window, loses and doubles nothing`, async () => {
    await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
    const input = mill.memoryStream(Event);
    await using run = await mill.run(counts(input.df));
    input.add({ ts: "2026-01-01T00:00:05Z", key: "a" }, { ts: "2026-01-01T00:00:06Z", key: "a" });
    await run.crashAt(point);
    await run.restart();
    assert.deepEqual(await run.process(), []);
    input.add({ ts: "2026-01-01T00:02:00Z" });
    await run.crashAt(point);
    await run.restart();
    const rows = await run.process();
    assert.deepEqual(rows.map(row => [row.window.start.toString(), row.key, row.n]), [["2026-01-01T00:00:00Z", "a", 2n]]);
    assert.deepEqual(await run.process(), []);
  });
}

test("time stands still until it is moved, and a crash that can't come is an error", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  await mill.clock.advance("90 seconds");
  assert.equal(mill.clock.now().toString(), "2026-01-01T00:01:30Z");
  const input = mill.memoryStream(Event);
  await using run = await mill.run(input.df);
  await assert.rejects(run.crashAt("commit"));
  input.add({ ts: "2026-01-01T00:00:05Z" });
  assert.equal((await run.process()).length, 1);
  assert.equal(run.query.lastProgress?.numInputRows, 1);
});

test("files of the test are read as they are; only checkpoints lie on the simulated disk", async () => {
  await using mill = testSession();
  const lines = await mill.read.text(fileURLToPath(import.meta.url)).where(r => r.value.eq('import test from "node:test";')).collect();
  assert.equal(lines.length, 1);
});

/**
 * Catches joins of streams that lose or double rows over a crash, windows behind a join that close before the join's last
 * rows are out, and conditions that say nothing of time being planned as if they did.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { schema, string, timestamp } from "millrace";
import { testSession } from "millrace/testing";

const Event = schema({ ts: timestamp(), key: string() });
const at = (seconds: number): string => `2026-01-01T00:${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}Z`;
const LEFT_JOIN = "SELECT l.key, l.ts AS lts, r.ts AS rts FROM l LEFT JOIN r ON l.key = r.key AND r.ts BETWEEN l.ts AND l.ts + INTERVAL 10 SECONDS";

function streams(mill: ReturnType<typeof testSession>) {
  const left = mill.memoryStream(Event), right = mill.memoryStream(Event);
  left.df.withWatermark("ts", "0 seconds").createOrReplaceTempView("l");
  right.df.withWatermark("ts", "0 seconds").createOrReplaceTempView("r");
  return { left, right };
}

for (const point of ["compute", "append", "commit", "appendDone"] as const) {
  test(`a crash after '${point}' of a join of streams loses and doubles nothing`, async () => {
    await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
    const { left, right } = streams(mill);
    await using run = await mill.run(mill.sql(LEFT_JOIN));
    const texts = async () => (await run.process()).map(row => `${row["key"]} ${String(row["lts"])} ${String(row["rts"])}`).sort();
    left.add({ ts: at(1), key: "a" }, { ts: at(2), key: "b" });
    right.add({ ts: at(1), key: "q" });
    assert.deepEqual(await texts(), []);
    right.add({ ts: at(3), key: "a" });
    await run.crashAt(point);
    await run.restart();
    assert.deepEqual(await texts(), [`a ${at(1)} ${at(3)}`]);
    left.add({ ts: at(100), key: "z" });
    right.add({ ts: at(100), key: "z" });
    await run.crashAt(point);
    await run.restart();
    // The batch without rows, which the watermark asks for, puts out what found no partner.
    assert.deepEqual(await texts(), [`b ${at(2)} null`, `z ${at(100)} ${at(100)}`]);
    assert.deepEqual(await texts(), []);
    const [state] = run.query.lastProgress!.stateOperators;
    assert.deepEqual([state?.operatorName, state?.numRowsTotal], ["symmetricHashJoin", 2]);
  });
}

test("a window behind a join waits for what the join may still put out", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const { left, right } = streams(mill);
  await using run = await mill.run(mill.sql(`SELECT window(lts, '10 seconds').start AS w, count(*) AS n FROM (${LEFT_JOIN.replace("LEFT JOIN", "JOIN")}) GROUP BY window(lts, '10 seconds')`));
  left.add({ ts: at(5), key: "a" }, { ts: at(11), key: "z" });
  right.add({ ts: at(11), key: "z" });
  assert.deepEqual(await run.process(), []);
  // The watermark stands at the 11th second, behind the end of the first window: the pair belongs to that window.
  right.add({ ts: at(12), key: "a" });
  assert.deepEqual(await run.process(), []);
  left.add({ ts: at(50), key: "y" });
  right.add({ ts: at(50), key: "y" });
  const rows = await run.process();
  assert.deepEqual(rows.map(row => [String(row["w"]), row["n"]]), [[at(0), 1n], [at(10), 1n]]);
});

test("a join of streams without an equality fails when it runs; one without bounds in time keeps its rows", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const { left, right } = streams(mill);
  await using refused = await mill.run(mill.sql("SELECT l.key FROM l JOIN r ON l.ts < r.ts"));
  left.add({ ts: at(1), key: "a" });
  await assert.rejects(refused.process(), { condition: "_LEGACY_ERROR_TEMP_1181" });
  await using run = await mill.run(mill.sql("SELECT l.key FROM l JOIN r ON l.key = r.key"));
  right.add({ ts: at(100), key: "b" });
  left.add({ ts: at(100), key: "b" });
  assert.equal((await run.process()).length, 1);
  left.add({ ts: at(200), key: "b" });
  right.add({ ts: at(200), key: "c" });
  assert.equal((await run.process()).length, 1);
  assert.equal(run.query.lastProgress!.stateOperators[0]?.numRowsTotal, 5);
});

/** Catches state of programs that reads otherwise from a checkpoint, or from the running query, than the program left it. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { bigint, int, listState, mapState, schema, session, string, struct, timestamp, valueState } from "millrace";

const Event = schema({ at: timestamp().notNull(), key: string().notNull(), v: int().notNull() });

test("values, items, entries and timers of a program are read by the names of its variables", async t => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-program-state-")), checkpoint = join(folder, "checkpoint");
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "in"));
  const write = (n: number, ...rows: [string, string, number][]) => writeFileSync(join(folder, `in/${n}.json`), rows.map(([at, key, v]) => `${JSON.stringify({ at: `2026-03-01T00:00:${at}Z`, key, v })}\n`).join(""));
  write(0, ["01", "a", 5], ["02", "b", 7], ["03", "a", 6]);
  await using mill = session({ timeZone: "UTC" });
  const start = async () => {
    const query = await mill.readStream.schema(Event).json(join(folder, "in"), { maxFilesPerTrigger: 1 }).withWatermark("at", "1 minute").groupBy("key").transformWithState({
      timeMode: "EventTime", output: schema({ key: string().notNull() }),
      state: { last: valueState(struct({ v: int(), n: bigint() })), all: listState(int(), { ttl: "1 hour" }), times: mapState(int(), bigint()) },
      *handleInputRows(_key, rows, { state, timers }) {
        for (const { v, at } of rows) {
          state.last.update({ v, n: (state.last.get()?.n ?? 0n) + 1n });
          state.all.append(v);
          state.times.set(v, BigInt(v) * 10n);
          timers.register(at);
        }
      },
    }).writeStream.outputMode("update").trigger({ availableNow: true }).foreachBatch(() => {}).start({ checkpointLocation: checkpoint });
    await query.awaitTermination();
  };
  await start();
  write(1, ["09", "a", 8]);
  await start();
  const read = (options: Record<string, string | number | boolean>) => mill.read.format("state").options(options as never).load(checkpoint);
  assert.deepEqual(await read({ stateVarName: "last" }).selectExpr("key.key", "value.v", "value.n").orderBy("key").collect(), [{ key: "a", v: 8, n: 3n }, { key: "b", v: 7, n: 1n }]);
  assert.deepEqual(await read({ stateVarName: "last", batchId: 0 }).selectExpr("key.key", "value.v").orderBy("key").collect(), [{ key: "a", v: 6 }, { key: "b", v: 7 }]);
  assert.deepEqual((await read({ stateVarName: "all" }).selectExpr("key.key", "list_element.value.value AS v", "list_element.ttlExpirationMs IS NOT NULL AS ends").collect()).map(row => `${row["key"]}${row["v"]}${row["ends"]}`).toSorted(), ["a5true", "a6true", "a8true", "b7true"]);
  assert.deepEqual(await read({ stateVarName: "times" }).selectExpr("user_map_key.value AS k", "user_map_value.value AS v").orderBy("k").collect(), [{ k: 5, v: 50n }, { k: 6, v: 60n }, { k: 7, v: 70n }, { k: 8, v: 80n }]);
  assert.deepEqual((await read({ readRegisteredTimers: true }).selectExpr("key.key", "expiration_timestamp_ms AS ms").orderBy("ms").collect()).map(row => row["key"]), ["a", "b", "a", "a"]);
  await assert.rejects(read({}).collect(), /stateVarName/);
  await assert.rejects(read({ stateVarName: "lost" }).collect(), /lost is not defined.*last, all, times/s);
});

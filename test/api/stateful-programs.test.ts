/** Catches programs that see other state, rows, timers or keys than those of their key and batch. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, listState, mapState, schema, string, struct, timestamp, int, valueState, session, type Infer } from "millrace";
import { testSession } from "millrace/testing";

const Login = schema({ user: string().notNull(), ip: string().notNull(), at: timestamp().notNull() });
const Alert = schema({ user: string().notNull(), n: bigint().notNull(), why: string().notNull() });
const Event = schema({ ts: timestamp(), key: string(), v: int() });

test("state, a list with a ttl and event-time timers, as written in the documentation", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z" });
  const input = mill.memoryStream(Login);
  const alerts = input.df.withWatermark("at", "5 seconds").groupBy("user").transformWithState({
    name: "login-burst", timeMode: "EventTime", output: Alert,
    state: { n: valueState(bigint()), ips: listState(string(), { ttl: "1 hour" }) },
    *handleInputRows({ user }, rows, { state, timers }) {
      let n = state.n.get() ?? 0n;
      for (const row of rows) { n += 1n; state.ips.append(row.ip); timers.register(row.at.plus("10 minutes")); }
      state.n.update(n);
      if (n > 2n) yield { user, n, why: `${new Set(state.ips.get()).size} addresses` };
    },
    *handleExpiredTimer({ user }, at, { state }) { state.n.clear(); yield { user, n: 0n, why: `quiet at ${at}` }; },
  });
  await using run = await mill.run(alerts, { outputMode: "update" });
  input.add({ user: "eve", ip: "10.0.0.1", at: "2026-03-01T00:00:00Z" }, { user: "bob", ip: "10.0.0.2", at: "2026-03-01T00:00:01Z" }, { user: "eve", ip: "10.0.0.3", at: "2026-03-01T00:00:02Z" });
  assert.deepEqual(await run.process(), []);
  input.add({ user: "eve", ip: "10.0.0.1", at: "2026-03-01T00:00:03Z" });
  assert.deepEqual(await run.process(), [{ user: "eve", n: 3n, why: "2 addresses" }]);
  input.add({ user: "zoe", ip: "10.0.0.9", at: "2026-03-01T00:10:06Z" });
  await run.crashAt("compute");
  await run.restart();
  assert.deepEqual(await run.process(), [
    { user: "eve", n: 0n, why: "quiet at 2026-03-01T00:10:00Z" }, { user: "bob", n: 0n, why: "quiet at 2026-03-01T00:10:01Z" },
  ]);
  assert.equal(run.query.lastProgress?.stateOperators[0]?.operatorName, "transformWithStateInPySparkExec");
});

test("a bounded frame: one call a key, then all timers; values without a declared output", async () => {
  await using mill = session({ timeZone: "UTC" });
  const rows: Infer<typeof Event>[] = [];
  const events = mill.createDataFrame([
    { ts: "2026-03-01T00:00:05Z", key: "a", v: 1 }, { ts: "2026-03-01T00:00:01Z", key: "b", v: 2 }, { ts: "2026-03-01T00:00:02Z", key: "a", v: 3 }, { ts: "2026-03-01T00:00:03Z", v: 4 },
  ], Event);
  const sums = events.groupBy("key").transformWithState({
    timeMode: "EventTime", state: { byValue: mapState(int(), bigint()) },
    *handleInputRows({ key }, given, { state, timers }) {
      let sum = 0n;
      for (const row of given) { sum += BigInt(row.v ?? 0); state.byValue.set(row.v!, sum); timers.register(row.ts!); rows.push(row); }
      yield { key, sum };
    },
    *handleExpiredTimer({ key }, at, { state }) { yield { key, sum: [...state.byValue.entries()].length === 0 ? -1n : at.epochMicros % 60_000_000n }; },
  });
  assert.deepEqual(await sums.collect(), [
    { key: "a", sum: 4n }, { key: "b", sum: 2n }, { key: null, sum: 4n },
    { key: "b", sum: 1_000_000n }, { key: "a", sum: 2_000_000n }, { key: null, sum: 3_000_000n }, { key: "a", sum: 5_000_000n },
  ]);
  assert.equal(rows.length, 4);
  const frame = sums.toDF(schema({ key: string(), sum: bigint().notNull() }));
  assert.deepEqual((await frame.where(r => r.sum.lt(10n)).collect()).length, 3);
  const whole = await events.groupBy().flatMapGroupsWithState({ outputMode: "append", stateType: struct({ n: int() }), output: schema({ n: int() }) }, (_key, all, state) => {
    assert.equal(state.exists(), false);
    return [{ n: [...all].length }];
  }).collect();
  assert.deepEqual(whole, [{ n: 4 }]);
});

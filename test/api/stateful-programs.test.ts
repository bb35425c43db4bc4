/** Catches programs that see other state, rows, timers or keys than those of their key and batch. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { bigint, listState, mapState, schema, string, struct, timestamp, int, valueState, session, type GroupState, type Infer, type Timestamp } from "millrace";
import { count, sum, window } from "millrace/functions";
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

const counter = { output: Alert, state: { n: valueState(bigint()) } };

test("a timer of processing time fires when it is due, without a row or a trigger", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z" });
  const input = mill.memoryStream(Login);
  await using run = await mill.run(input.df.groupBy("user").transformWithState({
    ...counter, timeMode: "ProcessingTime",
    *handleInputRows({ user }, rows, { state, timers, time }) {
      state.n.update((state.n.get() ?? 0n) + BigInt([...rows].length));
      for (const at of timers.list()) timers.delete(at);
      timers.register(time.processingTime().plus("30 seconds"));
    },
    *handleExpiredTimer({ user }, at, { state, time }) {
      yield { user, n: state.n.get()!, why: `${at} at ${time.processingTime()}` };
      state.n.clear();
    },
  }), { outputMode: "update" });
  input.add({ user: "a", ip: "", at: "2026-03-01T00:00:00Z" }, { user: "b", ip: "", at: "2026-03-01T00:00:00Z" });
  await run.process();
  await mill.clock.advance("10 seconds");
  input.add({ user: "b", ip: "", at: "2026-03-01T00:00:00Z" });
  await run.process();
  const batches = run.query.lastProgress!.batchId;
  await mill.clock.advance("19 seconds");
  await settle();
  assert.equal(run.query.lastProgress!.batchId, batches, "no batch before something is due");
  await mill.clock.advance("2 seconds");
  await settle();
  assert.equal(run.query.lastProgress!.batchId, batches + 1, "woken by the clock alone");
  await mill.clock.advance("30 seconds");
  await settle();
  assert.deepEqual(await run.process(), [{ user: "a", n: 1n, why: "2026-03-01T00:00:30Z at 2026-03-01T00:00:30Z" }, { user: "b", n: 2n, why: "2026-03-01T00:00:40Z at 2026-03-01T00:00:40Z" }]);
  assert.equal(run.query.lastProgress!.stateOperators[0]!.numRowsTotal, 0);
});
const settle = async (): Promise<void> => { for (let i = 0; i < 30; i++) await new Promise<void>(resolve => setImmediate(resolve)); };

test("initial state comes in once, before the first rows, over a crash of the first batch and a restart", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z" });
  const input = mill.memoryStream(Login);
  const known = mill.createDataFrame([{ who: "a", seen: 10n }, { who: "c", seen: 5n }, { who: "a", seen: 100n }], schema({ who: string().notNull(), seen: bigint().notNull() }));
  await using run = await mill.run(input.df.groupBy("user").transformWithState({
    ...counter, initialState: known.groupBy("who"),
    handleInitialState({ user }, row, { state }) {
      assert.equal(user, row["who"]);
      state.n.update((state.n.get() ?? 0n) + (row["seen"] as bigint));
    },
    *handleInputRows({ user }, rows, { state }) {
      state.n.update((state.n.get() ?? 0n) + BigInt([...rows].length));
      yield { user, n: state.n.get()!, why: "" };
    },
  }), { outputMode: "update" });
  const add = (...users: string[]) => input.add(...users.map(user => ({ user, ip: "", at: "2026-03-01T00:00:00Z" })));
  add("a", "b", "a");
  await run.crashAt("compute");
  await run.restart();
  assert.deepEqual(await run.process(), [{ user: "a", n: 112n, why: "" }, { user: "b", n: 1n, why: "" }]);
  await run.restart();
  add("c", "a");
  assert.deepEqual(await run.process(), [{ user: "c", n: 6n, why: "" }, { user: "a", n: 113n, why: "" }]);
});

test("what a handler throws names it, the key and the row; the batch is run again with the state as it was", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z" });
  const input = mill.memoryStream(Login);
  let poisoned = true;
  await using run = await mill.run(input.df.groupBy("user").transformWithState({
    ...counter, name: "picky",
    *handleInputRows({ user }, rows, { state }) {
      for (const row of rows) {
        state.n.update((state.n.get() ?? 0n) + 1n);
        if (poisoned && row.ip === "bad") throw new Error("I don't like it");
      }
      yield { user, n: state.n.get()!, why: "" };
    },
  }), { outputMode: "update" });
  const add = (user: string, ...ips: string[]) => input.add(...ips.map(ip => ({ user, ip, at: "2026-03-01T00:00:00Z" })));
  add("a", "1", "2");
  assert.equal((await run.process())[0]?.n, 2n);
  add("b", "3");
  add("a", "4", "bad", "5");
  await assert.rejects(run.process(), /TRANSFORM_WITH_STATE_USER_FUNCTION_ERROR.*handleInputRows \(transformWithState 'picky', key \{"user":"a"\}, at row 2 of 3\)\. Reason: I don't like it/s);
  poisoned = false;
  await run.restart();
  assert.deepEqual(await run.process(), [{ user: "b", n: 1n, why: "" }, { user: "a", n: 5n, why: "" }]);
});

test("mistakes are told with what to do", async () => {
  await using mill = session({ timeZone: "UTC" });
  const events = mill.createDataFrame([{ key: "a", v: 1 }], Event), grouped = events.groupBy("key"), output = schema({ n: bigint().notNull() });
  const fails = (spec: object, pattern: RegExp) => assert.rejects(async () => (grouped.transformWithState({ state: { n: valueState(bigint()), l: listState(int()) }, output, ...spec } as never) as unknown as { collect(): Promise<unknown> }).collect(), pattern);
  await fails({ async handleInputRows() {} }, /MILLRACE_ASYNC_HANDLER.*mapAsync/s);
  await fails({ *handleInputRows() { yield Promise.resolve({ n: 1n }); } }, /MILLRACE_ASYNC_HANDLER/);
  await fails({ handleInputRows: () => 5 }, /MILLRACE_NOT_ITERABLE/);
  await fails({ *handleInputRows() { yield { m: 1n }; } }, /FIELD_NOT_FOUND.*key \{"key":"a"\}/s);
  await fails({ *handleInputRows() { yield {}; } }, /FIELD_NOT_NULLABLE_WITH_NAME/);
  await fails({ *handleInputRows(_k: unknown, _r: unknown, { timers }: { timers: { list(): unknown } }) { timers.list(); } }, /INVALID_TIME_MODE.*timeMode/s);
  await fails({ *handleInputRows(_k: unknown, _r: unknown, { state }: { state: { n: { update(v: unknown): void } } }) { state.n.update("x"); } }, /CANNOT_ACCEPT_OBJECT_IN_TYPE/);
  await fails({ *handleInputRows(_k: unknown, _r: unknown, { state }: { state: { l: { put(v: unknown): void } } }) { state.l.put([]); } }, /EMPTY_LIST_VALUE.*clear/s);
  assert.throws(() => grouped.transformWithState({ state: {}, handelInputRows() {} } as never), /did you mean 'handleInputRows'/);
  assert.throws(() => grouped.transformWithState({ state: { n: bigint() }, handleInputRows: () => [] } as never), /not a state/);
  assert.throws(() => grouped.transformWithState({ state: {}, timeMode: "EventTme", handleInputRows: () => [] } as never), /did you mean "EventTime"/);
  let kept: { get(): unknown } | undefined, rows: Iterable<unknown> = [];
  await grouped.transformWithState({ output, state: { n: valueState(bigint()) }, handleInputRows(_key, given, { state }) { kept = state.n; rows = given; return []; } }).collect();
  assert.throws(() => kept!.get(), /INVALID_HANDLE_STATE/);
  assert.throws(() => [...rows], /MILLRACE_ROWS_OUTSIDE_CALL/);
});

test("what Spark refuses of programs over streams is refused before they start", async () => {
  await using mill = testSession();
  const { df } = mill.memoryStream(Login), marked = df.withWatermark("at", "1 second"), group = { stateType: bigint(), output: Alert } as const;
  const refused = (frame: typeof alerts, outputMode: "append" | "update" | "complete", pattern: RegExp) => assert.rejects(mill.run(frame, { outputMode }), pattern);
  const alerts = df.groupBy("user").transformWithState({ ...counter, timeMode: "EventTime", handleInputRows: () => [] });
  await refused(alerts, "update", /Watermark must be specified.*withWatermark/s);
  await refused(df.groupBy("user").transformWithState({ ...counter, handleInputRows: () => [] }), "complete", /STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION/);
  await refused(df.groupBy("user").flatMapGroupsWithState({ ...group, outputMode: "append" }, () => []), "update", /flatMapGroupsWithState in append mode is not supported with Update output mode/);
  await refused(df.groupBy("user").flatMapGroupsWithState({ ...group, outputMode: "update", timeout: "EventTimeTimeout" }, () => []), "update", /Event-time timeout not supported without watermark/);
  await refused(marked.groupBy("user").mapGroupsWithState(group, ({ user }) => ({ user, n: 1n, why: "" })), "append", /mapGroupsWithState is not supported with Append output mode/);
});

test("an object of a class; the result goes on with its event time into windows", async () => {
  const Visit = schema({ user: string().notNull(), left: timestamp().notNull(), pages: bigint().notNull() });
  let inits = 0, closes = 0;
  class Visits {
    readonly state = { pages: valueState(bigint()) };
    readonly timeMode = "EventTime" as const;
    readonly output = Visit;
    readonly eventTimeColumnName = "left";
    readonly gap = "30 seconds" as const;
    init(): void { inits++; }
    close(): void { closes++; }
    *handleInputRows(_key: { user: string }, rows: Iterable<Infer<typeof Login>>, { state, timers }: import("millrace").StateContext<Visits["state"]>): Generator<Infer<typeof Visit>> {
      for (const row of rows) {
        for (const at of timers.list()) timers.delete(at);
        timers.register(row.at.plus(this.gap));
        state.pages.update((state.pages.get() ?? 0n) + 1n);
      }
    }
    *handleExpiredTimer({ user }: { user: string }, at: import("millrace").Timestamp, { state, time }: import("millrace").StateContext<Visits["state"]>): Generator<Infer<typeof Visit>> {
      yield { user, left: time.watermark().plus("1 second"), pages: state.pages.get()! };
      state.pages.clear();
      assert.ok(at.compareTo(time.watermark()) <= 0);
    }
  }
  await using mill = testSession();
  const input = mill.memoryStream(Login), visits = input.df.withWatermark("at", "0 seconds").groupBy("user").transformWithState(new Visits());
  await using run = await mill.run(visits.groupBy(r => ({ window: window(r.left, "1 minute") })).agg(r => ({ visits: count(), pages: sum(r.pages) })), { outputMode: "append" });
  const at = (second: number, user: string) => ({ user, ip: "", at: new Date(Date.parse("2026-03-01T00:00:00Z") + second * 1000) });
  input.add(at(0, "a"), at(5, "b"), at(10, "a"));
  assert.deepEqual(await run.process(), []);
  input.add(at(45, "c"));
  assert.deepEqual(await run.process(), []);
  input.add(at(200, "d"));
  await run.crashAt("compute");
  await run.restart();
  const rows = [...await run.process()];
  input.add(at(400, "e"));
  rows.push(...await run.process());
  assert.deepEqual(rows.map(row => [row.window.start.toString(), row.visits, row.pages]), [["2026-03-01T00:00:00Z", 2n, 3n], ["2026-03-01T00:03:00Z", 1n, 1n]]);
  await run.stop();
  assert.ok(inits >= 2 && closes === inits, `${inits} inits, ${closes} closes`);
});

test("timeouts of groups: set anew by each call, by the clock and by the watermark; a state that is removed starts anew", async () => {
  await using mill = testSession({ now: "2026-03-01T00:00:00Z" });
  const Sum = schema({ user: string().notNull(), n: int().notNull(), why: string().notNull() });
  const input = mill.memoryStream(Login), grouped = input.df.withWatermark("at", "1 second").groupBy("user"), at = (second: number) => new Date(Date.parse("2026-03-01T00:00:00Z") + second * 1000);
  const call = (set: (state: GroupState<number>, last: Timestamp) => void) => function* ({ user }: { user: string }, rows: Iterable<Infer<typeof Login>>, state: GroupState<number>) {
    if (state.hasTimedOut()) {
      yield { user, n: state.get(), why: "timeout" };
      return state.remove();
    }
    const all = [...rows];
    state.update((state.getOption() ?? 0) + all.length);
    if (all.at(-1)!.ip === "last") yield { user, n: state.get(), why: "no timeout any more" };
    else set(state, all.at(-1)!.at);
  };
  const byClock = grouped.flatMapGroupsWithState({ outputMode: "update", timeout: "ProcessingTimeTimeout", stateType: int(), output: Sum }, call(state => state.setTimeoutDuration("10 seconds")));
  const byWatermark = grouped.flatMapGroupsWithState({ outputMode: "append", timeout: "EventTimeTimeout", stateType: int(), output: Sum }, call((state, last) => state.setTimeoutTimestamp(last, "10 seconds")));
  {
    await using run = await mill.run(byClock, { outputMode: "update" });
    input.add({ user: "a", ip: "", at: at(0) }, { user: "b", ip: "", at: at(0) });
    await run.process();
    await mill.clock.advance("8 seconds");
    input.add({ user: "a", ip: "", at: at(1) });
    await run.process();
    await mill.clock.advance("3 seconds");
    await settle();
    assert.deepEqual(await run.process(), [{ user: "b", n: 1, why: "timeout" }]);
    input.add({ user: "a", ip: "last", at: at(1) }, { user: "b", ip: "", at: at(1) });
    assert.deepEqual(await run.process(), [{ user: "a", n: 3, why: "no timeout any more" }]);
    await mill.clock.advance("1 hour");
    await settle();
    assert.deepEqual(await run.process(), [{ user: "b", n: 1, why: "timeout" }]);
    assert.equal(run.query.lastProgress!.stateOperators[0]!.numRowsTotal, 1);
  }
  await using run = await mill.run(byWatermark, { outputMode: "append" });
  await run.process();
  input.add({ user: "x", ip: "", at: at(100) }, { user: "y", ip: "", at: at(101) });
  await run.process();
  input.add({ user: "z", ip: "", at: at(111) });
  // The watermark is 110 s, which x's timeout is not before.
  assert.deepEqual((await run.process()).filter(row => row.user > "w"), []);
  input.add({ user: "z", ip: "", at: new Date(at(111).getTime() + 2) });
  assert.deepEqual((await run.process()).filter(row => row.user > "w"), [{ user: "x", n: 1, why: "timeout" }]);
});

test("a query that runs at each trigger can be waited for, and drained", { timeout: 60_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-ticks-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "in"));
  writeFileSync(join(folder, "in/0.json"), `{"user":"a","ip":"","at":"2026-03-01T00:00:00Z"}\n`);
  await using mill = session({ timeZone: "UTC" });
  const seen: bigint[] = [];
  const query = await mill.readStream.schema(Login).json(join(folder, "in")).groupBy("user").transformWithState({
    ...counter, timeMode: "ProcessingTime",
    *handleInputRows({ user }, rows, { state, timers, time }) {
      state.n.update((state.n.get() ?? 0n) + BigInt([...rows].length));
      timers.register(time.processingTime().plus("1 day"));
      yield { user, n: state.n.get()!, why: "" };
    },
  }).writeStream.outputMode("update").trigger({ processingTime: "5 milliseconds" }).foreachBatch(async batch => { for (const row of await batch.collect()) seen.push(row.n); }).start({ checkpointLocation: join(folder, "checkpoint") });
  await query.processAllAvailable();
  assert.deepEqual(seen, [1n]);
  writeFileSync(join(folder, "in/1.json"), `{"user":"a","ip":"","at":"2026-03-01T00:00:00Z"}\n`);
  await query.stop({ drain: true });
  assert.deepEqual(seen, [1n, 2n]);
});

test("what close() throws ends the query with an error, and its memory goes back all the same", async () => {
  const { linearMemory } = await import("../../src/memory/linear-memory.ts"), before = linearMemory().inUseBytes;
  {
    await using mill = testSession();
    const input = mill.memoryStream(Login);
    const run = await mill.run(input.df.groupBy("user").transformWithState({
      ...counter, *handleInputRows({ user }, rows, { state }) { state.n.update(1n); yield { user, n: [...rows].length, why: "a number is a BIGINT too" }; },
      close() { throw new Error("the door is stuck"); },
    }), { outputMode: "update" });
    input.add({ user: "a", ip: "", at: "2026-03-01T00:00:00Z" });
    assert.deepEqual((await run.process()).map(row => row.n), [1n]);
    await run.stop().catch(() => undefined);
    assert.match(String(run.query.exception()), /close \(transformWithState\)\. Reason: the door is stuck/);
  }
  assert.equal(linearMemory().inUseBytes, before);
});

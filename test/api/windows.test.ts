/** Catches windows that are not where people look for them: days of a zone over the changes of its clocks, sessions, windows of windows; in batch and over streams, by SQL and by frames. */
import assert from "node:assert/strict";
import test from "node:test";
import { count, session_window, sum, window, window_time } from "millrace/functions";
import { int, schema, string, timestamp, timestampNtz } from "millrace";
import { testSession } from "millrace/testing";

const Event = schema({ ts: timestamp(), key: string(), v: int() });
const hours = ["2026-03-28T22:30:00Z", "2026-03-28T23:30:00Z", "2026-03-29T21:30:00Z", "2026-03-29T22:30:00Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59.999999Z", "2026-10-25T23:00:00Z"];
const rows = hours.map((ts, v) => ({ ts, key: "a", v }));
const PARIS = [
  ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", 1n], ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 2n], ["2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z", 1n],
  ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 2n], ["2026-10-25T23:00:00Z", "2026-10-26T23:00:00Z", 1n],
];
const textOf = (row: Readonly<Record<string, unknown>>): unknown[] => Object.values(row).map(value => (typeof value === "bigint" || value === null ? value : String(value)));
const sorted = (found: readonly Readonly<Record<string, unknown>>[]): unknown[][] => found.map(textOf).sort((a, b) => String(a).localeCompare(String(b)));

test("days of a zone, by SQL and by frames", async () => {
  await using mill = testSession();
  const events = mill.createDataFrame(rows, Event);
  events.createOrReplaceTempView("events");
  const days = events.groupBy(r => ({ w: window(r.ts, "1 day", { timeZone: "Europe/Paris" }) })).agg(() => ({ n: count() })).select(r => ({ start: r.w.start, end: r.w.end, n: r.n }));
  assert.deepEqual(sorted(await days.collect()), PARIS);
  const sql = mill.sql("SELECT w.start, w.end, n FROM (SELECT window(ts, '1 day', timeZone => 'Europe/Paris') AS w, count(*) AS n FROM events GROUP BY window(ts, '1 day', timeZone => 'Europe/Paris'))");
  assert.deepEqual(sorted(await sql.collect()), PARIS);
  // Without a zone a day is one of UTC, whatever the session's zone.
  const utc = await events.groupBy(r => ({ w: window(r.ts, "1 day") })).agg(() => ({ n: count() })).select(r => ({ start: r.w.start, n: r.n })).collect();
  assert.deepEqual(sorted(utc)[0], ["2026-03-28T00:00:00Z", 2n]);
  const weeks = await events.groupBy(r => ({ w: window(r.ts, "1 week", { start: "4 days", timeZone: "Europe/Paris" }) })).agg(() => ({ n: count() })).select(r => ({ start: r.w.start, end: r.w.end, n: r.n })).collect();
  assert.deepEqual(sorted(weeks).slice(0, 2), [["2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z", 3n], ["2026-03-29T22:00:00Z", "2026-04-05T22:00:00Z", 1n]]);
  const sliding = await events.groupBy(r => ({ w: window(r.ts, "2 days", { slide: "1 day", timeZone: "Europe/Paris" }) })).agg(() => ({ n: count() })).select(r => ({ start: r.w.start, end: r.w.end, n: r.n })).collect();
  assert.deepEqual(sorted(sliding).slice(0, 3), [["2026-03-26T23:00:00Z", "2026-03-28T23:00:00Z", 1n], ["2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z", 3n], ["2026-03-28T23:00:00Z", "2026-03-30T22:00:00Z", 3n]]);
  const plain = await mill.sql("SELECT v FROM events WHERE window(ts, '1 day', timeZone => 'Europe/Paris').end = TIMESTAMP'2026-03-29T22:00:00Z'").collect();
  assert.deepEqual(plain.map(row => row["v"]), [1, 2]);
});

test("days of a zone over a stream come out as the clocks pass midnight, also as windows of windows", async () => {
  await using mill = testSession();
  const { df, add } = mill.memoryStream(Event), marked = df.withWatermark("ts", "0 seconds");
  const daily = marked.groupBy(r => ({ w: window(r.ts, "1 day", { timeZone: "Europe/Paris" }), key: r.key })).agg(r => ({ n: count(), v: sum(r.v) }));
  await using run = await mill.run(daily.select(r => ({ start: r.w.start, last: window_time(r.w), n: r.n })));
  await using weekly = await mill.run(daily.groupBy(r => ({ week: window(r.w, "7 days", { start: "4 days", timeZone: "Europe/Paris" }) })).agg(r => ({ days: count(), n: sum(r.n) })).select(r => ({ end: r.week.end, days: r.days, n: r.n })));
  add(...rows.slice(0, 3));
  assert.deepEqual(sorted(await run.process()), [["2026-03-27T23:00:00Z", "2026-03-28T22:59:59.999999Z", 1n]]);
  assert.deepEqual(await weekly.process(), []);
  add({ ts: "2026-03-29T21:59:59.999Z", key: "a", v: 1 });
  assert.deepEqual(await run.process(), []);
  // A late row of a day that is over, and the first instant of the next.
  add({ ts: "2026-03-28T22:59:59Z", key: "a", v: 1 }, { ts: "2026-03-29T22:00:00Z", key: "a", v: 1 });
  assert.deepEqual(sorted(await run.process()), [["2026-03-28T23:00:00Z", "2026-03-29T21:59:59.999999Z", 3n]]);
  assert.deepEqual(sorted(await weekly.process()), [["2026-03-29T22:00:00Z", 2n, 4n]]);
});

test("what days of a zone can't be is told", async () => {
  await using mill = testSession();
  mill.createDataFrame(rows, Event).createOrReplaceTempView("events");
  mill.createDataFrame([], schema({ ts: timestampNtz() })).createOrReplaceTempView("local");
  const refused = (call: string, table = "events") => mill.sql(`SELECT ${call} AS w, count(*) AS n FROM ${table} GROUP BY 1`).collect();
  await assert.rejects(refused("window(ts, '1 hour', timeZone => 'Europe/Paris')"), { condition: "MILLRACE_WINDOW_NOT_DAYS" });
  await assert.rejects(refused("window(ts, '2 days', '36 hours', timeZone => 'Europe/Paris')"), { condition: "MILLRACE_WINDOW_NOT_DAYS" });
  await assert.rejects(refused("window(ts, '1 day', timeZone => 'Europe/Pariss')"), { condition: "INVALID_TIMEZONE" });
  await assert.rejects(refused("window(ts, '1 day', timeZone => key)"), { condition: "MILLRACE_WINDOW_TIME_ZONE" });
  await assert.rejects(refused("window(ts, '1 day', timeZone => 'UTC')", "local"), { condition: "MILLRACE_WINDOW_TIME_ZONE" });
  await assert.rejects(refused("window(ts, '1 day', zone => 'UTC')"), { condition: "UNRECOGNIZED_PARAMETER_NAME" });
  await assert.rejects(refused("window(ts, timeZone => 'UTC')"), { condition: "REQUIRED_PARAMETER_NOT_FOUND" });
  await assert.rejects(refused("window(ts, '1 day', startTime => '25 hours', timeZone => 'UTC')"), { condition: "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION" });
});

test("sessions of a stream by frames: a fixed gap and one by row, joined by a late row, over a crash", async () => {
  await using mill = testSession();
  const { df, add } = mill.memoryStream(Event), marked = df.withWatermark("ts", "30 seconds"), at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  await using fixed = await mill.run(marked.groupBy(r => ({ s: session_window(r.ts, "10 seconds"), key: r.key })).agg(r => ({ n: count(), v: sum(r.v) })).select(r => ({ start: r.s.start, end: r.s.end, key: r.key, n: r.n, v: r.v })));
  await using byRow = await mill.run(mill.sql("SELECT s.start, s.end, key, n FROM (SELECT session_window(ts, make_dt_interval(0, 0, 0, v)) AS s, key, count(*) AS n FROM STREAM marked GROUP BY session_window(ts, make_dt_interval(0, 0, 0, v)), key)".replace("STREAM marked", (marked.createOrReplaceTempView("marked"), "marked"))));
  const both = async () => [sorted(await fixed.process()), sorted(await byRow.process())];
  add({ ts: at(0), key: "a", v: 5 }, { ts: at(15), key: "a", v: 1 }, { ts: at(4), key: "b", v: 40 });
  assert.deepEqual(await both(), [[], []]);
  add({ ts: at(8), key: "a", v: 8 });
  for (const point of ["compute", "append", "commit"] as const) {
    await fixed.crashAt(point).catch((error: unknown) => { if (!(error instanceof Error && error.message.startsWith("no batch ran"))) throw error; });
    await fixed.restart();
  }
  assert.deepEqual(await both(), [[], []]);
  add({ ts: at(100), key: "z", v: 1 });
  const second = (s: number) => at(s).replace(".000Z", "Z");
  assert.deepEqual(await both(), [
    [[second(0), second(25), "a", 3n, 14n], [second(4), second(14), "b", 1n, 40n]],
    [[second(0), second(5), "a", 1n], [second(4), second(44), "b", 1n], [second(8), second(16), "a", 2n]],
  ]);
});

test("sessions behind a join wait for what the join may still put out, and ask for no batch for ever", async () => {
  await using mill = testSession();
  const left = mill.memoryStream(Event), right = mill.memoryStream(Event), at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString().replace(".000Z", "Z");
  left.df.withWatermark("ts", "0 seconds").createOrReplaceTempView("l");
  right.df.withWatermark("ts", "0 seconds").createOrReplaceTempView("r");
  await using run = await mill.run(mill.sql(`SELECT s.start, s.end, key, n FROM (SELECT session_window(lts, '5 seconds') AS s, key, count(*) AS n FROM
    (SELECT l.key, l.ts AS lts FROM l JOIN r ON l.key = r.key AND r.ts BETWEEN l.ts AND l.ts + INTERVAL 20 SECONDS) GROUP BY session_window(lts, '5 seconds'), key)`));
  const step = async (rows: readonly (readonly [number, string])[], others: readonly (readonly [number, string])[]) => {
    left.add(...rows.map(([s, key]) => ({ ts: at(s), key, v: 1 })));
    right.add(...others.map(([s, key]) => ({ ts: at(s), key, v: 1 })));
    return sorted(await run.process());
  };
  assert.deepEqual(await step([[1, "a"], [4, "a"], [20, "z"]], [[5, "a"], [20, "z"]]), []);
  // The watermark stands behind the first session, but the join may put out a row of its time.
  assert.deepEqual(await step([[3, "a"]], [[21, "a"]]), []);
  assert.deepEqual(await step([[60, "z"]], [[60, "z"]]), [[at(1), at(9), "a", 4n], [at(20), at(25), "z", 1n]]);
  assert.equal(run.query.lastProgress!.stateOperators.length, 2);
});

test("rows without a session are accounted for, and late ones", async () => {
  await using mill = testSession();
  const { df, add } = mill.memoryStream(Event), counted = mill.memoryStream(Event);
  df.withWatermark("ts", "0 seconds").createOrReplaceTempView("events");
  counted.df.createOrReplaceTempView("counted");
  await using run = await mill.run(mill.sql("SELECT session_window(ts, concat(v, ' seconds')) AS s, key, count(*) AS n FROM events GROUP BY session_window(ts, concat(v, ' seconds')), key"));
  add({ ts: "2026-01-01T00:00:10Z", key: "a", v: 5 }, { ts: null, key: "a", v: 5 }, { ts: "2026-01-01T00:00:11Z", key: "a", v: 0 }, { ts: "2026-01-01T00:00:12Z", key: "a", v: null });
  await run.process();
  add({ ts: "2026-01-01T00:00:01Z", key: "a", v: 2 }, { ts: "2026-01-01T00:00:01Z", key: "a", v: 2 }, { ts: "2026-01-01T00:00:09Z", key: "a", v: 20 });
  await run.process();
  const [first, second] = run.query.recentProgress.filter(progress => progress.numInputRows > 0);
  assert.deepEqual([first!.millrace.filteredRows, first!.millrace.keptRows, first!.millrace.lateRows], [3, 1, 0]);
  assert.deepEqual([second!.millrace.filteredRows, second!.millrace.keptRows, second!.millrace.lateRows, second!.stateOperators[0]!.numRowsDroppedByWatermark], [0, 1, 2, 1]);
  await using whole = await mill.run(mill.sql("SELECT session_window(ts, '5 seconds') AS s, key FROM counted GROUP BY session_window(ts, '5 seconds'), key"), { outputMode: "complete" });
  counted.add({ ts: "2026-01-01T00:00:10Z", key: "a", v: 5 }, { ts: "2026-01-01T00:00:15Z", key: "a", v: 5 });
  assert.equal((await whole.process()).length, 1);
});

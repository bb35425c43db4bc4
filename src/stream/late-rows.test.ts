/** Catches late rows that are lost, kept twice, kept with a wrong reason, or counted otherwise than they are kept, wherever the run is killed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schema, string, timestamp, valueState, bigint, type DataFrame, type Timestamp } from "../index.ts";
import { count, window } from "../functions.ts";
import { frameNode } from "../api/frame.ts";
import type { SessionNode } from "../api/session.ts";
import { publishedFiles } from "../storage/manifest.ts";
import type { LocalEngine } from "../api/local/local-engine.ts";
import type { CrashPoint, ScriptedRun, TestEngine } from "../testing/hooks.ts";
import { testSession, type MemoryStream } from "../testing/index.ts";
import type { LateRow } from "./late-rows.ts";

const Event = schema({ at: timestamp(), key: string() });
interface Event { at: string; key: string }
type Frame = DataFrame<{ at: Timestamp | null; key: string | null }>;
const at = (second: number, key = "k"): Event => ({ at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(), key });
const time = (second: number): string => at(second).at.replace(".000", "");

interface Started { readonly run: ScriptedRun; readonly input: MemoryStream<never>; readonly other: MemoryStream<never>; lines(): LateRow[]; late(): number; readonly engine: LocalEngine & TestEngine }
/** SQL over the views e and o, or what becomes of the frame e. */
type Query = string | ((e: Frame) => DataFrame<{ key: string | null }>);
async function start(query: Query, delay: string, path = "/millrace-test-disk/late"): Promise<Started> {
  const mill = testSession(), input = mill.memoryStream(Event), other = mill.memoryStream(Event), engine = (mill as unknown as SessionNode).engine as LocalEngine & TestEngine;
  for (const [name, stream] of [["e", input], ["o", other]] as const) stream.df.withWatermark("at", delay as "1 second").createOrReplaceTempView(name);
  const frame = typeof query === "string" ? mill.sql(query) : query(mill.table("e").as(Event) as unknown as Frame);
  const run = await engine.script({
    plan: frameNode(frame, "test").relation, target: { kind: "format", format: "memory" }, outputMode: "append", trigger: undefined, queryName: null, partitionBy: [], checkpointLocation: undefined,
    options: { lateRowsPath: path }, signal: undefined,
  });
  const { files } = engine.world, place = path === "" ? "/millrace-test-disk/run-0/late-rows" : path;
  return {
    run, input: input as MemoryStream<never>, other: other as MemoryStream<never>, engine,
    lines: () => publishedFiles(files, place).flatMap(file => new TextDecoder().decode(files.readFile(`${place}/${file.path}`)).trimEnd().split("\n").map(line => JSON.parse(line) as LateRow)),
    late: () => run.handle.recentProgress.reduce((sum, one) => sum + one.millrace.lateRows, 0),
  };
}
const add = (input: MemoryStream<never>, ...rows: Event[]): void => (input as unknown as MemoryStream<Event>).add(...rows as never[]);

const queries: readonly (readonly [name: string, query: Query, operator: string, timeOf: string, judged: (second: number) => string, late: readonly number[]])[] = [
  ["a window", "SELECT window.start AS w, key, count(*) AS n FROM e GROUP BY window(at, '10 seconds'), key", "stateStoreSave", "window end", second => time(Math.floor(second / 10) * 10 + 10), [5, 7, 12, 27]],
  ["overlapping windows", "SELECT window.start AS w, key, count(*) AS n FROM e GROUP BY window(at, '10 seconds', '5 seconds'), key", "stateStoreSave", "window end", second => time(Math.floor(second / 5) * 5 + 10), [5, 7, 12]],
  ["the event time itself", "SELECT at, count(*) AS n FROM e GROUP BY at", "stateStoreSave", "event time", time, [5, 7, 12, 27]],
  ["sessions", "SELECT session_window.start AS w, key, count(*) AS n FROM e GROUP BY session_window(at, '4 seconds'), key", "sessionWindowStateStoreSaveExec", "session end", second => time(second + 4), [5, 7, 12]],
  ["duplicates", "SELECT DISTINCT at, key FROM e", "stateStoreSave", "event time", time, [5, 7, 12, 27]],
  ["a join", "SELECT e.key FROM e JOIN o ON e.key = o.key AND e.at = o.at", "symmetricHashJoin", "event time", time, [5, 7, 12, 27]],
  ["a program", e => e.groupBy("key").transformWithState({
    timeMode: "EventTime", output: schema({ key: string() }), state: { n: valueState(bigint()) },
    *handleInputRows({ key }) { yield { key }; },
  }), "transformWithStateInPySparkExec", "event time", time, [5, 7, 12, 27]],
];

for (const [name, query, operator, timeOf, judged, late] of queries) {
  test(`late rows of ${name}: as many as are counted, each with what judged it`, async () => {
    const { run, input, other, lines, late: counted } = await start(query, "10 seconds");
    add(input, at(1), at(40));
    add(other, at(40));
    await run.process(); // the watermark is 30
    add(input, at(5, "a"), at(7, "b"), at(45, "c"), at(12, "d"), at(27, "e"));
    await run.process();
    const kept = lines();
    assert.deepEqual(kept.map(line => [line.operator, line.timeOf, line.time, line.watermark, line.batchId]), late.map(second => [operator, timeOf, judged(second), time(30), 2]));
    assert.equal(counted(), late.length);
    assert.equal(kept[0]!.reason, `${timeOf} ${judged(5)} is not after the watermark ${time(30)}`);
    const row = kept[0]!.row as { at?: string };
    if (row.at !== undefined) assert.match(row.at, /^2026-01-01T00:00:05/);
    await run.stop();
  });
}

const CRASHES: readonly CrashPoint[] = ["compute", "append", "sync", "check", "commit", "acknowledge", "appendDone"];
for (const point of CRASHES) {
  test(`a crash after '${point}' keeps each late row once`, async () => {
    const { run, input, lines } = await start("SELECT window.start AS w, key, count(*) AS n FROM e GROUP BY window(at, '10 seconds'), key", "0 seconds", "");
    add(input, at(100));
    await run.process();
    const expected: string[] = [];
    for (let batch = 0; batch < 6; batch++) {
      // The third has nothing late.
      add(input, at(101, "fine"), ...(batch === 2 ? [] : [at(batch, `late ${batch}`), at(batch + 20, `later ${batch}`)]));
      if (batch !== 2) expected.push(`late ${batch}`, `later ${batch}`);
      if (batch % 2 === 1) {
        await run.crashAt(point);
        await run.restart();
      }
      await run.process();
    }
    await run.stop();
    assert.deepEqual(lines().map(line => (line.row as { key: string }).key), expected);
  });
}

test("in the API: beside the checkpoint, or in a folder; without either it is refused", async () => {
  await using mill = testSession();
  const input = mill.memoryStream(Event), { writeStream } = input.df;
  await assert.rejects(writeStream.format("noop").lateRows().start(), { condition: "MILLRACE_INVALID_OPTION", hint: "lateRows(folder)" });
  for (const query of [writeStream.format("noop").lateRows("/millrace-test-disk/here"), writeStream.format("noop").option("lateRowsPath", "/millrace-test-disk/here")]) await (await query.start()).stop();
  await (await writeStream.format("noop").lateRows().start({ checkpointLocation: "/millrace-test-disk/c" })).stop();
});

test("duplicates told apart in the API, and programs with state, count each late row once", async () => {
  const builds = {
    dropDuplicates: (df: Frame) => df.dropDuplicates("key", "at"), within: (df: Frame) => df.dropDuplicatesWithinWatermark("key"),
    "dropDuplicates, then a window": (df: Frame) => df.dropDuplicates("key", "at").groupBy(r => ({ w: window(r.at, "10 seconds") })).agg(() => ({ n: count() })),
  };
  for (const [name, build] of Object.entries(builds)) {
    await using mill = testSession();
    const input = mill.memoryStream(Event);
    await using run = await mill.run(build(input.df.withWatermark("at", "10 seconds")) as DataFrame<object>);
    input.add(at(1), at(40));
    await run.process();
    input.add(at(5, "a"), at(7, "b"), at(7, "b"), at(45, "c"));
    await run.process();
    const progress = run.query.recentProgress.map(one => [one.millrace.lateRows, one.stateOperators.reduce((sum, operator) => sum + operator.numRowsDroppedByWatermark, 0)]).filter(([late]) => late! > 0);
    assert.deepEqual(progress, [[3, 3]], name);
  }
});

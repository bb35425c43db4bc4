/** Catches restarts of what would fail again, pauses that don't grow or are too long, runs under an old id, and rows lost or doubled over a restart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bigint, schema, type Listener, type StreamingQuery } from "../index.ts";
import { frameOver, type SessionCore } from "../api/frame.ts";
import type { DataFrame } from "../index.ts";
import { AnalysisError, CheckpointError, ExecutionError } from "../base/errors.ts";
import { seededRandom } from "../base/clock.ts";
import { MemoryTable } from "../connectors/memory/memory-source.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { testSession, type TestSession } from "../testing/index.ts";
import { BIGINT, STRING, field, struct } from "../types/data-type.ts";
import { Restarts, mayPass, type RestartPolicy } from "./restart-policy.ts";

const SECOND = 1_000_000;
const failed = (condition: string, sqlState: string): ExecutionError => new ExecutionError({ condition, sqlState, message: "m" });

test("what may pass: I/O, sinks, sources and unknown errors; not data, not the query, not damage", () => {
  const passing = [new Error("ECONNRESET"), "thrown text", failed("FAILED_READ_FILE.FILE_NOT_EXIST", "KD001"), failed("MILLRACE_CHECKPOINT_IO", "58030"), failed("MILLRACE_DISK_FULL", "53100"), failed("X", "08006")];
  const lasting = [
    failed("CAST_INVALID_INPUT", "22018"), failed("DIVIDE_BY_ZERO", "22012"), failed("ARITHMETIC_OVERFLOW", "22003"), failed("MILLRACE_OUT_OF_MEMORY", "53200"), failed("MILLRACE_FILE_CHANGED", "KD001"),
    new AnalysisError({ condition: "A", sqlState: "XX000", message: "m" }), new CheckpointError({ condition: "MILLRACE_FENCED", sqlState: "55006", message: "m" }),
    new CheckpointError({ condition: "MILLRACE_CHECKPOINT_CORRUPT", sqlState: "58030", message: "m" }), failed("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", "42K03"),
  ];
  assert.deepEqual(passing.map(mayPass), passing.map(() => true));
  assert.deepEqual(lasting.map(mayPass), lasting.map(() => false));
});

test("pauses double up to the greatest, chance takes up to a half; a run that lasts makes the count begin anew", async () => {
  const policy: RestartPolicy = { maxRestarts: 5, initialMicros: SECOND, maxMicros: 6 * SECOND, factor: 2, resetAfterMicros: 60 * SECOND }, error = new Error("e");
  for (const [word, share] of [[0, 1], [2 ** 31, 0.75], [2 ** 32 - 1, 0.5]] as const) {
    const clock = new ManualClock(0), restarts = new Restarts(policy, clock, { uint32: () => word, uuid: () => "" });
    const pauses = Array.from({ length: 6 }, () => restarts.pauseAfter(error));
    assert.deepEqual(pauses.map(pause => pause === undefined ? undefined : Math.round(pause / SECOND * 1000) / 1000), [...[1, 2, 4, 6, 6].map(whole => whole * share), undefined]);
    restarts.began();
    await clock.advance(59 * SECOND);
    assert.equal(restarts.pauseAfter(error), undefined);
    await clock.advance(SECOND);
    assert.ok(restarts.pauseAfter(error)! <= SECOND);
    assert.equal(restarts.count, 1);
    assert.equal(restarts.pauseAfter(failed("DIVIDE_BY_ZERO", "22012")), undefined);
  }
  const spread = new Restarts({ ...policy, maxRestarts: 1000, factor: 1 }, new ManualClock(0), seededRandom(5)), many = Array.from({ length: 500 }, () => spread.pauseAfter(error)!);
  assert.ok(Math.min(...many) < 0.51 * SECOND && Math.max(...many) > 0.99 * SECOND && many.every(pause => pause >= SECOND / 2 && pause <= SECOND));
});

const Row = struct([field("id", BIGINT), field("s", STRING)]);
function stream(mill: TestSession): { df: DataFrame<{ id: bigint; s: string }>; add(...rows: [bigint, string][]): void } {
  const source = new MemoryTable("in", Row);
  const df = frameOver(mill as unknown as SessionCore, { kind: "read_data_source", format: "memory", schema: Row, options: {}, paths: [], isStreaming: true, source }, Row.fields) as unknown as DataFrame<{ id: bigint; s: string }>;
  return { df, add: (...rows) => source.add(rows) };
}
const CHECKPOINT = { checkpointLocation: "/millrace-test-disk/restarts" } as const;
/** Until a condition holds; each look gives the query its turns. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 5000 && !holds(); i++) await new Promise(resolve => setImmediate(resolve));
  assert.ok(holds());
}

test("a query whose sink fails begins again after a pause: same id, other run, each batch once; listeners hear all", { timeout: 20_000 }, async () => {
  await using mill = testSession();
  const input = stream(mill), told: string[] = [], got: [number, bigint[]][] = [];
  const listener: Listener = {
    onQueryStarted: ({ runId }) => { told.push(`started ${runs.push(runId) - 1}`); },
    onQueryTerminated: ({ runId, errorClassOnException }) => { told.push(`ended ${runs.indexOf(runId)} ${errorClassOnException}`); },
    onQueryRestarting: ({ attempt, runId, exception }) => { told.push(`restart ${attempt} after ${runs.indexOf(runId)}: ${/ECONNRESET/.test(exception.message)}`); },
  }, runs: string[] = [];
  mill.streams.addListener(listener);
  let failures = 2;
  const query: StreamingQuery = await input.df.writeStream.restart({ maxRestarts: 3, backoff: { initial: "10 seconds", max: "20 seconds" } }).foreachBatch(async (batch, batchId) => {
    const rows = await batch.collect();
    if (batchId === 1 && failures-- > 0) throw new Error("ECONNRESET");
    got.push([batchId, rows.map(row => row.id)]);
  }).start(CHECKPOINT);
  const { id, runId } = query;
  input.add([1n, "a"]);
  await query.processAllAvailable();
  input.add([2n, "b"], [3n, "c"]);
  const waiting = query.processAllAvailable();
  await until(() => query.status.message.includes("to start again"));
  assert.match(query.status.message, /^Waiting \d+\.\d s to start again, 1 of 3: .*ECONNRESET/);
  assert.deepEqual([query.isActive, query.exception(), mill.streams.active.length], [true, null, 1]);
  await mill.clock.advance("10 seconds");
  await until(() => query.status.message.includes("2 of 3"));
  await mill.clock.advance("20 seconds");
  await waiting;
  assert.deepEqual(got, [[0, [1n]], [1, [2n, 3n]]]);
  assert.deepEqual([query.id, query.runId === runId, query.isActive], [id, false, true]);
  assert.equal(mill.streams.get(id), query);
  await query.stop();
  assert.deepEqual(told, [
    "started 0", "ended 0 STREAM_FAILED", "restart 1 after 0: true", "started 1", "ended 1 STREAM_FAILED", "restart 2 after 1: true", "started 2", "ended 2 null",
  ]);
});

test("data errors end it at once, and so does the last restart; a stop in the pause ends it without an error", { timeout: 20_000 }, async () => {
  await using mill = testSession();
  const input = stream(mill), restarting: number[] = [];
  mill.streams.addListener({ onQueryRestarting: ({ attempt }) => { restarting.push(attempt); } });
  const cast = await input.df.selectExpr("CAST(s AS INT) AS n").writeStream.format("noop").restart().start({ checkpointLocation: "/millrace-test-disk/cast" });
  input.add([1n, "x"]);
  await assert.rejects(cast.processAllAvailable(), { condition: "CAST_INVALID_INPUT" });
  assert.deepEqual(restarting, []);

  const failing = input.df.writeStream.restart({ maxRestarts: 1, backoff: { initial: "1 second" } }).foreachBatch(() => { throw new Error("never"); });
  const last = await failing.start({ checkpointLocation: "/millrace-test-disk/last" });
  await until(() => last.status.message.includes("to start again"));
  await mill.clock.advance("1 second");
  await assert.rejects(last.awaitTermination(), { condition: "STREAM_FAILED" });
  assert.deepEqual(restarting, [1]);

  const stopped = await failing.start({ checkpointLocation: "/millrace-test-disk/stopped" });
  await until(() => stopped.status.message.includes("to start again"));
  await stopped.stop();
  assert.deepEqual([stopped.exception(), stopped.isActive, await stopped.awaitTermination()], [null, false, true]);
});

test("a stop while a run is just failing ends it as a stop in the pause does; what never goes well is still said", { timeout: 20_000 }, async () => {
  for (const { error, expected } of [{ error: new Error("ECONNREFUSED"), expected: null }, { error: failed("DIVIDE_BY_ZERO", "22012"), expected: "DIVIDE_BY_ZERO" }]) {
    await using mill = testSession();
    const input = stream(mill), away = Promise.withResolvers<void>();
    let runs = 0;
    const query = await input.df.writeStream.restart({ backoff: { initial: "1 second" } }).foreachBatch(async () => {
      if (++runs === 1) throw new Error("ECONNRESET");
      await away.promise;
      throw error;
    }).start(CHECKPOINT);
    input.add([1n, "a"]);
    query.processAllAvailable().catch(() => {});
    await until(() => query.status.message.includes("to start again"));
    await mill.clock.advance("1 second");
    await until(() => runs === 2);
    const stopped = query.stop();
    away.resolve();
    await stopped;
    assert.deepEqual([query.exception()?.condition ?? null, query.isActive], [expected, false]);

    const got: bigint[] = [], next = await input.df.writeStream.foreachBatch(async batch => { for (const row of await batch.collect()) got.push(row.id); }).start(CHECKPOINT);
    await next.processAllAvailable();
    assert.deepEqual(got, [1n]);
    await next.stop();
  }
});

test("without a checkpoint, or with numbers that can't be, it is refused", async () => {
  await using mill = testSession();
  const { writeStream } = stream(mill).df;
  await assert.rejects(writeStream.format("noop").restart().start(), { condition: "MILLRACE_RESTART_NEEDS_CHECKPOINT", hint: /checkpointLocation/ });
  assert.throws(() => writeStream.restart({ maxRestarts: -1 }), { hint: /maxRestarts/ });
  assert.throws(() => writeStream.restart({ backoff: { initial: "0 seconds" } }), { hint: /greater than zero/ });
});

test("a call that a query awaits may go well the next time; a function that threw would throw again", { timeout: 20_000 }, async () => {
  await using mill = testSession();
  let calls = 0;
  const fails = (key: bigint): { id: bigint } => { if (++calls === 1) throw new Error("away"); return { id: key }; };
  const Id = schema({ id: bigint() }), input = stream(mill), rows: unknown[] = [];
  const query = await input.df.mapAsync(async row => fails(row.id)).toDF(Id).writeStream.restart({ backoff: { initial: "10 seconds" } }).foreachBatch(async batch => { rows.push(...await batch.collect()); }).start({ checkpointLocation: "/millrace-test-disk/awaits" });
  input.add([1n, "a"]);
  const waiting = query.processAllAvailable();
  await until(() => query.status.message.includes("to start again"));
  assert.match(query.status.message, /mapAsync.*away/);
  await mill.clock.advance("10 seconds");
  await waiting;
  assert.deepEqual(rows, [{ id: 1n }]);
  await query.stop();

  calls = 0;
  const other = await input.df.map(row => fails(row.id)).toDF(Id).writeStream.restart().format("noop").start({ checkpointLocation: "/millrace-test-disk/throws" });
  await assert.rejects(other.processAllAvailable(), { condition: "FAILED_EXECUTE_UDF" });
});

/** Catches waiting for any query that misses one that has ended, forgets an error, or never lets go; and triggers that can't be. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryTable } from "../connectors/memory/memory-source.ts";
import type { DataFrame } from "./data-frame.ts";
import { localEngine } from "./local-engine.ts";
import type { Source } from "./reader.ts";
import { bigint, schema, structTypeOf } from "./schema.ts";
import { createSession, type Session } from "./session.ts";

const Row = schema({ id: bigint().notNull() });
let tables = 0;
function stream(mill: Session): { df: DataFrame<{ id: bigint }>; add(id: bigint): void } {
  const table = new MemoryTable(`q${++tables}`, structTypeOf(Row));
  return { df: mill.readStream.from(Object.assign(table, { format: "memory", options: {} }) as unknown as Source<{ id: bigint }>), add: id => table.add([[id]]) };
}
const open = (): Session => createSession({ timeZone: "UTC" }, localEngine);

test("awaitAnyTermination: at once if one has ended since the last reset, else with the next one, or when the time is over", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), start = () => input.df.writeStream.format("noop").start(), { streams } = mill;
  const first = await start(), second = await start();
  assert.equal(await streams.awaitAnyTermination({ timeoutMs: 1 }), false);
  await first.stop();
  assert.equal(await streams.awaitAnyTermination(), true);
  assert.equal(await streams.awaitAnyTermination({ timeoutMs: 60_000 }), true);
  assert.equal(streams.get(first.id), undefined, "it is no longer active");
  assert.equal(streams.get(second.id), second);
  streams.resetTerminated();
  assert.equal(await streams.awaitAnyTermination({ timeoutMs: 1 }), false);
  const any = streams.awaitAnyTermination();
  await second.stop();
  assert.equal(await any, true);
  const abort = new AbortController();
  streams.resetTerminated();
  const waiting = streams.awaitAnyTermination({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});

test("an error outweighs queries that ended in order, until the reset", { timeout: 20_000 }, async () => {
  await using mill = open();
  const { streams } = mill, heard: (string | null)[] = [];
  const listener = { onQueryTerminated: ({ errorClassOnException }: { errorClassOnException: string | null }) => { heard.push(errorClassOnException); } };
  const input = stream(mill), fine = await input.df.writeStream.format("noop").start();
  const bad = await input.df.selectExpr("1 / (id - id) AS x").writeStream.format("noop").start();
  streams.addListener(listener); // hears of queries that were there before it
  input.add(1n);
  await assert.rejects(bad.awaitTermination(), { condition: "DIVIDE_BY_ZERO" });
  await fine.stop();
  await assert.rejects(streams.awaitAnyTermination(), { condition: "DIVIDE_BY_ZERO", queryId: bad.id, runId: bad.runId, batchId: 0, startOffset: "[null]" });
  await assert.rejects(streams.awaitAnyTermination({ timeoutMs: 1 }), { condition: "DIVIDE_BY_ZERO" });
  assert.deepEqual(heard, ["DIVIDE_BY_ZERO", null]);
  streams.resetTerminated();
  assert.equal(await streams.awaitAnyTermination({ timeoutMs: 1 }), false);
  streams.removeListener(listener);
  await (await input.df.limit(0).writeStream.format("noop").start()).stop();
  assert.equal(heard.length, 2);
});

test("triggers: an interval of 0 is as soon as possible; a negative one, real time and unknown ones are refused", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), { writeStream } = input.df;
  const query = await writeStream.trigger({ processingTime: "0 seconds" }).format("noop").start();
  input.add(1n);
  await query.processAllAvailable();
  assert.equal(query.lastProgress?.numInputRows, 1);
  await query.stop();
  assert.throws(() => writeStream.trigger({ processingTime: "-1 seconds" }), /negative/);
  assert.throws(() => writeStream.trigger({ realTime: "5 minutes" } as never), { condition: "MILLRACE_UNSUPPORTED", hint: /leave the trigger out/ });
  assert.throws(() => writeStream.trigger({ continuous: "1 second" } as never), { hint: /availableNow/ });
  for (const trigger of [{ once: true }, { availableNow: true }] as const) {
    const ended = await writeStream.trigger(trigger).format("noop").start();
    assert.equal(await ended.awaitTermination(), true);
    assert.deepEqual([ended.isActive, ended.recentProgress.map(one => one.numInputRows)], [false, [1]], JSON.stringify(trigger));
  }
});

test("a drain takes what is there, a stop leaves it", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), seen: bigint[] = [];
  const query = await input.df.writeStream.foreach(row => { seen.push(row.id); }).start();
  input.add(1n);
  await query.stop({ drain: true });
  assert.deepEqual(seen, [1n]);
  const next = await input.df.writeStream.foreach(row => { seen.push(row.id); }).start();
  await next.stop();
  await next.stop();
  assert.equal(next.isActive, false);
});

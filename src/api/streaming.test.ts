/** Catches streaming queries that lose a batch on the way to a person's code, never end, hide their errors, or tell listeners wrong. */
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryTable } from "../connectors/memory/memory-source.ts";
import { MillraceError, StreamingQueryError } from "../base/errors.ts";
import type { Cell } from "../types/cell.ts";
import type { DataFrame } from "./data-frame.ts";
import { localEngine } from "./local-engine.ts";
import type { Source } from "./reader.ts";
import { bigint, schema, string, structTypeOf } from "./schema.ts";
import { createSession, type Session } from "./session.ts";

const Row = schema({ id: bigint().notNull(), name: string() });
interface Row { id: bigint; name: string | null }

let tables = 0;
function stream(mill: Session): { df: DataFrame<Row>; add(...rows: (readonly Cell[])[]): void } {
  const table = new MemoryTable(`t${++tables}`, structTypeOf(Row));
  return { df: mill.readStream.from(Object.assign(table, { format: "memory", options: {} }) as unknown as Source<Row>), add: (...rows) => table.add(rows) };
}
const open = (): Session => createSession({ timeZone: "UTC" }, localEngine);

test("foreachBatch gets each batch as a frame, once, in order", async () => {
  await using mill = open();
  const input = stream(mill), seen: [number, Row[]][] = [];
  await using query = await input.df.where(r => r.id.gt(1)).writeStream.queryName("fb").foreachBatch(async (batch, id) => { seen.push([id, await batch.collect()]); }).start();
  input.add([1n, "a"], [2n, null]);
  await query.processAllAvailable();
  input.add([3n, "c"]);
  await query.processAllAvailable();
  assert.deepEqual(seen, [[0, [{ id: 2n, name: null }]], [1, [{ id: 3n, name: "c" }]]]);
  assert.equal(query.name, "fb");
  assert.equal(query.lastProgress?.batchId, 1);
});

test("foreach gets each row", async () => {
  await using mill = open();
  const input = stream(mill), seen: bigint[] = [];
  await using query = await input.df.writeStream.foreach(async row => { await null; seen.push(row.id); }).start();
  input.add([1n, "a"], [2n, "b"]);
  await query.processAllAvailable();
  assert.deepEqual(seen, [1n, 2n]);
});

test("iterate commits a batch at the next turn of the loop, and leaving the loop stops the query", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), seen: [number, bigint[], number | undefined][] = [];
  input.add([1n, "a"]);
  const batches = input.df.writeStream.iterate();
  const query = await batches.query;
  for await (const { batchId, rows } of batches) {
    seen.push([batchId, rows.map(row => row.id), query.lastProgress?.batchId]);
    if (batchId === 0) input.add([2n, "b"]);
    if (batchId === 1) break;
  }
  assert.deepEqual(seen, [[0, [1n], undefined], [1, [2n], 0]]);
  assert.equal(query.isActive, false);
  assert.equal(query.lastProgress?.batchId, 0, "the batch that was left isn't committed");
});

test("rows() runs over all batches", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), seen: bigint[] = [];
  input.add([1n, "a"], [2n, "b"]);
  for await (const row of input.df.writeStream.iterate().rows()) {
    seen.push(row.id);
    if (row.id === 2n) input.add([3n, "c"]);
    if (row.id === 3n) break;
  }
  assert.deepEqual(seen, [1n, 2n, 3n]);
});

test("an error in a person's code ends the query and reaches everyone who waits", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), ended: (MillraceError | null)[] = [];
  using _listener = mill.streams.addListener({ onQueryTerminated: ({ exception }) => { ended.push(exception); } });
  const query = await input.df.writeStream.foreachBatch(() => { throw new Error("the disk is purple"); }).start();
  const any = mill.streams.awaitAnyTermination();
  input.add([1n, "a"]);
  await assert.rejects(query.awaitTermination(), (error: Error) => error instanceof StreamingQueryError && /the disk is purple/.test(error.message) && error.batchId === 0);
  await assert.rejects(any, StreamingQueryError);
  assert.equal(query.isActive, false);
  assert.ok(query.exception() instanceof StreamingQueryError);
  assert.equal(ended.length, 1);
  assert.equal(ended[0], query.exception());
});

test("listeners and progress() tell of each batch; a listener that is disposed hears nothing more", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), told: string[] = [];
  const listener = mill.streams.addListener({
    onQueryStarted: ({ name }) => { told.push(`started ${name}`); },
    onQueryProgress: ({ progress }) => { told.push(`batch ${progress.batchId} ${progress.numInputRows}`); },
    onQueryTerminated: ({ exception }) => { told.push(`ended ${exception}`); },
  });
  const query = await input.df.writeStream.queryName("p").format("noop").start();
  const batches: number[] = [];
  const reading = (async () => { for await (const { batchId } of query.progress()) batches.push(batchId); })();
  await Promise.resolve();
  input.add([1n, "a"]);
  await query.processAllAvailable();
  input.add([2n, "a"], [3n, "a"]);
  await query.processAllAvailable();
  assert.deepEqual(mill.streams.active.map(q => q.name), ["p"]);
  assert.equal(mill.streams.get(query.id)?.runId, query.runId);
  await assert.rejects(input.df.writeStream.queryName("p").format("noop").start(), { condition: "DUPLICATE_STREAMING_QUERY_NAME" });
  await query.stop();
  await reading;
  assert.deepEqual(batches, [0, 1]);
  assert.deepEqual(told, ["started p", "batch 0 1", "batch 1 2", "ended null"]);
  assert.deepEqual(mill.streams.active, []);
  listener[Symbol.dispose]();
  await (await input.df.writeStream.format("noop").start()).stop();
  assert.equal(told.length, 4);
});

test("awaitTermination ends with the query, the time, or the signal", { timeout: 20_000 }, async () => {
  await using mill = open();
  const input = stream(mill), query = await input.df.writeStream.format("noop").start();
  assert.equal(await query.awaitTermination({ timeoutMs: 1 }), false);
  const abort = new AbortController(), waiting = query.awaitTermination({ signal: abort.signal });
  abort.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  const ended = query.awaitTermination();
  await mill.stop();
  assert.equal(await ended, true);
  assert.equal(query.isActive, false);
});

test("a start without a place for the rows, or of a batch, is refused", async () => {
  await using mill = open();
  const input = stream(mill);
  await assert.rejects(input.df.writeStream.start(), { hint: /iterate\(\)/ });
  assert.throws(() => input.df.writeStream.outputMode("all" as "append"), { condition: "STREAMING_OUTPUT_MODE.INVALID" });
  assert.throws(() => input.df.writeStream.trigger({ processingTime: "1 sec" as "1 second" }), { condition: "INVALID_INTERVAL_FORMAT" });
});

/** Catches a start that fails and leaves something behind that keeps the next one from working, and a source whose failure takes the process with it. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError, StreamingQueryError } from "../../src/base/errors.ts";
import { callbackSink } from "../../src/connectors/callback/callback-sink.ts";
import { MemoryTable } from "../../src/connectors/memory/memory-source.ts";
import type { Sink } from "../../src/io/sink.ts";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import { SimulatedDisk } from "../../src/testing/simulated-files.ts";
import { conformanceSession } from "../conformance/world.ts";

function world() {
  const { engine, session } = conformanceSession({}, { disk: new SimulatedDisk() }), table = new MemoryTable("t", parseSchemaDdl("a INT"));
  engine.createView(["t"], { kind: "read_data_source", format: "memory", schema: table.schema, options: {}, paths: [], isStreaming: true, source: table }, true);
  const start = (sink: Sink) => engine.start({
    plan: engine.sql("SELECT * FROM t", { named: {}, positional: [], views: [] }), target: { kind: "sink", sink }, outputMode: "append", queryName: null, partitionBy: [],
    checkpointLocation: "/checkpoint", options: {}, signal: undefined, trigger: undefined,
  });
  return { session, table, start };
}

test("a start that fails as the sink refuses a batch leaves the checkpoint to the next one", async () => {
  const { session, table, start } = world(), delivered: number[] = [];
  let isDown = true;
  const sink = callbackSink("Sink", async batchId => {
    if (isDown) throw new Error("the sink is down");
    delivered.push(batchId);
  });
  const first = await start(sink);
  table.add([[1]]);
  await assert.rejects(first.processAllAvailable(), MillraceError);
  for (let i = 0; i < 2; i++) await assert.rejects(start(sink), /the sink is down/);
  isDown = false;
  const last = await start(sink);
  await last.processAllAvailable();
  assert.deepEqual(delivered, [0]);
  await session.stop();
});

test("a sink that can't be opened, or fails as a batch is delivered again, is stopped, and the start fails with an error of ours", async () => {
  const { session, table, start } = world();
  let failing: "open" | "deliver" | "stop" | undefined = "open";
  const calls: string[] = [], call = (name: string): void => {
    calls.push(name);
    if (failing === name) throw new Error(`no ${name}`);
  };
  const sink: Sink = { ...callbackSink("Sink", async () => call("deliver")), open: async () => call("open"), stop: async () => call("stop") };
  const refused = async (message: RegExp): Promise<void> => {
    calls.length = 0;
    await assert.rejects(start(sink), (error: unknown) => error instanceof StreamingQueryError && error.condition === "STREAM_FAILED" && message.test(error.message) && error.cause instanceof Error && error.runId !== "");
    assert.equal(calls.at(-1), "stop");
  };
  await refused(/no open/);
  failing = "deliver";
  const first = await start(sink);
  table.add([[1]]);
  await assert.rejects(first.processAllAvailable(), MillraceError);
  await refused(/no deliver/);
  assert.deepEqual(calls, ["open", "deliver", "stop"]);
  failing = "stop";
  const last = await start({ ...sink, open: async () => { throw new Error("the first"); } }).catch((error: unknown) => error);
  assert.match(String(last), /the first/);
  await session.stop();
});

test("a source that fails as it is told what was delivered ends the query with that error", async () => {
  const { session, table, start } = world(), streamOf = table.stream.bind(table);
  table.stream = context => Object.assign(streamOf(context), { committed: async () => { throw new Error("no commit"); } });
  const query = await start(callbackSink("Sink", async () => {}));
  await assert.rejects(async () => {
    for (let i = 0; i < 3; i++) {
      table.add([[i]]);
      await query.processAllAvailable();
    }
  }, (error: unknown) => error instanceof StreamingQueryError && /no commit/.test(error.message));
  await session.stop();
});

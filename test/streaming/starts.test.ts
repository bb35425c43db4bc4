/** Catches a start that fails and leaves something behind that keeps the next one from working. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError } from "../../src/base/errors.ts";
import { callbackSink } from "../../src/connectors/callback/callback-sink.ts";
import { MemoryTable } from "../../src/connectors/memory/memory-source.ts";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import { SimulatedDisk } from "../../src/testing/simulated-files.ts";
import { conformanceSession } from "../conformance/world.ts";

test("a start that fails as the sink refuses a batch leaves the checkpoint to the next one", async () => {
  const { engine, session } = conformanceSession({}, { disk: new SimulatedDisk() }), table = new MemoryTable("t", parseSchemaDdl("a INT"));
  engine.createView(["t"], { kind: "read_data_source", format: "memory", schema: table.schema, options: {}, paths: [], isStreaming: true, source: table }, true);
  const delivered: number[] = [];
  let isDown = true;
  const sink = callbackSink("Sink", async batchId => {
    if (isDown) throw new Error("the sink is down");
    delivered.push(batchId);
  });
  const start = () => engine.start({
    plan: engine.sql("SELECT * FROM t", { named: {}, positional: [], views: [] }), target: { kind: "sink", sink }, outputMode: "append", queryName: null, partitionBy: [],
    checkpointLocation: "/checkpoint", options: {}, signal: undefined, trigger: undefined,
  });
  const first = await start();
  table.add([[1]]);
  await assert.rejects(first.processAllAvailable(), MillraceError);
  for (let i = 0; i < 2; i++) await assert.rejects(start(), /the sink is down/);
  isDown = false;
  const last = await start();
  await last.processAllAvailable();
  assert.deepEqual(delivered, [0]);
  await session.stop();
});

/**
 * A program that kills itself at a step of the commit protocol. Arguments: input, output and checkpoint folder, sink
 * ("files" or "callback"), step, batch. Callback rows are appended to output/rows with their batch id.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { systemWorld } from "../../src/api/local-engine.ts";
import { LocalEngine } from "../../src/api/local/local-engine.ts";
import { createSession } from "../../src/api/session.ts";
import { int, schema, string, timestamp } from "../../src/api/schema.ts";
import { count, sum, window } from "../../src/functions.ts";

const [input, output, checkpoint, sink, step, batch] = process.argv.slice(2) as [string, string, string, string, string, string];
const Event = schema({ at: timestamp().notNull(), key: string(), v: int() });
const mill = createSession({ timeZone: "UTC" }, context => new LocalEngine(context, { ...systemWorld, onStep: (_query, name, batchId) => {
  if (name === step && batchId === Number(batch)) process.kill(process.pid, "SIGKILL");
} }));
const writer = mill.readStream.schema(Event).json(input, { maxFilesPerTrigger: 1 })
  .withWatermark("at", "5 seconds")
  .groupBy(r => ({ window: window(r.at, "10 seconds"), key: r.key })).agg(r => ({ n: count(), total: sum(r.v) }))
  .select(r => ({ start: r.window.start, key: r.key, n: r.n, total: r.total }))
  .writeStream.outputMode("append").trigger({ availableNow: true });
mkdirSync(output, { recursive: true });
const query = sink === "files" ? await writer.format("json").option("path" as never, output as never).start({ checkpointLocation: checkpoint })
  : await writer.foreachBatch(async (frame, batchId) => {
    const rows = await frame.collect();
    appendFileSync(`${output}/rows`, `${batchId} ${rows.map(row => `${row.start}/${row.key}/${row.n}/${row.total}`).join(" ")}\n`);
  }).start({ checkpointLocation: checkpoint });
await query.awaitTermination();
await mill.stop();

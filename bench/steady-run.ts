/**
 * One stream that never stops, over keys that stay: duplicates of the last seconds are dropped, the rest counted by key and
 * window. A line of JSON about once a second says what the process holds. The argument is JSON: SteadyTask.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { session, type Source, type Timestamp } from "millrace";
import { count, expr, sum, window } from "millrace/functions";
import { linearMemory } from "../src/memory/linear-memory.ts";
import { columnarTable } from "./nexmark/columnar-source.ts";
import { Model } from "./nexmark/model.ts";

export interface SteadyTask { readonly events: number; readonly eventsPerBatch: number; readonly keys: number; readonly checkpoint: string; readonly sampleMillis: number; readonly cpuSeconds: number | null }

export interface Sample {
  readonly events: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Blocks handed out of the kernels' memory. */
  readonly linearBytes: number;
  readonly stateBytes: number;
  readonly stateRows: number;
  readonly checkpointBytes: number;
  readonly rowsOut: number;
}

const task = JSON.parse(process.argv[2]!) as SteadyTask;
type Bid = { auction: bigint; bidder: bigint; price: bigint; dateTime: Timestamp };
const mill = session({ timeZone: "UTC" }), table = columnarTable(new Model(), "bid", { events: task.events, eventsPerBatch: task.eventsPerBatch, marker: false, isStreaming: true });
let lastSample = Number.NEGATIVE_INFINITY, rowsOut = 0, batches = 0, over = false;
mill.streams.addListener({
  onQueryProgress({ progress }) {
    rowsOut += progress.sink.numOutputRows;
    batches++;
    const now = performance.now(), events = Number(progress.sources[0]!.endOffset), { user, system } = process.cpuUsage(), cpuSeconds = (user + system) / 1e6;
    if (now - lastSample < task.sampleMillis && events < task.events) return;
    lastSample = now;
    const { rss, heapUsed } = process.memoryUsage();
    const sample: Sample = {
      events, cpuSeconds, wallSeconds: now / 1000, rssBytes: rss, heapBytes: heapUsed, linearBytes: linearMemory().inUseBytes,
      stateBytes: progress.stateOperators.reduce((bytes, one) => bytes + one.memoryUsedBytes, 0), stateRows: progress.stateOperators.reduce((rows, one) => rows + one.numRowsTotal, 0),
      checkpointBytes: bytesUnder(task.checkpoint), rowsOut,
    };
    process.stdout.write(JSON.stringify(sample) + "\n");
    over ||= task.cpuSeconds !== null && cpuSeconds >= task.cpuSeconds;
    if (over) void query.stop();
  },
});
const query = await mill.readStream.from(table as unknown as Source<Bid>)
  .withWatermark("dateTime", "4 seconds")
  .dropDuplicatesWithinWatermark("auction", "bidder", "price")
  .groupBy(r => ({ window: window(r.dateTime, "10 seconds"), key: expr(`auction % ${task.keys}`) }))
  .agg(r => ({ n: count(), volume: sum(r.price) }))
  .writeStream.outputMode("append").trigger({ availableNow: true }).format("noop")
  .start({ checkpointLocation: task.checkpoint });
await query.awaitTermination();
await mill.stop();

function bytesUnder(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try { bytes += statSync(join(entry.parentPath, entry.name)).size; } catch { /* it was deleted */ }
  }
  return bytes;
}

/**
 * From the moment an event was due to the moment its batch was acknowledged: 100,000 events a second, open loop (what is
 * late is not asked for later), a windowed count, memory sink, each batch durable in a real checkpoint. Another thread
 * appends and syncs a small file in the same folder at the same time, to show what the disk alone takes.
 *
 *     node latency.mjs FOLDER [rowsPerSecond] [seconds]
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { session } from "millrace";
import { count, window } from "millrace/functions";

const APPEND_BYTES = 4096, APPEND_EVERY_MILLIS = 5, WARM_SECONDS = 2;

if (isMainThread) await main();
else appendForEver(workerData as string);

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(process.argv[2] ?? tmpdir(), "latency-")), rowsPerSecond = Number(process.argv[3] ?? "100000"), seconds = Number(process.argv[4] ?? "5");
  const mill = session({ timeZone: "UTC" });
  /** One number a millisecond of events: they are due evenly, so that one stands for all of its millisecond. */
  const latencies: number[] = [], batches: number[] = [];
  let warmUntil = Number.POSITIVE_INFINITY;
  mill.streams.addListener({
    onQueryProgress({ progress }) {
      const now = performance.timeOrigin + performance.now(), [source] = progress.sources;
      const from = offsetOf(source!.startOffset), to = offsetOf(source!.endOffset);
      if (to === undefined || now < warmUntil) return;
      batches.push(progress.millrace.durationMicros.triggerExecution / 1000);
      const step = Math.max(1, Math.round(rowsPerSecond / 1000));
      for (let row = from?.rows ?? 0; row < to.rows; row += step) latencies.push(now - (to.startMicros / 1000 + row * 1000 / rowsPerSecond));
    },
  });
  const query = await mill.readStream.format("rate").option("rowsPerSecond", rowsPerSecond).load()
    .withWatermark("timestamp", "1 second")
    .groupBy(r => ({ window: window(r.timestamp, "1 second") })).agg(() => ({ n: count() }))
    .writeStream.outputMode("append").format("memory").queryName("latency").start({ checkpointLocation: join(scratch, "checkpoint") });
  const appender = new Worker(new URL(import.meta.url), { workerData: join(scratch, "bare") }), bare: number[] = [];
  appender.on("message", (millis: number) => { if (performance.timeOrigin + performance.now() >= warmUntil) bare.push(millis); });
  warmUntil = performance.timeOrigin + performance.now() + WARM_SECONDS * 1000;
  await new Promise(resolve => setTimeout(resolve, (WARM_SECONDS + seconds) * 1000));
  const used = process.cpuUsage();
  await appender.terminate();
  await query.stop();
  await mill.stop();
  rmSync(scratch, { recursive: true });
  const at = (values: readonly number[], share: number): number => Number([...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]?.toFixed(2));
  process.stdout.write(JSON.stringify({
    rowsPerSecond, seconds, batches: batches.length, batchMillis: at(batches, 0.5), cpuShare: Number(((used.user + used.system) / 1e6 / (WARM_SECONDS + seconds)).toFixed(2)),
    p50Millis: at(latencies, 0.5), p99Millis: at(latencies, 0.99), maxMillis: at(latencies, 1),
    bareSyncs: bare.length, bareP50Millis: at(bare, 0.5), bareP99Millis: at(bare, 0.99), bareMaxMillis: at(bare, 1),
  }) + "\n");
}

function offsetOf(offset: unknown): { readonly startMicros: number; readonly rows: number } | undefined {
  const value: unknown = typeof offset === "string" ? JSON.parse(offset) : offset;
  return value === null || value === undefined ? undefined : value as { startMicros: number; rows: number };
}

function appendForEver(path: string): void {
  const file = openSync(path, "w"), bytes = Buffer.alloc(APPEND_BYTES, 1), SIZE = 16 << 20;
  writeSync(file, Buffer.alloc(SIZE));
  fdatasyncSync(file);
  process.on("exit", () => closeSync(file));
  let at = 0;
  setInterval(() => {
    const start = performance.now();
    writeSync(file, bytes, 0, bytes.length, at);
    fdatasyncSync(file);
    parentPort!.postMessage(performance.now() - start);
    at = (at + bytes.length) % SIZE;
  }, APPEND_EVERY_MILLIS);
}

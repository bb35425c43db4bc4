/**
 * Two live queries in one program, with nothing to install: what this machine is doing, and how late flights were in
 * 2001, replayed an hour a second. Open the page that it names; stop it with Ctrl-C and start it again: the flights go
 * on where they were.
 */
import { int, progressLine, schema, session, string, timestamp, type StreamingQuery } from "millrace";
import { avg, count, count_if, max, round, window } from "millrace/functions";
import { prepareFlights } from "../scripts/prepare-flights.mjs";

const mill = session({ appName: "start", timeZone: "UTC", checkpointRoot: ".millrace/start", page: true });

// The kernel's counters, five times a second. They can't be read again: at most once.
const machine = await mill.readStream.format("telemetry").option("samplesPerSecond", 5).load()
  .withWatermark("at", "2 seconds")
  .groupBy(r => ({ window: window(r.at, "10 seconds"), metric: r.metric, device: r.device, unit: r.unit }))
  .agg(r => ({ mean: round(avg(r.value), 2), peak: round(max(r.value), 2), samples: count() }))
  .writeStream.queryName("machine").outputMode("update").trigger({ processingTime: "2 seconds" }).format("console").option("truncate", false).start();

// Each flight arrives late by its real delay, so the input is out of order. Exactly once, with the checkpoint.
const Flight = schema({ date: timestamp().notNull(), arrives: timestamp().notNull(), delay: int(), origin: string(), destination: string() });
const flights = await mill.readStream.schema(Flight)
  .format("replay").option("path", prepareFlights()).option("arrivalColumn", "arrives").option("speed", 3600).load()
  .withWatermark("date", "1 hour")
  .groupBy(r => ({ window: window(r.date, "1 hour"), origin: r.origin }))
  .agg(r => ({ flights: count(), delay: round(avg(r.delay), 1), late: count_if(r.delay.gt(15)), worst: max(r.delay) }))
  .writeStream.queryName("flights").outputMode("update").trigger({ processingTime: "2 seconds" }).format("console").option("truncate", false).start();

console.log(`Live page: ${(await mill.livePage())?.url}`);
for (const [query, guarantee] of [[machine, "at most once"], [flights, "exactly once"]] as const) void report(query, guarantee);

process.once("SIGINT", async () => {
  for (const query of mill.streams.active) {
    await query.stop({ drain: true });
    console.log(`${query.name}: stopped; it would resume at batch ${(query.lastProgress?.batchId ?? -1) + 1}, after ${JSON.stringify(query.lastProgress?.sources[0]?.endOffset)}`);
  }
  await mill.stop();
});
await Promise.all([machine.awaitTermination(), flights.awaitTermination()]);

async function report(query: StreamingQuery, guarantee: string): Promise<void> {
  let lateRows = 0;
  for await (const progress of query.progress()) {
    lateRows += progress.millrace.lateRows;
    console.log(`${query.name}: ${progressLine(progress, { lateRows })}, ${guarantee}`);
  }
}

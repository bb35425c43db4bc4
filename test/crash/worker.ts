/**
 * A program that is killed: counts events of a folder by key and window, into files by manifest. Runs the built package,
 * as a user's program does. Arguments: input folder, output folder, checkpoint folder.
 */
import { int, schema, session, string, timestamp } from "millrace";
import { count, sum, window } from "millrace/functions";

const [input, output, checkpoint] = process.argv.slice(2) as [string, string, string];
const Event = schema({ at: timestamp().notNull(), key: string(), v: int() });
const mill = session({ timeZone: "UTC" });
const query = await mill.readStream.schema(Event).json(input, { maxFilesPerTrigger: 1 })
  .withWatermark("at", "5 seconds")
  .groupBy(r => ({ window: window(r.at, "10 seconds"), key: r.key }))
  .agg(r => ({ n: count(), total: sum(r.v) }))
  .select(r => ({ start: r.window.start, key: r.key, n: r.n, total: r.total }))
  .writeStream.outputMode("append").trigger({ availableNow: true }).format("json")
  .option("path" as never, output as never).start({ checkpointLocation: checkpoint });
process.stdout.write("started\n");
await query.awaitTermination();
process.stdout.write(`finished ${query.lastProgress?.batchId ?? -1}\n`);
await mill.stop();

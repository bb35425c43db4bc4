/** The program that bench/ingest.ts measures: counts rows that come by HTTP by key and 10 seconds. Arguments: port, folder. Says what it took when its input ends. */
import { bigint, schema, session, string, timestamp } from "millrace";
import { count, sum, window } from "millrace/functions";
import { httpIngest } from "millrace/http";

const [port, folder] = process.argv.slice(2) as [string, string];
const Row = schema({ at: timestamp().notNull(), key: string().notNull(), value: bigint().notNull() });
const mill = session({ timeZone: "UTC" });
let rows = 0;
mill.streams.addListener({ onQueryProgress: ({ progress }) => { rows += progress.numInputRows; } });
const query = await mill.readStream.from(httpIngest({ port: Number(port), path: "/rows", schema: Row, spool: `${folder}/spool` }))
  .withWatermark("at", "10 seconds").groupBy(r => ({ window: window(r.at, "10 seconds"), key: r.key })).agg(r => ({ n: count(), total: sum(r.value) }))
  .writeStream.outputMode("append").format("noop").start({ checkpointLocation: `${folder}/checkpoint` });
await query.processAllAvailable();
const before = process.cpuUsage();
process.stdout.write("ready\n");
process.stdin.resume();
await new Promise(resolve => process.stdin.on("end", resolve));
await query.processAllAvailable();
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ rows, cpuSeconds: (user + system) / 1e6 })}\n`);
await mill.stop();

/**
 * A program that is killed: runs the query that its argument tells, as JSON. Prints `started`, `batch N ROWS` behind each batch, and at its end
 * `peak BYTES`, the most memory it ever held. SIGTERM: stops the query; the process then ends when nothing is left in it.
 */
import { session } from "millrace";
import { startQuery, type QueryText } from "./contract-query.ts";

const mill = session({ timeZone: "UTC" });
const query = await startQuery(mill, JSON.parse(process.argv[2]!) as QueryText);
process.once("SIGTERM", () => void query.stop());
process.stdout.write("started\n");
for await (const progress of query.progress()) process.stdout.write(`batch ${progress.batchId} ${progress.numInputRows}\n`);
await query.awaitTermination();
await mill.stop();
process.stdout.write(`peak ${1024 * process.resourceUsage().maxRSS}\n`);

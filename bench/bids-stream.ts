/** The bids of a folder as a stream with a checkpoint: filter, count by channel and ten-second window. One process, one thread. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bigint, schema, session, string, timestamp } from "millrace";
import { count, window } from "millrace/functions";

const folder = process.argv[2]!, checkpoint = mkdtempSync(join(tmpdir(), "millrace-bench-"));
const Bid = schema({ price: bigint(), channel: string(), dateTime: timestamp() });
const mill = session({ timeZone: "UTC" });
const atWork = process.cpuUsage();
let groups = 0, bids = 0n;
const query = await mill.readStream.schema(Bid).json(folder, { maxFilesPerTrigger: Number(process.argv[3] ?? "10") })
  .withWatermark("dateTime", "4 seconds")
  .where(r => r.price.gt(10_000n))
  .groupBy(r => ({ window: window(r.dateTime, "10 seconds"), channel: r.channel })).agg(() => ({ n: count() }))
  .writeStream.outputMode("append").trigger({ availableNow: true })
  .foreach(row => { groups++; bids += row.n; })
  .start({ checkpointLocation: checkpoint });
await query.awaitTermination();
const rows = query.recentProgress.reduce((sum, progress) => sum + progress.numInputRows, 0);
const { user, system } = process.cpuUsage(atWork);
await mill.stop();
rmSync(checkpoint, { recursive: true });
process.stdout.write(JSON.stringify({ rows, groups, bids: Number(bids), workSeconds: (user + system) / 1e6 }) + "\n");

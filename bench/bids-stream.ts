/** The bids of a folder as a stream with a checkpoint: filter, count by channel and ten-second window. One process, one thread. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bigint, schema, session, string, timestamp } from "millrace";
import { count, window } from "millrace/functions";

const folder = process.argv[2]!, checkpoint = mkdtempSync(join(tmpdir(), "millrace-bench-"));
const Bid = schema({ price: bigint(), channel: string(), dateTime: timestamp() });
const mill = session({ timeZone: "UTC" });
const inner = process.cpuUsage();
let groups = 0, bids = 0n;
const query = await mill.readStream.schema(Bid).json(folder, { maxFilesPerTrigger: Number(process.argv[3] ?? "10") })
  .withWatermark("dateTime", "4 seconds")
  .where(r => r.price.gt(10_000n))
  .groupBy(r => ({ window: window(r.dateTime, "10 seconds"), channel: r.channel })).agg(() => ({ n: count() }))
  .writeStream.outputMode("append").trigger({ availableNow: true })
  .foreachBatch(async batch => { for (const row of await batch.collect()) { groups++; bids += row.n; } })
  .start({ checkpointLocation: checkpoint });
await query.awaitTermination();
const used = process.cpuUsage(inner), total = process.cpuUsage();
const rows = query.recentProgress.reduce((sum, progress) => sum + progress.numInputRows, 0);
const state = query.lastProgress!.stateOperators[0]!;
await mill.stop();
rmSync(checkpoint, { recursive: true });
const seconds = (usage: NodeJS.CpuUsage) => (usage.user + usage.system) / 1e6;
process.stdout.write(JSON.stringify({
  engine: "millrace stream", rows, groups, bids: String(bids), groupsLeft: state.numRowsTotal, cpuSeconds: seconds(total), millionRowsPerCpuSecond: rows / seconds(total) / 1e6,
  withoutStart: rows / seconds(used) / 1e6, wallSeconds: performance.now() / 1000, residentMegabytes: process.resourceUsage().maxRSS / 1000,
}) + "\n");

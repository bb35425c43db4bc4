/**
 * What it costs to run 1, 2 and 4 queries of one session over the same folder, into which bids come while they run, with
 * and without sharing what is read: CPU seconds of the process.
 *
 *     node --conditions=millrace-source bench/shared.ts [--rows 1000000] [--runs 3]
 */
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bigint, schema, session, string, timestamp } from "millrace";
import { count, window } from "millrace/functions";
import { bidsFolder } from "./bids.ts";
import { median } from "./measure.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "1000000" }, runs: { type: "string", default: "3" } } });
const rows = Number(values.rows), runs = Number(values.runs), place = join(tmpdir(), "millrace-bench");
mkdirSync(place, { recursive: true });
const folder = bidsFolder(place, Math.ceil(rows / 100_000), 100_000);
const Bid = schema({ auction: bigint(), bidder: bigint(), price: bigint(), channel: string(), dateTime: timestamp() });

/** The same columns for all, or other columns for every second query. */
const SHAPES = ["filter", "window", "mixed"] as const;
type Shape = (typeof SHAPES)[number];

async function run(shape: Shape, queries: number, sharedBytes: number): Promise<{ readonly seconds: number; readonly shared: number; readonly result: string }> {
  const scratch = mkdtempSync(join(place, "shared-")), arrivals = join(scratch, "arrivals");
  mkdirSync(arrivals);
  const mill = session({ timeZone: "UTC", conf: { "spark.millrace.sharedReadBytes": sharedBytes } });
  const results = new Array<number>(queries).fill(0);
  const started = await Promise.all(results.map((_, i) => {
    const bids = mill.readStream.schema(Bid).json(arrivals, { maxFilesPerTrigger: 10 });
    const writer = shape === "filter" || (shape === "mixed" && i % 2 === 1)
      ? bids.where(r => r.price.gt(99_000_000n)).select("auction", "price", "bidder").writeStream.foreach(() => { results[i]!++; })
      : bids.withWatermark("dateTime", "4 seconds").groupBy(r => ({ window: window(r.dateTime, "10 seconds"), channel: r.channel })).agg(() => ({ n: count() }))
        .writeStream.outputMode("append").foreach(row => { results[i]! += Number(row.n); });
    return writer.start({ checkpointLocation: join(scratch, String(i)) });
  }));
  const before = process.cpuUsage();
  for (const name of readdirSync(folder)) linkSync(join(folder, name), join(arrivals, name));
  await Promise.all(started.map(query => query.processAllAvailable()));
  const { user, system } = process.cpuUsage(before);
  const shared = started.reduce((sum, query) => sum + Number(query.lastProgress?.sources[0]?.metrics["sharedRows"] ?? 0), 0);
  await mill.stop();
  rmSync(scratch, { recursive: true });
  return { seconds: (user + system) / 1e6, shared, result: results.join(" ") };
}

for (const shape of SHAPES) await run(shape, 2, 1 << 26); // warm
console.log(`${"queries".padEnd(12)} ${"alone s".padStart(8)} ${"shared s".padStart(9)} ${"saved".padStart(7)}   rows taken`);
for (const shape of SHAPES) {
  for (const queries of [1, 2, 4]) {
    const alone: number[] = [], together: number[] = [], answers = new Set<string>();
    let shared = 0;
    for (let i = 0; i < runs; i++) {
      const one = await run(shape, queries, 0), other = await run(shape, queries, 64 << 20);
      alone.push(one.seconds);
      together.push(other.seconds);
      shared = other.shared;
      answers.add(one.result).add(other.result);
    }
    const a = median(alone), b = median(together);
    console.log(`${`${queries} ${shape}`.padEnd(12)} ${a.toFixed(3).padStart(8)} ${b.toFixed(3).padStart(9)} ${`${(100 * (1 - b / a)).toFixed(0)} %`.padStart(7)}   ${shared}`);
    if (answers.size > 1) {
      console.log("THE RESULTS DIFFER");
      process.exitCode = 1;
    }
  }
}

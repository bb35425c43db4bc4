/**
 * Bids from Parquet: those with `price > 10000`, counted by channel and window of ten seconds, in Millrace, DuckDB, Polars and Spark,
 * one thread each; and how fast Millrace writes the file. `node --conditions=millrace-source bench/parquet.ts [--rows N] [--passes N]
 * [--only millrace,duckdb] [--compression snappy]`. Peers come from bench/peers/setup.sh; what isn't there is named.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { session } from "../src/index.ts";
import { bidsFolder } from "./bids.ts";
import { benchRoot, packageVersion, sitePackage, venv } from "./java.ts";
import { median } from "./measure.ts";

const { values } = parseArgs({ options: { rows: { type: "string", default: "2990000" }, passes: { type: "string", default: "5" }, only: { type: "string" }, compression: { type: "string", default: "snappy" } } });
const FILES = 10, rows = Math.ceil(Number(values.rows) / FILES) * FILES;
const data = join(benchRoot, "data"), folder = join(data, `bids-parquet-${rows}-${values.compression}`);

if (!existsSync(join(folder, "_SUCCESS"))) {
  const json = bidsFolder(data, FILES, rows / FILES);
  await using mill = session();
  const start = process.cpuUsage();
  await mill.read.schema("auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, dateTime TIMESTAMP, extra STRING").json(json).write.mode("overwrite").parquet(folder, { compression: values.compression as "snappy" });
  const { user, system } = process.cpuUsage(start);
  process.stdout.write(`from JSON to Parquet: ${(rows / (user + system)).toFixed(2)} million rows a CPU-second\n`);
}
const file = join(folder, readdirSync(folder).find(name => name.endsWith(".parquet"))!);
process.stdout.write(`${rows} bids, ${(statSync(file).size / 1e6).toFixed(1)} MB of Parquet (${values.compression})\n`);

const python = join(venv, "bin", "python"), peer = (name: string): string[] => [python, join(benchRoot, "bench", "peers", "parquet_bids.py"), name, file, values.passes];
const engines: readonly { readonly key: string; readonly title: string; readonly missing: boolean; readonly command: readonly string[] }[] = [
  { key: "millrace", title: "Millrace", missing: false, command: [process.execPath, "--conditions=millrace-source", fileURLToPath(new URL("parquet-run.ts", import.meta.url)), file, values.passes] },
  ...[["duckdb", "DuckDB", "duckdb"], ["polars", "Polars", "polars"], ["spark", "Spark", "pyspark"]].map(([key, title, name]) => ({ key: key!, title: `${title} ${packageVersion(name!)}`, missing: sitePackage(name!) === undefined, command: peer(key!) })),
];
const only = values.only?.split(","), answers = new Set<string>();
process.stdout.write("| engine | M rows/CPU-s, median | first pass |\n| --- | ---: | ---: |\n");
for (const { key, title, missing, command } of engines) {
  if (only !== undefined && !only.includes(key)) continue;
  if (missing) { process.stdout.write(`| ${title} | not there | |\n`); continue; }
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8", env: { ...process.env, POLARS_MAX_THREADS: "1" } });
  if (status !== 0) throw new Error(`${title} ended with ${status}: ${stderr.trim().split("\n").slice(-3).join(" | ")}`);
  const { groups, bids, seconds } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { groups: number; bids: number; seconds: number[] };
  answers.add(`${groups} ${bids}`);
  process.stdout.write(`| ${title} | ${(rows / median(seconds) / 1e6).toFixed(1)} | ${(rows / seconds[0]! / 1e6).toFixed(1)} |\n`);
}
if (answers.size > 1) throw new Error(`the engines don't agree: ${[...answers].join("; ")}`);

/**
 * Queries over files, once: `npm run bench:batch`. What is measured and the figures of a run stand in docs/benchmarks.md.
 *
 *     npm run bench:batch -- [--section micro,tpch,cold] [--tasks scan,q1] [--engines millrace,duckdb,polars,spark] [--scale 1] [--times 3] [--json FILE]
 *
 * micro and tpch: each engine does all tasks in one process, each task some times; the least CPU time counts (warm). cold: a process
 * a query, from its start to its end. All answers are compared.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildSync } from "esbuild";
import { benchRoot, packageVersion, sitePackage, venv } from "../java.ts";
import { measure, type Command } from "../measure.ts";
import type { RunAnswer, RunOrder } from "./run.ts";
import { BID_ROWS, CSV_ROWS, KEYS, MICRO_ROWS, microTasks, tpchTasks, type Task } from "./tasks.ts";

const { values } = parseArgs({ options: { section: { type: "string" }, tasks: { type: "string" }, engines: { type: "string" }, scale: { type: "string" }, times: { type: "string" }, json: { type: "string" } } });
const sections = (values.section ?? "micro,tpch").split(","), scale = values.scale ?? "1", times = Number(values.times ?? "3"), only = values.tasks?.split(",");
const place = join(tmpdir(), "millrace-bench"), folder = join(place, "batch"), python = join(venv, "bin", "python"), bundle = join(benchRoot, "build", "bench-batch");

interface Engine { readonly key: string; readonly title: string; readonly missing: string | undefined; command(order: RunOrder): Command }
const peer = (key: string, packageName: string, title: string): Engine => ({
  key, title: `${title} ${packageVersion(packageName)}`, missing: sitePackage(packageName) === undefined ? "run bench/peers/setup.sh" : undefined,
  command: order => ({ program: python, args: [join(benchRoot, "bench/batch/peers.py"), key, JSON.stringify(order)] }),
});
const engines: readonly Engine[] = [
  { key: "millrace", title: "Millrace", missing: undefined, command: (order: RunOrder) => ({ program: process.execPath, args: [join(bundle, "run.mjs"), JSON.stringify(order)] }) },
  peer("duckdb", "duckdb", "DuckDB"), peer("polars", "polars", "Polars"), peer("spark", "pyspark", "Spark"),
].filter(({ key }) => values.engines === undefined || values.engines.split(",").includes(key));

mkdirSync(folder, { recursive: true });
buildSync({
  entryPoints: { run: join(benchRoot, "bench/batch/run.ts") }, outdir: bundle, outExtension: { ".js": ".mjs" }, bundle: true, packages: "external", splitting: true, format: "esm", platform: "node", target: "node22",
  chunkNames: "chunks/[name]-[hash]", logLevel: "warning", alias: { "millrace/functions": join(benchRoot, "src/functions.ts"), millrace: join(benchRoot, "src/index.ts") },
});
await measure({ program: python, args: [join(benchRoot, "bench/batch/data.py"), folder, sections.some(s => s !== "micro") ? scale : "0", JSON.stringify({ micro: MICRO_ROWS, csv: CSV_ROWS, bids: BID_ROWS, keys: KEYS })] });
console.log(`Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}, load ${loadavg()[0]!.toFixed(2)} at start`);
for (const { title, missing } of engines) if (missing !== undefined) console.log(`${title}: not there: ${missing}`);

const results: object[] = [];
for (const section of sections) {
  const tasks = (section === "micro" ? microTasks : tpchTasks(Number(scale))).filter(({ name }) => only === undefined || only.includes(name));
  const asked = engines.filter(({ key, missing }) => missing === undefined && (section === "micro" || key !== "polars"));
  await (section === "cold" ? cold(tasks, asked) : warm(section, tasks, asked));
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ node: process.version, processor: cpus()[0]?.model, loadAverageAtEnd: loadavg()[0], results }, null, 2) + "\n");

async function warm(section: string, tasks: readonly Task[], asked: readonly Engine[]): Promise<void> {
  const found = new Map<Engine, ReadonlyMap<string, RunAnswer>>();
  for (const engine of asked) {
    const { output, peakMegabytes } = await measure(engine.command({ folder, scale, times, tasks }));
    found.set(engine, new Map(output.trim().split("\n").map(line => JSON.parse(line) as RunAnswer).map(one => [one.name, one])));
    console.log(`${engine.title}: peak ${peakMegabytes?.toFixed(0) ?? "?"} MB`);
  }
  const inRows = section === "micro";
  console.log(`\n${section}: ${inRows ? "M rows per CPU-second" : "CPU-seconds"}, the best of ${times} runs\n${"".padEnd(36)}${asked.map(({ key }) => key.padStart(12)).join("")}`);
  for (const task of tasks) {
    const best = asked.map(engine => leastOf(found.get(engine)!.get(task.name)));
    console.log(`${task.title.padEnd(36)}${best.map(seconds => (seconds === undefined ? "-" : inRows ? (task.rows / seconds / 1e6).toFixed(2) : seconds.toFixed(3)).padStart(12)).join("")}${differences(task, found)}`);
    results.push({ section, task: task.name, rows: task.rows, cpuSeconds: Object.fromEntries(asked.map(({ key }, i) => [key, best[i] ?? null])) });
  }
  for (const engine of asked.slice(1)) {
    const ratios = tasks.flatMap(({ name }) => {
      const ours = leastOf(found.get(asked[0]!)!.get(name)), theirs = leastOf(found.get(engine)!.get(name));
      return ours === undefined || theirs === undefined ? [] : [theirs / ours];
    });
    console.log(`${asked[0]!.title} is ${geometricMean(ratios).toFixed(2)} times as fast as ${engine.title} (geometric mean of ${ratios.length})`);
  }
}

/** A process a query and engine: all CPU time from its start to its end. */
async function cold(tasks: readonly Task[], asked: readonly Engine[]): Promise<void> {
  const ratios = new Map<Engine, number[]>();
  console.log(`\ncold: CPU-seconds of a process that answers one query\n${"".padEnd(36)}${asked.map(({ key }) => key.padStart(12)).join("")}`);
  for (const task of tasks) {
    const seconds: number[] = [];
    for (const engine of asked) seconds.push((await measure(engine.command({ folder, scale, times: 1, tasks: [task] }))).cpuSeconds);
    console.log(`${task.title.padEnd(36)}${seconds.map(one => one.toFixed(3).padStart(12)).join("")}`);
    asked.forEach((engine, i) => ratios.set(engine, [...ratios.get(engine) ?? [], seconds[i]! / seconds[0]!]));
    results.push({ section: "cold", task: task.name, cpuSeconds: Object.fromEntries(asked.map(({ key }, i) => [key, seconds[i]])) });
  }
  for (const engine of asked.slice(1)) console.log(`${asked[0]!.title} is ${geometricMean(ratios.get(engine)!).toFixed(2)} times as fast as ${engine.title} (geometric mean)`);
}

function leastOf(answer: RunAnswer | undefined): number | undefined {
  return answer === undefined || answer.error !== undefined || answer.cpuSeconds.length === 0 ? undefined : Math.min(...answer.cpuSeconds);
}

/** What is wrong with a task: errors, and rows that are not those of the first engine that answered. Numbers may differ in the last digits. */
function differences(task: Task, found: ReadonlyMap<Engine, ReadonlyMap<string, RunAnswer>>): string {
  const answers = [...found].map(([engine, all]) => ({ engine, answer: all.get(task.name) })), said: string[] = [];
  const first = answers.find(({ answer }) => answer?.rows !== undefined);
  for (const { engine, answer } of answers) {
    if (answer?.rows === undefined) said.push(`${engine.key}: ${answer?.error ?? "no answer"}`);
    else if (!sameRows(answer.rows, first!.answer!.rows!)) said.push(`${engine.key} ANSWERS OTHERWISE than ${first!.engine.key}`);
  }
  if (said.length > 0) process.exitCode = 1;
  return said.length === 0 ? "" : `   ${said.join("; ")}`.slice(0, 200);
}

function sameRows(a: readonly (readonly unknown[])[], b: readonly (readonly unknown[])[]): boolean {
  const sorted = (rows: readonly (readonly unknown[])[]): readonly (readonly unknown[])[] => rows.map(row => [...row]).sort((x, y) => keyOf(x) < keyOf(y) ? -1 : 1);
  const left = sorted(a), right = sorted(b);
  return left.length === right.length && left.every((row, i) => row.every((value, c) => sameValue(value, right[i]![c])));
}

function keyOf(row: readonly unknown[]): string {
  return row.map(value => Number.isFinite(Number(value)) && value !== null && value !== "" ? Number(value).toPrecision(6) : String(value).slice(0, 19)).join("|");
}

function sameValue(x: unknown, y: unknown): boolean {
  const a = Number(x), b = Number(y);
  if (x !== null && y !== null && Number.isFinite(a) && Number.isFinite(b)) return Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a));
  return String(x).slice(0, 10) === String(y).slice(0, 10);
}

function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

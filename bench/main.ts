/**
 * All benchmarks: `npm run bench`. What each measures and the figures of a run stand in docs/benchmarks.md.
 *
 *     npm run bench -- [--section engines,shapes,start,memory,latency] [--only millrace,json,duckdb,spark,flink]
 *                      [--rows 3000000] [--runs 3] [--json FILE]
 */
import { mkdirSync, openSync, closeSync, fstatSync, readSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SHAPES, bidsFolder } from "./bids.ts";
import { engines, withScratch, type Engine } from "./engines.ts";
import { measure, median, type Measured } from "./measure.ts";
import { installPackage, type InstalledPackage } from "./package.ts";

const SECTIONS = ["engines", "shapes", "start", "memory", "latency"];
const WATERMARK_DELAY_MILLIS = 4_000;
const { values } = parseArgs({ options: { section: { type: "string" }, only: { type: "string" }, rows: { type: "string" }, runs: { type: "string" }, json: { type: "string" } } });
const sections = list(values.section, SECTIONS), rows = count("rows", values.rows ?? "3000000"), runs = count("runs", values.runs ?? "3");
const ROWS_PER_FILE = 100_000;
const place = join(tmpdir(), "millrace-bench");
const results: Record<string, unknown> = { node: process.version, processor: cpus()[0]?.model, cores: availableParallelism(), memoryGigabytes: Math.round(totalmem() / 2 ** 30), loadAverage: loadavg()[0] };

mkdirSync(place, { recursive: true });
console.log(`Node ${process.version}, ${results["cores"]} x ${results["processor"]}, load ${loadavg()[0]!.toFixed(2)} at start`);
const installed = installPackage(place);
try {
  if (sections.includes("engines")) await compareEngines(installed);
  if (sections.includes("shapes")) await compareShapes(installed);
  if (sections.includes("start")) await measureStart(installed);
  if (sections.includes("memory")) await measureMemory(installed);
  if (sections.includes("latency")) await measureLatency(installed);
} finally {
  installed.remove();
}
results["loadAverageAtEnd"] = loadavg()[0];
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, null, 2) + "\n");

interface Answer { readonly groups: number; readonly bids: number; readonly workSeconds: number }
interface Run extends Measured { readonly answer: Answer }

/** Runs the engines in turn, so that what else the machine does hits all alike. */
async function interleaved(list: readonly Engine[], folder: string, times: number): Promise<Map<Engine, Run[] | string>> {
  const found = new Map<Engine, Run[] | string>(list.map(engine => [engine, engine.missing ?? []])), closedBefore = lastTimeMillis(folder) - WATERMARK_DELAY_MILLIS;
  for (let i = 0; i < times; i++) {
    for (const [engine, known] of found) {
      if (typeof known === "string") continue;
      try {
        known.push(await withScratch(place, async scratch => {
          const measured = await measure(engine.command({ folder, closedBefore, scratch }));
          return { ...measured, answer: JSON.parse(measured.output.trim().split("\n").at(-1)!) as Answer };
        }));
      } catch (error) {
        found.set(engine, error instanceof Error ? error.message : String(error));
      }
    }
  }
  return found;
}

function report(found: ReadonlyMap<Engine, Run[] | string>, inputRows: number): unknown[] {
  const answers = new Set<string>(), lines: unknown[] = [];
  console.log(`${"".padEnd(42)} M rows/CPU-s  without start   wall s   peak MB   result`);
  for (const [engine, list] of found) {
    if (typeof list === "string") {
      console.log(`${engine.title.padEnd(42)} not there: ${list}`);
      lines.push({ engine: engine.title, notThere: list });
      continue;
    }
    const speed = median(list.map(run => inputRows / run.cpuSeconds / 1e6)), work = median(list.map(run => inputRows / run.answer.workSeconds / 1e6));
    const wall = median(list.map(run => run.wallSeconds)), peak = list.map(run => run.peakMegabytes).filter(one => one !== undefined);
    const answer = [...new Set(list.map(({ answer: { groups, bids } }) => `${groups} groups, ${bids} bids`))].join(" and ");
    answers.add(answer);
    console.log(`${engine.title.padEnd(42)} ${speed.toFixed(2).padStart(12)} ${work.toFixed(2).padStart(14)} ${wall.toFixed(2).padStart(8)} ${(peak.length === 0 ? "?" : median(peak).toFixed(0)).padStart(9)}   ${answer}`);
    lines.push({ engine: engine.title, millionRowsPerCpuSecond: speed, withoutStart: work, wallSeconds: wall, peakMegabytes: peak.length === 0 ? null : median(peak), answer, runs: list.map(({ cpuSeconds, wallSeconds }) => ({ cpuSeconds, wallSeconds })) });
  }
  if (answers.size > 1) {
    console.log("THE RESULTS DIFFER");
    process.exitCode = 1;
  }
  return lines;
}

async function compareEngines(installed: InstalledPackage): Promise<void> {
  const files = Math.max(1, Math.round(rows / ROWS_PER_FILE)), folder = bidsFolder(place, files, Math.min(rows, ROWS_PER_FILE));
  const all = engines(installed), wanted = list(values.only, all.map(engine => engine.key));
  console.log(`\nBids of ${files} JSON files, ${files * Math.min(rows, ROWS_PER_FILE)} rows: price > 10000, count by channel and 10-second window. Windows closed by the watermark; median of ${runs} runs in turn`);
  results["engines"] = report(await interleaved(all.filter(engine => wanted.includes(engine.key)), folder, runs), files * Math.min(rows, ROWS_PER_FILE));
}

async function compareShapes(installed: InstalledPackage): Promise<void> {
  const files = 5, shapes: Record<string, unknown> = {};
  for (const shape of SHAPES.filter(one => one !== "regular")) {
    const folder = bidsFolder(place, files, ROWS_PER_FILE, shape);
    console.log(`\nShape "${shape}", ${files * ROWS_PER_FILE} rows`);
    shapes[shape] = report(await interleaved(engines(installed).filter(engine => ["millrace", "json"].includes(engine.key)), folder, runs), files * ROWS_PER_FILE);
  }
  results["shapes"] = shapes;
}

/** From the start of the process to its end with the result of a small file. */
async function measureStart(installed: InstalledPackage): Promise<void> {
  const folder = bidsFolder(place, 1, 1000), sql = `SELECT channel, count(*) AS n FROM json.\`${folder}\` GROUP BY channel ORDER BY n DESC LIMIT 3`, taken: Measured[] = [];
  const arguments_ = [installed.bin, "sql", sql];
  await measure({ program: process.execPath, args: arguments_ }); // keeps compiled code, as every later start finds it
  for (let i = 0; i < Math.max(runs, 7); i++) taken.push(await measure({ program: process.execPath, args: arguments_ }));
  const bare: Measured[] = [];
  for (let i = 0; i < Math.max(runs, 7); i++) bare.push(await measure({ program: process.execPath, args: ["-e", "0"] }));
  const start = { wallMillis: 1000 * median(taken.map(one => one.wallSeconds)), cpuMillis: 1000 * median(taken.map(one => one.cpuSeconds)), bareNodeWallMillis: 1000 * median(bare.map(one => one.wallSeconds)), packedKilobytes: installed.packedBytes / 1000 };
  console.log(`\nStart: \`millrace sql\` over 1000 rows, process start to end: ${start.wallMillis.toFixed(0)} ms (CPU ${start.cpuMillis.toFixed(0)} ms); Node alone ${start.bareNodeWallMillis.toFixed(0)} ms; the package has ${start.packedKilobytes.toFixed(0)} KB`);
  results["start"] = start;
}

/** The same stream over ten times the input must not need more memory. */
async function measureMemory(installed: InstalledPackage): Promise<void> {
  const [engine] = engines(installed), peaks: number[] = [];
  for (const files of [3, 30]) {
    const folder = bidsFolder(place, files, ROWS_PER_FILE);
    const taken = await withScratch(place, scratch => measure(engine!.command({ folder, closedBefore: 0, scratch })));
    peaks.push(taken.peakMegabytes ?? Number.NaN);
  }
  console.log(`\nPeak resident memory of the stream: ${peaks[0]!.toFixed(0)} MB for 300000 rows, ${peaks[1]!.toFixed(0)} MB for 3000000`);
  results["memory"] = { peakMegabytes: { "300000": peaks[0], "3000000": peaks[1] } };
}

async function measureLatency(installed: InstalledPackage): Promise<void> {
  const { output } = await withScratch(place, scratch => measure({ program: process.execPath, args: [installed.script("latency"), scratch] }));
  const taken = JSON.parse(output.trim().split("\n").at(-1)!) as Record<string, number>;
  console.log(`\nLatency at ${taken["rowsPerSecond"]} events/s, each batch durable: p50 ${taken["p50Millis"]} ms, p99 ${taken["p99Millis"]} ms, max ${taken["maxMillis"]} ms (${taken["batches"]} batches, ${taken["batchMillis"]} ms each in the median);`
    + ` bare append and fdatasync beside it: p50 ${taken["bareP50Millis"]} ms, p99 ${taken["bareP99Millis"]} ms`);
  results["latency"] = taken;
}

/** Event times rise, so the greatest stands near the end of the last file. */
function lastTimeMillis(folder: string): number {
  const file = openSync(join(folder, readdirSync(folder).sort().at(-1)!), "r"), { size } = fstatSync(file), tail = Buffer.alloc(Math.min(size, 64 * 1024));
  readSync(file, tail, 0, tail.length, size - tail.length);
  closeSync(file);
  return Math.max(...[...tail.toString("latin1").matchAll(/"dateTime":"([^"]+)"/g)].map(match => Date.parse(match[1]!)));
}

function list(text: string | undefined, allowed: readonly string[]): readonly string[] {
  const wanted = text?.split(",") ?? allowed, wrong = wanted.find(one => !allowed.includes(one));
  if (wrong !== undefined) throw new Error(`${wrong} is none of ${allowed.join(", ")}`);
  return wanted;
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} takes a whole number from 1 on, not ${text}`);
  return Number(text);
}

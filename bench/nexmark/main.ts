/**
 * Nexmark: `npm run bench:nexmark`. What is measured and the figures of a run stand in docs/nexmark.md.
 *
 *     npm run bench:nexmark -- [--events 1000000] [--events-per-batch 500000] [--queries q0,q5 | queries | shapes | all] [--runs 1] [--times 2]
 *                              [--engines millrace,millrace-columns,spark-memory,spark-rocksdb,flink] [--no-check] [--json FILE]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withScratch } from "../engines.ts";
import { measure, median } from "../measure.ts";
import { bundleOurs, engines, prepareParquet, sparkRefusals, type NexmarkEngine } from "./engines.ts";
import { nexmarkFolder } from "./ndjson-writer.ts";
import { QUERIES, REFUSED, SHAPES, type NexmarkQuery } from "./queries.ts";
import type { CheckResult, RunResult, RunTask } from "./run.ts";

const EVENTS_PER_FILE = 100_000;

const { values } = parseArgs({ options: {
  events: { type: "string" }, "events-per-batch": { type: "string" }, queries: { type: "string" }, engines: { type: "string" }, runs: { type: "string" }, times: { type: "string" }, json: { type: "string" }, "no-check": { type: "boolean" },
} });
const events = count("events", values.events ?? "1000000"), eventsPerBatch = count("events-per-batch", values["events-per-batch"] ?? "500000"), runs = count("runs", values.runs ?? "1");
/** Each process runs a query so often; the last run is the warm one. */
const times = count("times", values.times ?? "2");
if (events % 50 !== 0) fail("--events takes a multiple of 50");
const queries = chosenQueries(values.queries ?? "all"), all = engines();
const wanted = chosen(values.engines, all.map(engine => engine.key), "engine").map(key => all.find(engine => engine.key === key)!);
const place = join(tmpdir(), "millrace-bench");

mkdirSync(place, { recursive: true });
const folder = nexmarkFolder(place, { events, eventsPerFile: EVENTS_PER_FILE, whole: wanted.some(engine => engine.key === "flink") });
bundleOurs();
const about = { node: process.version, processor: cpus()[0]?.model, cores: availableParallelism(), events, eventsPerBatch, runs, times, loadAverage: loadavg()[0] };
console.log(`Node ${about.node}, ${about.cores} x ${about.processor}, load ${loadavg()[0]!.toFixed(2)} at start; ${events} events, M events per CPU-second: whole process with its first run, and (its last run of ${times} alone)`);
const results: { query: string; engine: string; [name: string]: unknown }[] = [];

await withScratch(place, async scratch => {
  if (wanted.some(engine => engine.key.startsWith("spark"))) {
    const prepare = prepareParquet(folder, scratch);
    if (prepare !== undefined) await measure(prepare);
  }
  for (const engine of wanted) if (engine.missing !== undefined) console.log(`${engine.title}: not there: ${engine.missing}`);
});
console.log(["".padEnd(20), ...wanted.map(engine => engine.key.padStart(18))].join(" "));
for (const query of queries) {
  await runInTurn(query);
  save();
}
await showRefusals();
save();

/** After each query: such a run takes long, and what is measured is measured. */
function save(): void {
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ ...about, loadAverageAtEnd: loadavg()[0], results }, null, 2) + "\n");
}

/** The engines in turn, `runs` times, so that what else the machine does hits all alike. */
async function runInTurn(query: NexmarkQuery): Promise<void> {
  const taken = new Map<NexmarkEngine, (RunResult & { peakMegabytes: number | undefined })[]>(), errors = new Map<NexmarkEngine, string>();
  for (let i = 0; i < runs; i++) {
    for (const engine of wanted) {
      if (engine.missing !== undefined || errors.has(engine)) continue;
      await withScratch(place, async scratch => {
        const command = engine.command(query, taskIn(scratch, query));
        if (command === undefined) return void errors.set(engine, "no text of this query");
        try {
          const { output, peakMegabytes } = await measure(command);
          taken.set(engine, [...taken.get(engine) ?? [], { ...JSON.parse(output.trim().split("\n").at(-1)!) as RunResult, peakMegabytes }]);
        } catch (error) { errors.set(engine, error instanceof Error ? error.message : String(error)); }
      });
    }
  }
  const cells: string[] = [], notes: string[] = [];
  for (const engine of wanted) {
    const list = taken.get(engine);
    if (list === undefined || errors.has(engine)) {
      cells.push("-");
      if (errors.has(engine)) notes.push(`  ${engine.key}: ${errors.get(engine)}`);
      results.push({ query: query.name, engine: engine.key, error: errors.get(engine) ?? engine.missing });
      continue;
    }
    const whole = median(list.map(run => events / run.wholeSeconds / 1e6)), warm = median(list.map(run => events / run.warmSeconds / 1e6));
    cells.push(`${whole.toFixed(3)} (${warm.toFixed(3)})`);
    const { rowsOut, rowsIn } = list[0]!;
    results.push({ query: query.name, engine: engine.key, millionEventsPerCpuSecond: whole, warm, rowsOut, rowsIn, peakMegabytes: list[0]!.peakMegabytes, runs: list });
  }
  const outputs = [...new Set([...taken].map(([, list]) => list[0]!.rowsOut).filter(rows => rows !== undefined))];
  if (outputs.length > 1 && query.outputMode !== "update") notes.push(`  THE ENGINES DIFFER: ${[...taken].map(([engine, list]) => `${engine.key} ${list[0]!.rowsOut} rows`).join(", ")}`);
  console.log([query.name.padEnd(20), ...cells.map(cell => cell.padStart(18)), values["no-check"] === true ? "" : await checked(query)].join(" "));
  for (const note of notes) console.log(note);
}

/** Whether stream and batch agree, on files and on columns. */
async function checked(query: NexmarkQuery): Promise<string> {
  const found: string[] = [];
  for (const key of ["millrace", "millrace-columns"]) {
    if (!wanted.some(engine => engine.key === key)) continue;
    await withScratch(place, async scratch => {
      const command = all.find(engine => engine.key === key)!.command(query, { ...taskIn(scratch, query), check: true })!;
      try {
        const { stream, batch } = JSON.parse((await measure(command)).output) as CheckResult;
        if (stream !== batch) process.exitCode = 1;
        found.push(stream === batch ? `${stream.split(",")[0]}, equal to batch` : `DIFFERS FROM BATCH: ${stream} and ${batch}`);
      } catch (error) {
        process.exitCode = 1;
        found.push(error instanceof Error ? error.message : String(error));
      }
    });
  }
  return [...new Set(found)].join("; ");
}

function taskIn(scratch: string, query: NexmarkQuery): RunTask {
  return { query: query.name, source: "files", folder, scratch, events, eventsPerBatch, eventsPerFile: EVENTS_PER_FILE, times };
}

async function showRefusals(): Promise<void> {
  await withScratch(place, async scratch => {
    const task = { ...taskIn(scratch, QUERIES[0]!), query: "refused" };
    const ours = JSON.parse((await measure(all.find(engine => engine.key === "millrace")!.command({ ...QUERIES[0]!, name: "refused" }, task)!)).output) as Record<string, string>;
    const spark = wanted.find(engine => engine.key.startsWith("spark") && engine.missing === undefined);
    const theirs = spark === undefined ? undefined : JSON.parse((await measure(sparkRefusals(folder, scratch))).output.trim().split("\n").at(-1)!) as Record<string, string>;
    console.log("\nRefused as streams, as Nexmark has them:");
    for (const { name } of REFUSED) {
      console.log(`${name.padEnd(6)} ${ours[name]}${theirs === undefined || theirs[name] === ours[name] ? "" : `; SPARK: ${theirs[name]}`}`);
      results.push({ query: name, engine: "millrace", refused: ours[name], ...(theirs && { sparkRefuses: theirs[name] }) });
    }
  });
}

function chosenQueries(text: string): NexmarkQuery[] {
  const known = [...QUERIES, ...SHAPES];
  if (text === "all") return known;
  if (text === "queries") return [...QUERIES];
  if (text === "shapes") return [...SHAPES];
  return chosen(text, known.map(query => query.name), "query").map(name => known.find(query => query.name === name)!);
}

function chosen(text: string | undefined, known: readonly string[], what: string): string[] {
  if (text === undefined) return [...known];
  const names = text.split(",");
  for (const name of names) if (!known.includes(name)) fail(`no ${what} ${name}; known are ${known.join(", ")}`);
  return names;
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) fail(`--${name} takes a whole number from 1 on`);
  return value;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

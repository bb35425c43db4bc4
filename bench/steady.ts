/**
 * Whether memory stays as it is: `npm run bench:steady`. Runs bench/steady-run.ts and draws what it held over time.
 *
 *     npm run bench:steady -- [--events 1000000000] [--cpu-seconds 300] [--events-per-batch 100000] [--keys 10000] [--svg FILE] [--json FILE]
 *
 * It ends when all events are through or so much CPU time is used, whichever is first; --cpu-seconds 0 is without an end.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { bundleOurs } from "./nexmark/engines.ts";
import { plot } from "./plot.ts";
import type { Sample, SteadyTask } from "./steady-run.ts";

const { values } = parseArgs({ options: { events: { type: "string" }, "cpu-seconds": { type: "string" }, "events-per-batch": { type: "string" }, keys: { type: "string" }, svg: { type: "string" }, json: { type: "string" } } });
const number = (name: keyof typeof values, otherwise: number): number => {
  const value = Number(values[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} takes a whole number`);
  process.exit(2);
};
const scratch = mkdtempSync(join(tmpdir(), "millrace-steady-")), cpuSeconds = number("cpu-seconds", 300);
const task: SteadyTask = {
  events: number("events", 1_000_000_000), eventsPerBatch: number("events-per-batch", 100_000), keys: number("keys", 10_000), checkpoint: join(scratch, "checkpoint"), sampleMillis: 1000,
  cpuSeconds: cpuSeconds === 0 ? null : cpuSeconds,
};
const samples: Sample[] = [];
try {
  const child = spawn(process.execPath, [join(bundleOurs(), "steady.mjs"), JSON.stringify(task)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>(resolve => child.on("close", resolve));
  let shown = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const sample = JSON.parse(line) as Sample;
    samples.push(sample);
    if (sample.wallSeconds - shown < 10) continue;
    shown = sample.wallSeconds;
    console.log(show(sample));
  }
  const code = await ended;
  if (code !== 0) process.exitCode = code ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const last = samples.at(-1);
if (last === undefined) throw new Error("no batch ran");
console.log(show(last));
const half = samples.filter(sample => sample.events > last.events / 2), tenth = samples.filter(sample => sample.events <= last.events / 2 && sample.events > last.events / 20);
for (const name of ["rssBytes", "heapBytes", "linearBytes", "stateBytes", "stateRows", "checkpointBytes"] as const) {
  const most = (list: readonly Sample[]) => Math.max(...list.map(sample => sample[name]));
  console.log(`${name.padEnd(16)} greatest in the first half (after a twentieth) ${most(tenth)}, in the second ${most(half)}`);
}
const megabytes = (name: "rssBytes" | "heapBytes" | "linearBytes" | "stateBytes" | "checkpointBytes", title: string) => ({ title, points: samples.map(sample => [sample.events / 1e6, sample[name] / 1e6] as const) });
const svg = plot({
  title: `${(last.events / 1e6).toFixed(0)} million events`, xTitle: "million events",
  panels: [
    { title: "resident memory, MB", lines: [megabytes("rssBytes", "resident"), megabytes("heapBytes", "JavaScript heap")] },
    { title: "state and its memory, MB", lines: [megabytes("linearBytes", "blocks of linear memory in use"), megabytes("stateBytes", "state as progress reports it")] },
    { title: "checkpoint on disk, MB", lines: [megabytes("checkpointBytes", "checkpoint")] },
  ],
});
if (values.svg !== undefined) writeFileSync(values.svg, svg);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ task: { ...task, checkpoint: undefined }, samples }) + "\n");

function show({ events, cpuSeconds: cpu, wallSeconds, rssBytes, heapBytes, linearBytes, stateBytes, stateRows, checkpointBytes, rowsOut }: Sample): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(events / 1e6).toFixed(1)} M events, ${wallSeconds.toFixed(0)} s (CPU ${cpu.toFixed(0)} s, ${(events / cpu / 1e6).toFixed(2)} M/CPU-s): resident ${mb(rssBytes)}, heap ${mb(heapBytes)}, linear ${mb(linearBytes)}, state ${mb(stateBytes)} in ${stateRows} rows, checkpoint ${mb(checkpointBytes)}, ${rowsOut} rows out`;
}

/**
 * Fills the state of a query, lets the watermark empty it, and says each time what progress reports and what is really
 * taken: blocks of linear memory, and the heap after collection. Argument: the name of a case in memory-cases.ts.
 */
import { linearMemory } from "../../src/memory/linear-memory.ts";
import { cases, FILL, rows, type Measured } from "./memory-cases.ts";
import { StateQuery } from "./query.ts";

const { text, streams = ["t"], mode = "update" } = cases[process.argv[2]!]!;
const it = new StateQuery(text, mode, streams);
let reported = 0;
function measure(): Measured {
  for (let i = 0; i < 3; i++) (globalThis as unknown as { gc(): void }).gc();
  reported = it.query.lastProgress!.stateOperators.reduce((sum, operator) => sum + operator.memoryUsedBytes, 0);
  return { reported, linear: linearMemory().inUseBytes, heap: process.memoryUsage().heapUsed, rows: it.query.lastProgress!.stateOperators.reduce((sum, operator) => sum + operator.numRowsTotal, 0) };
}
/** Rows in batches, then some batches that only let go of what was held for those before. */
async function feed(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 10_000) for (const stream of streams) await it.add(rows(at, Math.min(to, at + 10_000)), stream);
  for (let i = 0; i < 3; i++) for (const stream of streams) await it.add(rows(to, to + 1), stream);
}
await it.start();
// Once full and empty before: what stays from the first time is there then.
await feed(0, 10_000);
const pass = async (): Promise<void> => { for (let i = 0; i < 3; i++) for (const stream of streams) await it.add([[(i + 1) * 100_000 + shift, "z", 1n]], stream); };
let shift = 0;
await pass();
shift = 1_000_000;
const before = measure();
await feed(FILL.from, FILL.to);
const full = measure();
shift = 10_000_000;
await pass();
const after = measure();
process.stdout.write(JSON.stringify({ before, full, after }));
await it[Symbol.asyncDispose]();
process.exit(0);

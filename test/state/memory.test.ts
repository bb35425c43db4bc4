/** Catches progress that reports less or more memory than an operator's state takes, and state that left and is not given back. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { cases, FILL, type Measured } from "./memory-cases.ts";

/** Arenas and the like, and what the heap happens to hold. */
const NOISE = 600_000;

for (const name of Object.keys(cases)) {
  test(`memory of ${name}`, { timeout: 120_000 }, async () => {
    const worker = fileURLToPath(new URL("./memory-worker.ts", import.meta.url));
    const out = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, ["--expose-gc", "--conditions=millrace-source", worker, name], (error, stdout, stderr) => { if (error === null) resolve(stdout); else reject(new Error(stderr, { cause: error })); });
    });
    const { before, full, after } = JSON.parse(out) as Record<"before" | "full" | "after", Measured>;
    const taken = full.linear - before.linear + full.heap - before.heap, reported = full.reported - before.reported;
    assert.ok(full.rows >= FILL.to - FILL.from, `${full.rows} rows`);
    assert.ok(Math.abs(reported - taken) <= 0.1 * taken + NOISE / 2, `reported ${reported}, taken ${taken} (${full.linear - before.linear} linear, ${full.heap - before.heap} heap)`);
    assert.ok(after.rows < 100, `${after.rows} rows are left`);
    assert.ok(Math.abs(after.reported - before.reported) <= 0.05 * reported + NOISE / 2, `reported after ${after.reported}, before ${before.reported}`);
    assert.ok(after.linear + after.heap - before.linear - before.heap <= 0.05 * taken + NOISE, `${after.linear - before.linear} of linear memory and ${after.heap - before.heap} of the heap are not given back`);
  });
}

/** Catches what only real files and a real `kill -9` show: a process that dies anywhere, again and again, on one checkpoint. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { long } from "./faults.ts";

const CHILD = fileURLToPath(new URL("./killed-runner.ts", import.meta.url));

/** Runs the child; it is killed once it has acknowledged `killAfter` batches. Resolves to what it acknowledged. */
function run(root: string, batches: number, killAfter: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv.filter(option => option.startsWith("--conditions")), CHILD, root, String(batches)], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "", errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk;
      if (out.split("\n").length > killAfter) child.kill("SIGKILL");
    });
    child.stderr.on("data", (chunk: Buffer) => { errors += chunk; });
    child.on("close", (code, signal) => {
      if (signal !== "SIGKILL" && code !== 0) return reject(new Error(errors));
      // The last line may be cut.
      resolve(out.split("\n").slice(0, -1).map(Number));
    });
  });
}

test("killed again and again, a run delivers each batch with one content and keeps what it acknowledged", async () => {
  const root = mkdtempSync(join(tmpdir(), "millrace-kill-")), kills = long ? 60 : 6, acknowledged: number[] = [];
  try {
    for (let kill = 0; kill < kills; kill++) acknowledged.push(...await run(root, 100_000, 3 + kill * 7 % 40));
    const last = Math.max(...acknowledged);
    acknowledged.push(...await run(root, last + 20, Number.MAX_SAFE_INTEGER));
    const contents = new Map<number, string>();
    let sum = 0;
    for (const line of readFileSync(`${root}/sink`, "utf8").trimEnd().split("\n")) {
      const content = JSON.parse(line) as { batchId: number; sum: number };
      const there = contents.get(content.batchId);
      if (there !== undefined) {
        assert.equal(line, there, `batch ${content.batchId} was delivered with two contents`);
        continue;
      }
      assert.equal(content.batchId, contents.size, "a batch is missing");
      sum += content.batchId;
      assert.equal(content.sum, sum, `the state of batch ${content.batchId} is wrong`);
      contents.set(content.batchId, line);
    }
    assert.ok(contents.size >= last + 20);
    assert.ok(new Set(acknowledged).size > kills * 3);
    for (const batchId of acknowledged) assert.ok(contents.has(batchId), `batch ${batchId} was acknowledged and is not in the sink`);
  } finally { rmSync(root, { recursive: true, force: true }); }
});

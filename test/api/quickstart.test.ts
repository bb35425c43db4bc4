/** Catches a quickstart that doesn't run as it stands: the example as a program of its own, fed by files. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../../examples/quickstart.ts", import.meta.url));

test("the quickstart prints a minute's volume once a later trade has closed it", { timeout: 60_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-quickstart-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "trades"));
  writeFileSync(join(folder, "trades/1.json"), [
    { ts: "2026-01-01T00:00:05Z", symbol: "A", price: 150, venue: "x" }, { ts: "2026-01-01T00:00:07Z", symbol: "A", price: 50 },
    { ts: "2026-01-01T00:00:09Z", symbol: "A", price: 200 }, { ts: "2026-01-01T00:02:00Z", symbol: "B", price: 150 },
  ].map(row => `${JSON.stringify(row)}\n`).join(""));
  const child = spawn(process.execPath, ["--conditions=millrace-source", example], { cwd: folder, env: { ...process.env, TZ: "UTC" }, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let printed = "", complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => { complaints += text; });
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (/\|\s+A\|\s+2\|\s+350\|/.test(printed)) resolve();
    });
    child.on("exit", code => reject(new Error(`the program ended with ${code}: ${complaints}${printed}`)));
  });
  // As Spark prints it: the table, and one empty line behind it.
  assert.match(printed, /^-+\nBatch: \d+\n-+\n\+-+\+[^]*?\+\n\n(?:-|$)/);
  assert.doesNotMatch(printed, /\|\s+B\|/);
});

/** Catches an example that doesn't run as it stands, prints nothing, or isn't listed. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
/** These need a server, and are run by test/services. */
const SERVED = ["kafka-orders", "postgres-cdc"];
const names = readdirSync(here).filter(name => existsSync(join(here, name, "main.ts")));

test("examples that need a server are listed, too", () => {
  const readme = readFileSync(join(here, "README.md"), "utf8");
  for (const name of SERVED) assert.match(readme, new RegExp(`\\(${name}/main\\.ts\\)`));
});

for (const name of names.filter(name => !SERVED.includes(name))) {
  test(`${name} runs to its end and prints rows`, { timeout: 60_000 }, async t => {
    assert.match(readFileSync(join(here, "README.md"), "utf8"), new RegExp(`\\(${name}/main\\.ts\\)`));
    const folder = mkdtempSync(join(tmpdir(), "millrace-example-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const child = spawn(process.execPath, ["--conditions=millrace-source", join(here, name, "main.ts")], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "", complaints = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => { printed += text; });
    child.stderr.setEncoding("utf8").on("data", (text: string) => { complaints += text; });
    const code = await new Promise<number | null>(resolve => child.on("close", resolve));
    assert.equal(code, 0, complaints);
    // A heading, a rule, and at least one row.
    assert.match(printed, /\n\+[-+]+\+\n\|[^\n]+\|\n\+[-+]+\+\n\|[^\n]+\|\n/);
  });
}

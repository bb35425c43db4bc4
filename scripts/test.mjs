// Runs the type checker, then the tests under node:test. `--long` sets MILLRACE_LONG, which the campaigns look at; other
// arguments are test files or folders to run in place of all.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const long = process.argv.includes("--long");
const named = process.argv.slice(2).filter(argument => !argument.startsWith("--"));
/** Suites with an own place in .ci/run, as they take longer or need a browser. */
const separate = ["test/crash", "test/page", "test/services"];

const files = (named.length > 0 ? named : ["src", "test", "examples", ...(long ? separate : [])]).flatMap(testsUnder);
if (named.length === 0) {
  const check = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"], { stdio: "inherit" });
  if (check.status !== 0) process.exit(check.status ?? 1);
}
// Tests that kill processes run the package as it is published.
const built = spawnSync(process.execPath, ["scripts/build.mjs"], { stdio: ["ignore", "inherit", "inherit"] });
if (built.status !== 0) process.exit(built.status ?? 1);
const result = spawnSync(process.execPath, ["--test", "--conditions=millrace-source", "--test-concurrency=2", ...files], {
  stdio: "inherit", env: { ...process.env, ...(long ? { MILLRACE_LONG: "1" } : {}) },
});
process.exit(result.status ?? 1);

function testsUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap(entry => {
    const child = join(path, entry.name);
    if (entry.isDirectory()) return named.length === 0 && !long && separate.includes(child) ? [] : testsUnder(child);
    return entry.name.endsWith(".test.ts") ? [child] : [];
  });
}

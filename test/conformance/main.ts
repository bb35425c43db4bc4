/**
 * The conformance command: runs golden files (SQL cases as .jsonl, streaming scenarios as .json) through the public API
 * and compares with what Spark answered.
 *
 *     npm run -s conformance -- [--failures FILE] PATH...
 *
 * Every failing case goes to FILE with what was expected and what came. The last line counts.
 */
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runScenario } from "./scenario.ts";
import { runSqlFile } from "./sql-cases.ts";

export interface Outcome { readonly id: string; readonly passed: boolean; readonly detail?: unknown }

export async function runPaths(paths: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const path of paths.flatMap(goldenFiles)) {
    if (path.endsWith(".jsonl")) outcomes.push(...await runSqlFile(path));
    else outcomes.push(await runScenario(path));
  }
  return outcomes;
}

function goldenFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).sort().map(name => join(path, name)).flatMap(child =>
    statSync(child).isDirectory() ? goldenFiles(child) : child.endsWith(".jsonl") || isScenario(child) ? [child] : []);
}

function isScenario(path: string): boolean {
  if (!path.endsWith(".json")) return false;
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  return typeof value === "object" && value !== null && "steps" in value && "query" in value;
}

async function main(argv: readonly string[]): Promise<void> {
  const at = argv.indexOf("--failures"), failuresFile = at < 0 ? undefined : argv[at + 1];
  const paths = at < 0 ? argv : [...argv.slice(0, at), ...argv.slice(at + 2)];
  if (paths.length === 0 || (at >= 0 && failuresFile === undefined)) {
    process.stderr.write("usage: npm run -s conformance -- [--failures FILE] PATH...\n");
    process.exit(2);
  }
  const outcomes = await runPaths(paths), failed = outcomes.filter(outcome => !outcome.passed);
  if (failuresFile !== undefined) writeFileSync(failuresFile, failed.map(({ id, detail }) => JSON.stringify({ id, ...(detail as object) }) + "\n").join(""));
  process.stdout.write(`${outcomes.length - failed.length} passed, ${failed.length} failed\n`);
  process.exit(0);
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));

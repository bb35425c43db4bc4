/**
 * Looks for streaming queries that Spark and Millrace answer differently: `npm run fuzz:streams -- [--seed 1] [--scenarios 30] [--failures FILE]`.
 * Scenarios by chance are recorded by real Spark (bench/peers/setup.sh installs it) and run as those of the corpus are.
 * What is found and is a fault becomes a scenario of the corpus.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../../src/base/clock.ts";
import type { Scenario } from "../../conformance/scenario-format.ts";
import { ScenarioGenerator } from "./generate.ts";
import { mutateScenario } from "./mutate.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, scenarios: { type: "string" }, failures: { type: "string" } } });
const seed = Number(values.seed ?? "1"), wanted = Number(values.scenarios ?? "30"), generator = new ScenarioGenerator(seededRandom(seed)), root = join(import.meta.dirname, "../../.."), corpus = join(root, "test/corpus/streaming");
const place = mkdtempSync(join(tmpdir(), "millrace-streams-")), folder = join(place, "scenarios"), recorded = readdirSync(join(corpus, "scenarios")).toSorted().map(name => JSON.parse(readFileSync(join(corpus, "scenarios", name), "utf8")) as Scenario);
mkdirSync(folder);
for (let i = 0; i < wanted; i++) {
  const name = `s${seed}_${i}`, scenario = generator.chance(3) ? mutateScenario(generator, generator.of(recorded), name) : generator.scenario(name);
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(scenario));
}
const spark = spawnSync(join(root, "data/bench-venv/bin/python"), [join(corpus, "generate.py"), "--dir", folder], { stdio: ["ignore", "inherit", "ignore"] });
if (spark.error !== undefined) throw new Error(`Spark is not there: run bench/peers/setup.sh (${spark.error.message})`);
// What the recorder could not write down (a cell without an encoding, say) has no answer; nor have programs where Python lacks a package.
const isAnswered = (text: string): boolean => /"(expect|error)":/.test(text) && !text.includes("STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE");
for (const name of readdirSync(folder)) if (!isAnswered(readFileSync(join(folder, name), "utf8"))) unlinkSync(join(folder, name));
const failures = values.failures ?? join(place, "failures.json");
const run = spawnSync(process.execPath, ["--conditions=millrace-source", join(root, "test/conformance/main.ts"), "--failures", failures, folder], { stdio: "inherit" });
console.log(`seed ${seed}: scenarios in ${folder}, what differs in ${failures}`);
process.exitCode = run.status ?? 1;

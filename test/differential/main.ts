/**
 * Looks for statements that Spark and Millrace answer differently: `npm run fuzz:spark -- [--seed 1] [--cases 400] [--areas string,math]
 * [--failures FILE]`. Mutated cases of the corpus are recorded by real Spark (bench/peers/setup.sh installs it) and run as any corpus is.
 * What is found and is a fault becomes a case of the corpus.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../src/base/clock.ts";
import { Mutator, UNSTABLE } from "./mutate.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, cases: { type: "string" }, areas: { type: "string" }, failures: { type: "string" } } });
const seed = Number(values.seed ?? "1"), wanted = Number(values.cases ?? "400"), random = seededRandom(seed), root = join(import.meta.dirname, "../.."), corpus = join(root, "test/corpus/conformance");
/** Each case of these stands on those before it, or they test what isn't Spark's own. */
const LEFT_OUT = new Set(["temp_views_ddl", "sketches_and_misc", "avro", "protobuf"]);

interface Line { readonly setup?: readonly string[]; readonly id?: string; readonly sql?: string; readonly conf?: Readonly<Record<string, string>> }
const areas = readdirSync(join(corpus, "golden")).map(name => name.replace(/\.jsonl$/, "")).filter(name => !LEFT_OUT.has(name) && (values.areas === undefined || values.areas.split(",").includes(name)));
const place = mkdtempSync(join(tmpdir(), "millrace-differential-"));
for (const folder of ["cases", "golden"]) mkdirSync(join(place, folder));
cpSync(join(corpus, "generate.py"), join(place, "generate.py"));

const each = Math.max(1, Math.ceil(wanted / areas.length));
for (const area of areas) {
  const lines = readFileSync(join(corpus, "golden", `${area}.jsonl`), "utf8").trim().split("\n").map(line => JSON.parse(line) as Line);
  const cases = lines.filter(line => line.sql !== undefined && !UNSTABLE.test(line.sql)), mutator = new Mutator(random, cases.map(line => line.sql!));
  let text = (lines[0]?.setup ?? []).map(sql => `-- setup\n${sql};\n\n`).join("");
  const written = new Set<string>();
  for (let i = 0, tries = 0; i < each && tries < 20 * each && cases.length > 0; tries++) {
    const base = cases[random.uint32() % cases.length]!, sql = mutator.mutate(base.sql!);
    // A statement ends where a line ends with a semicolon.
    if (written.has(sql) || UNSTABLE.test(sql) || /;\s*$|;\s*\n/.test(sql)) continue;
    written.add(sql);
    text += `-- name: s${seed}_${i++}\n${Object.entries(base.conf ?? {}).map(([key, value]) => `-- conf: ${key}=${value}\n`).join("")}-- unordered\n${sql};\n\n`;
  }
  writeFileSync(join(place, "cases", `${area}.sql`), text);
}
const python = join(root, "data/bench-venv/bin/python"), recorded = spawnSync(python, [join(place, "generate.py"), ...areas], { stdio: ["ignore", "ignore", "inherit"] });
if (recorded.error !== undefined) throw new Error(`Spark is not there: run bench/peers/setup.sh (${recorded.error.message})`);
const failures = values.failures ?? join(place, "failures.json");
const run = spawnSync(process.execPath, ["--conditions=millrace-source", join(root, "test/conformance/main.ts"), "--failures", failures, join(place, "golden")], { stdio: "inherit" });
console.log(`seed ${seed}: cases in ${place}, what differs in ${failures}`);
process.exitCode = run.status ?? 1;

/**
 * Looks for expressions that Spark and Millrace answer differently: `npm run fuzz:expressions -- [--seed 1] [--cases 1000]
 * [--functions abs,round] [--failures FILE]`. Each function of the registry gets its turn. An expression is asked with constants, and where
 * Spark has a value, over columns with these constants as rows: folding and kernels are different code. Rows, types, names of columns, or condition and
 * SQLSTATE must be Spark's (bench/peers/setup.sh installs it). What is found and is a fault becomes a case of the corpus.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { AnalysisError } from "../../../src/base/errors.ts";
import { seededRandom } from "../../../src/base/clock.ts";
import { conformanceSession } from "../../conformance/world.ts";
import { runSqlFile } from "../../conformance/sql-cases.ts";
import { Generator, type Trial } from "./generate.ts";
import { Recorder, type Answer, type Statement } from "./recorder.ts";
import { signatures } from "./signatures.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, cases: { type: "string" }, functions: { type: "string" }, failures: { type: "string" }, ask: { type: "boolean" } } });
const seed = Number(values.seed ?? "1"), wanted = Number(values.cases ?? "1000"), generator = new Generator(seededRandom(seed)), root = join(import.meta.dirname, "../../..");
const asked = values.functions?.split(","), forms = signatures().filter(form => asked === undefined || asked.includes(form.name));
const place = mkdtempSync(join(tmpdir(), "millrace-expressions-")), failures = values.failures ?? join(place, "failures.json");

interface Asked extends Statement { readonly id: string; readonly trial: Trial; readonly args?: readonly string[] }

/** Whether analysis takes it: most of what is asked should mean something. */
const { session, engine } = conformanceSession({ "spark.sql.timeType.enabled": "true" });
async function means(sql: string): Promise<boolean> {
  try {
    const result = await engine.execute(engine.sql(sql, { named: {}, positional: [], views: [] }), { signal: undefined });
    for await (const part of result.batches) void part;
    return true;
  } catch (error) {
    return !(error instanceof AnalysisError);
  }
}

function confOf(): Record<string, string> {
  const zone = generator.chance(4) ? generator.of(["America/Los_Angeles", "Asia/Kolkata", "Europe/Berlin", "+05:30"]) : undefined;
  return { "spark.sql.timeType.enabled": "true", ...(zone !== undefined && { "spark.sql.session.timeZone": zone }) };
}

/** Over a table whose rows are arguments: what may be a column is one. */
function overColumns(trial: Trial, rows: readonly (readonly string[])[]): string {
  const columns = trial.constant.flatMap((constant, i) => constant ? [] : [i]), name = (i: number): string => `c${i}`, { kind } = trial.signature;
  const args = trial.constant.map((constant, i) => constant ? rows[0]![i]! : name(i));
  const table = `VALUES ${rows.map((row, i) => `(${[String(i), ...columns.map(c => row[c]!)].join(", ")})`).join(", ")} AS t(${["k", ...columns.map(name)].join(", ")})`;
  const call = trial.write(args);
  if (kind === "aggregate") {
    const distinct = generator.chance(6) && args.length > 0 ? call.replace("(", "(DISTINCT ") : call, filtered = generator.chance(8) ? `${distinct} FILTER (WHERE k <> 1)` : distinct;
    const order = columns[0] === undefined ? "k" : name(columns[0]);
    const grouped = trial.signature.withinGroup && !generator.chance(4) ? /^percentile_(?:cont|disc)|^mode/.test(trial.signature.name) ? `${call} WITHIN GROUP (ORDER BY ${order}${generator.chance(3) ? " DESC" : ""})` : `${filtered} WITHIN GROUP (ORDER BY ${order}, k)` : filtered;
    const whole = /^collect_(?:set|union)/.test(trial.signature.name) ? `sort_array(${grouped})` : grouped;
    return generator.chance(3) ? `SELECT k % 2 AS g, ${whole} FROM ${table} GROUP BY k % 2 ORDER BY g` : `SELECT ${whole} FROM ${table}`;
  }
  if (kind === "window") return `SELECT k, ${call} OVER (${generator.chance(3) ? "PARTITION BY k % 2 " : ""}ORDER BY k) FROM ${table} ORDER BY k`;
  return `SELECT ${call} FROM ${table}`;
}

const first: Asked[] = [];
for (let n = 0; first.length < wanted; n++) {
  const signature = forms[n % forms.length]!, many = signature.kind === "aggregate" || signature.kind === "window";
  let trial: Trial, sql: string, tries = 0;
  do {
    trial = generator.trial(signature, many ? 2 + generator.below(5) : 3);
    sql = many ? overColumns(trial, trial.rows) : `SELECT ${trial.write(trial.rows[0]!)}`;
  } while (tries++ < 6 && !generator.chance(5) && !await means(sql));
  const conf = confOf();
  if (many) first.push({ id: `s${seed}_${n}`, sql, conf, unordered: false, trial });
  else for (const [i, args] of trial.rows.entries()) first.push({ id: `s${seed}_${n}_${i}`, sql: `SELECT ${trial.write(args)}`, conf, unordered: false, trial, args });
}

const spark = new Recorder(root), answers = await spark.answers(first);
/** Rows that have a value go into one table; an analysis error is asked once over a column, too. */
const second: Asked[] = [];
for (let i = 0; i < first.length; i++) {
  const { trial, args, conf, id } = first[i]!;
  if (args === undefined || (i > 0 && first[i - 1]!.trial === trial) || trial.constant.every(constant => constant)) continue;
  const good = trial.rows.filter((row, r) => answers[i + r]!.rows !== undefined && trial.constant.every((constant, c) => !constant || row[c] === trial.rows[0]![c]));
  if (good.length > 0 || generator.chance(3)) second.push({ id: `${id}_columns`, sql: overColumns(trial, good.length > 0 ? good : trial.rows.slice(0, 1)), conf, unordered: false, trial });
}
const more = await spark.answers(second);
await spark.close();
await session.stop();

const golden = join(place, "golden.jsonl"), all = [...first.map((statement, i) => [statement, answers[i]!] as const), ...second.map((statement, i) => [statement, more[i]!] as const)].filter(([, answer]) => answer.lost === undefined);
writeFileSync(golden, all.map(([{ id, sql, conf }, answer]) => JSON.stringify({ id, sql, conf, ...answer } satisfies Answer & { id: string; sql: string; conf: object }) + "\n").join(""));
const outcomes = await runSqlFile(golden), failed = outcomes.filter(outcome => !outcome.passed), byId = new Map(all.map(([statement]) => [statement.id, statement]));
writeFileSync(failures, failed.map(({ id, detail }) => JSON.stringify({ id, function: byId.get(id)!.trial.signature.name, conf: byId.get(id)!.conf, ...(detail as object) }) + "\n").join(""));
const errors = all.filter(([, answer]) => answer.error !== undefined).length, names = new Set(all.map(([{ trial }]) => trial.signature.name)).size;
console.log(`seed ${seed}: ${all.length} statements of ${names} functions, ${errors} with errors; ${all.length - failed.length} equal, ${failed.length} not; statements in ${golden}, what differs in ${failures}`);
process.exit(failed.length === 0 ? 0 : 1);

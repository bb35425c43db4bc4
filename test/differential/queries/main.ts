/**
 * Queries by chance, asked of Spark and of Millrace: `npm run fuzz:queries -- [--seed 1] [--cases 400] [--minutes 60] [--shrink 8]
 * [--spark PORT] [--failures FILE] [--nullability]`. Each fifty have tables of their own. Rows count as a bag unless an ORDER BY
 * leaves no ties. What differs is counted by how it does, and the first of each kind are made small. Spark is started (bench/peers/setup.sh installs it), or listens already:
 * `python test/differential/queries/recorder.py test/corpus/conformance/generate.py PORT`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../../../src/base/clock.ts";
import { MillraceError } from "../../../src/base/errors.ts";
import { parseSchemaDdl } from "../../../src/sql/parser.ts";
import type { DataType, StructType } from "../../../src/types/data-type.ts";
import { bareSchema } from "../../conformance/cells.ts";
import { describe, runSql } from "../../conformance/sql-cases.ts";
import { conformanceSession } from "../../conformance/world.ts";
import { QueryGenerator } from "./generate.ts";
import { shrink } from "./shrink.ts";
import { Chance } from "./world.ts";

interface Answer { readonly ordered: boolean; readonly schema?: string; readonly nullable?: readonly boolean[]; readonly rows?: readonly (readonly unknown[])[]; readonly error?: string; readonly sqlState?: string; readonly params?: Readonly<Record<string, string>> }
interface Asked { readonly sql: string; readonly unordered: boolean }
type Mine = { readonly schema: StructType; readonly rows: readonly (readonly unknown[])[] } | { readonly failure: unknown };

const { values } = parseArgs({ options: { seed: { type: "string" }, cases: { type: "string" }, shrink: { type: "string" }, spark: { type: "string" }, failures: { type: "string" }, minutes: { type: "string" }, nullability: { type: "boolean" } } });
const seed = Number(values.seed ?? "1"), wanted = Number(values.cases ?? "400"), EACH = 50, TIMEOUT_MILLIS = 10_000, root = join(import.meta.dirname, "../../..");

let child: ChildProcess | undefined;
const port = values.spark ?? await new Promise<string>((resolve, reject) => {
  child = spawn(join(root, "data/bench-venv/bin/python"), [join(import.meta.dirname, "recorder.py"), join(root, "test/corpus/conformance/generate.py")], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdout!.once("data", (data: Buffer) => resolve(data.toString().trim()));
  child.once("error", error => reject(new Error(`Spark is not there: run bench/peers/setup.sh (${error.message})`)));
});

async function spark(setup: readonly string[], cases: readonly Asked[]): Promise<readonly Answer[]> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify({ setup, cases }) });
  return await response.json() as Answer[];
}

async function millrace(setup: readonly string[], cases: readonly Asked[]): Promise<readonly Mine[]> {
  const { session, engine } = conformanceSession({}), answers: Mine[] = [];
  for (const sql of setup) await runSql(engine, sql);
  for (const { sql } of cases) {
    answers.push(await Promise.race([runSql(engine, sql), new Promise<never>((_, reject) => setTimeout(() => reject(new Error("timeout")), TIMEOUT_MILLIS).unref())]).catch((failure: unknown) => ({ failure })));
  }
  await session.stop();
  return answers;
}

/** Cells for comparison: sums of doubles depend on their order in the last digits. */
function plain(cell: unknown, type: DataType, zeros: boolean): unknown {
  if (cell === null) return null;
  switch (type.kind) {
    case "float": case "double": {
      const number = Number(cell);
      return Number.isFinite(number) ? number === 0 ? zeros ? "0" : String(cell) : number.toPrecision(type.kind === "float" ? 6 : 12) : String(cell);
    }
    case "array": return (cell as unknown[]).map(item => plain(item, type.element, zeros));
    case "map": return (cell as [unknown, unknown][]).map(([key, value]) => [plain(key, type.key, zeros), plain(value, type.value, zeros)]);
    case "struct": return (cell as unknown[]).map((item, i) => plain(item, type.fields[i]!.type, zeros));
    default: return cell;
  }
}

/** How the answers differ, in a word or two; undefined if they don't. */
function difference(sql: string, theirs: Answer, mine: Mine): string | undefined {
  // Spark's own faults: internal errors, and HAVING over grouping sets that finds no key if its types have to be brought together first.
  if (theirs.sqlState === "XX000" || theirs.error?.startsWith("UNRESOLVED_COLUMN") === true && /HAVING/.test(sql) && /ROLLUP|CUBE|GROUPING SETS/.test(sql)) return undefined;
  if ("failure" in mine) {
    const { failure } = mine, here = failure instanceof MillraceError ? failure.condition : failure instanceof Error && failure.message === "timeout" ? "timeout" : "a bug";
    if (theirs.error === undefined) return `Spark answers, here ${here}`;
    if (/^(?:JAVA:|_LEGACY_ERROR_TEMP_|INTERNAL_ERROR)/.test(theirs.error)) return here === "a bug" || here === "timeout" ? `Spark ${theirs.error}, here ${here}` : undefined;
    if (here !== theirs.error) return `Spark ${theirs.error}, here ${here}`;
    return failure instanceof MillraceError && failure.sqlState === (theirs.sqlState ?? failure.sqlState) ? undefined : `SQLSTATE of ${here}`;
  }
  if (theirs.error !== undefined) return `Spark ${theirs.error}, here rows`;
  const schema = parseSchemaDdl(theirs.schema ?? "");
  if (bareSchema(schema) !== bareSchema(mine.schema)) return schema.fields.length === mine.schema.fields.length && schema.fields.every((field, i) => bareSchema(field.type) === bareSchema(mine.schema.fields[i]!.type)) ? "names" : "types";
  const texts = (rows: readonly (readonly unknown[])[], zeros: boolean): string[] => rows.map(row => JSON.stringify(row.map((cell, i) => plain(cell, schema.fields[i]!.type, zeros)))), same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((text, i) => text === b[i]);
  if (!same(texts(theirs.rows!, false).toSorted(), texts(mine.rows, false).toSorted())) return theirs.rows!.length === mine.rows.length ? "values" : "rows";
  if (theirs.ordered && !same(texts(theirs.rows!, true), texts(mine.rows, true))) return "order";
  return values.nullability === true && theirs.nullable!.some((nullable, i) => nullable !== mine.schema.fields[i]!.nullable) ? "nullability" : undefined;
}

const show = (answer: Answer): string => answer.error === undefined ? `${answer.schema}: ${JSON.stringify(answer.rows).slice(0, 400)}` : `${answer.error} ${answer.sqlState ?? ""} ${JSON.stringify(answer.params).slice(0, 300)}`;
const showMine = (mine: Mine): string => "failure" in mine ? describe(mine.failure) : `${mine.schema.fields.map(f => `${f.name} ${f.type.kind}`).join(",")}: ${JSON.stringify(mine.rows).slice(0, 400)}`;

const kinds = new Map<string, { count: number; first: { setup: readonly string[]; asked: Asked }[] }>(), failures: string[] = [];
let run = 0, equal = 0, refused = 0;
const end = performance.now() + 60_000 * Number(values.minutes ?? "60");
for (let world = 0; run < wanted && performance.now() < end; world++) {
  const random = seededRandom(seed * 1000 + world), tables = new Chance(random).tables(), generator = new QueryGenerator(random, tables), setup = tables.map(table => table.setup);
  const asked: Asked[] = Array.from({ length: Math.min(EACH, wanted - run) }, () => generator.statement());
  const theirs = await spark(setup, asked), mine = await millrace(setup, asked);
  run += asked.length;
  asked.forEach((one, i) => {
    if (theirs[i]!.error !== undefined) refused++;
    const kind = difference(one.sql, theirs[i]!, mine[i]!);
    if (kind === undefined) return void equal++;
    const known = kinds.get(kind) ?? { count: 0, first: [] };
    kinds.set(kind, { count: known.count + 1, first: [...known.first, { setup, asked: one }] });
    failures.push(JSON.stringify({ kind, setup, sql: one.sql, spark: show(theirs[i]!), here: showMine(mine[i]!) }));
  });
}
if (values.failures !== undefined) writeFileSync(values.failures, failures.join("\n"));
console.log(`seed ${seed}: ${run} cases, ${equal} equal (${(100 * equal / run).toFixed(1)} %), ${refused} are errors in Spark`);
const most = Number(values.shrink ?? "8");
let shrunk = 0;
for (const [kind, { count, first }] of [...kinds].toSorted((a, b) => b[1].count - a[1].count)) {
  console.log(`\n${count} x ${kind}`);
  for (const { setup, asked } of first.slice(0, shrunk < most ? Math.max(1, Math.min(3, most - shrunk)) : 0)) {
    shrunk++;
    const sql = await shrink(asked.sql, async candidates => {
      const cases = candidates.map(text => ({ ...asked, sql: text })), theirs = await spark(setup, cases), mine = await millrace(setup, cases);
      return theirs.map((answer, i) => difference(candidates[i]!, answer, mine[i]!) === kind);
    });
    const [theirs] = await spark(setup, [{ ...asked, sql }]), [mine] = await millrace(setup, [{ ...asked, sql }]);
    console.log(`${setup.filter((_, i) => new RegExp(`\\bt${i + 1}\\b`).test(sql)).map(text => `  ${text};\n`).join("")}  ${sql}\n    Spark: ${show(theirs!)}\n    here:  ${showMine(mine!)}`);
  }
}
child?.kill();
process.exit(0);

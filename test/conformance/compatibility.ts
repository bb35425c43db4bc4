/**
 * Writes docs/compatibility.md: runs the corpora of Spark's answers and groups what differs by cause. What no corpus can
 * tell (deliberate differences, parts that are not built) stands in compatibility-data.ts.
 *
 *     npm run docs:compatibility
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { MillraceError } from "../../src/base/errors.ts";
import { DELIBERATE, MISSING, type Entry } from "./compatibility-data.ts";
import { runPaths, type Outcome } from "./main.ts";
import { conformanceSession } from "./world.ts";

const root = resolve(import.meta.dirname, "../.."), corpus = join(root, "test/corpus");
/** So many ids of a large group are named. */
const NAMED = 4;

interface Failure { readonly id: string; readonly group: string; readonly cause: string; readonly detail: string }
interface SqlDetail {
  readonly expected: { readonly error?: string; readonly rows?: unknown; readonly schema?: string };
  readonly actual: { readonly error?: string; readonly rows?: unknown; readonly schema?: string };
}

const GROUPS = {
  unsupported: "Not built",
  routine: "Missing function",
  refused: "Spark answers, Millrace reports an error",
  accepted: "Spark reports an error, Millrace answers",
  condition: "Another error condition",
  type: "Another type of the result",
  rows: "Other values",
  stream: "Streams: other batches, rows or counts",
  crash: "A plain exception",
};
type Group = keyof typeof GROUPS;

/** What Spark calls a builtin function. A user's own, whose CREATE FUNCTION was refused, is none. */
const builtins = new Set(Object.keys(JSON.parse(readFileSync(join(corpus, "conformance/functions.json"), "utf8")) as object));
/** Words of the language that Spark lists among its functions. */
const WORDS = new Set(["and", "or", "not", "between", "case", "when", "in", "time"]);

/** Why a case of the SQL corpus failed. */
function causeOf({ expected, actual }: SqlDetail): { group: Group; cause: string } {
  const { error } = actual, condition = error === undefined ? undefined : /^([A-Z_0-9]+(?:\.[A-Z_0-9]+)?) /.exec(error)?.[1];
  if (error !== undefined) {
    if (condition === undefined) return { group: "crash", cause: firstLine(error) };
    if (condition === "MILLRACE_UNSUPPORTED") return { group: "unsupported", cause: unsupportedText(error) };
    const routine = /Cannot resolve routine `(\w+)`/.exec(error)?.[1];
    if (routine !== undefined && builtins.has(routine)) return { group: "routine", cause: routine };
    return expected.error !== undefined ? { group: "condition", cause: `${expected.error}; here ${condition}` } : { group: "refused", cause: condition };
  }
  if (expected.error !== undefined) return { group: "accepted", cause: expected.error };
  return actual.schema === undefined ? { group: "rows", cause: "" } : { group: "type", cause: "" };
}

const firstLine = (text: string): string => text.split("\n")[0]!;
const unsupportedText = (text: string): string => firstLine(text).replace(/^.*?MILLRACE_UNSUPPORTED 0A000 |unsupported: /, "").replace(/ is not supported\.$/, "");

function failureOf({ id, detail }: Outcome, streaming: boolean): Failure {
  if (streaming) {
    const problem = String((detail as { problem?: unknown }).problem);
    const step = /the step (\w+) is not supported/.exec(problem)?.[1];
    if (step !== undefined) return { id, group: "unsupported", cause: step === "statefulProgram" ? "Stateful programs (transformWithState)" : step, detail: "" };
    if (/MILLRACE_UNSUPPORTED|^unsupported: /.test(problem)) return { id, group: "unsupported", cause: unsupportedText(problem), detail: "" };
    return { id, group: "stream", cause: firstLine(problem), detail: "" };
  }
  const { expected, actual } = detail as SqlDetail, { group, cause } = causeOf(detail as SqlDetail);
  const shown = group === "rows" ? difference(expected.rows, actual.rows) : group === "type" ? otherType(actual.schema!, (actual as { wanted?: string }).wanted!) : "";
  return { id, group, cause, detail: shown };
}

/** The first row that differs, short. */
function difference(expected: unknown, actual: unknown): string {
  const left = expected as readonly unknown[], right = actual as readonly unknown[];
  const at = Math.max(0, left.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(right[i])));
  return `${short(right[at])} in place of ${short(left[at])}`;
}
const short = (value: unknown): string => clipped(value === undefined ? "no row" : JSON.stringify(value));
const clipped = (text: string): string => (text.length > 90 ? `${text.slice(0, 90)}…` : text);

/** Two schemas from where they part. */
function otherType(actual: string, wanted: string): string {
  const plain = (schema: string): string => schema.replaceAll(/\{"kind":"(\w+)"(?:,"precision":(\d+),"scale":(\d+))?[^}]*\}/g, (_, kind: string, p?: string, q?: string) => kind.toUpperCase() + (p === undefined ? "" : `(${p}, ${q})`));
  const left = plain(actual), right = plain(wanted), at = Math.max(0, [...left].findIndex((c, i) => c !== right[i])), from = Math.max(0, at - 30);
  return `${from > 0 ? "…" : ""}${clipped(left.slice(from))} in place of ${from > 0 ? "…" : ""}${clipped(right.slice(from))}`;
}

/** Names that Spark has as builtin functions and that mean nothing here. */
async function missingFunctions(): Promise<{ missing: string[]; all: number }> {
  const { session, engine } = conformanceSession({});
  const missing: string[] = [];
  const conditionOf = async (sql: string): Promise<string | undefined> => {
    try {
      await engine.analyze(engine.sql(sql, { named: {}, positional: [], views: [] }));
      return undefined;
    } catch (error) {
      return error instanceof MillraceError ? error.condition : "";
    }
  };
  for (const name of [...builtins].filter(one => /^\w+$/.test(one) && !WORDS.has(one))) {
    if (await conditionOf(`SELECT ${name}(1)`) === "UNRESOLVED_ROUTINE" && await conditionOf(`SELECT * FROM ${name}(1)`) === "UNRESOLVABLE_TABLE_VALUED_FUNCTION") missing.push(name);
  }
  await session.stop();
  return { missing, all: builtins.size };
}

const code = (text: string): string => `\`${text.replaceAll("|", "\\|").replaceAll("`", "")}\``;
const cell = (text: string): string => text.replaceAll("|", "\\|");

function entries(list: readonly Entry[]): string {
  return list.map(({ what, says }) => `- **${what}.** ${says}\n`).join("");
}

function differences(failures: readonly Failure[]): string {
  let text = "";
  for (const [group, title] of Object.entries(GROUPS)) {
    const of = failures.filter(failure => failure.group === group);
    if (of.length === 0) continue;
    text += `\n### ${title}: ${of.length}\n\n`;
    if (group === "rows" || group === "type") {
      text += "| case | here, in place of Spark's |\n| --- | --- |\n";
      for (const { id, detail } of of) text += `| ${id} | ${code(detail)} |\n`;
      continue;
    }
    const byCause = Map.groupBy(of, failure => failure.cause);
    text += "| what | cases | for example |\n| --- | ---: | --- |\n";
    for (const [cause, cases] of [...byCause].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))) {
      text += `| ${group === "unsupported" ? cell(cause) : code(cause)} | ${cases.length} | ${cases.slice(0, NAMED).map(one => one.id).join(", ")}${cases.length > NAMED ? ", …" : ""} |\n`;
    }
  }
  return text;
}

/** What the engine refuses by name, from the places that do. */
function refusals(): string[] {
  const found = new Set<string>();
  for (const name of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(one => one.endsWith(".ts") && !one.endsWith(".test.ts"))) {
    for (const [, first] of readFileSync(join(root, "src", name), "utf8").matchAll(/\bunsupported\(((?:"[^"]*"|`(?:[^`\\$]|\$\{[^{}]*\}|\$\{[^{}]*`[^`]*`[^{}]*\})*`|[^"`(),])+)/g)) {
      for (const [literal] of first!.matchAll(/"[^"]*"|`[^`]*`/g)) {
        const text = literal.slice(1, -1).replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "…").replace(/\$\{[^]*$/, "…").replaceAll(/…+/g, "…");
        if (/^[A-Z]\S* \S|^[A-Z_]+(?: [A-Z]|\()|\(\)$/.test(text) && !text.startsWith("…")) found.add(text);
      }
    }
  }
  return [...found].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

async function main(): Promise<void> {
  const areas: { readonly name: string; readonly passed: number; readonly all: number }[] = [], failures: Failure[] = [];
  const count = (name: string, outcomes: readonly Outcome[], streaming: boolean): void => {
    areas.push({ name, passed: outcomes.filter(one => one.passed).length, all: outcomes.length });
    failures.push(...outcomes.filter(one => !one.passed).map(one => failureOf(one, streaming)));
  };
  const golden = join(corpus, "conformance/golden");
  for (const file of readdirSync(golden).sort()) count(basename(file, ".jsonl"), await runPaths([join(golden, file)]), false);
  const sql = { passed: sum(areas.map(area => area.passed)), all: sum(areas.map(area => area.all)) };
  count("streaming", await runPaths([join(corpus, "streaming")]), true);
  const streaming = areas.pop()!, { missing, all } = await missingFunctions();

  const refused = refusals(), checked = [...new Set([...areas.map(area => area.name)])].length;
  if (checked < 40) throw new Error(`only ${checked} areas ran`);
  const page = `# What is as in Spark, and what is not

Spark 4.3 in ANSI mode is the reference. Its recorded answers lie in \`test/corpus\`: SQL statements with their rows, types or
error conditions, and streaming queries with the rows, watermarks and state counts of each batch. This page is made from
them by \`npm run docs:compatibility\`; the lists of the next two sections are written by hand.

| corpus | as in Spark | of |
| --- | ---: | ---: |
| SQL statements | ${sql.passed} | ${sql.all} |
| streaming queries | ${streaming.passed} | ${streaming.all} |

A case passes only if all its rows, their order where Spark has one, and the types are Spark's, or the error has Spark's
condition and SQLSTATE. A streaming query passes only if each of its batches has Spark's rows, watermark, counts of input
rows and counts of state. What is not built is refused with the condition \`MILLRACE_UNSUPPORTED\`, at the start.

## Different on purpose

${entries(DELIBERATE)}
## Not there yet

${entries(MISSING.filter(({ refusal }) => refusal === undefined || refused.includes(refusal)))}
${missing.length === 0 ? "All of Spark's builtin functions have a meaning here." : `Of Spark's ${all} builtin functions and operators, ${missing.length} are missing: ${missing.join(", ")}.`}

### Refused by name

These end with \`MILLRACE_UNSUPPORTED\`, in the words of the source. A gap is filled in by the query.

${refused.map(text => `- ${cell(text)}\n`).join("")}
## SQL statements by area

| area | as in Spark | of |
| --- | ---: | ---: |
${areas.map(area => `| ${area.name} | ${area.passed} | ${area.all} |\n`).join("")}
## What differs in the corpora
${failures.length === 0 ? "\nNothing.\n" : differences(failures)}`;
  writeFileSync(join(root, "docs/compatibility.md"), page);
  process.stdout.write(`docs/compatibility.md: SQL ${sql.passed} of ${sql.all}, streams ${streaming.passed} of ${streaming.all}\n`);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

await main();
process.exit(0);

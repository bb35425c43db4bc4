/**
 * Writes docs/functions/: a page for each folder of the function library, and an index, from the entries themselves.
 *
 *     npm run docs:functions
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { MillraceError } from "../../src/base/errors.ts";
import type { AggregateCall, ResolvedExpression, ResolvedRelation, ScalarCall } from "../../src/plan/resolved.ts";
import type { FunctionEntry } from "../../src/plan/function.ts";
import { childrenOf } from "../../src/plan/walk.ts";
import { expressionsOf, inputsOf } from "../../src/plan/walk-relations.ts";
import { conformanceSession } from "./world.ts";

const root = resolve(import.meta.dirname, "../.."), target = join(root, "docs/functions");

const TITLES: Readonly<Record<string, string>> = {
  aggregates: "Aggregates", avro: "Avro", bitwise: "Bits", cast: "Casts", collection: "Arrays, maps and structs", conditional: "Conditions", csv: "CSV", datetime: "Dates and times",
  generators: "Generators", hash: "Hashes and encryption", interval: "Intervals", json: "JSON", lambda: "Functions that take lambdas", math: "Mathematics", misc: "Other functions",
  operators: "Operators", protobuf: "Protobuf", regexp: "Regular expressions", sketches: "Sketches", string: "Strings", variant: "VARIANT", window: "Window functions", xml: "XML",
};

interface Page { readonly folder: string; readonly title: string; readonly entries: readonly FunctionEntry[] }

/** The families by the folder that they come from, as families.ts imports them. */
async function pages(): Promise<Page[]> {
  const functions = join(root, "src/functions"), text = readFileSync(join(functions, "families.ts"), "utf8"), byFolder = new Map<string, FunctionEntry[]>();
  for (const [, names, path] of text.matchAll(/^import \{ ([\w, ]+) \} from "\.\/(.+)";$/gm)) {
    const module = await import(join(functions, path!)) as Readonly<Record<string, readonly FunctionEntry[]>>, folder = path!.split("/")[0]!.replace(/\.ts$/, "");
    for (const name of names!.split(", ")) byFolder.set(folder, [...byFolder.get(folder) ?? [], ...module[name]!]);
  }
  return [...byFolder].sort(([a], [b]) => (a < b ? -1 : 1)).map(([folder, entries]) => ({
    folder, title: TITLES[folder] ?? folder, entries: entries.filter(entry => !isInternal(entry)).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }));
}

/** Entries that only the engine itself calls have no form that a person could write. */
const isInternal = (entry: FunctionEntry): boolean => ["assert_not_null", "[]", "get_item", "is_true", "is_false", "is_not_true", "is_not_false"].includes(entry.name);

const { session, engine } = conformanceSession({});

/** How the calls of an entry's own examples run. */
async function waysOf(entry: FunctionEntry): Promise<ReadonlySet<string>> {
  const ways = new Set<string>();
  if (entry.kind !== "scalar" && entry.kind !== "aggregate") return ways;
  for (const [sql] of entry.cases) {
    try {
      for (const call of callsIn(await engine.resolve(engine.sql(`SELECT ${sql}`, { named: {}, positional: [], views: [] })))) {
        if (call.function.name !== entry.name) continue;
        if (call.kind === "aggregate_call") ways.add(call.binding.implementation.kind === "columnar" ? "vector" : "row");
        else ways.add(call.binding.vector !== undefined ? "vector" : "row");
      }
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
    }
  }
  return ways;
}

function* callsIn(plan: ResolvedRelation): Generator<ScalarCall | AggregateCall> {
  for (const input of inputsOf(plan)) yield* callsIn(input);
  for (const expression of expressionsOf(plan)) yield* callsBelow(expression);
}
function* callsBelow(expression: ResolvedExpression): Generator<ScalarCall | AggregateCall> {
  if (expression.kind === "scalar_call" || expression.kind === "aggregate_call") yield expression;
  for (const child of childrenOf(expression)) yield* callsBelow(child);
}

function runs(entry: FunctionEntry, ways: ReadonlySet<string>): string {
  switch (entry.kind) {
    case "aggregate": return ways.size === 2 ? "in columns or as a JavaScript value a group, by the types" : ways.has("vector") ? "in columns" : ways.has("row") ? "as a JavaScript value a group" : "";
    case "scalar": return ways.size === 2 ? "by vectors or row by row, by the types" : ways.has("vector") ? "by vectors" : ways.has("row") ? "row by row" : "";
    default: return "as an operator of the plan";
  }
}

const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);
const anchor = (name: string): string => name.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");

async function main(): Promise<void> {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(target)) if (name !== "rates.md") rmSync(join(target, name));
  const all = await pages(), index: { name: string; folder: string }[] = [], counts = new Map<string, number>();
  for (const { folder, title, entries } of all) {
    let text = `# ${title}\n`;
    for (const entry of entries) {
      const how = runs(entry, await waysOf(entry));
      counts.set(how, (counts.get(how) ?? 0) + 1);
      for (const name of [entry.name, ...(entry.aliases ?? [])]) index.push({ name, folder });
      text += `\n## ${/^\w+$/.test(entry.name) ? entry.name : code(entry.name)}\n\n${code(entry.usage)}\n\n${entry.description}`;
      if (entry.aliases !== undefined && entry.aliases.length > 0) text += ` Also: ${entry.aliases.map(code).join(", ")}.`;
      text += "\n";
      if (entry.cases.length > 0) text += `\n    ${entry.cases.map(([sql, result]) => `${sql}${" ".repeat(Math.max(1, 48 - sql.length))} → ${result.replaceAll("\n", "\\n")}`).join("\n    ")}\n`;
      if (how !== "") text += `\nRuns ${how}.\n`;
    }
    text += "\nMade from the function library by `npm run docs:functions`.\n";
    writeFileSync(join(target, `${folder}.md`), text);
  }
  const page = (folder: string): string => `[${all.find(one => one.folder === folder)!.title}](${folder}.md)`;
  const words = index.filter(({ name }) => /^\w+$/.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1)), letters = Map.groupBy(words, ({ name }) => name[0]!);
  const known = new Set(all.flatMap(({ entries }) => entries.map(entry => entry.name)));
  writeFileSync(join(target, "README.md"), `# SQL functions

${index.length} names. Each has its usage, what it gives, and examples; those of functions that are no aggregates are run by
\`src/functions/cases.test.ts\`. Results are those of Spark 4.3 in ANSI mode; what differs or is missing stands in
[compatibility](../compatibility.md).

| page | functions |
| --- | ---: |
${all.map(({ folder, entries }) => `| ${page(folder)} | ${entries.length} |\n`).join("")}
A function that runs *by vectors* works on whole columns in WebAssembly memory. One that runs *row by row* is a JavaScript
function called once a row, which costs more. The pages say which, as the examples of a function run;
with other types it can be the other way. Aggregates *in columns* keep their state in WebAssembly memory; others keep a
JavaScript value a group. CASE, AND, OR, CAST, coalesce and window() are parts of the language and run by vectors.
[Rates](rates.md) says how many rows a second each scalar function does.

| runs | functions |
| --- | ---: |
${[...counts].filter(([how]) => how !== "").sort((a, b) => b[1] - a[1]).map(([how, count]) => `| ${how} | ${count} |\n`).join("")}
## All by name

${[...letters].map(([letter, list]) => `**${letter}** ${list.map(({ name, folder }) => `[${name}](${folder}.md${known.has(name) ? `#${anchor(name)}` : ""})`).join(" ")}\n`).join("\n")}
Made from the function library by \`npm run docs:functions\`.
`);
  process.stdout.write(`docs/functions: ${index.length} names on ${all.length} pages\n`);
  await session.stop();
}

await main();
process.exit(0);

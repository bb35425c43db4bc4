/**
 * Rows per CPU-second of each scalar function: the call of its first example over a column of 4,096 rows that all hold the
 * example's value. Writes docs/functions/rates.md; with names, prints only theirs: `npm run bench:functions -- upper date_add`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BATCH_ROWS, Batch } from "../src/columns/batch.ts";
import { vectorOf } from "../src/columns/cells.ts";
import { compileExpression } from "../src/eval/compile.ts";
import { evaluateConstant, isConstant } from "../src/eval/constant.ts";
import { allFunctionNames, lookupFunction } from "../src/functions/registry.ts";
import { Arena } from "../src/memory/arena.ts";
import type { EvalContext } from "../src/plan/function.ts";
import type { Attribute, ResolvedExpression, ResolvedRelation, ScalarCall } from "../src/plan/resolved.ts";
import { childrenOf } from "../src/plan/walk.ts";
import { expressionsOf, inputsOf } from "../src/plan/walk-relations.ts";
import type { Cell } from "../src/types/cell.ts";
import { conformanceSession } from "../test/conformance/world.ts";

const SECONDS = 0.05, settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const { session, engine } = conformanceSession({});

interface Rate { readonly name: string; readonly call: string; readonly by: "vectors" | "rows"; readonly perSecond: number }

function* callsBelow(expression: ResolvedExpression): Generator<ScalarCall> {
  if (expression.kind === "scalar_call") yield expression;
  for (const child of childrenOf(expression)) yield* callsBelow(child);
}
function* callsIn(plan: ResolvedRelation): Generator<ScalarCall> {
  for (const input of inputsOf(plan)) yield* callsIn(input);
  for (const expression of expressionsOf(plan)) yield* callsBelow(expression);
}

/** Arguments that vary in practice: all that are no text; else the longest text. Numbers beside another kind of value say how, and stay constant. */
function varying(args: readonly ResolvedExpression[], cells: readonly Cell[]): ReadonlySet<number> {
  const indices = args.map((_, i) => i), others = indices.filter(i => args[i]!.type.kind !== "string" && cells[i] !== null);
  const isNumber = (i: number): boolean => typeof cells[i] === "number" && args[i]!.type.kind === "int";
  if (others.length === 0 || (others.every(isNumber) && indices.length > others.length)) {
    const texts = indices.filter(i => typeof cells[i] === "string");
    return new Set(texts.length === 0 ? [] : [texts.reduce((best, i) => ((cells[i] as string).length > (cells[best] as string).length ? i : best))]);
  }
  return new Set(others.every(isNumber) ? others : others.filter(i => !isNumber(i)));
}

/** The rate of a call whose arguments are all constant; undefined where it has none that could be a column. */
function rateOf(call: ScalarCall): number | undefined {
  if (call.args.length === 0 || call.args.some(arg => arg.kind === "lambda" || !isConstant(arg))) return undefined;
  const cells = call.args.map(arg => evaluateConstant(arg, settings)), columns = varying(call.args, cells);
  if (columns.size === 0) return undefined;
  const inputArena = new Arena(), attributes: Attribute[] = [];
  const vectors = [...columns].map(i => vectorOf(call.args[i]!.type, new Array<Cell>(BATCH_ROWS).fill(cells[i]!), inputArena));
  const args = call.args.map((arg, i): ResolvedExpression => {
    if (!columns.has(i)) return { kind: "literal", value: cells[i]!, type: arg.type, nullable: cells[i] === null };
    const attribute: Attribute = { kind: "attribute", id: 1000 + i, name: `c${i}`, type: arg.type, nullable: true, qualifier: [] };
    attributes.push(attribute);
    return attribute;
  });
  const evaluator = compileExpression({ ...call, args }, attributes), arena = new Arena();
  const batch = new Batch({ kind: "struct", fields: [] }, vectors, BATCH_ROWS), context: EvalContext = { arena, settings, batchTimeMicros: 1_000_000n, seed: 3 };
  const run = (seconds: number): number => {
    const start = process.cpuUsage();
    for (let rows = 0; ;) {
      evaluator.evaluate(batch, batch.selection, context);
      arena.reset();
      rows += BATCH_ROWS;
      const { user, system } = process.cpuUsage(start);
      if (user + system > seconds * 1e6) return rows / ((user + system) / 1e6);
    }
  };
  run(SECONDS);
  const rate = Math.max(run(SECONDS), run(SECONDS));
  arena.release();
  inputArena.release();
  return rate;
}

async function measured(name: string, cases: readonly (readonly [sql: string, result: string])[]): Promise<Rate | undefined> {
  for (const [sql] of cases) {
    try {
      const plan = await engine.resolve(engine.sql(`SELECT ${sql}`, { named: {}, positional: [], views: [] }));
      for (const call of callsIn(plan)) {
        if (call.function.name !== name) continue;
        const perSecond = rateOf(call);
        if (perSecond !== undefined) return { name, call: sql, by: call.binding.vector === undefined ? "rows" : "vectors", perSecond };
      }
    } catch {
      // An example of an error has no rate; another one may.
    }
  }
  return undefined;
}

const millions = (rate: number): string => (rate / 1e6 >= 10 ? (rate / 1e6).toFixed(0) : (rate / 1e6).toPrecision(2));
const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``).replaceAll("|", "\\|").replaceAll("\n", "\\n");

const wanted = new Set(process.argv.slice(2)), rates: Rate[] = [];
for (const entry of new Set(allFunctionNames().map(name => lookupFunction(name)!))) {
  if (entry.kind !== "scalar" || !/^[a-z]\w*$|^\W+$/.test(entry.name) || entry.name === "[]" || entry.name === "assert_not_null" || (wanted.size > 0 && !wanted.has(entry.name))) continue;
  const rate = await measured(entry.name, entry.cases);
  if (rate === undefined) continue;
  rates.push(rate);
  if (wanted.size > 0) process.stdout.write(`${rate.name.padEnd(20)} ${millions(rate.perSecond).padStart(6)} M  ${rate.by}  ${rate.call}\n`);
}
if (wanted.size === 0) {
  rates.sort((a, b) => b.perSecond - a.perSecond);
  const table = (by: Rate["by"]): string => `| function | M rows/CPU-s | measured as |\n| --- | ---: | --- |\n${rates.filter(rate => rate.by === by).map(rate => `| ${code(rate.name)} | ${millions(rate.perSecond)} | ${code(rate.call)} |\n`).join("")}`;
  writeFileSync(join(import.meta.dirname, "../docs/functions/rates.md"), `# Rates of functions

Million rows per second of one core's CPU time, of a function alone: the call shown, over a column of 4,096 rows that all hold the value of
the example; arguments that say how (lengths, patterns, fields, zones) are constant, as they mostly are in queries. Measured by
\`npm run bench:functions\` on the machine of [the other figures](../benchmarks.md); functions of lambdas and those without arguments are
not in the list. With other types a function can run in another way; EXPLAIN says nothing of it, so measure what matters.

## By vectors

Whole columns in WebAssembly memory.

${table("vectors")}
## Row by row

A JavaScript function called once a row.

${table("rows")}`);
  process.stdout.write(`docs/functions/rates.md: ${rates.length} functions\n`);
}
await session.stop();
process.exit(0);

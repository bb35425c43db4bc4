/**
 * Catches a query that gives another result as a stream than over the same rows at once: whatever the query, however the
 * rows are cut into batches and batches of columns, and wherever the run is stopped or killed and started again.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { RuntimeConf } from "../../src/api/conf.ts";
import { batchesOf } from "../../src/columns/row-batches.ts";
import { MemoryTable } from "../../src/connectors/memory/memory-source.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { Arena } from "../../src/memory/arena.ts";
import type { Table } from "../../src/io/source.ts";
import type { ReadDataSource, Relation } from "../../src/plan/relations.ts";
import type { CrashPoint, ScriptedRun, TestEngine } from "../../src/testing/hooks.ts";
import { localTestEngine } from "../../src/testing/local-test-engine.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import type { Cell } from "../../src/types/cell.ts";
import { randomStatefulQuery } from "./random-stateful-query.ts";
import { Choice, DELAY_SECONDS, SCHEMA, SIDE_ROWS, SIDE_SCHEMA, lastRow, randomQuery, randomRows, type RandomQuery, type Rows } from "./random-query.ts";

const LONG = process.env["MILLRACE_LONG"] === "1";
const SEED = Number(process.env["MILLRACE_SEED"] ?? (LONG ? Date.now() % 1_000_000 : 1)), CASES = Number(process.env["MILLRACE_CASES"] ?? (LONG ? 4_000 : 150));
/** So many are told at once. */
const MOST_FAILURES = 5;
/** The steps that a sink of rows has. */
const CRASHES: readonly CrashPoint[] = ["compute", "append", "sync", "check", "commit", "acknowledge", "appendDone"];

test(`streams give what batch queries give, from seed ${SEED}`, { timeout: 600_000 }, async () => {
  const { rows, restarts, kinds } = await checkAll(randomQuery, CASES);
  // Queries that give nothing, or a run that is never broken, would prove nothing.
  assert.ok(rows > CASES * 3 && restarts > CASES / 2 && kinds.size === 3, `${rows} rows, ${restarts} restarts`);
});

test(`so do joins of streams, sessions and operators with state behind others, from seed ${SEED}`, { timeout: 600_000 }, async () => {
  const cases = Math.ceil(CASES / 2), { rows, restarts } = await checkAll(randomStatefulQuery, cases);
  assert.ok(rows > cases * 3 && restarts > cases / 2, `${rows} rows, ${restarts} restarts`);
});

async function checkAll(generate: (choice: Choice) => RandomQuery, cases: number): Promise<{ readonly rows: number; readonly restarts: number; readonly kinds: ReadonlySet<string> }> {
  const kinds = new Set<string>(), failures: string[] = [];
  let rows = 0, restarts = 0;
  for (let i = 0; i < cases; i++) {
    const outcome = await check(SEED + i, generate).catch((error: unknown) => { failures.push(`seed ${SEED + i}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`); });
    assert.ok(failures.length < MOST_FAILURES, failures.join("\n\n"));
    if (outcome === undefined) continue;
    rows += outcome.rows;
    restarts += outcome.restarts;
    kinds.add(outcome.query.outputMode);
  }
  assert.equal(failures.length, 0, failures.join("\n\n"));
  console.log(`${cases} queries, ${rows} rows of results, ${restarts} restarts; seed ${SEED}`);
  return { rows, restarts, kinds };
}

async function check(seed: number, generate: (choice: Choice) => RandomQuery): Promise<{ readonly rows: number; readonly restarts: number; readonly query: RandomQuery }> {
  const choice = new Choice(seededRandom(seed)), query = generate(choice);
  const batches = choice.between(1, 6), perBatch = choice.one([0, 1, 5, 40]);
  // The two streams keep step with each other, so that neither is late by the watermark of both.
  const cut = (): Rows[] => Array.from({ length: batches }, (_, i) => randomRows(choice, choice.chance(0.15) ? 0 : choice.between(0, perBatch + 1), i * 40, 40 / (perBatch + 2)));
  const t = cut(), u = cut();
  const engine = localTestEngine({ settings: new RuntimeConf({ "spark.sql.session.timeZone": "UTC" }).settings, memoryBytes: undefined, checkpointRoot: undefined },
    { clock: new ManualClock(1_700_000_000_000_000), random: seededRandom(seed) });
  const columnRows = choice.one([1, 2, 7, undefined]), batchText = query.text(name => name);
  const streamText = query.text(name => `STREAM ${name}_stream${query.watermark ? ` WATERMARK at DELAY OF INTERVAL ${DELAY_SECONDS} SECONDS` : ""}`);
  const about = `seed ${seed}, ${query.outputMode}: ${streamText}`;
  bounded(engine, "t", t.flat(), choice.one([1, 3, undefined]));
  bounded(engine, "u", u.flat(), undefined);
  engine.createView(["r"], { kind: "local_relation", schema: SIDE_SCHEMA, rows: SIDE_ROWS }, true);
  const expected = await outcomeOf(async () => (await collect(engine, planOf(engine, query, batchText))).map(textOf));
  const sources = (["t", "u"] as const).map(name => {
    const scripted = engine.scriptedSource(SCHEMA);
    (scripted.source as MemoryTable).batchRows = columnRows;
    engine.createView([`${name}_stream`], { kind: "read_data_source", format: "memory", schema: SCHEMA, options: {}, paths: [], isStreaming: true, source: scripted.source } satisfies ReadDataSource, true);
    return scripted;
  });
  let restarts = 0;
  const actual = await outcomeOf(async () => {
    const run = await engine.script({
      plan: planOf(engine, query, streamText), target: { kind: "format", format: "memory" }, outputMode: query.outputMode, trigger: undefined,
      queryName: null, partitionBy: [], checkpointLocation: undefined, options: {}, signal: undefined,
    });
    const closes = query.closes ?? (query.outputMode === "append" && query.keyCount !== undefined);
    for (let i = 0; i < batches + (closes ? 1 : 0); i++) {
      const last = i === batches;
      sources[0]!.add(last ? [lastRow()] : t[i]!);
      sources[1]!.add(last ? [lastRow()] : u[i]!);
      if (choice.chance(0.3)) {
        await run.crashAt(choice.one(CRASHES)).catch((error: unknown) => { if (!(error instanceof Error && error.message.startsWith("no batch ran"))) throw error; });
        await run.restart();
        restarts++;
      } else if (choice.chance(0.3)) {
        await run.process();
        await run.restart();
        restarts++;
      }
      await run.process();
    }
    await run.stop();
    return resultOf(run, query);
  });
  assert.deepEqual([...actual].sort(), [...expected].sort(), about);
  return { rows: expected.length, restarts, query };
}

/** What a reader has in the end: of append all rows, of update the newest row a key, of complete the last result. */
function resultOf(run: ScriptedRun, query: RandomQuery): string[] {
  const batches = new Map<number, Rows>();
  for (const { batchId, rows } of run.deliveries) {
    const known = batches.get(batchId);
    if (known !== undefined) assert.deepEqual(rows.map(textOf), known.map(textOf), `batch ${batchId} was delivered again with other rows`);
    batches.set(batchId, rows);
  }
  const all = [...batches.values()].map(rows => (query.lastColumn === undefined ? rows : rows.filter(row => row[query.lastColumn!] !== true)));
  if (query.outputMode === "complete") return (all.at(-1) ?? []).map(textOf);
  if (query.outputMode === "append" || query.keyCount === undefined) return all.flat().map(textOf);
  const newest = new Map<string, string>();
  for (const row of all.flat()) newest.set(textOf(row.slice(0, query.keyCount)), textOf(row));
  return [...newest.values()];
}

/** Rows, or the condition of the error that both ways must have. */
async function outcomeOf(run: () => Promise<string[]>): Promise<string[]> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof MillraceError && !error.condition.startsWith("MILLRACE_") && error.sqlState.startsWith("22")) return [error.condition];
    throw error;
  }
}

function planOf(engine: TestEngine, query: RandomQuery, text: string): Relation {
  const input = engine.sql(text, { named: {}, positional: [], views: [] });
  return query.dropDuplicates === true ? { kind: "deduplicate", input, withinWatermark: false } : input;
}

async function collect(engine: TestEngine, plan: Relation): Promise<(readonly Cell[])[]> {
  const { batches } = await engine.execute(plan, { signal: undefined }), rows: (readonly Cell[])[] = [];
  for await (const part of batches) rows.push(...part);
  return rows;
}

function bounded(engine: TestEngine, name: string, rows: Rows, batchRows: number | undefined): void {
  const table: Table = {
    name, description: name, schema: SCHEMA, isStreaming: false, replayable: true, fingerprint: null,
    batch: () => ({
      schema: SCHEMA, description: name, planBatch: async () => [0],
      async read(_split, request, receiver) {
        const arena = new Arena();
        for (const batch of batchesOf(SCHEMA, rows, arena, { columns: request.columns, ...(batchRows !== undefined && { batchRows }) })) {
          if (!receiver.push(batch)) break;
          arena.reset();
        }
        arena.release();
      },
    }),
  };
  engine.createView([name], { kind: "read_data_source", format: "memory", schema: SCHEMA, options: {}, paths: [], isStreaming: false, source: table } satisfies ReadDataSource, true);
}

/** A row as text: exact, and the same for all that SQL takes for equal in a group (0 and -0). */
function textOf(row: readonly Cell[]): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
    return value;
  });
}

/** Catches samples that differ from Spark's for the same seed, that overlap where bounds touch, or that repeat rows wrongly. */
import assert from "node:assert/strict";
import test from "node:test";
import { XorShiftRandom } from "../base/xor-shift-random.ts";
import { Batch } from "../columns/batch.ts";
import { rowsOf, vectorOf } from "../columns/cells.ts";
import type { Cell } from "../types/cell.ts";
import { INT, field, struct } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import { Sample, type SampleParts } from "./sample.ts";

const SCHEMA = struct([field("n", INT)]);

function run(parts: SampleParts, rows: number): Cell[] {
  const context = new ExecutionContext({ timeZone: "UTC", ansi: true, conf: new Map() }), out: Cell[] = [];
  const sample = new Sample(parts, context, { push: batch => { out.push(...rowsOf(batch).map(row => row[0]!)); return true; }, finish: () => {} });
  for (let from = 0; from < rows; from += 1000) {
    sample.push(new Batch(SCHEMA, [vectorOf(INT, Array.from({ length: 1000 }, (_, i) => from + i), context.arena)], 1000));
    context.arena.reset();
  }
  sample.finish();
  context.arena.release();
  return out;
}

test("the generator gives the numbers of Spark's", () => {
  assert.equal(new XorShiftRandom(0n).double(), 0.7604953758285915);
  assert.equal(new XorShiftRandom(42n).double(), 0.619189370225301);
});

test("samples between touching bounds share no row and miss none", () => {
  const parts = { withReplacement: false, seed: 7n }, low = run({ ...parts, lowerBound: 0, upperBound: 0.3 }, 10_000), high = run({ ...parts, lowerBound: 0.3, upperBound: 1 }, 10_000);
  assert.ok(Math.abs(low.length - 3000) < 200, String(low.length));
  assert.deepEqual([...low, ...high].sort((a, b) => (a as number) - (b as number)), Array.from({ length: 10_000 }, (_, i) => i));
  assert.notDeepEqual(low, run({ ...parts, seed: 8n, lowerBound: 0, upperBound: 0.3 }, 10_000));
});

test("with replacement rows repeat as a Poisson distribution says", () => {
  const out = run({ lowerBound: 0, upperBound: 1.5, withReplacement: true, seed: 7n }, 10_000), times = new Map<Cell, number>();
  for (const row of out) times.set(row, (times.get(row) ?? 0) + 1);
  assert.ok(Math.abs(out.length - 15_000) < 500, String(out.length));
  assert.ok(Math.abs(10_000 - times.size - 10_000 * Math.exp(-1.5)) < 200, String(times.size));
});

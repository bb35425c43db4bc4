/**
 * The engine against the reference on random queries, rows, late rows and restarts: every batch with its rows, watermark,
 * input rows, event times and state counts. MILLRACE_SEED and MILLRACE_CASES choose others.
 */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { drive } from "../conformance/scenario.ts";
import { summary, compareRun } from "../conformance/scenario-compare.ts";
import type { Scenario } from "../conformance/scenario-format.ts";
import { referenceBatches } from "./golden.ts";
import { randomScenario, type RandomScenario } from "./random-scenarios.ts";

const LONG = process.env["MILLRACE_LONG"] === "1";
const SEED = Number(process.env["MILLRACE_SEED"] ?? (LONG ? Date.now() % 1_000_000_000 : 1)), CASES = Number(process.env["MILLRACE_CASES"] ?? (LONG ? 5_000 : 150));

test(`the engine does as the reference, from seed ${SEED}`, async () => {
  const kinds = new Map<string, number>();
  let rows = 0, dropped = 0;
  await fc.assert(fc.asyncProperty(randomScenario, async one => {
    const { scenario, schema, driver } = await run(one), expect = referenceBatches(withKills(one), one.query, schema);
    const problem = compareRun({ ...scenario, expect }, driver.batches, schema);
    kinds.set(one.query.kind, (kinds.get(one.query.kind) ?? 0) + 1);
    for (const batch of expect) {
      rows += batch.rows.length;
      for (const state of batch.state ?? []) dropped += Number(state["numRowsDroppedByWatermark"]);
    }
    if (problem !== undefined) assert.fail([problem, JSON.stringify(one.query), JSON.stringify(scenario), "engine:", ...driver.batches.map(batch => JSON.stringify(summary(batch))), "reference:", ...expect.map(batch => JSON.stringify(batch))].join("\n"));
  }), { seed: SEED, numRuns: CASES, endOnFailure: false });
  assert.ok(rows > CASES && dropped > CASES / 10 && kinds.size >= 5, `${rows} rows, ${dropped} dropped, ${[...kinds.keys()].join()}`);
});

async function run({ scenario, killAfterSteps, crashAt, batchRows }: RandomScenario) {
  const { problem, driver } = await drive(scenario, { compare: false, killAfterSteps, ...(crashAt && { crashAt }), ...(batchRows !== undefined && { batchRows }) });
  if (problem !== undefined) assert.fail(`${problem}\n${JSON.stringify(scenario)}`);
  return { scenario, driver, schema: driver.schema! };
}

/** A kill is a restart to the reference, with the last commit lost. */
function withKills({ scenario, killAfterSteps }: RandomScenario): Scenario {
  return killAfterSteps ? { ...scenario, steps: scenario.steps.flatMap(step => [step, { restart: true, loseLastCommit: true }]) } : scenario;
}

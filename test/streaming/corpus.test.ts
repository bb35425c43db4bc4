/**
 * The scenarios of test/corpus/streaming, driven in other ways than Spark was: killed and started again after every step
 * and inside every batch, cut into batches of one row and into a single one. What has to come is what Spark gave.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { CrashPoint } from "../../src/testing/hooks.ts";
import type { StructType } from "../../src/types/data-type.ts";
import { sameRows } from "../conformance/cells.ts";
import { drive, readScenario } from "../conformance/scenario.ts";
import type { ScenarioDriver } from "../conformance/scenario-driver.ts";
import type { Scenario, ScenarioRow } from "../conformance/scenario-format.ts";
import { accumulate, dependsOnCut, keyColumns, neverLate, recut, type Cut } from "./regroup.ts";

const LONG = process.env["MILLRACE_LONG"] === "1";
const FOLDER = join(import.meta.dirname, "../corpus/streaming/scenarios");
/** The steps of the protocol that a batch of rows for a sink in the log goes through. */
const POINTS: readonly CrashPoint[] = ["compute", "append", "sync", "check", "commit", "acknowledge"];

interface Plain { readonly scenario: Scenario; readonly driver: ScenarioDriver }

/** Scenarios as they are, first: those that run, and agree with Spark. */
const plain: Plain[] = [];
for (const name of readdirSync(FOLDER).sort()) {
  const scenario = readScenario(join(FOLDER, name)), { problem, driver } = await drive(scenario);
  if (problem === undefined && scenario.error?.when !== "start") plain.push({ scenario, driver });
}

/** Why a run that is broken off and started again may show it. */
function mayShowRestart({ scenario, driver }: Plain): string | undefined {
  if (scenario.trigger !== undefined) return "a start is a moment of the trigger";
  const isMax = scenario.conf?.["spark.sql.streaming.multipleWatermarkPolicy"] === "max";
  if (driver.watermarkOperators > 1 && !isMax) return "after a restart the least of several watermarks waits until all of them had rows";
  return undefined;
}

const unbroken = plain.filter(one => mayShowRestart(one) === undefined);

test("most scenarios can be broken off", () => {
  assert.ok(plain.length > 170 && unbroken.length > plain.length * 0.75, `${unbroken.length} of ${plain.length}`);
});

test("a kill after every step does not show", async () => {
  const problems: string[] = [];
  let kills = 0;
  for (const { scenario } of LONG ? unbroken : unbroken.filter((_, i) => i % 2 === 0)) {
    const { problem, driver } = await drive(scenario, { killAfterSteps: true });
    kills += driver.kills;
    if (problem !== undefined) problems.push(`${scenario.name}: ${problem}`);
  }
  assert.deepEqual(problems, []);
  assert.ok(kills >= unbroken.length, `${kills} kills`);
});

test("a crash inside every batch does not show", async () => {
  const problems: string[] = [];
  let kills = 0, n = 0;
  // A part of the scenarios, one point each in turns; in the long run all of both. Twice a batch strikes the recovery too.
  const struck = LONG ? unbroken : unbroken.filter((_, i) => i % 5 < 2);
  for (const { scenario } of struck) {
    const turn = n++, points = LONG ? POINTS : [POINTS[turn % POINTS.length]!];
    for (const crashAt of points) for (const crashesPerBatch of LONG ? [1, 2] : [1 + Math.floor(turn / POINTS.length) % 2]) {
      const { problem, driver } = await drive(scenario, { crashAt, crashesPerBatch });
      kills += driver.kills;
      if (problem !== undefined) problems.push(`${scenario.name}, ${crashAt} ${crashesPerBatch}: ${problem}`);
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(kills >= struck.length * 3, `${kills} kills`);
});

test("a crash after the record that says a batch is done does not show", async () => {
  const problems: string[] = [];
  // It decides whether a batch comes again, so scenarios that lose that record say something else.
  for (const { scenario } of unbroken.filter((one, i) => !one.scenario.steps.some(step => step.loseLastCommit === true) && (LONG || i % 4 === 0))) {
    const { problem } = await drive(scenario, { crashAt: "appendDone" });
    if (problem !== undefined) problems.push(`${scenario.name}: ${problem}`);
  }
  assert.deepEqual(problems, []);
});

for (const cut of ["one batch", "a row a batch"] as const) test(`the same comes in the end with ${cut}`, async () => {
  const problems: string[] = [];
  let compared = 0;
  for (const one of plain) {
    const outcome = await compareCut(one, cut);
    if (outcome === "not comparable") continue;
    compared++;
    if (outcome !== undefined) problems.push(`${one.scenario.name}: ${outcome}`);
  }
  assert.deepEqual(problems, []);
  assert.ok(compared > 100, `${compared} compared`);
});

async function compareCut({ scenario, driver: { plan, schema } }: Plain, cut: Cut): Promise<string | undefined> {
  const expect = scenario.expect ?? [];
  if (dependsOnCut(scenario, plan) !== undefined) return "not comparable";
  if (expect.some(batch => (batch.state ?? []).some(state => Number(state["numRowsDroppedByWatermark"]) > 0))) return "not comparable";
  const { problem, driver } = await drive(recut(scenario, cut), { compare: false });
  if (problem !== undefined) return problem;
  const drops = driver.batches.some(({ progress }) => progress.stateOperators.some(state => state.numRowsDroppedByWatermark > 0));
  if (drops) return neverLate(scenario) === true || cut === "one batch" ? "rows were dropped as late" : "not comparable";
  const keys = keyColumns(plan), all = (batches: Parameters<typeof accumulate>[1]) => accumulate(scenario, batches, keys).map(row => rounded(row, schema!));
  const expected = all(expect), actual = all(driver.batches.map(({ progress, rows }) => ({ batchId: progress.batchId, rows })));
  return sameRows(expected, actual, schema!, scenario.ordered === true) ? undefined : `${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
}

/** Sums of doubles round by batch: their last digits depend on the cut. */
function rounded(row: ScenarioRow, { fields }: StructType): ScenarioRow {
  return row.map((cell, i) => (fields[i]!.type.kind === "double" && cell !== null && Number.isFinite(Number(cell)) ? Number(cell).toPrecision(12) : cell));
}

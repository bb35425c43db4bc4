/**
 * Catches a write, sync or look that is missing or comes in the wrong order: a runner is killed, or the power fails, after
 * every single step of a run, and the next run must finish as if nothing had happened and say what it found.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { afterKill, afterPowerLoss, long, record, type Moment } from "./faults.ts";
import { SimulatedWorld, type Outcome, type Setting } from "./reference-runner.ts";

const ANEW: Outcome = "planned anew", RUN: Outcome = "ledger lacks it: same plan run again", HAS: Outcome = "ledger has it: nothing to do";
const CONTENT: Outcome = "same content delivered again", PLAN: Outcome = "same plan, delivered again", KNOWN: Outcome = "already known to be delivered";

/** [after the step, outcomes of a kill, outcomes of a loss of power], around the second of two batches. */
type Row = readonly [string, readonly Outcome[], readonly Outcome[]];

const TABLES: Readonly<Record<string, { readonly setting: Setting; readonly rows: readonly Row[] }>> = {
  "SQL ledger": {
    setting: { sinkClass: "ledger", rows: 2, batchRows: 1, stateInFiles: true, parallelism: 2 },
    rows: [
      ["compute", [ANEW], [ANEW]], ["write files", [ANEW], [ANEW]], ["fsync files, folder", [ANEW], [ANEW]],
      ["write record", [RUN], [ANEW, RUN]], ["fdatasync record", [RUN], [RUN]], ["check name", [RUN], [RUN]],
      ["check link count", [RUN], [RUN]], ["release", [RUN], [RUN]], ["commit", [HAS], [HAS]], ["no more input", [HAS], [HAS]],
      ["write record", [HAS], [HAS]], ["fdatasync record", [HAS], [HAS]], ["check name", [HAS], [HAS]],
      ["check link count", [HAS], [HAS]], ["release", [HAS], [HAS]],
    ],
  },
  "file manifest": {
    setting: { sinkClass: "staged", rows: 2, batchRows: 1, stateInFiles: true, parallelism: 1 },
    rows: [
      ["compute", [ANEW], [ANEW]], ["write files", [ANEW], [ANEW]], ["fsync files, folder", [ANEW], [ANEW]],
      ["write record", [CONTENT], [ANEW, CONTENT]], ["fdatasync record", [CONTENT], [CONTENT]], ["check name", [CONTENT], [CONTENT]],
      ["check link count", [CONTENT], [CONTENT]], ["release", [CONTENT], [CONTENT]], ["link manifest", [CONTENT], [CONTENT]],
      ["fsync manifest folder", [CONTENT], [CONTENT]], ["commit", [CONTENT], [CONTENT]], ["no more input", [CONTENT], [CONTENT]],
      ["write record", [KNOWN], [CONTENT, KNOWN]], ["fdatasync record", [KNOWN], [KNOWN]], ["check name", [KNOWN], [KNOWN]],
      ["check link count", [KNOWN], [KNOWN]], ["release", [KNOWN], [KNOWN]],
    ],
  },
  outbox: {
    setting: { sinkClass: "outbox", rows: 2, batchRows: 1, stateInFiles: false, parallelism: 4 },
    rows: [
      ["compute", [ANEW], [ANEW]], ["write record", [CONTENT], [ANEW, CONTENT]], ["fdatasync record", [CONTENT], [CONTENT]],
      ["check name", [CONTENT], [CONTENT]], ["check link count", [CONTENT], [CONTENT]], ["release", [CONTENT], [CONTENT]],
      ["commit", [CONTENT], [CONTENT]], ["no more input", [CONTENT], [CONTENT]], ["write record", [KNOWN], [CONTENT, KNOWN]],
      ["fdatasync record", [KNOWN], [KNOWN]], ["check name", [KNOWN], [KNOWN]], ["check link count", [KNOWN], [KNOWN]],
      ["release", [KNOWN], [KNOWN]],
    ],
  },
  "PLAN first": {
    setting: { sinkClass: "early", rows: 2, batchRows: 1, stateInFiles: false, parallelism: 1 },
    rows: [
      ["compute", [ANEW], [ANEW]], ["write record", [PLAN], [ANEW, PLAN]], ["fdatasync record", [PLAN], [PLAN]],
      ["check name", [PLAN], [PLAN]], ["check link count", [PLAN], [PLAN]], ["deliver", [PLAN], [PLAN]],
      ["write record", [KNOWN], [KNOWN, PLAN]], ["fdatasync record", [KNOWN], [KNOWN]], ["check name", [KNOWN], [KNOWN]],
      ["check link count", [KNOWN], [KNOWN]], ["acknowledge", [KNOWN], [KNOWN]], ["no more input", [KNOWN], [KNOWN]],
    ],
  },
};

/** From the last moment of batch 1 with each label on, one moment a row. */
function momentsOf(moments: readonly Moment[], rows: readonly Row[]): Moment[] {
  let at = moments.findIndex(moment => moment.label === "compute" && moment.batchId === 1);
  return rows.map(([label]) => {
    const found = moments.findIndex((moment, index) => index >= at && moment.label === label);
    assert.notEqual(found, -1, `the run has no step '${label}' after '${moments[at - 1]?.label}'`);
    at = found + 1;
    // Several files are written one after the other: the row is about the last.
    while (moments[at]?.label === label) at++;
    return moments[at - 1]!;
  });
}

for (const [name, { setting, rows }] of Object.entries(TABLES)) {
  test(`crash table, local, ${name}`, async () => {
    const moments = momentsOf(await record(new SimulatedWorld(), setting), rows);
    for (const [number, [label, kill, power]] of rows.entries()) {
      const moment = moments[number]!;
      const killed = [(await afterKill(moment, setting)).get(1)];
      const lost = (await afterPowerLoss(moment, setting, 6)).map(outcomes => outcomes.get(1));
      assert.deepEqual([...new Set(killed)].sort(), [...kill].sort(), `killed after step ${number + 1}, '${label}'`);
      assert.deepEqual([...new Set(lost)].sort(), [...power].sort(), `power lost after step ${number + 1}, '${label}'`);
    }
  });

  test(`every step of a run and of its opening, ${name}`, async () => {
    const whole = { ...setting, rows: 3, retentionBatches: 1, snapshotBatches: 2 };
    const moments = await record(new SimulatedWorld(), whole);
    assert.ok(moments.length > 80);
    for (const moment of moments) {
      await afterKill(moment, whole);
      await afterPowerLoss(moment, whole, long ? 12 : 1);
    }
  });

  test(`every step of an opening with a batch pending, ${name}`, async () => {
    // The second runner is struck while it takes up what the first left, and the third must still find it all.
    const whole = { ...setting, rows: 3 }, moments = momentsOf(await record(new SimulatedWorld(), whole), rows), rest = { ...whole, parallelism: 4 };
    for (const at of [rows.findIndex(([label]) => label === "check link count"), rows.findIndex(([label]) => label === "release" || label === "deliver")]) {
      for (const moment of await record(moments[at]!.world.clone(), rest)) {
        await afterKill(moment, rest);
        await afterPowerLoss(moment, rest, long ? 6 : 1);
      }
    }
  });
}

test("every step of a log that goes through segments, snapshots and a horizon", async () => {
  for (const sinkClass of ["outbox", "ledger"] as const) {
    const setting: Setting = { sinkClass, rows: 16, batchRows: 1, stateInFiles: false, parallelism: 1, padBytes: 11_000, retentionBatches: 2, snapshotBatches: 5 };
    const world = new SimulatedWorld(), moments = await record(world, setting);
    const segments = world.disk.paths().filter(path => path.includes("/log/"));
    assert.ok(segments.some(path => path.endsWith("-000004.seg")), "the log did not go on to further segments");
    assert.ok(!segments.some(path => path.endsWith("-000001.seg")), "no segment was given up");
    const taken = moments.filter(moment => /^open .*\.snap$/.test(moment.label)).length, left = world.disk.paths().filter(path => path.endsWith(".snap")).length;
    assert.ok(left > 0 && left < taken, `${taken} snapshots were taken, ${left} are left`);
    const chosen = long ? moments : moments.filter((_, index) => index % 3 === 0);
    for (const moment of chosen) {
      await afterKill(moment, setting);
      await afterPowerLoss(moment, setting, long ? 4 : 1);
    }
  }
});

// Takes most of a minute: part of the long campaigns only.
if (long) test("three faults in a row", async () => {
  for (const { setting } of Object.values(TABLES)) {
    for (const first of await record(new SimulatedWorld(), setting)) {
      const world = first.world.clone();
      world.disk.losePower("lost");
      for (const second of await record(world, setting)) await afterPowerLoss(second, setting, 1);
    }
  }
});

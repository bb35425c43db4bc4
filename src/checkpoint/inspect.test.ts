/** Catches a checkpoint that can't be looked into while a query runs on it, and retention that keeps too little or lets the log grow. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom, type Clock } from "../base/clock.ts";
import { SimulatedDisk } from "../testing/simulated-files.ts";
import { fileError } from "../testing/simulated-inode.ts";
import { openCheckpoint, readCheckpoint, type Checkpoint, type CheckpointOptions, type StateBlock } from "./index.ts";

const clock: Clock = { nowMicros: () => 1_000_000_000_000, monotonicMicros: () => 0, after: () => ({ cancel: () => undefined }) };
const PATH = "/ck";

function open(disk: SimulatedDisk, options: Partial<CheckpointOptions> = {}): Promise<Checkpoint> {
  return openCheckpoint({
    files: disk.process(), path: PATH, clock, random: seededRandom(disk.paths().length + 1), takeOver: true,
    host: { name: "here", processId: 1, isAlive: () => false }, query: { sources: ["s"], operators: [{ operatorId: 3, name: "sum", key: "k", value: "v" }], settings: {} },
    constants: { keyGroups: 256 }, segmentBytes: 65536, ...options,
  });
}

const stateOf = (batchId: number) => new TextEncoder().encode(`state ${batchId} `.padEnd(3000, "."));

async function write(checkpoint: Checkpoint, batchId: number): Promise<void> {
  await checkpoint.writeBatch({
    batchId, plan: { sources: [{ from: batchId, to: batchId + 1 }], batchTimeMicros: batchId, seed: 1, watermarks: { w: batchId } },
    state: [{ operatorId: 3, groupFrom: 0, groupTo: 256, bytes: stateOf(batchId) }], output: { kind: "inline", bytes: new Uint8Array([batchId]) },
    digest: `d${batchId}`, rowCounts: { input: batchId }, progress: { batchId }, sideOutputs: { late: [{ path: "p", bytes: 1, rows: 1, crc32c: 1 }] },
  });
}

async function run(checkpoint: Checkpoint, to: number): Promise<void> {
  for (let batchId = checkpoint.lastBatchId + 1; batchId <= to; batchId++) {
    await write(checkpoint, batchId);
    checkpoint.delivered(batchId);
    if (checkpoint.snapshotDue) {
      const snapshot = checkpoint.beginSnapshot(batchId);
      await snapshot.write({ operatorId: 3, groupFrom: 0, groupTo: 256, bytes: new TextEncoder().encode(`all to ${batchId}`) });
      await snapshot.finish();
    }
  }
}

/** The batches that the state after `batchId` is made of: how far the snapshot goes, then the changes. */
async function statePlan(reader: { stateToLoad(batchId: number): { snapshots: readonly StateBlock[]; changes: readonly StateBlock[] }; readState(block: StateBlock): Promise<Uint8Array> }, batchId: number): Promise<string[]> {
  const { snapshots, changes } = reader.stateToLoad(batchId), found: string[] = [];
  for (const block of [...snapshots, ...changes]) found.push(new TextDecoder().decode(await reader.readState(block)).replace(/ ?\.*$/, ""));
  return found;
}

test("a running checkpoint can be read: batches retained, their records, the state after each", async () => {
  const disk = new SimulatedDisk(), checkpoint = await open(disk, { retentionBatches: 3, snapshotBatches: 4 });
  assert.equal(await readCheckpoint(disk.process(), "/none", clock), undefined);
  await run(checkpoint, 29);
  await checkpoint.collect();
  const reading = (await readCheckpoint(disk.process(), PATH, clock))!;
  assert.deepEqual([reading.queryId, reading.epoch, reading.lastBatchId, reading.done, reading.horizon], [checkpoint.queryId, 1, 29, 28, 27]);
  assert.deepEqual(reading.batchIds, [27, 28, 29]);
  assert.deepEqual(reading.claim?.host, "here");
  assert.equal(reading.lease?.epoch, 1);
  for (const batchId of reading.batchIds) {
    const batch = await reading.readBatch(batchId);
    assert.deepEqual([batch.batchId, batch.digest, batch.rowCounts, batch.progress, batch.plan.batchTimeMicros], [batchId, `d${batchId}`, { input: batchId }, { batchId }, batchId]);
    assert.deepEqual(batch.output, { kind: "inline", bytes: new Uint8Array([batchId]) });
    assert.deepEqual(await statePlan(reading, batchId), await statePlan(checkpoint, batchId));
    const plan = await statePlan(reading, batchId);
    assert.match(plan[0]!, /^all to/);
    assert.equal(plan.at(-1), Number(plan[0]!.slice(7)) === batchId ? plan[0] : `state ${batchId}`);
    assert.equal(plan.length, batchId - Number(plan[0]!.slice(7)) + 1);
  }
  await assert.rejects(reading.readBatch(26), RangeError);
  // 30 batches of two pages do not fit in what is left.
  assert.ok(disk.paths().filter(path => path.endsWith(".seg")).length <= 3, disk.paths().join());
  assert.ok(disk.paths().filter(path => path.endsWith(".snap")).length <= 2, disk.paths().join());
});

test("an undelivered batch keeps the state before it, whatever is retained", async () => {
  const disk = new SimulatedDisk(), checkpoint = await open(disk, { retentionBatches: 1, snapshotBatches: 2 });
  await run(checkpoint, 10);
  await write(checkpoint, 11);
  checkpoint.abandon();
  const next = await open(disk, { retentionBatches: 1, snapshotBatches: 2 });
  assert.equal(next.recovered.pending?.batchId, 11);
  assert.equal((await statePlan(next, 10)).at(-1), "all to 10");
  assert.equal((await statePlan(next, 11)).at(-1), "state 11");
  assert.deepEqual(next.recovered.pending.output, { kind: "inline", bytes: new Uint8Array([11]) });
  assert.deepEqual(next.recovered.pending.sideOutputs, { late: [{ path: "p", bytes: 1, rows: 1, crc32c: 1 }] });
  // It is run again and replaces the first.
  await write(next, 11);
  next.delivered(11);
  assert.deepEqual((await statePlan(next, 11)).filter(text => text === "state 11"), ["state 11"]);
  await assert.rejects(write(next, 11), RangeError);
  await assert.rejects(write(next, 13), RangeError);
  await write(next, 12);
  await assert.rejects(write(next, 13), RangeError);
  next.abandon();
});

test("a changed query is refused before the claim, and may go on without dropped state", async () => {
  const disk = new SimulatedDisk(), first = await open(disk);
  await run(first, 2);
  await first.close("done");
  const before = disk.paths();
  await assert.rejects(open(disk, { query: { sources: ["other"], operators: [], settings: {} } }), { condition: "MILLRACE_CHECKPOINT_INCOMPATIBLE" });
  const without = { sources: ["s"], operators: [], settings: {} };
  await assert.rejects(open(disk, { query: without }), (error: Error) => /would lose the state of operator 3 \(sum\)/.test(error.message));
  assert.deepEqual(disk.paths(), before, "a refusal left a trace");
  const second = await open(disk, { query: without, acceptDroppedState: true, constants: { keyGroups: 1 } });
  assert.deepEqual(second.recovered.dropped, ["the state of operator 3 (sum)"]);
  assert.deepEqual(second.recovered.constants, { keyGroups: 256 });
  assert.deepEqual(second.stateToLoad(2), { snapshots: [], changes: [] });
  await second.close("done");
  // Now it is gone: the first query starts with empty state.
  const third = await open(disk);
  assert.deepEqual(third.stateToLoad(2), { snapshots: [], changes: [] });
  third.abandon();
});

test("a record larger than a segment gets a segment of its own size", async () => {
  const disk = new SimulatedDisk(), checkpoint = await open(disk, { inlineBytes: 1 << 20 });
  await write(checkpoint, 0);
  checkpoint.delivered(0);
  const large = new Uint8Array(200_000).fill(7);
  await checkpoint.writeBatch({
    batchId: 1, plan: { sources: [], batchTimeMicros: 1, seed: 1, watermarks: null }, state: [], output: { kind: "inline", bytes: large }, digest: "",
  });
  for (let again = 0; again < 2; again++) {
    const next = await open(disk);
    assert.deepEqual(next.recovered.pending?.output, { kind: "inline", bytes: large });
    assert.equal((await statePlan(next, 0))[0], "state 0");
    next.abandon();
  }
});

test("after an error nothing is written any more, whatever is asked", async () => {
  const disk = new SimulatedDisk();
  let fail = false;
  const calls: string[] = [], process = disk.process({
    before: step => {
      calls.push(`${step.call} ${step.path}`);
      if (fail && step.call === "sync") throw fileError("EIO", "fdatasync", step.path);
    },
  });
  const checkpoint = await open(disk, { files: process });
  await write(checkpoint, 0);
  checkpoint.delivered(0);
  fail = true;
  await assert.rejects(write(checkpoint, 1), { condition: "MILLRACE_CHECKPOINT_IO" });
  fail = false;
  calls.length = 0;
  await assert.rejects(write(checkpoint, 1), { condition: "MILLRACE_CHECKPOINT_IO" });
  await assert.rejects(checkpoint.idle(), { condition: "MILLRACE_CHECKPOINT_IO" });
  await assert.rejects(checkpoint.close("done"), { condition: "MILLRACE_CHECKPOINT_IO" });
  assert.throws(() => checkpoint.check(), { condition: "MILLRACE_CHECKPOINT_IO" });
  await checkpoint.collect();
  assert.deepEqual(calls, []);
  checkpoint.abandon();
});

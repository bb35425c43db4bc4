/** Catches a fork that shares more than it should with its origin, or has another state than the origin had. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom, type Clock } from "../base/clock.ts";
import { SimulatedDisk } from "../testing/simulated-files.ts";
import { forkCheckpoint, openCheckpoint, readCheckpoint, type Checkpoint, type CheckpointOptions } from "./index.ts";

const clock: Clock = { nowMicros: () => 1_000_000_000_000, monotonicMicros: () => 0, after: () => ({ cancel: () => undefined }) };
const host = { name: "here", processId: 1, isAlive: () => false };
let seed = 0;

const open = (disk: SimulatedDisk, path: string, options: Partial<CheckpointOptions> = {}) => openCheckpoint({
  files: disk.process(), path, clock, random: seededRandom(++seed), takeOver: true, host, query: { sources: ["s"], operators: [], settings: {} },
  constants: {}, segmentBytes: 65536, snapshotBatches: 4, ...options,
});

/** Batches up to `to`; every third has its state in a file. */
async function run(checkpoint: Checkpoint, to: number): Promise<void> {
  for (let batchId = checkpoint.lastBatchId + 1; batchId <= to; batchId++) {
    const part = { operatorId: 1, groupFrom: 0, groupTo: 256, bytes: new TextEncoder().encode(`${checkpoint.queryId.slice(0, 4)} ${batchId}`) };
    const staged = batchId % 3 === 0 ? await checkpoint.stageState(batchId, [part]) : [];
    await checkpoint.writeBatch({
      batchId, plan: { sources: [{ from: batchId, to: batchId + 1 }], batchTimeMicros: batchId, seed: 1, watermarks: null },
      state: batchId % 3 === 0 ? [] : [part], stagedState: staged, output: { kind: "rerun" }, digest: `d${batchId}`,
    });
    checkpoint.delivered(batchId);
    if (checkpoint.snapshotDue) {
      const snapshot = checkpoint.beginSnapshot(batchId);
      await snapshot.write({ ...part, bytes: new TextEncoder().encode(`to ${batchId}`) });
      await snapshot.finish();
    }
  }
}

async function stateOf(checkpoint: Checkpoint, batchId: number): Promise<string[]> {
  const { snapshots, changes } = checkpoint.stateToLoad(batchId), found: string[] = [];
  for (const block of [...snapshots, ...changes]) found.push(`${block.batchId}: ${new TextDecoder().decode(await checkpoint.readState(block))}`);
  return found;
}

test("a fork has the origin's state after its batch, its own identity, and outlives the origin", async () => {
  const disk = new SimulatedDisk(), origin = await open(disk, "/a");
  await run(origin, 12);
  const wanted = await stateOf(origin, 9);
  const queryId = await forkCheckpoint({ files: disk.process(), clock, random: seededRandom(99), host, from: "/a", to: "/b", batchId: 9 });
  disk.losePower("lost");
  assert.equal((await readCheckpoint(disk.process(), "/a", clock))?.lastBatchId, 12);
  const files = disk.process();
  for (const path of disk.paths().filter(name => name.startsWith("/a/"))) files.unlink(path);
  const fork = await open(disk, "/b");
  assert.equal(fork.queryId, queryId);
  assert.notEqual(fork.queryId, origin.queryId);
  const { lastBatchId, done, pending, last } = fork.recovered;
  assert.deepEqual([lastBatchId, done, pending, last?.digest, last?.plan.sources], [9, 9, undefined, "d9", [{ from: 9, to: 10 }]]);
  assert.deepEqual(await stateOf(fork, 9), wanted);
  await run(fork, 30);
  await fork.close("done");
  const again = await open(disk, "/b");
  assert.equal(again.lastBatchId, 30);
  await again.collect();
  again.abandon();
});

test("what can't be forked is refused without a trace", async () => {
  const disk = new SimulatedDisk(), origin = await open(disk, "/a", { retentionBatches: 2 });
  await run(origin, 12);
  const fork = (from: string, to: string, batchId: number) => forkCheckpoint({ files: disk.process(), clock, random: seededRandom(1), host, from, to, batchId });
  const before = disk.paths();
  await assert.rejects(fork("/a", "/b", 3), (error: Error) => /MILLRACE_CHECKPOINT_FORK.*batch 3 is not retained; those from 10 to 12 are/.test(error.message));
  await assert.rejects(fork("/a", "/b", 13), { condition: "MILLRACE_CHECKPOINT_FORK" });
  await assert.rejects(fork("/a", "/a", 12), { condition: "MILLRACE_CHECKPOINT_FORK" });
  await assert.rejects(fork("/none", "/b", 12), { condition: "MILLRACE_CHECKPOINT_FORK" });
  assert.deepEqual(disk.paths(), before);
});

test("damaged state is noticed while the fork is made", async () => {
  const disk = new SimulatedDisk(), origin = await open(disk, "/a", { snapshotBatches: 100 });
  await run(origin, 7);
  const file = disk.paths().find(path => path.endsWith(".chg"))!;
  disk.damage(file, bytes => bytes.fill(1, 0, 1));
  await assert.rejects(forkCheckpoint({ files: disk.process(), clock, random: seededRandom(1), host, from: "/a", to: "/b", batchId: 7 }), { condition: "MILLRACE_CHECKPOINT_CORRUPT" });
});

/**
 * Catches damage that is repaired silently or read as something else: bytes of a checkpoint at rest are changed, files
 * are cut and removed. Each time there must be an error that names the file, or the right continuation; never a wrong answer.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { CheckpointError } from "../../src/base/errors.ts";
import { readCheckpoint } from "../../src/checkpoint/index.ts";
import { PAGE_BYTES, SECTOR_BYTES } from "../../src/storage/record.ts";
import { goOn, long } from "./faults.ts";
import { CHECKPOINT, ReferenceRunner, SimulatedWorld, stillClock, type Setting } from "./reference-runner.ts";

/** Three runs: two that were killed, one that ended in order, with a batch left to do. State of the first stays where it is. */
async function checkpointAtRest(setting: Setting): Promise<SimulatedWorld> {
  const world = new SimulatedWorld();
  for (const batches of [3, 2, 3]) {
    const runner = new ReferenceRunner(world, world.disk.process(), setting);
    await runner.open();
    for (let i = 0; i < batches; i++) await runner.nextBatch();
    if (batches === 3 && world.outside.acknowledged.length > 3) {
      await runner.checkpoint.idle();
      await runner.checkpoint.close("stopped");
    } else runner.checkpoint.abandon();
  }
  return world;
}

const INLINE: Setting = { sinkClass: "outbox", rows: 9, batchRows: 1, stateInFiles: false, parallelism: 1 };
const IN_FILES: Setting = { sinkClass: "staged", rows: 9, batchRows: 1, stateInFiles: true, parallelism: 2, snapshotBatches: 3 };
const INSIDE = (path: string) => path.startsWith(`${CHECKPOINT}/`);

/** Files without which the checkpoint can't go on: its identity, the segment with the root, and what the state lies in. */
async function neededFiles(world: SimulatedWorld): Promise<Set<string>> {
  const reading = (await readCheckpoint(world.files(), CHECKPOINT, stillClock))!;
  const { snapshots, changes } = reading.stateToLoad(reading.lastBatchId);
  return new Set(["identity.json", ROOT_SEGMENT, ...snapshots.map(block => block.file), ...changes.map(block => block.file)]);
}
const ROOT_SEGMENT = "log/0000000003-000000.seg";

/** Everything that the checkpoint says, with all state read and verified. */
async function everything(world: SimulatedWorld): Promise<string> {
  const reading = await readCheckpoint(world.files(), CHECKPOINT, stillClock);
  if (reading === undefined) return "nothing";
  const { snapshots, changes } = reading.stateToLoad(reading.lastBatchId);
  const state = [];
  for (const block of [...snapshots, ...changes]) state.push(Buffer.from(await reading.readState(block)).toString("latin1"));
  const { queryId, epoch, lastBatchId, done, horizon, last, closedBecause, constants, query } = reading;
  return JSON.stringify({ queryId, epoch, lastBatchId, done, horizon, last, closedBecause, constants, query, state });
}

function mustName(error: unknown, file: string, what: string): void {
  assert.ok(error instanceof CheckpointError, `${what}: ${String(error)}`);
  assert.ok(["MILLRACE_CHECKPOINT_CORRUPT", "MILLRACE_CHECKPOINT_FORMAT"].includes(error.condition), `${what}: ${error.message}`);
  assert.ok(error.message.includes(file), `${what}: the error does not name the file: ${error.message}`);
}

for (const [name, setting] of [["state in the log", INLINE], ["state in files", IN_FILES]] as const) {
  test(`changed bytes, ${name}`, async () => {
    const world = await checkpointAtRest(setting), { disk } = world, good = await everything(world), needed = await neededFiles(world);
    assert.ok(needed.size > 3, "no state of earlier runs is needed");
    let seen = 0, refused = 0;
    for (const path of disk.paths().filter(INSIDE)) {
      const bytes = world.files().readFile(path), file = path.slice(CHECKPOINT.length + 1);
      for (let at = 0; at < bytes.length; at++) {
        // Bytes in use, or one in each page of what was never written.
        const inUse = bytes[at] !== 0 || at % SECTOR_BYTES === 0;
        if (!inUse && at % PAGE_BYTES !== 1000) continue;
        if (!long && inUse && (at + seen) % 5 !== 0 && at % PAGE_BYTES >= 64) continue;
        const flip = (content: Uint8Array) => {
          content[at]! ^= 0x41;
          return content;
        };
        disk.damage(path, flip);
        seen++;
        try {
          const found = await everything(world);
          assert.equal(found, good, `byte ${at} of ${file}`);
          const read = file === ROOT_SEGMENT ? bytes[at] !== 0 && bytes[at] !== 0xff : needed.has(file) && !file.startsWith("log/");
          assert.ok(!read, `byte ${at} of ${file} was changed and nobody saw it`);
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          mustName(error, file, `byte ${at} of ${file}`);
          refused++;
        }
        disk.damage(path, flip);
      }
    }
    assert.ok(refused > 500, `${seen} bytes changed, ${refused} refused`);
    assert.equal(await everything(world), good);
  });

  test(`cut files, ${name}`, async () => {
    const world = await checkpointAtRest(setting), needed = await neededFiles(world);
    for (const path of world.disk.paths().filter(INSIDE)) {
      const { length } = world.files().readFile(path), cuts = new Set<number>();
      for (let at = 0; at < length; at += long || length < PAGE_BYTES ? SECTOR_BYTES : SECTOR_BYTES * 5) cuts.add(at);
      for (let page = PAGE_BYTES; page <= length; page += PAGE_BYTES) if (long || page < 10 * PAGE_BYTES) for (const at of [page - 1, page, page + 1]) cuts.add(at);
      cuts.add(length - 1);
      for (const cut of cuts) {
        if (cut >= length) continue;
        const copy = world.clone();
        copy.disk.damage(path, bytes => bytes.slice(0, cut));
        const refused = await refusedOrRight(copy, setting, path, `cut at ${cut}`);
        assert.ok(refused || !needed.has(path.slice(CHECKPOINT.length + 1)) || path.includes("/log/000000000"), `${path} cut at ${cut} went unseen`);
        assert.ok(refused || !path.endsWith(ROOT_SEGMENT), `${path} cut at ${cut} went unseen`);
      }
    }
  });

  test(`removed files, ${name}`, async () => {
    const world = await checkpointAtRest(setting), needed = await neededFiles(world);
    for (const path of world.disk.paths().filter(INSIDE)) {
      const copy = world.clone();
      copy.disk.process().unlink(path);
      assert.equal(await refusedOrRight(copy, setting, path, "removed"), needed.has(path.slice(CHECKPOINT.length + 1)), `${path} removed`);
    }
  });
}

/** Goes on with the damaged checkpoint: true when it was refused with an error that names the file. */
async function refusedOrRight(world: SimulatedWorld, setting: Setting, path: string, what: string): Promise<boolean> {
  const file = path.slice(CHECKPOINT.length + 1);
  try { await goOn(world, setting); } catch (error) {
    mustName(error, file.startsWith("log/") ? "log" : file, `${file} ${what}`);
    return true;
  }
  return false;
}

test("litter of runs that died is no damage", async () => {
  const world = await checkpointAtRest(INLINE), files = world.files();
  for (const path of ["spare/0000000001-11111111-2222-4333-8444-555555555555.seg", "state/00000000000000000007-0000000002-11111111-2222-4333-8444-555555555555.chg", "log/readme.txt"]) {
    files.open(`${CHECKPOINT}/${path}`, "create").writeAt(new Uint8Array([1, 2, 3]), 0, 3, 0);
  }
  await goOn(world, INLINE);
  assert.deepEqual(world.disk.paths().filter(path => /11111111/.test(path)), []);
});

test("a newer format is refused by its number", async () => {
  const world = await checkpointAtRest(INLINE);
  world.disk.damage(`${CHECKPOINT}/identity.json`, bytes => new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"format": 1', '"format": 7')));
  await assert.rejects(goOn(world, INLINE), (error: Error) => /MILLRACE_CHECKPOINT_FORMAT.*version 7.*up to version 1/.test(error.message));
});

test("an old copy of a checkpoint is noticed by the ledger", async () => {
  const setting: Setting = { sinkClass: "ledger", rows: 4, batchRows: 1, stateInFiles: false, parallelism: 1 };
  const world = new SimulatedWorld(), runner = new ReferenceRunner(world, world.disk.process(), setting);
  await runner.open();
  await runner.nextBatch();
  const old = world.disk.clone();
  await runner.nextBatch();
  await runner.nextBatch();
  await assert.rejects(goOn(new SimulatedWorld(old, world.outside), setting), { condition: "MILLRACE_CHECKPOINT_BEHIND_SINK" });
  world.outside.ledger.length = 1;
  world.outside.acknowledged.length = 1;
  await assert.rejects(goOn(world, setting), { condition: "MILLRACE_SINK_BEHIND" });
});

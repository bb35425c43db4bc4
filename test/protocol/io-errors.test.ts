/**
 * Catches an error of the disk that is swallowed, tried again where it must not be, or acted upon: each call of a run is
 * made to fail once, and the run must end with an error or go on unharmed; the next one finishes, also when the power
 * fails in between.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom, type Clock } from "../../src/base/clock.ts";
import { SimulatedDisk } from "../../src/testing/simulated-files.ts";
import { fileError } from "../../src/testing/simulated-inode.ts";
import type { FileCall, FileStep, ProcessHooks } from "../../src/testing/simulated-process.ts";
import { goOn, labelOf, long } from "./faults.ts";
import { CHECKPOINT, OUTPUT, ReferenceRunner, SimulatedWorld, stillClock, verify, type Setting } from "./reference-runner.ts";

const SETTINGS: readonly Setting[] = [
  { sinkClass: "ledger", rows: 3, batchRows: 1, stateInFiles: true, parallelism: 2, retentionBatches: 1, snapshotBatches: 2 },
  { sinkClass: "staged", rows: 3, batchRows: 1, stateInFiles: true, parallelism: 1 },
  { sinkClass: "outbox", rows: 3, batchRows: 1, stateInFiles: false, parallelism: 1 },
  { sinkClass: "early", rows: 3, batchRows: 1, stateInFiles: false, parallelism: 1 },
  { sinkClass: "outbox", rows: 12, batchRows: 1, stateInFiles: false, parallelism: 1, padBytes: 11_000, retentionBatches: 2, snapshotBatches: 5 },
];
const CHANGING: ReadonlySet<FileCall> = new Set(["open", "write", "sync", "truncate", "makeFolder", "link", "unlink", "rename", "syncFolder"]);

/** The calls of an undisturbed run. */
async function calls(setting: Setting): Promise<FileStep[]> {
  const world = new SimulatedWorld(), steps: FileStep[] = [];
  await new ReferenceRunner(world, world.disk.process({ after: step => steps.push(step) }), setting).run();
  return steps;
}

/** Runs with an error at that call. Returns the error that ended the run, if one did. */
async function runWithError(world: SimulatedWorld, setting: Setting, code: string, at: number, more: ProcessHooks = {}): Promise<unknown> {
  const process = world.disk.process({
    before(step) {
      more.before?.(step);
      if (step.number === at) throw fileError(code, step.call, step.path);
    },
  });
  try { await new ReferenceRunner(world, process, setting).run(); } catch (error) { return error; }
  return undefined;
}

for (const [number, setting] of SETTINGS.entries()) {
  test(`an I/O error at each call, setting ${number + 1}: ${setting.sinkClass}`, async () => {
    const steps = await calls(setting);
    let struck = 0, survived = 0;
    for (const step of steps) {
      if (!CHANGING.has(step.call) && !long && step.number % 7 !== 0) continue;
      const world = new SimulatedWorld(), failure = await runWithError(world, setting, "EIO", step.number);
      if (failure === undefined) {
        survived++;
        assert.ok(step.call === "unlink" || step.path.endsWith("lease.json") || /\/(spare|log|state)\b/.test(step.path), `an error of ${labelOf(step)} had no effect`);
        verify(world, setting, true);
      }
      struck++;
      const random = seededRandom(step.number);
      for (const loss of [undefined, "lost", "kept", () => random.uint32() % 2 === 0] as const) {
        const copy = world.clone();
        if (loss !== undefined) copy.disk.losePower(loss);
        try { await goOn(copy, setting); } catch (error) { throw new Error(`EIO at call ${step.number}, ${labelOf(step)}, ${String(loss)}: ${(error as Error).message}`, { cause: error }); }
      }
    }
    assert.ok(struck > 30 && survived < struck / 2, `${struck} errors, ${survived} without effect`);
  });
}

test("a failed sync of a record is never tried again, and what is in the cache is delivered by the next run", async () => {
  const setting = SETTINGS[2]!, steps = await calls(setting);
  const syncs = steps.filter(step => labelOf(step) === "fdatasync record"), second = syncs.at(-2)!;
  const world = new SimulatedWorld(), after: string[] = [];
  let failed = false;
  const failure = await runWithError(world, setting, "EIO", second.number, {
    before: step => {
      if (failed) after.push(`${step.call} ${step.path}`);
      failed ||= step.number === second.number;
    },
  });
  assert.match(String(failure), /MILLRACE_CHECKPOINT_IO.*EIO/);
  assert.deepEqual(after.filter(call => call.endsWith(".seg")), []);
  assert.equal(world.outside.received.size, 2, "the batch was delivered although its record is not durable");
  assert.equal((await goOn(world.clone(), setting)).get(2), "same content delivered again");
  const lost = world.clone();
  lost.disk.losePower("kept"); // The pages count as clean: no later sync writes them.
  assert.equal((await goOn(lost, setting)).get(2), "planned anew");
});

test("unlinks that fail are counted, tried again, and never fatal", async () => {
  const setting = SETTINGS[4]!, world = new SimulatedWorld();
  let refuse = true, refused = 0;
  const runner = new ReferenceRunner(world, world.disk.process({
    before(step) {
      if (refuse && step.call === "unlink" && !step.path.includes("/spare/")) {
        refused++;
        throw fileError("EACCES", step.call, step.path);
      }
    },
  }), setting);
  await runner.run();
  assert.ok(refused > 0);
  assert.ok(runner.checkpoint.status().failedUnlinks > 0);
  const before = world.disk.paths().length;
  refuse = false;
  await runner.checkpoint.collect();
  assert.ok(world.disk.paths().length < before);
  verify(world, setting, true);
});

/** A clock whose timers the test fires. */
function handClock(): Clock & { fire(): void; readonly waiting: number } {
  const timers: (() => void)[] = [];
  return {
    ...stillClock,
    after(_delay, call, options) {
      if (options?.unref !== true) timers.push(call);
      return { cancel: () => { if (timers.includes(call)) timers.splice(timers.indexOf(call), 1); } };
    },
    fire() { for (const call of timers.splice(0)) call(); },
    get waiting() { return timers.length; },
  };
}
const turns = async () => { for (let i = 0; i < 100; i++) await Promise.resolve(); };

test("a full disk while the next segment is prepared: the query goes on, then waits, then goes on by itself", async () => {
  const setting: Setting = { sinkClass: "outbox", rows: 16, batchRows: 1, stateInFiles: false, parallelism: 1, padBytes: 11_000 };
  const disk = new SimulatedDisk({ capacityBytes: 2 * 65536 - 8192 }), world = new SimulatedWorld(disk), clock = handClock();
  const runner = new ReferenceRunner(world, disk.process(), setting, {}, { clock });
  let ended = false;
  const run = runner.run().finally(() => { ended = true; });
  await turns();
  assert.equal(ended, false);
  assert.equal(runner.checkpoint.status().diskFull, true);
  const delivered = world.outside.received.size;
  assert.ok(delivered >= 3, `only ${delivered} batches were delivered before the wait`);
  assert.deepEqual(disk.paths().filter(path => path.includes("/spare/")), [], "a partial segment was left");
  for (let i = 0; i < 3; i++) {
    clock.fire();
    await turns();
    assert.equal(world.outside.received.size, delivered);
  }
  disk.capacityBytes = 1 << 30;
  clock.fire();
  await turns();
  await run;
  assert.equal(runner.checkpoint.status().diskFull, false);
  verify(world, setting, true);
  await runner.checkpoint.close("done");
});

test("a query that waits for room can be stopped in order: what is delivered still fits", async () => {
  const setting: Setting = { sinkClass: "outbox", rows: 16, batchRows: 1, stateInFiles: false, parallelism: 1, padBytes: 11_000 };
  const disk = new SimulatedDisk({ capacityBytes: 2 * 65536 - 8192 }), world = new SimulatedWorld(disk), clock = handClock();
  const runner = new ReferenceRunner(world, disk.process(), setting, {}, { clock });
  const run = runner.run();
  run.catch(() => undefined);
  await turns();
  const done = world.outside.received.size - 1;
  await runner.checkpoint.idle();
  assert.equal(runner.checkpoint.durableDone, done);
  await runner.checkpoint.close("stopped");
  await assert.rejects(run, { condition: "MILLRACE_CHECKPOINT_CLOSED" });
  disk.capacityBytes = 1 << 30;
  const next = new ReferenceRunner(world, disk.process(), setting);
  await next.open();
  assert.equal(next.checkpoint.recovered.closedBecause, "stopped");
  assert.equal(next.checkpoint.recovered.done, done);
  next.checkpoint.abandon();
});

test("a full disk while state is staged: the file is removed, the same changes go to a new name when there is room", async () => {
  const setting: Setting = { sinkClass: "ledger", rows: 6, batchRows: 1, stateInFiles: true, parallelism: 1, padBytes: 20_000 };
  const disk = new SimulatedDisk({ capacityBytes: 2 * 65536 + 512 + 600 + 50_000 }), world = new SimulatedWorld(disk), clock = handClock();
  const run = new ReferenceRunner(world, disk.process(), setting, {}, { clock }).run();
  await turns();
  assert.equal(clock.waiting, 1);
  assert.equal(disk.paths().filter(path => path.startsWith(`${CHECKPOINT}/state`)).length, world.outside.ledger.length, "a partial file was left");
  disk.capacityBytes = 1 << 30;
  clock.fire();
  await run;
  verify(world, setting, true);
});

test("an output file that meets a full disk ends the run, and the next one writes it under another name", async () => {
  const setting: Setting = { ...SETTINGS[1]! }, steps = await calls(setting);
  const write = steps.findLast(step => step.call === "write" && step.path.startsWith(`${OUTPUT}/part`))!;
  const world = new SimulatedWorld();
  assert.match(String(await runWithError(world, setting, "ENOSPC", write.number)), /ENOSPC/);
  assert.equal((await goOn(world, setting)).get(2), "planned anew");
});

test("opening on a full disk or on a network file system is refused by name", async () => {
  const setting = SETTINGS[2]!;
  const full = new SimulatedWorld(new SimulatedDisk({ capacityBytes: 30_000 }));
  await assert.rejects(new ReferenceRunner(full, full.disk.process(), setting).run(), { condition: "MILLRACE_DISK_FULL" });
  assert.deepEqual(full.disk.paths(), []);
  const shared = new SimulatedWorld(new SimulatedDisk({ networkKind: "NFS" }));
  await assert.rejects(new ReferenceRunner(shared, shared.disk.process(), setting).run(), { condition: "MILLRACE_CHECKPOINT_FILE_SYSTEM" });
});

/**
 * Catches a fence with a hole: a runner is stopped at the worst moment, others take the checkpoint over, and it wakes up.
 * On real files, each runner on a thread of its own, since a runner can be stopped inside a synchronous call too.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { Worker } from "node:worker_threads";
import { nodeFiles, type Files } from "../../src/base/files.ts";
import { seededRandom, systemClock } from "../../src/base/clock.ts";
import { openCheckpoint, thisHost } from "../../src/checkpoint/index.ts";
import { fileError } from "../../src/testing/simulated-inode.ts";
import { hookedFiles } from "./hooked-files.ts";
import { Outside, ReferenceRunner, verify, type Setting, type World } from "./reference-runner.ts";
import type { PausedEnd, PausedRun, PauseAt } from "./paused-runner.ts";

interface Paused { wake(): Promise<PausedEnd> }

/** Those of the test that runs; one that still waits when a test fails must not keep the process. */
const workers: Worker[] = [];

/** A runner on a thread that has come to the place where it stops. */
async function paused(setting: Setting, pauseAt: PauseAt): Promise<Paused> {
  const gate = new SharedArrayBuffer(4);
  const worker = new Worker(new URL("./paused-runner.ts", import.meta.url), { workerData: { setting, pauseAt, gate } satisfies PausedRun });
  workers.push(worker);
  const messages: (PausedEnd | "paused")[] = [];
  let arrived = Promise.withResolvers<void>();
  worker.on("message", (message: PausedEnd | "paused") => {
    messages.push(message);
    arrived.resolve();
  });
  worker.on("error", error => arrived.reject(error));
  const next = async () => {
    while (messages.length === 0) {
      await arrived.promise;
      arrived = Promise.withResolvers();
    }
    return messages.shift()!;
  };
  const first = await next();
  assert.equal(first, "paused", `the runner ended before it came to its place: ${JSON.stringify(first)}`);
  return {
    async wake() {
      Atomics.store(new Int32Array(gate), 0, 1);
      Atomics.notify(new Int32Array(gate), 0);
      const end = await next();
      return end as PausedEnd;
    },
  };
}

/** What both saw of the world together. */
function merge(outside: Outside, other: Outside): Outside {
  const merged = outside.clone();
  for (const [batchId, contents] of other.received) {
    for (const content of contents) merged.received.set(batchId, (merged.received.get(batchId) ?? new Set()).add(content));
  }
  for (const [batchId, content] of other.acknowledged.entries()) {
    const there = merged.acknowledged[batchId];
    if (there !== undefined) assert.deepEqual(content, there, `batch ${batchId} was acknowledged with two contents`);
    merged.acknowledged[batchId] ??= content;
  }
  return merged;
}

interface Scene {
  readonly setting: Setting;
  readonly world: World;
  pause(at: PauseAt): Promise<Paused>;
  /** A runner on this thread. */
  runner(files?: Files): ReferenceRunner;
  /** The log's folder. */
  log(): string[];
}

function scene(name: string, sinkClass: "outbox" | "staged", play: (scene: Scene) => Promise<readonly PausedEnd[]>): void {
  test(name, async () => {
    const root = mkdtempSync(join(tmpdir(), "millrace-two-"));
    try {
      const setting: Setting = { sinkClass, rows: 4, batchRows: 1, stateInFiles: sinkClass === "staged", parallelism: 1, root };
      const outside = new Outside(), world: World = { outside, files: () => nodeFiles };
      const ends = await play({
        setting, world, pause: at => paused(setting, at), runner: (files = nodeFiles) => new ReferenceRunner(world, files, setting),
        log: () => nodeFiles.list(`${root}/checkpoint/log`),
      });
      let all = outside;
      for (const end of ends) all = merge(all, Object.assign(new Outside(), end.outside));
      verify({ outside: all, files: () => nodeFiles }, setting, true);
    } finally {
      for (const worker of workers.splice(0)) await worker.terminate();
      rmSync(root, { recursive: true, force: true });
    }
  });
}

const fenced = (end: PausedEnd) => assert.equal(end.error, "MILLRACE_FENCED", end.message);
/** Syncs of a log segment: the prepared segment is synced whole by another call, so 1 is the root, 2 batch 0, 3 batch 1. */
const syncOfRecord = (occurrence: number, when: "before" | "after" = "after"): PauseAt => ({ when, call: "syncData", path: ".seg", occurrence });
const atLabel = (label: string): PauseAt => ({ when: "before", call: "runner", path: label, occurrence: 1 });
const claimLink: PauseAt = { when: "before", call: "link", path: "/log/", occurrence: 1 };

for (const sinkClass of ["outbox", "staged"] as const) {
  scene(`paused after the sync, before the look, ${sinkClass}`, sinkClass, async ({ pause, runner }) => {
    const a = await pause(syncOfRecord(3));
    await runner().run();
    const end = await a.wake();
    fenced(end);
    assert.equal(end.outside.acknowledged.length, 1);
    return [end];
  });

  scene(`paused after the look, before the sink, ${sinkClass}`, sinkClass, async ({ pause, runner }) => {
    const a = await pause(atLabel("before the sink 1"));
    await runner().run();
    const end = await a.wake();
    fenced(end);
    // Both delivered batch 1: the content must be the same, which the scene verifies.
    assert.equal(end.outside.acknowledged.length, 2);
    return [end];
  });

  scene(`paused before it writes its record, ${sinkClass}`, sinkClass, async ({ pause, runner }) => {
    const a = await pause(atLabel("before the record 1"));
    await runner().run();
    const end = await a.wake();
    fenced(end);
    return [end];
  });
}

scene("a batch is delivered between another's list and claim", "outbox", async ({ pause, runner }) => {
  const a = runner();
  await a.open();
  await a.nextBatch();
  const b = await pause({ ...claimLink, path: "0000000002-000000.seg" });
  await a.nextBatch();
  const end = await b.wake();
  assert.equal(end.error, undefined, end.message);
  assert.equal(end.outside.acknowledged.length, 4);
  await assert.rejects(a.nextBatch(), { condition: "MILLRACE_FENCED" });
  a.checkpoint.abandon();
  return [end];
});

scene("two link the same epoch", "outbox", async ({ pause, runner }) => {
  const a = await pause(claimLink);
  await runner().run();
  const end = await a.wake();
  fenced(end);
  assert.match(end.message, /epoch 1 was claimed by process \d+ on simulated at /);
  return [end];
});

scene("the next epoch came and went while it was paused", "outbox", async ({ pause, runner, log }) => {
  const a = await pause(atLabel("before the sink 0"));
  const b = runner();
  await b.open();
  b.checkpoint.abandon();
  await runner().run();
  assert.deepEqual(log(), ["0000000003-000000.seg"]);
  const end = await a.wake();
  fenced(end);
  assert.match(end.message, /no longer in the log/);
  return [end];
});

scene("the next epoch comes and goes between the two looks", "outbox", async ({ pause, runner, log }) => {
  const a = await pause({ when: "after", call: "status", path: "/log/0000000002-000000.seg", occurrence: 2 });
  const b = runner();
  await b.open();
  b.checkpoint.abandon();
  await runner().run();
  assert.deepEqual(log(), ["0000000003-000000.seg"]);
  const end = await a.wake();
  fenced(end);
  return [end];
});

scene("links into a gap that deletion left", "outbox", async ({ pause, runner, log }) => {
  const first = runner();
  await first.open();
  await first.nextBatch();
  first.checkpoint.abandon();
  const a = await pause({ ...claimLink, path: "0000000002-000000.seg" });
  const keepsSpares = hookedFiles(nodeFiles, { before: (call, path) => { if (call === "unlinkAsync" && path.includes("/spare/")) throw fileError("EIO", call, path); } });
  for (let i = 0; i < 3; i++) {
    const other = runner(keepsSpares);
    await other.open();
    other.checkpoint.abandon();
  }
  assert.deepEqual(log(), ["0000000004-000000.seg"]);
  const end = await a.wake();
  fenced(end);
  assert.match(end.message, /the log has log\/0000000004-000000.seg already/);
  await runner().run();
  return [end];
});

scene("its prepared segment was removed before it could link it", "outbox", async ({ pause, runner }) => {
  const a = await pause({ ...claimLink, path: "0000000001-000000.seg" });
  for (let i = 0; i < 2; i++) {
    const other = runner();
    await other.open();
    other.checkpoint.abandon();
  }
  const end = await a.wake();
  fenced(end);
  await runner().run();
  return [end];
});

scene("paused before it deletes orphans", "staged", async ({ pause, runner, setting }) => {
  const first = runner();
  await first.open();
  await first.nextBatch();
  first.checkpoint.abandon();
  const a = await pause({ when: "before", call: "list", path: "checkpoint/state", occurrence: 1 });
  await runner().run();
  const states = nodeFiles.list(`${setting.root}/checkpoint/state`);
  const end = await a.wake();
  fenced(end);
  for (const name of states.filter(name => name.includes("-0000000003-"))) assert.ok(nodeFiles.list(`${setting.root}/checkpoint/state`).includes(name), `${name} is gone`);
  const last = runner();
  await last.open();
  last.checkpoint.abandon();
  return [end];
});

scene("a claim with live state keeps later claims in their place", "outbox", async ({ runner, log, setting }) => {
  // Segment 1 holds state that is still needed. If the claim of epoch 2 went before it, a runner of epoch 1 that wakes
  // up would see neither a next epoch nor the loss of its own segment.
  const a = runner();
  await a.open();
  await a.nextBatch();
  await a.nextBatch();
  for (let i = 0; i < 2; i++) {
    const other = runner();
    await other.open();
    other.checkpoint.abandon();
  }
  assert.deepEqual(log(), ["0000000001-000000.seg", "0000000002-000000.seg", "0000000003-000000.seg"]);
  assert.equal(nodeFiles.status(`${setting.root}/checkpoint/log/0000000002-000000.seg`)?.bytes, 4096);
  await assert.rejects(a.nextBatch(), { condition: "MILLRACE_FENCED" });
  a.checkpoint.abandon();
  await runner().run();
  return [];
});

test("a second start is refused while the first lives, and allowed after", async () => {
  const path = mkdtempSync(join(tmpdir(), "millrace-lease-"));
  const open = (host = thisHost, takeOver = false) => openCheckpoint({
    files: nodeFiles, path, clock: systemClock, random: seededRandom(host.processId), host, takeOver, segmentBytes: 65536,
    query: { sources: [], operators: [], settings: {} }, constants: {},
  });
  try {
    const first = await open();
    await assert.rejects(open(), (error: Error) => /MILLRACE_CHECKPOINT_IN_USE/.test(error.message) && error.message.includes(`process ${process.pid}`));
    const elsewhere = { name: "elsewhere", processId: 1, isAlive: () => false };
    await assert.rejects(open(elsewhere), { condition: "MILLRACE_CHECKPOINT_IN_USE" });
    const second = await open(elsewhere, true);
    assert.throws(() => first.check(), { condition: "MILLRACE_FENCED" });
    first.abandon();
    await second.close("moved");
    const third = await open();
    assert.equal(third.recovered.closedBecause, "moved");
    third.abandon();
    const fourth = await open();
    await fourth.close("done");
  } finally { rmSync(path, { recursive: true, force: true }); }
});

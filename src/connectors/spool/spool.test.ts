/** Catches a spool that acknowledges what a crash loses, gives a body twice, grows without end, or reads damage as rows. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom, systemRandom } from "../../base/clock.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { SimulatedDisk } from "../../testing/simulated-files.ts";
import { fileError } from "../../testing/simulated-inode.ts";
import type { FileStep, ProcessHooks } from "../../testing/simulated-process.ts";
import { Spool } from "./spool.ts";

const FOLDER = "/spool", KEY_MICROS = 600e6;
const bytes = (text: string): Buffer => Buffer.from(`${text}\n`);
const condition = (wanted: string) => (error: { condition?: string }): boolean => (assert.equal(error.condition, wanted, String(error)), true);

interface Given { readonly hooks?: ProcessHooks; readonly clock?: ManualClock; readonly maxBytes?: number; readonly segmentBytes?: number; readonly maxKeys?: number }
const openOn = (disk: SimulatedDisk, { hooks, clock = new ManualClock(1e15), maxBytes = 1 << 20, segmentBytes = 32 << 10, maxKeys = 1000 }: Given = {}): Promise<Spool> =>
  Spool.open({ folder: FOLDER, files: disk.process(hooks), clock, random: systemRandom, maxBytes, segmentBytes, keyMicros: KEY_MICROS, maxKeys });

function linesOf(spool: Spool): string[] {
  const lines: string[] = [];
  for (let number = spool.first; number <= spool.last; number++) lines.push(...Buffer.from(spool.read(number)).toString().split("\n").filter(line => line !== ""));
  return lines;
}

test("bodies that wait together are one record and one sync, and are there after opening again", async () => {
  const disk = new SimulatedDisk();
  let syncs = 0;
  const spool = await openOn(disk, { hooks: { before: ({ call, path }) => { if (call === "sync" && path.endsWith(".seg")) syncs++; } } });
  await spool.append(bytes("first"), 1);
  const before = syncs, taken = await Promise.all(["a", "b", "c"].map(text => spool.append(bytes(text), 1)));
  assert.equal(syncs - before, 1);
  assert.deepEqual(taken.map(receipt => receipt.record), [1, 1, 1]);
  await spool.close();
  const again = await openOn(disk);
  assert.deepEqual([linesOf(again), again.rowsBetween(-1, 1), again.rowsBetween(0, 1), again.tornTail], [["first", "a", "b", "c"], 4, 3, false]);
  await again.append(bytes("d"), 1);
  assert.deepEqual(linesOf(again), ["first", "a", "b", "c", "d"]);
});

/** Appends bodies with keys, drops what is old; says which were acknowledged. */
async function work(disk: SimulatedDisk, acknowledged: string[], hooks: ProcessHooks): Promise<void> {
  for (let run = 0; run < 2; run++) {
    const spool = await openOn(disk, { hooks, segmentBytes: 16 << 10 });
    for (let i = 0; i < 4; i++) {
      const names = [`${run}.${i}.x`, `${run}.${i}.y`];
      await Promise.all(names.map(async name => {
        await spool.append(bytes(name), 1, name);
        acknowledged.push(name);
      }));
    }
    if (run === 0) spool.drop(spool.first + 2);
    await spool.close();
  }
}

test("a loss of power after any call to the disk loses nothing that was acknowledged, and doubles nothing", async () => {
  let calls = 0;
  await work(new SimulatedDisk(), [], { before: () => { calls++; } });
  assert.ok(calls > 60, `${calls} calls`);
  for (let stop = 1; stop <= calls; stop++) {
    for (const loss of ["lost", "kept", "chance"] as const) {
      const disk = new SimulatedDisk(), acknowledged: string[] = [], random = seededRandom(stop);
      let call = 0;
      const dead = (step: FileStep): void => { if (++call >= stop) throw fileError("EIO", step.call, step.path); };
      await work(disk, acknowledged, { before: dead }).catch(() => undefined);
      disk.losePower(loss === "chance" ? () => random.uint32() % 2 === 0 : loss);
      const where = `call ${stop}, ${loss}`, spool = await openOn(disk), lines = linesOf(spool);
      assert.equal(new Set(lines).size, lines.length, `${where}: ${lines}`);
      // What was dropped had been delivered; of the rest nothing may be missing.
      const missing = acknowledged.filter(name => !lines.includes(name));
      assert.ok(missing.every(name => name.startsWith("0.") && acknowledged.indexOf(name) < 6 && acknowledged.length >= 8), `${where}: ${missing} of ${acknowledged} are gone`);
      // Sent again under their keys, all are there once.
      for (const name of acknowledged) assert.equal((await spool.append(bytes(name), 1, name)).duplicate, true, `${where}: ${name}`);
      assert.deepEqual(linesOf(spool), lines);
      await spool.close();
    }
  }
});

test("a changed byte is damage, and says in which file", async () => {
  const disk = new SimulatedDisk(), spool = await openOn(disk);
  for (const text of ["a".repeat(600), "b".repeat(600), "c"]) await spool.append(bytes(text), 1);
  await spool.close();
  const path = disk.paths().find(name => name.endsWith(".seg"))!, files = disk.process(), handle = files.open(path, "write");
  handle.writeAt(bytes("x"), 0, 1, 4096 + 300);
  await assert.rejects(openOn(disk), error => condition("MILLRACE_SPOOL_DAMAGED")(error as never) && String(error).includes(path.slice(path.lastIndexOf("/") + 1)));
  handle.writeAt(bytes("a"), 0, 1, 4096 + 300);
  const whole = await openOn(disk);
  handle.writeAt(bytes("x"), 0, 1, 4096 + 300);
  assert.throws(() => whole.read(0), condition("MILLRACE_SPOOL_DAMAGED"));
  assert.throws(() => whole.taken(7), condition("MILLRACE_SPOOL_BEHIND"));
});

test("what waits is bounded, and reading makes room", async () => {
  const spool = await openOn(new SimulatedDisk(), { maxBytes: 25 });
  await spool.append(bytes("123456789"), 1);
  await spool.append(bytes("123456789"), 1);
  await assert.rejects(spool.append(bytes("123456789"), 1), condition("MILLRACE_SPOOL_FULL"));
  spool.taken(0);
  await spool.append(bytes("123456789"), 1);
  assert.equal(spool.unreadBytes, 20);
});

test("delivered segments go, and their keys stay for their time, also over an opening", async () => {
  const disk = new SimulatedDisk(), clock = new ManualClock(1e15);
  const segments = (): number => disk.paths().filter(path => path.endsWith(".seg")).length;
  let spool = await openOn(disk, { clock, segmentBytes: 16 << 10 });
  for (let i = 0; i < 30; i++) await spool.append(bytes(`row ${i}`), 1, `key ${i}`);
  assert.equal(segments(), 10);
  spool.drop(spool.last);
  assert.equal(segments(), 1);
  assert.deepEqual(await spool.append(bytes("row 0"), 1, "key 0"), { record: 0, rows: 1, duplicate: true });
  await assert.rejects(spool.append(bytes("other"), 1, "key 0"), condition("MILLRACE_KEY_REUSED"));
  await spool.close();
  spool = await openOn(disk, { clock, segmentBytes: 16 << 10 });
  assert.equal((await spool.append(bytes("row 1"), 1, "key 1")).duplicate, true);
  await clock.advance(KEY_MICROS + 1e6);
  assert.deepEqual(await spool.append(bytes("row 1"), 1, "key 1"), { record: 30, rows: 1, duplicate: false });
  spool.drop(spool.last);
  assert.deepEqual([segments(), disk.paths().filter(path => path.endsWith(".keys"))], [1, []]);
});

test("a key that comes twice at the same time is taken once; too many keys are refused", async () => {
  const spool = await openOn(new SimulatedDisk(), { maxKeys: 2 });
  const [first, second] = await Promise.all([spool.append(bytes("a"), 1, "k"), spool.append(bytes("a"), 1, "k")]);
  assert.deepEqual([first!.duplicate, second!.duplicate, linesOf(spool)], [false, true, ["a"]]);
  await spool.append(bytes("b"), 1, "l");
  await assert.rejects(spool.append(bytes("c"), 1, "m"), condition("MILLRACE_SPOOL_FULL"));
});

test("who opens the spool later owns it: the one before acknowledges nothing more, and what it wrote is not read", async () => {
  const disk = new SimulatedDisk(), old = await openOn(disk);
  await old.append(bytes("old"), 1);
  const owner = await openOn(disk);
  await assert.rejects(old.append(bytes("too late"), 1), condition("MILLRACE_SPOOL_TAKEN_OVER"));
  await owner.append(bytes("new"), 1);
  await owner.append(bytes("newer"), 1);
  await owner.close();
  assert.deepEqual(linesOf(await openOn(disk)), ["old", "new", "newer"]);

  const empty = new SimulatedDisk(), first = await openOn(empty), second = await openOn(empty);
  await assert.rejects(first.append(bytes("too late"), 1), condition("MILLRACE_SPOOL_TAKEN_OVER"));
  await second.append(bytes("new"), 1);
  const third = await openOn(empty);
  assert.deepEqual([linesOf(third), third.id], [["new"], second.id]);
});

test("a failed sync is never acknowledged nor tried again; a full disk is, when there is room", async () => {
  const disk = new SimulatedDisk();
  let fail = false;
  const spool = await openOn(disk, { hooks: { before: step => { if (fail && step.call === "sync") throw fileError("EIO", "fdatasync", step.path); } } });
  await spool.append(bytes("a"), 1);
  fail = true;
  await assert.rejects(spool.append(bytes("b"), 1), condition("MILLRACE_SPOOL_UNAVAILABLE"));
  fail = false;
  await assert.rejects(spool.append(bytes("c"), 1), condition("MILLRACE_SPOOL_UNAVAILABLE"));
  disk.losePower("lost");
  assert.deepEqual(linesOf(await openOn(disk)), ["a"]);

  const small = new SimulatedDisk({ capacityBytes: 10_000 }), full = await openOn(small);
  await assert.rejects(full.append(bytes("a"), 1), condition("MILLRACE_SPOOL_UNAVAILABLE"));
  small.capacityBytes = 1 << 20;
  await full.append(bytes("a"), 1);
  assert.deepEqual(linesOf(full), ["a"]);
});

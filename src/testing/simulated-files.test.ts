/** Catches a simulated disk that is kinder than a real one: what was not synced must be able to vanish, and a failed sync must lose it. */
import assert from "node:assert/strict";
import test from "node:test";
import { fileErrorCode } from "../base/files.ts";
import { SimulatedDisk } from "./simulated-files.ts";
import { fileError } from "./simulated-inode.ts";
import { SimulatedCrash } from "./simulated-process.ts";

const content = (disk: SimulatedDisk, path: string) => {
  const files = disk.process();
  return files.status(path) === undefined ? undefined : [...files.readFile(path)].map(byte => byte || 0);
};
const sectors = (...values: number[]) => new Uint8Array(values.length * 512).map((_, at) => values[at >> 9]!);
const firsts = (disk: SimulatedDisk, path: string) => content(disk, path)?.filter((_, at) => at % 512 === 0);

test("what is not synced is lost, kept or torn by sectors; what is synced stays", () => {
  const disk = new SimulatedDisk(), files = disk.process();
  const handle = files.open("/a", "create");
  handle.writeAt(sectors(1, 1, 1, 1), 0, 2048, 0);
  handle.sync();
  files.syncFolder("/");
  handle.writeAt(sectors(2, 2), 0, 1024, 1024);
  for (const [loss, expected] of [["lost", [1, 1, 1, 1]], ["kept", [1, 1, 2, 2]]] as const) {
    const copy = disk.clone();
    copy.losePower(loss);
    assert.deepEqual(firsts(copy, "/a"), expected);
  }
  const copy = disk.clone();
  let first = true;
  copy.losePower(() => !(first = !first));
  assert.deepEqual(firsts(copy, "/a"), [1, 1, 2, 1]);
  assert.deepEqual(firsts(disk, "/a"), [1, 1, 2, 2], "the copy is not apart");
});

test("a synced file without a synced folder may be gone, and a removed name may be back", () => {
  const disk = new SimulatedDisk(), files = disk.process();
  for (const name of ["/a", "/b"]) {
    const handle = files.open(name, "create");
    handle.writeAt(sectors(1), 0, 512, 0);
    handle.sync();
    if (name === "/a") files.syncFolder("/");
  }
  files.unlink("/a");
  disk.losePower("lost");
  assert.deepEqual(disk.paths(), ["/a"]);
  assert.equal(disk.process().status("/a")?.links, 1);
});

test("a failed sync leaves clean pages that no later sync writes", () => {
  const disk = new SimulatedDisk();
  let fail = false;
  const files = disk.process({ before: step => { if (fail && step.call === "sync") throw fileError("EIO", "fsync", step.path); } });
  const handle = files.open("/a", "create");
  handle.writeAt(sectors(1), 0, 512, 0);
  handle.sync();
  files.syncFolder("/");
  handle.writeAt(sectors(2), 0, 512, 0);
  fail = true;
  assert.throws(() => handle.syncData(), error => fileErrorCode(error) === "EIO");
  fail = false;
  handle.syncData();
  assert.deepEqual(firsts(disk, "/a"), [2]);
  disk.losePower("kept");
  assert.deepEqual(firsts(disk, "/a"), [1]);
});

test("a killed process has no more effect; others go on", () => {
  const disk = new SimulatedDisk();
  const files = disk.process({ after: step => { if (step.number === 2) throw new SimulatedCrash(step.path); } });
  const handle = files.open("/a", "create");
  assert.throws(() => handle.writeAt(sectors(1), 0, 512, 0), SimulatedCrash);
  assert.throws(() => handle.sync(), SimulatedCrash);
  assert.throws(() => files.unlink("/a"), SimulatedCrash);
  assert.deepEqual(firsts(disk, "/a"), [1]);
});

test("a full disk refuses what does not fit and takes it when there is room", () => {
  const disk = new SimulatedDisk({ capacityBytes: 1000 }), files = disk.process();
  const handle = files.open("/a", "create");
  handle.writeAt(sectors(1), 0, 512, 0);
  assert.throws(() => handle.writeAt(sectors(1), 0, 512, 512), error => fileErrorCode(error) === "ENOSPC");
  handle.writeAt(sectors(2), 0, 512, 0);
  files.unlink("/a");
  files.open("/b", "create").writeAt(sectors(1), 0, 512, 100);
});

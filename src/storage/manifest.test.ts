/** Catches a folder of which readers see files twice, too early, of a dead run, or of two queries. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { SimulatedDisk } from "../testing/simulated-files.ts";
import { fileError } from "../testing/simulated-inode.ts";
import { hasManifest, Manifest, publishedFiles, readManifest, stagedName, stagedOrphans, type ManifestFile } from "./manifest.ts";

const file = (path: string): ManifestFile => ({ path, bytes: 3, rows: 1, crc32c: 5 });
const setUp = () => {
  const disk = new SimulatedDisk(), files = disk.process(), random = seededRandom(1);
  return { disk, files, random, manifest: new Manifest(files, "/out", "query", random) };
};

test("publishing again is no effect, also under a later epoch; another list is refused", () => {
  const { files, manifest } = setUp();
  manifest.publish(0, 1, [file("a"), file("b")]);
  manifest.publish(0, 2, [file("a"), file("b")]);
  assert.deepEqual(readManifest(files, "/out"), [{ format: 1, queryId: "query", epoch: 1, batchId: 0, files: [file("a"), file("b")] }]);
  assert.throws(() => manifest.publish(0, 2, [file("c")]), { condition: "MILLRACE_SINK_CONFLICT" });
  assert.throws(() => manifest.publish(0, 2, [{ ...file("a"), rows: 2 }, file("b")]), { condition: "MILLRACE_SINK_CONFLICT" });
});

test("readers take entries up to the first gap", () => {
  const { files, manifest } = setUp();
  for (const batchId of [0, 1, 3]) manifest.publish(batchId, 1, [file(`f${batchId}`)]);
  assert.deepEqual(publishedFiles(files, "/out").map(entry => entry.path), ["f0", "f1"]);
  manifest.publish(2, 1, []);
  assert.deepEqual(publishedFiles(files, "/out").map(entry => entry.path), ["f0", "f1", "f3"]);
  assert.equal(hasManifest(files, "/out"), true);
  assert.equal(hasManifest(files, "/elsewhere"), false);
  assert.deepEqual(publishedFiles(files, "/elsewhere"), []);
});

test("another query's folder is refused before any batch", () => {
  const { files, manifest, random } = setUp();
  manifest.publish(0, 1, []);
  assert.throws(() => new Manifest(files, "/out", "other", random), { condition: "MILLRACE_SINK_CONFLICT" });
  new Manifest(files, "/out", "query", random);
});

test("the one who loses the race for an entry sees whether it says the same", () => {
  const { disk, files } = setUp();
  for (const [list, refused] of [[[file("x")], false], [[file("y")], true]] as const) {
    const other = new Manifest(files, "/out", "query", seededRandom(7));
    const late = new Manifest(disk.process({
      before(step) {
        if (step.call === "link" && refused) other.publish(1, 1, [file("x")]);
        if (step.call === "link" && !refused) other.publish(0, 1, [file("x")]);
      },
    }), "/out", "query", seededRandom(9));
    const publish = () => late.publish(refused ? 1 : 0, 2, list);
    if (refused) assert.throws(publish, { condition: "MILLRACE_SINK_CONFLICT" });
    else publish();
  }
  assert.deepEqual(disk.paths(), ["/out/_millrace/00000000000000000000.json", "/out/_millrace/00000000000000000001.json"]);
});

test("an entry that could not be synced is synced when it is published again", () => {
  const { disk } = setUp();
  let fail = true;
  const manifest = new Manifest(disk.process({ before: step => { if (fail && step.call === "syncFolder") throw fileError("EIO", "fsync", step.path); } }), "/out", "query", seededRandom(3));
  assert.throws(() => manifest.publish(0, 1, [file("a")]), { code: "EIO" });
  fail = false;
  manifest.publish(0, 1, [file("a")]);
  disk.losePower("lost");
  assert.equal(publishedFiles(disk.process(), "/out").length, 1);
});

test("a damaged entry is an error that names it", () => {
  const { disk, files, manifest } = setUp();
  manifest.publish(0, 1, [file("a")]);
  disk.damage("/out/_millrace/00000000000000000000.json", bytes => bytes.slice(0, 20));
  assert.throws(() => readManifest(files, "/out"), (error: Error) => /MILLRACE_SINK_CORRUPT.*00000000000000000000.json/.test(error.message));
});

test("orphans are staged files of earlier epochs that nobody names", () => {
  const uuid = "11111111-2222-4333-8444-555555555555", name = (batchId: number, epoch: number) => stagedName("part", batchId, epoch, uuid, ".json.gz");
  const names = [name(0, 1), name(1, 1), name(2, 1), name(3, 2), name(4, 3), "user.json", "part-1.json"];
  const entries = [{ format: 1, queryId: "q", epoch: 1, batchId: 0, files: [file(name(0, 1))] }];
  assert.deepEqual(stagedOrphans(names, entries, [file(name(1, 1))], 3), [name(2, 1), name(3, 2)]);
});

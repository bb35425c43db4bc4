/** Catches a file system that the engine can't rely on: each rule here is one that the checkpoint's safety rests on. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { SimulatedDisk } from "../testing/simulated-files.ts";
import { fileErrorCode, makeFolders, nodeFiles, removeTree, type Files } from "./files.ts";

const code = (expected: string) => (error: unknown) => fileErrorCode(error) === expected;
const bytes = (...values: number[]) => new Uint8Array(values);

function contract(name: string, use: (play: (files: Files, root: string) => Promise<void>) => Promise<void>): void {
  const rule = (what: string, play: (files: Files, root: string) => Promise<void>) => test(`${name}: ${what}`, () => use(play));

  rule("create refuses a name that is taken; read and write refuse one that is not there", async (files, root) => {
    files.open(`${root}/a`, "create").close();
    assert.throws(() => files.open(`${root}/a`, "create"), code("EEXIST"));
    assert.throws(() => files.open(`${root}/b`, "read"), code("ENOENT"));
    await assert.rejects(files.openAsync(`${root}/b`, "write"), code("ENOENT"));
    assert.equal(files.status(`${root}/b`), undefined);
    assert.equal(await files.statusAsync(`${root}/b`), undefined);
  });

  rule("bytes are read where they were written, and no further than the end", async (files, root) => {
    const handle = files.open(`${root}/a`, "create");
    handle.writeAt(bytes(9, 1, 2, 3, 9), 1, 3, 5);
    await handle.writeAtAsync(bytes(7), 0, 1, 0);
    const target = new Uint8Array(10);
    assert.equal(handle.readAt(target, 1, 9, 4), 4);
    assert.deepEqual([...target], [0, 0, 1, 2, 3, 0, 0, 0, 0, 0]);
    assert.equal(await handle.readAtAsync(target, 0, 4, 8), 0);
    handle.syncData();
    handle.sync();
    await handle.syncAsync();
    await handle.syncDataAsync();
    handle.truncate(2);
    assert.equal(handle.status().bytes, 2);
    handle.close();
    assert.deepEqual([...files.readFile(`${root}/a`)], [7, 0]);
    assert.deepEqual([...await files.readFileAsync(`${root}/a`)], [7, 0]);
    assert.throws(() => files.readFile(`${root}/none`), code("ENOENT"));
  });

  rule("link is a test-and-set, and the link count follows names", async (files, root) => {
    const handle = files.open(`${root}/a`, "create");
    files.link(`${root}/a`, `${root}/b`);
    assert.equal(handle.linkCount(), 2);
    assert.throws(() => files.link(`${root}/a`, `${root}/b`), code("EEXIST"));
    assert.throws(() => files.link(`${root}/none`, `${root}/c`), code("ENOENT"));
    files.unlink(`${root}/a`);
    assert.equal(handle.linkCount(), 1);
    assert.equal(files.status(`${root}/b`)?.inode, handle.status().inode);
    await files.unlinkAsync(`${root}/b`);
    assert.equal(handle.linkCount(), 0);
    handle.writeAt(bytes(1), 0, 1, 0);
    handle.syncData();
    handle.close();
    assert.throws(() => files.unlink(`${root}/b`), code("ENOENT"));
  });

  rule("folders", async (files, root) => {
    makeFolders(files, `${root}/x/y/z`);
    makeFolders(files, `${root}/x/y/z`);
    assert.throws(() => files.makeFolder(`${root}/x`), code("EEXIST"));
    files.open(`${root}/x/y/2`, "create").close();
    files.open(`${root}/x/y/10`, "create").close();
    assert.deepEqual(files.list(`${root}/x/y`), ["10", "2", "z"]);
    assert.deepEqual(await files.listAsync(`${root}/x`), ["y"]);
    files.rename(`${root}/x/y/2`, `${root}/x/y/10`);
    files.syncFolder(`${root}/x/y`);
    await files.syncFolderAsync(root);
    assert.deepEqual(files.list(`${root}/x/y`), ["10", "z"]);
    assert.equal(files.status(`${root}/x`)?.isFolder, true);
    assert.throws(() => files.list(`${root}/none`), code("ENOENT"));
    removeTree(files, `${root}/x`);
    assert.deepEqual(files.list(root), []);
    assert.equal(files.fileSystem(root).networkKind, undefined);
    assert.ok(files.fileSystem(root).freeBytes > 0);
  });
}

contract("node", async play => {
  const root = mkdtempSync(join(tmpdir(), "millrace-files-"));
  try { await play(nodeFiles, root); } finally { rmSync(root, { recursive: true, force: true }); }
});
contract("simulated", async play => {
  const files = new SimulatedDisk().process();
  files.makeFolder("/root");
  await play(files, "/root");
});

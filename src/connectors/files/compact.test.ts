/**
 * Catches rows that a compaction loses or doubles: when it dies at any of its steps, under readers that began before or after it, and where files hold
 * headers, partitions or no line end at the end.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { seededRandom } from "../../base/clock.ts";
import { nodeFiles, type Files } from "../../base/files.ts";
import { Manifest, stagedName } from "../../storage/manifest.ts";
import { compactFolder, type CompactOptions } from "./compact.ts";
import { ManifestFollower, manifestFiles } from "./manifest-folder.ts";

class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "millrace-compact-"));
  readonly #random = seededRandom(7);
  readonly #manifest = new Manifest(nodeFiles, this.path, "query", this.#random);
  #batch = 0;
  publish(files: Readonly<Record<string, string | Uint8Array>>): void {
    const batch = this.#batch++, list = Object.entries(files).map(([name, content]) => {
      const at = name.lastIndexOf("/") + 1, path = `${name.slice(0, at)}${stagedName("part", batch, 1, this.#random.uuid(), name.slice(at))}`;
      mkdirSync(dirname(join(this.path, path)), { recursive: true });
      writeFileSync(join(this.path, path), content);
      return { path, bytes: Buffer.byteLength(content), rows: 1, crc32c: 0 };
    });
    this.#manifest.publish(batch, 1, list);
  }
  get text(): string { return manifestFiles(nodeFiles, this.path)!.map(file => (file.path.endsWith(".gz") ? gunzipSync(readFileSync(file.path)) : readFileSync(file.path)).toString("utf8")).join(""); }
  get shown(): number { return manifestFiles(nodeFiles, this.path)!.length; }
  compact(options: CompactOptions = {}, files: Files = nodeFiles) { return compactFolder(files, this.#random, 0, this.path, options); }
  follow(): ManifestFollower { return new ManifestFollower(nodeFiles, this.path); }
  [Symbol.dispose](): void { rmSync(this.path, { recursive: true, force: true }); }
}

describe("compaction", () => {
  test("readers see the same rows in few files; what comes later comes behind", async () => {
    using folder = new Folder();
    for (let i = 0; i < 10; i++) folder.publish({ ".json": `{"i":${i}}${i === 4 ? "" : "\n"}` });
    const before = folder.text.replace("}{", "}\n{");
    const { filesBefore, filesAfter, rows } = await folder.compact();
    assert.deepEqual([filesBefore, filesAfter, rows, folder.shown, folder.text], [10, 1, 10, 1, before]);
    assert.equal(readdirSync(folder.path).length, 12, "old files stay");
    folder.publish({ ".json": '{"i":10}\n' });
    folder.publish({});
    assert.equal(folder.text, `${before}{"i":10}\n`);
    assert.deepEqual(await folder.compact({ removeReplaced: true }).then(({ filesAfter: after, removed }) => [after, removed]), [1, 12]);
    assert.deepEqual([folder.shown, folder.text, readdirSync(folder.path).length], [1, `${before}{"i":10}\n`, 2]);
    assert.equal((await folder.compact()).filesAfter, 1);
  });

  test("partitions, sizes, headers and compressed files", async () => {
    using folder = new Folder();
    for (let i = 0; i < 4; i++) folder.publish({ "k=a/.csv": `h,i\n${i},"x\ny"\n`, "k=b/.csv": `h,i\n${i},z\n`, ".json.gz": gzipSync(`{"i":${i}}\n`) });
    await folder.compact({ format: { header: "true" } }).then(() => assert.fail("compressed files with headers were joined"), error => assert.match((error as Error).message, /MILLRACE_UNSUPPORTED/));
    assert.equal(folder.shown, 12);
    using plain = new Folder();
    for (let i = 0; i < 4; i++) plain.publish({ "k=a/.csv": `h,i\n${i},"x\ny"\n`, "k=b/.csv": `h,i\n${i},z\n` });
    await plain.compact({ format: { header: "true" } });
    assert.deepEqual(manifestFiles(nodeFiles, plain.path)!.map(file => readFileSync(file.path, "utf8")), ['h,i\n0,"x\ny"\n1,"x\ny"\n2,"x\ny"\n3,"x\ny"\n', "h,i\n0,z\n1,z\n2,z\n3,z\n"]);
    using zipped = new Folder();
    for (let i = 0; i < 6; i++) zipped.publish({ ".json.gz": gzipSync(`{"i":${i}}\n`) });
    await zipped.compact({ targetBytes: 3 * gzipSync('{"i":0}\n').length });
    assert.deepEqual([zipped.shown, zipped.text], [2, [0, 1, 2, 3, 4, 5].map(i => `{"i":${i}}\n`).join("")]);
  });

  test("dying at any step leaves the rows as they were", async () => {
    for (let step = 0, done = false; !done; step++) {
      using folder = new Folder();
      for (let i = 0; i < 3; i++) folder.publish({ ".json": `{"i":${i}}\n`, "k=1/.json": `{"k":${i}}\n` });
      const rows = (): string => folder.text.split("\n").sort().join("\n"), before = rows();
      let left = step;
      const mortal = new Proxy(nodeFiles, {
        get(target, name: keyof Files) {
          const call = target[name] as (...args: unknown[]) => unknown;
          if (!["open", "link", "unlink", "rename", "syncFolder", "status", "list", "readFile"].includes(name)) return call;
          return (...args: unknown[]) => {
            if (left-- === 0) throw Object.assign(new Error("the process is gone"), { code: "EDEAD" });
            if (left < 0) throw Object.assign(new Error("nothing happens after death"), { code: "EDEAD" });
            return call.apply(target, args);
          };
        },
      });
      done = await folder.compact({ removeReplaced: true }, mortal).then(() => true, error => { assert.match(String(error), /EDEAD|gone|death/); return false; });
      assert.equal(rows(), before, `after ${step} steps`);
      const again = await folder.compact({ removeReplaced: true });
      assert.equal(rows(), before);
      assert.ok(again.filesAfter <= 2 && folder.shown === 2, `after ${step} steps and another run`);
      assert.ok(step < 500);
    }
  });

  test("a stream goes on with the files that it began with", async () => {
    using folder = new Folder();
    for (let i = 0; i < 3; i++) folder.publish({ ".json": `{"i":${i}}\n` });
    const began = folder.follow(), first = began.take(undefined, () => false).map(file => file.path);
    await folder.compact();
    folder.publish({ ".json": '{"i":3}\n' });
    assert.equal(began.take(undefined, () => true).length, 1, "it knows where it was");
    const seen = new Set(first.slice(0, 1));
    assert.deepEqual(folder.follow().take(undefined, path => seen.has(path)).map(file => file.path).slice(0, 3), first, "begun again, it reads the rest of the old files");
    const fresh = folder.follow().take(undefined, () => false);
    assert.equal(fresh.length, 2, "a new stream reads the new file and what came behind it");
    const second = new Set([fresh[0]!.path]);
    await folder.compact();
    assert.deepEqual(folder.follow().take(undefined, path => second.has(path)).map(file => file.path), fresh.map(file => file.path));
  });

  test("a folder without a manifest is refused", async () => {
    const path = mkdtempSync(join(tmpdir(), "millrace-compact-"));
    await assert.rejects(compactFolder(nodeFiles, seededRandom(1), 0, path), { condition: "MILLRACE_NOT_A_SINK" });
    rmSync(path, { recursive: true });
  });
});

/** Catches patterns that match too much or too little, hidden files read as data, and a missing path that goes unnoticed. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { nodeFiles } from "../../base/files.ts";
import { cleanPath, globToRegExp, listFiles, type ListOptions } from "./listing.ts";

test("patterns", () => {
  const cases: [string, string, boolean][] = [
    ["/a/*.json", "/a/b.json", true], ["/a/*.json", "/a/b/c.json", false], ["/a/**/*.json", "/a/b/c.json", true],
    ["/a/{x,y}.json", "/a/y.json", true], ["/a/{x,y}.json", "/a/z.json", false], ["/a/[0-9].json", "/a/7.json", true],
    ["/a/[!0-9].json", "/a/7.json", false], ["/a/?.json", "/a/bb.json", false], ["/a/b.c", "/a/bxc", false],
  ];
  for (const [pattern, path, expected] of cases) assert.equal(globToRegExp(pattern).test(path), expected, `${pattern} over ${path}`);
});

test("a folder means its files and those of its partitions, hidden names left out", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-list-"));
  mkdirSync(join(folder, "day=1"));
  mkdirSync(join(folder, "_millrace"));
  mkdirSync(join(folder, "other/deep"), { recursive: true });
  for (const name of ["b.json", "a.json", ".c.json", "_SUCCESS", "day=1/d.json", "_millrace/0.json", "other/e.json", "other/deep/f.txt"]) writeFileSync(join(folder, name), "{}\n");
  const names = (paths: string[], options?: ListOptions) => listFiles(nodeFiles, paths, options).map(file => file.path.slice(folder.length + 1));
  assert.deepEqual(names([folder]), ["a.json", "b.json", "day=1/d.json"]);
  assert.deepEqual(names([`${folder}/*.json`]), ["a.json", "b.json"]);
  assert.deepEqual(names([`${folder}/day=*`]), ["day=1/d.json"]);
  assert.deepEqual(names([`file:${folder}//a.json`]), ["a.json"]);
  assert.deepEqual(names([`${folder}/*`]), ["a.json", "b.json", "day=1/d.json", "other/e.json"]);
  assert.deepEqual(names([`${folder}/*/*`]), ["day=1/d.json", "other/deep/f.txt", "other/e.json"]);
  assert.deepEqual(names([`${folder}/{a,other/e}.json`]), ["a.json", "other/e.json"]);
  assert.deepEqual(names([`${folder}/**/*.txt`]), ["other/deep/f.txt"]);
  assert.deepEqual(names([folder], { recursive: true }), ["a.json", "b.json", "day=1/d.json", "other/deep/f.txt", "other/e.json"]);
  assert.deepEqual(names([folder], { recursive: true, nameFilter: "*.txt" }), ["other/deep/f.txt"]);
  utimesSync(join(folder, "a.json"), 1000, 1000);
  assert.deepEqual(names([folder], { modifiedBefore: 1_000_000_001 }), ["a.json"]);
  assert.deepEqual(names([folder], { modifiedAfter: 1_000_000_000 }), ["b.json", "day=1/d.json"]);
  assert.throws(() => names([`${folder}/*.nope`]), { condition: "PATH_NOT_FOUND" });
  assert.throws(() => names([join(folder, "missing")]), { condition: "PATH_NOT_FOUND" });
});

test("paths are cleaned", () => {
  assert.equal(cleanPath("file:///a//b/"), "/a/b");
  assert.equal(cleanPath("/"), "/");
});

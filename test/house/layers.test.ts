/** Catches an import that runs against the order of the layers, a folder that the order doesn't know, and files no one can read in a sitting. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import test from "node:test";

/** A folder imports only itself and folders on its left. */
const ORDER = [
  "base", "types", "memory", "kernels", "columns", "plan", "formats", "functions", "eval", "sql", "analyze", "optimize", "storage",
  "state", "operators", "io", "physical", "checkpoint", "connectors", "stream", "api", "connect", "server", "cli",
];
const root = resolve(import.meta.dirname, "../../src");

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? sources(join(folder, entry.name)) : /\.tsx?$/.test(entry.name) ? [join(folder, entry.name)] : []);
}

const layerOf = (file: string): string | undefined => {
  const parts = relative(root, file).split("/");
  return parts.length === 1 ? undefined : parts[0];
};

test("imports follow the order of the layers", () => {
  const wrong: string[] = [];
  for (const file of sources(root)) {
    const layer = layerOf(file);
    if (layer === undefined || layer === "testing" || file.endsWith(".test.ts")) continue;
    assert.ok(ORDER.includes(layer), `src/${layer} has no place in the order`);
    for (const match of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)) {
      const target = resolve(dirname(file), match[1]!);
      if (!target.startsWith(root + "/")) continue;
      const other = layerOf(target);
      if (other === undefined || other === "testing" || ORDER.indexOf(other) > ORDER.indexOf(layer)) wrong.push(`${relative(root, file)} imports ${match[1]}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("files stay readable: one concept a file, 400 lines at most", () => {
  const files = ["src", "assembly", "ui"].flatMap(folder => sources(resolve(root, "..", folder)));
  const long = files.map(file => [relative(resolve(root, ".."), file), readFileSync(file, "utf8").trimEnd().split("\n").length] as const).filter(([, lines]) => lines > 400);
  assert.deepEqual(long, []);
});

test("sources use no escape hatches", () => {
  const found = sources(root).filter(file => /\bas any\b|@ts-(?:ignore|nocheck|expect-error)|new Function\(|\beval\(/.test(readFileSync(file, "utf8"))).map(file => relative(root, file));
  assert.deepEqual(found, []);
});

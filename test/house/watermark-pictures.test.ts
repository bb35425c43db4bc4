/** Catches pictures of docs/watermarks.md that are not what queries do today. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import test from "node:test";
import { drawWatermarks } from "../../scripts/draw-watermarks.ts";

test("the pictures of watermarks are those that the queries draw now: npm run docs:watermarks", async () => {
  const folder = resolve(import.meta.dirname, "../../docs"), page = readFileSync(join(folder, "watermarks.md"), "utf8"), pictures = await drawWatermarks();
  assert.ok(pictures.size >= 5);
  for (const [name, svg] of pictures) {
    assert.equal(readFileSync(join(folder, "images", name), "utf8"), svg, name);
    assert.ok(page.includes(`images/${name}`), `${name} is not on the page`);
  }
});

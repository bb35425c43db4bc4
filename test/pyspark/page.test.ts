/** Catches a page on PySpark's names that says what is not so: a name that has gone, one that has come, or a state without a name. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { namedStates, page } from "./page.ts";
import { CLASSES, STATES } from "./states.ts";

test("docs/pyspark.md is what `npm run docs:pyspark` makes", async () => {
  const lines = readFileSync(new URL("../../docs/pyspark.md", import.meta.url), "utf8").split("\n"), now = (await page()).split("\n"), first = now.findIndex((line, i) => line !== lines[i]);
  assert.ok(first < 0 && lines.length === now.length, `line ${first + 1} is now: ${now[first] ?? "gone"}`);
});

test("states are of names that PySpark has, and none is of one that is simply there", async () => {
  const names = new Set((await namedStates()).map(({ owner, name }) => `${owner}.${name}`)), owners = new Set([...names].map(name => name.split(".")[0]!));
  assert.deepEqual(Object.keys(STATES).filter(name => !names.has(name)), []);
  assert.deepEqual(Object.keys(CLASSES).filter(name => !owners.has(name)), []);
  const all = await namedStates();
  assert.ok(all.filter(one => one.state === "there").length > 600, `${all.filter(one => one.state === "there").length} there`);
});

/** Catches a setting of Spark that has no effect here and says nothing, and a list of followed ones that isn't true. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RuntimeConf } from "./conf.ts";
import { FOLLOWED } from "./older-behaviour.ts";

test("an older behaviour that is asked for and not followed is told once, whenever it was set", () => {
  const told: string[] = [], conf = new RuntimeConf({ "spark.sql.legacy.bangEqualsNot": "true", "spark.sql.legacy.sizeOfNull": "true" });
  conf.settings.tellTo!(text => { told.push(text); });
  conf.set("spark.sql.legacy.setopsPrecedence.enabled", true);
  conf.settings.set!("spark.sql.legacy.setopsPrecedence.enabled", "false");
  conf.set("spark.sql.legacy.timeParserPolicy", "LEGACY");
  conf.set("spark.sql.ansi.enabled", false);
  assert.deepEqual(told, [
    "The setting spark.sql.legacy.bangEqualsNot is not followed: answers stay as they are without it.",
    "The setting spark.sql.legacy.setopsPrecedence.enabled is not followed: answers stay as they are without it.",
  ]);
});

test("what is said to be followed is looked at somewhere", () => {
  const root = join(import.meta.dirname, ".."), texts = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith("older-behaviour.ts")).map(name => readFileSync(join(root, name), "utf8"));
  for (const name of FOLLOWED) assert.ok(texts.some(text => text.includes(`"spark.sql.legacy.${name}"`)), name);
});

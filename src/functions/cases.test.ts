/** Catches an entry of the function library whose documented cases aren't what the function gives, and entries without any. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError } from "../base/errors.ts";
import { conformanceSession } from "../../test/conformance/world.ts";
import { families } from "./families.ts";
import { lookupFunction } from "./registry.ts";

const { session } = conformanceSession({ "spark.sql.timeType.enabled": "true" });

/** The result as text, NULL, or the condition of the error. */
async function resultOf(sql: string): Promise<string> {
  try {
    const rows = await session.sql(`SELECT CAST((${sql}) AS STRING) AS result`).collect();
    return ((rows[0] as { readonly result: string | null }).result) ?? "NULL";
  } catch (error) {
    if (error instanceof MillraceError) return error.condition;
    throw error;
  }
}

/** Aggregates need rows; generators and windows need a query. */
const scalars = families.flat().filter(entry => entry.kind === "scalar");

test("documented cases hold", async () => {
  const wrong: string[] = [];
  for (const entry of scalars) {
    for (const [sql, expected] of entry.cases) {
      const actual = await resultOf(sql);
      if (actual !== expected) wrong.push(`${entry.name}: ${sql} gives ${actual}, not ${expected}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("entries are documented, and each name means one entry", () => {
  const seen = new Set<string>();
  for (const entry of scalars) {
    assert.ok(entry.usage !== "" && entry.description.endsWith("."), entry.name);
    for (const name of [entry.name, ...(entry.aliases ?? [])]) {
      assert.ok(!seen.has(name), `${name} twice`);
      seen.add(name);
      assert.equal(lookupFunction(name.toUpperCase())?.name, entry.name);
    }
  }
});

test("stop", async () => { await session.stop(); });

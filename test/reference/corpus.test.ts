/** The reference against Spark's recorded answers: what is compared with the engine elsewhere must itself be right. */
import assert from "node:assert/strict";
import test from "node:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import type { StructType } from "../../src/types/data-type.ts";
import { sameRows } from "../conformance/cells.ts";
import { readScenario } from "../conformance/scenario.ts";
import type { ExpectedBatch, Scenario } from "../conformance/scenario-format.ts";
import { describedQuery } from "./corpus-queries.ts";
import { referenceBatches } from "./golden.ts";

const FOLDER = join(import.meta.dirname, "../corpus/streaming/scenarios");

test("the reference gives what Spark gave", () => {
  const problems: string[] = [];
  let compared = 0;
  for (const name of readdirSync(FOLDER).sort()) {
    const scenario = readScenario(join(FOLDER, name)), query = describedQuery(scenario);
    if (query === undefined) continue;
    compared++;
    const schema = parseSchemaDdl(scenario.resultSchema!), problem = difference(scenario, referenceBatches(scenario, query, schema), schema);
    if (problem !== undefined) problems.push(`${scenario.name}: ${problem}`);
  }
  assert.deepEqual(problems, []);
  assert.ok(compared > 110, `${compared} scenarios`);
});

function difference({ expect = [] }: Scenario, actual: readonly ExpectedBatch[], schema: StructType): string | undefined {
  for (const [i, batch] of expect.entries()) {
    const other = actual[i];
    if (other === undefined) return `${actual.length} batches, not ${expect.length}`;
    const { rows, ...rest } = batch, { rows: otherRows, ...otherRest } = other, plain = (value: object) => JSON.parse(JSON.stringify(sorted(value))) as object;
    if (!sameRows(rows, otherRows, schema, false)) return `batch ${i}: ${JSON.stringify(otherRows)}, not ${JSON.stringify(rows)}`;
    if (!isDeepStrictEqual(plain(rest), plain(otherRest))) return `batch ${i}: ${JSON.stringify(otherRest)}, not ${JSON.stringify(rest)}`;
  }
  return actual.length > expect.length ? `${actual.length} batches, not ${expect.length}` : undefined;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

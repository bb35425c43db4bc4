/**
 * Catches plans that change: for each statement of golden/*.txt the plan after analysis and the plan after optimisation,
 * attributes numbered as they appear. MILLRACE_WRITE=1 writes the files anew; read the difference.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { analyze } from "../../src/analyze/analyzer.ts";
import type { Catalog, TableLike } from "../../src/analyze/context.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { lookupFunction } from "../../src/functions/registry.ts";
import { optimize } from "../../src/optimize/optimize.ts";
import { planToText } from "../../src/optimize/plan-text.ts";
import type { ResolvedRelation } from "../../src/plan/resolved.ts";
import { parseQuery, parseSchemaDdl } from "../../src/sql/parser.ts";
import { contextFor } from "./corpus.ts";

const SCHEMAS: Readonly<Record<string, string>> = {
  t: "id INT NOT NULL, s STRING, d DOUBLE, st STRUCT<a: INT, b: STRING>, xs ARRAY<INT>",
  u: "id INT, w INT, ts TIMESTAMP",
  events: "ts TIMESTAMP, key STRING, v INT",
  clicks: "at TIMESTAMP, key STRING, page STRING",
};
const STREAMS = new Set(["events", "clicks"]);

const catalog: Catalog = {
  names: () => Object.keys(SCHEMAS),
  lookupTable: nameParts => {
    const name = nameParts.at(-1)!.toLowerCase(), schema = SCHEMAS[name];
    if (schema === undefined) return undefined;
    const table: TableLike = { name, description: name, schema: parseSchemaDdl(schema), isStreaming: STREAMS.has(name) };
    return { kind: "table", table };
  },
};
const context = contextFor(catalog, {}, lookupFunction);

/** Ids in the order in which they first appear, so that the text doesn't depend on what ran before. */
function numbered(texts: readonly string[]): readonly string[] {
  const ids = new Map<string, number>();
  return texts.map(text => text.replace(/#(\d+)/g, (_, id: string) => {
    if (!ids.has(id)) ids.set(id, ids.size + 1);
    return `#${ids.get(id)}`;
  }));
}

function plansOf(sql: string): string {
  let analysed: ResolvedRelation;
  try {
    analysed = analyze(parseQuery(sql), context);
  } catch (error) {
    if (error instanceof MillraceError) return `${error.condition}: ${error.text}`;
    throw error;
  }
  const [before, after] = numbered([planToText(analysed), planToText(optimize(analysed, context.settings))]);
  return before === after ? before! : `${before}\n=>\n${after}`;
}

const folder = join(import.meta.dirname, "golden");
for (const file of readdirSync(folder).filter(name => name.endsWith(".txt")).toSorted()) {
  const blocks = readFileSync(join(folder, file), "utf8").split(/\n\n+/).filter(block => block.trim() !== "").map(block => {
    const lines = block.split("\n"), end = lines.findIndex(line => line.endsWith(";"));
    return { sql: lines.slice(0, end + 1).join("\n"), plans: lines.slice(end + 1).join("\n").trimEnd() };
  });
  const run = (sql: string): string => plansOf(sql.replace(/;$/, ""));
  if (process.env["MILLRACE_WRITE"] === "1") writeFileSync(join(folder, file), blocks.map(({ sql }) => `${sql}\n${run(sql)}\n`).join("\n"));
  else test(`plans of ${file}`, () => {
    assert.ok(blocks.length > 0);
    for (const { sql, plans } of blocks) assert.equal(run(sql), plans, sql);
  });
}

/** Catches a streaming query that is let through or refused otherwise than Spark does, before anything runs. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { analyze } from "../../src/analyze/analyzer.ts";
import { checkBatch, checkStreaming } from "../../src/analyze/check-streaming.ts";
import type { CatalogEntry } from "../../src/analyze/context.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { lookupFunction } from "../../src/functions/registry.ts";
import type { OutputMode } from "../../src/plan/output-mode.ts";
import type { Deduplicate, Relation, WithWatermark } from "../../src/plan/relations.ts";
import { parseQuery, parseSchemaDdl } from "../../src/sql/parser.ts";
import { contextFor } from "./corpus.ts";

interface Scenario {
  readonly name: string;
  readonly sources?: Readonly<Record<string, { readonly schema: string; readonly watermark?: { readonly column: string; readonly delay: string } }>>;
  readonly static?: Readonly<Record<string, { readonly schema: string }>>;
  readonly ops?: readonly { readonly op: string; readonly input: string; readonly as: string; readonly sql?: string; readonly column?: string; readonly delay?: string; readonly columns?: readonly string[] }[];
  readonly query: { readonly sql: string };
  readonly outputMode: OutputMode;
  readonly conf?: Readonly<Record<string, string>>;
  readonly error?: { readonly class: string | null; readonly when: "start" | "run" };
}

const folder = join(import.meta.dirname, "../corpus/streaming/scenarios");
const scenarios = readdirSync(folder).map(file => JSON.parse(readFileSync(join(folder, file), "utf8")) as Scenario);

const named = (name: string): Relation => ({ kind: "read_named_table", nameParts: [name], isStreaming: false });
const withWatermark = (input: Relation, column: string, delayThreshold: string): WithWatermark => ({ kind: "with_watermark", input, eventTime: { kind: "unresolved_attribute", nameParts: [column] }, delayThreshold });

/** The condition of what is refused; undefined: the query may start. */
function verdict(scenario: Scenario): string | undefined {
  const entries = new Map<string, CatalogEntry>();
  const context = contextFor({ lookupTable: parts => entries.get(parts.at(-1)!.toLowerCase()), names: () => entries.keys() }, scenario.conf ?? {}, lookupFunction);
  const table = (name: string, schema: string, isStreaming: boolean): CatalogEntry => ({ kind: "table", table: { name, description: name, schema: parseSchemaDdl(schema), isStreaming } });
  for (const [name, source] of Object.entries(scenario.sources ?? {})) {
    entries.set(`source_${name}`, table(name, source.schema, true));
    const plan = named(`source_${name}`);
    entries.set(name, { kind: "view", plan: source.watermark === undefined ? plan : withWatermark(plan, source.watermark.column, source.watermark.delay) });
  }
  for (const [name, { schema }] of Object.entries(scenario.static ?? {})) entries.set(name, table(name, schema, false));
  for (const op of scenario.ops ?? []) {
    const input = named(op.input);
    const deduplicate: Deduplicate = { kind: "deduplicate", input, withinWatermark: op.op === "dropDuplicatesWithinWatermark", ...(op.columns !== undefined && { columnNames: op.columns }) };
    const plan = op.op === "sql" ? parseQuery(op.sql!) : op.op === "withWatermark" ? withWatermark(input, op.column!, op.delay!) : deduplicate;
    entries.set(op.as, { kind: "view", plan });
  }
  try {
    checkStreaming(analyze(parseQuery(scenario.query.sql), context), scenario.outputMode, context.settings);
    return undefined;
  } catch (error) {
    if (error instanceof MillraceError) {
      assert.ok(error.hint !== undefined || !error.condition.startsWith("STREAMING_") && error.condition !== "_LEGACY_ERROR_TEMP_3102", `${scenario.name}: a refusal says what to do instead`);
      return error.condition;
    }
    throw error;
  }
}

test("what Spark refuses when a query starts is refused, under its condition; the rest may start", () => {
  let refused = 0, allowed = 0;
  for (const scenario of scenarios) {
    if (scenario.ops?.some(op => op.op === "statefulProgram") === true) continue;
    const got = verdict(scenario);
    // A function that the library hasn't got is no matter of streams.
    if (got === "UNRESOLVED_ROUTINE") continue;
    if (scenario.error?.when === "start") {
      refused++;
      if (scenario.error.class === null) assert.notEqual(got, undefined, scenario.name);
      else assert.equal(got, scenario.error.class, scenario.name);
    } else if (scenario.error === undefined) {
      allowed++;
      assert.equal(got, undefined, scenario.name);
    }
  }
  assert.ok(refused >= 35 && allowed >= 170, `${refused} refused, ${allowed} allowed`);
});

test("a stream can't be collected as a batch", () => {
  const context = contextFor({ lookupTable: () => ({ kind: "table", table: { name: "s", description: "s", schema: parseSchemaDdl("a INT"), isStreaming: true } }), names: () => [] }, {}, lookupFunction);
  const plan = analyze(parseQuery("SELECT a FROM s"), context);
  assert.throws(() => checkBatch(plan), (error: MillraceError) => /writeStream/.test(error.hint ?? ""));
});

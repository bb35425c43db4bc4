/** Between the reference's values and those of scenario files. */
import { decode } from "../conformance/cells.ts";
import type { ExpectedBatch, Scenario, ScenarioRow, ScenarioStep } from "../conformance/scenario-format.ts";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import { parseDuration } from "../../src/types/duration.ts";
import type { DataType, StructType } from "../../src/types/data-type.ts";
import { Reference, type ReferenceBatch } from "./evaluator.ts";
import type { Query, Row, TimeWindow, Value } from "./query.ts";

/** Runs the steps of a scenario through the reference; batches as the file would hold them. */
export function referenceBatches(scenario: Scenario, query: Query, resultSchema: StructType): ExpectedBatch[] {
  const schemas = new Map(Object.entries(scenario.sources).map(([name, { schema }]) => [name, parseSchemaDdl(schema)] as const));
  const reference = new Reference(query, {
    outputMode: scenario.outputMode, policy: scenario.conf?.["spark.sql.streaming.multipleWatermarkPolicy"] === "max" ? "max" : "min",
    noDataBatches: scenario.conf?.["spark.sql.streaming.noDataMicroBatches.enabled"] !== "false",
    sources: Object.fromEntries([...schemas].map(([name, { fields }]) => [name, fields.map(field => field.name)])),
  });
  for (const step of scenario.steps) runStep(reference, step, schemas);
  return reference.batches.map(batch => expectedOf(batch, resultSchema));
}

function runStep(reference: Reference, step: ScenarioStep, schemas: ReadonlyMap<string, StructType>): void {
  for (const [name, rows] of Object.entries(step.add ?? {})) reference.add(name, rows.map(row => rowOf(row, schemas.get(name)!)));
  if (step.process === true) reference.process();
  if (step.restart === true) reference.restart(step.loseLastCommit === true);
}

/** The watermark that a scenario sets on a source, for descriptions. */
export function watermarkOf(scenario: Scenario, source: string): { readonly column: string; readonly delay: number } | undefined {
  const watermark = scenario.sources[source]?.watermark;
  if (watermark === undefined) return undefined;
  const { months, micros } = parseDuration(watermark.delay);
  return { column: watermark.column, delay: Number(micros) + months * 31 * 86_400_000_000 };
}

function rowOf(row: ScenarioRow, { fields }: StructType): Row {
  return Object.fromEntries(fields.map(({ name, type }, i) => {
    const cell = decode(row[i], type);
    return [name, typeof cell === "bigint" ? Number(cell) : cell as Value];
  }));
}

function expectedOf({ batchId, rows, watermark, numInputRows, state, times }: ReferenceBatch, { fields }: StructType): ExpectedBatch {
  const eventTime = { ...(times && { min: millisText(times.min), max: millisText(times.max), avg: millisText(times.avg) }), ...(watermark !== null && { watermark: millisText(watermark) }) };
  return {
    batchId, rows: rows.map(row => Object.values(row).map((value, i) => encoded(value, fields[i]!.type))), watermark: watermark === null ? null : millisText(watermark), numInputRows,
    state: state.map(one => ({ ...one })), eventTime,
  };
}

function encoded(value: Value, type: DataType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case "timestamp": return microsText(value as number);
    case "struct": return [microsText((value as TimeWindow).start), microsText((value as TimeWindow).end)];
    case "double": return Number.isInteger(value) ? `${String(value)}.0` : String(value);
    case "boolean": case "int": case "string": return value;
    default: return String(value);
  }
}

const millisText = (millis: number): string => new Date(millis).toISOString();
function microsText(micros: number): string {
  const millis = Math.floor(micros / 1000);
  return new Date(millis).toISOString().replace("Z", `${String(micros - millis * 1000).padStart(3, "0")}Z`);
}

/** What a run of a scenario gave, against what Spark's gave. */
import { MillraceError } from "../../src/base/errors.ts";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import type { StructType } from "../../src/types/data-type.ts";
import { bareSchema, sameRows } from "./cells.ts";
import type { ActualBatch, ExpectedBatch, Scenario } from "./scenario-format.ts";
import { describe } from "./sql-cases.ts";

/** The first difference, or undefined. */
export function compareRun({ expect = [], resultSchema, ordered }: Scenario, batches: readonly ActualBatch[], schema: StructType | undefined): string | undefined {
  if (resultSchema !== undefined && schema !== undefined && bareSchema(parseSchemaDdl(resultSchema)) !== bareSchema(schema)) return `schema: ${bareSchema(schema)} is not ${bareSchema(parseSchemaDdl(resultSchema))}`;
  if (expect.length !== batches.length) return `${batches.length} batches, not ${expect.length}`;
  for (const [i, batch] of expect.entries()) {
    const problem = compareBatch(batch, batches[i]!, schema!, ordered === true);
    if (problem !== undefined) return `entry ${i} (batch ${batch.batchId}): ${problem}`;
  }
  return undefined;
}

function compareBatch(batch: ExpectedBatch, { progress, rows }: ActualBatch, schema: StructType, ordered: boolean): string | undefined {
  if (progress.batchId !== batch.batchId) return `has id ${progress.batchId}`;
  if (!sameRows(batch.rows, rows, schema, ordered)) return "rows";
  if ((progress.eventTime.watermark ?? null) !== batch.watermark) return `watermark ${progress.eventTime.watermark ?? null}, not ${batch.watermark}`;
  if (progress.numInputRows !== batch.numInputRows) return `${progress.numInputRows} input rows, not ${batch.numInputRows}`;
  const time = JSON.stringify(sorted(progress.eventTime)), wantedTime = JSON.stringify(sorted(batch.eventTime ?? {}));
  if (time !== wantedTime) return `event time ${time}, not ${wantedTime}`;
  const state = JSON.stringify(stateOf({ progress })), wantedState = JSON.stringify((batch.state ?? []).map(one => ({
    operator: one["operator"], numRowsTotal: one["numRowsTotal"], numRowsUpdated: one["numRowsUpdated"], numRowsRemoved: one["numRowsRemoved"], numRowsDroppedByWatermark: one["numRowsDroppedByWatermark"],
  })));
  if (state !== wantedState) return `state ${state}, not ${wantedState}`;
  if (batch.timestamp !== undefined && progress.timestamp !== batch.timestamp) return `timestamp ${progress.timestamp}, not ${batch.timestamp}`;
  return undefined;
}

export function compareError(expected: string | null, caught: unknown): string | undefined {
  if (caught instanceof MillraceError && caught.condition === "MILLRACE_UNSUPPORTED") return `unsupported: ${caught.text}`;
  if (expected === null || /^_LEGACY_ERROR_TEMP_/.test(expected)) return undefined;
  return caught instanceof MillraceError && caught.condition === expected ? undefined : `error ${describe(caught)}, not ${expected}`;
}

/** A batch as the files write it. */
export function summary({ progress, rows }: ActualBatch): object {
  return { batchId: progress.batchId, rows, watermark: progress.eventTime.watermark ?? null, numInputRows: progress.numInputRows, state: stateOf({ progress }), eventTime: progress.eventTime };
}

const stateOf = ({ progress }: Pick<ActualBatch, "progress">) => progress.stateOperators.map(one => ({
  operator: one.operatorName, numRowsTotal: one.numRowsTotal, numRowsUpdated: one.numRowsUpdated, numRowsRemoved: one.numRowsRemoved, numRowsDroppedByWatermark: one.numRowsDroppedByWatermark,
}));

const sorted = (record: Readonly<Record<string, string | undefined>>) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));

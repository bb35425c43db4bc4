/**
 * The rows of a scenario cut into other batches; what a reader has of a run in the end; and for which scenarios that may
 * not depend on the cut.
 */
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import type { ResolvedExpression, ResolvedRelation } from "../../src/plan/resolved.ts";
import type { StructType } from "../../src/types/data-type.ts";
import { decode } from "../conformance/cells.ts";
import type { Scenario, ScenarioRow, ScenarioStep } from "../conformance/scenario-format.ts";
import { kindOf } from "../conformance/scenario-ops.ts";
import { parseDuration } from "../../src/types/duration.ts";

/** As Spark counts the months of a delay. */
const MONTH_MICROS = 31n * 86_400_000_000n;

export type Cut = "one batch" | "a row a batch";

/** The same rows in their order, cut anew; restarts are left out. */
export function recut(scenario: Scenario, cut: Cut): Scenario {
  const adds = scenario.steps.flatMap(step => (step.add === undefined ? [] : [step.add])), steps: ScenarioStep[] = [];
  for (const add of adds) {
    if (cut === "one batch") steps.push({ add });
    else for (const [name, rows] of Object.entries(add)) for (const row of rows) steps.push({ add: { [name]: [row] } }, { process: true });
  }
  return { ...scenario, steps: cut === "one batch" ? [...steps, { process: true }] : steps };
}

/** Rows by batch, those of a batch that came twice once. */
export function accumulate(scenario: Scenario, batches: readonly { readonly batchId: number; readonly rows: readonly ScenarioRow[] }[], keys: readonly number[] | undefined): readonly ScenarioRow[] {
  const all = [...new Map(batches.map(batch => [batch.batchId, batch.rows])).values()];
  if (scenario.outputMode === "complete") return all.at(-1) ?? [];
  if (scenario.outputMode === "append" || keys === undefined) return all.flat();
  const newest = new Map<string, ScenarioRow>();
  for (const row of all.flat()) newest.set(JSON.stringify(keys.map(key => row[key])), row);
  return [...newest.values()];
}

/** Columns of the result that are the keys of its groups; undefined if it isn't grouped. */
export function keyColumns(plan: ResolvedRelation): readonly number[] | undefined {
  const keys = groupKeys(plan);
  return keys === undefined ? undefined : plan.output.flatMap((attribute, i) => (keys.has(attribute.id) ? [i] : []));
}

function groupKeys(plan: ResolvedRelation): Set<number> | undefined {
  if (plan.kind === "aggregate") return new Set(plan.keys.map(key => key.attribute.id));
  if (plan.kind !== "project" && plan.kind !== "filter" && plan.kind !== "subquery_alias") return undefined;
  const below = groupKeys(plan.input);
  if (below === undefined || plan.kind !== "project") return below;
  return new Set(plan.expressions.filter(({ expression }) => rootOf(expression).some(id => below.has(id))).map(({ attribute }) => attribute.id));
}

/** The attribute that an expression is, or is a field of. */
function rootOf(expression: ResolvedExpression): number[] {
  return expression.kind === "attribute" ? [expression.id] : expression.kind === "field_access" ? rootOf(expression.child) : [];
}

/** Aggregates that keep an order, and others by rows of one source only. */
const ORDERED = new Set(["first", "last", "first_value", "last_value", "any_value", "collect_list", "array_agg", "max_by", "min_by"]);

/** Why the result may depend on how the rows are cut into batches; undefined if it may not. Late rows are another matter. */
export function dependsOnCut(scenario: Scenario, plan: ResolvedRelation): string | undefined {
  if (scenario.error !== undefined) return "it fails";
  if (scenario.trigger !== undefined) return "batches wait for a clock";
  if (scenario.steps.some(step => step.sql !== undefined || step.conf !== undefined)) return "the query changes on the way";
  if ((scenario.ops ?? []).some(op => kindOf(op) === "statefulProgram")) return "a program is called once a batch and key";
  if (scenario.conf?.["spark.sql.streaming.noDataMicroBatches.enabled"] === "false") return "what the last batch closes stays inside";
  const kinds: string[] = [], scans: object[] = [];
  let ordered = false, isWithin = false;
  walk(plan, relation => {
    kinds.push(relation.kind);
    if (relation.kind === "scan" && relation.isStreaming) scans.push(relation.table);
    if (relation.kind === "deduplicate" && relation.withinWatermark) isWithin = true;
    if (relation.kind === "limit" && relation.isStreaming && scenario.outputMode === "append" || relation.kind === "deduplicate") ordered = true;
    if (relation.kind === "aggregate" && relation.aggregates.some(({ call }) => ORDERED.has(call.function.name))) ordered = true;
  });
  if (isWithin) return "a key is known as long as the watermark lets it, batch by batch";
  if (ordered && scans.length > 1) return "the order of rows of two sources counts";
  if (scenario.outputMode === "update" && kinds.includes("aggregate") && kinds.indexOf("filter") >= 0 && kinds.indexOf("filter") < kinds.indexOf("aggregate")) return "a group that stops passing the filter is not told of";
  return undefined;
}

function walk(plan: ResolvedRelation, visit: (relation: ResolvedRelation) => void): void {
  visit(plan);
  const { input, left, right, inputs } = plan as { input?: ResolvedRelation; left?: ResolvedRelation; right?: ResolvedRelation; inputs?: readonly ResolvedRelation[] };
  for (const child of [input, left, right, ...inputs ?? []]) if (child !== undefined) walk(child, visit);
}

/**
 * Whether no row can be late, however the rows are cut: each row of a source is later than every row before it less the
 * delay. Undefined where watermarks are set elsewhere than on the sources.
 */
export function neverLate(scenario: Scenario): boolean | undefined {
  if ((scenario.ops ?? []).some(op => kindOf(op) === "withWatermark") || /\bWATERMARK\b/i.test(scenario.query.sql)) return undefined;
  if (scenario.conf?.["spark.sql.streaming.multipleWatermarkPolicy"] === "max") return undefined;
  return Object.entries(scenario.sources).every(([name, { schema, watermark }]) => {
    if (watermark === undefined) return true;
    const type: StructType = parseSchemaDdl(schema), at = type.fields.findIndex(field => field.name === watermark.column), { months, micros } = parseDuration(watermark.delay), delay = micros + BigInt(months) * MONTH_MICROS;
    let reached = 0n;
    for (const row of scenario.steps.flatMap(step => step.add?.[name] ?? [])) {
      const time = decode(row[at], type.fields[at]!.type) as bigint | null;
      if (time === null) continue;
      if (time <= reached) return false;
      const moved = time - delay;
      if (moved > reached) reached = moved;
    }
    return true;
  });
}

/**
 * Catches an optimisation that changes an answer: every query of the conformance corpus is run as it was analysed and as
 * it was optimised. Where the first gives rows the second gives the same ones; that it fails less often is allowed, as
 * nobody asks for the value of a column that isn't used.
 */
import assert from "node:assert/strict";
import test from "node:test";
import type { Batch } from "../../src/columns/batch.ts";
import { rowsOf } from "../../src/columns/cells.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { lookupFunction } from "../../src/functions/registry.ts";
import { ExecutionContext } from "../../src/operators/context.ts";
import { optimize } from "../../src/optimize/optimize.ts";
import { planToText } from "../../src/optimize/plan-text.ts";
import { planQuery } from "../../src/physical/planner.ts";
import { runBatchPlan } from "../../src/physical/run.ts";
import type { SqlSettings } from "../../src/plan/function.ts";
import type { ResolvedRelation } from "../../src/plan/resolved.ts";
import { analyseCase, areas, contextFor, Views } from "./corpus.ts";

class Rows {
  readonly all: string[] = [];
  push(batch: Batch): boolean {
    for (const row of rowsOf(batch)) this.all.push(JSON.stringify(row, (_, value: unknown) => typeof value === "bigint" ? `${value}n` : typeof value === "number" && !Number.isFinite(value) ? String(value) : value));
    return true;
  }
  finish(): void {}
}

/** The rows as a multiset, or the condition of the error. */
async function answer(plan: ResolvedRelation, settings: SqlSettings): Promise<readonly string[] | string> {
  const context = new ExecutionContext(settings), rows = new Rows();
  context.batchTimeMicros = 1_767_225_600_000_000n;
  context.seed = 7;
  try {
    await runBatchPlan(planQuery(plan, rows, context, { kind: "batch" }), context, new AbortController().signal, () => {});
    return rows.all.toSorted();
  } catch (error) {
    if (error instanceof MillraceError) return error.condition;
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } finally {
    context.arena.release();
  }
}

/** Different each time, or by the order of rows that nothing orders. */
const VOLATILE = /\b(rand|randn|random|uuid|shuffle|now|current_\w+|first|last|any_value|collect_\w+|array_agg|listagg|string_agg|mode|max_by|min_by|approx_\w+|sample|monotonically_increasing_id)\b/i;

test("optimised plans give what the plans give as they were analysed", async () => {
  let compared = 0;
  for (const area of areas()) {
    if (area.name.startsWith("matrix")) continue;
    const views = new Views();
    for (const sql of area.setup) analyseCase(sql, views, contextFor(views, {}, lookupFunction));
    for (const { id, sql, conf } of area.cases) {
      if (VOLATILE.test(sql)) continue;
      const context = contextFor(views, conf, lookupFunction), outcome = analyseCase(sql, views, context);
      if (outcome.kind !== "schema") continue;
      const expected = await answer(outcome.plan, context.settings);
      if (typeof expected === "string") continue;
      const optimised = optimize(outcome.plan, context.settings);
      assert.deepEqual(await answer(optimised, context.settings), expected, `${id}: ${sql}\n${planToText(outcome.plan)}\n=>\n${planToText(optimised)}`);
      compared++;
    }
  }
  assert.ok(compared > 600, `${compared} plans`);
});

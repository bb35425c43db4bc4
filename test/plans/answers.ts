/** Runs a resolved plan in this thread, for tests that compare answers. */
import { rowsOf } from "../../src/columns/cells.ts";
import type { Batch } from "../../src/columns/batch.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { ExecutionContext } from "../../src/operators/context.ts";
import { planQuery } from "../../src/physical/planner.ts";
import { runBatchPlan } from "../../src/physical/run.ts";
import type { SqlSettings } from "../../src/plan/function.ts";
import type { ResolvedRelation } from "../../src/plan/resolved.ts";

class Rows {
  readonly all: string[] = [];
  push(batch: Batch): boolean {
    for (const row of rowsOf(batch)) this.all.push(JSON.stringify(row, (_, value: unknown) => typeof value === "bigint" ? `${value}n` : typeof value === "number" && !Number.isFinite(value) ? String(value) : value));
    return true;
  }
  finish(): void {}
}

/** The rows as a multiset, or the condition of the error. */
export async function answerOf(plan: ResolvedRelation, settings: SqlSettings): Promise<readonly string[] | string> {
  const context = new ExecutionContext(settings), rows = new Rows();
  context.batchTimeMicros = 1_767_225_600_000_000n;
  context.seed = 7;
  try {
    await runBatchPlan(planQuery(plan, rows, context, { kind: "batch" }), context, new AbortController().signal, () => {});
    return rows.all.toSorted();
  } catch (error) {
    if (error instanceof MillraceError) return error.condition;
    throw error;
  } finally {
    context.arena.release();
  }
}

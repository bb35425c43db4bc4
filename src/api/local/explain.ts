/** EXPLAIN in all its modes; "analyze" runs the query and says what came of each operator. */
import type { ExecutionContext } from "../../operators/context.ts";
import type { Meter } from "../../operators/meter.ts";
import { Estimates } from "../../optimize/estimate.ts";
import { planInParts, planToText, relationToText } from "../../optimize/plan-text.ts";
import { GAUGE, planQuery, type Gauge } from "../../physical/planner.ts";
import { runBatchPlan } from "../../physical/run.ts";
import type { Relation } from "../../plan/relations.ts";
import type { ResolvedRelation } from "../../plan/resolved.ts";
import type { StatisticsOf } from "../../plan/statistics.ts";
import { typeToSql } from "../../types/data-type.ts";
import { streamingAction } from "../api-errors.ts";
import type { ExplainMode } from "../engine.ts";

interface Explained { readonly written: Relation; readonly resolved: ResolvedRelation; readonly optimized: ResolvedRelation; readonly statistics: StatisticsOf; readonly context: ExecutionContext }

export async function explained({ written, resolved, optimized, statistics, context }: Explained, mode: ExplainMode): Promise<string> {
  if (mode === "analyze") return await analysed(resolved, optimized, new Estimates(statistics), context);
  const physical = planQuery(optimized, NOWHERE, context, resolved.isStreaming ? { kind: "stream", outputMode: "append" } : { kind: "batch" });
  const text = `== Physical Plan ==\n${physical.description.join("\n")}\n`;
  switch (mode) {
    case "simple": return text;
    case "formatted": return `== Physical Plan ==\n${planInParts(optimized)}`;
    case "cost": {
      const estimates = new Estimates(statistics);
      return `== Optimized Logical Plan ==\n${planToText(optimized, node => { const rows = estimates.rows(node); return rows === undefined ? ", Statistics(unknown)" : `, Statistics(rowCount=${Math.round(rows)})`; })}\n\n${text}`;
    }
    case "extended": return `== Parsed Logical Plan ==\n${relationToText(written)}\n\n== Analyzed Logical Plan ==\n${resolved.output.map(a => `${a.name}: ${typeToSql(a.type).toLowerCase()}`).join(", ")}\n${planToText(resolved)}\n\n== Optimized Logical Plan ==\n${planToText(optimized)}\n\n${text}`;
  }
}

const NOWHERE = { push: () => true, finish: () => {} };

async function analysed(resolved: ResolvedRelation, optimized: ResolvedRelation, estimates: Estimates, context: ExecutionContext): Promise<string> {
  if (resolved.isStreaming) throw streamingAction("explain", "the live page, and progress, say what a running stream does");
  const gauges: Gauge[] = [], physical = planQuery(optimized, NOWHERE, context, { kind: "batch" }, gauges);
  estimates.rows(optimized);
  const from = performance.now();
  try {
    await runBatchPlan(physical, context, new AbortController().signal, () => {});
  } finally {
    context.release();
  }
  const total = performance.now() - from, lines = physical.description.map(line => {
    const [text, number] = line.split(GAUGE), { meter, relation } = number === undefined ? {} : gauges[Number(number)]!;
    return { text: text!, depth: text!.search(/\S/), gauge: meter, estimate: relation && estimates.rows(relation) };
  });
  // What goes into an operator takes its time and that of all behind it; what leaves it, only that of those behind.
  const inputs = (at: number): Meter[] => {
    const found: Meter[] = [];
    for (let i = at + 1, depth = Number.POSITIVE_INFINITY; i < lines.length && lines[i]!.depth > lines[at]!.depth; i++) {
      const { gauge, depth: own } = lines[i]!;
      if (own > depth || gauge === undefined) continue;
      found.push(gauge);
      depth = own;
    }
    return found;
  };
  const leaves = lines.filter((line, i) => line.gauge !== undefined && inputs(i).length === 0), reading = total - leaves.reduce((sum, { gauge }) => sum + gauge!.millis, 0);
  return `== Physical Plan, ${total.toFixed(1)} ms ==\n${lines.map(({ text, gauge, estimate }, i) => {
    if (gauge === undefined) return text;
    const below = inputs(i), millis = below.length > 0 ? below.reduce((sum, input) => sum + input.millis, 0) - gauge.millis : leaves.length === 1 ? reading : undefined;
    return `${text} (${gauge.wasRun ? `rows=${gauge.rows}` : "not run"}, estimated=${besides(estimate, gauge)}${millis === undefined || !gauge.wasRun ? "" : `, time=${Math.max(0, millis).toFixed(1)} ms`})`;
  }).join("\n")}\n`;
}

/** From here on, up or down, an estimate is called a bad one. */
const BAD = 10;

/** An estimate beside the rows that there were, so that one that is far off is seen. Where the operator above wanted no more it can't be judged. */
function besides(estimate: number | undefined, { rows, wasRun, wasStopped }: Meter): string {
  if (estimate === undefined) return "unknown";
  const times = Math.max(1, estimate) / Math.max(1, rows);
  const verdict = !wasRun ? "" : times >= BAD ? wasStopped ? ", stopped early" : `, ${Math.round(times)} times too many` : times <= 1 / BAD ? `, ${Math.round(1 / times)} times too few` : "";
  return `${Math.round(estimate)}${verdict}`;
}

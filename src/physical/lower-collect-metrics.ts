/** observe(): the aggregates' plan is built around a tap, which the rows that go by are poured into. */
import { Observe, ObservedRow } from "../operators/observe.ts";
import type { Operator } from "../operators/operator.ts";
import { placeIn, schemaOf, type ResolvedCollectMetrics, type ResolvedRelation, type Scan, Tap } from "../plan/resolved.ts";
import { inputsOf } from "../plan/walk-relations.ts";
import type { Lowering } from "./lowering.ts";

export function lowerCollectMetrics(lowering: Lowering, relation: ResolvedCollectMetrics, next: Operator, depth: number): void {
  const { input, metrics, name, report } = relation, { context } = lowering, tap = tapIn(metrics)!;
  lowering.say(depth, `Observe ${name} [${metrics.output.map(a => a.name).join(", ")}]`);
  let entry: Operator | undefined;
  lowering.held(() => lowering.tapped(tap.table as Tap, operator => { entry = operator; }, () => lowering.lower(metrics, new ObservedRow(schemaOf(metrics), row => {
    context.observed.set(name, row);
    report?.(row);
  }), depth + 1)));
  const columns = tap.output.map(a => placeIn(input.output, a));
  // Somebody waits for what was observed, be it of rows that nobody wants.
  lowering.stopping(undefined, () => lowering.lower(input, new Observe(entry!, columns, schemaOf(tap), next), depth + 1));
}

function tapIn(plan: ResolvedRelation): Scan | undefined {
  if (plan.kind === "scan") return plan.table instanceof Tap ? plan : undefined;
  for (const input of inputsOf(plan)) {
    const found = tapIn(input);
    if (found !== undefined) return found;
  }
  return undefined;
}

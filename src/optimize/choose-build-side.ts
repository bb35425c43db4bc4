/** A join keeps one side in memory: where only the other one is known to be small, or is thought to be smaller, that one. */
import type { ResolvedRelation } from "../plan/resolved.ts";
import type { Estimates } from "./estimate.ts";

/** How many times smaller the other side must be thought to be: estimates are rough. */
const CLEARLY = 1.2;
/** More rows than this are no small side. */
const SMALL_ROWS = 100_000;

export function chooseBuildSide(plan: ResolvedRelation, estimates: Estimates): ResolvedRelation {
  if (plan.kind !== "join" || plan.hint !== undefined || plan.isStreaming) return plan;
  if (plan.isValue === true && plan.joinType === "left") return plan;
  // A right join keeps the left side by itself, all others the right one.
  const other = plan.joinType === "right" ? "broadcast_right" : "broadcast_left";
  const [small, kept] = (plan.joinType === "right" ? [plan.right, plan.left] : [plan.left, plan.right]).map(side => mostRows(side) ?? estimates.rows(side));
  if (small === undefined) return plan;
  // A side of unknown size may be large: one that is known to be small is better.
  if (kept === undefined ? small > SMALL_ROWS : kept <= small * CLEARLY) return plan;
  return Object.freeze({ ...plan, hint: other });
}

/** An upper bound of a plan's rows, if there is one without looking at data. */
function mostRows(plan: ResolvedRelation): number | undefined {
  switch (plan.kind) {
    case "local_rows": return plan.rows.length;
    case "range": return Math.max(0, Math.ceil(Number(plan.end - plan.start) / Number(plan.step)));
    case "project": case "filter": case "sort": case "window": case "deduplicate": case "sample": case "event_time_watermark": case "subquery_alias": return mostRows(plan.input);
    case "aggregate": return plan.keys.length === 0 ? 1 : mostRows(plan.input);
    case "limit": {
      const below = mostRows(plan.input);
      return plan.limit === undefined ? below : Math.min(plan.limit, below ?? plan.limit);
    }
    case "expand": {
      const below = mostRows(plan.input);
      return below === undefined ? undefined : below * plan.projections.length;
    }
    case "union": return plan.inputs.map(mostRows).reduce((sum, rows) => sum === undefined || rows === undefined ? undefined : sum + rows, 0);
    case "as_of_join": return mostRows(plan.left);
    case "join": case "set_operation": case "generate": case "scan": case "group_map": case "value_map": return undefined;
  }
}

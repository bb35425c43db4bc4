/** Runs a bounded plan for who reads it as a table, until no more is wanted. */
import type { BatchReceiver, ReadRequest } from "../io/source.ts";
import type { ExecutionContext } from "../operators/context.ts";
import type { ResolvedRelation } from "../plan/resolved.ts";
import { planQuery } from "./planner.ts";
import { runBatchPlan } from "./run.ts";
import { Stop } from "./stop.ts";

export async function pumpPlan(plan: ResolvedRelation, context: ExecutionContext, { signal }: ReadRequest, receiver: BatchReceiver): Promise<void> {
  let isWanted = true;
  const stop = new Stop(() => !isWanted, () => {});
  const physical = planQuery(plan, { push: batch => isWanted = receiver.push(batch), finish: () => {} }, context, { kind: "batch", stop });
  await runBatchPlan(physical, context, signal, record => receiver.badRecord(record), receiver.ready === undefined ? undefined : () => receiver.ready!());
}

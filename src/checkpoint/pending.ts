/** What to do after a restart with a batch that is recorded and not known to be delivered. */
import { behindSink, sinkBehind, sinkConflict } from "./errors.ts";
import type { BatchPlan, Recovered, RecordedBatch } from "./types.ts";

/** As sinks declare it; docs/protocol.md explains the classes. */
export type PendingSinkClass = "staged" | "ledger" | "outbox" | "early";

export type PendingDecision =
  /** Nothing is open: plan the next batch. */
  | { readonly kind: "nothing" }
  /** The ledger has it: acknowledge it, load the state with it, go on. */
  | { readonly kind: "delivered"; readonly batch: RecordedBatch }
  /** Load the state with it, give the sink the recorded content again, go on. */
  | { readonly kind: "deliver"; readonly batch: RecordedBatch }
  /** Load the state before it, run the recorded plan, write and deliver it under the same number. */
  | { readonly kind: "rerun"; readonly batchId: number; readonly plan: BatchPlan };

/**
 * Decides by the class of the sink. `ledger` is what a ledger sink answers after it was fenced with our epoch: its last
 * batch, or null when it has none; it is compared even when nothing is pending, as that shows an old copy of a checkpoint.
 */
export function decidePending(
  sinkClass: PendingSinkClass, recovered: Recovered, ledger?: { readonly batchId: number; readonly digest: string } | null,
): PendingDecision {
  const { pending, planned, last } = recovered;
  if (sinkClass === "ledger") return decideByLedger(recovered, ledger?.batchId ?? -1, ledger?.digest);
  if (planned !== undefined) return { kind: "rerun", batchId: planned.batchId, plan: planned.plan };
  if (pending === undefined) return { kind: "nothing" };
  if (sinkClass === "early") return { kind: "delivered", batch: pending };
  if (pending.output.kind === "rerun") return { kind: "rerun", batchId: last!.batchId, plan: last!.plan };
  return { kind: "deliver", batch: pending };
}

function decideByLedger({ pending, last, lastBatchId, done }: Recovered, inSink: number, digest: string | undefined): PendingDecision {
  if (inSink > lastBatchId) throw behindSink(inSink, lastBatchId);
  if (inSink < done || inSink < lastBatchId - 1) throw sinkBehind(inSink, Math.max(done, lastBatchId - 1));
  if (inSink === lastBatchId) {
    if (last !== undefined && digest !== undefined && digest !== last.digest) {
      throw sinkConflict(`batch ${inSink} has the digest ${digest} in the ledger and ${last.digest} in the log`, { batchId: String(inSink) });
    }
    return pending === undefined ? { kind: "nothing" } : { kind: "delivered", batch: pending };
  }
  return { kind: "rerun", batchId: lastBatchId, plan: last!.plan };
}

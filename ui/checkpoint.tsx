/** What if it dies now? The records of the last batch, and what a restart would do. */
import type { JSX } from "preact";
import type { CheckpointJson, QueryEventJson } from "../src/server/api-types.ts";
import { age, bytes, duration, exact, fromIso, timeOfDay } from "../src/server/format.ts";
import { Card, Nothing } from "./parts.tsx";
import { serverNow, shown } from "./store.ts";

export function Checkpoint({ facts, query }: { facts: CheckpointJson | null | undefined; query: QueryEventJson }): JSX.Element {
  const { zone } = shown();
  if (facts === null || facts === undefined) {
    return <Card id="checkpoint" title="Checkpoint" question="What if it dies now?"><Nothing text={query.checkpoint === null ? "There is no checkpoint: it would begin anew, as its options say." : "The engine does not report the log of its checkpoint."} /></Card>;
  }
  const first = facts.records[0] === undefined ? 0 : fromIso(facts.records[0].at), work: string[] = [];
  if (facts.snapshot.bytes !== null) work.push(`load a ${bytes(facts.snapshot.bytes)} snapshot`);
  if (facts.changesToApply !== null) work.push(`apply ${exact(facts.changesToApply)} changes`);
  if (facts.rowsToReadAgain !== null && facts.rowsToReadAgain > 0) work.push(`read at most ${exact(facts.rowsToReadAgain)} rows again`);
  return (
    <Card id="checkpoint" title="Checkpoint" question="What if it dies now?" side={<span>epoch {exact(facts.epoch)}</span>}>
      <ol class="records">{facts.records.map((record, i) => <li key={record.name}><b>{record.name}</b><span>{i === 0 ? timeOfDay(first, zone, 2).slice(8) : `+${duration(fromIso(record.at) - first)}`}</span></li>)}</ol>
      <p class="resume"><b>It would resume at batch {exact(facts.nextBatchId)}</b>{facts.resumeMicros === null ? "" : ` in about ${duration(facts.resumeMicros).replace(".0", "")}`}{work.length === 0 ? "." : `: ${work.join(", ")}.`}</p>
      <dl class="pairs">
        {facts.snapshot.at === null ? null : <div><dt>Last snapshot</dt><dd>{age(serverNow() - fromIso(facts.snapshot.at))} ago{facts.snapshot.bytes === null ? "" : `, ${bytes(facts.snapshot.bytes)}`}</dd></div>}
        {facts.diskBytes === null ? null : <div><dt>On disk</dt><dd>{bytes(facts.diskBytes)}{facts.batchesKept === null ? "" : `, ${exact(facts.batchesKept)} batches kept`}</dd></div>}
        {facts.fsyncP99Micros === null ? null : <div><dt>fsync, p99</dt><dd>{duration(facts.fsyncP99Micros)}</dd></div>}
      </dl>
    </Card>
  );
}

/** The child of kill.test.ts: appends to a file what an outbox sink would deliver, and says what is acknowledged. */
import fs from "node:fs";
import { systemClock, systemRandom } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { decidePending, openCheckpoint, thisHost } from "../../src/checkpoint/index.ts";

const [root, batches] = [process.argv[2]!, Number(process.argv[3])];
const decoder = new TextDecoder(), encoder = new TextEncoder();
const checkpoint = await openCheckpoint({
  files: nodeFiles, path: `${root}/checkpoint`, clock: systemClock, random: systemRandom, host: thisHost, constants: {},
  query: { sources: [], operators: [], settings: {} }, segmentBytes: 65536, retentionBatches: 5, snapshotBatches: 20,
});

function deliver(batchId: number, content: string): void {
  fs.appendFileSync(`${root}/sink`, `${content}\n`);
  checkpoint.delivered(batchId);
  fs.writeSync(1, `${batchId}\n`);
}

const { recovered } = checkpoint, decision = decidePending("outbox", recovered);
let sum = 0;
const { snapshots, changes } = checkpoint.stateToLoad(recovered.lastBatchId);
for (const block of snapshots) sum = Number(decoder.decode(await checkpoint.readState(block)));
for (const block of changes) sum += Number(decoder.decode(await checkpoint.readState(block)));
if (decision.kind === "deliver" && decision.batch.output.kind === "inline") deliver(decision.batch.batchId, decoder.decode(decision.batch.output.bytes));

for (let batchId = checkpoint.lastBatchId + 1; batchId < batches; batchId++) {
  sum += batchId;
  const content = JSON.stringify({ batchId, sum, tag: systemRandom.uint32() });
  await checkpoint.writeBatch({
    batchId, plan: { sources: [], batchTimeMicros: 0, seed: 0, watermarks: null }, digest: "",
    state: [{ operatorId: 1, groupFrom: 0, groupTo: 256, bytes: encoder.encode(String(batchId).padEnd(5000)) }],
    output: { kind: "inline", bytes: encoder.encode(content) },
  });
  deliver(batchId, content);
  if (checkpoint.snapshotDue) {
    const snapshot = checkpoint.beginSnapshot(batchId);
    await snapshot.write({ operatorId: 1, groupFrom: 0, groupTo: 256, bytes: encoder.encode(String(sum)) });
    await snapshot.finish();
  }
}
await checkpoint.close("done");

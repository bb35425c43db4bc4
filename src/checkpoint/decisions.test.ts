/** Catches a restart that runs a batch it must deliver, delivers one it must run, or goes on with another query's state. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { superfluousSegments } from "./collect.ts";
import { compareQueries, decidePending, openTemporaryCheckpoint, type QueryFingerprint, type Recovered, type RecordedBatch } from "./index.ts";

const plan = { sources: [], batchTimeMicros: 1, seed: 1, watermarks: null };
const batch = (batchId: number, output: RecordedBatch["output"]): RecordedBatch =>
  ({ batchId, epoch: 1, plan, output, rowCounts: null, digest: `d${batchId}`, sideOutputs: {}, progress: null, state: [] });
function recovered(lastBatchId: number, done: number, output: RecordedBatch["output"] = { kind: "rerun" }, planned = false): Recovered {
  const last = lastBatchId < 0 ? undefined : batch(lastBatchId, output);
  return {
    isNew: false, lastBatchId, done, last, pending: lastBatchId > done ? last : undefined,
    planned: planned ? { batchId: lastBatchId + 1, plan } : undefined, constants: {}, tornTail: undefined, closedBecause: undefined, dropped: [],
  };
}
const files = { kind: "files", files: [] } as const, inline = { kind: "inline", bytes: new Uint8Array() } as const;

test("what becomes of a pending batch, by the class of the sink", () => {
  assert.equal(decidePending("staged", recovered(4, 4, files)).kind, "nothing");
  assert.equal(decidePending("staged", recovered(4, 3, files)).kind, "deliver");
  assert.equal(decidePending("outbox", recovered(4, 3, inline)).kind, "deliver");
  assert.equal(decidePending("outbox", recovered(4, 3, { kind: "none" })).kind, "deliver");
  assert.equal(decidePending("outbox", recovered(4, 3, { kind: "rerun" })).kind, "rerun");
  assert.deepEqual(decidePending("early", recovered(4, 4, { kind: "rerun" }, true)), { kind: "rerun", batchId: 5, plan });
  assert.equal(decidePending("early", recovered(4, 4)).kind, "nothing");
  assert.equal(decidePending("outbox", recovered(-1, -1)).kind, "nothing");
});

test("the ledger decides, and tells which side has lost something", () => {
  const at = (batchId: number, digest = `d${batchId}`) => ({ batchId, digest });
  assert.equal(decidePending("ledger", recovered(-1, -1), null).kind, "nothing");
  assert.equal(decidePending("ledger", recovered(0, -1), null).kind, "rerun");
  assert.equal(decidePending("ledger", recovered(4, 3), at(3)).kind, "rerun");
  assert.equal(decidePending("ledger", recovered(4, 3), at(4)).kind, "delivered");
  assert.equal(decidePending("ledger", recovered(4, 4), at(4)).kind, "nothing");
  assert.throws(() => decidePending("ledger", recovered(4, 3), at(4, "other")), { condition: "MILLRACE_SINK_CONFLICT" });
  assert.throws(() => decidePending("ledger", recovered(4, 3), at(5)), { condition: "MILLRACE_CHECKPOINT_BEHIND_SINK" });
  assert.throws(() => decidePending("ledger", recovered(-1, -1), at(0)), { condition: "MILLRACE_CHECKPOINT_BEHIND_SINK" });
  assert.throws(() => decidePending("ledger", recovered(4, 3), at(2)), { condition: "MILLRACE_SINK_BEHIND" });
  assert.throws(() => decidePending("ledger", recovered(4, 4), at(3)), { condition: "MILLRACE_SINK_BEHIND" });
  assert.throws(() => decidePending("ledger", recovered(4, 4), null), { condition: "MILLRACE_SINK_BEHIND" });
});

test("verdicts on a changed query", () => {
  const before: QueryFingerprint = {
    sources: [{ format: "json", path: "/a" }], settings: { outputMode: "append" },
    operators: [{ operatorId: 0, name: "aggregate", key: "k INT", value: "n BIGINT" }, { operatorId: 1, name: "dedup", key: "k INT", value: "" }],
  };
  assert.equal(compareQueries(before, structuredClone(before)).kind, "compatible");
  const more = { ...before, operators: [...before.operators, { operatorId: 2, name: "join", key: "", value: "" }] };
  assert.equal(compareQueries(before, more).kind, "compatible");
  const fewer = compareQueries(before, { ...before, operators: before.operators.slice(0, 1) });
  assert.deepEqual(fewer, { kind: "partly", dropped: ["the state of operator 1 (dedup)"], droppedIds: new Set([1]) });
  const refusals: [Partial<QueryFingerprint>, RegExp][] = [
    [{ sources: [] }, /1 source, this query has 0/],
    [{ sources: [{ format: "json", path: "/b" }] }, /source 1 is .*"\/a".*"\/b"/],
    [{ settings: { outputMode: "update" } }, /outputMode is "append", here it is "update"/],
    [{ settings: {} }, /outputMode is "append", here it is not set/],
    [{ operators: [{ ...before.operators[0]!, name: "session" }, before.operators[1]!] }, /operator 0 is aggregate, here it is session/],
    [{ operators: [{ ...before.operators[0]!, key: "k STRING" }, before.operators[1]!] }, /has the key k INT, here k STRING/],
    [{ operators: [{ ...before.operators[0]!, value: "n INT" }, before.operators[1]!] }, /has the state n BIGINT, here n INT/],
  ];
  for (const [change, reason] of refusals) {
    const verdict = compareQueries(before, { ...before, ...change });
    assert.ok(verdict.kind === "refused" && reason.test(verdict.reason), JSON.stringify(verdict));
  }
});

test("claims go in order: one that comes after a segment with live state is cut, not unlinked", () => {
  const places = [[1, 0], [1, 1], [2, 0], [3, 0], [3, 1], [5, 0], [5, 1], [5, 2], [6, 0]].map(([epoch, index]) => ({ epoch: epoch!, index: index! }));
  const name = (epoch: number, index: number) => `log/000000000${epoch}-00000${index}.seg`;
  assert.deepEqual(superfluousSegments(places, new Set([name(2, 0), name(3, 1)]), 5, 2), {
    unlink: [name(1, 0), name(1, 1), name(5, 1)], cut: [name(3, 0)],
  });
  assert.deepEqual(superfluousSegments(places, new Set(), 5, 0).unlink, [name(1, 0), name(1, 1), name(2, 0), name(3, 0), name(3, 1)]);
});

test("a temporary checkpoint keeps the same order and nothing else", async () => {
  const steps: string[] = [];
  const checkpoint = openTemporaryCheckpoint({ random: seededRandom(1), onStep: (step, batchId) => steps.push(`${step} ${batchId}`) });
  const write = (batchId: number) => checkpoint.writeBatch({ batchId, plan, state: [], output: { kind: "none" }, digest: "" });
  assert.equal(checkpoint.recovered.isNew, true);
  await write(0);
  await assert.rejects(write(1), RangeError);
  checkpoint.delivered(0);
  assert.equal(checkpoint.durableDone, -1);
  await write(1);
  assert.deepEqual([checkpoint.durableDone, checkpoint.lastBatchId], [0, 1]);
  assert.throws(() => checkpoint.delivered(0), RangeError);
  checkpoint.delivered(1);
  await checkpoint.close("done");
  await assert.rejects(write(2), { condition: "MILLRACE_CHECKPOINT_CLOSED" });
  assert.deepEqual(steps.slice(0, 3), ["append 0", "sync 0", "check 0"]);
});

// Catches a verdict that is wrong, that hides a worse one, or that flickers at the edge of its rule.
import assert from "node:assert/strict";
import test from "node:test";
import { judge, type Judgement, sentence, settle, type Settled, type VerdictFacts, type VerdictKind } from "./verdict.ts";

const now = Date.UTC(2026, 10, 21, 14, 31, 42) * 1e3, second = 1e6, minute = 60e6;
const well: VerdictFacts = {
  nowMicros: now, zone: "UTC", life: "active", endedMicros: null, endBatchId: null, errorCondition: null, startedMicros: now - 3_600e6, batches: 900, rowsRead: 1e9,
  loadingBytes: null, loadingLeftMicros: null, currentBatch: null, batchP50Micros: 3_100, batchP99Micros: 7_800, backlogMeans: [6_300, 6_310, 6_290, 6_310, 6_300, 6_320, 6_310],
  backlogRows: 6_310, inputRowsPerSecond: 1_210_000, readRowsPerSecond: 1_210_000, rowsPerBatch: 8_000, lastRowMicros: now - 10_000, lastOutputMicros: now - 6 * second, rowsSinceOutput: 7_000_000,
  outputKnown: true, windowMicros: 10 * second, delayMicros: 5 * second, heldBy: null, heldBySilence: false, watermarkBehindMicros: 5.9 * second,
};
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const say = (facts: Partial<VerdictFacts>): string => plain(sentence(judge({ ...well, ...facts })));

test("each rule has its sentence", () => {
  assert.equal(say({ life: "failed", endedMicros: now - 6 * minute, endBatchId: 2_118, errorCondition: "CAST_INVALID_INPUT" }), "Failed 6 min ago in batch 2,118: CAST_INVALID_INPUT");
  assert.equal(say({ life: "stopped", endedMicros: Date.UTC(2026, 10, 21, 11, 4, 10) * 1e3, endBatchId: 2_118 }), "Stopped at 11:04:10; it would resume at batch 2,118");
  assert.equal(say({ life: "finished", endedMicros: now, startedMicros: now - 19.4 * second, rowsRead: 214_318_442 }), "Finished: 214,318,442 rows in 19.4 s");
  assert.equal(say({ batches: 0, loadingBytes: 2.64e9, loadingLeftMicros: 6 * second }), "Starting: loading 2.64 GB of state, about 6 s left");
  assert.equal(say({ currentBatch: { batchId: 8_112, startedAtMicros: now - 48 * second, phase: "commit" } }), "Stuck in batch 8,112: the sink has not answered for 48 s");
  assert.equal(say({ backlogRows: 4.82e6, backlogMeans: [1, 2, 3, 4, 5, 6, 7].map(i => i * 610_000) }), "Falling behind: backlog 4.82 M rows, growing by 61.0 k rows/s");
  assert.equal(say({ backlogRows: 48.1e6, backlogMeans: [60e6, 58e6, 56e6, 54e6, 52e6, 51.8e6, 48.1e6] }), "Catching up: backlog 48.1 M rows, none left in about 2 min 10 s");
  assert.equal(say({ lastOutputMicros: now - 26 * minute, windowMicros: 10 * minute, delayMicros: 15 * minute, heldBy: "departures is silent and holds the watermark", heldBySilence: true }), "No output for 26 min: departures is silent and holds the watermark");
  assert.equal(say({ lastRowMicros: now - 4 * minute, backlogRows: 0, backlogMeans: [0, 0, 0, 0, 0, 0, 0], rowsSinceOutput: 0 }), "Waiting for data: the last row came 4 min ago");
  assert.equal(say({}), "Keeping up: 1.21 M rows/s, 3.1 ms a batch, 5.9 s behind event time");
  assert.equal(say({ watermarkBehindMicros: null }), "Keeping up: 1.21 M rows/s, 3.1 ms a batch");
  assert.equal(say({ watermarkBehindMicros: now - Date.UTC(2001, 0, 2, 11, 11) * 1e3 }), "Keeping up: 1.21 M rows/s, 3.1 ms a batch, at event time 2 Jan 2001 11:11");
});

test("a rule does not hold at its edge", () => {
  const kind = (facts: Partial<VerdictFacts>): VerdictKind => judge({ ...well, ...facts }).kind;
  const batch = (micros: number) => ({ batchId: 1, startedAtMicros: now - micros, phase: "commit" as const });
  assert.equal(kind({ currentBatch: batch(10 * second) }), "keepingUp");
  assert.equal(kind({ currentBatch: batch(10 * second + 1) }), "stuck");
  assert.equal(kind({ currentBatch: batch(30 * second), batchP99Micros: 2 * second }), "keepingUp");
  const grows = [1, 2, 3, 4, 5, 6, 7].map(i => i * 10_000);
  assert.equal(kind({ backlogMeans: grows, backlogRows: 16_000 }), "keepingUp");
  assert.equal(kind({ backlogMeans: grows, backlogRows: 16_001 }), "behind");
  assert.equal(kind({ backlogMeans: grows.with(3, grows[2]!), backlogRows: 70_000 }), "keepingUp");
  assert.equal(kind({ backlogMeans: grows.map((mean, i) => i === 0 ? null : mean), backlogRows: 70_000 }), "keepingUp");
  assert.equal(kind({ lastOutputMicros: now - minute }), "keepingUp");
  assert.equal(kind({ lastOutputMicros: now - minute - 1 }), "noOutput");
  assert.equal(kind({ lastOutputMicros: now - 26 * minute, windowMicros: 10 * minute, delayMicros: 15 * minute }), "keepingUp");
  assert.equal(kind({ lastOutputMicros: now - minute - 1, rowsSinceOutput: 0 }), "keepingUp");
  assert.equal(kind({ lastOutputMicros: now - minute - 1, outputKnown: false }), "keepingUp");
  assert.equal(kind({ lastRowMicros: now - 30 * second, backlogRows: 0, backlogMeans: [0] }), "keepingUp");
});

test("the first rule wins", () => {
  const everything: Partial<VerdictFacts> = { backlogMeans: [1, 2, 3, 4, 5, 6, 7], backlogRows: 1e9, lastOutputMicros: now - 600 * minute, currentBatch: { batchId: 1, startedAtMicros: 0, phase: "read" } };
  assert.equal(judge({ ...well, ...everything, life: "failed" }).kind, "failed");
  assert.equal(judge({ ...well, ...everything }).kind, "stuck");
  assert.equal(judge({ ...well, ...everything, currentBatch: null }).kind, "behind");
});

test("worse shows after 5 s, better after 15 s, and less than that is no flicker", () => {
  const of = (kind: VerdictKind): Judgement => ({ kind, lead: kind, text: "" });
  let settled: Settled | null = null;
  const at = (seconds: number, kind: VerdictKind): VerdictKind => (settled = settle(settled, of(kind), seconds * second)).shown.kind;
  assert.equal(at(0, "keepingUp"), "keepingUp");
  for (let s = 1; s <= 5; s++) assert.equal(at(s, "behind"), "keepingUp");
  assert.equal(at(6, "behind"), "behind");
  assert.equal(settled!.shown.sinceMicros, 1 * second);
  for (let s = 7; s <= 21; s++) assert.equal(at(s, "keepingUp"), "behind");
  assert.equal(at(22, "keepingUp"), "keepingUp");
  for (let s = 23; s < 60; s++) assert.equal(at(s, s % 4 === 0 ? "keepingUp" : "behind"), "keepingUp", `at ${s}`);
  assert.equal(at(60, "failed"), "failed");
});

test("starting gives way at once", () => {
  const first = settle(null, { kind: "starting", lead: "", text: "" }, 0);
  assert.equal(settle(first, { kind: "keepingUp", lead: "", text: "" }, 1).shown.kind, "keepingUp");
});

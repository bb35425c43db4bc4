// Catches rates, histories and accounts that do not follow from the progress that was recorded.
import assert from "node:assert/strict";
import test from "node:test";
import { qualityJson } from "../../src/server/details.ts";
import { bottleneck } from "../../src/server/details.ts";
import { laneOfWatermark } from "../../src/server/event-time.ts";
import { QueryRecord } from "../../src/server/recorder.ts";
import { backlogOf } from "../../src/server/batch-facts.ts";
import { DurationHistogram, series } from "../../src/server/series.ts";
import { ManualClock } from "../page/support/manual-clock.ts";
import { ScriptedEngine, type ScriptedQuery } from "../page/support/scripted-engine.ts";

const start = Date.UTC(2026, 10, 21, 14, 0, 0) * 1e3, second = 1e6;

function begin(setup: { triggerIntervalMicros?: number } = {}): { clock: ManualClock; query: ScriptedQuery; record: QueryRecord } {
  const clock = new ManualClock(start), engine = new ScriptedEngine(clock), query = engine.add({ name: "q", ...setup }), record = new QueryRecord(query);
  query.subscribe(event => { if (event.kind === "progress") record.record(event.progress, clock.nowMicros()); });
  return { clock, query, record };
}

test("the account adds up at each of 100 updates, and tells when it does not", () => {
  const { clock, query, record } = begin();
  let seed = 7;
  const random = (most: number) => (seed = (seed * 48_271) % 2_147_483_647) % (most + 1);
  for (let i = 0; i < 100; i++) {
    clock.advance(53 * second);
    query.batch({ rows: 1_000 + random(9_000), late: random(40), dead: random(9), filtered: random(300), expectations: { warm: random(5), named: random(5) }, state: { rows: 1, bytes: 1 } });
    const quality = qualityJson(query, record, clock.nowMicros());
    assert.equal(quality.unaccounted, 0);
    assert.equal(quality.rowsRead - quality.filteredRows - quality.lateRows - quality.deadLetters - quality.expectations.reduce((sum, each) => sum + each.dropped, 0), quality.keptRows);
  }
  query.batch({ rows: 100, kept: 88 });
  assert.equal(qualityJson(query, record, clock.nowMicros()).unaccounted, 12);
});

test("only the last hour counts", () => {
  const { clock, query, record } = begin();
  query.batch({ rows: 500, late: 3 });
  clock.advance(3_600 * second);
  query.batch({ rows: 20 });
  assert.equal(record.lastHour(clock.nowMicros()).lateRows, 0);
  assert.equal(record.lastHour(clock.nowMicros()).rowsRead, 20);
  assert.equal(record.run.rowsRead, 520);
});

test("rates are means of 10 s; a long batch is spread over its time", () => {
  const { clock, query, record } = begin({ triggerIntervalMicros: 2 * second });
  query.batch({ rows: 0 });
  for (let i = 0; i < 15; i++) {
    clock.advance(2 * second);
    query.batch({ rows: 400 });
  }
  assert.equal(record.rate("flowRows", clock.nowMicros()), 200);
  const answer = series(record.series, clock.nowMicros() - 10 * second, clock.nowMicros(), 10);
  assert.deepEqual(answer.columns.inputRowsPerSecond, Array(10).fill(200));
});

test("arriving is what is read and what the backlog grows by", () => {
  const { clock, query, record } = begin();
  let backlog = 0;
  for (let i = 0; i < 40; i++) {
    clock.advance(second / 2);
    backlog += 30;
    query.batch({ rows: 70, backlog });
  }
  assert.equal(record.rate("arrivedRows", clock.nowMicros()), 200);
  assert.equal(record.rate("flowRows", clock.nowMicros()), 140);
});

test("a time in which nothing is known is a gap, an idle second is 0", () => {
  const { clock, query, record } = begin();
  query.batch({ rows: 10 });
  clock.advance(second);
  query.batch({ rows: 10 });
  clock.advance(20 * second);
  query.batch({ rows: 10 });
  clock.advance(second);
  record.tick(clock.nowMicros(), true, false);
  clock.advance(second);
  const from = start, { columns } = series(record.series, from, clock.nowMicros(), 1_000);
  assert.deepEqual(columns.inputRowsPerSecond.slice(2, 20), Array(18).fill(null));
  assert.equal(columns.batchP99Micros[10], null);
  record.tick(clock.nowMicros(), true, false);
  assert.equal(series(record.series, from, clock.nowMicros(), 1_000).columns.inputRowsPerSecond.at(-1), 0);
});

test("the four parts of a batch add up to the whole", () => {
  const { clock, query, record } = begin();
  clock.advance(second);
  query.batch({ rows: 1, micros: { latestOffset: 40, getBatch: 300, queryPlanning: 90, addBatch: 2_150, sinkCommit: 630, walCommit: 410, commitOffsets: 110 } });
  const { readMicros, planMicros, computeMicros, commitMicros, totalMicros } = record.lastBatch!;
  assert.deepEqual([readMicros, planMicros, computeMicros, commitMicros, totalMicros], [340, 90, 1_520, 1_150, 3_100]);
});

test("history has a fixed size and its coarse steps agree with the fine ones", () => {
  const { clock, query, record } = begin();
  for (let i = 0; i < 3_000; i++) {
    clock.advance(4 * second);
    query.batch({ rows: 40, state: { rows: i, bytes: 10 } });
  }
  const now = clock.nowMicros(), coarse = series(record.series, now - 12_000 * second, now, 100).columns.readRowsPerSecond.slice(1, -1);
  assert.ok(coarse.every(value => value !== null && Math.abs(value - 10) <= 1), String(coarse));
  const fine = series(record.series, now - 800 * second, now, 800).columns;
  assert.equal(Math.max(...fine.readRowsPerSecond.map(value => value ?? 0)), 40);
  assert.equal(fine.stateRowsMin.at(-4), 2_998);
  assert.equal(record.newest.length, 100);
  assert.ok(record.slowest.length <= 20);
});

test("percentiles are within 5 %", () => {
  const histogram = new DurationHistogram();
  for (let i = 1; i <= 1_000; i++) histogram.add(i * 10);
  for (const share of [0.5, 0.99]) assert.ok(Math.abs(histogram.percentile(share) / (share * 10_000) - 1) < 0.05);
});

test("a slow batch is marked once a minute, at its worst", () => {
  const { clock, query, record } = begin();
  for (let i = 0; i < 100; i++) {
    clock.advance(second);
    query.batch({ rows: 1 });
    record.tick(clock.nowMicros(), true, false);
  }
  for (const commit of [20_000, 30_000, 25_000]) {
    clock.advance(second);
    query.batch({ rows: 1, micros: { addBatch: commit + 1_000, sinkCommit: commit } });
  }
  assert.equal(record.marks.length, 1);
  assert.match(record.marks[0]!.text, /^PostgreSQL slow, worst batch 3\d\.\d\u00a0ms$/);
  assert.ok(record.batchesBy("notable", 5).some(batch => batch.totalMicros > 30_000));
});

test("the backlog is the engine's own count, or the distance of Kafka's offsets", () => {
  const base = { ...begin().query.batch({ rows: 1 }) };
  assert.equal(backlogOf(base), null);
  const kafka = { ...base, sources: [{ description: "KafkaV2[Subscribe[t]]", numInputRows: 1, endOffset: { t: { 0: 10, 1: 20 } }, latestOffset: { t: { 0: 15, 1: 22 } } }] };
  assert.equal(backlogOf(kafka), 7);
  assert.equal(backlogOf({ ...kafka, millrace: { backlogRows: 3 } }), 3);
});

test("one source: the fastest partition sets the watermark; several: the slowest source holds it, or by policy the fastest sets it", () => {
  const lane = (source: number, partition: string, newestMicros: number) => ({ source, sourceName: `s${source}`, partition, newestMicros, p5Micros: null, p95Micros: null, rowsPerSecond: 1, lateRows: 0, lastRowMicros: null });
  const lanes = [lane(0, "0", 50), lane(0, "1", 90), lane(1, "0", 70), lane(1, "1", 60)];
  assert.equal(laneOfWatermark({ policy: "min", lanes: lanes.slice(0, 2) })!.partition, "1");
  assert.deepEqual([laneOfWatermark({ policy: "min", lanes })!.source, laneOfWatermark({ policy: "min", lanes })!.partition], [1, "0"]);
  assert.deepEqual([laneOfWatermark({ policy: "max", lanes })!.source, laneOfWatermark({ policy: "max", lanes })!.partition], [0, "1"]);
});

test("the bottleneck is the last that is busy or waited for, not the one that waits", () => {
  const operator = (id: number, busy: number, waiting: number) => ({ id, kind: "", title: "", detail: "", busy, waiting, stateRows: null });
  const edges = [{ from: 1, to: 2, rowsPerSecond: 1 }, { from: 2, to: 3, rowsPerSecond: 1 }];
  assert.equal(bottleneck({ operators: [operator(1, 0.06, 0.81), operator(2, 0.11, 0.77), operator(3, 0.97, 0)], edges }), 3);
  assert.equal(bottleneck({ operators: [operator(1, 0.06, 0.81), operator(2, 0.6, 0), operator(3, 0.1, 0)], edges }), 2);
  assert.equal(bottleneck({ operators: [operator(1, 0.3, 0.1), operator(2, 0.5, 0), operator(3, 0.1, 0)], edges }), null);
});

/** Catches figures of a batch that don't add up: rows in, out, late, filtered, kept; event times; what a batch without rows and one delivered again report. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { int, schema, string, timestamp, type DataFrame } from "../index.ts";
import { count, window } from "../functions.ts";
import { frameOver, type SessionCore } from "../api/frame.ts";
import { MemoryTable } from "../connectors/memory/memory-source.ts";
import type { StreamSource } from "../io/source.ts";
import { INT, field, struct } from "../types/data-type.ts";
import { testSession } from "../testing/index.ts";
import { formatMillis } from "./progress.ts";

const Event = schema({ at: timestamp(), key: string(), v: int() });
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

test("rows of each batch are all accounted for", async () => {
  await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
  const input = mill.memoryStream(Event);
  await using run = await mill.run(input.df.withWatermark("at", "10 seconds").where(r => r.v.gt(0))
    .groupBy(r => ({ window: window(r.at, "10 seconds"), key: r.key })).agg(() => ({ n: count() })));
  input.add({ at: at(1), key: "a", v: 1 }, { at: at(2), key: "a", v: 1 }, { at: at(12), key: "b", v: 1 }, { at: at(3), key: "a", v: 0 }, { key: "none", v: 1 });
  await run.process();
  input.add({ at: at(40), key: "c", v: 1 });
  await run.process();
  input.add({ at: at(5), key: "late", v: 1 }, { at: at(6), key: "late", v: 1 }, { at: at(41), key: "c", v: -1 });
  await run.process();
  const progress = run.query.recentProgress;
  // A row without a time is in no window: it counts with those that the filter kept back. The batches without rows follow
  // a rise of the watermark. Two rows of one group that are late are one for Spark, which groups first, and two rows for us.
  assert.deepEqual(progress.map(one => [one.batchId, one.numInputRows, one.sink.numOutputRows, one.millrace.filteredRows, one.millrace.lateRows, one.stateOperators[0]?.numRowsDroppedByWatermark, one.stateOperators[0]?.numRowsTotal]), [
    [0, 5, 0, 2, 0, 0, 2], [1, 0, 0, 0, 0, 0, 2], [2, 1, 0, 0, 0, 0, 3], [3, 0, 2, 0, 0, 0, 1], [4, 3, 0, 1, 2, 1, 1],
  ]);
  // The filter, which doesn't look at the time, is moved in front of the watermark: statistics are of what it lets pass.
  assert.deepEqual(progress.map(({ eventTime: { min, max, watermark } }) => [min, max, watermark]), [
    [formatMillis(0), at(12), formatMillis(0)], [undefined, undefined, at(2)], [at(40), at(40), at(2)], [undefined, undefined, at(30)], [at(5), at(6), at(30)],
  ]);
  for (const one of progress) {
    assert.equal(one.numInputRows, one.sources.reduce((sum, source) => sum + source.numInputRows, 0));
    assert.deepEqual([one.id, one.runId, one.millrace.redelivered], [run.query.id, run.query.runId, false]);
    assert.deepEqual(Object.values(one.durationMs).every(millis => millis >= 0), true);
  }
  assert.deepEqual(progress.map(one => [one.sources[0]!.startOffset, one.sources[0]!.endOffset]), [[null, 0], [0, 0], [0, 1], [1, 1], [1, 2]]);
});

test("a batch that a crash kept from its report is reported by the next run, as delivered again", async () => {
  await using mill = testSession();
  const input = mill.memoryStream(Event);
  await using run = await mill.run(input.df.where(r => r.v.gt(0)));
  input.add({ key: "a", v: 1 }, { key: "b", v: 0 });
  await run.crashAt("check");
  await run.restart();
  await run.process();
  const [first, ...others] = run.query.recentProgress;
  assert.deepEqual([others.length, first?.batchId, first?.numInputRows, first?.sink.numOutputRows, first?.millrace.filteredRows, first?.millrace.redelivered, first?.batchDuration], [0, 0, 2, 1, 1, true, 0]);
  assert.equal(first?.runId, run.query.runId);
});

test("times as Spark prints them", () => {
  assert.deepEqual([0, 1_767_225_600_123, -1].map(formatMillis), ["1970-01-01T00:00:00.000Z", "2026-01-01T00:00:00.123Z", "1969-12-31T23:59:59.999Z"]);
});

test("rows that came while a batch ran are its lag", async () => {
  await using mill = testSession();
  // More rows come the first time that the stream is read.
  let isFirst = true;
  class Growing extends MemoryTable {
    override stream(): StreamSource {
      const source = super.stream({ queryId: "q", sourceIndex: 0 }), read = source.read.bind(source);
      source.read = (split, request, receiver) => {
        if (isFirst) this.add([[3], [4], [5]]);
        isFirst = false;
        return read(split, request, receiver);
      };
      return source;
    }
  }
  const table = new Growing("growing", struct([field("v", INT)]));
  const frame = frameOver(mill as unknown as SessionCore, { kind: "read_data_source", format: "memory", schema: table.schema, options: {}, paths: [], isStreaming: true, source: table }, table.schema.fields);
  await using run = await mill.run(frame as unknown as DataFrame<object>);
  table.add([[1], [2]]);
  await run.process();
  assert.deepEqual(run.query.recentProgress.map(one => [one.numInputRows, one.millrace.lagRows, one.sources[0]!.endOffset, one.sources[0]!.latestOffset]), [[2, 3, 0, 1], [3, 0, 1, 1]]);
});

/**
 * Bids a second through streaming windows alone: columns that lie in memory, no source, checkpoint or sink; changes for the log
 * are made. `node bench/windows.ts [events [events per batch]]`.
 */
import { BATCH_ROWS, Batch } from "../src/columns/batch.ts";
import { Vector } from "../src/columns/vector.ts";
import { aggregateFunctions } from "../src/functions/aggregates/index.ts";
import { linearMemory } from "../src/memory/linear-memory.ts";
import { AssignSlices } from "../src/operators/assign-slices.ts";
import { AssignWindows } from "../src/operators/assign-windows.ts";
import { ExecutionContext } from "../src/operators/context.ts";
import type { Operator } from "../src/operators/operator.ts";
import { SlicedAggregate } from "../src/operators/sliced-aggregate.ts";
import { slicesOf } from "../src/operators/slices.ts";
import type { StatefulOperator } from "../src/operators/stateful.ts";
import { StreamingAggregate } from "../src/operators/streaming-aggregate.ts";
import type { Evaluator } from "../src/plan/function.ts";
import { BIGINT, TIMESTAMP, TIME_WINDOW, field, struct } from "../src/types/data-type.ts";
import { Model, eventOfRow, rowsBefore } from "./nexmark/model.ts";

const EVENTS = Number(process.argv[2] ?? 2_000_000), BATCH_EVENTS = Number(process.argv[3] ?? 500_000), PASSES = 4;
const memory = linearMemory(), settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() }, model = new Model({});
const ROWS = rowsBefore("bid", EVENTS), BATCH = Math.round(BATCH_EVENTS * ROWS / EVENTS);
const FIELDS = [field("auction", BIGINT), field("bidder", BIGINT), field("price", BIGINT), field("dateTime", TIMESTAMP)], INPUT = struct(FIELDS);
const column = (index: number): Evaluator => ({ type: FIELDS[index]!.type, evaluate: batch => batch.columns[index]! });

const columns = FIELDS.map(({ name }) => {
  const data = memory.allocate(8 * ROWS), of = model.fields.bid.find(one => one.name === name)!;
  for (let i = 0; i < ROWS; i++) memory.i64[data / 8 + i] = BigInt((of as { number: (event: number) => number }).number(eventOfRow("bid", i))) * (name === "dateTime" ? 1000n : 1n);
  return data;
});

function spec(name: string, index: number) {
  const binding = aggregateFunctions.find(one => one.name === name)!.bind([{ kind: "attribute", id: 1, name: "x", type: BIGINT, nullable: true, qualifier: [] }], settings, undefined);
  return { call: { binding, distinct: false }, args: [column(index)], filter: undefined };
}

class Discard implements Operator {
  rows = 0;
  push(batch: Batch): boolean { this.rows += batch.count; return true; }
  finish(): void {}
}

interface Case { readonly title: string; readonly key: number; readonly aggregates: ReturnType<typeof spec>[]; readonly size: number; readonly slide: number; readonly sliced: boolean }

function run({ key, aggregates, size, slide, sliced }: Case): { seconds: number; rows: number } {
  const context = new ExecutionContext(settings), out = new Discard(), window = { sizeMicros: size * 1000, slideMicros: slide * 1000, startMicros: 0 };
  const schema = struct([FIELDS[key]!, field("window", TIME_WINDOW), ...aggregates.map((one, i) => field(`a${i}`, one.call.binding.type))]), common = { schema, aggregates, operatorId: () => 0, outputMode: "append" as const };
  let operator: StatefulOperator, input: Operator;
  if (sliced) {
    const slices = slicesOf(window);
    operator = new SlicedAggregate({ ...common, keys: [column(key)], windowKey: 1, slices, isWatermarked: true }, context, out);
    input = new AssignSlices(struct([...FIELDS, field("slice", BIGINT)]), column(3), slices, context, operator);
  } else {
    operator = new StreamingAggregate({ ...common, keys: [column(key), { type: TIME_WINDOW, evaluate: batch => batch.columns[FIELDS.length]! }], eventTime: { key: 1, field: 1 } }, context, out);
    input = new AssignWindows(struct([...FIELDS, field("window", TIME_WINDOW)]), column(3), { ...window, type: TIME_WINDOW }, context, operator);
  }
  const start = process.cpuUsage();
  context.lateWatermarkMicros = context.watermarkMicros = 0n;
  for (let from = 0; from < ROWS; from += BATCH) {
    const end = Math.min(ROWS, from + BATCH);
    operator.beginBatch();
    for (let at = from; at < end; at += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, end - at);
      input.push(new Batch(INPUT, columns.map((data, i) => new Vector(FIELDS[i]!.type, data + 8 * at, 0)), count));
      context.arena.reset();
    }
    input.finish();
    operator.changes();
    context.lateWatermarkMicros = context.watermarkMicros;
    context.watermarkMicros = memory.i64[columns[3]! / 8 + end - 1]! - 4_000_000n;
  }
  const { user, system } = process.cpuUsage(start);
  operator.release();
  context.release();
  return { seconds: (user + system) / 1e6, rows: out.rows };
}

const count = [spec("count", 2)], three = [spec("count", 2), spec("sum", 2), spec("max", 2)];
const CASES: readonly Case[] = [
  { title: "tumbling count by bidder, 10 s", key: 1, aggregates: count, size: 10_000, slide: 10_000, sliced: false },
  { title: "tumbling count by auction, 10 s", key: 0, aggregates: count, size: 10_000, slide: 10_000, sliced: false },
  ...[[10_000, 5_000], [10_000, 2_000], [10_000, 100], [10_000, 3_000], [10_000, 6_000], [10_000, 9_000]].flatMap(([size, slide]) => [true, false].filter(sliced => sliced || slide! > 500)
    .map((sliced): Case => ({ title: `${size! / 1000} s every ${slide! / 1000} s, count by auction, ${sliced ? "slices" : "each window"}`, key: 0, aggregates: count, size: size!, slide: slide!, sliced }))),
  { title: "10 s every 2 s, count, sum, max by auction, slices", key: 0, aggregates: three, size: 10_000, slide: 2_000, sliced: true },
  { title: "10 s every 2 s, count, sum, max by auction, each window", key: 0, aggregates: three, size: 10_000, slide: 2_000, sliced: false },
];
for (const one of CASES) {
  if (process.argv[4] !== undefined && !one.title.includes(process.argv[4])) continue;
  const runs = Array.from({ length: PASSES }, () => run(one)), best = Math.min(...runs.map(({ seconds }) => seconds));
  console.log(`${one.title.padEnd(60)} ${(ROWS / best / 1e6).toFixed(1).padStart(6)} M rows/s, ${runs[0]!.rows} rows out`);
}

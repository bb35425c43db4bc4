/**
 * Catches overlapping windows that come out otherwise when they are added up from slices than when each row is added to each
 * of its windows: the same rows and the same numbers, batch by batch, over random windows, keys, aggregates, modes, late
 * rows and restarts. And a run that was restored must write the same bytes as one that was not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { rowsOf, vectorOf } from "../columns/cells.ts";
import { aggregateFunctions } from "../functions/aggregates/index.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, INT, STRING, TIMESTAMP, TIME_WINDOW, decimal, field, struct, type DataType } from "../types/data-type.ts";
import type { AggregateSpec } from "./aggregate-updater.ts";
import { AssignSlices } from "./assign-slices.ts";
import { AssignWindows } from "./assign-windows.ts";
import { ExecutionContext } from "./context.ts";
import { HashAggregate } from "./hash-aggregate.ts";
import type { Operator } from "./operator.ts";
import { SlicedAggregate } from "./sliced-aggregate.ts";
import { SlicedBatch } from "./sliced-batch.ts";
import { slicesOf } from "./slices.ts";
import type { StatefulOperator } from "./stateful.ts";
import { StreamingAggregate } from "./streaming-aggregate.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), ROUNDS = Number(process.env["MILLRACE_ROUNDS"] ?? "40"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

const INPUT = [field("at", TIMESTAMP), field("k", STRING), field("n", INT), field("v", BIGINT), field("d", decimal(12, 2)), field("b", BOOLEAN)];
const column = (index: number): Evaluator => ({ type: INPUT[index]!.type, evaluate: batch => batch.columns[index]! });
const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };

function spec(name: string, index: number, filtered: boolean): AggregateSpec {
  const { type } = INPUT[index]!, binding = aggregateFunctions.find(one => one.name === name)!.bind([{ kind: "attribute", id: 1, name: "x", type, nullable: true, qualifier: [] }], settings, undefined);
  assert.equal(binding.implementation.merging, "any order");
  // Every other row.
  const filter: AggregateSpec["filter"] = (_batch, rows, { arena }) => {
    const pointer = arena.allocate(4 * rows.count + 4), words = memory.u32, first = pointer >>> 2;
    let count = 0;
    for (let i = 0; i < rows.count; i++) {
      const row = rows.pointer === 0 ? i : words[(rows.pointer >>> 2) + i]!;
      if (row % 2 === 0) words[first + count++] = row;
    }
    return { pointer, count };
  };
  return { call: { binding, distinct: false }, args: [column(index)], filter: filtered ? filter : undefined };
}
const AGGREGATES: readonly (readonly [string, number])[] = [["count", 3], ["sum", 3], ["min", 3], ["max", 2], ["avg", 4], ["sum", 4], ["max", 4], ["bool_or", 5], ["bit_xor", 3], ["approx_count_distinct", 3], ["count_if", 5]];

class Collect implements Operator {
  rows: Cell[][] = [];
  push(batch: Batch): boolean { this.rows.push(...rowsOf(batch)); return true; }
  finish(): void {}
}

interface Run { readonly operator: StatefulOperator; readonly input: Operator; readonly out: Collect; readonly context: ExecutionContext }
interface Query { readonly window: { sizeMicros: number; slideMicros: number; startMicros: number }; readonly keys: readonly number[]; readonly windowKey: number; readonly aggregates: readonly AggregateSpec[]; readonly outputMode: OutputMode; readonly isWatermarked: boolean }

function build({ window, keys, windowKey, aggregates, outputMode, isWatermarked }: Query, sliced: boolean): Run {
  const out = new Collect(), context = new ExecutionContext(settings), names = keys.map(key => INPUT[key]!);
  const schema = struct([...names.slice(0, windowKey), field("window", TIME_WINDOW), ...names.slice(windowKey), ...aggregates.map(({ call }, i) => field(`a${i}`, call.binding.type))]);
  const common = { schema, aggregates, operatorId: () => 0, outputMode }, others = keys.map(column);
  if (sliced) {
    const slices = slicesOf(window), operator = new SlicedAggregate({ ...common, keys: others, windowKey, slices, isWatermarked }, context, out);
    return { operator, out, context, input: new AssignSlices(struct([...INPUT, field("slice", BIGINT)]), column(0), slices, context, operator) };
  }
  const assigned: Evaluator = { type: TIME_WINDOW, evaluate: batch => batch.columns[INPUT.length]! };
  const operator = new StreamingAggregate({ ...common, keys: [...others.slice(0, windowKey), assigned, ...others.slice(windowKey)], eventTime: isWatermarked ? { key: windowKey, field: 1 } : undefined }, context, out);
  return { operator, out, context, input: new AssignWindows(struct([...INPUT, field("window", TIME_WINDOW)]), column(0), { ...window, type: TIME_WINDOW }, context, operator) };
}

function randomQuery(): Query {
  const slideMicros = 1 + below(20), sizeMicros = slideMicros + 1 + (below(3) === 0 ? below(600) : below(60));
  const keys = [1, 2].filter(() => below(3) > 0);
  return {
    window: { sizeMicros, slideMicros, startMicros: below(2 * slideMicros - 1) - slideMicros + 1 }, keys, windowKey: below(keys.length + 1),
    aggregates: Array.from({ length: 1 + below(4) }, () => { const [name, index] = pick(AGGREGATES); return spec(name, index, below(4) === 0); }),
    outputMode: pick(["append", "update", "complete"] as const), isWatermarked: below(5) > 0,
  };
}

/** Rows around a time, some far behind it or without one. */
function randomRows(count: number, around: number, size: number): Cell[][] {
  return Array.from({ length: count }, () => [
    below(12) === 0 ? null : BigInt(around - (below(6) === 0 ? below(3 * size) : 0) + below(2 * size)),
    below(6) === 0 ? null : pick(["a", "b", "a key of more than twelve bytes"]), below(6) === 0 ? null : below(4), below(6) === 0 ? null : BigInt(below(100) - 50),
    below(6) === 0 ? null : BigInt(below(10_000) - 5000), below(6) === 0 ? null : below(2) === 0,
  ]);
}

/** One batch of the query: rows in batches of columns, some with a selection. */
function runBatch({ operator, input, out, context }: Run, rows: readonly (readonly Cell[])[], cuts: readonly number[], skipped: ReadonlySet<number>, late: bigint | null, watermark: bigint | null): void {
  context.lateWatermarkMicros = late;
  context.watermarkMicros = watermark;
  out.rows = [];
  operator.beginBatch();
  for (let i = 0; i + 1 < cuts.length; i++) {
    const part = rows.slice(cuts[i], cuts[i + 1]), columns = INPUT.map((one, k) => vectorOf(one.type, part.map(row => row[k]!), context.arena));
    const chosen = part.map((_, k) => k).filter(k => !skipped.has(cuts[i]! + k)), pointer = context.arena.allocate(4 * chosen.length + 4);
    chosen.forEach((row, k) => { memory.u32[(pointer >>> 2) + k] = row; });
    input.push(new Batch(struct(INPUT), columns, part.length, { pointer: chosen.length === part.length ? 0 : pointer, count: chosen.length }));
    context.arena.reset();
  }
  input.finish();
}

const print = (rows: readonly (readonly Cell[])[]): string[] => rows.map(row => JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)));
const numbers = ({ operator }: Run) => { const { memoryBytes: _, ...rest } = operator.metrics(); return rest; };
function restore(run: Run, query: Query): Run {
  const restored = build(query, true);
  const cut = below(256);
  restored.operator.load(run.operator.snapshot(0, cut));
  restored.operator.load(run.operator.snapshot(cut, 256));
  // As a restart has it, before its first batch.
  restored.context.watermarkMicros = run.context.watermarkMicros;
  return restored;
}

test("windows from slices are those of rows in each window", () => {
  const before = memory.inUseBytes;
  for (let round = 0; round < ROUNDS; round++) {
    const query = randomQuery(), { sizeMicros, slideMicros } = query.window, expected = build(query, false), sliced = build(query, true);
    let restored = build(query, true), time = below(3) * 1000 - 1000, watermark: bigint | null = query.isWatermarked ? 0n : null, emitted = 0;
    for (let batch = 0; batch < 12; batch++) {
      const late = watermark;
      if (watermark !== null && below(3) > 0) watermark = BigInt(Math.max(Number(watermark), time - below(2) * below(sizeMicros)));
      const rows = below(6) === 0 ? [] : randomRows(below(40), time, sizeMicros), cuts = [0, ...rows.map((_, i) => i).filter(i => i > 0 && below(15) === 0), rows.length];
      const skipped = new Set(rows.map((_, i) => i).filter(() => below(8) === 0)), message = () => `seed ${SEED}, round ${round}, batch ${batch}: ${JSON.stringify({ ...query.window, mode: query.outputMode, late: String(late), watermark: String(watermark) })}`;
      if (below(4) === 0) {
        restored.operator.release();
        restored.context.arena.release();
        restored = restore(sliced, query);
        assert.equal(restored.operator.metrics().rowsTotal, numbers(sliced).rowsTotal, message());
      }
      for (const run of [expected, sliced, restored]) runBatch(run, rows, cuts, skipped, late, watermark);
      assert.deepEqual(print(sliced.out.rows).sort(), print(expected.out.rows).sort(), message());
      assert.deepEqual(numbers(sliced), numbers(expected), message());
      assert.deepEqual(sliced.operator.windowCounts!(1000), query.isWatermarked ? expected.operator.windowCounts!(1000) : sliced.operator.windowCounts!(1000), message());
      assert.deepEqual(print(restored.out.rows), print(sliced.out.rows), `restored: ${message()}`);
      assert.deepEqual(numbers(restored), numbers(sliced), `restored: ${message()}`);
      assert.deepEqual(restored.operator.changes(), sliced.operator.changes(), `restored: ${message()}`);
      expected.operator.changes();
      emitted += sliced.out.rows.length;
      time += below(3) === 0 ? below(4 * sizeMicros) : below(2 * slideMicros);
    }
    if (query.outputMode === "complete") assert.ok(emitted > 0);
    for (const { operator, context } of [expected, sliced, restored]) {
      operator.release();
      context.release();
    }
  }
  assert.equal(memory.inUseBytes, before);
});

test("windows of a bounded input from slices are those of rows in each window", () => {
  const before = memory.inUseBytes;
  for (let round = 0; round < ROUNDS; round++) {
    const { window, keys, windowKey, aggregates } = randomQuery(), names = keys.map(key => INPUT[key]!), others = keys.map(column), slices = slicesOf(window), rows = randomRows(below(120), below(2000) - 1000, window.sizeMicros);
    const schema = struct([...names.slice(0, windowKey), field("window", TIME_WINDOW), ...names.slice(windowKey), ...aggregates.map(({ call }, i) => field(`a${i}`, call.binding.type))]);
    const results = [false, true].map(sliced => {
      const out = new Collect(), context = new ExecutionContext(settings), assigned: Evaluator = { type: TIME_WINDOW, evaluate: batch => batch.columns[INPUT.length]! };
      const input = sliced
        ? new AssignSlices(struct([...INPUT, field("slice", BIGINT)]), column(0), slices, context, new SlicedBatch({ schema, keys: others, windowKey, aggregates, slices }, context, out))
        : new AssignWindows(struct([...INPUT, field("window", TIME_WINDOW)]), column(0), { ...window, type: TIME_WINDOW }, context, new HashAggregate({ schema, keys: [...others.slice(0, windowKey), assigned, ...others.slice(windowKey)], aggregates }, context, out));
      // A second input finds nothing of the first one.
      for (const part of [rows, rows.slice(0, 5)]) {
        for (let from = 0; from < part.length; from += 17) {
          const some = part.slice(from, from + 17);
          input.push(new Batch(struct(INPUT), INPUT.map((one, k) => vectorOf(one.type, some.map(row => row[k]!), context.arena)), some.length));
          context.arena.reset();
        }
        input.finish();
      }
      context.release();
      return print(out.rows).sort();
    });
    assert.deepEqual(results[1], results[0], `seed ${SEED}, round ${round}: ${JSON.stringify(window)}`);
  }
  assert.equal(memory.inUseBytes, before);
});

test("numbers of slices: where the time lies between all starts and ends of windows", () => {
  for (let round = 0; round < 200; round++) {
    const slideMicros = 1 + below(30), sizeMicros = slideMicros + below(80), startMicros = below(2 * slideMicros - 1) - slideMicros + 1, slices = slicesOf({ sizeMicros, slideMicros, startMicros });
    const times = Array.from({ length: 50 }, () => BigInt(below(2000) - 1000)), context = new ExecutionContext(settings), type: DataType = TIMESTAMP;
    const out = new Collect(), operator = new AssignSlices(struct([field("at", type), field("slice", BIGINT)]), { type, evaluate: batch => batch.columns[0]! }, slices, context, out);
    operator.push(new Batch(struct([field("at", type)]), [vectorOf(type, times, context.arena)], times.length));
    for (const [time, slice] of out.rows as [bigint, bigint][]) {
      const windows: number[] = [];
      for (let w = Math.floor((Number(time) - startMicros) / slideMicros); startMicros + w * slideMicros + sizeMicros > Number(time); w--) windows.push(w);
      const holding: number[] = [];
      for (let w = Math.floor(Number(slice) / 2 ** slices.shift); w * 2 ** slices.shift + slices.span > Number(slice); w--) holding.push(w);
      assert.deepEqual(holding, windows, `seed ${SEED}: ${time} in ${JSON.stringify(slices)}`);
    }
    context.release();
  }
});

/**
 * Catches wrong window functions: against definitions that look at all rows for each row, over random partitions with
 * ties and nulls, both directions, frames of all kinds, filters, nulls ignored, and partitions larger than a batch; and
 * memory left behind.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { constantVector, rowsOf, vectorOf } from "../columns/cells.ts";
import { aggregateFunctions } from "../functions/aggregates/index.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { AggregateBinding, Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, field, struct, type DataType } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import { orderOf } from "./sort.ts";
import { Window } from "./window.ts";
import type { FrameBound, FrameSpec } from "./window-frames.ts";
import type { WindowFunctionSpec } from "./window-functions.ts";

/** id, partition, order, value, flag; then order + 2 and order - 1 (or the other way round) as bounds. */
type Row = readonly [number, string | null, number | null, number | null, boolean | null];
const TYPES: readonly DataType[] = [INT, STRING, INT, INT, BOOLEAN];
const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const memory = linearMemory();
const column = (index: number): Evaluator => ({ type: TYPES[index]!, evaluate: batch => batch.columns[index]! });
const literal = (type: DataType, cell: Cell): Evaluator => ({ type, evaluate: (_batch, _rows, { arena }) => constantVector(type, cell, arena) });
const shifted = (by: number): Evaluator => ({ type: INT, evaluate: (batch, _rows, { arena }) => {
  const rows = rowsOf(new Batch(batch.schema, batch.columns, batch.length));
  return vectorOf(INT, rows.map(row => (row[2] === null ? null : (row[2] as number) + by)), arena);
} });

function bindingOf(name: string, type: DataType): AggregateBinding {
  const entry = aggregateFunctions.find(one => one.name === name)!;
  return entry.bind([{ kind: "attribute", id: 1, name: "a", type, nullable: true, qualifier: [] }], settings, undefined);
}

interface Direction { readonly direction: "asc" | "desc"; readonly nulls: "first" | "last" }

function run(batches: readonly (readonly Row[])[], { direction, nulls }: Direction, computed: readonly Evaluator[], functions: readonly WindowFunctionSpec[]): Cell[][] {
  const context = new ExecutionContext(settings), out: Cell[][] = [], before = memory.inUseBytes, schema = struct(TYPES.map((type, i) => field(`c${i}`, type)));
  const window = new Window({
    schema: struct([field("id", INT), ...functions.map((f, i) => field(`f${i}`, f.type))]), kept: [{ column: 0, type: INT }],
    partitionBy: [column(1)], orderBy: [{ evaluator: column(2), direction, nulls }], computed, functions,
  }, context, { push: batch => { out.push(...rowsOf(batch)); context.arena.allocate(100); return true; }, finish: () => {} });
  for (const rows of batches) {
    window.push(new Batch(schema, TYPES.map((type, c) => vectorOf(type, rows.map(row => row[c]!), context.arena)), rows.length));
    context.arena.reset();
  }
  window.finish();
  context.arena.release();
  assert.equal(memory.inUseBytes, before);
  return out.sort((a, b) => (a[0] as number) - (b[0] as number));
}

/** Partitions in order, as arrays of rows. */
function partitionsOf(rows: readonly Row[], direction: Direction): Row[][] {
  const order = orderOf({ evaluator: { type: INT }, ...direction }), groups = new Map<string | null, Row[]>();
  for (const row of rows) groups.set(row[1], [...(groups.get(row[1]) ?? []), row]);
  return [...groups.values()].map(group => group.sort((a, b) => order(a[2], b[2]) || a[0] - b[0]));
}

const PLAIN_FRAMES: readonly FrameSpec[] = [
  { unit: "rows", lower: { at: "rows", offset: -2 }, upper: { at: "rows", offset: 1 } },
  { unit: "rows", lower: { at: "unbounded" }, upper: { at: "current" } },
  { unit: "rows", lower: { at: "current" }, upper: { at: "unbounded" } },
  { unit: "rows", lower: { at: "rows", offset: 1 }, upper: { at: "rows", offset: 3 } },
  { unit: "rows", lower: { at: "rows", offset: -4 }, upper: { at: "rows", offset: -2 } },
  { unit: "range", lower: { at: "unbounded" }, upper: { at: "current" } },
  { unit: "range", lower: { at: "current" }, upper: { at: "current" } },
  { unit: "rows", lower: { at: "unbounded" }, upper: { at: "unbounded" } },
];

/** The rows of a frame, by the words of its bounds. */
function frameRows(frame: FrameSpec, at: number, partition: readonly Row[], direction: Direction): Row[] {
  const order = orderOf({ evaluator: { type: INT }, ...direction }), sign = direction.direction === "asc" ? 1 : -1, here = partition[at]!;
  const reach = (by: number): number | null => (here[2] === null ? null : here[2] + sign * by);
  const after = (bound: FrameBound, i: number): boolean => {
    switch (bound.at) {
      case "unbounded": return true;
      case "rows": return i >= at + bound.offset;
      case "current": return frame.unit === "rows" ? i >= at : order(partition[i]![2], here[2]) >= 0;
      case "value": return order(partition[i]![2], reach(-1)) >= 0;
    }
  };
  const before = (bound: FrameBound, i: number): boolean => {
    switch (bound.at) {
      case "unbounded": return true;
      case "rows": return i <= at + bound.offset;
      case "current": return frame.unit === "rows" ? i <= at : order(partition[i]![2], here[2]) <= 0;
      case "value": return order(partition[i]![2], reach(2)) <= 0;
    }
  };
  return partition.filter((_, i) => after(frame.lower, i) && before(frame.upper, i));
}

const sum = (rows: readonly Row[]): Cell => {
  const values = rows.map(row => row[3]).filter(value => value !== null);
  return values.length === 0 ? null : BigInt(values.reduce((a, b) => a + b, 0));
};

test("functions and frames are as their definitions say", () => {
  const random = seededRandom(11), number = (n: number) => random.uint32() % n;
  for (let round = 0; round < 60; round++) {
    const direction: Direction = { direction: round % 2 === 0 ? "asc" : "desc", nulls: round % 3 === 0 ? "first" : "last" }, sign = direction.direction === "asc" ? 1 : -1;
    let id = 0;
    const batches = Array.from({ length: number(3) + 1 }, () => Array.from({ length: number(40) }, (): Row =>
      [id++, number(8) === 0 ? null : "abc"[number(3)]!, number(6) === 0 ? null : number(12), number(5) === 0 ? null : number(100), number(4) === 0 ? null : number(2) === 0]));
    const order = orderOf({ evaluator: { type: INT }, ...direction });
    const valueFrame: FrameSpec = { unit: "range", lower: { at: "value", bound: 4, value: 2, order }, upper: { at: "value", bound: 3, value: 2, order } };
    const frames = [...PLAIN_FRAMES, valueFrame, { ...valueFrame, lower: { at: "unbounded" as const } }, { ...valueFrame, upper: { at: "unbounded" as const } }];
    // Computed: value, flag, order, order + 2, order - 1, -7, text of the partition.
    const computed = [column(3), column(4), column(2), shifted(2 * sign), shifted(-1 * sign), literal(INT, -7), column(1)];
    const total = bindingOf("sum", INT), list = bindingOf("collect_list", INT), first = bindingOf("first", STRING), n = 1 + number(3), offset = number(5) - 2, buckets = 1 + number(5);
    const functions: WindowFunctionSpec[] = [
      ...["row_number", "rank", "dense_rank"].map(name => ({ kind: "rank" as const, name, type: INT })), ...["percent_rank", "cume_dist"].map(name => ({ kind: "rank" as const, name, type: DOUBLE })),
      { kind: "ntile", buckets, type: INT },
      { kind: "neighbour", offset, ignoreNulls: false, args: [0, 5], type: INT }, { kind: "neighbour", offset, ignoreNulls: true, args: [0, 5], type: INT },
      { kind: "nth_value", n, ignoreNulls: false, args: [0], frame: frames[round % frames.length]!, type: INT }, { kind: "nth_value", n, ignoreNulls: true, args: [0], frame: frames[round % frames.length]!, type: INT },
      { kind: "aggregate", binding: first, args: [6], filter: undefined, frame: frames[0]!, type: STRING },
      ...frames.flatMap((frame): WindowFunctionSpec[] => [
        { kind: "aggregate", binding: total, args: [0], filter: undefined, frame, type: BIGINT },
        { kind: "aggregate", binding: list, args: [0], filter: 1, frame, type: list.type },
      ]),
    ];
    const expected = partitionsOf(batches.flat(), direction).flatMap(partition => partition.map((row, i): Cell[] => {
      const rank = 1 + partition.filter(other => order(other[2], row[2]) < 0).length, peers = partition.filter(other => order(other[2], row[2]) <= 0).length;
      const dense = new Set(partition.filter(other => order(other[2], row[2]) < 0).map(other => other[2])).size + 1;
      const size = Math.floor(partition.length / buckets), bounds = Array.from({ length: buckets }, (_, b) => size + (b < partition.length % buckets ? 1 : 0));
      let bucket = 0;
      for (let left = i; left >= bounds[bucket]!; bucket++) left -= bounds[bucket]!;
      const known = (rows: readonly Row[]) => rows.filter(other => other[3] !== null);
      const ahead = partition[i + offset];
      const withValue = offset === 0 ? row : offset > 0 ? known(partition.slice(i + 1))[offset - 1] : known(partition.slice(0, i)).at(offset);
      const frame = frameRows(frames[round % frames.length]!, i, partition, direction);
      const firstText = frameRows(frames[0]!, i, partition, direction)[0];
      return [row[0], i + 1, rank, dense, partition.length === 1 ? 0 : (rank - 1) / (partition.length - 1), peers / partition.length, bucket + 1,
        ahead === undefined ? -7 : ahead[3], withValue === undefined ? -7 : withValue[3], frame[n - 1]?.[3] ?? null, known(frame)[n - 1]?.[3] ?? null,
        firstText === undefined ? null : firstText[1],
        ...frames.flatMap((one): Cell[] => {
          const rows = frameRows(one, i, partition, direction);
          return [sum(rows), known(rows.filter(other => other[4] === true)).map(other => other[3])];
        })];
    })).sort((a, b) => (a[0] as number) - (b[0] as number));
    assert.deepEqual(run(batches, direction, computed, functions), expected, `round ${round}`);
  }
});

test("a partition may be larger than a batch, and many may be small", () => {
  const rows = Array.from({ length: 15_000 }, (_, i): Row => [i, i < 10_000 ? "large" : `small ${i % 2000}`, i % 7, 1, true]);
  const running: FrameSpec = { unit: "rows", lower: { at: "unbounded" }, upper: { at: "current" } };
  const out = run([rows.slice(0, 4000), rows.slice(4000)], { direction: "asc", nulls: "first" }, [column(3)], [{ kind: "rank", name: "row_number", type: INT }, { kind: "aggregate", binding: bindingOf("sum", INT), args: [0], filter: undefined, frame: running, type: BIGINT }]);
  assert.equal(out.length, rows.length);
  assert.ok(out.every(([, number, total]) => BigInt(number as number) === total));
  assert.equal(Math.max(...out.map(row => row[1] as number)), 10_000);
  // Frames that reach to the end: what is left of the partition, of every second row.
  const left: FrameSpec = { unit: "rows", lower: { at: "rows", offset: 1 }, upper: { at: "unbounded" } };
  const larger = Array.from({ length: 12_000 }, (_, i): Row => [i, i < 11_000 ? "large" : "small", i, 1, i % 2 === 0]);
  const rest = run([larger], { direction: "asc", nulls: "first" }, [column(3), column(4)], [{ kind: "aggregate", binding: bindingOf("sum", INT), args: [0], filter: 1, frame: left, type: BIGINT }]);
  const behind = (i: number): number => Math.floor(((i < 11_000 ? 10_999 : 11_999) - i) / 2);
  assert.deepEqual(rest.map(row => row[1]), larger.map((_, i) => (behind(i) === 0 ? null : BigInt(behind(i)))));
});

/**
 * Catches rows that are lost or kept by mistake: against ranks that are counted out, over random partitions with nulls, ties, NaN, -0.0,
 * wide decimals and long strings, in both directions, where each row is better than those before, worse, or neither; kernels against
 * their twins; and memory left behind.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { cellAt, constantVector, rowsOf, vectorOf } from "../columns/cells.ts";
import { canonicalCell } from "../state/key-layout.ts";
import { RANKS } from "../kernels/group-limit.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, array, decimal, field, struct, type DataType } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import { orderOf, type SortKey } from "./sort.ts";
import { sortKind } from "./sorted-rows.ts";
import { WindowGroupLimit } from "./window-group-limit.ts";

const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() }, memory = linearMemory();
const column = (type: DataType, index: number): Evaluator => ({ type, evaluate: batch => batch.columns[index]! });
/** So that keys are no columns of the input. */
const computed = (type: DataType, index: number): Evaluator => ({ type, evaluate: (batch, _rows, { arena }) => vectorOf(type, Array.from({ length: batch.length }, (_, i) => cellAt(batch.columns[index]!, i)), arena) });

type Make = (n: number) => Cell;
const KEYS: readonly (readonly [DataType, Make])[] = [
  [INT, n => n - 50], [BIGINT, n => BigInt(n) * 10_000_000_000n], [DOUBLE, n => [NaN, -0, 0, -1.5, Infinity][n % 9] ?? n / 8], [BOOLEAN, n => n % 2 === 0],
  [STRING, n => (n % 3 === 0 ? `short ${n % 20}` : `a beginning that is the same ${n % 30}`)], [decimal(30, 2), n => BigInt(n % 40) * 10n ** 20n - BigInt(n % 7)],
  [decimal(9, 2), n => BigInt(n - 30)], [struct([field("a", INT), field("b", STRING)]), n => [n % 5, n % 2 === 0 ? null : "x"]], [array(INT), n => [n % 4, n % 3]],
];

/** Rows of id, partition, first and second key. */
function check(rows: readonly (readonly Cell[])[], types: readonly DataType[], order: readonly Pick<SortKey, "direction" | "nulls">[], rank: (typeof RANKS)[number], limit: number, isColumn: boolean, sizes: readonly number[]): void {
  const context = new ExecutionContext(settings), before = memory.inUseBytes, schema = struct(types.map((type, i) => field(`c${i}`, type))), out: Cell[][] = [];
  let finished = 0;
  const operator = new WindowGroupLimit({
    rank, limit, schema, partitionBy: [column(types[1]!, 1)], orderBy: order.map((key, k) => ({ ...key, evaluator: (isColumn ? column : computed)(types[2 + k]!, 2 + k) })), orderColumns: order.map((_, k) => isColumn ? 2 + k : undefined),
  }, context, { push: batch => { out.push(...rowsOf(batch)); return true; }, finish: () => { finished++; } });
  for (let from = 0, s = 0; from < rows.length; s++) {
    const some = rows.slice(from, from + sizes[s % sizes.length]!);
    operator.push(new Batch(schema, types.map((type, c) => vectorOf(type, some.map(row => row[c]!), context.arena)), some.length));
    context.arena.reset();
    from += some.length;
  }
  operator.finish();
  context.release();
  assert.equal(memory.inUseBytes, before);
  assert.equal(finished, 1);
  const orders = order.map((key, k) => orderOf({ evaluator: { type: types[2 + k]! }, ...key })), compare = (a: readonly Cell[], b: readonly Cell[]): number => orders.reduce((found, one, k) => found === 0 ? one(a[2 + k]!, b[2 + k]!) : found, 0);
  const partitions = new Map<string, (readonly Cell[])[]>();
  for (const row of rows) {
    const key = JSON.stringify(canonicalCell(types[1]!, row[1]!), (_, value: unknown) => typeof value === "bigint" || typeof value === "number" ? String(value) : value);
    if (!partitions.has(key)) partitions.set(key, []);
    partitions.get(key)!.push(row);
  }
  const expected = new Set<Cell>();
  for (const partition of partitions.values()) {
    let number = 0, place = 0, last: readonly Cell[] | undefined;
    for (const row of partition.toSorted(compare)) {
      const isTie = last !== undefined && compare(last, row) === 0;
      number++;
      place = rank === "row_number" ? number : isTie ? place : rank === "rank" ? number : place + 1;
      last = row;
      if (place <= limit) expected.add(row[0]!);
    }
  }
  assert.deepEqual(out.map(row => row[0]), rows.map(row => row[0]!).filter(id => expected.has(id)), `${rank} <= ${limit} by ${types.map(type => type.kind).join(", ")}, ${JSON.stringify(order)}`);
}

test("the first rows of each partition stay, in the order in which they came", () => {
  const random = seededRandom(5), number = (n: number) => random.uint32() % n;
  for (let round = 0; round < 90; round++) {
    const [partitionType, partition] = KEYS[number(KEYS.length)]!, [type, make] = KEYS[round % KEYS.length]!, rank = RANKS[number(3)]!, limit = [1, 1, 2, 5, 40][number(5)]!;
    const order = [0, 1].map((): Pick<SortKey, "direction" | "nulls"> => ({ direction: number(2) === 0 ? "asc" : "desc", nulls: number(2) === 0 ? "first" : "last" })).slice(0, 1 + number(2));
    const rows = Array.from({ length: number(700) }, (_, id): Cell[] => [id, number(9) === 0 ? null : partition(number(12)), number(7) === 0 ? null : make(number(100)), number(4)]);
    check(rows, [INT, partitionType, type, INT], order, rank, limit, number(2) === 0, [1 + number(300), 1 + number(300)]);
  }
});

test("what was let in is given back: rows that get better and better, worse and worse, or are all the same", () => {
  const random = seededRandom(6), number = (n: number) => random.uint32() % n, count = 45_000;
  const shapes: readonly Make[] = [i => count - i, i => i, () => 7, () => number(1000), i => (i > 30_000 ? null : number(100))];
  for (const [s, shape] of shapes.entries()) {
    for (const [rank, limit] of [["row_number", 9], ["rank", 3], ["dense_rank", 2], ["row_number", 1]] as const) {
      const nulls = s % 2 === 0 ? "first" : "last", rows = Array.from({ length: count }, (_, id): Cell[] => [id, number(20), shape(id), 0]);
      check(rows, [INT, INT, INT, INT], [{ direction: "asc", nulls }], rank, limit, true, [BATCH_ROWS]);
    }
  }
});

test("without a partition, and with an order that is the same for all", () => {
  const context = new ExecutionContext(settings), schema = struct([field("a", INT)]), out: Cell[][] = [];
  const operator = new WindowGroupLimit({ rank: "row_number", limit: 3, schema, partitionBy: [], orderBy: [{ evaluator: { type: INT, evaluate: (_batch, _rows, { arena }) => constantVector(INT, 1, arena) }, direction: "asc", nulls: "first" }], orderColumns: [undefined] }, context,
    { push: batch => { out.push(...rowsOf(batch)); return true; }, finish: () => {} });
  for (let i = 0; i < 3; i++) operator.push(new Batch(schema, [vectorOf(INT, [2 * i, 2 * i + 1], context.arena)], 2));
  operator.finish();
  context.release();
  assert.deepEqual(out, [[0], [1], [2]]);
});

test("kernels do as their twins", () => {
  const random = seededRandom(7), number = (n: number) => random.uint32() % n, arena = new Arena(), kernel = kernels(), { u32, u64, u8 } = memory, MOST = 0xffff_ffff_ffff_ffffn;
  for (let round = 0; round < 200; round++) {
    const [type, make] = KEYS[number(7)]!, count = 1 + number(60), values = vectorOf(type, Array.from({ length: count }, () => number(5) === 0 ? null : make(number(100))), arena), kind = sortKind(type, values.physical)!;
    const down = number(2), nulls = number(2) === 0 ? 0n : MOST, groups = arena.allocateZeroed(8 * 4), addresses = arena.allocate(4 * count), out = arena.allocate(4 * count + 4), outAddresses = arena.allocate(4 * count + 4), one = arena.allocate(8);
    const word = (row: number): bigint => {
      if (values.valid !== 0 && u8[values.valid + row] === 0) return nulls;
      kernel.sortWord(kind, values.data, row, down, one);
      return u64[one >>> 3]!;
    };
    const group = Array.from({ length: count }, () => number(4)), bounds = Array.from({ length: 4 }, () => number(3) === 0 ? MOST : word(number(count))), first = number(2);
    bounds.forEach((bound, g) => { u64[(groups >>> 3) + g] = MOST - bound; });
    group.forEach((g, i) => { u32[(addresses >>> 2) + i] = groups + 8 * g; });
    const expected: number[] = [];
    for (let i = 0; i < count; i++) {
      if (word(i) > bounds[group[i]!]!) continue;
      expected.push(i);
      if (first === 1) bounds[group[i]!] = word(i);
    }
    const kept = kernel.limitSelect(kind, values.data, values.valid, 0, count, down, nulls, addresses, 0, first, out, outAddresses);
    assert.deepEqual([...u32.subarray(out >>> 2, (out >>> 2) + kept)], expected);
    assert.deepEqual([...u32.subarray(outAddresses >>> 2, (outAddresses >>> 2) + kept)], expected.map(i => groups + 8 * group[i]!));
    assert.deepEqual([...u64.subarray(groups >>> 3, (groups >>> 3) + 4)], bounds.map(bound => MOST - bound));

    const rank = number(3), limit = 1 + number(4), partitions = arena.allocateZeroed(count), peers = arena.allocateZeroed(count), marks = arena.allocateZeroed(count), places = arena.allocateZeroed(8 * count), rows = arena.allocate(4 * count);
    for (let i = 0; i < count; i++) {
      u8[partitions + i] = number(8) === 0 ? 1 : 0;
      u8[peers + i] = number(2);
      u32[(rows >>> 2) + i] = count - 1 - i;
      u64[(places >>> 3) + i] = BigInt(groups + 8 * group[i]!);
    }
    const isIn = new Array<number>(count).fill(0), after = [...bounds];
    for (let i = 0, n = 0, place = 0, taken = 0; i < count; i++) {
      const isNew = i === 0 || u8[partitions + i] === 1, differs = isNew || u8[peers + i] === 1;
      n = isNew ? 1 : n + 1;
      place = RANKS[rank] === "row_number" ? n : !differs ? place : RANKS[rank] === "rank" ? n : isNew ? 1 : place + 1;
      taken = isNew ? 1 : RANKS[rank] === "dense_rank" && !differs ? taken : taken + 1;
      isIn[count - 1 - i] = place <= limit ? 1 : 0;
      if (taken === limit && (RANKS[rank] !== "dense_rank" || differs)) after[group[count - 1 - i]!] = word(count - 1 - i);
    }
    kernel.limitMark(rank, limit, rows, count, partitions, peers, marks);
    kernel.limitBounds(rank, limit, rows, count, partitions, peers, kind, values.data, values.valid, down, nulls, places, 0);
    assert.deepEqual([...u8.subarray(marks, marks + count)], isIn);
    assert.deepEqual([...u64.subarray(groups >>> 3, (groups >>> 3) + 4)], after.map(bound => MOST - bound));
    arena.reset();
  }
  arena.release();
});

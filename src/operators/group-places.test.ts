/**
 * Catches rows that are given the wrong group: against a map by value, over numbers that are close together, far apart, rise, fall and
 * reach to the ends of their type, with nulls, constants and selections; groups that change their order; kernels against their twins;
 * memory left behind.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import type { Selection } from "../columns/batch.ts";
import { cellAt, constantVector, vectorOf } from "../columns/cells.ts";
import { physicalOf } from "../columns/vector.ts";
import { KIND } from "../kernels/expression.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { StateTable } from "../state/state-table.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, DATE, INT, SMALLINT, STRING, TINYINT, decimal, type DataType } from "../types/data-type.ts";
import { GroupPlaces } from "./group-places.ts";

const memory = linearMemory();

type Make = (at: number, n: (limit: number) => number) => bigint;
const SHAPES: readonly (readonly [readonly DataType[], Make])[] = [
  [[TINYINT, SMALLINT, INT, BIGINT, DATE, decimal(9, 0)], (_at, n) => BigInt(n(200) - 100)],
  [[INT, BIGINT], at => BigInt(at)], [[INT, BIGINT], at => BigInt(-at)], [[INT, BIGINT], (at, n) => BigInt(at % 2 === 0 ? at : -at - n(3))],
  [[INT, BIGINT], (_at, n) => BigInt(n(2 ** 31)) - BigInt(n(2 ** 31))],
  [[BIGINT], (_at, n) => [2n ** 63n - 1n - BigInt(n(50)), -(2n ** 63n) + BigInt(n(50)), BigInt(n(50))][n(3)]!],
  [[BIGINT], (_at, n) => -(2n ** 63n) + BigInt(n(5000))], [[BIGINT], (_at, n) => 2n ** 63n - 1n - BigInt(n(5000))],
];

test("each value has its group", () => {
  const random = seededRandom(3), n = (limit: number) => random.uint32() % limit;
  for (let round = 0; round < 64; round++) {
    const [types, make] = SHAPES[round % SHAPES.length]!, type = types[n(types.length)]!, isBig = type.kind === "bigint" || type.kind === "decimal", nulls = n(2) === 0;
    const arena = new Arena(), before = memory.inUseBytes, table = new StateTable({ keyTypes: [type], stateBytes: 8 }), places = new GroupPlaces(table), groups = new Map<Cell, number>(), inOrder: Cell[] = [];
    assert.ok(GroupPlaces.suits([type]));
    for (let batch = 0, at = 0; batch < 30; batch++) {
      table.beginBatch();
      const cells = Array.from({ length: 1 + n(600) }, (): Cell => {
        const value = make(at++, n);
        return nulls && n(5) === 0 ? null : isBig ? value : Number(value);
      });
      const isConstant = n(12) === 0, vector = isConstant ? constantVector(type, cells[0]!, arena) : vectorOf(type, cells, arena), rows: Selection = n(2) === 0 ? { pointer: 0, count: cells.length } : listed(cells.map((_, i) => i).filter(() => n(3) > 0), arena);
      const found = places.upsert([vector], rows, cells.length);
      for (let i = 0; i < rows.count; i++) {
        const cell = cells[isConstant ? 0 : rows.pointer === 0 ? i : memory.u32[(rows.pointer >>> 2) + i]!]!, address = memory.u32[(found >>> 2) + i]!;
        if (!groups.has(cell)) {
          groups.set(cell, address);
          inOrder.push(cell);
        }
        assert.equal(address, groups.get(cell), `round ${round}, batch ${batch}, ${String(cell)}`);
      }
      arena.reset();
    }
    assert.equal(table.count, groups.size);
    const all = table.allAddresses();
    assert.deepEqual([...memory.u32.subarray(all.pointer >>> 2, (all.pointer >>> 2) + all.count)], [...groups.values()]);
    const [keys] = table.keyVectors(all.pointer, all.count, arena);
    assert.deepEqual(inOrder.map((_, i) => cellAt(keys!, i)), inOrder);
    places.release();
    table.release();
    arena.release();
    assert.equal(memory.inUseBytes, before);
  }
  assert.ok(!GroupPlaces.suits([STRING]) && !GroupPlaces.suits([INT, INT]) && !GroupPlaces.suits([]) && !GroupPlaces.suits([decimal(20, 0)]));
});

test("where memory is short there are no places, and the groups are right all the same", () => {
  const arena = new Arena(), table = new StateTable({ keyTypes: [INT], stateBytes: 8 }), places = new GroupPlaces(table), upsert = (cells: readonly number[]): number[] => {
    const at = places.upsert([vectorOf(INT, cells, arena)], { pointer: 0, count: cells.length }, cells.length);
    return [...memory.u32.subarray(at >>> 2, (at >>> 2) + cells.length)];
  };
  const cells = Array.from({ length: 4096 }, (_, i) => i), groups = upsert(cells);
  try {
    memory.setLimit(memory.inUseBytes + (1 << 19));
    const far = Array.from({ length: 100 }, (_, i) => 500_000 + i), others = upsert(far);
    assert.deepEqual(upsert([...far, 7]), [...others, groups[7]]);
    assert.deepEqual(upsert(cells), groups);
  } finally {
    memory.setLimit(Number.POSITIVE_INFINITY);
  }
  assert.equal(new Set([...groups, ...upsert([500_000])]).size, 4097);
  places.release();
  table.release();
  arena.release();
});

test("kernels do as their twins", () => {
  const random = seededRandom(4), n = (limit: number) => random.uint32() % limit, kernel = kernels(), arena = new Arena(), { u32, i64 } = memory;
  for (let round = 0; round < 300; round++) {
    const type = [TINYINT, SMALLINT, INT, BIGINT][n(4)]!, kind = KIND[physicalOf(type) as keyof typeof KIND], count = 1 + n(40), base = BigInt(n(20)) - 30n, size = n(40);
    const cells = Array.from({ length: count }, (): Cell => n(6) === 0 ? null : type.kind === "bigint" ? BigInt(n(80) - 40) : n(80) - 40), isConstant = n(5) === 0, vector = isConstant ? constantVector(type, cells[0]!, arena) : vectorOf(type, cells, arena);
    const rows = n(2) === 0 ? { pointer: 0, count } : listed(cells.map((_, i) => i).filter(() => n(3) > 0), arena), list = rows.pointer === 0 ? cells.map((_, i) => i) : [...u32.subarray(rows.pointer >>> 2, (rows.pointer >>> 2) + rows.count)];
    const places = arena.allocate(4 * size + 4), known = Array.from({ length: size }, () => n(2) === 0 ? 0 : 1 + n(1000)), ofNull = n(2) * 77, out = arena.allocate(4 * count + 4), missing = arena.allocate(4 * count + 4), missingAt = arena.allocate(4 * count + 4), mask = isConstant ? 0 : -1;
    known.forEach((group, i) => { u32[(places >>> 2) + i] = group; });
    const value = (row: number): Cell => cells[isConstant ? 0 : row]!, place = (row: number): number => Number(BigInt(value(row) as number | bigint) - base);
    const groups = list.map(row => value(row) === null ? ofNull : known[place(row)] ?? 0), lost = list.flatMap((row, i) => groups[i] === 0 ? [{ row, i }] : []);
    assert.equal(kernel.placesFind(kind, vector.data, vector.valid, mask, rows.pointer, rows.count, base, size, places, ofNull, out, missing, missingAt), lost.length);
    const words = (at: number, length: number): number[] => [...u32.subarray(at >>> 2, (at >>> 2) + length)];
    assert.deepEqual([words(out, rows.count), words(missing, lost.length), words(missingAt, lost.length)], [groups, lost.map(({ row }) => row), lost.map(({ i }) => i)]);

    const range = arena.allocate(16), there = list.map(value).filter(cell => cell !== null).map(cell => BigInt(cell as number | bigint));
    kernel.placesRange(kind, vector.data, vector.valid, mask, rows.pointer, rows.count, range);
    assert.deepEqual([i64[range >>> 3], i64[(range >>> 3) + 1]], [there.reduce((a, b) => a < b ? a : b, 2n ** 63n - 1n), there.reduce((a, b) => a > b ? a : b, -(2n ** 63n))]);

    const addresses = arena.allocate(4 * count + 4);
    let nullAfter = ofNull;
    lost.forEach(({ row, i }, j) => {
      const group = 5000 + Number(value(row) ?? 99);
      u32[(addresses >>> 2) + j] = groups[i] = group;
      if (value(row) === null) nullAfter = group;
      else if (place(row) >= 0 && place(row) < size) known[place(row)] = group;
    });
    assert.equal(kernel.placesKeep(kind, vector.data, vector.valid, mask, missing, missingAt, lost.length, addresses, base, size, places, ofNull, out), nullAfter);
    assert.deepEqual([words(out, rows.count), words(places, size)], [groups, known]);
    arena.reset();
  }
  arena.release();
});

function listed(rows: readonly number[], arena: Arena): Selection {
  const pointer = arena.allocate(4 * rows.length + 4);
  rows.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
  return { pointer, count: rows.length };
}

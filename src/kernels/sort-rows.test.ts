/** Catches words whose order isn't that of the values, a sort that isn't stable, and changes that are not seen: on random columns of every kind. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { cellAt, vectorOf } from "../columns/cells.ts";
import { cellOrder } from "../columns/compare-cells.ts";
import type { Vector } from "../columns/vector.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, DATE, DOUBLE, FLOAT, SMALLINT, STRING, TINYINT, decimal, type DataType } from "../types/data-type.ts";
import { kernels } from "./kernels.ts";
import { LOW_HALF, SORT_KIND } from "./sort-rows.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const long = (): bigint => BigInt.asIntN(64, BigInt(random.uint32()) << 32n | BigInt(random.uint32())) >> BigInt(below(64));
const of = <T>(...items: readonly T[]): T => items[below(items.length)]!;
const text = (): string => of("", "a", "a\0", "ab", "é", "\u{10000}", "same beginning, ", "same beginning, long").concat(below(2) === 0 ? "" : of("x", "yy", "\0", "tail of a long string"));

const TYPES: readonly { readonly type: DataType; readonly cell: () => Cell }[] = [
  { type: BOOLEAN, cell: () => below(2) === 0 }, { type: TINYINT, cell: () => below(256) - 128 }, { type: SMALLINT, cell: () => below(65536) - 32768 },
  { type: DATE, cell: () => Number(BigInt.asIntN(32, long())) }, { type: BIGINT, cell: long },
  { type: FLOAT, cell: () => Math.fround(of(0, -0, Number.NaN, Infinity, -Infinity, 1e-40, (below(2000) - 1000) / 8)) },
  { type: DOUBLE, cell: () => of(0, -0, Number.NaN, Infinity, -Infinity, 5e-324, (below(2000) - 1000) * 1.1) },
  { type: decimal(38, 2), cell: () => of(long(), long() * 0x1_0000_0000n, 0n, long() * long()) % 10n ** 38n }, { type: STRING, cell: text },
];

/** What the kernels do, by the rule: row numbers in the order of their cells, equal ones as they were. */
const twin = (cells: readonly Cell[], rows: readonly number[], type: DataType, isDescending: boolean): number[] => {
  const order = cellOrder(type), sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => sign * order(cells[a]!, cells[b]!));
};

function sorted(kind: number, values: Vector, rows: readonly number[], isDescending: boolean, arena: Arena): number[] {
  const kernel = kernels(), count = rows.length, list = arena.allocate(4 * count + 4), entries = arena.allocate(16 * count + 16), scratch = arena.allocate(16 * count + 16), down = isDescending ? 1 : 0;
  rows.forEach((row, i) => { memory.u32[(list >>> 2) + i] = row; });
  let at = entries;
  for (const half of kind === SORT_KIND.i128 ? [LOW_HALF, kind] : [kind]) {
    kernel.sortEntries(half, values.data, list, count, down, entries);
    at = kernel.radixEntries(entries, count, scratch);
    kernel.entryRows(at, count, list);
  }
  if (kind === SORT_KIND.view) {
    kernel.orderLongViews(values.data, at, count, down, at === entries ? scratch : entries);
    kernel.entryRows(at, count, list);
  }
  return Array.from({ length: count }, (_, i) => memory.u32[(list >>> 2) + i]!);
}

for (const { type, cell } of TYPES) {
  test(`${type.kind}: rows sorted, picked up to a bound, and told apart`, () => {
    for (let round = 0; round < 40; round++) {
      const arena = new Arena(), size = of(0, 1, 2, 15, 63, 64, 200, 900), few = Array.from({ length: 1 + below(30) }, cell), isFew = below(2) === 0;
      const cells = Array.from({ length: size }, () => isFew ? few[below(few.length)]! : cell()), values = vectorOf(type, cells, arena), isDescending = below(2) === 0;
      const kind = SORT_KIND[values.physical as keyof typeof SORT_KIND], order = cellOrder(type), seed = `seed ${SEED}, ${type.kind}, ${round}`;
      const rows = Array.from({ length: size }, (_, i) => i).filter(() => below(4) > 0).toSorted(() => below(3) - 1);
      const found = sorted(kind, values, rows, isDescending, arena);
      assert.deepEqual(found, twin(cells, rows, type, isDescending), seed);
      if (found.length === 0) continue;

      const kernel = kernels(), list = arena.allocate(4 * found.length), marks = arena.allocateZeroed(found.length), out = arena.allocate(4 * size + 4), limit = arena.allocate(8);
      found.forEach((row, i) => { memory.u32[(list >>> 2) + i] = row; });
      kernel.markChanges(kind, values.data, 0, list, found.length, marks);
      assert.deepEqual([...memory.u8.subarray(marks, marks + found.length)], found.map((row, i) => i > 0 && order(cells[found[i - 1]!]!, cells[row]!) !== 0 ? 1 : 0), seed);

      const bound = rows[below(rows.length)]!, sign = isDescending ? -1 : 1;
      kernel.sortWord(kind, values.data, bound, isDescending ? 1 : 0, limit);
      const count = kernel.selectUpToWord(kind, values.data, 0, 0, size, isDescending ? 1 : 0, limit, 0, out), kept = new Set(Array.from({ length: count }, (_, i) => memory.u32[(out >>> 2) + i]!));
      // None that belongs is left out; that a word is cut short may let in others.
      cells.forEach((value, i) => { if (sign * order(value, cells[bound]!) <= 0) assert.ok(kept.has(i), `${seed}: ${String(cellAt(values, i))}`); });
      if (type.kind !== "string" && type.kind !== "decimal") assert.equal(count, cells.filter(value => sign * order(value, cells[bound]!) <= 0).length, seed);
      arena.release();
    }
  });
}

test("nulls go to one end, all in the order they had", () => {
  const arena = new Arena();
  for (let round = 0; round < 50; round++) {
    const size = 1 + below(100), valid = arena.allocate(size), rows = arena.allocate(4 * size), out = arena.allocate(4 * size), isFirst = below(2) === 0;
    const has = Array.from({ length: size }, (_, i) => memory.u8[valid + i] = below(3) === 0 ? 0 : 1), list = Array.from({ length: size }, (_, i) => memory.u32[(rows >>> 2) + i] = (i * 7 + 3) % size);
    kernels().partitionNulls(valid, rows, size, isFirst ? 1 : 0, out);
    const nulls = list.filter(row => has[row] === 0), values = list.filter(row => has[row] === 1);
    assert.deepEqual(Array.from({ length: size }, (_, i) => memory.u32[(out >>> 2) + i]), isFirst ? [...nulls, ...values] : [...values, ...nulls]);
  }
  arena.release();
});

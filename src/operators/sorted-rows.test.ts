/** Catches rows that lose the order of the keys behind a key that is null, whatever bytes lie in the null's place. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { vectorOf } from "../columns/cells.ts";
import { Vector } from "../columns/vector.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, INT, STRING, type DataType } from "../types/data-type.ts";
import { SortedRows } from "./sorted-rows.ts";

const random = seededRandom(Number(process.env["MILLRACE_SEED"] ?? "1")), below = (end: number): number => random.uint32() % end, arena = new Arena();

/** A column of cells in which some rows are null, their bytes still there. */
function column(type: DataType, cells: readonly Cell[], nulls: readonly boolean[]): Vector {
  const full = vectorOf(type, cells, arena), valid = arena.allocate(cells.length);
  nulls.forEach((isNull, i) => { linearMemory().u8[valid + i] = isNull ? 0 : 1; });
  return new Vector(type, full.data, valid);
}

test("rows are sorted by all keys, nulls at their end, on random columns", () => {
  for (let round = 0; round < 60; round++) {
    const count = 1 + below(40), nulls = Array.from({ length: count }, () => below(3) === 0), second = Array.from({ length: count }, () => below(10));
    for (const type of [INT, BIGINT, STRING]) {
      const numbers = Array.from({ length: count }, () => below(5)), cells = numbers.map((n): Cell => type === BIGINT ? BigInt(n) : type === STRING ? `a text that is long, ${n}` : n);
      const isDescending = below(2) === 0, isNullsFirst = below(2) === 0;
      const keys = [{ values: column(type, cells, nulls), isDescending, isNullsFirst }, { values: column(INT, second, second.map(() => false)), isDescending: false, isNullsFirst: true }];
      const sorted = new SortedRows(keys, count), rows = [...linearMemory().u32.subarray(sorted.pointer >>> 2, (sorted.pointer >>> 2) + count)];
      sorted.release();
      const expected = Array.from({ length: count }, (_, i) => i).sort((a, b) => {
        if (nulls[a] !== nulls[b]) return (nulls[a] === true) === isNullsFirst ? -1 : 1;
        const first = nulls[a] === true ? 0 : (numbers[a]! - numbers[b]!) * (isDescending ? -1 : 1);
        return first !== 0 ? first : second[a]! - second[b]!;
      });
      assert.deepEqual(rows, expected, `round ${round}, ${type.kind}`);
    }
  }
});

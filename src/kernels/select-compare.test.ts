/** Catches filters that let other rows through than JavaScript's comparisons do: numbers of all widths beside a constant or another column, NaN, -0.0 and the ends of each type, nulls, selections, and numbers of rows that come out even or don't. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { cellOrder } from "../columns/compare-cells.ts";
import { constantVector, vectorOf } from "../columns/cells.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, DOUBLE, FLOAT, INT, SMALLINT, STRING, TINYINT, decimal, type DataType } from "../types/data-type.ts";
import { KIND } from "./expression.ts";
import { kernels } from "./kernels.ts";

const VALUES: readonly (readonly [DataType, readonly Cell[]])[] = [
  [BOOLEAN, [true, false]], [TINYINT, [-128, 127, 0, 1]], [SMALLINT, [-32768, 32767, 0, 5]], [INT, [-2147483648, 2147483647, 0, 1, 2, 3]], [BIGINT, [-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n, 2n ** 32n]],
  [FLOAT, [NaN, -0, 0, 1.5, Infinity, -Infinity]], [DOUBLE, [NaN, -0, 0, 1.5, 1.5000000000000002, Infinity, -Infinity]], [decimal(30, 0), [0n, -1n, 10n ** 25n, -(10n ** 25n), 2n ** 64n]], [STRING, ["", "a", "a longer text", "a longer tex"]],
];
const OPERATORS: readonly ((order: number) => boolean)[] = [o => o === 0, o => o !== 0, o => o < 0, o => o <= 0, o => o > 0, o => o >= 0];

test("rows for which a comparison is true", () => {
  const random = seededRandom(12), n = (limit: number) => random.uint32() % limit, arena = new Arena(), memory = linearMemory();
  for (let round = 0; round < 3000; round++) {
    const [type, values] = VALUES[round % VALUES.length]!, count = n(40), order = cellOrder(type), op = n(6), some = (): Cell => values[n(values.length)]!, nulls = n(3) === 0;
    const left = Array.from({ length: count }, (): Cell => nulls && n(4) === 0 ? null : some()), isConstant = n(3) > 0, right = isConstant ? new Array<Cell>(count).fill(nulls && n(9) === 0 ? null : some()) : left.map(() => some());
    const a = vectorOf(type, left, arena), b = isConstant ? constantVector(type, right.length === 0 ? some() : right[0]!, arena) : vectorOf(type, right, arena), isAsked = left.map(() => n(2) === 0), isWhole = n(2) === 0, list = left.map((_, i) => i).filter(i => isWhole || isAsked[i]), sel = isWhole ? 0 : arena.allocate(4 * count + 4), out = arena.allocate(4 * count + 4);
    if (!isWhole) list.forEach((row, i) => { memory.u32[(sel >>> 2) + i] = row; });
    const kept = kernels().selectCompare(KIND[a.physical as keyof typeof KIND], op, a.data, -1, a.valid, b.data, isConstant ? 0 : -1, b.valid, sel, list.length, out);
    const expected = list.filter(i => left[i] !== null && right[i] !== null && OPERATORS[op]!(order(left[i]!, right[i]!)));
    assert.deepEqual([...memory.u32.subarray(out >>> 2, (out >>> 2) + kept)], expected, `${type.kind}, operator ${op}, ${String(right[0])}`);
    arena.reset();
  }
  arena.release();
});

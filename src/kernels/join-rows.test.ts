/** Catches kernels of kept rows that differ from the plain rule on any input: nulls, constants, selections, rows met twice. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { listed, words } from "../../test/kernels/words.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { JoinRow } from "./join-rows.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;

test("rows that stay: later than a bound, without a time, or without a partner", () => {
  for (let round = 0; round < 500; round++) {
    const arena = new Arena(), length = 1 + below(70), isConstant = below(5) === 0, withNulls = below(2) === 0, withMarks = below(2) === 0, selected = below(2) === 0;
    const times = Array.from({ length }, () => BigInt(below(40) - 20)), valid = Array.from({ length }, () => !withNulls || below(4) > 0), marks = Array.from({ length }, () => below(2));
    const data = arena.allocate(8 * length), validity = arena.allocate(length), matched = arena.allocate(length);
    for (let i = 0; i < length; i++) {
      memory.i64[data / 8 + i] = times[i]!;
      memory.u8[validity + i] = valid[i] ? 1 : 0;
      memory.u8[matched + i] = marks[i]!;
    }
    const rows = times.map((_, i) => i).filter(() => !selected || below(3) > 0), bound = BigInt(below(40) - 20), out = arena.allocate(4 * length + 4), at = (row: number) => isConstant ? 0 : row;
    const count = kernels().joinStays(data, withNulls ? validity : 0, isConstant ? 0 : 1, selected ? words(arena, rows) : 0, rows.length, bound, withMarks ? matched : 0, out);
    assert.deepEqual(listed(out, count), rows.filter(row => !valid[at(row)] || times[at(row)]! > bound || withMarks && marks[row] === 0), `seed ${SEED}, ${round}`);
    arena.release();
  }
});

test("rows of a list once, whether told by number or by address", () => {
  for (let round = 0; round < 300; round++) {
    const arena = new Arena(), length = 1 + below(50), numbers = Array.from({ length: below(90) }, () => below(length)), before = Array.from({ length }, () => below(3) === 0);
    const marks = arena.allocate(length), rows = arena.allocateZeroed(64 * length), out = arena.allocate(4 * numbers.length + 4);
    before.forEach((mark, i) => { memory.u8[marks + i] = mark ? 1 : 0; });
    const firsts = [...new Set(numbers)];
    assert.deepEqual(listed(out, kernels().joinMarkFirst(words(arena, numbers), numbers.length, marks, out)), firsts.filter(row => !before[row]), `seed ${SEED}, ${round}`);
    for (const row of firsts) assert.equal(memory.u8[marks + row], 1);
    const addresses = numbers.map(row => rows + 64 * row), list = words(arena, addresses);
    assert.deepEqual(listed(out, kernels().joinTake(list, addresses.length, out)), firsts.map(row => rows + 64 * row));
    assert.equal(kernels().joinTake(list, addresses.length, out), 0);
    // Rows without a group are gone.
    const gone = new Set(firsts.filter(() => below(2) === 0));
    for (let row = 0; row < length; row++) memory.u32[(rows + 64 * row + JoinRow.group) >>> 2] = gone.has(row) ? 0 : 4096;
    assert.deepEqual(listed(list, kernels().joinKept(list, addresses.length)), numbers.filter(row => !gone.has(row)).map(row => rows + 64 * row));
    arena.release();
  }
});

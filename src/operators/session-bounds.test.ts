/** Catches kernels of sessions that differ from what they stand for, row by row: ends of a fixed gap, and which rows have a session. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { cellAt, vectorOf } from "../columns/cells.ts";
import { kernels } from "../kernels/kernels.ts";
import { TIMESTAMP, field, struct } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import { laterBy } from "./session-bounds.ts";

test("ends of a fixed gap, and rows with a session, are those of each row alone", () => {
  const random = seededRandom(2), below = (n: number) => random.uint32() % n, context = new ExecutionContext({ timeZone: "UTC", ansi: true, conf: new Map() }), { arena } = context, { u32 } = arena.memory;
  for (let round = 0; round < 50; round++) {
    const cells = () => Array.from({ length: 100 }, () => (round % 3 > 0 && below(9) === 0 ? null : BigInt(below(20) - 10)));
    const starts = cells(), others = cells(), rows = starts.map((_, i) => i).filter(() => below(3) > 0), pointer = arena.allocate(4 * 100);
    rows.forEach((row, i) => { u32[(pointer >>> 2) + i] = row; });
    const start = vectorOf(TIMESTAMP, starts, arena), end = vectorOf(TIMESTAMP, others, arena), batch = new Batch(struct([field("t", TIMESTAMP)]), [start], 100), selection = { pointer, count: rows.length };
    const later = laterBy({ type: TIMESTAMP, evaluate: () => start }, -3n).evaluate(batch, selection, context);
    for (const row of rows) assert.equal(cellAt(later, row), starts[row] === null ? null : starts[row]! - 3n);
    const out = arena.allocate(4 * 100), count = kernels().selectSessions(start.data, start.valid, end.data, end.valid, pointer, rows.length, out);
    assert.deepEqual([...u32.subarray(out >>> 2, (out >>> 2) + count)], rows.filter(row => starts[row] !== null && others[row] !== null && others[row]! > starts[row]!));
    arena.reset();
  }
  context.release();
});

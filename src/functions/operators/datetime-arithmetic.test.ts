/** Catches times plus intervals that come out another way for a column than row by row: zones that change their clocks, whole days, nulls, overflow. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { cellAt, constantVector, vectorOf } from "../../columns/cells.ts";
import { Arena } from "../../memory/arena.ts";
import type { EvalContext } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { DAY_TIME_INTERVAL, TIMESTAMP, TIMESTAMP_NTZ, type DataType } from "../../types/data-type.ts";
import { datetimeBinding } from "./datetime-arithmetic.ts";

const DAY = 86_400_000_000n, random = seededRandom(5), below = (n: number): number => random.uint32() % n;
const literal = (type: DataType): ResolvedExpression => ({ kind: "literal", type, value: null, nullable: true });

test("a time and an interval, by column as row by row", () => {
  for (const timeZone of ["UTC", "+05:30", "Europe/Berlin"]) for (const type of [TIMESTAMP, TIMESTAMP_NTZ]) for (const operator of ["+", "-"] as const) for (const isConstant of [true, false]) {
    const arena = new Arena(), context: EvalContext = { arena, settings: { timeZone, ansi: true, conf: new Map() }, batchTimeMicros: 0n, seed: 0 };
    const { row, vector } = datetimeBinding(operator, { name: operator, args: [literal(type), literal(DAY_TIME_INTERVAL)], mode: "ansi", ansi: true, origin: undefined })!;
    const times = Array.from({ length: 60 }, (): Cell => below(6) === 0 ? null : BigInt(below(500)) * 3n * DAY + BigInt(below(86_400)) * 1_000_000n);
    const interval = (): Cell => below(7) === 0 ? null : BigInt(below(2) === 0 ? below(80_000) - 40_000 : below(900_000) - 450_000) * 1_000_000n;
    for (let round = 0; round < 20; round++) {
      const one = interval(), intervals = times.map(() => isConstant ? one : interval());
      const found = vector!([vectorOf(type, times, arena), isConstant ? constantVector(DAY_TIME_INTERVAL, one, arena) : vectorOf(DAY_TIME_INTERVAL, intervals, arena)], { pointer: 0, count: times.length }, times.length, context);
      assert.deepEqual(times.map((_, i) => cellAt(found, i)), times.map((time, i) => time === null || intervals[i] === null ? null : row!([time, intervals[i]!], context)), `${timeZone}, ${type.kind} ${operator} ${one}`);
    }
    const far = [vectorOf(type, [0n, (operator === "+" ? 1n : -1n) * (2n ** 63n - 5n)], arena), constantVector(DAY_TIME_INTERVAL, 10n, arena)];
    assert.throws(() => vector!(far, { pointer: 0, count: 2 }, 2, context), { condition: "DATETIME_OVERFLOW" });
    arena.release();
  }
});

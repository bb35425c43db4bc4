/** Catches a borrow lost between the words of a time, and rows of a selection or nulls taken for others. */
import assert from "node:assert/strict";
import test from "node:test";
import { cellAt, vectorOf } from "../columns/cells.ts";
import type { Vector } from "../columns/vector.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { TIME_WINDOW, TIMESTAMP } from "../types/data-type.ts";
import { windowTimes } from "./window-time.ts";

const cellsOf = (vector: Vector, length: number) => Array.from({ length }, (_, row) => cellAt(vector, row));

test("the time of a window is a microsecond before its end", () => {
  const arena = new Arena();
  const ends = [1n, 0n, 4_294_967_296n, -4_294_967_296n, 1_767_225_600_000_000n, -1n, null];
  const windows = vectorOf(TIME_WINDOW, ends.map(end => end === null ? null : [end - 10n, end]), arena);
  const context = { arena, settings: { timeZone: "UTC", ansi: true, conf: new Map<string, string>() }, batchTimeMicros: 0n, seed: 0 };
  const all = windowTimes([windows], { pointer: 0, count: ends.length }, ends.length, context);
  assert.deepEqual(all.type, TIMESTAMP);
  assert.deepEqual(cellsOf(all, ends.length), ends.map(end => end === null ? null : end - 1n));
  const pointer = arena.allocate(8);
  linearMemory().u32.set([1, 4], pointer >>> 2);
  const some = cellsOf(windowTimes([windows], { pointer, count: 2 }, ends.length, context), ends.length);
  assert.deepEqual([some[1], some[4]], [-1n, 1_767_225_599_999_999n]);
});

/** Catches columns of calendar windows that differ from windows computed one by one: more of them than are remembered, selections, sliding windows. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { CalendarCells, calendarWindows } from "./calendar-cells.ts";

const DAY = 86_400_000_000;

test("windows by cells are those of each time alone", () => {
  const random = seededRandom(9), below = (n: number) => random.uint32() % n, arena = new Arena(), { i64, u32 } = arena.memory;
  for (let round = 0; round < 60; round++) {
    const slide = 1 + below(3), windows = calendarWindows({ sizeMicros: slide * DAY * (1 + below(3)), slideMicros: slide * DAY, startMicros: below(DAY), timeZone: "Europe/Paris" }), back = below(3);
    const cells = new CalendarCells(windows, back), days = [2, 70, 400][round % 3]!;
    for (let batch = 0; batch < 3; batch++) {
      const length = 300, data = arena.allocate(8 * length), starts = arena.allocate(8 * length), ends = arena.allocate(8 * length);
      for (let i = 0; i < length; i++) i64[data / 8 + i] = 1_770_000_000_000_000n + BigInt(below(days)) * BigInt(DAY) + BigInt(below(DAY));
      const rows = Array.from({ length }, (_, i) => i).filter(() => round % 2 === 0 || below(2) === 0), pointer = round % 2 === 0 ? 0 : arena.allocate(4 * length + 4);
      if (pointer !== 0) rows.forEach((row, i) => { u32[(pointer >>> 2) + i] = row; });
      cells.assign(data, { pointer, count: rows.length }, starts, ends, arena);
      const before: number[] = [];
      for (const row of rows) {
        const time = i64[data / 8 + row]!, { from, to } = windows.window(windows.at(time).number - BigInt(back));
        assert.deepEqual([i64[starts / 8 + row], i64[ends / 8 + row]], [from, to]);
        if (time < to) before.push(row);
      }
      const out = arena.allocate(4 * length + 4), count = kernels().selectBefore(data, ends, pointer, rows.length, out);
      assert.deepEqual([...u32.subarray(out >>> 2, (out >>> 2) + count)], before);
      arena.reset();
    }
  }
  arena.release();
});

/** Catches kernels of event time, of windows and of sorting that differ from the plain rule on any input: nulls, selections, negative times, odd slides. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

interface Column { readonly data: number; readonly valid: number; readonly times: readonly (bigint | null)[]; readonly selection: number; readonly rows: readonly number[] }

/** Random times, some null, and a random selection of them; 0 pointers where all rows are meant. */
function randomColumn(arena: Arena, spread: number): Column {
  const length = 1 + below(70), withNulls = below(2) === 0, selected = below(2) === 0, base = BigInt(below(3) - 1) * 1_000_000_000_000n;
  const times = Array.from({ length }, () => (withNulls && below(4) === 0 ? null : base + BigInt(below(2 * spread) - spread)));
  const data = arena.allocate(8 * length), valid = withNulls ? arena.allocate(length) : 0;
  times.forEach((time, i) => {
    memory.i64[data / 8 + i] = time ?? BigInt(below(1000)); // what a null hides is any value
    if (valid !== 0) memory.u8[valid + i] = time === null ? 0 : 1;
  });
  const rows = times.map((_, i) => i).filter(() => !selected || below(3) > 0);
  if (rows.length === 0) rows.push(0);
  const selection = selected ? arena.allocate(4 * rows.length) : 0;
  if (selected) rows.forEach((row, i) => { memory.u32[selection / 4 + i] = row; });
  return { data, valid, times, selection, rows };
}
const listed = (pointer: number, count: number): number[] => Array.from({ length: count }, (_, i) => memory.u32[(pointer >>> 2) + i]!);

test("least, greatest and sum of event times, in whole milliseconds downwards; null is the epoch", () => {
  for (let i = 0; i < 500; i++) {
    const arena = new Arena(), { data, valid, times, selection, rows } = randomColumn(arena, 5_000_000), out = arena.allocate(24);
    kernels().eventTimeStats(data, valid, selection, rows.length, out);
    const millis = rows.map(row => floorDiv(times[row] ?? 0n, 1000n)), sorted = millis.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    assert.deepEqual([memory.i64[out / 8], memory.i64[out / 8 + 1], memory.i64[out / 8 + 2]], [sorted[0], sorted.at(-1), millis.reduce((a, b) => a + b, 0n)], `seed ${SEED}, ${i}`);
    const bound = millis[below(millis.length)]! + BigInt(below(3) - 1), within = millis.filter(time => time <= bound);
    kernels().eventTimeUpTo(data, valid, selection, rows.length, bound, out);
    assert.deepEqual([memory.i64[out / 8], memory.i64[out / 8 + 1]], [within.reduce((a, b) => (b > a ? b : a), -(2n ** 63n)), BigInt(millis.length - within.length)], `up to ${bound}, seed ${SEED}, ${i}`);
    arena.release();
  }
});

test("rows later than a bound, or without a time; rows that are not null", () => {
  for (let i = 0; i < 500; i++) {
    const arena = new Arena(), { data, valid, times, selection, rows } = randomColumn(arena, 20), out = arena.allocate(4 * rows.length + 4);
    const bound = (times.find(time => time !== null) ?? 0n) + BigInt(below(3) - 1);
    assert.deepEqual(listed(out, kernels().selectLater(data, valid, selection, rows.length, bound, out)), rows.filter(row => times[row] === null || times[row]! > bound), `seed ${SEED}, ${i}`);
    if (valid !== 0) assert.deepEqual(listed(out, kernels().selectValid(valid, selection, rows.length, out)), rows.filter(row => times[row] !== null));
    arena.release();
  }
});

test("windows of each time, by trying all that could hold it", () => {
  for (let i = 0; i < 400; i++) {
    const arena = new Arena(), column = randomColumn(arena, 200), { data, times, selection } = column, rows = column.rows.filter(row => times[row] !== null);
    const slide = BigInt(1 + below(30)), size = slide + BigInt(below(4) === 0 ? 0 : below(70)), shift = BigInt(below(Number(slide) * 2) - Number(slide));
    const starts = arena.allocate(8 * times.length), ends = arena.allocate(8 * times.length);
    if (selection === 0 && rows.length < times.length) { arena.release(); continue; }
    let pointer = selection === 0 ? 0 : arena.allocate(4 * rows.length), count = rows.length;
    if (selection !== 0) rows.forEach((row, k) => { memory.u32[pointer / 4 + k] = row; });
    const found = new Map<number, string[]>(rows.map(row => [row, []]));
    kernels().assignWindows(data, pointer, count, size, slide, shift, starts, ends);
    while (count > 0) {
      for (const row of pointer === 0 ? rows : listed(pointer, count)) found.get(row)!.push(`${memory.i64[starts / 8 + row]} ${memory.i64[ends / 8 + row]}`);
      const next = arena.allocate(4 * count + 4);
      count = kernels().previousWindows(data, pointer, count, slide, starts, ends, next);
      pointer = next;
    }
    for (const row of rows) {
      const time = times[row]!, expected: string[] = [], latest = floorDiv(time - shift, slide) + 2n;
      for (let n = latest; n > latest - size / slide - 5n; n--) {
        const start = shift + n * slide;
        if (start <= time && time < start + size) expected.push(`${start} ${start + size}`);
      }
      assert.deepEqual(found.get(row), expected, `seed ${SEED}, ${i}: ${time} in windows of ${size} every ${slide} from ${shift}`);
    }
    arena.release();
  }
});

test("addresses are sorted by the word they point to", () => {
  for (const count of [0, 1, 2, 3, 255, 256, 257, 5000]) {
    for (const spread of [1, 3, 2 ** 32]) {
      const arena = new Arena(), records = arena.allocate(16 * count + 16), addresses = arena.allocate(4 * count + 4), scratch = arena.allocate(32 * count + 32);
      const words = Array.from({ length: count }, () => random.uint32() % spread);
      words.forEach((word, i) => {
        memory.u32[(records + 16 * i + 8) >>> 2] = word;
        memory.u32[(addresses >>> 2) + i] = records + 16 * i;
      });
      kernels().sortByWord(addresses, count, 8, scratch);
      const sorted = listed(addresses, count);
      assert.deepEqual(sorted.map(address => memory.u32[(address + 8) >>> 2]), words.toSorted((a, b) => a - b), `${count} words below ${spread}`);
      assert.equal(new Set(sorted).size, count, "each address once");
      arena.release();
    }
  }
});

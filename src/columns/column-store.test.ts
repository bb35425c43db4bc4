/** Catches rows that a column store or a gather changes, of any type: nulls, nested values, long strings, constants, selections, growth; strings that still point into a batch that is gone. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, CALENDAR_INTERVAL, DOUBLE, INT, SMALLINT, STRING, TINYINT, VARIANT, VOID, array, decimal, field, map, struct, type DataType } from "../types/data-type.ts";
import { Batch } from "./batch.ts";
import { cellAt, constantVector, rowsOf, vectorOf } from "./cells.ts";
import { ColumnStore } from "./column-store.ts";
import { gather } from "./gather.ts";

const LONG = "a text of more than twelve bytes, number ";
const CASES: readonly (readonly [DataType, (n: number) => Cell])[] = [
  [BOOLEAN, n => n % 2 === 0], [TINYINT, n => n % 100], [SMALLINT, n => -n], [INT, n => n * 7], [BIGINT, n => BigInt(n) << 33n], [DOUBLE, n => n / 3], [decimal(30, 2), n => BigInt(n) ** 5n],
  [STRING, n => (n % 3 === 0 ? "" : n % 3 === 1 ? `s${n}` : LONG + n)], [VOID, () => null],
  [array(STRING), n => Array.from({ length: n % 4 }, (_, i) => (i === 2 ? null : LONG + n))], [map(INT, STRING), n => ({ entries: Array.from({ length: n % 3 }, (_, i) => [i, `v${n}`] as const) })],
  [struct([field("a", INT), field("b", array(struct([field("c", STRING)])))]), n => [n, n % 5 === 0 ? null : [[LONG + n], null]]],
  [CALENDAR_INTERVAL, n => ({ months: n, days: -n, micros: BigInt(n) })], [VARIANT, n => ({ variant: { n } })],
];
const SCHEMA = struct(CASES.map(([type], i) => field(`c${i}`, type)));

test("rows of all types stay as they were, and come back in any order", () => {
  const { uint32 } = seededRandom(13), memory = linearMemory(), before = memory.inUseBytes;
  for (const nulls of [false, true]) {
    const store = new ColumnStore(CASES.map(([type]) => type)), kept: Cell[][] = [];
    for (let round = 0; round < 12; round++) {
      const arena = new Arena(), rows = uint32() % 90 + 1, cell = (c: number): Cell => (nulls && uint32() % 4 === 0 ? null : CASES[c]![1](uint32() % 1000));
      const columns = CASES.map(([type], c) => (uint32() % 5 === 0 ? constantVector(type, cell(c), arena) : vectorOf(type, Array.from({ length: rows }, () => cell(c)), arena)));
      const pointer = arena.allocate(4 * rows);
      let count = 0;
      for (let row = 0; row < rows; row++) if (uint32() % 3 !== 0) memory.u32[(pointer >>> 2) + count++] = row;
      const batch = new Batch(SCHEMA, columns, rows, round % 2 === 0 ? { pointer, count } : { pointer: 0, count: rows });
      kept.push(...rowsOf(batch));
      store.append(batch.columns, batch.selection);
      // Whoever still pointed into the batch would see this.
      memory.u8.fill(0x58, pointer, pointer + 4 * rows);
      for (const column of columns) if (column.physical === "view" && !column.isConstant) for (let row = 0; row < rows; row++) {
        const view = column.data + 16 * row, length = memory.u32[view >>> 2]!;
        if ((column.valid === 0 || memory.u8[column.valid + row] !== 0) && length > 12) memory.u8.fill(0x58, memory.u32[(view >>> 2) + 2]!, memory.u32[(view >>> 2) + 2]! + length);
      }
      arena.release();
    }
    assert.equal(store.length, kept.length);
    const arena = new Arena(), count = 500, vectors = store.vectors(), rows = arena.allocate(4 * count);
    const picked = Array.from({ length: count }, () => uint32() % kept.length);
    memory.u32.set(picked, rows >>> 2);
    const gathered = vectors.map(vector => gather(vector, rows, count, arena));
    assert.deepEqual(picked.map((_, i) => gathered.map(vector => cellAt(vector, i))), picked.map(row => kept[row]!));
    arena.release();
    store.release();
  }
  assert.equal(memory.inUseBytes, before);
});

test("a mark takes back what came after it, and nothing before", () => {
  const arena = new Arena(), memory = linearMemory(), first = arena.allocate(100), start = memory.inUseBytes;
  memory.u8.fill(7, first, first + 100);
  for (let i = 0; i < 3; i++) {
    const mark = arena.mark(), next = arena.allocate(64);
    for (const bytes of [200_000, 1_000_000, 50]) {
      const block = arena.allocate(bytes);
      memory.u8.fill(9, block, block + bytes);
    }
    arena.rewind(mark);
    assert.equal(arena.allocate(64), next);
    arena.rewind(mark);
    assert.equal(memory.inUseBytes, start);
  }
  assert.ok(memory.u8.subarray(first, first + 100).every(byte => byte === 7));
  arena.release();
});

/** Catches rows that change when a batch is kept beyond what it was borrowed from, of any type, with and without a selection, and memory that is not given back. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, CALENDAR_INTERVAL, DOUBLE, INT, SMALLINT, STRING, VOID, array, decimal, field, map, struct, type DataType } from "../types/data-type.ts";
import { Batch } from "./batch.ts";
import { constantVector, rowsOf, vectorOf } from "./cells.ts";
import { KeptBatch } from "./kept-batch.ts";

const LONG = "a text of more than twelve bytes, number ";
const CASES: readonly (readonly [DataType, (n: number) => Cell])[] = [
  [BOOLEAN, n => n % 2 === 0], [SMALLINT, n => -n], [INT, n => n * 7], [BIGINT, n => BigInt(n) << 33n], [DOUBLE, n => n / 3], [decimal(30, 2), n => BigInt(n) ** 5n],
  [STRING, n => (n % 3 === 0 ? "" : n % 3 === 1 ? `s${n}` : LONG + n)], [VOID, () => null],
  [array(array(STRING)), n => Array.from({ length: n % 4 }, (_, i) => (i === 2 ? null : [LONG + n, null]))], [map(INT, STRING), n => ({ entries: Array.from({ length: n % 3 }, (_, i) => [i, `v${n}`] as const) })],
  [struct([field("a", INT), field("b", array(struct([field("c", STRING)])))]), n => [n, n % 5 === 0 ? null : [[LONG + n], null]]],
  [CALENDAR_INTERVAL, n => ({ months: n, days: -n, micros: BigInt(n) })],
];
const SCHEMA = struct(CASES.map(([type], i) => field(`c${i}`, type)));

test("a kept batch has the rows that counted when it was kept", () => {
  const { uint32 } = seededRandom(29), memory = linearMemory(), before = memory.inUseBytes, account = { name: "kept", bytes: 0 };
  for (let round = 0; round < 60; round++) {
    const arena = new Arena(), scratch = new Arena(), rows = round % 10 === 0 ? 0 : uint32() % 90 + 1, nulls = round % 3 === 0;
    const cell = (c: number): Cell => (nulls && uint32() % 4 === 0 ? null : CASES[c]![1](uint32() % 1000));
    const columns = CASES.map(([type], c) => (uint32() % 5 === 0 ? constantVector(type, cell(c), arena) : vectorOf(type, Array.from({ length: rows }, () => cell(c)), arena)));
    const pointer = arena.allocate(4 * rows + 4);
    let count = 0;
    for (let row = 0; row < rows; row++) if (uint32() % 3 !== 0) memory.u32[(pointer >>> 2) + count++] = row;
    const batch = new Batch(SCHEMA, columns, rows, round % 2 === 0 ? { pointer, count } : { pointer: 0, count: rows }), expected = rowsOf(batch);
    const start = memory.inUseBytes, kept = new KeptBatch(batch, scratch, account);
    scratch.release();
    assert.deepEqual([memory.inUseBytes - start, account.bytes], [kept.bytes, kept.bytes]);
    // What the batch was borrowed from is overwritten.
    const size = 256 * 1024 - 64;
    arena.release();
    const again = memory.allocate(size);
    memory.u8.fill(0x58, again, again + size);
    assert.deepEqual(rowsOf(kept.batch), expected);
    memory.free(again, size);
    kept.release();
    assert.equal(account.bytes, 0);
  }
  assert.equal(memory.inUseBytes, before);
});

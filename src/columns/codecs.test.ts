/** Catches values that do not come back from storage as they went in, of any type, null or not, in rows and in batches; and damaged bytes that are taken for data. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { Decimal, LocalDate, Timestamp, TimestampNtz } from "../types/values.ts";
import { VariantDouble } from "../types/variant.ts";
import {
  BIGINT, BINARY, BOOLEAN, CALENDAR_INTERVAL, DATE, DAY_TIME_INTERVAL, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VARIANT, VOID, YEAR_MONTH_INTERVAL,
  array, decimal, field, map, struct, time, typeToSql, type DataType,
} from "../types/data-type.ts";
import { decodeBatch, encodeBatch } from "./batch-codec.ts";
import { Batch } from "./batch.ts";
import { constantVector, rowsOf, vectorOf } from "./cells.ts";
import { decodeCell, encodeCell } from "./row-codec.ts";

const CASES: readonly (readonly [DataType, readonly Cell[]])[] = [
  [BOOLEAN, [true, false]], [TINYINT, [-128, 127, 0]], [SMALLINT, [-32768, 300]], [INT, [-(2 ** 31), 2 ** 31 - 1, 0, -1, 64]], [DATE, [-719162, 19000]],
  [BIGINT, [0n, -1n, 63n, 64n, -64n, 2n ** 31n, -(2n ** 47n), 2n ** 48n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]], [TIMESTAMP, [1_700_000_000_000_000n]], [TIMESTAMP_NTZ, [-5n]],
  [time(), [86_399_999_999n]], [DAY_TIME_INTERVAL, [-1n]], [YEAR_MONTH_INTERVAL, [-14]], [FLOAT, [1.5, -0, Infinity, NaN]], [DOUBLE, [Math.PI, -0, -Infinity, NaN]],
  [decimal(10, 2), [12345n, -1n]], [decimal(38, 3), [10n ** 37n, -(10n ** 37n), 0n, 127n, 128n, -128n, -129n]], [STRING, ["", "short", "rather longer than twelve bytes", "äöü€😀"]],
  [BINARY, [new Uint8Array(0), Uint8Array.from([0, 255, 1]), new Uint8Array(100).fill(7)]], [VOID, []],
  [array(INT), [[], [1, null, 3]]], [array(array(STRING)), [[["a", null], null, []]]], [map(STRING, array(INT)), [{ entries: [] }, { entries: [["x", [1]], ["y", null]] }]],
  [struct([field("a", INT), field("b", struct([field("c", STRING)]))]), [[1, ["x"]], [null, null], [2, [null]]]],
  [CALENDAR_INTERVAL, [{ months: -1, days: 2, micros: 3n }]],
  [VARIANT, [{ variant: { d: Decimal.of(-12345678901234567890n, 4), f: [new VariantDouble(2), new VariantDouble(Number.NaN)], day: LocalDate.ofEpochDay(-3), at: Timestamp.ofMicros(1n << 60n), local: TimestampNtz.ofMicros(-5n) } }, { variant: null }, { variant: [1, "x", true, false, 10n ** 30n, { a: [], b: null }, Uint8Array.from([1])] }]],
];

for (const [type, cells] of CASES) {
  test(`cells of ${typeToSql(type)}`, () => {
    for (const cell of [...cells, null]) {
      const bytes = encodeCell(type, cell);
      assert.deepEqual(decodeCell(type, bytes), cell);
      for (let length = 0; length < bytes.length; length++) assert.throws(() => decodeCell(type, bytes.slice(0, length)), { condition: "MILLRACE_DAMAGED_ROW" });
    }
  });
}

test("small values take few bytes", () => {
  assert.equal(encodeCell(BIGINT, 5n).length, 2);
  assert.equal(encodeCell(struct([field("a", INT), field("b", STRING), field("c", BIGINT)]), [7, "ab", null]).length, 6);
});

test("batches of all types, with and without selection, nulls and constants", () => {
  const { uint32 } = seededRandom(3), schema = struct(CASES.map(([type], i) => field(`c${i}`, type))), before = linearMemory().inUseBytes;
  for (const [rows, nulls, selected] of [[0, true, false], [1, true, false], [37, true, true], [200, false, true], [64, true, false]] as const) {
    const arena = new Arena();
    const columns = CASES.map(([type, cells], i) => {
      const pick = (): Cell => (cells.length === 0 || (nulls && uint32() % 4 === 0) ? null : cells[uint32() % cells.length]!);
      return i % 7 === 3 && rows > 0 ? constantVector(type, pick(), arena) : vectorOf(type, Array.from({ length: rows }, pick), arena);
    });
    const pointer = arena.allocate(4 * rows + 4);
    let count = 0;
    for (let row = 0; row < rows; row++) if (!selected || uint32() % 3 === 0) linearMemory().u32[(pointer >>> 2) + count++] = row;
    const batch = new Batch(schema, columns, rows, { pointer: selected ? pointer : 0, count });
    const bytes = encodeBatch(batch), other = new Arena();
    assert.deepEqual(rowsOf(decodeBatch(bytes, schema, other)), rowsOf(batch));
    for (let i = 0; i < 50; i++) assert.throws(() => decodeBatch(bytes.slice(0, uint32() % bytes.length), schema, other), { condition: /DAMAGED/ });
    arena.release();
    other.release();
  }
  assert.equal(linearMemory().inUseBytes, before);
});

test("words without their zero bytes", () => {
  const memory = linearMemory(), arena = new Arena(), { uint32 } = seededRandom(9), count = 999;
  const words = arena.allocate(8 * count), out = arena.allocate(9 * count + 16), back = arena.allocate(8 * count);
  for (let i = 0; i < count; i++) {
    // Runs of bytes at random places, so that all lengths and both ends occur.
    const from = uint32() % 9, length = uint32() % (9 - from);
    let word = 0n;
    for (let k = from; k < from + length; k++) word |= BigInt(uint32() & 255) << BigInt(8 * k);
    memory.u64[words / 8 + i] = word;
  }
  memory.u64.set([0n, 1n, 255n, 256n, 2n ** 64n - 1n, 2n ** 63n, 0x4008_0000_0000_0000n, 3n << 56n], words / 8);
  const bytes = kernels().packWords(words, count, out);
  assert.ok(bytes < 6 * count);
  assert.equal(kernels().unpackWords(out, out + bytes, count, back), 1);
  assert.deepEqual(memory.u64.slice(back / 8, back / 8 + count), memory.u64.slice(words / 8, words / 8 + count));
  for (const end of [0, 1, bytes - 1, bytes + 1]) assert.equal(kernels().unpackWords(out, out + end, count, back), 0);
  arena.release();
});

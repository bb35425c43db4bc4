/**
 * Catches groups that are lost, doubled or mixed up: under growth, removal, hash collisions, long strings, nulls and all
 * key types; a table restored from snapshot and changes that differs from the one it was; memory that is not given back.
 * The reference is a Map by the text of the key.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { cellAt, constantVector, vectorOf } from "../columns/cells.ts";
import { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { saltTwin } from "../kernels/table.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell, MapCell } from "../types/cell.ts";
import {
  BIGINT, BINARY, BOOLEAN, CALENDAR_INTERVAL, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIME_WINDOW, TINYINT, VOID, array, decimal, field, map, struct, typeToSql, type DataType,
} from "../types/data-type.ts";
import { canonicalCell } from "./key-layout.ts";
import { StateTable } from "./state-table.ts";
import type { StateTableOptions } from "./state-table-options.ts";

const memory = linearMemory();
const text = (cells: readonly Cell[]): string => JSON.stringify(cells, (_, value: unknown) => typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? 0 : typeof value === "number" && !Number.isFinite(value) ? String(value) : value instanceof Uint8Array ? [...value] : value);

/** A table with one i64 of state, and what it should hold. */
class Pair {
  readonly table: StateTable;
  readonly expected = new Map<string, bigint>();
  readonly types: readonly DataType[];
  readonly arena = new Arena();

  constructor(types: readonly DataType[], options: Partial<StateTableOptions> = {}) {
    this.types = types;
    this.table = new StateTable({ keyTypes: types, stateBytes: 8, logged: true, ...options });
  }

  /** Counts rows by key in both, one batch of the query; every third row is left out by the selection. */
  add(rows: readonly (readonly Cell[])[], dense = false): void {
    this.table.beginBatch();
    const columns = this.types.map((type, i) => vectorOf(type, rows.map(row => row[i]!), this.arena));
    const chosen = rows.map((_, i) => i).filter(i => dense || i % 3 !== 2);
    const pointer = this.arena.allocate(4 * chosen.length);
    chosen.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
    const addresses = this.table.upsert(columns, { pointer: dense ? 0 : pointer, count: chosen.length }, rows.length);
    kernels().aggCountRows(addresses, chosen.length, this.table.stateOffset);
    const keys = new Set<string>();
    for (const row of chosen) {
      const key = text(rows[row]!.map((cell, i) => canonicalCell(this.types[i]!, cell)));
      keys.add(key);
      this.expected.set(key, (this.expected.get(key) ?? 0n) + 1n);
    }
    const touched = this.table.touched();
    assert.deepEqual(this.keysOf(touched.pointer, touched.count).sort(), [...keys].sort());
    this.arena.reset();
  }

  keysOf(addresses: number, count: number): string[] {
    const vectors = this.table.keyVectors(addresses, count, this.arena);
    return Array.from({ length: count }, (_, i) => text(vectors.map(vector => cellAt(vector, i))));
  }

  check(table = this.table): void {
    const { pointer, count } = table.allAddresses();
    assert.equal(count, this.expected.size);
    assert.equal(table.count, this.expected.size);
    const vectors = table.keyVectors(pointer, count, this.arena), found = new Map<string, bigint>();
    for (let i = 0; i < count; i++) found.set(text(vectors.map(vector => cellAt(vector, i))), memory.i64[(memory.u32[(pointer >>> 2) + i]! + table.stateOffset) / 8]!);
    assert.deepEqual([...found].sort(), [...this.expected].sort());
    this.arena.reset();
  }

  removeSome(random: () => number, share: number): void {
    const { pointer, count } = this.table.allAddresses();
    const keys = this.keysOf(pointer, count);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (random() >= share) continue;
      this.expected.delete(keys[i]!);
      memory.u32[(pointer >>> 2) + kept++] = memory.u32[(pointer >>> 2) + i]!;
    }
    this.table.remove({ pointer, count: kept });
    this.arena.reset();
  }

  release(): void { this.table.release(); this.arena.release(); }
}

function randomCell(type: DataType, random: () => number, nulls = 0.15): Cell {
  if (random() < nulls) return null;
  const small = (n: number): number => Math.floor(random() * n);
  switch (type.kind) {
    case "boolean": return random() < 0.5;
    case "tinyint": case "smallint": case "int": case "date": return small(7) - 3;
    case "bigint": case "timestamp": return BigInt(small(7)) * (random() < 0.1 ? 2n ** 60n : -1n);
    case "float": case "double": return [0, -0, NaN, 1.5, -2, Infinity][small(6)]!;
    case "decimal": return BigInt(small(5) - 2) * (type.precision > 18 ? 10n ** 25n : 1n);
    case "string": return ["", "a", "b", "exactly 12 b", "13 bytes long", "a string of some length", "a string of some lengtH"][small(7)]!;
    case "binary": return Uint8Array.from({ length: small(3) * 10 }, () => small(2));
    case "array": return Array.from({ length: small(3) }, () => randomCell(type.element, random, 0.3));
    case "map": {
      const keys = ["x", "y", "z"].filter(() => random() < 0.5);
      if (random() < 0.5) keys.reverse();
      return { entries: keys.map(key => [key, randomCell(type.value, random)] as const) } satisfies MapCell;
    }
    case "struct": return type.fields.map(f => randomCell(f.type, random, f.nullable ? 0.3 : 0));
    case "calendar_interval": return { months: small(2), days: small(2), micros: BigInt(small(2)) };
    default: return null;
  }
}

const KEY_SETS: readonly (readonly DataType[])[] = [
  [], [INT], [STRING], [BOOLEAN, TINYINT, SMALLINT], [BIGINT, DOUBLE], [FLOAT, DATE], [decimal(10, 2), decimal(38, 10)], [BINARY, TIMESTAMP], [VOID, INT],
  [array(INT), INT], [map(STRING, INT)], [TIME_WINDOW, STRING], [struct([field("a", STRING), field("b", struct([field("c", INT), field("d", STRING)]))])], [CALENDAR_INTERVAL],
  // More null bits than the row's header has.
  Array.from({ length: 20 }, (_, i) => (i % 5 === 4 ? STRING : INT)),
];

for (const types of KEY_SETS) {
  test(`groups by (${types.map(typeToSql).join(", ").slice(0, 80)})`, () => {
    const { uint32 } = seededRandom(types.length + 3), random = () => uint32() / 2 ** 32, before = memory.inUseBytes;
    const pair = new Pair(types);
    for (let round = 0; round < 6; round++) {
      pair.add(Array.from({ length: 150 }, () => types.map(type => randomCell(type, random))), round % 2 === 0);
      if (types.length > 0 && round % 2 === 1) pair.removeSome(random, 0.3);
      pair.check();
    }
    pair.release();
    assert.equal(memory.inUseBytes, before);
  });
}

const longKey = (n: number): string => `the key number ${String(n).padStart(6, "0")} of a long string`;

test("grows, shrinks and reuses rows, with long strings and with a hash of few values", () => {
  for (const hashMask of [undefined, 0x8000_0003_0000_0000n, 0n]) {
    const { uint32 } = seededRandom(7), random = () => uint32() / 2 ** 32, before = memory.inUseBytes;
    const pair = new Pair([STRING, BIGINT], hashMask === undefined ? {} : { hashMask }), many = hashMask === undefined ? 12_000 : 400;
    for (let round = 0; round < 6; round++) {
      pair.add(Array.from({ length: many }, () => { const n = Math.floor(random() * many); return [n % 2 === 0 ? longKey(n) : `k${n}`, BigInt(n % 5)]; }), round % 2 === 0);
      if (round !== 3) pair.removeSome(random, round === 4 ? 1 : 0.6);
      pair.check();
    }
    // All pages but one and all string blocks but one have gone back.
    pair.table.beginBatch();
    pair.removeSome(random, 1);
    assert.equal(pair.table.count, 0);
    pair.table.clear();
    assert.ok(pair.table.bytes < 64 * 1024, `${pair.table.bytes} bytes in an empty table`);
    pair.add([["again", 1n]], true);
    pair.expected.clear();
    pair.expected.set(text(["again", 1n]), 1n);
    pair.check();
    pair.release();
    assert.equal(memory.inUseBytes, before);
  }
});

test("null is no value, also where all hashes collide; maps and lists group by content", () => {
  const pair = new Pair([INT, STRING, BIGINT], { hashMask: 0n });
  pair.add([[0, "", 0n], [null, "", 0n], [0, null, 0n], [0, "", null], [null, null, null], [0, "", 0n]], true);
  pair.check();
  assert.equal(pair.table.count, 5);
  pair.release();
  const arena = new Arena(), table = new StateTable({ keyTypes: [map(STRING, DOUBLE), array(FLOAT)], stateBytes: 0 });
  const maps = vectorOf(map(STRING, DOUBLE), [{ entries: [["a", 0], ["b", null]] }, { entries: [["b", null], ["a", -0]] }, { entries: [["a", 0]] }], arena);
  const lists = vectorOf(array(FLOAT), [[0, NaN], [-0, NaN], [0, NaN]], arena);
  const [a, b, c] = memory.u32.subarray(table.upsert([maps, lists], { pointer: 0, count: 3 }, 3) >>> 2);
  assert.equal(a, b);
  assert.notEqual(a, c);
  table.release();
  arena.release();
});

test("memory follows what lives", () => {
  const pair = new Pair([STRING], { logged: false }), before = pair.table.bytes, inUse = memory.inUseBytes;
  for (let from = 0; from < 50_000; from += 5000) {
    pair.add(Array.from({ length: 5000 }, (_, i) => [longKey(from + i)]), true);
    pair.removeSome(() => 0, 1);
  }
  assert.equal(pair.table.count, 0);
  assert.ok(pair.table.bytes < before + 1_500_000, `${pair.table.bytes} bytes in an empty table`);
  const directory = new Pair([INT], { logged: false });
  for (let from = 0; from < 60_000; from += 2000) directory.add(Array.from({ length: 2000 }, (_, i) => [from + i]), true);
  const full = directory.table.bytes;
  directory.removeSome(() => 0, 1);
  assert.ok(directory.table.bytes < full / 4, `${directory.table.bytes} of ${full} bytes`);
  directory.release();
  pair.arena.release();
  assert.equal(memory.inUseBytes - inUse, pair.table.bytes - before);
  pair.release();
});

test("a table from snapshot and changes equals the one they came from", () => {
  const types = [STRING, BIGINT, array(INT)], { uint32 } = seededRandom(11), random = () => uint32() / 2 ** 32;
  const before = memory.inUseBytes, pair = new Pair(types), blocks: Uint8Array[] = [];
  const rows = () => Array.from({ length: 300 }, () => { const n = Math.floor(random() * 400); return [n % 3 === 0 ? null : longKey(n), BigInt(n), n % 7 === 0 ? [n, null] : null]; });
  pair.add(rows());
  pair.table.changes();
  for (let group = 0; group < 256; group += 64) blocks.push(pair.table.snapshot(group, group + 64));
  for (let round = 0; round < 5; round++) {
    pair.add(rows());
    pair.removeSome(random, 0.2);
    // A batch whose changes nobody took is in the next ones.
    if (round !== 2) blocks.push(...pair.table.changes());
  }
  pair.check();
  const restored = new StateTable({ keyTypes: types, stateBytes: 8, logged: true });
  for (const block of blocks) restored.load(block);
  pair.check(restored);
  restored.beginBatch();
  assert.equal(restored.touched().count, 0);
  assert.deepEqual(restored.changes(), []);
  const other = new StateTable({ keyTypes: [STRING, BIGINT], stateBytes: 8 });
  assert.throws(() => other.load(blocks[0]!), { condition: "MILLRACE_STATE_SCHEMA_CHANGED" });
  const cut = blocks[4]!.slice(0, -3);
  assert.throws(() => restored.load(cut), { condition: /DAMAGED/ });
  restored.release();
  other.release();
  pair.release();
  assert.equal(memory.inUseBytes, before);
});

test("a removed and remade group is in the changes once, as it is now", () => {
  const pair = new Pair([INT]), restored = new StateTable({ keyTypes: [INT], stateBytes: 8, logged: true });
  pair.add([[1], [2], [1]], true);
  restored.load(pair.table.changes()[0]!);
  pair.table.beginBatch();
  pair.removeSome(() => 0, 1);
  const column = vectorOf(INT, [2], pair.arena), addresses = pair.table.upsert([column], { pointer: 0, count: 1 }, 1);
  kernels().aggCountRows(addresses, 1, pair.table.stateOffset);
  pair.expected.set(text([2]), 1n);
  for (const block of pair.table.changes()) restored.load(block);
  pair.check();
  pair.check(restored);
  assert.throws(() => pair.table.upsert([column], { pointer: 0, count: 1 }, 1), /beginBatch/);
  pair.release();
  restored.release();
});

test("groups expire by the end of their window; null times never do", () => {
  const types = [struct([field("start", TIMESTAMP), field("end", TIMESTAMP)]), INT], pair = new Pair(types, { timeKey: { key: 0, field: 1 } });
  const { uint32 } = seededRandom(5);
  const rows = Array.from({ length: 3000 }, () => { const t = BigInt(uint32() % 100); return [uint32() % 50 === 0 ? null : [t, t + 10n], uint32() % 3]; });
  pair.add(rows, true);
  for (const limit of [-1n, 10n, 10n, 40n, 41n, 200n]) {
    const { pointer, count } = pair.table.expired(limit);
    const expired = pair.keysOf(pointer, count);
    const expected = [...pair.expected.keys()].filter(key => { const end = /"(-?\d+)n"\],/.exec(key)?.[1]; return end !== undefined && BigInt(end) <= limit; });
    assert.deepEqual(expired.sort(), expected.sort());
    for (const key of expired) pair.expected.delete(key);
    pair.table.remove({ pointer, count });
    pair.check();
    const least = pair.table.minTimeMicros();
    assert.ok(least === undefined || [...pair.expected.keys()].every(key => { const end = /"(-?\d+)n"\],/.exec(key)?.[1]; return end === undefined || BigInt(end) >= least; }));
  }
  assert.ok(pair.expected.size > 0);
  pair.release();
});

test("groups expire by a time in their state", () => {
  const table = new StateTable({ keyTypes: [INT], stateBytes: 16, timeState: 8 }), arena = new Arena();
  const expired = (limit: bigint): Cell[] => {
    const { pointer, count } = table.expired(limit), keys = table.keyVectors(pointer, count, arena)[0]!;
    return Array.from({ length: count }, (_, i) => cellAt(keys, i));
  };
  for (let from = 0; from < 2000; from += 500) {
    const addresses = table.upsert([vectorOf(INT, Array.from({ length: 500 }, (_, i) => from + i), arena)], { pointer: 0, count: 500 }, 500);
    for (let i = 0; i < 500; i++) memory.i64[(memory.u32[(addresses >>> 2) + i]! + table.stateOffset + 8) / 8] = BigInt(from + i + 1);
    assert.deepEqual(expired(BigInt(from)), Array.from({ length: from }, (_, i) => i));
  }
  assert.deepEqual(expired(3n), [0, 1, 2]);
  table.remove(table.expired(3n));
  assert.deepEqual(expired(5n), [3, 4]);
  table.release();
  arena.release();
});

test("constant columns and constant structs are keys like others", () => {
  const arena = new Arena(), window = struct([field("start", INT), field("end", STRING)]);
  const table = new StateTable({ keyTypes: [INT, window, STRING], stateBytes: 8 });
  const upsert = (...columns: Vector[]) => memory.u32.slice(table.upsert(columns, { pointer: 0, count: 3 }, 3) >>> 2, (table.upsert(columns, { pointer: 0, count: 3 }, 3) >>> 2) + 3);
  const flat = upsert(vectorOf(INT, [5, 5, null], arena), vectorOf(window, [[1, "x"], [1, "x"], null], arena), vectorOf(STRING, ["a", "a", "a"], arena));
  const constant = upsert(constantVector(INT, 5, arena), constantVector(window, [1, "x"], arena), constantVector(STRING, "a", arena));
  const nulls = upsert(constantVector(INT, null, arena), constantVector(window, null, arena), constantVector(STRING, "a", arena));
  const mixed = upsert(vectorOf(INT, [5, 5, null], arena), new Vector(window, 0, vectorOf(INT, [1, 1, null], arena).valid, { children: [constantVector(INT, 1, arena), constantVector(STRING, "x", arena)] }), constantVector(STRING, "a", arena));
  assert.deepEqual([...constant], [flat[0], flat[0], flat[0]]);
  assert.deepEqual([...nulls], [flat[2], flat[2], flat[2]]);
  assert.deepEqual([...mixed], [...flat]);
  assert.equal(table.count, 2);
  table.release();
  arena.release();
});

test("the hash, which checkpoints depend on, is the twin's", () => {
  const arena = new Arena(), table = new StateTable({ keyTypes: [BIGINT, STRING], stateBytes: 0 });
  const strings = ["", "abc", "exactly 12 b", "thirteen byte", "a string of sixteen by", "24 bytes are three words"];
  for (const string of strings) {
    for (const number of [0n, 1n, -1n, 2n ** 62n]) {
      const address = memory.u32[table.upsert([vectorOf(BIGINT, [number], arena), vectorOf(STRING, [string], arena)], { pointer: 0, count: 1 }, 1) >>> 2]!;
      assert.equal(memory.u32[address >>> 2], saltTwin([BigInt.asUintN(64, number), new TextEncoder().encode(string)]));
    }
  }
  const nullKey = memory.u32[table.upsert([vectorOf(BIGINT, [null], arena), vectorOf(STRING, ["abc"], arena)], { pointer: 0, count: 1 }, 1) >>> 2]!;
  assert.equal(memory.u32[nullKey >>> 2], saltTwin([0n, new TextEncoder().encode("abc")], 1));
  // A fixed value: the function may never change.
  assert.equal(saltTwin([42n, new TextEncoder().encode("a key of the checkpoint")]), SALT_OF_42);
  table.release();
  arena.release();
});
const SALT_OF_42 = 0xf3447248;

test("keys of 8-byte columns without nulls, encoded at once, are those that columns one by one make", () => {
  const { uint32 } = seededRandom(7), arena = new Arena();
  for (const [types, words] of [[[BIGINT, TIMESTAMP], 2], [[TIME_WINDOW], 2], [[BIGINT, TIME_WINDOW], 3], [[decimal(18, 2), BIGINT, BIGINT], 3]] as const) {
    const table = new StateTable({ keyTypes: types, stateBytes: 8 }), rows = 40, number = (): bigint => BigInt(uint32() % 8) - 4n;
    const columns = types.map(type => vectorOf(type, Array.from({ length: rows }, () => (type.kind === "struct" ? [number(), number()] : number())), arena));
    const ones = arena.allocate(rows), pointer = arena.allocate(4 * rows), chosen = Array.from({ length: rows }, (_, i) => i).filter(() => uint32() % 3 > 0);
    memory.u8.fill(1, ones, ones + rows);
    chosen.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
    for (const selection of [{ pointer: 0, count: rows }, { pointer, count: chosen.length }]) {
      assert.ok(columns.every(column => column.valid === 0));
      const of = (from: number) => Array.from({ length: selection.count }, (_, i) => memory.u32[(from >>> 2) + i]!);
      const atOnce = of(table.upsert(columns, selection, rows));
      // Validity that says that nothing is null.
      assert.deepEqual(of(table.upsert(columns.map(column => column.withValid(ones)), selection, rows)), atOnce);
      const first = columns.flatMap(column => (column.physical === "struct" ? column.children : [column])).map(column => BigInt.asUintN(64, memory.i64[column.data / 8 + (selection.pointer === 0 ? 0 : chosen[0]!)]!));
      assert.equal(first.length, words);
      assert.equal(memory.u32[atOnce[0]! >>> 2], saltTwin(first));
    }
    table.release();
  }
  arena.release();
});

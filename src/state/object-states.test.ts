/** Catches states of aggregates that get lost or mixed up when most groups leave and the lists are made smaller. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { vectorOf } from "../columns/cells.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { BIGINT, INT } from "../types/data-type.ts";
import type { ObjectStateCodec } from "./object-states.ts";
import { StateTable } from "./state-table.ts";

const codec: ObjectStateCodec = { stateType: BIGINT, create: () => 0n, encode: state => state as bigint, decode: cell => cell };

test("states stay with their groups while most of them leave and others come", () => {
  const table = new StateTable({ keyTypes: [INT], stateBytes: 8, objects: [codec, codec] }), arena = new Arena(), random = seededRandom(7);
  const { u32 } = linearMemory(), expected = new Map<number, bigint>();
  const find = (keys: readonly number[]): number[] => {
    const at = table.upsert([vectorOf(INT, keys, arena)], { pointer: 0, count: keys.length }, keys.length) >>> 2;
    return Array.from(u32.subarray(at, at + keys.length));
  };
  let bytes = 0;
  for (let round = 0, next = 0; round < 12; round++) {
    table.beginBatch();
    const keys = Array.from({ length: 3_000 }, () => next++);
    find(keys).forEach((address, i) => {
      const value = BigInt(random.uint32());
      table.objects.list(0)[table.objects.slotOf(address)] = value;
      table.objects.list(1)[table.objects.slotOf(address)] = -value;
      expected.set(keys[i]!, value);
    });
    bytes = Math.max(bytes, table.objects.estimatedBytes);
    const gone = [...expected.keys()].filter(() => random.uint32() % 10 > 0), list = arena.allocate(4 * gone.length);
    find(gone).forEach((address, i) => { u32[(list >>> 2) + i] = address; });
    table.remove({ pointer: list, count: gone.length });
    for (const key of gone) expected.delete(key);
    const left = [...expected.keys()], slots = find(left).map(address => table.objects.slotOf(address));
    assert.deepEqual(slots.map(slot => [table.objects.list(0)[slot], table.objects.list(1)[slot]]), left.map(key => [expected.get(key), -expected.get(key)!]));
    assert.equal(new Set(slots).size, left.length);
    arena.reset();
  }
  assert.ok(table.objects.list(0).length < 4 * Math.max(1024, expected.size), `${table.objects.list(0).length} places for ${expected.size}`);
  assert.ok(table.objects.estimatedBytes < bytes / 4, `${table.objects.estimatedBytes} of ${bytes}`);
  table.release();
  arena.release();
});

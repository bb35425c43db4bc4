/** Catches state of programs that another run would not find again, byte for byte, or that keeps memory it no longer needs. */
import assert from "node:assert/strict";
import test from "node:test";
import { vectorOf } from "../columns/cells.ts";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { StateVariable } from "../plan/stateful-program.ts";
import { BIGINT, DOUBLE, INT, STRING, array, decimal, field, struct } from "../types/data-type.ts";
import type { Cell } from "../types/cell.ts";
import { NO_TIME } from "./entry-store.ts";
import { ProgramState } from "./program-state.ts";
import { judgeEvolution, stateSchemaText } from "./state-schema.ts";

const VARIABLES: readonly StateVariable[] = [
  { name: "n", kind: "value", type: BIGINT }, { name: "text", kind: "value", type: STRING, ttlMicros: 50n },
  { name: "list", kind: "list", type: struct([field("a", INT), field("b", STRING)]), ttlMicros: 30n }, { name: "a `map`; x", kind: "map", keyType: STRING, type: DOUBLE, ttlMicros: 40n },
];
const make = (variables = VARIABLES) => new ProgramState({ keyTypes: [STRING, INT], variables, timeMode: "EventTime", logged: true });

function groupOf(state: ProgramState, key: readonly Cell[]): number {
  const arena = new Arena(), at = state.table.upsert([vectorOf(STRING, [key[0]!], arena), vectorOf(INT, [key[1]!], arena)], { pointer: 0, count: 1 }, 1);
  arena.release();
  return linearMemory().u32[at >>> 2]!;
}
const content = (state: ProgramState): string => Array.from({ length: 16 }, (_, i) => Buffer.from(state.snapshot(16 * i, 16 * i + 16)).toString("hex")).join("|");

for (let seed = 1; seed <= 12; seed++) {
  test(`changes and snapshots give the same bytes again, seed ${seed}`, () => {
    const random = seededRandom(seed), below = (n: number) => random.uint32() % n, before = linearMemory().inUseBytes;
    const state = make(), follower = make();
    let restored = make();
    const text = () => "x".repeat(below(8) === 0 ? 2000 + below(9000) : below(40));
    for (let batch = 0; batch < 25; batch++) {
      const now = BigInt(batch * 10);
      state.beginBatch();
      for (let step = below(60); step > 0; step--) {
        const group = groupOf(state, [below(9) === 0 ? null : "key-".repeat(below(5)), below(12)]), time = (ttl: bigint) => now + ttl;
        switch (below(10)) {
          case 0: case 1: state.setValue(group, 0, BigInt(below(1000)) - 500n, NO_TIME); break;
          case 2: state.setValue(group, 1, text(), time(50n)); break;
          case 3: state.append(group, 2, [below(5) === 0 ? null : below(100), text()], time(30n)); break;
          case 4: case 5: state.put(group, 3, `k${below(30)}`, below(100) / 8, time(40n)); break;
          case 6: { const entry = state.findKey(group, 3, `k${below(30)}`); if (entry !== 0) state.delete(entry); break; }
          case 7: state.setTimer(group, BigInt(below(400))); break;
          case 8: { const times = state.timersOf(group); if (times.length > 0) state.deleteTimer(group, times[below(times.length)]!); break; }
          default: state.clear(group, below(4)); break;
        }
      }
      for (const { group, time } of state.dueTimers(now)) state.deleteTimer(group, time);
      state.expire(now);
      state.endBatch();
      for (const block of state.changes()) follower.load(block);
      assert.equal(content(follower), content(state), `batch ${batch}: what the changes make`);
      if (below(4) > 0) continue;
      restored.release();
      restored = make();
      const parts = Array.from({ length: 256 / 64 }, (_, i) => state.snapshot(64 * i, 64 * i + 64)).filter(part => part.length > 0);
      for (const part of parts.reverse()) restored.load(part);
      assert.equal(content(restored), content(state), `batch ${batch}: what the snapshot makes`);
      assert.deepEqual(restored.entries.counts, state.entries.counts);
      assert.deepEqual(restored.dueTimers(1000n).map(timer => timer.time), state.dueTimers(1000n).map(timer => timer.time));
    }
    const full = state.bytes;
    state.beginBatch();
    const all = state.table.allAddresses(), groups = Array.from(linearMemory().u32.subarray(all.pointer >>> 2, (all.pointer >>> 2) + all.count));
    for (const group of groups) {
      for (let v = 0; v < 4; v++) state.clear(group, v);
      for (const time of state.timersOf(group)) state.deleteTimer(group, time);
    }
    state.endBatch();
    assert.equal(state.table.count, 0);
    assert.ok(state.bytes <= full);
    for (const one of [state, follower, restored]) one.release();
    assert.equal(linearMemory().inUseBytes, before);
  });
}

test("what entries take is counted, and goes back", () => {
  const state = make();
  state.beginBatch();
  const empty = state.bytes, used = linearMemory().inUseBytes;
  for (let i = 0; i < 20_000; i++) state.put(groupOf(state, ["k", i % 10]), 3, `key ${i}`, i, 1n);
  state.endBatch();
  assert.equal(state.bytes - empty, linearMemory().inUseBytes - used, "all of it is of the account");
  assert.ok(state.bytes - empty > 20_000 * 72 && state.bytes - empty < 20_000 * 160, `${state.bytes - empty} bytes`);
  state.beginBatch();
  assert.equal(state.expire(1n), 20_000);
  state.endBatch();
  assert.ok(state.bytes - empty < 20_000 * 16, `${state.bytes - empty} bytes stay`);
  state.release();
});

test("due timers leave by time, and by their keys' hashes where times are equal, however they were made", () => {
  const orders = [[0, 1, 2, 3, 4, 5, 6, 7], [7, 3, 5, 1, 0, 2, 6, 4]].map(order => {
    const state = make();
    state.beginBatch();
    for (const i of order) {
      state.setTimer(groupOf(state, [`key ${i}`, i]), 20n);
      state.setTimer(groupOf(state, [`key ${i}`, i]), BigInt(i));
    }
    const { i32 } = linearMemory(), keys = state.dueTimers(20n).map(({ group, time }) => `${time}:${keyOf(state, group)}`);
    assert.equal(state.dueTimers(3n).length, 4);
    assert.ok(i32.length > 0);
    state.release();
    return keys;
  });
  assert.deepEqual(orders[0], orders[1]);
  assert.deepEqual(orders[0]!.slice(0, 8).map(text => text.split(":")[0]), ["0", "1", "2", "3", "4", "5", "6", "7"]);
});

function keyOf(state: ProgramState, group: number): string {
  const arena = new Arena(), pointer = arena.allocate(4);
  linearMemory().u32[pointer >>> 2] = group;
  const number = linearMemory().i32[state.table.keyVectors(pointer, 1, arena)[1]!.data >>> 2]!;
  arena.release();
  return String(number);
}

test("wider types, new fields and new variables are found again by name", () => {
  const old: readonly StateVariable[] = [
    { name: "s", kind: "value", type: struct([field("a", INT), field("b", array(decimal(5, 1)))]) }, { name: "f", kind: "list", type: { kind: "float" } }, { name: "m", kind: "map", keyType: STRING, type: INT, ttlMicros: 9n },
  ];
  const now: readonly StateVariable[] = [
    { name: "m", kind: "map", keyType: STRING, type: BIGINT, ttlMicros: 9n }, { name: "fresh", kind: "value", type: STRING },
    { name: "s", kind: "value", type: struct([field("new", STRING), field("b", array(decimal(9, 3))), field("a", BIGINT)]) }, { name: "f", kind: "list", type: DOUBLE },
  ];
  assert.deepEqual(judgeEvolution(stateSchemaText("None", old), stateSchemaText("None", now)), { kind: "accepted" });
  const state = make(old), group = () => groupOf(state, ["k", 1]);
  state.beginBatch();
  state.setValue(group(), 0, [7, [15n, null]], NO_TIME);
  state.append(group(), 1, 1.5, NO_TIME);
  state.put(group(), 2, "x", -3, 99n);
  state.endBatch();
  for (const blocks of [state.changes(), [state.snapshot(0, 256)]]) {
    const migrated = make(now), at = () => groupOf(migrated, ["k", 1]);
    for (const block of blocks) migrated.load(block);
    migrated.beginBatch();
    const { entries } = migrated, entry = entries.first(at(), 0);
    assert.deepEqual(migrated.read(entries.first(at(), 2), now[2]!.type), [null, [1500n, null], 7n]);
    assert.equal(migrated.read(entries.first(at(), 3), DOUBLE), 1.5);
    assert.deepEqual([migrated.readKey(entry, STRING), migrated.read(entry, BIGINT), entries.timeOf(entry)], ["x", -3n, 99n]);
    assert.equal(entries.first(at(), 1), 0);
    migrated.release();
  }
  state.release();
});

test("what can't be found again is refused, with what to do", () => {
  const v = (name: string, type: StateVariable["type"], kind: StateVariable["kind"] = "value"): StateVariable => ({ name, kind, type, ...(kind === "map" && { keyType: STRING }) });
  const judge = (before: readonly StateVariable[], after: readonly StateVariable[]) => {
    const verdict = judgeEvolution(stateSchemaText("None", before), stateSchemaText("None", after));
    return verdict?.kind === "refused" ? `${verdict.condition}: ${verdict.reason}` : verdict?.kind;
  };
  assert.equal(judge([v("n", BIGINT)], [v("n", INT)]), "STATE_STORE_INVALID_VALUE_SCHEMA_EVOLUTION: schema evolution is not possible with the existing value schema BIGINT and INT: n is BIGINT and INT now");
  assert.match(judge([v("n", BIGINT)], [])!, /^MILLRACE_STATE_SCHEMA_CHANGED: its state variable 'n' is not declared any more/);
  assert.match(judge([v("n", BIGINT)], [v("n", BIGINT, "list")])!, /^STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE: cannot change n to ListState/);
  assert.match(judge([v("s", struct([field("a", INT), field("b", INT)]))], [v("s", struct([field("a", INT)]))])!, /s\.b is gone/);
  assert.match(judge([v("s", struct([field("a", INT)]))], [v("s", struct([field("a", INT), field("c", INT, false)]))])!, /s\.c is new and NOT NULL/);
  assert.match(judge([v("s", struct([field("a", INT)]))], [v("s", struct([field("a", INT, false)]))])!, /s\.a may hold nulls/);
  assert.match(judge([v("d", decimal(5, 2))], [v("d", decimal(6, 4))])!, /DECIMAL\(6,4\) now/);
  assert.match(judge([{ ...v("m", INT, "map"), keyType: INT }], [v("m", INT, "map")])!, /^STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE/);
  assert.match(String((judgeEvolution(stateSchemaText("None", []), stateSchemaText("EventTime", [])) as { condition?: string }).condition), /STATE_STORE_INVALID_CONFIG_AFTER_RESTART/);
  assert.equal(judgeEvolution("sum(x)", stateSchemaText("None", [])), undefined);
});

test("a large batch is several blocks, a value written often is logged once, and what was taken back leaves nothing", () => {
  const state = make(), loaded = make();
  state.beginBatch();
  for (let i = 0; i < 3000; i++) state.setValue(groupOf(state, [`key ${i}`, i]), 1, "y".repeat(1000), 10n ** 15n);
  state.endBatch();
  assert.ok(state.changes().length >= 3 && state.changes().every(block => block.length < 1_200_000), `${state.changes().length} blocks`);
  for (const block of state.changes()) loaded.load(block);
  assert.equal(content(loaded), content(state));
  state.beginBatch();
  const group = groupOf(state, ["one", 1]);
  for (let i = 0; i < 1000; i++) state.setValue(group, 0, BigInt(i), NO_TIME);
  state.endBatch();
  const [block] = state.changes();
  assert.ok(block!.length < 300, `${block!.length} bytes`);
  loaded.load(block!);
  state.beginBatch();
  groupOf(state, ["only asked", 2]);
  state.append(groupOf(state, ["short", 3]), 2, [1, "x"], 5n);
  state.expire(5n);
  state.endBatch();
  for (const one of state.changes()) loaded.load(one);
  assert.equal(content(loaded), content(state));
  assert.deepEqual([loaded.table.count, state.table.count], [3001, 3001]);
  for (const one of [state, loaded]) one.release();
});

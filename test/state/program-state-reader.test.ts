/** Catches reads of a program's state that miss a variable, a timer or a change of one, live and from the checkpoint. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, schema, string, struct } from "../../src/api/schema.ts";
import type { Session } from "../../src/api/session.ts";
import { listState, mapState, valueState } from "../../src/api/state-types.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { linearMemory } from "../../src/memory/linear-memory.ts";
import { plain, StateQuery, type StateRow } from "./query.ts";

const fails = (condition: string, text?: RegExp) => (error: unknown): boolean => error instanceof MillraceError && error.condition === condition && (text?.test(error.message) ?? true);
const without = (rows: readonly StateRow[]): StateRow[] => rows.map(({ partition_id: _partition, ...rest }) => rest as StateRow);

/** A name and a command: numbers are kept, 0 clears all, odd ones set a timer. */
const program = (mill: Session): unknown => mill.table("t").groupBy("name").transformWithState({
  output: schema({ name: string() }), timeMode: "EventTime",
  state: { last: valueState(bigint()), pair: valueState(struct({ a: bigint(), b: string() }), { ttl: "1 hour" }), all: listState(bigint()), counts: mapState(bigint(), bigint()) },
  *handleInputRows({ name }: { name: string }, rows: Iterable<{ n: bigint; at: { plus(by: string): unknown } }>, { state, timers }: any) {
    for (const { n, at } of rows) {
      if (n === 0n) {
        for (const one of Object.values(state) as { clear(): void }[]) one.clear();
        continue;
      }
      state.last.update(n);
      state.pair.update({ a: n, b: name });
      state.all.append(n);
      state.counts.set(n, (state.counts.get(n) ?? 0n) + 1n);
      if (n % 2n === 1n) timers.register(at.plus("20 seconds"));
    }
  },
} as never);

test("variables, entries and timers, after each batch and as they changed", async () => {
  const memory = linearMemory().inUseBytes;
  {
    await using it = new StateQuery(program, "append");
    await it.start();
    const first = await it.add([[1, "a", 1n], [2, "a", 2n], [3, "b", 2n]]), second = await it.add([[4, "a", 2n], [4, "b", 0n], [5, "c", 4n]]);
    const read = async (options: Record<string, string | number | boolean>): Promise<StateRow[]> => without(await it.read(options));
    const a = { name: "a" }, b = { name: "b" }, c = { name: "c" };

    assert.deepEqual(await read({ stateVarName: "last", batchId: first }), [{ key: a, value: { value: 2 } }, { key: b, value: { value: 2 } }]);
    assert.deepEqual(await read({ stateVarName: "last" }), [{ key: a, value: { value: 2 } }, { key: c, value: { value: 4 } }]);
    const [pair] = await read({ stateVarName: "pair", batchId: first });
    assert.deepEqual((pair!["value"] as StateRow)["value"], { a: 2, b: "a" });
    assert.ok(Number((pair!["value"] as StateRow)["ttlExpirationMs"]) > 1.7e12);
    assert.deepEqual(await read({ stateVarName: "all" }), [{ key: a, list_element: { value: 1 } }, { key: a, list_element: { value: 2 } }, { key: a, list_element: { value: 2 } }, { key: c, list_element: { value: 4 } }]);
    assert.deepEqual(await read({ stateVarName: "all", flattenCollectionTypes: false }), [{ key: a, list_value: [{ value: 1 }, { value: 2 }, { value: 2 }] }, { key: c, list_value: [{ value: 4 }] }]);
    assert.deepEqual(await read({ stateVarName: "counts" }), [
      { key: a, user_map_key: { value: 1 }, user_map_value: { value: 1 } }, { key: a, user_map_key: { value: 2 }, user_map_value: { value: 2 } }, { key: c, user_map_key: { value: 4 }, user_map_value: { value: 1 } },
    ]);
    const maps = await it.mill.read.format("state").options({ stateVarName: "counts", flattenCollectionTypes: false }).load(it.path).selectExpr("key.name", "map_entries(map_value) m").orderBy("name").collect();
    assert.deepEqual(maps.map(plain), [{ name: "a", m: [{ key: { value: 1 }, value: { value: 1 } }, { key: { value: 2 }, value: { value: 2 } }] }, { name: "c", m: [{ key: { value: 4 }, value: { value: 1 } }] }]);
    assert.deepEqual(await read({ readRegisteredTimers: true }), [{ key: a, expiration_timestamp_ms: 21_000 }]);

    const changes = async (stateVarName: string): Promise<unknown[]> => (await read({ stateVarName, readChangeFeed: true, changeStartBatchId: second })).map(row => [row["change_type"], ...Object.values(row["key"] as StateRow), row["value"] === null ? null : (row["value"] as StateRow)["value"]]);
    assert.deepEqual(await changes("last"), [["delete", "b", null], ["update", "c", 4]], "a's is the same again");
    assert.deepEqual(await changes("all"), [["append", "a", 2], ["delete", "b", null], ["update", "c", 4]]);
    assert.deepEqual(await changes("counts"), [["delete", "b", { value: 2 }, null], ["update", "a", { value: 2 }, 2], ["update", "c", { value: 4 }, 1]]);

    const live = await it.query.state({ store: "counts", key: { name: "a" } });
    assert.deepEqual(live.rows, [{ key: { name: "a", user_map_key: { value: 1n } }, value: { value: 1n } }, { key: { name: "a", user_map_key: { value: 2n } }, value: { value: 2n } }]);
    assert.deepEqual([live.batchId, live.rowsTotal], [second, 3]);

    const closed = await it.add([[100, "z", 2n]]);
    assert.deepEqual(await read({ readRegisteredTimers: true }), []);
    assert.deepEqual(await read({ readRegisteredTimers: true, batchId: second }), [{ key: a, expiration_timestamp_ms: 21_000 }]);
    assert.ok(closed > second);
    await assert.rejects(it.read(), fails("STDS_REQUIRED_OPTION_UNSPECIFIED", /stateVarName/));
    await assert.rejects(it.read({ stateVarName: "lost" }), fails("STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", /State variable lost is not defined/));
    const metadata = await it.read({}, "state-metadata");
    assert.deepEqual(metadata.map(row => row["stateStoreName"]).sort(), ["$timers", "all", "counts", "last", "pair"]);
    await it.query.stop();
  }
  assert.ok(linearMemory().inUseBytes - memory <= 1 << 20, "what is left is the arena of constant expressions at most");
});

test("flatMapGroupsWithState keeps one value and one timeout a key", async () => {
  await using it = new StateQuery(mill => mill.table("t").groupBy("name").flatMapGroupsWithState({ stateType: bigint(), output: schema({ name: string() }), outputMode: "append", timeout: "EventTimeTimeout" },
    (_key, rows, state) => {
      let sum = state.getOption() ?? 0n;
      for (const row of rows as Iterable<{ n: bigint }>) sum += row.n;
      state.update(sum);
      if (sum > 2n) state.setTimeoutTimestamp(30_000);
      return [];
    }), "append");
  await it.start();
  await it.add([[1, "a", 1n], [2, "a", 2n], [3, "b", 2n]]);
  assert.deepEqual(without(await it.read()), [{ key: { name: "a" }, value: { groupState: { value: 3 }, timeoutTimestamp: 30_000 } }, { key: { name: "b" }, value: { groupState: { value: 2 }, timeoutTimestamp: -1 } }]);
});

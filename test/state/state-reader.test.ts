/** Catches reads of state that show another batch, lose or keep keys, disagree with the changes, or hide that they can't tell. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { MillraceError } from "../../src/base/errors.ts";
import { linearMemory } from "../../src/memory/linear-memory.ts";
import { plain, StateQuery, type Input, type Json, type StateRow } from "./query.ts";

const fails = (condition: string, text?: RegExp) => (error: unknown): boolean => {
  assert.ok(error instanceof MillraceError, String(error));
  assert.equal(error.condition, condition, error.message);
  if (text !== undefined) assert.match(error.message, text);
  return true;
};
const window = (start: number): Json => ({ start: new Date(start * 1000).toISOString().replace(".000", ""), end: new Date((start + 10) * 1000).toISOString().replace(".000", "") });
const time = (second: number): string => new Date(second * 1000).toISOString().replace(".000", "");
const without = (rows: readonly StateRow[]): StateRow[] => rows.map(({ partition_id: _partition, ...rest }) => rest as StateRow);
const sorted = (rows: readonly StateRow[]): StateRow[] => [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const GROUPED = "SELECT window(at, '10 seconds') w, name, count(*) c, sum(n) s, sum(n + 1) s2, avg(n) a, max(name) FROM t GROUP BY window(at, '10 seconds'), name";

/** The groups after rows, computed beside the engine; windows up to the watermark are gone. */
function groupsOf(batches: readonly (readonly Input[])[]): StateRow[] {
  const groups = new Map<string, { key: Json; rows: Input[]; end: number }>();
  let watermark = 0;
  for (const rows of batches) {
    for (const row of rows) {
      const [at, name] = row;
      if (at === null) continue;
      const start = Math.floor(at / 10) * 10, text = `${start}/${name}`;
      let group = groups.get(text);
      if (group === undefined) groups.set(text, group = { key: { window: window(start), name }, rows: [], end: start + 10 });
      group.rows.push(row);
    }
    watermark = Math.max(watermark, ...rows.map(([at]) => (at ?? 0) - 10));
  }
  return sorted([...groups.values()].filter(group => group.end > watermark).map(({ key, rows }) => {
    const numbers = rows.flatMap(([, , n]) => (n === null ? [] : [Number(n)])), sum = numbers.length === 0 ? null : numbers.reduce((a, b) => a + b, 0);
    return { key, value: { count: rows.length, sum, sum_2: sum === null ? null : sum + numbers.length, avg: sum === null ? null : sum / numbers.length, max: rows[0]![1] } };
  }));
}

const INPUT: readonly (readonly Input[])[] = [
  [[1, "a", 1n], [2, "a name of more than twelve bytes", 2n], [3, null, 3n]],
  [[4, "a", 10n], [12, "b", null], [13, "c", 7n]],
  [[15, "c", 8n], [24, "a", 1n]],
  [[45, "d", 1n], [45, "d", 2n]],
];

test("groups, after each batch, from the first to the last", async () => {
  await using it = new StateQuery(GROUPED, "update");
  await it.start();
  const ids: number[] = [];
  for (const rows of INPUT) ids.push(await it.add(rows));
  for (const [i, batchId] of ids.entries()) {
    const expected = groupsOf(INPUT.slice(0, i + 1));
    assert.deepEqual(without(await it.read({ batchId })), expected, `after batch ${batchId}`);
  }
  assert.deepEqual(await it.read(), await it.read({ batchId: ids.at(-1)! }), "the last is the default");
  await it.query.stop();
  assert.deepEqual(without(await it.read()), groupsOf(INPUT), "of a query that has stopped");
  const sql = await it.mill.sql(`SELECT key.name, value.count FROM state.\`${it.path}\` WITH (batchId = '0') WHERE key.name IS NOT NULL ORDER BY 1`).collect();
  assert.deepEqual(sql.map(plain), [{ name: "a", count: 1 }, { name: "a name of more than twelve bytes", count: 1 }]);
});

test("what batches changed, added up, is the state, over snapshots and a restart", async () => {
  await using it = new StateQuery(GROUPED, "update", ["t"], { "spark.sql.streaming.stateStore.minDeltasForSnapshot": "3" });
  await it.start();
  const names = ["a", "b", "a name of more than twelve bytes", null, "e"];
  let last = 0;
  for (let i = 0; i < 14; i++) {
    if (i === 8) {
      await it.query.stop();
      await it.start();
    }
    last = await it.add(names.slice(0, 1 + i % 5).map((name, k): Input => [3 * i + k, name, BigInt(i * k)]));
  }
  const changes = (await it.mill.read.format("state").options({ readChangeFeed: true, changeStartBatchId: 0 }).load(it.path).collect()).map(plain);
  assert.ok(changes.some(row => row["change_type"] === "delete"), "windows were closed");
  const state = new Map<string, StateRow>();
  let at = 0;
  for (let batchId = 0; batchId <= last; batchId++) {
    for (; changes[at]?.["batch_id"] === batchId; at++) {
      const { key, value, partition_id, change_type } = changes[at]! as Record<string, Json>;
      if (change_type === "delete") {
        assert.equal(value, null);
        assert.ok(state.delete(JSON.stringify(key)), `batch ${batchId} deletes what is there`);
      } else state.set(JSON.stringify(key), { key: key!, value: value!, partition_id: partition_id! });
    }
    assert.deepEqual(sorted([...state.values()]), await it.read({ batchId }), `batch ${batchId}`);
  }
  assert.equal(at, changes.length);
  const some = await it.read({ readChangeFeed: true, changeStartBatchId: 4, changeEndBatchId: 6 });
  assert.deepEqual(some, sorted(changes.filter(row => Number(row["batch_id"]) >= 4 && Number(row["batch_id"]) <= 6)));
});

test("slices of overlapping windows", async () => {
  await using it = new StateQuery("SELECT window(at, '10 seconds', '5 seconds') w, name, count(*) c, sum(n) s FROM t GROUP BY window(at, '10 seconds', '5 seconds'), name", "update");
  await it.start();
  const first = await it.add([[1, "a", 1n], [2, "a", 2n], [7, "a", 3n], [8, "b", 4n]]);
  await it.add([[3, "a", 5n], [31, "c", 6n]]);
  const slice = (name: string, number: number, count: number, sum: number): StateRow => ({ key: { name, slice: { start: time(5 * number), end: time(5 * number + 5) } }, value: { count, sum } });
  assert.deepEqual(without(await it.read({ batchId: first })), [slice("a", 0, 2, 3), slice("a", 1, 1, 3), slice("b", 1, 1, 4)]);
  assert.deepEqual(without(await it.read()), [slice("c", 6, 1, 6)], "windows up to the watermark are gone, and their slices");
});

test("slices of windows whose size is no multiple of their slide cover two parts of a slide", async () => {
  await using it = new StateQuery("SELECT window(at, '12 seconds', '5 seconds') w, name, count(*) c FROM t GROUP BY window(at, '12 seconds', '5 seconds'), name", "update");
  await it.start();
  await it.add([[10, "a", 1n], [11, "a", 2n], [12, "a", 3n], [14, "a", 4n], [15, "a", 5n]]);
  const slice = (from: number, to: number, count: number): StateRow => ({ key: { name: "a", slice: { start: time(from), end: time(to) } }, value: { count } });
  assert.deepEqual(without(await it.read()), [slice(10, 12, 2), slice(12, 15, 2), slice(15, 17, 1)]);
});

test("aggregates of all kinds are read as they are without their query", async () => {
  await using it = new StateQuery(`SELECT name, count(*), count(n), min(n), first(n), last(n, true), collect_list(n), collect_set(name), approx_count_distinct(n), percentile_approx(n, 0.5), percentile(n, array(0.25, 0.75)),
    stddev(n), corr(n, n * 2), sum(cast(n AS decimal(10, 2))), avg(cast(n AS decimal(10, 2))), sum(cast(n AS int)), avg(cast(n AS float)), max_by(name, n), bool_and(n > 1), bit_or(n), max(struct(n, name)), count_if(n > 2), any_value(at)
    FROM t GROUP BY name`, "update");
  await it.start();
  await it.add([[1, "a", 1n], [2, "a", 2n], [3, "b", 3n], [4, "b", null]]);
  const fresh = await it.mill.sql(`SELECT name, count(*), count(n), min(n), first(n), last(n, true), collect_list(n), collect_set(name), approx_count_distinct(n), percentile_approx(n, 0.5), percentile(n, array(0.25, 0.75)),
    stddev(n), corr(n, n * 2), sum(cast(n AS decimal(10, 2))), avg(cast(n AS decimal(10, 2))), sum(cast(n AS int)), avg(cast(n AS float)), max_by(name, n), bool_and(n > 1), bit_or(n), max(struct(n, name)), count_if(n > 2), any_value(at)
    FROM VALUES (timestamp_seconds(1), 'a', 1L), (timestamp_seconds(2), 'a', 2L), (timestamp_seconds(3), 'b', 3L), (timestamp_seconds(4), 'b', NULL) AS t(at, name, n) GROUP BY name ORDER BY name`).collect();
  const found = await it.read();
  assert.deepEqual(found.map(row => [(row["key"] as StateRow)["name"], ...Object.values(row["value"] as StateRow)]), fresh.map(row => Object.values(plain(row))));
});

test("keys that were seen, and when they leave", async () => {
  await using seen = new StateQuery("distinct name", "append");
  await seen.start();
  await seen.add([[1, "a", 1n], [2, "b", 1n]]);
  await seen.add([[1, "a", 1n], [2, null, 1n]]);
  assert.deepEqual(without(await seen.read({ batchId: 0 })), [{ key: { name: "a" }, value: { __dummy__: null } }, { key: { name: "b" }, value: { __dummy__: null } }]);
  assert.deepEqual(without(await seen.read({ readChangeFeed: true, changeStartBatchId: 1 })), [{ batch_id: 1, change_type: "update", key: { name: null }, value: { __dummy__: null } }]);
  await using within = new StateQuery("within name", "append");
  await within.start();
  await within.add([[1, "a", 1n], [2, "b", 1n]]);
  assert.deepEqual(without(await within.read()), [{ key: { name: "a" }, value: { expiresAtMicros: 11_000_000 } }, { key: { name: "b" }, value: { expiresAtMicros: 12_000_000 } }]);
  const last = await within.add([[22, "c", 1n]]);
  assert.deepEqual(without(await within.read()), [{ key: { name: "c" }, value: { expiresAtMicros: 32_000_000 } }]);
  assert.deepEqual(without(await within.read({ readChangeFeed: true, changeStartBatchId: last })).map(row => [row["change_type"], row["key"]]), [["delete", { name: "a" }], ["delete", { name: "b" }]]);
});

test("rows that a join keeps, a side at a time", async () => {
  await using it = new StateQuery("SELECT l.name, l.n ln, r.n rn FROM l JOIN r ON l.name = r.name AND r.at BETWEEN l.at - INTERVAL 5 SECONDS AND l.at + INTERVAL 5 SECONDS", "append", ["l", "r"]);
  await it.start();
  await it.add([[1, "a", 1n], [2, "b", 2n]], "l");
  const first = await it.add([[1, "a", 5n]], "r");
  const left = [{ key: { field0: "a" }, value: { at: time(1), name: "a", n: 1 } }, { key: { field0: "b" }, value: { at: time(2), name: "b", n: 2 } }];
  assert.deepEqual(without(await it.read({ joinSide: "left" })), left);
  assert.deepEqual(without(await it.read({ joinSide: "right" })), [{ key: { field0: "a" }, value: { at: time(1), name: "a", n: 5 } }]);
  await it.add([[60, "z", 9n]], "l");
  const last = await it.add([[61, "y", 9n]], "r");
  assert.deepEqual(without(await it.read({ joinSide: "left" })), [{ key: { field0: "z" }, value: { at: time(60), name: "z", n: 9 } }]);
  assert.deepEqual(without(await it.read({ joinSide: "left", batchId: first })), left, "as it was before");
  const changes = without(await it.read({ readChangeFeed: true, changeStartBatchId: first + 1, storeName: "left" }));
  assert.deepEqual(changes.filter(row => row["change_type"] === "delete").map(row => row["key"]), [{ field0: "a" }, { field0: "b" }]);
  assert.ok(last > first);
  await assert.rejects(it.read(), fails("STDS_FAILED_TO_READ_STATE_SCHEMA", /say joinSide left or right/));
  await assert.rejects(it.read({ joinSide: "both" }), fails("STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", /Valid values are left,right,none/));
  const metadata = await it.read({}, "state-metadata");
  assert.deepEqual(metadata.map(row => [row["operatorId"], row["operatorName"], row["stateStoreName"], row["numPartitions"], row["minBatchId"], row["maxBatchId"]]),
    [[0, "symmetricHashJoin", "left", 256, 0, last], [0, "symmetricHashJoin", "right", 256, 0, last]]);
});

test("the count of a limit", async () => {
  await using it = new StateQuery("SELECT * FROM t LIMIT 3", "append");
  await it.start();
  await it.add([[1, "a", 1n], [2, "b", 1n]]);
  await it.add([[1, "a", 1n], [2, "b", 1n]]);
  assert.deepEqual(await it.read({ batchId: 0 }), [{ key: { key: null }, value: { value: 2 }, partition_id: 0 }]);
  assert.deepEqual(await it.read(), [{ key: { key: null }, value: { value: 3 }, partition_id: 0 }]);
});

test("options are refused as Spark refuses them", async () => {
  await using it = new StateQuery(GROUPED, "update");
  await assert.rejects(it.read(), fails("STDS_COMMITTED_BATCH_UNAVAILABLE"));
  await it.start();
  await it.add(INPUT[0]!);
  const refused: readonly (readonly [options: Record<string, string | number | boolean>, condition: string, text?: RegExp])[] = [
    [{ batchId: -1 }, "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE", /'batchId'/],
    [{ batchId: 99 }, "STDS_OFFSET_LOG_UNAVAILABLE", /batches 0 to 0 can be read/],
    [{ operatorId: -1 }, "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE"],
    [{ operatorId: 3 }, "STDS_FAILED_TO_READ_STATE_SCHEMA", /0 \(stateStoreSave\)/],
    [{ storeName: "" }, "STDS_INVALID_OPTION_VALUE.IS_EMPTY"],
    [{ storeName: "other" }, "STDS_FAILED_TO_READ_STATE_SCHEMA", /has default/],
    [{ storeName: "x", joinSide: "left" }, "STDS_CONFLICT_OPTIONS", /\['joinSide', 'storeName'\]/],
    [{ readChangeFeed: true }, "STDS_REQUIRED_OPTION_UNSPECIFIED", /changeStartBatchId/],
    [{ readChangeFeed: true, changeStartBatchId: 0, batchId: 0 }, "STDS_CONFLICT_OPTIONS"],
    [{ readChangeFeed: true, changeStartBatchId: 0, joinSide: "left" }, "STDS_CONFLICT_OPTIONS"],
    [{ readChangeFeed: true, changeStartBatchId: 1, changeEndBatchId: 0 }, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"],
    [{ readChangeFeed: true, changeStartBatchId: 7 }, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", /less than 1/],
    [{ readChangeFeed: true, changeStartBatchId: 0, changeEndBatchId: 7 }, "STDS_OFFSET_LOG_UNAVAILABLE"],
    [{ readChangeFeed: "perhaps", changeStartBatchId: 0 }, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"],
    [{ changeStartBatchId: 0 }, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"],
    [{ snapshotStartBatchId: 0 }, "STDS_REQUIRED_OPTION_UNSPECIFIED"],
    [{ snapshotStartBatchId: 0, snapshotPartitionId: 0 }, "MILLRACE_UNSUPPORTED"],
    [{ stateVarName: "n" }, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", /Found operator=stateStoreSave/],
    [{ stateVarName: "n", readRegisteredTimers: true }, "STDS_CONFLICT_OPTIONS"],
    [{ operatorld: 0 }, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", /did you mean operatorId/],
  ];
  for (const [options, condition, text] of refused) await assert.rejects(it.read(options), fails(condition, text), JSON.stringify(options));
  await assert.rejects(it.mill.read.format("state").load().collect(), fails("STDS_REQUIRED_OPTION_UNSPECIFIED", /'path'/));
  await assert.rejects(it.read({ batchId: 99 }, "state-metadata"), fails("STDS_OFFSET_LOG_UNAVAILABLE"));
  await using stateless = new StateQuery("SELECT name FROM t", "append");
  await stateless.start();
  await stateless.add(INPUT[0]!);
  await assert.rejects(stateless.read(), fails("STDS_NO_PARTITION_DISCOVERED_IN_STATE_STORE"));
  assert.deepEqual(await stateless.read({}, "state-metadata"), []);
});

test("batches that are not kept any more are refused by name, and memory is given back", async () => {
  await using it = new StateQuery(GROUPED, "update", ["t"], { "spark.sql.streaming.stateStore.minDeltasForSnapshot": "2", "spark.sql.streaming.minBatchesToRetain": "4" });
  await it.start();
  let last = 0;
  for (let i = 0; i < 12; i++) last = await it.add([[i, "a", BigInt(i)]]);
  await it.query.stop();
  const [{ minBatchId, maxBatchId } = {} as StateRow] = await it.read({}, "state-metadata");
  assert.equal(maxBatchId, last);
  assert.ok(Number(minBatchId) > 0 && Number(minBatchId) >= last - 5, `kept from ${String(minBatchId)} to ${last}`);
  const before = linearMemory().inUseBytes;
  for (let batchId = Number(minBatchId); batchId <= last; batchId++) assert.equal((await it.read({ batchId })).length, 1 + Math.floor(batchId / 10));
  await assert.rejects(it.read({ batchId: Number(minBatchId) - 1 }), fails("STDS_OFFSET_LOG_UNAVAILABLE"));
  await assert.rejects(it.read({ readChangeFeed: true, changeStartBatchId: 0 }), fails("STDS_OFFSET_LOG_UNAVAILABLE"));
  assert.ok(linearMemory().inUseBytes - before <= 1 << 20, "what is left is the arena of constant expressions at most");
});

test("a damaged log is told, with its place", async () => {
  await using it = new StateQuery(GROUPED, "update");
  await it.start();
  for (const rows of INPUT) await it.add(rows);
  await it.query.stop();
  const folder = join(it.path, "log"), file = join(folder, readdirSync(folder).sort().at(-1)!), bytes = readFileSync(file);
  const name = Buffer.from("a name of more than twelve bytes"), at = bytes.indexOf(name);
  assert.ok(at > 0 && statSync(file).size > at);
  bytes[at + 4]! ^= 1;
  writeFileSync(file, bytes);
  await assert.rejects(it.read(), fails("MILLRACE_CHECKPOINT_CORRUPT", /log\/.* at byte/));
});

/** Catches looks into a running query that see half a batch, miss rows or pages, or hold up the query. */
import assert from "node:assert/strict";
import { get } from "node:http";
import test from "node:test";
import type { LocalEngine } from "../../src/api/local/local-engine.ts";
import { localEngine } from "../../src/api/local-engine.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { linearMemory } from "../../src/memory/linear-memory.ts";
import { servePage } from "../../src/server/serve-page.ts";
import { plain, StateQuery, type Input, type StateRow } from "./query.ts";

const GROUPED = "SELECT window(at, '10 seconds') w, name, count(*) c, sum(n) s FROM t GROUP BY window(at, '10 seconds'), name";
const rows: readonly Input[] = [[1, "a", 1n], [2, "a", 2n], [3, "b", 3n], [12, "a", 4n], [13, null, 5n], [18, "c", 6n]];
const fails = (condition: string, text?: RegExp) => (error: unknown): boolean => error instanceof MillraceError && error.condition === condition && (text?.test(error.message) ?? true);
const brief = (answer: { rows: readonly object[] }): unknown[] => answer.rows.map(plain).map(row => [((row["key"] as StateRow)["window"] as StateRow)["start"]?.toString().slice(11, 19), (row["key"] as StateRow)["name"], (row["value"] as StateRow)["sum"]]).sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));

test("rows by key, by a part of the key, and by time", async () => {
  await using it = new StateQuery(GROUPED, "update");
  await it.start();
  assert.deepEqual((await it.query.state()).rows, []);
  assert.equal((await it.query.state()).batchId, -1);
  const batchId = await it.add(rows);
  const all = await it.query.state();
  assert.deepEqual({ ...all, rows: undefined }, { batchId, operator: 0, operatorName: "stateStoreSave", store: "default", rowsTotal: 5, rows: undefined });
  assert.deepEqual(brief(all), [["00:00:00", "a", 3], ["00:00:00", "b", 3], ["00:00:10", "a", 4], ["00:00:10", "c", 6], ["00:00:10", null, 5]]);
  const window = { start: "1970-01-01T00:00:10Z", end: new Date(20_000) };
  assert.deepEqual(brief(await it.query.state({ key: { window, name: "a" } })), [["00:00:10", "a", 4]]);
  assert.deepEqual(brief(await it.query.state({ key: { window, name: null } })), [["00:00:10", null, 5]]);
  assert.deepEqual(brief(await it.query.state({ key: { window, name: "none" } })), []);
  assert.deepEqual(brief(await it.query.state({ key: { name: "a" } })), [["00:00:00", "a", 3], ["00:00:10", "a", 4]]);
  assert.deepEqual(brief(await it.query.state({ from: "1970-01-01T00:00:10Z" })), [["00:00:10", "a", 4], ["00:00:10", "c", 6], ["00:00:10", null, 5]]);
  assert.deepEqual(brief(await it.query.state({ from: "1970-01-01T00:00:10Z", to: new Date(20_000), key: { name: "a" } })), [["00:00:10", "a", 4]]);
  assert.deepEqual(brief(await it.query.state({ key: { window, name: "a" }, to: "1970-01-01T00:00:10Z" })), []);
  await assert.rejects(it.query.state({ key: { nane: "a" } }), fails("MILLRACE_INVALID_OPTION", /did you mean name/));
  await assert.rejects(it.query.state({ key: "a" }), fails("MILLRACE_INVALID_OPTION", /window, name/));
  await assert.rejects(it.query.state({ operator: 4 }), fails("MILLRACE_NO_SUCH_STATE", /0 \(stateStoreSave\)/));
  await assert.rejects(it.query.state({ store: "left" }), fails("MILLRACE_NO_SUCH_STATE", /default/));
  await assert.rejects(it.query.state({ limit: 0 }), fails("MILLRACE_INVALID_OPTION"));
  await assert.rejects(it.query.state({ after: "x" }), fails("MILLRACE_INVALID_OPTION"));
  await it.query.stop();
  await assert.rejects(it.query.state(), fails("MILLRACE_QUERY_ENDED", /read.format/));
});

test("pages give every row once, and a look during batches sees whole ones", { timeout: 60_000 }, async () => {
  const before = linearMemory().inUseBytes;
  await using it = new StateQuery("SELECT name, count(*) c, sum(n) s FROM t GROUP BY name", "update");
  await it.start();
  const names = Array.from({ length: 5_000 }, (_, i) => `key ${i}`);
  await it.add(names.map(name => [1, name, 0n]));
  const seen = new Set<unknown>();
  let after: string | undefined, pages = 0;
  do {
    const page = await it.query.state({ limit: 700, ...(after !== undefined && { after }) });
    for (const { key } of page.rows) seen.add(key["name"]);
    after = page.next;
    pages++;
  } while (after !== undefined);
  assert.equal(seen.size, names.length);
  assert.ok(pages >= 8, `${pages} pages`);
  const looked = new Set<number>();
  for (let batch = 1; batch <= 20; batch++) {
    const add = it.add(names.map(name => [1, name, BigInt(batch)])), looks = [it.query.state({ limit: 10_000 }), add.then(() => it.query.state({ limit: 10_000 }))];
    for (const { batchId, rows: found } of await Promise.all(looks)) {
      assert.equal(found.length, names.length);
      const sum = BigInt(batchId) * BigInt(batchId + 1) / 2n;
      for (const { value } of found) assert.deepEqual(value, { count: BigInt(batchId + 1), sum }, `batch ${batchId}`);
      looked.add(batchId);
    }
  }
  assert.equal(looked.size, 21, "before the first, and after each");
  assert.deepEqual((await it.query.state({ key: "key 77" })).rows, [{ key: { name: "key 77" }, value: { count: 21n, sum: 210n } }]);
  const many = await Promise.allSettled(Array.from({ length: 40 }, () => it.query.state({ limit: 1 })));
  assert.ok(many.some(one => one.status === "fulfilled") && many.every(one => one.status === "fulfilled" || fails("MILLRACE_STATE_BUSY")(one.reason)));
  await it.query.stop();
  assert.equal(linearMemory().inUseBytes, before);
});

test("a batch that fails is not looked at", async () => {
  let isFull = false, look: Promise<unknown> | undefined;
  await using it = new StateQuery(GROUPED, "update");
  await it.start(() => {
    if (!isFull) return;
    look = assert.rejects(it.query.state(), fails("MILLRACE_STATE_BUSY", /batch \d+ has failed/));
    throw new Error("the sink is full");
  });
  await it.add(rows);
  isFull = true;
  await assert.rejects(it.add(rows), /the sink is full/);
  assert.ok(look !== undefined);
  await look;
  await assert.rejects(it.query.state(), fails("MILLRACE_QUERY_ENDED"));
});

test("over HTTP", async () => {
  let engine: LocalEngine | undefined;
  await using it = new StateQuery(GROUPED, "update", ["t"], {}, context => {
    const made = localEngine(context);
    engine = made as LocalEngine;
    return made;
  });
  await it.start();
  const batchId = await it.add(rows), page = await servePage(engine!, { port: 0 });
  const ask = (query: string): Promise<{ status: number; json: any }> => new Promise((resolve, reject) => {
    get(`http://127.0.0.1:${new URL(page.url).port}/api/queries/${it.query.id}/state${query}`, response => {
      let text = "";
      response.setEncoding("utf8").on("data", chunk => { text += chunk; }).on("end", () => { resolve({ status: response.statusCode!, json: JSON.parse(text) }); });
    }).on("error", reject);
  });
  try {
    const { status, json } = await ask(`?key=${encodeURIComponent(JSON.stringify({ name: "a" }))}&from=1970-01-01T00:00:10Z&to=1970-01-01T00:00:20Z`);
    assert.equal(status, 200);
    assert.deepEqual({ ...json, rows: json.rows.map(({ partition: _partition, ...row }: { partition: number }) => row) }, {
      batchId, operator: 0, operatorName: "stateStoreSave", store: "default", rowsTotal: 5, next: null,
      keySchema: [{ name: "window", type: "STRUCT<start: TIMESTAMP, end: TIMESTAMP>" }, { name: "name", type: "STRING" }], valueSchema: [{ name: "count", type: "BIGINT" }, { name: "sum", type: "BIGINT" }],
      rows: [{ key: [["1970-01-01T00:00:10Z", "1970-01-01T00:00:20Z"], "a"], value: ["1", "4"] }],
    });
    const back = await ask(`?key=${encodeURIComponent(JSON.stringify({ window: json.rows[0].key[0], name: "a" }))}`);
    assert.deepEqual(back.json.rows, json.rows, "what was shown finds it again");
    const first = await ask("?limit=2"), second = await ask(`?limit=1000&after=${first.json.next}`);
    assert.deepEqual([first.json.rows.length, second.json.rows.length, second.json.next], [2, 3, null]);
    assert.deepEqual([(await ask("?operator=7")).status, (await ask("?operator=7")).json.error.condition], [400, "MILLRACE_NO_SUCH_STATE"]);
    assert.deepEqual([(await ask("?key=%7B")).status, (await ask("?limit=x")).status], [400, 400]);
    await it.query.stop();
    assert.deepEqual([(await ask("")).status, (await ask("")).json.error.condition], [409, "MILLRACE_QUERY_ENDED"]);
  } finally { await page.close(); }
});

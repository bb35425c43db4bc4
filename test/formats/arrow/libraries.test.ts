/**
 * Catches rows that change between Millrace and the two Arrow libraries of JavaScript: tables read as they lie in memory, also sliced ones, and
 * bytes that a library reads otherwise than it should.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import * as flechette from "@uwdata/flechette";
import * as apache from "apache-arrow";
import { linearMemory } from "../../../src/memory/linear-memory.ts";
import { session, stringify } from "../../../src/index.ts";

const FILES = join(import.meta.dirname, "files"), RARE = join(import.meta.dirname, "rare"), mill = session({ timeZone: "UTC" });
after(() => mill.stop());
const names = readdirSync(FILES).filter(one => !one.includes("lz4") && !one.includes("zstd"));
const rowsOf = async (frame: { collect(): Promise<unknown[]> }): Promise<string[]> => (await frame.collect()).map(row => stringify(row));

describe("tables in memory hold the rows that their bytes hold", () => {
  for (const name of names) {
    const bytes = readFileSync(join(FILES, name));
    test(`flechette: ${name}`, async () => {
      const table = flechette.tableFromIPC(bytes), expected = await rowsOf(await mill.fromArrow(bytes));
      assert.deepEqual(await rowsOf(mill.createDataFrame(table)), expected);
      assert.deepEqual(await rowsOf(await mill.fromArrow(table)), expected);
      assert.deepEqual((await mill.createDataFrame(table).schema()).toDDL(), (await (await mill.fromArrow(bytes)).schema()).toDDL());
    });
    test(`apache-arrow: ${name}`, async () => {
      const table = apache.tableFromIPC(bytes), whole = await mill.fromArrow(bytes), expected = await rowsOf(whole);
      assert.deepEqual(await rowsOf(mill.createDataFrame(table)), expected);
      for (const [from, to] of [[0, 3], [1, 70], [3, 11], [13, 39], [37, 45], [64, 66], [5, 5]] as const) assert.deepEqual(await rowsOf(mill.createDataFrame(table.slice(from, to))), expected.slice(from, to), `rows ${from} to ${to}`);
    });
  }
  test("some columns, some rows; all memory is given back", async () => {
    const big = apache.tableFromArrays({ id: Float64Array.from({ length: 50_000 }, (_, i) => i), text: Array.from({ length: 50_000 }, (_, i) => `text of row ${i}`) }), before = linearMemory().inUseBytes;
    assert.deepEqual(await mill.createDataFrame(big).where("id % 30000 = 1").select("id").collect(), [{ id: 1 }, { id: 30_001 }]);
    assert.equal((await mill.createDataFrame(big).limit(3).collect()).length, 3);
    assert.equal(linearMemory().inUseBytes, before);
  });
});

describe("tables that the libraries make", () => {
  test("flechette: decimals, dictionaries, runs, structs and maps", async () => {
    const { columnFromArray: column, float64, int32, int64, utf8 } = flechette;
    const table = flechette.tableFromColumns({
      runs: column(["a", "a", null, "b"], flechette.runEndEncoded(int32(), utf8())), d64: column([1.25, null, -2.5, 0], flechette.decimal(18, 2, 64)),
      d256: column([1.25, null, -2.5, 0], flechette.decimal(38, 2, 256)), dict: column(["p", null, "q", "p"], flechette.dictionary(utf8())), deep: column([{ a: [{ b: 1n }] }, null, { a: [] }, { a: null }], flechette.struct({ a: flechette.list(flechette.struct({ b: int64() })) })),
      map: column([new Map([["k", 1]]), null, new Map(), new Map([["z", 2]])], flechette.map(utf8(), float64())), large: column(["x", null, "a text of more than twelve bytes", ""], flechette.largeUtf8()),
    });
    const decimals = (text: string | null) => ({ d64: text, d256: text }), expected = [
      { runs: "a", ...decimals("1.25"), dict: "p", deep: { a: [{ b: 1n }] }, map: { k: 1 }, large: "x" }, { runs: "a", ...decimals(null), dict: null, deep: null, map: null, large: null },
      { runs: null, ...decimals("-2.50"), dict: "q", deep: { a: [] }, map: {}, large: "a text of more than twelve bytes" }, { runs: "b", ...decimals("0.00"), dict: "p", deep: { a: null }, map: { z: 2 }, large: "" },
    ];
    const plain = (row: Record<string, unknown>) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value instanceof Map ? Object.fromEntries(value) : name.startsWith("d") && /\d/.test(name) && value !== null ? String(value) : value]));
    assert.deepEqual((await mill.createDataFrame(table).collect()).map(plain), expected);
    for (const format of ["stream", "file"] as const) assert.deepEqual((await (await mill.fromArrow(flechette.tableToIPC(table, { format })!)).collect()).map(plain), expected);
  });
  test("pyarrow, read by flechette: runs, list views, decimals of 256 bits", async () => {
    const bytes = readFileSync(join(RARE, "types.arrow")), expected = [
      { runs16: "a", runs32: "a", runs64: "a", views: [14n, null], large: ["x"], deep: [[1], []], wide: "1.25", narrow: "-1.25" },
      { runs16: "a", runs32: "a", runs64: "a", views: [], large: ["y", null], deep: [], wide: null, narrow: null },
      { runs16: null, runs32: null, runs64: null, views: [10n, 11n, 12n], large: null, deep: null, wide: "-99999999999999999999999999999999.50", narrow: "2.50" },
      { runs16: "a longer text of many bytes", runs32: "a longer text of many bytes", runs64: "a longer text of many bytes", views: [11n], large: [], deep: [[2, 3]], wide: "0.00", narrow: "0.00" },
      { runs16: "a longer text of many bytes", runs32: "a longer text of many bytes", runs64: "a longer text of many bytes", views: null, large: ["z"], deep: [null], wide: "7.00", narrow: "3.00" },
    ];
    const plain = (row: Record<string, unknown>) => ({ ...row, wide: row["wide"] === null ? null : String(row["wide"]), narrow: row["narrow"] === null ? null : String(row["narrow"]) });
    assert.deepEqual((await mill.read.format("arrow").load(join(RARE, "types.arrow")).collect()).map(plain), expected);
    assert.deepEqual((await mill.createDataFrame(flechette.tableFromIPC(bytes)).collect()).map(plain), expected);
    assert.deepEqual(await mill.createDataFrame(flechette.tableFromIPC(bytes)).select("deep").collect(), expected.map(({ deep }) => ({ deep })));
  });
  test("pyarrow: dictionaries that grow, and one that takes another's place", async () => {
    const bytes = readFileSync(join(RARE, "growing.arrows")), third = "a third word of the dictionary", expected = ["a", "b", null, third, "a", "", "", "b", "new"].map(word => ({ word }));
    assert.deepEqual(await (await mill.fromArrow(bytes)).collect(), expected);
    assert.deepEqual(await mill.createDataFrame(flechette.tableFromIPC(bytes)).collect(), expected);
    assert.deepEqual(await mill.createDataFrame(apache.tableFromIPC(bytes)).collect(), expected);
  });
  test("apache-arrow: dictionaries that grow from batch to batch, in its table and as a stream", async () => {
    const builder = apache.makeBuilder({ type: new apache.Dictionary(new apache.Utf8(), new apache.Int8()), nullValues: [null] });
    const chunks: apache.Data[] = [];
    for (const values of [["a", "b", null], ["b", "c"], ["a", "d", "d"]]) {
      for (const value of values) builder.append(value);
      chunks.push(builder.flush());
    }
    const table = new apache.Table({ word: new apache.Vector(chunks) }), expected = ["a", "b", null, "b", "c", "a", "d", "d"].map(word => ({ word }));
    assert.deepEqual(await mill.createDataFrame(table).collect(), expected);
    for (const form of ["stream", "file"] as const) assert.deepEqual(await (await mill.fromArrow(apache.tableToIPC(table, form))).collect(), expected);
  });
  test("unions and decimals of more than 38 digits are refused by name, and so are columns that are cut differently", async () => {
    for (const [name, message] of [["union.arrow", /Union/], ["too-wide.arrow", /decimal\(76, 0\)/]] as const) {
      const bytes = readFileSync(join(RARE, name));
      await assert.rejects(mill.fromArrow(bytes), { condition: "MILLRACE_UNSUPPORTED", message });
      await assert.rejects(mill.createDataFrame(flechette.tableFromIPC(bytes)).collect(), { condition: "MILLRACE_UNSUPPORTED", message });
    }
    const { data } = flechette.columnFromArray([1, 2, 3], flechette.int32(), { maxBatchRows: 2 }), uneven = flechette.tableFromColumns({ a: flechette.columnFromArray([1, 2, 3], flechette.int32()), b: new flechette.Column(data as never) });
    await assert.rejects(mill.createDataFrame(uneven).collect(), { condition: "MILLRACE_MALFORMED_ARROW", message: /cut at different rows/ });
  });
});

describe("what toArrow() gives is read by both", () => {
  const frame = mill.sql(`SELECT id, CAST(id AS INT) AS i, id / 2 AS d, CAST(id AS DECIMAL(12, 3)) AS dec, IF(id % 3 = 0, NULL, concat('text number ', id)) AS s, timestamp_seconds(id) AS ts, CAST(timestamp_seconds(id) AS TIMESTAMP_NTZ) AS ntz,
    date_add(DATE'2020-01-01', CAST(id AS INT)) AS day, id % 2 = 0 AS b, array(id, NULL) AS xs, map('k', CAST(id AS DOUBLE)) AS m, named_struct('p', id, 'q', named_struct('z', 'w')) AS st, CAST('bytes' AS BINARY) AS raw, 'same' AS k, NULL AS n,
    make_dt_interval(0, 0, 0, id) AS dt, make_ym_interval(0, CAST(id AS INT)) AS ym, CAST(id AS TINYINT) AS t, CAST(id AS FLOAT) AS f FROM range(100) WHERE id % 7 <> 1`);

  test("rows of all types", async () => {
    const bytes = await frame.toArrow(), expected = await rowsOf(frame);
    {
      const there = flechette.tableFromIPC(bytes, { useBigInt: true, useDate: true, useMap: true }), row = there.get(1) as Record<string, unknown>;
      assert.equal(there.numRows, expected.length);
      assert.deepEqual([row["id"], row["s"], (row["ts"] as Date).toISOString(), row["xs"], row["dec"], row["b"], row["st"], (row["m"] as Map<string, number>).get("k")], [2n, "text number 2", "1970-01-01T00:00:02.000Z", [2n, null], 2, true, { p: 2n, q: { z: "w" } }, 2]);
      assert.deepEqual(await rowsOf(mill.createDataFrame(there)), expected);
      assert.deepEqual(await rowsOf(await mill.fromArrow(flechette.tableToIPC(there, {})!)), expected);
    }
    const here = apache.tableFromIPC(bytes), row = here.get(1)!.toJSON();
    assert.equal(here.numRows, expected.length);
    assert.deepEqual([row["id"], row["s"], Number(row["ts"]), [...row["xs"]], row["b"], row["st"].toJSON().p], [2n, "text number 2", 2000, [2n, null], true, 2n]);
    assert.deepEqual(await rowsOf(mill.createDataFrame(here)), expected);
    assert.deepEqual(await rowsOf(await mill.fromArrow(apache.tableToIPC(here))), expected);
  });
  test("columns of numbers lie in the bytes that were given: nothing is copied", async () => {
    const bytes = await mill.range(5000).toArrow(), there = flechette.tableFromIPC(bytes, { useBigInt: true }), here = apache.tableFromIPC(bytes);
    assert.ok((there.getChildAt(0).data[0]!.values as BigInt64Array).buffer === bytes.buffer);
    assert.ok(here.getChildAt(0)!.data[0]!.values.buffer === bytes.buffer);
  });
});

test("apache-arrow reads batches of a stream one after the other, flechette its pieces", async () => {
  const frame = mill.range(10_000), counts: number[] = [];
  for await (const batch of await apache.RecordBatchReader.from(frame.toArrowStream())) counts.push(batch.numRows);
  assert.deepEqual(counts, [4096, 4096, 1808]);
  const pieces: Uint8Array[] = [];
  for await (const piece of frame.toArrowStream()) pieces.push(piece);
  assert.equal(flechette.tableFromIPC(pieces).numRows, 10_000);
});

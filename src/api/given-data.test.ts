/** Catches rows that change between a program and a frame, iterables that are read too far, too often or not to their end, and data that is taken for what it isn't. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import test from "node:test";
import { Decimal, Timestamp, bigint, decimal, double, int, schema, session, string, timestamp } from "../index.ts";

const mill = session({ timeZone: "UTC" });
test.after(() => mill.stop());
const Item = schema({ id: bigint().notNull(), name: string() }), items = [{ id: 1n, name: "a" }, { id: 2n, name: null }, { id: 3n, name: "c" }];
async function* asyncItems(count = 3, log: string[] = []) {
  try {
    for (let i = 0; i < count; i++) {
      if (i % 1000 === 0) await Promise.resolve();
      yield { id: i + 1, name: i % 2 === 0 ? `n${i}` : null };
    }
    log.push("end");
  } finally {
    log.push("closed");
  }
}

test("rows of arrays, sets, generators, streams and functions", async () => {
  for (const rows of [items, new Set(items), items.values(), Readable.from(items), ReadableStream.from(items), () => items, () => Readable.from(items)]) assert.deepEqual(await mill.createDataFrame(rows as typeof items, Item).collect(), items);
  assert.deepEqual(await mill.read.schema(Item).from(Readable.from(items)).where(r => r.id.gt(1)).select("id").collect(), [{ id: 2n }, { id: 3n }]);
});

test("an iterable is read once, to where it is wanted, and closed; a function as often as wanted", async () => {
  const log: string[] = [], once = mill.createDataFrame(asyncItems(20_000, log), Item);
  assert.deepEqual(log, []);
  assert.equal((await once.limit(2).collect()).length, 2);
  await new Promise(setImmediate);
  assert.deepEqual(log, ["closed"]);
  await assert.rejects(once.collect(), { condition: "MILLRACE_READ_ONCE" });
  const often = mill.createDataFrame(() => asyncItems(10_000), Item);
  assert.deepEqual([await often.count(), await often.count(), await often.join(often, "id").count()], [10_000, 10_000, 10_000]);
  const kept = mill.createDataFrame(asyncItems(100), Item).cache();
  assert.deepEqual([await kept.count(), await kept.count()], [100, 100]);
});

test("what an iterable throws, and rows that are none, end the query", async () => {
  const failing = async function* () { yield { id: 1n }; throw new Error("the line is dead"); };
  await assert.rejects(mill.createDataFrame(failing(), Item).collect(), (error: Error) => (error as { condition?: string }).condition === "MILLRACE_ROWS_FAILED" && /line is dead/.test(error.message));
  await assert.rejects(mill.createDataFrame(Readable.from([Buffer.from("x")]) as never, Item).collect(), { condition: "MILLRACE_NO_ROWS", hint: /object mode/ });
  await assert.rejects(mill.createDataFrame((() => 7) as never, Item).collect(), { condition: "MILLRACE_NO_ROWS" });
  await assert.rejects(mill.createDataFrame(Readable.from([{ id: null }]) as never, Item).collect(), { condition: "FIELD_NOT_NULLABLE_WITH_NAME" });
  const stuck = mill.createDataFrame({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }, Item), abort = new AbortController();
  setImmediate(() => abort.abort());
  await assert.rejects(stuck.collect({ signal: abort.signal }), { condition: "OPERATION_CANCELED" });
});

test("types are found in rows, and told where they can't be", async () => {
  const found = mill.createDataFrame([{ n: 1, big: 2n, s: "x", at: new Date(0), list: [1, null], inner: { a: "y" }, map: new Map([["k", 1n]]), price: Decimal.from("1.5") }, { n: null, big: 3n, s: "z", at: null, list: [], inner: { a: null, b: true }, map: null, price: null }]);
  assert.equal((await found.schema()).toDDL(), "n DOUBLE,big BIGINT,s STRING,at TIMESTAMP,list ARRAY<DOUBLE>,inner STRUCT<a: STRING, b: BOOLEAN>,map MAP<STRING, BIGINT>,price DECIMAL(38,18)");
  const [row] = await found.select(r => ({ twice: r.n.mul(2), next: r.big.plus(1), a: r.inner.a })).collect();
  assert.deepEqual(row, { twice: 2, next: 3n, a: "y" });
  assert.ok(((await found.collect())[0]!.at) instanceof Timestamp);
  assert.throws(() => mill.createDataFrame([]), { condition: "CANNOT_INFER_EMPTY_SCHEMA" });
  assert.throws(() => mill.createDataFrame([{ a: null }]), { condition: "CANNOT_DETERMINE_TYPE" });
  assert.throws(() => mill.createDataFrame([{ a: { b: 1 } }, { a: { b: "x" } }]), { condition: "CANNOT_MERGE_TYPE", message: /a\.b/ });
  assert.throws(() => mill.createDataFrame([1, 2] as never), /parallelize/);
  assert.throws(() => mill.createDataFrame(asyncItems() as never), /need a schema/);
});

test("columns: typed arrays as they are, arrays by their values, and by a schema", async () => {
  const count = 10_000, index = Array.from({ length: count }, (_, i) => i);
  const columns = {
    i8: Int8Array.from(index, i => i - 128), i16: Int16Array.from(index), i32: Int32Array.from(index, i => -i), i64: BigInt64Array.from(index, i => BigInt(i) * -(2n ** 40n)), u8: Uint8Array.from(index), u8c: Uint8ClampedArray.from(index), u16: Uint16Array.from(index, i => 65_535 - i),
    u32: Uint32Array.from(index, i => 2 ** 32 - 1 - i), u64: BigUint64Array.from(index, i => 2n ** 64n - 1n - BigInt(i)), f32: Float32Array.from(index, i => i / 4), f64: Float64Array.from(index, i => i / 3), text: index.map(i => (i % 5 === 0 ? null : `t${i}`)), big: index.map(BigInt),
  };
  const frame = mill.createDataFrame(columns);
  assert.equal((await frame.schema()).toDDL(), "i8 TINYINT NOT NULL,i16 SMALLINT NOT NULL,i32 INT NOT NULL,i64 BIGINT NOT NULL,u8 SMALLINT NOT NULL,u8c SMALLINT NOT NULL,u16 INT NOT NULL,u32 BIGINT NOT NULL,u64 DECIMAL(20,0) NOT NULL,f32 FLOAT NOT NULL,f64 DOUBLE NOT NULL,text STRING,big BIGINT");
  const rows = await frame.collect();
  for (const i of [0, 1, 4095, 4096, 5001, 9999]) {
    const row = rows[i]!;
    assert.deepEqual([row.i8, row.i16, row.i32, row.i64, row.u8, row.u8c, row.u16, row.u32, row.u64.unscaled, row.f32, row.f64, row.text, row.big], [columns.i8[i], columns.i16[i], columns.i32[i], columns.i64[i], columns.u8[i], columns.u8c[i], columns.u16[i], BigInt(columns.u32[i]!), columns.u64[i], columns.f32[i], columns.f64[i], columns.text[i], columns.big[i]]);
  }
  const typed = mill.createDataFrame({ n: Int32Array.of(1, 2), at: ["2026-03-01T00:00:00Z", null], price: Float64Array.of(1.5, 2), x: Float64Array.of(1, NaN) }, schema({ x: double().notNull(), n: bigint().notNull(), at: timestamp(), price: decimal(10, 2) }));
  assert.deepEqual((await typed.collect()).map(row => [row.x, row.n, String(row.at), String(row.price)]), [[1, 1n, "2026-03-01T00:00:00Z", "1.50"], [NaN, 2n, "null", "2.00"]]);
  assert.equal(await mill.createDataFrame({ i: new Int32Array(0) }).count(), 0);
  assert.throws(() => mill.createDataFrame({ a: [1], b: [1, 2] }), /'b' has 2/);
  assert.throws(() => mill.createDataFrame({ a: "text" }), /no array/);
  assert.throws(() => mill.createDataFrame({ n: [1, null] }, schema({ n: int().notNull() }) as never), { condition: "FIELD_NOT_NULLABLE_WITH_NAME" });
  assert.throws(() => mill.createDataFrame({ n: [1], more: [2] }, schema({ n: int() }) as never), /no column 'more'/);
});

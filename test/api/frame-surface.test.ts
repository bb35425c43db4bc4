/** Catches methods of frames and columns that give other rows, columns or errors than those of PySpark: the expected values are its answers (those of sample(): of its SQL). */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError, boolean, bigint, double, int, schema, session, string, struct, type DataFrame } from "millrace";
import * as F from "millrace/functions";

const T = schema({ id: int(), s: string(), x: double(), ok: boolean() });
const rows = [{ id: 1, s: "a", x: 2, ok: true }, { id: 2, s: "b", ok: false }, { id: 3, x: NaN }, { s: "12", x: 4.5, ok: true }];
const Ab = schema({ a: int(), b: string() }), ab = [{ a: 1, b: "x" }, { a: 1, b: "y" }, { a: 2, b: "x" }, { a: 2, b: "x" }, { a: 3 }];
const tuples = async (frame: DataFrame<any, any>): Promise<unknown[][]> => (await frame.collect()).map(row => Object.values(row as object));

test("describe and summary", async () => {
  await using mill = session({ timeZone: "UTC" });
  const df = mill.createDataFrame(rows, T);
  assert.deepEqual(await tuples(df.describe()), [["count", "3", "3", "3"], ["mean", "2.0", "12.0", "NaN"], ["stddev", "1.0", null, "NaN"], ["min", "1", "12", "2.0"], ["max", "3", "b", "NaN"]]);
  assert.deepEqual(await df.describe("id").where(r => F.col("summary").eq("mean")).collect(), [{ summary: "mean", id: "2.0" }]);
  assert.deepEqual((await tuples(df.summary())).slice(4, 7), [["25%", "1", "12.0", "2.0"], ["50%", "2", "12.0", "4.5"], ["75%", "3", "12.0", "NaN"]]);
  assert.deepEqual(await tuples(df.summary("count_distinct", "approx_count_distinct")), [["count_distinct", "3", "3", "3"], ["approx_count_distinct", "3", "3", "3"]]);
  await assert.rejects(df.summary("foo").collect(), { condition: "UNRECOGNIZED_STATISTIC" });
  assert.deepEqual(await tuples(df.select("ok").describe()), [["count"], ["mean"], ["stddev"], ["min"], ["max"]]);
});

test("missing values are filled, replaced and left out", async () => {
  await using mill = session({ timeZone: "UTC" });
  const df = mill.createDataFrame(rows, T);
  assert.deepEqual(await tuples(df.na.fill(0)), [[1, "a", 2, true], [2, "b", 0, false], [3, null, 0, null], [0, "12", 4.5, true]]);
  assert.deepEqual((await df.na.fill("?").collect()).map(r => r.s), ["a", "b", "?", "12"]);
  assert.deepEqual((await df.na.fill(true).collect()).map(r => r.ok), [true, false, true, true]);
  assert.deepEqual((await df.na.fill(7.9, ["id", "s"]).collect()).map(r => [r.id, r.x]), [[1, 2], [2, null], [3, NaN], [7, 4.5]]);
  assert.deepEqual(await tuples(df.na.fill({ id: 9, s: "z", x: 1 })), [[1, "a", 2, true], [2, "b", 1, false], [3, "z", 1, null], [9, "12", 4.5, true]]);
  assert.deepEqual((await df.na.drop().collect()).map(r => r.s), ["a"]);
  assert.deepEqual((await df.na.drop({ how: "all", subset: ["x"] }).collect()).map(r => r.s), ["a", "12"]);
  assert.deepEqual((await df.na.drop({ thresh: 3 }).collect()).map(r => r.s), ["a", "b", "12"]);
  assert.deepEqual(await tuples(df.na.replace(new Map([[1, 10], [2, 20]])).select("id", "x")), [[10, 20], [20, null], [3, NaN], [null, 4.5]]);
  assert.deepEqual((await df.na.replace(new Map([["a", "A"], ["b", null]]), ["s"]).collect()).map(r => r.s), ["A", null, null, "12"]);
  assert.deepEqual((await df.na.replace(new Map([[2, 5.5]])).collect()).map(r => [r.id, r.x]), [[1, 5.5], [5, null], [3, NaN], [null, 4.5]]);
  await assert.rejects(df.na.fill(0, ["nope" as "id"]).collect(), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
});

test("statistics", async () => {
  await using mill = session({ timeZone: "UTC" });
  const df = mill.createDataFrame(rows, T), filled = df.na.fill(0), pairs = mill.createDataFrame(ab, Ab);
  assert.ok(Math.abs(await filled.stat.corr("id", "x") as number + 0.9368167220840241) < 1e-12);
  assert.equal(await filled.stat.cov("id", "x"), -2.5833333333333335);
  assert.deepEqual(await df.stat.approxQuantile("id", [0, 0.5, 1], 0), [1, 2, 3]);
  assert.deepEqual(await tuples(await pairs.stat.crosstab("a", "b")), [["1", 0n, 1n, 1n], ["2", 0n, 2n, 0n], ["3", 1n, 0n, 0n]]);
  assert.deepEqual(Object.keys((await (await pairs.stat.crosstab("a", "b")).collect())[0]!), ["a_b", "null", "x", "y"]);
  assert.deepEqual(await pairs.stat.freqItems(["a", "b"], 0.4).collect(), [{ a_freqItems: [1, 2], b_freqItems: ["x"] }]);
  const range = mill.range(20);
  assert.deepEqual((await tuples(range.sample(0.3, { seed: 42 }))).flat(), [3n, 7n, 16n, 18n]);
  assert.deepEqual((await tuples(range.withColumn("k", r => r.id.mod(3)).stat.sampleBy("k", new Map([[0, 0.5], [1, 0.2]]), { seed: 3 }))).map(([id]) => id), [0n, 4n, 15n]);
  const [one, two] = range.randomSplit([1, 2], { seed: 7 });
  assert.deepEqual((await tuples(one!)).flat(), [0n, 6n, 8n, 11n, 13n]);
  assert.deepEqual((await tuples(two!)).flat(), [1n, 2n, 3n, 4n, 5n, 7n, 9n, 10n, 12n, 14n, 15n, 16n, 17n, 18n, 19n]);
  const [a, b] = range.randomSplit([1, 1]);
  assert.equal(await a!.count() + await b!.count(), 20);
});

test("columns become rows, and rows columns", async () => {
  await using mill = session({ timeZone: "UTC" });
  const wide = mill.createDataFrame([{ id: 1, a: 10, b: 1.5 }, { id: 2, b: 2.5 }], schema({ id: int(), a: int(), b: double() }));
  assert.deepEqual(await tuples(wide.unpivot(["id"], null, "k", "v").orderBy("id", "k")), [[1, "a", 10], [1, "b", 1.5], [2, "a", null], [2, "b", 2.5]]);
  assert.deepEqual(await wide.unpivot(["id"], ["a"], "k", "v").collect(), [{ id: 1, k: "a", v: 10 }, { id: 2, k: "a", v: null }]);
  const table = mill.createDataFrame([{ k: "B", x: 1, y: 2.5 }, { k: "A", x: 3, y: 4.5 }], schema({ k: string(), x: int(), y: double() }));
  assert.deepEqual(await (await table.transpose()).collect(), [{ key: "x", A: 3, B: 1 }, { key: "y", A: 4.5, B: 2.5 }]);
  await assert.rejects(table.transpose("x"), { condition: "TRANSPOSE_NO_LEAST_COMMON_TYPE" });
  await assert.rejects(async () => table.transpose("nope" as "x"), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
  assert.deepEqual(await mill.createDataFrame([{ a: 1 }], Ab).toJSON().collect(), [{ value: '{"a":1}' }]);
  assert.deepEqual((await tuples(mill.createDataFrame(ab, Ab).zipWithIndex("n"))).map(row => row[2]), [0n, 1n, 2n, 3n, 4n]);
  assert.deepEqual(await mill.range(20).tail(3), [{ id: 17n }, { id: 18n }, { id: 19n }]);
  assert.deepEqual(await mill.range(2).toDF("z").collect(), [{ z: 0n }, { z: 1n }]);
  assert.deepEqual(await mill.createDataFrame(ab, Ab).withColumnsRenamed({ a: "b2" }).limit(1).collect(), [{ b2: 1, b: "x" }]);
  assert.deepEqual(await mill.createDataFrame(ab, Ab).drop("a").limit(1).collect(), [{ b: "x" }]);
});

test("grouping sets, sets of rows, unions by name", async () => {
  await using mill = session({ timeZone: "UTC" });
  const df = mill.createDataFrame(ab, Ab);
  const sets = await tuples(df.groupingSets([["a"], ["b"], []], "a", "b").agg(() => ({ n: F.count(), g: F.grouping_id() })));
  assert.deepEqual(sets.map(row => row.join()).sort(), [[1, null, 2n, 1n], [null, "x", 3n, 2n], [null, null, 5n, 3n], [null, "y", 1n, 2n], [2, null, 2n, 1n], [3, null, 1n, 1n], [null, null, 1n, 2n]].map(row => row.join()).sort());
  const a = df.select("a"), numbers = (...list: number[]) => mill.createDataFrame(list.map(value => ({ a: value })), schema({ a: int() }));
  assert.deepEqual((await tuples(a.exceptAll(numbers(2)).orderBy("a"))).flat(), [1, 1, 2, 3]);
  assert.deepEqual((await tuples(a.intersectAll(numbers(1, 1, 1, 2)).orderBy("a"))).flat(), [1, 1, 2]);
  assert.deepEqual(await mill.sql("SELECT 1 AS a, 2 AS b").as(schema({ a: int().notNull(), b: int().notNull() })).unionByName(mill.sql("SELECT 3 AS b, 4 AS c").as(schema({ b: int().notNull(), c: int().notNull() })), { allowMissingColumns: true }).collect(), [{ a: 1, b: 2, c: null }, { a: null, b: 3, c: 4 }]);
  assert.deepEqual((await tuples(mill.range(1, 6).agg(r => ({ p: F.product(r.id) })))), [[120]]);
});

test("structs get and lose fields", async () => {
  await using mill = session({ timeZone: "UTC" });
  const S = schema({ s: struct({ a: int(), b: struct({ c: int(), d: int() }) }) });
  const df = mill.createDataFrame([{ s: { a: 1, b: { c: 2, d: 3 } } }, {}], S);
  assert.deepEqual(await df.select(r => ({ r: r.s.withField("a", F.lit("x")) })).collect(), [{ r: { a: "x", b: { c: 2, d: 3 } } }, { r: null }]);
  assert.deepEqual(await df.select(r => ({ r: r.s.withField("b.c", F.lit(9)) })).collect(), [{ r: { a: 1, b: { c: 9, d: 3 } } }, { r: null }]);
  assert.deepEqual(await df.select(r => ({ r: r.s.withField("z", F.lit(9)) })).collect(), [{ r: { a: 1, b: { c: 2, d: 3 }, z: 9 } }, { r: null }]);
  assert.deepEqual(await df.select(() => ({ r: F.col("s").dropFields("b.c", "a") })).collect(), [{ r: { b: { d: 3 } } }, { r: null }]);
  assert.deepEqual(await df.select(() => ({ r: F.col("s").dropFields("nope") })).limit(1).collect(), [{ r: { a: 1, b: { c: 2, d: 3 } } }]);
  await assert.rejects(df.select(r => ({ r: r.s.dropFields("a", "b") })).collect(), { condition: "DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS" });
  assert.deepEqual(await mill.createDataFrame(rows, T).select(r => ({ n: r.x.isNaN(), u: r.s.transform(F.upper) })).limit(1).collect(), [{ n: false, u: "A" }]);
});

test("frames in expressions of other frames", async () => {
  await using mill = session({ timeZone: "UTC" });
  const Order = schema({ id: int().notNull(), customer: int().notNull(), total: int().notNull() }), Customer = schema({ customer: int().notNull(), name: string().notNull() });
  const orders = mill.createDataFrame([{ id: 1, customer: 1, total: 5 }, { id: 2, customer: 2, total: 7 }, { id: 3, customer: 9, total: 9 }], Order), customers = mill.createDataFrame([{ customer: 1, name: "ada" }, { customer: 2, name: "bob" }, { customer: 3, name: "cy" }], Customer);
  const ids = async (frame: DataFrame<any>): Promise<unknown[]> => (await frame.orderBy("id").collect() as { id: number }[]).map(r => r.id);
  assert.deepEqual(await ids(orders.where(o => customers.where(c => c.customer.eq(o.customer.outer())).exists())), [1, 2]);
  assert.deepEqual(await ids(orders.where(o => customers.where(c => c.customer.eq(o.customer.outer())).exists().not())), [3]);
  assert.deepEqual(await ids(orders.where(o => o.customer.isin(customers.select("customer")))), [1, 2]);
  assert.deepEqual(await ids(orders.where(o => o.total.gt(orders.agg(r => ({ a: F.avg(r.total) })).scalar()))), [3]);
  assert.deepEqual(await orders.select(o => ({ id: o.id, name: customers.where(c => c.customer.eq(o.customer.outer())).select("name").scalar() })).orderBy("id").collect(), [{ id: 1, name: "ada" }, { id: 2, name: "bob" }, { id: 3, name: null }]);
});

test("what is accepted and changes nothing, and what is refused", async () => {
  await using mill = session({ timeZone: "UTC" });
  const df = mill.createDataFrame(ab, Ab);
  for (const same of [df.repartition(4), df.repartition("a"), df.repartition(2, "a", "b"), df.repartitionByRange(2, "b"), df.coalesce(1), df.hint("broadcast"), df.hint("rebalance", 3, "a"), F.broadcast(df)]) assert.equal(await same.count(), 5);
  assert.deepEqual((await df.sortWithinPartitions(r => r.a.desc()).first())?.a, 3);
  assert.throws(() => df.repartition("nope" as "a"), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
  assert.throws(() => df.repartition(0), { condition: "MILLRACE_INVALID_ARGUMENT" });
  assert.throws(() => df.sample(2), (error: unknown) => error instanceof MillraceError);
  assert.match(await df.join(F.broadcast(mill.createDataFrame(ab, Ab).toDF("a", "c")), "a" as never).explain("extended"), /broadcast/);
  let partitions = 0;
  await mill.range(10_000).foreachPartition(values => { partitions += values.length; });
  assert.equal(partitions, 10_000);
});

test("functions over lists and maps, and the rarer ones", async () => {
  await using mill = session({ timeZone: "UTC" });
  const one = mill.range(1).select(() => ({ xs: F.array(F.lit(3), F.lit(1), F.lit(2)), m: F.map(F.lit("a"), F.lit(1), F.lit("b"), F.lit(2)) }));
  const row = (await one.select(r => ({
    sum: F.aggregate(r.xs, F.lit(0), (sum, x) => sum.plus(x)), twice: F.aggregate(r.xs, F.lit(0), (sum, x) => sum.plus(x), sum => sum.mul(2)), sorted: F.array_sort(r.xs), down: F.array_sort(r.xs, (a, b) => b.minus(a)),
    zipped: F.zip_with(r.xs, r.xs, (a, b) => a.plus(b)), kept: F.map_filter(r.m, (_k, v) => v.gt(1)), keys: F.transform_keys(r.m, k => F.upper(k)), values: F.transform_values(r.m, (_k, v) => v.mul(10)),
    type: F.typeof(r.xs), size: F.array_size(r.xs), has: F.map_contains_key(r.m, "a"), date: F.make_timestamp_ntz(2026, 3, 1, 0, 0, 0), text: F.elt(2, F.lit("x"), F.lit("y")), zero: F.zeroifnull(F.nullifzero(F.lit(0))), not: F.bitwise_not(F.lit(5)),
    later: F.timestamp_diff("DAY", F.to_date(F.lit("2026-03-01")), F.to_date(F.lit("2026-03-11"))), like: F.like(F.lit("abc"), "a%"), pi: F.pi(), json: F.to_csv(F.struct({ a: F.lit(1), b: F.lit("x") })),
  })).collect())[0]!;
  assert.deepEqual([row.sum, row.twice, row.sorted, row.down, row.zipped], [6, 12, [1, 2, 3], [3, 2, 1], [6, 2, 4]]);
  assert.deepEqual([row.kept, row.keys, row.values], [new Map([["b", 2]]), new Map([["A", 1], ["B", 2]]), new Map([["a", 10], ["b", 20]])]);
  assert.deepEqual([row.type, row.size, row.has, String(row.date), row.text, row.zero, row.not, row.later, row.like, row.pi, row.json], ["array<int>", 3, true, "2026-03-01T00:00:00", "y", 0, -6, 10n, true, Math.PI, "1,x"]);
  assert.deepEqual(await mill.range(4).orderBy(F.desc_nulls_last("id")).limit(1).collect(), [{ id: 3n }]);
  void bigint;
});

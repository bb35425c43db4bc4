/** Catches API programs that compile and build a plan, but give other rows than they say, or none, when they run. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, int, schema, session, string, timestamp } from "millrace";
import { coalesce, col, count, desc, lit, sum, when } from "millrace/functions";

const Order = schema({ id: bigint().notNull(), customer: string(), qty: int().notNull(), at: timestamp() });
const ORDERS = [
  { id: 1n, customer: "ann", qty: 5, at: "2026-01-01T00:00:00Z" }, { id: 2, customer: "bob", qty: 120 }, { id: 3, qty: 7 }, { id: 4, customer: "ann", qty: 1 },
];
const open = () => session({ timeZone: "UTC" });

test("rows go in and come out as they are", async () => {
  await using mill = open();
  const orders = mill.createDataFrame(ORDERS, Order), rows = await orders.collect();
  assert.deepEqual(rows.map(row => [row.id, row.customer, row.qty, row.at?.toString() ?? null]), [[1n, "ann", 5, "2026-01-01T00:00:00Z"], [2n, "bob", 120, null], [3n, null, 7, null], [4n, "ann", 1, null]]);
  assert.equal(await orders.count(), 4);
  assert.deepEqual((await orders.take(2)).map(row => row.id), [1n, 2n]);
  assert.equal((await orders.first())?.id, 1n);
  assert.equal(await orders.where(r => r.qty.gt(1000)).first(), undefined);
  assert.equal(await orders.limit(0).isEmpty(), true);
  const seen: bigint[] = [];
  for await (const row of orders) { seen.push(row.id); if (row.id === 2n) break; }
  assert.deepEqual(seen, [1n, 2n]);
});

test("select, where, order and conditions", async () => {
  await using mill = open();
  const rows = await mill.createDataFrame(ORDERS, Order)
    .select(r => ({ ...r, size: when(r.qty.gte(100), "big").otherwise("small"), who: coalesce(r.customer, "?"), twice: r.qty.mul(2), one: lit(1) }))
    .where(r => r.twice.gt(2).and(r.one.eq(1))).drop("at", "one").withColumnRenamed("qty", "quantity").orderBy(r => [r.who.asc(), r.id.desc()]).collect();
  assert.deepEqual(rows, [
    { id: 3n, customer: null, quantity: 7, size: "small", who: "?", twice: 14 },
    { id: 1n, customer: "ann", quantity: 5, size: "small", who: "ann", twice: 10 },
    { id: 2n, customer: "bob", quantity: 120, size: "big", who: "bob", twice: 240 },
  ]);
});

test("groups, with callbacks and by names", async () => {
  await using mill = open();
  const orders = mill.createDataFrame(ORDERS, Order);
  const typed = await orders.groupBy("customer").agg(r => ({ n: count(), total: sum(r.qty) })).orderBy(r => r.total.desc()).collect();
  assert.deepEqual(typed, [{ customer: "bob", n: 1n, total: 120n }, { customer: null, n: 1n, total: 7n }, { customer: "ann", n: 2n, total: 6n }]);
  const named = await orders.where(col("qty").gt(1)).groupBy("customer").agg(sum("qty").as("total")).orderBy(desc("total")).limit(1).collect();
  assert.deepEqual(named, [{ customer: "bob", total: 120n }]);
  assert.deepEqual(await orders.where(r => r.qty.lt(0)).agg(r => ({ n: count(), total: sum(r.qty) })).collect(), [{ n: 0n, total: null }]);
  assert.deepEqual(await orders.groupBy("customer").sum("qty").where(r => r.customer.eq("ann")).collect(), [{ customer: "ann", "sum(qty)": 6n }]);
});

test("SQL over frames and views, with values bound", async () => {
  await using mill = open();
  const orders = mill.createDataFrame(ORDERS, Order), Top = schema({ customer: string(), n: bigint().notNull() }), least = 1n;
  orders.createOrReplaceTempView("orders");
  const expected = [{ customer: "ann", n: 1n }, { customer: "bob", n: 1n }];
  assert.deepEqual(await mill.sql(Top)`SELECT customer, count(*) AS n FROM ${orders} WHERE qty > ${least} AND customer IS NOT NULL GROUP BY customer ORDER BY customer`.collect(), expected);
  assert.deepEqual(await mill.sql("SELECT customer, count(*) AS n FROM orders WHERE qty > :least AND customer IS NOT NULL GROUP BY customer ORDER BY customer", { least }).as(Top).collect(), expected);
  assert.deepEqual(await mill.sql("SELECT ? + 1 AS x", [41]).collect(), [{ x: 42 }]);
  assert.equal(await mill.table("orders").count(), 4);
});

test("a declared row is checked against the plan, and to() casts to it", async () => {
  await using mill = open();
  const frame = mill.createDataFrame(ORDERS, Order);
  await assert.rejects(frame.as(schema({ id: string().notNull() })).collect());
  const cast = await frame.select("id", "qty").to(schema({ qty: bigint(), id: string() })).limit(1).collect();
  assert.deepEqual(cast, [{ qty: 5n, id: "1" }]);
});

test("notNull() takes null off the type, and off the run if one is met", async () => {
  await using mill = open();
  const frame = mill.createDataFrame(ORDERS, Order), Named = schema({ customer: string().notNull() });
  const known = frame.where(r => r.customer.isNotNull()).select(r => ({ customer: r.customer.notNull() }));
  assert.deepEqual((await known.as(Named).collect()).length, 3);
  await assert.rejects(frame.select(r => ({ customer: r.customer.notNull() })).collect(), { condition: "NOT_NULL_ASSERT_VIOLATION" });
});

test("an error of analysis names the line that called the operator", async () => {
  await using mill = open();
  const untyped = mill.createDataFrame(ORDERS, Order).selectExpr("*");
  await assert.rejects(untyped.where(col("quantity").gt(1)).collect(), (error: { condition: string; queryContext: { callSite: string }[] }) => {
    assert.equal(error.condition, "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    assert.match(error.queryContext[0]!.callSite, /programs\.test\.ts:\d+:\d+$/);
    return true;
  });
});

/** Catches programs of the public API, as people are shown them, that no longer run or give something else. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { bigint, binary, double, int, schema, session, string, stringify, timestamp } from "millrace";
import { Window, coalesce, col, desc, from_json, lag, lit, row_number, sum, upper, when } from "millrace/functions";

test("a batch: joins, conditions, windows, a self join, a loop, files by partition", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-api-"));
  try {
    const Order = schema({ id: bigint().notNull(), customer: bigint().notNull(), at: timestamp().notNull(), qty: int().notNull(), rate: double() });
    const Customer = schema({ id: bigint().notNull(), name: string().notNull(), parent: bigint() });
    await using mill = session({ timeZone: "Europe/Paris" });
    await mill.createDataFrame([
      { id: 1, customer: 1, at: "2026-03-01T09:00:00Z", qty: 100, rate: 1.5 }, { id: 2, customer: 1, at: "2026-03-02T09:00:00Z", qty: 3 }, { id: 3, customer: 9, at: "2026-03-03T09:00:00Z", qty: 5, rate: 2 },
    ], Order).write.parquet(join(folder, "orders"));
    writeFileSync(join(folder, "customers.ndjson"), '{"id":1,"name":"ada"}\n{"id":2,"name":"bob","parent":1}\n');
    const orders = mill.read.schema(Order).parquet(join(folder, "orders"));
    const customers = mill.read.schema(Customer).json(join(folder, "customers.ndjson"), { mode: "FAILFAST" });
    const named = orders
      .join(customers, (o, c) => o.customer.eq(c.id), "left")
      .select((o, c) => ({ ...o, name: upper(c.name), size: when(o.qty.gte(100), "big").otherwise("small"), charge: coalesce(o.rate, 0).mul(o.qty), one: lit(1) }));
    const latest = named
      .withColumns(r => {
        const w = Window.partitionBy(r.customer).orderBy(r.at.desc());
        return { n: row_number().over(w), before: lag(r.at).over(w) };
      })
      .where(r => r.n.lte(3))
      .drop("rate").withColumnRenamed("qty", "quantity")
      .orderBy(r => [r.customer.asc(), r.n.asc()]);
    const parents = customers.join(customers, (child, parent) => child.parent.eq(parent.id)).select((child, parent) => ({ child: child.name, parent: parent.name }));
    const seen: unknown[] = [];
    for await (const row of latest) seen.push([row.name?.length ?? null, row.quantity, row.at.toDate().toISOString(), row.size, row.charge, row.n, row.before === null]);
    assert.deepEqual(seen, [[3, 3, "2026-03-02T09:00:00.000Z", "small", 0, 1, true], [3, 100, "2026-03-01T09:00:00.000Z", "big", 150, 2, false], [null, 5, "2026-03-03T09:00:00.000Z", "small", 10, 1, true]]);
    assert.equal(stringify(await parents.collect()), '[{"child":"bob","parent":"ada"}]');
    await latest.write.mode("overwrite").partitionBy("customer").parquet(join(folder, "latest"));
    assert.deepEqual((await mill.read.parquet(join(folder, "latest")).groupBy("customer").count().orderBy("customer").collect()).map(row => Number(row["count"])), [2, 1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("SQL with values and frames, and Spark's own style", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-api-"));
  try {
    const file = join(folder, "trades.ndjson");
    writeFileSync(file, '{"key":"a","price":3}\n{"key":"b","price":200}\n{"key":"b","price":150}\n');
    await using mill = session();
    const Top = schema({ key: string(), n: bigint().notNull() });
    const trades = mill.read.json(file), least = 5n;
    trades.createOrReplaceTempView("trades");
    const top = mill.sql(Top)`SELECT key, count(*) AS n FROM ${trades} WHERE price > ${least} GROUP BY key`;
    const same = mill.sql("SELECT key, count(*) AS n FROM trades WHERE price > :least GROUP BY key", { least }).as(Top);
    assert.deepEqual(await top.collect(), [{ key: "b", n: 2n }]);
    assert.deepEqual(await same.collect(), await top.collect());
    const spark = trades.where(col("price").gt(100)).groupBy("key").agg(sum("price").as("total")).orderBy(desc("total"));
    const typed = spark.to(schema({ key: string(), total: bigint() }));
    assert.match(await typed.showString(), /\|  b\|  350\|/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("JSON as bytes is read where the column is known to be BINARY; Spark's rule holds where it isn't", async () => {
  await using mill = session({ timeZone: "UTC" });
  const Click = schema({ user: string(), n: bigint() }), records = mill.createDataFrame([{ value: new TextEncoder().encode('{"user":"åse","n":3}') }, { value: new TextEncoder().encode("[") }, {}], schema({ value: binary() }));
  assert.deepEqual((await records.select(r => ({ click: from_json(r.value, Click) })).select(r => ({ user: r.click.user, n: r.click.n })).collect()), [{ user: "åse", n: 3n }, { user: null, n: null }, { user: null, n: null }]);
  await assert.rejects(records.select(from_json(col("value") as never, Click)).collect(), { condition: "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE" });
});

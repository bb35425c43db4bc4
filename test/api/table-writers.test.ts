/** Catches rows that writeTo() and toTable() put elsewhere than into the table, and rows of a table that a write loses or leaves. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bigint, schema, session, string, stringify } from "millrace";
import { col, lit } from "millrace/functions";

const root = mkdtempSync(join(tmpdir(), "millrace-tables-")), warehouse = join(root, "warehouse"), mill = session({ checkpointRoot: join(root, "checkpoints"), conf: { "spark.sql.warehouse.dir": warehouse } });
after(async () => { await mill.stop(); rmSync(root, { recursive: true }); });
const Sale = schema({ id: bigint().notNull(), city: string() }), sales = (...rows: [number, string | null][]) => mill.createDataFrame(rows.map(([id, city]) => ({ id, city })), Sale);
const rowsIn = async (name: string): Promise<string[]> => (await mill.table(name).orderBy(col("id")).collect()).map(row => stringify(row));

test("a table is made with its format, partitions and properties, and appended to by names", async () => {
  await sales([1, "a"], [2, "b"]).writeTo("made").using("json").partitionedBy(col("city")).option("compression", "gzip").tableProperty("owner", "ada").create();
  assert.deepEqual(readdirSync(join(warehouse, "made")).filter(name => name.startsWith("city")), ["city=a", "city=b"]);
  assert.ok(readdirSync(join(warehouse, "made/city=a")).some(name => name.endsWith(".json.gz")));
  assert.deepEqual(await mill.sql("SHOW TBLPROPERTIES made ('owner')").collect(), [{ key: "owner", value: "ada" }]);
  await assert.rejects(sales([3, "c"]).writeTo("made").create(), { condition: "TABLE_OR_VIEW_ALREADY_EXISTS" });
  await sales([3, "c"]).select("city", "id").writeTo("made").append();
  assert.deepEqual(await rowsIn("made"), ['{"id":1,"city":"a"}', '{"id":2,"city":"b"}', '{"id":3,"city":"c"}']);
  await assert.rejects(mill.range(1).selectExpr("id", "id AS other").writeTo("made").append(), { condition: "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS" });
  await assert.rejects(sales().writeTo("none").append(), { condition: "TABLE_OR_VIEW_NOT_FOUND" });
  assert.throws(() => sales().writeTo("made").partitionedBy(col("id").plus(1)), /not by transforms/);
});

test("overwrite() replaces rows by a condition, overwritePartitions() whole partitions", async () => {
  await sales([1, "a"], [2, "b"], [3, "b"], [4, null]).writeTo("over").partitionedBy("city").create();
  await sales([5, "b"], [6, "c"]).writeTo("over").overwritePartitions();
  assert.deepEqual(await rowsIn("over"), ['{"id":1,"city":"a"}', '{"id":4,"city":null}', '{"id":5,"city":"b"}', '{"id":6,"city":"c"}']);
  await sales([7, "z"]).writeTo("over").overwrite(col("id").gt(4));
  assert.deepEqual(await rowsIn("over"), ['{"id":1,"city":"a"}', '{"id":4,"city":null}', '{"id":7,"city":"z"}']);
  await sales([8, "z"]).writeTo("over").overwrite("city = 'a'");
  assert.deepEqual(await rowsIn("over"), ['{"id":4,"city":null}', '{"id":7,"city":"z"}', '{"id":8,"city":"z"}']);
  await sales([9, "q"]).writeTo("over").overwrite(lit(true));
  assert.deepEqual(await rowsIn("over"), ['{"id":9,"city":"q"}']);
});

test("replace() wants a table, createOrReplace() doesn't; the rows may come from the table that goes, and a failure leaves it", async () => {
  await assert.rejects(sales([1, "a"]).writeTo("new").replace(), { condition: "TABLE_OR_VIEW_NOT_FOUND" });
  await sales([1, "a"]).writeTo("new").createOrReplace();
  await mill.table("new").selectExpr("id * 10 AS id", "'x' AS more").writeTo("new").using("csv").option("header", "true").createOrReplace();
  assert.deepEqual(await rowsIn("new"), ['{"id":10,"more":"x"}']);
  assert.ok(readdirSync(join(warehouse, "new")).some(name => name.endsWith(".csv")));
  await assert.rejects(mill.table("new").selectExpr("raise_error('no') AS id").writeTo("new").replace(), /no/);
  assert.deepEqual(await rowsIn("new"), ['{"id":10,"more":"x"}']);
  assert.deepEqual(readdirSync(warehouse).filter(name => name.startsWith("_")), []);
  await sales([2, "b"]).writeTo("new").option("path", join(root, "outside")).replace();
  assert.deepEqual([existsSync(join(warehouse, "new")), await rowsIn("new")], [false, ['{"id":2,"city":"b"}']]);
});

test("a stream becomes a table that queries read while it grows, and goes on over a restart", async () => {
  const stream = (upTo: number) => mill.readStream.schema(Sale).from(taken => Array.from({ length: upTo - taken }, (_, i) => ({ id: taken + i, city: (taken + i) % 2 === 0 ? "even" : "odd" })), { replayable: true });
  const run = async (upTo: number) => (await stream(upTo).writeStream.partitionBy("city").trigger({ availableNow: true }).toTable("streamed", { checkpointLocation: join(root, "streamed") })).awaitTermination();
  await run(3);
  assert.deepEqual(await rowsIn("streamed"), ['{"id":0,"city":"even"}', '{"id":1,"city":"odd"}', '{"id":2,"city":"even"}']);
  await run(5);
  assert.equal(await mill.table("streamed").count(), 5);
  assert.deepEqual(await mill.sql("SELECT city, count(*) AS n FROM streamed GROUP BY city ORDER BY city").collect(), [{ city: "even", n: 3n }, { city: "odd", n: 2n }]);
  await assert.rejects(stream(9).writeStream.format("json").toTable("streamed"), /different from the table/);
  await assert.rejects(stream(9).writeStream.partitionBy("id").toTable("streamed"), /partition columns/);
  await assert.rejects(stream(9).writeTo("streamed").append(), /toTable/);
});

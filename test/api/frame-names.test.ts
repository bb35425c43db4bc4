/** Catches names of PySpark's frames that are there and do something else: pivots by found values, semantics of plans, metadata columns, functions. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { session, stringify } from "millrace";
import * as F from "millrace/functions";

const mill = session({ timeZone: "UTC" }), root = mkdtempSync(join(tmpdir(), "millrace-names-"));
after(async () => { await mill.stop(); rmSync(root, { recursive: true }); });
const sales = mill.createDataFrame([{ city: "a", year: 2025n, n: 1 }, { city: "a", year: 2024n, n: 2 }, { city: "b", year: 2024n, n: 4 }, { city: "b", year: null, n: 8 }]);

test("pivot() without values takes those that the column has, null first", async () => {
  const byYear = await sales.groupBy("city").pivot("year");
  assert.deepEqual(await byYear.sum("n").orderBy(F.col("city")).collect(), [{ city: "a", null: null, 2024: 2, 2025: 1 }, { city: "b", null: 8, 2024: 4, 2025: null }]);
  assert.deepEqual((await byYear.agg(r => ({ most: F.max(r.n), rows: F.count() })).schema()).fields.map(field => field.name), ["city", "null_most", "null_rows", "2024_most", "2024_rows", "2025_most", "2025_rows"]);
  assert.deepEqual(await (await sales.groupBy("year").pivot("city")).count().where("year = 2024").collect(), [{ year: 2024n, a: 1n, b: 1n }]);
  mill.conf.set("spark.sql.pivotMaxValues", "2");
  await assert.rejects(sales.groupBy("city").pivot("year"), { condition: "_LEGACY_ERROR_TEMP_1324" });
  mill.conf.unset("spark.sql.pivotMaxValues");
  await assert.rejects(mill.readStream.format("rate").load().groupBy("timestamp").pivot("value"), { condition: "MILLRACE_STREAMING_ACTION" });
});

test("frames of the same semantics: names don't count, steps do", async () => {
  const a = mill.range(100), b = mill.range(100), one = a.withColumn("x", r => r.id.mul(2)).where(r => r.id.gt(3)), same = [
    b.withColumn("other", r => r.id.mul(2)).where(r => r.id.gt(3)), mill.sql("SELECT id, id * 2L AS j FROM range(100) AS t").where("id > 3L"), b.alias("z").withColumn("y", r => F.lit(2n).mul(r.id)).where(r => r.id.gt(3)),
  ], different = [b.withColumn("x", r => r.id.mul(3)).where(r => r.id.gt(3)), mill.range(101).withColumn("x", r => r.id.mul(2)).where(r => r.id.gt(3)), b.withColumn("x", r => r.id.mul(2)), b.where(r => r.id.gt(3)).withColumn("x", r => r.id.mul(2)), b.withColumn("x", r => r.id.mul(2)).where("x > 3")];
  for (const [i, other] of same.entries()) assert.ok(await one.sameSemantics(other), `same ${i}`);
  for (const [i, other] of different.entries()) assert.ok(!await one.sameSemantics(other), `different ${i}`);
  assert.equal(await one.semanticHash(), await same[0]!.semanticHash());
  assert.notEqual(await one.semanticHash(), await different[0]!.semanticHash());
  assert.ok(!await a.select(F.rand().as("r")).sameSemantics(a.select(F.rand().as("r"))));
  await sales.write.parquet(join(root, "sales"));
  const read = () => mill.read.parquet(join(root, "sales")).groupBy("city").count();
  assert.ok(await read().sameSemantics(read()));
  assert.ok(!await sales.sameSemantics(mill.createDataFrame([{ city: "a", year: 2025n, n: 1 }])));
  await assert.rejects(async () => a.sameSemantics(7 as never), /DataFrame/);
});

test("the metadata column of files", async () => {
  const files = mill.read.parquet(join(root, "sales"));
  assert.match(stringify(await files.select(files.metadataColumn("_metadata").getField("file_name").as("f")).distinct().collect()), /part-/);
  assert.throws(() => files.metadataColumn("nothing" as never), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
});

test("collations and shapes", async () => {
  const frame = mill.createDataFrame([{ s: "Ab", wkb: Uint8Array.from(Buffer.from("0101000000000000000000f03f0000000000000040", "hex")) }]);
  const [row] = await frame.select(r => ({ equal: F.collate(r.s, "UTF8_LCASE").eq("aB"), name: F.collation(F.collate(r.s, "UNICODE_CI")), srid: F.st_srid(F.st_setsrid(F.st_geomfromwkb(r.wkb), 3857)), globe: F.st_srid(F.st_geogfromwkb(r.wkb)), back: F.hex(F.st_asbinary(F.st_geomfromwkb("wkb", 4326), "XDR")) })).collect();
  assert.deepEqual(row, { equal: true, name: "SYSTEM.BUILTIN.UNICODE_CI", srid: 3857, globe: 4326, back: "00000000013FF00000000000004000000000000000" });
});

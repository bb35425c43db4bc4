/** Catches settings of a session that should act as options of files and don't, and options that don't go before them. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { session } from "../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-settings-")), parquetFile = (name: string): string => join(import.meta.dirname, "parquet/files", `${name}.parquet`);
after(() => rmSync(folder, { recursive: true, force: true }));

test("schemas of Parquet: mergeSchema, binaryAsString", async () => {
  await using spark = session();
  const two = join(folder, "two");
  await spark.sql("SELECT 1 AS a").write.parquet(two);
  await spark.sql("SELECT 2 AS a, 'x' AS b").write.mode("append").parquet(two);
  const names = async (): Promise<string[]> => (await spark.read.parquet(two).schema()).fields.map(one => one.name);
  assert.equal((await names()).length < 3, true);
  await spark.sql("SET spark.sql.parquet.mergeSchema=true").collect();
  assert.deepEqual((await names()).sort(), ["a", "b"]);
  const texts = async (): Promise<number> => (await spark.read.parquet(parquetFile("arrow-v1")).schema()).toDDL().match(/STRING/g)?.length ?? 0, before = await texts();
  await spark.sql("SET spark.sql.parquet.binaryAsString=true").collect();
  assert.ok(await texts() > before);
});

test("what is written: compression.codec, maxRecordsPerFile, ignoreNullFields; an option goes first", async () => {
  await using spark = session({ conf: { "spark.sql.parquet.compression.codec": "zstd", "spark.sql.files.maxRecordsPerFile": "2", "spark.sql.jsonGenerator.ignoreNullFields": "false" } });
  const parts = (path: string): string[] => readdirSync(path).filter(name => name.startsWith("part-"));
  await spark.sql("SELECT id FROM range(5)").write.parquet(join(folder, "w1"));
  assert.equal(parts(join(folder, "w1")).length, 3);
  assert.ok(parts(join(folder, "w1")).every(name => name.endsWith(".zstd.parquet")));
  await spark.sql("SELECT id FROM range(5)").write.parquet(join(folder, "w2"), { compression: "gzip", maxRecordsPerFile: 100 });
  assert.ok(parts(join(folder, "w2")).length === 1 && parts(join(folder, "w2"))[0]!.endsWith(".gz.parquet"));
  await spark.sql("SELECT 1 AS a, CAST(NULL AS INT) AS b").write.json(join(folder, "w3"));
  assert.equal(JSON.stringify(await spark.read.text(join(folder, "w3")).collect()), JSON.stringify([{ value: '{"a":1,"b":null}' }]));
});

test("files that are damaged or gone, filters, corrupt records, names by case", async () => {
  await using spark = session();
  const damaged = join(folder, "damaged");
  mkdirSync(damaged);
  copyFileSync(parquetFile("spark"), join(damaged, "a.parquet"));
  writeFileSync(join(damaged, "b.parquet"), "PAR1 no PAR1");
  const count = async (): Promise<unknown> => (await spark.sql(`SELECT count(*) AS n FROM parquet.\`${damaged}\``).collect())[0]!["n"];
  await assert.rejects(count(), /FAILED_READ_FILE/);
  await spark.sql("SET spark.sql.files.ignoreCorruptFiles=true").collect();
  await spark.sql("SET spark.sql.parquet.filterPushdown=false").collect();
  assert.ok(Number(await count()) > 0);
  writeFileSync(join(folder, "bad.json"), '{"a":1}\nbad\n');
  await spark.sql("SET spark.sql.columnNameOfCorruptRecord=oops").collect();
  assert.deepEqual(await spark.read.json(join(folder, "bad.json")).collect(), [{ a: 1n, oops: null }, { a: null, oops: "bad" }]);
  await assert.rejects(spark.sql("SELECT 1 AS a, 2 AS A").write.json(join(folder, "case")), /COLUMN_ALREADY_EXISTS/);
});

/** Catches tables of Parquet that lose or change rows between the format and a query: writing and reading by the API, streams, partitions, damaged files, conditions. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { nodeFiles } from "../../../src/base/files.ts";
import { Batch } from "../../../src/columns/batch.ts";
import { vectorOf } from "../../../src/columns/cells.ts";
import { FileSetWriter, planFileSet } from "../../../src/connectors/files/file-set-writer.ts";
import type { WritableFormat } from "../../../src/connectors/files/file-sink.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { session } from "../../../src/index.ts";
import { Arena } from "../../../src/memory/arena.ts";
import { BIGINT, INT, field, struct } from "../../../src/types/data-type.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-parquet-")), spark = session();
after(async () => {
  await spark.stop();
  rmSync(root, { recursive: true, force: true });
});
let folders = 0;
const newFolder = (): string => join(root, String(folders++));
const plain = async (sql: string): Promise<unknown> => JSON.parse(JSON.stringify(await spark.sql(sql).collect(), (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value)));

test("a batch query is written, with its types, and read", async () => {
  const folder = newFolder();
  await spark.sql("SELECT id, CAST(id % 3 AS TINYINT) AS small, 'text ' || id AS s, array(id, NULL) AS l, INTERVAL '1' DAY * id AS gap, CAST(id AS DECIMAL(30, 2)) AS d FROM range(10000)").write.parquet(folder, { compression: "zstd", "parquet.page.row.count.limit": 1000 });
  const names = readdirSync(folder).sort();
  assert.equal(names.length, 2);
  assert.match(names[1]!, /^part-00000-.*\.zstd\.parquet$/);
  const frame = spark.read.parquet(folder);
  assert.deepEqual((await plain(`DESCRIBE QUERY SELECT * FROM parquet.\`${folder}\``) as { data_type: string }[]).map(row => row.data_type), ["bigint", "tinyint", "string", "array<bigint>", "interval day to second", "decimal(30,2)"]);
  assert.deepEqual(await plain(`SELECT count(*) AS n, sum(id) AS ids, sum(small) AS smalls, max(s) AS s, sum(l[0]) AS l, count(l[1]) AS none, max(d) = 9999 AS d, max(gap) = INTERVAL '9999' DAY AS g FROM parquet.\`${folder}\``),
    [{ n: 10000, ids: 49995000, smalls: 9999, s: "text 9999", l: 49995000, none: 0, d: true, g: true }]);
  assert.equal(await frame.where("id BETWEEN 5000 AND 5009 AND s LIKE 'text 500%'").count(), 10);
  await frame.limit(3).write.mode("append").option("compression", "none").parquet(folder);
  assert.equal(await spark.read.parquet(folder).count(), 10003);
});

test("partitions, mergeSchema and a schema that is given", async () => {
  const folder = newFolder();
  await spark.sql("SELECT id, id % 2 AS p FROM range(10)").write.partitionBy("p").parquet(folder);
  assert.deepEqual(await plain(`SELECT p, sum(id) AS n FROM parquet.\`${folder}\` GROUP BY p ORDER BY p`), [{ p: 0, n: 20 }, { p: 1, n: 25 }]);
  const both = newFolder();
  await spark.sql("SELECT 1 AS a, 'x' AS b").write.parquet(join(both, "1"));
  await spark.sql("SELECT 2L AS A, true AS c").write.parquet(join(both, "2"));
  const paths = [join(both, "1"), join(both, "2")];
  assert.deepEqual(await spark.read.schema("a BIGINT, b STRING, c BOOLEAN").parquet(paths).orderBy("a").collect(), [{ a: 1n, b: "x", c: null }, { a: 2n, b: null, c: true }]);
  await spark.sql("SELECT 3 AS a, 1.5D AS d").write.parquet(join(both, "3"));
  assert.deepEqual(await spark.read.parquet([paths[0]!, join(both, "3")], { mergeSchema: true }).orderBy("a").collect(), [{ a: 1, b: "x", d: null }, { a: 3, b: null, d: 1.5 }]);
});

test("files of many partitions hold no more than they may together", async () => {
  const folder = newFolder(), arena = new Arena(), schema = struct([field("n", BIGINT), field("p", INT)]);
  mkdirSync(folder);
  const plan = await planFileSet(parquetFileFormat as WritableFormat, schema, ["p"], { options: {}, timeZone: "UTC", nowMicros: () => 0n });
  let made = 0;
  const writer = new FileSetWriter(nodeFiles, folder, plan, () => `part-${made++}.parquet`, 20_000);
  for (let b = 0; b < 20; b++) {
    writer.write(new Batch(schema, [vectorOf(BIGINT, Array.from({ length: 400 }, (_, i) => BigInt(b * 400 + i)), arena), vectorOf(INT, Array.from({ length: 400 }, (_, i) => i % 4), arena)], 400));
    arena.reset();
  }
  arena.release();
  await writer.finish();
  assert.ok(made > 4 && made < 20, `${made} files`);
  assert.deepEqual(await plain(`SELECT count(*) AS n, sum(n) AS s, count(DISTINCT p) AS p FROM parquet.\`${folder}\``), [{ n: 8000, s: 31996000, p: 4 }]);
});

test("damaged files fail by name, or are left out where that is asked for", async () => {
  const folder = newFolder();
  await spark.sql("SELECT id FROM range(100)").write.parquet(folder);
  writeFileSync(join(folder, "part-broken.parquet"), "this was never a Parquet file");
  await assert.rejects(spark.read.schema("id BIGINT").parquet(folder).count(), { condition: "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER" });
  assert.equal(await spark.read.schema("id BIGINT").parquet(folder, { ignoreCorruptFiles: true }).count(), 100);
  assert.equal(await spark.read.parquet(folder, { ignoreCorruptFiles: true }).count(), 100);
});

test("a stream reads files as they come and writes files that a stream reads", async () => {
  const source = newFolder(), target = newFolder(), checkpointLocation = newFolder();
  mkdirSync(source);
  const put = async (from: number, to: number, name: string): Promise<void> => {
    const folder = newFolder();
    await spark.sql(`SELECT id, 'name ' || id AS name FROM range(${from}, ${to})`).write.parquet(folder);
    copyFileSync(join(folder, readdirSync(folder).find(file => file.endsWith(".parquet"))!), join(source, name));
  };
  const run = async (): Promise<void> => {
    const query = await spark.readStream.schema("id BIGINT, name STRING").parquet(source).where("id % 2 = 0").writeStream.format("parquet").option("path", target).trigger({ availableNow: true }).start({ checkpointLocation });
    await query.awaitTermination();
  };
  await put(0, 5000, "a.parquet");
  await run();
  await put(5000, 6000, "b.parquet");
  await run();
  await run();
  assert.deepEqual(await plain(`SELECT count(*) AS n, sum(id) AS ids, max(name) AS name FROM parquet.\`${target}\``), [{ n: 3000, ids: 8997000, name: "name 998" }]);
});

test("files of Spark answer a query of SQL", async () => {
  const file = fileURLToPath(new URL("files/spark.parquet", import.meta.url));
  assert.deepEqual(await plain(`SELECT count(*) AS n, sum(size(m)) AS maps, sum(st.x) AS x, count(st.y) AS y, max(ls[0].q[0]) AS q, min(ts) < TIMESTAMP'2023-11-15' AS t FROM parquet.\`${file}\` WHERE s IS NOT NULL AND d38 > 1000`),
    [{ n: 56, maps: 56, x: 1960, y: 28, q: 69, t: true }]);
});

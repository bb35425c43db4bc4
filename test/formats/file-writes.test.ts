/**
 * Catches rows that a write loses, doubles or puts into the wrong folder: partitions and their names, save modes, compression, files that are full, and
 * what is left behind when a write fails. Names of folders are those that Spark 4.3 makes for the same values.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { after, describe, test } from "node:test";
import { gunzipSync, inflateSync } from "node:zlib";
import { session } from "../../src/index.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-writes-"));
const spark = session();
after(async () => {
  await spark.stop();
  rmSync(root, { recursive: true, force: true });
});
let folders = 0;
const newFolder = (): string => join(root, String(folders++));
const filesIn = (folder: string): string[] => (readdirSync(folder, { recursive: true }) as string[]).filter(name => /part-/.test(name)).map(name => name.split(sep).join("/")).sort();
const dirsOf = (folder: string): string[] => [...new Set(filesIn(folder).map(name => name.slice(0, name.lastIndexOf("/"))))].sort();
const sorted = async (folder: string, format = "csv"): Promise<string[]> => (await spark.read.format(format).load(folder).collect()).map(row => Object.values(row as object).join("|")).sort();

describe("writing partitions", () => {
  test("folders have Spark's names, files lack the columns, and reading gives all back", async () => {
    const folder = newFolder();
    await spark.sql(`SELECT 1 v, x a, t b, z c, s d FROM VALUES (1.5D, TIMESTAMP'2020-01-02 03:04:05.678', true, 'a/b=c'), (CAST('NaN' AS DOUBLE), NULL, NULL, ''),
      (1e20D, TIMESTAMP'2020-01-02 00:00:00', false, NULL), (0.1D, TIMESTAMP'2020-01-02 03:00:00', true, 'é x~{}y') t(x, t, z, s)`).write.partitionBy("a", "b", "c", "d").csv(folder);
    assert.deepEqual(dirsOf(folder), [
      "a=0.1/b=2020-01-02 03%3A00%3A00/c=true/d=é x~%7B}y", "a=1.0E20/b=2020-01-02 00%3A00%3A00/c=false/d=__HIVE_DEFAULT_PARTITION__",
      "a=1.5/b=2020-01-02 03%3A04%3A05.678/c=true/d=a%2Fb%3Dc", "a=NaN/b=__HIVE_DEFAULT_PARTITION__/c=__HIVE_DEFAULT_PARTITION__/d=__HIVE_DEFAULT_PARTITION__",
    ]);
    assert.equal(readFileSync(join(folder, filesIn(folder)[0]!), "utf8"), "1\n");
    assert.deepEqual(await sorted(folder), ["1|0.1|2020-01-02 03:00:00|true|é x~{}y", "1|1.0E20|2020-01-02 00:00:00|false|", "1|1.5|2020-01-02 03:04:05.678|true|a/b=c", "1|NaN|||"]);
  });

  test("no value leaves the folder", async () => {
    const folder = newFolder();
    await spark.sql("SELECT 1 v, k FROM VALUES ('../../../evil'), ('..'), ('.'), ('/etc/passwd'), ('a\\u0000b'), ('%2e%2e'), (concat('x', char(10), 'y')) t(k)").write.partitionBy("k").json(folder);
    assert.deepEqual(readdirSync(folder).filter(name => name !== "_SUCCESS").sort(), ["k=%2Fetc%2Fpasswd", "k=%252e%252e", "k=.", "k=..", "k=..%2F..%2F..%2Fevil", "k=a%00b", "k=x%0Ay"].sort());
    assert.deepEqual((await spark.read.schema("v INT, k STRING").json(folder).select("k").collect()).map(row => row["k"]).sort(), ["../../../evil", "..", ".", "/etc/passwd", "a\u0000b", "%2e%2e", "x\ny"].sort());
  });

  test("columns that can't be partitions are refused before anything is written", async () => {
    const folder = newFolder(), two = spark.sql("SELECT 1 a, map(1, 2) m");
    await assert.rejects(two.write.partitionBy("zz").json(folder), { condition: "COLUMN_NOT_FOUND" });
    await assert.rejects(two.write.partitionBy("m").json(folder), { condition: "INVALID_PARTITION_COLUMN_DATA_TYPE" });
    await assert.rejects(two.write.partitionBy("a", "A").json(folder), { condition: "COLUMN_ALREADY_EXISTS" });
    await assert.rejects(spark.sql("SELECT 1 a").write.partitionBy("a").json(folder), { condition: "ALL_PARTITION_COLUMNS_NOT_ALLOWED" });
    assert.equal(existsSync(folder), false);
  });

  test("more partitions than files that may be open, and files that are full", async () => {
    const folder = newFolder(), rows = spark.sql("SELECT id, id % 300 AS k FROM range(6000)");
    await rows.write.partitionBy("k").csv(folder);
    assert.equal(dirsOf(folder).length, 300);
    assert.deepEqual(await spark.read.schema("id BIGINT, k INT").csv(folder).where("id % 300 <> k").collect(), []);
    assert.deepEqual(await spark.read.schema("id BIGINT, k INT").csv(folder).groupBy().count().collect(), [{ count: 6_000n }]);
    const small = newFolder();
    await spark.sql("SELECT id FROM range(10000)").write.option("maxRecordsPerFile", 3000).csv(small);
    assert.deepEqual(filesIn(small).map(name => readFileSync(join(small, name), "utf8").trimEnd().split("\n").length), [3000, 3000, 3000, 1000]);
    assert.equal(readFileSync(join(small, filesIn(small)[1]!), "utf8").split("\n")[0], "3000");
  });
});

describe("save modes", () => {
  const values = (rows: string) => spark.sql(`SELECT * FROM VALUES ${rows} t(k, v)`);

  test("append, ignore, error and overwrite", async () => {
    const folder = newFolder();
    await values("(1, 'a')").write.csv(folder);
    await assert.rejects(values("(2, 'b')").write.csv(folder), { condition: "PATH_ALREADY_EXISTS" });
    await assert.rejects(values("(2, 'b')").write.mode("errorifexists").csv(folder), { condition: "PATH_ALREADY_EXISTS" });
    await values("(2, 'b')").write.mode("ignore").csv(folder);
    assert.deepEqual(await sorted(folder), ["1|a"]);
    await values("(3, 'c')").write.mode("append").csv(folder);
    assert.deepEqual(await sorted(folder), ["1|a", "3|c"]);
    await values("(4, 'd')").write.mode("overwrite").csv(folder);
    assert.deepEqual(await sorted(folder), ["4|d"]);
    // a result that comes from the folder itself
    await spark.read.schema("k INT, v STRING").csv(folder).select("k").write.mode("overwrite").csv(folder);
    assert.deepEqual(await sorted(folder), ["4"]);
    assert.deepEqual(readdirSync(folder).filter(name => name.startsWith("_")), ["_SUCCESS"]);
  });

  test("overwriting replaces all partitions, or dynamically those that get rows", async () => {
    const folder = newFolder();
    await values("(1, 'a'), (2, 'b')").write.partitionBy("k").json(folder);
    await values("(2, 'c'), (3, 'd')").write.mode("overwrite").partitionBy("k").option("partitionOverwriteMode", "dynamic").json(folder);
    assert.deepEqual(await sorted(folder, "json"), ["a|1", "c|2", "d|3"]);
    await values("(2, 'e')").write.mode("overwrite").partitionBy("k").json(folder);
    assert.deepEqual(await sorted(folder, "json"), ["e|2"]);
    assert.deepEqual(readdirSync(folder).sort(), ["_SUCCESS", "k=2"]);
    await assert.rejects(values("(2, 'e')").write.mode("overwrite").partitionBy("k").option("partitionOverwriteMode", "some").json(folder), { condition: "MILLRACE_INVALID_OPTION" });
  });

  test("a write that fails leaves what was there", async () => {
    const folder = newFolder();
    await values("(1, 'a')").write.csv(folder);
    await assert.rejects(spark.sql("SELECT 1 / (id - 9000) FROM range(10000)").write.mode("overwrite").csv(folder), { condition: "DIVIDE_BY_ZERO" });
    assert.deepEqual(await sorted(folder), ["1|a"]);
    assert.equal(readdirSync(folder).length, 2);
  });
});

describe("compression and text", () => {
  test("files are compressed as the option says, and end so", async () => {
    for (const [name, ending, open] of [["gzip", ".csv.gz", gunzipSync], ["zstd", ".csv.zst", undefined], ["deflate", ".csv.deflate", inflateSync], ["lz4", ".csv.lz4", undefined], ["snappy", ".csv.snappy", undefined]] as const) {
      const folder = newFolder();
      await spark.sql("SELECT id, repeat('x', 50) AS s FROM range(50000)").write.option("compression", name).option("header", true).csv(folder);
      const [file] = filesIn(folder);
      assert.ok(file!.endsWith(ending), file);
      if (open !== undefined) assert.equal(open(readFileSync(join(folder, file!))).toString("utf8").split("\n").length, 50_002);
      assert.deepEqual(await spark.read.csv(folder, { header: true }).groupBy().count().collect(), [{ count: 50_000n }]);
      assert.deepEqual(await spark.read.csv(folder, { header: true, inferSchema: true }).where("id = 49999").select("id").collect(), [{ id: 49_999 }]);
    }
    await assert.rejects(spark.sql("SELECT 1").write.option("compression", "bzip2").csv(newFolder()), { condition: "MILLRACE_UNSUPPORTED" });
    await assert.rejects(spark.sql("SELECT 1").write.option("compression", "rar").csv(newFolder()), { condition: "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION" });
  });

  test("text: one column of text, null as an empty line, read by lines, by another end or whole", async () => {
    const folder = newFolder(), lines = spark.sql("SELECT s FROM VALUES ('a'), (NULL), ('a long line of text, longer than a view') t(s)");
    await lines.write.text(folder);
    assert.equal(readFileSync(join(folder, filesIn(folder)[0]!), "utf8"), "a\n\na long line of text, longer than a view\n");
    assert.deepEqual(await spark.read.text(folder, { wholetext: true }).collect(), [{ value: "a\n\na long line of text, longer than a view\n" }]);
    assert.deepEqual((await spark.read.text(folder, { lineSep: "line" }).collect()).map(row => row.value), ["a\n\na long ", " of text, longer than a view\n"]);
    assert.deepEqual(await spark.read.schema("other STRING").text(folder).collect(), [{ other: "a" }, { other: "" }, { other: "a long line of text, longer than a view" }]);
    await lines.write.mode("overwrite").option("lineSep", "|").text(folder);
    assert.equal(readFileSync(join(folder, filesIn(folder)[0]!), "utf8"), "a||a long line of text, longer than a view|");
    await assert.rejects(spark.sql("SELECT 1 a, 2 b").write.text(newFolder()), { condition: "_LEGACY_ERROR_TEMP_1326" });
    await assert.rejects(spark.sql("SELECT 1 a").write.text(newFolder()), { condition: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE" });
  });
});

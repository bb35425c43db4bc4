/**
 * Catches Avro files of other writers that are read otherwise than they hold, files that other rows come back from than were written, schemas that
 * evolve in another way, and broken files that crash, hang, take memory or give rows that are none.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { seededRandom } from "../../../src/base/clock.ts";
import { linearMemory } from "../../../src/memory/linear-memory.ts";
import { MillraceError } from "../../../src/base/errors.ts";
import { Decimal, session, stringify } from "../../../src/index.ts";

const FILES = join(import.meta.dirname, "files"), root = mkdtempSync(join(tmpdir(), "millrace-avro-")), spark = session({ timeZone: "UTC" });
const expected = JSON.parse(readFileSync(join(import.meta.dirname, "expected.json"), "utf8")) as Readonly<Record<string, unknown>>;
after(async () => {
  await spark.stop();
  rmSync(root, { recursive: true, force: true });
});
const avro = (name: string, options: { readonly avroSchema?: string } = {}) => spark.read.format("avro").options(options).load(join(FILES, name));
const ddl = async (name: string): Promise<string> => (await spark.sql(`DESCRIBE SELECT * FROM avro.\`${join(FILES, name)}\``).collect()).map(row => `${String(row["col_name"])} ${String(row["data_type"])}`).join(",");

/** As the script that made the files writes values. */
function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, shown(v)]));
  if (Decimal.is(value)) return value.toString();
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value !== null) return "toDate" in value || "epochDay" in value || "toTemporal" in value ? String(value) : Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shown(v)]));
  return value;
}

describe("Avro files", () => {
  for (const codec of ["null", "deflate", "snappy", "bzip2", "zstandard"]) test(`of fastavro, ${codec}`, async () => {
    assert.deepEqual((await avro(`fastavro-${codec}.avro`).collect()).map(shown), expected["fastavro"]);
  });
  for (const codec of ["uncompressed", "deflate", "snappy", "bzip2", "zstandard"]) test(`of Spark, ${codec}`, async () => {
    const rows = await spark.sql(`SELECT to_json(struct(*)) AS row FROM avro.\`${join(FILES, `spark-${codec}.avro`)}\``).collect();
    assert.deepEqual(rows.map(({ row }) => JSON.parse(row as string) as unknown), expected["spark"]);
  });
  test("have the types that Spark gives them", async () => {
    const plain = (text: unknown): string => String(text).toLowerCase().replaceAll(/[ ]*[:,] ?/g, m => m.trim());
    assert.equal(plain(await ddl("spark-snappy.avro")), plain(expected["spark schema"]));
    assert.equal(plain(await ddl("fastavro-null.avro")), plain(expected["fastavro schema"]));
  });
  test("compressed with xz are refused by name", async () => {
    await assert.rejects(avro("fastavro-xz.avro").collect(), { condition: "MILLRACE_UNSUPPORTED" });
  });
  test("whose schema is no record are refused", async () => {
    await assert.rejects(avro("bare.avro").collect(), { condition: "MILLRACE_AVRO_INCOMPATIBLE_SCHEMA" });
  });

  test("are read in part, or only counted", async () => {
    assert.equal(await avro("fastavro-snappy.avro").count(), 60);
    const rows = await spark.sql(`SELECT e, rec.y AS y FROM avro.\`${join(FILES, "fastavro-deflate.avro")}\` WHERE id > 0`).collect(), all = expected["fastavro"] as { id: number; e: string; rec: { y: string } | null }[];
    assert.deepEqual(rows, all.filter(row => row.id > 0).map(row => ({ e: row.e, y: row.rec?.y ?? null })));
  });

  test("are read as a schema that evolved", async () => {
    const evolved = { type: "record", name: "P", fields: [{ name: "mail", type: ["null", "string"], default: null }, { name: "name", type: "string" }, { name: "number", type: "long", aliases: ["id"] }, { name: "tags", type: { type: "array", items: "string" }, default: ["new"] }] };
    assert.deepEqual(await avro("old.avro", { avroSchema: JSON.stringify(evolved) }).collect(), [{ mail: null, name: "a", number: 1n, tags: ["new"] }, { mail: null, name: "b", number: 2n, tags: ["new"] }]);
    // A schema of SQL: wider numbers, in another order and case, a column that isn't there.
    assert.deepEqual(await spark.read.schema("NAME STRING, id DOUBLE, more INT").format("avro").load(join(FILES, "old.avro")).collect(), [{ NAME: "a", id: 1, more: null }, { NAME: "b", id: 2, more: null }]);
    await assert.rejects(spark.read.schema("id STRING").format("avro").load(join(FILES, "old.avro")).collect(), { condition: "MILLRACE_AVRO_INCOMPATIBLE_SCHEMA" });
    assert.deepEqual(await spark.read.schema("a BIGINT, b STRING").format("avro").option("positionalFieldMatching", true).load(join(FILES, "old.avro")).collect(), [{ a: 1n, b: "a" }, { a: 2n, b: "b" }]);
  });

  const ROWS = `SELECT id, CAST(id % 100 AS TINYINT) AS t, id * 3 AS l, IF(id % 3 = 0, NULL, concat('text number ', id)) AS s, CAST(id AS DECIMAL(12, 3)) AS dec, CAST(id AS DECIMAL(38, 10)) AS wide, timestamp_seconds(id) AS ts,
    CAST(timestamp_seconds(id) AS TIMESTAMP_NTZ) AS ntz, date_add(DATE'2020-01-01', CAST(id AS INT)) AS day, make_dt_interval(0, 0, 0, id) AS dt, array(id, NULL) AS xs, map('k', id) AS m, named_struct('p', id, 'q', array(named_struct('z', 'w'))) AS st, CAST(concat('b', id) AS BINARY) AS raw, id / 7.0D AS d, id % 2 = 0 AS b`;
  for (const codec of ["uncompressed", "deflate", "snappy", "zstandard"]) test(`give back what was written, ${codec}`, async () => {
    const folder = join(root, codec), rows = spark.sql(`${ROWS} FROM range(10000)`);
    await rows.write.format("avro").option("compression", codec).mode("overwrite").save(folder);
    const back = spark.sql(`SELECT * EXCEPT (t), CAST(t AS TINYINT) AS t FROM avro.\`${folder}\``), json = async (frame: { collect(): Promise<unknown[]> }) => (await frame.collect()).map(row => stringify(row));
    assert.deepEqual(await json(back), await json(rows.selectExpr("* EXCEPT (t)", "t")));
    assert.ok(readdirSync(folder).some(name => name.endsWith(".avro")));
  });
  test("are written by a schema that is given", async () => {
    const folder = join(root, "given"), written = { type: "record", name: "X", fields: [{ name: "name", type: { type: "enum", name: "E", symbols: ["a", "b"] } }, { name: "id", type: ["null", "long"] }] };
    await spark.sql("SELECT 7L AS id, 'b' AS name").write.format("avro").option("avroSchema", JSON.stringify(written)).save(folder);
    assert.deepEqual(await spark.read.format("avro").load(folder).collect(), [{ name: "b", id: 7n }]);
    await assert.rejects(spark.sql("SELECT 'z' AS name, 1L AS id").write.format("avro").option("avroSchema", JSON.stringify(written)).save(join(root, "given2")), { condition: "MILLRACE_AVRO_CANNOT_WRITE" });
    await assert.rejects(spark.sql("SELECT parse_json('1') AS v").write.format("avro").save(join(root, "given3")), { condition: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE" });
    await assert.rejects(spark.sql("SELECT 1 AS v").write.format("avro").option("compression", "lz9").save(join(root, "given4")), { condition: "CODEC_SHORT_NAME_NOT_FOUND" });
  });
  test("hold rows of a stream", async () => {
    const input = join(root, "stream-in"), out = join(root, "stream-out");
    mkdirSync(input);
    writeFileSync(join(input, "a.json"), `{"id":1,"s":"x"}\n{"id":2,"s":null}\n`);
    const query = await spark.readStream.schema("id BIGINT, s STRING").json(input).writeStream.format("avro").option("path", out).trigger({ availableNow: true }).start({ checkpointLocation: join(root, "stream-check") });
    await query.awaitTermination();
    assert.deepEqual(await spark.read.format("avro").load(out).collect(), [{ id: 1n, s: "x" }, { id: 2n, s: null }]);
  });

  test("that are broken give an error that names them, or rows, and keep no memory", async () => {
    const seed = Number(process.env["MILLRACE_SEED"] ?? "5"), random = seededRandom(seed), below = (end: number): number => random.uint32() % end, folder = join(root, "broken");
    mkdirSync(folder);
    let failed = 0;
    const before = linearMemory().inUseBytes;
    for (const name of readdirSync(FILES).filter(one => !one.includes("xz"))) {
      const whole = readFileSync(join(FILES, name));
      for (let run = 0; run < 25; run++) {
        const bytes = Uint8Array.from(whole);
        for (let i = below(4); i >= 0; i--) bytes[below(2) === 0 ? below(bytes.length) : below(Math.min(bytes.length, 3000))] = below(256);
        writeFileSync(join(folder, "f.avro"), bytes.subarray(0, below(3) === 0 ? below(bytes.length) : bytes.length));
        try {
          await spark.read.format("avro").load(join(folder, "f.avro")).collect();
        } catch (error) {
          failed++;
          assert.ok(error instanceof MillraceError, `seed ${seed}, ${name}, run ${run}: ${String((error as Error).stack)}`);
        }
      }
    }
    assert.ok(failed > 100, String(failed));
    assert.ok(linearMemory().inUseBytes <= before + (1 << 20), `${linearMemory().inUseBytes - before} bytes are kept`);
  });
});

/**
 * Catches Arrow files and streams of other writers that are read otherwise than they hold, files that other rows come back from than were written,
 * and broken files that crash, hang, take memory or give rows that are none.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { seededRandom } from "../../../src/base/clock.ts";
import { MillraceError } from "../../../src/base/errors.ts";
import { linearMemory } from "../../../src/memory/linear-memory.ts";
import { DayTimeInterval, Decimal, session, stringify } from "../../../src/index.ts";

const FILES = join(import.meta.dirname, "files"), root = mkdtempSync(join(tmpdir(), "millrace-arrow-")), spark = session({ timeZone: "UTC" });
const expected = JSON.parse(readFileSync(join(import.meta.dirname, "expected.json"), "utf8")) as Readonly<Record<string, unknown>>[];
after(async () => {
  await spark.stop();
  rmSync(root, { recursive: true, force: true });
});
const arrow = (name: string) => spark.read.format("arrow").load(join(FILES, name));

/** As the script that made the files writes values. */
function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, shown(v)]));
  if (DayTimeInterval.is(value)) return Number(value.micros);
  if (Decimal.is(value)) return value.scale === 0 ? value.toNumber() : value.toString();
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value !== null) return "toDate" in value || "epochDay" in value || "toTemporal" in value ? String(value) : Object.fromEntries(Object.entries(value).map(([k, v]) => [k, shown(v)]));
  return value;
}

describe("Arrow files", () => {
  for (const name of readdirSync(FILES).filter(one => !one.startsWith("big"))) test(`of pyarrow: ${name}`, async () => {
    assert.deepEqual((await arrow(name).collect()).map(shown), expected);
  });
  test("with blocks of LZ4 that point into each other", async () => {
    const rows = await arrow("big-lz4.arrow").collect();
    assert.equal(rows.length, 12_000);
    assert.ok(rows.every((row, i) => row["id"] === BigInt(i) && row["s"] === `row ${i % 100} of many`));
  });
  test("are read in part, or only counted", async () => {
    assert.equal(await arrow("stream-lz4.arrows").count(), 70);
    assert.deepEqual((await arrow("file-zstd.arrow").select("dict", "sv").collect()).map(shown), expected.map(row => ({ dict: row["dict"], sv: row["sv"] })));
    assert.deepEqual(await spark.read.schema("more INT, I64 BIGINT").format("arrow").load(join(FILES, "file-lz4.arrow")).limit(1).collect(), [{ more: null, I64: 0n }]);
    await assert.rejects(spark.read.schema("i64 STRING").format("arrow").load(join(FILES, "file-lz4.arrow")).collect(), { condition: "MILLRACE_ARROW_TYPE_MISMATCH" });
  });

  const ROWS = `SELECT id, CAST(id % 100 AS TINYINT) AS t, CAST(id AS SMALLINT) AS sm, CAST(id AS FLOAT) AS f, IF(id % 3 = 0, NULL, concat('text number ', id)) AS s, CAST(id AS DECIMAL(12, 3)) AS dec, CAST(id AS DECIMAL(38, 10)) AS wide, timestamp_seconds(id) AS ts,
    CAST(timestamp_seconds(id) AS TIMESTAMP_NTZ) AS ntz, date_add(DATE'2020-01-01', CAST(id AS INT)) AS day, make_dt_interval(0, 0, 0, id) AS dt, make_ym_interval(0, CAST(id AS INT)) AS ym, make_interval(0, 1, 0, CAST(id AS INT)) AS ci, array(id, NULL) AS xs, map('k', id) AS m,
    IF(id % 5 = 0, NULL, named_struct('p', id, 'q', array(named_struct('z', 'w')))) AS st, CAST(concat('b', id) AS BINARY) AS raw, id / 7.0D AS d, IF(id % 4 = 0, NULL, id % 2 = 0) AS b, 'same' AS k, NULL AS n`;
  for (const compression of ["none", "lz4", "zstd"]) for (const form of ["file", "stream"]) test(`give back what was written: ${compression}, as a ${form}`, async () => {
    const folder = join(root, `${compression}-${form}`), rows = spark.sql(`${ROWS} FROM range(6000) WHERE id % 7 <> 1`);
    await rows.write.format("arrow").option("compression", compression).option("form", form).save(folder);
    const json = async (frame: { collect(): Promise<unknown[]> }) => (await frame.collect()).map(row => stringify(row));
    assert.deepEqual(await json(spark.read.format("arrow").load(folder)), await json(rows));
    assert.ok(readdirSync(folder).some(name => name.endsWith(form === "file" ? ".arrow" : ".arrows")));
  });
  test("hold no VARIANT", async () => {
    await assert.rejects(spark.sql("SELECT parse_json('1') AS v").write.format("arrow").save(join(root, "variant")), { condition: "MILLRACE_UNSUPPORTED" });
    await assert.rejects(spark.sql("SELECT 1 AS v").write.format("arrow").option("compression", "gzip").save(join(root, "gzip")), { condition: "MILLRACE_INVALID_OPTION" });
  });

  test("that are broken give an error that names them, or rows, and keep no memory", async () => {
    const seed = Number(process.env["MILLRACE_SEED"] ?? "6"), random = seededRandom(seed), below = (end: number): number => random.uint32() % end, folder = join(root, "broken");
    mkdirSync(folder);
    let failed = 0;
    const before = linearMemory().inUseBytes;
    for (const name of readdirSync(FILES).filter(one => !one.startsWith("big"))) {
      const whole = readFileSync(join(FILES, name));
      for (let run = 0; run < 60; run++) {
        const bytes = Uint8Array.from(whole);
        for (let i = below(5); i >= 0; i--) bytes[below(3) === 0 ? below(bytes.length) : below(2) === 0 ? below(5000) : bytes.length - 1 - below(7000)] = below(256);
        writeFileSync(join(folder, "f.arrow"), bytes.subarray(0, below(4) === 0 ? below(bytes.length) : bytes.length));
        try {
          await spark.read.format("arrow").load(join(folder, "f.arrow")).collect();
        } catch (error) {
          failed++;
          assert.ok(error instanceof MillraceError, `seed ${seed}, ${name}, run ${run}: ${String((error as Error).stack)}`);
        }
      }
    }
    assert.ok(failed > 50, String(failed));
    assert.ok(linearMemory().inUseBytes <= before + (1 << 20), `${linearMemory().inUseBytes - before} bytes are kept`);
  });
});

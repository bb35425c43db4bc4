/** Catches rows that change on the way to DuckDB and back: by Arrow, and by files that one of the two wrote and the other reads. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { session, stringify } from "millrace";

const mill = session({ timeZone: "UTC" });
let python = "", folder = "";
before(() => {
  const { status, stdout, stderr } = spawnSync(join(import.meta.dirname, "../../scripts/install-duckdb.sh"), { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  python = stdout.trim();
  folder = mkdtempSync(join(tmpdir(), "millrace-duckdb-"));
});
after(async () => {
  await mill.stop();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

/** DuckDB's answer as Arrow; empty for a statement that has none. */
function inDuckDb(statement: string, { rows = new Uint8Array(), read, write }: { readonly rows?: Uint8Array; readonly read?: string; readonly write?: string } = {}): Uint8Array {
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, "kit/ask_duckdb.py"), statement, ...(read === undefined ? [] : ["--read", read]), ...(write === undefined ? [] : ["--write", write])], { input: rows, maxBuffer: 1 << 28 });
  assert.equal(status, 0, String(stderr));
  return stdout;
}
const rowsOf = async (frame: { collect(): Promise<unknown[]> }): Promise<string[]> => (await frame.collect()).map(row => stringify(row));
const inDuckDbRows = async (statement: string, read?: string): Promise<string[]> => rowsOf(await mill.fromArrow(inDuckDb(statement, { ...(read !== undefined && { read }) })));

/** The first row that differs says enough. */
function same(found: readonly string[], expected: readonly string[], where?: string): void {
  const at = expected.findIndex((row, i) => row !== found[i]);
  assert.equal(found[at], expected[at], where);
  assert.equal(found.length, expected.length, where);
}

const ALL_TYPES = `SELECT id, CAST(id % 100 AS TINYINT) AS t, CAST(id AS SMALLINT) AS sm, CAST(id AS INT) AS i, CAST(id AS FLOAT) AS f, id / 7.0D AS d, id % 2 = 0 AS b, IF(id % 3 = 0, NULL, concat('text number ', id)) AS s, CAST(concat('b', id) AS BINARY) AS raw,
  CAST(id AS DECIMAL(12, 3)) AS dec, CAST(id * 1000000007 AS DECIMAL(38, 10)) AS wide, timestamp_micros(id * 1000003) AS ts, CAST(timestamp_micros(id * 1000003) AS TIMESTAMP_NTZ) AS ntz, date_add(DATE'1960-01-01', CAST(id AS INT)) AS day,
  array(id, NULL) AS xs, map('k', id) AS m, IF(id % 5 = 0, NULL, named_struct('p', id, 'q', array(named_struct('z', 'w')))) AS st`;
const frame = mill.sql(`${ALL_TYPES} FROM range(5000) WHERE id % 7 <> 1`);

test("rows of all types go there and come back by Arrow", async () => {
  const all = mill.sql(`${ALL_TYPES}, make_interval(0, 1, 0, CAST(id AS INT)) AS ci FROM range(5000) WHERE id % 7 <> 1`);
  const back = await mill.fromArrow(inDuckDb("SELECT * FROM given", { rows: await all.toArrow() }));
  same(await rowsOf(back.orderBy("id")), await rowsOf(all));
  const answer = "SELECT id % 3 AS k, count(*) AS n, CAST(sum(dec) AS DECIMAL(20, 3)) AS total, max(ts) AS last, max(s) AS text FROM given GROUP BY id % 3 ORDER BY k";
  all.createOrReplaceTempView("given");
  same(await rowsOf(await mill.fromArrow(inDuckDb(answer, { rows: await all.toArrow({ compression: "zstd" }) }))), await rowsOf(mill.sql(answer)));
});

/** What texts of rows are to outlive: an empty one is not a null, and marks of the format are characters. */
const TEXTS = `CASE id % 9 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'a "quoted" word' WHEN 3 THEN 'one, two' WHEN 4 THEN 'two\\nlines' WHEN 5 THEN 'back\\\\slash' WHEN 6 THEN 'åß中🙂' WHEN 7 THEN ' blanks ' ELSE concat('text ', id) END`;
const plain = mill.sql(`SELECT id, CAST(id AS INT) AS i, id / 7.0D AS d, id % 2 = 0 AS b, ${TEXTS} AS s, CAST(id AS DECIMAL(12, 3)) AS dec, timestamp_micros(id * 1000003) AS ts, date_add(DATE'1960-01-01', CAST(id AS INT)) AS day FROM range(30000)`);
const nested = mill.sql(`SELECT id, ${TEXTS} AS s, array(id, NULL) AS xs, IF(id % 5 = 0, NULL, named_struct('p', id, 'q', array(named_struct('z', ${TEXTS})))) AS st, map(concat('k', id), id / 4.0D) AS m FROM range(3000)`);
const PLAIN = "id BIGINT, i INT, d DOUBLE, b BOOLEAN, s STRING, dec DECIMAL(12, 3), ts TIMESTAMP, day DATE", NESTED = "id BIGINT, s STRING, xs ARRAY<BIGINT>, st STRUCT<p: BIGINT, q: ARRAY<STRUCT<z: STRING>>>, m MAP<STRING, DOUBLE>";
const CODECS = ["none", "snappy", "gzip", "zstd", "lz4_raw", "brotli"];

test("Parquet of Millrace is read by DuckDB: by each codec, with its filters, by partitions", async () => {
  const expected = await rowsOf(frame);
  for (const compression of CODECS) {
    const path = join(folder, `ours-${compression}`), files = `read_parquet('${path}/*.parquet')`;
    await frame.write.option("compression", compression).parquet(path);
    same(await inDuckDbRows(`SELECT * FROM ${files} ORDER BY id`), expected, compression);
    same(await inDuckDbRows(`SELECT id, s FROM ${files} WHERE id BETWEEN 4000 AND 4010 AND s IS NOT NULL ORDER BY id`), await rowsOf(frame.where("id BETWEEN 4000 AND 4010 AND s IS NOT NULL").select("id", "s")), compression);
  }
  const parts = frame.selectExpr("id", "s", "concat('a b=', id % 3) AS part"), path = join(folder, "ours-parts");
  await parts.write.partitionBy("part").parquet(path);
  same(await inDuckDbRows(`SELECT id, s, part FROM read_parquet('${path}/*/*.parquet', hive_partitioning = true) ORDER BY id`), await rowsOf(parts));
});

test("Parquet of DuckDB is read by Millrace: by each codec and version, with its filters, by partitions", async () => {
  const rows = await frame.toArrow(), expected = await rowsOf(frame);
  for (const compression of CODECS) for (const version of ["v1", "v2"]) {
    const path = join(folder, `theirs-${compression}-${version}.parquet`);
    inDuckDb(`COPY given TO '${path}' (FORMAT parquet, COMPRESSION ${compression === "none" ? "uncompressed" : compression}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048)`, { rows });
    const read = mill.read.parquet(path);
    same(await rowsOf(read.orderBy("id")), expected, `${compression} ${version}`);
    same(await rowsOf(read.where("id BETWEEN 4000 AND 4010 AND s IS NOT NULL").select("id", "s").orderBy("id")), await rowsOf(frame.where("id BETWEEN 4000 AND 4010 AND s IS NOT NULL").select("id", "s")), `${compression} ${version}`);
  }
  const parts = frame.selectExpr("id", "s", "concat('a b=', id % 3) AS part"), path = join(folder, "theirs-parts");
  inDuckDb(`COPY given TO '${path}' (FORMAT parquet, PARTITION_BY (part))`, { rows: await parts.toArrow() });
  same(await rowsOf(mill.read.parquet(path).select("id", "s", "part").orderBy("id")), await rowsOf(parts));
});

test("Arrow files, of each codec", async () => {
  const expected = await rowsOf(frame);
  for (const compression of ["none", "lz4", "zstd"]) {
    const path = join(folder, `ours-arrow-${compression}`);
    await frame.coalesce(1).write.format("arrow").option("compression", compression).save(path);
    const [file] = readdirSync(path).filter(name => name.endsWith(".arrow"));
    same(await inDuckDbRows("SELECT * FROM file ORDER BY id", join(path, file!)), expected, compression);
  }
  const path = join(folder, "theirs.arrow");
  inDuckDb("SELECT * FROM given", { rows: await frame.toArrow(), write: path });
  same(await rowsOf(mill.read.format("arrow").load(path).orderBy("id")), expected);
});

test("CSV: quotes, lines within values, an empty text beside a null", async () => {
  const expected = await rowsOf(plain), path = join(folder, "ours-csv");
  await plain.write.csv(path, { header: true, escape: '"', ignoreLeadingWhiteSpace: false, ignoreTrailingWhiteSpace: false, timestampFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX" });
  const types = "{'id': 'BIGINT', 'i': 'INTEGER', 'd': 'DOUBLE', 'b': 'BOOLEAN', 's': 'VARCHAR', 'dec': 'DECIMAL(12, 3)', 'ts': 'TIMESTAMPTZ', 'day': 'DATE'}";
  same(await inDuckDbRows(`SELECT * FROM read_csv('${path}/*.csv', header = true, quote = '"', escape = '"', allow_quoted_nulls = false, columns = ${types}) ORDER BY id`), expected);
  const theirs = join(folder, "theirs.csv");
  // With the default null value a quoted empty text is a null, as in Spark.
  inDuckDb(`COPY given TO '${theirs}' (FORMAT csv, HEADER, FORCE_QUOTE (s))`, { rows: await plain.toArrow() });
  const read = mill.read.schema(PLAIN).csv(theirs, { header: true, escape: '"', multiLine: true, nullValue: "NULL", timestampFormat: "yyyy-MM-dd HH:mm:ss[.SSSSSS]x" });
  same(await rowsOf(read.orderBy("id")), expected);
});

test("JSON, one value a line and as one document", async () => {
  const expected = await rowsOf(nested), path = join(folder, "ours-json"), types = "{'id': 'BIGINT', 's': 'VARCHAR', 'xs': 'BIGINT[]', 'st': 'STRUCT(p BIGINT, q STRUCT(z VARCHAR)[])', 'm': 'MAP(VARCHAR, DOUBLE)'}";
  await nested.write.option("compression", "gzip").json(path);
  same(await inDuckDbRows(`SELECT * FROM read_json('${path}/*.json.gz', format = 'newline_delimited', columns = ${types}) ORDER BY id`), expected);
  const rows = await nested.toArrow(), lines = join(folder, "theirs.ndjson"), document = join(folder, "theirs.json");
  inDuckDb(`COPY given TO '${lines}' (FORMAT json)`, { rows });
  inDuckDb(`COPY given TO '${document}' (FORMAT json, ARRAY true)`, { rows });
  same(await rowsOf(mill.read.schema(NESTED).json(lines).orderBy("id")), expected);
  same(await rowsOf(mill.read.schema(NESTED).json(document, { multiLine: true }).orderBy("id")), expected);
});

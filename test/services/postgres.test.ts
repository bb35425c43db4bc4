/** The PostgreSQL connectors against a server of their own. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock, systemRandom } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { rowsOf } from "../../src/columns/cells.ts";
import { batchesOf } from "../../src/columns/row-batches.ts";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { openSink, openTable } from "../../src/connectors/registry.ts";
import { bigint, int, schema, session, string, stringify, timestamp, type Session } from "../../src/index.ts";
import { count, max } from "../../src/functions.ts";
import { Arena } from "../../src/memory/arena.ts";
import { postgres, postgresSink } from "../../src/postgres.ts";
import type { Cell } from "../../src/types/cell.ts";
import { BIGINT, BINARY, BOOLEAN, CALENDAR_INTERVAL, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, array, decimal, field, struct, time } from "../../src/types/data-type.ts";
import { PASSWORD, postgresOfTests } from "./kit/postgres-server.ts";
import { freePort } from "./kit/service.ts";

const shared = postgresOfTests(), { folder: root, select } = shared;

const environment = { clock: systemClock, random: systemRandom, files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };
let folders = 0;
function folderOf(...files: readonly (readonly object[])[]): string {
  const folder = mkdtempSync(join(root, `input-${folders++}-`));
  files.forEach((rows, i) => writeFileSync(join(folder, `${i}.json`), rows.map(row => `${JSON.stringify(row)}\n`).join("")));
  return folder;
}

test("every type is read as it is", async () => {
  await shared.client.query(`CREATE TYPE mood AS ENUM ('calm', 'wild');
    CREATE TABLE kinds (i2 int2, i4 int4 NOT NULL, i8 int8, f4 float4, f8 float8, n numeric(20,4), n0 numeric, t text, v varchar(5), c char(4), b bool, y bytea, d date, ti time, ts timestamp, tz timestamptz, iv interval, u uuid, j jsonb, a int4[], ta text[], m mood);
    INSERT INTO kinds VALUES
      (-32768, 2147483647, 9223372036854775807, 1.5, 0.1, 1234567890123456.7891, -12345.678901234567890123, E'tab\\t line\\n back\\\\ zurück', 'vchar', 'ab', true, '\\x00ff10', '2026-02-28', '23:59:59.999999', '2026-02-28 12:34:56.123456', '2026-02-28 12:34:56.5+02', '1 year 2 months -3 days 04:05:06.7', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, null]}', '{1,NULL,-3}', '{"a,b","\\"q\\"",NULL,"NULL",""}', 'wild'),
      (32767, -2147483648, -9223372036854775808, '-Infinity', 'NaN', -0.0001, 0, '', '', '', false, '', '0044-03-15 BC', '00:00', '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999Z', '-00:00:00.000001', null, 'null', '{}', '{}', 'calm'),
      (null, 0, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)`);
  await using mill = session({ timeZone: "UTC" });
  const table = mill.read.from(postgres({ url: shared.server.url, table: "kinds" }));
  assert.equal((await table.schema()).toDDL(), "i2 SMALLINT,i4 INT NOT NULL,i8 BIGINT,f4 FLOAT,f8 DOUBLE,n DECIMAL(20,4),n0 DECIMAL(38,18),t STRING,v STRING,c STRING,b BOOLEAN,y BINARY,d DATE,ti TIME(6),ts TIMESTAMP_NTZ,tz TIMESTAMP,iv INTERVAL,u STRING,j STRING,a ARRAY<INT>,ta ARRAY<STRING>,m STRING");
  const [one, two, three] = await table.selectExpr("*", "CAST(iv AS STRING) AS ivt").drop("iv").collect() as Record<string, unknown>[];
  assert.deepEqual(JSON.parse(stringify(one).replaceAll(/:(-?\d{16,}[.\d]*)/g, ":\"$1\"")), {
    i2: -32768, i4: 2147483647, i8: "9223372036854775807", f4: 1.5, f8: 0.1, n: "1234567890123456.7891", n0: -12345.678901234567, t: "tab\t line\n back\\ zurück", v: "vchar", c: "ab  ", b: true, y: "AP8Q", d: "2026-02-28", ti: "23:59:59.999999",
    ts: "2026-02-28T12:34:56.123456", tz: "2026-02-28T10:34:56.5Z", u: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", j: "{\"a\": [1, null]}", a: [1, null, -3], ta: ["a,b", "\"q\"", null, "NULL", ""], m: "wild", ivt: "1 years 2 months -3 days 4 hours 5 minutes 6.7 seconds",
  });
  assert.equal(String(one!["n0"]), "-12345.678901234567890123");
  assert.deepEqual([two!["i8"], two!["f4"], two!["f8"], String(two!["n"]), two!["t"], String(two!["d"]), String(two!["ts"]), String(two!["tz"]), two!["a"], two!["ivt"]], [-9223372036854775808n, -Infinity, NaN, "-0.0001", "", "-000043-03-15", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999Z", [], "-0.000001 seconds"]);
  assert.ok(Object.entries(three!).every(([name, value]) => (name === "i4" ? value === 0 : value === null)), stringify(three));
});

test("what no type of ours can hold is an error that names column and value", async () => {
  await shared.client.query("CREATE TABLE wide (n numeric, d date, ts timestamp); INSERT INTO wide VALUES (1e30, 'infinity', '-infinity')");
  await using mill = session();
  const table = mill.read.from(postgres({ url: shared.server.url, table: "wide" }));
  for (const [column, value] of [["n", "1000000000000000000000000000000"], ["d", "infinity"], ["ts", "-infinity"]] as const) {
    await assert.rejects(table.select(column).collect(), { condition: "MILLRACE_POSTGRES.VALUE", messageParameters: { column, value, type: { n: "DECIMAL(38,18)", d: "DATE", ts: "TIMESTAMP_NTZ" }[column] } });
  }
});

test("a table is read in parts, a query as a table, and both take part in SQL", async () => {
  await shared.client.query("CREATE TABLE parts (id int PRIMARY KEY, at date); INSERT INTO parts SELECT i, date '2026-01-01' + i % 50 FROM generate_series(1, 1000) AS i; CREATE TABLE none (id int)");
  await using mill = session();
  const count1 = async (options: object): Promise<number> => await mill.read.from(postgres({ url: shared.server.url, ...options })).count();
  assert.equal(await count1({ table: "public.parts", partitionColumn: "id", lowerBound: 1, upperBound: 900, numPartitions: 7 }), 1000);
  assert.equal(await count1({ dbtable: "parts", partitionColumn: "at", lowerBound: "2026-01-05", upperBound: "2026-02-01", numPartitions: 3 }), 1000);
  assert.equal(await count1({ query: "SELECT id AS n FROM parts WHERE id % 2 = 0;" }), 500);
  assert.equal(await count1({ table: "none" }), 0);
  assert.deepEqual(await mill.sql`SELECT max(id) AS m, count(DISTINCT at) AS d FROM ${mill.read.format("postgres").option("url", shared.server.url).option("table", "parts").load()}`.collect(), [{ m: 1000, d: 50n }]);
  assert.equal((await mill.read.from(postgres({ url: shared.server.url, table: "parts" })).limit(3).collect()).length, 3);
});

test("json is its text, or VARIANT; rows that can't be read are left out on request", async () => {
  await shared.client.query(`CREATE TABLE documents (id int, j json, b jsonb, l jsonb[], n numeric); INSERT INTO documents VALUES (1, '{"k": 1.50, "n": 12345678901234567890123}', '{"z": [1, null, "x"], "a": 9007199254740993}', '{"1"}', 1), (2, 'null', null, null, 2), (3, '{"a":1,"a":2}', '1', null, 3), (4, '1', '2', null, 'NaN')`);
  await using mill = session({ timeZone: "UTC" });
  const read = (options: object) => mill.read.from(postgres({ url: shared.server.url, table: "documents", fetchsize: 100, ...options }));
  assert.deepEqual((await read({}).where("id = 1").select("j", "b").collect()).map(row => Object.values(row)), [['{"k": 1.50, "n": 12345678901234567890123}', '{"a": 9007199254740993, "z": [1, null, "x"]}']]);
  const asVariant = read({ jsonAs: "variant" });
  assert.equal((await asVariant.schema()).toDDL(), "id INT,j VARIANT,b VARIANT,l ARRAY<VARIANT>,n DECIMAL(38,18)");
  assert.deepEqual((await asVariant.where("id < 3").selectExpr("to_json(j)", "to_json(b)", "variant_get(b, '$.a', 'bigint')", "variant_get(l[0], '$', 'int')").collect()).map(row => Object.values(row)), [
    ['{"k":1.5,"n":12345678901234567890123}', '{"a":9007199254740993,"z":[1,null,"x"]}', 9007199254740993n, 1], ["null", null, null, null],
  ]);
  await assert.rejects(asVariant.select("j").collect(), { condition: "MILLRACE_POSTGRES.VALUE" });
  assert.deepEqual((await read({ jsonAs: "variant", badRow: "deadLetter" }).collect()).map(row => row["id"]), [1, 2]);
  assert.equal(await read({ badRow: "deadLetter" }).count(), 4);
});

test("a bounded query goes into a table by Spark's save modes, all of it or nothing", async () => {
  await using mill = session({ timeZone: "UTC" });
  const rows = (...values: [number, string][]) => mill.createDataFrame(values.map(([id, text]) => ({ id, text })), schema({ id: int().notNull(), text: string() })), all = () => select("SELECT id, text FROM written ORDER BY id, text");
  const writer = (frame: ReturnType<typeof rows>, options: object = {}) => frame.write.format("postgres").options({ url: shared.server.url, table: "written", ...options });
  await writer(rows([1, "a"])).save();
  await assert.rejects(writer(rows([2, "b"])).save(), { condition: "TABLE_OR_VIEW_ALREADY_EXISTS" });
  await writer(rows([2, "b"])).mode("ignore").save();
  await writer(rows([2, "b"], [1, "c"])).mode("append").save();
  assert.deepEqual(await all(), ["1,a", "1,c", "2,b"]);
  await assert.rejects(writer(rows([3, "d"]), { mode: "upsert", key: '["id"]' }).mode("append").save(), { condition: "MILLRACE_POSTGRES.OBJECT" });
  await writer(rows([1, "x"], [1, "y"])).mode("overwrite").save();
  assert.deepEqual(await all(), ["1,x", "1,y"]);
  await shared.client.query("TRUNCATE written; ALTER TABLE written ADD PRIMARY KEY (id)");
  await writer(rows([1, "x"], [2, "y"]), { mode: "upsert", key: "id" }).mode("append").save();
  await writer(rows([2, "z"], [3, "w"], [3, "v"]), { mode: "upsert", key: "id" }).mode("append").save();
  assert.deepEqual(await all(), ["1,x", "2,z", "3,v"]);
  await writer(rows([3, ""]).select("id") as never, { mode: "delete", key: "id" }).mode("append").save();
  await assert.rejects(writer(rows([4, "q"]), { mode: "upsert", key: "id" }).mode("overwrite").save(), { condition: "MILLRACE_INVALID_OPTION" });
  await assert.rejects(writer(rows([5, "q"], [5, "q"]), { truncate: true }).mode("overwrite").save(), { condition: "MILLRACE_POSTGRES.DATA" });
  assert.deepEqual(await all(), ["1,x", "2,z"], "nothing of what failed is there, and all that was is");
  await writer(rows([7, "t"]), { truncate: true }).mode("overwrite").save();
  await assert.rejects(writer(rows([7, "t"])).mode("append").save(), { condition: "MILLRACE_POSTGRES.DATA" });
  assert.deepEqual(await all(), ["7,t"]);
  const jdbc = { url: `jdbc:${shared.server.url}`, driver: "org.postgresql.Driver", dbtable: "written" };
  await rows([8, "u"]).write.format("jdbc").options({ ...jdbc, batchsize: 1000 }).mode("append").save();
  assert.equal(await mill.read.format("jdbc").options({ ...jdbc, fetchsize: 10 }).load().count(), 2);
  await assert.rejects(mill.read.format("jdbc").options({ url: "jdbc:mysql://localhost/x", dbtable: "t" }).load().count(), /JDBC to mysql/);
});

test("conditions go to the server, and change no answer", async () => {
  await shared.client.query("CREATE TABLE conditions (id int, t text, c char(4), u uuid, n numeric(6,2), d date, z timestamptz); INSERT INTO conditions SELECT i, 't' || i % 5, 'c' || i % 5, ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, i / 4.0, date '2026-01-01' + i, timestamptz '2026-01-01Z' + i * interval '1 hour' FROM generate_series(1, 100) AS i; INSERT INTO conditions VALUES (NULL)");
  await using mill = session({ timeZone: "UTC" });
  const table = mill.read.from(postgres({ url: shared.server.url, table: "conditions", partitionColumn: "id", lowerBound: 1, upperBound: 100, numPartitions: 3 }));
  for (const [condition, rows, isSent] of [["id > 90", 10, true], ["90 < id AND t = 't1'", 2, true], ["t = 'o''brien'", 0, true], ["c = 'c1  '", 20, false], ["u = '00000000-0000-0000-0000-000000000007'", 1, false], ["n >= 24.5", 3, true], ["d = DATE'2026-01-03'", 1, true], ["z < TIMESTAMP'2026-01-01 05:00:00'", 4, true], ["id IS NULL", 1, true], ["t < 't1'", 20, false], ["id > 95 OR t = 't1'", 24, false]] as const) {
    assert.equal((await table.where(condition).select("id").collect()).length, rows, condition);
    assert.equal((await table.where(condition).select("id").explain()).includes(" where "), isSent, condition);
  }
});

test("values survive the way into a table and back", async () => {
  const types = { i2: SMALLINT, i4: INT, i8: BIGINT, f4: FLOAT, f8: DOUBLE, small: decimal(12, 3), large: decimal(38, 10), t: STRING, b: BOOLEAN, y: BINARY, d: DATE, ti: time(6), ts: TIMESTAMP_NTZ, tz: TIMESTAMP, iv: CALENDAR_INTERVAL, a: array(STRING), ai: array(BIGINT) };
  const rowType = struct(Object.entries(types).map(([name, type]) => field(name, type)));
  const text = fc.string({ unit: "binary", maxLength: 40 }).map(value => value.replaceAll("\0", "").toWellFormed());
  const micros = fc.bigInt({ min: -60_000_000_000_000_000n, max: 200_000_000_000_000_000n });
  const cells: readonly fc.Arbitrary<Cell>[] = [
    fc.integer({ min: -32768, max: 32767 }), fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.float(), fc.double(), fc.bigInt({ min: -(10n ** 12n - 1n), max: 10n ** 12n - 1n }), fc.bigInt({ min: -(10n ** 38n - 1n), max: 10n ** 38n - 1n }), text, fc.boolean(),
    fc.uint8Array({ maxLength: 30 }), fc.integer({ min: -700_000, max: 2_900_000 }), fc.bigInt({ min: 0n, max: 86_399_999_999n }).map(value => value * 1000n), micros, micros,
    fc.record({ months: fc.integer({ min: -1000, max: 1000 }), days: fc.integer({ min: -1000, max: 1000 }), micros: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }) }, { noNullPrototype: true }), fc.array(fc.option(text), { maxLength: 4 }), fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), { maxLength: 4 }),
  ];
  const arena = new Arena();
  let turn = 0;
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(...cells.map(cell => fc.option(cell, { freq: 8 }))), { minLength: 1, maxLength: 30 }), async rows => {
    const table = `trip_${turn++}`, sink = await openSink("postgres", { path: undefined, options: { url: shared.server.url, table, createTable: "true" }, partitionBy: [] }, environment);
    await sink.open({ queryId: table, queryName: null, epoch: 1, schema: rowType, outputMode: "append", keyColumns: [], timeZone: "UTC", hasWatermark: false });
    const batch = sink.begin!(0);
    for (const part of batchesOf(rowType, rows as Cell[][], arena)) batch.write(part);
    await batch.prepare();
    await sink.commit!(0, batch.digest!);
    await sink.stop();
    const read = await openTable({ kind: "read_data_source", format: "postgres", options: { url: shared.server.url, table }, paths: [], isStreaming: false }, environment), back: Cell[][] = [], reading = read.batch!();
    for (const split of await reading.planBatch()) await reading.read(split, { columns: Object.keys(types), signal: new AbortController().signal }, { push: part => back.push(...rowsOf(part)) > 0, badRecord: () => assert.fail() });
    reading.close!();
    assert.deepEqual(back.map(plain), rows.map(row => plain(row as Cell[])));
  }), { numRuns: 15 });
  arena.release();
});
const plain = (row: readonly Cell[]): unknown => row.map(cell => (cell instanceof Uint8Array ? [...cell] : cell));

const Event = schema({ id: bigint().notNull(), key: string(), at: timestamp(), v: int() });
async function copy(mill: Session, folder: string, options: Partial<Parameters<typeof postgresSink>[0]> & { table: string }, checkpoint: string): Promise<void> {
  const query = await mill.readStream.schema(Event).json(folder).writeStream.trigger({ availableNow: true }).to(postgresSink({ url: shared.server.url, createTable: true, ...options })).start({ checkpointLocation: join(root, checkpoint) });
  await query.awaitTermination();
}

test("one row, a hundred thousand, and none", async () => {
  await using mill = session({ timeZone: "UTC" });
  const many = Array.from({ length: 100_000 }, (_, i) => ({ id: i, key: `k${i % 10}`, at: new Date(1.77e12 + i).toISOString(), v: i % 7 }));
  await copy(mill, folderOf([{ id: 1, key: "a\tb\\", at: "2026-01-01T00:00:00.000001Z", v: null }]), { table: "copied" }, "one");
  assert.deepEqual(await select("SELECT id, key, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), v IS NULL FROM copied"), ["1,a\tb\\,2026-01-01 00:00:00.000001,true"]);
  await copy(mill, folderOf(many), { table: "copied" }, "many");
  assert.deepEqual(await select("SELECT count(*), count(DISTINCT id), sum(v), extract(epoch FROM max(at)) FROM copied"), [`100001,100000,${many.reduce((sum, row) => sum + row.v, 0)},1770000099.999000`]);
  await copy(mill, folderOf([]), { table: "empty" }, "none");
  assert.deepEqual(await select("SELECT count(*) FROM empty"), ["0"]);
});

test("upsert keeps the last row of a key, delete removes it; an updating query keeps a table as it is", async () => {
  await using mill = session({ timeZone: "UTC" });
  await copy(mill, folderOf([{ id: 1, key: "a", v: 1 }, { id: 2, key: "b", v: 1 }, { id: 1, key: "c", v: 2 }]), { table: "people", mode: "upsert", key: ["id"] }, "up-1");
  await copy(mill, folderOf([{ id: 2, key: "d", v: 3 }, { id: 3, key: "e", v: 3 }]), { table: "people", mode: "upsert", key: ["id"] }, "up-2");
  assert.deepEqual(await select("SELECT id, key, v FROM people ORDER BY id"), ["1,c,2", "2,d,3", "3,e,3"]);
  const gone = mill.readStream.schema(Event).json(folderOf([{ id: 1 }, { id: 9 }])).select("id").writeStream.trigger({ availableNow: true }).to(postgresSink({ url: shared.server.url, table: "people", mode: "delete", key: ["id"] }));
  await (await gone.start({ checkpointLocation: join(root, "gone") })).awaitTermination();
  assert.deepEqual(await select("SELECT id FROM people ORDER BY id"), ["2", "3"]);
  const folder = folderOf(Array.from({ length: 50 }, (_, i) => ({ id: i, key: `k${i % 3}` })), Array.from({ length: 10 }, (_, i) => ({ id: 100 + i, key: "k1" })));
  const counted = await mill.readStream.schema(Event).json(folder, { maxFilesPerTrigger: 1 }).groupBy("key").agg(r => ({ n: count(), last: max(r.id) })).writeStream.outputMode("update").trigger({ availableNow: true })
    .to(postgresSink({ url: shared.server.url, table: "counts", mode: "upsert", key: ["key"], createTable: true })).start({ checkpointLocation: join(root, "counts") });
  await counted.awaitTermination();
  assert.deepEqual(await select("SELECT key, n, last FROM counts ORDER BY key"), ["k0,17,48", "k1,27,109", "k2,16,47"]);
});

test("errors say which of address, login, right, object or data is wrong, and no password", async () => {
  await shared.client.query("CREATE ROLE reader LOGIN PASSWORD 'weak'; CREATE TABLE target (id bigint CHECK (id < 10), key text)");
  await using mill = session();
  const url = new URL(shared.server.url), closed = await freePort();
  const read = (change: (url: URL) => void, table = "target"): Promise<unknown> => {
    const other = new URL(url);
    change(other);
    return mill.read.from(postgres({ url: other.toString(), table })).collect();
  };
  await assert.rejects(read(other => { other.port = String(closed); }), { condition: "MILLRACE_POSTGRES.ADDRESS" });
  await assert.rejects(read(other => { other.hostname = "no-such-host.invalid"; }), { condition: "MILLRACE_POSTGRES.ADDRESS" });
  await assert.rejects(read(other => { other.search = "?sslmode=require"; }), { condition: "MILLRACE_POSTGRES.TLS" });
  await assert.rejects(read(other => { other.password = "not-this-one"; }), (error: { condition: string; message: string }) => error.condition === "MILLRACE_POSTGRES.LOGIN" && !error.message.includes("not-this-one"));
  await assert.rejects(read(other => { other.pathname = "/nowhere"; }), { condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "3D000" });
  await assert.rejects(read(() => {}, "targt"), { condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P01" });
  await assert.rejects(read(other => { other.username = "reader"; other.password = "weak"; }), { condition: "MILLRACE_POSTGRES.RIGHT" });
  await assert.rejects(mill.read.from(postgres({ url: shared.server.url, tabel: "target" } as never)).collect(), { condition: "MILLRACE_INVALID_OPTION", hint: "did you mean table?" });

  const write = (options: object, rows: object[]): Promise<void> => copy(mill, folderOf(rows), { table: "target", createTable: false, ...options }, `wrong-${folders}`);
  await assert.rejects(write({ table: "targte" }, [{ id: 1 }]), { condition: "MILLRACE_POSTGRES.OBJECT", hint: "did you mean target? createTable: true makes the table" });
  await assert.rejects(write({}, [{ id: 1 }]), { condition: "MILLRACE_POSTGRES.OBJECT", messageParameters: { column: "at", table: "target" } });
  await assert.rejects(write({ mode: "upsert", key: ["id"], table: "kinds" }, [{ id: 1 }]), { condition: "MILLRACE_POSTGRES.OBJECT" });
  await shared.client.query("ALTER TABLE target ADD COLUMN at timestamptz, ADD COLUMN v int");
  await assert.rejects(write({ mode: "upsert", key: ["id"] }, [{ id: 1 }]), { condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P10" });
  await assert.rejects(write({}, [{ id: 1 }, { id: 11 }]), (error: { condition: string; message: string }) => error.condition === "MILLRACE_POSTGRES.DATA" && /target_id_check/.test(error.message));
  assert.deepEqual(await select("SELECT count(*) FROM target"), ["0"]);
});

test("a password may come from the environment or from a file, and stays out of descriptions, progress and checkpoint", async () => {
  process.env["MILLRACE_TEST_PASSWORD"] = PASSWORD;
  const file = join(root, "password"), url = new URL(shared.server.url);
  writeFileSync(file, `${PASSWORD}\n`);
  url.password = "";
  await using mill = session();
  for (const secret of [{ password: "$MILLRACE_TEST_PASSWORD" }, { passwordFile: file }]) assert.equal((await mill.read.from(postgres({ url: url.toString(), table: "copied", ...secret })).limit(1).collect()).length, 1);
  await assert.rejects(mill.read.from(postgres({ url: url.toString(), table: "copied", password: "$MILLRACE_NOT_SET" })).collect(), { condition: "MILLRACE_INVALID_OPTION" });
  const query = await mill.readStream.schema(Event).json(folderOf([{ id: 5 }])).writeStream.trigger({ availableNow: true }).to(postgresSink({ url: shared.server.url, table: "secret", createTable: true })).start({ checkpointLocation: join(root, "secret") });
  await query.awaitTermination();
  assert.ok(!stringify(query.lastProgress).includes(PASSWORD));
  const kept = readdirSync(join(root, "secret"), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => readFileSync(join(entry.parentPath, entry.name)));
  assert.ok(kept.length > 0 && kept.every(bytes => !bytes.includes(PASSWORD)));
});

test("check-connection says what is there, and what is missing", async () => {
  let out = "", err = "";
  const terminal = { out: (text: string) => { out += text; }, err: (text: string) => { err += text; } } as unknown as Terminal;
  assert.equal(await main(["check-connection", shared.server.url, "--table", "kinds"], terminal), 0, err);
  assert.match(out, /^ok {2}address +PostgreSQL \d+[^]*ok {2}object +the table kinds is there[^]*ok {2}changes/);
  out = "";
  assert.equal(await main(["check-connection", shared.server.url, "--table", "kidns"], terminal), 1);
  assert.match(out, /BAD object +there is no table kidns/);
  const reader = new URL(shared.server.url);
  reader.username = "reader";
  reader.password = "weak";
  out = "";
  assert.equal(await main(["check-connection", reader.toString(), "--table", "kinds"], terminal), 1);
  assert.match(out, /BAD right to read[^]*- {3}changes +reader has not REPLICATION/);
  reader.password = "not-this-one";
  assert.equal(await main(["check-connection", reader.toString()], terminal), 1);
  assert.match(err, /MILLRACE_POSTGRES\.LOGIN/);
  assert.doesNotMatch(out + err, /not-this-one|weak/);
  assert.equal(await main(["check-connection", "amqp://localhost"], terminal), 2);
});

/** Changes of PostgreSQL's tables as a stream, from a server of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { col, expr } from "../../src/functions.ts";
import { session, type StreamingQuery } from "../../src/index.ts";
import { dropPostgresSlot, postgresCdc, type PostgresCdcOptions, type PostgresChange } from "../../src/postgres.ts";
import { postgresOfTests } from "./kit/postgres-server.ts";

const shared = postgresOfTests(), { folder: root, select } = shared;


/** Reads all there is into batches of rows. */
async function read(options: Partial<PostgresCdcOptions>, checkpoint: string): Promise<PostgresChange[][]> {
  await using mill = session({ timeZone: "UTC" });
  const batches: PostgresChange[][] = [];
  const query: StreamingQuery = await mill.readStream.from(postgresCdc({ url: shared.server.url, ...options })).writeStream.foreachBatch(async batch => { batches.push(await batch.collect()); }).start({ checkpointLocation: join(root, checkpoint) });
  await query.processAllAvailable();
  await query.stop();
  return batches;
}
const short = (changes: readonly PostgresChange[]): unknown[] => changes.map(({ op, before: old, after: now }) => [op, old === null ? null : Object.values(old).join("/"), now === null ? null : Object.values(now).join("/")]);

test("first what is there, then every change in the order of commits, each once over stops", async () => {
  await shared.client.query("CREATE TABLE orders (id int PRIMARY KEY, who text, price numeric(10,2)); INSERT INTO orders VALUES (1, E'a\\tb\\nc', 1.5), (2, null, 2)");
  const [first, ...none] = await read({ table: "orders" }, "orders");
  assert.deepEqual(none.flat(), []);
  assert.deepEqual(short(first!), [["snapshot", null, "1/a\tb\nc/1.50"], ["snapshot", null, "2//2.00"]]);
  assert.ok(first!.every(change => change.xid === null && change.table === "public.orders"));
  await shared.client.query("INSERT INTO orders VALUES (3, 'c', 3)");
  await shared.client.query("BEGIN; UPDATE orders SET price = 4 WHERE id = 3; UPDATE orders SET id = 5 WHERE id = 1; DELETE FROM orders WHERE id = 2; COMMIT");
  await shared.client.query("BEGIN; INSERT INTO orders VALUES (9); ROLLBACK");
  await shared.client.query("TRUNCATE orders");
  const changes = (await read({ table: "orders" }, "orders")).flat();
  assert.deepEqual(short(changes), [["insert", null, "3/c/3.00"], ["update", null, "3/c/4.00"], ["update", "1//", "5/a\tb\nc/1.50"], ["delete", "2//", null], ["truncate", null, null]]);
  assert.equal(new Set(changes.map(change => change.lsn)).size, 3);
  assert.equal(changes[1]!.xid, changes[3]!.xid);
  assert.ok(changes.every((change, i) => change.committed_at !== null && (i === 0 || change.lsn >= changes[i - 1]!.lsn)));
  assert.deepEqual((await read({ table: "orders" }, "orders")).flat(), []);
});

test("a whole old row comes with REPLICA IDENTITY FULL; a long value that was not touched is named, or taken from the old row", async () => {
  await shared.client.query("CREATE TABLE long (id int PRIMARY KEY, n int, t text); ALTER TABLE long ALTER COLUMN t SET STORAGE EXTERNAL; INSERT INTO long VALUES (1, 1, repeat('x', 9000))");
  await read({ table: "long" }, "long");
  await shared.client.query("UPDATE long SET n = 2");
  await shared.client.query("ALTER TABLE long REPLICA IDENTITY FULL");
  await shared.client.query("UPDATE long SET n = 3");
  const [without, whole] = (await read({ table: "long" }, "long")).flat();
  assert.deepEqual([without!.before, without!.after!["t"], without!.unchanged], [null, null, ["t"]]);
  assert.deepEqual([whole!.before!["n"], (whole!.after!["t"] as string).length, whole!.unchanged], [2, 9000, null]);
});

test("a batch takes whole transactions, up to a limit of changes", async () => {
  await shared.client.query("CREATE TABLE many (id int PRIMARY KEY)");
  await read({ table: "many", maxChangesPerTrigger: 25 }, "many");
  for (const [from, to] of [[1, 10], [11, 20], [21, 100], [101, 105]]) await shared.client.query(`INSERT INTO many SELECT generate_series(${from}, ${to})`);
  const batches = (await read({ table: "many", maxChangesPerTrigger: 25 }, "many")).filter(batch => batch.length > 0);
  assert.ok(batches.length >= 2, `${batches.length} batches`);
  assert.deepEqual(batches.flat().map(change => change.after!["id"]), Array.from({ length: 105 }, (_, i) => i + 1));
  for (const [i, batch] of batches.entries()) for (const other of batches.slice(i + 1)) assert.ok(!other.some(change => batch.some(one => one.lsn === change.lsn)));
});

test("a transaction larger than what may be held is read as it is taken, between others, and again after a stop", async () => {
  await shared.client.query("CREATE TABLE large (id int PRIMARY KEY, t text)");
  await read({ table: "large", maxBytes: 70_000 }, "large");
  for (const [from, to] of [[1, 1], [1000, 20_000], [20_001, 20_002], [30_000, 40_000], [50_000, 50_000]]) await shared.client.query(`INSERT INTO large SELECT i, repeat('x', 50) FROM generate_series(${from}, ${to}) AS i`);
  await shared.client.query("UPDATE large SET t = 'y' WHERE id = 1");
  const batches = (await read({ table: "large", maxBytes: 70_000 }, "large")).filter(batch => batch.length > 0), ids = batches.flat().map(change => change.after!["id"] as number);
  assert.deepEqual(batches.map(batch => batch.length), [1, 19_001, 2, 10_001, 2]);
  assert.deepEqual(ids, [1, ...Array.from({ length: 19_001 }, (_, i) => 1000 + i), 20_001, 20_002, ...Array.from({ length: 10_001 }, (_, i) => 30_000 + i), 50_000, 1]);
  await assert.rejects(read({ table: "large", maxBytes: 70_000 }, "large-2"), { condition: "MILLRACE_POSTGRES.TOO_LARGE" });
});

test("several tables by one slot: in the order of commits, each row with the columns that its table has then", async () => {
  await shared.client.query("CREATE TABLE parents (id int PRIMARY KEY, name text, price numeric(10,2)); CREATE SCHEMA shop; CREATE TABLE shop.parts (a int, b bigint, at timestamptz, tags text[], doc jsonb, PRIMARY KEY (a, b))");
  await shared.client.query("INSERT INTO parents VALUES (1, 'x', 1.5); INSERT INTO shop.parts VALUES (1, 9007199254740993, '2026-03-01T00:00:00Z', '{p,q}', '{\"k\": 0.1}')");
  const tables = ["parents", "shop.parts"], changesOf = async (): Promise<string[]> => (await read({ tables }, "several")).flat().map(({ op, table, before: old, after: now, unchanged }) => [op, table, String(old), String(now), ...(unchanged ?? [])].join(" "));
  assert.deepEqual(await changesOf(), [
    'snapshot public.parents null {"id":1,"name":"x","price":1.5}', 'snapshot shop.parts null {"a":1,"at":"2026-03-01T00:00:00Z","b":9007199254740993,"doc":{"k":0.1},"tags":["p","q"]}',
  ]);
  await shared.client.query("BEGIN; INSERT INTO parents VALUES (2, 'y', 2); UPDATE shop.parts SET b = 5 WHERE a = 1; DELETE FROM parents WHERE id = 1; COMMIT");
  await shared.client.query("ALTER TABLE parents ADD COLUMN note text, DROP COLUMN price; ALTER TABLE shop.parts ALTER COLUMN a TYPE text; INSERT INTO parents VALUES (3, 'z', 'n'); UPDATE shop.parts SET a = 'one'; TRUNCATE parents, shop.parts");
  const changes = await changesOf();
  assert.deepEqual(changes.map(line => line.replace(/"at":"[^"]*",/, "").replace(/"doc":\{[^}]*\},"tags":\[[^\]]*\]/, "...")), [
    'insert public.parents null {"id":2,"name":"y","price":2}', 'update shop.parts {"a":1,"b":9007199254740993} {"a":1,"b":5,...}', 'delete public.parents {"id":1} null',
    'insert public.parents null {"id":3,"name":"z","note":"n"}', 'update shop.parts {"a":"1","b":5} {"a":"one","b":5,...}', "truncate public.parents null null", "truncate shop.parts null null",
  ]);
  assert.deepEqual(await select("SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE 'millrace_%' AND slot_name IN (SELECT pubname FROM pg_publication_tables WHERE tablename = 'parts')"), ["1"]);
});

test("rows of several tables become typed by a cast, or are JSON", async () => {
  await shared.client.query("CREATE TABLE left_one (id int PRIMARY KEY, v numeric(6,2)); CREATE TABLE right_one (id int PRIMARY KEY, s text); INSERT INTO left_one VALUES (1, 2.5); INSERT INTO right_one VALUES (7, 'seven')");
  await using mill = session({ timeZone: "UTC" });
  const rows: unknown[] = [], query = await mill.readStream.from(postgresCdc({ url: shared.server.url, tables: ["left_one", "right_one"] })).where(col("table").eq("public.left_one")).select(expr("CAST(after AS STRUCT<id: INT, v: DECIMAL(6,2)>)").as("row")).select(col("row.id"), col("row.v"))
    .writeStream.foreach(row => { rows.push(row); }).start({ checkpointLocation: join(root, "typed") });
  await query.processAllAvailable();
  await query.stop();
  assert.deepEqual(rows.map(row => Object.values(row as object).map(String)), [["1", "2.50"]]);
  const [json] = await read({ tables: ["right_one"], rowsAs: "json" }, "as-json");
  assert.deepEqual(json!.map(change => change.after as unknown), ['{"id":7,"s":"seven"}']);
  await assert.rejects(read({ table: "left_one", tables: ["right_one"] }, "both"), { condition: "MILLRACE_INVALID_OPTION" });
  await assert.rejects(read({ table: "left_one", rowsAs: "json" }, "json-of-one"), { condition: "MILLRACE_INVALID_OPTION" });
});

test("a row whose value its type can't hold goes to the dead letters, of the first look and of changes", async () => {
  await shared.client.query("CREATE TABLE wild (id int PRIMARY KEY, n numeric, d date); INSERT INTO wild VALUES (1, 1, '2026-01-01'), (2, 'NaN', '2026-01-01'), (3, 3, 'infinity'), (4, 4, null)");
  await assert.rejects(read({ table: "wild" }, "wild-fails"), { condition: "MILLRACE_POSTGRES.VALUE" });
  const options = { table: "wild", badRow: "deadLetter" } as const, ids = (batches: PostgresChange[][]): unknown[] => batches.flat().map(change => (change.after ?? change.before)!["id"]);
  assert.deepEqual(ids(await read(options, "wild")), [1, 4]);
  await shared.client.query("BEGIN; INSERT INTO wild VALUES (5, 5, null), (6, 'Infinity', null), (7, 7, null); UPDATE wild SET d = '-infinity' WHERE id = 5; DELETE FROM wild WHERE id = 7; COMMIT");
  assert.deepEqual(ids(await read(options, "wild")), [5, 7, 7]);
  const folder = join(root, "wild", "dead-letters"), letters = readdirSync(folder).filter(name => name.endsWith(".ndjson")).sort().flatMap(name => readFileSync(join(folder, name), "utf8").trim().split("\n")).map(line => JSON.parse(line) as { column: string; reason: string; raw: string });
  assert.deepEqual(letters.map(({ column, raw }) => [column, raw]), [["n", "2\tNaN\t2026-01-01"], ["d", "3\t3\tinfinity"], ["n", '{"id":"6","n":"Infinity","d":null}'], ["d", '{"id":"5","n":"5","d":"-infinity"}']]);
  assert.match(letters[0]!.reason, /has the value NaN, which DECIMAL\(38,18\) can't hold/);
});

test("a new column is left out; one that is gone or of another type ends the query", async () => {
  await shared.client.query("CREATE TABLE shape (id int PRIMARY KEY, a text, b int); INSERT INTO shape VALUES (1, 'a', 1)");
  await read({ table: "shape" }, "shape");
  await shared.client.query("ALTER TABLE shape ADD COLUMN c int DEFAULT 7; INSERT INTO shape VALUES (2, 'b', 2, 3)");
  assert.deepEqual(short((await read({ table: "shape" }, "shape")).flat()), [["insert", null, "2/b/2"]]);
  await shared.client.query("ALTER TABLE shape ALTER COLUMN b TYPE bigint; INSERT INTO shape VALUES (3, 'c', 3)");
  await assert.rejects(read({ table: "shape" }, "shape"), { condition: "MILLRACE_POSTGRES.SCHEMA", message: /b of public.shape was INT and is BIGINT now/ });
});

test("a slot that is gone or moved by another is an error; one can be dropped", async () => {
  await shared.client.query("CREATE TABLE slots (id int PRIMARY KEY)");
  await read({ table: "slots", slot: "of_slots" }, "slots");
  await assert.rejects(read({ table: "slots", slot: "of_slots" }, "slots-2"), { condition: "MILLRACE_POSTGRES.SLOT" });
  await shared.client.query("INSERT INTO slots VALUES (1)");
  await shared.client.query("SELECT pg_replication_slot_advance('of_slots', pg_current_wal_flush_lsn())");
  await assert.rejects(read({ table: "slots", slot: "of_slots" }, "slots"), { condition: "MILLRACE_POSTGRES.SLOT" });
  await dropPostgresSlot({ url: shared.server.url, slot: "of_slots" });
  assert.deepEqual(await select("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'of_slots'"), []);
  await assert.rejects(read({ table: "slots", slot: "of_slots" }, "slots"), { condition: "MILLRACE_POSTGRES.SLOT" });
  await assert.rejects(read({ table: "slotz" }, "slotz"), { condition: "MILLRACE_POSTGRES.OBJECT" });
});

test("a table that is changed while its reader is killed again and again arrives as it is, each change once", async () => {
  await shared.client.query("CREATE TABLE live (id int PRIMARY KEY, v int); INSERT INTO live SELECT i, 0 FROM generate_series(1, 50) AS i; CREATE TABLE arrived (op text, lsn bigint, id int, old int, v int)");
  const worker = resolve(import.meta.dirname, "postgres-cdc-worker.ts"), seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  let changes = 0;
  const change = async (): Promise<void> => {
    const id = random.uint32() % 60, rows = await shared.client.query(random.uint32() % 3 === 0 ? "DELETE FROM live WHERE id = $1" : "INSERT INTO live VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET v = live.v + 1", [id]);
    changes += rows.rowCount!;
  };
  const start = (): { child: ReturnType<typeof spawn>; started: Promise<unknown>; ended: Promise<{ code: number | null; signal: string | null; err: string }> } => {
    const child = spawn(process.execPath, ["--conditions=millrace-source", worker, shared.server.url, join(root, "live")], { stdio: ["ignore", "pipe", "pipe"] });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => { err += chunk.toString(); });
    const ended = new Promise<{ code: number | null; signal: string | null; err: string }>(done => child.on("close", (code, signal) => done({ code, signal, err })));
    return { child, ended, started: Promise.race([new Promise(started => child.stdout.once("data", started)), ended]) };
  };
  /** Ends it when all that is there has arrived. */
  const finish = async ({ child, started, ended }: ReturnType<typeof start>): Promise<void> => {
    await started;
    child.kill("SIGTERM");
    const { code, err } = await ended;
    assert.equal(code, 0, `seed ${seed}: ${err}`);
  };
  const kill = async ({ child, started, ended }: ReturnType<typeof start>, work: () => Promise<void>, millis: number): Promise<void> => {
    await started;
    await work();
    await new Promise(wait => setTimeout(wait, random.uint32() % millis));
    child.kill("SIGKILL");
    const { signal, err } = await ended;
    assert.equal(signal, "SIGKILL", `seed ${seed}: ${err}`);
  };
  // In the middle of the first look at the table, and then among changes.
  for (let i = 0; i < 3; i++) await kill(start(), async () => {}, 60);
  await finish(start());
  for (let i = 0; i < 6; i++) await kill(start(), async () => { for (let n = 0; n < 40; n++) await change(); }, 150);
  await finish(start());
  const last = `SELECT id, v FROM (SELECT DISTINCT ON (id) id, v, op FROM arrived ORDER BY id, lsn DESC) AS newest WHERE op <> 'delete' ORDER BY id`;
  assert.deepEqual(await select(last), await select("SELECT id, v FROM live ORDER BY id"), `seed ${seed}`);
  assert.deepEqual(await select("SELECT count(*) FILTER (WHERE op = 'snapshot'), count(*) FILTER (WHERE op <> 'snapshot'), count(*) - count(DISTINCT (op, lsn, id)) FROM arrived"), [`50,${changes},0`], `seed ${seed}`);
});

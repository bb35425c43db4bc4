/** Changes of PostgreSQL's tables as a stream, from a server of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { seededRandom } from "../../src/base/clock.ts";
import { session, type StreamingQuery } from "../../src/index.ts";
import { dropPostgresSlot, postgresCdc, type PostgresCdcOptions, type PostgresChange } from "../../src/postgres.ts";
import { PostgresServer } from "./kit/postgres-server.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-postgres-cdc-"));
let server: PostgresServer, client: pg.Client;
before(async () => {
  server = await PostgresServer.start();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
});
after(async () => {
  await client?.end();
  await server?.[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const select = async (sql: string): Promise<string[]> => (await client.query({ text: sql, rowMode: "array" })).rows.map(row => (row as unknown[]).join(","));

/** Reads all there is into batches of rows. */
async function read(options: Partial<PostgresCdcOptions> & { table: string }, checkpoint: string): Promise<PostgresChange[][]> {
  await using mill = session({ timeZone: "UTC" });
  const batches: PostgresChange[][] = [];
  const query: StreamingQuery = await mill.readStream.from(postgresCdc({ url: server.url, ...options })).writeStream.foreachBatch(async batch => { batches.push(await batch.collect()); }).start({ checkpointLocation: join(root, checkpoint) });
  await query.processAllAvailable();
  await query.stop();
  return batches;
}
const short = (changes: readonly PostgresChange[]): unknown[] => changes.map(({ op, before: old, after: now }) => [op, old === null ? null : Object.values(old).join("/"), now === null ? null : Object.values(now).join("/")]);

test("first what is there, then every change in the order of commits, each once over stops", async () => {
  await client.query("CREATE TABLE orders (id int PRIMARY KEY, who text, price numeric(10,2)); INSERT INTO orders VALUES (1, E'a\\tb\\nc', 1.5), (2, null, 2)");
  const [first, ...none] = await read({ table: "orders" }, "orders");
  assert.deepEqual(none.flat(), []);
  assert.deepEqual(short(first!), [["snapshot", null, "1/a\tb\nc/1.50"], ["snapshot", null, "2//2.00"]]);
  assert.ok(first!.every(change => change.xid === null && change.table === "public.orders"));
  await client.query("INSERT INTO orders VALUES (3, 'c', 3)");
  await client.query("BEGIN; UPDATE orders SET price = 4 WHERE id = 3; UPDATE orders SET id = 5 WHERE id = 1; DELETE FROM orders WHERE id = 2; COMMIT");
  await client.query("BEGIN; INSERT INTO orders VALUES (9); ROLLBACK");
  await client.query("TRUNCATE orders");
  const changes = (await read({ table: "orders" }, "orders")).flat();
  assert.deepEqual(short(changes), [["insert", null, "3/c/3.00"], ["update", null, "3/c/4.00"], ["update", "1//", "5/a\tb\nc/1.50"], ["delete", "2//", null], ["truncate", null, null]]);
  assert.equal(new Set(changes.map(change => change.lsn)).size, 3);
  assert.equal(changes[1]!.xid, changes[3]!.xid);
  assert.ok(changes.every((change, i) => change.committed_at !== null && (i === 0 || change.lsn >= changes[i - 1]!.lsn)));
  assert.deepEqual((await read({ table: "orders" }, "orders")).flat(), []);
});

test("a whole old row comes with REPLICA IDENTITY FULL; a long value that was not touched is named, or taken from the old row", async () => {
  await client.query("CREATE TABLE long (id int PRIMARY KEY, n int, t text); ALTER TABLE long ALTER COLUMN t SET STORAGE EXTERNAL; INSERT INTO long VALUES (1, 1, repeat('x', 9000))");
  await read({ table: "long" }, "long");
  await client.query("UPDATE long SET n = 2");
  await client.query("ALTER TABLE long REPLICA IDENTITY FULL");
  await client.query("UPDATE long SET n = 3");
  const [without, whole] = (await read({ table: "long" }, "long")).flat();
  assert.deepEqual([without!.before, without!.after!["t"], without!.unchanged], [null, null, ["t"]]);
  assert.deepEqual([whole!.before!["n"], (whole!.after!["t"] as string).length, whole!.unchanged], [2, 9000, null]);
});

test("a batch takes whole transactions, up to a limit of changes", async () => {
  await client.query("CREATE TABLE many (id int PRIMARY KEY)");
  await read({ table: "many", maxChangesPerTrigger: 25 }, "many");
  for (const [from, to] of [[1, 10], [11, 20], [21, 100], [101, 105]]) await client.query(`INSERT INTO many SELECT generate_series(${from}, ${to})`);
  const batches = (await read({ table: "many", maxChangesPerTrigger: 25 }, "many")).filter(batch => batch.length > 0);
  assert.ok(batches.length >= 2, `${batches.length} batches`);
  assert.deepEqual(batches.flat().map(change => change.after!["id"]), Array.from({ length: 105 }, (_, i) => i + 1));
  for (const [i, batch] of batches.entries()) for (const other of batches.slice(i + 1)) assert.ok(!other.some(change => batch.some(one => one.lsn === change.lsn)));
  await client.query("INSERT INTO many SELECT generate_series(1000, 20000)");
  await assert.rejects(read({ table: "many", maxBytes: 70_000 }, "many"), { condition: "MILLRACE_POSTGRES.TOO_LARGE" });
  assert.equal((await read({ table: "many" }, "many")).flat().length, 19_001);
});

test("a new column is left out; one that is gone or of another type ends the query", async () => {
  await client.query("CREATE TABLE shape (id int PRIMARY KEY, a text, b int); INSERT INTO shape VALUES (1, 'a', 1)");
  await read({ table: "shape" }, "shape");
  await client.query("ALTER TABLE shape ADD COLUMN c int DEFAULT 7; INSERT INTO shape VALUES (2, 'b', 2, 3)");
  assert.deepEqual(short((await read({ table: "shape" }, "shape")).flat()), [["insert", null, "2/b/2"]]);
  await client.query("ALTER TABLE shape ALTER COLUMN b TYPE bigint; INSERT INTO shape VALUES (3, 'c', 3)");
  await assert.rejects(read({ table: "shape" }, "shape"), { condition: "MILLRACE_POSTGRES.SCHEMA", message: /b of public.shape was INT and is BIGINT now/ });
});

test("a slot that is gone or moved by another is an error; one can be dropped", async () => {
  await client.query("CREATE TABLE slots (id int PRIMARY KEY)");
  await read({ table: "slots", slot: "of_slots" }, "slots");
  await assert.rejects(read({ table: "slots", slot: "of_slots" }, "slots-2"), { condition: "MILLRACE_POSTGRES.SLOT" });
  await client.query("INSERT INTO slots VALUES (1)");
  await client.query("SELECT pg_replication_slot_advance('of_slots', pg_current_wal_flush_lsn())");
  await assert.rejects(read({ table: "slots", slot: "of_slots" }, "slots"), { condition: "MILLRACE_POSTGRES.SLOT" });
  await dropPostgresSlot({ url: server.url, slot: "of_slots" });
  assert.deepEqual(await select("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'of_slots'"), []);
  await assert.rejects(read({ table: "slots", slot: "of_slots" }, "slots"), { condition: "MILLRACE_POSTGRES.SLOT" });
  await assert.rejects(read({ table: "slotz" }, "slotz"), { condition: "MILLRACE_POSTGRES.OBJECT" });
});

test("a table that is changed while its reader is killed again and again arrives as it is, each change once", async () => {
  await client.query("CREATE TABLE live (id int PRIMARY KEY, v int); INSERT INTO live SELECT i, 0 FROM generate_series(1, 50) AS i; CREATE TABLE arrived (op text, lsn bigint, id int, old int, v int)");
  const worker = resolve(import.meta.dirname, "postgres-cdc-worker.ts"), seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  let changes = 0;
  const change = async (): Promise<void> => {
    const id = random.uint32() % 60, rows = await client.query(random.uint32() % 3 === 0 ? "DELETE FROM live WHERE id = $1" : "INSERT INTO live VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET v = live.v + 1", [id]);
    changes += rows.rowCount!;
  };
  const start = (): { child: ReturnType<typeof spawn>; started: Promise<unknown>; ended: Promise<{ code: number | null; signal: string | null; err: string }> } => {
    const child = spawn(process.execPath, ["--conditions=millrace-source", worker, server.url, join(root, "live")], { stdio: ["ignore", "pipe", "pipe"] });
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

/**
 * What PostgreSQL takes and gives: `node --conditions=millrace-source bench/postgres.ts [rows]`, on a server of its own. Rows a
 * second of the sink, beside the bare client that copies the same bytes made beforehand; changes a second of the source of changes.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { addressOf } from "../src/connectors/postgres/address.ts";
import { PostgresConnection } from "../src/connectors/postgres/connection.ts";
import { CopyIn, frameCopyData } from "../src/connectors/postgres/copy.ts";
import { bigint, double, schema, session, string, timestamp } from "../src/index.ts";
import { postgresCdc, postgresSink } from "../src/postgres.ts";
import { PostgresServer } from "../test/services/kit/postgres-server.ts";

const rows = Number(process.argv[2] ?? 500_000), root = mkdtempSync(join(tmpdir(), "millrace-bench-postgres-"));
await using server = await PostgresServer.start({ max_wal_size: "4GB", synchronous_commit: "on" });
const client = new pg.Client({ connectionString: server.url });
await client.connect();
const report = (what: string, count: number, millis: number): void => console.log(`${what.padEnd(44)} ${Math.round(count / millis * 1000).toLocaleString("en")} a second`);
try {
  const text = Array.from({ length: rows }, (_, i) => ({ id: i, key: `key-${i % 1000}`, v: i / 8, at: new Date(1.77e12 + i).toISOString() }));
  for (const table of ["bare", "sunk"]) await client.query(`CREATE TABLE ${table} (id bigint, key text, v float8, at timestamptz)`);

  const lines = Buffer.from(text.map(row => `${row.id}\t${row.key}\t${row.v}\t${row.at}\n`).join("")), connection = await PostgresConnection.open(addressOf({ url: server.url }, ["url"]));
  const bareFrom = performance.now(), copy = CopyIn.begin(connection, "Copying", "COPY bare FROM STDIN");
  for (let at = 0; at < lines.length; at += 65_536) {
    copy.write(frameCopyData(Buffer.concat([Buffer.alloc(5), lines.subarray(at, at + 65_536)])));
    await copy.ready();
  }
  await copy.end();
  report("COPY of bytes made beforehand, rows", rows, performance.now() - bareFrom);
  await connection.close();

  writeFileSync(join(root, "rows.json"), text.map(row => `${JSON.stringify(row)}\n`).join(""));
  await using mill = session({ timeZone: "UTC" });
  const input = mill.readStream.schema(schema({ id: bigint(), key: string(), v: double(), at: timestamp() })).json(join(root, "rows.json"));
  for (const [what, sink] of [["JSON into nothing, rows", undefined], ["JSON into the sink by COPY, rows", postgresSink({ url: server.url, table: "sunk" })]] as const) {
    const from = performance.now(), writer = input.writeStream.trigger({ availableNow: true });
    const query = await (sink === undefined ? writer.format("noop") : writer.to(sink)).start({ checkpointLocation: join(root, what) });
    await query.awaitTermination();
    report(what, rows, performance.now() - from);
  }

  const changes = mill.readStream.from(postgresCdc({ url: server.url, table: "changing" })), checkpointLocation = join(root, "changes");
  await client.query("CREATE TABLE changing (id bigint PRIMARY KEY, key text, v float8, at timestamptz)");
  const first = await changes.writeStream.format("noop").start({ checkpointLocation });
  await first.processAllAvailable();
  await first.stop();
  for (let at = 0; at < rows; at += 10_000) await client.query(`INSERT INTO changing SELECT i, 'key-' || i % 1000, i / 8.0, now() FROM generate_series(${at}, ${Math.min(rows, at + 10_000) - 1}) AS i`);
  const changesFrom = performance.now(), query = await changes.writeStream.format("noop").start({ checkpointLocation });
  await query.processAllAvailable();
  report("changes, in transactions of 10,000", rows, performance.now() - changesFrom);
  await query.stop();
} finally {
  await client.end();
  rmSync(root, { recursive: true, force: true });
}

/**
 * Movements of goods are rows of a table, which people add, correct and delete; what is in stock follows each committed change, in another
 * table. Without POSTGRES=postgresql://... it starts a server of its own.
 */
import { int, session, type Session, type StreamingQuery } from "millrace";
import { coalesce, col, lit, sum } from "millrace/functions";
import { postgresCdc, postgresSink } from "millrace/postgres";

/** The old row comes with each change: what it said is taken back. */
export const TABLES = `CREATE TABLE IF NOT EXISTS movements (id bigint PRIMARY KEY, product text NOT NULL, quantity int NOT NULL); ALTER TABLE movements REPLICA IDENTITY FULL;
CREATE TABLE IF NOT EXISTS stock (product text PRIMARY KEY, quantity bigint)`;

/** A change that gives a movement another product counts as two. */
export const startStock = (mill: Session, url: string, checkpointLocation: string): Promise<StreamingQuery> => {
  const changes = mill.readStream.from(postgresCdc({ url, table: "movements" }));
  const added = changes.where(col("after").isNotNull()).select(col("after.product").as("product"), col("after.quantity").as("quantity"));
  const taken = changes.where(col("before").isNotNull()).select(col("before.product").as("product"), col("before.quantity", int()).neg().as("quantity"));
  return added.union(taken).groupBy("product").agg(coalesce(sum("quantity"), lit(0)).as("quantity"))
    .writeStream.queryName("stock").outputMode("update").to(postgresSink({ url, table: "stock", mode: "upsert", key: ["product"] })).start({ checkpointLocation });
};

if (import.meta.main) {
  const { PostgresServer } = await import("../../test/services/kit/postgres-server.ts"), { default: pg } = await import("pg");
  const given = process.env["POSTGRES"];
  await using server = given === undefined ? await PostgresServer.start() : undefined;
  const url = given ?? server!.url, client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(TABLES);
  await using mill = session({ timeZone: "UTC" });
  const query = await startStock(mill, url, `.millrace/examples/postgres-cdc-${Date.now()}`);
  for (const change of ["INSERT INTO movements VALUES (1, 'tea', 40), (2, 'salt', 10)", "UPDATE movements SET quantity = 35 WHERE id = 1", "DELETE FROM movements WHERE id = 2"]) {
    await client.query(change);
    await query.processAllAvailable();
    console.log(change, (await client.query("SELECT product, quantity FROM stock ORDER BY product")).rows.map(row => `${row.product}: ${row.quantity}`).join(", "));
  }
  await query.stop();
  await client.end();
}

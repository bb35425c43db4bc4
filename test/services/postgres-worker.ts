/**
 * A program that is killed: copies events of a folder into a table, and keeps the counts of their keys in another. Arguments:
 * input folder, checkpoint folder, address of the database.
 */
import { bigint, schema, session, string } from "../../src/index.ts";
import { count, sum } from "../../src/functions.ts";
import { postgresSink } from "../../src/postgres.ts";

const [input, checkpoints, url] = process.argv.slice(2) as [string, string, string];
const Event = schema({ id: bigint().notNull(), key: string().notNull(), v: bigint().notNull() });
const mill = session({ timeZone: "UTC" });
const events = mill.readStream.schema(Event).json(input, { maxFilesPerTrigger: 1 });
const queries = [
  await events.writeStream.trigger({ availableNow: true }).to(postgresSink({ url, table: "events" })).start({ checkpointLocation: `${checkpoints}/events` }),
  await events.groupBy("key").agg(r => ({ n: count(), total: sum(r.v) })).writeStream.outputMode("update").trigger({ availableNow: true })
    .to(postgresSink({ url, table: "keys", mode: "upsert", key: ["key"] })).start({ checkpointLocation: `${checkpoints}/keys` }),
];
process.stdout.write("started\n");
await Promise.all(queries.map(query => query.awaitTermination()));
await mill.stop();

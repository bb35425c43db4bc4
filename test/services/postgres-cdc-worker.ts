/** A program that is killed: writes each change of the table `live` into the table `arrived`. Arguments: address, checkpoint. SIGTERM: reads what is there, and ends. */
import { coalesce, col } from "../../src/functions.ts";
import { session } from "../../src/index.ts";
import { postgresCdc, postgresSink } from "../../src/postgres.ts";

const [url, checkpointLocation] = process.argv.slice(2) as [string, string];
await using mill = session({ timeZone: "UTC" });
const query = await mill.readStream.from(postgresCdc({ url, table: "live" })).select("op", "lsn", coalesce(col("after.id"), col("before.id")).as("id"), col("before.v").as("old"), col("after.v").as("v"))
  .writeStream.to(postgresSink({ url, table: "arrived" })).start({ checkpointLocation });
process.once("SIGTERM", () => void query.processAllAvailable().then(() => query.stop()));
process.stdout.write("started\n");
await query.awaitTermination();

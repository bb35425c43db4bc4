/** A program that is killed: takes rows by HTTP and writes them into files by manifest. Arguments: port, folder, and `drain` to stop when all is read. */
import { bigint, schema, session, string } from "millrace";
import { httpIngest } from "millrace/http";

const [port, folder, drain] = process.argv.slice(2) as [string, string, string?];
const Row = schema({ id: bigint().notNull(), text: string() });
const mill = session({ timeZone: "UTC" });
const query = await mill.readStream.from(httpIngest({ port: Number(port), path: "/rows", schema: Row, spool: `${folder}/spool` }))
  .select(r => ({ id: r.id, text: r.text }))
  .writeStream.trigger(drain === undefined ? { processingTime: "0 seconds" } : { availableNow: true }).format("json")
  .option("path", `${folder}/out`).start({ checkpointLocation: `${folder}/checkpoint` });
await query.awaitTermination();
await mill.stop();

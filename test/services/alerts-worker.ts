/** A program that is killed: posts each row of a folder to a webhook. Arguments: URL, folder. */
import { bigint, schema, session } from "millrace";
import { alerts } from "millrace/alerts";

const [url, folder] = process.argv.slice(2) as [string, string];
const mill = session({ timeZone: "UTC" });
const query = await mill.readStream.schema(schema({ id: bigint().notNull() })).json(`${folder}/in`, { maxFilesPerTrigger: 1 })
  .writeStream.trigger({ availableNow: true }).to(alerts({ webhook: { url }, stateLocation: `${folder}/alerts` })).start({ checkpointLocation: `${folder}/checkpoint` });
await query.awaitTermination();
await mill.stop();

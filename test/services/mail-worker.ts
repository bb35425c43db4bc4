/** A program that is killed: mails each row of a folder. Arguments: port, folder, file of the certificate authority. */
import { bigint, schema, session } from "millrace";
import { alerts } from "millrace/alerts";
import { MAIL_USER } from "./kit/mail-server.ts";

const [port, folder, caFile] = process.argv.slice(2) as [string, string, string];
const mill = session({ timeZone: "UTC" });
const query = await mill.readStream.schema(schema({ id: bigint().notNull() })).json(`${folder}/in`, { maxFilesPerTrigger: 1 }).writeStream.trigger({ availableNow: true })
  .to(alerts({ mail: { host: "127.0.0.1", port: Number(port), user: MAIL_USER, password: "$MAIL_PASSWORD", caFile, from: "mill@example.org", to: "ops@example.org", subject: "{{id}}" } }))
  .start({ checkpointLocation: `${folder}/checkpoint` });
await query.awaitTermination();
await mill.stop();

/** A program of the public API as people are shown it; arguments stand where it has an address, a folder and topics. It runs until it is killed. */
import { schema, session, string, timestamp, udf } from "millrace";
import { count, from_json, session_window, to_json, struct } from "millrace/functions";
import { kafka, kafkaSink } from "millrace/kafka";

const [bootstrapServers = "", checkpointRoot = "", subscribe = "", topic = ""] = process.argv.slice(2);

const Click = schema({ user: string().notNull(), page: string(), at: timestamp().notNull() });
const section = udf({ args: [string()], returns: string().notNull() }, page => page?.split("/")[1] ?? "home");

await using mill = session({ appName: "clicks", checkpointRoot });
const clicks = mill.readStream
  .from(kafka({ bootstrapServers, subscribe, startingOffsets: "earliest" }))
  .select(r => ({ click: from_json(r.value, Click), partition: r.partition }))
  .where(r => r.click.user.isNotNull())
  .select(r => ({ user: r.click.user.notNull(), section: section(r.click.page), at: r.click.at }));

const visits = clicks.withWatermark("at", "1 minute")
  .groupBy(r => ({ visit: session_window(r.at, "30 minutes"), user: r.user }))
  .agg(() => ({ clicks: count() }));

await using toKafka = await visits
  .select(r => ({ value: to_json(struct({ user: r.user, clicks: r.clicks, from: r.visit.start })) }))
  .writeStream.queryName("visits").outputMode("append")
  .to(kafkaSink({ bootstrapServers, topic, transactional: true })).start();

await using toPeople = await clicks.writeStream.trigger({ processingTime: "5 seconds" })
  .foreachBatch(async (batch, batchId) => {
    for (const row of await batch.collect()) console.log(batchId, row.user, row.section);
  }).start();
void toPeople;

for await (const progress of toKafka.progress())
  console.log(progress.batchId, progress.eventTime.watermark, progress.sources[0]?.numInputRows, progress.millrace.lateRows);

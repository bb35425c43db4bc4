/**
 * A program that a test kills: counts events in windows, from a topic to a topic, in transactions. Arguments: address of a
 * broker, input, output, checkpoint. Prints `batch N` behind each batch.
 */
import { schema, session, string, timestamp } from "millrace";
import { count, from_json, struct, to_json, window } from "millrace/functions";
import { kafka, kafkaSink } from "millrace/kafka";

const [bootstrapServers = "", input = "", topic = "", checkpointLocation = ""] = process.argv.slice(2);
const Event = schema({ key: string().notNull(), at: timestamp().notNull() });

await using mill = session();
const query = await mill.readStream.from(kafka({ bootstrapServers, subscribe: input, startingOffsets: "earliest", maxOffsetsPerTrigger: 400 }))
  .select(r => ({ event: from_json(r.value.cast("string"), Event) }))
  .select(r => ({ key: r.event.key, at: r.event.at }))
  // What is produced at once comes into the partitions one after the other: the last of them says how far time is.
  .withWatermark("at", "10 seconds", { perPartition: true })
  .groupBy(r => ({ window: window(r.at, "10 seconds"), key: r.key }))
  .agg(() => ({ n: count() }))
  .select(r => ({ key: r.key, value: to_json(struct({ start: r.window.start, key: r.key, n: r.n })) }))
  .writeStream.outputMode("append").to(kafkaSink({ bootstrapServers, topic, transactional: true })).start({ checkpointLocation });
process.stdout.write("started\n");
for await (const progress of query.progress()) process.stdout.write(`batch ${progress.batchId}\n`);
await query.awaitTermination();

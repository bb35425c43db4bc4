/**
 * Orders come by a topic, what each shop takes in ten seconds goes to another, exactly once: each batch is one transaction.
 * Without KAFKA=host:port it starts a broker of its own, for which it needs Java and Maven.
 */
import { bigint, schema, session, string, timestamp, type DataFrame, type Session } from "millrace";
import { count, from_json, struct, sum, to_json, window } from "millrace/functions";
import { kafka, kafkaSink } from "millrace/kafka";
import type { StreamingQuery } from "millrace";

export const Order = schema({ id: string().notNull(), shop: string().notNull(), cents: bigint().notNull(), at: timestamp().notNull() });
export const TOPICS = ["orders", "takings"] as const;

/** What each shop took in ten seconds, once no earlier order can come. */
export const takings = (values: DataFrame<{ value: Uint8Array | null }>) => values
  .select(r => ({ order: from_json(r.value.cast("string"), Order) }))
  .select(r => ({ shop: r.order.shop, cents: r.order.cents, at: r.order.at }))
  .withWatermark("at", "5 seconds")
  .groupBy(r => ({ window: window(r.at, "10 seconds"), shop: r.shop }))
  .agg(r => ({ orders: count(), cents: sum(r.cents) }))
  .select(r => ({ key: r.shop, value: to_json(struct({ shop: r.shop, from: r.window.start, orders: r.orders, cents: r.cents })) }));

export const startTakings = (mill: Session, bootstrapServers: string, checkpointLocation: string): Promise<StreamingQuery> =>
  takings(mill.readStream.from(kafka({ bootstrapServers, subscribe: "orders", startingOffsets: "earliest" })).select("value"))
    .writeStream.queryName("takings").to(kafkaSink({ bootstrapServers, topic: "takings", transactional: true })).start({ checkpointLocation });

if (import.meta.main) {
  const { KafkaBroker } = await import("../../test/services/kit/kafka-broker.ts"), { KafkaClient } = await import("../../test/services/kit/kafka-client.ts"), { orders } = await import("./data.ts");
  const given = process.env["KAFKA"];
  await using broker = given === undefined ? await KafkaBroker.start() : undefined;
  const address = given ?? broker!.address;
  await using client = new KafkaClient(address);
  if (broker !== undefined) for (const topic of TOPICS) await client.createTopic(topic, 3);
  await using mill = session({ timeZone: "UTC" });
  const query = await startTakings(mill, address, `.millrace/examples/kafka-orders-${address.replace(/\W/g, "-")}-${Date.now()}`);
  const shown = await mill.readStream.from(kafka({ bootstrapServers: address, subscribe: "takings", startingOffsets: "earliest" })).select(r => ({ takings: r.value.cast("string") }))
    .writeStream.foreach(row => { console.log(row.takings); }).start();
  for (const part of orders(2000, 100)) await client.produce(part.map(order => ({ topic: "orders", key: order.shop, value: JSON.stringify(order) })));
  await query.processAllAvailable();
  await new Promise(resolve => setTimeout(resolve, 500)); // a commit is answered a moment before readers see it
  await shown.processAllAvailable();
}

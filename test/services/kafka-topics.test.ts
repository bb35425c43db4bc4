/** Catches a Kafka source that misreads what a topic can be: each codec as Java writes it, gaps, partitions that come, records and topics that go. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { session, type Session, type StreamingQuery } from "millrace";
import { kafka, type KafkaOptions } from "millrace/kafka";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

let broker: KafkaBroker, client: KafkaClient, folder: string;
before(async () => {
  broker = await KafkaBroker.start({ "log.cleaner.backoff.ms": "100", "log.message.timestamp.after.max.ms": "9223372036854775807" });
  client = new KafkaClient(broker.address);
  folder = mkdtempSync(join(tmpdir(), "millrace-kafka-topics-"));
});
after(async () => {
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const read = (mill: Session, options: Omit<KafkaOptions, "bootstrapServers">) =>
  mill.read.from(kafka({ bootstrapServers: broker.address, ...options })).select(r => ({ value: r.value.cast("string"), offset: r.offset, partition: r.partition, topic: r.topic, time: r.timestamp, type: r.timestampType }));

async function gather(mill: Session, options: Omit<KafkaOptions, "bootstrapServers">, checkpointLocation?: string): Promise<{ readonly query: StreamingQuery; readonly values: string[] }> {
  const values: string[] = [];
  const query = await mill.readStream.from(kafka({ bootstrapServers: broker.address, ...options })).select(r => ({ value: r.value.cast("string") }))
    .writeStream.foreach(row => { values.push(row.value ?? "null"); }).start(checkpointLocation === undefined ? {} : { checkpointLocation });
  return { query, values };
}
const named = (count: number, prefix = "v"): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

test("each codec, as the broker's own Java writes it, in blocks", async () => {
  await using mill = session();
  const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${"some text that can be made shorter ".repeat(1 + (i % 7))}${(i * 7919) % 10007}`);
  for (const codec of ["gzip", "snappy", "lz4", "zstd"]) {
    const topic = `codec-${codec}`;
    await client.createTopic(topic, 1, { "compression.type": codec });
    await client.produce(lines.map(value => ({ topic, partition: 0, value })));
    const rows = await read(mill, { subscribe: topic }).orderBy("offset").collect();
    assert.deepEqual(rows.map(row => row.value), lines, codec);
  }
});

test("the broker's time, where a topic says so", async () => {
  await client.createTopic("append-time", 1, { "message.timestamp.type": "LogAppendTime" });
  const begin = Date.now();
  await client.produce([{ topic: "append-time", value: "a", timestamp: 1_000_000_000_000n }]);
  await using mill = session();
  const [row] = await read(mill, { subscribe: "append-time" }).collect();
  assert.equal(row!.type, 1);
  assert.ok(row!.time!.epochMicros >= BigInt(begin - 5000) * 1000n && row!.time!.epochMicros <= BigInt(Date.now() + 5000) * 1000n, String(row!.time));
});

test("a record that is larger than a fetch comes whole", async () => {
  await client.createTopic("large", 1, { "max.message.bytes": "20000000" });
  const large = "0123456789abcdef".repeat(300_000);
  await client.produce([{ topic: "large", partition: 0, value: "before" }]);
  await client.produce([{ topic: "large", partition: 0, value: large }]);
  await client.produce([{ topic: "large", partition: 0, value: "behind" }]);
  await using mill = session();
  const rows = await read(mill, { subscribe: "large", "kafka.max.partition.fetch.bytes": 1000 }).orderBy("offset").collect();
  assert.ok(rows.length === 3 && rows[1]!.value === large && rows[2]!.value === "behind");
});

test("which partitions and offsets: assign, a pattern, offsets, times", async () => {
  for (const topic of ["pick-a", "pick-b", "unpicked"]) await client.createTopic(topic, 2);
  for (const topic of ["pick-a", "pick-b", "unpicked"]) for (const partition of [0, 1]) {
    await client.produce(Array.from({ length: 10 }, (_, i) => ({ topic, partition, value: `${topic}/${partition}/${i}`, timestamp: 1_700_000_000_000n + BigInt(1000 * i) })));
  }
  await using mill = session();
  const values = async (options: Omit<KafkaOptions, "bootstrapServers">): Promise<string[]> => (await read(mill, options).collect()).map(row => row.value!).sort();
  const all = (topic: string, partition: number, from = 0, to = 10): string[] => Array.from({ length: to - from }, (_, i) => `${topic}/${partition}/${from + i}`);
  assert.deepEqual(await values({ assign: { "pick-a": [1], unpicked: [0] } }), [...all("pick-a", 1), ...all("unpicked", 0)].sort());
  assert.deepEqual(await values({ subscribePattern: "pick-.*" }), ["pick-a", "pick-b"].flatMap(topic => [0, 1].flatMap(partition => all(topic, partition))).sort());
  assert.deepEqual(await values({ subscribe: "pick-a", startingOffsets: { "pick-a": { 0: 3, 1: -2 } }, endingOffsets: { "pick-a": { 0: 5, 1: -1 } } }), [...all("pick-a", 0, 3, 5), ...all("pick-a", 1)].sort());
  assert.deepEqual(await values({ subscribe: "pick-a", startingTimestamp: 1_700_000_004_500, endingOffsetsByTimestamp: { "pick-a": { 0: 1_700_000_007_000, 1: 1_800_000_000_000 } } }), [...all("pick-a", 0, 5, 7), ...all("pick-a", 1, 5)].sort());
  await assert.rejects(values({ subscribe: "pick-a", startingTimestamp: 1_800_000_000_000 }), { condition: "MILLRACE_KAFKA_NO_OFFSET_FOR_TIME" });
  assert.deepEqual(await values({ subscribe: "pick-a", startingTimestamp: 1_800_000_000_000, startingOffsetsByTimestampStrategy: "latest" }), []);
  await assert.rejects(values({ subscribe: "pick-a", startingOffsets: { "pick-a": { 0: 3 } } }), /you must specify all TopicPartitions/);
});

test("a batch takes at most so many records, shared out, and waits for enough of them", async () => {
  await client.createTopic("rate", 2);
  await client.produceMany("rate", 90, { partition: 0 });
  await client.produceMany("rate", 10, { partition: 1 });
  await using mill = session();
  const { query, values } = await gather(mill, { subscribe: "rate", startingOffsets: "earliest", maxOffsetsPerTrigger: 20 });
  await query.processAllAvailable();
  assert.equal(values.length, 100);
  assert.deepEqual(query.recentProgress.filter(one => one.numInputRows > 0).map(one => one.numInputRows), [20, 20, 20, 20, 20]);
  assert.deepEqual(query.recentProgress[0]!.sources[0]!.endOffset, { rate: { 0: 18, 1: 2 } });
  assert.equal(query.recentProgress[0]!.sources[0]!.metrics!["maxOffsetsBehindLatest"], "72");
  await query.stop();
  const waiting = await gather(mill, { subscribe: "rate", minOffsetsPerTrigger: 50, maxTriggerDelay: "1 hour" });
  await waiting.query.processAllAvailable();
  await client.produceMany("rate", 30, { partition: 0, prefix: "w" });
  await waiting.query.processAllAvailable();
  assert.deepEqual(waiting.values, []);
  await client.produceMany("rate", 30, { partition: 1, prefix: "x" });
  await waiting.query.processAllAvailable();
  assert.equal(waiting.values.length, 60);
  await waiting.query.stop();
});

test("a compacted topic has gaps, and all that is left is read", async () => {
  await client.createTopic("compacted", 1, { "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "100" });
  await using mill = session();
  const left = new Map<string, string>();
  for (let round = 0; round < 4; round++) {
    await client.produce(Array.from({ length: 200 }, (_, i) => {
      left.set(`k${i % 23}`, `${round}/${i}`);
      return { topic: "compacted", partition: 0, key: `k${i % 23}`, value: `${round}/${i}` };
    }));
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  let rows = await read(mill, { subscribe: "compacted" }).collect();
  for (let tries = 0; rows.length === 800 && tries < 100; tries++) {
    await new Promise(resolve => setTimeout(resolve, 200));
    rows = await read(mill, { subscribe: "compacted" }).collect();
  }
  assert.ok(rows.length < 800, "the broker has not compacted");
  const { query, values } = await gather(mill, { subscribe: "compacted", startingOffsets: "earliest", maxOffsetsPerTrigger: 70 });
  await query.processAllAvailable();
  await query.stop();
  for (const value of left.values()) assert.ok(values.includes(value), value);
  assert.equal(new Set(values).size, values.length);
});

test("partitions that come are read from their beginning", async () => {
  await client.createTopic("grows", 1);
  await client.produceMany("grows", 5);
  await using mill = session();
  const { query, values } = await gather(mill, { subscribe: "grows", startingOffsets: "earliest" }, join(folder, "grows"));
  await query.processAllAvailable();
  await client.admin.createPartitions({ topics: [{ name: "grows", count: 3, assignments: [{ brokerIds: [1] }, { brokerIds: [1] }] }] });
  await client.produce(["a", "b"].flatMap(value => [1, 2].map(partition => ({ topic: "grows", partition, value: `${value}${partition}` }))));
  for (let tries = 0; values.length < 9 && tries < 50; tries++) {
    await new Promise(resolve => setTimeout(resolve, 100));
    await query.processAllAvailable();
  }
  assert.deepEqual(values.toSorted(), [...named(5), "a1", "a2", "b1", "b2"].sort());
  await query.stop();
});

test("records that went before they were read fail the query, unless it is to go on", async () => {
  await client.createTopic("aged", 1);
  await client.produceMany("aged", 10);
  await using mill = session();
  const checkpoint = join(folder, "aged"), first = await gather(mill, { subscribe: "aged", startingOffsets: "earliest" }, checkpoint);
  await first.query.processAllAvailable();
  await first.query.stop();
  await client.produceMany("aged", 10, { prefix: "w" });
  await client.admin.deleteRecords({ topics: [{ name: "aged", partitions: [{ partition: 0, offset: 15n }] }] });
  const failed = await gather(mill, { subscribe: "aged" }, checkpoint);
  await assert.rejects(failed.query.awaitTermination(), { condition: "KAFKA_DATA_LOSS.COULD_NOT_READ_OFFSET_RANGE" });
  const goesOn = await gather(mill, { subscribe: "aged", failOnDataLoss: false }, checkpoint);
  await goesOn.query.processAllAvailable();
  assert.deepEqual(goesOn.values, named(10, "w").slice(5));
  await goesOn.query.stop();
});

test("a topic that is deleted and made again is another topic", async () => {
  await client.createTopic("again", 1);
  await client.produceMany("again", 10);
  await using mill = session();
  const checkpoint = join(folder, "again"), first = await gather(mill, { subscribe: "again", startingOffsets: "earliest" }, checkpoint);
  await first.query.processAllAvailable();
  await first.query.stop();
  await client.admin.deleteTopics({ topics: ["again"] });
  await new Promise(resolve => setTimeout(resolve, 1000));
  await client.createTopic("again", 1);
  const other = new KafkaClient(broker.address); // the first remembers the old topic
  await other.produceMany("again", 30, { prefix: "n" });
  await other[Symbol.asyncDispose]();
  const failed = await gather(mill, { subscribe: "again" }, checkpoint);
  await assert.rejects(failed.query.awaitTermination(), { condition: "KAFKA_DATA_LOSS.TOPIC_RECREATED" });
  const goesOn = await gather(mill, { subscribe: "again", failOnDataLoss: false }, checkpoint);
  await goesOn.query.processAllAvailable();
  assert.deepEqual(goesOn.values, named(30, "n"));
  await goesOn.query.stop();
  const after = await gather(mill, { subscribe: "again" }, checkpoint);
  await after.query.processAllAvailable();
  assert.deepEqual(after.values, []);
  await after.query.stop();
});

test("a topic that is deleted and made again while a query reads it is noticed", async () => {
  await using mill = session();
  const remade = async (topic: string): Promise<void> => {
    await client.admin.deleteTopics({ topics: [topic] });
    await new Promise(resolve => setTimeout(resolve, 1000));
    await client.createTopic(topic, 1);
    await using other = new KafkaClient(broker.address); // the first remembers the old topic
    await other.produceMany(topic, 30, { prefix: "n" });
  };
  for (const topic of ["remade-fails", "remade-goes-on"]) {
    await client.createTopic(topic, 1);
    await client.produceMany(topic, 10);
  }
  const fails = await gather(mill, { subscribe: "remade-fails", startingOffsets: "earliest" }), goesOn = await gather(mill, { subscribe: "remade-goes-on", startingOffsets: "earliest", failOnDataLoss: false });
  await Promise.all([fails.query.processAllAvailable(), goesOn.query.processAllAvailable()]);
  const ended = assert.rejects(fails.query.awaitTermination(), { condition: /^KAFKA_DATA_LOSS/ });
  await remade("remade-fails");
  await ended;
  assert.deepEqual(fails.values, named(10));
  await remade("remade-goes-on");
  for (let tries = 0; goesOn.values.length < 40 && tries < 100; tries++) {
    await new Promise(resolve => setTimeout(resolve, 100));
    await goesOn.query.processAllAvailable();
  }
  assert.deepEqual(goesOn.values, [...named(10), ...named(30, "n")]);
  await goesOn.query.stop();
});

test("a batch that waits for enough records takes what there is when its time is over; a time behind all records can mean the end", async () => {
  await client.createTopic("waits", 1);
  await client.produceMany("waits", 2, { prefix: "before" });
  await using mill = session();
  const { query, values } = await gather(mill, { subscribe: "waits", startingTimestamp: Date.now() + 3_600_000, startingOffsetsByTimestampStrategy: "latest", minOffsetsPerTrigger: 50, maxTriggerDelay: "1 second" });
  await query.processAllAvailable();
  await client.produceMany("waits", 3);
  for (let tries = 0; values.length < 3 && tries < 100; tries++) await new Promise(resolve => setTimeout(resolve, 100));
  assert.deepEqual(values, named(3));
  await query.stop();
});

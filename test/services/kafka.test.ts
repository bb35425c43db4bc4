/** Catches a Kafka source that loses, repeats or invents rows, against a real broker. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bigint, schema, session, string, type Session, type StreamingQuery } from "millrace";
import { kafka, kafkaSink, type KafkaOptions } from "millrace/kafka";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

let broker: KafkaBroker, client: KafkaClient, folder: string;
before(async () => {
  broker = await KafkaBroker.start();
  client = new KafkaClient(broker.address);
  folder = mkdtempSync(join(tmpdir(), "millrace-kafka-test-"));
});
after(async () => {
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** A query whose rows, as text of their values, are gathered here. */
async function gather(mill: Session, options: Omit<KafkaOptions, "bootstrapServers">, checkpointLocation?: string): Promise<{ readonly query: StreamingQuery; readonly values: string[] }> {
  const values: string[] = [];
  const query = await mill.readStream.from(kafka({ bootstrapServers: broker.address, ...options })).select(r => ({ value: r.value.cast("string") }))
    .writeStream.foreach(row => { values.push(row.value ?? "null"); }).start(checkpointLocation === undefined ? {} : { checkpointLocation });
  return { query, values };
}

/** Asks until there are so many rows: a broker answers a commit before readers see it. */
async function until<T>(count: number, ask: () => Promise<T[]>): Promise<T[]> {
  for (let tries = 0; ; tries++) {
    const rows = await ask();
    if (rows.length >= count || tries === 50) return rows;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

const named = (count: number, prefix = "v", from = 0): string[] => Array.from({ length: count }, (_, i) => `${prefix}${from + i}`);

test("columns of a record are Spark's", async () => {
  await client.createTopic("columns", 2);
  await client.produce([
    { topic: "columns", partition: 1, key: "k", value: "a value of more than twelve bytes", headers: { h: "x" }, timestamp: 1_700_000_000_123n },
    { topic: "columns", partition: 1, key: "tombstone" },
  ]);
  await using mill = session();
  const frame = mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: "columns", includeHeaders: true }));
  const rows = await frame.orderBy(r => r.offset.asc()).collect(), text = (bytes: Uint8Array | null | undefined): string | null => (bytes == null ? null : Buffer.from(bytes).toString());
  assert.deepEqual(rows.map(row => ({ ...row, key: text(row.key), value: text(row.value), timestamp: row.offset === 0n ? row.timestamp?.epochMicros : null, headers: row.headers?.map(one => [one?.key, text(one?.value)]) ?? null })), [
    { key: "k", value: "a value of more than twelve bytes", topic: "columns", partition: 1, offset: 0n, timestamp: 1_700_000_000_123_000n, timestampType: 0, headers: [["h", "x"]] },
    { key: "tombstone", value: null, topic: "columns", partition: 1, offset: 1n, timestamp: null, timestampType: 0, headers: null },
  ]);
});

test("values of a schema: a batch query leaves out what is malformed", async () => {
  await client.createTopic("values");
  await client.produce([{ key: "a", value: '{"id":1,"page":"one"}' }, { key: "b", value: "malformed" }, { key: "a" }, { key: "c", value: '{"page":"no id"}' }, { key: "d", value: '{"id":2}' }].map(record => ({ topic: "values", ...record })), "gzip");
  await using mill = session();
  const frame = mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: "values", valueSchema: schema({ id: bigint().notNull(), page: string() }) }));
  assert.deepEqual(await frame.orderBy(r => r.offset.asc()).select(r => ({ offset: r.offset, value: r.value })).collect(), [{ offset: 0n, value: { id: 1n, page: "one" } }, { offset: 2n, value: null }, { offset: 4n, value: { id: 2n, page: null } }]);
  assert.equal(await frame.count(), 3);
});

test("a stream begins at the latest or the earliest offsets, and goes on where its checkpoint says", async () => {
  await client.createTopic("resume", 2);
  await client.produceMany("resume", 3000, { partition: 0 });
  await client.produceMany("resume", 10, { partition: 1, prefix: "w" });
  await using mill = session();
  const checkpoint = join(folder, "resume"), early = await gather(mill, { subscribe: "resume", startingOffsets: "earliest", maxOffsetsPerTrigger: 1000 }, checkpoint), late = await gather(mill, { subscribe: "resume" });
  await Promise.all([early.query.processAllAvailable(), late.query.processAllAvailable()]);
  assert.deepEqual(early.values.toSorted(), [...named(3000), ...named(10, "w")].toSorted());
  assert.deepEqual(late.values, []);
  assert.deepEqual(JSON.parse(JSON.stringify(early.query.lastProgress!.sources[0]!.endOffset)), { resume: { 0: 3000, 1: 10 } });
  await early.query.stop();
  await client.produceMany("resume", 5, { partition: 0, prefix: "x" });
  const again = await gather(mill, { subscribe: "resume", startingOffsets: "earliest" }, checkpoint);
  await Promise.all([again.query.processAllAvailable(), late.query.processAllAvailable()]);
  assert.deepEqual(again.values, named(5, "x"));
  assert.deepEqual(late.values, named(5, "x"));
  await Promise.all([again.query.stop(), late.query.stop()]);
});

test("rows become records: keys to Java's partitions, columns topic, partition and headers, each codec, none twice", async () => {
  for (const topic of ["sink-in", "sink-a", "sink-b"]) await client.createTopic(topic, 3);
  await client.produce([0, 1, 2].map(i => ({ topic: "sink-in", partition: i, key: ["foobar", "21", "abc"][i]!, value: `row ${i} of a text that is longer than a view`, headers: { from: String(i) } })));
  await using mill = session();
  for (const [codec, transactional] of [["none", false], ["gzip", true], ["snappy", true], ["lz4", false], ["zstd", true]] as const) {
    const topic = `sink-${codec}`;
    await client.createTopic(topic, 5);
    const query = await mill.readStream.from(kafka({ bootstrapServers: broker.address, subscribe: "sink-in", startingOffsets: "earliest", includeHeaders: true })).select("key", "value", "headers")
      .writeStream.to(kafkaSink({ bootstrapServers: broker.address, topic, transactional, "kafka.compression.type": codec })).start();
    await query.processAllAvailable();
    await query.stop();
    const rows = await until(3, () => mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: topic, includeHeaders: true })).select(r => ({ key: r.key.cast("string"), value: r.value.cast("string"), partition: r.partition, headers: r.headers })).orderBy("value").collect());
    const hashes = [-790332482, -973932308, 479470107];
    assert.deepEqual(rows.map(row => ({ ...row, headers: row.headers!.map(one => [one!.key, Buffer.from(one!.value!).toString()]) })), ["foobar", "21", "abc"].map((key, i) => ({
      key, value: `row ${i} of a text that is longer than a view`, partition: (hashes[i]! & 0x7fffffff) % 5, headers: [["from", String(i)]],
    })), codec);
  }
  const routed = await mill.readStream.from(kafka({ bootstrapServers: broker.address, subscribe: "sink-in", startingOffsets: "earliest" }))
    .selectExpr("value", "CASE WHEN partition = 0 THEN 'sink-a' ELSE 'sink-b' END AS topic", "2 - partition AS partition")
    .writeStream.format("kafka").option("kafka.bootstrap.servers", broker.address).start();
  await routed.processAllAvailable();
  await routed.stop();
  const both = await mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: ["sink-a", "sink-b"] })).selectExpr("topic", "partition").orderBy("partition").collect();
  assert.deepEqual(both, [{ topic: "sink-b", partition: 0 }, { topic: "sink-b", partition: 1 }, { topic: "sink-a", partition: 2 }]);
});

test("what aborted transactions wrote is left out, also where the mark of the end comes in a later answer", async () => {
  await client.createTopic("aborts", 1);
  const transactional = (id: string) => client.producer({ idempotent: true, transactionalId: id, producerId: -1n, producerEpoch: -1 }), expected: string[] = [];
  const producers = [transactional("a"), transactional("b")];
  for (let i = 0; i < 8; i++) {
    const isAborted = i % 3 !== 0, transaction = await producers[i % 2]!.beginTransaction();
    for (let part = 0; part < 3; part++) {
      const values = Array.from({ length: 40 }, (_, j) => `${i}.${part}.${j} ${"x".repeat(100)}`);
      await transaction.send({ messages: values.map(value => ({ topic: "aborts", partition: 0, value: Buffer.from(value) })) });
      await client.produce([{ topic: "aborts", partition: 0, value: `between ${i}.${part}` }]);
      expected.push(...(isAborted ? [] : values), `between ${i}.${part}`);
    }
    if (isAborted) await transaction.abort();
    else await transaction.commit();
  }
  await using mill = session();
  for (const bytes of [1, 5000, 1 << 20]) {
    const { query, values } = await gather(mill, { subscribe: "aborts", startingOffsets: "earliest", "kafka.max.partition.fetch.bytes": bytes, maxOffsetsPerTrigger: 100 });
    await query.processAllAvailable();
    await query.stop();
    assert.deepEqual(values.toSorted(), expected.toSorted(), `${bytes} bytes a request`);
  }
  const all = await mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: "aborts", "kafka.isolation.level": "read_uncommitted" })).count();
  assert.equal(all, 8 * 3 * 41);
});

test("the rows of a query that ends: by name and by value, each once; in a transaction all of them or none", async () => {
  for (const topic of ["batch-plain", "batch-whole", "batch-failed"]) await client.createTopic(topic, 3);
  await using mill = session();
  const committed = (topic: string) => mill.read.format("kafka").option("kafka.bootstrap.servers", broker.address).option("subscribe", topic).option("startingOffsets", "earliest").load()
    .select(r => ({ key: r.key.cast("string"), value: r.value.cast("string") })).orderBy("value").collect();
  const rows = mill.sql("SELECT concat('k', id % 7) AS key, concat('value ', id) AS value FROM range(20000)"), expected = Array.from({ length: 20_000 }, (_, i) => ({ key: `k${i % 7}`, value: `value ${i}` })).sort((a, b) => (a.value < b.value ? -1 : 1));
  await rows.write.format("kafka").option("kafka.bootstrap.servers", broker.address).option("topic", "batch-plain").mode("append").save();
  assert.deepEqual(await until(20_000, () => committed("batch-plain")), expected);
  await rows.as(schema({ key: string(), value: string() })).write.to(kafkaSink({ bootstrapServers: broker.address, topic: "batch-whole", transactional: true, "kafka.batch.size": 1000 }));
  assert.deepEqual(await until(20_000, () => committed("batch-whole")), expected);
  const fails = mill.sql("SELECT concat('value ', id) AS value, CAST(IF(id = 19999, 'x', '1') AS INT) AS partition FROM range(20000)"), write = { bootstrapServers: broker.address, topic: "batch-failed", "kafka.batch.size": 1000 };
  await assert.rejects(fails.write.format("kafka").options({ ...write, transactional: true }).save(), { condition: "CAST_INVALID_INPUT" });
  assert.deepEqual(await committed("batch-failed"), []);
  const all = mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: "batch-failed", "kafka.isolation.level": "read_uncommitted" }));
  assert.ok(await all.count() > 1000, "nothing was sent before it failed");
  await assert.rejects(fails.write.format("kafka").options(write).save(), { condition: "CAST_INVALID_INPUT" });
  await assert.rejects(rows.write.format("kafka").options(write).mode("overwrite").save(), { condition: "MILLRACE_SAVE_MODE", message: /Allowed are append and error/ });
  await assert.rejects(rows.select("key").write.format("kafka").options(write).save(), { condition: "MILLRACE_KAFKA_SINK_SCHEMA" });
  await assert.rejects(rows.write.format("console").save(), { condition: "MILLRACE_UNSUPPORTED" });
});

test("offsets of what is delivered are told to a group, for tools that show lag, and not read from there", async () => {
  await client.createTopic("lag", 2);
  await client.produceMany("lag", 50, { partition: 0 });
  await client.produceMany("lag", 7, { partition: 1 });
  await using mill = session();
  const told = async (): Promise<Record<string, number>> => {
    const [group] = await client.admin.listConsumerGroupOffsets({ groups: ["of-the-tools"] });
    return Object.fromEntries(group!.topics.flatMap(topic => topic.partitions.map(one => [`${topic.name}-${one.partitionIndex}`, Number(one.committedOffset)])));
  };
  const checkpoint = join(folder, "lag"), options = { subscribe: "lag", startingOffsets: "earliest", maxOffsetsPerTrigger: 10, lagGroup: "of-the-tools" } as const;
  const first = await gather(mill, options, checkpoint);
  await first.query.processAllAvailable();
  await first.query.stop();
  assert.deepEqual(await told(), { "lag-0": 50, "lag-1": 7 });
  await client.produceMany("lag", 5, { partition: 0, prefix: "w" });
  await client.admin.deleteGroups({ groups: ["of-the-tools"] });
  const second = await gather(mill, options, checkpoint);
  await second.query.processAllAvailable();
  await second.query.stop();
  assert.deepEqual(second.values, named(5, "w"));
  assert.deepEqual(await told(), { "lag-0": 55, "lag-1": 7 });
});

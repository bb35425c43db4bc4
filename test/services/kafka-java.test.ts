/** Catches records of Java's own producer that are misread, and keys that go elsewhere than Java's partitioner puts them. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { session } from "millrace";
import { kafka, kafkaSink } from "millrace/kafka";
import { installJavaCompiler, kafkaJars } from "../../scripts/install-services.mjs";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";

const COUNT = 3000, PARTITIONS = 5, CODECS = ["none", "gzip", "snappy", "lz4", "zstd"];
let broker: KafkaBroker, client: KafkaClient;
before(async () => {
  installJavaCompiler();
  broker = await KafkaBroker.start({ "log.message.timestamp.before.max.ms": "9223372036854775807" });
  client = new KafkaClient(broker.address);
});
after(async () => {
  await client?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

interface Sent { readonly partition: number; readonly offset: number }

/** Where Java's producer put each record, by topic and number. */
async function javaProduces(topics: readonly string[]): Promise<Map<string, readonly Sent[]>> {
  const { stdout } = await promisify(execFile)("java", ["-cp", join(kafkaJars, "libs", "*"), join(import.meta.dirname, "kit/JavaProducer.java"), broker.address, String(COUNT), ...topics], { maxBuffer: 64 << 20 });
  assert.ok(stdout.endsWith("done\n"));
  const lines = stdout.trimEnd().split("\n").slice(0, -1).map(line => line.split(" "));
  return new Map([...Map.groupBy(lines, ([topic]) => topic!)].map(([topic, own]) => [topic, own.map(([, partition, offset]) => ({ partition: Number(partition), offset: Number(offset) }))]));
}

const valueOf = (n: number): string | null => (n % 50 === 7 ? null : `${n} ${"text that can be made shorter ".repeat(n % 400 === 11 ? 10_000 : 1 + n % 9)}${(n * 7919) % 10007}`);

test("each codec, with headers, tombstones, long values and times; on topics with the producer's time and with the broker's; in transactions of which half are aborted", async () => {
  const topics = CODECS.flatMap(codec => [`plain-${codec}:${codec}`, `transactions-${codec}:${codec}:transactions`]);
  for (const topic of topics) await client.createTopic(topic.split(":")[0]!, PARTITIONS);
  await client.createTopic("append-snappy", PARTITIONS, { "message.timestamp.type": "LogAppendTime" });
  const begin = Date.now(), sent = await javaProduces([...topics, "append-snappy:snappy"]);
  await using mill = session({ timeZone: "UTC" });
  for (const [topic, places] of sent) {
    const rows = await mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: topic, includeHeaders: true }))
      .select(r => ({ partition: r.partition, offset: r.offset, key: r.key.cast("string"), value: r.value.cast("string"), headers: r.headers, timestamp: r.timestamp, type: r.timestampType })).collect();
    const found = new Map(rows.map(row => [`${row.partition} ${row.offset}`, row]));
    const expected = places.map((place, n) => ({ ...place, n })).filter(({ n }) => !topic.startsWith("transactions") || Math.floor(n / 100) % 2 === 0);
    assert.equal(rows.length, expected.length, topic);
    for (const { partition, offset, n } of expected) {
      const row = found.get(`${partition} ${offset}`);
      assert.ok(row !== undefined && row.key === `key ${n % 97}` && row.value === valueOf(n), `${topic}, record ${n}`);
      assert.deepEqual(row.headers?.map(one => [one!.key, one!.value === null ? null : Buffer.from(one!.value).toString()]) ?? null, n % 3 === 0 ? [["number", String(n)], ["none", null]] : null);
      const millis = Number(row.timestamp!.epochMicros / 1000n);
      if (topic === "append-snappy") assert.ok(row.type === 1 && millis >= begin - 5000 && millis <= Date.now() + 5000, String(row.timestamp));
      else assert.deepEqual([row.type, millis], [0, 1_700_000_000_000 + n]);
    }
  }
});

test("a key goes to the partition that Java's producer chose for it", async () => {
  await client.createTopic("java-keys", PARTITIONS);
  await client.createTopic("our-keys", PARTITIONS);
  await javaProduces(["java-keys:none"]);
  await using mill = session();
  const java = mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: "java-keys" }));
  await java.select("key", "value").write.to(kafkaSink({ bootstrapServers: broker.address, topic: "our-keys" }));
  const places = async (topic: string): Promise<unknown[]> => await mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: topic })).select(r => ({ key: r.key.cast("string"), partition: r.partition })).distinct().orderBy("key").collect();
  const ours = await places("our-keys");
  assert.equal(ours.length, 97);
  assert.deepEqual(ours, await places("java-keys"));
});

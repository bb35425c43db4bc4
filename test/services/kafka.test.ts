/** Catches a Kafka source that loses, repeats or invents rows, against a real broker. */
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
